//! Messages of a chat that stand on a timeline, and copies of what hung on them.

use sha2::{Digest, Sha256};

use crate::{
    domain::{Timestamp, ids::IncidentId, text::Untrusted},
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{millis, signed, unsigned},
            sql::{Row, params},
        },
    },
};

/// Where a message stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineMessage {
    /// On whose timeline.
    pub incident: IncidentId,
    /// As which event.
    pub entry: u64,
    /// A hash of what the record knows that it says; empty: it is not followed any more.
    pub said: String,
}

/// A copy of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCopy {
    /// What it is called.
    pub name: Untrusted,
    /// What is in it.
    pub body: Vec<u8>,
}

/// The hash by which it is known whether a message says something else; none: it was deleted.
pub fn said_hash(text: Option<&str>) -> String {
    text.map_or_else(|| "deleted".to_owned(), |text| hex::encode(Sha256::digest(text)))
}

impl Reads<'_> {
    /// Where a message stands on a timeline.
    pub fn kept_message(&self, message: &str) -> Result<Option<TimelineMessage>, StoreError> {
        let sql = "SELECT incident, seq, said FROM kept_messages WHERE message = $1";
        let row = |row: &Row<'_>| Ok((row.get::<String>(0)?, row.get(1)?, row.get(2)?));
        let Some((incident, seq, said)) = self.one(sql, params![message], row)? else { return Ok(None) };
        let id = IncidentId::parse(&incident);
        let incident = id.ok_or_else(|| StoreError::Corrupt(format!("{incident} is no incident's id")))?;
        Ok(Some(TimelineMessage { incident, entry: unsigned(seq), said }))
    }

    /// The message that stands on a timeline as this event.
    pub fn message_of_entry(&self, incident: IncidentId, entry: u64) -> Result<Option<String>, StoreError> {
        let sql = "SELECT message FROM kept_messages WHERE incident = $1 AND seq = $2";
        self.one(sql, params![incident.to_string(), signed(entry)], |row| row.get(0))
    }

    /// A copy that hangs on some entry of this incident.
    pub fn file_of(&self, incident: IncidentId, sha256: &str) -> Result<Option<FileCopy>, StoreError> {
        let sql = "SELECT k.name, f.body FROM kept_files k JOIN files f ON f.sha256 = k.sha256 \
                   WHERE k.incident = $1 AND k.sha256 = $2 LIMIT 1";
        self.one(sql, params![incident.to_string(), sha256], |row| {
            Ok(FileCopy { name: Untrusted::new(row.get::<String>(0)?), body: row.get(1)? })
        })
    }

    /// How many bytes of copies hang on an incident.
    pub fn files_size(&self, incident: IncidentId) -> Result<u64, StoreError> {
        let sql = "SELECT COALESCE(SUM(LENGTH(body)), 0) FROM files WHERE sha256 IN \
                   (SELECT sha256 FROM kept_files WHERE incident = $1)";
        Ok(self.one(sql, params![incident.to_string()], |row| row.get(0))?.map_or(0, unsigned))
    }
}

impl Tx<'_> {
    /// Notes that a message stands on a timeline.
    pub fn keep_message(&mut self, message: &str, kept: &TimelineMessage) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO kept_messages (message, incident, seq, said) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (message) DO UPDATE SET said = excluded.said",
            params![message, kept.incident.to_string(), signed(kept.entry), kept.said],
        )?;
        Ok(())
    }

    /// Keeps a copy; answers its SHA-256 as hex.
    pub fn keep_file(&mut self, body: &[u8], now: Timestamp) -> Result<String, StoreError> {
        let sha256 = hex::encode(Sha256::digest(body));
        let sql = "INSERT INTO files (sha256, kept_at, body) VALUES ($1, $2, $3) \
                   ON CONFLICT (sha256) DO UPDATE SET kept_at = excluded.kept_at";
        self.run(sql, params![sha256, millis(now), body])?;
        Ok(sha256)
    }

    /// Notes that a copy hangs on an entry.
    pub fn attach_file(
        &mut self,
        (incident, entry): (IncidentId, u64),
        (sha256, name): (&str, &Untrusted),
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO kept_files (incident, seq, sha256, name) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (incident, seq, sha256) DO NOTHING";
        self.run(sql, params![incident.to_string(), signed(entry), sha256, name.verbatim()])?;
        Ok(())
    }

    /// Lets go of what hangs on an entry, and of copies that hang nowhere else.
    pub fn drop_files(&mut self, incident: IncidentId, entry: u64) -> Result<(), StoreError> {
        let (incident, seq) = (incident.to_string(), signed(entry));
        self.overwriting(|tx| {
            let sql = "SELECT sha256 FROM kept_files WHERE incident = $1 AND seq = $2";
            let hung: Vec<String> = tx.all(sql, params![incident, seq], |row| row.get(0))?;
            tx.run("DELETE FROM kept_files WHERE incident = $1 AND seq = $2", params![incident, seq])?;
            for sha256 in hung {
                let sql = "DELETE FROM files WHERE sha256 = $1 \
                           AND NOT EXISTS (SELECT 1 FROM kept_files k WHERE k.sha256 = $1)";
                tx.run(sql, params![sha256])?;
            }
            Ok(())
        })
    }

    /// Forgets copies older than `before` that hang nowhere: what they were made for was not written down.
    pub fn prune_files(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let sql = "DELETE FROM files WHERE kept_at < $1 \
                   AND NOT EXISTS (SELECT 1 FROM kept_files k WHERE k.sha256 = files.sha256)";
        self.run(sql, params![millis(before)])
    }

    /// Blanks what people said to the bot at this moment, and what they were answered. That it was said stays, and a
    /// repeat of it is known.
    pub fn blank_said_at(&mut self, at: Timestamp) -> Result<(), StoreError> {
        self.overwriting(|tx| {
            let sql = "UPDATE inbox SET body = '', reply = NULL \
                       WHERE received_at = $1 AND source >= '@' AND source < 'A' AND state <> 'pending'";
            tx.run(sql, params![millis(at)]).map(drop)
        })
    }

    /// Lets a message of the built-in chat say something else, and leaves no trace in the file of what it said.
    pub fn rewrite_message(&mut self, id: i64, body: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.overwriting(|tx| tx.edit_message(id, body, now))
    }
}
