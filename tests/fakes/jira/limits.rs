//! The limits of Jira Cloud: requests in a second by method, and writes to one issue.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use crate::fake_http::{Reaction, Received};

/// How many requests of a method a second allows.
const READS: usize = 100;
const WRITES: usize = 50;
/// How many writes to one issue two seconds allow.
const ON_ONE_ISSUE: usize = 20;

/// What came in the last seconds.
#[derive(Clone, Debug, Default)]
pub struct JiraLimits {
    by_method: BTreeMap<String, VecDeque<Instant>>,
    by_issue: BTreeMap<String, VecDeque<Instant>>,
    /// How many requests were refused.
    pub refused: u64,
    /// The most requests in one second.
    pub peak: usize,
}

impl JiraLimits {
    /// Counts a request. Returns a refusal where there are too many.
    pub fn count(&mut self, request: &Received) -> Option<Reaction> {
        let now = Instant::now();
        let is_read = request.method == "GET";
        let recent = self.by_method.entry(request.method.clone()).or_default();
        if add(recent, now, Duration::from_secs(1)) > if is_read { READS } else { WRITES } {
            return Some(self.refusal("jira-burst-based"));
        }
        self.peak = self.peak.max(self.by_method.values().map(|recent| within_second(recent, now)).sum());
        let issue = request.path.split_once("/issue/").map(|(_, rest)| rest);
        let issue = issue.and_then(|rest| rest.split(['/', '?']).next());
        if !is_read
            && let Some(issue) = issue
            && add(self.by_issue.entry(issue.to_owned()).or_default(), now, Duration::from_secs(2)) > ON_ONE_ISSUE
        {
            return Some(self.refusal("jira-per-issue-on-write"));
        }
        None
    }

    fn refusal(&mut self, reason: &str) -> Reaction {
        self.refused += 1;
        refusal(reason, 1)
    }
}

/// The answer of a limit.
pub(super) fn refusal(reason: &str, seconds: u64) -> Reaction {
    let headers = vec![("retry-after", seconds.to_string()), ("ratelimit-reason", reason.to_owned())];
    Reaction::Answer { status: 429, headers, body: Vec::new() }
}

fn within_second(recent: &VecDeque<Instant>, now: Instant) -> usize {
    recent.iter().filter(|at| now - **at <= Duration::from_secs(1)).count()
}

/// Adds a request, and returns how many there were in a time.
fn add(recent: &mut VecDeque<Instant>, now: Instant, span: Duration) -> usize {
    while recent.front().is_some_and(|at| now - *at > span) {
        recent.pop_front();
    }
    recent.push_back(now);
    recent.len()
}
