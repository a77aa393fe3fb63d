//! Commands to a page.

use chrono::TimeDelta;

use super::AttemptOutcome;
use crate::domain::{
    Timestamp,
    contact::{ContactOutcome, MethodKind},
    ids::{ContactMethodId, IncidentId, Key, PersonId},
    oncall::EscalationPolicy,
    pager::{MissReason, OutsideAnswer, RemotePageRef},
};

/// A command to a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageCommand {
    /// The timer of the next step fired.
    StepDue,
    /// The timer of recipients that the present step pages later fired.
    LaterDue {
        /// The version at which that step began.
        stepped: u64,
    },
    /// Move the next step, because the clock of the machine was set.
    MoveStep {
        /// By how much.
        by: TimeDelta,
    },
    /// Acknowledge it.
    Acknowledge {
        /// Who.
        by: PersonId,
        /// By the link, button or digit of which method; `None` for the chat, the console and the API.
        via: Option<MethodKind>,
    },
    /// Page the next step at once.
    Escalate {
        /// Who escalates.
        by: PersonId,
        /// The version of the page that they saw.
        seen: Option<u64>,
    },
    /// Decline it.
    Decline {
        /// Who.
        by: PersonId,
    },
    /// Put it off.
    Snooze {
        /// Who.
        by: PersonId,
        /// Until when.
        until: Timestamp,
    },
    /// Page again, because the time is over for which it was put off.
    EndSnooze {
        /// The version of the page that the snooze made.
        snoozed: u64,
    },
    /// Page somebody else instead.
    Reassign {
        /// Who reassigns it.
        by: PersonId,
        /// To whom.
        to: PageTarget,
    },
    /// Page one more person at once.
    AddResponder {
        /// Who adds them.
        by: PersonId,
        /// Whom.
        person: PersonId,
    },
    /// Resolve it.
    Resolve {
        /// Who; `None` because its incident is over.
        by: Option<PersonId>,
    },
    /// Record that the outside pager accepted it.
    AcceptOutside {
        /// What the pager calls it.
        remote: RemotePageRef,
    },
    /// Page with the built-in engine, because the outside pager has not accepted it.
    MissOutside {
        /// Why.
        why: MissReason,
    },
    /// Take over an answer that was given at the outside pager.
    AnswerOutside {
        /// The answer.
        answer: OutsideAnswer,
        /// Who gave it.
        by: OutsideAuthor,
    },
    /// Continue it for another incident, which its own became part of.
    Move {
        /// The other incident.
        incident: IncidentId,
        /// Its key.
        key: Key,
    },
    /// Record the outcome of an attempt.
    Attempted {
        /// The paged person.
        person: PersonId,
        /// The count of this person's attempts.
        n: u32,
        /// Its outcome.
        outcome: AttemptOutcome,
    },
    /// Record what is known of a message to a contact method.
    ContactAttempted {
        /// The paged person.
        person: PersonId,
        /// The count of this person's attempts.
        n: u32,
        /// The method.
        method: ContactMethodId,
        /// What is known of it.
        outcome: ContactOutcome,
    },
}

/// Who answered a page at an outside pager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideAuthor {
    /// The person; `None` for somebody who is not one of the people.
    pub person: Option<PersonId>,
    /// The name, as the pager shows it.
    pub name: String,
}

/// Whom a page goes to, with a policy to reach them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageTarget {
    /// Their name, as in [`super::NewPage::whom`].
    pub whom: String,
    /// The policy.
    pub policy: EscalationPolicy,
}
