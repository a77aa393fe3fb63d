//! What the page shows, and how it answers a request.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{COMPONENTS, PAGE, TOKEN, rules};
use crate::fake_http::{Reaction, Received};

/// An incident as the page shows it.
#[derive(Clone, Debug, Default)]
pub struct StatuspageIncident {
    pub id: String,
    pub name: String,
    pub status: String,
    pub impact: String,
    pub metadata: Value,
    pub components: Vec<String>,
    /// Oldest first.
    pub updates: Vec<StatuspageUpdate>,
}

/// An update as the page shows it.
#[derive(Clone, Debug)]
pub struct StatuspageUpdate {
    pub id: String,
    pub status: String,
    pub body: String,
    /// Whether subscribers were notified.
    pub notified: bool,
}

pub struct StatuspageState {
    pub incidents: Vec<StatuspageIncident>,
    /// Status by id.
    pub components: BTreeMap<String, String>,
    pub always: Option<Reaction>,
    pub next_change: Option<(Reaction, bool)>,
    pub read_only: bool,
    made: u32,
}

impl Default for StatuspageState {
    fn default() -> Self {
        let components = COMPONENTS.iter().map(|(id, _)| ((*id).to_owned(), "operational".to_owned()));
        Self {
            incidents: Vec::new(),
            components: components.collect(),
            always: None,
            next_change: None,
            read_only: false,
            made: 0,
        }
    }
}

fn error(status: u16, what: &str) -> Reaction {
    Reaction::answer(status, json!({"error": [what]}).to_string())
}

fn ok(status: u16, body: &Value) -> Reaction {
    Reaction::answer(status, body.to_string())
}

pub fn respond(state: &mut StatuspageState, request: &Received) -> Reaction {
    if let Some(reaction) = &state.always {
        return reaction.clone();
    }
    if request.headers.get("authorization") != Some(&format!("OAuth {TOKEN}")) {
        return error(401, "Could not authenticate");
    }
    let path = request.path.split('?').next().unwrap_or_default();
    let Some(path) = path.strip_prefix(&format!("/v1/pages/{PAGE}")) else { return error(404, "Not found") };
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if request.method == "GET" {
        return read(state, &parts, &request.path);
    }
    if state.read_only {
        return error(403, "Forbidden");
    }
    let next = state.next_change.take();
    match next {
        Some((reaction, false)) => reaction,
        Some((reaction, true)) => {
            change(state, request, &parts);
            reaction
        }
        None => change(state, request, &parts),
    }
}

fn read(state: &StatuspageState, parts: &[&str], path: &str) -> Reaction {
    match parts {
        [] => ok(200, &json!({"id": PAGE, "name": "Example", "url": "https://status.example.com"})),
        ["components"] if path.contains("page=1") || !path.contains("page=") => {
            let shown = COMPONENTS.iter().map(|(id, name)| component(state, id, name));
            ok(200, &Value::Array(shown.collect()))
        }
        ["components"] => ok(200, &json!([])),
        ["incidents"] => {
            ok(200, &Value::Array(state.incidents.iter().rev().take(100).map(|i| incident(state, i)).collect()))
        }
        ["incidents", id] => match state.incidents.iter().find(|incident| incident.id == *id) {
            Some(found) => ok(200, &incident(state, found)),
            None => error(404, "Incident not found"),
        },
        _ => error(404, "Not found"),
    }
}

fn change(state: &mut StatuspageState, request: &Received, parts: &[&str]) -> Reaction {
    let body = request.json();
    match (request.method.as_str(), parts) {
        ("POST", ["incidents"]) => write_incident(state, None, &body["incident"]),
        ("PATCH" | "PUT", ["incidents", id]) => match state.incidents.iter().position(|incident| incident.id == *id) {
            Some(at) => write_incident(state, Some(at), &body["incident"]),
            None => error(404, "Incident not found"),
        },
        ("PATCH" | "PUT", ["incidents", id, "incident_updates", update]) => edit(state, id, update, &body),
        ("DELETE", ["incidents", id]) => match state.incidents.iter().position(|incident| incident.id == *id) {
            Some(at) => {
                let gone = state.incidents.remove(at);
                ok(200, &incident(state, &gone))
            }
            None => error(404, "Incident not found"),
        },
        ("PATCH" | "PUT", ["components", id]) => {
            let Some((id, name)) = COMPONENTS.iter().find(|(known, _)| known == id) else {
                return error(404, "Component not found");
            };
            if let Some(status) = body["component"]["status"].as_str() {
                state.components.insert((*id).to_owned(), status.to_owned());
            }
            ok(200, &component(state, id, name))
        }
        _ => error(404, "Not found"),
    }
}

fn write_incident(state: &mut StatuspageState, at: Option<usize>, body: &Value) -> Reaction {
    if let Err(what) = rules::check_incident(body, at.is_none()) {
        return error(422, &what);
    }
    let none = Map::new();
    for (id, status) in body["components"].as_object().unwrap_or(&none) {
        state.components.insert(id.clone(), status.as_str().unwrap_or_default().to_owned());
    }
    let at = at.unwrap_or_else(|| {
        let id = state.next_id("inc");
        state.incidents.push(StatuspageIncident {
            id,
            status: "investigating".to_owned(),
            ..StatuspageIncident::default()
        });
        state.incidents.len() - 1
    });
    let update = state.next_id("upd");
    let incident = &mut state.incidents[at];
    let text = |field: &str| body[field].as_str().map(str::to_owned);
    if let Some(name) = text("name") {
        incident.name = name;
    }
    if let Some(impact) = text("impact_override") {
        incident.impact = impact;
    }
    if body["metadata"].is_object() {
        incident.metadata = body["metadata"].clone();
    }
    if let Some(ids) = body["component_ids"].as_array() {
        incident.components = ids.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    }
    if let Some(status) = text("status") {
        incident.status = status;
    }
    if text("status").is_some() || text("body").is_some() {
        let notified = body["deliver_notifications"].as_bool().unwrap_or(true);
        let (status, body) = (incident.status.clone(), text("body").unwrap_or_default());
        incident.updates.push(StatuspageUpdate { id: update, status, body, notified });
    }
    let shown = incident.clone();
    ok(if shown.updates.len() == 1 { 201 } else { 200 }, &self::incident(state, &shown))
}

fn edit(state: &mut StatuspageState, id: &str, update: &str, body: &Value) -> Reaction {
    let found =
        state.incidents.iter_mut().filter(|incident| incident.id == id).flat_map(|incident| &mut incident.updates);
    let Some(update) = found.into_iter().find(|known| known.id == update) else {
        return error(404, "Update not found");
    };
    if let Some(text) = body["incident_update"]["body"].as_str() {
        text.clone_into(&mut update.body);
    }
    ok(200, &json!({"id": update.id, "status": update.status, "body": update.body, "incident_id": id}))
}

fn component(state: &StatuspageState, id: &str, name: &str) -> Value {
    let group = id.starts_with("gr0up");
    json!({"id": id, "name": name, "status": state.components[id], "group": group, "page_id": PAGE})
}

fn incident(state: &StatuspageState, incident: &StatuspageIncident) -> Value {
    let updates = incident.updates.iter().rev().map(|update| {
        json!({"id": update.id, "incident_id": incident.id, "status": update.status, "body": update.body,
            "deliver_notifications": update.notified})
    });
    let affected = COMPONENTS.iter().filter(|(id, _)| incident.components.iter().any(|known| known == id));
    json!({
        "id": incident.id, "name": incident.name, "status": incident.status, "impact": incident.impact,
        "impact_override": incident.impact, "metadata": incident.metadata, "page_id": PAGE,
        "incident_updates": updates.collect::<Vec<_>>(),
        "components": affected.map(|(id, name)| component(state, id, name)).collect::<Vec<_>>(),
    })
}

impl StatuspageState {
    /// Twelve letters and digits.
    fn next_id(&mut self, begin: &str) -> String {
        self.made += 1;
        format!("{begin}{:09}", self.made)
    }
}
