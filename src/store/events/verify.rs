//! Checks the whole event log.

use std::{collections::BTreeMap, ops::ControlFlow};

use sha2::{Digest, Sha256};

use super::{COLUMNS, LogFault, LogReport, LogRow};
use crate::{
    domain::{
        event::Event,
        incident::{IncidentEvent, Redaction, TimelineEvent},
        review::{FollowUpEvent, PostmortemEvent},
    },
    store::{
        Reads, StoreError,
        engine::columns::{from_json, unsigned},
    },
};

/// The state of a check: the last row, and the redactions that a later event must record.
#[derive(Default)]
struct Walk {
    place: i64,
    previous: Vec<u8>,
    /// Redacted rows by the place of the event that must record the redaction.
    unconfirmed: BTreeMap<i64, Vec<RedactedRow>>,
}

/// A redacted row.
struct RedactedRow {
    log_seq: i64,
    stream: String,
    seq: i64,
    sha256: String,
}

const MISSING: &str = "events before it are missing";
const CHANGED: &str = "it was changed, or the one before it was";
const UNRECORDED: &str = "its words were taken out, and no later event says so";

impl Walk {
    /// Checks the next row. The error is the place of the changed row and the reason.
    fn step(&mut self, row: LogRow) -> Result<(), (i64, &'static str)> {
        if row.log_seq != self.place + 1 {
            return Err((row.log_seq, MISSING));
        }
        match row.redacted_by {
            None if row.chain_hash(&self.previous) != row.hash => return Err((row.log_seq, CHANGED)),
            None => self.confirm(&row)?,
            Some(by) => {
                let sha256 = hex::encode(Sha256::digest(&row.body));
                let redacted = RedactedRow { log_seq: row.log_seq, stream: row.stream, seq: row.seq, sha256 };
                self.unconfirmed.entry(by).or_default().push(redacted);
            }
        }
        (self.place, self.previous) = (row.log_seq, row.hash);
        Ok(())
    }

    /// Compares the redactions that an intact row records with the redacted rows before it.
    fn confirm(&mut self, row: &LogRow) -> Result<(), (i64, &'static str)> {
        let Some(redacted) = self.unconfirmed.remove(&row.log_seq) else { return Ok(()) };
        let recorded = match from_json(&"an event", &row.body) {
            Ok(Event::Incident(IncidentEvent::Timeline(TimelineEvent::WordsTakenOut { entries, .. }))) => entries,
            Ok(Event::Review(PostmortemEvent::PostmortemRedacted { entries })) => entries,
            Ok(Event::FollowUp(FollowUpEvent::FollowUpRedacted { entries })) => entries,
            Ok(_) | Err(_) => Vec::new(),
        };
        let unrecorded = redacted.into_iter().find(|left| {
            let same = |one: &Redaction| {
                one.entry == unsigned(left.seq) && one.sha256 == left.sha256 && row.stream == left.stream
            };
            !recorded.iter().any(same)
        });
        unrecorded.map_or(Ok(()), |left| Err((left.log_seq, UNRECORDED)))
    }

    fn end(&self) -> Result<(), (i64, &'static str)> {
        let first = self.unconfirmed.values().flatten().map(|left| left.log_seq).min();
        first.map_or(Ok(()), |log_seq| Err((log_seq, UNRECORDED)))
    }
}

impl Reads<'_> {
    /// Checks the hash of each event of the log. A changed event is part of the report, not an error.
    pub fn verify_log(&self) -> Result<LogReport, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM events ORDER BY log_seq");
        let (mut walk, mut fault) = (Walk::default(), Ok(()));
        self.each(&sql, |row| {
            fault = walk.step(LogRow::read(row)?);
            Ok(if fault.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        let fault = fault.and_then(|()| walk.end()).err();
        let good = fault.map_or(walk.place, |(log_seq, _)| log_seq.min(walk.place + 1) - 1);
        let fault = fault.map(|(log_seq, what)| LogFault { log_seq, what: what.to_owned() });
        Ok(LogReport { good: unsigned(good), head: hex::encode(walk.previous), fault })
    }
}
