//! Commands of people and rules to an incident. They may be refused.

use std::time::Duration;

use super::{
    ChatMessage, Fallback, FieldChanges, IncidentKind, JoinedAlert, Judgement, OutsidePageEvent, PublicRecord,
    Redaction, Severity, Shortage, Task, TimeName, TrackerEvent,
};
use crate::domain::{
    Timestamp,
    contact::MethodKind,
    ids::{
        ComponentId, GroupId, IncidentId, Key, KindId, PageId, PersonId, RoleId, RoomId, ServiceId, StatusId,
        StatusMirrorId,
    },
    status::{ComponentStatus, PublicStatus},
    text::Untrusted,
};

/// A command to an existing incident. [`super::declare`] declares one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum Command {
    /// Post an update for people inside.
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
    /// Change the severity.
    SetSeverity { to: Severity, reason: Option<Untrusted> },
    /// A more severe alert joined an incident whose severity a rule set: raise it.
    RaiseSeverity { to: Severity, because: JoinedAlert },
    /// A more severe alert joined an incident whose severity a person set: ask in the room whether to raise it.
    ProposeSeverity { to: Severity, because: JoinedAlert },
    /// Assign a role, or release it.
    AssignRole { role: RoleId, person: Option<PersonId> },
    /// Add a note.
    AddNote { text: Untrusted },
    /// Add an entry for another time than the present.
    AddTimeline { at: Timestamp, text: Untrusted },
    /// Add a chat message to the timeline.
    KeepMessage { at: Timestamp, text: Untrusted, message: ChatMessage },
    /// Record that a chat message of the timeline was edited or, without a text, deleted on its platform.
    ChangeMessage { entry: u64, author: String, at: Timestamp, text: Option<Untrusted> },
    /// Propose a message as an update.
    DraftUpdate { author: String, text: Untrusted },
    /// Post a draft as an update.
    SendDraft { draft: u64 },
    /// Record the events whose text is removed.
    TakeOut { entries: Vec<Redaction>, reason: Option<Untrusted> },
    /// Set a named time.
    SetTime { name: TimeName, at: Timestamp },
    /// Add a task.
    AddTask { text: Untrusted, assignee: Option<PersonId> },
    /// Assign a task.
    AssignTask { number: u32, person: PersonId },
    /// Mark a task as done.
    FinishTask { number: u32 },
    /// Postpone the reminder of an update.
    Snooze { wait: Duration },
    /// Make it visible to members only, or to everyone.
    SetPrivate { private: bool },
    /// Change the title; with `public`, also the one that customers read.
    Rename { title: Untrusted, public: bool },
    /// Resolve it: customers are no longer affected.
    Resolve { summary: Option<Untrusted>, cause: Option<String> },
    /// Close it: nothing is left to do.
    Close { reason: Option<Untrusted> },
    /// Set or remove values of fields.
    SetFields { fields: FieldChanges },
    /// Set a named time to this moment, such as by the button "We know why".
    Mark { name: TimeName },
    /// Reopen it.
    Reopen { reason: Option<Untrusted> },
    /// Cancel it: it was no incident. `message`: the last that customers read of it.
    Cancel { reason: Option<Untrusted>, message: Option<Untrusted> },
    /// Merge it into another incident.
    Merge { into: IncidentId, key: Key },
    /// Take over what another incident has.
    Absorb(Box<Absorption>),
    /// Invite people to the room.
    Invite { people: Vec<PersonId> },
    /// Join the room.
    Join,
    /// Join as an admin who is no member.
    JoinAsAdmin { reason: Untrusted },
    /// Post on the status page; without a title, under the present one.
    PostStatus {
        status: PublicStatus,
        body: Untrusted,
        components: Vec<(ComponentId, ComponentStatus)>,
        title: Option<Untrusted>,
    },
    /// Link an alert group.
    LinkGroup { group: GroupId },
    /// Record that no alert of a group fires any more.
    ClearGroup { group: GroupId },
    /// Ask for an update, if one is due.
    NudgeUpdate,
    /// Record that a page started.
    RecordPage { page: PageId, whom: String, by_rule: bool },
    /// Record the hot room.
    RecordRoom { room: RoomId },
    /// Record a fact of a page or a delivery.
    Record(RecordedFact),
    /// Record what concerns its issue in an outside tracker.
    RecordIssue(TrackerEvent),
    /// Record what became of a page at an outside pager.
    RecordOutsidePage(OutsidePageEvent),
}

/// What an incident takes over from one that is merged into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absorption {
    /// The merged incident.
    pub other: IncidentId,
    /// Its key.
    pub key: Key,
    /// Its severity: the more severe of both counts.
    pub severity: Severity,
    /// Its alert groups.
    pub groups: Vec<GroupId>,
    /// Its members.
    pub people: Vec<PersonId>,
    /// Its open tasks.
    pub tasks: Vec<Task>,
    /// What it changed on the status page.
    pub public: PublicRecord,
}

/// Facts of pages and deliveries that are recorded as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "see the events of the same names")]
pub enum RecordedFact {
    PageAcknowledged { page: PageId, person: PersonId, via: Option<MethodKind> },
    PageEscalated { page: PageId, step: u32, people: Vec<PersonId>, fallback: bool },
    PageDeclined { page: PageId, person: PersonId },
    PageSnoozed { page: PageId, person: PersonId, until: Timestamp },
    PageReassigned { page: PageId, whom: String, people: Vec<PersonId> },
    PageResponderAdded { page: PageId, person: PersonId },
    NobodyOnCall { page: PageId, schedule: String, fallback: Option<PersonId> },
    PageExhausted { page: PageId },
    AlertsAcknowledged { group: GroupId, person: PersonId },
    DeliveryFailed { what: String, why: String },
    PersonUnreachable { page: PageId, person: PersonId, why: String },
    AccountUnknown { person: PersonId },
    RoomElsewhere { fallback: Fallback, shortage: Shortage },
    StatusMirrorBehind { mirror: StatusMirrorId, since: Timestamp, why: String, given_up: bool },
    StatusMirrorCaughtUp { mirror: StatusMirrorId },
}

/// A declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declare {
    /// The title.
    pub title: Untrusted,
    /// The description, perhaps blank.
    pub description: Untrusted,
    /// The severity; without it impact and urgency decide, else the default of the policy.
    pub severity: Option<Severity>,
    /// Impact and urgency, names of the matrix.
    pub judged: Option<Judgement>,
    /// The affected service.
    pub service: Option<ServiceId>,
    /// How it behaves.
    pub kind: IncidentKind,
    /// The operator's own name of that kind.
    pub own_kind: Option<KindId>,
    /// True if only members may see it.
    pub private: bool,
    /// The alert group it was declared from.
    pub group: Option<GroupId>,
    /// When the first of those alerts began.
    pub impact_since: Option<Timestamp>,
    /// How many customers are affected.
    pub affected: Option<Untrusted>,
}
