//! Contact methods, what was sent to them, and the links in it.

mod answers;
pub(super) mod bundles;
mod keys;
pub(super) mod kinds;
pub(super) mod messages;
pub(super) mod methods;
pub(super) mod reach_tests;
pub(super) mod tokens;
