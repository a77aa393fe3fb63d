//! The limits of the server, and the phases of its end.

use std::{fmt, time::Duration};

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

/// The number of files this process may have open; `None` if the system does not report it.
pub fn open_files_allowed() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}
