//! Post-mortems and follow-ups.

pub(super) mod followups;
pub(super) mod postmortems;
