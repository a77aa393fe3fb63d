//! What goes wrong on demand: planned by route, taken once for each request that fits.

use std::time::Duration;

/// One way of failing.
#[derive(Clone, Debug)]
pub enum Fault {
    /// 429. `scope` is `user`, `global` or `shared`.
    Limited { retry_after: f64, scope: &'static str },
    /// An error page of the edge: 500, 502, 503.
    Status(u16),
    /// An error of the API: status and code, as 403 and 50013.
    Refused(u16, u32),
    /// The request is carried out, and the connection cut before the answer.
    DropAfter,
    /// The connection is cut before anything is done.
    DropBefore,
    /// Nothing is done and nothing is ever answered.
    Hang,
    /// It is carried out, and never answered.
    HangAfter,
    /// An answer of this many bytes that is not what was asked for.
    Huge(usize),
    /// 200 with a page of HTML.
    Junk,
    /// It is carried out after this long.
    Slow(Duration),
}

#[derive(Debug)]
struct Planned {
    route: String,
    fault: Fault,
    times: usize,
}

/// The faults still to come.
#[derive(Debug, Default)]
pub struct Plan(Vec<Planned>);

impl Plan {
    /// `route` is `METHOD /path`, where a segment may be `*` or `:name`, and the method `*`.
    pub fn add(&mut self, route: &str, fault: Fault, times: usize) {
        self.0.push(Planned { route: route.into(), fault, times });
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault for this request, if one is planned; the first planned comes first.
    pub fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        let found = self.0.iter_mut().find(|planned| planned.times > 0 && fits(&planned.route, method, path))?;
        found.times -= 1;
        Some(found.fault.clone())
    }
}

/// Whether a request fits a route.
pub fn fits(route: &str, method: &str, path: &str) -> bool {
    let Some((wanted, pattern)) = route.split_once(' ') else { return false };
    let mut segments = path.split('/');
    let same = pattern.split('/').all(|step| segments.next().is_some_and(|segment| wild(step) || step == segment));
    (wanted == "*" || wanted == method) && same && segments.next().is_none()
}

/// Whether a segment of a pattern stands for any segment.
pub fn wild(step: &str) -> bool {
    step == "*" || step.starts_with(':') || step.starts_with('{')
}
