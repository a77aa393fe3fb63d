//! Keys of incidents and their rooms.

use super::world;
use crate::{
    fake_github::FakeGitHub,
    fake_http::Reaction,
    world::{World, done, minutes},
};

#[tokio::test]
async fn a_room_that_could_not_wait_is_renamed_and_both_keys_keep_working() {
    let github = FakeGitHub::start().await;
    let world = world(&github, "key_wait = \"3s\"").await;
    for _ in 0..4 {
        github.react_next(Reaction::answer(503, "{}"), false);
    }
    done(&world.hears("ann", None, "/incident declare \"Payments fail\" severity:sev1 service:checkout").await);
    world.settle().await;
    assert!(world.incident("SHOP-P1").await.room.is_none(), "the room waits for the key");
    world.advance(std::time::Duration::from_secs(4)).await;
    assert!(world.incident("SHOP-P1").await.room.is_some());
    world.advance(minutes(6)).await;
    let incident = world.incident("SHOP-1").await;
    assert_eq!(incident.former_key.as_ref().map(ToString::to_string).as_deref(), Some("SHOP-P1"));
    let room = world.app.store.read(|reads| reads.room(&"shop-p1".into())).await.unwrap().expect("the room stays");
    assert_eq!(room.name, "shop-1");
    for key in ["SHOP-1", "SHOP-P1"] {
        done(&world.says("bob", &format!("/incident note \"by {key}\" incident:{key}")).await);
        let shown = world.get(&format!("/api/v1/incidents/{key}")).await;
        assert_eq!(shown["key"], "SHOP-1", "{key}");
    }
    done(&world.says_in("shop-p1", "bob", "/incident note \"by room\"").await);
    world.end().await;
}

#[tokio::test]
async fn without_an_outside_tracker_keys_are_as_ever() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Payments fail\" severity:sev1 service:checkout").await);
    assert_eq!(world.incident("HOT-1").await.room.expect("a room").as_str(), "hot-1");
    let asked = world.says("ann", "/issue create incident:HOT-1").await;
    assert_eq!(asked.outcome, hotroom::chat::ReplyOutcome::Refused);
    world.end().await;
}
