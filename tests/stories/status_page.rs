//! Status page updates from the room, and components that a resolve restores.

use std::time::Duration;

use serde_json::json;

use crate::world::{World, done};

#[tokio::test]
async fn one_command_tells_customers_and_resolving_restores_the_components() {
    let world = World::new().await;
    let reply = world.says("ann", "/incident declare \"Checkout is slow\" severity:sev2 service:checkout").await;
    let key = done(&reply).incident.clone().expect("an incident").to_string();
    let room = key.to_lowercase();
    let line = "/incident statuspage investigating \"We are looking into it.\" components:checkout=partial_outage";
    done(&world.says_in(&room, "ann", line).await);
    let summary = world.get("/status/api/v2/summary.json").await;
    assert_eq!(summary["status"], json!({"indicator": "major", "description": "Partial System Outage"}));
    assert_eq!(summary["incidents"][0]["name"], "Checkout incident");
    assert_eq!(summary["incidents"][0]["incident_updates"][0]["body"], "We are looking into it.");
    assert_eq!(summary["components"][0]["status"], "partial_outage");

    done(&world.says_in(&room, "ann", "/incident resolve \"rolled back\"").await);
    let summary = world.get("/status/api/v2/summary.json").await;
    assert_eq!(summary["status"]["indicator"], "none");
    assert_eq!(summary["incidents"], json!([]));
    let all = world.get("/status/api/v2/incidents.json").await;
    assert_eq!(all["incidents"][0]["status"], "resolved");
    world.end().await;
}

#[tokio::test]
async fn a_template_speaks_for_those_who_write_nothing() {
    let world = World::new().await;
    let reply = world.says("ann", "/incident declare \"Checkout is slow\" severity:sev2 service:checkout").await;
    let room = done(&reply).incident.clone().expect("an incident").to_string().to_lowercase();
    done(&world.says_in(&room, "ann", "/incident statuspage template:identified").await);
    let open = world.get("/status/api/v2/incidents/unresolved.json").await;
    let told = &open["incidents"][0]["incident_updates"][0];
    assert_eq!(told["status"], "identified");
    assert_eq!(told["body"], "We know what causes the problem with Checkout and are working on a fix.");
    world.end().await;
}

/// A page that anybody reads.
async fn read(world: &World, path: &str) -> String {
    let (status, page) = world.get_as("nobody", path).await;
    assert_eq!(status, 200, "{path}: {page}");
    page
}

#[tokio::test]
async fn each_component_shows_its_uptime_of_ninety_days_with_the_reasons() {
    let world = World::new().await;
    done(&world.says("ann", "/admin reload").await);
    world.advance(Duration::from_secs(10 * 86_400)).await;
    done(&world.says("ann", "/incident declare \"db-7 is down\" severity:sev3").await);
    let post =
        "/incident statuspage investigating \"Looking.\" components:checkout=major_outage title:\"Payments fail\"";
    done(&world.says_in("hot-1", "ann", post).await);
    world.advance(Duration::from_secs(7_200)).await;
    let better = "/incident statuspage monitoring \"Better.\" components:checkout=partial_outage";
    done(&world.says_in("hot-1", "ann", better).await);
    world.advance(Duration::from_secs(3_600)).await;
    done(&world.says_in("hot-1", "ann", "/incident resolve fixed").await);
    world.advance(Duration::from_secs(5 * 86_400)).await;
    let page = read(&world, "/status").await;
    assert_eq!(page.matches("<rect ").count(), 3 * 90, "ninety days for each component");
    // 2 h + 30 % of 1 h of the 15 days and 3 hours for which it is listed.
    let checkout = &page[page.find("Checkout").expect("the component")..];
    let checkout = &checkout[..checkout.find("</li>").expect("its end")];
    assert!(page.contains("99.366 %"), "{checkout}");
    assert!(page.contains("100.000 %"), "the others had no downtime");
    assert!(page.contains("2 h 18 min of downtime; Payments fail"), "{checkout}");
    assert!(page.contains("1 day with problems") && page.contains("not listed yet"), "{checkout}");
    assert!(page.contains("A major outage counts whole, a partial outage counts 30 %"));
    assert!(!page.contains("db-7") && !page.contains("HOT-1"), "{page}");
    world.end().await;
}

#[tokio::test]
async fn an_incident_of_any_age_has_its_address_and_its_month() {
    let world = World::new().await;
    let month = |world: &World| world.now().format("%Y-%m").to_string();
    let first = month(&world);
    done(&world.says("ann", "/incident declare \"one\" severity:sev3").await);
    done(
        &world.says_in("hot-1", "ann", "/incident statuspage investigating \"Looking.\" title:\"Payments fail\"").await,
    );
    done(&world.says_in("hot-1", "ann", "/incident resolve fixed").await);
    let id = world.get("/status/api/v2/incidents.json").await["incidents"][0]["id"].as_str().unwrap().to_owned();
    world.advance(Duration::from_secs(40 * 86_400)).await;
    for n in 2..=53 {
        // A person declares ten incidents within five minutes at most.
        world.advance(Duration::from_secs(60)).await;
        done(&world.says("ann", &format!("/incident declare \"{n}\" severity:sev4")).await);
        let room = format!("hot-{n}");
        done(&world.says_in(&room, "ann", &format!("/incident statuspage investigating \"Text {n}\"")).await);
        done(&world.says_in(&room, "ann", "/incident resolve fixed").await);
    }
    let listed = world.get("/status/api/v2/incidents.json").await;
    assert!(!listed.to_string().contains("Payments fail"), "fifty newer ones are listed");
    assert!(read(&world, &format!("/status/incidents/{id}")).await.contains("Payments fail"), "its address stays");
    let now = read(&world, "/status/history").await;
    assert!(now.contains("Text 53") && now.contains("Text 2<") && !now.contains("Payments fail"), "{now}");
    let before = read(&world, &format!("/status/history/{first}")).await;
    assert!(before.contains("Payments fail") && !before.contains("Text 53"), "{before}");
    assert!(before.contains("rel=\"next\"") && !before.contains("rel=\"prev\""), "{before}");
    for wrong in ["2026-13", "x", "2026-1"] {
        let (status, _) = world.get_as("nobody", &format!("/status/history/{wrong}")).await;
        assert_eq!(status, 404, "{wrong}");
    }
    done(&world.says("ann", "/incident private yes incident:HOT-1").await);
    assert_eq!(world.get_as("nobody", &format!("/status/incidents/{id}")).await.0, 404);
    assert!(!read(&world, &format!("/status/history/{first}")).await.contains("Payments fail"));
    world.end().await;
}

#[tokio::test]
async fn a_badge_shows_the_page_or_a_component_on_other_pages() {
    let world = World::new().await;
    let badge = read(&world, "/status/badge.svg").await;
    assert!(badge.starts_with("<svg") && badge.contains("Example status: operational"), "{badge}");
    done(&world.says("ann", "/incident declare \"one\" severity:sev3").await);
    done(
        &world
            .says_in("hot-1", "ann", "/incident statuspage investigating \"x\" components:checkout=partial_outage")
            .await,
    );
    assert!(read(&world, "/status/badge.svg").await.contains("Example status: partial outage"));
    let components = world.get("/status/api/v2/components.json").await["components"].clone();
    let of = |n: usize| format!("/status/badge/{}.svg", components[n]["id"].as_str().unwrap());
    assert!(read(&world, &of(0)).await.contains("Checkout: partial outage"));
    assert!(read(&world, &of(1)).await.contains("API: operational"));
    for wrong in ["/status/badge/nope.svg", "/status/badge/nope"] {
        assert_eq!(world.get_as("nobody", wrong).await.0, 404, "{wrong}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_static_copy_is_what_the_page_shows_and_nothing_of_a_private_incident_or_a_drill() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"db-7 of ACME Corp\" severity:sev3").await);
    let post =
        "/incident statuspage investigating \"Looking.\" components:checkout=partial_outage title:\"Payments fail\"";
    done(&world.says_in("hot-1", "ann", post).await);
    done(&world.says("ann", "/incident declare \"Practice\" severity:sev1 drill:yes").await);
    done(&world.says("ann", "/incident declare \"Leak\" severity:sev1 private:yes").await);
    for room in ["hot-2", "hot-3"] {
        world.says_in(room, "ann", "/incident statuspage investigating \"Leak\"").await;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = ("HOTROOM_STORE__PATH".to_owned(), world.database().display().to_string());
    let config = hotroom::config::Config::from_text("bot.toml", "", vec![path]).unwrap();
    let report = hotroom::cli::export_status(&config, folder.path(), world.now());
    assert_eq!(report.exit, hotroom::cli::Exit::Good, "{}", report.text());
    let copied = |path: &str| {
        std::fs::read_to_string(folder.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    assert_eq!(copied("status/index.html"), read(&world, "/status").await);
    assert_eq!(copied("index.html"), copied("status/index.html"));
    let summary = world.get("/status/api/v2/summary.json").await;
    for path in ["api/v2/summary.json", "status/api/v2/summary.json"] {
        assert_eq!(serde_json::from_str::<serde_json::Value>(&copied(path)).unwrap(), summary);
    }
    let id = summary["incidents"][0]["id"].as_str().unwrap();
    assert!(copied(&format!("status/incidents/{id}/index.html")).contains("Payments fail"));
    assert!(copied(&format!("status/history/{}/index.html", world.now().format("%Y-%m"))).contains("Payments fail"));
    assert!(
        copied("status/history.atom").contains("Payments fail")
            && copied("status/badge.svg").contains("partial outage")
    );
    for file in copied(".hotroom-status").lines() {
        let text = copied(file);
        for trace in ["db-7", "HOT-", "Practice", "Leak"] {
            assert!(!text.contains(trace), "{file} shows {trace}");
        }
    }
    world.end().await;
}
