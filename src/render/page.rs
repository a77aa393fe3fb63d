//! What a page says to the one who is asked, `templates/chat/page.md`, and to the hot room, `templates/chat/page_notice.md`.

use minijinja::{context, value::Serde};
use serde::Serialize;

use super::{Voice, voice::at_version};
use crate::{
    chat::{Post, PostKind, Tone},
    domain::{
        Timestamp,
        ids::PersonId,
        incident::Incident,
        oncall::{Page, PageState},
        text::Untrusted,
    },
};

/// A page as its template sees it: `page.…`.
#[derive(Debug, Serialize)]
pub(super) struct PageView<'a> {
    pub(super) id: String,
    /// What this person is asked as; none: as the fallback, because the incident names no service.
    pub(super) whom: Option<&'a str>,
    pub(super) message: Option<&'a Untrusted>,
    /// Whose acknowledgement of the alerts has run out, so that it was started.
    pub(super) lapsed: Option<&'a PersonId>,
    /// `asking`, `asked_again`, `declined`, `exhausted`, `acknowledged` or `resolved`: how it stands for this person.
    pub(super) state: &'static str,
    /// Who has it.
    pub(super) by: Option<&'a PersonId>,
    /// Since when.
    pub(super) at: Option<Timestamp>,
    /// Whether the one who reads has it.
    pub(super) yours: bool,
    /// The count of this person's attempts.
    pub(super) attempt: u32,
    pub(super) since: Timestamp,
    /// When the next step is asked.
    pub(super) next: Option<Timestamp>,
}

fn standing(page: &Page, person: &PersonId, attempt: u32) -> &'static str {
    match page.state {
        PageState::Acknowledged => "acknowledged",
        PageState::Resolved => "resolved",
        PageState::Triggered if page.declined.contains(person) => "declined",
        PageState::Triggered if attempt < page.asked(person) => "asked_again",
        PageState::Triggered if page.is_exhausted() => "exhausted",
        PageState::Triggered => "asking",
    }
}

/// What one step of a page is to the hot room, as its template sees it: `notice.…`.
#[derive(Debug, Serialize)]
pub(super) struct NoticeView<'a> {
    pub(super) page: String,
    /// Whom the step asked.
    pub(super) people: Vec<&'a PersonId>,
    /// What they were asked as, where that is not the name of the only one.
    pub(super) whom: Option<&'a str>,
    /// Who asked for the page; none: a rule.
    pub(super) by: Option<&'a PersonId>,
    /// Whose acknowledgement of the alerts has run out, so that it was started.
    pub(super) lapsed: Option<&'a PersonId>,
    /// `asking`, `passed`, `exhausted`, `acknowledged` or `resolved`: how it stands with this step.
    pub(super) state: &'static str,
    /// Which step, from 1; none: it is the first that was asked.
    pub(super) later: Option<u32>,
    pub(super) taken_by: Option<&'a PersonId>,
    pub(super) taken_at: Option<Timestamp>,
    pub(super) since: Timestamp,
}

fn stands(page: &Page, place: (u32, u32)) -> &'static str {
    match page.state {
        PageState::Triggered | PageState::Acknowledged | PageState::Resolved if place != (page.step, page.round) => {
            "passed"
        }
        PageState::Acknowledged => "acknowledged",
        PageState::Resolved if page.taken_by.is_some() => "acknowledged",
        PageState::Resolved => "resolved",
        PageState::Triggered if page.is_exhausted() => "exhausted",
        PageState::Triggered => "asking",
    }
}

impl Voice<'_> {
    /// What a step of a page, `place` being step and round, says in the hot room. It can be answered there as long as it
    /// is the present one.
    pub fn page_notice(&self, page: &Page, place: (u32, u32)) -> Post {
        let people: Vec<&PersonId> = page.asked_in(place.0, place.1).collect();
        let named = matches!(people[..], [one] if self.names.person(one) == page.spec.whom);
        let first = page.attempts.first().is_none_or(|first| (first.step, first.round) == place);
        let state = stands(page, place);
        let called: Vec<PersonId> = people.iter().filter(|_| state == "asking" && !first).copied().cloned().collect();
        let view = NoticeView {
            page: page.id().to_string(),
            people,
            whom: Some(page.spec.whom.as_str()).filter(|_| !named),
            by: page.spec.by.as_ref(),
            lapsed: page.spec.lapsed.as_ref(),
            state,
            later: (!first).then_some(place.0 + 1),
            taken_by: page.taken_by.as_ref(),
            taken_at: page.taken_at,
            since: page.created_at,
        };
        let scene = self.scene().calling(called);
        let mut post =
            self.renderer.post(PostKind::Line, "chat/page_notice.md", &scene, context! { notice => Serde(view) });
        post.tone = match state {
            "asking" if first => Tone::Plain,
            "asking" => Tone::Warning,
            "exhausted" => Tone::Critical,
            "acknowledged" => Tone::Good,
            _ => Tone::Plain,
        };
        at_version(post, page.version)
    }

    /// What a page says to one person, in one of its attempts. A drill says so at its top.
    pub fn page(&self, incident: &Incident, page: &Page, (person, attempt): (&PersonId, u32)) -> Post {
        let state = standing(page, person, attempt);
        let view = PageView {
            id: page.id().to_string(),
            whom: Some(page.spec.whom.as_str()).filter(|_| !page.spec.names_no_service()),
            message: page.spec.message.as_ref().filter(|text| !text.is_blank()),
            lapsed: page.spec.lapsed.as_ref(),
            state,
            by: page.taken_by.as_ref(),
            at: page.taken_at,
            yours: page.taken_by.as_ref() == Some(person),
            attempt,
            since: page.created_at,
            next: page.next_at,
        };
        let called = Some(person.clone()).filter(|_| matches!(state, "asking" | "exhausted"));
        let context =
            context! { incident => Serde(self.view(incident)), page => Serde(view), person => person.as_str() };
        let mut post = self.renderer.post(PostKind::Page, "chat/page.md", &self.scene().calling(called), context);
        post.tone = match state {
            "asking" | "exhausted" => Tone::Critical,
            "acknowledged" => Tone::Good,
            _ => Tone::Plain,
        };
        at_version(post, page.version)
    }
}
