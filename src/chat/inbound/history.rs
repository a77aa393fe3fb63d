//! Catches up after a platform was unavailable: fetches messages after a cursor, and finds deleted ones.

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

/// The most pages that are fetched for a channel.
const PAGES: usize = 20;

/// The history of channels, as a platform's API returns it.
pub trait History: Send + Sync {
    /// A message in the platform's format.
    type Message: Send + Sync;
    /// Why a page could not be fetched.
    type Failure: Send;

    /// Fetches a page of the messages after a given one.
    fn after<'a>(
        &'a self,
        channel: &'a PlatformId,
        message: &'a PlatformId,
    ) -> BoxFuture<'a, Result<HistoryPage<Self::Message>, Self::Failure>>;

    /// Processes a message as if it had just arrived. Processing it twice changes nothing. False if it could not be stored
    /// and has to be fetched again.
    fn receive<'a>(&'a self, message: &'a Self::Message) -> BoxFuture<'a, bool>;
}

/// A page of the history of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage<M> {
    /// The messages, oldest first.
    pub messages: Vec<M>,
    /// The newest of them, if more may follow.
    pub next: Option<PlatformId>,
}

/// The messages of a channel that were fetched again, from the newest back to a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenMessages {
    /// Their ids.
    pub ids: BTreeSet<PlatformId>,
    /// Every message after this time was fetched; `None` if none was.
    pub since: Option<Timestamp>,
}

impl InboundCore {
    /// Processes the messages of a channel after its cursor, and closes its gap. A channel without a cursor has nothing to
    /// fetch. Returns false if a message could not be stored: the gap stays open.
    pub async fn fill_gap<H: History>(&self, history: &H, channel: &PlatformId) -> Result<bool, H::Failure> {
        let begun = self.gaps.round();
        if let Some(after) = self.cursor(channel).await
            && !self.fetch_after(history, channel, after).await?
        {
            return Ok(false);
        }
        if let Some(newest) = self.gaps.close(channel, begun) {
            self.advance_cursor(channel.clone(), newest).await;
        }
        Ok(true)
    }

    async fn fetch_after<H: History>(
        &self,
        history: &H,
        channel: &PlatformId,
        mut after: PlatformId,
    ) -> Result<bool, H::Failure> {
        for _ in 0..PAGES {
            let page = history.after(channel, &after).await?;
            for message in &page.messages {
                if !history.receive(message).await {
                    return Ok(false);
                }
            }
            let Some(next) = page.next else { return Ok(true) };
            after = next;
        }
        tracing::warn!(%channel, "more than {PAGES} pages of messages were missed; the rest stays on the platform");
        Ok(true)
    }

    async fn cursor(&self, channel: &PlatformId) -> Option<PlatformId> {
        let (platform, channel) = (self.platform.clone(), channel.clone());
        let cursor = self.store.read(move |reads| reads.cursor(&platform, &channel)).await;
        cursor.unwrap_or_else(|error| {
            tracing::warn!(%error, "the cursor of a channel could not be read");
            None
        })
    }

    /// Moves the cursor of a channel after a live message was stored, unless messages before it may be missing.
    pub async fn advance_live_cursor(&self, channel: PlatformId, to: MessagePosition) {
        if !self.gaps.holds(&channel, &to) {
            self.advance_cursor(channel, to).await;
        }
    }

    /// Moves the cursor of a channel after a fetched message was stored. If that failed, the message is fetched again after
    /// the next gap.
    pub async fn advance_cursor(&self, channel: PlatformId, to: MessagePosition) {
        let platform = self.platform.clone();
        let moved = self.store.transact_urgent(move |tx| tx.advance_cursor(&platform, &channel, &to));
        if let Err(error) = moved.await {
            tracing::warn!(%error, "the cursor of a channel could not be stored");
        }
    }

    /// Sets the first cursor of a channel.
    pub async fn start_cursor(&self, channel: PlatformId, from: MessagePosition) {
        let platform = self.platform.clone();
        let started = self.store.transact_urgent(move |tx| tx.start_cursor(&platform, &channel, &from));
        if let Err(error) = started.await {
            tracing::warn!(%error, "messages of a channel may be missed after the next gap");
        }
    }

    /// True if a stored message of a room is older than `at`.
    pub async fn has_older(&self, room: RoomId, at: Timestamp) -> bool {
        let platform = self.platform.clone();
        let older = self.store.read(move |reads| reads.has_received_before(&platform, &room, at)).await;
        older.unwrap_or_default()
    }

    /// Returns the stored messages of a room that are missing from those fetched.
    pub async fn deleted(&self, room: RoomId, seen: &SeenMessages) -> Result<Vec<PlatformId>, StoreError> {
        let Some(since) = seen.since else { return Ok(Vec::new()) };
        let platform = self.platform.clone();
        let received = self.store.read(move |reads| reads.received_since(&platform, &room, since)).await?;
        Ok(received.into_iter().filter(|message| !seen.ids.contains(message)).collect())
    }
}
