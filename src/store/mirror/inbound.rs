//! What came in from other platforms: interactions until they are finished, a cursor for each channel, and which message of
//! a platform became which message of the built-in chat.

use super::platform_id;
use crate::{
    domain::{
        Timestamp,
        ids::{Platform, PlatformId, RoomId},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{columns::millis, sql::params},
    },
};

/// How long a finished interaction is kept, so that a repeat is recognized.
const KEPT_MS: i64 = 24 * 3_600_000;

/// How long what was entered into a form can be edited and sent again.
const DRAFT_MS: i64 = 15 * 60_000;

/// An interaction to be stored.
#[derive(Clone, Copy, Debug)]
pub struct NewInteraction<'a> {
    /// The platform's id.
    pub id: &'a PlatformId,
    /// Its data, to resume it after a restart.
    pub body: &'a str,
    /// What was entered into a form, as JSON.
    pub draft: Option<&'a str>,
}

/// A message of a channel and when it was written: ids of platforms have no order of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePosition {
    /// The message.
    pub message: PlatformId,
    /// When it was written.
    pub at: Timestamp,
}

impl Tx<'_> {
    /// Stores an interaction until it is finished. True if it is new.
    pub fn store_interaction(
        &mut self,
        platform: &Platform,
        new: NewInteraction<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let NewInteraction { id, body, draft } = new;
        let expired = "UPDATE mirror_interactions SET draft = NULL WHERE draft IS NOT NULL AND received_at < $1";
        self.run(expired, params![millis(now) - DRAFT_MS])?;
        self.run("DELETE FROM mirror_interactions WHERE answered_at < $1", params![millis(now) - KEPT_MS])?;
        let sql = "INSERT INTO mirror_interactions (platform, id, received_at, body, answered_at, draft) \
                   VALUES ($1, $2, $3, $4, NULL, $5) ON CONFLICT (platform, id) DO NOTHING";
        Ok(self.run(sql, params![platform.as_str(), id.as_str(), now, body, draft])? == 1)
    }

    /// Notes that an interaction is finished. Its body is deleted, because the token in it could still be used; what was
    /// entered stays if it can be sent again.
    pub fn finish_interaction(
        &mut self,
        platform: &Platform,
        id: &PlatformId,
        keeps_draft: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE mirror_interactions SET answered_at = $1, body = '' WHERE platform = $2 AND id = $3";
        self.run(sql, params![now, platform.as_str(), id.as_str()])?;
        if !keeps_draft {
            let sql = "UPDATE mirror_interactions SET draft = NULL WHERE platform = $1 AND id = $2";
            self.run(sql, params![platform.as_str(), id.as_str()])?;
        }
        Ok(())
    }

    /// Moves the cursor of a channel up to a message. It never moves back.
    pub fn advance_cursor(
        &mut self,
        platform: &Platform,
        channel: &PlatformId,
        to: &MessagePosition,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO mirror_cursors (platform, channel, message, at) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (platform, channel) DO UPDATE SET message = excluded.message, at = excluded.at \
                   WHERE excluded.at >= mirror_cursors.at";
        self.run(sql, params![platform.as_str(), channel.as_str(), to.message.as_str(), to.at])?;
        Ok(())
    }

    /// Starts the cursor of a channel, unless it has one.
    pub fn start_cursor(
        &mut self,
        platform: &Platform,
        channel: &PlatformId,
        from: &MessagePosition,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO mirror_cursors (platform, channel, message, at) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (platform, channel) DO NOTHING";
        self.run(sql, params![platform.as_str(), channel.as_str(), from.message.as_str(), from.at])?;
        Ok(())
    }

    /// Stores which message of the built-in chat a message of a platform became.
    pub fn link_received(
        &mut self,
        platform: &Platform,
        from: &MessagePosition,
        room: &RoomId,
        local: i64,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO mirror_received (platform, message, room, local, at) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (platform, message) DO NOTHING";
        self.run(sql, params![platform.as_str(), from.message.as_str(), room.as_str(), local, from.at])?;
        Ok(())
    }
}

impl Reads<'_> {
    /// Returns the bodies of interactions that are not finished, oldest first.
    pub fn open_interactions(&self, platform: &Platform, limit: u32) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT body FROM mirror_interactions WHERE platform = $1 AND answered_at IS NULL \
                   ORDER BY received_at LIMIT $2";
        self.all(sql, params![platform.as_str(), limit], |row| row.get(0))
    }

    /// Returns what was entered into a form, as it was stored with its interaction, unless it is too old.
    pub fn interaction_draft(
        &self,
        platform: &Platform,
        id: &PlatformId,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let sql = "SELECT draft FROM mirror_interactions WHERE platform = $1 AND id = $2 AND received_at >= $3";
        let since = millis(now) - DRAFT_MS;
        let found: Option<Option<String>> =
            self.one(sql, params![platform.as_str(), id.as_str(), since], |row| row.get(0))?;
        Ok(found.flatten())
    }

    /// Returns the newest message of a channel that was taken in.
    pub fn cursor(&self, platform: &Platform, channel: &PlatformId) -> Result<Option<PlatformId>, StoreError> {
        let sql = "SELECT message FROM mirror_cursors WHERE platform = $1 AND channel = $2";
        self.one(sql, params![platform.as_str(), channel.as_str()], |row| platform_id(row, 0))
    }

    /// Returns the message of the built-in chat that a message of a platform became.
    pub fn received_message(&self, platform: &Platform, message: &PlatformId) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT local FROM mirror_received WHERE platform = $1 AND message = $2";
        self.one(sql, params![platform.as_str(), message.as_str()], |row| row.get(0))
    }

    /// The same, for a message of any platform.
    pub fn received_anywhere(&self, message: &PlatformId) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT local FROM mirror_received WHERE message = $1 ORDER BY platform LIMIT 1";
        self.one(sql, params![message.as_str()], |row| row.get(0))
    }

    /// Returns the newest messages that were taken in from a room and written after `since`.
    pub fn received_since(
        &self,
        platform: &Platform,
        room: &RoomId,
        since: Timestamp,
    ) -> Result<Vec<PlatformId>, StoreError> {
        let sql = "SELECT message FROM mirror_received WHERE platform = $1 AND room = $2 AND at > $3 \
                   ORDER BY at DESC LIMIT 1000";
        self.all(sql, params![platform.as_str(), room.as_str(), since], |row| platform_id(row, 0))
    }

    /// True if a message that was taken in from a room was written before `at`.
    pub fn has_received_before(&self, platform: &Platform, room: &RoomId, at: Timestamp) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM mirror_received WHERE platform = $1 AND room = $2 AND at < $3 LIMIT 1";
        Ok(self.one(sql, params![platform.as_str(), room.as_str(), at], |_| Ok(()))?.is_some())
    }

    /// True if a message of the built-in chat was written on this platform.
    pub fn is_received(&self, platform: &Platform, local: i64) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM mirror_received WHERE local = $1 AND platform = $2";
        Ok(self.one(sql, params![local, platform.as_str()], |_| Ok(()))?.is_some())
    }
}
