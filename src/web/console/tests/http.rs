//! The console's endpoints through the whole router.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use crate::{
    domain::{
        event::Event,
        incident::{Incident, IncidentEvent, LifecycleEvent},
    },
    web::world::{World, at, declare},
};

fn talk(delivery: &str, text: &str) -> Value {
    json!({"delivery": delivery, "room": "ops", "text": text})
}

#[tokio::test]
async fn without_a_session_nothing_is_told_and_without_its_token_nothing_is_done() {
    let world = World::new().await;
    let mut stranger = world.browser("ann").await;
    let good = stranger.session.clone();
    stranger.session = "0".repeat(64);
    for path in ["/console/state", "/console/rooms/ops", "/console/rooms/ops/messages", "/console/events", "/health"] {
        assert_eq!(stranger.get(path).await.0, 401, "{path}");
    }
    assert_eq!(stranger.post("/console/say", talk("12345678", "hello")).await.0, 401);
    let forged = Request::post("/console/say")
        .header("host", "127.0.0.1:8080")
        .header("content-type", "application/json")
        .header("cookie", format!("hotroom={good}"))
        .body(Body::from(talk("12345678", "hello").to_string()));
    assert_eq!(stranger.send(forged.unwrap()).await.status(), 403);
}

#[tokio::test]
async fn the_state_tells_a_new_page_everything_it_needs() {
    let world = World::new().await;
    world.declares(declare("Checkout is slow"), at(1)).await;
    let (status, text) = world.browser("ann").await.get("/console/state").await;
    let state: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(status, 200);
    assert_eq!(state["me"], json!({"id": "ann", "name": "Ann", "access": "admin"}));
    assert_eq!(state["incidents"][0]["key"], "HOT-1");
    let hot = state["rooms"].as_array().unwrap().iter().find(|room| room["id"] == "hot-1").expect("its room");
    let shown = [&hot["kind"], &hot["title"], &hot["severity"], &hot["status"], &hot["category"], &hot["incident"]];
    assert_eq!(
        shown.map(|v| v.as_str().unwrap()),
        ["hot", "Checkout is slow", "sev2", "Investigating", "active", "HOT-1"]
    );
    let severity = state["commands"].as_array().unwrap().iter().find(|c| c["command"] == "incident severity");
    assert_eq!(severity.expect("declared")["options"][0]["choices"][0][0], "sev1");
}

#[tokio::test]
async fn talk_is_said_once_and_comes_back_as_the_message_it_became() {
    let world = World::new().await;
    let ann = world.browser("ann").await;
    let (status, first) = ann.post("/console/say", talk("delivery-1", "**on it**, @bob <b>")).await;
    assert_eq!((status, &first["reply"]), (200, &Value::Null));
    assert_eq!(first["message"]["author"], json!({"kind": "person", "id": "ann", "name": "Ann"}));
    assert_eq!(first["message"]["post"]["mentions"], json!(["bob"]));
    let html = "<strong>on it</strong>, <span class=\"mention\" data-person=\"bob\">@Bob</span> &lt;b&gt;";
    assert_eq!(first["message"]["html"], html);
    let (_, again) = ann.post("/console/say", talk("delivery-1", "**on it**, @bob <b>")).await;
    assert_eq!(again, first);
    assert_eq!(ann.post("/console/say", talk("delivery-1", "something else")).await.0, 409);
    let (_, page) = ann.get("/console/rooms/ops/messages").await;
    assert_eq!(serde_json::from_str::<Value>(&page).unwrap()["items"].as_array().unwrap().len(), 1);
    let (_, slash) = ann.post("/console/say", talk("delivery-2", "//incident is a command")).await;
    assert_eq!(slash["message"]["post"]["text"], "/incident is a command");
    for (id, text, status) in [("delivery-3", " ", 422), ("short", "x", 422), ("delivery 4", "x", 422)] {
        assert_eq!(ann.post("/console/say", talk(id, text)).await.0, status, "{id}");
    }
    assert_eq!(ann.post("/console/say", talk("delivery-5", &"x".repeat(4_001))).await.0, 413);
}

#[tokio::test]
async fn what_a_message_refers_to_is_noted_for_the_card_below_it() {
    let world = World::new().await;
    world.declares(declare("Checkout is slow"), at(1)).await;
    let (_, said) = world.browser("ann").await.post("/console/say", talk("delivery-1", "see HOT-1")).await;
    let message = said["message"]["id"].as_i64().expect("an id");
    let noted = world.store.read(move |reads| reads.previews(&"ops".into(), message)).await.expect("reads");
    assert_eq!(noted.map(|noted| noted.references), Some(vec!["HOT-1".to_owned()]));
}

#[tokio::test]
async fn a_command_is_answered_to_the_asker_only_and_done_once() {
    let world = World::new().await;
    let ann = world.browser("ann").await;
    let declare =
        json!({"delivery": "declare-1", "room": "ops", "text": "/incident declare Checkout is slow severity:sev2"});
    let (status, first) = ann.post("/console/say", declare.clone()).await;
    assert_eq!((status, &first["reply"]["outcome"], &first["message"]), (200, &json!("done"), &Value::Null), "{first}");
    assert_eq!(first["reply"]["incident"], "HOT-1");
    let (_, again) = ann.post("/console/say", declare).await;
    assert_eq!(again, first);
    let (_, text) = ann.get("/console/state").await;
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["incidents"].as_array().unwrap().len(), 1);
    let (_, page) = world.browser("bob").await.get("/console/rooms/ops/messages").await;
    assert_eq!(serde_json::from_str::<Value>(&page).unwrap()["items"], json!([]));
}

#[tokio::test]
async fn a_form_is_given_filled_in_and_sent_as_the_command_it_is() {
    let world = World::new().await;
    let ann = world.browser("ann").await;
    let (status, text) = ann.get("/console/form?command=incident+declare&room=ops").await;
    let asked: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((status, &asked["reply"]["outcome"]), (200, &json!("asked")), "{asked}");
    assert_eq!(asked["reply"]["form"]["command"], "incident declare");
    assert_eq!(ann.get("/console/form?command=incident+list").await.0, 404, "a GET never acts");
    assert_eq!(ann.get("/console/form?command=rm+-rf").await.0, 404);
    let send = |options: Value| {
        let form = json!({"delivery": "form-0001", "room": null, "command": "incident declare", "options": options});
        ann.post("/console/form", form)
    };
    let (_, missing) = send(json!([["title", ""]])).await;
    assert_eq!(missing["reply"]["outcome"], "misunderstood", "{missing}");
    let (_, done) = send(json!([["title", "Checkout is slow"], ["severity", "sev1"]])).await;
    assert_eq!(done["reply"]["incident"], "HOT-1", "{done}");
    let many: Vec<_> = (0..65).map(|n| json!([n.to_string(), "x"])).collect();
    assert_eq!(send(json!(many)).await.0, 413);
}

#[tokio::test]
async fn neither_the_form_nor_a_line_declares_from_a_group_of_an_open_incident() {
    let world = World::new().await;
    let incident = world.declares(declare("Checkout is slow"), at(1)).await;
    let group = world.fires(&incident, "Down", at(2)).await.id.to_string();
    let bob = world.browser("bob").await;
    let options = json!([["title", "Another"], ["group", group]]);
    let form = json!({"delivery": "form-0001", "room": null, "command": "incident declare", "options": options});
    let text = format!("/incident declare Another group:{group}");
    let line = json!({"delivery": "line-0001", "room": "ops", "text": text});
    for (path, body) in [("/console/form", form), ("/console/say", line)] {
        let (_, answer) = bob.post(path, body).await;
        assert_eq!(answer["reply"]["outcome"], "refused", "{path}: {answer}");
        assert!(answer["reply"]["post"]["text"].as_str().unwrap().contains("belong to HOT-1"), "{path}: {answer}");
    }
    let (_, state) = bob.get("/console/state").await;
    assert_eq!(serde_json::from_str::<Value>(&state).unwrap()["incidents"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_read_is_counted_and_messages_come_in_pages() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for n in 0..7 {
        ids.push(world.posts("ops", &format!("k{n}"), "x").await);
    }
    let bob = world.browser("bob").await;
    let (_, left) = bob.post("/console/read", json!({"room": "ops", "message": ids[4]})).await;
    assert_eq!(left, json!({"unread": 2, "mentioned": 0}));
    let (_, left) = bob.post("/console/read", json!({"room": "ops", "message": ids[1]})).await;
    assert_eq!(left, json!({"unread": 2, "mentioned": 0}));
    for (query, count, before, after) in [
        ("limit=3".to_owned(), 3, true, false),
        (format!("before={}&limit=3", ids[3]), 3, false, true),
        (format!("after={}", ids[4]), 2, true, false),
        (format!("around={}&limit=4", ids[3]), 4, true, true),
        ("limit=0".to_owned(), 1, true, false),
    ] {
        let (status, text) = bob.get(&format!("/console/rooms/ops/messages?{query}")).await;
        let page: Value = serde_json::from_str(&text).expect("JSON");
        let shape = (page["items"].as_array().unwrap().len(), &page["more_before"], &page["more_after"]);
        assert_eq!((status, shape), (200, (count, &json!(before), &json!(after))), "{query}");
    }
    for query in ["before=1&after=2", "before=x", "limit=-1"] {
        assert_eq!(bob.get(&format!("/console/rooms/ops/messages?{query}")).await.0, 422, "{query}");
    }
}

#[tokio::test]
async fn of_twenty_people_who_press_one_button_at_once_one_wins_and_the_others_are_told_who() {
    let world = World::crowded().await;
    let incident = world.declares(declare("Checkout is slow"), at(1)).await;
    let version = incident.version;
    let mut presses = Vec::new();
    for n in 1..=20 {
        let browser = world.browser(&format!("p{n}")).await;
        let text = "/incident status identified incident:HOT-1";
        let press = json!({"delivery": format!("press-{n:04}"), "room": "hot-1", "text": text, "version": version});
        presses.push(async move { browser.post("/console/say", press).await.1["reply"].clone() });
    }
    let replies = futures_util::future::join_all(presses).await;
    let won = replies.iter().filter(|reply| reply["outcome"] == "done").count();
    let told = replies.iter().filter(|reply| reply["outcome"] == "refused").count();
    assert_eq!((won, told), (1, 19), "{replies:?}");
    let changes = world.read(move |reads, _| {
        let events = reads.events_of(&Incident::stream(incident.id), 0, 1_000)?;
        let moved = |recorded: &crate::domain::event::RecordedEvent| {
            matches!(&recorded.event, Event::Incident(IncidentEvent::Lifecycle(LifecycleEvent::StatusChanged { .. })))
        };
        Ok(events.iter().filter(|recorded| moved(recorded)).count())
    });
    assert_eq!(changes.await, 1);
}
