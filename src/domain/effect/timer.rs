//! Timers: what hotroom checks when their time comes.

use serde::{Deserialize, Serialize};

use super::{DestinationEffect, EffectClass, Priority, Subject};
use crate::domain::ids::{
    AlertId, BoardId, FollowUpId, GroupId, HeartbeatId, IncidentId, MaintenanceId, PageId, PersonId, RoomId, SilenceId,
    SourceId, UserReportId,
};

/// What to check when a timer is due. A timer that is no longer needed changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "wake", rename_all = "snake_case")]
pub enum Timer {
    /// An update of the incident may be due.
    UpdateDue {
        /// Which incident.
        incident: IncidentId,
    },
    /// A page may have to go to its next step.
    Escalate {
        /// Which page.
        page: PageId,
    },
    /// Nobody may have worked on an incident since its page was acknowledged.
    CheckAcknowledged {
        /// Which page.
        page: PageId,
    },
    /// The present step of a page has recipients whose time may have come.
    PageLater {
        /// Which page.
        page: PageId,
        /// The version at which the step began.
        stepped: u64,
    },
    /// An outside pager has to have accepted a page by now.
    AcceptPage {
        /// Which page.
        page: PageId,
    },
    /// A page was put off until now.
    EndSnooze {
        /// Which page.
        page: PageId,
        /// The version of the page that it made.
        snoozed: u64,
    },
    /// An alert group may have news to show.
    FlushGroup {
        /// Which group.
        group: GroupId,
        /// Whether it is critical: those are checked before all others.
        #[serde(default, rename = "grave")]
        critical: bool,
    },
    /// An alert group may by now have fired long enough to open an incident.
    DeclareRule {
        /// Which group.
        group: GroupId,
    },
    /// A feed may be calm again after a storm.
    StormOver {
        /// Which feed.
        feed: RoomId,
    },
    /// Alert groups still belong to an incident that was merged into another.
    MoveGroups {
        /// The merged one.
        from: IncidentId,
        /// The one that goes on.
        into: IncidentId,
    },
    /// Alerts that nobody repeats may have timed out.
    ExpireAlerts {
        /// Which group.
        group: GroupId,
    },
    /// A resolved alert may fire again by now.
    ReopenAlert {
        /// Which one.
        alert: AlertId,
    },
    /// An alert inhibits, or inhibited, more alerts than one step handles.
    Inhibit {
        /// Which one.
        source: AlertId,
    },
    /// The inhibition rules have changed, and firing alerts have not been checked since.
    RulesChanged {
        /// Alerts up to this one have been checked.
        after: Option<AlertId>,
    },
    /// A silence may have begun or ended, or may not have been applied to every firing alert.
    Silence {
        /// Which one.
        silence: SilenceId,
        /// Alerts up to this one have been checked.
        after: Option<AlertId>,
    },
    /// A source may have sent nothing for too long.
    SourceSilent {
        /// Which source.
        source: SourceId,
    },
    /// A step of a post-mortem may have to be reminded of.
    PostmortemDue {
        /// Of which incident.
        incident: IncidentId,
    },
    /// A follow-up may have to be reminded of.
    #[serde(rename = "followup_due")]
    FollowUpDue {
        /// Of which incident.
        incident: IncidentId,
        /// Which one.
        followup: FollowUpId,
    },
    /// The weekly digest of follow-ups may be due.
    #[serde(rename = "followup_digest")]
    FollowUpDigest {
        /// Whose.
        person: PersonId,
    },
    /// A maintenance may begin, end, or have to be reminded of.
    MaintenanceDue {
        /// Which one.
        maintenance: MaintenanceId,
    },
    /// A report from a user may have to be deleted, or the address of its reporter erased.
    UserReportDue {
        /// Which one.
        report: UserReportId,
    },
    /// A heartbeat may be overdue.
    HeartbeatDue {
        /// Which one.
        heartbeat: HeartbeatId,
    },
    /// The time to answer a test of whether people can be reached is over.
    ReachTestOver {
        /// Which test.
        test: PageId,
    },
    /// The weekly test of a person may be due.
    WeeklyTest {
        /// Whose.
        person: PersonId,
    },
    /// It is Monday: who may not be reached is posted.
    PostReadiness,
    /// A board is to be read.
    ReadBoard {
        /// Which one.
        board: BoardId,
    },
    /// A board is to be shown to its team.
    PostBoard {
        /// Which one.
        board: BoardId,
    },
}

impl DestinationEffect for Timer {
    fn is_outside(&self) -> bool {
        false
    }

    /// Timers do not wait for each other: each thing that is checked has a lane of its own.
    fn lane(&self) -> String {
        match self {
            Self::UpdateDue { incident } => format!("wake/update/{incident}"),
            Self::Escalate { page } => format!("wake/page/{page}"),
            Self::CheckAcknowledged { page } => format!("wake/acknowledged/{page}"),
            Self::PageLater { page, .. } => format!("wake/later/{page}"),
            Self::AcceptPage { page } => format!("wake/accept/{page}"),
            Self::EndSnooze { page, .. } => format!("wake/snooze/{page}"),
            Self::FlushGroup { group, .. } => format!("wake/flush/{group}"),
            Self::DeclareRule { group } => format!("wake/rule/{group}"),
            Self::MoveGroups { from, .. } => format!("wake/merge/{from}"),
            Self::ExpireAlerts { group } => format!("wake/expire/{group}"),
            Self::ReopenAlert { alert } => format!("wake/reopen/{alert}"),
            Self::StormOver { feed } => format!("wake/storm/{feed}"),
            Self::SourceSilent { source } => format!("wake/silent/{source}"),
            Self::HeartbeatDue { heartbeat } => format!("wake/heartbeat/{heartbeat}"),
            Self::MaintenanceDue { maintenance } => format!("wake/maintenance/{maintenance}"),
            Self::UserReportDue { report } => format!("wake/user_report/{report}"),
            Self::ReachTestOver { test } => format!("wake/reach-test/{test}"),
            Self::WeeklyTest { person } => format!("wake/weekly-test/{person}"),
            Self::PostReadiness => "wake/readiness".to_owned(),
            Self::ReadBoard { board } => format!("wake/board/{board}/read"),
            Self::PostBoard { board } => format!("wake/board/{board}/post"),
            Self::Inhibit { source } => format!("wake/inhibit/{source}"),
            Self::PostmortemDue { incident } => format!("wake/postmortem/{incident}"),
            Self::FollowUpDue { followup, .. } => format!("wake/followup/{followup}"),
            Self::FollowUpDigest { person } => format!("wake/digest/{person}"),
            Self::RulesChanged { .. } => "wake/inhibit".to_owned(),
            Self::Silence { silence, .. } => format!("wake/silence/{silence}"),
        }
    }

    fn priority(&self) -> Priority {
        match self {
            Self::Escalate { .. }
            | Self::CheckAcknowledged { .. }
            | Self::AcceptPage { .. }
            | Self::EndSnooze { .. }
            | Self::PageLater { .. } => Priority::Page,
            Self::FlushGroup { critical: false, .. }
            | Self::PostmortemDue { .. }
            | Self::FollowUpDue { .. }
            | Self::FollowUpDigest { .. }
            | Self::WeeklyTest { .. }
            | Self::ReadBoard { .. }
            | Self::PostBoard { .. }
            | Self::UserReportDue { .. }
            | Self::PostReadiness => Priority::Chatter,
            Self::FlushGroup { critical: true, .. }
            | Self::UpdateDue { .. }
            | Self::DeclareRule { .. }
            | Self::StormOver { .. }
            | Self::MoveGroups { .. }
            | Self::ExpireAlerts { .. }
            | Self::ReopenAlert { .. }
            | Self::Inhibit { .. }
            | Self::RulesChanged { .. }
            | Self::Silence { .. }
            | Self::SourceSilent { .. }
            | Self::ReachTestOver { .. }
            | Self::MaintenanceDue { .. }
            | Self::HeartbeatDue { .. } => Priority::State,
        }
    }

    fn class(&self) -> EffectClass {
        // It is handled in the transaction that settles its row.
        EffectClass::Keyed
    }

    /// A thing has one next check of each kind: a newer timer replaces the older.
    fn coalescing_key(&self) -> Option<String> {
        Some(self.lane())
    }

    fn subject(&self) -> Subject {
        match self {
            Self::UpdateDue { incident }
            | Self::PostmortemDue { incident }
            | Self::FollowUpDue { incident, .. }
            | Self::MoveGroups { into: incident, .. } => Subject::Incident(*incident),
            Self::Escalate { page }
            | Self::CheckAcknowledged { page }
            | Self::AcceptPage { page }
            | Self::EndSnooze { page, .. }
            | Self::PageLater { page, .. } => Subject::Page(*page),
            Self::FlushGroup { group, .. } | Self::DeclareRule { group } | Self::ExpireAlerts { group } => {
                Subject::Group(*group)
            }
            Self::StormOver { .. }
            | Self::FollowUpDigest { .. }
            | Self::ReopenAlert { .. }
            | Self::Silence { .. }
            | Self::SourceSilent { .. }
            | Self::HeartbeatDue { .. }
            | Self::ReachTestOver { .. }
            | Self::MaintenanceDue { .. }
            | Self::UserReportDue { .. }
            | Self::WeeklyTest { .. }
            | Self::PostReadiness
            | Self::ReadBoard { .. }
            | Self::PostBoard { .. }
            | Self::Inhibit { .. }
            | Self::RulesChanged { .. } => Subject::Other,
        }
    }
}

/// A stored timer has the tag of effects around its own.
pub(super) mod stored {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Timer;

    #[derive(Serialize, Deserialize)]
    #[serde(tag = "effect")]
    enum Row<T> {
        #[serde(rename = "wake")]
        Timer(T),
    }

    pub(in crate::domain::effect) fn serialize<S: Serializer>(timer: &Timer, to: S) -> Result<S::Ok, S::Error> {
        Row::Timer(timer).serialize(to)
    }

    pub(in crate::domain::effect) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timer, D::Error> {
        Row::deserialize(from).map(|Row::Timer(timer)| timer)
    }
}
