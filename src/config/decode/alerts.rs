//! Senders, routes, and rules that open incidents.

use std::time::Duration;

use super::{DAY, policy, seconds};
use crate::{
    config::{
        kinds,
        mistake::shown,
        model::{Alerts, FieldMapping, Source, SourceKind},
        read::Section,
        tree::Value,
    },
    domain::{
        alert::{DeclareRule, MatchOp, Matcher, Route},
        ids::{RoomId, RouteId, SourceId},
    },
};

const KINDS: [(&str, SourceKind); 2] = [("alertmanager", SourceKind::Alertmanager), ("generic", SourceKind::Generic)];

pub(super) fn source(s: &Section<'_>) -> Option<Source> {
    let id = s.id();
    let kind = s.need("kind", "alertmanager or generic", |value| kinds::word(value, &KINDS));
    let mapping = s.table("mapping", mapping);
    if mapping.is_some() && kind == Some(SourceKind::Alertmanager) {
        s.wrong("mapping", "only a source of the kind generic has a mapping");
    }
    let source = Source {
        id: SourceId::new(id.as_deref().unwrap_or_default()),
        kind: kind.unwrap_or(SourceKind::Generic),
        enabled: s.flag("enabled", true),
        token: s.secret("token"),
        old_token: s.secret("old_token"),
        signing_secret: s.secret("signing_secret"),
        mapping,
    };
    if source.old_token.is_some() && !s.has("token") {
        s.wrong("old_token", "is of use only beside a token");
    }
    id.map(|_| source)
}

fn mapping(s: &Section<'_>) -> FieldMapping {
    let at = |key| s.read(key, "JSON pointer", pointer);
    FieldMapping {
        alerts: at("alerts"),
        name: at("name"),
        state: at("state"),
        resolved_values: s.texts("resolved_values").unwrap_or_default(),
        severity: at("severity"),
        service: at("service"),
        host: at("host"),
        summary: at("summary"),
        fingerprint: at("fingerprint"),
        starts_at: at("starts_at"),
        ends_at: at("ends_at"),
        labels: at("labels"),
        link: at("link"),
    }
}

fn pointer(value: &Value) -> Result<String, String> {
    let said = kinds::text(value)?;
    let stray = said.split('~').skip(1).any(|after| !after.starts_with(['0', '1']));
    if !said.starts_with('/') || stray {
        return Err(format!("{} is no JSON pointer; write one such as \"/alert/title\"", shown(&said)));
    }
    Ok(said)
}

pub(super) fn alerts(s: &Section<'_>) -> Alerts {
    let root = s.table("route", |route| node(route, "root", None));
    Alerts {
        route: root.unwrap_or_else(|| nowhere("root")),
        declare: s.tables("declare", "name", declare_rule),
        resolve_timeout: s.duration("resolve_timeout", seconds(1, 30 * DAY)),
    }
}

/// How deep routes may nest.
const MAX_DEPTH: usize = 16;

fn node(s: &Section<'_>, id: &str, above: Option<&Route>) -> Route {
    let base = above.cloned().map_or_else(|| nowhere(id), |above| Route { routes: Vec::new(), ..above });
    let time = |key, low, otherwise| {
        s.read(key, "duration", |value| kinds::duration(value, seconds(low, 366 * DAY))).unwrap_or(otherwise)
    };
    let group_by = s.texts("group_by").map(|labels| (labels != ["..."]).then_some(labels));
    let mut route = Route {
        id: RouteId::new(id),
        matchers: if above.is_some() { matchers(s) } else { Vec::new() },
        proceed: above.is_some() && s.flag("continue", false),
        feed: s.read("feed", "name", kinds::id).map_or(base.feed, RoomId::new),
        group_by: group_by.unwrap_or(base.group_by),
        group_wait: time("group_wait", 0, base.group_wait),
        group_interval: time("group_interval", 1, base.group_interval),
        repeat_interval: time("repeat_interval", 60, base.repeat_interval),
        routes: Vec::new(),
    };
    if id.split('/').count() > MAX_DEPTH {
        s.wrong("routes", format!("nested deeper than {MAX_DEPTH}"));
        return route;
    }
    let mut index = 0;
    let below = s.tables("routes", "feed", |child| {
        let child = node(child, &format!("{id}/{index}"), Some(&route));
        index += 1;
        Some(child)
    });
    route.routes = below;
    route
}

fn nowhere(id: &str) -> Route {
    Route {
        id: RouteId::new(id),
        matchers: Vec::new(),
        proceed: false,
        feed: RoomId::new("alerts"),
        group_by: Some(Vec::new()),
        group_wait: Duration::from_secs(10),
        group_interval: Duration::from_secs(60),
        repeat_interval: Duration::from_secs(4 * super::HOUR),
        routes: Vec::new(),
    }
}

fn declare_rule(s: &Section<'_>) -> Option<DeclareRule> {
    let name = s.need("name", "name", kinds::id);
    let rule = DeclareRule {
        name: name.clone().unwrap_or_default(),
        matchers: matchers(s),
        critical_service: s.flag("critical_service", false),
        after: s
            .read("after", "duration", |value| kinds::duration(value, seconds(0, 30 * DAY)))
            .unwrap_or(Duration::ZERO),
        severity: s.read("severity", "sev1, sev2, sev3 or sev4", policy::severity),
    };
    if s.has("name") && rule.matchers.is_empty() && !rule.critical_service && !s.has("matchers") {
        s.wrong("matchers", "missing; a rule without conditions would open an incident for every alert");
    }
    name.map(|_| rule)
}

fn matchers(s: &Section<'_>) -> Vec<Matcher> {
    let written = s.texts("matchers").unwrap_or_default();
    written
        .iter()
        .filter_map(|text| match matcher(text) {
            Ok(matcher) => Some(matcher),
            Err(what) => {
                s.wrong("matchers", what);
                None
            }
        })
        .collect()
}

fn matcher(text: &str) -> Result<Matcher, String> {
    const OPS: [(&str, MatchOp); 4] =
        [("=~", MatchOp::Regex), ("!~", MatchOp::NotRegex), ("!=", MatchOp::NotEqual), ("=", MatchOp::Equal)];
    let wrong =
        || format!("{} is no matcher; write label=value, label!=value, label=~regex or label!~regex", shown(text));
    let at = text.find(['=', '!']).ok_or_else(wrong)?;
    let (sign, op) = OPS.iter().find(|(sign, _)| text[at..].starts_with(sign)).ok_or_else(wrong)?;
    let label = text[..at].trim();
    let value = text[at + sign.len()..].trim();
    let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    if label.is_empty() {
        return Err(wrong());
    }
    let pattern = match op {
        MatchOp::Equal | MatchOp::NotEqual => None,
        MatchOp::Regex | MatchOp::NotRegex => Some(
            regex::RegexBuilder::new(&format!("^(?:{value})$"))
                .size_limit(1 << 20)
                .build()
                .map_err(|e| format!("the pattern of {} cannot be read: {e}", shown(text)))?,
        ),
    };
    Ok(Matcher { label: label.to_owned(), op: *op, value: value.to_owned(), pattern })
}
