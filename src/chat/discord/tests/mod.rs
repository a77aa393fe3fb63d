//! Stories of the mirror, told to a server on a real socket.

pub(super) mod peer;
