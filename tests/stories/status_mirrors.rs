//! Mirrors of the status page: what they show, and what happens while one is away.

use std::{path::Path, time::Duration};

use hotroom::cli::{Exit, Report};

use crate::{
    fake_cachet::{CachetVersion, FakeCachet, TOKEN as CACHET},
    fake_http::Reaction,
    fake_statuspage::{COMPONENTS, FakeStatuspage, TOKEN as STATUSPAGE},
    world::{World, done, minutes, start},
};

const SECRETS: [(&str, &str); 2] = [("STATUSPAGE_TOKEN", STATUSPAGE), ("CACHET_TOKEN", CACHET)];
const LOOKING: &str = "/incident statuspage investigating \"We are looking into it.\" components:checkout=major_outage,api=degraded_performance";

/// The same settings with the tokens in files, which are there after a reload, too.
fn with_files(toml: &str, folder: &Path) -> String {
    SECRETS.iter().fold(toml.to_owned(), |toml, (name, token)| {
        let file = folder.join(name);
        std::fs::write(&file, token).unwrap();
        toml.replace(&format!("env:{name}"), &format!("file:{}", file.display()))
    })
}

/// A world with both products as mirrors.
async fn both(cachet: CachetVersion) -> (World, FakeStatuspage, FakeCachet) {
    let (statuspage, cachet) = (FakeStatuspage::start().await, FakeCachet::start(cachet).await);
    let world = World::with_secrets(&(statuspage.toml() + &cachet.toml()), &SECRETS).await;
    (world, statuspage, cachet)
}

async fn declare(world: &World, title: &str) {
    done(&world.says("ann", &format!("/incident declare \"{title}\" severity:sev3")).await);
}

/// The statuses of checkout and API at Statuspage.
fn components(page: &FakeStatuspage) -> [String; 2] {
    [page.component(COMPONENTS[0].0), page.component(COMPONENTS[1].0)]
}

#[tokio::test]
async fn each_mirror_shows_what_the_status_page_shows_from_the_first_update_to_the_end() {
    for version in [CachetVersion::V2, CachetVersion::V3] {
        let (world, statuspage, cachet) = both(version).await;
        declare(&world, "db-7 of ACME Corp answers 5xx").await;
        assert!(statuspage.incidents().is_empty(), "nothing was published yet");
        done(&world.says_in("hot-1", "ann", LOOKING).await);
        done(&world.says_in("hot-1", "ann", "/incident statuspage template:identified").await);
        let ours = world.get("/status/api/v2/summary.json").await["incidents"][0].clone();
        let shown = statuspage.incidents().remove(0);
        assert_eq!((shown.name.as_str(), shown.status.as_str()), ("Checkout incident", "identified"));
        assert_eq!(shown.metadata["hotroom"]["incident"], ours["id"]);
        assert_eq!(shown.updates[1].body, ours["incident_updates"][0]["body"].as_str().expect("a text"));
        assert_eq!(components(&statuspage), ["major_outage", "degraded_performance"]);
        assert_eq!((cachet.component(1), cachet.component(2), cachet.incidents()[0].status), (4, 2, 2));

        done(&world.says_in("hot-1", "ann", "/incident resolve \"rolled back\"").await);
        assert_eq!(statuspage.incidents()[0].status, "resolved");
        assert_eq!(components(&statuspage), ["operational", "operational"]);
        assert_eq!((cachet.component(1), cachet.component(2), cachet.incidents()[0].status), (1, 1, 4));
        let everything = format!("{:?}{:?}", statuspage.incidents(), cachet.incidents());
        assert!(!everything.contains("db-7") && !everything.contains("HOT-1"), "{everything}");
        world.end().await;
    }
}

#[tokio::test]
async fn a_mirror_that_was_down_for_an_hour_catches_up_with_one_state_and_the_room_says_so() {
    let (world, statuspage, cachet) = both(CachetVersion::V3).await;
    declare(&world, "Reads fail").await;
    statuspage.react_always(Some(Reaction::answer(503, "<html>maintenance</html>")));
    done(&world.says_in("hot-1", "ann", LOOKING).await);
    world.advance(minutes(1)).await;
    assert!(!world.room("hot-1").await.contains("mirror"), "a minute is not worth a message");
    world.advance(minutes(14)).await;
    let room = world.room("hot-1").await;
    assert_eq!(room.matches("is behind").count(), 1, "{room}");
    assert!(room.contains("statuspage") && room.contains("HTTP 503"), "{room}");
    let health = world.page("ann", "/health").await;
    let (_, section) = health.split_once("h-status-mirrors").expect("the health page shows mirrors");
    assert!(section.contains("Behind") && section.contains("Up to date"), "{section}");
    let (ready, why) = world.get_as("ann", "/readyz").await;
    assert_eq!(ready, 200, "a mirror that is away does not make the bot unready: {why}");
    done(&world.says_in("hot-1", "ann", "/incident statuspage identified \"Found.\"").await);
    world.advance(minutes(45)).await;
    done(
        &world
            .says_in("hot-1", "ann", "/incident statuspage monitoring \"Better.\" components:checkout=operational")
            .await,
    );
    assert_eq!(cachet.incidents()[0].updates.len(), 2, "the other mirror was never late");

    statuspage.react_always(None);
    world.advance(minutes(6)).await;
    let shown = statuspage.incidents().remove(0);
    let texts: Vec<&str> = shown.updates.iter().map(|update| update.body.as_str()).collect();
    assert_eq!((shown.status.as_str(), texts), ("monitoring", vec!["Better."]), "one state, no history");
    assert_eq!(components(&statuspage), ["operational", "degraded_performance"]);
    let room = world.room("hot-1").await;
    assert_eq!((room.matches("is behind").count(), room.matches("up to date again").count()), (1, 1), "{room}");
    world.end().await;
}

#[tokio::test]
async fn a_merge_moves_what_a_mirror_shows_too() {
    let (world, statuspage, cachet) = both(CachetVersion::V2).await;
    declare(&world, "one").await;
    declare(&world, "two").await;
    done(&world.says_in("hot-1", "ann", LOOKING).await);
    done(&world.says_in("hot-1", "ann", "/incident merge HOT-2").await);
    done(&world.says_in("hot-2", "ann", "/incident statuspage identified \"Found.\"").await);
    assert_eq!((statuspage.incidents().len(), cachet.incidents().len()), (1, 1), "the same incident goes on");
    assert_eq!(statuspage.incidents()[0].status, "identified");
    done(&world.says_in("hot-2", "ann", "/incident resolve fixed").await);
    assert_eq!((statuspage.incidents()[0].status.as_str(), cachet.incidents()[0].status), ("resolved", 4));
    assert_eq!(components(&statuspage), ["operational", "operational"]);
    world.end().await;
}

#[tokio::test]
async fn of_two_incidents_on_one_component_the_worse_status_stays_until_the_end_of_both() {
    for first_over in ["hot-1", "hot-2"] {
        let (world, statuspage, cachet) = both(CachetVersion::V3).await;
        for (room, status) in [("hot-1", "major_outage"), ("hot-2", "partial_outage")] {
            declare(&world, room).await;
            let post = format!("/incident statuspage investigating \"Looking.\" components:checkout={status}");
            done(&world.says_in(room, "ann", &post).await);
            assert_eq!((components(&statuspage)[0].as_str(), cachet.component(1)), ("major_outage", 4));
        }
        done(&world.says_in(first_over, "ann", "/incident resolve fixed").await);
        let (words, number) = if first_over == "hot-1" { ("partial_outage", 3) } else { ("major_outage", 4) };
        assert_eq!((components(&statuspage)[0].as_str(), cachet.component(1)), (words, number));
        let other = if first_over == "hot-1" { "hot-2" } else { "hot-1" };
        done(&world.says_in(other, "ann", "/incident resolve fixed").await);
        assert_eq!((components(&statuspage)[0].as_str(), cachet.component(1)), ("operational", 1));
        world.end().await;
    }
}

#[tokio::test]
async fn a_text_that_is_redacted_disappears_from_the_mirrors() {
    let (world, statuspage, cachet) = both(CachetVersion::V2).await;
    declare(&world, "Reads fail").await;
    let post = "/incident statuspage investigating \"ACME Corp cannot pay\" title:\"ACME is down\" components:checkout=major_outage";
    done(&world.says_in("hot-1", "ann", post).await);
    done(&world.says_in("hot-1", "ann", "/incident statuspage identified \"ACME Corp: found\"").await);
    let timeline = world.get("/api/v1/incidents/HOT-1/timeline").await;
    let entries = timeline["items"].as_array().expect("entries").iter();
    let named = entries.filter(|entry| entry["event"].to_string().contains("ACME"));
    for entry in named.map(|entry| entry["seq"].as_u64().expect("a number")) {
        done(&world.says_in("hot-1", "ann", &format!("/incident timeline redact:{entry}")).await);
    }
    let everything = format!("{:?}{:?}", statuspage.incidents(), cachet.incidents());
    assert!(!everything.contains("ACME"), "{everything}");
    assert_eq!((statuspage.incidents()[0].updates.len(), cachet.incidents()[0].updates.len()), (2, 1));
    world.end().await;
}

#[tokio::test]
async fn nothing_of_a_drill_or_a_private_incident_reaches_a_mirror() {
    let (world, statuspage, cachet) = both(CachetVersion::V3).await;
    done(&world.says("ann", "/incident declare \"Practice\" severity:sev1 service:checkout drill:yes").await);
    done(&world.says("ann", "/incident declare \"Leak\" severity:sev1 service:checkout private:yes").await);
    for room in ["hot-1", "hot-2"] {
        world.says_in(room, "ann", LOOKING).await;
        done(&world.says_in(room, "ann", "/incident resolve \"well done\"").await);
    }
    world.advance(minutes(10)).await;
    let asked = [statuspage.http.lines(), cachet.http.lines()].concat();
    assert!(asked.is_empty(), "{asked:?}");
    world.end().await;
}

#[tokio::test]
async fn an_incident_that_becomes_private_after_its_end_disappears_from_the_mirrors_and_comes_back() {
    let (world, statuspage, cachet) = both(CachetVersion::V2).await;
    declare(&world, "Reads fail").await;
    done(&world.says_in("hot-1", "ann", LOOKING).await);
    done(&world.says_in("hot-1", "ann", "/incident resolve fixed").await);
    done(&world.says_in("hot-1", "ann", "/incident private yes").await);
    assert!(statuspage.incidents().is_empty() && cachet.incidents().is_empty());
    done(&world.says_in("hot-1", "ann", "/incident private no").await);
    assert_eq!((statuspage.incidents()[0].status.as_str(), cachet.incidents()[0].status), ("resolved", 4));
    assert!(!statuspage.incidents()[0].updates[0].notified, "nobody is told again of what is over");
    world.end().await;
}

#[tokio::test]
async fn a_mirror_that_is_added_shows_the_open_incidents_after_a_reload() {
    let (statuspage, cachet) = (FakeStatuspage::start().await, FakeCachet::start(CachetVersion::V3).await);
    let folder = tempfile::tempdir().unwrap();
    let world = World::with(&with_files(&statuspage.toml(), folder.path())).await;
    declare(&world, "Reads fail").await;
    done(&world.says_in("hot-1", "ann", LOOKING).await);
    world.rewrites(&with_files(&(statuspage.toml() + &cachet.toml()), folder.path()));
    let asked = statuspage.http.lines().len();
    done(&world.says("ann", "/admin reload").await);
    assert_eq!(cachet.incidents().len(), 1);
    assert_eq!(statuspage.http.lines().len(), asked, "the other one is up to date");

    world.rewrites(&with_files(&cachet.toml(), folder.path()));
    done(&world.says("ann", "/admin reload").await);
    done(&world.says_in("hot-1", "ann", "/incident resolve fixed").await);
    assert_eq!((cachet.incidents()[0].status, statuspage.incidents()[0].status.as_str()), (4, "investigating"));
    world.end().await;
}

#[tokio::test]
async fn an_incident_that_a_mirror_refuses_is_reported_and_sent_again_with_the_next_update() {
    let (statuspage, folder) = (FakeStatuspage::start().await, tempfile::tempdir().unwrap());
    let world = World::with(&with_files(&statuspage.toml(), folder.path())).await;
    declare(&world, "Reads fail").await;
    statuspage.react_always(Some(Reaction::answer(401, r#"{"error":"Could not authenticate"}"#)));
    done(&world.says_in("hot-1", "ann", LOOKING).await);
    let room = world.room("hot-1").await;
    assert!(room.contains("is behind") && room.contains("given up") && room.contains("HTTP 401"), "{room}");
    statuspage.react_always(None);
    done(&world.says("ann", "/admin reload").await);
    assert_eq!(statuspage.incidents().len(), 1, "after the token was corrected a reload is enough");
    assert!(world.room("hot-1").await.contains("up to date again"));
    // Also what has ended meanwhile.
    statuspage.react_always(Some(Reaction::answer(401, "")));
    done(&world.says_in("hot-1", "ann", "/incident resolve fixed").await);
    statuspage.react_always(None);
    done(&world.says("ann", "/admin reload").await);
    assert_eq!(statuspage.incidents()[0].status, "resolved");
    assert_eq!(components(&statuspage), ["operational", "operational"]);
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_storm_of_updates_stays_within_the_limit_of_the_mirror() {
    let (world, statuspage, _cachet) = both(CachetVersion::V2).await;
    declare(&world, "Reads fail").await;
    for n in 0..40 {
        done(&world.says_in("hot-1", "ann", &format!("/incident statuspage investigating \"Update {n}\"")).await);
    }
    assert!(statuspage.http.lines().len() <= 60, "{} requests within a minute", statuspage.http.lines().len());
    world.advance(Duration::from_secs(90)).await;
    assert_eq!(statuspage.incidents()[0].updates.last().map(|update| update.body.as_str()), Some("Update 39"));
    world.end().await;
}

#[tokio::test]
async fn the_check_of_the_configuration_proves_access_and_names_what_has_no_counterpart() {
    let (statuspage, cachet) = (FakeStatuspage::start().await, FakeCachet::start(CachetVersion::V2).await);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bot.toml");
    let check = async |toml: String| -> Report {
        std::fs::write(&path, toml).unwrap();
        let path = path.clone();
        let env = SECRETS.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let check = move || hotroom::cli::check(Some(&path), env, false, start());
        tokio::task::spawn_blocking(check).await.unwrap()
    };
    let text = check(statuspage.toml() + &cachet.toml()).await.text();
    for line in [
        "status mirror statuspage: Statuspage \"Example\" answers",
        "status mirror statuspage: the token may write",
        "warning: status mirror statuspage: component website has no counterpart",
        "status mirror cachet: Cachet 2 answers",
        "status mirror cachet: the token may write",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let unmapped = statuspage.toml().lines().filter(|line| !line.starts_with("api =")).collect::<Vec<_>>().join("\n");
    let text = check(unmapped).await.text();
    assert!(text.contains("\"API\" there has the id vtnh60py4yd7, so write api = \"vtnh60py4yd7\""), "{text}");
    let report = check(cachet.toml().replace("api = 2", "api = 99")).await;
    assert_eq!(report.exit, Exit::Failed);
    assert!(report.text().contains("component api is mapped to 99, which does not exist there"), "{}", report.text());
    statuspage.revoke_writing();
    let report = check(statuspage.toml()).await;
    assert_eq!(report.exit, Exit::Failed);
    assert!(report.text().contains("the token may not write: HTTP 403"), "{}", report.text());
    statuspage.react_always(Some(Reaction::answer(404, "{}")));
    let report = check(statuspage.toml()).await;
    assert!(report.text().contains("check url and page"), "{}", report.text());
}
