//! What is played on both: a configuration, and what is pushed when.
//!
//! Times are in units: a second for Alertmanager, a minute for hotroom. Waits of groups end between two units, so that a
//! notice that comes a little late still counts for its unit.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// How many milliseconds a unit has.
#[derive(Clone, Copy)]
pub struct Unit(pub f64);

impl Unit {
    pub const ALERTMANAGER: Self = Self(1_000.0);
    pub const HOTROOM: Self = Self(60_000.0);

    /// So many units as a duration of a configuration file.
    fn duration(self, units: f64) -> String {
        format!("{}s", (units * self.0 / 1_000.0).round())
    }

    fn exactly(self, units: f64) -> String {
        format!("{}ms", (units * self.0).round())
    }
}

/// A route of both configurations. What is left out is inherited.
#[derive(Clone, Default)]
pub struct Route {
    pub matchers: &'static [&'static str],
    pub to: Option<&'static str>,
    pub group_by: Option<&'static [&'static str]>,
    pub wait: Option<f64>,
    pub interval: Option<f64>,
    pub repeat: Option<f64>,
    pub proceed: bool,
    pub mute: &'static [&'static str],
    pub active: &'static [&'static str],
    pub routes: Vec<Route>,
}

/// A rule of inhibition.
#[derive(Clone)]
pub struct Inhibit {
    pub source: &'static [&'static str],
    pub target: &'static [&'static str],
    pub equal: &'static [&'static str],
}

/// Something that happens.
#[derive(Clone)]
pub enum Step {
    /// An alert is pushed: its labels, when it began and when it ends, in units.
    Push { labels: &'static str, starts: Option<f64>, ends: Option<f64> },
    /// Alerts are silenced from now on, for so many units.
    Silence { matchers: &'static [&'static str], units: f64 },
}

/// What is played.
#[derive(Clone)]
pub struct Timeline {
    pub name: &'static str,
    pub route: Route,
    pub inhibit: Vec<Inhibit>,
    /// Receivers that are told of no resolves.
    pub unresolved: &'static [&'static str],
    /// Whether hotroom hears of the alerts by Alertmanager's webhook; else by its API.
    pub webhook: bool,
    /// After how many units an alert without an end is over.
    pub resolve_timeout: f64,
    pub steps: Vec<(f64, Step)>,
    /// How long it is watched.
    pub until: f64,
}

/// Where the shipped default goes; the root needs a receiver.
pub const DEFAULT: &str = "default";

/// `a=1,b=2` as labels.
pub fn labels(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

impl Timeline {
    /// One group for each alert name, told after a wait of a half unit, every two units, again after a hundred.
    pub fn new(name: &'static str) -> Self {
        let route = Route {
            to: Some(DEFAULT),
            group_by: Some(&["alertname"]),
            wait: Some(0.5),
            interval: Some(2.0),
            repeat: Some(100.0),
            ..Route::default()
        };
        let (inhibit, steps) = (Vec::new(), Vec::new());
        Self { name, route, inhibit, unresolved: &[], webhook: false, resolve_timeout: 100.0, steps, until: 8.0 }
    }

    pub fn fires(self, at: f64, labels: &'static str) -> Self {
        self.step(at, Step::Push { labels, starts: Some(at), ends: Some(500.0) })
    }

    /// An alert is over; it began at `began`.
    pub fn ends(self, at: f64, labels: &'static str, began: f64) -> Self {
        self.step(at, Step::Push { labels, starts: Some(began), ends: Some(at) })
    }

    pub fn push(self, at: f64, labels: &'static str, (starts, ends): (Option<f64>, Option<f64>)) -> Self {
        self.step(at, Step::Push { labels, starts, ends })
    }

    pub fn silence(self, at: f64, matchers: &'static [&'static str], units: f64) -> Self {
        self.step(at, Step::Silence { matchers, units })
    }

    pub fn route(mut self, change: impl FnOnce(&mut Route)) -> Self {
        change(&mut self.route);
        self
    }

    pub fn inhibit(mut self, rule: Inhibit) -> Self {
        self.inhibit.push(rule);
        self
    }

    /// hotroom hears of it by the webhook.
    pub fn by_webhook(mut self) -> Self {
        self.webhook = true;
        self
    }

    pub fn until(mut self, until: f64) -> Self {
        self.until = until;
        self
    }

    fn step(mut self, at: f64, step: Step) -> Self {
        self.steps.push((at, step));
        self
    }

    /// Alertmanager's configuration of all timelines at once: each under a route of its own, told by the label `timeline`.
    /// JSON is YAML.
    pub fn alertmanager_yml(all: &[Self], receiver: &str) -> Value {
        let routes: Vec<Value> = all.iter().map(|one| one.alertmanager_route(&one.route, true)).collect();
        let receivers: Vec<Value> = all
            .iter()
            .flat_map(|one| one.receivers().into_iter().map(move |to| (one, to)))
            .map(|(one, to)| {
                let url = format!("{receiver}/{}/{to}", one.slug());
                let send = !one.unresolved.contains(&to);
                json!({"name": one.scoped(to), "webhook_configs": [{"url": url, "send_resolved": send}]})
            })
            .chain([json!({"name": "nobody"})])
            .collect();
        let timeouts: Vec<f64> = all.iter().map(|one| one.resolve_timeout).collect();
        assert!(timeouts.windows(2).all(|pair| pair[0] == pair[1]), "Alertmanager has one resolve_timeout");
        json!({
            "global": {"resolve_timeout": Unit::ALERTMANAGER.duration(timeouts[0])},
            "route": {"receiver": "nobody", "routes": routes},
            "receivers": receivers,
            "inhibit_rules": all.iter().flat_map(Self::alertmanager_inhibit).collect::<Vec<_>>(),
            "time_intervals": [
                {"name": "always", "time_intervals": [{"times": [{"start_time": "00:00", "end_time": "24:00"}]}]},
                {"name": "never", "time_intervals": [{"years": ["1999"]}]},
            ],
        })
    }

    fn alertmanager_route(&self, route: &Route, top: bool) -> Value {
        let mut out = Map::new();
        let mut matchers: Vec<String> = route.matchers.iter().map(|&matcher| matcher.to_owned()).collect();
        if top {
            matchers.push(format!("timeline=\"{}\"", self.slug()));
        }
        out.insert("matchers".into(), json!(matchers));
        if let Some(to) = route.to {
            out.insert("receiver".into(), json!(self.scoped(to)));
        }
        if let Some(by) = route.group_by {
            out.insert("group_by".into(), json!(by));
        }
        let times = [("group_wait", route.wait), ("group_interval", route.interval), ("repeat_interval", route.repeat)];
        for (name, units) in times {
            if let Some(units) = units {
                out.insert(name.into(), json!(Unit::ALERTMANAGER.exactly(units)));
            }
        }
        for (name, intervals) in [("mute_time_intervals", route.mute), ("active_time_intervals", route.active)] {
            if !intervals.is_empty() {
                out.insert(name.into(), json!(intervals));
            }
        }
        out.insert("continue".into(), json!(route.proceed));
        let routes: Vec<Value> = route.routes.iter().map(|child| self.alertmanager_route(child, false)).collect();
        out.insert("routes".into(), json!(routes));
        Value::Object(out)
    }

    fn alertmanager_inhibit(&self) -> Vec<Value> {
        let own = format!("timeline=\"{}\"", self.slug());
        let with = |matchers: &[&'static str]| -> Vec<String> {
            matchers.iter().map(|&matcher| matcher.to_owned()).chain([own.clone()]).collect()
        };
        let rule = |rule: &Inhibit| json!({"source_matchers": with(rule.source), "target_matchers": with(rule.target), "equal": rule.equal});
        self.inhibit.iter().map(rule).collect()
    }

    /// `bot.toml` of this timeline.
    pub fn bot_toml(&self) -> String {
        let mut root = hotroom_route(&self.route);
        root.as_object_mut().expect("a table").remove("matchers");
        let rule = |rule: &Inhibit| json!({"source": rule.source, "target": rule.target, "equal": rule.equal});
        let mut alerts = json!({
            "resolve_timeout": Unit::HOTROOM.duration(self.resolve_timeout),
            "storm": {"messages": 1_000},
            "route": root,
            "declare": [],
        });
        if self.route.routes.iter().any(|child| !child.mute.is_empty() || !child.active.is_empty()) {
            alerts["intervals"] =
                json!([{"name": "always", "times": ["00:00-24:00"]}, {"name": "never", "years": ["1999"]}]);
        }
        if !self.inhibit.is_empty() {
            alerts["inhibit"] = self.inhibit.iter().map(rule).collect();
        }
        toml::to_string(&json!({ "alerts": alerts })).expect("TOML")
    }

    /// The name as it stands in addresses and labels.
    pub fn slug(&self) -> String {
        self.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
    }

    fn scoped(&self, receiver: &str) -> String {
        format!("{}/{receiver}", self.slug())
    }

    fn receivers(&self) -> Vec<&'static str> {
        fn walk(route: &Route, found: &mut Vec<&'static str>) {
            found.extend(route.to.filter(|to| !found.contains(to)));
            route.routes.iter().for_each(|child| walk(child, found));
        }
        let mut found = Vec::new();
        walk(&self.route, &mut found);
        found
    }
}

fn hotroom_route(route: &Route) -> Value {
    let mut out = Map::new();
    if !route.matchers.is_empty() {
        out.insert("matchers".into(), json!(route.matchers));
    }
    if let Some(to) = route.to {
        out.insert("feed".into(), json!(to));
    }
    if let Some(by) = route.group_by {
        out.insert("group_by".into(), json!(by));
    }
    let times = [("group_wait", route.wait), ("group_interval", route.interval), ("repeat_interval", route.repeat)];
    for (name, units) in times {
        if let Some(units) = units {
            out.insert(name.into(), json!(Unit::HOTROOM.duration(units)));
        }
    }
    for (name, intervals) in [("mute", route.mute), ("active", route.active)] {
        if !intervals.is_empty() {
            out.insert(name.into(), json!(intervals));
        }
    }
    if route.proceed {
        out.insert("continue".into(), json!(true));
    }
    let routes: Vec<Value> = route.routes.iter().map(hotroom_route).collect();
    if !routes.is_empty() {
        out.insert("routes".into(), json!(routes));
    }
    Value::Object(out)
}
