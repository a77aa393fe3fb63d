//! A more severe alert that joins an open incident raises its severity, or proposes that, and pages.

use hotroom::{
    chat::Post,
    domain::{
        incident::{Incident, Severity},
        oncall::{Page, PageState},
    },
};
use serde_json::{Value, json};

use crate::{
    silences::{firing, group_of},
    world::{World, done, minutes, show},
};

/// Critical alerts open an incident of their severity, all others one of SEV3.
const TWO_RULES: &str = r#"
[[alerts.declare]]
name = "crit"
at_least = "sev1"

[[alerts.declare]]
name = "warn"
at_least = "sev3"
severity = "sev3"
"#;

async fn alerts(world: &World, alerts: &[(&str, &str, &str)]) {
    world.posts("alertmanager", &firing(alerts)).await;
}

/// Returns an alert of this host, firing or resolved.
fn of_host(check: &str, severity: &str, host: &str, [starts, ends]: [Option<String>; 2]) -> Value {
    json!({"version": "4", "alerts": [{
        "status": if ends.is_some() { "resolved" } else { "firing" },
        "startsAt": starts.unwrap_or_else(|| "2026-03-02T09:59:00Z".to_owned()),
        "endsAt": ends.unwrap_or_else(|| "0001-01-01T00:00:00Z".to_owned()),
        "labels": {"alertname": check, "service": "checkout", "severity": severity, "instance": host},
        "annotations": {"summary": format!("{check} on {host}")},
    }]})
}

async fn critical(world: &World, check: &str, host: &str) {
    world.posts("alertmanager", &of_host(check, "critical", host, [None, None])).await;
}

async fn pages(world: &World) -> Vec<Page> {
    let id = world.incident("HOT-1").await.id;
    world.app.store.read(move |reads| reads.pages_of_incident(id)).await.unwrap()
}

async fn severity(world: &World) -> Severity {
    world.incident("HOT-1").await.severity
}

/// Returns the posts of the hot room with a button of this label.
async fn with_button(world: &World, label: &str) -> Vec<Post> {
    let posts = world.posts_of("hot-1").await;
    posts.into_iter().filter(|post| post.buttons.iter().any(|button| button.label == label)).collect()
}

async fn asks(world: &World) -> Vec<Post> {
    with_button(world, "Raise the severity").await
}

/// Returns a world in which a person declared SEV3 from a group of warnings of the service checkout.
async fn declared_from_a_warning(options: &str) -> World {
    let world = World::new().await;
    alerts(&world, &[("CheckoutErrors", "checkout", "warning")]).await;
    let group = group_of(&world, "CheckoutErrors").await;
    done(&world.says("dee", &format!("/alert declare {group} severity:sev3 {options}")).await);
    assert!(pages(&world).await.is_empty());
    world
}

async fn open_incidents(world: &World) -> usize {
    world.get("/api/v1/incidents").await["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn where_a_person_set_the_severity_the_room_is_asked_with_one_button_and_the_page_starts() {
    let world = declared_from_a_warning("").await;
    critical(&world, "CheckoutErrors", "web-1").await;
    assert_eq!((severity(&world).await, open_incidents(&world).await), (Severity::Sev3, 1));
    let asked = asks(&world).await;
    assert_eq!((asked.len(), asked[0].buttons.len()), (1, 1));
    let text = show(&asked[0]);
    assert!(text.contains("CheckoutErrors on web-1") && text.contains("SEV1") && text.contains("calls dee"), "{text}");
    assert_eq!(pages(&world).await.len(), 1);
    assert!(world.room("dm-cho").await.contains("Acknowledge page"));

    critical(&world, "CheckoutErrors", "web-2").await;
    assert_eq!((asks(&world).await.len(), pages(&world).await.len()), (1, 1), "asked and paged once");
    done(&world.presses("bob", "hot-1", "Raise the severity").await);
    assert_eq!((severity(&world).await, pages(&world).await.len()), (Severity::Sev1, 1));
    world.end().await;
}

#[tokio::test]
async fn a_severity_that_a_person_lowered_again_is_not_questioned_by_the_same_alert() {
    let world = declared_from_a_warning("").await;
    critical(&world, "CheckoutErrors", "web-1").await;
    done(&world.presses("bob", "hot-1", "Raise the severity").await);
    done(&world.says("dee", "/incident severity sev3 \"one host of many\" incident:HOT-1").await);
    world.advance(minutes(40)).await;
    let ends = Some(world.now().to_rfc3339());
    world.posts("alertmanager", &of_host("CheckoutErrors", "critical", "web-1", [None, ends])).await;
    world.advance(minutes(1)).await;
    let starts = Some(world.now().to_rfc3339());
    world.posts("alertmanager", &of_host("CheckoutErrors", "critical", "web-1", [starts, None])).await;
    assert_eq!((severity(&world).await, asks(&world).await.len(), pages(&world).await.len()), (Severity::Sev3, 1, 1));

    critical(&world, "CheckoutErrors", "web-2").await;
    assert_eq!((severity(&world).await, asks(&world).await.len()), (Severity::Sev3, 2), "another one is news");
    assert_eq!(pages(&world).await.len(), 2, "nobody had answered the first page");
    world.end().await;
}

#[tokio::test]
async fn where_a_rule_set_the_severity_it_is_raised_at_once_and_can_be_undone() {
    let world = World::with(TWO_RULES).await;
    alerts(&world, &[("CheckoutSlow", "checkout", "warning")]).await;
    assert_eq!((severity(&world).await, pages(&world).await.len()), (Severity::Sev3, 0));
    critical(&world, "CheckoutDead", "web-1").await;
    assert_eq!((severity(&world).await, open_incidents(&world).await), (Severity::Sev1, 1));
    assert_eq!(pages(&world).await.len(), 1);
    let raised = with_button(&world, "Undo").await;
    assert_eq!(raised.len(), 1);
    let text = show(&raised[0]);
    assert!(text.contains("CheckoutDead on web-1") && text.contains("rule crit"), "{text}");

    done(&world.presses("bob", "hot-1", "Undo").await);
    assert_eq!(severity(&world).await, Severity::Sev3);
    world.advance(minutes(40)).await;
    let ends = Some(world.now().to_rfc3339());
    world.posts("alertmanager", &of_host("CheckoutDead", "critical", "web-1", [None, ends])).await;
    world.advance(minutes(1)).await;
    let starts = Some(world.now().to_rfc3339());
    world.posts("alertmanager", &of_host("CheckoutDead", "critical", "web-1", [starts, None])).await;
    assert_eq!((severity(&world).await, asks(&world).await.len(), pages(&world).await.len()), (Severity::Sev3, 0, 1));
    world.end().await;
}

#[tokio::test]
async fn an_alert_that_gets_more_severe_while_it_fires_counts_as_well() {
    let world = World::with(TWO_RULES).await;
    let graded = |severity: &str| json!({"name": "CheckoutSlow", "service": "checkout", "severity": severity});
    world.posts("generic", &graded("warning")).await;
    assert_eq!(severity(&world).await, Severity::Sev3);
    world.posts("generic", &graded("critical")).await;
    assert_eq!((severity(&world).await, pages(&world).await.len()), (Severity::Sev1, 1));
    world.end().await;
}

#[tokio::test]
async fn a_group_that_is_linked_by_hand_asks_and_pages_for_its_own_service_where_the_incident_names_none() {
    let world = World::new().await;
    alerts(&world, &[("SiteDown", "website", "critical")]).await;
    assert_eq!(open_incidents(&world).await, 0);
    done(&world.says("dee", "/incident declare \"Complaints\" severity:sev4").await);
    let group = group_of(&world, "SiteDown").await;
    done(&world.says("dee", &format!("/incident link {group} incident:HOT-1")).await);
    let asked = asks(&world).await;
    assert_eq!(asked.len(), 1);
    assert!(show(&asked[0]).contains("calls dee"), "{}", show(&asked[0]));
    let pages = pages(&world).await;
    assert_eq!((pages.len(), pages[0].spec.whom.as_str()), (1, "Website"));
    world.end().await;
}

#[tokio::test]
async fn a_page_that_is_in_progress_is_not_doubled_and_one_that_nobody_answered_is_started_again() {
    let world = World::new().await;
    alerts(&world, &[("CheckoutErrors", "checkout", "warning")]).await;
    let group = group_of(&world, "CheckoutErrors").await;
    done(&world.says("dee", &format!("/alert declare {group} severity:sev2")).await);
    done(&world.says("cho", &format!("/page ack {}", pages(&world).await[0].id())).await);
    critical(&world, "CheckoutErrors", "web-1").await;
    assert_eq!((asks(&world).await.len(), pages(&world).await.len()), (1, 1), "cho is on it");
    world.end().await;

    let world = declared_from_a_warning("").await;
    critical(&world, "CheckoutErrors", "web-1").await;
    world.advance(minutes(40)).await;
    assert!(pages(&world).await[0].is_exhausted());
    critical(&world, "CheckoutErrors", "web-2").await;
    assert_eq!((asks(&world).await.len(), pages(&world).await.len()), (1, 2));
    world.end().await;
}

#[tokio::test]
async fn a_merge_brings_the_more_severe_alerts_along() {
    let world = World::new().await;
    alerts(&world, &[("CheckoutDead", "checkout", "critical")]).await;
    done(&world.says("dee", "/incident declare \"Slow pages\" severity:sev4 service:website").await);
    done(&world.says("dee", "/incident merge HOT-2 incident:HOT-1").await);
    let into: Incident = world.incident("HOT-2").await;
    assert_eq!(into.severity, Severity::Sev1);
    let pages = world.app.store.read(move |reads| reads.pages_of_incident(into.id)).await.unwrap();
    assert_eq!(pages.iter().filter(|page| page.state == PageState::Triggered).count(), 1);
    let room = world.room("hot-2").await;
    assert!(room.contains("HOT-1** had it") && !room.contains("Raise the severity"), "{room}");
    world.end().await;
}

#[tokio::test]
async fn an_undo_is_stale_once_a_person_has_set_the_severity() {
    let world = World::with(TWO_RULES).await;
    alerts(&world, &[("CheckoutSlow", "checkout", "warning")]).await;
    critical(&world, "CheckoutDead", "web-1").await;
    let undo = world.button("hot-1", "Undo").await;
    done(&world.says("dee", "/incident severity sev2 incident:HOT-1").await);
    let late = world.delivers_press("bob", "hot-1", &undo.command, undo.version, "late").await;
    assert_eq!(late.outcome, hotroom::chat::ReplyOutcome::Refused);
    assert!(late.post.text.contains("Dee"), "{}", show(&late.post));
    assert_eq!(severity(&world).await, Severity::Sev2);
    done(&world.says("bob", "/incident severity sev3 incident:HOT-1").await);
    world.end().await;
}

/// All alerts go to two feeds, each with a group of its own.
const TWO_ROUTES: &str = r#"
[[alerts.route.routes]]
feed = "ops"
continue = true
group_by = ["service"]

[[alerts.route.routes]]
group_by = ["alertname"]
"#;

#[tokio::test]
async fn an_alert_joins_the_incident_of_each_group_that_shows_it() {
    let world = World::with(TWO_ROUTES).await;
    alerts(&world, &[("CheckoutErrors", "checkout", "warning")]).await;
    let groups = world.get("/api/v1/groups").await;
    let second = groups["items"].as_array().unwrap().iter().find(|group| group["labels"]["alertname"].is_string());
    let second = second.expect("the group of the second route")["id"].as_str().unwrap().to_owned();
    done(&world.says("dee", &format!("/alert declare {second} severity:sev3")).await);
    critical(&world, "CheckoutErrors", "web-1").await;
    assert_eq!((asks(&world).await.len(), pages(&world).await.len()), (1, 1));
    world.end().await;
}

#[tokio::test]
async fn what_a_silence_covered_when_its_group_was_linked_joins_when_the_silence_ends() {
    for silence in ["/alert silence match:alertname=SiteDown wait:1h", "/alert silence GROUP 1h"] {
        let world = World::new().await;
        alerts(&world, &[("SiteDown", "website", "critical")]).await;
        let group = group_of(&world, "SiteDown").await;
        done(&world.says("bob", &silence.replace("GROUP", &group)).await);
        done(&world.says("dee", "/incident declare \"Complaints\" severity:sev4").await);
        done(&world.says("dee", &format!("/incident link {group} incident:HOT-1")).await);
        world.advance(minutes(59)).await;
        assert_eq!((asks(&world).await.len(), pages(&world).await.len()), (0, 0), "{silence}");
        world.advance(minutes(1)).await;
        assert_eq!((asks(&world).await.len(), pages(&world).await.len()), (1, 1), "{silence}");
        world.end().await;
    }
}

#[tokio::test]
async fn a_private_incident_asks_in_its_own_room_only() {
    let world = declared_from_a_warning("private:yes title:\"Leak of data\"").await;
    critical(&world, "CheckoutErrors", "web-1").await;
    assert_eq!((asks(&world).await.len(), pages(&world).await.len()), (1, 1));
    for room in ["incidents", "alerts"] {
        let text = world.room(room).await;
        assert!(!text.contains("Leak") && !text.contains("HOT-1"), "{room}: {text}");
    }
    assert!(world.incident("HOT-1").await.members.contains(&"cho".into()), "whoever is paged may see it");
    world.end().await;
}

#[tokio::test]
async fn a_drill_asks_and_its_page_says_that_it_is_one() {
    let world = declared_from_a_warning("drill:yes").await;
    critical(&world, "CheckoutErrors", "web-1").await;
    assert_eq!((asks(&world).await.len(), pages(&world).await.len()), (1, 1));
    assert!(world.room("dm-cho").await.contains("DRILL"));
    assert!(!world.room("incidents").await.contains("CheckoutErrors on web-1"));
    world.end().await;
}

#[tokio::test]
async fn what_is_silenced_joins_when_the_silence_ends() {
    let world = declared_from_a_warning("").await;
    done(&world.says("bob", "/alert silence match:instance=web-1 wait:1h").await);
    critical(&world, "CheckoutErrors", "web-1").await;
    world.advance(minutes(59)).await;
    assert_eq!((asks(&world).await.len(), pages(&world).await.len()), (0, 0));
    world.advance(minutes(1)).await;
    assert_eq!((asks(&world).await.len(), pages(&world).await.len()), (1, 1));
    world.end().await;
}
