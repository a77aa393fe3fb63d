//! When a group's message is due.
//!
//! The clocks are Alertmanager's: a new group waits `group_wait` (or not at all when its first alert is older than
//! that), news is told at ticks that are `group_interval` apart, and a group that still fires is told again after
//! `repeat_interval`, rounded up to a tick. Unlike there, an edit that tells of no new alert (a resolve, an
//! acknowledgement, a silence) is made at once, because edits make no noise; and a tick at which nothing could happen
//! is not waited for.

use std::time::Duration;

use serde::Serialize;

use super::{Alert, AlertGroup, Timing};
use crate::domain::Timestamp;

/// How many edits of a message may follow each other at once.
const BURST: i32 = 3;
/// How far apart edits are after that.
const GAP: chrono::TimeDelta = chrono::TimeDelta::seconds(5);
/// How far apart edits of a message that is nearly an hour old are: chat platforms take fewer of those.
const OLD_GAP: chrono::TimeDelta = chrono::TimeDelta::seconds(60);
/// When a message counts as nearly an hour old.
const OLD: chrono::TimeDelta = chrono::TimeDelta::minutes(55);

/// When the first look at a new group is due: at once if its first alert has fired for `group_wait` already.
pub fn first_flush(first: &Alert, timing: Timing, now: Timestamp) -> Timestamp {
    if later(first.starts_at, timing.group_wait) <= now { now } else { later(now, timing.group_wait) }
}

/// What happened to a group besides alerts being counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Alerts began to fire.
    News,
    /// Something that is no news: an alert is over or says something else, or a rule or sender changed it.
    Quiet,
    /// A person did something to it, and looks at the message now.
    ByHand,
}

/// What is to be done about a group's message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// When the message is to be made true again; none: not now, or it is pending already.
    pub edit: Option<Timestamp>,
    /// When to look at the group again; none: the look that is planned will do.
    pub look: Option<Timestamp>,
}

/// Says what a change asks for, and notes it in the group.
pub fn on_change(group: &mut AlertGroup, change: Change, timing: Timing, now: Timestamp) -> Due {
    group.version += 1;
    if group.schedule.ticked_at.is_none() {
        // Its first look is planned.
        return Due::default();
    }
    let edit = match change {
        _ if group.schedule.flushed_at.is_none() => None,
        Change::News => None,
        Change::Quiet => plan_edit(group, now, false),
        Change::ByHand => plan_edit(group, now, true),
    };
    let heard = group.visible(now) > 0
        && (group.counts.new_alerts > 0 || group.schedule.remind || group.schedule.next_flush.is_none());
    let look = if heard || group.counts.firing == 0 { plan_tick(group, timing, now) } else { None };
    Due { edit, look }
}

/// What to tell at a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tell {
    /// Nothing.
    Nothing,
    /// The message is to be posted, or edited to show the news.
    News,
    /// It still fires: a fresh message.
    Again,
}

/// What a tick came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// What to tell.
    pub tell: Tell,
    /// Whether the group is closed by it.
    pub close: bool,
    /// When to look again.
    pub look: Option<Timestamp>,
}

/// Looks at a group at its tick, and notes what came of it in the group. `in_hand`: it belongs to an incident that is
/// open, so that nobody needs to be told again. None: the look comes too early or too late to mean anything.
pub fn on_tick(group: &mut AlertGroup, timing: Timing, in_hand: bool, now: Timestamp) -> Option<Tick> {
    group.schedule.next_flush.filter(|due| group.open && *due <= now)?;
    group.schedule.ticked_at = Some(now);
    group.schedule.next_flush = None;
    if !group.fires() {
        group.open = false;
        group.version += 1;
        return Some(Tick { tell: Tell::Nothing, close: true, look: None });
    }
    let tell = what_to_tell(group, timing, in_hand, now);
    if tell != Tell::Nothing {
        group.schedule.flushed_at = Some(now);
        group.counts.new_alerts = 0;
        group.schedule.flushes += 1;
        group.schedule.remind = false;
        group.schedule.edit_due = Some(now);
        group.version += 1;
    }
    group.schedule.next_flush = next_look(group, timing, in_hand, now);
    Some(Tick { tell, close: false, look: group.schedule.next_flush })
}

/// How many ticks ahead a quiet route looks for one at which it speaks.
const AHEAD: u32 = 2_000;

/// Looks at a group at its tick while its route tells nothing: everything waits for the first tick at which it speaks, or
/// for the last that was looked at. None: the look comes too early or too late, or nothing fires and the group may close.
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

fn what_to_tell(group: &AlertGroup, timing: Timing, in_hand: bool, now: Timestamp) -> Tell {
    match group.schedule.flushed_at {
        _ if group.visible(now) == 0 => Tell::Nothing,
        None => Tell::News,
        Some(_) if group.counts.new_alerts > 0 => Tell::News,
        Some(_) if in_hand || group.acknowledged() => Tell::Nothing,
        Some(told) if group.schedule.remind || later(told, timing.repeat_interval) <= now => Tell::Again,
        Some(_) => Tell::Nothing,
    }
}

/// What keeps a group from telling, besides itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hindrance {
    /// Its incident is open.
    pub in_hand: bool,
    /// Its route tells nothing at this time.
    pub route: bool,
}

/// What a group tells next, and when, or why it tells nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Next {
    /// Nothing fires.
    Over,
    /// Another group tells it.
    ToldElsewhere,
    /// All that fires is silenced or inhibited.
    Silenced,
    /// Its route is quiet; `at` is the next look.
    RouteQuiet {
        /// When it looks again.
        at: Option<Timestamp>,
    },
    /// Its incident is open: only new alerts are told.
    InHand,
    /// Someone has all of it: only new alerts are told.
    Acknowledged,
    /// Something that was not told yet.
    News {
        /// At that tick.
        at: Option<Timestamp>,
    },
    /// That it fires still.
    Repeat {
        /// At that tick.
        at: Option<Timestamp>,
    },
}

/// Says what a group tells next, as [`on_tick`] will decide if nothing changes until then.
pub fn next_telling(group: &AlertGroup, timing: Timing, hindrance: Hindrance, now: Timestamp) -> Next {
    let at = group.schedule.next_flush;
    if !group.fires() {
        Next::Over
    } else if group.shown_in_parent().is_some() {
        Next::ToldElsewhere
    } else if group.visible(now) == 0 {
        Next::Silenced
    } else if hindrance.route {
        Next::RouteQuiet { at }
    } else if group.schedule.flushed_at.is_none() || group.counts.new_alerts > 0 {
        Next::News { at }
    } else if hindrance.in_hand {
        Next::InHand
    } else if group.acknowledged() {
        Next::Acknowledged
    } else {
        Next::Repeat { at: at.or_else(|| group.schedule.flushed_at.map(|told| later(told, timing.repeat_interval))) }
    }
}

fn next_look(group: &AlertGroup, timing: Timing, in_hand: bool, now: Timestamp) -> Option<Timestamp> {
    if group.visible(now) == 0 {
        // Whatever makes it heard again plans a tick.
        return None;
    }
    // What is in hand is looked at again as well: its incident may be closed while it fires still.
    let in_hand = in_hand || group.acknowledged();
    let from = group.schedule.flushed_at.filter(|_| !in_hand).unwrap_or(now);
    let repeat = later(from, timing.repeat_interval);
    Some(next_tick(now, timing.group_interval, repeat))
}

/// Plans the next tick if no earlier one is planned; none: the planned look will do.
fn plan_tick(group: &mut AlertGroup, timing: Timing, now: Timestamp) -> Option<Timestamp> {
    let anchor = group.schedule.ticked_at.unwrap_or(now);
    let tick = next_tick(anchor, timing.group_interval, now);
    if group.schedule.next_flush.is_some_and(|planned| planned <= tick) {
        return None;
    }
    group.schedule.next_flush = Some(tick);
    Some(tick)
}

/// Plans an edit within the allowance; none: one is pending that will show the change.
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

/// The first whole number of intervals after `anchor` (at least one) that is not before `wanted`.
pub fn next_tick(anchor: Timestamp, interval: Duration, wanted: Timestamp) -> Timestamp {
    let step = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX).max(1);
    let distance = (wanted - anchor).num_milliseconds();
    let steps = distance.max(1).saturating_add(step - 1) / step;
    let ahead = chrono::TimeDelta::try_milliseconds(steps.saturating_mul(step)).unwrap_or(chrono::TimeDelta::MAX);
    anchor.checked_add_signed(ahead).unwrap_or(Timestamp::MAX_UTC)
}

/// `at` and so long after it.
pub fn later(at: Timestamp, wait: Duration) -> Timestamp {
    let wait = chrono::TimeDelta::from_std(wait).unwrap_or(chrono::TimeDelta::MAX);
    at.checked_add_signed(wait).unwrap_or(Timestamp::MAX_UTC)
}
