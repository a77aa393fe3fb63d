//! Deliveries that could not be parsed.

use serde::Serialize;

use crate::{
    domain::text::Untrusted,
    store::{Reads, Sender, StoreError, UnreadableDelivery},
    web::pages::words,
};

/// Maximum number of unreadable deliveries shown with their body.
const RAW: usize = 10;

/// Maximum length of an unreadable body.
const RAW_LENGTH: usize = 2_000;

/// A delivery that could not be parsed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnreadableView {
    /// Its id.
    pub id: String,
    /// The source that sent it.
    pub source: String,
    /// When it arrived.
    pub at: String,
    /// The parse error.
    pub why: String,
    /// The start of its body.
    pub raw: String,
}

/// Reads the start of the unreadable deliveries, including those of sources no longer configured. Texts of people are
/// not shown: they may belong to a private room.
pub(super) fn read(reads: &Reads<'_>, unreadable: Vec<UnreadableDelivery>) -> Result<Vec<UnreadableView>, StoreError> {
    let machine = |delivery: &UnreadableDelivery| !Sender::is_origin(&delivery.source);
    let mut shown = Vec::new();
    for delivery in unreadable.into_iter().filter(machine).take(RAW) {
        let body = reads.delivery(delivery.id)?.map(|stored| stored.body).unwrap_or_default();
        let start = &body[..body.len().min(RAW_LENGTH * 4)];
        shown.push(UnreadableView {
            id: delivery.id.to_string(),
            source: delivery.source,
            at: words::at(delivery.at),
            why: Untrusted::new(delivery.why).shown(words::TITLE),
            raw: Untrusted::new(String::from_utf8_lossy(start)).shown(RAW_LENGTH),
        });
    }
    Ok(shown)
}
