//! Replays stored alerts by another configuration: everything is decided and written as usual, into a temporary database,
//! and nothing is sent.

use std::time::Duration;

use super::AlertBatch;
use crate::{
    app::{
        Context,
        reactor::{self, FollowUp},
    },
    config::Config,
    domain::{
        Timestamp,
        alert::{Alert, Signal},
        effect::{Effect, Timer},
        incident::Command,
        people::Actor,
    },
    store::{IncidentFilter, Settlement, StoreError, Tx},
};

/// How many rows of the outbox are claimed together.
const AT_ONCE: usize = 100;

/// One thing that happened to an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayedAlert {
    /// When it was received.
    pub at: Timestamp,
    /// The alert as it is stored.
    pub alert: Alert,
    /// Whether it began to fire; else it was over.
    pub fires: bool,
}

/// Replays what happened, with every timer that is due in between.
pub fn replay(tx: &mut Tx<'_>, config: &Config, heard: &[ReplayedAlert]) -> Result<(), StoreError> {
    for word in heard {
        pass_time(tx, config, word.at)?;
        let signal = signal(&word.alert, word.fires);
        let actor = machine();
        let cx = cx(config, word.at, &actor);
        reactor::run(tx, cx, |tx, work| {
            let mut batch = AlertBatch::new(cx);
            batch.receive(tx, &word.alert.source, word.at, &signal)?;
            batch.close(tx, work)
        })?;
        if !word.fires {
            close_incidents(tx, config, word.at)?;
        }
    }
    Ok(())
}

/// Handles every timer of alerts that is due until then. Nothing is sent.
pub fn pass_time(tx: &mut Tx<'_>, config: &Config, until: Timestamp) -> Result<(), StoreError> {
    let actor = machine();
    while let Some(due) = tx.next_due()?.filter(|due| *due <= until) {
        let claimed = tx.claim(due, Duration::from_secs(60), AT_ONCE)?;
        if claimed.is_empty() {
            return Err(StoreError::Corrupt("what is due cannot be claimed".to_owned()));
        }
        for row in claimed {
            if let Effect::Timer(wake) = &row.effect
                && !matches!(
                    wake,
                    Timer::UpdateDue { .. }
                        | Timer::Escalate { .. }
                        | Timer::CheckAcknowledged { .. }
                        | Timer::EndSnooze { .. }
                        | Timer::AcceptPage { .. }
                        | Timer::PageLater { .. }
                )
            {
                let cx = cx(config, due, &actor);
                reactor::run(tx, cx, |tx, work| super::on_wake(tx, cx, work, wake))?;
            }
            tx.settle(row.id, row.fence, &Settlement::Done { receipt: None }, due)?;
        }
    }
    Ok(())
}

/// An incident in which nothing fires any more counts as closed, so that the next one is counted as another.
fn close_incidents(tx: &mut Tx<'_>, config: &Config, now: Timestamp) -> Result<(), StoreError> {
    let filter = IncidentFilter { open: Some(true), limit: 500, ..IncidentFilter::default() };
    let reason = config.policy.workflow.early_close.first().map(|word| word.as_str().into());
    let actor = machine();
    let cx = cx(config, now, &actor);
    reactor::run(tx, cx, |tx, work| {
        for incident in tx.list_incidents(&filter)?.items {
            if tx.count_firing_of_incident(incident.id)? == 0 {
                let command = Command::Close { reason: reason.clone() };
                work.push(cx, FollowUp::RecordInIncident { incident: incident.id, command });
            }
        }
        Ok(())
    })
}

fn machine() -> Actor {
    Actor::Machine("rehearsal".to_owned())
}

fn cx<'a>(config: &'a Config, now: Timestamp, actor: &'a Actor) -> Context<'a> {
    Context { config, now, actor, request: "rehearsal", expect: None }
}

/// The signal of its sender, as far as it is stored.
fn signal(alert: &Alert, firing: bool) -> Signal {
    Signal {
        firing,
        // One that fired again without a later start began when it was received.
        starts_at: Some(alert.latest_start.max(alert.starts_at)),
        ends_at: if firing { None } else { alert.ends_at },
        acknowledged_by: None,
        remarks: Vec::new(),
        ..Signal::repeat_of(alert)
    }
}
