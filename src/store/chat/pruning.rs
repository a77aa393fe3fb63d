//! Deletes old messages outside hot rooms.

use crate::{
    domain::{Timestamp, ids::RoomId},
    store::{
        Reads, StoreError, Tx,
        engine::{columns::row_limit, sql::params},
        pruning::{PRUNE_STEP, PruneStep},
    },
};

/// A message that may be deleted.
struct OldMessage {
    id: i64,
    at: Timestamp,
    /// When it was last changed.
    changed: Timestamp,
    /// True if it is edited when its subject changes, and its subject still exists.
    live: bool,
}

impl Reads<'_> {
    /// The rooms whose messages are not part of an incident.
    pub(in crate::store) fn rooms_to_prune(&self) -> Result<Vec<RoomId>, StoreError> {
        let sql = "SELECT id FROM rooms WHERE kind <> 'hot' ORDER BY id LIMIT 10000";
        self.all(sql, params![], |row| row.get(0).map(|id: String| RoomId::new(id)))
    }
}

impl Tx<'_> {
    /// Deletes the old ones of the next messages of a room. The newest message stays, and so does one that shows an alert
    /// group that still exists or an open incident.
    pub(in crate::store) fn prune_messages_step(
        &mut self,
        room: &RoomId,
        after: i64,
        before: Timestamp,
    ) -> Result<PruneStep, StoreError> {
        let sql = "SELECT m.id, m.at, COALESCE(m.edited_at, m.at), m.mark IS NOT NULL AND (
                       EXISTS (SELECT 1 FROM alert_groups g WHERE g.id = substr(m.mark, 7, 36) AND m.mark LIKE 'group/%')
                       OR EXISTS (SELECT 1 FROM incidents i WHERE i.id = substr(m.mark, 10) AND i.is_open = 1
                           AND m.mark LIKE 'incident/%'))
                   FROM messages m WHERE m.room = $1 AND m.id > $2 ORDER BY m.id LIMIT $3";
        let rows = self.all(sql, params![room.as_str(), after, row_limit(PRUNE_STEP + 1)], |row| {
            Ok(OldMessage { id: row.get(0)?, at: row.get(1)?, changed: row.get(2)?, live: row.get(3)? })
        })?;
        let more = rows.len() > PRUNE_STEP;
        let checked = &rows[..rows.len().saturating_sub(1)];
        let mut deleted = 0;
        for old in checked.iter().filter(|message| message.changed < before && !message.live) {
            self.run("DELETE FROM mentions WHERE room = $1 AND message = $2", params![room.as_str(), old.id])?;
            self.run("DELETE FROM mirror_received WHERE local = $1", params![old.id])?;
            deleted += self.run("DELETE FROM messages WHERE id = $1", params![old.id])? as u64;
        }
        // Messages are in order of age: once one is young, so is the rest.
        let young = rows.last().is_none_or(|message| message.at >= before);
        let next = if more && !young { checked.last().map(|message| message.id) } else { None };
        Ok(PruneStep { deleted, next })
    }
}
