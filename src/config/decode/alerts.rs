//! Decodes sources, routes, and rules that open incidents.

use std::time::Duration;

use super::{
    DAY, folding,
    mapping::{self, ShippedMapping},
    matchers::matchers,
    muting::{self, Intervals},
    policy, rules, seconds,
};
use crate::{
    config::{
        Signature, SourceKind, kinds,
        mistake::{nearest, shown},
        model::{Alerts, Source},
        read::Section,
        tree::Value,
    },
    domain::{
        alert::{DeclareRule, Inhibitions, Route, RouteSpec, StormLimit},
        ids::{RoomId, SourceId},
    },
};

pub(super) fn source(s: &Section<'_>) -> Option<Source> {
    let id = s.id();
    let word = s.need("kind", "kind of sender", source_kind);
    let kind = word.map(|word| word.kind);
    let shipped = word.and_then(|word| word.shipped);
    let mapping = s.table("mapping", mapping::mapping);
    let mapped = |kind| matches!(kind, SourceKind::Generic | SourceKind::CloudEvents);
    if mapping.is_some() && kind.is_some_and(|kind| !mapped(kind)) {
        s.wrong("mapping", "only a source of the kind generic or cloudevents has a mapping");
    }
    let discord = s.table("discord", rules::watch);
    if let Some(kind) = kind {
        fits_discord(s, kind == SourceKind::Discord);
    }
    let source = Source {
        enabled: s.flag("enabled", true),
        token: s.secret("token"),
        old_token: s.secret("old_token"),
        signing_secret: s.secret("signing_secret"),
        old_signing_secret: s.secret("old_signing_secret"),
        silent_after: s.read("silent_after", "duration", |value| kinds::duration(value, seconds(60, 366 * DAY))),
        heartbeat: s.flag("heartbeat", false),
        shipped: shipped.map(|shipped| shipped.name),
        topics: s.read("topics", "list of topic ARNs", topics).unwrap_or_default(),
        base_url: s.read("base_url", "address", kinds::line),
        signature_header: s.read("signature_header", "name of a header", header_name),
        timestamp_header: s.read("timestamp_header", "name of a header", header_name),
        severity: s.table("severity", mapping::severities).unwrap_or_default(),
        mapping,
        discord,
        ..Source::new(SourceId::new(id.as_deref().unwrap_or_default()), kind.unwrap_or(SourceKind::Generic))
    };
    let source = match shipped {
        Some(shipped) => completed(source, shipped),
        None => source,
    };
    if source.old_token.is_some() && !s.has("token") {
        s.wrong("old_token", "is of use only beside a token");
    }
    if source.heartbeat && source.silent_after.is_none() && !s.has("silent_after") {
        s.wrong("heartbeat", "say in silent_after how long the source may be silent");
    }
    headers_fit(s, kind);
    fits_sns(s, kind);
    if source.old_signing_secret.is_some() && !s.has("signing_secret") {
        s.wrong("old_signing_secret", "is of use only beside a signing_secret");
    }
    if source.signing_secret.is_some() && source.kind.has_own_paths() {
        s.wrong("signing_secret", "bodies of this kind are not signed; set a token");
    }
    id.map(|_| source)
}

fn header_name(value: &Value) -> Result<String, String> {
    let said = kinds::text(value)?;
    let fine = (1..=64).contains(&said.len()) && said.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if fine {
        Ok(said)
    } else {
        Err(format!("{} is no name of a header; write one such as \"X-Signature\"", shown(&said)))
    }
}

fn topics(value: &Value) -> Result<Vec<String>, String> {
    let said = kinds::texts(value)?;
    match said.iter().find(|topic| !topic.starts_with("arn:") || topic.split(':').count() != 6) {
        Some(wrong) => Err(format!(
            "{} is no topic; write one such as \"arn:aws:sns:eu-west-1:123456789012:alarms\"",
            shown(wrong)
        )),
        None => Ok(said),
    }
}

/// Checks the keys for `sns`: Amazon signs with its own certificates, and only messages signed for a listed topic are
/// accepted.
fn fits_sns(s: &Section<'_>, kind: Option<SourceKind>) {
    let is_sns = kind.is_none_or(|kind| kind == SourceKind::Sns);
    for key in ["topics", "base_url"] {
        if s.has(key) && !is_sns {
            s.wrong(key, "only a source of the kind sns has this");
        }
    }
    if s.has("signing_secret") && kind == Some(SourceKind::Sns) {
        s.wrong("signing_secret", "Amazon SNS shares no secret; list the topics that are believed in `topics`");
    }
}

/// Checks that signature headers are set only for senders that can name them.
fn headers_fit(s: &Section<'_>, kind: Option<SourceKind>) {
    let chosen = |kind: SourceKind| matches!(kind.signature(), Signature::Hotroom | Signature::Grafana);
    for key in ["signature_header", "timestamp_header"] {
        if s.has(key) && !kind.is_none_or(chosen) {
            s.wrong(key, "this kind of sender signs in a header of its own");
        }
        if s.has(key) && !s.has("signing_secret") {
            s.wrong(key, "is of use only beside a signing_secret");
        }
    }
}

/// A word of `kind`.
#[derive(Clone, Copy)]
struct KindWord {
    kind: SourceKind,
    shipped: Option<&'static ShippedMapping>,
}

/// Completes a source from a shipped mapping; what the operator wrote wins.
fn completed(source: Source, shipped: &ShippedMapping) -> Source {
    let mut severity = shipped.severity.clone();
    severity.extend(source.severity);
    let mapping = source.mapping.unwrap_or_default().over(&shipped.mapping);
    Source { severity, mapping: Some(mapping), ..source }
}

fn source_kind(value: &Value) -> Result<KindWord, String> {
    let said = kinds::text(value)?;
    if let Some(shipped) = mapping::shipped().iter().find(|shipped| shipped.name == said) {
        return Ok(KindWord { kind: SourceKind::Generic, shipped: Some(shipped) });
    }
    let known = SourceKind::ALL.iter().find(|(word, _)| *word == said);
    known.map(|(_, kind)| KindWord { kind: *kind, shipped: None }).ok_or_else(|| {
        let mapped = mapping::shipped().iter().map(|shipped| shipped.name);
        let near = nearest(&said, SourceKind::ALL.iter().map(|(word, _)| *word).chain(mapped));
        let near = near.map(|near| format!("did you mean {}? ", shown(near))).unwrap_or_default();
        format!("{} is no kind of sender; {near}docs/senders/README.md has them all", shown(&said))
    })
}

/// Checks keys that fit only sources that post over HTTP, or only sources read on Discord.
fn fits_discord(s: &Section<'_>, is_discord: bool) {
    if s.has("discord") != is_discord {
        let what = if is_discord {
            "missing; write [sources.discord] with channels and senders"
        } else {
            "only a source of the kind discord has this table"
        };
        s.wrong("discord", what);
    }
    for key in ["token", "old_token", "signing_secret", "old_signing_secret"] {
        if is_discord && s.has(key) {
            s.wrong(key, "a source of the kind discord takes no posts: it has neither token nor secret");
        }
    }
}

pub(super) fn alerts(s: &Section<'_>) -> Alerts {
    let intervals = muting::intervals(s);
    let root = s.table("route", |route| node(route, 0, &intervals)).unwrap_or_default();
    Alerts {
        inhibit: Inhibitions::new(s.tables("inhibit", "source", muting::inhibit)),
        route: Route::root(root, RoomId::new("alerts")),
        declare: s.tables("declare", "name", declare_rule),
        storm: s.table("storm", storm).unwrap_or(StormLimit { messages: 20, within: Duration::from_secs(60) }),
        resolve_timeout: s.duration("resolve_timeout", seconds(1, 30 * DAY)),
        reopen_hold: s.duration("reopen_hold", seconds(0, 600)),
        start_grace: s.duration("start_grace", seconds(0, DAY)),
        enrich: s.tables("enrich", "service", folding::enrich),
        acknowledge_expires: s.read("acknowledge_expires", "duration, or \"never\"", acknowledge_expires).flatten(),
        correlate: folding::by_window(s.tables("correlate", "name", folding::pattern)),
        flapping: s.table("flapping", folding::flapping).unwrap_or(folding::NO_FLAPPING),
    }
}

fn storm(s: &Section<'_>) -> StormLimit {
    let messages = u32::try_from(s.count("messages", 1..=1_000)).unwrap_or(u32::MAX);
    StormLimit { messages, within: s.duration("within", seconds(10, DAY)) }
}

fn acknowledge_expires(value: &Value) -> Result<Option<Duration>, String> {
    if kinds::text(value)? == "never" { Ok(None) } else { kinds::duration(value, seconds(60, 30 * DAY)).map(Some) }
}

/// The maximum depth of the routing tree.
const MAX_DEPTH: usize = 16;

/// Reads a route as written. Missing keys are inherited when the tree is built.
fn node(s: &Section<'_>, depth: usize, intervals: &Intervals) -> RouteSpec {
    let time = |key, low| s.read(key, "duration", |value| kinds::duration(value, seconds(low, 366 * DAY)));
    let mut route = RouteSpec {
        matchers: if depth > 0 { matchers(s) } else { Vec::new() },
        proceed: depth > 0 && s.flag("continue", false),
        feed: s.read("feed", "name", kinds::id).map(RoomId::new),
        group_by: s.texts("group_by"),
        group_wait: time("group_wait", 0),
        group_interval: time("group_interval", 1),
        repeat_interval: time("repeat_interval", 60),
        send_resolved: s.read("send_resolved", "true or false", kinds::flag),
        // As in Alertmanager, the root is never muted: alerts that no other route matches must not get lost.
        mute: if depth > 0 { muting::named_by(s, "mute", intervals) } else { Vec::new() },
        active: if depth > 0 { muting::named_by(s, "active", intervals) } else { Vec::new() },
        routes: Vec::new(),
    };
    if depth >= MAX_DEPTH {
        s.wrong("routes", format!("nested deeper than {MAX_DEPTH}"));
        return route;
    }
    route.routes = s.tables("routes", "feed", |child| Some(node(child, depth + 1, intervals)));
    route
}

fn declare_rule(s: &Section<'_>) -> Option<DeclareRule> {
    let name = s.need("name", "name", kinds::id);
    let rule = DeclareRule {
        name: name.clone().unwrap_or_default(),
        at_least: s.read("at_least", "sev1, sev2, sev3 or sev4", policy::severity),
        matchers: matchers(s),
        critical_service: s.flag("critical_service", false),
        after: s
            .read("after", "duration", |value| kinds::duration(value, seconds(0, 30 * DAY)))
            .unwrap_or(Duration::ZERO),
        during_maintenance: s.flag("during_maintenance", false),
        severity: s.read("severity", "sev1, sev2, sev3 or sev4", policy::severity),
    };
    let conditions = !rule.matchers.is_empty() || rule.critical_service || rule.at_least.is_some();
    if s.has("name") && !conditions && !s.has("matchers") {
        s.wrong("matchers", "missing; a rule without conditions would open an incident for every alert");
    }
    name.map(|_| rule)
}
