//! What may explain a new incident is in its room at once: what changed before, and past incidents that are like it.

use serde_json::{Value, json};

use crate::world::{World, alert, done, minutes};

async fn resolved(world: &World, title: &str, more: &str) {
    let number = world.get("/api/v1/incidents").await["items"].as_array().unwrap().len() + 1;
    done(&world.says("ann", &format!("/incident declare \"{title}\" severity:sev4 {more}")).await);
    let key = format!("HOT-{number}");
    let resolve = format!("/incident resolve \"Raised the ceiling of {key}\" cause:change incident:{key}");
    done(&world.says("ann", &resolve).await);
    world.advance(minutes(1)).await;
}

async fn similar(world: &World, who: &str, key: &str) -> Vec<Value> {
    let (_, body) = world.get_as(who, &format!("/api/v1/incidents/{key}/similar")).await;
    serde_json::from_str::<Value>(&body).unwrap()["items"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_new_incident_shows_past_ones_that_are_like_it_and_why() {
    let world = World::new().await;
    resolved(&world, "Connection pool exhausted in Frankfurt", "").await;
    resolved(&world, "Wiki is down", "service:website").await;
    resolved(&world, "Login fails", "").await;
    done(&world.says("ann", "/incident declare \"Pool exhausted again\" severity:sev4 service:website").await);
    world.advance(minutes(1)).await;
    let room = world.room("hot-4").await;
    assert!(room.contains("Similar incidents"), "{room}");
    assert!(room.contains("**HOT-1** Connection pool exhausted") && room.contains("words pool, exhausted"), "{room}");
    assert!(room.contains("Cause: change") && room.contains("Fix: Raised the ceiling of HOT-1"), "{room}");
    assert!(room.contains("**HOT-2**") && room.contains("the same service"), "{room}");
    assert!(!room.contains("**HOT-3**"), "nothing in common: {room}");
    let shown = similar(&world, "cho", "HOT-4").await;
    let keys: Vec<&str> = shown.iter().map(|one| one["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["HOT-2", "HOT-1"], "equal weight: the newest first");
    assert_eq!(shown[1]["words"], json!(["pool", "exhausted"]));
    assert!(world.page("cho", "/incidents/HOT-4").await.contains("Connection pool exhausted"));
    world.end().await;
}

#[tokio::test]
async fn the_same_alerts_are_the_best_reason() {
    let world = World::new().await;
    for round in 1..=2 {
        world.posts("alertmanager", &alert("PoolEmpty", "checkout", "critical", false)).await;
        world.advance(minutes(2)).await;
        let group = world.get("/api/v1/groups").await["items"][0].clone();
        if group["incident"].is_null() {
            let id = group["id"].as_str().unwrap();
            done(&world.says("ann", &format!("/alert declare {id} \"Round {round}\" severity:sev4")).await);
        }
        world.advance(minutes(1)).await;
        let key = format!("HOT-{round}");
        if round == 2 {
            let shown = similar(&world, "ann", "HOT-2").await;
            assert_eq!(shown[0]["key"], "HOT-1");
            assert_eq!(
                (&shown[0]["same_alerts"], &shown[0]["same_service"]),
                (&json!(true), &json!(true)),
                "{shown:?}"
            );
            assert!(shown[0]["labels"].to_string().contains("PoolEmpty"), "{shown:?}");
            assert!(world.room("hot-2").await.contains("the same alerts"));
        }
        world.posts("alertmanager", &alert("PoolEmpty", "checkout", "critical", true)).await;
        world.advance(minutes(30)).await;
        world.says("ann", &format!("/incident resolve \"Done\" incident:{key}")).await;
        world.advance(minutes(60)).await;
    }
    world.end().await;
}

#[tokio::test]
async fn a_private_incident_is_shown_to_its_members_only_and_never_in_a_room() {
    let world = World::new().await;
    resolved(&world, "Ledger reconciliation leaks", "private:yes").await;
    resolved(&world, "Ledger reconciliation stalls", "").await;
    done(&world.says("bob", "/incident declare \"Ledger reconciliation fails\" severity:sev4").await);
    world.advance(minutes(1)).await;
    let room = world.room("hot-3").await;
    assert!(room.contains("**HOT-2**") && !room.contains("HOT-1") && !room.contains("leaks"), "{room}");
    assert_eq!(similar(&world, "ann", "HOT-3").await.len(), 2, "ann is a member");
    let others = similar(&world, "dee", "HOT-3").await;
    assert_eq!(others.len(), 1);
    assert_eq!(others[0]["key"], "HOT-2");
    assert!(!world.page("dee", "/incidents/HOT-3").await.contains("leaks"));
    done(&world.says("ann", "/incident private yes incident:HOT-2").await);
    world.advance(minutes(1)).await;
    let room = world.room("hot-3").await;
    assert!(
        !room.contains("HOT-2") && !room.contains("stalls"),
        "it became private, and the room shows it no more: {room}"
    );
    world.end().await;
}

#[tokio::test]
async fn redacted_text_is_not_repeated_as_a_reason() {
    let world = World::new().await;
    resolved(&world, "Hunter2zzy appears twice", "").await;
    done(&world.says("ann", "/incident declare \"Again hunter2zzy appears\" severity:sev4").await);
    world.advance(minutes(1)).await;
    assert!(world.room("hot-2").await.contains("words hunter2zzy, appears"), "{}", world.room("hot-2").await);
    done(&world.says("ann", "/incident timeline redact:1 incident:HOT-1").await);
    world.advance(minutes(1)).await;
    assert!(similar(&world, "ann", "HOT-2").await.is_empty());
    let room = world.room("hot-2").await;
    assert!(!room.contains("Similar incidents") && room.contains("Nothing is shown here any more"), "{room}");
    world.end().await;
}

#[tokio::test]
async fn what_changed_in_the_six_hours_before_is_on_top_of_the_room() {
    let world = World::with("[[sources]]\nid = \"pd\"\nkind = \"pagerduty-events\"\n").await;
    let deploys = async |what: &str| {
        let change = json!({
            "routing_key": "any", "payload": {"summary": what, "source": "jenkins"},
            "links": [{"href": "https://ci.example/42", "text": "build"}],
        });
        let (status, told) = world.takes("POST /v2/change/enqueue", &[], change.to_string()).await;
        assert_eq!(status, 202, "{told}");
    };
    deploys("Deployed v41").await;
    world.advance(minutes(120)).await;
    deploys("Deployed v42").await;
    done(&world.says("ann", "/alert silence match:host=db-1 wait:1h comment:\"Moving the database\"").await);
    done(&world.says("ann", "/admin reload").await);
    world.advance(minutes(290)).await;
    done(&world.says("ann", "/incident declare \"Checkout is slow\" severity:sev4").await);
    world.advance(minutes(1)).await;
    let room = world.room("hot-1").await;
    let message = room.split("\n---\n").find(|post| post.contains("Recent changes")).expect("the message");
    assert!(message.contains("Deployed v42") && message.contains("https://ci.example/42"), "{message}");
    assert!(!message.contains("Deployed v41"), "more than six hours before: {message}");
    for text in ["a silence began: Moving the database", "a silence ended: Moving the database"] {
        assert!(message.contains(text), "{text}: {message}");
    }
    world.end().await;
}
