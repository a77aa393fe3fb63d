//! Up to which message each person has read each room.

use crate::{
    domain::{
        Timestamp,
        ids::{PersonId, RoomId},
    },
    store::{
        StoreError, Tx,
        engine::{columns::millis, sql::params},
    },
};

impl Tx<'_> {
    /// Records that a person has read a room up to a message. This never goes back, and never beyond the newest message.
    pub fn mark_read(&self, person: &PersonId, room: &RoomId, message: i64, at: Timestamp) -> Result<(), StoreError> {
        let sql = "SELECT id, seq FROM messages WHERE room = $1 AND id <= $2 ORDER BY id DESC LIMIT 1";
        let reached = self.one(sql, params![room.as_str(), message], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let Some((id, seq)): Option<(i64, i64)> = reached else { return Ok(()) };
        self.run(
            "INSERT INTO reads (person, room, message, seq, at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (person, room) DO UPDATE SET message = excluded.message, seq = excluded.seq, at = excluded.at \
             WHERE excluded.message > reads.message",
            params![person.as_str(), room.as_str(), id, seq, millis(at)],
        )?;
        Ok(())
    }
}
