//! Converts `alertmanager.yml` to the routes, inhibition rules and time intervals of `bot.toml`. Source of the keys:
//! prometheus.io/docs/alerting/latest/configuration.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    time::Duration,
};

use super::{ImportRemark, ImportResult, locate, yaml::YamlNode};
use crate::domain::alert::{MatchOp, Matcher, Timing};

/// The maximum depth of routes in `bot.toml`.
const MAX_DEPTH: usize = 16;
/// The longest name of a feed.
const MAX_NAME: usize = 64;
/// Matchers that match nothing.
const NOTHING: [&str; 2] = ["alertname=\"\"", "alertname!=\"\""];

/// Converts the text of an `alertmanager.yml`, or of a Kubernetes Secret, ConfigMap or Helm values with one in it.
///
/// Fails if it is not YAML, has no route, or its root route has no receiver.
pub fn alertmanager(text: &str) -> Result<ImportResult, String> {
    let located = locate::find(text)?;
    let root = &located.root;
    let route = root.get("route").ok_or("it has no `route`: is it an alertmanager.yml?")?;
    if route.get("receiver").and_then(YamlNode::text).is_none_or(str::is_empty) {
        let line = route.line();
        return Err(format!(
            "line {line}: `route` has no receiver, so every alert would be lost. Name one; a template must \
                            be rendered before the import"
        ));
    }
    let mut work = Work::default();
    work.receivers(root);
    work.root(route);
    for (key, node) in root.entries() {
        match key.as_str() {
            "route" => {}
            "receivers" => node.items().iter().for_each(|receiver| work.receiver(receiver)),
            "global" => work.global(node),
            "inhibit_rules" => node.items().iter().for_each(|rule| work.inhibit(rule)),
            "time_intervals" | "mute_time_intervals" => node.items().iter().for_each(|one| work.interval(one)),
            "templates" => work.left(node, "templates: what hotroom says is in templates/ and can be replaced there"),
            other => work.left(node, &format!("`{other}`")),
        }
    }
    work.remarks.sort();
    Ok(ImportResult { toml: work.out, text_in: located.text_in, remarks: work.remarks })
}

#[derive(Default)]
pub(super) struct Work {
    pub(super) out: String,
    remarks: Vec<ImportRemark>,
    /// True if the file lists its receivers.
    lists_receivers: bool,
    /// Receivers by name, with the feed of each.
    feeds: BTreeMap<String, String>,
    /// Receivers that are not notified of resolved alerts.
    unresolved: BTreeSet<String>,
    /// Time intervals by name, with the new name of each.
    intervals: BTreeMap<String, String>,
}

impl Work {
    /// Notes a setting that is not imported, and that does not change where alerts go.
    pub(super) fn left(&mut self, node: &YamlNode, what: &str) {
        self.note(node, format!("not carried: {what}"));
    }

    /// Notes something that is lost, so that alerts would go elsewhere than in Alertmanager.
    pub(super) fn lost(&mut self, node: &YamlNode, text: String) {
        self.remarks.push(ImportRemark { line: node.line(), lost: true, text });
    }

    fn note(&mut self, node: &YamlNode, text: String) {
        self.remarks.push(ImportRemark { line: node.line(), lost: false, text });
    }

    pub(super) fn key(&mut self, key: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.out, "{key} = {value}");
    }

    /// Writes a list of texts.
    pub(super) fn texts(&mut self, key: &str, node: &YamlNode) {
        match node.texts() {
            Some(texts) => self.key(key, list(&texts)),
            None => self.lost(node, format!("`{key}` is not a list of texts")),
        }
    }

    /// Assigns a feed to each receiver, named after it as far as feed names allow.
    fn receivers(&mut self, root: &YamlNode) {
        let listed = root.get("receivers").map(YamlNode::items).unwrap_or_default();
        self.lists_receivers = !listed.is_empty();
        for receiver in listed {
            if let Some(name) = receiver.get("name").and_then(YamlNode::text) {
                self.feed(name);
                if hears_no_resolve(receiver) {
                    self.unresolved.insert(name.to_owned());
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
    fn root(&mut self, route: &YamlNode) {
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
            if let Some(node) = route.get(key).filter(|node| !node.entries().is_empty() || !node.items().is_empty()) {
                self.left(node, "the matchers of the root: it takes every alert");
            }
        }
        self.node(route, "alerts.route", 0);
    }

    fn child(&mut self, route: &YamlNode, path: &str, depth: usize) {
        if depth > MAX_DEPTH {
            return self.lost(route, format!("this route is lost: it nests deeper than {MAX_DEPTH}"));
        }
        if route.mapping().is_none() {
            return self.lost(route, "this route is lost: it is not a mapping".to_owned());
        }
        let _ = writeln!(self.out, "\n[[{path}]]");
        let matchers = self.matchers(route, "");
        self.key("matchers", list(&matchers));
        self.node(route, path, depth);
    }

    fn node(&mut self, route: &YamlNode, path: &str, depth: usize) {
        for (key, value) in route.entries() {
            match key.as_str() {
                "receiver" => self.choose_receiver(value),
                "group_by" => self.texts("group_by", value),
                "group_wait" => self.clock(key, value, 0),
                "group_interval" => self.clock(key, value, 1),
                "repeat_interval" => self.clock(key, value, 60),
                "continue" if depth > 0 => match value.flag() {
                    Some(flag) => self.key("continue", flag),
                    None if value.is_null() => {}
                    None => self.lost(
                        value,
                        "`continue` is neither true nor false; the routes after this one may be lost".to_owned(),
                    ),
                },
                "continue" | "match" | "match_re" | "matchers" | "routes" => {}
                "mute_time_intervals" if depth > 0 => self.times("mute", value),
                "active_time_intervals" if depth > 0 => self.times("active", value),
                "labels" => self.left(value, "labels of a route"),
                other => self.left(value, &format!("`{other}` of a route")),
            }
        }
        let Some(routes) = route.get("routes").filter(|routes| !routes.is_null()) else { return };
        if routes.list().is_none() {
            self.lost(routes, "these routes are lost: `routes` is not a list".to_owned());
        }
        for below in routes.items() {
            self.child(below, &format!("{path}.routes"), depth + 1);
        }
    }

    /// Writes the feed of a receiver. A route without one has the receiver of the route above it.
    fn choose_receiver(&mut self, node: &YamlNode) {
        let Some(receiver) = node.text().filter(|name| !name.is_empty()) else {
            if !node.is_null() {
                self.lost(node, "the receiver of this route is not a text, so the route above it decides".to_owned());
            }
            return;
        };
        if self.lists_receivers && !self.feeds.contains_key(receiver) {
            self.lost(node, format!("receiver {receiver:?} is not in `receivers`: Alertmanager refuses this file"));
        }
        let feed = self.feed(receiver);
        self.key("feed", quoted(&feed));
        self.key("send_resolved", !self.unresolved.contains(receiver));
    }

    fn clock(&mut self, key: &str, node: &YamlNode, least: u64) {
        let said = node.text().unwrap_or_default();
        let Some(time) = duration(said) else { return self.left(node, &format!("`{key}`: {said:?} is no duration")) };
        let seconds = time.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(least);
        if Duration::from_secs(seconds) != time {
            self.note(node, format!("`{key}` is {seconds}s instead of {said}: hotroom counts whole seconds"));
        }
        self.key(key, format_args!("\"{seconds}s\""));
    }

    /// Returns the matchers of a node. The keys of inhibition rules begin with `source_` and `target_`.
    pub(super) fn matchers(&mut self, node: &YamlNode, prefix: &str) -> Vec<String> {
        let mut all = Vec::new();
        for (key, op) in [("match", MatchOp::Equal), ("match_re", MatchOp::Regex)] {
            let Some(pairs) = node.get(&format!("{prefix}{key}")).filter(|pairs| !pairs.is_null()) else { continue };
            if pairs.mapping().is_none() {
                self.unmatched(pairs, &format!("`{key}` is not a mapping"), &mut all);
            }
            for (label, value) in pairs.entries() {
                let text = value.text().or(value.is_null().then_some(""));
                match text.map(|text| Matcher::new(label, op, text)) {
                    Some(Ok(matcher)) => all.push(matcher.to_string()),
                    Some(Err(why)) => self.unmatched(value, &why.to_string(), &mut all),
                    None => self.unmatched(value, &format!("the value of {label} is not a text"), &mut all),
                }
            }
        }
        if let Some(node) = node.get(&format!("{prefix}matchers")) {
            match node.texts() {
                Some(texts) => texts.iter().for_each(|text| self.parse(node, text, &mut all)),
                None => self.unmatched(node, "`matchers` is not a list of texts; quote each matcher", &mut all),
            }
        }
        all
    }

    /// Parses an entry of `matchers`. Alertmanager drops a brace at either end, also where there is no other.
    fn parse(&mut self, node: &YamlNode, text: &str, all: &mut Vec<String>) {
        let inner = text.strip_prefix('{').unwrap_or(text);
        let inner = inner.strip_suffix('}').unwrap_or(inner);
        if text.starts_with('{') != text.ends_with('}') {
            self.note(node, format!("Alertmanager drops the brace at the end of {text:?}; quote the value"));
        }
        match Matcher::parse_list(&format!("{{{inner}}}")) {
            Ok(matchers) => all.extend(matchers.iter().map(ToString::to_string)),
            Err(why) => self.unmatched(node, &why.to_string(), all),
        }
    }

    /// Adds matchers that match nothing in place of some that cannot be parsed, so that nothing is routed or muted in
    /// addition.
    fn unmatched(&mut self, node: &YamlNode, why: &str, all: &mut Vec<String>) {
        self.lost(node, format!("not carried, so that nothing matches here until it is mended: {why}"));
        all.extend(NOTHING.map(str::to_owned));
    }

    fn receiver(&mut self, receiver: &YamlNode) {
        let name = receiver.get("name").and_then(YamlNode::text).unwrap_or_default();
        let feed = self.feed(name);
        let keys = receiver.entries().iter().map(|(key, _)| key.as_str());
        let ways: Vec<&str> = keys.filter(|key| key.ends_with("_configs")).collect();
        let what = if ways.is_empty() { "nothing else".to_owned() } else { format!("not its {}", ways.join(", ")) };
        self.note(receiver, format!("receiver {name:?} is the feed {feed:?}, and {what}"));
    }

    fn global(&mut self, global: &YamlNode) {
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
fn hears_no_resolve(receiver: &YamlNode) -> bool {
    let configs = receiver.entries().iter().filter(|(key, _)| key.ends_with("_configs"));
    let ways: Vec<&YamlNode> = configs.flat_map(|(_, list)| list.items()).collect();
    let silent = |way: &YamlNode| way.get("send_resolved").and_then(YamlNode::flag) == Some(false);
    !ways.is_empty() && ways.into_iter().all(silent)
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
    // Rooms whose names differ only in their case are one room to people.
    let taken = |name: &String| known.values().any(|other| other.to_lowercase() == name.to_lowercase());
    let name = (1..)
        .map(|n| if n == 1 { plain.clone() } else { format!("{plain}-{n}") })
        .find(|name| !taken(name))
        .unwrap_or(plain.clone());
    known.insert(said.to_owned(), name.clone());
    name
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
