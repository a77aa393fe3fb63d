//! How a delivery ended.

use crate::domain::effect::{Receipt, SkipReason};

/// How a delivery ended, for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryResult {
    /// It happened; what it made outside.
    Delivered(Receipt),
    /// Nothing was sent, because nothing has to be.
    Skipped(SkipReason),
    /// It will not happen any more.
    GivenUp(String),
    /// It did not happen and is tried again; this is why.
    Delayed(String),
    /// It may have happened, and is tried again.
    InDoubt(String),
}
