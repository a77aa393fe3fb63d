//! Post-mortems and follow-ups.

pub(super) mod followups;
pub(super) mod postmortems;
mod wiki_pages;
