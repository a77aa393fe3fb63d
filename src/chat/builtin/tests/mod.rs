//! Tests of the built-in chat.

mod rooms;
mod talk;

use tempfile::TempDir;

use super::BuiltinChat;
use crate::{
    chat::{Outcome, Post, PostKind, RoomAccess, RoomSpec},
    domain::{
        Timestamp,
        ids::{IncidentId, PersonId, RoomId},
    },
    store::{
        Store, StoreOptions,
        chat::{ChatChanges, Message, MessageListing, MessageRange, Room, RoomKind, VisibleRoom},
    },
};

/// A chat in a temporary folder, with a team room called `ops`.
pub(in crate::chat) struct BuiltinFixture {
    pub(in crate::chat) store: Store,
    pub(in crate::chat) chat: BuiltinChat,
    _folder: TempDir,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_700_000_000 + second, 0).expect("in range")
}

fn line(text: &str) -> Post {
    Post { kind: PostKind::Line, text: text.to_owned(), ..Post::default() }
}

fn calling(text: &str, whom: &str) -> Post {
    Post { mentions: vec![person(whom)], ..line(text) }
}

fn person(id: &str) -> PersonId {
    PersonId::new(id)
}

fn room(id: &str) -> RoomId {
    RoomId::new(id)
}

fn done<T: std::fmt::Debug>(outcome: Outcome<T>) -> T {
    if let Outcome::Delivered(value) = outcome { value } else { panic!("{outcome:?}") }
}

fn spec(name: &str, incident: IncidentId, private: bool, members: &[&str]) -> RoomSpec {
    RoomSpec {
        name: name.to_owned(),
        topic: format!("all about {name}"),
        incident: Some(incident),
        private,
        members: members.iter().map(|id| person(id)).collect(),
        now: at(0),
    }
}

impl BuiltinFixture {
    pub(in crate::chat) async fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let options = StoreOptions { path: folder.path().join("hotroom.db"), queue: 1000, batch: 100 };
        let store = Store::open(&options, at(0)).expect("opens");
        let fixture = Self { chat: BuiltinChat::new(store.clone()), store, _folder: folder };
        fixture.team_room("ops").await;
        fixture
    }

    async fn team_room(&self, id: &str) {
        let blank = Room {
            id: room(id),
            name: id.to_owned(),
            kind: RoomKind::Team,
            topic: String::new(),
            incident: None,
            private: false,
            created_at: at(0),
            archived_at: None,
            last: 0,
            messages: 0,
            last_at: None,
        };
        self.store.transact(move |tx| tx.create_room(&blank)).await.expect("a room");
    }

    async fn seen(&self, who: &str, id: &str) -> Option<VisibleRoom> {
        let (who, id) = (person(who), room(id));
        self.store.read(move |r| r.visible_room(&who, &id)).await.expect("reads")
    }

    async fn unread(&self, who: &str, id: &str) -> (i64, i64) {
        let seen = self.seen(who, id).await.expect("visible");
        (seen.unread, seen.mentioned)
    }

    pub(in crate::chat) async fn page(&self, id: &str, place: MessageRange, limit: usize) -> MessageListing {
        let id = room(id);
        self.store.read(move |r| r.messages(&id, place, limit)).await.expect("reads")
    }

    async fn changes(&self, who: &str, since: i64, limit: usize) -> ChatChanges {
        let who = person(who);
        self.store.read(move |r| r.chat_changes(&who, since, limit)).await.expect("reads")
    }

    async fn read_up_to(&self, who: &str, id: &str, message: i64) {
        let (who, id) = (person(who), room(id));
        self.store.transact(move |tx| tx.mark_read(&who, &id, message, at(9))).await.expect("writes");
    }
}

pub(in crate::chat) fn texts(messages: &[Message]) -> Vec<String> {
    messages.iter().map(|message| post_of(message).text).collect()
}

fn post_of(message: &Message) -> Post {
    serde_json::from_str(&message.body).expect("a post")
}
