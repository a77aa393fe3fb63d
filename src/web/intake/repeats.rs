//! Which deliveries are retries, of senders that give theirs no id.
//!
//! An equal body within a few minutes is a retry, unless another body about one of its alerts was received in between:
//! a sender without times in its bodies says with an equal one that an alert fires again.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use chrono::TimeDelta;
use sha2::{Digest as _, Sha256};

use crate::{
    config::Source,
    domain::{
        Timestamp,
        alert::{Fingerprint, SenderAction},
        ids::uuid_at,
    },
    intake::{self, DeliveryKey},
    store::{PendingDelivery, StoreError, Tx},
};

/// How long after a body an equal one counts as a retry. Alertmanager's retries end with `group_interval`; a later equal
/// body is a repeat, which shows that the alerts still fire.
const SAME_WITHIN: TimeDelta = TimeDelta::minutes(5);
/// How many bodies since the equal one are compared. If more came, the delivery counts as new: that costs little.
const COMPARED: usize = 50;
/// How many bytes of them.
const COMPARED_BYTES: usize = 256 << 10;

/// A delivery that is about to be stored.
#[derive(Clone, Copy, Debug)]
pub struct ReceivedBody<'a> {
    /// Its source.
    pub source: &'a Source,
    /// When it came.
    pub at: Timestamp,
    /// The document to store.
    pub body: &'a [u8],
}

/// Returns the id that a delivery is stored under: that of an earlier one if it repeats that. `None` if it is always new.
pub fn delivery_id(tx: &Tx<'_>, key: &DeliveryKey, received: ReceivedBody<'_>) -> Result<Option<String>, StoreError> {
    match key {
        DeliveryKey::Id(id) => Ok(Some(id.clone())),
        DeliveryKey::New => Ok(None),
        DeliveryKey::EqualSoon => {
            let prefix = format!("body:{}/", hex::encode(Sha256::digest(received.body)));
            let source = received.source.id.as_str();
            let equal = tx.latest_delivery(source, &prefix, received.at - SAME_WITHIN)?;
            match equal {
                Some(equal) if !is_superseded(tx, &equal, received)? => Ok(Some(equal.delivery)),
                Some(_) | None => Ok(Some(format!("{prefix}{}", uuid_at(received.at)))),
            }
        }
    }
}

/// True if another body about one of the same alerts came after an equal one.
fn is_superseded(tx: &Tx<'_>, equal: &PendingDelivery, received: ReceivedBody<'_>) -> Result<bool, StoreError> {
    let source = received.source;
    let Some(others) = tx.other_deliveries_after(equal, COMPARED, COMPARED_BYTES)? else { return Ok(true) };
    if others.is_empty() {
        return Ok(false);
    }
    let ours = alerts_in(source, received.body, received.at);
    let touches = |other: &PendingDelivery| !ours.is_disjoint(&alerts_in(source, &other.body, other.at));
    Ok(others.iter().any(touches))
}

/// The alerts that a body is about; none if it cannot be read.
fn alerts_in(source: &Source, body: &[u8], at: Timestamp) -> BTreeSet<Fingerprint> {
    let reading = || intake::read(source, body, at);
    let Ok(Ok(reading)) = catch_unwind(AssertUnwindSafe(reading)) else { return BTreeSet::new() };
    let signals = reading.signals.into_iter().map(|signal| signal.fingerprint);
    let orders = reading.orders.into_iter().filter_map(|order| match order {
        SenderAction::Trigger(signal) => Some(signal.fingerprint),
        SenderAction::Acknowledge { fingerprint, .. } => Some(fingerprint),
        SenderAction::Note(_) => None,
    });
    signals.chain(orders).collect()
}
