//! The HTTP server: its own accept loop, with a deadline on everything a client can delay.
//!
//! `axum::serve` has no timeouts and waits forever for half-sent requests. Here the head of a request, its body, the
//! whole request and the sending of the response each have a deadline. Connections are limited: when all slots are in
//! use, the longest idle connection is closed for the new one. Only when every slot is serving a request does a new
//! connection get a 503, so thousands of idle connections cannot block new clients.

mod accept;
mod service;
mod slots;
mod wire;

use std::{fmt, time::Duration};

use axum::Router;
use tokio::{net::TcpListener, sync::watch};

pub use accept::open_files_allowed;
pub use service::BodyTooSlow;

/// How long a connection may stay idle between two requests.
const IDLE: Duration = Duration::from_secs(75);

/// The limits on a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of connections.
    pub connections: usize,
    /// Deadline for the head of a request.
    pub header: Duration,
    /// Deadline for the body of a request.
    pub body: Duration,
    /// Deadline for sending a response; event streams are exempt while data flows.
    pub send: Duration,
    /// Maximum idle time between requests.
    pub idle: Duration,
    /// Time to finish open requests when the server stops.
    pub drain: Duration,
}

impl Limits {
    /// The limits of `[server]`, with fewer connections if the system allows fewer open files.
    pub fn of(server: &crate::config::Server) -> Self {
        let files = open_files_allowed().unwrap_or(usize::MAX);
        // The database, its readers, logs and outbound calls need files as well.
        let for_connections = files.saturating_sub(64.min(files / 2)).max(1);
        if for_connections < server.max_connections {
            let wanted = server.max_connections;
            tracing::warn!(
                files,
                wanted,
                taken = for_connections,
                "fewer connections than configured: raise ulimit -n"
            );
        }
        Self {
            connections: server.max_connections.min(for_connections),
            header: server.header_timeout,
            body: server.body_timeout,
            send: server.request_timeout,
            idle: IDLE,
            drain: server.drain_timeout,
        }
    }
}

/// The phase of a shutdown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Serving requests.
    #[default]
    Serving,
    /// Accepting no new connections and finishing open requests.
    Draining,
    /// Stopping immediately.
    Ended,
}

/// The result of a shutdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainResult {
    /// Number of connections cut off at the deadline.
    pub cut: usize,
}

impl fmt::Display for DrainResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cut {
            0 => f.write_str("every request was answered"),
            cut => write!(f, "{cut} connections were cut off"),
        }
    }
}

/// Serves until `phase` changes, then stops accepting and finishes open requests within [`Limits::drain`].
/// [`Phase::Ended`] closes everything immediately.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    phase: watch::Receiver<Phase>,
) -> DrainResult {
    accept::run(listener, router, limits, phase).await
}
