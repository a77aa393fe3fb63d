//! What is done when the clock of the machine was set, or the bot was stopped for a while.

use chrono::TimeDelta;

use super::notices;
use crate::{
    app::{App, Context, Disturbance, alerts, oncall::step_moves, reactor},
    config::Config,
    domain::{event::SystemEvent, people::Actor},
    store::{StoreError, Tx},
};

impl App {
    /// Deals with a disturbance of the time: due times move with a clock that was set, and time in which the bot was stopped
    /// is treated as downtime. People are told. The clock takes over the new time.
    pub async fn on_disturbance(&self, found: Disturbance) -> Result<(), StoreError> {
        // A clock that was set back is followed first, one that was set forward last: in between, what is due comes late
        // rather than early.
        let back = found.set_by < TimeDelta::zero();
        if back {
            self.clock.settle();
        }
        let config = self.config.current();
        let write = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine("clock".to_owned());
            let cx = Context { config: &config, now: found.now, actor: &actor, request: "clock", expect: None };
            resume(tx, cx, &config, found)
        };
        self.store.transact_urgent(write).await?;
        if !back {
            self.clock.settle();
        }
        Ok(())
    }
}

fn resume(tx: &mut Tx<'_>, cx: Context<'_>, config: &Config, found: Disturbance) -> Result<(), StoreError> {
    if found.set_by != TimeDelta::zero() {
        tx.shift_due_times(found.set_by)?;
        reactor::run(tx, cx, |tx, work| step_moves::move_steps(tx, cx, work, found.set_by))?;
        notices::note(tx, cx, SystemEvent::ClockStepped { seconds: found.set_by.num_seconds() })?;
    }
    tx.extend_alerts(found.stopped_for)?;
    alerts::resume(tx, config, cx.now)?;
    if found.stopped_for != TimeDelta::zero() {
        notices::note(tx, cx, SystemEvent::Suspended { seconds: found.stopped_for.num_seconds() })?;
    }
    Ok(())
}
