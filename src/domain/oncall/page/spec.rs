//! What a page is about, and the states it can be in.

use serde::{Deserialize, Serialize};

use crate::domain::{
    contact::Urgency,
    ids::{IncidentId, Key, PageId, PersonId, RoomId},
    oncall::EscalationPolicy,
    pager::OutsideRoute,
    text::Untrusted,
};

/// The state of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageState {
    /// People are being paged.
    Triggered,
    /// As many people as its policy asks for have acknowledged it.
    Acknowledged,
    /// A person put it off: it pages again later.
    Snoozed,
    /// Every step was tried, and nobody responded. It can still be acknowledged.
    Exhausted,
    /// Its incident is over, or a person resolved it.
    Resolved,
}

impl PageState {
    /// All states, in the order they are reached.
    pub const ALL: [Self; 5] = [Self::Triggered, Self::Acknowledged, Self::Snoozed, Self::Exhausted, Self::Resolved];

    /// The word it is stored and shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Triggered => "triggered",
            Self::Acknowledged => "acknowledged",
            Self::Snoozed => "snoozed",
            Self::Exhausted => "exhausted",
            Self::Resolved => "resolved",
        }
    }
}

/// What a page is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PageSubject {
    /// An incident.
    Incident {
        /// Which one.
        incident: IncidentId,
        /// Its key.
        key: Key,
    },
    /// What a person wrote, without an incident.
    Request {
        /// The number in its key: `PAGE-7`.
        number: u64,
        /// The room that it was requested in; `None` for the API and for direct messages.
        room: Option<RoomId>,
    },
}

/// The prefix of the keys of pages without an incident.
const REQUEST_PREFIX: &str = "PAGE";

/// The properties of a new page. Its subject changes when its incident is merged into another, policy and target when it is
/// reassigned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPage {
    /// Its id.
    pub id: PageId,
    /// What it is about.
    #[serde(flatten)]
    pub about: PageSubject,
    /// A copy of the escalation policy: a changed configuration does not change a page in progress.
    pub policy: EscalationPolicy,
    /// Whom it is for, as requested: `@bob`, `team/core`, `schedule/primary`, `service/checkout`.
    pub whom: String,
    /// Who requested it; `None` for a rule.
    #[serde(default)]
    pub by: Option<PersonId>,
    /// A message for the paged people.
    pub message: Option<Untrusted>,
    /// Whose acknowledgement of the alerts ended, which started this page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lapsed: Option<PersonId>,
    /// True if that acknowledgement ended because nobody worked on the incident.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idle: bool,
    /// True for a drill.
    pub drill: bool,
    /// How urgent it is.
    #[serde(default)]
    pub urgency: Urgency,
    /// The outside pager that it goes to first; `None` if the built-in engine pages at once. The record of a page has this
    /// beside its own `outside`.
    #[serde(default, rename = "outside_route", skip_serializing_if = "Option::is_none")]
    pub outside: Option<OutsideRoute>,
}

/// The policy of a page for an incident that names no service. No policy of `bot.toml` has such a name.
pub const NO_SERVICE: &str = "service/";

impl NewPage {
    /// True if it is for the fallback, because its incident names no service.
    pub fn names_no_service(&self) -> bool {
        self.policy.id.as_str() == NO_SERVICE
    }

    /// Returns the incident that it is about, if any.
    pub fn incident(&self) -> Option<IncidentId> {
        match &self.about {
            PageSubject::Incident { incident, .. } => Some(*incident),
            PageSubject::Request { .. } => None,
        }
    }

    /// Returns what people call it: the key of its incident, or a key of its own, such as `PAGE-7`.
    pub fn key(&self) -> Key {
        match &self.about {
            PageSubject::Incident { key, .. } => key.clone(),
            PageSubject::Request { number, .. } => Key::new(REQUEST_PREFIX, *number),
        }
    }

    /// Returns the room that it was requested in, if it is about no incident.
    pub fn room(&self) -> Option<&RoomId> {
        match &self.about {
            PageSubject::Incident { .. } => None,
            PageSubject::Request { room, .. } => room.as_ref(),
        }
    }
}
