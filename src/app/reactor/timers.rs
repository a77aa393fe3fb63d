//! Timers that are due. A timer that is no longer needed changes nothing.

use crate::{
    app::{
        Context, alerts,
        oncall::{idle, paging},
        reactor::{self, FollowUp},
        silences,
    },
    domain::{effect::Timer, incident::Command},
    store::{StoreError, Tx},
};

/// Handles a timer. Runs in the transaction that settles its row, so that it happens once.
pub fn on_wake(tx: &mut Tx<'_>, cx: Context<'_>, wake: &Timer) -> Result<(), StoreError> {
    reactor::run(tx, cx, |tx, work| match wake {
        Timer::UpdateDue { incident } => {
            work.push(cx, FollowUp::RecordInIncident { incident: *incident, command: Command::NudgeUpdate });
            Ok(())
        }
        Timer::Escalate { page } => paging::on_wake(tx, cx, work, *page),
        Timer::CheckAcknowledged { page } => idle::on_wake(tx, cx, work, *page),
        Timer::Silence { silence, after } => silences::on_wake(tx, cx, work, *silence, *after),
        Timer::FlushGroup { .. }
        | Timer::Inhibit { .. }
        | Timer::RulesChanged { .. }
        | Timer::StormOver { .. }
        | Timer::DeclareRule { .. }
        | Timer::ExpireAlerts { .. }
        | Timer::ReopenAlert { .. }
        | Timer::SourceSilent { .. }
        | Timer::HeartbeatDue { .. }
        | Timer::MoveGroups { .. } => alerts::on_wake(tx, cx, work, wake),
    })
}
