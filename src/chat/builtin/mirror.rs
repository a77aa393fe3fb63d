//! Mirrors the built-in chat to another platform.
//!
//! The built-in chat is the record. When there is another platform, each change enqueues an effect in the same
//! transaction, so that the other platform catches up whatever happens to it and never delays anything here.

use crate::{
    chat::Post,
    domain::{
        Timestamp,
        effect::{EffectKey, MirrorEffect, Priority},
        ids::{RoomId, uuid_at},
    },
    store::{
        Store, StoreError, Tx, chat as rows,
        chat::{PostResult, RoomKind},
    },
};

/// The key under which the store keeps that there is another platform.
const MIRRORED: &str = "mirrored";

/// How many of the newest standing messages of a room are mirrored again.
const STANDING: u32 = 50;

/// How many of the newest open hot rooms are mirrored when mirroring is turned on.
const ROOMS: u32 = 100;

/// Turns mirroring on or off, at the start of the program. When it is turned on, the open hot rooms are mirrored with
/// their standing messages; what was written before stays here.
pub async fn set_mirrored(store: &Store, mirrored: bool, now: Timestamp) -> Result<(), StoreError> {
    let set = move |tx: &mut Tx<'_>| {
        if tx.meta(MIRRORED)?.is_some() == mirrored {
            return Ok(());
        }
        tx.set_meta(MIRRORED, mirrored.then_some("discord"))?;
        if mirrored {
            for room in tx.open_hot_rooms(ROOMS)? {
                show_again(tx, &room, now)?;
            }
        }
        Ok(())
    };
    store.transact_urgent(set).await
}

/// True if there is another platform.
pub fn is_mirrored(tx: &Tx<'_>) -> Result<bool, StoreError> {
    Ok(tx.meta(MIRRORED)?.is_some())
}

/// Enqueues a room that was created, or whose access or state changed.
pub(in crate::chat::builtin) fn room(tx: &mut Tx<'_>, room: &RoomId, now: Timestamp) -> Result<(), StoreError> {
    if tx.meta(MIRRORED)?.is_none() {
        return Ok(());
    }
    tx.enqueue(&key(now), &MirrorEffect::MirrorRoom { room: room.clone() }.into(), now)?;
    Ok(())
}

/// A message that was posted or edited.
#[derive(Clone, Copy)]
pub(in crate::chat::builtin) struct MessageChange {
    posted: PostResult,
    /// True if the message is edited whenever its subject changes.
    standing: bool,
    /// True for the message of a critical alert group.
    critical: bool,
}

impl MessageChange {
    /// A message that is posted once.
    pub(in crate::chat::builtin) fn once(posted: PostResult) -> Self {
        Self { posted, standing: false, critical: false }
    }

    /// A message that is edited whenever its subject changes.
    pub(in crate::chat::builtin) fn standing(posted: PostResult) -> Self {
        Self { posted, standing: true, critical: false }
    }

    /// The same change, of the message of a critical alert group.
    pub(in crate::chat::builtin) fn critical(self, critical: bool) -> Self {
        Self { critical, ..self }
    }
}

/// Enqueues a message that was posted or edited. A new critical one goes before all edits: in a storm it must not wait
/// behind what people know already.
pub(in crate::chat::builtin) fn message(
    tx: &mut Tx<'_>,
    room: &RoomId,
    change: MessageChange,
    now: Timestamp,
) -> Result<(), StoreError> {
    let MessageChange { posted, standing, critical } = change;
    if matches!(posted, PostResult::Same(_)) || tx.meta(MIRRORED)?.is_none() {
        return Ok(());
    }
    let direct = tx.room(room)?.is_some_and(|room| room.kind == RoomKind::Direct);
    let priority = match (direct || critical && matches!(posted, PostResult::New(_)), standing) {
        (true, _) => Priority::Page,
        (false, true) => Priority::State,
        (false, false) => Priority::Chatter,
    };
    let effect = MirrorEffect::MirrorMessage { room: room.clone(), message: posted.id(), standing, priority };
    tx.enqueue(&key(now), &effect.into(), now)?;
    Ok(())
}

/// Enqueues a room and its standing messages again, because its channel on another platform is gone.
pub fn show_again(tx: &mut Tx<'_>, id: &RoomId, now: Timestamp) -> Result<(), StoreError> {
    room(tx, id, now)?;
    for standing in tx.standing_messages(id, STANDING)? {
        message(tx, id, MessageChange::standing(PostResult::Edited(standing)), now)?;
    }
    Ok(())
}

/// Replaces the text of a message and leaves no trace of the old one in the database. `mirrored`: other platforms show the
/// message as well.
pub fn rewrite(
    tx: &mut Tx<'_>,
    present: &rows::Message,
    post: &Post,
    now: Timestamp,
    mirrored: bool,
) -> Result<(), StoreError> {
    let body = serde_json::to_string(post).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    tx.rewrite_message(present.id, &body, now)?;
    if mirrored {
        message(tx, &present.room, MessageChange::standing(PostResult::Edited(present.id)), now)?;
    }
    Ok(())
}

/// Each change is an effect of its own; effects of the same message coalesce.
fn key(now: Timestamp) -> EffectKey {
    EffectKey(format!("mirror/{}", uuid_at(now)))
}
