//! Parsed requests, queries and actions.

use std::time::Duration;

mod contact;
mod maintenance;
mod overrides;
mod paging;
mod report;
mod review;

pub(super) use contact::quiet_hours;
pub use contact::{ContactRequest, MethodReference, RuleRequest};
pub use maintenance::MaintenanceRequest;
pub use overrides::OverrideRequest;
pub use paging::{PageChange, PageResponse, Whom};
pub use report::UserReportRequest;
pub(super) use report::declare_words;
pub use review::{FollowUpRequest, FollowUpScope, PostmortemRequest};

use super::{Act, Catalog, FieldAct, FollowUpAct, IssueAct, MaintenanceAct, OnCallAct, PostmortemAct, ReportAct};
use crate::domain::{
    alert::{AlertState, Matcher, SilenceState},
    ids::{GroupId, Key, OverrideId, PageId, PersonId, ScheduleId, ServiceId, SilenceId},
    incident::{Command, Declare, Severity},
    people::Access,
    text::Untrusted,
};

/// Which incidents a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListScope {
    /// Triage and active.
    #[default]
    Open,
    /// Resolved and not yet closed.
    Resolved,
    /// Closed, declined, merged, cancelled.
    Over,
    /// All.
    All,
}

/// Filters of an incident list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// By category.
    pub show: ListScope,
    /// By severity.
    pub severity: Option<Severity>,
    /// By service.
    pub service: Option<ServiceId>,
    /// By the value of a field.
    pub field: Option<(String, String)>,
    /// By words in the title.
    pub text: Option<Untrusted>,
}

/// What a silence covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SilenceTarget {
    /// An alert group.
    Group(GroupId),
    /// The alerts that match all of these.
    Matching(Vec<Matcher>),
}

/// A requested silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilenceRequest {
    /// What it covers.
    pub what: SilenceTarget,
    /// How long it lasts; `None` if it lasts until the alerts resolve.
    pub wait: Option<Duration>,
    /// The reason.
    pub comment: Option<Untrusted>,
    /// True if a broad silence is confirmed.
    pub sure: bool,
}

/// A command without its required arguments: the reply is a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The command that the form submits: `incident declare`.
    pub command: String,
    /// The incident of the form, named or from the room.
    pub key: Option<Key>,
    /// The input so far, by option name.
    pub given: Vec<(String, String)>,
    /// The required options that are missing, if other options were given.
    pub missing: Vec<String>,
}

/// What a command requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Reads data.
    Query(Query),
    /// Changes data.
    Action(Action),
    /// Reloads the configuration, which no transaction can do.
    Reload,
}

/// A request that only reads: it runs on one view of the data, without a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum Query {
    /// List incidents.
    List(ListFilter),
    /// Show the fields of an incident.
    Fields { key: Option<Key> },
    /// Show an incident.
    Info { key: Option<Key> },
    /// Explain a command, the commands of one root, or all.
    Help { command: Option<String> },
    /// Who is on call.
    OnCallNow { schedule: Option<ScheduleId> },
    /// Who will be on call and may not be reached.
    OnCallReadiness,
    /// When nobody will be on call.
    OnCallGaps { schedule: Option<ScheduleId> },
    /// List the contact methods of whoever asks, or the last messages to them.
    Contacts { attempts: bool },
    /// List alert groups.
    AlertList { state: Option<AlertState> },
    /// List silences.
    AlertSilences { state: Option<SilenceState> },
    /// Explain the state of an alert group.
    AlertWhy { group: GroupId },
    /// Show the state of a post-mortem.
    Postmortem { key: Option<Key> },
    /// List the open follow-ups of whoever asks.
    MyFollowUps,
    /// List the follow-ups of an incident, or of all.
    FollowUps { key: Option<Key>, scope: FollowUpScope },
    /// List maintenance: what is not over, or all.
    Maintenances { all: bool },
    /// Search incidents and follow-ups by key or words.
    IssueSearch { text: Untrusted },
    /// Show the boards, or one of them.
    Board { name: Option<Untrusted> },
    /// List the reports from users that wait for a decision, or all.
    UserReports { all: bool },
    /// Show a report from a user.
    UserReport { number: u32 },
    /// Preview what a silence would match now.
    SilencePreview(SilenceRequest),
    /// Reply with a form.
    Ask(Ask),
}

/// A request that changes data: it is decided, written and answered in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum Action {
    /// Open an incident.
    Declare(Declare),
    /// Run an incident command; without a key, on the incident of the room.
    Incident { key: Option<Key>, command: Command, version: Option<u64> },
    /// Merge an incident into another.
    Merge { key: Option<Key>, into: Key, version: Option<u64> },
    /// Redact an entry of the timeline.
    TakeOut { key: Option<Key>, entry: u64, reason: Option<Untrusted> },
    /// Page a target.
    Page { key: Option<Key>, whom: Whom, message: Option<Untrusted> },
    /// Respond to a page.
    PageAnswer { page: Option<PageId>, answer: PageResponse, version: Option<u64> },
    /// Change a page; without an id, the page of the room.
    PageChange { page: Option<PageId>, change: PageChange },
    /// Send a test to whoever is on call; `sure` once it is confirmed.
    OnCallTest { schedule: Option<ScheduleId>, sure: bool },
    /// Add an override to a schedule.
    OnCallOverride(OverrideRequest),
    /// Be on call now, in place of whoever is: for so long, or until the next hand-off.
    OnCallTake { schedule: Option<ScheduleId>, wait: Option<Duration> },
    /// Hand the rest of one's shift to a person.
    OnCallHandover { schedule: Option<ScheduleId>, person: PersonId },
    /// Give a link to a calendar feed: of whose shifts, `None` for the person's own; or end all links of the person.
    OnCallCalendar { of: Option<Whom>, revoke: bool },
    /// Cancel an override.
    OnCallCancel { id: OverrideId },
    /// Change how the person is reached.
    Contact(ContactRequest),
    /// Acknowledge an alert group.
    AlertAcknowledge { group: GroupId, version: Option<u64> },
    /// Silence an alert group, or the alerts that match.
    AlertSilence { silence: SilenceRequest, version: Option<u64> },
    /// Expire a silence.
    AlertExpire { silence: SilenceId },
    /// Silence an alert group for a while; alerts still firing then are posted again.
    AlertShelve { group: GroupId, wait: Duration, reason: Untrusted, version: Option<u64> },
    /// Declare an incident from an alert group. A blank title and other missing values come from its alerts.
    AlertDeclare { group: GroupId, declare: Declare, version: Option<u64> },
    /// Open or change a post-mortem.
    Postmortem { key: Option<Key>, request: PostmortemRequest },
    /// Add or change a follow-up.
    FollowUp { key: Option<Key>, request: FollowUpRequest },
    /// Schedule or change a maintenance.
    Maintenance(MaintenanceRequest),
    /// Report something as a user does, or decide what a report is.
    Report(UserReportRequest),
    /// Declare an incident for a report from a user. A blank title and description come from the report.
    DeclareReport { number: u32, declare: Declare },
    /// Create a sign-in link.
    AdminInvite { person: PersonId },
    /// Join an incident that the admin may not see.
    AdminJoin { key: Key, reason: Untrusted },
    /// Put an incident on legal hold, or, without a reason, lift the hold.
    AdminHold { key: Key, reason: Option<Untrusted> },
    /// Create the issue of an incident in the outside tracker.
    CreateIssue {
        /// Which incident.
        key: Option<Key>,
    },
    /// Show or change the previews of the room: `None` leaves a setting as it is.
    RoomPreviews { cards: Option<String>, projects: Option<Untrusted> },
    /// Send again what is new in a restored backup.
    AdminResume,
    /// End all sessions and links of a person.
    AdminSignOut { person: PersonId },
}

impl Request {
    /// Returns the access that the person needs. The levels are in `commands/*.toml`.
    pub fn needs(&self, catalog: &Catalog) -> Access {
        let path = if let Self::Query(Query::Ask(ask)) = self { ask.command.as_str() } else { self.act().path() };
        catalog.command(path).map_or(Access::Admin, |spec| spec.access)
    }

    /// Returns the incident that the request names or whose room it came from.
    pub fn key(&self) -> Option<&Key> {
        match self {
            Self::Query(query) => query.key(),
            Self::Action(action) => action.key(),
            Self::Reload => None,
        }
    }

    /// Returns the declared command of the query.
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
            Self::Info { key } | Self::Fields { key } | Self::Postmortem { key } | Self::FollowUps { key, .. } => {
                key.as_ref()
            }
            Self::Ask(ask) => ask.key.as_ref(),
            Self::List(_)
            | Self::Help { .. }
            | Self::OnCallNow { .. }
            | Self::OnCallReadiness
            | Self::MyFollowUps
            | Self::Maintenances { .. }
            | Self::Board { .. }
            | Self::IssueSearch { .. }
            | Self::UserReports { .. }
            | Self::UserReport { .. }
            | Self::OnCallGaps { .. }
            | Self::Contacts { .. }
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
            Self::Fields { .. } => Act::Field(FieldAct::List),
            Self::Help { .. } => Act::Help,
            Self::OnCallNow { .. } => Act::OnCall(OnCallAct::Now),
            Self::OnCallReadiness => Act::OnCall(OnCallAct::Readiness),
            Self::OnCallGaps { .. } => Act::OnCall(OnCallAct::Gaps),
            Self::Contacts { .. } => Act::OnCall(OnCallAct::Contact),
            Self::AlertList { .. } => Act::AlertList,
            Self::AlertSilences { .. } => Act::AlertSilences,
            Self::AlertWhy { .. } => Act::AlertWhy,
            Self::Postmortem { .. } => Act::Postmortem(PostmortemAct::Show),
            Self::MyFollowUps => Act::FollowUp(FollowUpAct::Mine),
            Self::FollowUps { .. } => Act::FollowUp(FollowUpAct::List),
            Self::Maintenances { .. } => Act::Maintenance(MaintenanceAct::List),
            Self::Board { .. } => Act::Board,
            Self::IssueSearch { .. } => Act::Issue(IssueAct::Search),
            Self::UserReports { .. } => Act::Report(ReportAct::List),
            Self::UserReport { .. } => Act::Report(ReportAct::Show),
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
            | Self::Page { key, .. }
            | Self::CreateIssue { key }
            | Self::Postmortem { key, .. }
            | Self::FollowUp { key, .. } => key.as_ref(),
            Self::Declare(_)
            | Self::PageAnswer { .. }
            | Self::PageChange { .. }
            | Self::OnCallTest { .. }
            | Self::OnCallOverride(_)
            | Self::OnCallTake { .. }
            | Self::OnCallHandover { .. }
            | Self::OnCallCalendar { .. }
            | Self::OnCallCancel { .. }
            | Self::Contact(_)
            | Self::AlertAcknowledge { .. }
            | Self::AlertSilence { .. }
            | Self::AlertExpire { .. }
            | Self::AlertShelve { .. }
            | Self::AlertDeclare { .. }
            | Self::Maintenance(_)
            | Self::RoomPreviews { .. }
            | Self::Report(_)
            | Self::DeclareReport { .. }
            | Self::AdminInvite { .. }
            | Self::AdminResume
            | Self::AdminSignOut { .. } => None,
            Self::AdminJoin { key, .. } | Self::AdminHold { key, .. } => Some(key),
        }
    }

    /// Returns the declared command of the action.
    pub fn act(&self) -> Act {
        match self {
            Self::Declare(_) => Act::Declare,
            Self::Incident { command, .. } => Act::of(command),
            Self::Merge { .. } => Act::Merge,
            Self::TakeOut { .. } => Act::Timeline,
            Self::Page { .. } => Act::Page,
            Self::CreateIssue { .. } => Act::Issue(IssueAct::Create),
            Self::PageAnswer { answer: PageResponse::Acknowledge, .. } => Act::PageAck,
            Self::PageAnswer { answer: PageResponse::Escalate, .. } => Act::PageEscalate,
            Self::PageAnswer { answer: PageResponse::Decline, .. } => Act::PageDecline,
            Self::PageChange { change: PageChange::Snooze(_), .. } => Act::PageSnooze,
            Self::PageChange { change: PageChange::Reassign(_), .. } => Act::PageReassign,
            Self::PageChange { change: PageChange::Add(_), .. } => Act::PageAdd,
            Self::PageChange { change: PageChange::Resolve, .. } => Act::PageResolve,
            Self::OnCallTest { .. } => Act::OnCall(OnCallAct::Test),
            Self::OnCallOverride(_) => Act::OnCall(OnCallAct::Override),
            Self::OnCallTake { .. } => Act::OnCall(OnCallAct::Take),
            Self::OnCallHandover { .. } => Act::OnCall(OnCallAct::Handover),
            Self::OnCallCalendar { .. } => Act::OnCall(OnCallAct::Calendar),
            Self::OnCallCancel { .. } => Act::OnCall(OnCallAct::Cancel),
            Self::Contact(_) => Act::OnCall(OnCallAct::Contact),
            Self::AlertAcknowledge { .. } => Act::AlertAck,
            Self::AlertSilence { .. } => Act::AlertSilence,
            Self::AlertExpire { .. } => Act::AlertExpire,
            Self::AlertShelve { .. } => Act::AlertShelve,
            Self::AlertDeclare { .. } => Act::AlertDeclare,
            Self::Postmortem { request, .. } => request.act(),
            Self::FollowUp { request, .. } => request.act(),
            Self::Maintenance(request) => request.act(),
            Self::Report(request) => request.act(),
            Self::DeclareReport { .. } => Act::Report(ReportAct::Declare),
            Self::AdminInvite { .. } => Act::AdminInvite,
            Self::AdminJoin { .. } => Act::AdminJoin,
            Self::AdminHold { .. } => Act::AdminHold,
            Self::RoomPreviews { .. } => Act::RoomPreviews,
            Self::AdminResume => Act::AdminResume,
            Self::AdminSignOut { .. } => Act::AdminSignOut,
        }
    }
}
