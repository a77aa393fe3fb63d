//! Converts `alertmanager.yml` to the routes, inhibition rules and time intervals of `bot.toml`. Source of the keys:
//! prometheus.io/docs/alerting/latest/configuration.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    time::Duration,
};

use super::{
    ImportResult,
    yaml::{self, YamlNode},
};
use crate::domain::alert::{MatchOp, Matcher, Timing};

/// The maximum depth of routes in `bot.toml`.
const MAX_DEPTH: usize = 16;
/// The longest name of a feed.
const MAX_NAME: usize = 64;

/// Converts the text of an `alertmanager.yml`.
///
/// Fails if it is not YAML or has no route.
pub fn alertmanager(text: &str) -> Result<ImportResult, String> {
    let documents = yaml::load(text)?;
    let root = documents.first().map(YamlNode::of).ok_or("there is nothing in it")?;
    let route = root.get("route").ok_or("it has no `route`: is it an alertmanager.yml?")?;
    let mut work = Work::default();
    work.receivers(root);
    work.root(route);
    for (key, node) in root.entries() {
        match key.as_str() {
            "route" => {}
            "receivers" => node.items().into_iter().for_each(|receiver| work.receiver(receiver)),
            "global" => work.global(node),
            "inhibit_rules" => node.items().into_iter().for_each(|rule| work.inhibit(rule)),
            "time_intervals" | "mute_time_intervals" => node.items().into_iter().for_each(|one| work.interval(one)),
            "templates" => work.left(node, "templates: what hotroom says is in templates/ and can be replaced there"),
            other => work.left(node, &format!("`{other}`")),
        }
    }
    work.remarks.sort();
    Ok(ImportResult { toml: work.out, remarks: work.remarks })
}

#[derive(Default)]
pub(super) struct Work {
    pub(super) out: String,
    remarks: Vec<(usize, String)>,
    /// Receivers by name, with the feed of each.
    feeds: BTreeMap<String, String>,
    /// Receivers that are not notified of resolved alerts.
    unresolved: BTreeSet<String>,
    /// Time intervals by name, with the new name of each.
    intervals: BTreeMap<String, String>,
}

impl Work {
    pub(super) fn left(&mut self, node: YamlNode<'_>, what: &str) {
        self.note(node, format!("not carried: {what}"));
    }

    fn note(&mut self, node: YamlNode<'_>, what: String) {
        self.remarks.push((node.line(), what));
    }

    pub(super) fn key(&mut self, key: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.out, "{key} = {value}");
    }

    /// Assigns a feed to each receiver, named after it as far as feed names allow.
    fn receivers(&mut self, root: YamlNode<'_>) {
        let listed = root.get("receivers").map(YamlNode::items).unwrap_or_default();
        for receiver in listed {
            if let Some(name) = receiver.get("name").and_then(YamlNode::text) {
                self.feed(&name);
                if hears_no_resolve(receiver) {
                    self.unresolved.insert(name);
                }
            }
        }
    }

    fn feed(&mut self, receiver: &str) -> String {
        named(&mut self.feeds, receiver, "alerts")
    }

    /// Returns the name of a time interval in `bot.toml`.
    pub(super) fn interval_name(&mut self, name: &str) -> String {
        named(&mut self.intervals, name, "interval")
    }

    /// Converts the root route. Alertmanager's defaults are written out, because those of hotroom differ.
    fn root(&mut self, route: YamlNode<'_>) {
        self.out.push_str("[alerts.route]\n");
        let default = Timing::default();
        let clocks = [
            ("group_wait", default.group_wait),
            ("group_interval", default.group_interval),
            ("repeat_interval", default.repeat_interval),
        ];
        for (key, time) in clocks {
            if route.get(key).is_none() {
                self.key(key, format_args!("\"{}s\"", time.as_secs()));
            }
        }
        if route.get("group_by").is_none() {
            self.key("group_by", "[]");
        }
        for key in ["match", "match_re", "matchers"] {
            if let Some(node) = route.get(key).filter(|node| !node.entries().is_empty() || !node.texts().is_empty()) {
                self.left(node, "the matchers of the root: it takes every alert");
            }
        }
        self.node(route, "alerts.route", 0);
    }

    fn child(&mut self, route: YamlNode<'_>, path: &str, depth: usize) {
        if depth > MAX_DEPTH {
            return self.left(route, &format!("routes that nest deeper than {MAX_DEPTH}"));
        }
        let _ = writeln!(self.out, "\n[[{path}]]");
        let matchers = self.matchers(route, "");
        self.key("matchers", list(&matchers));
        self.node(route, path, depth);
    }

    fn node(&mut self, route: YamlNode<'_>, path: &str, depth: usize) {
        for (key, value) in route.entries() {
            match key.as_str() {
                "receiver" => {
                    let receiver = value.text().unwrap_or_default();
                    let feed = self.feed(&receiver);
                    self.key("feed", quoted(&feed));
                    self.key("send_resolved", !self.unresolved.contains(&receiver));
                }
                "group_by" => self.key("group_by", list(&value.texts())),
                "group_wait" => self.clock(&key, value, 0),
                "group_interval" => self.clock(&key, value, 1),
                "repeat_interval" => self.clock(&key, value, 60),
                "continue" if depth > 0 => self.key("continue", value.text().as_deref() == Some("true")),
                "continue" | "match" | "match_re" | "matchers" | "routes" => {}
                "mute_time_intervals" if depth > 0 => self.times("mute", value),
                "active_time_intervals" if depth > 0 => self.times("active", value),
                "labels" => self.left(value, "labels of a route"),
                other => self.left(value, &format!("`{other}` of a route")),
            }
        }
        for below in route.get("routes").map(YamlNode::items).unwrap_or_default() {
            self.child(below, &format!("{path}.routes"), depth + 1);
        }
    }

    fn clock(&mut self, key: &str, node: YamlNode<'_>, least: u64) {
        let said = node.text().unwrap_or_default();
        let Some(time) = duration(&said) else { return self.left(node, &format!("`{key}`: {said:?} is no duration")) };
        let seconds = time.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(least);
        if Duration::from_secs(seconds) != time {
            self.note(node, format!("`{key}` is {seconds}s instead of {said}: hotroom counts whole seconds"));
        }
        self.key(key, format_args!("\"{seconds}s\""));
    }

    /// Returns the matchers of a node. The keys of inhibition rules begin with `source_` and `target_`.
    pub(super) fn matchers(&mut self, node: YamlNode<'_>, prefix: &str) -> Vec<String> {
        let mut all = Vec::new();
        for (key, op) in [("match", MatchOp::Equal), ("match_re", MatchOp::Regex)] {
            for (label, value) in node.get(&format!("{prefix}{key}")).map(YamlNode::entries).unwrap_or_default() {
                let matcher = Matcher::new(label, op, value.text().unwrap_or_default());
                self.matcher(value, matcher.map(|matcher| vec![matcher]), &mut all);
            }
        }
        if let Some(node) = node.get(&format!("{prefix}matchers")) {
            for text in node.texts() {
                self.matcher(node, Matcher::parse_list(&text), &mut all);
            }
        }
        all
    }

    /// Adds a matcher. One that cannot be parsed becomes a matcher that matches nothing, so that nothing is routed or
    /// muted in addition.
    fn matcher<E: std::fmt::Display>(
        &mut self,
        node: YamlNode<'_>,
        read: Result<Vec<Matcher>, E>,
        all: &mut Vec<String>,
    ) {
        match read {
            Ok(matchers) => all.extend(matchers.iter().map(written)),
            Err(why) => {
                self.note(node, format!("not carried, so that nothing matches here until it is mended: {why}"));
                all.extend(["alertname=\"\"", "alertname!=\"\""].map(str::to_owned));
            }
        }
    }

    fn receiver(&mut self, receiver: YamlNode<'_>) {
        let name = receiver.get("name").and_then(YamlNode::text).unwrap_or_default();
        let feed = self.feed(&name);
        let ways: Vec<String> =
            receiver.entries().into_iter().map(|(key, _)| key).filter(|key| key.ends_with("_configs")).collect();
        let what = if ways.is_empty() { "nothing else".to_owned() } else { format!("not its {}", ways.join(", ")) };
        self.note(receiver, format!("receiver {name:?} is the feed {feed:?}, and {what}"));
    }

    fn global(&mut self, global: YamlNode<'_>) {
        for (key, node) in global.entries() {
            if key == "resolve_timeout" {
                let why = "`resolve_timeout`: an Alertmanager that sends to hotroom tells each end itself; see [alerts] \
                           resolve_timeout";
                self.left(node, why);
            } else {
                self.left(node, &format!("`{key}` of `global`"));
            }
        }
    }
}

/// True if every integration of the receiver has `send_resolved: false`.
fn hears_no_resolve(receiver: YamlNode<'_>) -> bool {
    let configs = receiver.entries().into_iter().filter(|(key, _)| key.ends_with("_configs"));
    let ways: Vec<_> = configs.flat_map(|(_, list)| list.items()).collect();
    let silent = |way: &YamlNode<'_>| way.get("send_resolved").and_then(|said| said.text()).as_deref() == Some("false");
    !ways.is_empty() && ways.iter().all(silent)
}

/// Returns a name that `bot.toml` accepts; names that would become equal get a number.
fn named(known: &mut BTreeMap<String, String>, said: &str, otherwise: &str) -> String {
    if let Some(name) = known.get(said) {
        return name.clone();
    }
    let plain: String =
        said.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).collect();
    let plain: String = plain.trim_start_matches(['-', '_', '.']).chars().take(MAX_NAME - 3).collect();
    let plain = if plain.is_empty() { otherwise.to_owned() } else { plain };
    let taken = |name: &String| known.values().any(|other| other == name);
    let name = (1..)
        .map(|n| if n == 1 { plain.clone() } else { format!("{plain}-{n}") })
        .find(|name| !taken(name))
        .unwrap_or(plain.clone());
    known.insert(said.to_owned(), name.clone());
    name
}

fn written(matcher: &Matcher) -> String {
    let plain = matcher.label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.' | '-'));
    let label = if plain { matcher.label.clone() } else { format!("{:?}", matcher.label) };
    format!("{label}{}{:?}", matcher.op.sign(), matcher.value)
}

pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

pub(super) fn list(texts: &[String]) -> String {
    toml::Value::Array(texts.iter().cloned().map(toml::Value::String).collect()).to_string()
}

/// Parses a duration as Prometheus writes it: `1h30m`, `2w`, `500ms`.
fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 7] = [
        ("ms", 1),
        ("y", 365 * 86_400_000),
        ("w", 7 * 86_400_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
    ];
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text.trim();
    let mut millis = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|digits| *digits > 0)?;
        let (number, after) = rest.split_at(digits);
        let (unit, size) = UNITS.iter().find(|(unit, _)| after.starts_with(unit))?;
        millis = millis.checked_add(number.parse::<u64>().ok()?.checked_mul(*size)?)?;
        rest = &after[unit.len()..];
    }
    (!text.trim().is_empty()).then(|| Duration::from_millis(millis))
}
