//! Messages of a page: to the paged person (`templates/chat/page.md`) and to the hot room
//! (`templates/chat/page_notice.md`).

use minijinja::{context, value::Serde};
use serde::Serialize;

use super::{Voice, voice::at_version};
use crate::{
    chat::{Post, PostKind, Tone},
    domain::{
        Timestamp,
        alert::{Alert, Enrichment},
        contact::MethodKind,
        ids::{PersonId, RoomId},
        incident::Incident,
        oncall::{Attempt, ContactAttempt, Page, PageState},
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

/// One step of a page in the hot room, in templates: `notice.…`.
#[derive(Debug, Serialize)]
pub(super) struct NoticeView<'a> {
    pub(super) page: String,
    /// The key of a page without an incident.
    pub(super) key: Option<String>,
    /// What whoever requested it wrote.
    pub(super) message: Option<&'a Untrusted>,
    /// The people that the step pages.
    pub(super) people: Vec<&'a PersonId>,
    /// The rooms that it asks.
    pub(super) rooms: Vec<&'a RoomId>,
    /// The target through which they are paged, unless it is the name of the only person.
    pub(super) whom: Option<&'a str>,
    /// Who requested the page; `None` if a rule did.
    pub(super) by: Option<&'a PersonId>,
    /// The person whose acknowledgement of the alerts expired, if that started the page.
    pub(super) lapsed: Option<&'a PersonId>,
    /// True if it expired because nobody worked on the incident.
    pub(super) idle: bool,
    /// The state of this step: `asking`, `passed`, `continued` (put off or reassigned since), `exhausted`, `acknowledged`,
    /// `snoozed` or `resolved`.
    pub(super) state: &'static str,
    /// The number of the step, from 1; `None` for the first step that was paged.
    pub(super) later: Option<u32>,
    /// True if it is acknowledged, and can be put off or reassigned.
    pub(super) changeable: bool,
    /// True if nobody was on call, so that the fallback is paged.
    pub(super) nobody: bool,
    /// Until when it is put off.
    pub(super) until: Option<Timestamp>,
    /// Who has acknowledged it, while more people have to.
    pub(super) acknowledged_by: Vec<&'a PersonId>,
    /// How many more people have to acknowledge it.
    pub(super) missing: u32,
    pub(super) taken_by: Option<&'a PersonId>,
    pub(super) taken_at: Option<Timestamp>,
    /// The kind of the contact method whose link, button or digit acknowledged it.
    pub(super) taken_via: Option<&'static str>,
    pub(super) since: Timestamp,
    /// What is known of the messages to contact methods.
    pub(super) evidence: Vec<PersonEvidence<'a>>,
}

impl NoticeView<'_> {
    /// A view that says nothing yet.
    pub(super) fn empty(since: Timestamp) -> Self {
        Self {
            page: String::new(),
            key: None,
            message: None,
            people: Vec::new(),
            rooms: Vec::new(),
            whom: None,
            by: None,
            lapsed: None,
            idle: false,
            state: "asking",
            later: None,
            changeable: false,
            nobody: false,
            until: None,
            acknowledged_by: Vec::new(),
            missing: 0,
            taken_by: None,
            taken_at: None,
            taken_via: None,
            since,
            evidence: Vec::new(),
        }
    }
}

/// What is known of the messages to the contact methods of a person.
#[derive(Debug, Serialize)]
pub(super) struct PersonEvidence<'a> {
    pub(super) person: &'a PersonId,
    pub(super) contacts: Vec<ContactEvidence<'a>>,
}

/// What is known of one message.
#[derive(Debug, Serialize)]
pub(super) struct ContactEvidence<'a> {
    pub(super) kind: &'static str,
    pub(super) status: &'static str,
    pub(super) code: Option<&'a str>,
    pub(super) why: Option<&'a str>,
    pub(super) due: Timestamp,
    pub(super) at: Timestamp,
}

fn evidence(page: &Page, step: u32, round: u32) -> Vec<PersonEvidence<'_>> {
    let attempts = page.attempts.iter().filter(|a| (a.step, a.round) == (step, round) && !a.contacts.is_empty());
    attempts.map(PersonEvidence::of).collect()
}

impl<'a> PersonEvidence<'a> {
    fn of(attempt: &'a Attempt) -> Self {
        Self { person: &attempt.person, contacts: attempt.contacts.iter().map(ContactEvidence::of).collect() }
    }
}

impl<'a> ContactEvidence<'a> {
    fn of(contact: &'a ContactAttempt) -> Self {
        let (code, why) = contact.outcome.reason();
        let (kind, status) = (contact.kind.name(), contact.outcome.name());
        Self { kind, status, code, why, due: contact.due, at: contact.at }
    }
}

/// A step of a page in one round.
#[derive(Clone, Copy, Debug)]
pub struct PageStepPlace<'a> {
    /// The incident, for a room that is not its own.
    pub incident: Option<&'a Incident>,
    /// The step, from 0.
    pub step: u32,
    /// The round, from 0.
    pub round: u32,
}

fn step_state(page: &Page, step: u32, round: u32) -> &'static str {
    if round < page.first_round {
        return "continued";
    }
    if (step, round) != (page.step, page.round) {
        return "passed";
    }
    match page.state {
        PageState::Acknowledged => "acknowledged",
        PageState::Snoozed => "snoozed",
        PageState::Resolved if page.taken_by.is_some() && page.resolved_by.is_none() => "acknowledged",
        PageState::Resolved => "resolved",
        PageState::Exhausted => "exhausted",
        PageState::Triggered => "asking",
    }
}

impl Voice<'_> {
    /// Builds the hot-room message of one step of a page in one round. It offers actions while the step
    /// is the current one.
    pub fn page_notice(&self, page: &Page, step: u32, round: u32) -> Post {
        self.notice_of_step(page, "chat/page_notice.md", PageStepPlace { incident: None, step, round })
    }

    /// Builds the message of a step in a room that it asks.
    pub fn page_room(&self, page: &Page, place: PageStepPlace<'_>) -> Post {
        self.notice_of_step(page, "chat/page_room.md", place)
    }

    fn notice_of_step(&self, page: &Page, template: &str, place: PageStepPlace<'_>) -> Post {
        let PageStepPlace { incident, step, round } = place;
        let people: Vec<&PersonId> = page.asked_in(step, round).collect();
        let named = matches!(people[..], [one] if self.names.person(one) == page.spec.whom);
        let first = page.began_with(step, round);
        let state = step_state(page, step, round);
        let called: Vec<PersonId> =
            if state == "asking" && !first { people.iter().copied().cloned().collect() } else { Vec::new() };
        let view = NoticeView {
            page: page.id().to_string(),
            key: page.incident().is_none().then(|| page.spec.key().to_string()),
            message: page.spec.message.as_ref().filter(|text| !text.is_blank() && page.incident().is_none()),
            people,
            rooms: page.rooms_in(step, round).collect(),
            whom: (!named).then_some(page.spec.whom.as_str()),
            by: page.spec.by.as_ref(),
            lapsed: page.spec.lapsed.as_ref(),
            idle: page.spec.idle,
            state,
            later: (!first).then_some(step + 1),
            changeable: page.state == PageState::Acknowledged,
            nobody: page.incident().is_none() && page.nobody.contains(&step),
            until: page.snoozed_until,
            acknowledged_by: page.acknowledged_by.iter().collect(),
            missing: missing(page),
            taken_by: page.resolved_by.as_ref().or(page.taken_by.as_ref()),
            taken_at: page.taken_at,
            taken_via: page.taken_via.map(MethodKind::name),
            since: page.created_at,
            evidence: evidence(page, step, round),
        };
        let scene = self.scene().calling(called);
        let incident = incident.map(|incident| self.view(incident));
        let context = context! { notice => Serde(view), incident => Serde(incident) };
        let mut post = self.renderer.post(PostKind::Line, template, &scene, context);
        post.tone = match state {
            "asking" if first => Tone::Plain,
            "asking" => Tone::Warning,
            "exhausted" => Tone::Critical,
            "acknowledged" => Tone::Good,
            _ => Tone::Plain,
        };
        at_version(post, page.version)
    }

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
