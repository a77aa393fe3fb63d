//! The messages on other platforms that stand for messages of the built-in chat.

use super::{optional_id, platform_id};
use crate::{
    domain::{
        Timestamp,
        ids::{Platform, PlatformId, RoomId},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{signed, unsigned},
            sql::params,
        },
    },
};

/// The message on a platform that stands for one of the built-in chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorMessage {
    /// The channel it is in, or was sent to.
    pub channel: PlatformId,
    /// Its id; `None` while it is not known whether it arrived.
    pub message: Option<PlatformId>,
    /// How many messages stood here before it.
    pub round: u64,
    /// The one before.
    pub instead_of: Option<PlatformId>,
    /// When it was first sent, while it is not known whether it arrived.
    pub tried_at: Option<Timestamp>,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// A hash of its content.
    pub applied: String,
    /// True if it was pinned, or pinning it was tried.
    pub pinned: bool,
}

impl MirrorMessage {
    /// A message in this channel that was never sent.
    pub fn new(channel: PlatformId) -> Self {
        Self {
            channel,
            message: None,
            round: 0,
            instead_of: None,
            tried_at: None,
            edited_at: None,
            applied: String::new(),
            pinned: false,
        }
    }
}

impl Reads<'_> {
    /// Returns the message of a room that is known by a key or mark.
    pub fn mirror_message(
        &self,
        platform: &Platform,
        room: &RoomId,
        known_by: &str,
    ) -> Result<Option<MirrorMessage>, StoreError> {
        let sql = "SELECT channel, message, round, instead_of, tried_at, edited_at, applied, pinned \
                   FROM mirror_messages WHERE platform = $1 AND room = $2 AND known_by = $3";
        self.one(sql, params![platform.as_str(), room.as_str(), known_by], |row| {
            Ok(MirrorMessage {
                channel: platform_id(row, 0)?,
                message: optional_id(row, 1)?,
                round: unsigned(row.get(2)?),
                instead_of: optional_id(row, 3)?,
                tried_at: row.get(4)?,
                edited_at: row.get(5)?,
                applied: row.get(6)?,
                pinned: row.get(7)?,
            })
        })
    }

    /// Returns the alphabetically last of the marks in a room that begin with `prefix` and were sent.
    pub fn last_mirror_mark(
        &self,
        platform: &Platform,
        room: &RoomId,
        prefix: &str,
    ) -> Result<Option<String>, StoreError> {
        let sql = "SELECT known_by FROM mirror_messages WHERE platform = $1 AND room = $2 AND known_by >= $3 \
                   AND known_by < $3 || '~' AND message IS NOT NULL ORDER BY known_by DESC LIMIT 1";
        self.one(sql, params![platform.as_str(), room.as_str(), prefix], |row| row.get(0))
    }

    /// Returns what a message of any platform is known by in the built-in chat.
    pub fn mirror_mark(&self, message: &PlatformId) -> Result<Option<String>, StoreError> {
        let sql = "SELECT known_by FROM mirror_messages WHERE message = $1 ORDER BY platform LIMIT 1";
        self.one(sql, params![message.as_str()], |row| row.get(0))
    }

    /// Returns the pinned messages of a room.
    pub fn mirror_pins(&self, platform: &Platform, room: &RoomId) -> Result<Vec<PlatformId>, StoreError> {
        let sql = "SELECT message FROM mirror_messages \
                   WHERE platform = $1 AND room = $2 AND pinned = 1 AND message IS NOT NULL LIMIT 50";
        self.all(sql, params![platform.as_str(), room.as_str()], |row| platform_id(row, 0))
    }
}

impl Tx<'_> {
    /// Has a message pinned again when it is next sent or edited.
    pub fn forget_pin(&self, platform: &Platform, message: &PlatformId) -> Result<(), StoreError> {
        let sql = "UPDATE mirror_messages SET pinned = 0 WHERE platform = $1 AND message = $2";
        self.run(sql, params![platform.as_str(), message.as_str()])?;
        Ok(())
    }

    /// Stores the state of a message; `None` when it was never sent.
    pub fn set_mirror_message(
        &self,
        platform: &Platform,
        room: &RoomId,
        known_by: &str,
        message: Option<&MirrorMessage>,
    ) -> Result<(), StoreError> {
        let sql = "DELETE FROM mirror_messages WHERE platform = $1 AND room = $2 AND known_by = $3";
        self.run(sql, params![platform.as_str(), room.as_str(), known_by])?;
        let Some(is) = message else { return Ok(()) };
        self.run(
            "INSERT INTO mirror_messages \
             (platform, room, known_by, channel, message, round, instead_of, tried_at, edited_at, applied, pinned) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            params![
                platform.as_str(),
                room.as_str(),
                known_by,
                is.channel.as_str(),
                is.message.as_ref().map(PlatformId::as_str),
                signed(is.round),
                is.instead_of.as_ref().map(PlatformId::as_str),
                is.tried_at,
                is.edited_at,
                is.applied,
                is.pinned,
            ],
        )?;
        Ok(())
    }

    /// Forgets up to `limit` messages that were not edited since `before` and are not in an open hot room. Returns how many.
    pub fn prune_mirror_messages(&self, before: Timestamp, limit: u32) -> Result<usize, StoreError> {
        self.run(
            "DELETE FROM mirror_messages WHERE (platform, room, known_by) IN ( \
             SELECT m.platform, m.room, m.known_by FROM mirror_messages m WHERE m.edited_at < $1 AND NOT EXISTS \
             (SELECT 1 FROM rooms r WHERE r.id = m.room AND r.kind = 'hot' AND r.archived_at IS NULL) LIMIT $2)",
            params![before, limit],
        )
    }
}
