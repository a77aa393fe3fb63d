//! A complete run: alert, group message, hot room, page, states, status page, resolve, close.

use axum::http::StatusCode;
use hotroom::chat::{PostKind, ReplyOutcome};

use crate::world::{World, alert, done, minutes};

#[tokio::test]
async fn an_alert_becomes_an_incident_and_is_lived_through_to_its_end() {
    let world = World::new().await;
    let taken = world.posts("alertmanager", &alert("CheckoutDown", "checkout", "critical", false)).await;
    assert_eq!(taken, StatusCode::ACCEPTED);

    // One message for the group, one incident with its room, one page to the person on call.
    let alerts = world.room("alerts").await;
    assert!(alerts.contains("CheckoutDown") && alerts.contains("HOT-1"), "{alerts}");
    let incident = world.incident("HOT-1").await;
    assert_eq!(incident.service.as_ref().map(|s| s.as_str()), Some("checkout"));
    assert_eq!(incident.pages.len(), 1);
    let mut asked = Vec::new();
    for person in ["ann", "bob", "cho", "dee"] {
        let direct = world.room(&format!("dm-{person}")).await;
        if direct.contains("HOT-1") {
            assert!(direct.contains("Acknowledge page"), "{direct}");
            asked.push(person);
        }
    }
    assert_eq!(asked, ["cho"], "whoever is on call this week, and nobody else");

    // Nobody responds, so the team is paged five minutes later. Then bob acknowledges, and nobody else is paged.
    world.advance(minutes(6)).await;
    assert!(world.room("dm-bob").await.contains("HOT-1") && world.room("dm-cho").await.contains("HOT-1"));
    let button = world.button("dm-cho", "Acknowledge page").await;
    done(&world.presses("bob", "dm-bob", "Acknowledge page").await);
    let late = world.delivers_press("cho", "dm-cho", &button.command, button.version, "late").await;
    assert_eq!(late.outcome, ReplyOutcome::Refused);
    assert!(crate::world::show(&late.post).contains("Bob"), "{late:?}");
    let manager = world.incident("HOT-1").await;
    assert_eq!(manager.holder(&"incident_manager".into()).map(|p| p.as_str()), Some("bob"));

    // One command updates the customers: incident, component and text.
    done(&world.presses("bob", "hot-1", "Move to Identified").await);
    done(&world.says_in(
        "hot-1",
        "bob",
        "/incident statuspage status:identified message:\"We found the cause.\" components:checkout=major_outage",
    )
    .await);
    let summary = world.get("/status/api/v2/summary.json").await;
    assert_eq!(summary["incidents"][0]["status"], "identified", "{summary:#}");
    assert_eq!(summary["incidents"][0]["incident_updates"][0]["body"], "We found the cause.");
    let component = |summary: &serde_json::Value| {
        let components = summary["components"].as_array().unwrap();
        components.iter().find(|c| c["name"] == "Checkout").unwrap()["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(component(&summary), "major_outage");

    // The alert is resolved: the group message shows it, the incident manager is asked, and the incident stays open.
    world.posts("alertmanager", &alert("CheckoutDown", "checkout", "critical", true)).await;
    assert!(world.incident("HOT-1").await.is_open());
    let asked = world.posts_of("hot-1").await.into_iter().rev().find(|post| !post.mentions.is_empty());
    let asked = asked.expect("the manager is asked");
    assert_eq!(asked.mentions, [hotroom::domain::ids::PersonId::from("bob")], "{asked:?}");
    assert!(asked.buttons.iter().any(|button| button.command.starts_with("/incident resolve")), "{asked:?}");

    done(&world.says_in("hot-1", "bob", "/incident resolve \"rolled back\" cause:Change").await);
    let summary = world.get("/status/api/v2/summary.json").await;
    assert_eq!(component(&summary), "operational");
    assert_eq!(summary["incidents"].as_array().unwrap().len(), 0);
    done(&world.says_in("hot-1", "bob", "/incident status closed").await);
    let shown = world.get("/api/v1/incidents/HOT-1").await;
    assert_eq!((shown["category"].as_str(), shown["key"].as_str()), (Some("closed"), Some("HOT-1")), "{shown:#}");
    let messages = world.posts_of("alerts").await;
    assert_eq!(messages.iter().filter(|post| post.kind == PostKind::Group).count(), 1, "one group, one message");
    world.end().await;
}

#[tokio::test]
async fn the_same_alert_a_thousand_times_is_one_alert() {
    let world = World::new().await;
    let body = alert("DiskFull", "api", "warning", false);
    for _ in 0..50 {
        assert_eq!(world.posts("alertmanager", &body).await, StatusCode::ACCEPTED);
    }
    world.advance(minutes(2)).await;
    let alerts = world.get("/api/v1/alerts").await;
    assert_eq!(alerts["items"].as_array().unwrap().len(), 1, "{alerts:#}");
    let groups = world.posts_of("alerts").await;
    assert_eq!(groups.iter().filter(|post| post.kind == PostKind::Group).count(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_reload_makes_the_rooms_of_what_is_new_in_the_file() {
    let world = World::new().await;
    world.rewrites("[[alerts.route.routes]]\nmatchers = [\"service=api\"]\nfeed = \"payments\"\ngroup_wait = \"0s\"\n");
    done(&world.says("ann", "/admin reload").await);
    world.posts("alertmanager", &alert("PaymentsSlow", "api", "warning", false)).await;
    assert!(world.room("payments").await.contains("PaymentsSlow"), "{}", world.room("payments").await);
    world.end().await;
}

#[tokio::test]
async fn a_drill_works_and_never_reaches_customers() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Practice\" severity:sev1 service:checkout drill:yes").await);
    let refused = world.says_in("hot-1", "ann", "/incident statuspage status:investigating message:\"x\"").await;
    assert_eq!(refused.outcome, ReplyOutcome::Refused);
    let posts: Vec<String> = world.posts_of("hot-1").await.iter().map(crate::world::show).collect();
    assert!(posts[0].to_lowercase().contains("drill"), "{posts:?}");
    done(&world.says_in("hot-1", "ann", "/incident cancel \"enough practice\"").await);
    world.end().await;
}

/// Returns how many alert groups belong to an incident, whatever its record contains.
async fn groups_of(world: &World, key: &str) -> u64 {
    let id = world.incident(key).await.id;
    world.app.store.read(move |reads| reads.count_groups_of_incident(id)).await.unwrap()
}

#[tokio::test]
async fn an_incident_with_hundreds_of_groups_stays_readable_counts_them_all_and_is_merged_whole() {
    let world = World::new().await;
    let one = |n: usize| {
        let mut body = alert(&format!("Down{n}"), "checkout", "critical", false)["alerts"][0].take();
        body["fingerprint"] = format!("{n:016x}").into();
        body
    };
    let mut storm = alert("Down", "checkout", "critical", false);
    storm["alerts"] = (0..250).map(one).collect::<Vec<_>>().into();
    world.posts("alertmanager", &storm).await;
    assert_eq!(groups_of(&world, "HOT-1").await, 250);
    assert_eq!(world.incident("HOT-1").await.groups.len(), 100, "the record names no more than that");
    let room = world.room("hot-1").await;
    assert!(room.contains("and 245 more"), "{room}");
    assert!(room.matches("joined this incident automatically").count() <= 10, "{room}");

    done(&world.says("ann", "/incident declare \"The whole site\" severity:sev3").await);
    done(&world.says("ann", "/incident merge HOT-2 incident:HOT-1").await);
    assert_eq!((groups_of(&world, "HOT-1").await, groups_of(&world, "HOT-2").await), (0, 250));
    assert_eq!(world.incident("HOT-2").await.groups.len(), 100);
    assert!(world.room("hot-2").await.contains("and 245 more"));
    let id = world.incident("HOT-2").await.groups.last().expect("a group").to_string();
    done(&world.says("ann", &format!("/incident link {id} incident:HOT-2")).await);
    world.end().await;
}
