//! Counts requests against a limit per minute, so that the other side has nothing to refuse.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;

use super::StatusMirrorFailure;
use crate::domain::Timestamp;

/// The time over which requests are counted.
const WINDOW: TimeDelta = TimeDelta::seconds(60);

/// The requests of the last minute, by whom they are counted for.
#[derive(Debug, Default)]
pub struct RequestPace(Mutex<BTreeMap<String, VecDeque<Timestamp>>>);

impl RequestPace {
    /// Counts a request that is about to be made.
    ///
    /// # Errors
    /// [`StatusMirrorFailure::Limited`] with the time until it may be made, if there were `most` within the last minute.
    pub(super) fn take(&self, of: &str, most: usize, now: Timestamp) -> Result<(), StatusMirrorFailure> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let made = counted.entry(of.to_owned()).or_default();
        // A clock that was set back must not keep requests waiting for ever.
        while made.front().is_some_and(|first| *first + WINDOW <= now || *first > now) {
            made.pop_front();
        }
        match made.front() {
            Some(first) if made.len() >= most => {
                let wait = (*first + WINDOW - now).to_std().unwrap_or(Duration::from_secs(60));
                Err(StatusMirrorFailure::Limited(wait))
            }
            Some(_) | None => {
                made.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn wait(pace: &RequestPace, now: i64) -> Option<u64> {
        match pace.take("a", 2, at(now)) {
            Ok(()) => None,
            Err(StatusMirrorFailure::Limited(wait)) => Some(wait.as_secs()),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn no_more_than_the_limit_is_asked_in_any_minute() {
        let pace = RequestPace::default();
        assert_eq!(
            [0, 10, 20, 59, 60, 61, 70].map(|now| wait(&pace, now)),
            [None, None, Some(40), Some(1), None, Some(9), None]
        );
        assert!(pace.take("b", 2, at(70)).is_ok(), "another mirror has a limit of its own");
        assert_eq!(wait(&pace, 0), None, "a clock that was set back blocks nothing");
    }
}
