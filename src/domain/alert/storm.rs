//! Storms: when too many groups need a message in one feed, one summary shows them.
//!
//! A feed has an allowance of new messages, `messages` within any period of `within`. When it is used up, a storm begins:
//! further groups are shown in one summary, until the feed has been calm for half a period. Critical groups have an
//! allowance of their own, so that a storm of less severe groups never hides them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{
    Timestamp,
    ids::{RoomId, StormId},
    later,
    severity::Severity,
};

/// The allowance of new messages of a feed: `[alerts.storm]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StormLimit {
    /// The number of messages.
    pub messages: u32,
    /// The period.
    pub within: Duration,
}

impl StormLimit {
    fn step(self) -> Duration {
        self.within / self.messages.max(1)
    }
}

/// The rate of messages in a feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedTraffic {
    /// The feed.
    pub feed: RoomId,
    /// The time up to which the messages so far use the allowance.
    pub owed: Timestamp,
    /// The same for critical groups.
    #[serde(rename = "owed_grave")]
    pub owed_critical: Timestamp,
    /// The latest storm.
    pub storm: Option<Storm>,
}

/// A storm in a feed. It has one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storm {
    /// Its id.
    pub id: StormId,
    /// When the allowance was used up.
    pub began_at: Timestamp,
    /// When the feed was calm again; `None` while the storm continues.
    pub ended_at: Option<Timestamp>,
}

/// Where a group is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StormPlacement {
    /// In a message of its own.
    Own,
    /// In the summary of this storm.
    Summary {
        /// The storm.
        storm: StormId,
        /// True if the storm begins with this group.
        begins: bool,
    },
}

/// True for the top severity, which has an allowance and priorities of its own.
pub fn is_critical(severity: Option<Severity>) -> bool {
    severity == Some(Severity::Sev1)
}

impl FeedTraffic {
    /// Returns a feed without messages.
    pub fn calm(feed: RoomId, now: Timestamp) -> Self {
        Self { feed, owed: now, owed_critical: now, storm: None }
    }

    /// Returns the storm that continues, if there is one.
    pub fn active_storm(&self) -> Option<&Storm> {
        self.storm.as_ref().filter(|storm| storm.ended_at.is_none())
    }

    /// Returns where a group that needs a new message is shown, and counts it.
    pub fn placement(&mut self, severity: Option<Severity>, limit: StormLimit, now: Timestamp) -> StormPlacement {
        let critical = is_critical(severity);
        let owed = if critical { &mut self.owed_critical } else { &mut self.owed };
        let (used_up, full) = (later(now, limit.within), later(now, limit.within * 2));
        *owed = later((*owed).max(now), limit.step()).min(full);
        let over = *owed > used_up;
        match self.active_storm() {
            Some(_) if critical && !over => StormPlacement::Own,
            Some(storm) => StormPlacement::Summary { storm: storm.id, begins: false },
            None if over => {
                let storm = StormId::new(now);
                self.storm = Some(Storm { id: storm, began_at: now, ended_at: None });
                StormPlacement::Summary { storm, begins: true }
            }
            None => StormPlacement::Own,
        }
    }

    /// Returns when the storm ends if no more groups come.
    pub fn calm_at(&self, limit: StormLimit) -> Timestamp {
        let owed = self.owed.max(self.owed_critical);
        let half = chrono::TimeDelta::from_std(limit.within / 2).unwrap_or_default();
        owed.checked_sub_signed(half).unwrap_or(owed)
    }

    /// Ends the storm if the feed is calm by now. Returns the storm that ended.
    pub fn end_storm_if_calm(&mut self, limit: StormLimit, now: Timestamp) -> Option<StormId> {
        let calm = self.calm_at(limit) <= now;
        let storm = self.storm.as_mut().filter(|storm| calm && storm.ended_at.is_none())?;
        storm.ended_at = Some(now);
        Some(storm.id)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone, Utc};

    use super::*;

    const LIMIT: StormLimit = StormLimit { messages: 3, within: Duration::from_secs(60) };

    fn at(seconds: i64) -> Timestamp {
        Utc.with_ymd_and_hms(2026, 3, 2, 10, 0, 0).unwrap() + TimeDelta::seconds(seconds)
    }

    fn feed() -> FeedTraffic {
        FeedTraffic::calm(RoomId::new("alerts"), at(0))
    }

    #[test]
    fn groups_within_the_allowance_have_messages_and_the_next_begins_a_storm() {
        let mut feed = feed();
        let places: Vec<bool> = (0..5).map(|_| feed.placement(None, LIMIT, at(0)) == StormPlacement::Own).collect();
        assert_eq!(places, [true, true, true, false, false]);
        assert!(matches!(feed.placement(None, LIMIT, at(1)), StormPlacement::Summary { begins: false, .. }));
    }

    #[test]
    fn a_slow_feed_never_storms() {
        let mut feed = feed();
        assert!((0..100).all(|n| feed.placement(None, LIMIT, at(n * 20)) == StormPlacement::Own));
    }

    #[test]
    fn critical_groups_have_an_allowance_of_their_own_which_is_bounded_as_well() {
        let mut feed = feed();
        (0..50).for_each(|_| _ = feed.placement(None, LIMIT, at(0)));
        let critical: Vec<bool> =
            (0..5).map(|_| feed.placement(Some(Severity::Sev1), LIMIT, at(1)) == StormPlacement::Own).collect();
        assert_eq!(critical, [true, true, true, false, false]);
    }

    #[test]
    fn a_storm_goes_on_while_groups_come_and_ends_when_the_feed_is_calm() {
        let mut feed = feed();
        (0..1_000).for_each(|_| _ = feed.placement(None, LIMIT, at(0)));
        assert_eq!(feed.calm_at(LIMIT), at(90), "however many came, the calm is not put off further");
        assert_eq!(feed.end_storm_if_calm(LIMIT, at(89)), None);
        let storm = feed.storm.as_ref().map(|storm| storm.id);
        assert_eq!(feed.end_storm_if_calm(LIMIT, at(90)), storm);
        assert_eq!(feed.end_storm_if_calm(LIMIT, at(91)), None, "it ends once");
        assert_eq!(feed.placement(None, LIMIT, at(92)), StormPlacement::Own);
    }
}
