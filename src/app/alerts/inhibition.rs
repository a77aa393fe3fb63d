//! Inhibition: alerts that mute others while they fire.

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

/// How many alerts one step mutes or unmutes, so that a transaction stays short.
const AT_ONCE: usize = 250;
/// How many alerts one step checks when the rules have changed.
const CHECKED_AT_ONCE: usize = 250;

/// An alert that fires and inhibits this one.
fn inhibitor(tx: &Tx<'_>, alert: AlertId) -> Result<Option<MutedBy>, StoreError> {
    for side in tx.sides(alert)?.iter().filter(|side| side.target) {
        if let Some(source) = tx.inhibitor(side, alert)? {
            return Ok(Some(MutedBy::Alert(source)));
        }
    }
    Ok(None)
}

impl AlertBatch<'_> {
    /// Stores which inhibition rules a firing alert matches. Returns the alert that inhibits it.
    pub(super) fn find_inhibitor(&self, tx: &mut Tx<'_>, alert: &Alert) -> Result<Option<MutedBy>, StoreError> {
        let rules = &self.cx.config.alerts.inhibit;
        if rules.is_empty() {
            return Ok(None);
        }
        tx.save_inhibition_sides(alert.id, &rules.sides(&alert.labels))?;
        inhibitor(tx, alert.id)
    }

    /// Mutes what a firing alert inhibits: many alerts in steps.
    pub(super) fn mute_targets(&mut self, tx: &mut Tx<'_>, source: AlertId) -> Result<(), StoreError> {
        if self.cx.config.alerts.inhibit.is_empty() {
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
                    self.set_muted(tx, &alert, true)?;
                }
            }
        }
        if room == 0 { plan_next_step(tx, self.cx, source) } else { Ok(()) }
    }

    /// Unmutes what an alert inhibited, unless another one inhibits it: many alerts in steps.
    pub(super) fn unmute_targets(&mut self, tx: &mut Tx<'_>, source: AlertId) -> Result<(), StoreError> {
        let by = MutedBy::Alert(source);
        let targets = tx.muted_alerts(by, AT_ONCE)?;
        for target in &targets {
            tx.unmute(*target, by)?;
            if let Some(other) = inhibitor(tx, *target)? {
                tx.mute(*target, other)?;
            }
            if let Some(alert) = tx.alert(*target)?.filter(|alert| alert.muted && alert.muted_by.is_empty()) {
                self.set_muted(tx, &alert, false)?;
            }
        }
        if targets.len() == AT_ONCE { plan_next_step(tx, self.cx, source) } else { Ok(()) }
    }
}

fn plan_next_step(tx: &mut Tx<'_>, cx: Context<'_>, source: AlertId) -> Result<(), StoreError> {
    // A key of its own for each step: several steps can be planned at one moment.
    let step = AlertId::new(cx.now);
    let key = EffectKey(format!("inhibit/{source}/{step}"));
    tx.enqueue(&key, &Timer::Inhibit { source }.into(), cx.now)?;
    Ok(())
}

/// Continues to mute or unmute what an alert inhibits, or inhibited.
pub(super) fn on_wake(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    source: AlertId,
) -> Result<(), StoreError> {
    let mut batch = AlertBatch::new(cx);
    if tx.sides(source)?.is_empty() {
        batch.unmute_targets(tx, source)?;
    } else {
        batch.mute_targets(tx, source)?;
    }
    batch.close(tx, work)
}

/// Evaluates the inhibition rules for every firing alert if they have changed: at start, and after a reload of `bot.toml`.
pub fn rules_in_force(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList) -> Result<(), StoreError> {
    if tx.replace_inhibition_digest(&cx.config.alerts.inhibit.digest())? {
        apply_rules(tx, cx, work, None)
    } else {
        Ok(())
    }
}

/// Evaluates the inhibition rules for firing alerts, those after `after`, and plans the rest.
pub(super) fn apply_rules(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    after: Option<AlertId>,
) -> Result<(), StoreError> {
    let alerts = tx.firing_alerts(after, CHECKED_AT_ONCE)?;
    let mut batch = AlertBatch::new(cx);
    for alert in &alerts {
        // What was done for the alerts before it may have changed it.
        if let Some(alert) = tx.alert(alert.id)? {
            batch.update_muted(tx, &alert)?;
        }
    }
    batch.close(tx, work)?;
    if alerts.len() == CHECKED_AT_ONCE
        && let Some(last) = alerts.last()
    {
        let key = EffectKey(format!("inhibit/rules/{}/{}", cx.now.timestamp_millis(), last.id));
        tx.enqueue(&key, &Timer::RulesChanged { after: Some(last.id) }.into(), cx.now)?;
    }
    Ok(())
}
