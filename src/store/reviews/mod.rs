//! Post-mortems.

pub(super) mod postmortems;
