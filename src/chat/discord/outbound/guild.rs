//! What those who listen ask of Discord: how it stands, which room a channel is, whose account is whose.

use std::sync::atomic::Ordering;

use super::Discord;
use crate::{
    chat::{
        Post, builtin,
        discord::{
            client::{
                gateway::Standing,
                rest::{Failure, Rest},
                snowflake::{ChannelId, GuildId, Snowflake},
            },
            wire::{post, post::Directory},
        },
    },
    domain::{Timestamp, ids::RoomId},
    store::StoreError,
};

impl Discord {
    /// The client.
    pub fn rest(&self) -> &Rest {
        &self.rest
    }

    /// How the connection stands.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Has those who listen look for messages that they have missed.
    pub fn look_for_gaps(&self) {
        self.new_channel.notify_one();
    }

    /// Comes back when it is time to look for messages that were missed: a channel has become ours, or a look has failed.
    pub async fn new_channel(&self) {
        self.new_channel.notified().await;
    }

    /// Serves this server from now on. Another one takes a restart.
    pub fn serve(&self, guild: GuildId) {
        self.away.store(false, Ordering::Relaxed);
        if *self.served.get_or_init(|| guild) != guild {
            tracing::warn!(%guild, "another server is served since the start; restart to serve this one");
        }
    }

    /// No server is served until further notice: calls wait.
    pub fn leave(&self) {
        self.away.store(true, Ordering::Relaxed);
    }

    /// Whether the server that was served is out of reach.
    pub fn is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }

    /// The server that is served; until the first session has begun, it is not known.
    pub(in crate::chat::discord) fn guild(&self) -> Result<GuildId, Failure> {
        let waits = || Failure::NotNow { after: None, why: "not connected to Discord yet".to_owned() };
        if self.is_away() {
            return Err(Failure::not_now("the bot is not on the server, or the server is out of reach"));
        }
        self.served.get().copied().ok_or_else(waits)
    }

    /// The room that a channel shows; none: it is not ours.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn room_of(&self, channel: ChannelId) -> Result<Option<RoomId>, StoreError> {
        self.store.read(move |reads| reads.discord_room(channel.0.get())).await
    }

    /// The channels of the rooms that are open to talk.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn channels(&self) -> Result<Vec<ChannelId>, StoreError> {
        let found = self.store.read(|reads| reads.discord_open_channels()).await?;
        Ok(found.into_iter().filter_map(Snowflake::new).map(ChannelId).collect())
    }

    /// A channel was deleted on Discord: it is made again, with the messages that stand in it. The threads in it are gone as
    /// well, and Discord does not tell of them.
    pub async fn channel_gone(&self, channel: ChannelId, now: Timestamp) {
        let gone = self.store.transact_urgent(move |tx| {
            let number = channel.0.get();
            for gone in std::iter::once(number).chain(tx.discord_threads_in(number)?) {
                if let Some(room) = tx.discord_room(gone)? {
                    tx.forget_discord_channel(gone)?;
                    builtin::show_again(tx, &room, now)?;
                }
            }
            Ok(())
        });
        if let Err(error) = gone.await {
            tracing::warn!(%channel, %error, "a channel that was deleted could not be made again");
        }
    }

    /// A thread was put away: Discord does that after days without a word, and people can. While its room is open it is
    /// opened again, so that it stays in sight.
    pub async fn thread_put_away(&self, thread: ChannelId) {
        let open = self.store.read(move |reads| {
            let room = reads.discord_room(thread.0.get())?;
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

    /// How many channels the server has; none: not known yet.
    pub fn used(&self) -> Option<usize> {
        Some(self.used.load(Ordering::Relaxed)).filter(|used| *used > 0)
    }

    pub(in crate::chat::discord) fn note_used(&self, used: usize) {
        self.used.store(used, Ordering::Relaxed);
        metrics::gauge!("hotroom_discord_channels").set(f64::from(u32::try_from(used).unwrap_or(u32::MAX)));
    }

    /// The people and rooms that a post names.
    pub async fn named_in(&self, post: &Post) -> Directory {
        self.directory(post::names(post)).await.unwrap_or_default()
    }
}
