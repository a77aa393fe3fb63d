//! Bad input and broken surroundings, thrown at the real thing over real sockets.

mod bot;
mod http_server;
#[cfg(feature = "failpoints")]
mod kill;
mod process;
mod wire;
