//! Post-mortems: what the record says in each section, and the messages about them.

mod document;
mod followups;
mod prefill;

pub use document::DocumentFacts;
pub(in crate::render) use followups::{FollowUpView, OwnIssueView};
use minijinja::{
    context,
    value::{Serde, Value},
};
use prefill::section_template;
use serde::Serialize;

use super::{
    MessageRenderer, Renderer,
    message_renderer::{at_version, without_markup},
};
use crate::{
    chat::{Post, PostKind, Tone},
    domain::{
        Timestamp,
        alert::{AlertGroup, Change},
        event::{Event, RecordedEvent},
        ids::PersonId,
        incident::Incident,
        oncall::Page,
        review::{NewSection, Postmortem, PostmortemEvent, PostmortemState},
        text::Untrusted,
    },
};

/// The longest summary of a document in a room.
const SUMMARY: usize = 600;

/// What the record says of an incident besides the incident itself.
#[derive(Clone, Debug, Default)]
pub struct ReviewFacts {
    /// Its events.
    pub events: Vec<RecordedEvent>,
    /// Its alert groups.
    pub groups: Vec<AlertGroup>,
    /// Its pages.
    pub pages: Vec<Page>,
    /// The changes before it, the newest first.
    pub changes: Vec<Change>,
}

/// A post-mortem with the summary that its message shows.
#[derive(Clone, Copy, Debug)]
pub struct PostmortemMessage<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// The post-mortem.
    pub postmortem: &'a Postmortem,
    /// The text of its first section.
    pub summary: &'a str,
    /// True if it is shown outside the hot room.
    pub elsewhere: bool,
}

impl Renderer {
    /// Returns the sections of a template: one line each, as `name | heading | what belongs into it`. A section is prefilled
    /// if there is a template of its name.
    pub fn postmortem_sections(&self, template: &str) -> Vec<NewSection> {
        let layout = self.render(&format!("postmortem/{template}.txt"), context! {}).unwrap_or_else(|error| {
            tracing::error!(%error, "a template failed");
            String::new()
        });
        layout.lines().filter_map(|line| self.section(line)).collect()
    }

    fn section(&self, line: &str) -> Option<NewSection> {
        let mut parts = line.splitn(3, '|').map(str::trim);
        let (id, title, help) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
        let plain = !id.is_empty() && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        let prefilled = self.has(&section_template(id));
        (plain && !title.is_empty()).then(|| NewSection {
            id: id.to_owned(),
            title: title.to_owned(),
            help: help.to_owned(),
            prefilled,
        })
    }
}

impl MessageRenderer<'_> {
    /// Builds the message of an event of a post-mortem: `templates/chat/postmortem/<event>.md`. `None` if nobody reads of
    /// the event.
    pub fn postmortem_notice(&self, message: PostmortemMessage<'_>, recorded: &RecordedEvent) -> Option<Post> {
        let Event::Review(event) = &recorded.event else { return None };
        if !event.is_announced() {
            return None;
        }
        let PostmortemMessage { incident, postmortem, elsewhere, .. } = message;
        let calls = if elsewhere { Vec::new() } else { called(postmortem, event) };
        let calls: Vec<PersonId> = calls.into_iter().filter(|one| recorded.actor.person() != Some(one)).collect();
        let scene = self.scene().calling(calls);
        let template = format!("chat/postmortem/{}.md", event.name());
        let context = context! {
            e => Serde(event), actor => Serde(&recorded.actor), ..self.postmortem_context(message),
        };
        let mut post = self.renderer.post(PostKind::Line, &template, &scene, context);
        post.tone = tone(event);
        if elsewhere {
            post.kind = PostKind::Announcement;
        }
        Some(at_version(post, incident.version))
    }

    /// The context of messages about a post-mortem.
    pub(super) fn postmortem_context(&self, message: PostmortemMessage<'_>) -> Value {
        let PostmortemMessage { incident, postmortem, summary, elsewhere } = message;
        context! {
            incident => Serde(self.view(incident)),
            postmortem => Serde(PostmortemView::of(postmortem, self.now)),
            link => format!("{}/incidents/{}/postmortem", self.names.public_url(), incident.key),
            summary => Untrusted::new(without_markup(summary)).shown(SUMMARY),
            elsewhere,
        }
    }

    /// Builds the reply to a command about a post-mortem: its state, after the line of what was done.
    pub fn postmortem_reply(&self, message: PostmortemMessage<'_>, done: Option<&RecordedEvent>) -> Post {
        let line = done.and_then(|recorded| self.postmortem_notice(message, recorded));
        let lines = Value::from_safe_string(line.map(|post| post.text).unwrap_or_default());
        let context = context! { lines, ..self.postmortem_context(message) };
        let mut post = self.reply("postmortem", context);
        post.tone = if done.is_some() { Tone::Good } else { Tone::Plain };
        post
    }
}

/// A post-mortem in templates: `postmortem.…`.
#[derive(Debug, Serialize)]
struct PostmortemView<'a> {
    state: PostmortemState,
    owner: &'a PersonId,
    approvers: Vec<&'a PersonId>,
    needs_approval: bool,
    due: Option<Timestamp>,
    overdue: bool,
    approved_by: Option<&'a PersonId>,
    skip_reason: Option<&'a Untrusted>,
    open_comments: usize,
}

impl<'a> PostmortemView<'a> {
    fn of(postmortem: &'a Postmortem, now: Timestamp) -> Self {
        Self {
            state: postmortem.state,
            owner: &postmortem.owner,
            approvers: postmortem.approvers.iter().filter(|one| **one != postmortem.owner).collect(),
            needs_approval: postmortem.needs_approval,
            due: postmortem.due,
            overdue: postmortem.is_overdue(now),
            approved_by: postmortem.approved_by.as_ref(),
            skip_reason: postmortem.skip_reason.as_ref(),
            open_comments: postmortem.comments.iter().filter(|comment| !comment.resolved).count(),
        }
    }
}

/// Returns the people who should act on an event.
fn called(postmortem: &Postmortem, event: &PostmortemEvent) -> Vec<PersonId> {
    let owner = || vec![postmortem.owner.clone()];
    match event {
        PostmortemEvent::PostmortemReminded { people, managers, .. } => {
            people.iter().chain(managers).cloned().collect()
        }
        PostmortemEvent::PostmortemOpened { .. }
        | PostmortemEvent::PostmortemAssigned { .. }
        | PostmortemEvent::PostmortemReturned { .. }
        | PostmortemEvent::PostmortemApproved => owner(),
        PostmortemEvent::PostmortemSubmitted { review: true } => {
            postmortem.approvers.iter().filter(|one| **one != postmortem.owner).cloned().collect()
        }
        PostmortemEvent::PostmortemSubmitted { review: false }
        | PostmortemEvent::PostmortemPublished { .. }
        | PostmortemEvent::PostmortemSkipped { .. }
        | PostmortemEvent::SectionWritten { .. }
        | PostmortemEvent::SectionPrefilled { .. }
        | PostmortemEvent::SectionCommented { .. }
        | PostmortemEvent::CommentResolved { .. }
        | PostmortemEvent::PostmortemRedacted { .. } => Vec::new(),
    }
}

fn tone(event: &PostmortemEvent) -> Tone {
    match event {
        PostmortemEvent::PostmortemReminded { overdue: true, .. } => Tone::Warning,
        PostmortemEvent::PostmortemReminded { overdue: false, .. } => Tone::Info,
        PostmortemEvent::PostmortemApproved | PostmortemEvent::PostmortemPublished { .. } => Tone::Good,
        PostmortemEvent::PostmortemOpened { .. }
        | PostmortemEvent::PostmortemAssigned { .. }
        | PostmortemEvent::PostmortemSubmitted { .. }
        | PostmortemEvent::PostmortemReturned { .. }
        | PostmortemEvent::PostmortemSkipped { .. }
        | PostmortemEvent::SectionWritten { .. }
        | PostmortemEvent::SectionPrefilled { .. }
        | PostmortemEvent::SectionCommented { .. }
        | PostmortemEvent::CommentResolved { .. }
        | PostmortemEvent::PostmortemRedacted { .. } => Tone::Plain,
    }
}
