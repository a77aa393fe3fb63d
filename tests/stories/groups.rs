//! An alert group belongs to at most one open incident, whoever declares the next one and in whichever way.

use hotroom::{
    chat::{CommandInput, Reply, ReplyOutcome},
    domain::refusal::{AlertRefusal, IncidentRefusal, Refusal},
};
use serde_json::{Value, json};

use crate::world::{World, alert, done, minutes, show};

/// Creates a group without an incident.
async fn group(world: &World) -> String {
    world.posts("alertmanager", &alert("TooManyReads", "website", "warning", false)).await;
    let groups = world.get("/api/v1/groups").await;
    groups["items"][0]["id"].as_str().expect("a group").to_owned()
}

/// Returns the refusal of a reply, and checks that no second incident was declared.
async fn refused(world: &World, reply: &Reply) -> Refusal {
    assert_eq!(reply.outcome, ReplyOutcome::Refused, "{}", show(&reply.post));
    only_one(world).await;
    serde_json::from_value(reply.data.clone().expect("a refusal")).expect("a refusal")
}

async fn only_one(world: &World) {
    let incidents = world.get("/api/v1/incidents").await;
    let keys: Vec<&Value> = incidents["items"].as_array().unwrap().iter().map(|one| &one["key"]).collect();
    assert_eq!(keys, ["HOT-1"]);
}

#[tokio::test]
async fn a_group_of_an_open_incident_is_not_taken_by_another_declaration() {
    let world = World::new().await;
    let group = group(&world).await;
    done(&world.says("ann", &format!("/incident declare \"Reads\" severity:sev3 group:{group}")).await);
    let taken = Refusal::from(AlertRefusal::GroupTaken { key: world.incident("HOT-1").await.key });

    let spoken = world.says("dee", &format!("/incident declare \"thief\" group:{group}")).await;
    assert_eq!(refused(&world, &spoken).await, taken);
    let options = vec![("title".to_owned(), "thief".to_owned()), ("group".to_owned(), group.clone())];
    let form = CommandInput::Options { command: "incident declare".to_owned(), options, version: None };
    let filled_in = world.delivers("dee", Some("ops"), form, "form").await;
    assert_eq!(refused(&world, &filled_in).await, taken);

    for private in [false, true] {
        let body = json!({"title": "thief", "group": group, "private": private});
        let (status, problem) = world.send("POST", "/api/v1/incidents", Some(&body)).await;
        assert_eq!((status.as_u16(), &problem["type"]), (409, &json!("urn:hotroom:problem:group_taken")), "{problem}");
    }
    let line = json!({"text": format!("/incident declare \"thief\" group:{group}")});
    let (status, problem) = world.send("POST", "/api/v1/commands", Some(&line)).await;
    assert_eq!((status.as_u16(), &problem["type"]), (409, &json!("urn:hotroom:problem:group_taken")), "{problem}");

    only_one(&world).await;
    assert_eq!(world.get(&format!("/api/v1/groups/{group}")).await["incident"], "HOT-1");
    world.end().await;
}

#[tokio::test]
async fn a_group_whose_incident_is_over_may_be_declared_from_again() {
    let world = World::new().await;
    let group = group(&world).await;
    done(&world.says("ann", &format!("/incident declare \"Reads\" severity:sev3 group:{group}")).await);
    done(&world.says_in("hot-1", "ann", "/incident resolve \"restarted\"").await);
    done(&world.says_in("hot-1", "ann", "/incident status closed").await);
    let again = world.says("bob", &format!("/incident declare \"Reads again\" severity:sev3 group:{group}")).await;
    assert_eq!(done(&again).incident.as_ref().map(ToString::to_string).as_deref(), Some("HOT-2"));
    assert_eq!(world.get(&format!("/api/v1/groups/{group}")).await["incident"], "HOT-2");
    world.end().await;
}

#[tokio::test]
async fn the_refusal_does_not_name_an_incident_that_the_asker_may_not_see() {
    let world = World::new().await;
    let group = group(&world).await;
    let declare = format!("/incident declare \"Leak\" severity:sev3 private:yes group:{group}");
    done(&world.says("ann", &declare).await);

    let spoken = world.says("dee", &format!("/incident declare \"thief\" group:{group}")).await;
    assert!(
        matches!(refused(&world, &spoken).await, Refusal::Incident(IncidentRefusal::Already { by: None, .. })),
        "{spoken:?}"
    );
    let asked = world.says("dee", &format!("/alert declare {group}")).await;
    assert_eq!(asked.data, spoken.data, "the same words for both commands");
    for reply in [&spoken, &asked] {
        let words = format!("{} {:?}", show(&reply.post), reply.data);
        assert!(!words.contains("HOT-1") && !words.contains("Leak"), "{words}");
    }
    world.end().await;
}

#[tokio::test]
async fn an_unknown_group_is_not_found_and_declares_nothing() {
    let world = World::new().await;
    let nobody = "0192f0c4-7b5e-7000-8000-000000000001";
    let body = json!({"title": "Reads", "group": nobody});
    let (status, problem) = world.send("POST", "/api/v1/incidents", Some(&body)).await;
    assert_eq!((status.as_u16(), &problem["type"]), (404, &json!("urn:hotroom:problem:unknown_group")), "{problem}");
    let spoken = world.says("ann", &format!("/incident declare \"Reads\" group:{nobody}")).await;
    assert_eq!(spoken.outcome, ReplyOutcome::Refused);
    assert_eq!(world.get("/api/v1/incidents").await["items"], json!([]));
    let first = world.says("ann", "/incident declare \"Reads\" severity:sev3").await;
    assert_eq!(done(&first).incident.as_ref().map(ToString::to_string).as_deref(), Some("HOT-1"), "no number is lost");
    world.end().await;
}

#[tokio::test]
async fn a_rule_leaves_a_group_with_the_incident_that_a_person_declared() {
    let rule = "[[alerts.declare]]\nname = \"slow\"\nmatchers = [\"severity=warning\"]\nafter = \"10m\"\n";
    let world = World::with(rule).await;
    let group = group(&world).await;
    done(&world.says("ann", &format!("/incident declare \"Reads\" severity:sev3 group:{group}")).await);
    world.advance(minutes(20)).await;
    only_one(&world).await;
    assert_eq!(world.get(&format!("/api/v1/groups/{group}")).await["incident"], "HOT-1");
    world.end().await;
}

#[tokio::test]
async fn groups_have_names_that_people_can_type() {
    let world = World::new().await;
    let first = group(&world).await;
    world.posts("alertmanager", &alert("TooManyWrites", "website", "warning", false)).await;
    let mut titles = Vec::new();
    for name in ["G-1", "g-2"] {
        let group = world.get(&format!("/api/v1/groups/{name}")).await;
        titles.push((group["name"].clone(), group["labels"]["alertname"].clone()));
    }
    assert_eq!(titles, [(json!("G-1"), json!("TooManyReads")), (json!("G-2"), json!("TooManyWrites"))]);
    assert_eq!(world.send("GET", "/api/v1/groups/G-3", None).await.0.as_u16(), 404);

    let list = show(&done(&world.says("cho", "/alert list").await).post);
    assert!(list.contains("`G-1`") && list.contains("`G-2`") && !list.contains(&first), "{list}");
    let why = show(&done(&world.says("cho", "/alert why g-2").await).post);
    assert!(why.contains("TooManyWrites"), "{why}");
    done(&world.says("ann", "/alert ack G-1").await);
    assert_eq!(world.get("/api/v1/groups/G-1").await["acknowledged_by"], "ann");
    done(&world.says("ann", "/incident declare \"Reads\" severity:sev3 group:G-1").await);
    assert_eq!(world.get(&format!("/api/v1/groups/{first}")).await["incident"], "HOT-1");

    let unknown = world.says("cho", "/alert why G-77").await;
    assert_ne!(unknown.outcome, ReplyOutcome::Done);
    assert!(show(&unknown.post).contains("G-77"), "{}", show(&unknown.post));
    world.end().await;
}
