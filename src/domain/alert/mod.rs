//! Alerts: what senders say, folded into groups.
//!
//! [`Signal`] is one word of a sender. [`merge`](episode::merge) folds it into the stored episode ([`Alert`]), [`Route`]s
//! say which groups the episode belongs to, and the functions of [`flow`] say when a group's message is due.

mod candidates;
mod change;
mod correlation;
mod counting;
mod declare;
pub mod enrich;
pub mod episode;
mod event;
mod fingerprint;
pub mod flapping;
pub mod flow;
mod group;
mod heartbeat;
mod inhibition;
pub mod interval;
mod matcher;
mod opsgenie;
mod pattern;
mod route;
mod sender_action;
mod silence;
mod storm;
mod words;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    ids::{AlertId, GroupId, PersonId, SilenceId, SourceId},
    severity::Severity,
    text::Untrusted,
};

pub use candidates::Candidates;
pub use change::Change;
pub use correlation::{Correlation, DEPENDS_ON, ParentLink, Pattern, above};
pub use declare::{due_at, rule_for};
pub use enrich::{Enrich, Known};
pub use event::AlertEvent;
pub use fingerprint::{Digest, label_fingerprint, named_fingerprint, prometheus_fingerprint};
pub use flapping::{Flapping, FlappingRule};
pub use group::{
    AlertCounts, AlertGroup, GroupAcknowledgement, GroupDisplay, GroupSchedule, GroupSilence, Lapsed, NewGroup,
};
pub use heartbeat::{Cadence, Heartbeat, Look, Pace, Plan};
pub use inhibition::{InhibitRule, Inhibitions, Side};
pub use interval::TimeInterval;
pub use matcher::{MatchOp, Matcher, MatcherError, all_match};
pub use opsgenie::{Draft, Note, OpsgenieAction, OpsgenieAlert, OpsgenieRequest, Responder, Whom};
pub use pattern::unanchored;
pub use route::{GroupKey, Route, RouteSpec, Timing};
pub use sender_action::SenderAction;
pub use silence::{Edit, NewSilence, Reach, Scope, Silence, SilenceFault, SilenceState, Silences, equal};
pub use storm::{FeedTraffic, Place, Storm, StormLimit, is_critical};
pub use words::{is_resolved_word, severity_word};

/// The state of an alert as people see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// It fires.
    Firing,
    /// It fires and someone has it.
    Acknowledged,
    /// It fires and makes no noise: a silence covers it, or another alert inhibits it.
    Silenced,
    /// It is over.
    Resolved,
}

impl AlertState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Firing, Self::Acknowledged, Self::Silenced, Self::Resolved];

    /// The word it is stored, filtered and shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Acknowledged => "acknowledged",
            Self::Silenced => "silenced",
            Self::Resolved => "resolved",
        }
    }

    /// Parses the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == text)
    }
}

/// What was odd about a signal that was taken nevertheless. The words are in `templates/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remark {
    /// It says it began in the future: the time of receipt was taken instead.
    FutureStart,
    /// It says it began before the year 2000: the time of receipt was taken instead.
    AncientStart,
    /// A time had no zone: it was read as UTC.
    NoZone,
    /// A time could not be read and was left out.
    OddTime,
    /// It says it ended in the future, or before it began: the nearest sane time was taken.
    OddEnd,
    /// Bytes that are no text were replaced.
    Mended,
}

/// What one alert of a delivery says, before it meets what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// What makes two signals the same alert, within a source.
    pub fingerprint: Fingerprint,
    /// Whether it fires.
    pub firing: bool,
    /// The alert's name.
    pub name: Untrusted,
    /// How grave the sender says it is, if it says so in a way hotroom knows.
    pub severity: Option<Severity>,
    /// The service label.
    pub service: Option<String>,
    /// The host.
    pub host: Option<Untrusted>,
    /// One line.
    pub summary: Untrusted,
    /// Labels as they came.
    pub labels: BTreeMap<String, Untrusted>,
    /// Annotations as they came.
    pub annotations: BTreeMap<String, Untrusted>,
    /// When it began, clamped to a sane range; none: the sender does not say.
    pub starts_at: Option<Timestamp>,
    /// When it ended or will time out.
    pub ends_at: Option<Timestamp>,
    /// http(s) links.
    pub links: Vec<Untrusted>,
    /// Who has it where it came from, by whatever name the sender calls them; it fires still.
    pub acknowledged_by: Option<Untrusted>,
    /// What was odd about it.
    pub remarks: Vec<Remark>,
}

/// What makes two signals of a source the same alert: a length-prefixed hash, or what the sender calls it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One episode of one alert, as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// Who sent it.
    pub source: SourceId,
    /// What makes it the same alert.
    pub fingerprint: Fingerprint,
    /// Whether it fires.
    pub firing: bool,
    /// Its name.
    pub name: Untrusted,
    /// How grave.
    pub severity: Option<Severity>,
    /// The service label.
    pub service: Option<String>,
    /// The host.
    pub host: Option<Untrusted>,
    /// One line.
    pub summary: Untrusted,
    /// Labels as they came.
    pub labels: BTreeMap<String, Untrusted>,
    /// Annotations as they came.
    pub annotations: BTreeMap<String, Untrusted>,
    /// When it began.
    pub starts_at: Timestamp,
    /// The newest beginning a sender has named for it: a word that names an older one is old.
    pub latest_start: Timestamp,
    /// When it ended.
    pub ends_at: Option<Timestamp>,
    /// When hotroom first heard of it.
    pub first_seen: Timestamp,
    /// When a sender last spoke of it.
    pub last_seen: Timestamp,
    /// When it counts as over if nobody speaks of it again.
    pub expires_at: Option<Timestamp>,
    /// Whether it ended because nobody spoke of it any more.
    #[serde(default)]
    pub timed_out: bool,
    /// http(s) links.
    pub links: Vec<Untrusted>,
    /// Who has it where it came from.
    #[serde(default)]
    pub acknowledged_there: Option<Untrusted>,
    /// What was odd about what the sender said.
    #[serde(default)]
    pub remarks: Vec<Remark>,
    /// How much it comes and goes.
    #[serde(default, skip_serializing_if = "Flapping::is_blank")]
    pub flapping: Flapping,
    /// The group whose message shows it; none when it was over before it was heard of. It may be in further groups when
    /// routes say `continue`.
    pub group: Option<GroupId>,
    /// Whether a silence or another alert mutes it, wherever it is shown.
    #[serde(skip)]
    pub muted: bool,
    /// What mutes it; filled in when it is read to be shown.
    #[serde(skip)]
    pub muted_by: Vec<MutedBy>,
    /// Until when its group is silenced as a whole; filled in when it is read to be shown.
    #[serde(skip)]
    pub silenced_until: Option<Timestamp>,
    /// Who has it; what its group says, filled in when it is read.
    #[serde(skip)]
    pub acknowledged_by: Option<PersonId>,
}

/// What mutes an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MutedBy {
    /// A silence.
    Silence(SilenceId),
    /// Another alert, by a rule of inhibition.
    Alert(AlertId),
}

impl Alert {
    /// The state as people see it. What another alert inhibits counts as silenced.
    pub fn state(&self, now: Timestamp) -> AlertState {
        if !self.firing {
            AlertState::Resolved
        } else if self.muted || self.silenced_until.is_some_and(|until| now < until) {
            AlertState::Silenced
        } else if self.acknowledged_by.is_some() || self.acknowledged_there.is_some() {
            AlertState::Acknowledged
        } else {
            AlertState::Firing
        }
    }
}

/// A rule that opens an incident by itself.
#[derive(Clone, Debug)]
pub struct DeclareRule {
    /// Its name, shown as the actor.
    pub name: String,
    /// How grave the alert must be at least; none: any alert, also one of unknown gravity.
    pub at_least: Option<Severity>,
    /// All must hold for one firing alert.
    pub matchers: Vec<Matcher>,
    /// Whether the service must be one that is marked critical.
    pub critical_service: bool,
    /// How long it must have fired.
    pub after: Duration,
    /// The severity of the incident; none: the alert's own, or the policy's default.
    pub severity: Option<Severity>,
}
