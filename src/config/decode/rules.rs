//! Decodes `[sources.discord]` and includes the rules shipped in `rules/`.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::{
    config::{
        kinds,
        mistake::{Origin, shown},
        read::{DecodeContext, Section},
        rule::{Each, Look, Part, Rule, Watch},
        tree::{self, Value},
    },
    domain::alert::unanchored,
};

/// The shipped rules, in the order in which they are tried. More specific layouts come first.
const SHIPPED: [(&str, &str); 9] = [
    ("rules/uptime-kuma.toml", include_str!("../../../rules/uptime-kuma.toml")),
    ("rules/grafana.toml", include_str!("../../../rules/grafana.toml")),
    ("rules/alertmanager.toml", include_str!("../../../rules/alertmanager.toml")),
    ("rules/datadog.toml", include_str!("../../../rules/datadog.toml")),
    ("rules/nagios.toml", include_str!("../../../rules/nagios.toml")),
    ("rules/icinga.toml", include_str!("../../../rules/icinga.toml")),
    ("rules/github.toml", include_str!("../../../rules/github.toml")),
    ("rules/zabbix.toml", include_str!("../../../rules/zabbix.toml")),
    ("rules/sentry.toml", include_str!("../../../rules/sentry.toml")),
];

/// The most rules of one source, and the most patterns of one rule.
const MOST: usize = 50;

/// Returns the shipped rules.
pub fn shipped() -> Vec<Rule> {
    static READ: LazyLock<Vec<Rule>> =
        LazyLock::new(|| SHIPPED.iter().flat_map(|(file, text)| read_file(file, text)).collect());
    READ.clone()
}

fn read_file(file: &str, text: &str) -> Vec<Rule> {
    let env = BTreeMap::new();
    let ctx = DecodeContext::new(file, &env);
    let tree = tree::parse(file, text, Origin::File).unwrap_or_else(|mistakes| panic!("a test reads it: {mistakes:?}"));
    let root = Section::root(&ctx, &tree);
    let rules = root.tables("rules", "name", rule);
    root.finish();
    let mistakes = ctx.mistakes.take();
    assert!(mistakes.is_empty(), "a test reads the shipped rules: {mistakes:?}");
    rules
}

pub(super) fn watch(s: &Section<'_>) -> Watch {
    let ids = |key| s.need(key, "list of Discord ids", kinds::snowflakes).unwrap_or_default();
    let (channels, senders) = (ids("channels"), ids("senders"));
    let mut rules = s.tables("rules", "name", rule);
    if rules.len() > MOST {
        s.wrong("rules", format!("has {} entries; at most {MOST} are taken", rules.len()));
    }
    if s.flag("shipped_rules", true) {
        rules.extend(shipped());
    }
    if rules.is_empty() {
        s.wrong("shipped_rules", "without the shipped rules there must be rules of your own");
    }
    Watch { channels, senders, rules }
}

fn rule(s: &Section<'_>) -> Option<Rule> {
    let name = s.need("name", "name", kinds::id)?;
    let rule = Rule {
        name,
        alert: s.flag("alert", true),
        look: s.tables("look", "in", look),
        each: s.table("each", each).flatten(),
        firing: s.texts("firing").unwrap_or_default(),
        resolved: s.texts("resolved").unwrap_or_default(),
    };
    if rule.look.len() > MOST {
        s.wrong("look", format!("has {} entries; at most {MOST} are taken", rule.look.len()));
    }
    if rule.each.is_none() && rule.look.iter().all(|look| look.optional) && s.len("look") == rule.look.len() {
        s.wrong("look", "a rule needs a pattern that must be found, or it would fit every message");
    }
    let captured = |wanted: &[&str]| {
        let patterns = rule.look.iter().map(|look| &look.find).chain(rule.each.iter().map(|each| &each.find));
        patterns.flat_map(|find| find.capture_names().flatten()).any(|name| wanted.contains(&name))
    };
    if rule.alert && !captured(&["name", "labels", "summary"]) && s.len("look") == rule.look.len() {
        s.wrong("look", "no pattern captures a name: write (?P<name>…) in one of them");
    }
    Some(rule)
}

fn look(s: &Section<'_>) -> Option<Look> {
    let (part, find) = (part(s), s.need("find", "pattern", pattern));
    let optional = s.flag("optional", false);
    Some(Look { part: part?, find: find?, optional })
}

fn each(s: &Section<'_>) -> Option<Each> {
    let (part, find) = (part(s), s.need("find", "pattern", pattern));
    let heading = s.read("heading", "pattern", pattern);
    Some(Each { part: part?, find: find?, heading })
}

fn part(s: &Section<'_>) -> Option<Part> {
    s.need("in", "part of a message", |value| kinds::word(value, &Part::WORDS))
}

fn pattern(value: &Value) -> Result<regex::Regex, String> {
    let said = kinds::line(value)?;
    let pattern = unanchored(&said)?;
    match pattern.capture_names().flatten().find(|name| !Rule::CAPTURES.contains(name)) {
        Some(stray) => Err(format!("captures {}; there are {}", shown(stray), Rule::CAPTURES.join(", "))),
        None => Ok(pattern),
    }
}
