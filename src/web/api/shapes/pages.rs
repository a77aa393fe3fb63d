//! Pages and who is on call.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::text;
use crate::{
    domain::{
        ids::PersonId,
        oncall::{Attempt, AttemptOutcome, Override, Page},
        text::Untrusted,
    },
    render::DutyLine,
};

/// One attempt to reach one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptShape {
    /// Whom.
    pub person: String,
    /// In which step of the policy, from 0.
    pub step: u32,
    /// In which round, from 0.
    pub round: u32,
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// `waiting`, `delayed`, `delivered`, `not_needed` or `failed`.
    pub outcome: String,
    /// Why it was delayed or failed.
    pub why: Option<String>,
}

/// A page: one run of an escalation policy.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageShape {
    /// Its id.
    pub id: String,
    /// The key of its incident.
    pub incident: String,
    /// Who has it; while nobody has, who was asked last.
    pub person: Option<String>,
    /// `triggered`, `acknowledged` or `resolved`.
    pub state: String,
    /// Every attempt, in order.
    pub attempts: Vec<AttemptShape>,
    /// Whom it is for, in the words it was asked with.
    pub whom: String,
    /// What the asked should know.
    pub message: Option<String>,
    /// The policy it climbs.
    pub policy: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When the next step is due.
    pub next_at: Option<DateTime<Utc>>,
    /// When someone took it.
    pub taken_at: Option<DateTime<Utc>>,
    /// Grows with each change.
    pub version: u64,
}

impl From<&Page> for PageShape {
    fn from(page: &Page) -> Self {
        let last_asked = || page.attempts.last().map(|attempt| &attempt.person);
        Self {
            id: page.id().to_string(),
            incident: page.spec.key.to_string(),
            person: page.taken_by.as_ref().or_else(last_asked).map(ToString::to_string),
            state: page.state.name().to_owned(),
            attempts: page.attempts.iter().map(AttemptShape::from).collect(),
            whom: page.spec.whom.clone(),
            message: page.spec.message.as_ref().map(text),
            policy: page.spec.policy.id.to_string(),
            created_at: page.created_at,
            next_at: page.next_at,
            taken_at: page.taken_at,
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
        }
    }
}

/// Someone stands in for a while.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverrideShape {
    /// Its id.
    pub id: String,
    /// In which schedule.
    pub schedule: String,
    /// Who is on call then.
    pub person: String,
    /// From then.
    pub from: DateTime<Utc>,
    /// Until then, exclusive.
    pub until: DateTime<Utc>,
}

impl From<&Override> for OverrideShape {
    fn from(entry: &Override) -> Self {
        Self {
            id: entry.id.to_string(),
            schedule: entry.schedule.to_string(),
            person: entry.person.to_string(),
            from: entry.from,
            until: entry.until,
        }
    }
}

/// Who is on call in one schedule.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyShape {
    /// The schedule.
    pub schedule: String,
    /// Who; empty: nobody.
    pub people: Vec<String>,
    /// Until when.
    pub until: Option<DateTime<Utc>>,
    /// Who comes then.
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
