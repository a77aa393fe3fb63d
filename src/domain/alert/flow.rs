//! When a group's message is due.
//!
//! The intervals are Alertmanager's: a new group waits `group_wait` (or not at all if its first alert is older than that),
//! new alerts are announced at ticks that are `group_interval` apart, and a group that still fires is posted again after
//! `repeat_interval`, rounded up to a tick. Unlike there, an edit without a new alert (a resolve, an acknowledgement, a
//! silence) is made at once, because edits notify nobody; and no tick is planned at which nothing can happen.

use std::time::Duration;

use serde::Serialize;

use super::{Alert, AlertGroup, Timing};
use crate::domain::{Timestamp, later};

/// The number of edits of a message without a delay.
const BURST: i32 = 3;
/// The delay between edits after that.
const GAP: chrono::TimeDelta = chrono::TimeDelta::seconds(5);
/// The delay between edits of a message that is nearly an hour old: chat platforms accept fewer of those.
const OLD_GAP: chrono::TimeDelta = chrono::TimeDelta::seconds(60);
/// When a message counts as nearly an hour old.
const OLD: chrono::TimeDelta = chrono::TimeDelta::minutes(55);

/// Returns when the first flush of a new group is due: at once if its first alert has fired for `group_wait` already.
pub fn first_flush(first: &Alert, timing: Timing, now: Timestamp) -> Timestamp {
    // An alert that fires again may have an older start, which counts as in Alertmanager.
    let began = first.starts_at.min(first.latest_start);
    if later(began, timing.group_wait) <= now { now } else { later(now, timing.group_wait) }
}

/// Makes the first flush of a group due now. Returns `false` if it was flushed before, or is due already.
pub fn flush_now(group: &mut AlertGroup, now: Timestamp) -> bool {
    let waits = group.schedule.ticked_at.is_none() && group.schedule.next_flush.is_some_and(|due| now < due);
    if waits {
        group.schedule.next_flush = Some(now);
    }
    waits
}

/// What changed in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupUpdate {
    /// Alerts began to fire.
    NewAlerts,
    /// Anything else: an alert was resolved or has other texts, or a rule or sender changed the group.
    Quiet,
    /// A person changed it, and looks at the message now.
    ByHand,
}

/// When a group's message is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DueTimes {
    /// When to edit the message; `None` if no edit is needed, or one is pending already.
    pub edit: Option<Timestamp>,
    /// When to flush the group; `None` if the planned flush is early enough.
    pub look: Option<Timestamp>,
}

/// Plans the edit and the flush that a change needs.
pub fn on_change(group: &mut AlertGroup, change: GroupUpdate, timing: Timing, now: Timestamp) -> DueTimes {
    group.version += 1;
    if group.schedule.ticked_at.is_none() {
        // Its first flush is planned.
        return DueTimes::default();
    }
    let edit = match change {
        _ if group.schedule.flushed_at.is_none() => None,
        GroupUpdate::NewAlerts => None,
        GroupUpdate::Quiet => plan_edit(group, now, false),
        GroupUpdate::ByHand => plan_edit(group, now, true),
    };
    let heard = group.visible(now) > 0
        && (group.counts.new_alerts > 0 || group.schedule.remind || group.schedule.next_flush.is_none());
    let look = if heard || group.counts.firing == 0 { plan_tick(group, timing, now) } else { None };
    DueTimes { edit, look }
}

/// What to announce at a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notification {
    /// Nothing.
    None,
    /// New alerts: the message is posted or edited.
    NewAlerts,
    /// A reminder that it still fires: a new message.
    Reminder,
}

/// The result of a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickOutcome {
    /// What to announce.
    pub tell: Notification,
    /// True if the group was closed.
    pub close: bool,
    /// When the next flush is due.
    pub look: Option<Timestamp>,
}

/// Flushes a group at its tick. `in_hand` is true if it belongs to an open incident, which needs no reminders. Returns
/// `None` if no flush is due.
pub fn on_tick(group: &mut AlertGroup, timing: Timing, in_hand: bool, now: Timestamp) -> Option<TickOutcome> {
    group.schedule.next_flush.filter(|due| group.open && *due <= now)?;
    group.schedule.ticked_at = Some(now);
    group.schedule.next_flush = None;
    if !group.fires() {
        group.open = false;
        group.version += 1;
        return Some(TickOutcome { tell: Notification::None, close: true, look: None });
    }
    let tell = notification(group, timing, in_hand, now);
    if tell != Notification::None {
        group.schedule.flushed_at = Some(now);
        group.counts.new_alerts = 0;
        group.schedule.flushes += 1;
        group.schedule.remind = false;
        group.schedule.edit_due = Some(now);
        group.version += 1;
    }
    group.schedule.next_flush = next_look(group, timing, in_hand, now);
    Some(TickOutcome { tell, close: false, look: group.schedule.next_flush })
}

/// Takes a tick back whose notification could not be sent: it stays due. Returns the next tick.
pub fn keep_due(group: &mut AlertGroup, before: AlertGroup, timing: Timing, now: Timestamp) -> Timestamp {
    *group = before;
    let tick = next_tick(now, timing.group_interval, now);
    (group.schedule.ticked_at, group.schedule.next_flush) = (Some(now), Some(tick));
    tick
}

/// How many ticks ahead a muted route searches for one at which it is active.
const AHEAD: u32 = 2_000;

/// Postpones the flush of a group while its route is muted: to the first tick at which the route is active, or the last
/// tick that was searched. Returns `None` if no flush is due, or if nothing fires and the group may close.
pub fn on_quiet_tick(
    group: &mut AlertGroup,
    timing: Timing,
    quiet: impl Fn(Timestamp) -> bool,
    now: Timestamp,
) -> Option<Timestamp> {
    group.schedule.next_flush.filter(|due| group.open && *due <= now && group.fires() && quiet(now))?;
    group.schedule.ticked_at = Some(now);
    let mut tick = now;
    for _ in 0..AHEAD {
        tick = next_tick(tick, timing.group_interval, tick);
        if !quiet(tick) {
            break;
        }
    }
    group.schedule.next_flush = Some(tick);
    Some(tick)
}

fn notification(group: &AlertGroup, timing: Timing, in_hand: bool, now: Timestamp) -> Notification {
    match group.schedule.flushed_at {
        _ if group.visible(now) == 0 => Notification::None,
        None => Notification::NewAlerts,
        Some(_) if group.counts.new_alerts > 0 => Notification::NewAlerts,
        Some(_) if in_hand || group.acknowledged() => Notification::None,
        Some(told) if group.schedule.remind || later(told, timing.repeat_interval) <= now => Notification::Reminder,
        Some(_) => Notification::None,
    }
}

/// Why a group announces nothing, besides its own state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Suppression {
    /// Its incident is open.
    pub in_hand: bool,
    /// Its route is muted at this time.
    pub route: bool,
}

/// What a group announces next, and when, or why it announces nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum NextNotification {
    /// Nothing fires.
    Over,
    /// It is shown in its parent group.
    #[serde(rename = "told_elsewhere")]
    ShownInParent,
    /// All firing alerts are silenced or inhibited.
    Silenced,
    /// Its route is muted.
    RouteQuiet {
        /// When the next flush is due.
        at: Option<Timestamp>,
    },
    /// Its incident is open: only new alerts are announced.
    #[serde(rename = "in_hand")]
    IncidentOpen,
    /// It is acknowledged: only new alerts are announced.
    Acknowledged,
    /// New alerts.
    #[serde(rename = "news")]
    NewAlerts {
        /// At which tick.
        at: Option<Timestamp>,
    },
    /// A reminder that it still fires.
    #[serde(rename = "repeat")]
    Reminder {
        /// At which tick.
        at: Option<Timestamp>,
    },
}

/// Returns what a group announces next, as [`on_tick`] will decide if nothing changes until then.
pub fn next_notification(
    group: &AlertGroup,
    timing: Timing,
    suppression: Suppression,
    now: Timestamp,
) -> NextNotification {
    let at = group.schedule.next_flush;
    if !group.fires() {
        NextNotification::Over
    } else if group.shown_in_parent().is_some() {
        NextNotification::ShownInParent
    } else if group.visible(now) == 0 {
        NextNotification::Silenced
    } else if suppression.route {
        NextNotification::RouteQuiet { at }
    } else if group.schedule.flushed_at.is_none() || group.counts.new_alerts > 0 {
        NextNotification::NewAlerts { at }
    } else if suppression.in_hand {
        NextNotification::IncidentOpen
    } else if group.acknowledged() {
        NextNotification::Acknowledged
    } else {
        NextNotification::Reminder {
            at: at.or_else(|| group.schedule.flushed_at.map(|told| later(told, timing.repeat_interval))),
        }
    }
}

fn next_look(group: &AlertGroup, timing: Timing, in_hand: bool, now: Timestamp) -> Option<Timestamp> {
    if group.visible(now) == 0 {
        // Whatever makes its alerts visible again plans a tick.
        return None;
    }
    // Groups of open incidents are flushed as well: the incident may be closed while they still fire.
    let in_hand = in_hand || group.acknowledged();
    let from = if in_hand { now } else { group.schedule.flushed_at.unwrap_or(now) };
    let repeat = later(from, timing.repeat_interval);
    Some(next_tick(now, timing.group_interval, repeat))
}

/// Plans the next tick; `None` if the planned flush is early enough.
fn plan_tick(group: &mut AlertGroup, timing: Timing, now: Timestamp) -> Option<Timestamp> {
    let anchor = group.schedule.ticked_at.unwrap_or(now);
    let tick = next_tick(anchor, timing.group_interval, now);
    if group.schedule.next_flush.is_some_and(|planned| planned <= tick) {
        return None;
    }
    group.schedule.next_flush = Some(tick);
    Some(tick)
}

/// Plans an edit within the allowance; `None` if a pending edit will show the change.
fn plan_edit(group: &mut AlertGroup, now: Timestamp, by_hand: bool) -> Option<Timestamp> {
    if by_hand {
        group.schedule.edit_due = Some(now);
        return Some(now);
    }
    if group.schedule.edit_due.is_some_and(|pending| now < pending) {
        return None;
    }
    let old = group.schedule.flushed_at.is_some_and(|posted| posted + OLD <= now);
    let gap = if old { OLD_GAP } else { GAP };
    let debt = group.schedule.edit_debt.unwrap_or(now).max(now);
    let due = (debt - gap * (BURST - 1)).max(now);
    group.schedule.edit_debt = Some(debt + gap);
    group.schedule.edit_due = Some(due);
    Some(due)
}

/// Returns `anchor` plus the smallest whole number of intervals, at least one, that is not before `wanted`.
pub fn next_tick(anchor: Timestamp, interval: Duration, wanted: Timestamp) -> Timestamp {
    let step = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX).max(1);
    let distance = (wanted - anchor).num_milliseconds();
    let steps = distance.max(1).saturating_add(step - 1) / step;
    let ahead = chrono::TimeDelta::try_milliseconds(steps.saturating_mul(step)).unwrap_or(chrono::TimeDelta::MAX);
    anchor.checked_add_signed(ahead).unwrap_or(Timestamp::MAX_UTC)
}
