//! What PagerDuty knows.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::{CHECKOUT_KEY, KEY};
use crate::fake_http::Reaction;

/// An incident.
#[derive(Clone, Debug)]
pub struct PagerDutyIncident {
    pub id: String,
    pub key: String,
    pub routing_key: String,
    /// `triggered`, `acknowledged` or `resolved`.
    pub status: String,
    /// Who changed the status last.
    pub by: Value,
    /// The payload of the event that opened it.
    pub event: Value,
}

impl PagerDutyIncident {
    /// The incident as the REST API and webhooks show it.
    pub fn shown(&self, url: &str) -> Value {
        json!({
            "id": self.id, "type": "incident", "summary": self.event["payload"]["summary"],
            "self": format!("{url}/incidents/{}", self.id),
            "html_url": format!("https://acme.pagerduty.com/incidents/{}", self.id),
            "incident_number": 7, "status": self.status, "incident_key": self.key, "urgency": "high",
            "title": self.event["payload"]["summary"], "created_at": "2026-03-02T10:00:00Z",
            "last_status_change_at": "2026-03-02T10:00:00Z", "last_status_change_by": self.by,
            "service": {"id": "PSVC001", "type": "service_reference", "summary": "Checkout"},
            "assignments": [], "acknowledgements": [], "resolve_reason": null,
        })
    }
}

/// A reaction to the next event, and whether the event was carried out before.
type Reactions = VecDeque<(Reaction, bool)>;

/// The state.
pub struct PagerDutyState {
    /// Oldest first.
    pub incidents: Vec<PagerDutyIncident>,
    /// False: events are taken and make no incident.
    pub on_call: bool,
    /// True: incidents are made, and the REST API does not show them yet.
    pub is_slow: bool,
    /// What the key of the REST API may not read: `services`.
    pub forbidden: Vec<&'static str>,
    /// The address that the webhook subscription calls.
    pub hook_url: Option<String>,
    /// The services: name and integration key.
    pub services: Vec<(&'static str, &'static str)>,
    pub reactions: Reactions,
    pub always: Option<Reaction>,
    pub hooks: u32,
}

impl Default for PagerDutyState {
    fn default() -> Self {
        Self {
            incidents: Vec::new(),
            on_call: true,
            is_slow: false,
            forbidden: Vec::new(),
            hook_url: None,
            services: vec![("Everything else", KEY), ("Checkout", CHECKOUT_KEY)],
            reactions: VecDeque::new(),
            always: None,
            hooks: 0,
        }
    }
}
