//! What is sent to people outside the chat.

use serde::{Deserialize, Serialize};

use super::{DestinationEffect, EffectClass, Priority, Purpose, Retries, Subject};
use crate::domain::{
    contact::MethodKind,
    ids::{ContactMethodId, IncidentId, PageId, PersonId},
};

/// A message to a contact method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum ContactEffect {
    /// Page a person.
    PageByMethod {
        /// Which page.
        page: PageId,
        /// Whom.
        person: PersonId,
        /// The number of the person's attempt.
        attempt: u32,
        /// By which method.
        method: ContactMethodId,
        /// Its kind.
        kind: MethodKind,
        /// The number of the message in the attempt, from 0.
        nth: usize,
        /// True if it does not wait for its time, because a limit kept the one before it back.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        early: bool,
    },
    /// Page a person for several pages in one message.
    PageBundle {
        /// The bundle.
        bundle: PageId,
        /// Whom.
        person: PersonId,
        /// By which method.
        method: ContactMethodId,
        /// Its kind.
        kind: MethodKind,
    },
    /// Show at a method that a page is over, or stop its alarm.
    UpdateByMethod {
        /// Which page.
        page: PageId,
        /// To whom.
        person: PersonId,
        /// The number of the person's attempt.
        attempt: u32,
        /// By which method.
        method: ContactMethodId,
        /// Its kind.
        kind: MethodKind,
    },
    /// Send a code that proves that messages arrive.
    SendCode {
        /// To which method.
        method: ContactMethodId,
        /// Its kind.
        kind: MethodKind,
        /// The number of the code.
        serial: u32,
    },
    /// Send a test that asks for an answer.
    SendTest {
        /// To which method.
        method: ContactMethodId,
        /// Its kind.
        kind: MethodKind,
        /// The id of the test.
        test: PageId,
    },
    /// Remind a person of the present step of a post-mortem.
    RemindByMethod {
        /// Of which incident.
        incident: IncidentId,
        /// By which method.
        method: ContactMethodId,
        /// Its kind.
        kind: MethodKind,
    },
    /// Report to a person's other methods that one was added, removed or switched off.
    ReportMethodChange {
        /// To which method.
        method: ContactMethodId,
        /// Its kind.
        kind: MethodKind,
        /// The kind of the method that changed.
        changed: MethodKind,
        /// What happened to it.
        change: MethodChange,
    },
}

/// What happened to a contact method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MethodChange {
    /// It was added.
    Added,
    /// It was verified.
    Verified,
    /// It was switched off by the person.
    Disabled,
    /// It was switched on again.
    Enabled,
    /// It was removed.
    Removed,
    /// Messages to it come back for good, or its subscription is gone.
    Gone,
    /// The person answered STOP.
    OptedOut,
}

impl ContactEffect {
    /// The method it goes to.
    pub fn method(&self) -> ContactMethodId {
        match self {
            Self::PageByMethod { method, .. }
            | Self::PageBundle { method, .. }
            | Self::UpdateByMethod { method, .. }
            | Self::SendCode { method, .. }
            | Self::SendTest { method, .. }
            | Self::RemindByMethod { method, .. }
            | Self::ReportMethodChange { method, .. } => *method,
        }
    }

    /// The kind of that method.
    pub fn kind(&self) -> MethodKind {
        match self {
            Self::PageByMethod { kind, .. }
            | Self::PageBundle { kind, .. }
            | Self::UpdateByMethod { kind, .. }
            | Self::SendCode { kind, .. }
            | Self::SendTest { kind, .. }
            | Self::RemindByMethod { kind, .. }
            | Self::ReportMethodChange { kind, .. } => *kind,
        }
    }
}

impl DestinationEffect for ContactEffect {
    fn is_outside(&self) -> bool {
        true
    }

    fn retries(&self) -> Retries {
        match self {
            // The adapter skips it when the page is over: a mail server that greylists for some minutes delays it only.
            Self::PageByMethod { .. } | Self::PageBundle { .. } | Self::UpdateByMethod { .. } => Retries::Days(1),
            Self::SendCode { .. }
            | Self::SendTest { .. }
            | Self::RemindByMethod { .. }
            | Self::ReportMethodChange { .. } => Retries::Limited,
        }
    }

    fn lane(&self) -> String {
        match self {
            // A lane for each message: one whose time has not come holds up no other one, and neither does a provider that
            // hangs. A message that arrives after its page was over is followed by its update.
            Self::PageByMethod { page, method, attempt, nth, early, .. } => {
                format!("contact/{page}/{method}/{attempt}/{nth}{}", if *early { "/early" } else { "" })
            }
            Self::PageBundle { bundle, .. } => format!("contact/{bundle}/bundle"),
            Self::UpdateByMethod { page, method, .. } => format!("contact/{page}/{method}/update"),
            // A lane of its own: a reminder that waits for the morning holds up no code.
            Self::RemindByMethod { method, .. } => format!("contact/{method}/reminder"),
            Self::SendCode { method, .. } | Self::SendTest { method, .. } | Self::ReportMethodChange { method, .. } => {
                format!("contact/{method}")
            }
        }
    }

    fn priority(&self) -> Priority {
        match self {
            Self::PageByMethod { .. } | Self::PageBundle { .. } => Priority::Page,
            Self::UpdateByMethod { .. } | Self::SendCode { .. } | Self::SendTest { .. } => Priority::State,
            Self::RemindByMethod { .. } | Self::ReportMethodChange { .. } => Priority::Chatter,
        }
    }

    fn class(&self) -> EffectClass {
        match self.kind() {
            MethodKind::Webhook => EffectClass::Keyed,
            MethodKind::Ntfy => EffectClass::Readable,
            MethodKind::Mail
            | MethodKind::WebPush
            | MethodKind::Sms
            | MethodKind::Voice
            | MethodKind::Pushover
            | MethodKind::Gateway => match self {
                // Saying again that a page is over changes nothing.
                Self::UpdateByMethod { .. } => EffectClass::Keyed,
                Self::PageByMethod { .. }
                | Self::PageBundle { .. }
                | Self::SendCode { .. }
                | Self::SendTest { .. }
                | Self::RemindByMethod { .. }
                | Self::ReportMethodChange { .. } => EffectClass::Neither,
            },
        }
    }

    fn coalescing_key(&self) -> Option<String> {
        match self {
            Self::UpdateByMethod { page, method, .. } => Some(format!("contact/{page}/{method}")),
            Self::PageByMethod { .. }
            | Self::PageBundle { .. }
            | Self::SendCode { .. }
            | Self::SendTest { .. }
            | Self::RemindByMethod { .. }
            | Self::ReportMethodChange { .. } => None,
        }
    }

    fn subject(&self) -> Subject {
        match self {
            Self::PageByMethod { page, .. } | Self::UpdateByMethod { page, .. } => Subject::Page(*page),
            Self::RemindByMethod { incident, .. } => Subject::Incident(*incident),
            // Its pages may belong to several incidents: each is checked when it is sent.
            Self::PageBundle { .. }
            | Self::SendCode { .. }
            | Self::SendTest { .. }
            | Self::ReportMethodChange { .. } => Subject::Other,
        }
    }

    fn purpose(&self) -> Purpose {
        match self {
            Self::PageByMethod { .. } | Self::PageBundle { .. } | Self::UpdateByMethod { .. } => Purpose::PagesPerson,
            Self::SendCode { .. }
            | Self::SendTest { .. }
            | Self::RemindByMethod { .. }
            | Self::ReportMethodChange { .. } => Purpose::Reports,
        }
    }
}
