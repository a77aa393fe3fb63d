//! One pace for all calls to a tracker, so that its limits refuse few of them.
//!
//! Calls are spread evenly instead of being sent in bursts. When the tracker refuses a call because of a limit that is shared,
//! all calls wait for the time that it asks for, and the pace after it is slower for a while.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

use super::TrackerFailure;

/// How long a call waits for its turn before its row is put off: a row that waits here takes up a place of the worker.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest time between two calls.
const SLOWEST: Duration = Duration::from_secs(1);

/// Whether a call reads or writes: trackers limit them separately.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum CallKind {
    /// It reads.
    Read,
    /// It writes.
    Write,
}

/// Gives each call its turn.
#[derive(Debug)]
pub(super) struct CallPace(Mutex<PaceState>);

#[derive(Debug)]
struct PaceState {
    reads: CallInterval,
    writes: CallInterval,
    paused: Option<CallPause>,
}

/// When the next call may be made.
#[derive(Debug)]
struct CallInterval {
    usual: Duration,
    now: Duration,
    next: Option<Instant>,
}

/// No calls until then.
#[derive(Debug)]
struct CallPause {
    until: Instant,
    limit: String,
}

impl CallInterval {
    fn new(a_second: u32) -> Self {
        let usual = Duration::from_secs(1) / a_second;
        Self { usual, now: usual, next: None }
    }

    fn slow_down(&mut self) {
        self.now = (self.now * 2).min(SLOWEST);
    }

    /// The next turn. Each turn makes the pace a little faster again.
    fn take(&mut self, at: Instant) {
        self.next = Some(at + self.now);
        self.now = (self.now * 49 / 50).max(self.usual);
    }
}

impl CallPace {
    /// At most so many reads and writes a second.
    pub fn new(reads: u32, writes: u32) -> Self {
        let state = PaceState { reads: CallInterval::new(reads), writes: CallInterval::new(writes), paused: None };
        Self(Mutex::new(state))
    }

    /// Waits until a call may be made.
    ///
    /// # Errors
    /// [`TrackerFailure::Slow`] with the time that is left, if it is longer than a call may wait here. Nothing was sent.
    pub async fn turn(&self, kind: CallKind) -> Result<(), TrackerFailure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let turn = self.take(kind, deadline)?;
            sleep_until(turn).await;
            // Another call may have been refused meanwhile.
            if self.lock().paused.as_ref().is_none_or(|pause| pause.until <= Instant::now()) {
                return Ok(());
            }
        }
    }

    /// Stops all calls for a time, because of a limit.
    pub fn pause(&self, wait: Duration, limit: &str) {
        let now = Instant::now();
        let mut state = self.lock();
        // Calls that were under way together are refused together: that is one reason to slow down.
        if state.paused.as_ref().is_none_or(|pause| pause.until <= now) {
            state.reads.slow_down();
            state.writes.slow_down();
        }
        let until = state.paused.as_ref().map_or(now + wait, |pause| pause.until.max(now + wait));
        state.paused = Some(CallPause { until, limit: limit.to_owned() });
    }

    /// Takes the next turn: when it is.
    fn take(&self, kind: CallKind, deadline: Instant) -> Result<Instant, TrackerFailure> {
        let now = Instant::now();
        let mut state = self.lock();
        let resumed = state.paused.as_ref().map_or(now, |pause| pause.until.max(now));
        let limit = state.paused.as_ref().map_or_else(|| "calls wait for their turn".to_owned(), |p| p.limit.clone());
        let interval = match kind {
            CallKind::Read => &mut state.reads,
            CallKind::Write => &mut state.writes,
        };
        let turn = interval.next.map_or(resumed, |next| next.max(resumed));
        if turn > deadline {
            return Err(TrackerFailure::Slow { wait: Some(turn - now), limit });
        }
        interval.take(turn);
        Ok(turn)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, PaceState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn elapsed(pace: &CallPace, kind: CallKind, calls: u32) -> Duration {
        let started = Instant::now();
        for _ in 0..calls {
            pace.turn(kind).await.expect("a turn");
        }
        started.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn calls_are_spread_evenly_and_reads_do_not_wait_for_writes() {
        let pace = CallPace::new(10, 5);
        assert_eq!(elapsed(&pace, CallKind::Write, 6).await.as_millis(), 1_000);
        assert_eq!(elapsed(&pace, CallKind::Read, 11).await.as_millis(), 1_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_pause_is_waited_for_by_calls_that_had_a_turn() {
        let pace = CallPace::new(10, 10);
        pace.turn(CallKind::Read).await.expect("a turn");
        let started = Instant::now();
        let (waited, ()) =
            tokio::join!(pace.turn(CallKind::Read), async { pace.pause(Duration::from_secs(2), "burst") });
        waited.expect("a turn");
        assert!(started.elapsed() >= Duration::from_secs(2), "{:?}", started.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_pause_puts_every_call_off_with_the_time_that_is_left() {
        let pace = CallPace::new(10, 10);
        pace.pause(Duration::from_secs(30), "jira-burst-based");
        tokio::time::advance(Duration::from_secs(10)).await;
        for kind in [CallKind::Read, CallKind::Write] {
            let Err(TrackerFailure::Slow { wait, limit }) = pace.turn(kind).await else { panic!("it had a turn") };
            assert_eq!((wait, limit.as_str()), (Some(Duration::from_secs(20)), "jira-burst-based"));
        }
        tokio::time::advance(Duration::from_secs(20)).await;
        assert_eq!(elapsed(&pace, CallKind::Read, 1).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn the_pace_is_slower_after_a_refusal_and_recovers() {
        let pace = CallPace::new(10, 10);
        // Refused together: the pace is halved once.
        pace.pause(Duration::from_millis(1), "burst");
        pace.pause(Duration::from_millis(1), "burst");
        tokio::time::advance(Duration::from_millis(1)).await;
        let slower = elapsed(&pace, CallKind::Read, 11).await;
        assert!(slower > Duration::from_millis(1_700) && slower <= Duration::from_secs(2), "{slower:?}");
        elapsed(&pace, CallKind::Read, 100).await;
        let recovered = elapsed(&pace, CallKind::Read, 10).await;
        assert!(recovered < Duration::from_millis(1_010), "{recovered:?}");
        // A limit that always refuses never ends in more than a second between two calls.
        for _ in 0..20 {
            pace.pause(Duration::ZERO, "burst");
        }
        let slowest = elapsed(&pace, CallKind::Read, 2).await;
        assert!(slowest <= Duration::from_secs(2), "{slowest:?}");
    }
}
