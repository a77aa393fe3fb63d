//! `/incidents/{key}`: the record of one incident without the chat, and the side bar of its room.

pub mod similar;

use serde::{Deserialize, Serialize};

use super::{
    changes::{self, ChangeView},
    followups::{self, FollowUpRow},
    groups::{self, GroupItem},
    oncall,
    page_context::PageContext,
    public_updates::{self, PublicView, UpdateView},
    record::{self, IncidentFacts, LineKind, LineView, RoleView, TaskView, TimeView, TimelineItem},
    words::{self, ButtonView, ConfigNames},
};
use crate::{
    app::{
        card_facts,
        incidents::transcript::{Pictures, transcript},
        oncall::paging::overrides_in_force,
        reviews,
    },
    domain::{
        contact::ContactOutcome,
        effect::Audience,
        event::{Event, RecordedEvent},
        ids::{IncidentId, Key, PersonId},
        incident::{Incident, IncidentEvent, LifecycleEvent},
        oncall::{ContactAttempt, Page, PageState},
        people::Service,
        text::Untrusted,
    },
    render::MessageRenderer,
    store::{Reads, StoreError},
};

/// Maximum number of events read for a timeline: the latest ones.
const EVENTS: u64 = 2_000;

/// Number of timeline entries in the side bar.
const SIDE_LINES: usize = 12;

/// Maximum number of messages shown beside the timeline: the latest ones. Files have all.
const TALK: usize = 500;

/// Maximum number of changes in the record, and in the side bar.
const CHANGES: (usize, usize) = (20, 5);

/// The query string.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IncidentQuery {
    /// The filter of the timeline.
    pub show: String,
}

/// The context of `templates/web/incident.html`, without the frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordView {
    /// The facts.
    pub incident: IncidentFacts,
    /// All roles with their holders.
    pub roles: Vec<RoleView>,
    /// The state of its post-mortem; `None` if it has none.
    pub postmortem: Option<&'static str>,
    /// Its follow-ups.
    pub followups: Vec<FollowUpRow>,
    /// True if it may have a post-mortem.
    pub may_have_postmortem: bool,
    /// The milestones.
    pub times: Vec<TimeView>,
    /// The filter of the timeline.
    pub filter: String,
    /// The timeline entries.
    pub timeline: Vec<LineView>,
    /// Its alert groups, with their alerts.
    pub groups: Vec<GroupItem>,
    /// Changes made shortly before it, newest first.
    pub changes: Vec<ChangeView>,
    /// Past incidents that are like it.
    pub similar: Vec<similar::SimilarRow>,
    /// Its pages, with all attempts.
    pub pages: Vec<PageSummary>,
    /// Updates on the status page.
    pub updates: Vec<UpdateView>,
    /// Its tasks.
    pub tasks: Vec<TaskView>,
}

/// The context of `templates/web/side.html`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SideView {
    /// The facts.
    pub incident: IncidentFacts,
    /// The buttons of the incident's card.
    pub buttons: Vec<ButtonView>,
    /// All roles with their holders.
    pub roles: Vec<RoleView>,
    /// The milestones.
    pub times: Vec<TimeView>,
    /// Its alert groups.
    pub groups: Vec<GroupItem>,
    /// Changes made shortly before it, newest first.
    pub changes: Vec<ChangeView>,
    /// Its pages.
    pub pages: Vec<PageSummary>,
    /// Its state on the status page.
    pub public: PublicView,
    /// Who is on call for its service.
    pub oncall: Vec<OncallLine>,
    /// Its tasks.
    pub tasks: Vec<TaskView>,
    /// The latest timeline entries, newest first.
    pub timeline: Vec<LineView>,
}

/// Who is on call for a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OncallLine {
    /// The service's name.
    pub service: String,
    /// The person on call.
    pub person: Option<String>,
    /// When the shift ends.
    pub until: Option<String>,
}

/// A page and its progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageSummary {
    /// Its id.
    pub id: String,
    /// The target of the page.
    pub whom: String,
    /// `triggered`, `acknowledged`, `snoozed`, `resolved` or `ran_out`.
    pub state: &'static str,
    /// When it started.
    pub started_at: String,
    /// Who acknowledged it.
    pub taken_by: Option<String>,
    /// When it was acknowledged.
    pub taken_at: Option<String>,
    /// All attempts.
    pub attempts: Vec<AttemptView>,
}

/// One attempt to reach one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttemptView {
    /// When it was made.
    pub at: String,
    /// The person paged.
    pub person: String,
    /// The number of this attempt, counted per person.
    pub attempt: u32,
    /// The outcome in the chat.
    pub outcome: String,
    /// The messages to the person's contact methods.
    pub contacts: Vec<ContactLine>,
}

/// A message to a contact method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContactLine {
    /// The kind of the method.
    pub kind: &'static str,
    /// What is known of it, as a word.
    pub status: &'static str,
    /// The code of the provider and the reason; empty if it did not fail.
    pub why: String,
    /// Since when that is known; when it is due, if it is not sent yet.
    pub at: String,
}

impl ContactLine {
    fn of(contact: &ContactAttempt) -> Self {
        let (code, why) = contact.outcome.reason();
        let why = [code, why].into_iter().flatten().collect::<Vec<_>>().join(" ").replace('_', " ");
        let at = if contact.outcome == ContactOutcome::Planned { contact.due } else { contact.at };
        Self {
            kind: contact.kind.name(),
            status: contact.outcome.name(),
            why: Untrusted::new(why).shown(words::TITLE),
            at: words::at(at),
        }
    }
}

/// Returns the incident with this key; `None` if there is none, or the reader may not see it.
pub fn find(reads: &Reads<'_>, reader: &PersonId, key: &str) -> Result<Option<Incident>, StoreError> {
    let Some(key) = Key::parse(key) else { return Ok(None) };
    Ok(reads.incident_by_key(&key)?.filter(|incident| incident.visible_to(reader)))
}

/// Reads the record of an incident that the reader may see.
pub fn record(
    reads: &Reads<'_>,
    context: PageContext<'_>,
    incident: &Incident,
    query: &IncidentQuery,
) -> Result<RecordView, StoreError> {
    let words = context.words();
    let only = LineKind::parse(&query.show);
    let events = events(reads, context, incident)?;
    let timeline = match only {
        Some(LineKind::Talk) => talk(reads, context, incident)?,
        Some(LineKind::People | LineKind::System | LineKind::Alerts | LineKind::Updates) | None => {
            lines(context, incident, record::in_order(&events, only))
        }
    };
    Ok(RecordView {
        incident: facts(reads, context, incident)?,
        roles: record::roles(words, incident),
        postmortem: reads.postmortem(incident.id)?.map(|postmortem| postmortem.state.name()),
        followups: followups::of_incident(reads, context, incident)?,
        may_have_postmortem: reviews::may_have_one(incident),
        times: record::times(incident),
        filter: only.map_or_else(|| "all".to_owned(), words::word),
        timeline,
        groups: groups::of_incident(reads, context, incident.id, true)?,
        changes: changes::before(reads, incident, CHANGES.0)?,
        similar: similar::read(reads, context, incident)?,
        pages: pages(reads, words, incident.id)?,
        updates: public_updates::updates(words, &events),
        tasks: record::tasks(words, incident),
    })
}

/// What was said in the room.
fn talk(reads: &Reads<'_>, context: PageContext<'_>, incident: &Incident) -> Result<Vec<LineView>, StoreError> {
    let transcript = transcript(reads, context.cx(), incident, Pictures::Named)?;
    let newest = transcript.messages.len().saturating_sub(TALK);
    let messages = transcript.messages.into_iter().skip(newest);
    Ok(messages.map(|message| LineView::of_message(context.words(), message)).collect())
}

/// Reads the side bar of an incident that the reader may see.
pub fn side(reads: &Reads<'_>, context: PageContext<'_>, incident: &Incident) -> Result<SideView, StoreError> {
    let words = context.words();
    let events = events(reads, context, incident)?;
    let newest = record::in_order(&events, None).into_iter().rev().take(SIDE_LINES);
    let card = context.message_renderer().card(incident, &card_facts::facts(reads, context.cx(), incident)?);
    Ok(SideView {
        incident: facts(reads, context, incident)?,
        buttons: card.buttons.into_iter().map(ButtonView::from).collect(),
        roles: record::roles(words, incident),
        times: record::times(incident),
        groups: groups::of_incident(reads, context, incident.id, false)?,
        changes: changes::before(reads, incident, CHANGES.1)?,
        pages: pages(reads, words, incident.id)?,
        public: public_updates::public(words, incident, &events),
        oncall: on_call(reads, context, incident)?,
        tasks: record::tasks(words, incident),
        timeline: lines(context, incident, newest),
    })
}

fn facts(reads: &Reads<'_>, context: PageContext<'_>, incident: &Incident) -> Result<IncidentFacts, StoreError> {
    let into = match incident.merged_into {
        Some(other) => key_if_seen(reads, context.reader, other)?,
        None => None,
    };
    Ok(IncidentFacts::new(context.words(), incident, into, context.now))
}

fn key_if_seen(reads: &Reads<'_>, reader: &PersonId, id: IncidentId) -> Result<Option<String>, StoreError> {
    let seen = reads.incident(id)?.filter(|incident| incident.visible_to(reader));
    Ok(seen.map(|incident| incident.key.to_string()))
}

/// The latest events of an incident, without those that refer to another incident the reader may not see.
fn events(reads: &Reads<'_>, context: PageContext<'_>, incident: &Incident) -> Result<Vec<RecordedEvent>, StoreError> {
    let from = incident.version.saturating_sub(EVENTS);
    let limit = usize::try_from(EVENTS).unwrap_or(usize::MAX);
    let mut shown = Vec::new();
    for recorded in reads.events_of(&Incident::stream(incident.id), from, limit)? {
        if may_be_told(reads, context.reader, &recorded.event)? {
            shown.push(recorded);
        }
    }
    Ok(shown)
}

/// True if an event refers to no incident the reader may not see. The other incident of a merge can become private
/// after the merge.
pub fn may_be_told(reads: &Reads<'_>, reader: &PersonId, event: &Event) -> Result<bool, StoreError> {
    let other = match event {
        Event::Incident(IncidentEvent::Lifecycle(LifecycleEvent::Merged { into, .. })) => *into,
        Event::Incident(IncidentEvent::Lifecycle(LifecycleEvent::Absorbed { other, .. })) => *other,
        Event::Incident(_)
        | Event::OnCall(_)
        | Event::Alert(_)
        | Event::Review(_)
        | Event::FollowUp(_)
        | Event::Maintenance(_)
        | Event::System(_) => {
            return Ok(true);
        }
    };
    Ok(key_if_seen(reads, reader, other)?.is_some())
}

fn lines<'e>(
    context: PageContext<'_>,
    incident: &Incident,
    placed: impl IntoIterator<Item = TimelineItem<'e>>,
) -> Vec<LineView> {
    let (words, voice) = (context.words(), context.message_renderer());
    let view = |placed: TimelineItem<'_>| LineView::new(words, placed, line(words, &voice, incident, placed.recorded));
    placed.into_iter().map(view).collect()
}

/// Renders an event as the room's message, without buttons.
fn line(words: ConfigNames<'_>, voice: &MessageRenderer<'_>, incident: &Incident, recorded: &RecordedEvent) -> String {
    let Some(post) = voice.event(incident, recorded, &Audience::HotRoom) else { return String::new() };
    let mut parts: Vec<String> = Vec::new();
    parts.extend(post.title.as_deref().map(|title| format!("<strong>{}</strong>", words.html(title))));
    parts.extend(Some(words.html(post.text.trim())).filter(|text| !text.is_empty()));
    for field in &post.fields {
        parts.push(format!("<strong>{}</strong> {}", words.html(&field.name), words.html(&field.value)));
    }
    parts.join("<br>")
}

fn pages(reads: &Reads<'_>, words: ConfigNames<'_>, incident: IncidentId) -> Result<Vec<PageSummary>, StoreError> {
    Ok(reads.pages_of_incident(incident)?.iter().map(|page| page_view(words, page)).collect())
}

fn page_view(words: ConfigNames<'_>, page: &Page) -> PageSummary {
    let state = match page.state {
        PageState::Exhausted => "ran_out",
        PageState::Triggered => "triggered",
        PageState::Acknowledged => "acknowledged",
        PageState::Snoozed => "snoozed",
        PageState::Resolved => "resolved",
    };
    let attempt = |attempt: &crate::domain::oncall::Attempt| {
        let name = attempt.outcome.name();
        let why = attempt.outcome.reason().map(|why| Untrusted::new(why).shown(words::TITLE));
        AttemptView {
            at: words::at(attempt.at),
            person: words.person(&attempt.person),
            attempt: attempt.n,
            outcome: why.map_or_else(|| name.to_owned(), |why| format!("{name}: {why}")),
            contacts: attempt.contacts.iter().map(ContactLine::of).collect(),
        }
    };
    PageSummary {
        id: page.id().to_string(),
        whom: Untrusted::new(page.spec.whom.as_str()).shown(words::TITLE),
        state,
        started_at: words::at(page.created_at),
        taken_by: page.taken_by.as_ref().map(|person| words.person(person)),
        taken_at: page.taken_at.map(words::at),
        attempts: page.attempts.iter().map(attempt).collect(),
    }
}

/// Who is on call for the affected service; for the critical services if none is set.
fn on_call(reads: &Reads<'_>, context: PageContext<'_>, incident: &Incident) -> Result<Vec<OncallLine>, StoreError> {
    let overrides = overrides_in_force(reads, context.config, context.now, context.now + oncall::HORIZON)?;
    let services = context.config.services.iter().filter(|service| match &incident.service {
        Some(id) => &service.id == id,
        None => service.critical,
    });
    let line = |service: &Service| {
        let view = oncall::service_view(context.words(), service, &overrides, context.now);
        let first = view.now.into_iter().next();
        OncallLine {
            service: view.name,
            until: first.as_ref().and_then(|on_now| on_now.until.clone()),
            person: first.map(|on_now| on_now.person),
        }
    };
    Ok(services.map(line).collect())
}
