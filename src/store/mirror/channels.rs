//! The channels of rooms on other platforms.

use super::{optional_id, platform_id};
use crate::{
    domain::ids::{Platform, PlatformId, RoomId},
    store::{Reads, StoreError, Tx, engine::sql::params},
};

/// The channel of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorChannel {
    /// Its id.
    pub channel: PlatformId,
    /// A hash of who sees it and whether it is open, as last applied; empty when that is not known.
    pub applied: String,
    /// Set when it is a thread.
    pub thread: Option<MirrorThread>,
}

/// A thread as it was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorThread {
    /// The channel that it belongs to.
    pub parent: PlatformId,
    /// True if only its members see it.
    pub private: bool,
}

pub(in crate::store) const FEED_CHANNELS: &str = "SELECT c.channel FROM mirror_channels c JOIN rooms r ON r.id = c.room \
     WHERE c.platform = $1 AND r.kind IN ('feed', 'team') AND r.private = 0 ORDER BY r.id LIMIT 100";

pub(in crate::store) const OPEN_CHANNELS: &str = "SELECT c.channel FROM mirror_channels c JOIN rooms r ON r.id = c.room \
     WHERE c.platform = $1 AND r.archived_at IS NULL ORDER BY c.channel LIMIT 1000";

impl Reads<'_> {
    /// Returns the channel of a room.
    pub fn mirror_channel(&self, platform: &Platform, room: &RoomId) -> Result<Option<MirrorChannel>, StoreError> {
        let sql = "SELECT channel, applied, parent, private FROM mirror_channels WHERE platform = $1 AND room = $2";
        self.one(sql, params![platform.as_str(), room.as_str()], |row| {
            let private = row.get(3)?;
            let thread = optional_id(row, 2)?.map(|parent| MirrorThread { parent, private });
            Ok(MirrorChannel { channel: platform_id(row, 0)?, applied: row.get(1)?, thread })
        })
    }

    /// Returns the threads of rooms in a channel.
    pub fn mirror_threads(&self, platform: &Platform, parent: &PlatformId) -> Result<Vec<PlatformId>, StoreError> {
        let sql =
            "SELECT channel FROM mirror_channels WHERE platform = $1 AND parent = $2 ORDER BY channel LIMIT 10000";
        self.all(sql, params![platform.as_str(), parent.as_str()], |row| platform_id(row, 0))
    }

    /// Returns the channels of public feeds and team rooms.
    pub fn mirror_feed_channels(&self, platform: &Platform) -> Result<Vec<PlatformId>, StoreError> {
        self.all(FEED_CHANNELS, params![platform.as_str()], |row| platform_id(row, 0))
    }

    /// Returns the room of a channel.
    pub fn mirror_room(&self, platform: &Platform, channel: &PlatformId) -> Result<Option<RoomId>, StoreError> {
        let sql = "SELECT room FROM mirror_channels WHERE platform = $1 AND channel = $2";
        self.one(sql, params![platform.as_str(), channel.as_str()], |row| Ok(RoomId::new(row.get::<String>(0)?)))
    }

    /// Returns the channels of open rooms and of direct rooms.
    pub fn mirror_open_channels(&self, platform: &Platform) -> Result<Vec<PlatformId>, StoreError> {
        self.all(OPEN_CHANNELS, params![platform.as_str()], |row| platform_id(row, 0))
    }
}

impl Tx<'_> {
    /// Stores the channel of a room. Fails with a conflict when the channel is another room's.
    pub fn set_mirror_channel(
        &self,
        platform: &Platform,
        room: &RoomId,
        channel: &MirrorChannel,
    ) -> Result<(), StoreError> {
        let thread = channel.thread.as_ref();
        self.run(
            "INSERT INTO mirror_channels (platform, room, channel, applied, parent, private) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (platform, room) DO UPDATE SET channel = excluded.channel, \
             applied = excluded.applied, parent = excluded.parent, private = excluded.private",
            params![
                platform.as_str(),
                room.as_str(),
                channel.channel.as_str(),
                channel.applied,
                thread.map(|thread| thread.parent.as_str()),
                thread.is_some_and(|thread| thread.private),
            ],
        )?;
        Ok(())
    }

    /// Has it applied again who sees a channel and whether it is open.
    pub fn forget_applied(&self, platform: &Platform, channel: &PlatformId) -> Result<(), StoreError> {
        let sql = "UPDATE mirror_channels SET applied = '' WHERE platform = $1 AND channel = $2";
        self.run(sql, params![platform.as_str(), channel.as_str()])?;
        Ok(())
    }

    /// Forgets a channel that no longer exists.
    pub fn forget_mirror_channel(&self, platform: &Platform, channel: &PlatformId) -> Result<(), StoreError> {
        let sql = "DELETE FROM mirror_channels WHERE platform = $1 AND channel = $2";
        self.run(sql, params![platform.as_str(), channel.as_str()])?;
        let sql = "UPDATE mirror_accounts SET direct_channel = NULL WHERE platform = $1 AND direct_channel = $2";
        self.run(sql, params![platform.as_str(), channel.as_str()])?;
        Ok(())
    }
}
