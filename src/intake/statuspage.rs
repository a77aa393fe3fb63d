//! Statuspage webhooks for subscribers (support.atlassian.com, "Enable webhook notifications"): incidents and
//! components of third-party status pages.

use super::{
    Reading, Unreadable,
    draft::{Draft, need, text},
    json::Json,
};
use crate::domain::{Timestamp, ids::SourceId, text::Untrusted};

const SENDER: &str = "Statuspage";

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let incident = incident(source, root)?;
    let component = component(source, root)?;
    let mut parsed = Reading::default();
    if root.get("incident").or_else(|| root.get("component")).is_none() {
        return Err(Unreadable::new("the body has neither `incident` nor `component`", ""));
    }
    parsed.signals.extend([incident, component].into_iter().flatten().map(|draft| draft.signal(received)));
    Ok(parsed)
}

/// Reads an incident. `None` for planned maintenance, which is not an alert.
fn incident(source: &SourceId, root: &Json) -> Result<Option<Draft>, Unreadable> {
    let Some(incident) = root.get("incident") else { return Ok(None) };
    let id = need(root, "/incident/id", SENDER)?;
    let status = text(root, "/incident/status");
    let known = match status.as_ref().map_or("", Untrusted::verbatim) {
        "investigating" | "identified" | "monitoring" => Some(true),
        "resolved" | "postmortem" => Some(false),
        "scheduled" | "in_progress" | "verifying" | "completed" => return Ok(None),
        _ => None,
    };
    let name = text(incident, "/name").unwrap_or_else(|| id.clone());
    let draft = Draft::new(source, &["incident", id.verbatim()], name)
        .state(known, status.as_ref())
        .severity(text(incident, "/impact"))
        .label("page", text(root, "/page/id"))
        .label("components", names(incident.get("components")))
        .annotation("status", status)
        .annotation("description", text(incident, "/incident_updates/0/body"))
        .link(text(incident, "/shortlink"))
        .starts(incident.get("created_at"));
    Ok(Some(if known != Some(false) { draft } else { draft.ends(incident.get("resolved_at")) }))
}

fn names(components: Option<&Json>) -> Option<Untrusted> {
    let items = components.and_then(Json::items)?.iter();
    let names: Vec<String> = items.filter_map(|item| Some(text(item, "/name")?.verbatim().to_owned())).collect();
    Some(Untrusted::new(names.join(", ")))
}

/// Reads a component whose status changed. `None` if it is under maintenance, which is not an alert.
fn component(source: &SourceId, root: &Json) -> Result<Option<Draft>, Unreadable> {
    let Some(component) = root.get("component") else { return Ok(None) };
    let id = need(root, "/component/id", SENDER)?;
    let update = root.get("component_update").unwrap_or(&Json::Null);
    let status = text(update, "/new_status").or_else(|| text(component, "/status")).unwrap_or_default();
    let (firing, severity) = match status.verbatim() {
        "operational" => (Some(false), None),
        "degraded_performance" => (Some(true), Some("warning")),
        "partial_outage" => (Some(true), Some("error")),
        "major_outage" => (Some(true), Some("critical")),
        "under_maintenance" => return Ok(None),
        _ => (None, None),
    };
    let words = Untrusted::new(status.verbatim().replace('_', " "));
    let name = text(component, "/name").unwrap_or_else(|| id.clone());
    let draft = Draft::new(source, &["component", id.verbatim()], name)
        .state(firing, Some(&status))
        .severity(severity.and(Some(status)))
        .severity_as(severity)
        .says(Some(&words))
        .label("page", text(root, "/page/id"))
        .annotation("description", text(component, "/description"))
        .changed(update.get("created_at").or_else(|| component.get("updated_at")));
    Ok(Some(draft))
}
