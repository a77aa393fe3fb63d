//! Events of all streams, and the envelope they are stored in.

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    alert::AlertEvent,
    contact::{MethodKind, PersonReadiness, ScheduleGap, TestResult},
    ids::{IncidentId, Key, PageId, PersonId, Platform, UserReportId, WebhookId},
    incident::{IncidentEvent, Shortage},
    oncall::OnCallEvent,
    people::Actor,
    review::{FollowUpEvent, PostmortemEvent},
    status::MaintenanceEvent,
    user_report::ReportChange,
};

/// An event of any stream. The log of events is the audit log as well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// Of an incident.
    Incident(IncidentEvent),
    /// Of a page or an override.
    OnCall(OnCallEvent),
    /// Of an alert group or a silence: what people and rules did to it. What senders sent is in the inbox.
    Alert(AlertEvent),
    /// Of a post-mortem.
    Review(PostmortemEvent),
    /// Of a follow-up.
    FollowUp(FollowUpEvent),
    /// Of a planned maintenance.
    Maintenance(MaintenanceEvent),
    /// Of the bot itself.
    System(SystemEvent),
}

/// What happened to the bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant says what its fields mean")]
pub enum SystemEvent {
    /// A changed `bot.toml` took effect.
    ConfigReloaded { digest: String },
    /// A changed `bot.toml` has mistakes; the old one stays in effect.
    ConfigRefused { mistakes: Vec<String> },
    /// A sign-in link was created for a person.
    InviteMade { person: String },
    /// A person signed in with a browser.
    SignedIn { person: String },
    /// A person lacked the access for a request.
    AccessDenied { what: String },
    /// A delivery id was used again with another body.
    ReplayMismatch { source: String, delivery: String },
    /// An operator repaired stored data.
    Repaired { what: String },
    /// The delivery of an effect that belongs to no incident was given up.
    GivenUp { what: String, why: String },
    /// A chat platform is out of reach, for a reason that people can fix.
    #[serde(rename = "discord_gone")]
    PlatformLost {
        #[serde(default = "first_platform")]
        platform: Platform,
        why: String,
    },
    /// A chat platform is in reach again.
    #[serde(rename = "discord_back")]
    PlatformRestored {
        #[serde(default = "first_platform")]
        platform: Platform,
    },
    /// Messages of a room do not reach a chat platform, for a reason that people can fix. The room is named if everyone may
    /// see it.
    NotShown { room: Option<String>, why: String },
    /// A chat platform has capacity for few further channels, or none.
    #[serde(rename = "discord_tight")]
    PlatformNearlyFull {
        #[serde(default = "first_platform")]
        platform: Platform,
        used: usize,
        most: usize,
    },
    /// A hot room has no place on a chat platform, neither as a channel nor as a thread. It is named if everyone may see it.
    NoRoom {
        room: Option<String>,
        #[serde(rename = "lack")]
        shortage: Shortage,
    },
    /// An account of nobody in `[[people]]` used the bot.
    OutsiderRefused { account: String, guild: Option<String> },
    /// A webhook is disabled, because deliveries failed for a day; without `why`, because its receiver wants no more events.
    WebhookDisabled { webhook: WebhookId, why: Option<String> },
    /// The disk is full: requests from outside are refused.
    DiskFull,
    /// The disk has space again.
    DiskHasRoom,
    /// The database file cannot be reached: requests from outside are refused.
    DatabaseOutOfReach { why: String },
    /// The database file can be used again.
    DatabaseInReach,
    /// The wall clock was set while hotroom was running; due times moved with it.
    ClockStepped { seconds: i64 },
    /// The machine or the process was suspended.
    Suspended { seconds: i64 },
    /// A person confirmed that a restored copy may send what is new; what is older waits.
    NewSendingResumed { held: u64 },
    /// Nobody acknowledged a page that belongs to no incident.
    PageUnanswered { key: Key, whom: String },
    /// All sessions and sign-in links of a person were ended.
    SignedOut { person: String },
    /// An incident was put on legal hold.
    LegalHoldSet { key: Key, reason: String },
    /// The legal hold on an incident was lifted.
    LegalHoldLifted { key: Key },
    /// A person on call was sent a test by these methods.
    OnCallTestStarted { test: PageId, person: PersonId, kinds: Vec<MethodKind> },
    /// The time to answer an on-call test is over.
    OnCallTestEnded { test: PageId, by: PersonId, results: Vec<TestResult> },
    /// People who will be on call may not be reached, or nobody will be on call.
    NotReady { people: Vec<PersonReadiness>, gaps: Vec<ScheduleGap> },
    /// A report from a user arrived, or something happened to it. Its texts are not here: they can be erased.
    UserReportChanged { report: UserReportId, number: u32, change: ReportChange, incident: Option<IncidentId> },
}

/// Returns the platform of events that were stored when there was only one.
fn first_platform() -> Platform {
    Platform::from("discord")
}

impl SystemEvent {
    /// The stream of these events.
    pub const STREAM: &str = "system";

    /// Returns the template of its notice; `None` if it is for the audit log only.
    pub fn notice(&self) -> Option<&'static str> {
        match self {
            Self::ConfigRefused { .. } => Some("config_refused"),
            Self::GivenUp { .. } => Some("given_up"),
            Self::PlatformLost { .. } => Some("discord_gone"),
            Self::PlatformRestored { .. } => Some("discord_back"),
            Self::NotShown { .. } => Some("not_shown"),
            Self::PlatformNearlyFull { .. } => Some("discord_tight"),
            Self::NoRoom { .. } => Some("no_room"),
            Self::WebhookDisabled { .. } => Some("webhook_disabled"),
            Self::DiskFull => Some("disk_full"),
            Self::DiskHasRoom => Some("disk_has_room"),
            Self::DatabaseOutOfReach { .. } => Some("database_out_of_reach"),
            Self::DatabaseInReach => Some("database_in_reach"),
            Self::PageUnanswered { .. } => Some("page_unanswered"),
            Self::ClockStepped { .. } => Some("clock_stepped"),
            Self::Suspended { .. } => Some("suspended"),
            Self::NewSendingResumed { .. } => Some("new_sending_resumed"),
            Self::OnCallTestStarted { .. } => Some("on_call_test_started"),
            Self::OnCallTestEnded { .. } => Some("on_call_test_ended"),
            Self::NotReady { .. } => Some("not_ready"),
            Self::SignedOut { .. }
            | Self::LegalHoldSet { .. }
            | Self::LegalHoldLifted { .. }
            | Self::ConfigReloaded { .. }
            | Self::InviteMade { .. }
            | Self::SignedIn { .. }
            | Self::AccessDenied { .. }
            | Self::OutsiderRefused { .. }
            | Self::ReplayMismatch { .. }
            | Self::Repaired { .. }
            | Self::UserReportChanged { .. } => None,
        }
    }
}

/// An event as it is stored in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedEvent {
    /// Its position in the whole log, from 1.
    pub log_seq: i64,
    /// The stream: `incident/<id>`, `page/<id>`, `group/<id>`, `postmortem/<incident>`, `followup/<id>`, `maintenance/<id>`, `user_report/<id>`, `schedule/<name>`, `system`.
    pub stream: String,
    /// Its position in its stream, from 1.
    pub seq: u64,
    /// When it was written.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What happened.
    pub event: Event,
}
