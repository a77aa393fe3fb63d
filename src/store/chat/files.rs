//! Attachments of messages in hot rooms.

use crate::{
    domain::{ids::IncidentId, text::Untrusted},
    store::{
        FileCopy, Reads, StoreError, Tx,
        engine::{
            columns::{signed, unsigned},
            sql::{Row, params},
        },
    },
};

/// The most attachments that are read of a room.
const MOST: i64 = 50_000;

/// An attachment of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageFile {
    /// Its name.
    pub name: Untrusted,
    /// Its media type, as the platform says; empty if it does not.
    pub kind: Untrusted,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its copy; `None` if it was not copied.
    pub sha256: Option<String>,
}

/// An attachment with its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachedFile {
    /// The message.
    pub message: i64,
    /// The attachment.
    pub file: MessageFile,
}

pub(in crate::store) const FILES_OF_INCIDENT: &str = "SELECT f.message, f.name, f.kind, f.size, f.sha256 FROM rooms r CROSS JOIN messages m ON m.room = r.id \
     CROSS JOIN message_files f ON f.message = m.id WHERE r.incident = $1 ORDER BY f.message, f.n LIMIT $2";

pub(in crate::store) const FILE_OF_INCIDENT: &str = "SELECT a.name, f.body FROM message_files a CROSS JOIN messages m ON m.id = a.message \
     CROSS JOIN rooms r ON r.id = m.room CROSS JOIN files f ON f.sha256 = a.sha256 \
     WHERE r.incident = $1 AND a.sha256 = $2 LIMIT 1";

fn read_file(row: &Row<'_>) -> Result<AttachedFile, StoreError> {
    let file = MessageFile {
        name: Untrusted::new(row.get::<String>(1)?),
        kind: Untrusted::new(row.get::<String>(2)?),
        size: unsigned(row.get(3)?),
        sha256: row.get(4)?,
    };
    Ok(AttachedFile { message: row.get(0)?, file })
}

impl Reads<'_> {
    /// The attachments of the messages in the rooms of an incident, in the order of the messages.
    pub fn message_files(&self, incident: IncidentId) -> Result<Vec<AttachedFile>, StoreError> {
        self.all(FILES_OF_INCIDENT, params![incident.to_string(), MOST], read_file)
    }

    /// The copy of an attachment of a message in the rooms of an incident.
    pub fn message_file(&self, incident: IncidentId, sha256: &str) -> Result<Option<FileCopy>, StoreError> {
        self.one(FILE_OF_INCIDENT, params![incident.to_string(), sha256], |row| {
            Ok(FileCopy { name: Untrusted::new(row.get::<String>(0)?), body: row.get(1)? })
        })
    }
}

impl Tx<'_> {
    /// Records the attachments of a message, in place of those that were known.
    pub fn save_message_files(&mut self, message: i64, files: &[MessageFile]) -> Result<(), StoreError> {
        self.run("DELETE FROM message_files WHERE message = $1", params![message])?;
        let sql = "INSERT INTO message_files (message, n, name, kind, size, sha256) VALUES ($1, $2, $3, $4, $5, $6)";
        for (n, file) in (0_i64..).zip(files) {
            let MessageFile { name, kind, size, sha256 } = file;
            self.run(sql, params![message, n, name.verbatim(), kind.verbatim(), signed(*size), sha256])?;
        }
        Ok(())
    }

    /// Forgets the attachments of a message, and deletes copies that belong to nothing else.
    pub fn forget_message_files(&mut self, message: i64) -> Result<(), StoreError> {
        self.overwriting(|tx| {
            let sql = "SELECT sha256 FROM message_files WHERE message = $1 AND sha256 IS NOT NULL";
            let copies: Vec<String> = tx.all(sql, params![message], |row| row.get(0))?;
            tx.run("DELETE FROM message_files WHERE message = $1", params![message])?;
            for sha256 in copies {
                tx.drop_unused_file(&sha256)?;
            }
            Ok(())
        })
    }
}
