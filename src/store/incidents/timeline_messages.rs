//! Chat messages on timelines, and copies of their attachments.

use sha2::{Digest, Sha256};

use crate::{
    domain::{Timestamp, ids::IncidentId, text::Untrusted},
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{millis, signed, unsigned},
            sql::params,
        },
    },
};

/// The timeline entry of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineMessage {
    /// The incident.
    pub incident: IncidentId,
    /// The number of the event.
    pub entry: u64,
    /// A hash of the content on the timeline; empty if later changes of the message are ignored.
    pub content_hash: String,
}

/// A copy of an attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCopy {
    /// Its name.
    pub name: Untrusted,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// A hash that shows whether the content of a message has changed. `None` stands for a deleted message.
pub fn content_hash(text: Option<&str>) -> String {
    text.map_or_else(|| "deleted".to_owned(), |text| hex::encode(Sha256::digest(text)))
}

pub(in crate::store) const TIMELINE_FILE: &str = "SELECT k.name, f.body FROM kept_files k JOIN files f ON f.sha256 = k.sha256 \
     WHERE k.incident = $1 AND k.sha256 = $2 LIMIT 1";

impl Reads<'_> {
    /// The timeline entry of a message.
    pub fn timeline_message(&self, message: &str) -> Result<Option<TimelineMessage>, StoreError> {
        let sql = "SELECT incident, seq, said FROM kept_messages WHERE message = $1";
        self.one(sql, params![message], |row| {
            let id: String = row.get(0)?;
            let corrupt = || StoreError::Corrupt(format!("{id} is not the id of an incident"));
            let incident = IncidentId::parse(&id).ok_or_else(corrupt)?;
            Ok(TimelineMessage { incident, entry: unsigned(row.get(1)?), content_hash: row.get(2)? })
        })
    }

    /// The message of a timeline entry.
    pub fn message_of_entry(&self, incident: IncidentId, entry: u64) -> Result<Option<String>, StoreError> {
        let sql = "SELECT message FROM kept_messages WHERE incident = $1 AND seq = $2";
        self.one(sql, params![incident.to_string(), signed(entry)], |row| row.get(0))
    }

    /// A copy that is attached to an entry of this incident.
    pub fn timeline_file(&self, incident: IncidentId, sha256: &str) -> Result<Option<FileCopy>, StoreError> {
        self.one(TIMELINE_FILE, params![incident.to_string(), sha256], |row| {
            Ok(FileCopy { name: Untrusted::new(row.get::<String>(0)?), body: row.get(1)? })
        })
    }

    /// The total size of the copies that are attached to an incident.
    pub fn files_size(&self, incident: IncidentId) -> Result<u64, StoreError> {
        let sql = "SELECT COALESCE(SUM(LENGTH(body)), 0) FROM files WHERE sha256 IN \
                   (SELECT sha256 FROM kept_files WHERE incident = $1)";
        Ok(self.one(sql, params![incident.to_string()], |row| row.get(0))?.map_or(0, unsigned))
    }
}

impl Tx<'_> {
    /// Records the timeline entry of a message.
    pub fn save_timeline_message(&mut self, message: &str, entry: &TimelineMessage) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO kept_messages (message, incident, seq, said) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (message) DO UPDATE SET said = excluded.said",
            params![message, entry.incident.to_string(), signed(entry.entry), entry.content_hash],
        )?;
        Ok(())
    }

    /// Stores a copy and returns its SHA-256 as hex.
    pub fn save_file(&mut self, body: &[u8], now: Timestamp) -> Result<String, StoreError> {
        let sha256 = hex::encode(Sha256::digest(body));
        let sql = "INSERT INTO files (sha256, kept_at, body) VALUES ($1, $2, $3) \
                   ON CONFLICT (sha256) DO UPDATE SET kept_at = excluded.kept_at";
        self.run(sql, params![sha256, millis(now), body])?;
        Ok(sha256)
    }

    /// Attaches a copy to a timeline entry.
    pub fn attach_file(
        &mut self,
        incident: IncidentId,
        entry: u64,
        sha256: &str,
        name: &Untrusted,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO kept_files (incident, seq, sha256, name) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (incident, seq, sha256) DO NOTHING";
        self.run(sql, params![incident.to_string(), signed(entry), sha256, name.verbatim()])?;
        Ok(())
    }

    /// Detaches all copies from an entry and deletes those that are attached to no other one.
    pub fn detach_files(&mut self, incident: IncidentId, entry: u64) -> Result<(), StoreError> {
        let (incident, seq) = (incident.to_string(), signed(entry));
        self.overwriting(|tx| {
            let sql = "SELECT sha256 FROM kept_files WHERE incident = $1 AND seq = $2";
            let attached: Vec<String> = tx.all(sql, params![incident, seq], |row| row.get(0))?;
            tx.run("DELETE FROM kept_files WHERE incident = $1 AND seq = $2", params![incident, seq])?;
            for sha256 in attached {
                tx.drop_unused_file(&sha256)?;
            }
            Ok(())
        })
    }

    /// Deletes a copy that belongs to no entry and to no message.
    pub(in crate::store) fn drop_unused_file(&mut self, sha256: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM files WHERE sha256 = $1 AND NOT EXISTS (SELECT 1 FROM kept_files k WHERE k.sha256 = $1) \
                   AND NOT EXISTS (SELECT 1 FROM message_files m WHERE m.sha256 = $1)";
        self.run(sql, params![sha256]).map(drop)
    }

    /// Deletes copies older than `before` that belong to no entry and to no message.
    pub fn prune_files(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let sql = "DELETE FROM files WHERE kept_at < $1 \
                   AND NOT EXISTS (SELECT 1 FROM kept_files k WHERE k.sha256 = files.sha256) \
                   AND NOT EXISTS (SELECT 1 FROM message_files m WHERE m.sha256 = files.sha256)";
        self.run(sql, params![millis(before)])
    }

    /// Blanks the text of commands that people sent at this moment, and the replies. The rows stay, so that a repeat is
    /// recognized.
    pub fn redact_commands_at(&mut self, at: Timestamp) -> Result<(), StoreError> {
        self.overwriting(|tx| {
            let sql = "UPDATE inbox SET body = '', reply = NULL \
                       WHERE received_at = $1 AND source >= '@' AND source < 'A' AND state <> 'pending'";
            tx.run(sql, params![millis(at)]).map(drop)
        })
    }

    /// Edits a message of the built-in chat and leaves no trace of its old text in the file.
    pub fn rewrite_message(&mut self, id: i64, body: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.overwriting(|tx| tx.edit_message(id, body, now))
    }
}
