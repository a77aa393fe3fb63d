//! Rules that several commands share: lengths, texts, and which incidents accept changes.

use super::{Incident, IncidentEvent, Policy, Severity, TimelineEvent};
use crate::domain::{
    Timestamp,
    refusal::{IncidentRefusal, Refusal},
    text::Untrusted,
};

/// The longest title, in characters.
pub(super) const MAX_TITLE: usize = 200;
/// The longest note, update or description, in characters.
pub(super) const MAX_TEXT: usize = 4_000;
/// The longest task, in characters.
pub(super) const MAX_TASK: usize = 500;
/// The most alert groups that a record lists. Further groups name the incident in their own records, and the card counts
/// all of them.
pub const MOST_GROUPS: usize = 100;

/// The event that sets when the next update is due; `None` if the severity asks for no updates.
pub(super) fn next_update(policy: &Policy, severity: Severity, now: Timestamp) -> Option<IncidentEvent> {
    policy.severity(severity).update_every.map(|every| TimelineEvent::UpdateClockSet { due: Some(now + every) }.into())
}

/// The event that sets the next update by a severity, or stops the reminders. Raising the severity does not postpone an
/// update that was promised earlier.
pub(super) fn reset_clock(incident: &Incident, policy: &Policy, to: Severity, now: Timestamp) -> IncidentEvent {
    let promised = if to < incident.severity { incident.update_due } else { None };
    let due = policy.severity(to).update_every.map(|wait| now + wait).into_iter().chain(promised).min();
    TimelineEvent::UpdateClockSet { due }.into()
}

/// The number of the next task.
pub(super) fn next_task(incident: &Incident) -> u32 {
    let highest = incident.tasks.iter().map(|task| task.number).max().unwrap_or(0);
    highest.saturating_add(1)
}

/// Returns the text if it is neither blank nor longer than `max` characters.
pub(super) fn text(what: &str, text: &Untrusted, max: usize) -> Result<Untrusted, Refusal> {
    if text.is_blank() {
        return Err(IncidentRefusal::Empty { what: what.into() }.into());
    }
    if text.verbatim().chars().count() > max {
        return Err(IncidentRefusal::TooLong { what: what.into(), max }.into());
    }
    Ok(text.clone())
}

/// Returns the text, which may be blank.
pub(super) fn optional_text(what: &str, value: &Untrusted) -> Result<Untrusted, Refusal> {
    if value.is_blank() { Ok(Untrusted::default()) } else { text(what, value, MAX_TEXT) }
}

/// Refuses changes of incidents that are over.
pub(super) fn must_be_open(incident: &Incident) -> Result<(), Refusal> {
    if incident.is_open() {
        return Ok(());
    }
    Err(IncidentRefusal::NotOpen { key: incident.key.clone(), status: incident.status.clone() }.into())
}
