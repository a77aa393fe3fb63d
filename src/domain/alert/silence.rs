//! Silences: what makes no noise for a while, as in Alertmanager (`silence/silence.go`), and until it is over.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Candidates, GroupKey, MatchOp, Matcher, all_match};
use crate::domain::{Timestamp, ids::SilenceId, text::Untrusted};

/// How many conditions a silence may have.
const MOST_MATCHERS: usize = 100;
/// How long a label's name or value in a condition may be, in bytes.
const LONGEST_VALUE: usize = 4096;
/// How long a comment may be, in bytes.
const LONGEST_COMMENT: usize = 4000;
/// How long the name of whoever made it may be, in bytes.
const LONGEST_NAME: usize = 400;

/// What a silence covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every alert for which all of these hold.
    Alerts(Vec<Matcher>),
    /// What one group shows, also when it closes and opens again.
    Group {
        /// The group.
        key: GroupKey,
        /// The labels its alerts agree in, to name it by.
        labels: BTreeMap<String, Untrusted>,
        /// Whether the group is put away: what fires when that time is over is told afresh.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        shelved: bool,
    },
}

/// Something that makes no noise for a while. What it covers is shown as silenced, and still shown when it is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Its id.
    pub id: SilenceId,
    /// What it covers.
    pub scope: Scope,
    /// From then.
    pub from: Timestamp,
    /// Until then, exclusive; none: until what it covers is over.
    pub until: Option<Timestamp>,
    /// Who made it: a person's id, or what a program said.
    pub by: Untrusted,
    /// Why.
    pub comment: Untrusted,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A silence as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSilence {
    /// What it is to cover.
    pub scope: Scope,
    /// From when on; none, or a time that has passed: from now on.
    pub from: Option<Timestamp>,
    /// Until when; none: until what it covers is over.
    pub until: Option<Timestamp>,
    /// Who asks.
    pub by: Untrusted,
    /// Why.
    pub comment: Untrusted,
}

/// How much of what fires now a silence would hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// How many alerts it would hold, of those that were looked at.
    pub held: u64,
    /// How many were looked at.
    pub looked_at: u64,
    /// How many fire.
    pub firing: u64,
}

impl Reach {
    /// Whether it is so wide that people are asked whether they mean it: more than half, and not just a few.
    pub fn is_wide(self) -> bool {
        self.held >= 10 && self.held * 2 > self.looked_at
    }
}

/// Where a silence is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SilenceState {
    /// It has not begun.
    Pending,
    /// It holds.
    Active,
    /// It is over.
    Expired,
}

impl SilenceState {
    /// The word it is filtered and shown by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Expired => "expired",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Active, Self::Expired].into_iter().find(|state| state.name() == text)
    }
}

/// Why a silence cannot be as asked. The words are in `templates/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SilenceFault {
    /// It has no condition.
    NoMatchers,
    /// Each of its conditions holds for an alert without labels, so that it would cover nearly everything.
    TooWide,
    /// It has too many conditions, or one of its texts is too long.
    TooLong,
    /// It ends before it begins.
    EndsBeforeItBegins,
    /// It would have ended already.
    EndsInThePast,
    /// It is to last until what it covers is over, and nothing it covers fires.
    NothingFires,
    /// There are as many silences as are kept.
    TooMany,
}

/// What changing a silence comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// It is the same silence, changed.
    Changed(Silence),
    /// What was already covered would be covered no more, or otherwise: the old one ends, and a new one begins.
    Replaced {
        /// The old one as it is then; none when it was over already.
        old: Option<Silence>,
        /// The new one.
        new: Silence,
    },
}

impl Silence {
    /// Makes a silence.
    ///
    /// # Errors
    /// Why it cannot be as asked.
    pub fn new(wanted: NewSilence, now: Timestamp) -> Result<Self, SilenceFault> {
        let from = wanted.from.map_or(now, |from| from.max(now));
        check(&wanted, from, now)?;
        let NewSilence { scope, until, by, comment, .. } = wanted;
        Ok(Self { id: SilenceId::new(now), scope, from, until, by, comment, updated_at: now })
    }

    /// Where it is in its life.
    pub fn state(&self, now: Timestamp) -> SilenceState {
        if self.until.is_some_and(|until| until <= now) {
            SilenceState::Expired
        } else if now < self.from {
            SilenceState::Pending
        } else {
            SilenceState::Active
        }
    }

    /// Changes it as Alertmanager does: what it covers and what has passed of it stays, or else it ends and a new one
    /// with another id begins.
    ///
    /// # Errors
    /// Why it cannot be as asked.
    pub fn edit(&self, wanted: NewSilence, now: Timestamp) -> Result<Edit, SilenceFault> {
        let state = self.state(now);
        let from = wanted.from.unwrap_or(self.from);
        let may_change = match state {
            SilenceState::Pending => from >= now,
            SilenceState::Active => from == self.from,
            SilenceState::Expired => false,
        };
        if may_change && self.scope == wanted.scope {
            check(&wanted, from, now)?;
            let NewSilence { until, by, comment, .. } = wanted;
            return Ok(Edit::Changed(Self { from, until, by, comment, updated_at: now, ..self.clone() }));
        }
        let new = Self::new(wanted, now)?;
        let old = (state != SilenceState::Expired).then(|| self.ended(now));
        Ok(Edit::Replaced { old, new })
    }

    /// The silence as it is when it ends now; one that is over stays as it is.
    #[must_use]
    pub fn ended(&self, now: Timestamp) -> Self {
        if self.state(now) == SilenceState::Expired {
            return self.clone();
        }
        Self { from: self.from.min(now), until: Some(now), updated_at: now, ..self.clone() }
    }

    /// When it is to be looked at again: when it begins, or ends.
    pub fn next_look(&self, now: Timestamp) -> Option<Timestamp> {
        match self.state(now) {
            SilenceState::Pending => Some(self.from),
            SilenceState::Active => self.until,
            SilenceState::Expired => None,
        }
    }

    /// Whether it covers one group as a whole.
    pub fn of_group(&self) -> bool {
        matches!(self.scope, Scope::Group { .. })
    }

    /// Whether it puts a group away.
    pub fn shelves(&self) -> bool {
        matches!(self.scope, Scope::Group { shelved: true, .. })
    }

    /// Whether the time it was made for has run out by now, and nobody ended it before.
    pub fn ran_out(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now && self.updated_at < until)
    }

    /// Its conditions; those of a silenced group are the group's labels.
    pub fn matchers(&self) -> Vec<Matcher> {
        match &self.scope {
            Scope::Alerts(matchers) => matchers.clone(),
            Scope::Group { labels, .. } => labels.iter().map(equal).collect(),
        }
    }

    /// Whether it covers an alert with these labels. What a group shows is covered with the group.
    pub fn covers(&self, labels: &BTreeMap<String, Untrusted>) -> bool {
        match &self.scope {
            Scope::Alerts(matchers) => all_match(matchers, labels),
            Scope::Group { .. } => false,
        }
    }
}

/// The condition that a label has just this value.
pub fn equal((label, value): (&String, &Untrusted)) -> Matcher {
    Matcher { label: label.clone(), op: MatchOp::Equal, value: value.verbatim().to_owned(), pattern: None }
}

fn check(wanted: &NewSilence, from: Timestamp, now: Timestamp) -> Result<(), SilenceFault> {
    if let Scope::Alerts(matchers) = &wanted.scope {
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

/// Silences of alerts, indexed by what they ask for.
#[derive(Debug, Default)]
pub struct Silences {
    all: Vec<Arc<Silence>>,
    index: Candidates,
}

impl Silences {
    /// Those that are not over; silences of groups are left out.
    pub fn of(silences: impl IntoIterator<Item = Arc<Silence>>) -> Self {
        let of_alerts = |silence: &Arc<Silence>| matches!(silence.scope, Scope::Alerts(_));
        let all: Vec<_> = silences.into_iter().filter(of_alerts).collect();
        let index = Candidates::of(all.iter().map(|silence| match &silence.scope {
            Scope::Alerts(matchers) => matchers.as_slice(),
            Scope::Group { .. } => &[],
        }));
        Self { all, index }
    }

    /// Those that hold now and cover an alert with these labels.
    pub fn covering(&self, labels: &BTreeMap<String, Untrusted>, now: Timestamp) -> Vec<&Silence> {
        let found = self.index.find(labels).into_iter().filter_map(|place| self.all.get(place));
        let holds = |silence: &&Arc<Silence>| silence.state(now) == SilenceState::Active && silence.covers(labels);
        found.filter(holds).map(AsRef::as_ref).collect()
    }

    /// All of them.
    pub fn all(&self) -> &[Arc<Silence>] {
        &self.all
    }
}
