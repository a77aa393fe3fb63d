//! Silences as in Alertmanager (`silence/silence.go`), and silences that last until the alerts are resolved.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Candidates, GroupKey, MatchOp, Matcher, all_match};
use crate::domain::{
    Timestamp,
    ids::{AlertId, MaintenanceId, SilenceId},
    text::Untrusted,
};

/// The most matchers of a silence.
const MOST_MATCHERS: usize = 100;
/// The longest label name or value of a matcher, in bytes.
const LONGEST_VALUE: usize = 4096;
/// The longest comment, in bytes.
const LONGEST_COMMENT: usize = 4000;
/// The longest name of an author, in bytes.
const LONGEST_NAME: usize = 400;

/// What a silence covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SilenceScope {
    /// Every alert that all of these match.
    Alerts(Vec<Matcher>),
    /// One alert, until it is resolved: a snooze. A later alert with the same labels is not covered.
    Alert {
        /// The alert.
        alert: AlertId,
        /// Its labels when it was snoozed, which name it.
        labels: BTreeMap<String, Untrusted>,
    },
    /// The alerts of one group, also after it closed and opened again.
    Group {
        /// The group.
        key: GroupKey,
        /// The labels its alerts agree in, which name it.
        labels: BTreeMap<String, Untrusted>,
        /// True if the group is shelved: alerts still firing when the silence ends are posted again.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        shelved: bool,
    },
    /// The alerts of the services of a maintenance.
    Maintenance {
        /// The maintenance.
        maintenance: MaintenanceId,
        /// Its number.
        number: u32,
        /// What its alerts match.
        matchers: Vec<Matcher>,
    },
}

/// A silence. Alerts that it covers send no notifications and are shown as silenced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Its id.
    pub id: SilenceId,
    /// What it covers.
    pub scope: SilenceScope,
    /// When it starts.
    pub from: Timestamp,
    /// When it ends, exclusive; `None` if it lasts until the alerts it covers are resolved.
    pub until: Option<Timestamp>,
    /// The author: a person's id, or the name that a program sent.
    pub by: Untrusted,
    /// The reason.
    pub comment: Untrusted,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The request of a silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSilence {
    /// What it covers.
    pub scope: SilenceScope,
    /// When it starts; `None` or a time in the past for now.
    pub from: Option<Timestamp>,
    /// When it ends; `None` to last until the alerts it covers are resolved.
    pub until: Option<Timestamp>,
    /// The author.
    pub by: Untrusted,
    /// The reason.
    pub comment: Untrusted,
}

/// How many firing alerts a silence would match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilencePreview {
    /// Matching alerts among those that were examined.
    pub held: u64,
    /// Examined alerts.
    pub looked_at: u64,
    /// Firing alerts.
    pub firing: u64,
}

impl SilencePreview {
    /// True if people must confirm the silence: it matches more than half of the alerts, and at least ten.
    pub fn is_wide(self) -> bool {
        self.held >= 10 && self.held * 2 > self.looked_at
    }
}

/// The state of a silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SilenceState {
    /// It has not started.
    Pending,
    /// It is in effect.
    Active,
    /// It has ended.
    Expired,
}

impl SilenceState {
    /// The word it is filtered and shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Expired => "expired",
        }
    }

    /// Parses the word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Active, Self::Expired].into_iter().find(|state| state.name() == text)
    }
}

/// Why a silence is invalid. The sentences are in `templates/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SilenceFault {
    /// It has no matcher.
    NoMatchers,
    /// Each of its matchers accepts an alert without labels, so it would cover nearly everything.
    TooWide,
    /// It has too many matchers, or one of its texts is too long.
    TooLong,
    /// It ends before it starts.
    EndsBeforeItBegins,
    /// It would have ended already.
    EndsInThePast,
    /// It lasts until the alerts it covers are resolved, and none of them fires.
    NothingFires,
    /// There are too many silences.
    TooMany,
}

/// The result of changing a silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SilenceChange {
    /// It is the same silence, changed.
    Changed(Silence),
    /// The change would affect what was covered in the past: the old silence ends, and a new one starts.
    Replaced {
        /// The old one as it ended; `None` if it had ended before.
        old: Option<Silence>,
        /// The new one.
        new: Silence,
    },
}

impl Silence {
    /// Returns a silence, if the request is valid.
    pub fn new(wanted: NewSilence, now: Timestamp) -> Result<Self, SilenceFault> {
        let from = wanted.from.map_or(now, |from| from.max(now));
        check(&wanted, from, now)?;
        let NewSilence { scope, until, by, comment, .. } = wanted;
        Ok(Self { id: SilenceId::new(now), scope, from, until, by, comment, updated_at: now })
    }

    /// Returns its state.
    pub fn state(&self, now: Timestamp) -> SilenceState {
        if self.until.is_some_and(|until| until <= now) {
            SilenceState::Expired
        } else if now < self.from {
            SilenceState::Pending
        } else {
            SilenceState::Active
        }
    }

    /// Changes it as Alertmanager does: if its scope or its past would change, it ends and a new one with another id
    /// starts.
    pub fn edit(&self, wanted: NewSilence, now: Timestamp) -> Result<SilenceChange, SilenceFault> {
        let state = self.state(now);
        let from = wanted.from.unwrap_or(self.from);
        // Clients of Alertmanager's API know a group or an alert by its labels, and send those back to extend its silence.
        let same_labels = matches!(&wanted.scope, SilenceScope::Alerts(matchers) if *matchers == self.matchers());
        let may_change = match state {
            SilenceState::Pending => from >= now,
            SilenceState::Active => from == self.from,
            SilenceState::Expired => false,
        };
        if may_change && (self.scope == wanted.scope || same_labels) {
            check(&wanted, from, now)?;
            let NewSilence { until, by, comment, .. } = wanted;
            return Ok(SilenceChange::Changed(Self { from, until, by, comment, updated_at: now, ..self.clone() }));
        }
        let new = Self::new(wanted, now)?;
        let old = (state != SilenceState::Expired).then(|| self.ended(now));
        Ok(SilenceChange::Replaced { old, new })
    }

    /// Returns the silence ended now; one that has ended stays as it is.
    #[must_use]
    pub fn ended(&self, now: Timestamp) -> Self {
        if self.state(now) == SilenceState::Expired {
            return self.clone();
        }
        Self { from: self.from.min(now), until: Some(now), updated_at: now, ..self.clone() }
    }

    /// Returns when its state changes next.
    pub fn next_look(&self, now: Timestamp) -> Option<Timestamp> {
        match self.state(now) {
            SilenceState::Pending => Some(self.from),
            SilenceState::Active => self.until,
            SilenceState::Expired => None,
        }
    }

    /// True if it covers a group as a whole.
    pub fn covers_group(&self) -> bool {
        matches!(self.scope, SilenceScope::Group { .. })
    }

    /// Returns the alert that it snoozes.
    pub fn snoozes(&self) -> Option<AlertId> {
        match &self.scope {
            SilenceScope::Alert { alert, .. } => Some(*alert),
            SilenceScope::Alerts(_) | SilenceScope::Group { .. } | SilenceScope::Maintenance { .. } => None,
        }
    }

    /// Returns the number of the maintenance that it belongs to.
    pub fn of_maintenance(&self) -> Option<u32> {
        match &self.scope {
            SilenceScope::Maintenance { number, .. } => Some(*number),
            SilenceScope::Alerts(_) | SilenceScope::Alert { .. } | SilenceScope::Group { .. } => None,
        }
    }

    /// True if it ends when the alerts that it covers are resolved, whatever its end.
    pub fn ends_with_alerts(&self) -> bool {
        self.until.is_none() || self.snoozes().is_some()
    }

    /// True if it shelves a group.
    pub fn shelves(&self) -> bool {
        matches!(self.scope, SilenceScope::Group { shelved: true, .. })
    }

    /// True if it ended at its planned time, and nobody ended it before.
    pub fn ended_as_planned(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now && self.updated_at < until)
    }

    /// Returns its matchers; those of a silenced group or a snoozed alert are its labels.
    pub fn matchers(&self) -> Vec<Matcher> {
        match &self.scope {
            SilenceScope::Alerts(matchers) | SilenceScope::Maintenance { matchers, .. } => matchers.clone(),
            SilenceScope::Group { labels, .. } | SilenceScope::Alert { labels, .. } => {
                labels.iter().map(|(label, value)| equal(label, value)).collect()
            }
        }
    }

    /// True if it covers an alert with these labels by its matchers. The alerts of a silenced group are covered with the
    /// group, and a snooze covers its alert whatever the labels.
    pub fn covers(&self, labels: &BTreeMap<String, Untrusted>) -> bool {
        match &self.scope {
            SilenceScope::Alerts(matchers) | SilenceScope::Maintenance { matchers, .. } => all_match(matchers, labels),
            SilenceScope::Alert { .. } | SilenceScope::Group { .. } => false,
        }
    }
}

/// Returns the matcher of exactly this value of a label.
pub fn equal(label: &str, value: &Untrusted) -> Matcher {
    Matcher { label: label.to_owned(), op: MatchOp::Equal, value: value.verbatim().to_owned(), pattern: None }
}

fn check(wanted: &NewSilence, from: Timestamp, now: Timestamp) -> Result<(), SilenceFault> {
    if let SilenceScope::Alerts(matchers) = &wanted.scope {
        check_matchers(matchers)?;
    }
    let long = wanted.comment.verbatim().len() > LONGEST_COMMENT || wanted.by.verbatim().len() > LONGEST_NAME;
    match wanted.until {
        _ if long => Err(SilenceFault::TooLong),
        Some(until) if until <= now => Err(SilenceFault::EndsInThePast),
        Some(until) if until <= from => Err(SilenceFault::EndsBeforeItBegins),
        Some(_) | None => Ok(()),
    }
}

fn check_matchers(matchers: &[Matcher]) -> Result<(), SilenceFault> {
    let long = |matcher: &Matcher| matcher.label.len().max(matcher.value.len()) > LONGEST_VALUE;
    if matchers.is_empty() {
        Err(SilenceFault::NoMatchers)
    } else if matchers.len() > MOST_MATCHERS || matchers.iter().any(long) {
        Err(SilenceFault::TooLong)
    } else if matchers.iter().all(|matcher| matcher.accepts("")) {
        Err(SilenceFault::TooWide)
    } else {
        Ok(())
    }
}

/// Silences of alerts, indexed by their matchers.
#[derive(Debug, Default)]
pub struct Silences {
    all: Vec<Arc<Silence>>,
    index: Candidates,
    snoozes: BTreeMap<AlertId, Arc<Silence>>,
}

impl Silences {
    /// Indexes silences; silences of groups are left out.
    pub fn new(silences: impl IntoIterator<Item = Arc<Silence>>) -> Self {
        let (mut all, mut snoozes) = (Vec::new(), BTreeMap::new());
        for silence in silences {
            match &silence.scope {
                SilenceScope::Alerts(_) | SilenceScope::Maintenance { .. } => all.push(silence),
                SilenceScope::Alert { alert, .. } => drop(snoozes.insert(*alert, silence)),
                SilenceScope::Group { .. } => {}
            }
        }
        let index = Candidates::new(all.iter().map(|silence| match &silence.scope {
            SilenceScope::Alerts(matchers) | SilenceScope::Maintenance { matchers, .. } => matchers.as_slice(),
            SilenceScope::Alert { .. } | SilenceScope::Group { .. } => &[],
        }));
        Self { all, index, snoozes }
    }

    /// Returns the active silences that cover an alert with these labels.
    pub fn covering(&self, labels: &BTreeMap<String, Untrusted>, now: Timestamp) -> Vec<&Silence> {
        let found = self.index.find(labels).into_iter().filter_map(|place| self.all.get(place));
        let holds = |silence: &&Arc<Silence>| silence.state(now) == SilenceState::Active && silence.covers(labels);
        found.filter(holds).map(AsRef::as_ref).collect()
    }

    /// Returns the active snooze of an alert.
    pub fn snooze(&self, alert: AlertId, now: Timestamp) -> Option<&Silence> {
        let snooze = self.snoozes.get(&alert).map(AsRef::as_ref);
        snooze.filter(|silence| silence.state(now) == SilenceState::Active)
    }

    /// The silences that are indexed by their matchers.
    pub fn all(&self) -> &[Arc<Silence>] {
        &self.all
    }
}
