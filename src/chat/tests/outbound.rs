//! The outbound half of the suite: rooms and posts.

use futures_util::future::BoxFuture;

use super::{TestPlatform, conformance, memory::MemoryPlatform};
use crate::{
    chat::{
        Chat, Outcome, RoomAccess, RoomSpec,
        builtin::{
            BuiltinChat, direct_room,
            tests::{BuiltinFixture, texts},
        },
        discord::tests::{DiscordFixture, at, done, line, millis, person},
    },
    domain::{
        Timestamp,
        effect::SkipReason,
        ids::{IncidentId, PersonId, RoomId},
    },
    store::chat::MessageRange,
};

struct BuiltinPlatform(BuiltinFixture);

impl BuiltinPlatform {
    async fn new() -> Self {
        Self(BuiltinFixture::new().await)
    }
}

impl TestPlatform for BuiltinPlatform {
    fn chat(&self) -> &dyn Chat {
        &self.0.chat
    }

    fn texts<'a>(&'a self, room: &'a RoomId) -> BoxFuture<'a, Vec<String>> {
        Box::pin(async move { texts(&self.0.page(room.as_str(), MessageRange::After(0), 100).await.items) })
    }

    fn direct_texts<'a>(&'a self, person: &'a PersonId) -> BoxFuture<'a, Vec<String>> {
        Box::pin(async move {
            let room = direct_room(person);
            texts(&self.0.page(room.as_str(), MessageRange::After(0), 100).await.items)
        })
    }

    fn advance(&self, _to: Timestamp) {}
}

/// Discord mirrors the built-in chat, so each room is opened there first.
struct DiscordPlatform {
    fixture: DiscordFixture,
    record: BuiltinChat,
}

impl DiscordPlatform {
    async fn new() -> Self {
        let fixture = DiscordFixture::new().await;
        let record = BuiltinChat::new(fixture.store.clone());
        let platform = Self { fixture, record };
        done(platform.record.open_room(spec("hot-1")).await);
        platform
    }
}

impl TestPlatform for DiscordPlatform {
    fn chat(&self) -> &dyn Chat {
        self.fixture.chat.as_ref()
    }

    fn texts<'a>(&'a self, room: &'a RoomId) -> BoxFuture<'a, Vec<String>> {
        Box::pin(async move { self.fixture.guild.texts(room.as_str()) })
    }

    fn direct_texts<'a>(&'a self, person: &'a PersonId) -> BoxFuture<'a, Vec<String>> {
        // The fake names a direct channel after the account; 11 is Ann's.
        assert_eq!(person.as_str(), "ann");
        Box::pin(async move { self.fixture.guild.texts("dm-11") })
    }

    fn advance(&self, to: Timestamp) {
        self.fixture.guild.state().clock = millis(to);
    }
}

impl TestPlatform for MemoryPlatform {
    fn chat(&self) -> &dyn Chat {
        self
    }

    fn texts<'a>(&'a self, room: &'a RoomId) -> BoxFuture<'a, Vec<String>> {
        Box::pin(async move { self.post_texts(room) })
    }

    fn direct_texts<'a>(&'a self, person: &'a PersonId) -> BoxFuture<'a, Vec<String>> {
        Box::pin(async move { self.direct_post_texts(person) })
    }

    fn advance(&self, _to: Timestamp) {}
}

/// Returns a room for the same incident each time.
fn spec(name: &str) -> RoomSpec {
    RoomSpec {
        name: name.to_owned(),
        topic: "all about it".to_owned(),
        incident: IncidentId::parse("018bcfe5-6800-7000-8000-000000000001"),
        private: false,
        members: Vec::new(),
        now: at(0),
    }
}

async fn opened(platform: &dyn TestPlatform) -> RoomId {
    done(platform.chat().open_room(spec("hot-1")).await)
}

async fn a_room_is_opened_once_for_an_incident(platform: &dyn TestPlatform) {
    let first = opened(platform).await;
    assert_eq!(opened(platform).await, first);
    assert_eq!(platform.texts(&first).await, Vec::<String>::new());
}

async fn a_post_is_sent_once_for_each_key(platform: &dyn TestPlatform) {
    let room = opened(platform).await;
    let mut ids = Vec::new();
    for (key, text) in [("incident/1/1", "one"), ("incident/1/1", "again"), ("incident/1/2", "two")] {
        ids.push(done(platform.chat().post(room.clone(), key.to_owned(), line(text), at(1)).await));
    }
    assert_eq!(platform.texts(&room).await, ["one", "two"]);
    assert!(ids[0] == ids[1] && ids[1] != ids[2], "{ids:?}");
}

async fn an_upsert_edits_its_one_message(platform: &dyn TestPlatform) {
    let room = opened(platform).await;
    let mut ids = Vec::new();
    for (n, text) in [(1, "one"), (2, "two"), (3, "two"), (4, "three")] {
        platform.advance(at(n));
        ids.push(done(platform.chat().upsert(room.clone(), "card/1".to_owned(), line(text), at(n)).await));
    }
    assert_eq!(platform.texts(&room).await, ["three"]);
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
}

async fn an_amendment_changes_only_what_was_posted(platform: &dyn TestPlatform) {
    let (chat, room) = (platform.chat(), opened(platform).await);
    let amended = chat.amend(room.clone(), "group/1".to_owned(), line("never"), at(1)).await;
    assert_eq!(amended, Outcome::Skipped(SkipReason::NeverDelivered));
    assert_eq!(platform.texts(&room).await, Vec::<String>::new());
    done(chat.upsert(room.clone(), "group/1".to_owned(), line("one"), at(2)).await);
    done(chat.amend(room.clone(), "group/1".to_owned(), line("two"), at(3)).await);
    assert_eq!(platform.texts(&room).await, ["two"]);
}

async fn direct_messages_are_sent_once_and_edited(platform: &dyn TestPlatform) {
    let (chat, ann) = (platform.chat(), person("ann"));
    for text in ["one", "again"] {
        done(chat.direct(ann.clone(), "notice/1".to_owned(), line(text), at(1)).await);
    }
    for text in ["page", "acknowledged"] {
        done(chat.upsert_direct(ann.clone(), "page/1/1".to_owned(), line(text), at(2)).await);
    }
    assert_eq!(platform.direct_texts(&ann).await, ["one", "acknowledged"]);
}

async fn access_and_archiving_may_be_repeated(platform: &dyn TestPlatform) {
    let (chat, room) = (platform.chat(), opened(platform).await);
    for private in [true, true, false] {
        let access = RoomAccess { private, members: vec![person("ann")] };
        done(chat.restrict(room.clone(), access, at(1)).await);
        done(chat.invite(room.clone(), vec![person("bob")], at(1)).await);
    }
    for archived in [true, true, false, false] {
        done(chat.set_archived(room.clone(), archived, at(2)).await);
    }
    done(chat.post(room.clone(), "incident/1/1".to_owned(), line("reopened"), at(3)).await);
    assert_eq!(platform.texts(&room).await, ["reopened"]);
}

async fn a_room_that_does_not_exist_is_rejected(platform: &dyn TestPlatform) {
    let (chat, room) = (platform.chat(), RoomId::from("nowhere"));
    let posted = chat.post(room.clone(), "k".to_owned(), line("x"), at(1)).await;
    assert!(matches!(posted, Outcome::Rejected { .. }), "{posted:?}");
    let archived = chat.set_archived(room, true, at(1)).await;
    assert!(matches!(archived, Outcome::Rejected { .. }), "{archived:?}");
}

conformance!(
    a_room_is_opened_once_for_an_incident,
    a_post_is_sent_once_for_each_key,
    an_upsert_edits_its_one_message,
    an_amendment_changes_only_what_was_posted,
    direct_messages_are_sent_once_and_edited,
    access_and_archiving_may_be_repeated,
    a_room_that_does_not_exist_is_rejected,
);
