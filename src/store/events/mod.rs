//! The event log, which incidents are computed from and audits read.
//!
//! Rows are never changed or deleted (triggers refuse it). Each carries the SHA-256 of the row before it and of its own
//! fields, so that [`Reads::verify_log`] finds a row that was changed by other means.
//!
//! There is one exception, on request: redaction. The row then holds the event without its words and the number of the
//! later event that records the redaction. Its hash stays, so that every other row is checked as before. It can no longer
//! be computed from the row; instead the row is compared with the hash that the later event, itself in the chain, holds of
//! it.

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
    event::{Event, RecordedEvent},
    people::Actor,
};

/// The stream and origin of appended events.
#[derive(Clone, Debug)]
pub struct Append<'a> {
    /// The stream, such as `incident/<id>`.
    pub stream: &'a str,
    /// The number of the stream's last event, 0 for a new stream; `None` to append whatever it is.
    pub expected_seq: Option<u64>,
    /// Who caused them.
    pub actor: &'a Actor,
    /// When they happened.
    pub at: Timestamp,
    /// The request that caused them: a delivery, an interaction, a timer.
    pub request: &'a str,
}

/// An event with its audit data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// The event.
    pub recorded: RecordedEvent,
    /// The request that caused it.
    pub request: String,
    /// Its hash in the chain, as hex.
    pub hash: String,
}

/// The result of a check of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogReport {
    /// The number of intact events, from the first on.
    pub good: u64,
    /// The hash of the last intact event, as hex. Kept elsewhere, it proves later that nothing was cut off.
    pub head: String,
    /// The first event that was changed.
    pub fault: Option<LogFault>,
}

/// An event that was changed, or that events are missing before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFault {
    /// Its place in the log.
    pub log_seq: i64,
    /// What is wrong.
    pub what: String,
}

/// A row of the log.
struct LogRow {
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

impl LogRow {
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

    /// The hash of the row. Each field is preceded by its length, so that no two rows have the same input.
    fn chain_hash(&self, previous: &[u8]) -> Vec<u8> {
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

    fn recorded(self) -> Result<RecordedEvent, StoreError> {
        let event: Event = from_json(&format_args!("event {} of {}", self.seq, self.stream), &self.body)?;
        self.with_event(event)
    }

    fn with_event(self, event: Event) -> Result<RecordedEvent, StoreError> {
        let actor = from_json(&format_args!("actor of event {} of {}", self.seq, self.stream), &self.actor)?;
        let at = instant(self.at)?;
        Ok(RecordedEvent { log_seq: self.log_seq, stream: self.stream, seq: unsigned(self.seq), at, actor, event })
    }
}

/// The SHA-256, as hex, of an event as it is stored.
pub fn body_hash(event: &Event) -> Result<String, StoreError> {
    Ok(hex::encode(Sha256::digest(to_json(event)?)))
}

impl Tx<'_> {
    /// Appends events to a stream.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the stream does not end at `expected_seq`.
    pub fn append(&mut self, append: &Append<'_>, events: &[Event]) -> Result<Vec<RecordedEvent>, StoreError> {
        let last = self.last_seq(append.stream)?;
        if let Some(expected) = append.expected_seq
            && expected != last
        {
            let stream = append.stream;
            return Err(StoreError::Conflict(format!("{stream} has {last} events, expected were {expected}")));
        }
        let (mut log_seq, mut previous) = self.head()?;
        let actor = to_json(append.actor)?;
        let mut recorded = Vec::with_capacity(events.len());
        for (event, seq) in events.iter().zip(last + 1..) {
            log_seq += 1;
            let mut row = LogRow {
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
            row.hash = row.chain_hash(&previous);
            previous.clone_from(&row.hash);
            self.insert_event(&row)?;
            recorded.push(row.with_event(event.clone())?);
        }
        Ok(recorded)
    }

    /// Replaces an event by `left`, the event without its words. `by` is the place in the log of the event that records
    /// the redaction; that one holds the [`body_hash`] of `left`. The old row is overwritten in the file.
    ///
    /// # Errors
    /// Fails when the event was redacted before.
    pub fn redact_event(&mut self, stream: &str, seq: u64, left: &Event, by: i64) -> Result<(), StoreError> {
        self.overwriting(|tx| {
            let sql = "UPDATE events SET body = $1, redacted_by = $2 WHERE stream = $3 AND seq = $4";
            tx.run(sql, params![to_json(left)?, by, stream, signed(seq)]).map(drop)
        })
    }

    fn insert_event(&mut self, row: &LogRow) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO events (log_seq, stream, seq, at, actor, request, body, hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            params![row.log_seq, row.stream, row.seq, row.at, row.actor, row.request, row.body, row.hash],
        )?;
        Ok(())
    }
}

impl Reads<'_> {
    /// The number of a stream's last event; 0 if it has none.
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
    pub fn events_of(&self, stream: &str, after_seq: u64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM events WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT $3");
        let rows = self.all(&sql, params![stream, signed(after_seq), row_limit(limit)], LogRow::read)?;
        rows.into_iter().map(LogRow::recorded).collect()
    }

    /// An event of a stream by its number.
    pub fn event(&self, stream: &str, seq: u64) -> Result<Option<RecordedEvent>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM events WHERE stream = $1 AND seq = $2");
        self.one(&sql, params![stream, signed(seq)], LogRow::read)?.map(LogRow::recorded).transpose()
    }

    /// Events of all streams after place `after` of the log, in order, with their audit data.
    pub fn audit_after(&self, after: i64, limit: usize) -> Result<Vec<AuditRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM events WHERE log_seq > $1 ORDER BY log_seq LIMIT $2");
        self.all(&sql, params![after, row_limit(limit)], |row| {
            let row = LogRow::read(row)?;
            let (request, hash) = (row.request.clone(), hex::encode(&row.hash));
            Ok(AuditRow { recorded: row.recorded()?, request, hash })
        })
    }
}
