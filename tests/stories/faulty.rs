//! A chat platform with injected failures: it refuses, disconnects after it has acted, panics, or requests a wait. It
//! records its calls, so that duplicates are found.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use hotroom::{
    app::alerts,
    chat::{Chat, ChatFuture, Outcome, Post, PostKind, ReplyOutcome, RoomAccess, RoomSpec, builtin::BuiltinChat},
    deliver::{Worker, settle_all},
    domain::{
        Timestamp,
        ids::{PersonId, RoomId},
    },
};

use crate::world::{World, done, minutes, show};

/// An injected failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// 429 or 503, with or without a time to wait.
    Busy(Option<u64>),
    /// The call takes effect and the response is lost.
    LostAnswer,
    /// The call is refused permanently.
    Refused,
    /// The adapter panics.
    Panic,
}

/// The built-in chat behind an adapter that fails the first calls of each kind.
struct Faulty {
    inner: BuiltinChat,
    fault: Fault,
    times: u32,
    calls: Mutex<BTreeMap<&'static str, u32>>,
    only: Option<&'static str>,
}

impl Faulty {
    fn behind(world: &World, fault: Fault, times: u32) -> Self {
        let inner = BuiltinChat::new(world.app.store.clone());
        Self { inner, fault, times, calls: Mutex::new(BTreeMap::new()), only: None }
    }

    /// Returns the failure of this call, if it fails.
    fn fails(&self, call: &'static str) -> Option<Fault> {
        if self.only.is_some_and(|only| only != call) {
            return None;
        }
        let mut calls = self.calls.lock().unwrap();
        let count = calls.entry(call).or_default();
        *count += 1;
        (*count <= self.times).then_some(self.fault)
    }

    async fn through<T>(&self, call: &'static str, act: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        match self.fails(call) {
            None => act.await,
            Some(Fault::Busy(after_ms)) => Outcome::Retry { after_ms, why: "503".into() },
            Some(Fault::Refused) => Outcome::Rejected { why: "403".into() },
            Some(Fault::LostAnswer) => {
                act.await;
                Outcome::Unknown { why: "the connection was cut".into() }
            }
            Some(Fault::Panic) => panic!("the adapter is broken"),
        }
    }
}

impl Chat for Faulty {
    fn open_room(&self, spec: RoomSpec) -> ChatFuture<'_, RoomId> {
        Box::pin(async move { self.through("open_room", self.inner.open_room(spec)).await })
    }

    fn invite(&self, room: RoomId, people: Vec<PersonId>, now: Timestamp) -> ChatFuture<'_, ()> {
        Box::pin(async move { self.through("invite", self.inner.invite(room, people, now)).await })
    }

    fn restrict(&self, room: RoomId, access: RoomAccess, now: Timestamp) -> ChatFuture<'_, ()> {
        Box::pin(async move { self.through("restrict", self.inner.restrict(room, access, now)).await })
    }

    fn post(&self, room: RoomId, key: String, post: Post, now: Timestamp) -> ChatFuture<'_, String> {
        Box::pin(async move { self.through("post", self.inner.post(room, key, post, now)).await })
    }

    fn upsert(&self, room: RoomId, mark: String, post: Post, now: Timestamp) -> ChatFuture<'_, String> {
        Box::pin(async move { self.through("upsert", self.inner.upsert(room, mark, post, now)).await })
    }

    fn amend(&self, room: RoomId, mark: String, post: Post, now: Timestamp) -> ChatFuture<'_, ()> {
        Box::pin(async move { self.through("amend", self.inner.amend(room, mark, post, now)).await })
    }

    fn direct(&self, person: PersonId, key: String, post: Post, now: Timestamp) -> ChatFuture<'_, String> {
        Box::pin(async move { self.through("direct", self.inner.direct(person, key, post, now)).await })
    }

    fn upsert_direct(&self, person: PersonId, mark: String, post: Post, now: Timestamp) -> ChatFuture<'_, String> {
        Box::pin(async move { self.through("upsert_direct", self.inner.upsert_direct(person, mark, post, now)).await })
    }

    fn set_archived(&self, room: RoomId, archived: bool, now: Timestamp) -> ChatFuture<'_, ()> {
        Box::pin(async move { self.through("set_archived", self.inner.set_archived(room, archived, now)).await })
    }
}

/// Declares a critical incident and delivers everything through the failing adapter.
async fn live_through(fault: Fault, times: u32) -> World {
    let world = World::new().await;
    let chat = Arc::new(Faulty::behind(&world, fault, times));
    let worker = Worker::new(Arc::clone(&world.app), chat);
    let declared =
        world.hears("ann", None, "/incident declare \"Checkout is down\" severity:sev1 service:checkout").await;
    assert_eq!(declared.outcome, ReplyOutcome::Done, "declaring waits for nobody outside");
    for _ in 0..200 {
        settle_all(&worker).await.unwrap();
        world.pass(minutes(1) / 4);
    }
    world
}

async fn exactly_once(world: &World) {
    let room = world.posts_of("hot-1").await;
    assert_eq!(room.iter().filter(|post| post.kind == PostKind::Card).count(), 1, "{room:#?}");
    let exhausted = room.iter().filter(|post| show(post).contains("Nobody acknowledged the page")).count();
    assert_eq!(exhausted, 1, "{}", world.room("hot-1").await);
    let rooms = world.incident("HOT-1").await.room;
    assert_eq!(rooms.as_ref().map(RoomId::as_str), Some("hot-1"));
}

#[tokio::test]
async fn whatever_the_line_does_for_a_while_everything_arrives_once() {
    for fault in [Fault::Busy(None), Fault::Busy(Some(0)), Fault::Busy(Some(3_000)), Fault::LostAnswer, Fault::Panic] {
        let world = live_through(fault, 4).await;
        exactly_once(&world).await;
        let paged = world.incident("HOT-1").await;
        assert_eq!(paged.pages.len(), 1, "{fault:?}");
        done(&world.says_in("hot-1", "ann", "/incident resolve \"restarted\"").await);
        world.end().await;
    }
}

#[tokio::test]
async fn giving_up_is_told_in_the_room_and_once() {
    let world = World::new().await;
    let mut chat = Faulty::behind(&world, Fault::Refused, u32::MAX);
    chat.only = Some("invite");
    let worker = Worker::new(Arc::clone(&world.app), Arc::new(chat));
    done(&world.hears("ann", None, "/incident declare \"Checkout is slow\" severity:sev3 service:checkout").await);
    settle_all(&worker).await.unwrap();
    let room = world.room("hot-1").await;
    assert!(room.contains("403"), "the room is told what failed and why: {room}");
    let stuck = world.app.store.read(|reads| reads.stuck_rows(10)).await.unwrap();
    assert!(!stuck.is_empty(), "and it stays on the health page");
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_poisoned_row_is_given_up_after_its_tries_and_holds_up_no_other_lane() {
    let world = World::new().await;
    let mut chat = Faulty::behind(&world, Fault::Panic, u32::MAX);
    chat.only = Some("upsert_direct");
    let worker = Worker::new(Arc::clone(&world.app), Arc::new(chat));
    done(&world.hears("ann", None, "/incident declare \"Checkout is down\" severity:sev1 service:checkout").await);
    settle_all(&worker).await.unwrap();
    assert!(world.room("incidents").await.contains("HOT-1"), "the feed hears at once");
    done(&world.hears("ann", Some("hot-1"), "/incident note \"still here\"").await);
    settle_all(&worker).await.unwrap();
    assert!(world.room("hot-1").await.contains("still here"));
    for _ in 0..120 {
        world.pass(minutes(1));
        settle_all(&worker).await.unwrap();
    }
    let stuck = world.app.store.read(|reads| reads.stuck_rows(100)).await.unwrap();
    assert!(!stuck.is_empty());
    assert!(stuck.iter().all(|row| row.state == "dead" && row.attempts == 12), "{stuck:#?}");
    let room = world.room("hot-1").await;
    assert!(room.contains("the adapter panicked") && room.contains("given up"), "{room}");
    world.end_with_given_up().await;
}

/// A rate limit of an hour must not lose a message.
#[tokio::test]
async fn what_is_told_to_wait_many_times_arrives_all_the_same() {
    let world = World::new().await;
    let mut chat = Faulty::behind(&world, Fault::Busy(Some(60_000)), 60);
    chat.only = Some("invite");
    let worker = Worker::new(Arc::clone(&world.app), Arc::new(chat));
    done(&world.hears("ann", None, "/incident declare \"Checkout is slow\" severity:sev3 service:checkout").await);
    for _ in 0..90 {
        settle_all(&worker).await.unwrap();
        world.pass(minutes(1));
    }
    assert_eq!(world.app.store.read(|reads| reads.stuck_rows(10)).await.unwrap(), []);
    assert!(!world.room("hot-1").await.contains("given up"));
    done(&world.says_in("hot-1", "ann", "/incident resolve \"restarted\"").await);
    world.end().await;
}

/// A platform that keeps requesting waits is given up after a limit.
#[tokio::test]
async fn what_is_told_to_wait_for_six_hours_is_given_up_and_told() {
    let world = World::new().await;
    let mut chat = Faulty::behind(&world, Fault::Busy(Some(300_000)), u32::MAX);
    chat.only = Some("invite");
    let worker = Worker::new(Arc::clone(&world.app), Arc::new(chat));
    done(&world.hears("ann", None, "/incident declare \"Checkout is slow\" severity:sev3 service:checkout").await);
    let mut minute = 0;
    while minute < 400 && world.app.store.read(|reads| reads.stuck_rows(10)).await.unwrap().is_empty() {
        world.pass(minutes(5));
        settle_all(&worker).await.unwrap();
        minute += 5;
    }
    assert!((360..=365).contains(&minute), "given up after {minute} minutes");
    world.advance(minutes(10)).await;
    let told = world.room("hot-1").await;
    assert!(told.contains("503") && told.contains("given up"), "when the line is good again: {told}");
    world.end_with_given_up().await;
}

/// If a message of no incident is given up, people are notified in the incidents feed.
#[tokio::test]
async fn a_group_whose_message_is_refused_is_told_of_in_the_incidents_feed() {
    let world = World::new().await;
    let mut chat = Faulty::behind(&world, Fault::Refused, 1);
    chat.only = Some("upsert");
    let worker = Worker::new(Arc::clone(&world.app), Arc::new(chat));
    let body = crate::world::alert("DiskFull", "api", "warning", false);
    world.send("POST", "/intake/alertmanager", Some(&body)).await;
    while alerts::route_pending(&world.app).await.unwrap() > 0 {}
    world.pass(minutes(5));
    settle_all(&worker).await.unwrap();
    for room in ["incidents", "dm-ann"] {
        let told = world.room(room).await;
        assert!(told.contains("the message of an alert group") && told.contains("403"), "{room}: {told}");
    }
    world.end_with_given_up().await;
}

/// If the record of a page can no longer be read, its next step must neither fail silently nor be retried forever.
#[tokio::test]
async fn a_timer_that_can_never_be_looked_at_is_given_up_and_people_are_told() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Checkout is down\" severity:sev1 service:checkout").await);
    world.damages("UPDATE pages SET doc = '{}'");
    for _ in 0..20 {
        world.advance(minutes(1)).await;
    }
    let stuck = world.app.store.read(|reads| reads.stuck_rows(100)).await.unwrap();
    let step = stuck.iter().find(|row| row.lane.starts_with("wake/page/")).expect("it was given up");
    assert_eq!((step.state.as_str(), step.attempts), ("dead", 12));
    let told = world.room("incidents").await;
    assert!(told.contains("the next step of a page"), "{told}");
    world.end_with_given_up().await;
}

/// Lets the database fail with a passing error at alerts of this name.
const PASSING: &str = "CREATE TRIGGER flaky BEFORE INSERT ON alerts WHEN NEW.doc LIKE '%Flaky%'
    BEGIN SELECT abs(-9223372036854775807 - 1); END;";

#[tokio::test]
async fn a_passing_error_of_the_database_retries_a_delivery_and_holds_up_no_other_source() {
    let world = World::new().await;
    world.damages(PASSING);
    let post = async |source: &str, name: &str, state: &str| {
        let body = serde_json::json!({"name": name, "severity": "warning", "state": state, "fingerprint": name});
        let (status, _) = world.send("POST", &format!("/intake/{source}"), Some(&body)).await;
        assert_eq!(status, 202);
    };
    post("generic", "Flaky", "firing").await;
    post("generic", "Flaky", "resolved").await;
    let other = crate::world::alert("CheckoutSlow", "checkout", "warning", false);
    assert_eq!(world.send("POST", "/intake/alertmanager", Some(&other)).await.0, 202);
    assert!(alerts::route_pending(&world.app).await.is_err());
    let names = async || {
        let listed = world.get("/api/v1/alerts").await;
        let line = |alert: &serde_json::Value| format!("{} {}", alert["name"], alert["state"]).replace('"', "");
        listed["items"].as_array().unwrap().iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["CheckoutSlow firing"]);
    assert!(alerts::route_pending(&world.app).await.is_err(), "it is tried again");
    world.damages("DROP TRIGGER flaky;");
    world.settle().await;
    assert_eq!(names().await.len(), 2);
    assert!(names().await.contains(&"Flaky resolved".to_owned()), "in the order of its source: {:?}", names().await);
    let unreadable = world.app.store.read(|reads| reads.unreadable_deliveries(10)).await.unwrap();
    assert!(unreadable.is_empty(), "{unreadable:?}");
    world.end().await;
}

#[tokio::test]
async fn a_part_of_a_delivery_that_fails_stays_on_the_health_page() {
    let world = World::new().await;
    world.damages(
        "CREATE TRIGGER poison BEFORE INSERT ON alerts WHEN NEW.doc LIKE '%Poison%'
            BEGIN SELECT RAISE(ABORT, 'poison'); END;",
    );
    let mut body = crate::world::alert("Down", "checkout", "warning", false);
    let one = |n: usize| {
        let mut alert = body["alerts"][0].clone();
        alert["labels"]["alertname"] = if n == 0 { "Poison".into() } else { format!("Down{n}").into() };
        alert["fingerprint"] = format!("{n:016x}").into();
        alert
    };
    let many: Vec<serde_json::Value> = (0..300).map(one).collect();
    body["alerts"] = many.into();
    world.posts("alertmanager", &body).await;
    let unreadable = world.app.store.read(|reads| reads.unreadable_deliveries(10)).await.unwrap();
    assert_eq!(unreadable.len(), 1);
    assert!(unreadable[0].why.contains("poison"), "{}", unreadable[0].why);
    assert_eq!(world.get("/api/v1/alerts?limit=200").await["items"].as_array().unwrap().len(), 50, "the other part");
    world.end().await;
}
