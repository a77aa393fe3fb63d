//! What people and rules ask of an incident. Imperative; may be refused.

use std::time::Duration;

use super::{ChatMessage, Fallback, JoinedAlert, Kind, Redaction, Severity, Shortage, TimeName};
use crate::domain::{
    Timestamp,
    ids::{ComponentId, GroupId, IncidentId, Key, PageId, PersonId, RoleId, RoomId, ServiceId, StatusId},
    status::{ComponentStatus, PublicStatus},
    text::Untrusted,
};

/// A command to an incident that exists already. Declaring is [`super::declare`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum Command {
    /// Tell the people inside how it stands.
    PostUpdate {
        text: Untrusted,
        impact: Option<Untrusted>,
        affected: Option<Untrusted>,
        cause: Option<Untrusted>,
        estimate: Option<Untrusted>,
        next: Option<Duration>,
    },
    /// Move along the workflow.
    SetStatus { to: StatusId, reason: Option<Untrusted> },
    /// Judge it graver or lighter.
    SetSeverity { to: Severity, reason: Option<Untrusted> },
    /// A more severe alert joined an incident whose severity a rule set: raise it.
    RaiseSeverity { to: Severity, because: JoinedAlert },
    /// A more severe alert joined an incident whose severity a person set: ask in the room whether to raise it.
    ProposeSeverity { to: Severity, because: JoinedAlert },
    /// Give a role to someone, or to nobody.
    AssignRole { role: RoleId, person: Option<PersonId> },
    /// Write a remark down.
    AddNote { text: Untrusted },
    /// Write down what happened at another time.
    AddTimeline { at: Timestamp, text: Untrusted },
    /// Put a message of a chat on the timeline.
    KeepMessage { at: Timestamp, text: Untrusted, message: ChatMessage },
    /// A message that stands on the timeline was edited or, without a text, deleted where it was written.
    ChangeMessage { entry: u64, author: String, at: Timestamp, text: Option<Untrusted> },
    /// Offer a message as an update.
    DraftUpdate { author: String, text: Untrusted },
    /// Post a draft as an update.
    SendDraft { draft: u64 },
    /// Note which words are taken out of the record.
    TakeOut { entries: Vec<Redaction>, reason: Option<Untrusted> },
    /// Set a named time.
    SetTime { name: TimeName, at: Timestamp },
    /// Add a thing to do.
    AddTask { text: Untrusted, assignee: Option<PersonId> },
    /// Give the thing to do to someone.
    AssignTask { number: u32, person: PersonId },
    /// Tick the thing off.
    FinishTask { number: u32 },
    /// Put the reminder off.
    Snooze { wait: Duration },
    /// Show it to members only, or to everyone again.
    SetPrivate { private: bool },
    /// Give it another title.
    Rename { title: Untrusted },
    /// It is over for customers.
    Resolve { summary: Option<Untrusted>, cause: Option<String> },
    /// Nothing is left to do.
    Close { reason: Option<Untrusted> },
    /// It is not over after all.
    Reopen { reason: Option<Untrusted> },
    /// It was none, or is called off.
    Cancel { reason: Option<Untrusted> },
    /// It is part of another incident.
    Merge { into: IncidentId, key: Key },
    /// Take over what another incident had.
    Absorb { other: IncidentId, key: Key, groups: Vec<GroupId>, people: Vec<PersonId> },
    /// Bring people into the room.
    Invite { people: Vec<PersonId> },
    /// Come into the room oneself.
    Join,
    /// Tell customers.
    PostStatus { status: PublicStatus, body: Untrusted, components: Vec<(ComponentId, ComponentStatus)> },
    /// A group of alerts belongs to it.
    LinkGroup { group: GroupId },
    /// All alerts of a group are over.
    ClearGroup { group: GroupId },
    /// The clock for updates ran out.
    NudgeUpdate,
    /// Someone is being paged.
    RecordPage { page: PageId, whom: String, by_rule: bool },
    /// The room exists.
    RecordRoom { room: RoomId },
    /// What became of a page or a delivery; recorded as it is.
    Record(RecordedFact),
}

/// Facts from pages and deliveries that only need to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "see the events of the same names")]
pub enum RecordedFact {
    PageAcknowledged { page: PageId, person: PersonId },
    PageEscalated { page: PageId, step: u32, people: Vec<PersonId> },
    PageDeclined { page: PageId, person: PersonId },
    NobodyOnCall { page: PageId, schedule: String, fallback: Option<PersonId> },
    PageExhausted { page: PageId },
    DeliveryFailed { what: String, why: String },
    PersonUnreachable { person: PersonId, why: String },
    AccountUnknown { person: PersonId },
    RoomElsewhere { fallback: Fallback, shortage: Shortage },
}

/// A declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declare {
    /// One line: what is wrong.
    pub title: Untrusted,
    /// More lines.
    pub description: Untrusted,
    /// How grave, if it was said; else impact and urgency decide, else the policy's default.
    pub severity: Option<Severity>,
    /// Impact and urgency, words of the matrix.
    pub judged: Option<(String, String)>,
    /// The faulty service.
    pub service: Option<ServiceId>,
    /// Real or drill.
    pub kind: Kind,
    /// Whether only members may see it.
    pub private: bool,
    /// The group of alerts it was declared from.
    pub group: Option<GroupId>,
    /// When the first of those alerts began.
    pub impact_since: Option<Timestamp>,
}
