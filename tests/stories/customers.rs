//! What customers read: the public title, and posts that a merge or a cancellation must not leave behind.

use hotroom::chat::ReplyOutcome;
use serde_json::{Value, json};

use crate::world::{World, done, minutes, show};

/// The titles of the incidents on the status page, newest first.
async fn public_titles(world: &World) -> Vec<String> {
    let all = world.get("/status/api/v2/incidents.json").await;
    let listed = all["incidents"].as_array().expect("a list");
    listed.iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
}

/// The open incident of the status page.
async fn unresolved(world: &World) -> Value {
    let open = world.get("/status/api/v2/incidents/unresolved.json").await;
    assert_eq!(open["incidents"].as_array().map(Vec::len), Some(1), "{open}");
    open["incidents"][0].clone()
}

async fn checkout(world: &World) -> String {
    let components = world.get("/status/api/v2/components.json").await;
    components["components"][0]["status"].as_str().expect("a status").to_owned()
}

#[tokio::test]
async fn what_is_said_inside_never_becomes_the_title_that_customers_read() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"db-7 of ACME Corp answers 5xx\" severity:sev3").await);
    let post = "/incident statuspage investigating \"We are looking.\" components:checkout=degraded_performance";
    let told = show(&done(&world.says_in("hot-1", "ann", post).await).post);
    assert!(told.contains("Checkout incident"), "the reply shows the title that customers read: {told}");
    assert_eq!(public_titles(&world).await, ["Checkout incident"]);

    done(&world.says_in("hot-1", "ann", "/incident rename root password of db-7 leaked").await);
    done(&world.says_in("hot-1", "ann", "/incident statuspage identified \"We know why.\"").await);
    assert_eq!(public_titles(&world).await, ["Checkout incident"]);
    done(&world.says_in("hot-1", "ann", "/incident rename \"Payments are slow\" public:yes").await);
    assert_eq!(public_titles(&world).await, ["Payments are slow"], "at once, not with the next post");
    done(&world.says_in("hot-1", "ann", "/incident rename root password of db-7 leaked again").await);
    done(&world.says_in("hot-1", "ann", "/incident resolve done").await);
    assert_eq!(public_titles(&world).await, ["Payments are slow"]);
    for path in ["/status", "/status/history.atom", "/status/history.rss", "/status/api/v2/incidents.json"] {
        let (_, page) = world.get_as("dee", path).await;
        assert!(!page.contains("db-7"), "{path}: {page}");
    }
    assert_eq!(world.get("/api/v1/incidents/HOT-1").await["public_title"], "Payments are slow");
    world.end().await;
}

#[tokio::test]
async fn the_form_asks_for_the_public_title_and_a_rename_whether_it_is_public() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"db-7 answers 5xx\" severity:sev3 service:checkout").await);
    let form = world.says_in("hot-1", "ann", "/incident statuspage").await.form.expect("a form");
    let title = form.inputs.iter().find(|input| input.name == "title").expect("a field for the title");
    assert_eq!((title.value.as_str(), form.confirm_shows.as_deref()), ("Checkout incident", Some("title")));
    let asks_public = |form: &hotroom::command::Form| {
        form.inputs.iter().find(|input| input.name == "public").map(|input| input.value.clone())
    };
    let before = world.says_in("hot-1", "ann", "/incident rename").await.form.expect("a form");
    assert_eq!(asks_public(&before), None, "nobody reads it");

    let line = "/incident statuspage investigating \"We are looking.\" title:\"Payments fail\"";
    done(&world.says_in("hot-1", "ann", line).await);
    assert_eq!(public_titles(&world).await, ["Payments fail"]);
    let after = world.says_in("hot-1", "ann", "/incident rename").await.form.expect("a form");
    assert_eq!(asks_public(&after).as_deref(), Some("no"));
    let again = world.says_in("hot-1", "ann", "/incident statuspage").await.form.expect("a form");
    assert_eq!(
        again.inputs.iter().find(|input| input.name == "title").map(|i| i.value.as_str()),
        Some("Payments fail")
    );
    world.end().await;
}

#[tokio::test]
async fn a_merge_moves_what_customers_read_to_the_incident_that_continues() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"one\" severity:sev3").await);
    done(&world.says("ann", "/incident declare \"two\" severity:sev3").await);
    let post =
        "/incident statuspage investigating \"Looking.\" components:checkout=partial_outage title:\"Payments fail\"";
    done(&world.says_in("hot-1", "ann", post).await);
    let before = unresolved(&world).await;
    done(&world.says_in("hot-1", "ann", "/incident merge HOT-2").await);
    let after = unresolved(&world).await;
    assert_eq!((&after["id"], &after["name"]), (&before["id"], &json!("Payments fail")), "the same address");
    assert_eq!(after["status"], "investigating", "it continues");
    assert_eq!(checkout(&world).await, "partial_outage");
    let room = world.room("hot-2").await;
    assert!(room.contains("HOT-1") && room.contains("Payments fail"), "{room}");

    done(&world.says_in("hot-2", "ann", "/incident statuspage identified \"Found.\"").await);
    let found = unresolved(&world).await;
    assert_eq!((&found["id"], &found["status"]), (&before["id"], &json!("identified")));
    done(&world.says_in("hot-2", "ann", "/incident resolve fixed").await);
    assert_eq!(checkout(&world).await, "operational");
    let all = world.get("/status/api/v2/incidents.json").await;
    assert_eq!(
        (all["incidents"].as_array().map(Vec::len), &all["incidents"][0]["status"]),
        (Some(1), &json!("resolved"))
    );
    world.end().await;
}

#[tokio::test]
async fn of_two_posts_that_merge_both_continue_and_the_worse_status_stays() {
    let world = World::new().await;
    for (room, status) in [("hot-1", "major_outage"), ("hot-2", "degraded_performance")] {
        done(&world.says("ann", &format!("/incident declare \"{room}\" severity:sev3")).await);
        let post = format!("/incident statuspage investigating \"Looking.\" components:checkout={status} title:{room}");
        done(&world.says_in(room, "ann", &post).await);
    }
    done(&world.says_in("hot-1", "ann", "/incident merge HOT-2").await);
    assert_eq!(checkout(&world).await, "major_outage");
    done(
        &world
            .says_in("hot-2", "ann", "/incident statuspage monitoring \"Better.\" components:checkout=operational")
            .await,
    );
    assert_eq!(checkout(&world).await, "operational", "the incident that continues holds the components of both");
    let open = world.get("/status/api/v2/incidents/unresolved.json").await;
    let states = |document: &Value| -> Vec<String> {
        let all = document["incidents"].as_array().expect("a list").iter();
        all.map(|one| format!("{} {}", one["name"].as_str().unwrap(), one["status"].as_str().unwrap())).collect()
    };
    assert_eq!(states(&open), ["hot-2 monitoring", "hot-1 monitoring"]);
    done(&world.says_in("hot-2", "ann", "/incident resolve fixed").await);
    let all = world.get("/status/api/v2/incidents.json").await;
    assert_eq!(states(&all), ["hot-2 resolved", "hot-1 resolved"]);
    world.end().await;
}

#[tokio::test]
async fn cancelling_takes_a_last_message_and_names_everything_that_it_ends() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"false alarm\" severity:sev1 service:checkout").await);
    let post = "/incident statuspage investigating \"Looking.\" components:checkout=partial_outage";
    done(&world.says_in("hot-1", "ann", post).await);
    done(&world.says_in("hot-1", "ann", "/incident task check the logs").await);
    let refused = world.says_in("hot-1", "ann", "/incident cancel \"it was a test\"").await;
    assert_eq!(refused.outcome, ReplyOutcome::Refused);
    assert!(show(&refused.post).contains("message:"), "{refused:?}");
    let line = "/incident cancel \"it was a test\" message:\"There was no problem.\"";
    let told = show(&done(&world.says_in("hot-1", "ann", line).await).post);
    for part in
        ["Stopped 1 unanswered page", "Closed 1 open task", "status page shows the incident as resolved", "operational"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    let all = world.get("/status/api/v2/incidents.json").await;
    let last = &all["incidents"][0]["incident_updates"][0];
    assert_eq!((&last["status"], &last["body"]), (&json!("resolved"), &json!("There was no problem.")));
    assert_eq!(checkout(&world).await, "operational");
    assert_eq!(world.get("/api/v1/pages").await["items"][0]["state"], "resolved");
    world.end().await;
}

#[tokio::test]
async fn the_room_says_what_the_status_page_shows_when_another_incident_holds_a_component() {
    let world = World::new().await;
    for (room, status) in [("hot-1", "partial_outage"), ("hot-2", "major_outage")] {
        done(&world.says("ann", &format!("/incident declare \"{room}\" severity:sev3")).await);
        let post = format!("/incident statuspage investigating \"Looking.\" components:checkout={status}");
        done(&world.says_in(room, "ann", &post).await);
    }
    let first = show(&done(&world.says_in("hot-1", "ann", "/incident resolve x").await).post);
    assert!(first.contains("Checkout: ◆ major outage (another incident)"), "{first}");
    let second = show(&done(&world.says_in("hot-2", "ann", "/incident resolve x").await).post);
    assert!(second.contains("Checkout: ✓ operational"), "{second}");
    world.end().await;
}

#[tokio::test]
async fn customers_read_a_corrected_start_at_once() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"one\" severity:sev3").await);
    done(&world.says_in("hot-1", "ann", "/incident statuspage investigating \"Looking.\"").await);
    done(&world.says_in("hot-1", "ann", "/incident timeline \"2h ago\" marks:impact").await);
    let record = world.get("/api/v1/incidents/HOT-1").await;
    let (public, first) = (unresolved(&world).await, record["times"]["impact"]["first"].as_str().unwrap().to_owned());
    assert_eq!(&public["started_at"].as_str().unwrap()[..19], &first[..19]);
    world.end().await;
}

#[tokio::test]
async fn an_open_incident_stays_in_the_feeds_however_many_newer_ones_there_are() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"long\" severity:sev4").await);
    done(&world.says("ann", "/incident statuspage investigating Looking. title:\"The long one\" incident:HOT-1").await);
    for n in 2..55 {
        world.pass(minutes(1));
        done(&world.hears("ann", None, "/incident declare short severity:sev4").await);
        done(&world.hears("ann", None, &format!("/incident statuspage resolved Over. incident:HOT-{n}")).await);
    }
    world.pass(std::time::Duration::from_secs(1));
    done(&world.says("ann", "/incident statuspage identified \"Found at last.\" incident:HOT-1").await);
    for path in ["/status/history.atom", "/status/history.rss", "/status/api/v2/incidents.json"] {
        let (_, feed) = world.get_as("dee", path).await;
        assert!(feed.contains("The long one") && feed.contains("Found at last."), "{path}");
    }
    world.end().await;
}

#[tokio::test]
async fn an_incident_that_customers_read_about_cannot_become_private_and_the_refusal_says_why() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"one\" severity:sev3").await);
    done(&world.says_in("hot-1", "ann", "/incident statuspage investigating \"Looking.\"").await);
    let refused = world.says_in("hot-1", "ann", "/incident private yes").await;
    let told = show(&refused.post);
    assert_eq!(refused.outcome, ReplyOutcome::Refused);
    assert!(told.contains("customers have already read") && !told.contains("is private"), "{told}");
    world.end().await;
}
