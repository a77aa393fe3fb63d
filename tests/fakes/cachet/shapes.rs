//! The bodies of answers in both versions.

use serde_json::{Value, json};

use super::{
    CachetVersion,
    state::{CachetComponent, CachetIncident, CachetUpdate},
};
use crate::fake_http::Reaction;

const WHEN: &str = "2026-03-02 10:00:00";

/// An answer with one object.
pub fn item(data: &Value) -> Reaction {
    Reaction::answer(200, json!({"data": data}).to_string())
}

/// An answer with a listing of one page.
pub fn list(entries: impl Iterator<Item = Value>) -> Reaction {
    let data: Vec<Value> = entries.collect();
    let pagination = json!({
        "total": data.len(), "count": data.len(), "per_page": 100, "current_page": 1, "total_pages": 1,
        "links": {"next_page": null, "previous_page": null},
    });
    Reaction::answer(200, json!({"meta": {"pagination": pagination}, "data": data}).to_string())
}

pub fn version(version: CachetVersion) -> Value {
    match version {
        CachetVersion::V2 => json!("2.4.1"),
        CachetVersion::V3 => json!({"version": "3.x-dev"}),
    }
}

/// An object of version 3: its fields are one level deeper, and its id is a text.
fn resource(kind: &str, id: u64, attributes: Value) -> Value {
    json!({"id": id.to_string(), "type": kind, "attributes": attributes})
}

fn moment() -> Value {
    json!({"human": "1 hour ago", "string": WHEN})
}

pub fn component(version: CachetVersion, id: u64, known: &CachetComponent) -> Value {
    let CachetComponent { name, status, enabled } = known;
    match version {
        CachetVersion::V2 => json!({
            "id": id, "name": name, "description": "", "link": "", "status": status, "status_name": "", "order": 0,
            "group_id": 0, "enabled": enabled, "created_at": WHEN, "updated_at": WHEN, "tags": {},
        }),
        CachetVersion::V3 => resource(
            "components",
            id,
            json!({
                "id": id, "name": name, "status": status, "enabled": enabled, "created": moment(), "updated": moment(),
            }),
        ),
    }
}

pub fn incident(version: CachetVersion, incident: &CachetIncident) -> Value {
    let CachetIncident { id, name, message, status, visible, .. } = incident;
    match version {
        CachetVersion::V2 => json!({
            "id": id, "component_id": 0, "name": name, "status": status, "visible": i32::from(*visible),
            "stickied": false, "message": message, "occurred_at": WHEN, "created_at": WHEN, "updated_at": WHEN,
            "human_status": "", "latest_status": status, "permalink": format!("https://cachet.example/incidents/{id}"),
        }),
        CachetVersion::V3 => resource(
            "incidents",
            *id,
            json!({
                "id": id, "guid": "", "name": name, "message": message, "visible": visible, "stickied": false,
                "status": {"human": "", "value": status}, "created": moment(), "updated": moment(),
            }),
        ),
    }
}

pub fn update(version: CachetVersion, incident: u64, update: &CachetUpdate) -> Value {
    let CachetUpdate { id, status, message } = update;
    match version {
        CachetVersion::V2 => json!({
            "id": id, "incident_id": incident, "status": status, "message": message, "user_id": 1, "created_at": WHEN,
            "updated_at": WHEN, "human_status": "",
        }),
        CachetVersion::V3 => resource(
            "updates",
            *id,
            json!({
                "id": id, "updateable_id": incident, "updateable_type": "incident", "message": message,
                "status": {"human": "", "value": status}, "created": moment(), "updated": moment(),
            }),
        ),
    }
}
