//! What is written to an outside tracker, in Markdown (`templates/tracker/`). The client of the tracker turns it into the
//! tracker's own markup.

use minijinja::{context, value::Serde};
use serde::Serialize;

use super::{MessageRenderer, postmortem::FollowUpView};
use crate::{
    chat::{Post, PostKind, Tone},
    domain::{
        Timestamp,
        event::{Event, RecordedEvent},
        ids::PersonId,
        incident::{Incident, IncidentEvent, LifecycleEvent, PeopleEvent, TimelineEvent},
        people::Actor,
        review::FollowUpItem,
        text::Untrusted,
        tracker::{BoardColumn, BoardItem, BoardState},
    },
};

/// The longest summary of an issue, in characters.
const LONGEST_SUMMARY: usize = 200;
/// The most entries of one comment.
const MOST_ENTRIES: usize = 20;

/// Something that is said in a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueEntry {
    /// Who said it.
    pub author: Actor,
    /// When.
    pub at: Timestamp,
    /// What sort of thing it is.
    pub kind: EntryKind,
    /// What was said.
    pub text: Untrusted,
    /// More that was said with it.
    pub facts: Vec<EntryFact>,
    /// Where it stands in hotroom: what the address of the record ends with.
    pub anchor: String,
}

/// What sort of thing an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// An update for people inside.
    Update,
    /// A note, or an entry of the timeline.
    Note,
    /// The resolution.
    Resolution,
    /// A person without an account at the tracker became incident manager.
    Manager(PersonId),
    /// A message of the room.
    Message,
}

impl EntryKind {
    fn word(&self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Note => "note",
            Self::Resolution => "resolution",
            Self::Manager(_) => "manager",
            Self::Message => "message",
        }
    }
}

/// One more thing that an update says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryFact {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub text: Untrusted,
}

#[derive(Serialize)]
struct EntryView<'a> {
    author: String,
    at: String,
    kind: &'static str,
    person: String,
    text: &'a Untrusted,
    facts: &'a [EntryFact],
    link: String,
}

impl IssueEntry {
    /// What an event says in a comment; `None` if nothing. `role` is that of the incident manager.
    pub fn from_event(recorded: &RecordedEvent, role: &crate::domain::ids::RoleId) -> Option<Self> {
        let Event::Incident(event) = &recorded.event else { return None };
        let entry = |kind, text: &Untrusted, facts| Self {
            author: recorded.actor.clone(),
            at: recorded.at,
            kind,
            text: text.clone(),
            facts,
            anchor: format!("#e{}", recorded.seq),
        };
        let said = match event {
            IncidentEvent::Timeline(TimelineEvent::UpdatePosted {
                text, impact, affected, cause, estimate, ..
            }) => {
                let named =
                    [("Impact", impact), ("Affected", affected), ("Cause", cause), ("Estimate", estimate)].into_iter();
                let facts = named.filter_map(|(name, text)| Some(EntryFact { name, text: text.clone()? }));
                entry(EntryKind::Update, text, facts.collect())
            }
            IncidentEvent::Timeline(
                TimelineEvent::NoteAdded { text } | TimelineEvent::TimelineAdded { text, message: None, .. },
            ) => entry(EntryKind::Note, text, Vec::new()),
            IncidentEvent::Lifecycle(LifecycleEvent::ResolutionRecorded { resolution }) => {
                entry(EntryKind::Resolution, &resolution.summary, Vec::new())
            }
            IncidentEvent::People(PeopleEvent::RoleAssigned { role: taken, person, .. }) if taken == role => {
                entry(EntryKind::Manager(person.clone()), &Untrusted::default(), Vec::new())
            }
            IncidentEvent::Lifecycle(_)
            | IncidentEvent::People(_)
            | IncidentEvent::Timeline(_)
            | IncidentEvent::Paging(_)
            | IncidentEvent::Alerts(_)
            | IncidentEvent::Public(_)
            | IncidentEvent::Delivery(_)
            | IncidentEvent::Tracker(_)
            | IncidentEvent::OutsidePage(_) => return None,
        };
        // Nothing is left of a text that was redacted.
        let empty = said.text.is_blank() && said.facts.is_empty() && !matches!(said.kind, EntryKind::Manager(_));
        (!empty).then_some(said)
    }

    /// The same; the resolution with the class of the cause, which is a field of the incident.
    #[must_use]
    pub fn with_cause_of(mut self, incident: &Incident) -> Self {
        if self.kind == EntryKind::Resolution {
            let text = incident.cause().map(Untrusted::from);
            self.facts.extend(text.map(|text| EntryFact { name: "Cause", text }));
        }
        self
    }
}

impl MessageRenderer<'_> {
    /// The summary of an issue: one line.
    pub fn issue_summary(&self, incident: &Incident) -> String {
        incident.title.shown(LONGEST_SUMMARY).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The description of an issue: `templates/tracker/description.md`.
    pub fn issue_description(&self, incident: &Incident) -> String {
        let link = self.record_link(incident);
        self.markdown("description", context! { incident => Serde(self.view(incident)), link })
    }

    /// One comment for all entries: `templates/tracker/comment.md`.
    pub fn issue_comment(&self, incident: &Incident, entries: &[IssueEntry]) -> String {
        let link = self.record_link(incident);
        let views: Vec<EntryView<'_>> =
            entries.iter().take(MOST_ENTRIES).map(|entry| self.entry(incident, entry)).collect();
        let more = entries.len().saturating_sub(MOST_ENTRIES);
        self.markdown("comment", context! { entries => Serde(views), more, link })
    }

    /// The summary of the issue of a follow-up: one line.
    pub fn followup_summary(&self, item: &FollowUpItem) -> String {
        let title = item.title.shown(LONGEST_SUMMARY).split_whitespace().collect::<Vec<_>>().join(" ");
        // Nothing is left of a title that was redacted.
        if title.is_empty() { item.issue_key().to_string() } else { title }
    }

    /// The title of the follow-up for the completion of a post-mortem.
    pub fn completion_title(&self, incident: &Incident) -> String {
        self.markdown("completion", context! { key => incident.key.to_string() })
    }

    /// The description of the issue of a follow-up: `templates/tracker/followup.md`.
    pub fn followup_description(&self, incident: &Incident, item: &FollowUpItem, has_postmortem: bool) -> String {
        let record = self.record_link(incident);
        let postmortem = has_postmortem.then(|| format!("{record}/postmortem"));
        let link = format!("{}/issues/{}", self.names.public_url(), item.issue_key());
        let due = item.due.map(|due| due.format("%Y-%m-%d").to_string());
        let (incident, followup) = (self.view(incident), FollowUpView::of(item, self.now));
        let context = context! {
            incident => Serde(incident), followup => Serde(followup), record, postmortem, link, due,
        };
        self.markdown("followup", context)
    }

    /// Where an entry stands in hotroom: a message in its room, anything else in the record.
    pub fn entry_link(&self, incident: &Incident, entry: &IssueEntry) -> String {
        match (&entry.kind, &incident.room) {
            (EntryKind::Message, Some(room)) => format!("{}/rooms/{room}{}", self.names.public_url(), entry.anchor),
            _ => format!("{}{}", self.record_link(incident), entry.anchor),
        }
    }

    fn entry<'e>(&self, incident: &Incident, entry: &'e IssueEntry) -> EntryView<'e> {
        let person =
            if let EntryKind::Manager(person) = &entry.kind { self.names.person(person) } else { String::new() };
        let author = match &entry.author {
            Actor::Person(person) => self.names.person(person),
            Actor::Machine(_) => entry.author.tracker_account().unwrap_or("hotroom").to_owned(),
        };
        EntryView {
            author,
            at: entry.at.format("%Y-%m-%d %H:%M UTC").to_string(),
            kind: entry.kind.word(),
            person,
            text: &entry.text,
            facts: &entry.facts,
            link: self.entry_link(incident, entry),
        }
    }

    /// The address of the record. Comments that contain it are hotroom's own.
    pub fn record_link(&self, incident: &Incident) -> String {
        // The key may change; the one that was used first always leads there.
        let key = incident.former_key.as_ref().unwrap_or(&incident.key);
        format!("{}/incidents/{key}", self.names.public_url())
    }

    fn markdown(&self, name: &str, context: minijinja::Value) -> String {
        let template = format!("tracker/{name}.md");
        let text = self.renderer.text(&template, &self.scene(), context).unwrap_or_else(|error| {
            tracing::error!(%error, "a template failed");
            String::new()
        });
        text.trim().to_owned()
    }
}

/// A board, as everyone may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardFacts {
    /// Its name.
    pub name: String,
    /// What is known of it.
    pub state: BoardState,
}

/// A column in templates.
#[derive(Serialize)]
struct BoardColumnView<'a> {
    name: &'a str,
    count: u32,
    limit: Option<u32>,
    is_over: bool,
    oldest: &'a [BoardItem],
}

impl<'a> BoardColumnView<'a> {
    fn of(column: &'a BoardColumn) -> Self {
        let BoardColumn { name, count, limit, oldest } = column;
        Self { name, count: *count, limit: *limit, is_over: column.is_over(), oldest }
    }
}

impl MessageRenderer<'_> {
    /// Builds the message of a board: `templates/chat/board/message.md`.
    pub fn board_message(&self, facts: &BoardFacts) -> Post {
        let mut post = self.renderer.post(
            PostKind::Announcement,
            "chat/board/message.md",
            &self.scene(),
            Self::board_context(facts),
        );
        post.tone = Self::board_tone(facts);
        post
    }

    /// Builds the reminder of a column that is above its limit: `templates/chat/board/reminder.md`.
    pub fn board_reminder(&self, facts: &BoardFacts, column: &BoardColumn) -> Post {
        let context = context! { board => facts.name.as_str(), column => Serde(BoardColumnView::of(column)) };
        let mut post = self.renderer.post(PostKind::Announcement, "chat/board/reminder.md", &self.scene(), context);
        post.tone = Tone::Warning;
        post
    }

    /// Builds the reply to `/board`.
    pub fn boards(&self, boards: &[BoardFacts], known: &[String]) -> Post {
        let views: Vec<minijinja::Value> = boards.iter().map(Self::board_context).collect();
        let mut post = self.reply("board", context! { boards => views, known => Serde(known) });
        if let [only] = boards {
            post.tone = Self::board_tone(only);
        }
        post
    }

    fn board_context(facts: &BoardFacts) -> minijinja::Value {
        let columns: Vec<BoardColumnView<'_>> = facts.state.columns.iter().map(BoardColumnView::of).collect();
        context! {
            board => facts.name.as_str(), columns => Serde(columns), read_at => facts.state.read_at.map(|at| at.to_rfc3339()),
            failure => facts.state.failure.as_deref(),
        }
    }

    /// Red above a limit. The text says it as well.
    fn board_tone(facts: &BoardFacts) -> Tone {
        if facts.state.columns.iter().any(BoardColumn::is_over) { Tone::Critical } else { Tone::Plain }
    }
}
