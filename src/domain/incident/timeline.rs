//! Commands to the timeline, and updates that are drafted from chat messages.

use super::{
    ChatMessage, Command, Facts, Incident, IncidentEvent, NamedTime, TimeName, TimelineEvent,
    rules::{MAX_TEXT, must_be_open, next_update, text},
};
use crate::domain::{
    Timestamp,
    refusal::{IncidentRefusal, Refusal},
    text::Untrusted,
};

pub(super) fn note(note: &Untrusted) -> Result<IncidentEvent, Refusal> {
    Ok(TimelineEvent::NoteAdded { text: text("note", note, MAX_TEXT)? }.into())
}

pub(super) fn add(at: Timestamp, entry: &Untrusted, now: Timestamp) -> Result<IncidentEvent, Refusal> {
    past(at, now)?;
    Ok(TimelineEvent::TimelineAdded { at, text: text("entry", entry, MAX_TEXT)?, message: None }.into())
}

/// Adds a chat message. The clock of its platform may be ahead, so its time is limited to now.
pub(super) fn add_message(
    at: Timestamp,
    said: &Untrusted,
    message: &ChatMessage,
    now: Timestamp,
) -> Result<IncidentEvent, Refusal> {
    let text = text("message", said, MAX_TEXT)?;
    Ok(TimelineEvent::TimelineAdded { at: at.min(now), text, message: Some(message.clone()) }.into())
}

/// Returns the events of commands that are recorded as they are.
pub(super) fn recorded(command: &Command) -> Vec<IncidentEvent> {
    let mut events = Vec::new();
    if let Command::ChangeMessage { entry, author, at, text } = command.clone() {
        events.push(TimelineEvent::MessageChanged { entry, author, at, text }.into());
    }
    if let Command::TakeOut { entries, reason } = command.clone() {
        events.push(TimelineEvent::WordsTakenOut { entries, reason }.into());
    }
    events
}

pub(super) fn draft(incident: &Incident, author: &str, said: &Untrusted) -> Result<IncidentEvent, Refusal> {
    must_be_open(incident)?;
    Ok(TimelineEvent::UpdateDrafted { author: author.to_owned(), text: text("draft", said, MAX_TEXT)? }.into())
}

/// A draft is sent once: the second sender is refused.
pub(super) fn send(incident: &Incident, draft: u64, facts: &Facts<'_>) -> Result<Vec<IncidentEvent>, Refusal> {
    let said = incident.drafts.get(&draft).cloned().ok_or(IncidentRefusal::NoDraft { number: draft })?;
    let every = facts.policy.severity(incident.severity).update_every;
    let next = if incident.is_open() { every.map(|wait| facts.now + wait) } else { None };
    let posted = TimelineEvent::UpdatePosted {
        text: said,
        impact: None,
        affected: None,
        cause: None,
        estimate: None,
        next,
        draft: Some(draft),
    }
    .into();
    let mut events = vec![posted];
    if incident.is_open() {
        events.extend(next_update(facts.policy, incident.severity, facts.now));
    }
    Ok(events)
}

/// Sets a named time. Without a time it is this moment, unless it is known: the second of two people who press a button
/// does not move what the first one recorded.
pub(super) fn time(incident: &Incident, command: &Command, facts: &Facts<'_>) -> Result<Vec<IncidentEvent>, Refusal> {
    if let Command::SetTime { name, at } = command {
        return set_time(incident, *name, *at, facts.now).map(|event| vec![event]);
    }
    let Command::Mark { name } = command else { return Ok(Vec::new()) };
    let since = incident.reopened_at;
    if incident.times.get(name).is_some_and(|time| since.is_none_or(|reopened| time.last >= reopened)) {
        let (what, value) = (format!("the time {}", name.name()), "set".to_owned());
        return Err(IncidentRefusal::Already { what, value, by: None }.into());
    }
    set_time(incident, *name, facts.now, facts.now).map(|event| vec![event])
}

fn set_time(incident: &Incident, name: TimeName, at: Timestamp, now: Timestamp) -> Result<IncidentEvent, Refusal> {
    past(at, now)?;
    in_order(incident, name, at)?;
    Ok(TimelineEvent::TimeSet { name, at }.into())
}

fn past(at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if at > now { Err(IncidentRefusal::InFuture { at }.into()) } else { Ok(()) }
}

/// Pairs of named times of which the first may not be after the second.
///
/// Monitoring may detect a fault, and people its cause, before customers are affected.
const ORDER: [(TimeName, TimeName); 5] = [
    (TimeName::Impact, TimeName::Mitigated),
    (TimeName::Impact, TimeName::Resolved),
    (TimeName::Detected, TimeName::Acknowledged),
    (TimeName::Mitigated, TimeName::Resolved),
    (TimeName::Resolved, TimeName::Closed),
];

/// Returns the occurrences of a named time in the outage in which `at` lies.
fn of_outage(time: NamedTime, at: Timestamp, reopened: Option<Timestamp>) -> Vec<Timestamp> {
    match reopened {
        None => vec![time.first, time.last],
        Some(reopened) if at < reopened => vec![time.first],
        Some(reopened) if time.last < reopened => Vec::new(),
        Some(_) => vec![time.last],
    }
}

fn in_order(incident: &Incident, name: TimeName, at: Timestamp) -> Result<(), Refusal> {
    for (earlier, later) in ORDER {
        let wrong = |other: TimeName, bad: fn(Timestamp, Timestamp) -> bool| {
            let known = incident.times.get(&other).map(|time| of_outage(*time, at, incident.reopened_at));
            known.is_some_and(|known| !known.is_empty() && known.into_iter().all(|other| bad(at, other)))
        };
        if (later == name && wrong(earlier, |at, other| at < other))
            || (earlier == name && wrong(later, |at, other| at > other))
        {
            let (given, earlier) = (name.name().into(), earlier.name().into());
            return Err(IncidentRefusal::OutOfOrder { name: later.name().into(), earlier, given }.into());
        }
    }
    Ok(())
}
