//! Heartbeats on the health page.

use serde::Serialize;

use super::words;
use crate::{
    config::{Config, SourceKind},
    domain::{alert::Heartbeat, ids::SourceId},
    store::{Reads, StoreError},
};

/// A heartbeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Beat {
    /// Its name.
    pub name: String,
    /// The source it arrives from.
    pub source: String,
    /// Its interval, as text.
    pub every: String,
    /// True if it is enabled.
    pub enabled: bool,
    /// True if it is overdue.
    pub expired: bool,
    /// When it last arrived.
    pub last: Option<String>,
}

/// The heartbeats of all sources, at most `limit`; expired ones first.
pub(super) fn read(reads: &Reads<'_>, config: &Config, limit: usize) -> Result<Vec<Beat>, StoreError> {
    let mut beats = Vec::new();
    for source in config.sources.iter().filter(|source| source.kind == SourceKind::OpsgenieApi) {
        let known = reads.heartbeats_of(&source.id, crate::app::alerts::heartbeats::MOST)?;
        beats.extend(known.iter().map(|heartbeat| beat(&source.id, heartbeat)));
    }
    beats.sort_by_key(|beat| (!beat.expired, !beat.enabled));
    beats.truncate(limit);
    Ok(beats)
}

fn beat(source: &SourceId, heartbeat: &Heartbeat) -> Beat {
    let (count, pace) = (heartbeat.cadence.count(), heartbeat.cadence.pace().name());
    Beat {
        name: heartbeat.name.shown(words::TITLE),
        source: source.to_string(),
        every: if count == 1 { pace.trim_end_matches('s').to_owned() } else { format!("{count} {pace}") },
        enabled: heartbeat.enabled,
        expired: heartbeat.expired,
        last: heartbeat.last_ping.map(words::at),
    }
}
