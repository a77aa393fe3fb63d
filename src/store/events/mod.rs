//! What happened: the log that incidents are folded from and that audits are read from.
//!
//! Rows are never changed or deleted (triggers refuse it). Each carries the SHA-256 of the row before it together with
//! its own fields, so that a row that was changed behind the program's back is found by [`Reads::verify_log`].
//!
//! There is one exception, which people can ask for: words that should not be in the record are taken out of it. The row
//! then holds the event without its words and the number of the later event that says so. Its link of the chain stays, so
//! that every other row is checked as before; it can no longer be computed from the row, so instead what stands there is
//! compared with the hash that the later event, itself in the chain, holds of it.

mod verify;

use sha2::{Digest, Sha256};

use super::{
    Reads, StoreError, Tx,
    engine::{
        columns::{from_json, instant, millis, row_limit, signed, to_json, unsigned},
        sql::{Row, params},
    },
};
use crate::domain::{
    Timestamp,
    event::{Event, Recorded},
    people::Actor,
};

/// Where and by whom events are appended.
#[derive(Clone, Debug)]
pub struct Append<'a> {
    /// The stream, such as `incident/<id>`.
    pub stream: &'a str,
    /// The number of the stream's last event as the writer knows it, 0 for a new stream; none: whatever it is.
    pub expected_seq: Option<u64>,
    /// Who did it.
    pub actor: &'a Actor,
    /// When.
    pub at: Timestamp,
    /// The request it was done in: a delivery, an interaction, a wake.
    pub request: &'a str,
}

/// An event with what audits want besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// The event.
    pub recorded: Recorded,
    /// The request it was done in.
    pub request: String,
    /// Its link of the chain, as hex.
    pub hash: String,
}

/// What a check of the log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogReport {
    /// How many events are good, from the first on.
    pub good: u64,
    /// The hash of the last good event, as hex: noted elsewhere, it shows later that nothing was cut off.
    pub head: String,
    /// The first event that is not as it was written.
    pub fault: Option<LogFault>,
}

/// An event that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFault {
    /// Its place in the log.
    pub log_seq: i64,
    /// What is wrong.
    pub what: String,
}

/// A row as it stands in the table.
struct Raw {
    log_seq: i64,
    stream: String,
    seq: i64,
    at: i64,
    actor: String,
    request: String,
    body: String,
    hash: Vec<u8>,
    redacted_by: Option<i64>,
}

const COLUMNS: &str = "log_seq, stream, seq, at, actor, request, body, hash, redacted_by";

impl Raw {
    fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            log_seq: row.get(0)?,
            stream: row.get(1)?,
            seq: row.get(2)?,
            at: row.get(3)?,
            actor: row.get(4)?,
            request: row.get(5)?,
            body: row.get(6)?,
            hash: row.get(7)?,
            redacted_by: row.get(8)?,
        })
    }

    /// The link of the chain: each field with its length before it, so that no two rows look the same joined up.
    fn link(&self, previous: &[u8]) -> Vec<u8> {
        let mut hash = Sha256::new();
        let seq = self.seq.to_be_bytes();
        let at = self.at.to_be_bytes();
        let texts = [self.actor.as_bytes(), self.request.as_bytes(), self.body.as_bytes()];
        for field in [previous, self.stream.as_bytes(), &seq, &at].into_iter().chain(texts) {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field);
        }
        hash.finalize().to_vec()
    }

    fn recorded(self) -> Result<Recorded, StoreError> {
        let event: Event = from_json(&format_args!("event {} of {}", self.seq, self.stream), &self.body)?;
        self.with(event)
    }

    fn with(self, event: Event) -> Result<Recorded, StoreError> {
        let actor = from_json(&format_args!("actor of event {} of {}", self.seq, self.stream), &self.actor)?;
        let at = instant(self.at)?;
        Ok(Recorded { log_seq: self.log_seq, stream: self.stream, seq: unsigned(self.seq), at, actor, event })
    }
}

/// The SHA-256, as hex, of an event as it is stored.
///
/// # Errors
/// When it cannot be written down.
pub fn body_hash(event: &Event) -> Result<String, StoreError> {
    Ok(hex::encode(Sha256::digest(to_json(event)?)))
}

impl Tx<'_> {
    /// Appends events to a stream.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stream is not where the writer thinks it is.
    pub fn append(&mut self, append: &Append<'_>, events: &[Event]) -> Result<Vec<Recorded>, StoreError> {
        let last = self.last_seq(append.stream)?;
        if let Some(expected) = append.expected_seq.filter(|expected| *expected != last) {
            let stream = append.stream;
            return Err(StoreError::Conflict(format!("{stream} has {last} events, expected were {expected}")));
        }
        let (mut log_seq, mut previous) = self.head()?;
        let actor = to_json(append.actor)?;
        let mut recorded = Vec::with_capacity(events.len());
        for (event, seq) in events.iter().zip(last + 1..) {
            log_seq += 1;
            let mut raw = Raw {
                log_seq,
                stream: append.stream.to_owned(),
                seq: signed(seq),
                at: millis(append.at),
                actor: actor.clone(),
                request: append.request.to_owned(),
                body: to_json(event)?,
                hash: Vec::new(),
                redacted_by: None,
            };
            raw.hash = raw.link(&previous);
            previous.clone_from(&raw.hash);
            self.insert_event(&raw)?;
            recorded.push(raw.with(event.clone())?);
        }
        Ok(recorded)
    }

    /// Puts what is left of an event without its words into its place. `by`: the place in the log of the event that says
    /// so, which holds the [`body_hash`] of `left`. What stood there is overwritten in the file.
    ///
    /// # Errors
    /// When the database fails, or when words of the event were taken out before.
    pub fn take_words_out(&mut self, (stream, seq): (&str, u64), left: &Event, by: i64) -> Result<(), StoreError> {
        self.overwriting(|tx| {
            let sql = "UPDATE events SET body = $1, redacted_by = $2 WHERE stream = $3 AND seq = $4";
            tx.run(sql, params![to_json(left)?, by, stream, signed(seq)]).map(drop)
        })
    }

    fn insert_event(&mut self, raw: &Raw) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO events (log_seq, stream, seq, at, actor, request, body, hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            params![raw.log_seq, raw.stream, raw.seq, raw.at, raw.actor, raw.request, raw.body, raw.hash],
        )?;
        Ok(())
    }
}

impl Reads<'_> {
    /// The number of a stream's last event; 0 when it has none.
    pub fn last_seq(&self, stream: &str) -> Result<u64, StoreError> {
        let sql = "SELECT seq FROM events WHERE stream = $1 ORDER BY seq DESC LIMIT 1";
        Ok(self.one(sql, params![stream], |row| row.get(0))?.map_or(0, unsigned))
    }

    fn head(&self) -> Result<(i64, Vec<u8>), StoreError> {
        let sql = "SELECT log_seq, hash FROM events ORDER BY log_seq DESC LIMIT 1";
        Ok(self.one(sql, params![], |row| Ok((row.get(0)?, row.get(1)?)))?.unwrap_or_default())
    }

    /// The number and the hash (as hex) of the last event of the log.
    pub fn log_head(&self) -> Result<(i64, String), StoreError> {
        self.head().map(|(log_seq, hash)| (log_seq, hex::encode(hash)))
    }

    /// Events of a stream after number `after_seq`, in order.
    pub fn events_of(&self, stream: &str, after_seq: u64, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM events WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT $3");
        let rows = self.all(&sql, params![stream, signed(after_seq), row_limit(limit)], Raw::read)?;
        rows.into_iter().map(Raw::recorded).collect()
    }

    /// One event of a stream.
    pub fn event(&self, stream: &str, seq: u64) -> Result<Option<Recorded>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM events WHERE stream = $1 AND seq = $2");
        self.one(&sql, params![stream, signed(seq)], Raw::read)?.map(Raw::recorded).transpose()
    }

    /// Events of all streams after place `after` of the log, in order, as audits want them.
    pub fn audit_after(&self, after: i64, limit: usize) -> Result<Vec<AuditRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM events WHERE log_seq > $1 ORDER BY log_seq LIMIT $2");
        let rows = self.all(&sql, params![after, row_limit(limit)], Raw::read)?;
        rows.into_iter()
            .map(|raw| {
                let (request, hash) = (raw.request.clone(), hex::encode(&raw.hash));
                Ok(AuditRow { recorded: raw.recorded()?, request, hash })
            })
            .collect()
    }
}
