//! What Opsgenie's API stores of an alert besides the alert itself, and what its clients request.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Alert, Signal, named_fingerprint, severity_word};
use crate::domain::{
    Timestamp,
    ids::{AlertId, SourceId},
    text::Untrusted,
};

/// The most notes of an alert; the oldest are dropped.
const MOST_NOTES: usize = 100;
/// The most responders of an alert.
const MOST_RESPONDERS: usize = 50;
/// The most tags, and the most details, of an alert.
const MOST_TAGS: usize = 100;

/// A request of a client. It is processed after it was answered with 202.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpsgenieRequest {
    /// The alert it refers to.
    pub whom: OpsgenieReference,
    /// What to do.
    pub action: OpsgenieAction,
    /// Who does it, if the client says so.
    pub user: Untrusted,
    /// The note sent with it.
    pub note: Untrusted,
}

/// How a request refers to its alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpsgenieReference {
    /// By its id.
    Id(AlertId),
    /// By its tiny id.
    Tiny(i64),
    /// By its alias: the newest alert of that alias.
    Alias(String),
}

/// What a request does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpsgenieAction {
    /// Creates an alert; while one with its alias is open, counts that one up.
    Create(OpsgenieDraft),
    /// Resolves it.
    Close,
    /// Acknowledges it.
    Acknowledge,
    /// Removes the acknowledgement.
    Unacknowledge,
    /// Silences it until then.
    Snooze(Timestamp),
    /// Adds a note.
    AddNote,
    /// Assigns an owner.
    Assign(Untrusted),
    /// Adds a responder.
    AddResponder(OpsgenieResponder),
    /// Adds a team.
    AddTeam(OpsgenieResponder),
    /// Adds an escalation.
    Escalate(OpsgenieResponder),
    /// Adds tags.
    AddTags(Vec<Untrusted>),
    /// Removes tags.
    RemoveTags(Vec<Untrusted>),
    /// Adds details.
    AddDetails(BTreeMap<String, Untrusted>),
    /// Removes details.
    RemoveDetails(Vec<String>),
    /// Changes the message.
    SetMessage(Untrusted),
    /// Changes the description.
    SetDescription(Untrusted),
    /// Changes the priority: `P1` to `P5`.
    SetPriority(String),
}

impl OpsgenieAction {
    /// Returns the action and the status that Opsgenie reports for a processed request.
    pub fn report(&self) -> (&'static str, &'static str) {
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

/// Why a request was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpsgenieFailure {
    /// A new alert was requested without an alias.
    NoAlias,
    /// The alert could not be created.
    NotCreated,
    /// The client refers to an alert that does not exist.
    UnknownAlert,
    /// The alert is closed.
    Closed,
}

impl OpsgenieFailure {
    /// Returns the status that Opsgenie reports.
    pub fn status(self) -> &'static str {
        match self {
            Self::NoAlias => "Alert has no alias",
            Self::NotCreated => "Alert was not made",
            Self::UnknownAlert => "Alert does not exist",
            Self::Closed => "Alert is already closed",
        }
    }

    /// Returns the status of a snooze that was refused.
    pub fn snooze_refused(reason: &str) -> String {
        format!("Alert was not snoozed: {reason}")
    }
}

/// A person, team, escalation or schedule that a client names for an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpsgenieResponder {
    /// `user`, `team`, `escalation` or `schedule`.
    pub kind: String,
    /// The client's name or id of it.
    pub name: Untrusted,
}

/// The content of a new alert.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpsgenieDraft {
    /// One line.
    pub message: Untrusted,
    /// The description.
    pub description: Untrusted,
    /// What is affected.
    pub entity: Untrusted,
    /// The origin.
    pub source: Untrusted,
    /// `P1` to `P5`.
    pub priority: String,
    /// The tags.
    pub tags: Vec<Untrusted>,
    /// Names and values, which become labels.
    pub details: BTreeMap<String, Untrusted>,
    /// The actions that the client offers.
    pub actions: Vec<Untrusted>,
    /// The responders.
    #[serde(default)]
    pub responders: Vec<OpsgenieResponder>,
}

/// A note on an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpsgenieNote {
    /// The text.
    pub text: Untrusted,
    /// The author.
    pub by: Untrusted,
    /// When it was added.
    pub at: Timestamp,
}

/// The Opsgenie side of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpsgenieAlert {
    /// The client's alias.
    pub alias: String,
    /// Its tiny id.
    pub tiny: i64,
    /// Its content.
    pub draft: OpsgenieDraft,
    /// How often it was created while it was open.
    pub count: u64,
    /// When it was last created.
    pub last_occurred: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The owner.
    pub owner: Untrusted,
    /// When its snooze ends.
    pub snoozed_until: Option<Timestamp>,
    /// When it was acknowledged.
    pub acknowledged_at: Option<Timestamp>,
    /// Who closed it.
    pub closed_by: Untrusted,
    /// Its notes, oldest first.
    pub notes: Vec<OpsgenieNote>,
}

impl OpsgenieAlert {
    /// Returns a new one.
    pub fn new(alias: String, tiny: i64, draft: OpsgenieDraft, now: Timestamp) -> Self {
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

    /// Applies a request.
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
            self.notes.push(OpsgenieNote { text: request.note.clone(), by: request.user.clone(), at: now });
            let old = self.notes.len().saturating_sub(MOST_NOTES);
            self.notes.drain(..old);
        }
    }

    /// Returns its content as a signal; `open` is the alert if it fires already.
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
        // A detail of that name is meant for routing, so it takes precedence over the responders.
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
            truncated: 0,
            warnings: Vec::new(),
        };
        match open {
            Some(alert) => signal.with_name_of(alert),
            None => signal,
        }
    }
}

fn add_responder(known: &mut Vec<OpsgenieResponder>, more: &OpsgenieResponder) {
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
