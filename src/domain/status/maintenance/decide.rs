//! Decides what a command does to a maintenance, and what follows from it.

use super::{Maintenance, MaintenanceCommand, MaintenanceEvent, MaintenancePolicy, MaintenanceStatus, NewMaintenance};
use crate::domain::{
    Timestamp,
    effect::{Audience, ChatEffect, Timer},
    ids::RoomId,
    incident::{INCIDENTS_FEED, PlannedEffect},
    refusal::{IncidentRefusal, Refusal, StatusRefusal},
    text::Untrusted,
};

/// The longest title, in characters.
const MAX_TITLE: usize = 200;
/// The longest message, in characters.
const MAX_MESSAGE: usize = 4_000;

type Events = Result<Vec<MaintenanceEvent>, Refusal>;

/// What `decide_maintenance` needs to know.
#[derive(Clone, Copy, Debug)]
pub struct MaintenanceFacts<'a> {
    /// Now.
    pub now: Timestamp,
    /// When hotroom acts by itself.
    pub policy: &'a MaintenancePolicy,
    /// True if an alert of its services fires.
    pub firing: bool,
}

/// Schedules a maintenance.
///
/// # Errors
/// What is wrong with its texts, components or window.
pub fn new_maintenance(spec: NewMaintenance, now: Timestamp) -> Events {
    text(&spec.title, "title", MAX_TITLE)?;
    text(&spec.message, "message", MAX_MESSAGE)?;
    if spec.components.is_empty() {
        return Err(IncidentRefusal::Empty { what: "components".into() }.into());
    }
    window(spec.from, spec.until, now)?;
    Ok(vec![MaintenanceEvent::MaintenanceScheduled { spec }])
}

/// Decides a command. No events: there is nothing to do.
///
/// # Errors
/// Why the command is not carried out.
pub fn decide_maintenance(item: &Maintenance, command: &MaintenanceCommand, facts: MaintenanceFacts<'_>) -> Events {
    match command {
        MaintenanceCommand::Move { from, until, message } => {
            optional(message)?;
            let has_begun = item.status != MaintenanceStatus::Scheduled;
            if item.status.is_over() || (has_begun && from.is_some()) {
                return Err(refused(item));
            }
            let (from, until) = (from.unwrap_or(item.from), until.unwrap_or(item.until));
            if (from, until) == (item.from, item.until) {
                return Ok(Vec::new());
            }
            window(from, until, facts.now)?;
            Ok(vec![MaintenanceEvent::MaintenanceMoved { from, until, message: message.clone() }])
        }
        MaintenanceCommand::Post { status, message } => {
            text(message, "message", MAX_MESSAGE)?;
            let status = status.unwrap_or(item.status);
            if item.status.is_over() || !may_follow(item, status, facts.now) {
                return Err(refused(item));
            }
            Ok(vec![MaintenanceEvent::MaintenancePosted { status, message: message.clone() }])
        }
        MaintenanceCommand::Cancel { message } => {
            text(message, "message", MAX_MESSAGE)?;
            if item.status.is_over() {
                return Err(refused(item));
            }
            Ok(vec![MaintenanceEvent::MaintenanceCancelled { message: message.clone() }])
        }
        MaintenanceCommand::Continue => Ok(proceed(item, facts).into_iter().collect()),
    }
}

fn refused(item: &Maintenance) -> Refusal {
    StatusRefusal::MaintenanceState { number: item.number, status: item.status }.into()
}

/// True if a person may set the status after that of the maintenance.
fn may_follow(item: &Maintenance, status: MaintenanceStatus, now: Timestamp) -> bool {
    match (item.status, status) {
        (before, after) if before == after => true,
        (MaintenanceStatus::Scheduled, after) => after == MaintenanceStatus::InProgress,
        (MaintenanceStatus::InProgress, after) => {
            matches!(after, MaintenanceStatus::Verifying | MaintenanceStatus::Completed)
        }
        (MaintenanceStatus::Verifying, MaintenanceStatus::InProgress) => now < item.until,
        (MaintenanceStatus::Verifying, after) => after == MaintenanceStatus::Completed,
        (MaintenanceStatus::Completed | MaintenanceStatus::Cancelled, _) => false,
    }
}

/// What is due now by the clock.
fn proceed(item: &Maintenance, facts: MaintenanceFacts<'_>) -> Option<MaintenanceEvent> {
    let enter = |status| Some(MaintenanceEvent::MaintenancePosted { status, message: Untrusted::default() });
    if facts.now < next_maintenance_step(item, facts.policy)? {
        return None;
    }
    match item.status {
        MaintenanceStatus::Scheduled if facts.now >= item.from => enter(MaintenanceStatus::InProgress),
        MaintenanceStatus::Scheduled => Some(MaintenanceEvent::MaintenanceReminded { overrun: false }),
        MaintenanceStatus::InProgress => enter(MaintenanceStatus::Verifying),
        MaintenanceStatus::Verifying if !item.by_hand && !facts.firing => enter(MaintenanceStatus::Completed),
        MaintenanceStatus::Verifying => Some(MaintenanceEvent::MaintenanceReminded { overrun: true }),
        MaintenanceStatus::Completed | MaintenanceStatus::Cancelled => None,
    }
}

/// Returns when something is due next; `None` once it is over.
pub fn next_maintenance_step(item: &Maintenance, policy: &MaintenancePolicy) -> Option<Timestamp> {
    match (item.status, item.reminded_at) {
        (MaintenanceStatus::Scheduled, None) => Some((item.from - policy.remind_before).max(item.created_at)),
        (MaintenanceStatus::Scheduled, Some(_)) => Some(item.from),
        (MaintenanceStatus::InProgress, _) => Some(item.until),
        (MaintenanceStatus::Verifying, None) => {
            Some(item.verified_at.unwrap_or(item.until).max(item.until) + policy.verify)
        }
        (MaintenanceStatus::Verifying, Some(reminded)) => Some(reminded + policy.remind_every),
        (MaintenanceStatus::Completed | MaintenanceStatus::Cancelled, _) => None,
    }
}

/// Returns the effects of `event`, which is the latest of `item`.
pub fn maintenance_effects(
    item: &Maintenance,
    event: &MaintenanceEvent,
    policy: &MaintenancePolicy,
    now: Timestamp,
) -> Vec<PlannedEffect> {
    let (maintenance, seq) = (item.id, item.version);
    let notice = |to| PlannedEffect::new(ChatEffect::MaintenanceNotice { maintenance, seq, to }, now);
    let mut effects = vec![notice(Audience::Feed(RoomId::new(INCIDENTS_FEED)))];
    if let MaintenanceEvent::MaintenanceReminded { .. } = event {
        effects.extend(item.created_by.person().map(|person| notice(Audience::Person(person.clone()))));
    }
    let due = next_maintenance_step(item, policy).map(|due| due.max(now));
    effects.extend(due.map(|due| PlannedEffect::new(Timer::MaintenanceDue { maintenance }, due)));
    effects
}

fn text(text: &Untrusted, what: &str, max: usize) -> Result<(), Refusal> {
    if text.is_blank() {
        return Err(IncidentRefusal::Empty { what: what.into() }.into());
    }
    if text.verbatim().chars().count() > max {
        return Err(IncidentRefusal::TooLong { what: what.into(), max }.into());
    }
    Ok(())
}

fn optional(message: &Untrusted) -> Result<(), Refusal> {
    if message.is_blank() { Ok(()) } else { text(message, "message", MAX_MESSAGE) }
}

fn window(from: Timestamp, until: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if until <= from || until <= now {
        return Err(StatusRefusal::BadWindow { from, until }.into());
    }
    Ok(())
}
