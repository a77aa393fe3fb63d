//! What was missed while the platform was out of reach: new messages after a cursor, and messages that were deleted.

use std::collections::BTreeSet;

use futures_util::future::BoxFuture;

use super::InboundCore;
use crate::{
    domain::{
        Timestamp,
        ids::{PlatformId, RoomId},
    },
    store::{MessagePosition, StoreError},
};

/// How many pages are fetched for one channel.
const PAGES: usize = 20;

/// The history of channels, as a platform's API returns it.
pub trait History: Send + Sync {
    /// A message in the platform's format.
    type Message: Send + Sync;
    /// Why a page could not be fetched.
    type Failure: Send;

    /// Fetches a page of the messages of a channel that follow another one.
    fn after<'a>(
        &'a self,
        channel: &'a PlatformId,
        message: &'a PlatformId,
    ) -> BoxFuture<'a, Result<HistoryPage<Self::Message>, Self::Failure>>;

    /// Takes a message in, as if it had just arrived. Taking it in twice changes nothing.
    fn receive<'a>(&'a self, message: &'a Self::Message) -> BoxFuture<'a, ()>;
}

/// A page of the history of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage<M> {
    /// The messages, oldest first.
    pub messages: Vec<M>,
    /// The newest of them, if more may follow.
    pub next: Option<PlatformId>,
}

/// The messages of a channel that were seen again, from the newest back to a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenMessages {
    /// Their ids.
    pub ids: BTreeSet<PlatformId>,
    /// Every message after this time was seen; `None` when nothing was seen at all.
    pub since: Option<Timestamp>,
}

impl InboundCore {
    /// Takes in the messages of a channel that follow its cursor. A channel without a cursor is left alone.
    pub async fn fill_gap<H: History>(&self, history: &H, channel: &PlatformId) -> Result<(), H::Failure> {
        let Some(mut after) = self.cursor(channel).await else { return Ok(()) };
        for _ in 0..PAGES {
            let page = history.after(channel, &after).await?;
            for message in &page.messages {
                history.receive(message).await;
            }
            let Some(next) = page.next else { return Ok(()) };
            after = next;
        }
        tracing::warn!(%channel, "more than {PAGES} pages of messages were missed; the rest stays on the platform");
        Ok(())
    }

    async fn cursor(&self, channel: &PlatformId) -> Option<PlatformId> {
        let (platform, channel) = (self.platform.clone(), channel.clone());
        let cursor = self.store.read(move |reads| reads.cursor(&platform, &channel)).await;
        cursor.unwrap_or_else(|error| {
            tracing::warn!(%error, "the cursor of a channel could not be read");
            None
        })
    }

    /// Moves the cursor of a channel, after a message was taken in: one that was not is fetched again after the next gap.
    pub async fn advance_cursor(&self, channel: PlatformId, to: MessagePosition) {
        let platform = self.platform.clone();
        let moved = self.store.transact_urgent(move |tx| tx.advance_cursor(&platform, &channel, &to));
        if let Err(error) = moved.await {
            tracing::warn!(%error, "the cursor of a channel could not be stored");
        }
    }

    /// Starts the cursor of a channel that was never read.
    pub async fn start_cursor(&self, channel: PlatformId, from: MessagePosition) {
        let platform = self.platform.clone();
        let started = self.store.transact_urgent(move |tx| tx.start_cursor(&platform, &channel, &from));
        if let Err(error) = started.await {
            tracing::warn!(%error, "messages of a channel may be missed after the next gap");
        }
    }

    /// True if messages of a room that were taken in are older than `at`.
    pub async fn has_older(&self, room: RoomId, at: Timestamp) -> bool {
        let platform = self.platform.clone();
        let older = self.store.read(move |reads| reads.has_received_before(&platform, &room, at)).await;
        older.unwrap_or_default()
    }

    /// Returns the messages of a room that were taken in and are no longer among those seen.
    pub async fn deleted(&self, room: RoomId, seen: &SeenMessages) -> Result<Vec<PlatformId>, StoreError> {
        let Some(since) = seen.since else { return Ok(Vec::new()) };
        let platform = self.platform.clone();
        let received = self.store.read(move |reads| reads.received_since(&platform, &room, since)).await?;
        Ok(received.into_iter().filter(|message| !seen.ids.contains(message)).collect())
    }
}
