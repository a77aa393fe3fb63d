//! Browser sessions and sign-in links.

pub(super) mod calendars;
pub(super) mod sessions;
