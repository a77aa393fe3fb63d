//! Deletes old messages and copies of attachments.

use crate::{
    domain::{Timestamp, ids::RoomId},
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{millis, row_limit},
            sql::params,
        },
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

/// Messages in rooms of incidents that were archived before `$1` and are not on legal hold.
pub(in crate::store) const OLD_MESSAGES: &str = "SELECT m.id, r.id FROM rooms r CROSS JOIN messages m ON m.room = r.id
    WHERE r.kind = 'hot' AND r.archived_at < $1
    AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.incident = r.incident) LIMIT $2";

/// Copies of attachments in those rooms.
pub(in crate::store) const OLD_COPIES: &str = "SELECT f.message, f.n, f.sha256 FROM rooms r
    CROSS JOIN messages m ON m.room = r.id CROSS JOIN message_files f ON f.message = m.id
    WHERE r.kind = 'hot' AND r.archived_at < $1 AND f.sha256 IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.incident = r.incident) LIMIT $2";

/// Copies of attachments on the timelines of those incidents.
pub(in crate::store) const OLD_KEPT_FILES: &str = "SELECT k.incident, k.seq, k.sha256 FROM rooms r
    CROSS JOIN kept_files k ON k.incident = r.incident WHERE r.kind = 'hot' AND r.archived_at < $1
    AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.incident = r.incident) LIMIT $2";

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

    /// Deletes messages of hot rooms that were archived before `before`, except of incidents on legal hold. Returns the number of
    /// messages; fewer than `limit` when none are left.
    pub fn prune_transcripts(&mut self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let old: Vec<(i64, String)> =
            self.all(OLD_MESSAGES, params![millis(before), row_limit(limit)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for (id, room) in &old {
            self.run("DELETE FROM mentions WHERE room = $1 AND message = $2", params![room, id])?;
            self.run("DELETE FROM mirror_received WHERE local = $1", params![id])?;
            self.forget_message_files(*id)?;
            self.run("DELETE FROM messages WHERE id = $1", params![id])?;
        }
        Ok(old.len())
    }

    /// Deletes copies of attachments in incidents whose room was archived before `before`, except of those on legal hold. Their
    /// names, sizes and hashes stay. Returns their number; fewer than `limit` when none are left.
    pub fn prune_attachments(&mut self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let copies: Vec<(i64, i64, String)> =
            self.all(OLD_COPIES, params![millis(before), row_limit(limit)], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        for (message, n, sha256) in &copies {
            self.run("UPDATE message_files SET sha256 = NULL WHERE message = $1 AND n = $2", params![message, n])?;
            self.drop_unused_file(sha256)?;
        }
        let kept: Vec<(String, i64, String)> =
            self.all(OLD_KEPT_FILES, params![millis(before), row_limit(limit)], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        for (incident, seq, sha256) in &kept {
            let sql = "DELETE FROM kept_files WHERE incident = $1 AND seq = $2 AND sha256 = $3";
            self.run(sql, params![incident, seq, sha256])?;
            self.drop_unused_file(sha256)?;
        }
        Ok(copies.len().max(kept.len()))
    }
}
