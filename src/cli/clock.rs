//! The clock of the running bot.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use crate::{
    app::{App, Clock, TimeSources},
    domain::Timestamp,
};

/// How often the clock is checked.
const LOOK: Duration = Duration::from_secs(1);

/// Makes the clock of a running bot; `wall` reads the wall clock.
pub fn running_clock(wall: fn() -> Timestamp) -> Clock {
    let begun = Instant::now();
    Clock::running(TimeSources {
        wall: Box::new(wall),
        steady: Box::new(move || begun.elapsed()),
        since_boot: Box::new(since_boot),
    })
}

/// The time since the machine was started, including the time for which it was suspended. Only Linux tells.
fn since_boot() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    let seconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// Notices when the wall clock was set, or when the process or the machine was stopped, until `stop`.
pub async fn watch_clock(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    app.clock.settle();
    let mut tick = interval(LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !*stop.borrow() {
        tokio::select! {
            _ = stop.changed() => return,
            _ = tick.tick() => {}
        }
        let Some(found) = app.clock.disturbance() else { continue };
        let (set_by, stopped_for) = (found.set_by.num_seconds(), found.stopped_for.num_seconds());
        metrics::counter!("hotroom_clock_disturbances_total").increment(1);
        tracing::error!(set_by, stopped_for, "the time is disturbed (seconds); due times are adjusted");
        let mut dealt_with = app.on_disturbance(found).await;
        while let Err(error) = dealt_with {
            tracing::error!(%error, "due times could not be adjusted to the time; trying again");
            tokio::select! {
                _ = stop.changed() => return,
                _ = tick.tick() => {}
            }
            dealt_with = app.on_disturbance(found).await;
        }
    }
}
