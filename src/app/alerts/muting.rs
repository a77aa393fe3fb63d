//! Which alerts are muted, and by what. A muted alert is shown and notifies nobody.

use super::AlertBatch;
use crate::{
    app::{Context, reactor::WorkList},
    domain::{
        alert::{Alert, MutedBy, Silence, fires_during_maintenance},
        ids::{AlertId, SilenceId},
    },
    store::{StoreError, Tx},
};

/// How many alerts one step matches against a silence, so that a transaction stays short.
const MATCHED_AT_ONCE: usize = 500;
/// How many alerts one step unmutes.
const MUTED_AT_ONCE: usize = 250;

impl AlertBatch<'_> {
    /// Updates the messages that show an alert with what mutes it now.
    fn show(&mut self, tx: &Tx<'_>, alert: AlertId) -> Result<(), StoreError> {
        for (id, _) in tx.groups_showing(alert)? {
            if let Some(changes) = self.changes_of(tx, id)? {
                changes.updated = true;
            }
        }
        Ok(())
    }

    /// Mutes or unmutes a firing alert.
    pub(super) fn set_muted(&mut self, tx: &mut Tx<'_>, alert: &Alert, muted: bool) -> Result<(), StoreError> {
        tx.set_muted(alert.id, muted)?;
        for (id, shown_as) in tx.groups_showing(alert.id)? {
            if let Some(changes) = self.changes_of(tx, id)? {
                let group = &mut changes.edit.group;
                let shown_as = if muted { group.count_muted(shown_as) } else { group.count_unmuted(alert, shown_as) };
                changes.updated = true;
                if !muted {
                    // It may have been muted when its group joined an incident.
                    changes.alert_joined(alert);
                }
                tx.show_in_group(id, alert, shown_as)?;
            }
            self.update_parent(tx, id, |changes| {
                changes.edit.group.count_muted_below(alert, muted);
                changes.updated = true;
            })?;
        }
        if muted {
            return Ok(());
        }
        match self.rules_due_at(tx, alert)? {
            Some(due) => self.schedule_rules(tx, alert, due),
            None => Ok(()),
        }
    }

    /// What mutes a firing alert: silences, and another alert by an inhibition rule.
    fn muters(&self, tx: &mut Tx<'_>, alert: &Alert) -> Result<Vec<MutedBy>, StoreError> {
        let now = self.cx.now;
        let silences = tx.silences(now)?;
        let covering = silences.covering(&alert.labels, now).into_iter().chain(silences.snooze(alert.id, now));
        let exempt = fires_in_maintenance(self.cx, alert);
        let covering = covering.filter(|silence| !(exempt && silence.of_maintenance().is_some()));
        let silences = covering.map(|silence| MutedBy::Silence(silence.id));
        Ok(silences.chain(self.find_inhibitor(tx, alert)?).collect())
    }

    /// Stores what mutes an alert that begins to fire. Returns true if anything does.
    pub(super) fn mute_new(&self, tx: &mut Tx<'_>, alert: &Alert) -> Result<bool, StoreError> {
        let by = self.muters(tx, alert)?;
        for by in &by {
            tx.mute(alert.id, *by)?;
        }
        Ok(!by.is_empty())
    }

    /// True if something else may mute an alert after a change: rules that apply during maintenance look at severities.
    pub(super) fn changes_muters(before: &Alert, after: &Alert) -> bool {
        after.labels != before.labels || after.severity != before.severity
    }

    /// Updates what mutes a firing alert.
    pub(super) fn update_muted(&mut self, tx: &mut Tx<'_>, alert: &Alert) -> Result<(), StoreError> {
        let by = self.muters(tx, alert)?;
        for gone in tx.muted_by(alert.id)?.into_iter().filter(|known| !by.contains(known)) {
            tx.unmute(alert.id, gone)?;
        }
        for by in &by {
            tx.mute(alert.id, *by)?;
        }
        if alert.muted == by.is_empty() {
            self.set_muted(tx, alert, !alert.muted)?;
        }
        // What it inhibited by other labels or other rules it may inhibit no more.
        self.unmute_targets(tx, alert.id)?;
        self.mute_targets(tx, alert.id)
    }

    /// Forgets what mutes an alert that is over, and keeps the silences among it for the end of the batch.
    pub(super) fn forget_muters(&mut self, tx: &mut Tx<'_>, alert: AlertId) -> Result<(), StoreError> {
        for by in tx.muted_by(alert)? {
            tx.unmute(alert, by)?;
            if let MutedBy::Silence(id) = by {
                self.unmuted_by.insert(id);
            }
        }
        Ok(())
    }
}

/// True if maintenance does not mute an alert, because a rule says so.
fn fires_in_maintenance(cx: Context<'_>, alert: &Alert) -> bool {
    let critical = |name: &str| cx.config.service(name).is_some_and(|service| service.critical);
    fires_during_maintenance(&cx.config.alerts.declare, alert, critical)
}

/// Shows in the messages of what a silence covers that it was changed: those of the first few hundred alerts.
pub(in crate::app) fn show_changed(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    silence: SilenceId,
) -> Result<(), StoreError> {
    let mut batch = AlertBatch::new(cx);
    for alert in tx.muted_alerts(MutedBy::Silence(silence), MUTED_AT_ONCE)? {
        batch.show(tx, alert)?;
    }
    batch.close(tx, work)
}

/// Matches a silence against alerts that fire, those after `after`. Returns the last one if there are more.
pub(in crate::app) fn cover(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    silence: &Silence,
    after: Option<AlertId>,
) -> Result<Option<AlertId>, StoreError> {
    let alerts = match silence.snoozes() {
        Some(alert) => tx.alert(alert)?.filter(|alert| alert.firing).into_iter().collect(),
        None => tx.firing_alerts(after, MATCHED_AT_ONCE)?,
    };
    let mut batch = AlertBatch::new(cx);
    let exempt = |alert: &Alert| silence.of_maintenance().is_some() && fires_in_maintenance(cx, alert);
    let covered =
        |alert: &&Alert| (silence.snoozes() == Some(alert.id) || silence.covers(&alert.labels)) && !exempt(alert);
    for alert in alerts.iter().filter(covered) {
        match (tx.mute(alert.id, MutedBy::Silence(silence.id))?, alert.muted) {
            (true, false) => batch.set_muted(tx, alert, true)?,
            (true, true) => batch.show(tx, alert.id)?,
            (false, _) => {}
        }
    }
    batch.close(tx, work)?;
    Ok(if alerts.len() == MATCHED_AT_ONCE { alerts.last().map(|last| last.id) } else { None })
}

/// Ends the effect of a silence on the alerts that it covered. Returns the last one if there are more.
pub(in crate::app) fn uncover(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    silence: SilenceId,
) -> Result<Option<AlertId>, StoreError> {
    let by = MutedBy::Silence(silence);
    let ids = tx.muted_alerts(by, MUTED_AT_ONCE)?;
    let mut batch = AlertBatch::new(cx);
    for id in &ids {
        tx.unmute(*id, by)?;
        match tx.alert(*id)?.filter(|alert| alert.muted) {
            Some(alert) if alert.muted_by.is_empty() => batch.set_muted(tx, &alert, false)?,
            Some(alert) => batch.show(tx, alert.id)?,
            None => {}
        }
    }
    batch.close(tx, work)?;
    Ok(if ids.len() == MUTED_AT_ONCE { ids.last().copied() } else { None })
}
