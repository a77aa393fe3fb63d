//! Bad input and broken surroundings, thrown at the real thing over real sockets.

mod http_server;
mod wire;
