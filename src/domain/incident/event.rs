//! What has happened to an incident. Past tense; never changed once written.

use serde::{Deserialize, Serialize};

use super::{Category, Fallback, Kind, Severity, Shortage, TimeName};
use crate::domain::{
    Timestamp,
    ids::{AlertId, ComponentId, GroupId, IncidentId, Key, PageId, PersonId, RoleId, RoomId, ServiceId, StatusId},
    status::{ComponentStatus, PublicStatus},
    text::Untrusted,
};

/// How an incident ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// What was done.
    pub summary: Untrusted,
    /// The class of the cause, a word of `[workflow] causes`.
    pub cause: Option<String>,
}

/// A message of a chat that stands on a timeline: whose it is, and what came with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Its id on its platform: a message stands on one timeline once.
    pub id: String,
    /// The name of whoever wrote it.
    pub author: String,
    /// Where it is.
    pub link: Option<String>,
    /// What hung on it.
    #[serde(default)]
    pub files: Vec<TimelineFile>,
}

/// A file that hung on a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineFile {
    /// What it is called.
    pub name: Untrusted,
    /// How long it is, in bytes.
    pub size: u64,
    /// The SHA-256 of the copy, as hex; none: it was not copied.
    pub sha256: Option<String>,
}

/// The alert because of which a severity was raised, or is to be raised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinedAlert {
    /// The alert.
    pub alert: AlertId,
    /// What it said.
    pub title: Untrusted,
}

/// What stands in the place of an event whose words were taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenOut {
    /// The number of the event.
    pub entry: u64,
    /// The SHA-256, as hex, of what is stored of it now.
    pub sha256: String,
}

/// One event of an incident's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum IncidentEvent {
    /// It was declared; every other event follows this one.
    Declared {
        id: IncidentId,
        key: Key,
        title: Untrusted,
        description: Untrusted,
        status: StatusId,
        category: Category,
        severity: Severity,
        kind: Kind,
        private: bool,
        service: Option<ServiceId>,
        impact_since: Option<Timestamp>,
    },
    /// The hot room exists.
    RoomOpened { room: RoomId },
    /// People were brought into the room.
    PeopleInvited { people: Vec<PersonId> },
    /// It moved along the workflow.
    StatusChanged {
        from: StatusId,
        to: StatusId,
        category: Category,
        reason: Option<Untrusted>,
        /// The named times this status stands for.
        stamps: Vec<TimeName>,
    },
    /// It was judged graver or lighter; with `because`, a more severe alert joined it and the bot raised it.
    SeverityChanged {
        from: Severity,
        to: Severity,
        reason: Option<Untrusted>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<JoinedAlert>,
    },
    /// A more severe alert joined it, and the people in the room are asked whether to raise the severity.
    SeverityProposed { to: Severity, because: JoinedAlert },
    /// Someone took a role, from someone or from nobody.
    RoleAssigned { role: RoleId, person: PersonId, previous: Option<PersonId> },
    /// A role has nobody now.
    RoleReleased { role: RoleId, previous: PersonId },
    /// People inside were told how it stands: the five questions.
    UpdatePosted {
        text: Untrusted,
        impact: Option<Untrusted>,
        affected: Option<Untrusted>,
        cause: Option<Untrusted>,
        estimate: Option<Untrusted>,
        next: Option<Timestamp>,
        /// The draft that it was.
        #[serde(default)]
        draft: Option<u64>,
    },
    /// A message of the room could be an update; whoever speaks for the incident may send it as it is.
    UpdateDrafted { author: String, text: Untrusted },
    /// The clock for the next update was set or stopped.
    UpdateClockSet { due: Option<Timestamp> },
    /// The clock ran out and the manager was asked for an update.
    UpdateNudged { due: Timestamp },
    /// The reminder was put off.
    Snoozed { until: Timestamp },
    /// A remark for the record.
    NoteAdded { text: Untrusted },
    /// Something that happened at another time than it was written down; with `message`, what someone wrote in a chat.
    TimelineAdded {
        at: Timestamp,
        text: Untrusted,
        #[serde(default)]
        message: Option<ChatMessage>,
    },
    /// A message that stands on the timeline as event `entry` says something else now where it was written; without a
    /// text, it was deleted there.
    MessageChanged { entry: u64, author: String, at: Timestamp, text: Option<Untrusted> },
    /// The words of these events were taken out of the record; who wrote them and when stays.
    WordsTakenOut { entries: Vec<TakenOut>, reason: Option<Untrusted> },
    /// A named time was set by a person, perhaps backdated.
    TimeSet { name: TimeName, at: Timestamp },
    /// There is a thing to do.
    TaskAdded { number: u32, text: Untrusted, assignee: Option<PersonId> },
    /// Someone took the thing to do.
    TaskAssigned { number: u32, person: PersonId },
    /// The thing is done.
    TaskDone { number: u32 },
    /// Only members may see it, or everyone again.
    PrivacyChanged { private: bool },
    /// It has another title.
    Renamed { from: Untrusted, to: Untrusted },
    /// A group of alerts belongs to it.
    AlertsLinked { group: GroupId },
    /// All its alerts are resolved: the manager was asked what to do.
    AlertsCleared { group: GroupId },
    /// Someone is being paged.
    PageStarted { page: PageId, whom: String, by_rule: bool },
    /// Someone has it.
    PageAcknowledged { page: PageId, person: PersonId },
    /// A page went further up.
    PageEscalated { page: PageId, step: u32, people: Vec<PersonId> },
    /// Someone who was paged cannot take it.
    PageDeclined { page: PageId, person: PersonId },
    /// Nobody was on call: the fallback was paged instead. `schedule` is empty when the incident names no service.
    NobodyOnCall { page: PageId, schedule: String, fallback: Option<PersonId> },
    /// A page went through all its steps and nobody answered.
    PageExhausted { page: PageId },
    /// Customers were told.
    StatusPosted {
        status: PublicStatus,
        body: Untrusted,
        components: Vec<(ComponentId, ComponentStatus)>,
        before: Vec<(ComponentId, ComponentStatus)>,
    },
    /// Customers were told it is over, and what it had changed was put back.
    StatusRestored { body: Untrusted, components: Vec<(ComponentId, ComponentStatus)> },
    /// How it was resolved was written down.
    ResolutionRecorded { resolution: Resolution },
    /// It is part of another incident now.
    Merged { into: IncidentId, key: Key },
    /// Another incident is part of this one now.
    Absorbed { other: IncidentId, key: Key },
    /// Something could not be done outside.
    DeliveryFailed { what: String, why: String },
    /// A person takes no direct messages, so the page is told in the room.
    PersonUnreachable { person: PersonId, why: String },
    /// A member of a private incident has no known account on Discord, and so does not see its room there.
    NotOnDiscord { person: PersonId },
    /// Its room on Discord is not where it should be, because there is no place.
    RoomElsewhere { fallback: Fallback, shortage: Shortage },
}

impl IncidentEvent {
    /// The name it is stored, logged and rendered under.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Declared { .. } => "declared",
            Self::RoomOpened { .. } => "room_opened",
            Self::PeopleInvited { .. } => "people_invited",
            Self::StatusChanged { .. } => "status_changed",
            Self::SeverityChanged { .. } => "severity_changed",
            Self::SeverityProposed { .. } => "severity_proposed",
            Self::RoleAssigned { .. } => "role_assigned",
            Self::RoleReleased { .. } => "role_released",
            Self::UpdatePosted { .. } => "update_posted",
            Self::UpdateDrafted { .. } => "update_drafted",
            Self::UpdateClockSet { .. } => "update_clock_set",
            Self::UpdateNudged { .. } => "update_nudged",
            Self::Snoozed { .. } => "snoozed",
            Self::NoteAdded { .. } => "note_added",
            Self::TimelineAdded { .. } => "timeline_added",
            Self::MessageChanged { .. } => "message_changed",
            Self::WordsTakenOut { .. } => "words_taken_out",
            Self::TimeSet { .. } => "time_set",
            Self::TaskAdded { .. } => "task_added",
            Self::TaskAssigned { .. } => "task_assigned",
            Self::TaskDone { .. } => "task_done",
            Self::PrivacyChanged { .. } => "privacy_changed",
            Self::Renamed { .. } => "renamed",
            Self::AlertsLinked { .. } => "alerts_linked",
            Self::AlertsCleared { .. } => "alerts_cleared",
            Self::PageStarted { .. } => "page_started",
            Self::PageAcknowledged { .. } => "page_acknowledged",
            Self::PageEscalated { .. } => "page_escalated",
            Self::PageDeclined { .. } => "page_declined",
            Self::NobodyOnCall { .. } => "nobody_on_call",
            Self::PageExhausted { .. } => "page_exhausted",
            Self::StatusPosted { .. } => "status_posted",
            Self::StatusRestored { .. } => "status_restored",
            Self::ResolutionRecorded { .. } => "resolution_recorded",
            Self::Merged { .. } => "merged",
            Self::Absorbed { .. } => "absorbed",
            Self::DeliveryFailed { .. } => "delivery_failed",
            Self::PersonUnreachable { .. } => "person_unreachable",
            Self::NotOnDiscord { .. } => "not_on_discord",
            Self::RoomElsewhere { .. } => "room_elsewhere",
        }
    }

    /// The event without the words that someone wrote, if it is one whose words can be taken out: who, when and where stay.
    pub fn without_words(&self) -> Option<Self> {
        let blank = Untrusted::default;
        match self.clone() {
            Self::NoteAdded { .. } => Some(Self::NoteAdded { text: blank() }),
            Self::TimelineAdded { at, message, .. } => {
                let message = message.map(|message| ChatMessage { files: Vec::new(), ..message });
                Some(Self::TimelineAdded { at, text: blank(), message })
            }
            Self::MessageChanged { entry, author, at, text } => {
                Some(Self::MessageChanged { entry, author, at, text: text.map(|_| blank()) })
            }
            Self::UpdateDrafted { author, .. } => Some(Self::UpdateDrafted { author, text: blank() }),
            Self::UpdatePosted { next, draft, .. } => Some(Self::UpdatePosted {
                text: blank(),
                impact: None,
                affected: None,
                cause: None,
                estimate: None,
                next,
                draft,
            }),
            Self::Declared { .. }
            | Self::RoomOpened { .. }
            | Self::PeopleInvited { .. }
            | Self::StatusChanged { .. }
            | Self::SeverityChanged { .. }
            | Self::SeverityProposed { .. }
            | Self::RoleAssigned { .. }
            | Self::RoleReleased { .. }
            | Self::UpdateClockSet { .. }
            | Self::UpdateNudged { .. }
            | Self::Snoozed { .. }
            | Self::WordsTakenOut { .. }
            | Self::TimeSet { .. }
            | Self::TaskAdded { .. }
            | Self::TaskAssigned { .. }
            | Self::TaskDone { .. }
            | Self::PrivacyChanged { .. }
            | Self::Renamed { .. }
            | Self::AlertsLinked { .. }
            | Self::AlertsCleared { .. }
            | Self::PageStarted { .. }
            | Self::PageAcknowledged { .. }
            | Self::PageEscalated { .. }
            | Self::PageDeclined { .. }
            | Self::NobodyOnCall { .. }
            | Self::PageExhausted { .. }
            | Self::StatusPosted { .. }
            | Self::StatusRestored { .. }
            | Self::ResolutionRecorded { .. }
            | Self::Merged { .. }
            | Self::Absorbed { .. }
            | Self::DeliveryFailed { .. }
            | Self::PersonUnreachable { .. }
            | Self::NotOnDiscord { .. }
            | Self::RoomElsewhere { .. } => None,
        }
    }
}
