//! The bodies of outgoing webhooks. Their shapes are public: `docs/webhooks/` has a JSON Schema for each event, and fields
//! are added but never removed or renamed.

mod changes;
mod shapes;
#[cfg(test)]
mod tests;
mod text;

use serde::Serialize;

use crate::{
    config::Config,
    domain::{
        Timestamp,
        alert::{Alert, AlertGroup},
        event::{Event, RecordedEvent},
        ids::Key,
        incident::{Incident, IncidentEvent},
        oncall::Page,
        severity::Severity,
        webhook::WebhookEvent,
    },
};
use changes::IncidentChange;
use shapes::{
    AlertGroupReport, IncidentLink, IncidentReport, PageReport, ReportedAlert, ReportedAlertGroup, ReportedIncident,
    ReportedPage, StatusPageReport, TestReport,
};
use text::actor;

/// How many alerts of a group a body lists.
pub const WEBHOOK_ALERTS: usize = 10;

/// What an event is about, as far as its receiver may see it.
pub enum WebhookFacts<'a> {
    /// An incident and the event of it.
    Incident {
        /// The incident.
        incident: &'a Incident,
        /// The event.
        recorded: &'a RecordedEvent,
    },
    /// A page with its incident.
    Page {
        /// The page.
        page: &'a Page,
        /// Its incident; `None` for a page without one.
        incident: Option<&'a Incident>,
        /// The event.
        recorded: &'a RecordedEvent,
    },
    /// A page of an incident whose content the receiver may not see.
    Reference {
        /// The key of the incident.
        key: &'a Key,
        /// Its severity.
        severity: Severity,
        /// Where those who may read on find it.
        link: &'a str,
    },
    /// An alert group.
    Group {
        /// The group.
        group: &'a AlertGroup,
        /// Its first alerts, at most [`WEBHOOK_ALERTS`].
        alerts: &'a [Alert],
        /// The key of its incident.
        incident: Option<&'a Key>,
        /// The time of sending.
        now: Timestamp,
    },
    /// A test.
    Test,
}

/// A whole body.
#[derive(Serialize)]
struct Body {
    #[serde(rename = "type")]
    event: WebhookEvent,
    timestamp: Timestamp,
    data: Data,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data {
    Incident(Box<IncidentReport>),
    Page(Box<PageReport>),
    Group(Box<AlertGroupReport>),
    StatusPage(Box<StatusPageReport>),
    Test(TestReport),
}

/// Returns the body of an event that happened at `at`; `None` if the stored event is another than the queue says.
pub fn webhook_body(config: &Config, event: WebhookEvent, at: Timestamp, facts: &WebhookFacts<'_>) -> Option<Vec<u8>> {
    let data = match facts {
        WebhookFacts::Incident { incident, recorded } => of_incident(config, event, incident, recorded)?,
        WebhookFacts::Page { page, incident, recorded } => Data::Page(Box::new(PageReport {
            page: Some(ReportedPage::from(*page)),
            incident: incident.map(|incident| IncidentLink::of(config, incident)),
            actor: Some(actor(&recorded.actor)),
        })),
        WebhookFacts::Reference { key, severity, link } => {
            let incident =
                IncidentLink { key: key.to_string(), title: None, severity: *severity, url: (*link).to_owned() };
            Data::Page(Box::new(PageReport { page: None, incident: Some(incident), actor: None }))
        }
        WebhookFacts::Group { group, alerts, incident, now } => Data::Group(Box::new(AlertGroupReport {
            alert_group: ReportedAlertGroup::of(group, *incident, *now),
            alerts: alerts.iter().take(WEBHOOK_ALERTS).map(|alert| ReportedAlert::of(alert, *now)).collect(),
        })),
        WebhookFacts::Test => Data::Test(TestReport { url: config.server.public_url.clone() }),
    };
    serde_json::to_vec(&Body { event, timestamp: at, data }).ok()
}

fn of_incident(config: &Config, event: WebhookEvent, incident: &Incident, recorded: &RecordedEvent) -> Option<Data> {
    let Event::Incident(happened) = &recorded.event else { return None };
    if let IncidentEvent::Public(posted) = happened {
        return StatusPageReport::of(config, incident, posted).map(|report| Data::StatusPage(Box::new(report)));
    }
    // A declaration is no change: the incident itself says all of it.
    let change =
        if event == WebhookEvent::IncidentDeclared { None } else { Some(IncidentChange::from_event(happened)?) };
    let (incident, actor) = (ReportedIncident::of(config, incident), actor(&recorded.actor));
    Some(Data::Incident(Box::new(IncidentReport { incident, change, actor })))
}
