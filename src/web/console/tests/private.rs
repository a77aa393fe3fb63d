//! A private incident on every surface of the console: members see it, others find no trace of it.

use serde_json::json;

use crate::{
    chat::{Chat, Outcome},
    domain::ids::RoomId,
    web::world::{World, at, declare, line},
};

/// What nobody but members may read anywhere.
const SECRET: &str = "Layoffs-leak";

async fn world_with_a_secret() -> World {
    let world = World::new().await;
    world.posts("ops", "k", "a public word").await;
    let mut secret = declare(SECRET);
    secret.private = true;
    world.declares(secret, at(1)).await;
    let said = world.chat.post(RoomId::new("hot-1"), "k".to_owned(), line("Layoffs-leak talk"), at(2)).await;
    assert!(matches!(said, Outcome::Delivered(_)));
    world
}

/// Every address of the console that reads, and whether it is about the secret alone.
const SURFACES: [(&str, bool); 17] = [
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
    let world = world_with_a_secret().await;
    let (ann, bob) = (world.browser("ann").await, world.browser("bob").await);
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
}

#[tokio::test]
async fn what_is_private_and_what_does_not_exist_are_answered_alike() {
    let world = world_with_a_secret().await;
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
    let world = world_with_a_secret().await;
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
