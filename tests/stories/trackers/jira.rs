//! Jira: the ticket and the hot room are one incident, in both directions.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use hotroom::domain::incident::Severity;

use crate::{
    fake_http::Reaction,
    fake_jira::{ANN, BEN, BOT, BUTTON_TOKEN, FakeJira, Flavor, HOOK_SECRET, JiraDelivery, MAIL, TOKEN},
    world::{World, done, minutes},
};

/// A bot whose tracker is the Jira, with accounts for Ann and Bob.
async fn world(jira: &FakeJira, flavor: Flavor) -> World {
    world_with(jira, flavor, "").await
}

/// The same with more settings, which begin with those of the project.
pub async fn world_with(jira: &FakeJira, flavor: Flavor, more: &str) -> World {
    let signed_in = match flavor {
        Flavor::Cloud => format!("email = \"{MAIL}\""),
        Flavor::DataCenter => "edition = \"data_center\"".to_owned(),
    };
    let url = &jira.http.url;
    let toml = format!(
        r#"
[[people]]
id = "ann"
name = "Ann"
access = "admin"
accounts = {{ jira = "{ANN}" }}
[[people]]
id = "bob"
name = "Bob"
access = "responder"
accounts = {{ jira = "{BEN}" }}
[[people]]
id = "cho"
name = "Cho"
access = "responder"
[[people]]
id = "dee"
name = "Dee"
access = "responder"
[tracker]
kind = "jira"
[tracker.jira]
calls_per_second = 10000
url = "{url}"
{signed_in}
token = "env:TOKEN"
webhook_secrets = ["env:SECRET"]
button_secrets = ["env:BUTTON"]
[[tracker.jira.projects]]
key = "OPS"
issue_type = "Incident"
components = {{ checkout = "shop" }}
status = {{ investigating = "To Do", identified = "In Progress", resolved = "Done" }}
resolution = {{ Cause = "Change" }}
{more}
"#
    );
    let secrets = [("TOKEN", TOKEN), ("SECRET", HOOK_SECRET), ("BUTTON", BUTTON_TOKEN), ("GITHUB", super::SECRET)];
    let world = World::with_secrets(&toml, &secrets).await;
    synchronize(&world, jira);
    world.settle().await;
    world
}

/// An incident that is declared here, with its ticket.
pub async fn declared(world: &World, title: &str) {
    done(&world.says("ann", &format!("/incident declare \"{title}\" severity:sev2 service:checkout")).await);
    world.advance(minutes(1)).await;
}

/// Sets the clock of the Jira by that of the bot.
fn synchronize(world: &World, jira: &FakeJira) {
    jira.set_now(world.now().timestamp_millis());
}

async fn posts(world: &World, delivery: &JiraDelivery) -> StatusCode {
    let mut request = Request::builder().method("POST").uri("/hooks/jira").header("host", "127.0.0.1:8080");
    for (name, value) in &delivery.headers {
        request = request.header(*name, value);
    }
    let (status, _) = world.asks(request.body(Body::from(delivery.body.clone())).unwrap()).await;
    world.settle().await;
    status
}

/// Posts every webhook that the Jira has sent since the last time.
pub async fn reports(world: &World, jira: &FakeJira) {
    for delivery in jira.take_deliveries() {
        assert_eq!(posts(world, &delivery).await, StatusCode::ACCEPTED);
    }
}

/// A ticket on a critical component: its hot room is open.
async fn ticket(world: &World, jira: &FakeJira) {
    let key = jira.person_creates(ANN, "OPS", "Checkout fails");
    jira.person_watches(BEN, &key);
    jira.person_assigns(ANN, &key, ANN);
    jira.person_sets_components(ANN, &key, "shop");
    reports(world, jira).await;
}

fn comments_of(jira: &FakeJira, account: &str) -> Vec<String> {
    let comments = jira.comments("OPS-1").into_iter().filter(|(author, _)| author == account);
    comments.map(|(_, body)| body.to_string()).collect()
}

#[tokio::test]
async fn a_ticket_on_a_critical_component_is_an_incident_to_its_end() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter] {
        let jira = FakeJira::start(flavor).await;
        let world = world(&jira, flavor).await;
        ticket(&world, &jira).await;

        let incident = world.incident("OPS-1").await;
        assert_eq!(incident.title.verbatim(), "Checkout fails");
        assert_eq!(incident.room.as_ref().map(|room| room.as_str()), Some("ops-1"), "the room is named by the key");
        assert_eq!(incident.holder(&"incident_manager".into()).map(|person| person.as_str()), Some("ann"));
        assert!(incident.members.contains(&"bob".into()), "who watches the ticket is invited: {:?}", incident.members);
        assert!(jira.issue("OPS-1").labels().iter().any(|label| label.starts_with("hotroom-")));

        done(&world.says_in("ops-1", "ann", "/incident status identified").await);
        assert_eq!(jira.issue("OPS-1").status, "In Progress");

        done(&world.says_in("ops-1", "ann", "/incident note \"We roll back\"").await);
        world.advance(Duration::from_secs(20)).await;
        let ours = comments_of(&jira, BOT);
        assert!(ours.iter().any(|text| text.contains("We roll back")), "{ours:?}");
        synchronize(&world, &jira);
        jira.person_comments(BEN, "OPS-1", "Customers are calling");
        reports(&world, &jira).await;
        let room = world.room("ops-1").await;
        assert!(room.contains("Customers are calling") && room.contains("Bob \\(Jira\\)"), "{room}");

        jira.person_prioritizes(ANN, "OPS-1", "Highest");
        reports(&world, &jira).await;
        assert_eq!(world.incident("OPS-1").await.severity, Severity::Sev1);

        done(&world.says_in("ops-1", "ann", "/incident resolve \"Rolled back\" cause:change").await);
        world.advance(minutes(1)).await;
        let issue = jira.issue("OPS-1");
        assert_eq!(issue.status, "Done");
        assert_eq!(issue.fields["customfield_10052"]["value"], "Change", "the fields of the resolution");

        // Our own changes come back, and change nothing.
        synchronize(&world, &jira);
        let (comments, history) = (jira.issue("OPS-1").comments.len(), jira.issue("OPS-1").history.len());
        reports(&world, &jira).await;
        world.advance(minutes(1)).await;
        let issue = jira.issue("OPS-1");
        assert_eq!((issue.comments.len(), issue.history.len()), (comments, history));
        assert_eq!(world.incident("OPS-1").await.status.as_str(), "resolved");
        world.end().await;
    }
}

#[tokio::test]
async fn an_incident_that_is_declared_here_gets_its_ticket_and_its_key() {
    let jira = FakeJira::start(Flavor::DataCenter).await;
    let world = world(&jira, Flavor::DataCenter).await;
    done(&world.says("ann", "/incident declare \"Checkout is slow\" severity:sev2 service:checkout").await);
    world.advance(Duration::from_secs(5)).await;
    let issue = jira.issue("OPS-1");
    assert_eq!(issue.fields["summary"], "Checkout is slow");
    assert_eq!(issue.priority().as_deref(), Some("High"));
    assert_eq!(issue.fields["components"][0]["name"], "shop");
    assert_eq!(issue.assignee.as_deref(), Some(ANN), "the manager is the assignee");
    assert_eq!(issue.remote_links.len(), 1, "the issue leads to the room");
    let incident = world.incident("OPS-1").await;
    assert_eq!(incident.title.verbatim(), "Checkout is slow");
    world.end().await;
}

#[tokio::test]
async fn a_ticket_whose_creation_was_unclear_is_found_and_not_created_again() {
    let jira = FakeJira::start(Flavor::Cloud).await;
    let world = world(&jira, Flavor::Cloud).await;
    jira.react_next(Reaction::Close, true);
    done(&world.says("ann", "/incident declare \"Checkout is slow\" severity:sev2").await);
    for _ in 0..9 {
        world.advance(Duration::from_secs(10)).await;
        synchronize(&world, &jira);
    }
    assert_eq!(jira.issues().len(), 1);
    assert_eq!(world.incident("OPS-1").await.title.verbatim(), "Checkout is slow");
    world.end().await;
}

#[tokio::test]
async fn the_button_on_a_ticket_opens_a_hot_room_and_nobody_can_forge_it() {
    let jira = FakeJira::start(Flavor::Cloud).await;
    let world = world(&jira, Flavor::Cloud).await;
    jira.person_creates(ANN, "OPS", "Something odd");
    reports(&world, &jira).await;
    let incidents = || async { world.get("/api/v1/incidents").await["items"].as_array().unwrap().len() };
    assert_eq!(incidents().await, 0, "no component is critical");
    let pressed = jira.person_presses_button(BEN, "OPS-1");
    let mut forged = pressed.clone();
    forged.headers[0].1.push('x');
    assert_eq!(posts(&world, &forged).await, StatusCode::FORBIDDEN);
    assert_eq!(incidents().await, 0);
    for _ in 0..3 {
        assert_eq!(posts(&world, &pressed).await, StatusCode::ACCEPTED);
    }
    assert_eq!(incidents().await, 1);
    assert_eq!(world.incident("OPS-1").await.title.verbatim(), "Something odd");
    world.end().await;
}

#[tokio::test]
async fn deliveries_in_any_order_and_any_number_lead_to_the_same() {
    let jira = FakeJira::start(Flavor::Cloud).await;
    let world = world(&jira, Flavor::Cloud).await;
    ticket(&world, &jira).await;
    synchronize(&world, &jira);
    jira.person_moves(ANN, "OPS-1", "In Progress");
    jira.advance(1);
    jira.person_comments(BEN, "OPS-1", "Customers are calling");
    jira.advance(1);
    jira.person_prioritizes(ANN, "OPS-1", "High");
    let mut deliveries = jira.take_deliveries();
    deliveries.reverse();
    for delivery in deliveries.iter().chain(&deliveries).chain(&deliveries) {
        assert_eq!(posts(&world, delivery).await, StatusCode::ACCEPTED);
    }
    let incident = world.incident("OPS-1").await;
    assert_eq!((incident.status.as_str(), incident.severity), ("identified", Severity::Sev2));
    let room = world.room("ops-1").await;
    assert_eq!(room.matches("Customers are calling").count(), 1, "{room}");
    world.end().await;
}

#[tokio::test]
async fn two_bots_on_one_project_leave_each_others_tickets_alone() {
    let jira = FakeJira::start(Flavor::Cloud).await;
    let (one, two) = (world(&jira, Flavor::Cloud).await, world(&jira, Flavor::Cloud).await);
    done(&one.says("ann", "/incident declare \"Checkout fails\" severity:sev1 service:checkout").await);
    let key = jira.person_creates(ANN, "OPS", "Search fails");
    jira.person_sets_components(ANN, &key, "shop");
    // Both have the webhook; the first is faster.
    let deliveries = jira.take_deliveries();
    for bot in [&one, &two] {
        for delivery in &deliveries {
            assert_eq!(posts(bot, delivery).await, StatusCode::ACCEPTED);
        }
    }
    let count = async |bot: &World| bot.get("/api/v1/incidents").await["items"].as_array().expect("a list").len();
    assert_eq!((count(&one).await, count(&two).await), (2, 0));
    let marks = |key: &str| jira.issue(key).labels().into_iter().filter(|label| label.starts_with("hotroom-")).count();
    assert_eq!((marks("OPS-1"), marks(&key)), (1, 1));
    // What the other finds by itself later is left alone too.
    two.advance(minutes(20)).await;
    assert_eq!(count(&two).await, 0);
    for bot in [one, two] {
        bot.end().await;
    }
}

#[tokio::test]
async fn nobody_enters_a_private_room_by_its_ticket_which_everybody_may_read() {
    let jira = FakeJira::start(Flavor::Cloud).await;
    let world = world(&jira, Flavor::Cloud).await;
    // Nobody is paged, so that Ann is alone.
    done(&world.says("ann", "/incident declare \"Data leaks\" severity:sev4").await);
    world.advance(minutes(1)).await;
    reports(&world, &jira).await;
    done(&world.says_in("ops-1", "ann", "/incident private yes").await);
    world.advance(minutes(1)).await;
    synchronize(&world, &jira);
    let bob = "bob".into();
    assert!(!world.incident("OPS-1").await.members.contains(&bob));
    jira.person_watches(BEN, "OPS-1");
    jira.person_comments(BEN, "OPS-1", "What is it about?");
    jira.advance(1);
    jira.person_assigns(BEN, "OPS-1", BEN);
    reports(&world, &jira).await;
    world.advance(minutes(1)).await;
    let incident = world.incident("OPS-1").await;
    assert!(!incident.members.contains(&bob), "{:?}", incident.members);
    assert!(world.room("ops-1").await.contains("What is it about?"), "what is said there is still read here");
    world.end().await;
}

#[tokio::test]
async fn a_ticket_that_fewer_people_may_read_makes_its_room_private() {
    let jira = FakeJira::start(Flavor::Cloud).await;
    let world = world(&jira, Flavor::Cloud).await;
    ticket(&world, &jira).await;
    synchronize(&world, &jira);
    assert!(!world.incident("OPS-1").await.private);
    jira.person_restricts(ANN, "OPS-1");
    reports(&world, &jira).await;
    assert!(world.incident("OPS-1").await.private);
    world.end().await;
}

#[tokio::test]
async fn a_copy_of_a_ticket_has_its_own_hot_room() {
    let jira = FakeJira::start(Flavor::Cloud).await;
    let world = world(&jira, Flavor::Cloud).await;
    ticket(&world, &jira).await;
    world.advance(minutes(1)).await;
    let copy = jira.person_creates(ANN, "OPS", "Checkout fails again");
    for label in jira.issue("OPS-1").labels().into_iter().filter(|label| label.starts_with("hotroom-")) {
        jira.person_labels(&copy, &label);
    }
    jira.take_deliveries();
    let pressed = jira.person_presses_button(BEN, &copy);
    assert_eq!(posts(&world, &pressed).await, StatusCode::ACCEPTED);
    assert_eq!(world.incident(&copy).await.title.verbatim(), "Checkout fails again");
    world.end().await;
}
