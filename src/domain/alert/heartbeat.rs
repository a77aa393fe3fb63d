//! Heartbeats: a program or job must send a ping within an interval. A missing ping is an alert.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::OpsgenieDraft;
use crate::domain::{Timestamp, ids::HeartbeatId, text::Untrusted};

/// The longest interval.
const LONGEST: TimeDelta = TimeDelta::days(366);

/// The unit of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalUnit {
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Days.
    Days,
}

impl IntervalUnit {
    /// The word it is stored and shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Days => "days",
        }
    }

    /// Parses the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Minutes, Self::Hours, Self::Days].into_iter().find(|pace| pace.name() == word)
    }
}

/// How often a heartbeat is expected: at least once in a number of minutes, hours or days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cadence {
    count: u32,
    pace: IntervalUnit,
}

impl Cadence {
    /// Returns a cadence; `None` if the count is 0 or the interval is longer than a year.
    pub fn new(count: u32, pace: IntervalUnit) -> Option<Self> {
        let cadence = Self { count, pace };
        (count > 0 && cadence.length() <= LONGEST).then_some(cadence)
    }

    /// The number of units.
    pub fn count(self) -> u32 {
        self.count
    }

    /// The unit.
    pub fn pace(self) -> IntervalUnit {
        self.pace
    }

    fn length(self) -> TimeDelta {
        let count = i64::from(self.count);
        match self.pace {
            IntervalUnit::Minutes => TimeDelta::minutes(count),
            IntervalUnit::Hours => TimeDelta::hours(count),
            IntervalUnit::Days => TimeDelta::days(count),
        }
    }

    /// Returns when the next ping is due after one at that time.
    fn after(self, at: Timestamp) -> Timestamp {
        at.checked_add_signed(self.length()).unwrap_or(at)
    }
}

/// Changes of a heartbeat; fields without a value stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeartbeatChanges {
    /// The purpose.
    pub description: Option<Untrusted>,
    /// The number of units of the interval.
    pub count: Option<u32>,
    /// The unit of the interval.
    pub pace: Option<IntervalUnit>,
    /// True if pings are expected.
    pub enabled: Option<bool>,
    /// The team that owns it.
    pub team: Option<Untrusted>,
    /// The message of the alert.
    pub message: Option<Untrusted>,
    /// The tags of the alert.
    pub tags: Option<Vec<Untrusted>>,
    /// The priority of the alert: `P1` to `P5`.
    pub priority: Option<String>,
}

/// A heartbeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Its id.
    pub id: HeartbeatId,
    /// Its name, unique within its source.
    pub name: Untrusted,
    /// The purpose.
    pub description: Untrusted,
    /// How often it is expected.
    pub cadence: Cadence,
    /// True if pings are expected.
    pub enabled: bool,
    /// The team that owns it.
    pub team: Untrusted,
    /// The message of the alert; if blank, that the heartbeat is expired.
    pub message: Untrusted,
    /// The tags of the alert.
    pub tags: Vec<Untrusted>,
    /// The priority of the alert: `P1` to `P5`.
    pub priority: String,
    /// When the last ping came.
    pub last_ping: Option<Timestamp>,
    /// When it expires without a ping; `None` if it is disabled or expired.
    pub due: Option<Timestamp>,
    /// True if a ping is missing.
    pub expired: bool,
}

/// The result of a check of a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeartbeatCheck {
    /// It is disabled.
    Unwatched,
    /// No ping is due before then.
    Due(Timestamp),
    /// It expired with this check.
    Expired,
    /// It expired before.
    StillExpired,
}

impl Heartbeat {
    /// Returns a new heartbeat whose first interval starts now.
    pub fn new(id: HeartbeatId, name: Untrusted, cadence: Cadence, now: Timestamp) -> Self {
        Self {
            id,
            name,
            description: Untrusted::default(),
            cadence,
            enabled: true,
            team: Untrusted::default(),
            message: Untrusted::default(),
            tags: Vec::new(),
            priority: "P3".to_owned(),
            last_ping: None,
            due: Some(cadence.after(now)),
            expired: false,
        }
    }

    /// Returns the heartbeat with changes; `None` if its cadence would be invalid. A new cadence starts now, and so does
    /// an enabled heartbeat; an expired one stays expired until a ping comes.
    pub fn with_changes(&self, plan: HeartbeatChanges, now: Timestamp) -> Option<Self> {
        let count = plan.count.unwrap_or(self.cadence.count);
        let cadence = Cadence::new(count, plan.pace.unwrap_or(self.cadence.pace))?;
        let enabled = plan.enabled.unwrap_or(self.enabled);
        let expired = self.expired && enabled;
        let same = cadence == self.cadence && enabled == self.enabled;
        let due = if same { self.due } else { (enabled && !expired).then(|| cadence.after(now)) };
        Some(Self {
            id: self.id,
            name: self.name.clone(),
            description: plan.description.unwrap_or_else(|| self.description.clone()),
            cadence,
            enabled,
            team: plan.team.unwrap_or_else(|| self.team.clone()),
            message: plan.message.unwrap_or_else(|| self.message.clone()),
            tags: plan.tags.unwrap_or_else(|| self.tags.clone()),
            priority: plan.priority.unwrap_or_else(|| self.priority.clone()),
            last_ping: self.last_ping,
            due,
            expired,
        })
    }

    /// Records a ping. Returns true if the heartbeat was expired.
    pub fn ping(&mut self, now: Timestamp) -> bool {
        let was_expired = self.expired;
        self.last_ping = Some(now);
        self.restart(now);
        was_expired
    }

    /// Starts a new interval, if it is enabled.
    pub fn restart(&mut self, now: Timestamp) {
        self.expired = false;
        self.due = self.enabled.then(|| self.cadence.after(now));
    }

    /// Checks whether a ping is missing.
    pub fn check(&mut self, now: Timestamp) -> HeartbeatCheck {
        match self.due {
            _ if !self.enabled => HeartbeatCheck::Unwatched,
            _ if self.expired => HeartbeatCheck::StillExpired,
            None => HeartbeatCheck::Unwatched,
            Some(due) if now < due => HeartbeatCheck::Due(due),
            Some(_) => {
                self.expired = true;
                self.due = None;
                HeartbeatCheck::Expired
            }
        }
    }

    /// The alias of its alert.
    pub fn alias(&self) -> String {
        format!("heartbeat/{}", self.name.verbatim())
    }

    /// The content of its alert.
    pub fn draft(&self) -> OpsgenieDraft {
        let name = self.name.clone();
        let message = match self.message.is_blank() {
            true => Untrusted::new(format!("{} is expired", name.verbatim())),
            false => self.message.clone(),
        };
        let details = [("heartbeat", name.clone()), ("team", self.team.clone())];
        let present = details.into_iter().filter(|(_, value)| !value.is_blank());
        OpsgenieDraft {
            message,
            description: self.description.clone(),
            entity: name,
            source: "heartbeat".into(),
            priority: self.priority.clone(),
            tags: self.tags.clone(),
            details: present.map(|(label, value)| (label.to_owned(), value)).collect(),
            actions: Vec::new(),
            responders: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn ten_minutes() -> Heartbeat {
        let cadence = Cadence::new(10, IntervalUnit::Minutes).unwrap();
        Heartbeat::new(HeartbeatId::new(at(0)), "backup".into(), cadence, at(0))
    }

    #[test]
    fn it_is_expired_when_it_does_not_come_and_not_before() {
        let mut beat = ten_minutes();
        assert_eq!(beat.check(at(9)), HeartbeatCheck::Due(at(10)));
        assert!(!beat.ping(at(9)));
        assert_eq!(beat.check(at(10)), HeartbeatCheck::Due(at(19)));
        assert_eq!(beat.check(at(19)), HeartbeatCheck::Expired);
        assert_eq!(beat.check(at(20)), HeartbeatCheck::StillExpired);
        assert!(beat.ping(at(25)), "the alert is over");
        assert_eq!(beat.check(at(26)), HeartbeatCheck::Due(at(35)));
    }

    #[test]
    fn nobody_waits_for_one_that_is_off() {
        let off = HeartbeatChanges { enabled: Some(false), ..HeartbeatChanges::default() };
        let mut beat = ten_minutes().with_changes(off.clone(), at(5)).unwrap();
        assert_eq!((beat.due, beat.check(at(99))), (None, HeartbeatCheck::Unwatched));
        assert!(!beat.ping(at(99)));
        assert_eq!((beat.due, beat.last_ping), (None, Some(at(99))));
        let on = HeartbeatChanges { enabled: Some(true), ..HeartbeatChanges::default() };
        assert_eq!(beat.with_changes(on, at(100)).unwrap().due, Some(at(110)));
        let mut late = ten_minutes();
        late.check(at(10));
        assert!(!late.with_changes(off, at(11)).unwrap().expired);
    }

    #[test]
    fn a_new_cadence_counts_from_now_and_ends_no_alert() {
        let hourly =
            HeartbeatChanges { count: Some(1), pace: Some(IntervalUnit::Hours), ..HeartbeatChanges::default() };
        assert_eq!(ten_minutes().with_changes(hourly.clone(), at(5)).unwrap().due, Some(at(65)));
        let words = HeartbeatChanges { description: Some("nightly".into()), ..HeartbeatChanges::default() };
        assert_eq!(ten_minutes().with_changes(words, at(5)).unwrap().due, Some(at(10)), "words change no times");
        let mut late = ten_minutes();
        late.check(at(10));
        let late = late.with_changes(hourly, at(11)).unwrap();
        assert!(late.expired && late.due.is_none());
    }

    #[test]
    fn a_cadence_is_neither_nothing_nor_longer_than_a_year() {
        for (count, pace) in [
            (0, IntervalUnit::Days),
            (367, IntervalUnit::Days),
            (u32::MAX, IntervalUnit::Days),
            (u32::MAX, IntervalUnit::Minutes),
        ] {
            assert_eq!(Cadence::new(count, pace), None, "{count} {}", pace.name());
        }
        assert!(Cadence::new(366, IntervalUnit::Days).is_some());
        assert_eq!(
            ten_minutes().with_changes(HeartbeatChanges { count: Some(0), ..HeartbeatChanges::default() }, at(0)),
            None
        );
    }

    #[test]
    fn the_alert_says_what_was_planned_or_that_it_is_expired() {
        let mut beat = ten_minutes();
        assert_eq!(beat.draft().message.verbatim(), "backup is expired");
        beat.message = "no backup tonight".into();
        beat.team = "ops".into();
        let draft = beat.draft();
        assert_eq!((draft.message.verbatim(), draft.entity.verbatim()), ("no backup tonight", "backup"));
        assert_eq!(draft.details["team"].verbatim(), "ops");
    }
}
