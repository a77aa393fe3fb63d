//! Counts and logs requests with wrong or missing credentials, and failed sign-ins.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::http::StatusCode;
use tokio::time::Instant;

/// At most one line of the log in this time: somebody who guesses must not fill the disk.
const LOGGED_EVERY: Duration = Duration::from_secs(10);

static LOG: Mutex<Log> = Mutex::new(Log { last: None, left_out: 0 });

struct Log {
    last: Option<Instant>,
    left_out: u64,
}

/// Notes a response, if it refuses credentials.
pub(super) fn note(route: &str, peer: Option<IpAddr>, status: StatusCode) {
    let sign_in = route.starts_with("/sign-in");
    let failed_sign_in = sign_in && matches!(status, StatusCode::GONE | StatusCode::FORBIDDEN);
    if status != StatusCode::UNAUTHORIZED && !failed_sign_in {
        return;
    }
    if sign_in {
        metrics::counter!("hotroom_sign_in_failures_total").increment(1);
    } else {
        metrics::counter!("hotroom_http_unauthorized_total", "route" => route.to_owned()).increment(1);
    }
    let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    if log.last.is_some_and(|last| last.elapsed() < LOGGED_EVERY) {
        log.left_out += 1;
        return;
    }
    let left_out = std::mem::take(&mut log.left_out);
    log.last = Some(Instant::now());
    drop(log);
    let peer = peer.map(|peer| peer.to_string()).unwrap_or_default();
    if sign_in {
        tracing::warn!(peer, left_out, "a sign-in failed");
    } else {
        tracing::warn!(route, peer, left_out, "a request had wrong or missing credentials");
    }
}
