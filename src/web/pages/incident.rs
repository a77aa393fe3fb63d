//! `/incidents/{key}`: the record of one incident without the chat, and the side bar of its room.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::{
    changes::{self, ChangeView},
    groups::{self, GroupView},
    oncall,
    record::{self, IncidentView, LineKind, LineView, Placed, RoleView, TaskView, TimeView},
    told::{self, PublicView, UpdateView},
    words::{self, ButtonView, Words},
};
use crate::{
    app::{Context, card_facts},
    config::Config,
    domain::{
        Timestamp,
        effect::Audience,
        event::{Event, RecordedEvent},
        ids::{IncidentId, Key, PersonId},
        incident::{Incident, IncidentEvent, LifecycleEvent},
        oncall::{Page, PageState},
        people::{Actor, Service},
        text::Untrusted,
    },
    render::{Renderer, Voice},
    store::{Reads, StoreError},
};

/// The most events that are read for a timeline: the latest ones.
const EVENTS: u64 = 2_000;

/// How many lines of the timeline the side bar shows.
const SIDE_LINES: usize = 12;

/// How many changes the record and the side bar tell.
const CHANGES: (usize, usize) = (20, 5);

/// What a page is made with.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// The operator's choices.
    pub config: &'a Config,
    /// The texts.
    pub renderer: &'a Renderer,
    /// Who reads.
    pub reader: &'a PersonId,
    /// When.
    pub now: Timestamp,
}

impl<'a> Desk<'a> {
    /// The names of the configuration.
    pub fn words(&self) -> Words<'a> {
        Words { config: self.config }
    }

    /// The act of looking: nothing is done by it.
    fn cx(&self) -> Context<'a> {
        static NOBODY: LazyLock<Actor> = LazyLock::new(|| Actor::Machine("page".to_owned()));
        Context { config: self.config, now: self.now, actor: &NOBODY, request: "page", expect: None }
    }

    fn voice(&self) -> Voice<'a> {
        Voice::new(self.renderer, self.config, self.now)
    }
}

/// What the URL asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    /// Which lines of the timeline.
    pub show: String,
}

/// What `templates/web/incident.html` shows, besides the frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordView {
    /// The facts.
    pub incident: IncidentView,
    /// Who holds which role.
    pub roles: Vec<RoleView>,
    /// The named times.
    pub times: Vec<TimeView>,
    /// Which lines of the timeline are shown.
    pub filter: String,
    /// The lines.
    pub timeline: Vec<LineView>,
    /// Its groups of alerts, with their alerts.
    pub groups: Vec<GroupView>,
    /// What was changed shortly before it, the newest first.
    pub changes: Vec<ChangeView>,
    /// Its pages, with each attempt.
    pub pages: Vec<PageView>,
    /// What customers were told.
    pub updates: Vec<UpdateView>,
    /// What there is to do.
    pub tasks: Vec<TaskView>,
}

/// What `templates/web/side.html` shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SideView {
    /// The facts.
    pub incident: IncidentView,
    /// What can be done now: the buttons of the card.
    pub buttons: Vec<ButtonView>,
    /// Who holds which role.
    pub roles: Vec<RoleView>,
    /// The named times.
    pub times: Vec<TimeView>,
    /// Its groups of alerts.
    pub groups: Vec<GroupView>,
    /// What was changed shortly before it, the newest first.
    pub changes: Vec<ChangeView>,
    /// Its pages.
    pub pages: Vec<PageView>,
    /// What the public page says of it.
    pub public: PublicView,
    /// Who is on call for its service.
    pub oncall: Vec<OncallLine>,
    /// What there is to do.
    pub tasks: Vec<TaskView>,
    /// The latest lines of the timeline, newest first.
    pub timeline: Vec<LineView>,
}

/// Who is on call for a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OncallLine {
    /// The service's name.
    pub service: String,
    /// Who.
    pub person: Option<String>,
    /// Until when.
    pub until: Option<String>,
}

/// A page and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageView {
    /// Its id.
    pub id: String,
    /// Whom it is for.
    pub whom: String,
    /// `triggered`, `acknowledged`, `resolved` or `ran_out`.
    pub state: &'static str,
    /// When it began.
    pub started_at: String,
    /// Who has it.
    pub taken_by: Option<String>,
    /// Since when.
    pub taken_at: Option<String>,
    /// Every attempt to reach someone.
    pub attempts: Vec<AttemptView>,
}

/// One attempt to reach one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttemptView {
    /// When.
    pub at: String,
    /// Whom.
    pub person: String,
    /// The count of this person's attempts.
    pub attempt: u32,
    /// What became of it.
    pub outcome: String,
}

/// Finds the incident with this key for this reader: none when there is none, or when the reader may not see it.
///
/// # Errors
/// When the store fails.
pub fn find(reads: &Reads<'_>, reader: &PersonId, key: &str) -> Result<Option<Incident>, StoreError> {
    let Some(key) = Key::parse(key) else { return Ok(None) };
    Ok(reads.incident_by_key(&key)?.filter(|incident| incident.visible_to(reader)))
}

/// Reads the record of an incident that the reader may see.
///
/// # Errors
/// When the store fails.
pub fn record(reads: &Reads<'_>, desk: Desk<'_>, incident: &Incident, query: &Query) -> Result<RecordView, StoreError> {
    let words = desk.words();
    let only = LineKind::parse(&query.show);
    let events = events(reads, desk, incident)?;
    let timeline = lines(desk, incident, record::in_order(&events, only));
    Ok(RecordView {
        incident: facts(reads, desk, incident)?,
        roles: record::roles(words, incident),
        times: record::times(incident),
        filter: only.map_or_else(|| "all".to_owned(), words::word),
        timeline,
        groups: groups::of_incident(reads, desk, incident.id, true)?,
        changes: changes::before(reads, incident, CHANGES.0)?,
        pages: pages(reads, words, incident.id)?,
        updates: told::updates(words, &events),
        tasks: record::tasks(words, incident),
    })
}

/// Reads the side bar of an incident that the reader may see.
///
/// # Errors
/// When the store fails.
pub fn side(reads: &Reads<'_>, desk: Desk<'_>, incident: &Incident) -> Result<SideView, StoreError> {
    let words = desk.words();
    let events = events(reads, desk, incident)?;
    let newest = record::in_order(&events, None).into_iter().rev().take(SIDE_LINES);
    let card = desk.voice().card(incident, &card_facts::facts(reads, desk.cx(), incident)?);
    Ok(SideView {
        incident: facts(reads, desk, incident)?,
        buttons: card.buttons.into_iter().map(ButtonView::from).collect(),
        roles: record::roles(words, incident),
        times: record::times(incident),
        groups: groups::of_incident(reads, desk, incident.id, false)?,
        changes: changes::before(reads, incident, CHANGES.1)?,
        pages: pages(reads, words, incident.id)?,
        public: told::public(words, incident, &events),
        oncall: on_call(reads, desk, incident)?,
        tasks: record::tasks(words, incident),
        timeline: lines(desk, incident, newest),
    })
}

fn facts(reads: &Reads<'_>, desk: Desk<'_>, incident: &Incident) -> Result<IncidentView, StoreError> {
    let into = match incident.merged_into {
        Some(other) => key_if_seen(reads, desk.reader, other)?,
        None => None,
    };
    Ok(IncidentView::new(desk.words(), incident, into, desk.now))
}

fn key_if_seen(reads: &Reads<'_>, reader: &PersonId, id: IncidentId) -> Result<Option<String>, StoreError> {
    let seen = reads.incident(id)?.filter(|incident| incident.visible_to(reader));
    Ok(seen.map(|incident| incident.key.to_string()))
}

/// The latest events of an incident, without those that would tell of another incident that the reader may not see.
fn events(reads: &Reads<'_>, desk: Desk<'_>, incident: &Incident) -> Result<Vec<RecordedEvent>, StoreError> {
    let from = incident.version.saturating_sub(EVENTS);
    let limit = usize::try_from(EVENTS).unwrap_or(usize::MAX);
    let mut shown = Vec::new();
    for recorded in reads.events_of(&Incident::stream(incident.id), from, limit)? {
        if may_be_told(reads, desk.reader, &recorded.event)? {
            shown.push(recorded);
        }
    }
    Ok(shown)
}

/// Whether an event of an incident that the reader may see tells of no other incident that the reader may not see: one
/// that became private after the two were merged.
///
/// # Errors
/// When the store fails.
pub fn may_be_told(reads: &Reads<'_>, reader: &PersonId, event: &Event) -> Result<bool, StoreError> {
    let other = match event {
        Event::Incident(IncidentEvent::Lifecycle(LifecycleEvent::Merged { into, .. })) => *into,
        Event::Incident(IncidentEvent::Lifecycle(LifecycleEvent::Absorbed { other, .. })) => *other,
        Event::Incident(_) | Event::OnCall(_) | Event::Alert(_) | Event::System(_) => return Ok(true),
    };
    Ok(key_if_seen(reads, reader, other)?.is_some())
}

fn lines<'e>(desk: Desk<'_>, incident: &Incident, placed: impl IntoIterator<Item = Placed<'e>>) -> Vec<LineView> {
    let (words, voice) = (desk.words(), desk.voice());
    let view = |placed: Placed<'_>| LineView::new(words, placed, line(words, &voice, incident, placed.recorded));
    placed.into_iter().map(view).collect()
}

/// What an event was, as the room was told it, without buttons.
fn line(words: Words<'_>, voice: &Voice<'_>, incident: &Incident, recorded: &RecordedEvent) -> String {
    let Some(post) = voice.event(incident, recorded, &Audience::HotRoom) else { return String::new() };
    let mut parts: Vec<String> = Vec::new();
    parts.extend(post.title.as_deref().map(|title| format!("<strong>{}</strong>", words.html(title))));
    parts.extend(Some(words.html(post.text.trim())).filter(|text| !text.is_empty()));
    for field in &post.fields {
        parts.push(format!("<strong>{}</strong> {}", words.html(&field.name), words.html(&field.value)));
    }
    parts.join("<br>")
}

fn pages(reads: &Reads<'_>, words: Words<'_>, incident: IncidentId) -> Result<Vec<PageView>, StoreError> {
    Ok(reads.pages_of_incident(incident)?.iter().map(|page| page_view(words, page)).collect())
}

fn page_view(words: Words<'_>, page: &Page) -> PageView {
    let state = match page.state {
        PageState::Triggered if page.is_exhausted() => "ran_out",
        PageState::Triggered => "triggered",
        PageState::Acknowledged => "acknowledged",
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
        }
    };
    PageView {
        id: page.id().to_string(),
        whom: Untrusted::new(page.spec.whom.as_str()).shown(words::TITLE),
        state,
        started_at: words::at(page.created_at),
        taken_by: page.taken_by.as_ref().map(|person| words.person(person)),
        taken_at: page.taken_at.map(words::at),
        attempts: page.attempts.iter().map(attempt).collect(),
    }
}

/// Who is on call for the faulty service, or for the critical ones as long as none is named.
fn on_call(reads: &Reads<'_>, desk: Desk<'_>, incident: &Incident) -> Result<Vec<OncallLine>, StoreError> {
    let overrides = reads.overrides(desk.now, desk.now + oncall::HORIZON)?;
    let services = desk.config.services.iter().filter(|service| match &incident.service {
        Some(id) => &service.id == id,
        None => service.critical,
    });
    let line = |service: &Service| {
        let view = oncall::service_view(desk.words(), service, &overrides, desk.now);
        let first = view.now.into_iter().next();
        OncallLine {
            service: view.name,
            until: first.as_ref().and_then(|on_now| on_now.until.clone()),
            person: first.map(|on_now| on_now.person),
        }
    };
    Ok(services.map(line).collect())
}
