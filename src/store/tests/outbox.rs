//! Tests of the outbox.

use super::*;
use crate::{
    domain::{
        effect::{Audience, ChatEffect, Effect, EffectKey, Timer},
        ids::{GroupId, PageId, RoomId},
    },
    store::{ClaimedEffect, OutboxId, Settlement},
};

const LEASE: Duration = Duration::from_secs(60);

/// A store with the records that effects refer to.
struct World {
    home: Home,
    incident: IncidentId,
    page: PageId,
}

fn world() -> World {
    World { home: home(), incident: IncidentId::new(at(0)), page: PageId::new(at(0)) }
}

fn key(name: &str) -> EffectKey {
    EffectKey(name.to_owned())
}

impl World {
    fn open_room(&self) -> Effect {
        ChatEffect::OpenRoom { incident: self.incident }.into()
    }

    fn card(&self) -> Effect {
        ChatEffect::UpdateCard { incident: self.incident }.into()
    }

    fn line(&self, seq: u64) -> Effect {
        ChatEffect::Announce { incident: self.incident, seq, to: Audience::HotRoom }.into()
    }

    fn page(&self, person: &str) -> Effect {
        ChatEffect::PagePerson { page: self.page, person: PersonId::from(person), attempt: 1 }.into()
    }

    fn wake(&self) -> Effect {
        Timer::Escalate { page: self.page }.into()
    }

    async fn enqueue(&self, name: &str, effect: Effect, due: i64) -> bool {
        let key = key(name);
        self.home.store.transact(move |tx| tx.enqueue(&key, &effect, at(due))).await.unwrap()
    }

    async fn claim(&self, now: i64) -> Vec<ClaimedEffect> {
        self.home.store.transact(move |tx| tx.claim(at(now), LEASE, 100)).await.unwrap()
    }

    /// The keys of the claimed rows, in order.
    async fn claimed(&self, now: i64) -> Vec<String> {
        self.claim(now).await.into_iter().map(|row| row.key.0).collect()
    }

    async fn settle(&self, row: &ClaimedEffect, settled: Settlement, now: i64) -> bool {
        let (id, fence) = (row.id, row.fence);
        self.home.store.transact(move |tx| tx.settle(id, fence, &settled, at(now))).await.unwrap()
    }

    async fn state(&self, name: &str) -> String {
        let key = key(name);
        self.home.store.read(move |r| r.outbox_row(&key)).await.unwrap().unwrap().state
    }

    async fn next_due(&self) -> Option<Timestamp> {
        self.home.store.read(|r| r.next_due()).await.unwrap()
    }
}

fn done() -> Settlement {
    Settlement::Done { receipt: None }
}

fn retry(when: i64) -> Settlement {
    Settlement::Retry { at: at(when), why: "503".to_owned() }
}

#[tokio::test]
async fn an_effect_is_claimed_once_and_settled() {
    let world = world();
    assert!(world.enqueue("a", world.open_room(), 0).await);
    let claimed = world.claim(0).await;
    assert_eq!(claimed.len(), 1);
    assert_eq!((&claimed[0].effect, claimed[0].attempts, claimed[0].uncertain), (&world.open_room(), 1, false));
    assert!(world.claim(1).await.is_empty());
    let settled = Settlement::Done { receipt: Some("room-1".to_owned()) };
    assert!(world.settle(&claimed[0], settled, 2).await);
    let row = world.home.store.read(|r| r.outbox_row(&key("a"))).await.unwrap().unwrap();
    assert_eq!((row.state.as_str(), row.receipt.as_deref(), row.attempts), ("done", Some("room-1"), 1));
    assert_eq!(world.home.store.read(|r| r.count_open_rows()).await, Ok(0));
    assert_eq!(world.next_due().await, None);
}

#[tokio::test]
async fn the_same_key_is_queued_once() {
    let world = world();
    assert!(world.enqueue("a", world.open_room(), 0).await);
    assert!(!world.enqueue("a", world.open_room(), 0).await);
    assert_eq!(world.claimed(0).await, ["a"]);
}

#[tokio::test]
async fn a_lane_is_sent_in_order_and_a_row_that_waits_blocks_only_its_own_lane() {
    let world = world();
    world.enqueue("room", world.open_room(), 0).await;
    world.enqueue("line", world.line(1), 0).await;
    world.enqueue("page", world.page("bob"), 0).await;
    let first = world.claim(0).await;
    assert_eq!(first.iter().map(|row| row.key.0.as_str()).collect::<Vec<_>>(), ["page", "room"]);
    world.settle(&first[1], retry(5000), 1).await;
    assert!(world.claimed(4999).await.is_empty());
    assert_eq!(world.next_due().await, Some(at(5000)));
    let again = world.claim(5000).await;
    assert_eq!((again.len(), again[0].key.0.as_str(), again[0].attempts), (1, "room", 2));
    assert!(world.claimed(5000).await.is_empty());
    world.settle(&again[0], done(), 5001).await;
    assert_eq!(world.claimed(5001).await, ["line"]);
}

#[tokio::test]
async fn pages_go_before_state_and_state_before_chatter() {
    let world = world();
    let group = GroupId::new(at(0));
    world.enqueue("chatter", ChatEffect::GroupMessage { group, critical: false }.into(), 0).await;
    world.enqueue("state", world.open_room(), 0).await;
    world.enqueue("page", world.page("bob"), 0).await;
    assert_eq!(world.claimed(0).await, ["page", "state", "chatter"]);
}

#[tokio::test]
async fn a_row_before_an_urgent_one_becomes_as_urgent() {
    let world = world();
    let group = GroupId::new(at(0));
    world.enqueue("other", ChatEffect::GroupMessage { group, critical: false }.into(), 0).await;
    world.enqueue("line", world.line(1), 1).await;
    world.enqueue("card", world.card(), 1).await;
    // The line is chatter and younger than the other, but the card waits behind it.
    assert_eq!(world.claimed(1).await, ["line", "other"]);
}

#[tokio::test]
async fn nothing_is_claimed_before_it_is_due() {
    let world = world();
    world.enqueue("wake", world.wake(), 300_000).await;
    assert_eq!(world.next_due().await, Some(at(300_000)));
    assert!(world.claimed(299_999).await.is_empty());
    assert_eq!(world.claimed(300_000).await, ["wake"]);
}

#[tokio::test]
async fn a_newer_timer_replaces_the_older_even_when_it_is_later() {
    let world = world();
    world.enqueue("first", world.wake(), 100).await;
    world.enqueue("second", world.wake(), 900).await;
    assert_eq!(world.state("first").await, "superseded");
    assert!(world.claimed(899).await.is_empty());
    world.enqueue("third", world.wake(), 500).await;
    assert_eq!(world.claimed(500).await, ["third"]);
}

#[tokio::test]
async fn a_card_that_already_waits_shows_the_newest_state_and_keeps_its_place() {
    let world = world();
    world.enqueue("card 1", world.card(), 0).await;
    world.enqueue("line", world.line(1), 0).await;
    assert!(!world.enqueue("card 2", world.card(), 0).await);
    assert_eq!(world.claimed(0).await, ["card 1"]);
}

#[tokio::test]
async fn a_card_that_is_being_sent_is_followed_by_the_newer_one() {
    let world = world();
    world.enqueue("card 1", world.card(), 0).await;
    let sending = world.claim(0).await;
    assert!(world.enqueue("card 2", world.card(), 1).await);
    assert!(world.claimed(1).await.is_empty());
    world.settle(&sending[0], done(), 2).await;
    assert_eq!(world.claimed(2).await, ["card 2"]);
}

#[tokio::test]
async fn a_card_that_failed_is_superseded_by_the_newer_one_which_inherits_the_uncertainty() {
    let world = world();
    world.enqueue("card 1", world.card(), 0).await;
    let sending = world.claim(0).await;
    world.enqueue("card 2", world.card(), 1).await;
    let unknown = Settlement::Unknown { again: Some(at(9000)), why: "connection lost".to_owned() };
    assert!(world.settle(&sending[0], unknown, 2).await);
    assert_eq!(world.state("card 1").await, "superseded");
    let next = world.claim(2).await;
    assert_eq!((next[0].key.0.as_str(), next[0].uncertain), ("card 2", true));
}

#[tokio::test]
async fn an_expired_lease_is_claimed_again_and_the_old_holder_cannot_settle() {
    let world = world();
    world.enqueue("page", world.page("bob"), 0).await;
    let slow = world.claim(0).await.remove(0);
    assert!(world.claimed(59_999).await.is_empty());
    let fast = world.claim(60_000).await.remove(0);
    assert_eq!((fast.attempts, fast.uncertain), (2, true));
    assert!(!world.settle(&slow, Settlement::Dead { why: "late".to_owned() }, 60_001).await);
    assert!(world.settle(&fast, done(), 60_002).await);
    assert!(!world.settle(&fast, done(), 60_003).await, "a row is settled once");
    assert_eq!(world.state("page").await, "done");
}

#[tokio::test]
async fn a_row_that_was_being_sent_when_the_program_ended_is_tried_again_as_uncertain() {
    let world = world();
    world.enqueue("page", world.page("bob"), 0).await;
    world.enqueue("room", world.open_room(), 0).await;
    let old = world.claim(0).await.remove(0);
    assert_eq!(world.home.store.transact(|tx| tx.release_all_leases(at(10))).await, Ok(2));
    assert!(!world.settle(&old, done(), 11).await);
    let again = world.claim(10).await;
    assert_eq!(
        again.iter().map(|row| (row.key.0.as_str(), row.uncertain)).collect::<Vec<_>>(),
        [("page", true), ("room", true)]
    );
}

#[tokio::test]
async fn a_dead_row_does_not_block_its_lane_and_waits_for_a_person() {
    let world = world();
    world.enqueue("room", world.open_room(), 0).await;
    world.enqueue("line", world.line(1), 0).await;
    let room = world.claim(0).await.remove(0);
    world.settle(&room, Settlement::Dead { why: "403".to_owned() }, 1).await;
    let line = world.claim(1).await.remove(0);
    let stuck = world.home.store.read(|r| r.stuck_rows(10)).await.unwrap();
    assert_eq!((stuck.len(), stuck[0].why.as_deref()), (1, Some("403")));

    // A row that is put back while the next one is being sent waits until that one is settled.
    assert!(world.home.store.transact(move |tx| tx.requeue(room.id)).await.unwrap());
    assert!(world.claimed(2).await.is_empty());
    world.settle(&line, retry(50_000), 3).await;
    let again = world.claim(3).await;
    assert_eq!((again.len(), again[0].key.0.as_str(), again[0].attempts), (1, "room", 1));
    assert!(world.home.store.read(|r| r.stuck_rows(10)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_row_that_was_put_back_by_hand_comes_before_one_that_the_end_of_the_program_interrupted() {
    let world = world();
    world.enqueue("room", world.open_room(), 0).await;
    world.enqueue("line", world.line(2), 0).await;
    let room = world.claim(0).await.remove(0);
    assert!(world.settle(&room, Settlement::Dead { why: "no".to_owned() }, 0).await);
    assert_eq!(world.claimed(1).await, ["line"]);
    assert!(world.home.store.transact(move |tx| tx.requeue(room.id)).await.unwrap());
    world.home.store.transact(|tx| tx.release_all_leases(at(2))).await.unwrap();
    assert_eq!(world.claimed(3).await, ["room"]);
}

#[tokio::test]
async fn an_effect_that_only_a_person_may_repeat_is_shown_as_unknown_and_not_repeated() {
    let world = world();
    world.enqueue("room", world.open_room(), 0).await;
    world.enqueue("line", world.line(1), 0).await;
    let room = world.claim(0).await.remove(0);
    world.settle(&room, Settlement::Unknown { again: None, why: "timeout".to_owned() }, 1).await;
    assert_eq!(world.claimed(1_000_000).await, ["line"]);
    let stuck = world.home.store.read(|r| r.stuck_rows(10)).await.unwrap();
    assert_eq!((stuck[0].key.0.as_str(), stuck[0].state.as_str()), ("room", "unknown"));
    assert!(world.home.store.transact(move |tx| tx.give_up(room.id, at(5))).await.unwrap());
    assert!(world.home.store.read(|r| r.stuck_rows(10)).await.unwrap().is_empty());
    assert!(!world.home.store.transact(|tx| tx.requeue(OutboxId(4711))).await.unwrap());
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_given_up_and_does_not_block_its_lane() {
    let world = world();
    world.enqueue("room", world.open_room(), 0).await;
    world.enqueue("line", world.line(1), 0).await;
    let newer = r#"UPDATE outbox SET effect = '{"effect":"send_fax"}' WHERE key = 'room'"#;
    world.home.foreign().execute_batch(newer).unwrap();
    assert_eq!(world.claimed(0).await, ["line"]);
    let stuck = world.home.store.read(|r| r.stuck_rows(10)).await.unwrap();
    assert!(stuck[0].why.as_ref().unwrap().contains("send_fax"), "{stuck:?}");
}

#[tokio::test]
async fn lanes_show_how_much_waits_and_for_what() {
    let world = world();
    world.enqueue("room", world.open_room(), 0).await;
    world.enqueue("line 1", world.line(1), 10).await;
    world.enqueue("line 2", world.line(2), 10).await;
    let feed = Audience::Feed(RoomId::from("incidents"));
    world.enqueue("feed", ChatEffect::Announce { incident: world.incident, seq: 1, to: feed }.into(), 5).await;
    let lanes = world.home.store.read(|r| r.lanes(10)).await.unwrap();
    let seen: Vec<_> = lanes.iter().map(|lane| (lane.head.key.0.as_str(), lane.waiting)).collect();
    assert_eq!(seen, [("room", 3), ("feed", 1)]);
    assert_eq!(world.home.store.read(|r| r.open_rows(10)).await.unwrap().len(), 4);
}
