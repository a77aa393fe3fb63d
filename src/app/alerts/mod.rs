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

use super::{Context, incidents, oncall::paging};
use crate::{
    domain::{
        Timestamp,
        alert::{
            AlertEvent, AlertGroup, AlertState,
            flow::{self, GroupUpdate, Notification},
        },
        effect::{PostId, Timer},
        ids::{GroupId, IncidentId},
        incident::Command,
    },
    store::{GroupFilter, Reads, StoreError, Tx},
};

use batch::AlertBatch;
use group_changes::GroupChanges;
use group_edit::GroupEdit;

pub use actions::{acknowledge, declarable, declare, linkable, move_groups, note_declared, note_link};
pub use dead_mans_switch::watch_sources;
pub use declare_rules::RULE;
pub use explain::why;
pub use group_silence::{GroupSilenceRequest, hold, hush};
pub use inhibition::rules_in_force;
pub use muted_by::{Quiet, quiet};
pub use muting::{cover, show_changed, uncover};
pub use replay::{Heard, pass_time, replay};
pub use router::route_pending;

/// How many alerts one look at a group ends because nobody speaks of them; the rest is for the next look.
const EXPIRED_AT_ONCE: usize = 200;

/// Looks at a group when its time has come.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn on_wake(tx: &mut Tx<'_>, cx: Context<'_>, wake: &Timer) -> Result<(), StoreError> {
    match wake {
        Timer::FlushGroup { group, .. } => on_tick(tx, cx, *group),
        Timer::StormOver { feed } => storm::on_calm(tx, cx, feed),
        Timer::DeclareRule { group } => declare_rules::look(tx, cx, *group),
        Timer::ExpireAlerts { group } => on_expiry(tx, cx, *group),
        Timer::SourceSilent { source } => dead_mans_switch::on_wake(tx, cx, source),
        Timer::HeartbeatDue { heartbeat } => heartbeats::on_wake(tx, cx, *heartbeat),
        Timer::MoveGroups { from, into } => move_groups(tx, cx, *from, *into),
        Timer::Inhibit { source } => inhibition::on_wake(tx, cx, *source),
        Timer::RulesChanged { after } => inhibition::look_at_all(tx, cx, *after),
        Timer::UpdateDue { .. } | Timer::Escalate { .. } | Timer::Silence { .. } => Ok(()),
    }
}

/// Notes what the chat calls the message of a group.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
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
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub fn list(
    reads: &Reads<'_>,
    state: Option<AlertState>,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<AlertGroup>, StoreError> {
    let filter = GroupFilter { state, firing: state.is_none().then_some(true), limit, ..GroupFilter::default() };
    Ok(reads.list_groups(&filter, now)?.items)
}

fn on_tick(tx: &mut Tx<'_>, cx: Context<'_>, id: GroupId) -> Result<(), StoreError> {
    let Some(group) = correlation::first(tx, cx, id)? else { return Ok(()) };
    let in_hand = incident_is_open(tx, group.incident)?;
    let ask = ask_after(tx, cx, &group)?;
    let mut desk = GroupEdit::new(group);
    if let Some(later) = ask.filter(|at| cx.now < *at && desk.group.open) {
        // It stays open until its manager may be asked again.
        desk.group.schedule.next_flush = Some(later);
        desk.look(later);
        return desk.write(tx, cx).map(|_| ());
    }
    let route = group_edit::route(cx.config, &desk.group);
    let timing = route.timing();
    if let Some(look) = flow::on_quiet_tick(&mut desk.group, timing, |at| route.is_quiet(at), cx.now) {
        desk.look(look);
        return desk.write(tx, cx).map(|_| ());
    }
    let Some(tick) = flow::on_tick(&mut desk.group, timing, in_hand, cx.now) else { return Ok(()) };
    match tick.tell {
        Notification::None => {}
        Notification::NewAlerts | Notification::Reminder if desk.group.shown_in_parent().is_some() => {}
        Notification::NewAlerts if desk.group.display.postings > 0 => desk.message(cx.now),
        Notification::NewAlerts | Notification::Reminder => storm::place(tx, cx, &mut desk)?,
    }
    if let Some(look) = tick.look {
        desk.look(look);
    }
    if tick.close {
        desk.event(AlertEvent::GroupClosed { group: id });
    }
    let group = desk.write(tx, cx)?;
    if tick.close { clear(tx, cx, &group) } else { Ok(()) }
}

fn on_expiry(tx: &mut Tx<'_>, cx: Context<'_>, id: GroupId) -> Result<(), StoreError> {
    let mut batch = AlertBatch::new(cx);
    for alert in tx.expired_alerts(id, cx.now, EXPIRED_AT_ONCE)? {
        batch.look(tx, alert)?;
    }
    batch.close(tx)?;
    let Some(group) = tx.group(id)? else { return Ok(()) };
    let mut desk = GroupEdit::new(group);
    let lapsed = desk.group.expire_acknowledgement(cx.now);
    if lapsed.is_some() {
        desk.event(AlertEvent::AcknowledgementExpired { group: id });
        desk.change(GroupUpdate::Quiet, cx);
    }
    let next = [tx.next_expiry(id)?, desk.group.acknowledgement.until].into_iter().flatten().min();
    desk.group.schedule.expire_due = next;
    if let Some(next) = next {
        desk.effect(Timer::ExpireAlerts { group: id }, next.max(cx.now));
    }
    let group = desk.write(tx, cx)?;
    match lapsed.filter(|_| group.visible(cx.now) > 0).zip(group.incident) {
        Some((lapsed, incident)) => paging::page_again(tx, cx, incident, &lapsed),
        None => Ok(()),
    }
}

/// Asks the manager of a group's incident what to do when nothing fires any more, if the group's route wants that told; a
/// machine never closes an incident.
fn clear(tx: &mut Tx<'_>, cx: Context<'_>, group: &AlertGroup) -> Result<(), StoreError> {
    if !group_edit::route(cx.config, group).send_resolved {
        return Ok(());
    }
    let due = ask_after(tx, cx, group)?.is_some_and(|at| at <= cx.now);
    let Some(incident) = group.incident.filter(|_| due).map(|id| tx.incident(id)).transpose()?.flatten() else {
        return Ok(());
    };
    let named = if incident.groups.contains(&group.id) { Some(&group.id) } else { incident.groups.first() };
    if let Some(named) = named.copied() {
        // A refusal means that the incident is over: nobody needs to be asked.
        incidents::command_in(tx, cx, incident.id, &Command::ClearGroup { group: named })?.ok();
    }
    let mut group = group.clone();
    group.cleared_at = Some(cx.now);
    tx.save_group(&group)
}

/// From when on the manager may be asked: alerts that come and go ask once in a group interval. None: there is nothing
/// to ask.
fn ask_after(tx: &Tx<'_>, cx: Context<'_>, group: &AlertGroup) -> Result<Option<Timestamp>, StoreError> {
    let Some(id) = group.incident.filter(|_| group.counts.firing == 0) else { return Ok(None) };
    if tx.count_firing_of_incident(id)? > 0 {
        return Ok(None);
    }
    let groups = tx.groups_of_incident(id)?;
    let fired = groups.iter().map(|group| group.last_fired).max().unwrap_or(group.last_fired);
    Ok(match groups.iter().filter_map(|group| group.cleared_at).max() {
        None => Some(cx.now),
        Some(asked) if asked < fired => Some(flow::later(asked, group_edit::timing(cx.config, group).group_interval)),
        Some(_) => None,
    })
}

/// The source of a group's alerts, as the noise is counted: empty where there is none.
pub(super) fn source_of(tx: &Tx<'_>, group: Option<GroupId>) -> Result<String, StoreError> {
    let Some(group) = group.map(|group| tx.group(group)).transpose()?.flatten() else { return Ok(String::new()) };
    let first = tx.alerts_of_group(&group, 1)?.pop();
    Ok(first.map_or_else(String::new, |alert| alert.source.to_string()))
}

fn incident_is_open(reads: &Reads<'_>, incident: Option<IncidentId>) -> Result<bool, StoreError> {
    let Some(id) = incident else { return Ok(false) };
    Ok(reads.incident(id)?.is_some_and(|incident| incident.is_open()))
}
