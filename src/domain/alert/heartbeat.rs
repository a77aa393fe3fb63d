//! Heartbeats: a program or a job that must be heard from within an interval. Not to hear from it is an alert.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::Draft;
use crate::domain::{Timestamp, ids::HeartbeatId, text::Untrusted};

/// How long it may at most take from one to the next.
const LONGEST: TimeDelta = TimeDelta::days(366);

/// What an interval is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Days.
    Days,
}

impl Pace {
    /// The word it is told by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Days => "days",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Minutes, Self::Hours, Self::Days].into_iter().find(|pace| pace.name() == word)
    }
}

/// How often a heartbeat is expected: at least once in so many minutes, hours or days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cadence {
    count: u32,
    pace: Pace,
}

impl Cadence {
    /// A cadence; none when it is nothing, or longer than a year.
    pub fn new(count: u32, pace: Pace) -> Option<Self> {
        let cadence = Self { count, pace };
        (count > 0 && cadence.length() <= LONGEST).then_some(cadence)
    }

    /// Of how many.
    pub fn count(self) -> u32 {
        self.count
    }

    /// Of what.
    pub fn pace(self) -> Pace {
        self.pace
    }

    fn length(self) -> TimeDelta {
        let count = i64::from(self.count);
        match self.pace {
            Pace::Minutes => TimeDelta::minutes(count),
            Pace::Hours => TimeDelta::hours(count),
            Pace::Days => TimeDelta::days(count),
        }
    }

    /// When the next one is due after one at that time.
    fn after(self, at: Timestamp) -> Timestamp {
        at.checked_add_signed(self.length()).unwrap_or(at)
    }
}

/// What is to be different about a heartbeat; what is not said stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What it is for.
    pub description: Option<Untrusted>,
    /// How many minutes, hours or days.
    pub count: Option<u32>,
    /// Of what.
    pub pace: Option<Pace>,
    /// Whether it is waited for.
    pub enabled: Option<bool>,
    /// Whose it is.
    pub team: Option<Untrusted>,
    /// What the alert says.
    pub message: Option<Untrusted>,
    /// The tags of the alert.
    pub tags: Option<Vec<Untrusted>>,
    /// How grave the alert is: `P1` to `P5`.
    pub priority: Option<String>,
}

/// A heartbeat that is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Its id.
    pub id: HeartbeatId,
    /// Its name, one of a kind within its source.
    pub name: Untrusted,
    /// What it is for.
    pub description: Untrusted,
    /// How often it is expected.
    pub cadence: Cadence,
    /// Whether it is waited for.
    pub enabled: bool,
    /// Whose it is.
    pub team: Untrusted,
    /// What the alert says; blank: that it is expired.
    pub message: Untrusted,
    /// The tags of the alert.
    pub tags: Vec<Untrusted>,
    /// How grave the alert is: `P1` to `P5`.
    pub priority: String,
    /// When it last came.
    pub last_ping: Option<Timestamp>,
    /// When it is expired unless it comes before. None: it is not waited for, or it is expired.
    pub due: Option<Timestamp>,
    /// Whether it failed to come.
    pub expired: bool,
}

/// What a look at a heartbeat found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nobody waits for it.
    Unwatched,
    /// It is not due before then.
    Due(Timestamp),
    /// It has failed to come, and that is news.
    Expired,
    /// It has failed to come, as was known.
    StillExpired,
}

impl Heartbeat {
    /// A new one, waited for from now on.
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

    /// The heartbeat as it is planned; none when its cadence would be none. A new cadence counts from now, and so does
    /// being waited for again; one that is expired stays so until it comes.
    pub fn planned(&self, plan: Plan, now: Timestamp) -> Option<Self> {
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

    /// It came. Answers whether it had failed to come before.
    pub fn ping(&mut self, now: Timestamp) -> bool {
        let was_expired = self.expired;
        self.last_ping = Some(now);
        self.wait_anew(now);
        was_expired
    }

    /// It is waited for from now on, if it is waited for at all.
    pub fn wait_anew(&mut self, now: Timestamp) {
        self.expired = false;
        self.due = self.enabled.then(|| self.cadence.after(now));
    }

    /// Looks whether it came in time.
    pub fn look(&mut self, now: Timestamp) -> Look {
        match self.due {
            _ if !self.enabled => Look::Unwatched,
            _ if self.expired => Look::StillExpired,
            None => Look::Unwatched,
            Some(due) if now < due => Look::Due(due),
            Some(_) => {
                self.expired = true;
                self.due = None;
                Look::Expired
            }
        }
    }

    /// What the alert is called by its sender.
    pub fn alias(&self) -> String {
        format!("heartbeat/{}", self.name.verbatim())
    }

    /// What the alert says.
    pub fn draft(&self) -> Draft {
        let name = self.name.clone();
        let message = match self.message.is_blank() {
            true => Untrusted::new(format!("{} is expired", name.verbatim())),
            false => self.message.clone(),
        };
        let details = [("heartbeat", name.clone()), ("team", self.team.clone())];
        let told = details.into_iter().filter(|(_, value)| !value.is_blank());
        Draft {
            message,
            description: self.description.clone(),
            entity: name,
            source: "heartbeat".into(),
            priority: self.priority.clone(),
            tags: self.tags.clone(),
            details: told.map(|(label, value)| (label.to_owned(), value)).collect(),
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
        let cadence = Cadence::new(10, Pace::Minutes).unwrap();
        Heartbeat::new(HeartbeatId::new(at(0)), "backup".into(), cadence, at(0))
    }

    #[test]
    fn it_is_expired_when_it_does_not_come_and_not_before() {
        let mut beat = ten_minutes();
        assert_eq!(beat.look(at(9)), Look::Due(at(10)));
        assert!(!beat.ping(at(9)));
        assert_eq!(beat.look(at(10)), Look::Due(at(19)));
        assert_eq!(beat.look(at(19)), Look::Expired);
        assert_eq!(beat.look(at(20)), Look::StillExpired);
        assert!(beat.ping(at(25)), "the alert is over");
        assert_eq!(beat.look(at(26)), Look::Due(at(35)));
    }

    #[test]
    fn nobody_waits_for_one_that_is_off() {
        let off = Plan { enabled: Some(false), ..Plan::default() };
        let mut beat = ten_minutes().planned(off.clone(), at(5)).unwrap();
        assert_eq!((beat.due, beat.look(at(99))), (None, Look::Unwatched));
        assert!(!beat.ping(at(99)));
        assert_eq!((beat.due, beat.last_ping), (None, Some(at(99))));
        let on = Plan { enabled: Some(true), ..Plan::default() };
        assert_eq!(beat.planned(on, at(100)).unwrap().due, Some(at(110)));
        let mut late = ten_minutes();
        late.look(at(10));
        assert!(!late.planned(off, at(11)).unwrap().expired);
    }

    #[test]
    fn a_new_cadence_counts_from_now_and_ends_no_alert() {
        let hourly = Plan { count: Some(1), pace: Some(Pace::Hours), ..Plan::default() };
        assert_eq!(ten_minutes().planned(hourly.clone(), at(5)).unwrap().due, Some(at(65)));
        let words = Plan { description: Some("nightly".into()), ..Plan::default() };
        assert_eq!(ten_minutes().planned(words, at(5)).unwrap().due, Some(at(10)), "words change no times");
        let mut late = ten_minutes();
        late.look(at(10));
        let late = late.planned(hourly, at(11)).unwrap();
        assert!(late.expired && late.due.is_none());
    }

    #[test]
    fn a_cadence_is_neither_nothing_nor_longer_than_a_year() {
        for (count, pace) in [(0, Pace::Days), (367, Pace::Days), (u32::MAX, Pace::Days), (u32::MAX, Pace::Minutes)] {
            assert_eq!(Cadence::new(count, pace), None, "{count} {}", pace.name());
        }
        assert!(Cadence::new(366, Pace::Days).is_some());
        assert_eq!(ten_minutes().planned(Plan { count: Some(0), ..Plan::default() }, at(0)), None);
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
