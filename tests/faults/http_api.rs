//! The API: who may what, what is hidden, and what a repeat does.

use chrono::TimeDelta;
use hotroom::{command::Catalog, domain::people::Access};
use serde_json::{Value, json};

use crate::house::House;

/// People of each access level, and one who is no member of anything.
const PEOPLE: &str = "[[people]]\nid = \"ann\"\nname = \"Ann\"\naccess = \"admin\"\ntimezone = \"UTC\"\n\
    [[people]]\nid = \"bob\"\nname = \"Bob\"\naccess = \"responder\"\ntimezone = \"UTC\"\n\
    [[people]]\nid = \"rob\"\nname = \"Rob\"\naccess = \"reporter\"\ntimezone = \"UTC\"\n\
    [[people]]\nid = \"cho\"\nname = \"Cho\"\naccess = \"responder\"\ntimezone = \"UTC\"\n\
    [[people]]\nid = \"dee\"\nname = \"Dee\"\naccess = \"responder\"\ntimezone = \"UTC\"\n";

async fn house() -> House {
    House::with(PEOPLE, &[]).await
}

async fn declared(house: &House, person: &str, body: Value) -> String {
    let made = house.post("/api/v1/incidents", person, &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(
        made.header("location"),
        Some(format!("/api/v1/incidents/{}", key(&made.json())).to_lowercase().as_str())
    );
    key(&made.json())
}

fn key(incident: &Value) -> String {
    incident["key"].as_str().unwrap().to_owned()
}

async fn command(house: &House, person: &str, (key, word): (&str, &str), body: Value) -> crate::wire::Answer {
    house.post(&format!("/api/v1/incidents/{key}/commands/{word}"), person, &body).await
}

#[tokio::test]
async fn every_command_obeys_the_access_that_it_declares() {
    let house = house().await;
    let levels = [("rob", Access::Reporter), ("bob", Access::Responder), ("ann", Access::Admin)];
    let mut asked = 0;
    for spec in Catalog::shipped().commands() {
        for (person, level) in levels {
            let line = json!({"text": format!("/{}", spec.path)});
            let answer = house.post("/api/v1/commands", person, &line).await;
            let denied = answer.status == 403;
            assert_eq!(denied, level < spec.access, "{person} says /{}: {answer:?}", spec.path);
            asked += 1;
        }
    }
    assert!(asked > 60, "{asked}");
}

#[tokio::test]
async fn a_denial_says_so_and_is_in_the_audit_log() {
    let house = house().await;
    let key = declared(&house, "ann", json!({"title": "Checkout is slow"})).await;
    let answer = command(&house, "rob", (&key, "severity"), json!({"to": "sev1"})).await;
    assert_eq!((answer.status, answer.problem().as_str()), (403, "not_allowed"));
    let log = house.read(|reads| reads.events_of("system", 0, 100)).await;
    let denials = log.iter().filter(|entry| format!("{:?}", entry.event).contains("AccessDenied")).count();
    assert_eq!(denials, 1);
}

#[tokio::test]
async fn a_declaration_is_repeated_by_its_key_and_not_doubled() {
    let house = house().await;
    let send = async |key: &str, title: &str| {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        house.ask("POST /api/v1/incidents", &headers, json!({"title": title}).to_string()).await
    };
    let (first, again) = (send("k1", "One").await, send("k1", "One").await);
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(key(&first.json()), key(&again.json()));
    let other = send("k1", "Two").await;
    assert_eq!((other.status, other.problem().as_str()), (409, "delivery_reused"));
    assert_ne!(key(&send("k2", "One").await.json()), key(&first.json()));
    assert_eq!(send("a b", "One").await.problem(), "bad_value");
    assert_eq!(house.get("/api/v1/incidents").await.json()["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn lists_come_in_pages_that_meet_without_gap_or_overlap() {
    let house = house().await;
    for n in 1..=7 {
        declared(&house, "ann", json!({"title": format!("Number {n}")})).await;
        house.later(TimeDelta::seconds(1));
    }
    let (mut keys, mut path) = (Vec::new(), "/api/v1/incidents?limit=3".to_owned());
    loop {
        let page = house.get(&path).await.json();
        keys.extend(page["items"].as_array().unwrap().iter().map(key));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/incidents?limit=3&cursor={next}");
    }
    assert_eq!(keys, (1..=7).rev().map(|n| format!("HOT-{n}")).collect::<Vec<_>>());
    for (query, status) in
        [("limit=0", 422), ("limit=201", 422), ("cursor=x", 400), ("severity=sev9", 422), ("statsu=closed", 422)]
    {
        assert_eq!(house.get(&format!("/api/v1/incidents?{query}")).await.status, status, "{query}");
    }
}

#[tokio::test]
async fn a_private_incident_is_not_there_for_others() {
    let house = house().await;
    let hidden = declared(&house, "ann", json!({"title": "Secret", "private": true, "severity": "sev3"})).await;
    let before = house.ask("GET /api/v1/incidents", &[("x-hotroom-person", "ann")], "").await.json();
    assert_eq!(before["items"].as_array().unwrap().len(), 1);
    for path in [format!("/api/v1/incidents/{hidden}"), format!("/api/v1/incidents/{hidden}/timeline")] {
        let seen = house.ask(&format!("GET {path}"), &[("x-hotroom-person", "dee")], "").await;
        let none = house.ask("GET /api/v1/incidents/HOT-99", &[("x-hotroom-person", "dee")], "").await;
        assert_eq!((seen.status, &seen.json()["detail"]), (404, &none.json()["detail"]), "{path}");
        assert_eq!(house.ask(&format!("GET {path}"), &[("x-hotroom-person", "ann")], "").await.status, 200, "{path}");
    }
    let listed = house.ask("GET /api/v1/incidents?q=secret", &[("x-hotroom-person", "dee")], "").await;
    assert_eq!(listed.json()["items"], json!([]));
    for word in ["note", "rename", "severity", "info", "page"] {
        let body = json!({"text": "x", "title": "x", "to": "sev1", "whom": "@bob"});
        let fitting: serde_json::Map<String, Value> = body
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| Catalog::shipped().command(&format!("incident {word}")).unwrap().option(name).is_some())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let answer = command(&house, "dee", (&hidden, word), Value::Object(fitting)).await;
        assert_eq!((answer.status, answer.problem().as_str()), (404, "unknown_incident"), "{word}");
        assert!(!answer.body.contains("Secret"));
    }
    let paged = command(&house, "ann", (&hidden, "page"), json!({"whom": "@bob"})).await;
    assert_eq!(paged.status, 200, "{paged:?}");
    let pages = house.ask("GET /api/v1/pages", &[("x-hotroom-person", "ann")], "").await.json();
    let page = pages["items"][0]["id"].as_str().unwrap().to_owned();
    let unseen = house.ask("GET /api/v1/pages", &[("x-hotroom-person", "dee")], "").await.json();
    assert_eq!(unseen["items"], json!([]));
    assert_eq!(house.post(&format!("/api/v1/pages/{page}/ack"), "dee", &json!({})).await.status, 404);
    let line = json!({"text": format!("/page ack {page}")});
    assert_ne!(house.post("/api/v1/commands", "dee", &line).await.status, 200, "nor by saying the command");
}

#[tokio::test]
async fn refusals_have_the_status_of_their_kind_and_the_words_of_chat() {
    let house = house().await;
    let key = declared(&house, "ann", json!({"title": "Checkout is slow", "severity": "sev3"})).await;
    let same = command(&house, "ann", (&key, "severity"), json!({"to": "sev3"})).await;
    assert_eq!((same.status, same.problem().as_str()), (409, "already"));
    assert!(same.json()["detail"].as_str().unwrap().starts_with("Nothing to do:"), "{same:?}");
    for (word, body, status) in [
        ("severity", json!({"to": "sev9"}), 422),
        ("severity", json!({"too": "sev1"}), 422),
        ("severity", json!({"to": {"a": 1}}), 422),
        ("severity", json!({}), 422),
        ("status", json!({"to": "nowhere"}), 422),
        ("task", json!({"done": 99}), 404),
        ("nonsense", json!({}), 404),
        ("declare", json!({}), 404),
        ("reopen", json!({"reason": "no"}), 409),
    ] {
        let answer = command(&house, "ann", (&key, word), body.clone()).await;
        assert_eq!(answer.status, status, "{word} {body}: {answer:?}");
        answer.problem();
    }
    for (path, status) in [
        ("/api/v1/incidents/HOT-99", 404),
        ("/api/v1/incidents/nonsense", 404),
        ("/api/v1/incidents/HOT-1/nothing", 404),
        ("/api/v1/nothing", 404),
    ] {
        assert_eq!(house.get(path).await.status, status, "{path}");
    }
    assert_eq!(command(&house, "ann", ("HOT-99", "note"), json!({"text": "x"})).await.problem(), "unknown_incident");
    let put = house.ask(&format!("PUT /api/v1/incidents/{key}"), &[], "").await;
    assert_eq!((put.status, put.problem().as_str()), (405, "wrong_method"));
    assert!(put.header("allow").is_some());
}

#[tokio::test]
async fn the_second_of_two_at_once_is_told_who_was_faster() {
    let house = house().await;
    let key = declared(&house, "ann", json!({"title": "Checkout is slow", "severity": "sev3"})).await;
    let seen = house.get(&format!("/api/v1/incidents/{key}")).await.json()["version"].as_u64().unwrap();
    let move_to = |status: &str| json!({"to": status, "version": seen});
    assert_eq!(command(&house, "bob", (&key, "status"), move_to("identified")).await.status, 200);
    let late = command(&house, "cho", (&key, "status"), move_to("monitoring")).await;
    assert_eq!((late.status, late.problem().as_str()), (409, "stale"));
    assert!(late.json()["detail"].as_str().unwrap().contains("by Bob"), "{late:?}");
}

#[tokio::test]
async fn an_incident_goes_its_whole_way_by_the_api() {
    let house = house().await;
    let key =
        declared(&house, "bob", json!({"title": "Checkout is *slow*", "severity": "sev2", "service": "checkout"}))
            .await;
    for (word, body) in [
        ("update", json!({"text": "Looking into it", "next": "30m"})),
        ("role", json!({"role": "tech_lead", "person": "@cho"})),
        ("note", json!({"text": "the cache is cold"})),
        ("task", json!({"text": "warm the cache", "person": "@cho"})),
        ("status", json!({"to": "identified"})),
        ("resolve", json!({"summary": "cache warmed", "cause": "change"})),
        ("close", json!({})),
    ] {
        let done = command(&house, "bob", (&key, word), body).await;
        assert_eq!((done.status, done.json()["outcome"].as_str()), (200, Some("done")), "{word}: {done:?}");
    }
    let shown = house.get(&format!("/api/v1/incidents/{key}")).await.json();
    assert_eq!((shown["category"].as_str(), shown["title"].as_str()), (Some("closed"), Some("Checkout is *slow*")));
    assert_eq!(shown["roles"]["tech_lead"], "cho");
    assert_eq!(shown["tasks"][0]["assignee"], "cho");
    assert!(shown["times"]["resolved"]["first"].is_string());
    let history = house.get(&format!("/api/v1/incidents/{key}/timeline?limit=200")).await.json();
    let told: Vec<&str> = history["items"].as_array().unwrap().iter().filter_map(|e| e["text"].as_str()).collect();
    assert!(told.iter().any(|text| text.contains("the cache is cold")), "{told:?}");
    assert_eq!(history["items"][0]["event"]["event"], "declared");
}

#[tokio::test]
async fn someone_is_paged_and_answers_by_the_api() {
    let house = house().await;
    let key = declared(&house, "bob", json!({"title": "Checkout is slow", "severity": "sev3"})).await;
    let made = house.post("/api/v1/pages", "bob", &json!({"whom": "@cho", "incident": key, "message": "help"})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let page = made.json();
    assert_eq!((page["incident"].as_str(), page["person"].as_str()), (Some(key.as_str()), Some("cho")));
    let path = format!("/api/v1/pages/{}/ack", page["id"].as_str().unwrap());
    let taken = house.ask(&format!("POST {path}"), &[("x-hotroom-person", "cho")], "").await;
    assert_eq!((taken.status, taken.json()["state"].as_str()), (200, Some("acknowledged")), "{taken:?}");
    // Each reply names what its own request created, repeats included.
    let pages = async |whom: &str, id: &str| {
        let body = json!({"whom": whom, "incident": key}).to_string();
        let headers = [("content-type", "application/json"), ("x-hotroom-person", "bob"), ("idempotency-key", id)];
        let made = house.ask("POST /api/v1/pages", &headers, &body).await.json();
        (made["person"].as_str().expect("a person").to_owned(), made["id"].as_str().expect("an id").to_owned())
    };
    let (first, second) = (pages("@dee", "first").await, pages("@ann", "second").await);
    assert_eq!((first.0.as_str(), second.0.as_str()), ("dee", "ann"));
    assert_eq!((pages("@dee", "first").await, pages("@ann", "second").await), (first, second));
    let on_call = house.get("/api/v1/oncall").await.json();
    assert_eq!(on_call["items"][0]["schedule"], "primary");
    assert!(!on_call["items"][0]["people"].as_array().unwrap().is_empty());
    assert_eq!(house.post("/api/v1/pages/nonsense/ack", "cho", &json!({})).await.status, 404);
    assert_eq!(house.post("/api/v1/groups/nonsense/ack", "cho", &json!({})).await.status, 404);
}

/// The chat platform may deliver an event twice, or the browser lose the answer and ask again.
#[tokio::test]
async fn a_command_delivered_twenty_times_at_once_is_done_once_and_answered_alike() {
    let house = house().await;
    let line = json!({"text": "/incident declare \"Checkout is slow\" severity:sev3"}).to_string();
    let say = |person: &'static str| {
        let headers = [("content-type", "application/json"), ("x-hotroom-person", person), ("idempotency-key", "k1")];
        let (house, line) = (&house, &line);
        async move { house.ask("POST /api/v1/commands", &headers, line).await }
    };
    let answers = futures_util::future::join_all((0..20).map(|_| say("bob"))).await;
    assert!(answers.iter().all(|answer| answer.status == answers[0].status && answer.body == answers[0].body));
    assert!((200..300).contains(&answers[0].status), "{:?}", answers[0]);
    let count = async || house.get("/api/v1/incidents").await.json()["items"].as_array().unwrap().len();
    assert_eq!(count().await, 1);
    assert!((200..300).contains(&say("cho").await.status), "another person's ids are their own");
    assert_eq!(count().await, 2);
}

/// Two presses of one person that overtake each other on the way.
#[tokio::test]
async fn a_press_that_was_overtaken_by_a_later_one_changes_nothing() {
    let house = house().await;
    let incident = declared(&house, "bob", json!({"title": "Checkout is slow"})).await;
    let before = house.get(&format!("/api/v1/incidents/{incident}")).await.json();
    let press = |to: &str| json!({"to": to, "version": before["version"]});
    let late = command(&house, "bob", (&incident, "status"), press("monitoring")).await;
    assert_eq!(late.status, 200, "{late:?}");
    let early = command(&house, "bob", (&incident, "status"), press("identified")).await;
    assert_eq!(early.status, 409, "{early:?}");
    let after = house.get(&format!("/api/v1/incidents/{incident}")).await.json();
    assert_eq!(after["status"], "monitoring", "{after}");
    let unknown = command(&house, "bob", ("HOT-99", "status"), json!({"to": "monitoring"})).await;
    assert_eq!(unknown.status, 404, "an update that comes before its incident is refused: {unknown:?}");
}
