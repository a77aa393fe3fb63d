//! Failed attempts: links that do not exist, from one address; wrong reply codes, from one number.

use std::{
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use chrono::TimeDelta;

use super::{Problem, problem::Kind};
use crate::domain::Timestamp;

/// The most addresses or numbers that are remembered. When there are more, those whose time is over are forgotten, and then
/// all: an attack from so many addresses is not stopped by counting them.
const REMEMBERED: usize = 10_000;

/// Counts the failed attempts of each address or number within a span of time.
#[derive(Clone, Debug)]
pub struct FailedAttempts {
    most: usize,
    within: TimeDelta,
    seen: Arc<Mutex<BTreeMap<String, VecDeque<Timestamp>>>>,
}

impl FailedAttempts {
    /// Allows so many failures within a span.
    pub fn new(most: usize, within: TimeDelta) -> Self {
        Self { most, within, seen: Arc::default() }
    }

    /// Counts a failure. Returns how many there are within the span.
    pub fn count(&self, from: &str, now: Timestamp) -> usize {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED {
            seen.retain(|_, times| times.back().is_some_and(|last| now - *last < self.within));
        }
        if seen.len() >= REMEMBERED {
            seen.clear();
        }
        let times = seen.entry(from.to_owned()).or_default();
        times.push_back(now);
        // No more than these are needed to know that the limit is reached.
        while times.len() > self.most + 1 || times.front().is_some_and(|first| now - *first >= self.within) {
            times.pop_front();
        }
        times.len()
    }

    /// True if the limit is reached: what comes from there has to wait.
    pub fn is_reached(&self, from: &str, now: Timestamp) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let times = seen.get(from);
        times.is_some_and(|times| times.iter().filter(|at| now - **at < self.within).count() >= self.most)
    }

    /// Counts an attempt to open a link that does not exist, and refuses it. A link that does exist always opens: an office shares
    /// an address, and no page may depend on what a stranger does there.
    pub fn refuse(&self, from: &ClientAddress, now: Timestamp) -> Problem {
        if self.count(&from.0, now) <= self.most {
            return Problem::new(Kind::NotFound);
        }
        metrics::counter!("hotroom_links_limited_total").increment(1);
        Problem::new(Kind::TooManyAttempts)
    }

    /// How many failures are allowed.
    pub fn most(&self) -> usize {
        self.most
    }
}

/// The address that a request comes from: of a proxy on this machine the last address that it has added, else that of the
/// connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub String);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        Ok(Self(client(peer, &parts.headers)))
    }
}

fn client(peer: Option<IpAddr>, headers: &HeaderMap) -> String {
    let by_proxy = peer.is_none_or(|peer| peer.to_canonical().is_loopback());
    let added = headers.get_all("x-forwarded-for").iter().next_back();
    let added = added.and_then(|value| value.to_str().ok()).and_then(|value| value.rsplit(',').next());
    match (by_proxy, added.and_then(|text| text.trim().parse::<IpAddr>().ok())) {
        (true, Some(address)) => address.to_string(),
        (true, None) | (false, _) => peer.map(|peer| peer.to_string()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn failures_count_for_each_sender_until_their_time_is_over() {
        let attempts = FailedAttempts::new(3, TimeDelta::minutes(10));
        let at = |minute: i64| Timestamp::UNIX_EPOCH + TimeDelta::minutes(minute);
        assert_eq!([attempts.count("a", at(0)), attempts.count("a", at(1)), attempts.count("b", at(1))], [1, 2, 1]);
        assert!(!attempts.is_reached("a", at(2)));
        assert_eq!(attempts.count("a", at(2)), 3);
        assert!(attempts.is_reached("a", at(2)) && !attempts.is_reached("b", at(2)));
        assert!(!attempts.is_reached("a", at(10)), "the first is over");
    }

    #[test]
    fn many_senders_take_no_more_memory_than_a_bound() {
        let attempts = FailedAttempts::new(3, TimeDelta::minutes(10));
        for n in 0..REMEMBERED * 2 {
            attempts.count(&n.to_string(), Timestamp::UNIX_EPOCH);
        }
        assert!(attempts.seen.lock().unwrap().len() <= REMEMBERED);
    }

    #[test]
    fn only_a_proxy_on_this_machine_is_believed() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("1.1.1.1, 203.0.113.9"));
        let from = |peer: &str| client(peer.parse().ok(), &headers);
        assert_eq!(from("127.0.0.1"), "203.0.113.9");
        assert_eq!(from("198.51.100.7"), "198.51.100.7");
    }
}
