//! Sender requests that refer to an existing alert (acknowledge, re-trigger).

use super::AlertBatch;
use crate::{
    domain::{
        Timestamp,
        alert::{Alert, Fingerprint, SenderAction, Signal},
        ids::SourceId,
    },
    store::{StoreError, Tx},
};

/// The delivery that a request came in.
pub(super) struct By<'a> {
    pub(super) source: &'a SourceId,
    pub(super) received: Timestamp,
    /// The delivery, by which a repeat is known.
    pub(super) request: &'a str,
}

/// Carries out a request.
pub(super) fn carry_out(
    tx: &mut Tx<'_>,
    batch: &mut AlertBatch<'_>,
    by: &By<'_>,
    order: &SenderAction,
) -> Result<(), StoreError> {
    match order {
        SenderAction::Trigger(signal) => match firing(tx, by, &signal.fingerprint)? {
            Some(alert) => batch.receive(tx, by.source, by.received, &signal.clone().with_name_of(&alert)),
            None => batch.receive(tx, by.source, by.received, signal),
        },
        SenderAction::Acknowledge { fingerprint, by: who } => {
            let Some(alert) = firing(tx, by, fingerprint)? else { return Ok(()) };
            let held = Signal { acknowledged_by: Some(who.clone()), ..Signal::repeat_of(&alert) };
            batch.receive(tx, by.source, by.received, &held)
        }
        SenderAction::Note(change) => {
            let change = change.clone().bounded();
            let service = change.service(&batch.cx.config.services);
            tx.add_change(by.source, service.as_ref(), by.request, &change)
        }
    }
}

/// The alert, if it fires.
fn firing(tx: &Tx<'_>, by: &By<'_>, fingerprint: &Fingerprint) -> Result<Option<Alert>, StoreError> {
    Ok(tx.newest_episode(by.source, fingerprint)?.filter(|alert| alert.firing))
}
