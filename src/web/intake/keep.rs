//! The only way into the inbox for all endpoints: each source has its share of the writer's queue and of the unrouted
//! deliveries.

use crate::{
    domain::Timestamp,
    intake::DeliveryKey,
    store::{Delivery, ReceiveResult, Sender, StoreError},
    web::{
        Problem, State,
        intake::{
            quota::QueueSlot,
            repeats::{ReceivedBody, delivery_id},
        },
        problem::Kind,
    },
};

/// One source may fill this fraction of the writer's queue: one half.
const SHARE: usize = 2;

/// A delivery of a source.
pub struct SourceDelivery {
    /// The source.
    pub source: String,
    /// How a retry of it is recognized.
    pub delivery: DeliveryKey,
    /// When it arrived.
    pub at: Timestamp,
    /// The document to store.
    pub body: Vec<u8>,
}

/// Takes a place for a source in the writer's queue.
///
/// # Errors
/// 503 if the source fills its share; the sender may retry.
pub fn place(state: &State, source: &str) -> Result<QueueSlot, Problem> {
    let share = state.app.config.current().store.queue / SHARE;
    state.quota.take(source, share).ok_or_else(|| overloaded(source))
}

/// Stores a delivery in the inbox; it is on disk when this returns.
///
/// # Errors
/// 503 if the source fills its share of the writer's queue, or too many deliveries are unrouted; the sender may retry.
/// Otherwise the error of the store.
pub async fn keep(state: &State, sent: SourceDelivery) -> Result<ReceiveResult, Problem> {
    let name = sent.source.clone();
    let place = place(state, &name)?;
    let config = state.app.config.current();
    let taken = state.app.store.transact(move |tx| {
        let SourceDelivery { source, delivery, at, body } = &sent;
        if !tx.has_room_for(source, body.len())? {
            return Err(StoreError::Overloaded);
        }
        let delivery = match (config.source(source), delivery) {
            (Some(source), key) => delivery_id(tx, key, ReceivedBody { source, at: *at, body })?,
            (None, DeliveryKey::Id(id)) => Some(id.clone()),
            (None, DeliveryKey::EqualSoon | DeliveryKey::New) => None,
        };
        let received = tx.receive(&Delivery { sender: Sender::Source(source), delivery, at: *at, body })?;
        fail::fail_point!("intake.writing");
        Ok(received)
    });
    let received = match taken.await {
        Err(StoreError::Overloaded) => return Err(overloaded(&name)),
        taken => taken?,
    };
    drop(place);
    fail::fail_point!("intake.written");
    let outcome = if matches!(received, ReceiveResult::New(_)) { "new" } else { "duplicate" };
    metrics::counter!("hotroom_intake_total", "source" => name, "outcome" => outcome).increment(1);
    state.app.deliveries.notify_one();
    Ok(received)
}

fn overloaded(source: &str) -> Problem {
    metrics::counter!("hotroom_intake_total", "source" => source.to_owned(), "outcome" => "overloaded").increment(1);
    Problem::new(Kind::Overloaded)
}
