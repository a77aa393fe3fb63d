//! The front door: an accept loop of its own, with a deadline on everything a client can drag out.
//!
//! `axum::serve` has no timers and waits for ever on half-sent requests. Here the head of a request, its body, the whole
//! request and the sending of its answer each have a deadline; connections are counted, and when all seats are taken the
//! connection that has been idle longest leaves for the new one. Only when every seat is at work is a new connection
//! answered 503 and closed, so that somebody who holds thousands of silent connections keeps nobody out.

mod accept;
mod seats;
mod service;
mod wire;

use std::{fmt, time::Duration};

use axum::Router;
use tokio::{net::TcpListener, sync::watch};

pub use accept::open_files_allowed;
pub use service::BodyTooSlow;

/// How long a connection may stay silent between two requests.
const IDLE: Duration = Duration::from_secs(75);

/// What a client may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// Time for the head of a request.
    pub header: Duration,
    /// Time for the body of a request.
    pub body: Duration,
    /// Time for taking an answer off our hands; streams of events are excepted as long as they flow.
    pub send: Duration,
    /// Time of silence between requests.
    pub idle: Duration,
    /// Time for what is under way when the server stops.
    pub drain: Duration,
}

impl Limits {
    /// The limits that `[server]` sets, with fewer connections when the system allows fewer open files.
    pub fn of(server: &crate::config::Server) -> Self {
        let files = open_files_allowed().unwrap_or(usize::MAX);
        // The database, its readers, logs and outgoing calls need files as well.
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

/// How far the server is with stopping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It serves.
    #[default]
    Serving,
    /// It takes nothing new and finishes what is under way.
    Draining,
    /// It ends at once.
    Ended,
}

/// How the end was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were cut off when the time was over.
    pub cut: usize,
}

impl fmt::Display for Drained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cut {
            0 => f.write_str("every request was answered"),
            cut => write!(f, "{cut} connections were cut off"),
        }
    }
}

/// Serves until `phase` says otherwise, then stops accepting and finishes what is under way within [`Limits::drain`].
/// [`Phase::Ended`] ends everything at once.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, phase: watch::Receiver<Phase>) -> Drained {
    accept::run(listener, router, limits, phase).await
}
