//! Timers: look again at a thing. A wake that is no longer needed decides to nothing.

use super::{Act, alerts, incidents, paging, silences};
use crate::{
    domain::{effect::Wake, incident::Command},
    store::{StoreError, Tx},
};

/// Looks at what the wake names. Runs in the transaction that settles the wake's row, so that it happens once.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn on_wake(tx: &mut Tx<'_>, act: Act<'_>, wake: &Wake) -> Result<(), StoreError> {
    match wake {
        Wake::UpdateDue { incident } => {
            incidents::command_in(tx, act, *incident, &Command::NudgeUpdate)?.ok();
            Ok(())
        }
        Wake::Escalate { page } => paging::on_wake(tx, act, *page),
        Wake::Silence { silence, after } => silences::on_wake(tx, act, *silence, *after),
        Wake::FlushGroup { .. }
        | Wake::Inhibit { .. }
        | Wake::RulesChanged { .. }
        | Wake::StormOver { .. }
        | Wake::DeclareRule { .. }
        | Wake::ExpireAlerts { .. }
        | Wake::SourceSilent { .. }
        | Wake::HeartbeatDue { .. }
        | Wake::MoveGroups { .. } => alerts::on_wake(tx, act, wake),
    }
}
