//! Timers: look again at a thing. A wake that is no longer needed decides to nothing.

use crate::{
    app::{Context, alerts, incidents, oncall::paging, silences},
    domain::{effect::Timer, incident::Command},
    store::{StoreError, Tx},
};

/// Looks at what the wake names. Runs in the transaction that settles the wake's row, so that it happens once.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn on_wake(tx: &mut Tx<'_>, cx: Context<'_>, wake: &Timer) -> Result<(), StoreError> {
    match wake {
        Timer::UpdateDue { incident } => {
            incidents::command_in(tx, cx, *incident, &Command::NudgeUpdate)?.ok();
            Ok(())
        }
        Timer::Escalate { page } => paging::on_wake(tx, cx, *page),
        Timer::Silence { silence, after } => silences::on_wake(tx, cx, *silence, *after),
        Timer::FlushGroup { .. }
        | Timer::Inhibit { .. }
        | Timer::RulesChanged { .. }
        | Timer::StormOver { .. }
        | Timer::DeclareRule { .. }
        | Timer::ExpireAlerts { .. }
        | Timer::SourceSilent { .. }
        | Timer::HeartbeatDue { .. }
        | Timer::MoveGroups { .. } => alerts::on_wake(tx, cx, wake),
    }
}
