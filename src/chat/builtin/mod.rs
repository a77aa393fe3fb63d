//! The built-in chat: rooms and messages in the database, shown by the console. It needs nothing but the store, so it is
//! there when everything else is down.

mod mirror;
mod rooms;
mod talk;

#[cfg(test)]
mod tests;

use super::{Chat, Outcome, Post, RoomSpec, Tone};
use crate::{
    domain::{
        Timestamp,
        effect::SkipReason,
        ids::{PersonId, RoomId},
    },
    store::{Store, StoreError, chat as rows},
};

pub use mirror::{is_mirrored, rewrite, set_mirrored, show_again};
pub use rooms::{Places, direct_room, prepare};
pub use talk::{MOST_TALK, Talk, TalkRefusal};

/// How long to wait before a write that was refused is tried again: the queue in front of the writer empties fast.
const SOON_MS: u64 = 250;

/// The built-in chat.
#[derive(Clone, Debug)]
pub struct BuiltinChat {
    store: Store,
}

impl BuiltinChat {
    /// The chat that lives in this store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Writes a post by the bot, with the words a repeat is known by.
    async fn write(&self, room: RoomId, known_by: KnownBy, post: Post, now: Timestamp) -> Outcome<String> {
        let body = match serde_json::to_string(&post) {
            Ok(body) => body,
            Err(error) => return Outcome::Rejected { why: format!("the post cannot be written: {error}") },
        };
        let written = self.store.transact_urgent(move |tx| {
            if tx.room(&room)?.is_none() {
                return Ok(Err(no_room(&room)));
            }
            let message = rows::NewMessage {
                room: &room,
                author: rows::Author::Bot,
                at: now,
                body: &body,
                mentions: &post.mentions,
            };
            let critical = post.tone == Tone::Critical && post.kind == "group";
            let (posted, standing) = match &known_by {
                KnownBy::Key(key) => (tx.post_message(&message, Some(key))?, false),
                KnownBy::Mark(mark) => (tx.upsert_message(&message, mark)?, true),
            };
            mirror::message(tx, &room, (posted, mirror::Manner { standing, critical }), now)?;
            Ok(Ok(posted.id().to_string()))
        });
        outcome(written.await)
    }

    /// The same, to a person alone.
    async fn write_to(&self, person: PersonId, known_by: KnownBy, post: Post, now: Timestamp) -> Outcome<String> {
        let made = self.store.transact_urgent(move |tx| rooms::direct(tx, &person, now).map(Ok)).await;
        match outcome(made) {
            Outcome::Delivered(room) => self.write(room, known_by, post, now).await,
            failed @ (Outcome::Skipped(_)
            | Outcome::Retry { .. }
            | Outcome::Rejected { .. }
            | Outcome::Unknown { .. }) => failed.map(|room| room.to_string()),
        }
    }
}

/// What makes a post the same post when it is sent again.
enum KnownBy {
    /// The key of its effect: it is posted once.
    Key(String),
    /// What it shows: it is edited to stay true.
    Mark(String),
}

impl Chat for BuiltinChat {
    async fn open_room(&self, spec: RoomSpec) -> Outcome<RoomId> {
        outcome(self.store.transact_urgent(move |tx| rooms::open(tx, &spec).map(Ok)).await)
    }

    async fn invite(&self, room: RoomId, people: Vec<PersonId>, now: Timestamp) -> Outcome<()> {
        let invited = self.store.transact_urgent(move |tx| {
            if tx.room(&room)?.is_none() {
                return Ok(Err(no_room(&room)));
            }
            tx.add_room_members(&room, &people)?;
            mirror::room(tx, &room, now).map(Ok)
        });
        outcome(invited.await)
    }

    async fn restrict(&self, room: RoomId, (private, members): (bool, Vec<PersonId>), now: Timestamp) -> Outcome<()> {
        let restricted = self.store.transact_urgent(move |tx| {
            if tx.room(&room)?.is_none() {
                return Ok(Err(no_room(&room)));
            }
            tx.restrict_room(&room, private, &members)?;
            mirror::room(tx, &room, now).map(Ok)
        });
        outcome(restricted.await)
    }

    async fn post(&self, room: RoomId, key: String, post: Post, now: Timestamp) -> Outcome<String> {
        self.write(room, KnownBy::Key(key), post, now).await
    }

    async fn upsert(&self, room: RoomId, mark: String, post: Post, now: Timestamp) -> Outcome<String> {
        self.write(room, KnownBy::Mark(mark), post, now).await
    }

    async fn amend(&self, room: RoomId, mark: String, post: Post, now: Timestamp) -> Outcome<()> {
        let (place, wanted) = (room.clone(), mark.clone());
        let posted = self.store.read(move |reads| Ok(reads.message_by_mark(&place, &wanted)?.is_some())).await;
        match outcome(posted.map(Ok)) {
            Outcome::Delivered(true) => self.upsert(room, mark, post, now).await.map(drop),
            Outcome::Delivered(false) => Outcome::Skipped(SkipReason::NeverDelivered),
            failed @ (Outcome::Skipped(_)
            | Outcome::Retry { .. }
            | Outcome::Rejected { .. }
            | Outcome::Unknown { .. }) => failed.map(drop),
        }
    }

    async fn direct(&self, person: PersonId, key: String, post: Post, now: Timestamp) -> Outcome<String> {
        self.write_to(person, KnownBy::Key(key), post, now).await
    }

    async fn upsert_direct(&self, person: PersonId, mark: String, post: Post, now: Timestamp) -> Outcome<String> {
        self.write_to(person, KnownBy::Mark(mark), post, now).await
    }

    async fn set_archived(&self, room: RoomId, archived: bool, now: Timestamp) -> Outcome<()> {
        let done = self.store.transact_urgent(move |tx| {
            if !tx.archive_room(&room, archived.then_some(now))? {
                return Ok(Err(no_room(&room)));
            }
            mirror::room(tx, &room, now).map(Ok)
        });
        outcome(done.await)
    }
}

fn no_room(room: &RoomId) -> String {
    format!("there is no room {room}")
}

/// What the answer of the store means to the one who delivers. Every write here is keyed, so that even an unknown commit
/// may be repeated.
fn outcome<T>(written: Result<Result<T, String>, StoreError>) -> Outcome<T> {
    match written {
        Ok(Ok(value)) => Outcome::Delivered(value),
        Ok(Err(why)) => Outcome::Rejected { why },
        Err(StoreError::CommitUnknown) => Outcome::Unknown { why: StoreError::CommitUnknown.to_string() },
        Err(error @ (StoreError::Overloaded | StoreError::Busy | StoreError::Full)) => {
            Outcome::Retry { after_ms: Some(SOON_MS), why: error.to_string() }
        }
        Err(
            error @ (StoreError::Closed
            | StoreError::Panicked(_)
            | StoreError::Conflict(_)
            | StoreError::Corrupt(_)
            | StoreError::Sqlite(_)),
        ) => Outcome::Retry { after_ms: None, why: error.to_string() },
    }
}
