//! What happens to pages, contact methods and schedules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AttemptOutcome, EscalationPolicy, LaterRecipient, NewPage, Override};
use crate::domain::{
    Timestamp,
    contact::{ContactOutcome, MethodKind, PlannedContact},
    effect::MethodChange,
    ids::{ContactMethodId, IncidentId, Key, OverrideId, PersonId, RoomId, WebhookId},
    pager::{MissReason, OutsideAnswer, RemotePageRef},
};

/// Events of pages and schedules: streams `page/<id>` and `schedule/<name>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant says what its fields mean")]
pub enum OnCallEvent {
    /// A page was triggered with a copy of its policy.
    PageTriggered { spec: NewPage },
    /// A step paged these people. `next` is when the step after it is due.
    PageStepped {
        step: u32,
        round: u32,
        people: Vec<PersonId>,
        next: Timestamp,
        /// The messages to their contact methods, by the rules that each person had then.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        contacts: BTreeMap<PersonId, Vec<PlannedContact>>,
        /// The rooms that it asks.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rooms: Vec<RoomId>,
        /// The webhooks that it posts to.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        webhooks: Vec<WebhookId>,
        /// Who is paged some time after it began.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        later: Vec<LaterRecipient>,
    },
    /// The time came for recipients that the present step pages some time after it began.
    #[serde(rename = "page_step_widened")]
    PageStepJoined {
        people: Vec<PersonId>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        contacts: BTreeMap<PersonId, Vec<PlannedContact>>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rooms: Vec<RoomId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        webhooks: Vec<WebhookId>,
    },
    /// The clock of the machine was set: the next step is due at another time.
    PageStepMoved { next: Timestamp },
    /// A step had nobody to page: `whom` names its targets, `fallback` is who is paged instead.
    PageFoundNobody { step: u32, round: u32, whom: String, fallback: Option<PersonId> },
    /// The outcome of an attempt to page a person is known.
    PageAttempted { person: PersonId, attempt: u32, outcome: AttemptOutcome },
    /// What is known of a message to a contact method.
    ContactAttempted { person: PersonId, attempt: u32, method: ContactMethodId, outcome: ContactOutcome },
    /// A person acknowledged it; `via` is the method whose link, button or digit was used.
    #[serde(rename = "page_taken")]
    PageAcknowledged {
        person: PersonId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        via: Option<MethodKind>,
    },
    /// A person escalated it to the next step.
    #[serde(rename = "page_pushed")]
    PageEscalated { person: PersonId },
    /// A paged person cannot respond.
    #[serde(rename = "page_refused")]
    PageDeclined { person: PersonId },
    /// All steps ended without a response.
    #[serde(rename = "page_ran_out")]
    PageExhausted,
    /// A person put it off: it pages again at `until`.
    #[serde(rename = "page_put_off")]
    PageSnoozed { person: PersonId, until: Timestamp },
    /// The time is over for which it was put off: it pages again from the first step.
    PageRetriggered,
    /// A person had somebody else paged instead.
    #[serde(rename = "page_handed_over")]
    PageReassigned { person: PersonId, whom: String, policy: EscalationPolicy },
    /// A person had one more person paged.
    #[serde(rename = "page_person_added")]
    PageResponderAdded {
        by: PersonId,
        person: PersonId,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        contacts: Vec<PlannedContact>,
    },
    /// Its incident is over, or a person resolved it.
    PageResolved {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
    },
    /// The outside pager accepted it; `late` if the built-in engine pages already.
    #[serde(rename = "outside_page_accepted")]
    PageAcceptedOutside {
        remote: RemotePageRef,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        late: bool,
    },
    /// The outside pager did not accept it in time, or will not accept it: the built-in engine pages.
    #[serde(rename = "outside_page_missed")]
    PageMissedOutside { why: MissReason },
    /// Somebody answered it at the outside pager; `person` is `None` for somebody who is not one of the people.
    #[serde(rename = "outside_page_answered")]
    PageAnsweredOutside { answer: OutsideAnswer, person: Option<PersonId>, name: String },
    /// Its incident became part of this one, for which it goes on.
    PageMoved { incident: IncidentId, key: Key },
    /// A contact method of a person changed. Its address is not in the log, so that it can be erased.
    ContactMethodChanged { person: PersonId, method: ContactMethodId, kind: MethodKind, change: MethodChange },
    /// A code was sent to a contact method.
    ContactCodeSent { person: PersonId, method: ContactMethodId },
    /// A test was sent to a contact method.
    ContactTested { person: PersonId, method: ContactMethodId },
    /// An override was added.
    OverrideAdded { entry: Override },
    /// An override was cancelled.
    OverrideRemoved { id: OverrideId },
}
