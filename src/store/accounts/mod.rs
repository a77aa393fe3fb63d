//! Browser sessions and sign-in links.

pub(super) mod sessions;
