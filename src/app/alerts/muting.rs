//! Which alerts are muted, by what. What is muted is shown, and makes no noise.

use super::{AlertBatch, inhibition};
use crate::{
    app::{Context, reactor::WorkList},
    domain::{
        alert::{Alert, MutedBy, Silence},
        ids::{AlertId, SilenceId},
    },
    store::{StoreError, Tx},
};

/// How many alerts one look holds a silence against.
const LOOKED_AT_ONCE: usize = 500;
/// How many alerts one look begins or ceases to mute.
const MUTED_AT_ONCE: usize = 250;

impl AlertBatch<'_> {
    /// The messages that show an alert are to say what mutes it now.
    fn show(&mut self, tx: &Tx<'_>, alert: AlertId) -> Result<(), StoreError> {
        for (id, _) in tx.groups_showing(alert)? {
            if let Some(page) = self.page(tx, id)? {
                page.quiet = true;
            }
        }
        Ok(())
    }

    /// An alert that fires is muted from now on, or no more.
    pub(super) fn set_muted(&mut self, tx: &mut Tx<'_>, alert: &Alert, muted: bool) -> Result<(), StoreError> {
        tx.set_muted(alert.id, muted)?;
        for (id, telling) in tx.groups_showing(alert.id)? {
            if let Some(page) = self.page(tx, id)? {
                let group = &mut page.desk.group;
                let telling = if muted { group.count_muted(telling) } else { group.count_unmuted(alert, telling) };
                page.quiet = true;
                tx.show_in_group(id, alert, telling)?;
            }
            self.above(tx, id, |page| {
                page.desk.group.count_muted_below(muted);
                page.quiet = true;
            })?;
        }
        if muted {
            return Ok(());
        }
        match self.look_due(tx, alert)? {
            Some(due) => self.ask_rules(tx, alert, due),
            None => Ok(()),
        }
    }
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

/// What mutes an alert as it is now. What it is to the rules of inhibition is noted.
fn now_by(tx: &mut Tx<'_>, cx: Context<'_>, alert: &Alert) -> Result<Vec<MutedBy>, StoreError> {
    let silences = tx.silences(cx.now)?;
    let by_silence = silences.covering(&alert.labels, cx.now).into_iter().map(|silence| MutedBy::Silence(silence.id));
    Ok(by_silence.chain(inhibition::note(tx, cx, alert)?).collect())
}

/// Notes what mutes an alert that begins to fire. Tells whether anything does.
pub(super) fn note(tx: &mut Tx<'_>, cx: Context<'_>, alert: &Alert) -> Result<bool, StoreError> {
    let by = now_by(tx, cx, alert)?;
    for by in &by {
        tx.mute(alert.id, *by)?;
    }
    Ok(!by.is_empty())
}

/// Looks again at what mutes an alert that fires.
pub(super) fn examine(tx: &mut Tx<'_>, batch: &mut AlertBatch<'_>, alert: &Alert) -> Result<(), StoreError> {
    let by = now_by(tx, batch.cx, alert)?;
    for gone in tx.muted_by(alert.id)?.into_iter().filter(|known| !by.contains(known)) {
        tx.unmute(alert.id, gone)?;
    }
    for by in &by {
        tx.mute(alert.id, *by)?;
    }
    if alert.muted == by.is_empty() {
        batch.set_muted(tx, alert, !alert.muted)?;
    }
    // What it inhibited by other labels or other rules it may inhibit no more.
    inhibition::release(tx, batch, alert.id)?;
    inhibition::spread(tx, batch, alert.id)
}

/// Forgets what mutes an alert that is over. Answers the silences among it.
pub(super) fn forget(tx: &mut Tx<'_>, alert: AlertId) -> Result<Vec<SilenceId>, StoreError> {
    let mut silences = Vec::new();
    for by in tx.muted_by(alert)? {
        tx.unmute(alert, by)?;
        if let MutedBy::Silence(id) = by {
            silences.push(id);
        }
    }
    Ok(silences)
}

/// Matches a silence against alerts that fire, those after `after`. Returns the last one if there are more.
pub(in crate::app) fn cover(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    silence: &Silence,
    after: Option<AlertId>,
) -> Result<Option<AlertId>, StoreError> {
    let alerts = tx.firing_alerts(after, LOOKED_AT_ONCE)?;
    let mut batch = AlertBatch::new(cx);
    for alert in alerts.iter().filter(|alert| silence.covers(&alert.labels)) {
        match (tx.mute(alert.id, MutedBy::Silence(silence.id))?, alert.muted) {
            (true, false) => batch.set_muted(tx, alert, true)?,
            (true, true) => batch.show(tx, alert.id)?,
            (false, _) => {}
        }
    }
    batch.close(tx, work)?;
    Ok(alerts.last().map(|last| last.id).filter(|_| alerts.len() == LOOKED_AT_ONCE))
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
    Ok(ids.last().copied().filter(|_| ids.len() == MUTED_AT_ONCE))
}
