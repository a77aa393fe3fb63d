//! Sources that must be heard from: the silence of one is an alert of its own.
//!
//! A wake for each looks when the source was last heard and sets the next one, so that nothing is written for a source that
//! speaks but the one look in `silent_after`.

use std::collections::BTreeMap;

use chrono::TimeDelta;

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
        text::Untrusted,
    },
    store::{StoreError, Tx},
};

/// The name of the alert.
const NAME: &str = "SourceSilent";

/// Sets the first look at each source whose silence is an alert; what a source did not say while the bot was down is not
/// held against it.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn watch_sources(tx: &mut Tx<'_>, config: &Config, now: Timestamp) -> Result<(), StoreError> {
    for source in &config.sources {
        if let Some(after) = source.alarms_after() {
            look(tx, &source.id, (now, later(now, after)))?;
        }
    }
    Ok(())
}

/// Looks whether a source has been silent for too long.
pub(super) fn on_wake(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList, id: &SourceId) -> Result<(), StoreError> {
    let mut batch = AlertBatch::new(cx);
    let watched = cx.config.source(id.as_str()).and_then(|source| source.alarms_after());
    let heard = tx.source_activity()?.into_iter().find(|heard| heard.source == id.as_str()).map(|heard| heard.last);
    match (watched, heard) {
        (Some(after), heard) if heard.is_none_or(|at| later(at, after) <= cx.now) => {
            batch.receive(tx, id, cx.now, &silence(id, heard, true))?;
            look(tx, id, (cx.now, later(cx.now, after)))?;
        }
        (Some(after), heard) => {
            spoke(tx, &mut batch, id, cx.now)?;
            look(tx, id, (cx.now, later(heard.unwrap_or(cx.now), after)))?;
        }
        // Nobody asks for it any more.
        (None, _) => spoke(tx, &mut batch, id, cx.now)?,
    }
    batch.close(tx, work)
}

/// A source that speaks is silent no more.
pub(super) fn spoke(
    tx: &mut Tx<'_>,
    batch: &mut AlertBatch<'_>,
    source: &SourceId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let over = silence(source, None, false);
    match tx.newest_episode(source, &over.fingerprint)? {
        Some(alert) if alert.firing => batch.receive(tx, source, at, &over),
        Some(_) | None => Ok(()),
    }
}

fn look(tx: &mut Tx<'_>, source: &SourceId, (now, due): (Timestamp, Timestamp)) -> Result<(), StoreError> {
    let key = EffectKey(format!("silent/{source}/{}/{}", now.timestamp_millis(), due.timestamp_millis()));
    tx.enqueue(&key, &Timer::SourceSilent { source: source.clone() }.into(), due).map(drop)
}

fn later(at: Timestamp, by: std::time::Duration) -> Timestamp {
    TimeDelta::from_std(by).ok().and_then(|by| at.checked_add_signed(by)).unwrap_or(at)
}

/// What the bot itself says of a source.
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
    }
}
