//! The documents of `/status/api/v2`, with the fields of Atlassian Statuspage's read API.

use chrono::SecondsFormat;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    data::{ComponentState, Snapshot, group_id},
    entry::{EntryUpdate, PublicEntry},
};
use crate::domain::Timestamp;

/// Returns the document of a path; `None` if there is no such path.
pub(super) fn document(page: &Snapshot, path: &str) -> Option<Value> {
    let head = head(page);
    let planned = |entries| json!({ "page": head, "scheduled_maintenances": incidents(page, entries) });
    Some(match path {
        "summary.json" => json!({
            "page": head, "components": components(page), "incidents": incidents(page, &page.open),
            "scheduled_maintenances": incidents(page, page.active.iter().chain(&page.upcoming)), "status": status(page),
        }),
        "status.json" => json!({ "page": head, "status": status(page) }),
        "components.json" => json!({ "page": head, "components": components(page) }),
        "incidents.json" => json!({ "page": head, "incidents": incidents(page, &page.newest) }),
        "incidents/unresolved.json" => json!({ "page": head, "incidents": incidents(page, &page.open) }),
        "scheduled-maintenances.json" => planned(&page.maintenances),
        "scheduled-maintenances/upcoming.json" => planned(&page.upcoming),
        "scheduled-maintenances/active.json" => planned(&page.active),
        _ => return None,
    })
}

fn at(time: Timestamp) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[derive(Serialize)]
struct Head<'a> {
    id: &'a str,
    name: &'a str,
    url: &'a str,
    time_zone: &'a str,
    updated_at: String,
}

fn head(page: &Snapshot) -> Head<'_> {
    Head { id: &page.id, name: &page.name, url: &page.url, time_zone: "Etc/UTC", updated_at: at(page.updated_at) }
}

fn status(page: &Snapshot) -> Value {
    json!({ "indicator": page.banner.indicator.name(), "description": page.banner.description })
}

#[derive(Serialize)]
struct Component<'a> {
    id: String,
    name: &'a str,
    status: &'a str,
    created_at: String,
    updated_at: String,
    position: usize,
    description: Option<&'a str>,
    showcase: bool,
    start_date: Option<String>,
    group_id: Option<String>,
    page_id: &'a str,
    group: bool,
    only_show_if_degraded: bool,
    /// For a group: the components in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<Vec<&'a str>>,
}

fn component<'a>(page: &'a Snapshot, shown: &'a ComponentState, position: usize) -> Component<'a> {
    Component {
        id: shown.id.clone(),
        name: &shown.name,
        status: shown.status.name(),
        created_at: at(shown.created_at),
        updated_at: at(shown.updated_at),
        position,
        description: shown.description.as_deref(),
        showcase: true,
        start_date: None,
        group_id: shown.group.as_deref().map(group_id),
        page_id: &page.id,
        group: false,
        only_show_if_degraded: false,
        components: None,
    }
}

/// Components in display order, each group just before its first component.
fn components(page: &Snapshot) -> Vec<Component<'_>> {
    let mut out: Vec<Component<'_>> = Vec::new();
    let mut told: Vec<&str> = Vec::new();
    for shown in &page.components {
        if let Some(name) = shown.group.as_deref().filter(|name| !told.contains(name)) {
            told.push(name);
            out.extend(heading(page, name, out.len() + 1));
        }
        out.push(component(page, shown, out.len() + 1));
    }
    out
}

/// A group, which shows the worst status of its components.
fn heading<'a>(page: &'a Snapshot, name: &'a str, position: usize) -> Option<Component<'a>> {
    let members: Vec<&ComponentState> = page.components.iter().filter(|c| c.group.as_deref() == Some(name)).collect();
    let worst = members.iter().map(|member| member.status).max()?;
    Some(Component {
        id: group_id(name),
        name,
        status: worst.name(),
        created_at: at(members.iter().map(|member| member.created_at).min()?),
        updated_at: at(members.iter().map(|member| member.updated_at).max()?),
        position,
        description: None,
        showcase: false,
        start_date: None,
        group_id: None,
        page_id: &page.id,
        group: true,
        only_show_if_degraded: false,
        components: Some(members.iter().map(|member| member.id.as_str()).collect()),
    })
}

#[derive(Serialize)]
struct Incident<'a> {
    id: String,
    name: &'a str,
    status: &'a str,
    created_at: String,
    updated_at: String,
    monitoring_at: Option<String>,
    resolved_at: Option<String>,
    impact: &'a str,
    shortlink: String,
    started_at: String,
    page_id: &'a str,
    incident_updates: Vec<Update<'a>>,
    components: Vec<Component<'a>>,
    reminder_intervals: Option<String>,
    /// Of a maintenance: when its window begins and ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_for: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_until: Option<String>,
}

#[derive(Serialize)]
struct Update<'a> {
    id: String,
    status: &'a str,
    body: &'a str,
    incident_id: String,
    created_at: String,
    updated_at: String,
    display_at: String,
    affected_components: Option<Vec<AffectedJson<'a>>>,
    deliver_notifications: bool,
    custom_tweet: Option<String>,
    tweet_id: Option<String>,
}

#[derive(Serialize)]
struct AffectedJson<'a> {
    code: &'a str,
    name: &'a str,
    old_status: &'a str,
    new_status: &'a str,
}

fn incidents<'a>(page: &'a Snapshot, entries: impl IntoIterator<Item = &'a PublicEntry>) -> Vec<Incident<'a>> {
    entries.into_iter().map(|entry| incident(page, entry)).collect()
}

fn incident<'a>(page: &'a Snapshot, entry: &'a PublicEntry) -> Incident<'a> {
    let updates = entry.updates.iter().rev().map(|told| update(page, entry, told));
    let all = components(page);
    let named = |key| page.component(key).map(|shown| shown.id.clone());
    let touched: Vec<String> = entry.components.iter().filter_map(named).collect();
    Incident {
        id: entry.id.clone(),
        name: &entry.name,
        status: entry.status,
        created_at: at(entry.created_at),
        updated_at: at(entry.updated_at),
        monitoring_at: entry.monitoring_at.map(at),
        resolved_at: entry.resolved_at.map(at),
        impact: entry.impact,
        shortlink: page.link(entry),
        started_at: at(entry.started_at),
        page_id: &page.id,
        incident_updates: updates.collect(),
        components: all.into_iter().filter(|component| touched.contains(&component.id)).collect(),
        reminder_intervals: None,
        scheduled_for: entry.window.map(|window| at(window.from)),
        scheduled_until: entry.window.map(|window| at(window.until)),
    }
}

fn update<'a>(page: &'a Snapshot, entry: &PublicEntry, told: &'a EntryUpdate) -> Update<'a> {
    let affected = told.affected.iter().filter_map(|affected| {
        let shown = page.component(&affected.component)?;
        let (old_status, new_status) = (affected.old.name(), affected.new.name());
        Some(AffectedJson { code: &shown.id, name: &shown.name, old_status, new_status })
    });
    let affected: Vec<AffectedJson<'_>> = affected.collect();
    Update {
        id: told.id.clone(),
        status: told.status,
        body: &told.body,
        incident_id: entry.id.clone(),
        created_at: at(told.at),
        updated_at: at(told.at),
        display_at: at(told.at),
        affected_components: Some(affected).filter(|affected| !affected.is_empty()),
        deliver_notifications: true,
        custom_tweet: None,
        tweet_id: None,
    }
}
