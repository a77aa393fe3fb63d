//! How rooms and messages of the built-in chat are linked to an external chat platform.

pub(super) mod inbound;
pub(super) mod links;
pub(super) mod shortages;
