//! Messages about follow-ups.

use minijinja::{
    context,
    value::{Serde, Value},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::{
    chat::{Post, PostKind, Tone},
    domain::{
        Timestamp,
        event::{Event, RecordedEvent},
        ids::{PersonId, RoleId, StatusId},
        incident::Incident,
        review::{FollowUpClass, FollowUpEvent, FollowUpItem, FollowUpKind, FollowUpState},
        text::Untrusted,
        tracker::PullRequest,
    },
    render::MessageRenderer,
    store::OwnIssue,
};

/// How many follow-ups each part of a digest names.
const DIGEST: usize = 20;

/// A follow-up in templates: `followup.…`.
#[derive(Debug, Serialize)]
pub(in crate::render) struct FollowUpView<'a> {
    key: String,
    number: u32,
    title: &'a Untrusted,
    kind: FollowUpKind,
    class: FollowUpClass,
    owner: Option<&'a PersonId>,
    due: Option<Timestamp>,
    overdue: bool,
    link: Option<&'a Untrusted>,
    state: FollowUpState,
    reason: Option<&'a Untrusted>,
}

impl<'a> FollowUpView<'a> {
    pub(in crate::render) fn of(item: &'a FollowUpItem, now: Timestamp) -> Self {
        Self {
            key: item.key.to_string(),
            number: item.number,
            title: &item.title,
            kind: item.kind,
            class: item.class,
            owner: item.owner.as_ref(),
            due: item.due,
            overdue: item.is_overdue(now),
            link: item.link.as_ref(),
            state: item.state,
            reason: item.reason.as_ref(),
        }
    }
}

impl MessageRenderer<'_> {
    /// Builds the message of an event of a follow-up: `templates/chat/followup/<event>.md`. `None` if nobody reads of the
    /// event.
    pub fn followup_notice(&self, incident: &Incident, item: &FollowUpItem, recorded: &RecordedEvent) -> Option<Post> {
        let Event::FollowUp(event) = &recorded.event else { return None };
        let calls: Vec<PersonId> = called(item, event);
        let calls = calls.into_iter().filter(|person| recorded.actor.person() != Some(person));
        let scene = self.scene().calling(calls);
        let template = match event {
            FollowUpEvent::FollowUpRedacted { .. } => return None,
            FollowUpEvent::FollowUpAdded { .. }
            | FollowUpEvent::FollowUpChanged { .. }
            | FollowUpEvent::FollowUpDone
            | FollowUpEvent::FollowUpDropped { .. }
            | FollowUpEvent::FollowUpReopened
            | FollowUpEvent::FollowUpIssueCreated { .. }
            | FollowUpEvent::FollowUpReminded { .. } => format!("chat/followup/{}.md", event.name()),
        };
        let context = context! {
            e => Serde(event), actor => Serde(&recorded.actor), incident => Serde(self.view(incident)),
            followup => Serde(FollowUpView::of(item, self.now)),
        };
        let mut post = self.renderer.post(PostKind::Line, &template, &scene, context);
        post.tone = tone(event);
        Some(post)
    }

    /// Builds the reply to a command about a follow-up: the line of what was done.
    pub fn followup_reply(&self, incident: &Incident, item: &FollowUpItem, done: Option<&RecordedEvent>) -> Post {
        let line = done.and_then(|recorded| self.followup_notice(incident, item, recorded));
        let lines = line.map(|post| Value::from_safe_string(post.text));
        let followups = [FollowUpView::of(item, self.now)];
        let mut post = self.reply("followup", context! { lines, followups => Serde(followups) });
        post.tone = Tone::Good;
        post
    }

    /// Builds the weekly digest of a person: what to do, what is overdue in the person's teams, and the pull requests that name
    /// no issue.
    pub fn weekly_digest(&self, own: &[FollowUpItem], overdue: &[FollowUpItem], pulls: &[PullRequest]) -> Post {
        let views = |items: &'_ [FollowUpItem]| {
            let shown = items.iter().take(DIGEST).map(|item| FollowUpView::of(item, self.now));
            Value::from(Serde(shown.collect::<Vec<_>>()))
        };
        let url = format!("{}/followups?owner=me", self.names.public_url());
        let pulls: Vec<PullRequestView<'_>> = pulls.iter().take(DIGEST).map(PullRequestView::of).collect();
        let context = context! { own => views(own), overdue => views(overdue), pulls => Serde(pulls), url };
        self.renderer.post(PostKind::Announcement, "chat/followup/digest.md", &self.scene(), context)
    }

    /// Builds the list of issues that were found. `more`: there are more than these.
    pub fn issues(&self, found: &[OwnIssue], text: &Untrusted, more: bool) -> Post {
        let manager = self.policy.manager();
        let issues: Vec<OwnIssueView<'_>> = found.iter().map(|issue| OwnIssueView::of(issue, manager)).collect();
        let url =
            format!("{}/issues?q={}", self.names.public_url(), utf8_percent_encode(text.verbatim(), NON_ALPHANUMERIC));
        self.reply("issues", context! { issues => Serde(issues), more, url })
    }

    /// Builds a list of follow-ups. `more`: there are more than these.
    pub fn followup_list(&self, items: &[FollowUpItem], mine: bool, more: bool) -> Post {
        let followups: Vec<FollowUpView<'_>> = items.iter().map(|item| FollowUpView::of(item, self.now)).collect();
        let url = format!("{}/followups", self.names.public_url());
        self.reply("followups", context! { followups => Serde(followups), mine, more, url })
    }
}

/// An incident or a follow-up for a template.
#[derive(Debug, Serialize)]
pub(in crate::render) struct OwnIssueView<'a> {
    key: String,
    title: &'a Untrusted,
    status: Option<&'a StatusId>,
    state: Option<FollowUpState>,
    owner: Option<&'a PersonId>,
}

impl<'a> OwnIssueView<'a> {
    pub(in crate::render) fn of(issue: &'a OwnIssue, manager: &RoleId) -> Self {
        match issue {
            OwnIssue::Incident(incident) => Self {
                key: incident.key.to_string(),
                title: &incident.title,
                status: Some(&incident.status),
                state: None,
                owner: incident.holder(manager),
            },
            OwnIssue::FollowUp(item) => Self {
                key: item.issue_key().to_string(),
                title: &item.title,
                status: None,
                state: Some(item.state),
                owner: item.owner.as_ref(),
            },
        }
    }
}

/// A pull request for a template.
#[derive(Serialize)]
struct PullRequestView<'a> {
    /// `acme/shop#7`
    name: String,
    title: Untrusted,
    url: &'a str,
}

impl<'a> PullRequestView<'a> {
    fn of(pull: &'a PullRequest) -> Self {
        let name = format!("{}#{}", pull.repository, pull.number);
        Self { name, title: Untrusted::from(pull.title.as_str()), url: &pull.url }
    }
}

/// Returns the people who should act on an event.
fn called(item: &FollowUpItem, event: &FollowUpEvent) -> Vec<PersonId> {
    match event {
        FollowUpEvent::FollowUpAdded { .. } | FollowUpEvent::FollowUpChanged { .. } => {
            item.owner.iter().cloned().collect()
        }
        FollowUpEvent::FollowUpReminded { person, .. } => vec![person.clone()],
        FollowUpEvent::FollowUpDone
        | FollowUpEvent::FollowUpDropped { .. }
        | FollowUpEvent::FollowUpReopened
        | FollowUpEvent::FollowUpIssueCreated { .. }
        | FollowUpEvent::FollowUpRedacted { .. } => Vec::new(),
    }
}

fn tone(event: &FollowUpEvent) -> Tone {
    match event {
        FollowUpEvent::FollowUpReminded { overdue: true, .. } => Tone::Warning,
        FollowUpEvent::FollowUpReminded { overdue: false, .. } => Tone::Info,
        FollowUpEvent::FollowUpDone => Tone::Good,
        FollowUpEvent::FollowUpAdded { .. }
        | FollowUpEvent::FollowUpChanged { .. }
        | FollowUpEvent::FollowUpDropped { .. }
        | FollowUpEvent::FollowUpReopened
        | FollowUpEvent::FollowUpIssueCreated { .. }
        | FollowUpEvent::FollowUpRedacted { .. } => Tone::Plain,
    }
}
