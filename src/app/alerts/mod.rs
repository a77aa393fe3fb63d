//! Alerts: from the inbox to groups with a message each, and to incidents.

mod actions;
mod batch;
mod correlation;
mod dead_mans_switch;
mod declare_rules;
mod explain;
mod group_changes;
mod group_edit;
mod group_silence;
pub mod heartbeats;
mod inhibition;
mod muted_by;
mod muting;
pub mod opsgenie;
mod replay;
mod router;
mod sender_actions;
mod severity;
mod storm;

#[cfg(test)]
mod tests;

use super::{
    Context,
    reactor::{FollowUp, WorkList},
};
use crate::{
    config::Config,
    domain::{
        Timestamp,
        alert::{
            AlertEvent, AlertGroup, AlertState,
            flow::{self, GroupUpdate, Notification},
        },
        effect::{PostId, Timer},
        ids::{AlertId, GroupId, IncidentId, ServiceId},
        incident::Command,
        later,
    },
    store::{GroupFilter, NoiseCounts, Reads, StoreError, Tx},
};

use batch::AlertBatch;
use group_changes::GroupChanges;
use group_edit::GroupEdit;

pub use dead_mans_switch::silent_sources;

pub use crate::domain::people::RULE;

pub use actions::{acknowledge, declaration};
pub(super) use actions::{move_groups, note_declared, note_link, over, revise_messages, unknown};
pub(super) use correlation::join_incident;
pub(super) use dead_mans_switch::watch_new_sources;
pub use dead_mans_switch::watch_sources;
pub(super) use declare_rules::check_rules;
pub use explain::explain;
pub(super) use group_silence::set_group_silence;
pub use inhibition::rules_in_force;
pub use muted_by::{MuteReasons, mute_reasons};
pub(super) use muting::{cover, show_changed, uncover};
pub use replay::{ReplayedAlert, pass_time, replay};
pub use router::route_pending;
pub(super) use severity::{group_joined, joined};

/// How many alerts that are no longer repeated one check ends; the next check ends the rest.
const EXPIRED_AT_ONCE: usize = 200;

/// Resumes after a time in which the bot received nothing: what was not sent meanwhile does not count. No alert ends before
/// its sender could repeat it, and heartbeats and sources have their whole interval again.
pub fn resume(tx: &mut Tx<'_>, config: &Config, now: Timestamp) -> Result<(), StoreError> {
    tx.postpone_expiries(later(now, config.alerts.start_grace))?;
    watch_sources(tx, config, now)?;
    heartbeats::resume(tx, config, now)
}

/// Handles a timer of alerts that is due.
pub(super) fn on_wake(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList, wake: &Timer) -> Result<(), StoreError> {
    match wake {
        Timer::FlushGroup { group, .. } => on_tick(tx, cx, work, *group),
        Timer::StormOver { feed } => storm::on_calm(tx, cx, feed),
        Timer::DeclareRule { group } => check_rules(tx, cx, work, *group),
        Timer::ExpireAlerts { group } => on_expiry(tx, cx, work, *group),
        Timer::ReopenAlert { alert } => on_reopening(tx, cx, work, *alert),
        Timer::SourceSilent { source } => dead_mans_switch::on_wake(tx, cx, work, source),
        Timer::HeartbeatDue { heartbeat } => heartbeats::on_wake(tx, cx, work, *heartbeat),
        Timer::MoveGroups { from, into } => move_groups(tx, cx, work, *from, *into),
        Timer::Inhibit { source } => inhibition::on_wake(tx, cx, work, *source),
        Timer::RulesChanged { after } => inhibition::apply_rules(tx, cx, work, *after),
        Timer::UpdateDue { .. }
        | Timer::Escalate { .. }
        | Timer::CheckAcknowledged { .. }
        | Timer::EndSnooze { .. }
        | Timer::AcceptPage { .. }
        | Timer::PageLater { .. }
        | Timer::Silence { .. }
        | Timer::PostmortemDue { .. }
        | Timer::FollowUpDue { .. }
        | Timer::FollowUpDigest { .. }
        | Timer::ReachTestOver { .. }
        | Timer::MaintenanceDue { .. }
        | Timer::UserReportDue { .. }
        | Timer::WeeklyTest { .. }
        | Timer::ReadBoard { .. }
        | Timer::PostBoard { .. }
        | Timer::PostReadiness => Ok(()),
    }
}

/// Stores the id of the message of a group.
pub fn message_posted(tx: &mut Tx<'_>, group: GroupId, message: &PostId) -> Result<(), StoreError> {
    match tx.group(group)? {
        Some(mut group) if group.display.message.as_ref() != Some(&message.0) => {
            group.display.message = Some(message.0.clone());
            tx.save_group(&group)
        }
        Some(_) | None => Ok(()),
    }
}

/// Groups in a state, newest first; without a state those in which something fires.
pub fn list(
    reads: &Reads<'_>,
    state: Option<AlertState>,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<AlertGroup>, StoreError> {
    let filter = GroupFilter { state, firing: state.is_none().then_some(true), limit, ..GroupFilter::default() };
    Ok(reads.list_groups(&filter, now)?.items)
}

fn on_tick(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList, id: GroupId) -> Result<(), StoreError> {
    let Some(group) = correlation::first(tx, cx, work, id)? else { return Ok(()) };
    let in_hand = incident_is_open(tx, group.incident)?;
    let ask = ask_after(tx, cx, &group)?;
    let mut edit = GroupEdit::new(group);
    if let Some(later) = ask.filter(|at| cx.now < *at && edit.group.open) {
        // It stays open until its manager may be asked again.
        edit.group.schedule.next_flush = Some(later);
        edit.flush_at(later);
        return edit.write(tx, cx).map(|_| ());
    }
    let route = group_edit::route(cx.config, &edit.group);
    let timing = route.timing();
    if let Some(look) = flow::on_quiet_tick(&mut edit.group, timing, |at| route.is_quiet(at), cx.now) {
        edit.flush_at(look);
        return edit.write(tx, cx).map(|_| ());
    }
    let before = edit.group.clone();
    let Some(tick) = flow::on_tick(&mut edit.group, timing, in_hand, cx.now) else { return Ok(()) };
    match tick.tell {
        Notification::None => {}
        Notification::NewAlerts | Notification::Reminder if edit.group.shown_in_parent().is_some() => {}
        Notification::NewAlerts if edit.group.display.postings > 0 => edit.message(cx.now),
        Notification::NewAlerts | Notification::Reminder => {
            if !storm::place(tx, cx, &mut edit, tick.tell)? {
                let look = flow::keep_due(&mut edit.group, before, timing, cx.now);
                edit.flush_at(look);
                return edit.write(tx, cx).map(|_| ());
            }
        }
    }
    if let Some(look) = tick.look {
        edit.flush_at(look);
    }
    if tick.close {
        edit.event(AlertEvent::GroupClosed { group: id });
    }
    let group = edit.write(tx, cx)?;
    if tick.close { group_over(tx, cx, work, group.id) } else { Ok(()) }
}

/// Lets an alert fire again that was not resolved while its next episode was held back.
fn on_reopening(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList, id: AlertId) -> Result<(), StoreError> {
    let Some(alert) = tx.alert(id)? else { return Ok(()) };
    if tx.newest_episode(&alert.source, &alert.fingerprint)?.is_none_or(|newest| newest.id != id) {
        return Ok(());
    }
    let mut batch = AlertBatch::new(cx);
    batch.reopen(tx, alert)?;
    batch.close(tx, work)
}

fn on_expiry(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList, id: GroupId) -> Result<(), StoreError> {
    let mut batch = AlertBatch::new(cx);
    for alert in tx.expired_alerts(id, cx.now, EXPIRED_AT_ONCE)? {
        batch.check_timeout(tx, alert)?;
    }
    batch.close(tx, work)?;
    let Some(group) = tx.group(id)? else { return Ok(()) };
    let mut edit = GroupEdit::new(group);
    let lapsed = edit.group.expire_acknowledgement(cx.now);
    if lapsed.is_some() {
        edit.event(AlertEvent::AcknowledgementExpired { group: id });
        edit.change(GroupUpdate::Quiet, cx);
    }
    let next = [tx.next_expiry(id)?, edit.group.acknowledgement.until].into_iter().flatten().min();
    edit.group.schedule.expire_due = next;
    if let Some(next) = next {
        edit.effect(Timer::ExpireAlerts { group: id }, next.max(cx.now));
    }
    let group = edit.write(tx, cx)?;
    if let (Some(expired), Some(incident)) = (lapsed, group.incident)
        && group.visible(cx.now) > 0
    {
        work.push(cx, FollowUp::AcknowledgementExpired { incident, expired });
    }
    Ok(())
}

/// Asks the manager of a group's incident what to do when nothing fires any more, if the group's route has
/// `send_resolved`; a machine never closes an incident.
pub(super) fn group_over(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList, id: GroupId) -> Result<(), StoreError> {
    let Some(mut group) = tx.group(id)? else { return Ok(()) };
    if !group_edit::route(cx.config, &group).send_resolved || ask_after(tx, cx, &group)?.is_none_or(|at| cx.now < at) {
        return Ok(());
    }
    let Some(incident) = group.incident.map(|id| tx.incident(id)).transpose()?.flatten() else { return Ok(()) };
    let named = if incident.groups.contains(&group.id) { Some(&group.id) } else { incident.groups.first() };
    if let Some(named) = named.copied() {
        // A refusal means that the incident is over: nobody needs to be asked.
        let command = Command::ClearGroup { group: named };
        work.push(cx, FollowUp::RecordInIncident { incident: incident.id, command });
    }
    group.cleared_at = Some(cx.now);
    tx.save_group(&group)
}

/// From when on the manager may be asked: alerts that come and go ask once in a group interval. `None` if there is
/// nothing to ask.
fn ask_after(tx: &Tx<'_>, cx: Context<'_>, group: &AlertGroup) -> Result<Option<Timestamp>, StoreError> {
    let (0, Some(id)) = (group.counts.firing, group.incident) else { return Ok(None) };
    if tx.count_firing_of_incident(id)? > 0 {
        return Ok(None);
    }
    let groups = tx.groups_of_incident(id)?;
    let fired = groups.iter().map(|group| group.last_fired).max().unwrap_or(group.last_fired);
    Ok(match groups.iter().filter_map(|group| group.cleared_at).max() {
        None => Some(cx.now),
        Some(asked) if asked < fired => Some(later(asked, group_edit::timing(cx.config, group).group_interval)),
        Some(_) => None,
    })
}

/// Counts an incident as noise of the source whose alerts it was declared from.
pub(super) fn count_declared(tx: &mut Tx<'_>, cx: Context<'_>, group: Option<GroupId>) -> Result<(), StoreError> {
    let group = group.map(|group| tx.group(group)).transpose()?.flatten();
    let first = group.map(|group| tx.alerts_of_group(&group, 1)).transpose()?.and_then(|mut alerts| alerts.pop());
    let source = first.map_or_else(String::new, |alert| alert.source.to_string());
    tx.count_noise(cx.now, &source, NoiseCounts { incidents: 1, ..NoiseCounts::default() })
}

fn incident_is_open(reads: &Reads<'_>, incident: Option<IncidentId>) -> Result<bool, StoreError> {
    let Some(id) = incident else { return Ok(false) };
    Ok(reads.incident(id)?.is_some_and(|incident| incident.is_open()))
}

/// The service, if it is one of the configuration.
fn known_service(cx: Context<'_>, name: Option<&str>) -> Option<ServiceId> {
    name.and_then(|name| cx.config.service(name)).map(|service| service.id.clone())
}
