//! Sentry's integration platform: issues, issue alerts and metric alerts. Source: docs.sentry.io, "Integration platform
//! webhooks". The header `Sentry-Hook-Resource` names the resource; [`super::form`] stores it under [`RESOURCE`], and
//! without it the shape of the body decides.

use std::collections::BTreeMap;

use super::{Reading, Unreadable, json::Json, reading};
use crate::domain::{
    Timestamp,
    alert::{Signal, WarningKind, named_fingerprint},
    ids::SourceId,
    text::Untrusted,
};

/// The member of the stored document that has the resource.
pub(super) const RESOURCE: &str = "sentry_hook_resource";

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let said = reading::text(root, &format!("/{RESOURCE}"));
    let has = |name: &str| root.pointer(&format!("/data/{name}")).is_some();
    let resource = said.as_deref().unwrap_or(match () {
        () if has("metric_alert") => "metric_alert",
        () if has("event") => "event_alert",
        () if has("issue") => "issue",
        () => "",
    });
    let signal = match resource {
        "issue" => issue(source, root)?,
        "event_alert" => event_alert(source, root, received)?,
        "metric_alert" => metric_alert(source, root)?,
        // These report an occurrence, not a current problem.
        "installation" | "error" | "comment" | "seer" | "preprod_artifact" => None,
        _ => return Err(Unreadable::new("this is none of Sentry's resources", "/data")),
    };
    Ok(Reading { signals: signal.into_iter().collect(), ..Reading::default() })
}

fn missing(what: &str, place: &str) -> Unreadable {
    Unreadable::new(format!("the {what} has no id"), place)
}

/// Returns the fingerprint shared by issues and issue alerts, so that resolving the issue resolves the alert.
fn issue_fingerprint(source: &SourceId, id: &str) -> crate::domain::alert::Fingerprint {
    named_fingerprint(source, &format!("issue {id}"))
}

fn issue(source: &SourceId, root: &Json) -> Result<Option<Signal>, Unreadable> {
    let text = |field: &str| reading::text(root, &format!("/data/issue/{field}"));
    let id = text("id").ok_or_else(|| missing("issue", "/data/issue/id"))?;
    // Archiving an issue means no notifications until it recurs.
    let over = matches!(text("status").as_deref(), Some("resolved" | "ignored" | "archived" | "muted"));
    let name = text("title").unwrap_or_else(|| format!("Sentry issue {id}"));
    let said = reading::signal(issue_fingerprint(source, &id), !over, name);
    let holder = if over { None } else { text("assignedTo/name") };
    let signal = Signal {
        service: text("project/slug"),
        summary: with_culprit(&said.name, text("culprit")),
        links: reading::links([text("permalink"), text("web_url")].iter().flatten().map(String::as_str)),
        acknowledged_by: holder.map(Untrusted::new),
        labels: text("shortId").map(|id| ("short_id".to_owned(), Untrusted::new(id))).into_iter().collect(),
        ..said
    };
    Ok(Some(reading::labelled(signal, text("level").as_deref())))
}

fn event_alert(source: &SourceId, root: &Json, received: Timestamp) -> Result<Option<Signal>, Unreadable> {
    let text = |field: &str| reading::text(root, &format!("/data/event/{field}"));
    let id = text("issue_id").ok_or_else(|| missing("issue of the event", "/data/event/issue_id"))?;
    let name = text("title").unwrap_or_else(|| format!("Sentry issue {id}"));
    let mut labels = tags(root.pointer("/data/event/tags"));
    let rule = reading::text(root, "/data/triggered_rule");
    labels.extend(rule.map(|rule| ("rule".to_owned(), Untrusted::new(rule))));
    labels.extend(text("environment").map(|name| ("environment".to_owned(), Untrusted::new(name))));
    let said = reading::signal(issue_fingerprint(source, &id), true, name);
    let mut signal = Signal {
        service: text("url").as_deref().and_then(project),
        host: labels.get("server_name").cloned(),
        summary: with_culprit(&said.name, text("culprit")),
        links: reading::links(text("web_url").as_deref()),
        labels,
        ..said
    };
    let mut remarks = Vec::new();
    let at = reading::time(root.pointer("/data/event/datetime"), &mut remarks);
    reading::set_times(&mut signal, at, None, received);
    Ok(Some(reading::labelled(signal, text("level").as_deref())))
}

fn metric_alert(source: &SourceId, root: &Json) -> Result<Option<Signal>, Unreadable> {
    let text = |field: &str| reading::text(root, &format!("/data/{field}"));
    let id = text("metric_alert/id").ok_or_else(|| missing("metric alert", "/data/metric_alert/id"))?;
    let action = reading::text(root, "/action").unwrap_or_default();
    let known = match action.as_str() {
        "critical" | "warning" | "open" => Some(true),
        "resolved" => Some(false),
        _ => None,
    };
    let firing = known.unwrap_or(true);
    let rule = text("metric_alert/alert_rule/name");
    let name = rule.or_else(|| text("description_title")).unwrap_or_else(|| format!("Sentry metric alert {id}"));
    let said = reading::signal(named_fingerprint(source, &format!("metric {id}")), firing, name);
    let summary =
        [text("description_text"), text("description_title")].into_iter().flatten().next().map(Untrusted::new);
    let signal = Signal {
        service: text("metric_alert/projects/0"),
        summary: reading::first_line([summary.as_ref()]).unwrap_or_else(|| said.name.clone()),
        links: reading::links(text("web_url").as_deref()),
        ..said
    };
    let severity = Some(action.as_str()).filter(|word| matches!(*word, "critical" | "warning"));
    let mut signal = reading::labelled(signal, severity);
    if known.is_none() {
        signal.warn(WarningKind::UnknownState, &action);
    }
    Ok(Some(signal))
}

fn with_culprit(title: &Untrusted, culprit: Option<String>) -> Untrusted {
    culprit.map_or_else(|| title.clone(), |culprit| Untrusted::new(format!("{} in {culprit}", title.verbatim())))
}

/// Reads tags from a list of pairs.
fn tags(value: Option<&Json>) -> BTreeMap<String, Untrusted> {
    let pair = |item: &Json| match item.items()? {
        [name, value] => Some((name.to_text()?, Untrusted::new(value.to_text()?))),
        _ => None,
    };
    value.and_then(Json::items).unwrap_or_default().iter().filter_map(pair).collect()
}

/// Returns the project from the URL of an event: `…/api/0/projects/{organisation}/{project}/events/…`.
fn project(url: &str) -> Option<String> {
    let (_, path) = url.split_once("/projects/")?;
    path.split('/').nth(1).filter(|slug| !slug.is_empty()).map(str::to_owned)
}
