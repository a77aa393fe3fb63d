//! Routing, proved on Alertmanager's own tables.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use super::labels;
use crate::{
    domain::{
        alert::{MatchOp, Matcher, Route, RouteSpec},
        ids::RoomId,
        text::Untrusted,
    },
    shared_files::shared,
};

#[test]
fn alerts_go_where_alertmanager_sends_them() {
    let Some(text) = shared("vectors/alertmanager_routing.json") else { return };
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let mut cases = 0;
    for tree in vectors["trees"].as_array().unwrap() {
        let test = tree["test"].as_str().unwrap();
        let yaml = yaml::parse(tree["route_yaml"].as_str().unwrap());
        let root = Route::root(spec(&yaml), RoomId::new("nowhere"));
        for case in tree["cases"].as_array().unwrap() {
            let labels = label_set(&case["labels"]);
            let found = root.matching(&labels);
            match case.get("expected") {
                Some(expected) => {
                    let found: Vec<Value> = found.iter().map(|route| described(route)).collect();
                    let expected: Vec<Value> = expected.as_array().unwrap().iter().map(without_key).collect();
                    assert_eq!(found, expected, "{test}: {}", case["labels"]);
                }
                None => assert_eq!(found.len() as u64, case["expected_matches"].as_u64().unwrap(), "{test}"),
            }
            cases += 1;
        }
    }
    assert_eq!(cases, vectors["header"]["counts"]["inputs"].as_u64().unwrap(), "no case was left out");
}

fn label_set(value: &Value) -> BTreeMap<String, Untrusted> {
    let members = value.as_object().unwrap().iter();
    members.map(|(name, value)| (name.clone(), Untrusted::new(value.as_str().unwrap()))).collect()
}

fn described(route: &Route) -> Value {
    let mut group_by = route.group_by.clone().unwrap_or_default();
    group_by.sort();
    serde_json::json!({
        "receiver": route.feed.as_str(),
        "group_by": group_by,
        "group_by_all": route.group_by.is_none(),
        "group_wait_seconds": route.group_wait.as_secs(),
        "group_interval_seconds": route.group_interval.as_secs(),
        "repeat_interval_seconds": route.repeat_interval.as_secs(),
    })
}

/// The expectation without Alertmanager's name of the route; ours is another.
fn without_key(expected: &Value) -> Value {
    let mut kept = expected.clone();
    kept.as_object_mut().unwrap().shift_remove("route_key");
    kept
}

fn spec(node: &yaml::Node) -> RouteSpec {
    let time = |key| node.get(key).map(|value| duration(value.text()));
    let mut matchers: Vec<Matcher> = Vec::new();
    for (key, op) in [("match", MatchOp::Equal), ("match_re", MatchOp::Regex)] {
        for (label, value) in node.get(key).map(yaml::Node::members).unwrap_or_default() {
            matchers.push(Matcher::new(label, op, value.text()).unwrap());
        }
    }
    for text in node.get("matchers").map(yaml::Node::items).unwrap_or_default() {
        matchers.extend(Matcher::parse_list(text.text()).unwrap());
    }
    RouteSpec {
        matchers,
        proceed: node.get("continue").is_some_and(|value| value.text() == "true"),
        feed: node.get("receiver").map(|value| RoomId::new(value.text())),
        group_by: node.get("group_by").map(|list| list.items().iter().map(|item| item.text().to_owned()).collect()),
        group_wait: time("group_wait"),
        group_interval: time("group_interval"),
        repeat_interval: time("repeat_interval"),
        routes: node.get("routes").map(|list| list.items().iter().map(spec).collect()).unwrap_or_default(),
        ..RouteSpec::default()
    }
}

fn duration(text: &str) -> Duration {
    let (count, unit) = text.split_at(text.len() - 1);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        other => panic!("{other}"),
    };
    Duration::from_secs(count.parse::<u64>().unwrap() * seconds)
}

#[test]
fn a_route_keeps_its_name_when_another_is_put_before_it() {
    let below = |text: &str| RouteSpec { matchers: Matcher::parse_list(text).unwrap(), ..RouteSpec::default() };
    let tree = |routes: &[&str]| {
        let routes = routes.iter().map(|text| below(text)).collect();
        Route::root(RouteSpec { routes, ..RouteSpec::default() }, RoomId::new("alerts"))
    };
    let id = |root: &Route, place: usize| root.routes[place].id.as_str().to_owned();
    assert_eq!(id(&tree(&["a=1"]), 0), id(&tree(&["b=2", "a=1"]), 1));
    let twins = tree(&["a=1", "a=1"]);
    assert_ne!(id(&twins, 0), id(&twins, 1), "two routes with equal matchers are two routes");
    assert_eq!(twins.find(&twins.routes[1].id).unwrap().id, twins.routes[1].id);
}

#[test]
fn a_group_is_the_route_and_the_labels_that_are_there() {
    let by = |labels: &[&str]| {
        let group_by = Some(labels.iter().map(|label| (*label).to_owned()).collect());
        Route::root(RouteSpec { group_by, ..RouteSpec::default() }, RoomId::new("alerts"))
    };
    let alert = labels(&[("alertname", "Up"), ("host", "a"), ("empty", "")]);
    let route = by(&["alertname", "service", "empty"]);
    assert_eq!(route.group_labels(&alert), labels(&[("alertname", "Up")]));
    assert_eq!(by(&[]).group_labels(&alert), labels(&[]));
    assert_eq!(by(&["..."]).group_labels(&alert), labels(&[("alertname", "Up"), ("host", "a")]));
    let key = |pairs: &[(&str, &str)]| route.group_key(&labels(pairs));
    assert_ne!(key(&[("ab", "c")]), key(&[("a", "bc")]));
    assert_ne!(key(&[]), key(&[("alertname", "")]));
}

/// The subset of YAML that the vectors are written in.
mod yaml {
    #[derive(Debug)]
    pub enum Node {
        Text(String),
        List(Vec<Node>),
        Map(Vec<(String, Node)>),
    }

    impl Node {
        pub fn get(&self, key: &str) -> Option<&Node> {
            self.members().iter().find(|(name, _)| name == key).map(|(_, node)| node)
        }

        pub fn text(&self) -> &str {
            if let Self::Text(text) = self { text } else { panic!("{self:?} is no text") }
        }

        pub fn items(&self) -> &[Node] {
            if let Self::List(items) = self { items } else { panic!("{self:?} is no list") }
        }

        pub fn members(&self) -> &[(String, Node)] {
            if let Self::Map(members) = self { members } else { panic!("{self:?} is no map") }
        }
    }

    /// Lines as indent and content; `- key: value` counts as an item with a key that is indented further.
    struct Lines(Vec<(usize, String)>);

    pub fn parse(text: &str) -> Node {
        let mut lines = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let mut indent = line.len() - line.trim_start().len();
            let mut content = line.trim();
            while let Some(rest) = content.strip_prefix("- ") {
                lines.push((indent, "-".to_owned()));
                indent += 2;
                content = rest;
            }
            lines.push((indent, content.to_owned()));
        }
        lines.reverse();
        Lines(lines).block()
    }

    impl Lines {
        fn peek(&self) -> Option<(usize, &str)> {
            self.0.last().map(|(indent, content)| (*indent, content.as_str()))
        }

        fn block(&mut self) -> Node {
            let (indent, content) = self.peek().expect("a block");
            if content == "-" { self.list(indent) } else { self.map(indent) }
        }

        fn list(&mut self, indent: usize) -> Node {
            let mut items = Vec::new();
            while self.peek() == Some((indent, "-")) {
                self.0.pop();
                items.push(self.block());
            }
            Node::List(items)
        }

        fn map(&mut self, indent: usize) -> Node {
            let mut members = Vec::new();
            while let Some((_, content)) = self.peek().filter(|(at, content)| *at == indent && *content != "-") {
                let (key, value) = content.split_once(':').expect("a key");
                let (key, value) = (key.to_owned(), value.trim().to_owned());
                self.0.pop();
                let node = if value.is_empty() { self.block() } else { inline(&value) };
                members.push((key, node));
            }
            Node::Map(members)
        }
    }

    fn inline(text: &str) -> Node {
        let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
            return Node::Text(unquoted(text));
        };
        let mut items = vec![String::new()];
        let mut quote = None;
        for c in inner.chars() {
            match (c, quote) {
                (',', None) => items.push(String::new()),
                _ => {
                    let last = items.last_mut().expect("an item");
                    if quote.is_none() && matches!(c, '\'' | '"') && last.trim().is_empty() {
                        quote = Some(c);
                    } else if quote == Some(c) {
                        quote = None;
                    }
                    last.push(c);
                }
            }
        }
        Node::List(items.iter().map(|item| Node::Text(unquoted(item.trim()))).collect())
    }

    fn unquoted(text: &str) -> String {
        let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let inner = quote.and_then(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
        inner.unwrap_or(text).to_owned()
    }
}
