//! What PagerDuty answers and reports, as far as hotroom reads it.

use serde::Deserialize;

use crate::domain::{
    pager::{OutsideAnswer, PageAtPager, PagerUser, RemoteAnswer, RemotePageRef},
    severity::Severity,
};

/// The severity of an event.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Sev1 => "critical",
        Severity::Sev2 => "error",
        Severity::Sev3 => "warning",
        Severity::Sev4 => "info",
    }
}

/// Why an event was refused.
#[derive(Default, Deserialize)]
pub(super) struct EventRefusal {
    #[serde(default)]
    message: String,
    #[serde(default)]
    errors: Vec<String>,
}

impl EventRefusal {
    pub fn reason(&self) -> String {
        match (self.errors.as_slice(), self.message.as_str()) {
            ([], "") => "no reason is given".to_owned(),
            ([], message) => message.to_owned(),
            (errors, _) => errors.join("; "),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct IncidentList {
    pub incidents: Vec<IncidentBody>,
}

#[derive(Deserialize)]
pub(super) struct IncidentBody {
    pub id: String,
    #[serde(default)]
    pub html_url: Option<String>,
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub incident_key: Option<String>,
    #[serde(default)]
    pub last_status_change_by: Option<AgentBody>,
    #[serde(default)]
    pub resolve_reason: Option<ResolveReason>,
}

#[derive(Deserialize)]
pub(super) struct ResolveReason {
    #[serde(default, rename = "type")]
    pub kind: String,
}

/// Who or what did something.
#[derive(Deserialize)]
pub(super) struct AgentBody {
    #[serde(default)]
    pub id: String,
    #[serde(default, rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub summary: Option<String>,
}

impl AgentBody {
    /// The user; `None` for an integration, such as hotroom's own, and for an automation.
    fn user(self) -> Option<PagerUser> {
        let is_user = matches!(self.kind.as_str(), "user" | "user_reference");
        is_user.then(|| PagerUser {
            name: self.summary.unwrap_or_else(|| self.id.clone()),
            account: self.id,
            email: None,
        })
    }
}

impl IncidentBody {
    /// The page, as the REST API shows it.
    pub fn page(mut self) -> PageAtPager {
        let by = self.last_status_change_by.take();
        self.page_by(by)
    }

    /// The page, with who changed it last.
    pub fn page_by(self, by: Option<AgentBody>) -> PageAtPager {
        let merged = self.resolve_reason.is_some_and(|reason| reason.kind == "merge_resolve_reason");
        let answer = match self.status.as_str() {
            "acknowledged" => Some(OutsideAnswer::Acknowledged),
            // An incident that was merged goes on in another one.
            "resolved" if !merged => Some(OutsideAnswer::Resolved),
            _ => None,
        };
        let answer = answer.map(|answer| RemoteAnswer { answer, by: by.and_then(AgentBody::user) });
        PageAtPager { remote: RemotePageRef { id: self.id, link: self.html_url }, answer }
    }
}

#[derive(Deserialize)]
pub(super) struct HookBody {
    pub event: HookEventBody,
}

#[derive(Deserialize)]
pub(super) struct HookEventBody {
    pub id: String,
    #[serde(default)]
    pub event_type: String,
    #[serde(default)]
    pub agent: Option<AgentBody>,
    pub data: serde_json::Value,
}

#[derive(Deserialize)]
pub(super) struct ServiceList {
    pub services: Vec<ServiceBody>,
    #[serde(default)]
    pub more: bool,
}

#[derive(Deserialize)]
pub(super) struct ServiceBody {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub integrations: Vec<IntegrationBody>,
}

#[derive(Deserialize)]
pub(super) struct IntegrationBody {
    #[serde(default)]
    pub integration_key: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct SubscriptionList {
    pub webhook_subscriptions: Vec<SubscriptionBody>,
}

#[derive(Deserialize)]
pub(super) struct SubscriptionBody {
    #[serde(default)]
    pub active: bool,
    pub delivery_method: DeliveryMethod,
}

#[derive(Deserialize)]
pub(super) struct DeliveryMethod {
    #[serde(default)]
    pub url: Option<String>,
}
