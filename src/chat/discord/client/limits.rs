//! Discord's rate limits. This module neither waits nor reads a clock: the caller passes `now`, the time since the
//! client started, and learns whether a call may be sent.
//!
//! Three limits apply at once: that of each bucket, sent in the headers of every response; fifty calls a second for the
//! bot; and ten thousand refused calls in ten minutes, after which Discord bans the address. The client stays far below
//! the third, because a banned bot cannot page anyone.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

/// How many calls are sent in a second. Discord allows 50, and calls of two seconds can arrive in one.
const PER_SECOND: usize = 45;
const SECOND: Duration = Duration::from_secs(1);
/// After this many refused calls within ten minutes nothing is sent until the oldest ones expire.
pub const MOST_INVALID: usize = 500;
const INVALID_WINDOW: Duration = Duration::from_secs(600);
/// How long nothing is sent after the token was refused. Then one call may try it again.
const TOKEN_REST: Duration = Duration::from_secs(900);
/// How long other calls wait while the first call of a route discovers its limit.
const PROBE: Duration = Duration::from_millis(250);
/// How long to wait for a response before another call may discover the limit.
const PROBE_LOST: Duration = Duration::from_secs(15);
/// The maximum number of buckets. Idle ones are dropped first.
const MOST_BUCKETS: usize = 2000;

/// The bounds of a wait that Discord requests, and the default if the response has none that can be parsed.
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(3600);
const UNTOLD: Duration = Duration::from_secs(5);

/// The limits that apply to a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RateLane {
    /// The route: method and path with open parameters.
    pub route: &'static str,
    /// The major parameter, for which Discord counts separately: the channel, the guild, the interaction.
    pub major: String,
    /// True if the call is sent with the bot's token. Responses to interactions are not, and the bot's limit does not
    /// apply to them.
    pub bot: bool,
    /// True if the call precedes those that already wait.
    pub urgent: bool,
}

/// Whether a call may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// It may be sent, and is counted.
    Go,
    /// It may be sent after this wait.
    Wait(Duration),
    /// Nothing is sent for this long.
    Stopped(Duration, Stop),
}

/// Why nothing is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// Discord does not accept the token.
    #[error(
        "Discord refused the bot's token (401); make a new one in the developer portal and put it where the configuration refers to"
    )]
    TokenRefused,
    /// Too many calls were refused.
    #[error(
        "{0} calls were refused by Discord within 10 minutes; nothing is sent until that is over, so that Discord does not shut the bot out"
    )]
    TooManyInvalid(usize),
}

/// The rate limit information of a response.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RateLimitInfo {
    /// The status of the response.
    pub status: u16,
    /// The bucket of the route.
    pub bucket: Option<String>,
    /// How many calls the bucket allows.
    pub limit: Option<u32>,
    /// How many are left.
    pub remaining: Option<u32>,
    /// How long until the bucket is full again.
    pub reset_after: Option<Duration>,
    /// How long to wait, after a call that exceeded the limit.
    pub retry_after: Option<Duration>,
    /// True if the bot's limit was exceeded.
    pub global: bool,
    /// True if others used up the limit: such a response does not count against the bot.
    pub shared: bool,
}

/// The state of all limits.
#[derive(Debug, Default)]
pub struct RateLimits {
    routes: HashMap<&'static str, String>,
    buckets: HashMap<(String, String), Bucket>,
    sent: VecDeque<Duration>,
    shut_until: Duration,
    invalid: VecDeque<Duration>,
    token_refused: Option<Duration>,
}

#[derive(Debug)]
struct Bucket {
    /// `None` before the first response.
    limit: Option<u32>,
    remaining: u32,
    in_flight: u32,
    resets: Duration,
    period: Duration,
    /// How many calls wait. Each gets a later time than the previous one, so that they do not all come at once.
    waiting: u32,
    /// How many slots of the next window are reserved for waiting urgent calls, and until when. All waiting calls come
    /// at the same moment, in random order.
    kept: u32,
    kept_until: Duration,
}

impl Bucket {
    fn new(limit: Option<u32>, period: Duration, now: Duration) -> Self {
        let remaining = limit.unwrap_or(1);
        let (kept, kept_until) = (0, Duration::ZERO);
        Self { limit, remaining, in_flight: 0, resets: now + period, period, waiting: 0, kept, kept_until }
    }

    /// Starts a new window when the old one has ended.
    fn turn(&mut self, now: Duration) {
        if now < self.resets {
            return;
        }
        let limit = self.limit.unwrap_or(1);
        let windows = (now - self.resets).as_millis() / self.period.as_millis().max(1) + 1;
        let gone = u32::try_from(windows).unwrap_or(u32::MAX).saturating_mul(limit);
        self.waiting = self.waiting.saturating_sub(gone);
        self.in_flight = if self.limit.is_none() { 0 } else { self.in_flight };
        self.remaining = limit.saturating_sub(self.in_flight).max(u32::from(self.in_flight == 0));
        self.resets = now + self.period;
    }

    fn wait(&mut self, now: Duration, urgent: bool) -> Option<Duration> {
        self.turn(now);
        let kept = if urgent || now >= self.kept_until { 0 } else { self.kept };
        if self.remaining > kept {
            return None;
        }
        let limit = match self.limit {
            None if self.in_flight > 0 => return Some(PROBE),
            limit => limit.unwrap_or(1),
        };
        if urgent {
            self.keep_a_place(now, limit);
            return Some((self.resets - now).clamp(SHORTEST, LONGEST));
        }
        let turns = self.waiting / limit.max(1);
        self.waiting = self.waiting.saturating_add(1);
        Some((self.resets - now + self.period * turns).clamp(SHORTEST, LONGEST))
    }

    /// Reserves a slot for an urgent call, for one window only: the call may never come again.
    fn keep_a_place(&mut self, now: Duration, limit: u32) {
        self.kept = if now < self.kept_until { self.kept.saturating_add(1).min(limit) } else { 1 };
        self.kept_until = self.resets + self.period;
    }

    fn take(&mut self, urgent: bool) {
        self.remaining -= 1;
        self.in_flight += 1;
        if urgent {
            self.kept = self.kept.saturating_sub(1);
        } else {
            self.waiting = self.waiting.saturating_sub(1);
        }
    }

    fn hear(&mut self, now: Duration, heard: &RateLimitInfo) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let (Some(limit), Some(remaining), Some(after)) = (heard.limit, heard.remaining, heard.reset_after) {
            let after = after.clamp(SHORTEST, LONGEST);
            self.period = if self.limit.is_none() { after } else { self.period.max(after) };
            // Calls in flight are counted already, and a response that arrives late reports too many remaining.
            // Responses therefore only ever lower the count.
            self.remaining = match self.limit {
                Some(_) => self.remaining.min(remaining),
                None => remaining.saturating_sub(self.in_flight),
            };
            self.limit = Some(limit.max(1));
            self.resets = now + after;
        } else if self.limit.is_none() {
            // A successful response without these headers means that the route has no limit of its own.
            let free = (200..300).contains(&heard.status);
            self.limit = free.then_some(u32::MAX);
            self.remaining = if free { u32::MAX } else { 1 };
        }
        if let Some(after) = heard.retry_after
            && !heard.global
        {
            self.remaining = 0;
            self.resets = now + after;
        }
    }
}

impl RateLimits {
    /// Returns whether a call may be sent now. If so, [`RateLimits::hear`] or [`RateLimits::lose`] must follow.
    pub fn ask(&mut self, now: Duration, lane: &RateLane) -> Permit {
        if let Some(stopped) = self.stopped(now, lane) {
            return stopped;
        }
        let all = if lane.bot { self.wait_for_all(now) } else { None };
        if let Some(wait) = all {
            return Permit::Wait(wait);
        }
        let bucket = self.bucket(now, lane);
        if let Some(wait) = bucket.wait(now, lane.urgent) {
            return Permit::Wait(wait);
        }
        bucket.take(lane.urgent);
        if lane.bot {
            self.sent.push_back(now);
            // One call tries a refused token again.
            self.token_refused = self.token_refused.map(|_| now);
        }
        Permit::Go
    }

    /// Records the rate limit information of a response.
    pub fn hear(&mut self, now: Duration, lane: &RateLane, heard: &RateLimitInfo) {
        if let Some(id) = &heard.bucket {
            self.learn(lane, id);
        }
        self.bucket(now, lane).hear(now, heard);
        if let Some(after) = heard.retry_after
            && heard.global
        {
            self.shut_until = self.shut_until.max(now + after);
        }
        if matches!(heard.status, 401 | 403) || heard.status == 429 && !heard.shared {
            self.invalid.push_back(now);
        }
        if lane.bot && heard.status < 500 {
            self.token_refused = (heard.status == 401).then_some(now);
        }
    }

    /// Records that a call got no response.
    pub fn lose(&mut self, now: Duration, lane: &RateLane) {
        let bucket = self.bucket(now, lane);
        bucket.in_flight = bucket.in_flight.saturating_sub(1);
        if bucket.limit.is_none() {
            bucket.remaining = 1;
        }
    }

    /// Returns why nothing is sent with the bot's token.
    pub fn stop(&mut self, now: Duration) -> Option<Stop> {
        let lane = RateLane { route: "", major: String::new(), bot: true, urgent: false };
        match self.stopped(now, &lane) {
            Some(Permit::Stopped(_, why)) => Some(why),
            Some(Permit::Go | Permit::Wait(_)) | None => None,
        }
    }

    /// Resets what is known about the token, because another one is used.
    pub fn forget_token(&mut self) {
        self.token_refused = None;
    }

    /// Returns how many calls were refused within ten minutes.
    pub fn invalid(&mut self, now: Duration) -> usize {
        while self.invalid.front().is_some_and(|at| *at + INVALID_WINDOW <= now) {
            self.invalid.pop_front();
        }
        self.invalid.len()
    }

    fn stopped(&mut self, now: Duration, lane: &RateLane) -> Option<Permit> {
        let count = self.invalid(now);
        if count >= MOST_INVALID {
            let over = self.invalid[count - MOST_INVALID] + INVALID_WINDOW;
            return Some(Permit::Stopped(over - now, Stop::TooManyInvalid(count)));
        }
        if !lane.bot {
            return None;
        }
        let rested = self.token_refused? + TOKEN_REST;
        (now < rested).then(|| Permit::Stopped(rested - now, Stop::TokenRefused))
    }

    /// Returns the wait for the bot's own limit.
    fn wait_for_all(&mut self, now: Duration) -> Option<Duration> {
        if now < self.shut_until {
            return Some(self.shut_until - now);
        }
        while self.sent.front().is_some_and(|at| *at + SECOND <= now) {
            self.sent.pop_front();
        }
        (self.sent.len() >= PER_SECOND).then(|| self.sent[self.sent.len() - PER_SECOND] + SECOND - now)
    }

    /// Returns the bucket of a call. A new bucket starts with the limit of its route.
    fn bucket(&mut self, now: Duration, lane: &RateLane) -> &mut Bucket {
        if self.buckets.len() >= MOST_BUCKETS {
            self.buckets.retain(|_, bucket| bucket.in_flight > 0 || now < bucket.resets);
        }
        let id = self.routes.get(lane.route).map_or(lane.route, String::as_str);
        let key = (id.to_owned(), lane.major.clone());
        if !self.buckets.contains_key(&key) {
            let kind = self.buckets.iter().find(|((other, _), bucket)| other == id && bucket.limit.is_some());
            let (limit, period) = kind.map_or((None, PROBE_LOST), |(_, bucket)| (bucket.limit, bucket.period));
            self.buckets.insert(key.clone(), Bucket::new(limit, period, now));
        }
        self.buckets.get_mut(&key).expect("it was just put there")
    }

    /// Records the bucket id of a route. Several routes can share a bucket.
    fn learn(&mut self, lane: &RateLane, id: &str) {
        if self.routes.get(lane.route).is_some_and(|known| known == id) {
            return;
        }
        let old = self.routes.insert(lane.route, id.to_owned()).unwrap_or_else(|| lane.route.to_owned());
        if let Some(bucket) = self.buckets.remove(&(old, lane.major.clone())) {
            self.buckets.entry((id.to_owned(), lane.major.clone())).or_insert(bucket);
        }
    }
}

/// Returns how long to wait after a call that exceeded the limit: the longer of header and body. A date is compared
/// with the date of the response itself; an unreadable value counts as the default.
pub fn retry_after(header: Option<&str>, date: Option<&str>, body: Option<f64>) -> Duration {
    let seconds = |number: f64| (number.is_finite() && number >= 0.0).then_some(number);
    let told = header.and_then(|text| text.trim().parse().ok().and_then(seconds).or_else(|| until(text, date)));
    let longer = match (told, body.and_then(seconds)) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    };
    longer.map_or(UNTOLD, bounded)
}

/// Returns seconds as a wait within the bounds.
pub fn bounded(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.clamp(0.0, LONGEST.as_secs_f64())).unwrap_or(UNTOLD).max(SHORTEST)
}

fn until(then: &str, now: Option<&str>) -> Option<f64> {
    let read = |text: &str| chrono::DateTime::parse_from_rfc2822(text).ok();
    let wait = read(then)? - read(now?)?;
    Some(wait.as_seconds_f64().max(0.0))
}

#[cfg(test)]
mod tests;
