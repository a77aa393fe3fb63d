//! Pages and on-call shifts.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::text;
use crate::{
    domain::{
        ids::PersonId,
        oncall::{Attempt, AttemptOutcome, ContactAttempt, Override, Page},
        text::Untrusted,
    },
    render::DutyLine,
};

/// One attempt to reach one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptShape {
    /// The person paged.
    pub person: String,
    /// The step of the policy, from 0.
    pub step: u32,
    /// The round, from 0.
    pub round: u32,
    /// When it was requested.
    pub at: DateTime<Utc>,
    /// What became of it in the chat: `waiting`, `delayed`, `delivered`, `not_needed` or `failed`.
    pub outcome: String,
    /// Why it was delayed or failed.
    pub why: Option<String>,
    /// The messages to the person's contact methods.
    pub contacts: Vec<ContactAttemptShape>,
}

/// A message to a contact method.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactAttemptShape {
    /// The id of the method.
    pub method: String,
    /// Its kind: `mail`, `web_push`, `ntfy`, `sms`, `voice`, `pushover`, `webhook` or `gateway`.
    pub kind: String,
    /// When it is due.
    pub due: DateTime<Utc>,
    /// `planned`, `bundled`, `delayed`, `accepted`, `delivered`, `shown`, `not_needed`, `withheld`, `limited` or `failed`.
    pub status: String,
    /// The code of the provider, if it failed.
    pub code: Option<String>,
    /// Why it was delayed or failed.
    pub why: Option<String>,
    /// Since when that is known.
    pub at: DateTime<Utc>,
}

impl From<&ContactAttempt> for ContactAttemptShape {
    fn from(contact: &ContactAttempt) -> Self {
        let (code, why) = contact.outcome.reason();
        Self {
            method: contact.method.to_string(),
            kind: contact.kind.name().to_owned(),
            due: contact.due,
            status: contact.outcome.name().to_owned(),
            code: code.map(str::to_owned),
            why: why.map(|why| Untrusted::from(why).shown(500)),
            at: contact.at,
        }
    }
}

/// A page: one run of an escalation policy.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageShape {
    /// Its id.
    pub id: String,
    /// What people call it: the key of its incident, or its own, such as `PAGE-7`.
    pub key: String,
    /// The key of its incident; null for a page without one.
    pub incident: Option<String>,
    /// The room that a page without an incident was requested in.
    pub room: Option<String>,
    /// Who requested it; null for a rule.
    pub requested_by: Option<String>,
    /// Who acknowledged it; until then, who was paged last.
    pub person: Option<String>,
    /// `triggered`, `acknowledged`, `snoozed`, `exhausted` or `resolved`.
    pub state: String,
    /// Every attempt, in order.
    pub attempts: Vec<AttemptShape>,
    /// The target, as requested.
    pub whom: String,
    /// The text of the page.
    pub message: Option<String>,
    /// The escalation policy.
    pub policy: String,
    /// When it started.
    pub created_at: DateTime<Utc>,
    /// When the next step is due.
    pub next_at: Option<DateTime<Utc>>,
    /// Whom that step pages, as it is now; empty in lists.
    pub next_people: Vec<String>,
    /// Until when it is put off.
    pub snoozed_until: Option<DateTime<Utc>>,
    /// Everybody who acknowledged it.
    pub acknowledged_by: Vec<String>,
    /// How many people have to acknowledge it.
    pub acknowledgements: u32,
    /// When it was acknowledged.
    pub taken_at: Option<DateTime<Utc>>,
    /// The kind of the contact method whose link, button or digit acknowledged it.
    pub taken_via: Option<String>,
    /// `high` or `low`.
    pub urgency: String,
    /// Increases with each change.
    pub version: u64,
}

impl From<&Page> for PageShape {
    fn from(page: &Page) -> Self {
        let last_asked = || page.attempts.last().map(|attempt| &attempt.person);
        Self {
            id: page.id().to_string(),
            key: page.spec.key().to_string(),
            incident: page.incident().map(|_| page.spec.key().to_string()),
            room: page.spec.room().map(ToString::to_string),
            requested_by: page.spec.by.as_ref().map(ToString::to_string),
            person: page.taken_by.as_ref().or_else(last_asked).map(ToString::to_string),
            state: page.state.name().to_owned(),
            attempts: page.attempts.iter().map(AttemptShape::from).collect(),
            whom: page.spec.whom.clone(),
            message: page.spec.message.as_ref().map(text),
            policy: page.spec.policy.id.to_string(),
            created_at: page.created_at,
            next_at: page.next_at,
            next_people: Vec::new(),
            snoozed_until: page.snoozed_until,
            acknowledged_by: page.acknowledged_by.iter().map(ToString::to_string).collect(),
            acknowledgements: page.spec.policy.acknowledgements,
            taken_at: page.taken_at,
            taken_via: page.taken_via.map(|kind| kind.name().to_owned()),
            urgency: page.spec.urgency.name().to_owned(),
            version: page.version,
        }
    }
}

impl From<&Attempt> for AttemptShape {
    fn from(attempt: &Attempt) -> Self {
        let (outcome, why) = match &attempt.outcome {
            AttemptOutcome::Waiting => ("waiting", None),
            AttemptOutcome::Delayed { why } => ("delayed", Some(why)),
            AttemptOutcome::Delivered => ("delivered", None),
            AttemptOutcome::NotNeeded => ("not_needed", None),
            AttemptOutcome::Failed { why } => ("failed", Some(why)),
        };
        Self {
            person: attempt.person.to_string(),
            step: attempt.step,
            round: attempt.round,
            at: attempt.at,
            outcome: outcome.to_owned(),
            why: why.map(|why| Untrusted::from(why.as_str()).shown(500)),
            contacts: attempt.contacts.iter().map(ContactAttemptShape::from).collect(),
        }
    }
}

/// An on-call override.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverrideShape {
    /// Its id.
    pub id: String,
    /// The schedule.
    pub schedule: String,
    /// `replace`, `add` or `remove`.
    pub kind: &'static str,
    /// The person who is on call by it; for `remove`, who is not.
    pub person: String,
    /// In whose place; null for everyone who is scheduled.
    pub instead_of: Option<String>,
    /// When it starts.
    pub from: DateTime<Utc>,
    /// When it ends, exclusive.
    pub until: DateTime<Utc>,
}

impl From<&Override> for OverrideShape {
    fn from(entry: &Override) -> Self {
        Self {
            id: entry.id.to_string(),
            schedule: entry.schedule.to_string(),
            kind: entry.kind.name(),
            person: entry.person.to_string(),
            instead_of: entry.instead_of.as_ref().map(ToString::to_string),
            from: entry.from,
            until: entry.until,
        }
    }
}

/// Who is on call in a schedule.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyShape {
    /// The schedule.
    pub schedule: String,
    /// The people on call; empty if nobody is.
    pub people: Vec<String>,
    /// When the shift ends.
    pub until: Option<DateTime<Utc>>,
    /// Who is on call next.
    pub next: Vec<String>,
}

impl From<&DutyLine> for DutyShape {
    fn from(line: &DutyLine) -> Self {
        let names = |people: &[PersonId]| people.iter().map(ToString::to_string).collect();
        Self {
            schedule: line.schedule.to_string(),
            people: names(&line.people),
            until: line.until,
            next: names(&line.next),
        }
    }
}
