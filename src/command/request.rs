//! What was asked, typed.

use std::time::Duration;

use chrono_tz::Tz;

use super::{Act, Catalog};
use crate::domain::{
    Timestamp,
    alert::{AlertState, Matcher, SilenceState},
    ids::{GroupId, Key, OverrideId, PageId, PersonId, ScheduleId, ServiceId, SilenceId, TeamId},
    incident::{Command, Declare, Severity},
    people::Access,
    text::Untrusted,
};

/// What someone said, in either of the two forms all platforms come down to.
#[derive(Clone, Copy, Debug)]
pub enum Words<'a> {
    /// A line: `/incident severity sev1`.
    Text(&'a str),
    /// A command whose options are already apart: a form sent in, an interaction, an API call.
    Options {
        /// `incident severity`
        command: &'a str,
        /// Option name and text; an empty text counts as not given.
        options: &'a [(String, String)],
    },
}

/// What was said, with the version of the thing its button was drawn at.
#[derive(Clone, Copy, Debug)]
pub struct Spoken<'a> {
    /// The words.
    pub words: Words<'a>,
    /// The version the speaker saw.
    pub version: Option<u64>,
}

impl<'a> Spoken<'a> {
    /// A typed line.
    pub fn text(text: &'a str) -> Self {
        Self { words: Words::Text(text), version: None }
    }

    /// A form sent in.
    pub fn options(command: &'a str, options: &'a [(String, String)]) -> Self {
        Self { words: Words::Options { command, options }, version: None }
    }

    /// The same, said to the version of the thing that the speaker saw.
    pub fn at_version(self, version: Option<u64>) -> Self {
        Self { version, ..self }
    }
}

/// Where and by whom something was said.
#[derive(Clone, Debug)]
pub struct Place {
    /// When.
    pub now: Timestamp,
    /// The speaker's zone: `14:05` is meant in it.
    pub timezone: Tz,
    /// The speaker: `me`.
    pub actor: PersonId,
    /// The incident of the room it was said in.
    pub incident_of_room: Option<Key>,
}

/// Whom a page is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// This person.
    Person(PersonId),
    /// Everyone of this team.
    Team(TeamId),
    /// Whoever is on call in this schedule.
    Schedule(ScheduleId),
    /// By the escalation policy of this service.
    Service(ServiceId),
}

/// What someone answers to a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// I have it.
    Acknowledge,
    /// Ask the next step.
    Escalate,
    /// I cannot take it.
    Decline,
}

impl Answer {
    /// The word of `/page` that says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Acknowledge => "ack",
            Self::Escalate => "escalate",
            Self::Decline => "decline",
        }
    }
}

/// Which incidents a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// Triage and active.
    #[default]
    Open,
    /// Resolved, not yet closed.
    Resolved,
    /// Closed, declined, merged, cancelled.
    Over,
    /// All.
    All,
}

/// What a list is narrowed by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// By category.
    pub show: Shown,
    /// By severity.
    pub severity: Option<Severity>,
    /// By service.
    pub service: Option<ServiceId>,
    /// By words of the title.
    pub text: Option<Untrusted>,
}

/// What a silence is to cover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SilenceTarget {
    /// What this group shows.
    Group(GroupId),
    /// What all of these fit.
    Matching(Vec<Matcher>),
}

/// A silence as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilenceRequest {
    /// What it is to cover.
    pub what: SilenceTarget,
    /// For how long; none: until what it covers is over.
    pub wait: Option<Duration>,
    /// Why.
    pub comment: Option<Untrusted>,
    /// Whether it is meant, wide as it is.
    pub sure: bool,
}

/// A bare command, or one that lacks something it needs: answered with a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The command the form fills in: `incident declare`.
    pub command: String,
    /// The incident it is for, named or by the room.
    pub key: Option<Key>,
    /// What was given already, by option name.
    pub given: Vec<(String, String)>,
    /// What is required and was not given, when something else was.
    pub missing: Vec<String>,
}

/// What a command means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// It only reads.
    Query(Query),
    /// It changes something.
    Action(Action),
    /// It takes the changed configuration, which no transaction can do.
    Reload,
}

/// A request that only reads: it is answered from one view of the data, without a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum Query {
    /// List incidents.
    List(ListFilter),
    /// Show an incident.
    Info { key: Option<Key> },
    /// Explain a command, the commands of one root, or all.
    Help { command: Option<String> },
    /// Who is on call.
    OnCallNow { schedule: Option<ScheduleId> },
    /// List alert groups.
    AlertList { state: Option<AlertState> },
    /// List silences.
    AlertSilences { state: Option<SilenceState> },
    /// Explain the state of a group.
    AlertWhy { group: GroupId },
    /// What a silence would match now.
    SilencePreview(SilenceRequest),
    /// Ask back with a form.
    Ask(Ask),
}

/// A request that changes something: it is decided, written and answered in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum Action {
    /// Open an incident.
    Declare(Declare),
    /// Give an incident a command; without a key it is the incident of the room.
    Incident { key: Option<Key>, command: Command, version: Option<u64> },
    /// Merge an incident into another.
    Merge { key: Option<Key>, into: Key, version: Option<u64> },
    /// Redact an entry of the timeline.
    TakeOut { key: Option<Key>, entry: u64, reason: Option<Untrusted> },
    /// Page someone.
    Page { key: Option<Key>, whom: Whom, message: Option<Untrusted> },
    /// Answer a page.
    PageAnswer { page: PageId, answer: Answer, version: Option<u64> },
    /// Add an override to a schedule.
    OnCallOverride { schedule: Option<ScheduleId>, person: PersonId, from: Option<Timestamp>, until: Timestamp },
    /// Cancel an override.
    OnCallCancel { id: OverrideId },
    /// Acknowledge a group.
    AlertAcknowledge { group: GroupId, version: Option<u64> },
    /// Silence a group, or the alerts that match.
    AlertSilence { hush: SilenceRequest, version: Option<u64> },
    /// End a silence.
    AlertExpire { silence: SilenceId },
    /// Silence a group for a while; alerts that still fire then are posted again.
    AlertShelve { group: GroupId, wait: Duration, reason: Untrusted, version: Option<u64> },
    /// Declare from a group. A blank title and what else is missing comes from its alerts.
    AlertDeclare { group: GroupId, declare: Declare, version: Option<u64> },
    /// Make a sign-in link.
    AdminInvite { person: PersonId },
}

impl Request {
    /// The least access the person must have. The levels are in `commands/*.toml`.
    pub fn needs(&self, catalog: &Catalog) -> Access {
        let path = if let Self::Query(Query::Ask(ask)) = self { ask.command.as_str() } else { self.act().path() };
        catalog.command(path).map_or(Access::Admin, |spec| spec.access)
    }

    /// The incident it names or is said in the room of.
    pub fn key(&self) -> Option<&Key> {
        match self {
            Self::Query(query) => query.key(),
            Self::Action(action) => action.key(),
            Self::Reload => None,
        }
    }

    /// The declared command that says it.
    pub fn act(&self) -> Act {
        match self {
            Self::Query(query) => query.act(),
            Self::Action(action) => action.act(),
            Self::Reload => Act::AdminReload,
        }
    }
}

impl Query {
    fn key(&self) -> Option<&Key> {
        match self {
            Self::Info { key } => key.as_ref(),
            Self::Ask(ask) => ask.key.as_ref(),
            Self::List(_)
            | Self::Help { .. }
            | Self::OnCallNow { .. }
            | Self::AlertList { .. }
            | Self::AlertSilences { .. }
            | Self::AlertWhy { .. }
            | Self::SilencePreview(_) => None,
        }
    }

    fn act(&self) -> Act {
        match self {
            Self::List(_) => Act::List,
            Self::Info { .. } => Act::Info,
            Self::Help { .. } => Act::Help,
            Self::OnCallNow { .. } => Act::OnCallNow,
            Self::AlertList { .. } => Act::AlertList,
            Self::AlertSilences { .. } => Act::AlertSilences,
            Self::AlertWhy { .. } => Act::AlertWhy,
            Self::SilencePreview(_) => Act::AlertSilence,
            Self::Ask(ask) => Act::find(&ask.command).unwrap_or(Act::Help),
        }
    }
}

impl Action {
    fn key(&self) -> Option<&Key> {
        match self {
            Self::Incident { key, .. }
            | Self::Merge { key, .. }
            | Self::TakeOut { key, .. }
            | Self::Page { key, .. } => key.as_ref(),
            Self::Declare(_)
            | Self::PageAnswer { .. }
            | Self::OnCallOverride { .. }
            | Self::OnCallCancel { .. }
            | Self::AlertAcknowledge { .. }
            | Self::AlertSilence { .. }
            | Self::AlertExpire { .. }
            | Self::AlertShelve { .. }
            | Self::AlertDeclare { .. }
            | Self::AdminInvite { .. } => None,
        }
    }

    /// The declared command that says it.
    pub fn act(&self) -> Act {
        match self {
            Self::Declare(_) => Act::Declare,
            Self::Incident { command, .. } => Act::of(command),
            Self::Merge { .. } => Act::Merge,
            Self::TakeOut { .. } => Act::Timeline,
            Self::Page { .. } => Act::Page,
            Self::PageAnswer { answer: Answer::Acknowledge, .. } => Act::PageAck,
            Self::PageAnswer { answer: Answer::Escalate, .. } => Act::PageEscalate,
            Self::PageAnswer { answer: Answer::Decline, .. } => Act::PageDecline,
            Self::OnCallOverride { .. } => Act::OnCallOverride,
            Self::OnCallCancel { .. } => Act::OnCallCancel,
            Self::AlertAcknowledge { .. } => Act::AlertAck,
            Self::AlertSilence { .. } => Act::AlertSilence,
            Self::AlertExpire { .. } => Act::AlertExpire,
            Self::AlertShelve { .. } => Act::AlertShelve,
            Self::AlertDeclare { .. } => Act::AlertDeclare,
            Self::AdminInvite { .. } => Act::AdminInvite,
        }
    }
}
