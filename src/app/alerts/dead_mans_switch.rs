//! Dead man's switch: a source that sends nothing for `silent_after` becomes an alert.
//!
//! One timer for each source checks when it last sent something and plans the next check, so that a source that sends
//! causes no writes besides.

use std::collections::BTreeMap;

use super::AlertBatch;
use crate::{
    app::{Context, reactor::WorkList},
    config::Config,
    domain::{
        Timestamp,
        alert::{Signal, named_fingerprint},
        effect::{EffectKey, Timer},
        ids::SourceId,
        incident::Severity,
        later,
        text::Untrusted,
    },
    store::{Reads, StoreError, Tx},
};

/// The name of the alert.
const NAME: &str = "SourceSilent";

/// Plans the first check of each source with a dead man's switch; what a source did not send while the bot was down does
/// not count.
pub fn watch_sources(tx: &mut Tx<'_>, config: &Config, now: Timestamp) -> Result<(), StoreError> {
    for source in &config.sources {
        if let Some(after) = source.alarms_after() {
            plan_check(tx, &source.id, now, later(now, after))?;
        }
    }
    Ok(())
}

/// Plans the checks that a changed configuration needs. An earlier check stays, so that reloads do not postpone it.
pub(in crate::app) fn watch_new_sources(tx: &mut Tx<'_>, config: &Config, now: Timestamp) -> Result<(), StoreError> {
    for source in &config.sources {
        let Some(after) = source.alarms_after() else { continue };
        let due = later(now, after);
        let planned = tx.timer_due(&Timer::SourceSilent { source: source.id.clone() })?;
        if planned.is_none_or(|planned| due < planned) {
            plan_check(tx, &source.id, now, due)?;
        }
    }
    Ok(())
}

/// Checks whether a source has sent nothing for too long.
pub(super) fn on_wake(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList, id: &SourceId) -> Result<(), StoreError> {
    let mut batch = AlertBatch::new(cx);
    let watched = cx.config.source(id.as_str()).and_then(|source| source.alarms_after());
    let heard = tx.source_activity()?.into_iter().find(|heard| heard.source == id.as_str()).map(|heard| heard.last);
    match (watched, heard) {
        (Some(after), heard) if heard.is_none_or(|at| later(at, after) <= cx.now) => {
            // It has no end of its own: the source is silent for as long as it is.
            batch.receive_own(tx, id, cx.now, &silence(id, heard, true))?;
            plan_check(tx, id, cx.now, later(cx.now, after))?;
        }
        (Some(after), heard) => {
            on_delivery(tx, &mut batch, id, cx.now)?;
            plan_check(tx, id, cx.now, later(heard.unwrap_or(cx.now), after))?;
        }
        // The switch was removed from the configuration.
        (None, _) => on_delivery(tx, &mut batch, id, cx.now)?,
    }
    batch.close(tx, work)
}

/// The sources that send nothing now, each with when it was noticed.
pub fn silent_sources(reads: &Reads<'_>, config: &Config) -> Result<Vec<(SourceId, Timestamp)>, StoreError> {
    let mut silent = Vec::new();
    for source in config.sources.iter().filter(|source| source.alarms_after().is_some()) {
        let alert = reads.newest_episode(&source.id, &named_fingerprint(&source.id, NAME))?;
        if let Some(alert) = alert.filter(|alert| alert.firing) {
            silent.push((source.id.clone(), alert.starts_at));
        }
    }
    Ok(silent)
}

/// Ends the alert of a source that has sent something.
pub(super) fn on_delivery(
    tx: &mut Tx<'_>,
    batch: &mut AlertBatch<'_>,
    source: &SourceId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let over = silence(source, None, false);
    match tx.newest_episode(source, &over.fingerprint)? {
        Some(alert) if alert.firing => batch.receive_own(tx, source, at, &over),
        Some(_) | None => Ok(()),
    }
}

fn plan_check(tx: &mut Tx<'_>, source: &SourceId, now: Timestamp, due: Timestamp) -> Result<(), StoreError> {
    let key = EffectKey(format!("silent/{source}/{}/{}", now.timestamp_millis(), due.timestamp_millis()));
    tx.enqueue(&key, &Timer::SourceSilent { source: source.clone() }.into(), due).map(drop)
}

/// The signal that the bot itself files for a source.
fn silence(source: &SourceId, since: Option<Timestamp>, firing: bool) -> Signal {
    let text = |text: &str| Untrusted::new(text);
    let labels = [("alertname", text(NAME)), ("source", text(source.as_str())), ("severity", text("critical"))];
    Signal {
        fingerprint: named_fingerprint(source, NAME),
        firing,
        name: text(NAME),
        severity: Some(Severity::Sev1),
        service: None,
        host: None,
        summary: Untrusted::new(format!("{NAME}: {source}")),
        labels: labels.into_iter().map(|(label, value)| (label.to_owned(), value)).collect(),
        annotations: BTreeMap::new(),
        starts_at: since,
        ends_at: None,
        links: Vec::new(),
        acknowledged_by: None,
        remarks: Vec::new(),
        truncated: 0,
        warnings: Vec::new(),
    }
}
