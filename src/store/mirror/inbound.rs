//! What came in from Discord: interactions until they are answered, how far each channel was read, and which message
//! there became which message here.

use crate::{
    domain::{Timestamp, ids::RoomId},
    store::{
        Reads, StoreError, Tx,
        engine::{columns::millis, sql::params},
    },
};

/// The longest that an answered interaction is kept, so that a repeat of it is known.
const KEPT_MS: i64 = 24 * 3_600_000;

impl Tx<'_> {
    /// Keeps an interaction until it is answered. Tells whether it is new.
    pub fn keep_interaction(&mut self, id: &str, body: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.run("DELETE FROM discord_interactions WHERE answered_at < $1", params![millis(now) - KEPT_MS])?;
        let sql = "INSERT INTO discord_interactions (id, received_at, body, answered_at) VALUES ($1, $2, $3, NULL) \
                   ON CONFLICT (id) DO NOTHING";
        Ok(self.run(sql, params![id, millis(now), body])? == 1)
    }

    /// Notes that an interaction was answered, or that nobody waits for its answer any more. What it carried is forgotten:
    /// the token in it could still be used.
    pub fn interaction_answered(&mut self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        self.run(
            "UPDATE discord_interactions SET answered_at = $1, body = '' WHERE id = $2",
            params![millis(now), id],
        )?;
        Ok(())
    }

    /// Notes that a channel was read up to a message.
    pub fn channel_read(&mut self, channel: u64, message: u64) -> Result<(), StoreError> {
        let sql = "INSERT INTO discord_cursors (channel, message) VALUES ($1, $2) \
                   ON CONFLICT (channel) DO UPDATE SET message = MAX(message, excluded.message)";
        self.run(sql, params![signed(channel), signed(message)])?;
        Ok(())
    }

    /// Notes from which message on a channel is read, unless it was read before.
    pub fn begin_reading(&mut self, channel: u64, message: u64) -> Result<(), StoreError> {
        let sql = "INSERT INTO discord_cursors (channel, message) VALUES ($1, $2) ON CONFLICT (channel) DO NOTHING";
        self.run(sql, params![signed(channel), signed(message)])?;
        Ok(())
    }

    /// Notes which message of the built-in chat a message of Discord became.
    pub fn heard_on_discord(&mut self, message: u64, room: &RoomId, local: i64) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO discord_heard (message, room, local) VALUES ($1, $2, $3) ON CONFLICT (message) DO NOTHING";
        self.run(sql, params![signed(message), room.as_str(), local])?;
        Ok(())
    }
}

impl Reads<'_> {
    /// Interactions that were not answered, oldest first: their data as Discord sent it.
    pub fn unanswered_interactions(&self, limit: u32) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT body FROM discord_interactions WHERE answered_at IS NULL ORDER BY received_at LIMIT $1";
        self.all(sql, params![limit], |row| row.get(0))
    }

    /// Up to which message a channel was read.
    pub fn channel_cursor(&self, channel: u64) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT message FROM discord_cursors WHERE channel = $1";
        self.one(sql, params![signed(channel)], |row| row.get::<i64>(0).map(i64::cast_unsigned))
    }

    /// The message of the built-in chat that a message of Discord became.
    pub fn heard_message(&self, message: u64) -> Result<Option<i64>, StoreError> {
        self.one("SELECT local FROM discord_heard WHERE message = $1", params![signed(message)], |row| row.get(0))
    }

    /// The newest messages of Discord that were heard in a room, from this one on and below that one.
    pub fn heard_between(&self, room: &RoomId, (from, below): (u64, u64)) -> Result<Vec<u64>, StoreError> {
        let sql = "SELECT message FROM discord_heard WHERE room = $1 AND message >= $2 AND message < $3 \
                   ORDER BY message DESC LIMIT 1000";
        let bounds = params![room.as_str(), signed(from), signed(below)];
        self.all(sql, bounds, |row| row.get::<i64>(0).map(i64::cast_unsigned))
    }

    /// Whether a message of the built-in chat was written on Discord.
    pub fn written_on_discord(&self, local: i64) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM discord_heard WHERE local = $1";
        Ok(self.one(sql, params![local], |_| Ok(()))?.is_some())
    }
}

/// Ids of Discord have 64 bits, of which the highest is not used before the year 2084.
fn signed(id: u64) -> i64 {
    id.cast_signed()
}
