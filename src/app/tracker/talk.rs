//! Messages of hot rooms that become comments, where `[tracker] chat` is set.

use super::outbound::{CommentCause, comment_later};
use crate::{
    app::{App, PreviewedMessage},
    domain::ids::RoomId,
    store::{StoreError, Tx},
};

impl App {
    /// Takes in what a person said in a room: it may refer to something, and it may belong on an issue.
    ///
    /// # Errors
    /// [`StoreError`] when that could not be stored. The message itself is stored already.
    pub async fn on_talk(&self, message: PreviewedMessage) -> Result<(), StoreError> {
        self.comment_on_issue(message.room.clone(), message.message).await?;
        self.preview(message).await
    }

    async fn comment_on_issue(&self, room: RoomId, message: i64) -> Result<(), StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        if !config.tracker.outside.as_ref().is_some_and(|outside| outside.chat) {
            return Ok(());
        }
        let plan = move |tx: &mut Tx<'_>| {
            let Some(incident) = tx.incident_by_room(&room)? else { return Ok(()) };
            let Some(link) = tx.issue_link(incident.id)? else { return Ok(()) };
            comment_later(tx, now, &link, CommentCause::Message(message))
        };
        self.store.transact(plan).await
    }
}
