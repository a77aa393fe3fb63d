//! Answers a message that refers to an incident or an alert group with a card.

use std::time::Duration;

use super::App;
use crate::{
    domain::{
        Timestamp,
        effect::{ChatEffect, EffectKey},
        ids::RoomId,
        preview::{ReferenceStyle, references},
        text::Untrusted,
    },
    store::{StoreError, Tx, chat::PreviewRequest},
};

/// How long a reference is not shown again in a room. A message that is older is not answered any more.
pub const PREVIEW_PAUSE: Duration = Duration::from_secs(600);

/// A message of a person.
pub struct PreviewedMessage {
    /// Its room.
    pub room: RoomId,
    /// Its id.
    pub message: i64,
    /// Its text.
    pub text: Untrusted,
    /// When it was written.
    pub at: Timestamp,
}

impl App {
    /// Has what a message refers to shown below it. What may be shown is decided when it is shown.
    ///
    /// # Errors
    /// [`StoreError`] when that could not be stored. The message itself is stored already.
    pub async fn preview(&self, message: PreviewedMessage) -> Result<(), StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let is_old = (now - message.at).to_std().is_ok_and(|age| age > PREVIEW_PAUSE);
        if is_old || !config.chat.previews || config.chat.rooms_without_previews.contains(&message.room) {
            return Ok(());
        }
        let prefixes = config.tracker.prefixes();
        let style = ReferenceStyle { public_url: &config.server.public_url, prefixes: &prefixes };
        let found = references(message.text.verbatim(), style);
        let references: Vec<String> = found.iter().map(ToString::to_string).collect();
        if references.is_empty() {
            return Ok(());
        }
        let note = move |tx: &mut Tx<'_>| {
            let (room, id) = (&message.room, message.message);
            let since = now - PREVIEW_PAUSE;
            let request = PreviewRequest { room, message: id, references: &references, now, since };
            if tx.note_previews(&request)? {
                let effect = ChatEffect::Preview { room: room.clone(), message: id }.into();
                tx.enqueue(&EffectKey::new(&format!("preview/{room}"), id.unsigned_abs(), 0), &effect, now)?;
            }
            Ok(())
        };
        self.store.transact(note).await
    }
}
