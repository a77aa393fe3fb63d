//! Messages of a page: to the paged person (`templates/chat/page.md`) and to rooms.

pub(super) mod notice;

use minijinja::{context, value::Serde};
use serde::Serialize;

use super::{MessageRenderer, message_renderer::at_version};
use crate::{
    chat::{Post, PostKind, Tone},
    domain::{
        Timestamp,
        alert::{Alert, Enrichment},
        ids::{PersonId, RoomId},
        incident::Incident,
        oncall::{Page, PageState},
        text::Untrusted,
    },
};

/// A page in templates: `page.…`.
#[derive(Debug, Serialize)]
pub(super) struct PageView<'a> {
    pub(super) id: String,
    /// The key of the incident, or that of a page without one.
    pub(super) key: String,
    /// The room that a page without an incident was requested in.
    pub(super) room: Option<&'a RoomId>,
    /// Who requested it; `None` for a rule.
    pub(super) requested_by: Option<&'a PersonId>,
    /// The target through which this person is paged; `None` if it is the fallback because the incident names no
    /// service.
    pub(super) whom: Option<&'a str>,
    pub(super) message: Option<&'a Untrusted>,
    /// The person whose acknowledgement of the alerts expired, if that started the page.
    pub(super) lapsed: Option<&'a PersonId>,
    /// True if it expired because nobody worked on the incident.
    pub(super) idle: bool,
    /// The state for this person: `asking`, `asked_again`, `declined`, `exhausted`, `acknowledged`, `snoozed`, `reassigned` or
    /// `resolved`.
    pub(super) state: &'static str,
    /// Who acknowledged it.
    pub(super) by: Option<&'a PersonId>,
    /// When it was acknowledged.
    pub(super) at: Option<Timestamp>,
    /// True if the reader acknowledged it.
    pub(super) yours: bool,
    /// Until when it is put off.
    pub(super) until: Option<Timestamp>,
    /// How many more people have to acknowledge it.
    pub(super) missing: u32,
    /// How many seconds after its time the message is sent.
    pub(super) overdue: Option<i64>,
    /// The number of this person's attempts.
    pub(super) attempt: u32,
    pub(super) since: Timestamp,
    /// When the next step is paged.
    pub(super) next: Option<Timestamp>,
    /// True if the affected service is named, because the target does not name it.
    pub(super) names_service: bool,
    pub(super) alerts: Vec<PagedAlert<'a>>,
    /// Number of further firing alerts.
    pub(super) more_alerts: u64,
    pub(super) runbooks: &'a [Untrusted],
    pub(super) graphs: &'a [Untrusted],
    /// Who else was paged.
    pub(super) others: Vec<&'a PersonId>,
}

/// One alert of a page, in a line.
#[derive(Debug, Serialize)]
pub(super) struct PagedAlert<'a> {
    pub(super) summary: &'a Untrusted,
    pub(super) host: Option<&'a Untrusted>,
    pub(super) since: Timestamp,
    pub(super) link: Option<&'a Untrusted>,
}

/// The alerts that a page is about.
#[derive(Clone, Debug, Default)]
pub struct PagedAlerts {
    /// The first firing alerts, at most [`PagedAlerts::SHOWN`].
    pub alerts: Vec<Alert>,
    /// Number of further firing alerts.
    pub more: u64,
    /// Runbooks and graphs of the alerts.
    pub known: Enrichment,
}

impl PagedAlerts {
    /// Maximum number of alerts shown.
    pub const SHOWN: usize = 3;
}

impl<'a> PagedAlert<'a> {
    fn of(alert: &'a Alert) -> Self {
        Self { summary: &alert.summary, host: alert.host.as_ref(), since: alert.starts_at, link: alert.links.first() }
    }
}

/// What the message to one paged person is built from.
#[derive(Clone, Copy, Debug)]
pub struct PageMessage<'a> {
    /// The incident; `None` for a page without one.
    pub incident: Option<&'a Incident>,
    /// The page.
    pub page: &'a Page,
    /// The paged person.
    pub person: &'a PersonId,
    /// The number of this person's attempt.
    pub attempt: u32,
    /// The alerts.
    pub alerts: &'a PagedAlerts,
}

fn standing(page: &Page, person: &PersonId, attempt: u32) -> &'static str {
    match page.state {
        PageState::Resolved => "resolved",
        PageState::Acknowledged | PageState::Snoozed | PageState::Triggered | PageState::Exhausted
            if page.released.contains(person) =>
        {
            "reassigned"
        }
        PageState::Acknowledged => "acknowledged",
        PageState::Snoozed => "snoozed",
        PageState::Triggered | PageState::Exhausted if page.declined.contains(person) => "declined",
        PageState::Triggered | PageState::Exhausted if attempt < page.asked(person) => "asked_again",
        PageState::Triggered | PageState::Exhausted if page.acknowledged_by.contains(person) => "acknowledged",
        PageState::Exhausted => "exhausted",
        PageState::Triggered => "asking",
    }
}

/// How many more people have to acknowledge a page.
fn missing(page: &Page) -> u32 {
    let has = u32::try_from(page.acknowledged_by.len()).unwrap_or(u32::MAX);
    if page.is_asking() && has > 0 { page.spec.policy.acknowledgements.saturating_sub(has) } else { 0 }
}

impl MessageRenderer<'_> {
    /// Builds the message of one attempt to page a person. Drills are marked at the top.
    pub fn page(&self, message: PageMessage<'_>) -> Post {
        let PageMessage { incident, page, person, attempt, alerts } = message;
        let service = incident.and_then(|incident| incident.service.as_ref());
        let service = service.map(|service| self.names.of("service", service.as_str()));
        let state = standing(page, person, attempt);
        let view = PageView {
            id: page.id().to_string(),
            key: page.spec.key().to_string(),
            room: page.spec.room(),
            requested_by: page.spec.by.as_ref(),
            whom: (!page.spec.names_no_service()).then_some(page.spec.whom.as_str()),
            message: page.spec.message.as_ref().filter(|text| !text.is_blank()),
            lapsed: page.spec.lapsed.as_ref(),
            idle: page.spec.idle,
            state,
            by: page.taken_by.as_ref(),
            at: page.taken_at,
            yours: page.taken_by.as_ref() == Some(person) || page.acknowledged_by.contains(person),
            until: page.snoozed_until,
            missing: missing(page),
            overdue: page.attempt(person, attempt).and_then(|a| a.overdue(self.now)).map(|late| late.num_seconds()),
            attempt,
            since: page.created_at,
            next: page.next_at,
            names_service: service.is_some_and(|service| service != page.spec.whom),
            alerts: alerts.alerts.iter().map(PagedAlert::of).collect(),
            more_alerts: alerts.more,
            runbooks: &alerts.known.runbooks,
            graphs: &alerts.known.graphs,
            others: page.people().into_iter().filter(|other| *other != person).collect(),
        };
        let called = matches!(state, "asking" | "exhausted").then(|| person.clone());
        let context = context! { incident => Serde(incident.map(|incident| self.view(incident))), page => Serde(view), person => person.as_str() };
        let mut post = self.renderer.post(PostKind::Page, "chat/page.md", &self.scene().calling(called), context);
        post.tone = match state {
            "asking" | "exhausted" => Tone::Critical,
            "acknowledged" => Tone::Good,
            _ => Tone::Plain,
        };
        at_version(post, page.version)
    }
}
