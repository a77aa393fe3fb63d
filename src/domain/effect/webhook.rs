//! What the receivers of outgoing webhooks are told.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{DestinationEffect, EffectClass, Priority, Purpose, Retries, Subject};
use crate::domain::{
    Timestamp,
    ids::WebhookId,
    webhook::{WebhookEvent, WebhookSubject},
};

/// How many events one webhook gets at the same time, at most. Those of one incident, page or group are sent in order.
const LANES: u128 = 4;

/// A message to a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum WebhookEffect {
    /// Post an event.
    PostEvent {
        /// To which webhook.
        webhook: WebhookId,
        /// Which event.
        event: WebhookEvent,
        /// What it is about.
        #[serde(flatten)]
        about: WebhookSubject,
        /// Its number in its stream; for what alerts do, the version of the group.
        seq: u64,
        /// When it happened.
        at: Timestamp,
        /// True if a step of a page names the webhook, which then gets the event whether it has chosen it or not.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        paged: bool,
    },
}

impl WebhookEffect {
    /// Returns the webhook.
    pub fn webhook(&self) -> &WebhookId {
        let Self::PostEvent { webhook, .. } = self;
        webhook
    }

    /// Returns the id of the event: the same for each webhook and in every attempt.
    pub fn message_id(&self) -> String {
        let Self::PostEvent { event, about, seq, at, .. } = self;
        let (kind, id) = match about {
            WebhookSubject::Incident(id) => ("incident", id.0),
            WebhookSubject::Page(id) => ("page", id.0),
            WebhookSubject::Group(id) => ("group", id.0),
        };
        let named = format!("{kind}/{id}/{seq}/{}/{}", event.name(), at.timestamp_millis());
        format!("evt_{}", &hex::encode(Sha256::digest(named))[..32])
    }
}

impl DestinationEffect for WebhookEffect {
    fn is_outside(&self) -> bool {
        true
    }

    fn retries(&self) -> Retries {
        // A receiver that is away for the night still gets what happened. One that takes other events and never this one must
        // not hold up its lane for ever.
        Retries::Days(2)
    }

    fn lane(&self) -> String {
        let Self::PostEvent { webhook, about, .. } = self;
        let id = match about {
            WebhookSubject::Incident(id) => id.0,
            WebhookSubject::Page(id) => id.0,
            WebhookSubject::Group(id) => id.0,
        };
        // The end of an id is random.
        format!("webhook/{webhook}/{}", id.as_u128() % LANES)
    }

    fn priority(&self) -> Priority {
        Priority::Chatter
    }

    fn class(&self) -> EffectClass {
        // The receiver knows a repeat by the id.
        EffectClass::Keyed
    }

    fn coalescing_key(&self) -> Option<String> {
        match self {
            // The body shows the group as it is when it is sent: one message that waits is enough.
            Self::PostEvent {
                webhook,
                event: WebhookEvent::AlertGroupUpdated,
                about: WebhookSubject::Group(group),
                ..
            } => Some(format!("webhook/{webhook}/updated/{group}")),
            Self::PostEvent { .. } => None,
        }
    }

    fn subject(&self) -> Subject {
        let Self::PostEvent { about, .. } = self;
        match about {
            WebhookSubject::Incident(incident) => Subject::Incident(*incident),
            WebhookSubject::Page(page) => Subject::Page(*page),
            WebhookSubject::Group(group) => Subject::Group(*group),
        }
    }

    fn purpose(&self) -> Purpose {
        let Self::PostEvent { about, .. } = self;
        match about {
            WebhookSubject::Page(_) => Purpose::ReportsPage,
            WebhookSubject::Incident(_) | WebhookSubject::Group(_) => Purpose::Reports,
        }
    }
}
