//! Alerts: signals of senders, merged into episodes and shown in groups.
//!
//! A [`Signal`] is what a sender reports of one alert. [`merge`](episode::merge) merges it into the stored episode
//! ([`Alert`]), [`Route`]s say which groups the episode belongs to, and the functions of [`flow`] say when a group's
//! message is due.

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
mod re2;
mod route;
mod sender_action;
mod silence;
mod storm;
mod warning;
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
pub use correlation::{Correlation, DEPENDS_ON, ParentLink, Pattern, dependencies};
pub use declare::{due_at, fires_during_maintenance, rule_for};
pub use enrich::{EnrichRule, Enrichment};
pub use episode::Reopening;
pub use event::AlertEvent;
pub use fingerprint::{Digest, label_fingerprint, named_fingerprint, prometheus_fingerprint};
pub use flapping::{Flapping, FlappingRule};
pub use group::{
    AlertCounts, AlertGroup, ExpiredAcknowledgement, GroupAcknowledgement, GroupDisplay, GroupSchedule, GroupSilence,
    NewGroup,
};
pub use heartbeat::{Cadence, Heartbeat, HeartbeatChanges, HeartbeatCheck, IntervalUnit};
pub use inhibition::{InhibitRule, InhibitionSide, Inhibitions};
pub use interval::TimeInterval;
pub use matcher::{MatchOp, Matcher, MatcherError, all_match};
pub use opsgenie::{
    OpsgenieAction, OpsgenieAlert, OpsgenieDraft, OpsgenieFailure, OpsgenieNote, OpsgenieReference, OpsgenieRequest,
    OpsgenieResponder,
};
pub use pattern::unanchored;
pub use route::{GroupKey, Route, RouteSpec, Timing};
pub use sender_action::SenderAction;
pub use silence::{
    NewSilence, Silence, SilenceChange, SilenceFault, SilencePreview, SilenceScope, SilenceState, Silences, equal,
};
pub use storm::{FeedTraffic, Storm, StormLimit, StormPlacement, is_critical};
pub use warning::{SenderWarning, WarningKind};
pub use words::{is_acknowledged_word, is_resolved_word, severity_word};

/// The state of an alert as people see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// It fires.
    Firing,
    /// It fires and is acknowledged.
    Acknowledged,
    /// It fires and is muted: a silence covers it, or another alert inhibits it.
    Silenced,
    /// It is resolved.
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

/// A correction of a signal that was accepted nevertheless. The sentences are in `templates/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remark {
    /// Its start was in the future: replaced by the time of receipt.
    FutureStart,
    /// Its start was before the year 2000: replaced by the time of receipt.
    AncientStart,
    /// A time had no zone: UTC was assumed.
    NoZone,
    /// A time could not be parsed and was dropped.
    OddTime,
    /// Its end was in the future or before its start: replaced by the nearest valid time.
    OddEnd,
    /// Bytes that are not valid text were replaced.
    Mended,
}

/// What a delivery reports of one alert, before it is merged with what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// Identifies the alert within its source.
    pub fingerprint: Fingerprint,
    /// True if it fires.
    pub firing: bool,
    /// The alert's name.
    pub name: Untrusted,
    /// The severity, if the sender reports one that hotroom knows.
    pub severity: Option<Severity>,
    /// The service label.
    pub service: Option<String>,
    /// The host.
    pub host: Option<Untrusted>,
    /// One line.
    pub summary: Untrusted,
    /// The labels as received.
    pub labels: BTreeMap<String, Untrusted>,
    /// The annotations as received.
    pub annotations: BTreeMap<String, Untrusted>,
    /// When it began, limited to a valid range; `None` if the sender does not say.
    pub starts_at: Option<Timestamp>,
    /// When it ended or will time out.
    pub ends_at: Option<Timestamp>,
    /// http(s) links.
    pub links: Vec<Untrusted>,
    /// Who acknowledged it at its source, by the sender's name for them.
    pub acknowledged_by: Option<Untrusted>,
    /// What was corrected.
    pub remarks: Vec<Remark>,
    /// How many further alerts its sender left out of the same notification.
    pub truncated: u32,
    /// What was unusual in it, for the operator.
    pub warnings: Vec<SenderWarning>,
}

/// Identifies an alert within its source: a length-prefixed hash, or the sender's own identifier.
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
    /// Its source.
    pub source: SourceId,
    /// Identifies it within its source.
    pub fingerprint: Fingerprint,
    /// True if it fires.
    pub firing: bool,
    /// Its name.
    pub name: Untrusted,
    /// The severity.
    pub severity: Option<Severity>,
    /// The service label.
    pub service: Option<String>,
    /// The host.
    pub host: Option<Untrusted>,
    /// One line.
    pub summary: Untrusted,
    /// The labels as received.
    pub labels: BTreeMap<String, Untrusted>,
    /// The annotations as received.
    pub annotations: BTreeMap<String, Untrusted>,
    /// When it began.
    pub starts_at: Timestamp,
    /// The newest start that a sender reported: a signal with an older start is out of date.
    pub latest_start: Timestamp,
    /// When it ended.
    pub ends_at: Option<Timestamp>,
    /// When hotroom first received it.
    pub first_seen: Timestamp,
    /// When a sender last reported it.
    pub last_seen: Timestamp,
    /// When it times out without a further signal.
    pub expires_at: Option<Timestamp>,
    /// True if it timed out.
    #[serde(default)]
    pub timed_out: bool,
    /// http(s) links.
    pub links: Vec<Untrusted>,
    /// Who acknowledged it at its source.
    #[serde(default)]
    pub acknowledged_there: Option<Untrusted>,
    /// What was corrected in its signal.
    #[serde(default)]
    pub remarks: Vec<Remark>,
    /// How many further alerts its sender left out of the notification that reported it last.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub truncated: u32,
    /// Its recent changes.
    #[serde(default, skip_serializing_if = "Flapping::is_blank")]
    pub flapping: Flapping,
    /// The next episode, while it is resolved and a firing signal may be out of date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopening: Option<Reopening>,
    /// When the episode before ended, if a lease without a later start began this one: an end up to then is a repeated one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened_after: Option<Timestamp>,
    /// The group whose message shows it; `None` if it was resolved before it was reported. It may be in further groups if
    /// routes say `continue`.
    pub group: Option<GroupId>,
    /// True if a silence or another alert mutes it, wherever it is shown.
    #[serde(skip)]
    pub muted: bool,
    /// What mutes it; set only when it is read to be shown.
    #[serde(skip)]
    pub muted_by: Vec<MutedBy>,
    /// When the silence of its group ends; set only when it is read to be shown.
    #[serde(skip)]
    pub silenced_until: Option<Timestamp>,
    /// Who acknowledged its group; set when it is read.
    #[serde(skip)]
    pub acknowledged_by: Option<PersonId>,
}

/// For serde, which passes a reference.
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// What mutes an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MutedBy {
    /// A silence.
    Silence(SilenceId),
    /// Another alert, by an inhibition rule.
    Alert(AlertId),
}

impl Alert {
    /// Returns the state as people see it. An inhibited alert counts as silenced.
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

/// A rule that declares incidents automatically.
#[derive(Clone, Debug)]
pub struct DeclareRule {
    /// Its name, shown as the actor.
    pub name: String,
    /// The least severe severity it applies to; `None` for any alert, also without a severity.
    pub at_least: Option<Severity>,
    /// All must match one firing alert.
    pub matchers: Vec<Matcher>,
    /// True if the service must be marked critical.
    pub critical_service: bool,
    /// How long it must have fired.
    pub after: Duration,
    /// True if maintenance does not mute the alerts that it matches.
    pub during_maintenance: bool,
    /// The severity of the incident; `None` for the alert's own, or the default of the policy.
    pub severity: Option<Severity>,
}
