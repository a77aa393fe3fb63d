//! What a page says to the one who is asked: `templates/chat/page.md`.

use minijinja::{context, value::Serde};
use serde::Serialize;

use super::Voice;
use crate::{
    chat::{Post, Tone},
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
    pub(super) whom: &'a str,
    pub(super) message: Option<&'a Untrusted>,
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

impl Voice<'_> {
    /// What a page says to one person, in one of its attempts. A drill says so at its top.
    pub fn page(&self, incident: &Incident, page: &Page, (person, attempt): (&PersonId, u32)) -> Post {
        let state = standing(page, person, attempt);
        let view = PageView {
            id: page.id().to_string(),
            whom: &page.spec.whom,
            message: page.spec.message.as_ref().filter(|text| !text.is_blank()),
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
        let mut post = self.renderer.post("page", "chat/page.md", &self.scene().calling(called), context);
        post.tone = match state {
            "asking" | "exhausted" => Tone::Critical,
            "acknowledged" => Tone::Good,
            _ => Tone::Plain,
        };
        post
    }
}
