//! Mirrors the built-in chat to another platform.
//!
//! The built-in chat is the record. If there is another platform, each change enqueues an effect in the same
//! transaction. The other platform therefore catches up after any failure and never delays the built-in chat.

use crate::{
    chat::Post,
    domain::{
        Timestamp,
        effect::{Effect, EffectKey, MirrorEffect, Priority},
        ids::{Platform, RoomId, uuid_at},
    },
    store::{
        Store, StoreError, Tx, chat as rows,
        chat::{PostResult, RoomKind},
    },
};

/// The key under which the store records the mirroring platforms.
const MIRRORED: &str = "mirrored";
/// The separator of their names.
const SEPARATOR: &str = ",";

/// How many of the newest standing messages of a room are mirrored again.
const STANDING: u32 = 50;

/// How many of the newest open hot rooms are mirrored when mirroring is turned on.
const ROOMS: u32 = 100;

/// Sets the mirroring platforms at startup. A new platform receives the open hot rooms with their standing messages;
/// earlier messages are not mirrored.
pub async fn set_platforms(store: &Store, platforms: Vec<Platform>, now: Timestamp) -> Result<(), StoreError> {
    let set = move |tx: &mut Tx<'_>| {
        let known = mirrored_to(tx)?;
        if known == platforms {
            return Ok(());
        }
        let names: Vec<&str> = platforms.iter().map(Platform::as_str).collect();
        let names = if names.is_empty() { None } else { Some(names.join(SEPARATOR)) };
        tx.set_meta(MIRRORED, names.as_deref())?;
        for platform in platforms.iter().filter(|platform| !known.contains(platform)) {
            for room in tx.open_hot_rooms(ROOMS)? {
                mirror_again(tx, platform, &room, now)?;
            }
        }
        Ok(())
    };
    store.transact_urgent(set).await
}

/// Returns the mirroring platforms.
fn mirrored_to(tx: &Tx<'_>) -> Result<Vec<Platform>, StoreError> {
    let names = tx.meta(MIRRORED)?.unwrap_or_default();
    Ok(names.split(SEPARATOR).filter(|name| !name.is_empty()).map(Platform::from).collect())
}

/// True if another platform mirrors the chat.
pub fn is_mirrored(tx: &Tx<'_>) -> Result<bool, StoreError> {
    Ok(!mirrored_to(tx)?.is_empty())
}

/// Enqueues a room that was created, or whose access or state changed.
pub(in crate::chat::builtin) fn room(tx: &mut Tx<'_>, room: &RoomId, now: Timestamp) -> Result<(), StoreError> {
    for platform in mirrored_to(tx)? {
        enqueue_room(tx, platform, room, now)?;
    }
    Ok(())
}

fn enqueue_room(tx: &mut Tx<'_>, platform: Platform, room: &RoomId, now: Timestamp) -> Result<(), StoreError> {
    tx.enqueue(&key(now), &MirrorEffect::MirrorRoom { platform, room: room.clone() }.into(), now).map(drop)
}

/// A posted or edited message.
#[derive(Clone, Copy)]
pub(in crate::chat::builtin) struct MessageChange {
    posted: PostResult,
    /// True if the message is edited whenever its subject changes.
    standing: bool,
    /// True for the message of a critical alert group.
    critical: bool,
    /// True if the message takes back what it said.
    withdraws: bool,
}

impl MessageChange {
    /// A message that is posted once.
    pub(in crate::chat::builtin) fn once(posted: PostResult) -> Self {
        Self { posted, standing: false, critical: false, withdraws: false }
    }

    /// A message that is edited whenever its subject changes.
    pub(in crate::chat::builtin) fn standing(posted: PostResult) -> Self {
        Self { posted, standing: true, critical: false, withdraws: false }
    }

    /// Sets whether the message is of a critical alert group.
    pub(in crate::chat::builtin) fn critical(self, critical: bool) -> Self {
        Self { critical, ..self }
    }

    /// Sets whether the message takes back what it said: then no limit of edits may delay it.
    pub(in crate::chat::builtin) fn withdraws(self, withdraws: bool) -> Self {
        Self { withdraws, ..self }
    }
}

/// Enqueues a posted or edited message. A new critical one precedes all edits, so that it does not wait in a storm.
pub(in crate::chat::builtin) fn message(
    tx: &mut Tx<'_>,
    room: &RoomId,
    change: MessageChange,
    now: Timestamp,
) -> Result<(), StoreError> {
    if matches!(change.posted, PostResult::Same(_)) {
        return Ok(());
    }
    for platform in mirrored_to(tx)? {
        enqueue_message(tx, platform, room, change, now)?;
    }
    Ok(())
}

fn enqueue_message(
    tx: &mut Tx<'_>,
    platform: Platform,
    room: &RoomId,
    change: MessageChange,
    now: Timestamp,
) -> Result<(), StoreError> {
    let MessageChange { posted, standing, critical, withdraws } = change;
    let direct = tx.room(room)?.is_some_and(|room| room.kind == RoomKind::Direct);
    let priority = match (direct || critical && matches!(posted, PostResult::New(_)), standing) {
        (true, _) => Priority::Page,
        (false, true) => Priority::State,
        (false, false) => Priority::Chatter,
    };
    let message = posted.id();
    let effect: Effect =
        MirrorEffect::MirrorMessage { platform, room: room.clone(), message, standing, priority }.into();
    tx.enqueue(&key(now), &effect, now)?;
    match effect.coalescing_key() {
        Some(mark) if withdraws => tx.hurry(&mark, now),
        Some(_) | None => Ok(()),
    }
}

/// Enqueues a room and its standing messages again, after its channel on a platform was deleted.
pub fn mirror_again(tx: &mut Tx<'_>, platform: &Platform, id: &RoomId, now: Timestamp) -> Result<(), StoreError> {
    enqueue_room(tx, platform.clone(), id, now)?;
    for standing in tx.standing_messages(id, STANDING)? {
        let change = MessageChange::standing(PostResult::Edited(standing));
        enqueue_message(tx, platform.clone(), id, change, now)?;
    }
    Ok(())
}

/// Replaces the text of a message and removes the old one from the database. `mirrored`: other platforms show the
/// message too.
pub fn rewrite(
    tx: &mut Tx<'_>,
    present: &rows::Message,
    post: &Post,
    now: Timestamp,
    mirrored: bool,
) -> Result<(), StoreError> {
    let body = serde_json::to_string(post).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    tx.rewrite_message(present.id, &body, now)?;
    tx.forget_message_files(present.id)?;
    if mirrored {
        message(
            tx,
            &present.room,
            MessageChange::standing(PostResult::Edited(present.id)).withdraws(post.withdraws),
            now,
        )?;
    }
    Ok(())
}

/// Returns a new key for each change; effects of the same message coalesce.
fn key(now: Timestamp) -> EffectKey {
    EffectKey(format!("mirror/{}", uuid_at(now)))
}
