//! A private incident on every endpoint of the console: members see it, others find no trace of it.

use serde_json::json;

use crate::{
    chat::{Chat, Outcome},
    domain::{ids::RoomId, incident::Command},
    web::world::{Browser, World, at, declare, line},
};

/// Text that only members may read.
const SECRET: &str = "Layoffs-leak";

async fn world_with_a_secret() -> (World, Browser) {
    let world = World::new().await;
    world.posts("ops", "k", "a public word").await;
    let mut secret = declare(SECRET);
    secret.private = true;
    let secret = world.declares(secret, at(1)).await;
    let said = world.chat.post(RoomId::new("hot-1"), "k".to_owned(), line("Layoffs-leak talk"), at(2)).await;
    assert!(matches!(said, Outcome::Delivered(_)));
    let paged = json!({"delivery": "page-0001", "room": "hot-1", "text": "/incident page @ann Layoffs"});
    let ann = world.browser("ann").await;
    let (_, paged) = ann.post("/console/say", paged).await;
    assert_eq!(paged["reply"]["outcome"], "done", "{paged}");
    world.fires(&secret, "Disk", at(3)).await;
    (world, ann)
}

/// Every address that reads, and whether it is about the private incident alone.
const SURFACES: [(&str, bool); 31] = [
    ("/api/v1/alerts", false),
    ("/api/v1/groups", false),
    ("/api/v1/incidents", false),
    ("/api/v1/incidents?q=Layoffs", false),
    ("/api/v1/incidents/HOT-1", true),
    ("/api/v1/incidents/HOT-1/timeline", true),
    ("/api/v1/oncall", false),
    ("/api/v1/pages", false),
    ("/api/v1/pages?incident=HOT-1", false),
    ("/console/rooms/incidents/messages", false),
    ("/console/rooms/ops/messages", false),
    ("/status", false),
    ("/status/api/v2/incidents.json", false),
    ("/status/history.atom", false),
    ("/", false),
    ("/rooms/hot-1", true),
    ("/incidents", false),
    ("/incidents?q=Layoffs", false),
    ("/incidents?key=HOT-1", false),
    ("/incidents/HOT-1", true),
    ("/incidents/hot-1?show=people", true),
    ("/alerts", false),
    ("/oncall", false),
    ("/health", false),
    ("/console/state", false),
    ("/console/state?room=hot-1", false),
    ("/console/rooms/hot-1", true),
    ("/console/rooms/hot-1/messages", true),
    ("/console/rooms/hot-1/messages?around=2", true),
    ("/console/rooms/hot-1/side", true),
    ("/console/form?command=incident+severity&room=hot-1", true),
];

#[tokio::test]
async fn a_private_incident_is_nowhere_to_be_seen_for_others() {
    let (world, ann) = world_with_a_secret().await;
    let bob = world.browser("bob").await;
    for (path, alone) in SURFACES {
        let (status, text) = bob.get(path).await;
        assert_eq!(status, if alone { 404 } else { 200 }, "{path}: {text}");
        let echo = text.replace("q=Layoffs", "").replace("value=\"Layoffs\"", "").replace("value=\"HOT-1\"", "");
        let echo = echo.replace("HOT-12", "").replace("key=HOT-1", "");
        for trace in ["Layoffs", "HOT-1", "hot-1"] {
            assert!(alone || !echo.contains(trace), "{path} shows {trace}: {text}");
        }
        let (status, _) = ann.get(path).await;
        assert_eq!(status, 200, "{path} for a member");
    }
    let (_, groups) = bob.get("/api/v1/groups").await;
    assert!(groups.contains("Disk"), "the alerts themselves are everyone's: {groups}");
}

#[tokio::test]
async fn an_incident_that_became_private_after_a_merge_is_told_of_by_no_history() {
    let world = World::new().await;
    let open = world.declares(declare("Slow"), at(1)).await;
    let secret = world.declares(declare("Leak"), at(2)).await;
    world.does(&open, Command::Merge { into: secret.id, key: secret.key.clone() }, at(3)).await;
    world.does(&secret, Command::SetPrivate { private: true }, at(4)).await;
    let (ann, bob) = (world.browser("ann").await, world.browser("bob").await);
    let surfaces = ["/api/v1/incidents/HOT-1", "/api/v1/incidents/HOT-1/timeline?limit=200", "/incidents/HOT-1"];
    for path in surfaces.into_iter().chain(["/console/rooms/hot-1/side"]) {
        let (status, text) = bob.get(path).await;
        assert_eq!(status, 200, "{path}");
        assert!(!text.contains("HOT-2") && !text.contains(&secret.id.to_string()), "{path}: {text}");
    }
    let (_, told) = ann.get("/api/v1/incidents/HOT-1/timeline").await;
    assert!(told.contains("HOT-2"), "{told}");
}

#[tokio::test]
async fn what_is_private_and_what_does_not_exist_are_answered_alike() {
    let (world, _) = world_with_a_secret().await;
    let bob = world.browser("bob").await;
    let plain = |text: String| {
        let mut problem: serde_json::Value = serde_json::from_str(&text).expect("a problem");
        problem["request_id"].take();
        problem.to_string().replace("hot-1", "hot-9").replace("HOT-1", "HOT-9")
    };
    for path in ["/rooms/hot-1", "/incidents/HOT-1", "/console/rooms/hot-1/messages", "/console/rooms/hot-1/side"] {
        let (there, not_there) = (bob.get(path).await, bob.get(&path.replace("-1", "-9")).await);
        assert_eq!((there.0, plain(there.1)), (not_there.0, plain(not_there.1)), "{path}");
    }
}

#[tokio::test]
async fn nothing_can_be_said_or_done_in_a_private_room_from_outside() {
    let (world, _) = world_with_a_secret().await;
    let bob = world.browser("bob").await;
    let say = |delivery: &'static str, text: &'static str, room: &'static str| {
        bob.post("/console/say", json!({"delivery": delivery, "room": room, "text": text}))
    };
    assert_eq!(say("outside-1", "let me in", "hot-1").await.0, 404);
    assert_eq!(say("outside-2", "/incident note let me in", "hot-1").await.0, 404);
    let (_, elsewhere) = say("outside-3", "/incident note hello incident:HOT-1", "ops").await;
    let (_, nowhere) = say("outside-4", "/incident note hello incident:HOT-9", "ops").await;
    let shown = |reply: &serde_json::Value| reply["reply"].to_string().replace("HOT-1", "HOT-9");
    assert_eq!(shown(&elsewhere), shown(&nowhere));
    assert_eq!(bob.post("/console/read", json!({"room": "hot-1", "message": 99})).await.0, 404);
    let form =
        json!({"delivery": "outside-5", "room": "hot-1", "command": "incident note", "options": [["text", "x"]]});
    assert_eq!(bob.post("/console/form", form).await.0, 404);
}
