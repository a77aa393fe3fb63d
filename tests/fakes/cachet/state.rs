//! What the page shows, and how it answers a request.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{COMPONENTS, CachetVersion, TOKEN, shapes};
use crate::fake_http::{Reaction, Received};

/// An incident as the page has it.
#[derive(Clone, Debug, Default)]
pub struct CachetIncident {
    pub id: u64,
    pub name: String,
    pub message: String,
    /// The status that the page shows: of the newest update, if there is one.
    pub status: i64,
    pub notified: bool,
    pub visible: bool,
    /// Oldest first.
    pub updates: Vec<CachetUpdate>,
}

/// An update of an incident.
#[derive(Clone, Debug)]
pub struct CachetUpdate {
    pub id: u64,
    pub status: i64,
    pub message: String,
}

/// A component.
#[derive(Clone, Debug)]
pub struct CachetComponent {
    pub name: String,
    pub status: i64,
    pub enabled: bool,
}

pub struct CachetState {
    pub version: CachetVersion,
    pub incidents: Vec<CachetIncident>,
    pub components: BTreeMap<u64, CachetComponent>,
    pub always: Option<Reaction>,
    pub next_change: Option<(Reaction, bool)>,
    made: u64,
}

impl CachetState {
    pub fn new(version: CachetVersion) -> Self {
        let component = |name: &str| CachetComponent { name: name.to_owned(), status: 1, enabled: true };
        let components = COMPONENTS.iter().map(|(id, name)| (*id, component(name))).collect();
        Self { version, incidents: Vec::new(), components, always: None, next_change: None, made: 0 }
    }

    fn next_id(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// The path of a request below the API of this version.
    fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        match self.version {
            CachetVersion::V2 => path.strip_prefix("/api/v1/"),
            CachetVersion::V3 => path.strip_prefix("/api/").filter(|path| !path.starts_with("v1/")),
        }
    }

    fn may_write(&self, request: &Received) -> bool {
        match self.version {
            CachetVersion::V2 => request.headers.get("x-cachet-token").is_some_and(|token| token == TOKEN),
            CachetVersion::V3 => request.headers.get("authorization") == Some(&format!("Bearer {TOKEN}")),
        }
    }
}

pub fn error(status: u16, what: &str) -> Reaction {
    Reaction::answer(status, json!({"errors": [{"status": status, "title": what}]}).to_string())
}

pub fn respond(state: &mut CachetState, request: &Received) -> Reaction {
    if let Some(reaction) = &state.always {
        return reaction.clone();
    }
    let path = request.path.split('?').next().unwrap_or_default();
    let Some(path) = state.below(path) else { return Reaction::answer(404, "<html>Not found</html>") };
    let parts: Vec<&str> = path.split('/').collect();
    if request.method == "GET" {
        return read(state, &parts);
    }
    if !state.may_write(request) {
        return error(401, "Unauthorized");
    }
    match state.next_change.take() {
        Some((reaction, false)) => reaction,
        Some((reaction, true)) => {
            change(state, request, &parts);
            reaction
        }
        None => change(state, request, &parts),
    }
}

fn number(part: &str) -> u64 {
    part.parse().unwrap_or(0)
}

fn read(state: &CachetState, parts: &[&str]) -> Reaction {
    let version = state.version;
    let incident = |id: &str| state.incidents.iter().find(|incident| incident.id == number(id));
    match parts {
        ["ping"] => shapes::item(&json!("Pong!")),
        ["version"] => shapes::item(&shapes::version(version)),
        ["components"] => {
            shapes::list(state.components.iter().map(|(id, known)| shapes::component(version, *id, known)))
        }
        ["components", id] => match state.components.get(&number(id)) {
            Some(known) => shapes::item(&shapes::component(version, number(id), known)),
            None => error(404, "Not Found"),
        },
        ["incidents"] => shapes::list(state.incidents.iter().rev().map(|incident| shapes::incident(version, incident))),
        ["incidents", id] => match incident(id) {
            Some(found) => shapes::item(&shapes::incident(version, found)),
            None => error(404, "Not Found"),
        },
        ["incidents", id, "updates"] => match incident(id) {
            Some(found) => {
                shapes::list(found.updates.iter().rev().map(|update| shapes::update(version, found.id, update)))
            }
            None => error(404, "Not Found"),
        },
        _ => error(404, "Not Found"),
    }
}

fn change(state: &mut CachetState, request: &Received, parts: &[&str]) -> Reaction {
    let body = request.json();
    match (request.method.as_str(), parts) {
        ("POST", ["incidents"]) => create(state, &body),
        ("PUT", ["incidents", id]) => put_incident(state, number(id), &body),
        ("DELETE", ["incidents", id]) => {
            state.incidents.retain(|incident| incident.id != number(id));
            Reaction::answer(204, "")
        }
        ("POST", ["incidents", id, "updates"]) => post_update(state, number(id), &body),
        ("PUT", ["incidents", id, "updates", update]) => put_update(state, number(id), number(update), &body),
        ("PUT", ["components", id]) => put_component(state, number(id), &body),
        _ => error(405, "Method Not Allowed"),
    }
}

fn flag(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| value.as_i64().map(|number| number != 0))
}

fn is_status(value: &Value, of: std::ops::RangeInclusive<i64>) -> bool {
    value.as_i64().is_some_and(|status| of.contains(&status))
}

fn create(state: &mut CachetState, body: &Value) -> Reaction {
    let (name, message) = (body["name"].as_str().unwrap_or_default(), body["message"].as_str().unwrap_or_default());
    if name.is_empty() || name.chars().count() > 255 || message.is_empty() || !is_status(&body["status"], 0..=4) {
        return error(422, "The request cannot be fulfilled: name, message and status are required");
    }
    let (visible, notify) = match state.version {
        CachetVersion::V2 => (flag(&body["visible"]).unwrap_or(true), flag(&body["notify"]).unwrap_or(true)),
        CachetVersion::V3 => (flag(&body["visible"]).unwrap_or(false), flag(&body["notifications"]).unwrap_or(false)),
    };
    let incident = CachetIncident {
        id: state.next_id(),
        name: name.to_owned(),
        message: message.to_owned(),
        status: body["status"].as_i64().unwrap_or(0),
        notified: notify,
        visible,
        updates: Vec::new(),
    };
    state.incidents.push(incident.clone());
    shapes::item(&shapes::incident(state.version, &incident))
}

fn put_incident(state: &mut CachetState, id: u64, body: &Value) -> Reaction {
    let version = state.version;
    let Some(incident) = state.incidents.iter_mut().find(|incident| incident.id == id) else {
        return error(404, "Not Found");
    };
    for (field, text) in [("name", &mut incident.name), ("message", &mut incident.message)] {
        if let Some(given) = body[field].as_str() {
            given.clone_into(text);
        }
    }
    if let Some(status) = body["status"].as_i64() {
        incident.status = status;
    }
    incident.visible = match version {
        CachetVersion::V2 => flag(&body["visible"]).unwrap_or(true),
        CachetVersion::V3 => flag(&body["visible"]).unwrap_or(incident.visible),
    };
    shapes::item(&shapes::incident(version, incident))
}

fn post_update(state: &mut CachetState, id: u64, body: &Value) -> Reaction {
    let (version, update) = (state.version, state.next_id());
    let Some(incident) = state.incidents.iter_mut().find(|incident| incident.id == id) else {
        return error(404, "Not Found");
    };
    let message = body["message"].as_str().unwrap_or_default().to_owned();
    if message.is_empty() || !is_status(&body["status"], 0..=4) {
        return error(422, "The request cannot be fulfilled: status and message are required");
    }
    let update = CachetUpdate { id: update, status: body["status"].as_i64().unwrap_or(0), message };
    incident.status = update.status;
    incident.updates.push(update.clone());
    shapes::item(&shapes::update(version, id, &update))
}

fn put_update(state: &mut CachetState, id: u64, update: u64, body: &Value) -> Reaction {
    let version = state.version;
    let updates = state.incidents.iter_mut().filter(|incident| incident.id == id).flat_map(|found| &mut found.updates);
    let Some(update) = updates.into_iter().find(|known| known.id == update) else { return error(404, "Not Found") };
    if let Some(message) = body["message"].as_str() {
        message.clone_into(&mut update.message);
    }
    if let Some(status) = body["status"].as_i64() {
        update.status = status;
    }
    shapes::item(&shapes::update(version, id, update))
}

fn put_component(state: &mut CachetState, id: u64, body: &Value) -> Reaction {
    let version = state.version;
    let Some(component) = state.components.get_mut(&id) else { return error(404, "Not Found") };
    let most = if version == CachetVersion::V2 { 4 } else { 6 };
    if !body["status"].is_null() && !is_status(&body["status"], 1..=most) {
        return error(422, "The selected status is invalid.");
    }
    if let Some(status) = body["status"].as_i64() {
        component.status = status;
    }
    if let Some(name) = body["name"].as_str() {
        name.clone_into(&mut component.name);
    }
    // Some releases of version 2 disable a component unless the request says that it is enabled.
    component.enabled = match version {
        CachetVersion::V2 => flag(&body["enabled"]).unwrap_or(false),
        CachetVersion::V3 => flag(&body["enabled"]).unwrap_or(component.enabled),
    };
    shapes::item(&shapes::component(version, id, component))
}
