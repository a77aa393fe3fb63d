//! Renders records and refusals as posts.

use minijinja::{
    context,
    value::{Serde, Value},
};
use serde::Serialize;

pub(super) mod background;
mod tone;

pub use self::tone::severity_tone;
use self::tone::{notice_tone, standing, tone};
use super::{
    Names, RenderContext, Renderer,
    view::{CardFacts, FactsView, IncidentView, speaker},
};
use crate::{
    chat::{Post, PostKind, Tone},
    command::UsageError,
    config::Config,
    domain::{
        Timestamp,
        effect::Audience,
        event::{Event, RecordedEvent},
        ids::PersonId,
        incident::{
            DeliveryEvent, Incident, IncidentEvent, IncidentKind, LifecycleEvent, LinkedAlertsEvent, PagingEvent,
            PeopleEvent, Policy, TimelineEvent, TrackerEvent, asks_in_feed,
        },
        people::Actor,
        refusal::Refusal,
    },
};

/// Renders posts with the templates, names and policy of one moment.
#[derive(Clone, Debug)]
pub struct MessageRenderer<'a> {
    /// The templates.
    pub renderer: &'a Renderer,
    /// Display names.
    pub names: Names,
    /// The operator's policy.
    pub policy: &'a Policy,
    /// The current time.
    pub now: Timestamp,
}

impl<'a> MessageRenderer<'a> {
    /// Creates the voice of a configuration.
    pub fn new(renderer: &'a Renderer, config: &'a Config, now: Timestamp) -> Self {
        Self { renderer, names: Names::from(config), policy: &config.policy, now }
    }

    pub(super) fn scene(&self) -> RenderContext<'_> {
        RenderContext::new(&self.names, self.now)
    }

    pub(super) fn view<'i>(&'i self, incident: &'i Incident) -> IncidentView<'i> {
        IncidentView::of(incident, self.policy, self.now, self.names.public_url())
    }

    /// Builds the post of an incident event from `templates/chat/room/<event>.md`; for feeds from
    /// `templates/chat/feed/<event>.md` if it exists. `None` if the event does not belong to an incident.
    pub fn event(&self, incident: &Incident, recorded: &RecordedEvent, to: &Audience) -> Option<Post> {
        let Event::Incident(event) = &recorded.event else { return None };
        let in_feed = matches!(to, Audience::Feed(_));
        let name = event.name();
        let feed = format!("chat/feed/{name}.md");
        let template = match in_feed && self.renderer.has(&feed) {
            true => feed,
            false => format!("chat/room/{name}.md"),
        };
        let calls = if in_feed { Vec::new() } else { self.called(incident, event, &recorded.actor) };
        let kind = match (event, in_feed) {
            (_, true) => PostKind::Announcement,
            (IncidentEvent::Timeline(TimelineEvent::UpdatePosted { .. }), false) => PostKind::Update,
            (_, false) => PostKind::Line,
        };
        let scene = self.scene().calling(calls);
        let context = self.event_context(incident, event, &recorded.actor, recorded.at, recorded.seq);
        let mut post = self.renderer.post(kind, &template, &scene, context);
        let is_past = in_feed && !incident.is_open() && asks_in_feed(event);
        post.tone = if is_past { Tone::Plain } else { tone(event) };
        Some(at_version(post, incident.version))
    }

    fn event_context(
        &self,
        incident: &Incident,
        event: &IncidentEvent,
        actor: &Actor,
        at: Timestamp,
        seq: u64,
    ) -> Value {
        context! {
            incident => Serde(self.view(incident)), e => Serde(event), actor => Serde(actor), at => Serde(at), seq,
        }
    }

    /// Builds the one-line confirmation for the author of an event; it mentions nobody.
    pub(super) fn line(&self, incident: &Incident, event: &IncidentEvent, actor: &Actor) -> String {
        let context = self.event_context(incident, event, actor, self.now, incident.version);
        let post =
            self.renderer.post(PostKind::Line, &format!("chat/room/{}.md", event.name()), &self.scene(), context);
        match post.title {
            Some(title) => format!("{title}\n{}", post.text),
            None => post.text,
        }
    }

    /// Returns the people that an event mentions: those who should act on it, never its author.
    fn called(&self, incident: &Incident, event: &IncidentEvent, actor: &Actor) -> Vec<PersonId> {
        let manager = || incident.holder(self.policy.manager()).cloned().into_iter().collect::<Vec<_>>();
        let mut people = match event {
            IncidentEvent::People(event) => called_by_people(event),
            IncidentEvent::Timeline(event) => match event {
                TimelineEvent::UpdateDrafted { .. } => speaker(incident, self.policy).cloned().into_iter().collect(),
                TimelineEvent::UpdateNudged { .. } => manager(),
                TimelineEvent::UpdatePosted { .. }
                | TimelineEvent::UpdateClockSet { .. }
                | TimelineEvent::Snoozed { .. }
                | TimelineEvent::NoteAdded { .. }
                | TimelineEvent::TimelineAdded { .. }
                | TimelineEvent::MessageChanged { .. }
                | TimelineEvent::WordsTakenOut { .. }
                | TimelineEvent::TimeSet { .. } => Vec::new(),
            },
            IncidentEvent::Paging(event) => match event {
                PagingEvent::PageEscalated { people, .. } | PagingEvent::PageReassigned { people, .. } => {
                    people.clone()
                }
                PagingEvent::PageResponderAdded { person, .. } => vec![person.clone()],
                PagingEvent::NobodyOnCall { fallback, .. } => fallback.iter().cloned().collect(),
                PagingEvent::PageExhausted { .. } => manager(),
                PagingEvent::PageStarted { .. }
                | PagingEvent::PagesStopped { .. }
                | PagingEvent::PageAcknowledged { .. }
                | PagingEvent::PageSnoozed { .. }
                | PagingEvent::PageDeclined { .. } => Vec::new(),
            },
            IncidentEvent::Alerts(LinkedAlertsEvent::AlertsCleared { .. }) => manager(),
            IncidentEvent::Delivery(event) => called_by_delivery(event, manager),
            IncidentEvent::Tracker(event) => match event {
                TrackerEvent::IssueNotCreated { .. }
                | TrackerEvent::IssueOffered { .. }
                | TrackerEvent::TransitionMissing { .. }
                | TrackerEvent::IssueChangeRefused { .. }
                | TrackerEvent::IssueDeleted { .. }
                | TrackerEvent::IssueLeftBehind { .. } => manager(),
                TrackerEvent::IssueLinked { .. }
                | TrackerEvent::IssueCommented { .. }
                | TrackerEvent::IssueCommentChanged { .. }
                | TrackerEvent::IssueCaughtUp { .. } => Vec::new(),
            },
            IncidentEvent::Lifecycle(
                LifecycleEvent::SeverityProposed { .. } | LifecycleEvent::SeverityChanged { because: Some(_), .. },
            ) => manager(),
            // They go on in another room.
            IncidentEvent::Lifecycle(LifecycleEvent::Merged { .. }) => held_roles(incident),
            IncidentEvent::Lifecycle(_)
            | IncidentEvent::Public(_)
            | IncidentEvent::OutsidePage(_)
            | IncidentEvent::Alerts(
                LinkedAlertsEvent::AlertsLinked { .. } | LinkedAlertsEvent::AlertsAcknowledged { .. },
            ) => Vec::new(),
        };
        people.retain(|person| actor.person() != Some(person));
        people
    }

    /// Builds the pinned card of an incident: `templates/chat/card.md`.
    pub fn card(&self, incident: &Incident, facts: &CardFacts) -> Post {
        let context = context! { incident => Serde(self.view(incident)), facts => Serde(FactsView::from(facts)) };
        let mut post = self.renderer.post(PostKind::Card, "chat/card.md", &self.scene(), context);
        post.tone = standing(incident);
        at_version(post, incident.version)
    }

    /// Builds the incident's line in the incidents feed: `templates/chat/feed_line.md`.
    pub fn feed_line(&self, incident: &Incident) -> Post {
        let context = context! { incident => Serde(self.view(incident)) };
        let mut post = self.renderer.post(PostKind::Announcement, "chat/feed_line.md", &self.scene(), context);
        // A drill looks like no alarm to those whom it does not page.
        let is_drill = incident.kind == IncidentKind::Drill && incident.is_open();
        post.tone = if is_drill { Tone::Info } else { standing(incident) };
        at_version(post, incident.version)
    }

    /// Builds the topic of a hot room as plain text: `templates/chat/topic.txt`.
    pub fn topic(&self, incident: &Incident) -> String {
        let context = context! { incident => Serde(self.view(incident)) };
        let text = self.renderer.text("chat/topic.txt", &self.scene(), context).unwrap_or_else(|error| {
            tracing::error!(%error, "a template failed");
            incident.key.to_string()
        });
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Builds the message of a refusal: `templates/chat/refusal/<name>.md`.
    pub fn refusal(&self, refusal: &Refusal) -> Post {
        let template = format!("chat/refusal/{}.md", refusal.name());
        let mut post = self.renderer.post(PostKind::Reply, &template, &self.scene(), refusal);
        post.tone = Tone::Warning;
        post
    }

    /// Builds the message of a usage error: `templates/chat/usage/<name>.md`.
    pub fn usage(&self, error: &UsageError) -> Post {
        let template = format!("chat/usage/{}.md", error.name());
        let mut post = self.renderer.post(PostKind::Reply, &template, &self.scene(), error);
        post.tone = Tone::Warning;
        post
    }

    /// Builds the message of a usage error beside the field of a form: with the label of the field, without markup.
    pub fn field_error(&self, error: &UsageError, label: &str) -> String {
        let template = format!("chat/usage/{}.md", error.name());
        let mut context = serde_json::to_value(error).unwrap_or_default();
        for name in ["option", "one"] {
            if let Some(value) = context.get_mut(name) {
                *value = label.into();
            }
        }
        without_markup(&self.renderer.post(PostKind::Reply, &template, &self.scene(), context).text)
    }

    /// Builds a system notice: `templates/chat/notice/<name>.md`. `None` if the event is only audited.
    pub fn notice(&self, recorded: &RecordedEvent) -> Option<Post> {
        let Event::System(event) = &recorded.event else { return None };
        let template = format!("chat/notice/{}.md", event.notice()?);
        let context = context! { e => Serde(event), at => Serde(recorded.at) };
        let mut post = self.renderer.post(PostKind::Announcement, &template, &self.scene(), context);
        post.tone = notice_tone(event);
        Some(post)
    }

    /// Builds a reply by name: `templates/chat/reply/<name>.md`.
    pub fn reply(&self, name: &str, context: impl Serialize) -> Post {
        self.renderer.post(PostKind::Reply, &format!("chat/reply/{name}.md"), &self.scene(), context)
    }
}

/// Returns chat markdown without its marks. Text from outside is escaped, so a mark without a backslash is ours.
pub(super) fn without_markup(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut chars = markdown.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            '`' | '*' => {}
            _ => out.push(c),
        }
    }
    out
}

pub(super) fn at_version(mut post: Post, version: u64) -> Post {
    post.buttons.iter_mut().for_each(|button| button.version = Some(version));
    post
}

/// Returns the people who should act on what a delivery reported.
fn called_by_delivery(event: &DeliveryEvent, manager: impl FnOnce() -> Vec<PersonId>) -> Vec<PersonId> {
    match event {
        DeliveryEvent::PersonUnreachable { person, .. } => vec![person.clone()],
        DeliveryEvent::AccountUnknown { .. }
        | DeliveryEvent::RoomElsewhere { .. }
        | DeliveryEvent::StatusMirrorBehind { .. }
        | DeliveryEvent::DeliveryFailed { .. } => manager(),
        DeliveryEvent::RoomOpened { .. } | DeliveryEvent::StatusMirrorCaughtUp { .. } => Vec::new(),
    }
}

/// Returns the people who have a role in an incident, each once.
fn held_roles(incident: &Incident) -> Vec<PersonId> {
    let mut people: Vec<PersonId> = incident.roles.values().map(|held| held.person.clone()).collect();
    people.sort();
    people.dedup();
    people
}

/// Returns the people affected by a change of roles or tasks.
fn called_by_people(event: &PeopleEvent) -> Vec<PersonId> {
    match event {
        PeopleEvent::RoleAssigned { person, .. } | PeopleEvent::TaskAssigned { person, .. } => vec![person.clone()],
        PeopleEvent::TaskAdded { assignee, .. } => assignee.iter().cloned().collect(),
        PeopleEvent::PeopleInvited { .. }
        | PeopleEvent::AdminJoined { .. }
        | PeopleEvent::RoleReleased { .. }
        | PeopleEvent::TaskDone { .. }
        | PeopleEvent::TasksClosed { .. } => Vec::new(),
    }
}
