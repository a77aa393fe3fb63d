//! What Opsgenie's API keeps of an alert besides the alert itself, and what its clients do to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Alert, Signal, named_fingerprint, severity_word};
use crate::domain::{
    Timestamp,
    ids::{AlertId, SourceId},
    text::Untrusted,
};

/// How many notes are kept of one alert; the oldest go first.
const MOST_NOTES: usize = 100;
/// How many people, teams, schedules and escalations may be named for an alert.
const MOST_RESPONDERS: usize = 50;
/// How many tags and how many details an alert may have.
const MOST_TAGS: usize = 100;

/// One call of a client, which is carried out after it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpsgenieRequest {
    /// Of which alert it speaks.
    pub whom: Whom,
    /// What is to be done.
    pub action: OpsgenieAction,
    /// Who does it, as far as the client says.
    pub user: Untrusted,
    /// What is said with it.
    pub note: Untrusted,
}

/// How a call names its alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// By its id.
    Id(AlertId),
    /// By its small number.
    Tiny(i64),
    /// By what the client called it: the newest of that name.
    Alias(String),
}

/// What a call does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpsgenieAction {
    /// It fires; while one of its alias is open, that one is counted up.
    Create(Draft),
    /// It is over.
    Close,
    /// Somebody has it.
    Acknowledge,
    /// Nobody has it any more.
    Unacknowledge,
    /// It makes no noise until then.
    Snooze(Timestamp),
    /// Something is said.
    AddNote,
    /// It is somebody's.
    Assign(Untrusted),
    /// These are to see to it too.
    AddResponder(Responder),
    /// A team is to see to it too.
    AddTeam(Responder),
    /// An escalation is to see to it.
    Escalate(Responder),
    /// It has these tags too.
    AddTags(Vec<Untrusted>),
    /// It has these tags no more.
    RemoveTags(Vec<Untrusted>),
    /// It has these details too.
    AddDetails(BTreeMap<String, Untrusted>),
    /// It has these details no more.
    RemoveDetails(Vec<String>),
    /// Its one line is another.
    SetMessage(Untrusted),
    /// Its description is another.
    SetDescription(Untrusted),
    /// It is more or less grave: `P1` to `P5`.
    SetPriority(String),
}

impl OpsgenieAction {
    /// What Opsgenie calls it when it tells what became of a call, and what it says when it was done.
    pub fn told(&self) -> (&'static str, &'static str) {
        match self {
            Self::Create(_) => ("Create", "Created alert"),
            Self::Close => ("Close", "Closed alert"),
            Self::Acknowledge => ("Acknowledge", "Acknowledged alert"),
            Self::Unacknowledge => ("Unacknowledge", "Unacknowledged alert"),
            Self::Snooze(_) => ("Snooze", "Snoozed alert"),
            Self::AddNote => ("AddNote", "Added note"),
            Self::Assign(_) => ("Assign", "Assigned alert"),
            Self::AddResponder(_) => ("AddResponder", "Added responder"),
            Self::AddTeam(_) => ("AddTeam", "Added team"),
            Self::Escalate(_) => ("EscalateToNext", "Noted escalation"),
            Self::AddTags(_) => ("AddTags", "Added tags"),
            Self::RemoveTags(_) => ("RemoveTags", "Removed tags"),
            Self::AddDetails(_) => ("AddDetails", "Added details"),
            Self::RemoveDetails(_) => ("RemoveDetails", "Removed details"),
            Self::SetMessage(_) => ("UpdateMessage", "Updated message"),
            Self::SetDescription(_) => ("UpdateDescription", "Updated description"),
            Self::SetPriority(_) => ("UpdatePriority", "Updated priority"),
        }
    }
}

/// Whom a client names for an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Responder {
    /// `user`, `team`, `escalation` or `schedule`.
    pub kind: String,
    /// The name or the id that the client has for it.
    pub name: Untrusted,
}

/// What a client says of a new alert.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// One line.
    pub message: Untrusted,
    /// More of it.
    pub description: Untrusted,
    /// What it is about.
    pub entity: Untrusted,
    /// Where it comes from.
    pub source: Untrusted,
    /// `P1` to `P5`.
    pub priority: String,
    /// Words to find it by.
    pub tags: Vec<Untrusted>,
    /// Names and values; they are labels here.
    pub details: BTreeMap<String, Untrusted>,
    /// What may be done about it.
    pub actions: Vec<Untrusted>,
    /// Who is to see to it.
    #[serde(default)]
    pub responders: Vec<Responder>,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What.
    pub text: Untrusted,
    /// By whom.
    pub by: Untrusted,
    /// When.
    pub at: Timestamp,
}

/// What is kept of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpsgenieAlert {
    /// What the client calls it.
    pub alias: String,
    /// Its small number.
    pub tiny: i64,
    /// What it says.
    pub draft: Draft,
    /// How often it was said while it was open.
    pub count: u64,
    /// When it was last said.
    pub last_occurred: Timestamp,
    /// When anything was last done to it.
    pub updated_at: Timestamp,
    /// Whose it is.
    pub owner: Untrusted,
    /// Until when it makes no noise.
    pub snoozed_until: Option<Timestamp>,
    /// When somebody took it.
    pub acknowledged_at: Option<Timestamp>,
    /// Who ended it.
    pub closed_by: Untrusted,
    /// What was said of it.
    pub notes: Vec<Note>,
}

impl OpsgenieAlert {
    /// A fresh one.
    pub fn new(alias: String, tiny: i64, draft: Draft, now: Timestamp) -> Self {
        Self {
            alias,
            tiny,
            draft,
            count: 1,
            last_occurred: now,
            updated_at: now,
            owner: Untrusted::default(),
            snoozed_until: None,
            acknowledged_at: None,
            closed_by: Untrusted::default(),
            notes: Vec::new(),
        }
    }

    /// The ticket after a call.
    pub fn apply(&mut self, request: &OpsgenieRequest, now: Timestamp) {
        self.updated_at = now;
        match &request.action {
            OpsgenieAction::Create(_) => {
                self.count += 1;
                self.last_occurred = now;
            }
            OpsgenieAction::Close => self.closed_by = request.user.clone(),
            OpsgenieAction::Acknowledge => self.acknowledged_at = Some(now),
            OpsgenieAction::Unacknowledge => self.acknowledged_at = None,
            OpsgenieAction::Snooze(until) => self.snoozed_until = Some(*until),
            OpsgenieAction::AddNote => {}
            OpsgenieAction::Assign(owner) => self.owner = owner.clone(),
            OpsgenieAction::AddResponder(one) | OpsgenieAction::AddTeam(one) | OpsgenieAction::Escalate(one) => {
                add_responder(&mut self.draft.responders, one);
            }
            OpsgenieAction::AddTags(tags) => add_tags(&mut self.draft.tags, tags),
            OpsgenieAction::RemoveTags(tags) => self.draft.tags.retain(|tag| !tags.contains(tag)),
            OpsgenieAction::AddDetails(more) => {
                self.draft.details.extend(more.iter().map(|(name, value)| (name.clone(), value.clone())));
                while self.draft.details.len() > MOST_TAGS {
                    self.draft.details.pop_last();
                }
            }
            OpsgenieAction::RemoveDetails(names) => self.draft.details.retain(|name, _| !names.contains(name)),
            OpsgenieAction::SetMessage(text) => self.draft.message = text.clone(),
            OpsgenieAction::SetDescription(text) => self.draft.description = text.clone(),
            OpsgenieAction::SetPriority(word) => self.draft.priority = word.clone(),
        }
        if !request.note.is_blank() {
            self.notes.push(Note { text: request.note.clone(), by: request.user.clone(), at: now });
            let old = self.notes.len().saturating_sub(MOST_NOTES);
            self.notes.drain(..old);
        }
    }

    /// What it says as a signal; `open` is the alert, if it fires already.
    pub fn signal(&self, source: &SourceId, open: Option<&Alert>) -> Signal {
        let draft = &self.draft;
        let tags: Vec<&str> = draft.tags.iter().map(Untrusted::verbatim).collect();
        let mut labels = draft.details.clone();
        let own = [
            ("alertname", draft.message.clone()),
            ("entity", draft.entity.clone()),
            ("source", draft.source.clone()),
            ("priority", Untrusted::new(draft.priority.as_str())),
            ("tags", Untrusted::new(tags.join(","))),
        ];
        labels.extend(own.map(|(label, value)| (label.to_owned(), value)));
        let responders = |team: bool| {
            let of_kind = draft.responders.iter().filter(|one| !team || one.kind == "team");
            of_kind.map(|one| one.name.verbatim()).collect::<Vec<_>>().join(",")
        };
        // A detail of the name is meant for routes; what is told of responders gives way to it.
        for (label, names) in [("team", responders(true)), ("responders", responders(false))] {
            labels.entry(label.to_owned()).or_insert_with(|| Untrusted::new(names));
        }
        labels.retain(|_, value| !value.is_blank());
        let host = ["host", "hostname", "instance"].iter().find_map(|name| labels.get(*name)).cloned();
        let description =
            (!draft.description.is_blank()).then(|| ("description".to_owned(), draft.description.clone()));
        let signal = Signal {
            fingerprint: named_fingerprint(source, &self.alias),
            firing: true,
            name: draft.message.clone(),
            severity: severity_word(&draft.priority),
            service: labels.get("service").map(|name| name.verbatim().to_owned()),
            host,
            summary: draft.message.clone(),
            labels,
            annotations: description.into_iter().collect(),
            starts_at: None,
            ends_at: None,
            links: Vec::new(),
            acknowledged_by: None,
            remarks: Vec::new(),
        };
        match open {
            Some(alert) => signal.named_as(alert),
            None => signal,
        }
    }
}

fn add_responder(known: &mut Vec<Responder>, more: &Responder) {
    if !known.contains(more) && known.len() < MOST_RESPONDERS {
        known.push(more.clone());
    }
}

fn add_tags(tags: &mut Vec<Untrusted>, more: &[Untrusted]) {
    for tag in more {
        if !tags.contains(tag) && tags.len() < MOST_TAGS {
            tags.push(tag.clone());
        }
    }
}
