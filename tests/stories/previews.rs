//! Messages that refer to incidents and alert groups are answered with a card.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use chrono::TimeDelta;
use hotroom::{
    chat::{
        bot::{Bot, PlatformMessage},
        builtin::{Talk, TalkOrigin},
    },
    store::MessagePosition,
};

use crate::world::{World, alert, done, minutes};

static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Somebody writes a message in a room of a chat platform, some time ago.
async fn wrote(world: &World, room: &str, text: &str, ago: TimeDelta) {
    let number = WRITTEN.fetch_add(1, Ordering::SeqCst);
    let talk = Talk {
        room: room.into(),
        person: "bob".into(),
        text: text.into(),
        delivery: format!("message-{number}"),
        known: BTreeSet::new(),
    };
    let position = MessagePosition { message: format!("{number}").as_str().into(), at: world.now() - ago };
    let origin = TalkOrigin { platform: "discord".into(), position };
    world.app.on_message(PlatformMessage { talk, origin }).await.expect("stored");
    world.settle().await;
}

pub async fn writes(world: &World, room: &str, text: &str) {
    wrote(world, room, text, TimeDelta::zero()).await;
}

/// The cards in a room.
async fn cards(world: &World, room: &str) -> Vec<String> {
    let all = world.room(room).await;
    let posts = all.split("\n---\n").map(str::to_owned);
    posts.filter(|post| post.contains("**HOT-") || post.contains("firing")).collect()
}

#[tokio::test]
async fn a_key_is_answered_once_in_ten_minutes_in_each_room() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Checkout fails\" severity:sev2 service:website").await);
    writes(&world, "ops", "is that HOT-1 again?").await;
    let first = cards(&world, "ops").await;
    assert_eq!(first.len(), 1, "{first:?}");
    assert!(first[0].contains("**HOT-1**") && first[0].contains("Checkout fails"), "{first:?}");
    writes(&world, "ops", "yes, #hot-1").await;
    assert_eq!(cards(&world, "ops").await.len(), 1);
    world.advance(minutes(11)).await;
    writes(&world, "ops", "HOT-1").await;
    assert_eq!(cards(&world, "ops").await.len(), 2);
    world.end().await;
}

#[tokio::test]
async fn several_keys_are_one_list_and_what_is_unknown_is_left_out() {
    let world = World::new().await;
    for title in ["One", "Two"] {
        done(&world.says("ann", &format!("/incident declare \"{title}\" severity:sev3")).await);
    }
    let record = format!("{}/incidents/HOT-2", world.app.config.current().server.public_url);
    writes(&world, "ops", &format!("HOT-1, {record} and HOT-99, not `HOT-1` and not OPS-1")).await;
    let cards = cards(&world, "ops").await;
    assert_eq!(cards.len(), 1, "{cards:?}");
    assert!(cards[0].contains("**HOT-1**") && cards[0].contains("**HOT-2**") && !cards[0].contains("HOT-99"));
    writes(&world, "ops", "HOT-98 and HOT-99").await;
    writes(&world, "hot-1", "this is HOT-1").await;
    assert_eq!(self::cards(&world, "ops").await.len(), 1);
    let own = world.room("hot-1").await;
    assert!(!own.contains("this is HOT-1\n---\n**HOT-1**"), "in its own room everybody knows it: {own}");
    world.end().await;
}

#[tokio::test]
async fn a_link_to_the_message_of_a_group_shows_the_group() {
    let world = World::new().await;
    world.posts("alertmanager", &alert("DiskFull", "website", "warning", false)).await;
    world.advance(Duration::from_secs(15)).await;
    let newest =
        world.app.store.read(|reads| reads.messages(&"alerts".into(), hotroom::store::chat::MessageRange::Newest, 1));
    let message = newest.await.expect("reads").items[0].id;
    let url = &world.app.config.current().server.public_url;
    writes(&world, "ops", &format!("look: {url}/rooms/alerts#m{message}")).await;
    let cards = cards(&world, "ops").await;
    assert_eq!(cards.len(), 1, "{cards:?}");
    assert!(cards[0].contains("1 firing") && cards[0].contains("DiskFull"), "{cards:?}");
    writes(&world, "ops", &format!("and {url}/rooms/alerts#m{}", message + 1_000)).await;
    assert_eq!(self::cards(&world, "ops").await.len(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_private_incident_is_never_shown_and_one_that_becomes_private_is_withdrawn() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Leak\" severity:sev1 private:yes").await);
    done(&world.says("ann", "/incident declare \"Slow\" severity:sev3").await);
    writes(&world, "ops", "HOT-1 HOT-2").await;
    let room = world.room("ops").await;
    assert!(room.contains("Slow") && !room.contains("Leak") && room.matches("HOT-1").count() == 1, "{room}");
    writes(&world, "ops", "HOT-1").await;
    assert_eq!(world.posts_of("ops").await.len(), 3, "the card and two messages");

    done(&world.says("ann", "/incident private yes incident:HOT-2").await);
    let room = world.room("ops").await;
    assert!(!room.contains("Slow") && room.contains("is private now"), "{room}");
    world.advance(minutes(20)).await;
    done(&world.says("ann", "/incident private no incident:HOT-2").await);
    done(&world.says("ann", "/incident private no incident:HOT-1").await);
    let room = world.room("ops").await;
    assert!(room.contains("Slow"), "{room}");
    assert_eq!(world.posts_of("ops").await.len(), 3, "no new card for an old message: {room}");
    world.end().await;
}

#[tokio::test]
async fn a_room_can_turn_previews_off_and_old_messages_are_not_answered() {
    let world = World::with("[chat]\nrooms_without_previews = [\"ops\"]\nrooms = [\"ops\", \"dev\"]\n").await;
    done(&world.says("ann", "/incident declare \"Checkout fails\" severity:sev2").await);
    writes(&world, "ops", "HOT-1").await;
    wrote(&world, "dev", "HOT-1", TimeDelta::minutes(30)).await;
    assert_eq!((cards(&world, "ops").await.len(), cards(&world, "dev").await.len()), (0, 0));
    writes(&world, "dev", "HOT-1").await;
    assert_eq!(cards(&world, "dev").await.len(), 1);
    world.end().await;
    let world = World::with("[chat]\npreviews = false\n").await;
    done(&world.says("ann", "/incident declare \"Checkout fails\" severity:sev2").await);
    writes(&world, "ops", "HOT-1").await;
    assert_eq!(cards(&world, "ops").await.len(), 0);
    world.end().await;
}
