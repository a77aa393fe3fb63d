//! Alerts that mute others while they fire.

use super::AlertBatch;
use crate::{
    app::{Context, reactor::WorkList},
    domain::{
        alert::{Alert, MutedBy},
        effect::{EffectKey, Timer},
        ids::AlertId,
    },
    store::{StoreError, Tx},
};

/// How many alerts one step begins or ceases to mute.
const AT_ONCE: usize = 250;
/// How many alerts one step looks at when the rules have changed.
const LOOKED_AT_ONCE: usize = 250;

/// Notes what an alert that fires is to the rules. Answers the alert that inhibits it.
pub(super) fn note(tx: &mut Tx<'_>, cx: Context<'_>, alert: &Alert) -> Result<Option<MutedBy>, StoreError> {
    if cx.config.alerts.inhibit.is_empty() {
        return Ok(None);
    }
    let sides = cx.config.alerts.inhibit.sides(&alert.labels);
    tx.save_inhibition_sides(alert.id, &sides)?;
    inhibitor(tx, alert.id)
}

/// An alert that fires and inhibits this one.
fn inhibitor(tx: &Tx<'_>, alert: AlertId) -> Result<Option<MutedBy>, StoreError> {
    for side in tx.sides(alert)?.iter().filter(|side| side.target) {
        if let Some(source) = tx.inhibitor(side, alert)? {
            return Ok(Some(MutedBy::Alert(source)));
        }
    }
    Ok(None)
}

/// Mutes what an alert that fires inhibits; of very many some now, and the rest in steps that follow.
pub(super) fn spread(tx: &mut Tx<'_>, batch: &mut AlertBatch<'_>, source: AlertId) -> Result<(), StoreError> {
    if batch.cx.config.alerts.inhibit.is_empty() {
        return Ok(());
    }
    let by = MutedBy::Alert(source);
    let mut room = AT_ONCE;
    for side in tx.sides(source)?.iter().filter(|side| side.source) {
        let targets = tx.not_yet_inhibited(side, source, room)?;
        room -= targets.len();
        for target in targets {
            tx.mute(target, by)?;
            if let Some(alert) = tx.alert(target)?.filter(|alert| alert.firing && !alert.muted) {
                batch.set_muted(tx, &alert, true)?;
            }
        }
    }
    if room == 0 { go_on(tx, batch.cx, source) } else { Ok(()) }
}

/// Lets what an alert inhibited be heard again, unless another one inhibits it; of very many some now, and the rest in
/// steps that follow.
pub(super) fn release(tx: &mut Tx<'_>, batch: &mut AlertBatch<'_>, source: AlertId) -> Result<(), StoreError> {
    let by = MutedBy::Alert(source);
    let targets = tx.muted_alerts(by, AT_ONCE)?;
    for target in &targets {
        tx.unmute(*target, by)?;
        if let Some(other) = inhibitor(tx, *target)? {
            tx.mute(*target, other)?;
        }
        if let Some(alert) = tx.alert(*target)?.filter(|alert| alert.muted && alert.muted_by.is_empty()) {
            batch.set_muted(tx, &alert, false)?;
        }
    }
    if targets.len() == AT_ONCE { go_on(tx, batch.cx, source) } else { Ok(()) }
}

fn go_on(tx: &mut Tx<'_>, cx: Context<'_>, source: AlertId) -> Result<(), StoreError> {
    // Each step leaves fewer, so that no two of one moment say the same.
    let left = AlertId::new(cx.now);
    let key = EffectKey(format!("inhibit/{source}/{left}"));
    tx.enqueue(&key, &Timer::Inhibit { source }.into(), cx.now)?;
    Ok(())
}

/// Goes on with what an alert inhibits, or inhibited.
pub(super) fn on_wake(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    source: AlertId,
) -> Result<(), StoreError> {
    let mut batch = AlertBatch::new(cx);
    if tx.sides(source)?.is_empty() {
        release(tx, &mut batch, source)?;
    } else {
        spread(tx, &mut batch, source)?;
    }
    batch.close(tx, work)
}

/// Looks at every alert that fires when the rules are others than before: at the start, and when `bot.toml` was read
/// again.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn rules_in_force(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList) -> Result<(), StoreError> {
    if tx.replace_inhibition_digest(&cx.config.alerts.inhibit.digest())? {
        look_at_all(tx, cx, work, None)
    } else {
        Ok(())
    }
}

/// Looks at alerts that fire, those after `after`, and plans the rest.
pub(super) fn look_at_all(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    after: Option<AlertId>,
) -> Result<(), StoreError> {
    let alerts = tx.firing_alerts(after, LOOKED_AT_ONCE)?;
    let mut batch = AlertBatch::new(cx);
    for alert in &alerts {
        // What was done for the alerts before it may have changed it.
        if let Some(alert) = tx.alert(alert.id)? {
            super::muting::examine(tx, &mut batch, &alert)?;
        }
    }
    batch.close(tx, work)?;
    if let Some(last) = alerts.last().filter(|_| alerts.len() == LOOKED_AT_ONCE) {
        let key = EffectKey(format!("inhibit/rules/{}/{}", cx.now.timestamp_millis(), last.id));
        tx.enqueue(&key, &Timer::RulesChanged { after: Some(last.id) }.into(), cx.now)?;
    }
    Ok(())
}
