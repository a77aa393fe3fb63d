//! Contact methods, what was sent to them, and the links in it.

mod keys;
pub(super) mod messages;
pub(super) mod methods;
pub(super) mod tokens;
