//! Rate limits: a bucket for each route and major parameter, 50 requests a second over all, and the count of invalid
//! requests that gets an address banned.

use std::collections::{HashMap, VecDeque};

use super::{clock::Millis, server::OpsgenieRequest};

/// Requests a second of one bot.
const GLOBAL: usize = 50;
/// Invalid requests in [`BAN_WINDOW`] that get an address banned.
const BAN: usize = 10_000;
const BAN_WINDOW: Millis = 600_000;
/// Renames and new topics of one channel, and in how long.
pub const RENAMES: usize = 2;
pub const RENAME_WINDOW: Millis = 600_000;
/// Edits of one message that is more than an hour old, and in how long.
pub const LATE_EDITS: usize = 5;
pub const LATE_EDIT_WINDOW: Millis = 3_600_000;

/// What the headers of an answer say of its bucket.
#[derive(Clone, Debug)]
pub struct Bucket {
    pub name: String,
    pub limit: usize,
    pub remaining: usize,
    /// In milliseconds.
    pub reset_after: Millis,
}

/// A request that comes too soon.
#[derive(Clone, Debug)]
pub struct Limited {
    pub retry_after: f64,
    pub scope: &'static str,
    pub bucket: Option<Bucket>,
}

/// A bucket's window: it begins with its first request, and when it is over the bucket is full again.
#[derive(Debug, Default)]
struct Window {
    began: Millis,
    taken: usize,
}

#[derive(Debug, Default)]
pub struct Book {
    buckets: HashMap<String, Window>,
    global: VecDeque<Millis>,
    invalid: VecDeque<Millis>,
}

/// Requests and milliseconds of a route. Discord does not publish these; they are what clients see.
fn allowance(method: &str, route: &str) -> (usize, Millis) {
    match (method, route) {
        ("POST", "/channels/{channel_id}/messages") => (5, 5_000),
        ("PATCH", "/channels/{channel_id}/messages/{message_id}") => (5, 5_000),
        ("DELETE", "/channels/{channel_id}/messages/{message_id}") => (5, 1_000),
        ("GET", "/channels/{channel_id}/messages") => (5, 5_000),
        ("POST" | "PUT" | "DELETE", _) if route.contains("/reactions/") => (1, 250),
        ("PUT" | "DELETE", _) if route.contains("/pins/") => (5, 5_000),
        ("POST", "/guilds/{guild_id}/channels") => (10, 10_000),
        ("POST", "/users/@me/channels") => (10, 10_000),
        ("PATCH" | "DELETE", "/channels/{channel_id}") => (5, 10_000),
        ("PUT", _) if route.ends_with("/commands") => (2, 60_000),
        _ if route.starts_with("/webhooks/") => (5, 2_000),
        _ => (10, 5_000),
    }
}

fn forget(times: &mut VecDeque<Millis>, now: Millis, window: Millis) {
    while times.front().is_some_and(|at| now - at >= window) {
        times.pop_front();
    }
}

fn seconds(millis: Millis) -> f64 {
    f64::from(u32::try_from(millis.max(1)).expect("in range")) / 1_000.0
}

/// Whether the limits of a bot apply: interactions are answered outside of them.
fn exempt(route: &str) -> bool {
    route.starts_with("/interactions/")
}

impl Book {
    /// Counts a request.
    ///
    /// # Errors
    /// When it is one too many.
    pub fn take(&mut self, call: &OpsgenieRequest, now: Millis) -> Result<Bucket, Limited> {
        let (limit, window) = if exempt(call.route) { (100, 1_000) } else { allowance(&call.method, call.route) };
        let name = format!("{} {}", call.method, call.route);
        let open = self.buckets.entry(format!("{name} {}", call.major())).or_default();
        if open.taken == 0 || now - open.began >= window {
            *open = Window { began: now, taken: 0 };
        }
        forget(&mut self.global, now, 1_000);
        let reset_after = open.began + window - now;
        let remaining = limit.saturating_sub(open.taken + 1);
        let bucket = Bucket { name: name.replace(['/', ' ', '{', '}'], ""), limit, remaining, reset_after };
        if open.taken >= limit {
            return Err(Limited { retry_after: seconds(reset_after), scope: "user", bucket: Some(bucket) });
        }
        let is_interaction = exempt(call.route) || call.route.contains("{webhook_token}");
        if !is_interaction && self.global.len() >= GLOBAL {
            let wait = self.global.front().map_or(1_000, |first| first + 1_000 - now);
            return Err(Limited { retry_after: seconds(wait), scope: "global", bucket: None });
        }
        open.taken += 1;
        if !is_interaction {
            self.global.push_back(now);
        }
        Ok(bucket)
    }

    /// Counts an answer that Discord calls invalid: 401, 403 and 429, unless the limit was a shared one.
    pub fn answered(&mut self, status: u16, shared: bool, now: Millis) {
        forget(&mut self.invalid, now, BAN_WINDOW);
        if [401, 403, 429].contains(&status) && !shared {
            self.invalid.push_back(now);
        }
    }

    /// Invalid requests in the last ten minutes.
    pub fn invalid(&self) -> usize {
        self.invalid.len()
    }

    /// Whether the address is banned.
    pub fn banned(&self) -> bool {
        self.invalid.len() >= BAN
    }
}

/// Counts one more in a list of times.
///
/// # Errors
/// The milliseconds to wait, when there were `most` within `window`.
pub fn count(times: &mut Vec<Millis>, now: Millis, (most, window): (usize, Millis)) -> Result<(), Millis> {
    times.retain(|at| now - at < window);
    if times.len() >= most {
        return Err(times[0] + window - now);
    }
    times.push(now);
    Ok(())
}
