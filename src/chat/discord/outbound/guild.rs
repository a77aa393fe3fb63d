//! Methods for the inbound half: the connection, the served guild, the room of a channel.

use std::sync::atomic::Ordering;

use super::Discord;
use crate::{
    chat::{
        Post, builtin,
        discord::{
            client::{
                gateway::Standing,
                rest::{Failure, Rest},
                snowflake::{ChannelId, GuildId},
            },
            platform,
            wire::{post, post::Directory},
        },
    },
    domain::{Timestamp, ids::RoomId},
    store::StoreError,
};

impl Discord {
    /// Returns the client.
    pub fn rest(&self) -> &Rest {
        &self.rest
    }

    /// Returns the state of the connection.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Requests a search for missed messages.
    pub fn look_for_gaps(&self) {
        self.new_channel.notify_one();
    }

    /// Waits for a request to search for missed messages: a channel was linked to a room, or the last search failed.
    pub async fn new_channel(&self) {
        self.new_channel.notified().await;
    }

    /// Serves this guild. Serving another one needs a restart.
    pub fn serve(&self, guild: GuildId) {
        self.away.store(false, Ordering::Relaxed);
        if *self.served.get_or_init(|| guild) != guild {
            tracing::warn!(%guild, "another server is served since the start; restart to serve this one");
        }
    }

    /// Serves no guild until further notice; calls wait.
    pub fn leave(&self) {
        self.away.store(true, Ordering::Relaxed);
    }

    /// True if the served guild is unavailable.
    pub fn is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }

    /// Returns the served guild, which is unknown before the first session.
    pub(in crate::chat::discord) fn guild(&self) -> Result<GuildId, Failure> {
        let waits = || Failure::NotNow { after: None, why: "not connected to Discord yet".to_owned() };
        if self.is_away() {
            return Err(Failure::not_now("the bot is not on the server, or the server is out of reach"));
        }
        self.served.get().copied().ok_or_else(waits)
    }

    /// Returns the room of a channel.
    pub async fn room_of(&self, channel: ChannelId) -> Result<Option<RoomId>, StoreError> {
        self.store.read(move |reads| reads.mirror_room(&platform(), &channel.to_platform())).await
    }

    /// Returns the channels of open rooms.
    pub async fn channels(&self) -> Result<Vec<ChannelId>, StoreError> {
        let found = self.store.read(|reads| reads.mirror_open_channels(&platform())).await?;
        Ok(found.iter().filter_map(ChannelId::from_platform).collect())
    }

    /// Forgets a channel that was deleted on Discord and has it created again with its standing messages. Its threads
    /// are deleted too, and Discord does not report them.
    pub async fn forget_channel(&self, channel: ChannelId, now: Timestamp) {
        let gone = self.store.transact_urgent(move |tx| {
            let channel = channel.to_platform();
            for gone in std::iter::once(channel.clone()).chain(tx.mirror_threads(&platform(), &channel)?) {
                if let Some(room) = tx.mirror_room(&platform(), &gone)? {
                    tx.forget_mirror_channel(&platform(), &gone)?;
                    builtin::mirror_again(tx, &platform(), &room, now)?;
                }
            }
            Ok(())
        });
        if let Err(error) = gone.await {
            tracing::warn!(%channel, %error, "a channel that was deleted could not be made again");
        }
    }

    /// Reopens an archived thread if its room is open. Discord archives threads after days without messages, and people
    /// can archive them.
    pub async fn reopen_thread(&self, thread: ChannelId) {
        let open = self.store.read(move |reads| {
            let room = reads.mirror_room(&platform(), &thread.to_platform())?;
            let room = room.map(|room| reads.room(&room)).transpose()?.flatten();
            Ok(room.is_some_and(|room| room.archived_at.is_none()))
        });
        if !open.await.unwrap_or_default() {
            return;
        }
        if let Err(failure) = self.take_out(thread).await {
            tracing::warn!(%thread, %failure, "the thread of an open room was put away and could not be opened again");
        }
    }

    /// Returns how many channels the guild has; `None` if that is unknown.
    pub fn used(&self) -> Option<usize> {
        Some(self.used.load(Ordering::Relaxed)).filter(|used| *used > 0)
    }

    pub(in crate::chat::discord) fn note_used(&self, used: usize) {
        self.used.store(used, Ordering::Relaxed);
        metrics::gauge!("hotroom_discord_channels").set(f64::from(u32::try_from(used).unwrap_or(u32::MAX)));
    }

    /// Resolves the people and rooms that a post names.
    pub async fn named_in(&self, post: &Post) -> Directory {
        self.directory(post::names(post)).await.unwrap_or_default()
    }
}
