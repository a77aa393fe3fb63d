//! The check of the whole log.

use std::{collections::BTreeMap, ops::ControlFlow};

use sha2::{Digest, Sha256};

use super::{COLUMNS, LogFault, LogReport, Raw};
use crate::{
    domain::{event::Event, incident::IncidentEvent},
    store::{
        Reads, StoreError,
        engine::columns::{from_json, unsigned},
    },
};

/// How far the walk has come.
#[derive(Default)]
struct Walk {
    place: i64,
    previous: Vec<u8>,
    /// Rows whose words were taken out, by the place of the event that has to say so.
    owed: BTreeMap<i64, Vec<Left>>,
}

/// What is left of a row.
struct Left {
    log_seq: i64,
    stream: String,
    seq: i64,
    sha256: String,
}

const MISSING: &str = "events before it are missing";
const CHANGED: &str = "it was changed, or the one before it was";
const UNTOLD: &str = "its words were taken out, and no later event says so";

impl Walk {
    /// Takes the next row; or tells which row is not as it was written, and why.
    fn step(&mut self, raw: Raw) -> Result<(), (i64, &'static str)> {
        if raw.log_seq != self.place + 1 {
            return Err((raw.log_seq, MISSING));
        }
        match raw.redacted_by {
            None if raw.link(&self.previous) != raw.hash => return Err((raw.log_seq, CHANGED)),
            None => self.tell(&raw)?,
            Some(by) => {
                let sha256 = hex::encode(Sha256::digest(&raw.body));
                let left = Left { log_seq: raw.log_seq, stream: raw.stream, seq: raw.seq, sha256 };
                self.owed.entry(by).or_default().push(left);
            }
        }
        (self.place, self.previous) = (raw.log_seq, raw.hash);
        Ok(())
    }

    /// A row that is as it was written says what it says of those before it.
    fn tell(&mut self, raw: &Raw) -> Result<(), (i64, &'static str)> {
        let Some(owed) = self.owed.remove(&raw.log_seq) else { return Ok(()) };
        let told = match from_json(&"an event", &raw.body) {
            Ok(Event::Incident(IncidentEvent::WordsTakenOut { entries, .. })) => entries,
            Ok(_) | Err(_) => Vec::new(),
        };
        let untold = owed.into_iter().find(|left| {
            let same = |one: &crate::domain::incident::TakenOut| {
                one.entry == unsigned(left.seq) && one.sha256 == left.sha256 && raw.stream == left.stream
            };
            !told.iter().any(same)
        });
        untold.map_or(Ok(()), |left| Err((left.log_seq, UNTOLD)))
    }

    fn end(&self) -> Result<(), (i64, &'static str)> {
        let first = self.owed.values().flatten().map(|left| left.log_seq).min();
        first.map_or(Ok(()), |log_seq| Err((log_seq, UNTOLD)))
    }
}

impl Reads<'_> {
    /// Walks the whole log and checks each link of the chain.
    ///
    /// # Errors
    /// As [`super::super::Store::read`]. A broken link is no error but part of the report.
    pub fn verify_log(&self) -> Result<LogReport, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM events ORDER BY log_seq");
        let (mut walk, mut fault) = (Walk::default(), Ok(()));
        self.each(&sql, |row| {
            fault = walk.step(Raw::read(row)?);
            Ok(if fault.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        let fault = fault.and_then(|()| walk.end()).err();
        let good = fault.map_or(walk.place, |(log_seq, _)| log_seq.min(walk.place + 1) - 1);
        let fault = fault.map(|(log_seq, what)| LogFault { log_seq, what: what.to_owned() });
        Ok(LogReport { good: unsigned(good), head: hex::encode(walk.previous), fault })
    }
}
