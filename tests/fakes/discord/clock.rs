//! The clock of the fake: Discord's idea of the time, which a test moves.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, SecondsFormat};

/// Milliseconds since 1970.
pub type Millis = i64;

/// Two readings: [`Clock::now`] for what Discord measures (tokens, nonces, renames, stamps), which may stand still, and
/// [`Clock::ticks`] for what a client waits out (buckets, identifies), which stands still only when it is stopped.
pub struct Clock {
    started: Instant,
    base: AtomicI64,
    moved: AtomicI64,
    running: bool,
    /// How far it had run when it was stopped.
    stopped: OnceLock<Millis>,
}

impl Clock {
    /// A clock that runs by itself from `from` on.
    pub fn running(from: Millis) -> Self {
        let (base, moved, stopped) = (AtomicI64::new(from), AtomicI64::new(0), OnceLock::new());
        Self { started: Instant::now(), base, moved, running: true, stopped }
    }

    /// A clock that stands at `at` until it is moved.
    pub fn still(at: Millis) -> Self {
        Self { running: false, ..Self::running(at) }
    }

    /// A clock that shows the time of this machine.
    pub fn real() -> Self {
        let age = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("it is later than 1970");
        Self::running(i64::try_from(age.as_millis()).expect("in range"))
    }

    fn elapsed(&self) -> Millis {
        let run = || i64::try_from(self.started.elapsed().as_millis()).expect("in range");
        self.stopped.get().copied().unwrap_or_else(run)
    }

    /// Stops both readings: from here on time passes only when it is moved.
    pub fn stop(&self) {
        self.stopped.get_or_init(|| self.elapsed());
    }

    /// Discord's time.
    pub fn now(&self) -> Millis {
        let run = if self.running { self.elapsed() } else { 0 };
        self.base.load(Ordering::SeqCst) + run
    }

    /// Time that passes also while the clock stands, and is moved along with it.
    pub fn ticks(&self) -> Millis {
        self.moved.load(Ordering::SeqCst) + self.elapsed()
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).expect("in range");
        self.base.fetch_add(by, Ordering::SeqCst);
        self.moved.fetch_add(by, Ordering::SeqCst);
    }

    /// Sets the clock to a moment, for a world that has a clock of its own. It never goes back.
    pub fn set(&self, at: Millis) {
        let ahead = at - self.now();
        self.advance(Duration::from_millis(u64::try_from(ahead).unwrap_or(0)));
    }
}

/// A moment as Discord writes it.
pub fn stamp(at: Millis) -> String {
    DateTime::from_timestamp_millis(at).expect("in range").to_rfc3339_opts(SecondsFormat::Micros, false)
}
