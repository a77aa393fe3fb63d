//! What senders say that has to be looked up before it means anything.

use super::Book;
use crate::{
    domain::{
        Timestamp,
        alert::{Alert, Fingerprint, Order, Signal},
        ids::SourceId,
    },
    store::{StoreError, Tx},
};

/// The delivery that an order came by.
pub(super) struct By<'a> {
    pub(super) source: &'a SourceId,
    pub(super) received: Timestamp,
    /// The delivery, by which a repeat is known.
    pub(super) request: &'a str,
}

/// Carries an order out.
pub(super) fn carry_out(tx: &mut Tx<'_>, book: &mut Book<'_>, by: &By<'_>, order: &Order) -> Result<(), StoreError> {
    match order {
        Order::Trigger(signal) => match firing(tx, by, &signal.fingerprint)? {
            Some(alert) => book.hear(tx, by.source, by.received, &signal.clone().named_as(&alert)),
            None => book.hear(tx, by.source, by.received, signal),
        },
        Order::Acknowledge { fingerprint, by: who } => {
            let Some(alert) = firing(tx, by, fingerprint)? else { return Ok(()) };
            let held = Signal { acknowledged_by: Some(who.clone()), ..Signal::again(&alert) };
            book.hear(tx, by.source, by.received, &held)
        }
        Order::Note(change) => {
            let change = change.clone().bounded();
            let service = change.service(&book.act.config.services);
            tx.add_change((by.source, service.as_ref()), by.request, &change)
        }
    }
}

/// The alert, if it fires.
fn firing(tx: &Tx<'_>, by: &By<'_>, fingerprint: &Fingerprint) -> Result<Option<Alert>, StoreError> {
    Ok(tx.newest_episode(by.source, fingerprint)?.filter(|alert| alert.firing))
}
