//! What another chat platform has to be told of the things that change here.
//!
//! The built-in chat is the record. When there is another platform, each change here puts a row into the outbox in the
//! same transaction, so that the other platform catches up whatever happens to it, and never holds anything up.

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

/// The name under which the database keeps that there is another platform.
const MIRRORED: &str = "mirrored";

/// How many standing messages of a room are shown again: the newest.
const STANDING: u32 = 50;

/// How many rooms are shown when mirroring is turned on: the newest hot rooms that are open.
const ROOMS: u32 = 100;

/// Turns mirroring on or off, at the start of the program. When it is turned on, the hot rooms that are open are shown
/// with what stands in them; what was said before stays here.
///
/// # Errors
/// When the store fails.
pub async fn set_mirrored(store: &Store, mirrored: bool, now: Timestamp) -> Result<(), StoreError> {
    let set = move |tx: &mut Tx<'_>| {
        if tx.meta(MIRRORED)?.is_some() == mirrored {
            return Ok(());
        }
        tx.set_meta(MIRRORED, mirrored.then_some("discord"))?;
        for room in tx.open_hot_rooms(ROOMS)?.iter().filter(|_| mirrored) {
            show_again(tx, room, now)?;
        }
        Ok(())
    };
    store.transact_urgent(set).await
}

/// Whether there is another platform.
///
/// # Errors
/// When the store fails.
pub fn is_mirrored(tx: &Tx<'_>) -> Result<bool, StoreError> {
    Ok(tx.meta(MIRRORED)?.is_some())
}

/// A room was made, or who sees it or whether it is open has changed.
pub(in crate::chat::builtin) fn room(tx: &mut Tx<'_>, room: &RoomId, now: Timestamp) -> Result<(), StoreError> {
    if tx.meta(MIRRORED)?.is_none() {
        return Ok(());
    }
    tx.enqueue(&key(now), &MirrorEffect::MirrorRoom { room: room.clone() }.into(), now)?;
    Ok(())
}

/// How a message that was posted or edited goes to the other platform.
#[derive(Clone, Copy)]
pub(in crate::chat::builtin) struct Manner {
    /// It is one that is edited to stay true.
    pub(in crate::chat::builtin) standing: bool,
    /// It says that something is gravely wrong.
    pub(in crate::chat::builtin) critical: bool,
}

impl Manner {
    /// Of what is said once.
    pub(in crate::chat::builtin) const SAID: Self = Self { standing: false, critical: false };
    /// Of what is edited to stay true.
    pub(in crate::chat::builtin) const STANDING: Self = Self { standing: true, critical: false };
}

/// A message was posted or edited. What is new and grave goes before all that is edited: in a storm it must not wait
/// behind what is known already.
pub(in crate::chat::builtin) fn message(
    tx: &mut Tx<'_>,
    room: &RoomId,
    (posted, Manner { standing, critical }): (PostResult, Manner),
    now: Timestamp,
) -> Result<(), StoreError> {
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

/// The room has to be shown again with everything that stands in it: its place on the other platform is gone.
///
/// # Errors
/// When the store fails.
pub fn show_again(tx: &mut Tx<'_>, id: &RoomId, now: Timestamp) -> Result<(), StoreError> {
    room(tx, id, now)?;
    for standing in tx.standing_messages(id, STANDING)? {
        message(tx, id, (PostResult::Edited(standing), Manner::STANDING), now)?;
    }
    Ok(())
}

/// Lets a message say something else, and leaves no trace in the file of what it said. `mirrored`: the other platform shows
/// it as well.
///
/// # Errors
/// When the store fails.
pub fn rewrite(
    tx: &mut Tx<'_>,
    present: &rows::Message,
    post: &Post,
    (now, mirrored): (Timestamp, bool),
) -> Result<(), StoreError> {
    let body = serde_json::to_string(post).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    tx.rewrite_message(present.id, &body, now)?;
    if mirrored {
        message(tx, &present.room, (PostResult::Edited(present.id), Manner::STANDING), now)?;
    }
    Ok(())
}

/// Each change is an effect of its own; rows that say the same coalesce by their mark.
fn key(now: Timestamp) -> EffectKey {
    EffectKey(format!("mirror/{}", uuid_at(now)))
}
