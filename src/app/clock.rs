//! The time as the app sees it. Only `main` makes one from the real clock; tests make one they can move.
//!
//! A running bot compares the wall clock with a steady one. When the wall clock is set by more than a minute, or the process
//! or the machine was stopped for as long, [`Clock::now`] goes on as if nothing had happened until the bot has dealt with
//! it ([`Clock::disturbance`], [`Clock::settle`]): no timer rings early, and nothing expires at once.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;

use crate::domain::Timestamp;

/// A smaller difference is followed at once: time services correct clocks by such steps.
const TOLERATED: TimeDelta = TimeDelta::seconds(60);

/// Tells the time.
#[derive(Clone)]
pub struct Clock {
    tell: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    running: Option<Arc<RunningClock>>,
}

impl Clock {
    /// A clock that reads `tell`.
    pub fn new(tell: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { tell: Arc::new(tell), running: None }
    }

    /// The clock of a running bot.
    pub fn running(sources: TimeSources) -> Self {
        let running = Arc::new(RunningClock::new(sources));
        let told = Arc::clone(&running);
        Self { tell: Arc::new(move || told.now()), running: Some(running) }
    }

    /// Now, cut to the millisecond that is stored, so that what is read back is what was written.
    pub fn now(&self) -> Timestamp {
        let now = (self.tell)();
        Timestamp::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
    }

    /// What happened to the time that the bot has not dealt with yet.
    pub fn disturbance(&self) -> Option<Disturbance> {
        self.running.as_ref()?.disturbance()
    }

    /// Takes over the present time: the disturbance was dealt with, or cannot have an effect yet.
    pub fn settle(&self) {
        if let Some(running) = &self.running {
            running.settle();
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Where a running clock reads the time.
pub struct TimeSources {
    /// The wall clock.
    pub wall: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// The time since a fixed moment, unless the machine is suspended; nobody can set it.
    pub steady: Box<dyn Fn() -> Duration + Send + Sync>,
    /// The same, including the time for which the machine is suspended; `None` if the system does not tell.
    pub since_boot: Box<dyn Fn() -> Option<Duration> + Send + Sync>,
}

/// What happened to the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disturbance {
    /// By how much the wall clock was set; zero if it was not.
    pub set_by: TimeDelta,
    /// For how long the process or the machine was stopped; zero if it was not.
    pub stopped_for: TimeDelta,
    /// The time as the wall clock tells it now.
    pub now: Timestamp,
}

struct RunningClock {
    sources: TimeSources,
    last: Mutex<Reading>,
}

/// The last reading at which all was well, and what was wrong with later ones.
#[derive(Clone, Copy, Debug)]
struct Reading {
    wall: Timestamp,
    steady: Duration,
    since_boot: Option<Duration>,
    /// The wall clock when `since_boot` was read.
    wall_at_boot: Timestamp,
    fault: Option<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Nothing read the clock for too long: the process was stopped. Time stands still until that is dealt with.
    Stopped,
    /// The wall clock differs from the steady one. Time goes on with the steady one.
    Differs,
}

impl RunningClock {
    fn new(sources: TimeSources) -> Self {
        let last = Mutex::new(read(&sources));
        Self { sources, last }
    }

    fn last(&self) -> MutexGuard<'_, Reading> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        let mut last = self.last();
        let (wall, steady) = ((self.sources.wall)(), (self.sources.steady)());
        let passed = delta(steady.saturating_sub(last.steady));
        if last.fault.is_none() {
            let differs = (wall - (last.wall + passed)).abs() > TOLERATED;
            last.fault = if passed > TOLERATED {
                Some(Fault::Stopped)
            } else if differs {
                Some(Fault::Differs)
            } else {
                None
            };
        }
        match last.fault {
            None => {
                (last.wall, last.steady) = (wall, steady);
                wall
            }
            Some(Fault::Stopped) => last.wall,
            Some(Fault::Differs) => last.wall + passed,
        }
    }

    fn disturbance(&self) -> Option<Disturbance> {
        self.now();
        let mut last = self.last();
        let now = read(&self.sources);
        if last.fault.is_none() {
            (last.since_boot, last.wall_at_boot) = (now.since_boot, now.wall);
            return None;
        }
        let by_wall = now.wall - last.wall;
        let passed = match (now.since_boot, last.since_boot) {
            (Some(now), Some(then)) => delta(now.saturating_sub(then)) - (last.wall - last.wall_at_boot),
            // Without that clock, a jump forward may be a suspended machine, which is more usual.
            _ if by_wall > TimeDelta::zero() => by_wall,
            _ => delta(now.steady.saturating_sub(last.steady)),
        };
        let large = |time: TimeDelta| if time.abs() > TOLERATED { time } else { TimeDelta::zero() };
        Some(Disturbance { set_by: large(by_wall - passed), stopped_for: large(passed), now: now.wall })
    }

    fn settle(&self) {
        *self.last() = read(&self.sources);
    }
}

fn read(sources: &TimeSources) -> Reading {
    let (wall, steady, since_boot) = ((sources.wall)(), (sources.steady)(), (sources.since_boot)());
    Reading { wall, steady, since_boot, wall_at_boot: wall, fault: None }
}

fn delta(time: Duration) -> TimeDelta {
    TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times in seconds that a test moves.
    #[derive(Clone, Copy, Default)]
    struct Times {
        wall: i64,
        steady: u64,
        boot: u64,
    }

    struct Machine {
        times: Arc<Mutex<Times>>,
        clock: Clock,
    }

    impl Machine {
        fn new() -> Self {
            let times = Arc::new(Mutex::new(Times { wall: 1_000_000, ..Times::default() }));
            let read = |pick: fn(Times) -> Duration| {
                let times = Arc::clone(&times);
                move || pick(*times.lock().unwrap())
            };
            let wall = Arc::clone(&times);
            let boot = read(|times| Duration::from_secs(times.boot));
            let clock = Clock::running(TimeSources {
                wall: Box::new(move || Timestamp::from_timestamp(wall.lock().unwrap().wall, 0).unwrap()),
                steady: Box::new(read(|times| Duration::from_secs(times.steady))),
                since_boot: Box::new(move || Some(boot())),
            });
            Self { times, clock }
        }

        /// Lets time pass, by each of the three clocks.
        fn pass(&self, wall: i64, steady: u64, boot: u64) {
            let mut times = self.times.lock().unwrap();
            (times.wall, times.steady, times.boot) = (times.wall + wall, times.steady + steady, times.boot + boot);
        }

        fn now(&self) -> i64 {
            self.clock.now().timestamp() - 1_000_000
        }

        fn found(&self) -> Option<(i64, i64)> {
            let found = self.clock.disturbance()?;
            Some((found.set_by.num_seconds(), found.stopped_for.num_seconds()))
        }
    }

    #[test]
    fn small_corrections_are_followed() {
        let machine = Machine::new();
        for (wall, steady) in [(10, 10), (12, 10), (0, 10), (-30, 10), (45, 1)] {
            machine.pass(wall, steady, steady);
            assert_eq!(machine.found(), None);
        }
        assert_eq!(machine.now(), 37);
    }

    #[test]
    fn a_clock_that_is_set_changes_nothing_until_that_is_dealt_with() {
        for set_by in [86_400, -3_600] {
            let machine = Machine::new();
            machine.pass(10, 10, 10);
            assert_eq!(machine.now(), 10);
            machine.pass(set_by + 5, 5, 5);
            assert_eq!(machine.now(), 15, "time goes on");
            machine.pass(2, 2, 2);
            assert_eq!((machine.now(), machine.found()), (17, Some((set_by, 0))));
            machine.clock.settle();
            assert_eq!((machine.now(), machine.found()), (17 + set_by, None));
        }
    }

    #[test]
    fn a_stopped_process_and_a_suspended_machine_are_no_set_clock() {
        // A suspended machine stops the steady clock, a stopped process does not.
        for steady in [7_200, 0] {
            let machine = Machine::new();
            assert_eq!(machine.found(), None);
            machine.pass(7_200, steady, 7_200);
            assert_eq!(machine.now(), 0, "time stands still");
            assert_eq!(machine.found(), Some((0, 7_200)));
            machine.clock.settle();
            assert_eq!(machine.now(), 7_200);
        }
    }

    #[test]
    fn a_clock_that_is_set_while_the_machine_is_suspended_is_both() {
        let machine = Machine::new();
        assert_eq!(machine.found(), None);
        machine.pass(7_200 + 86_400, 1, 7_200);
        assert_eq!(machine.found(), Some((86_400, 7_200)));
    }
}
