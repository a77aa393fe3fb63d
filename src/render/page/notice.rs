//! Steps of a page in rooms: in the hot room (`templates/chat/page_notice.md`), and in rooms that a step asks
//! (`templates/chat/page_room.md`).

use minijinja::{context, value::Serde};
use serde::Serialize;

use super::{PagedAlert, PagedAlerts, missing};
use crate::{
    chat::{Post, PostKind, Tone},
    domain::{
        Timestamp,
        contact::MethodKind,
        ids::{PersonId, RoomId},
        incident::Incident,
        oncall::{Attempt, ContactAttempt, NextStep, Page, PageState},
        text::Untrusted,
    },
    render::{MessageRenderer, message_renderer::at_version},
};

/// One step of a page in the hot room, in templates: `notice.…`.
#[derive(Debug, Serialize)]
pub(in crate::render) struct NoticeView<'a> {
    pub(in crate::render) page: String,
    /// The key of a page without an incident.
    pub(in crate::render) key: Option<String>,
    /// What whoever requested it wrote.
    pub(in crate::render) message: Option<&'a Untrusted>,
    /// The people that the step pages.
    pub(in crate::render) people: Vec<&'a PersonId>,
    /// The rooms that it asks.
    pub(in crate::render) rooms: Vec<&'a RoomId>,
    /// The target through which they are paged, unless it is the name of the only person.
    pub(in crate::render) whom: Option<&'a str>,
    /// Who requested the page; `None` if a rule did.
    pub(in crate::render) by: Option<&'a PersonId>,
    /// The person whose acknowledgement of the alerts expired, if that started the page.
    pub(in crate::render) lapsed: Option<&'a PersonId>,
    /// True if it expired because nobody worked on the incident.
    pub(in crate::render) idle: bool,
    /// The state of this step: `asking`, `passed`, `continued` (put off or reassigned since), `exhausted`, `acknowledged`,
    /// `snoozed` or `resolved`.
    pub(in crate::render) state: &'static str,
    /// The number of the step, from 1; `None` for the first step that was paged.
    pub(in crate::render) later: Option<u32>,
    /// True if it is acknowledged, and can be put off or reassigned.
    pub(in crate::render) changeable: bool,
    /// True if nobody was on call, so that the fallback is paged.
    pub(in crate::render) nobody: bool,
    /// Until when it is put off.
    pub(in crate::render) until: Option<Timestamp>,
    /// Who has acknowledged it, while more people have to.
    pub(in crate::render) acknowledged_by: Vec<&'a PersonId>,
    /// How many more people have to acknowledge it.
    pub(in crate::render) missing: u32,
    pub(in crate::render) taken_by: Option<&'a PersonId>,
    pub(in crate::render) taken_at: Option<Timestamp>,
    /// The kind of the contact method whose link, button or digit acknowledged it.
    pub(in crate::render) taken_via: Option<&'static str>,
    pub(in crate::render) since: Timestamp,
    /// What is known of the messages to contact methods.
    pub(in crate::render) evidence: Vec<PersonEvidence<'a>>,
    /// True if it is the fallback that is paged, because every step was tried.
    pub(in crate::render) fallback: bool,
    /// Whom the page pages next.
    pub(in crate::render) next: Option<NextPaged<'a>>,
    /// Everybody whom the page has paged.
    pub(in crate::render) paged: Vec<&'a PersonId>,
    pub(in crate::render) alerts: Vec<PagedAlert<'a>>,
    /// Number of further firing alerts.
    pub(in crate::render) more_alerts: u64,
    pub(in crate::render) runbooks: &'a [Untrusted],
    pub(in crate::render) graphs: &'a [Untrusted],
}

/// Whom a page pages next, in templates.
#[derive(Debug, Serialize)]
pub(in crate::render) struct NextPaged<'a> {
    pub(in crate::render) people: &'a [PersonId],
    /// True if it asks rooms and other systems alone.
    pub(in crate::render) asks_others: bool,
    pub(in crate::render) at: Timestamp,
}

impl NoticeView<'_> {
    /// A view that says nothing yet.
    pub(in crate::render) fn empty(since: Timestamp) -> Self {
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
            fallback: false,
            next: None,
            paged: Vec::new(),
            alerts: Vec::new(),
            more_alerts: 0,
            runbooks: &[],
            graphs: &[],
        }
    }
}

/// What is known of the messages to the contact methods of a person.
#[derive(Debug, Serialize)]
pub(in crate::render) struct PersonEvidence<'a> {
    pub(in crate::render) person: &'a PersonId,
    pub(in crate::render) contacts: Vec<ContactEvidence<'a>>,
}

/// What is known of one message.
#[derive(Debug, Serialize)]
pub(in crate::render) struct ContactEvidence<'a> {
    pub(in crate::render) kind: &'static str,
    pub(in crate::render) status: &'static str,
    pub(in crate::render) code: Option<&'a str>,
    pub(in crate::render) why: Option<&'a str>,
    pub(in crate::render) due: Timestamp,
    pub(in crate::render) at: Timestamp,
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
    /// The alerts, for a room that is not the incident's own.
    pub alerts: Option<&'a PagedAlerts>,
    /// Whom the page pages next.
    pub next: Option<&'a NextStep>,
}

impl PageStepPlace<'_> {
    /// A step alone.
    pub fn new(step: u32, round: u32) -> Self {
        Self { incident: None, step, round, alerts: None, next: None }
    }
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

impl MessageRenderer<'_> {
    /// Builds the hot-room message of one step of a page in one round. It offers actions while the step
    /// is the current one.
    pub fn page_notice(&self, page: &Page, place: PageStepPlace<'_>) -> Post {
        self.notice_of_step(page, "chat/page_notice.md", place)
    }

    /// Builds the message of a step in a room that it asks.
    pub fn page_room(&self, page: &Page, place: PageStepPlace<'_>) -> Post {
        self.notice_of_step(page, "chat/page_room.md", place)
    }

    fn notice_of_step(&self, page: &Page, template: &str, place: PageStepPlace<'_>) -> Post {
        let PageStepPlace { incident, step, round, .. } = place;
        let people: Vec<&PersonId> = page.asked_in(step, round).collect();
        let (state, first) = (step_state(page, step, round), page.began_with(step, round));
        let called: Vec<PersonId> =
            if state == "asking" && !first { people.iter().copied().cloned().collect() } else { Vec::new() };
        let incident = incident.map(|incident| self.view(incident));
        let view = self.notice_view(page, place, people);
        let context = context! { notice => Serde(view), incident => Serde(incident) };
        let mut post = self.renderer.post(PostKind::Line, template, &self.scene().calling(called), context);
        post.tone = match state {
            "asking" if first => Tone::Plain,
            "asking" => Tone::Warning,
            "exhausted" => Tone::Critical,
            "acknowledged" => Tone::Good,
            _ => Tone::Plain,
        };
        at_version(post, page.version)
    }

    fn notice_view<'v>(&self, page: &'v Page, place: PageStepPlace<'v>, people: Vec<&'v PersonId>) -> NoticeView<'v> {
        let PageStepPlace { step, round, alerts, next, .. } = place;
        let named = matches!(people[..], [one] if self.names.person(one) == page.spec.whom);
        let first = page.began_with(step, round);
        let known = alerts.map(|alerts| &alerts.known);
        NoticeView {
            page: page.id().to_string(),
            key: page.incident().is_none().then(|| page.spec.key().to_string()),
            message: page.spec.message.as_ref().filter(|text| !text.is_blank() && page.incident().is_none()),
            people,
            rooms: page.rooms_in(step, round).collect(),
            whom: (!named).then_some(page.spec.whom.as_str()),
            by: page.spec.by.as_ref(),
            lapsed: page.spec.lapsed.as_ref(),
            idle: page.spec.idle,
            state: step_state(page, step, round),
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
            fallback: !first && step as usize >= page.spec.policy.steps.len(),
            next: next.map(|next| NextPaged { people: &next.people, asks_others: next.asks_others, at: next.at }),
            paged: page.people(),
            alerts: alerts.iter().flat_map(|alerts| &alerts.alerts).map(PagedAlert::of).collect(),
            more_alerts: alerts.map_or(0, |alerts| alerts.more),
            runbooks: known.map(|known| known.runbooks.as_slice()).unwrap_or_default(),
            graphs: known.map(|known| known.graphs.as_slice()).unwrap_or_default(),
        }
    }
}
