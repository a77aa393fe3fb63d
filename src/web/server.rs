//! The HTTP server: its own accept loop, with a deadline on everything a client can delay.
//!
//! `axum::serve` has no timeouts and waits forever for half-sent requests. Here the head of a request, its body, the
//! whole request and the sending of the response each have a deadline. Connections are limited: when all slots are in
//! use, the oldest incomplete request is closed for the new connection, or else the longest idle one. Only when every slot
//! is serving a complete request does a new connection get a 503, so neither thousands of idle connections nor half-sent
//! bodies can block new clients. A few slots are reserved for probes and for people who are signed in.

mod accept;
mod limits;
mod service;
mod slots;
mod tls;
mod wire;

use axum::Router;
use tokio::{net::TcpListener, sync::watch};

use crate::config::Live;

pub use limits::{DrainResult, Limits, Phase, open_files_allowed};
pub use service::BodyTooSlow;

/// Serves until `phase` changes, then stops accepting and finishes open requests within [`Limits::drain`].
/// [`Phase::Ended`] closes everything immediately.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    phase: watch::Receiver<Phase>,
) -> DrainResult {
    accept::run(listener, router, limits, phase, None).await
}

/// The same with the certificate of `[server] tls_cert`, if there is one; each new connection gets the one in force.
pub async fn serve_live(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    phase: watch::Receiver<Phase>,
    live: Live,
) -> DrainResult {
    accept::run(listener, router, limits, phase, Some(live)).await
}
