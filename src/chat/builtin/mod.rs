//! The built-in chat: rooms and messages in the database, shown by the console. It depends only on the store, so it
//! works when everything else is down.

mod mirror;
mod rooms;
mod talk;

#[cfg(test)]
pub(in crate::chat) mod tests;

use super::{Chat, ChatFuture, Outcome, Post, RoomAccess, RoomSpec};
use crate::{
    domain::{
        Timestamp,
        effect::SkipReason,
        ids::{PersonId, RoomId},
    },
    store::{Store, StoreError, chat as rows},
};

use mirror::MessageChange;

pub use mirror::{is_mirrored, mirror_again, rewrite, set_platforms};
pub use rooms::{ConfiguredRooms, direct_room, prepare};
pub use talk::{MAX_TALK, Talk, TalkEdit, TalkOrigin, TalkRefusal, is_removed};

/// The wait before a refused write is tried again. It is short because the write queue empties quickly.
const SOON_MS: u64 = 250;

/// The built-in chat.
#[derive(Clone, Debug)]
pub struct BuiltinChat {
    store: Store,
}

impl BuiltinChat {
    /// Creates the built-in chat of a store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Writes a post of the bot to a room.
    async fn write(&self, room: RoomId, known_by: PostKey, post: Post, now: Timestamp) -> Outcome<String> {
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
            let critical = post.is_critical_group();
            let (posted, change) = match &known_by {
                PostKey::Once(key) => {
                    let posted = tx.post_message(&message, Some(key))?;
                    (posted, MessageChange::once(posted))
                }
                PostKey::Standing(mark) => {
                    let posted = tx.upsert_message(&message, mark)?;
                    (posted, MessageChange::standing(posted))
                }
            };
            mirror::message(tx, &room, change.critical(critical).withdraws(post.withdraws), now)?;
            Ok(Ok(posted.id().to_string()))
        });
        outcome(written.await)
    }

    /// Writes a direct message of the bot to a person.
    async fn write_to(&self, person: PersonId, known_by: PostKey, post: Post, now: Timestamp) -> Outcome<String> {
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

/// How a repeated post is recognized.
enum PostKey {
    /// By the key of its effect: it is posted once.
    Once(String),
    /// By its subject: it is edited when the subject changes.
    Standing(String),
}

impl Chat for BuiltinChat {
    fn open_room(&self, spec: RoomSpec) -> ChatFuture<'_, RoomId> {
        Box::pin(async move { outcome(self.store.transact_urgent(move |tx| rooms::open(tx, &spec).map(Ok)).await) })
    }

    fn invite(&self, room: RoomId, people: Vec<PersonId>, now: Timestamp) -> ChatFuture<'_, ()> {
        Box::pin(async move {
            let invited = self.store.transact_urgent(move |tx| {
                if tx.room(&room)?.is_none() {
                    return Ok(Err(no_room(&room)));
                }
                tx.add_room_members(&room, &people)?;
                mirror::room(tx, &room, now).map(Ok)
            });
            outcome(invited.await)
        })
    }

    fn restrict(&self, room: RoomId, access: RoomAccess, now: Timestamp) -> ChatFuture<'_, ()> {
        Box::pin(async move {
            let restricted = self.store.transact_urgent(move |tx| {
                if tx.room(&room)?.is_none() {
                    return Ok(Err(no_room(&room)));
                }
                tx.restrict_room(&room, access.private, &access.members)?;
                mirror::room(tx, &room, now).map(Ok)
            });
            outcome(restricted.await)
        })
    }

    fn post(&self, room: RoomId, key: String, post: Post, now: Timestamp) -> ChatFuture<'_, String> {
        Box::pin(async move { self.write(room, PostKey::Once(key), post, now).await })
    }

    fn upsert(&self, room: RoomId, mark: String, post: Post, now: Timestamp) -> ChatFuture<'_, String> {
        Box::pin(async move { self.write(room, PostKey::Standing(mark), post, now).await })
    }

    fn amend(&self, room: RoomId, mark: String, post: Post, now: Timestamp) -> ChatFuture<'_, ()> {
        Box::pin(async move {
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
        })
    }

    fn direct(&self, person: PersonId, key: String, post: Post, now: Timestamp) -> ChatFuture<'_, String> {
        Box::pin(async move { self.write_to(person, PostKey::Once(key), post, now).await })
    }

    fn upsert_direct(&self, person: PersonId, mark: String, post: Post, now: Timestamp) -> ChatFuture<'_, String> {
        Box::pin(async move { self.write_to(person, PostKey::Standing(mark), post, now).await })
    }

    fn set_archived(&self, room: RoomId, archived: bool, now: Timestamp) -> ChatFuture<'_, ()> {
        Box::pin(async move {
            let done = self.store.transact_urgent(move |tx| {
                if !tx.archive_room(&room, archived.then_some(now))? {
                    return Ok(Err(no_room(&room)));
                }
                mirror::room(tx, &room, now).map(Ok)
            });
            outcome(done.await)
        })
    }
}

fn no_room(room: &RoomId) -> String {
    format!("there is no room {room}")
}

/// Converts a result of the store. Every write here has a key, so even one with an unknown result may be repeated.
fn outcome<T>(written: Result<Result<T, String>, StoreError>) -> Outcome<T> {
    match written {
        Ok(Ok(value)) => Outcome::Delivered(value),
        Ok(Err(why)) => Outcome::Rejected { why },
        Err(StoreError::CommitUnknown) => Outcome::Unknown { why: StoreError::CommitUnknown.to_string() },
        Err(
            error @ (StoreError::Overloaded
            | StoreError::Busy
            | StoreError::Full
            | StoreError::Io(_)
            | StoreError::OutOfMemory
            | StoreError::TooSlow),
        ) => Outcome::Retry { after_ms: Some(SOON_MS), why: error.to_string() },
        Err(
            error @ (StoreError::Closed
            | StoreError::FileLost(_)
            | StoreError::Panicked(_)
            | StoreError::Conflict(_)
            | StoreError::Corrupt(_)
            | StoreError::Sqlite(_)),
        ) => Outcome::Retry { after_ms: None, why: error.to_string() },
    }
}
