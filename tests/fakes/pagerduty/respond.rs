//! Answers requests. What PagerDuty's description of events refuses is refused with its words.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::{
    TOKEN,
    state::{PagerDutyIncident, PagerDutyState},
};
use crate::fake_http::{Reaction, Received};

/// The largest event, in bytes.
const LARGEST: usize = 512_000;

pub fn respond(state: &mut PagerDutyState, request: &Received) -> Reaction {
    if let Some(reaction) = &state.always {
        return reaction.clone();
    }
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    match (request.method.as_str(), path) {
        ("POST", "/v2/enqueue" | "/v2/enqueue/") => match state.reactions.pop_front() {
            Some((reaction, carried_out)) => {
                if carried_out {
                    enqueue(state, request);
                }
                reaction
            }
            None => enqueue(state, request),
        },
        ("GET", path) => read(state, request, path, query),
        _ => Reaction::answer(404, ""),
    }
}

fn invalid(errors: &[String]) -> Reaction {
    let body = json!({"status": "invalid event", "message": "Event object is invalid", "errors": errors});
    Reaction::answer(400, body.to_string())
}

/// What is wrong with an event, by the field rules of the Events API v2.
fn mistakes(state: &PagerDutyState, event: &Value, bytes: usize) -> Vec<String> {
    let mut errors = Vec::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let routing_key = text(&event["routing_key"]);
    if routing_key.len() != 32 {
        errors.push("Length of 'routing_key' is incorrect (should be 32 characters)".to_owned());
    } else if !state.services.iter().any(|(_, key)| *key == routing_key) {
        errors.push("'routing_key' is invalid".to_owned());
    }
    let action = text(&event["event_action"]);
    if !["trigger", "acknowledge", "resolve"].contains(&action.as_str()) {
        errors.push("'event_action' must be one of trigger, acknowledge or resolve".to_owned());
    }
    if action != "trigger" && text(&event["dedup_key"]).is_empty() {
        errors.push("'dedup_key' is missing or blank".to_owned());
    }
    if text(&event["dedup_key"]).len() > 255 {
        errors.push("'dedup_key' is too long".to_owned());
    }
    if bytes > LARGEST {
        errors.push("event is too large".to_owned());
    }
    if action == "trigger" {
        let payload = &event["payload"];
        for field in ["summary", "source", "severity"] {
            if text(&payload[field]).is_empty() {
                errors.push(format!("'payload.{field}' is missing or blank"));
            }
        }
        if text(&payload["summary"]).chars().count() > 1024 {
            errors.push("'payload.summary' is too long".to_owned());
        }
        if !["critical", "error", "warning", "info"].contains(&text(&payload["severity"]).as_str()) {
            errors.push("'payload.severity' is invalid".to_owned());
        }
        let links = event["links"].as_array().into_iter().flatten();
        errors.extend(links.filter(|link| text(&link["href"]).is_empty()).map(|_| "'links' is invalid".to_owned()));
    }
    errors
}

fn enqueue(state: &mut PagerDutyState, request: &Received) -> Reaction {
    let event = request.json();
    if event.is_null() {
        let body = json!({
            "status": "Unrecognized object", "message": "Event object format is unrecognized", "errors": ["JSON parse error"],
        });
        return Reaction::answer(400, body.to_string());
    }
    let errors = mistakes(state, &event, request.body.len());
    if !errors.is_empty() {
        return invalid(&errors);
    }
    apply(state, &event);
    let key = event["dedup_key"].clone();
    Reaction::answer(202, json!({"status": "success", "message": "Event processed", "dedup_key": key}).to_string())
}

fn apply(state: &mut PagerDutyState, event: &Value) {
    let (key, routing_key) = (event["dedup_key"].as_str().unwrap_or("made-there"), event["routing_key"].as_str());
    let routing_key = routing_key.unwrap_or_default().to_owned();
    let same = |incident: &&mut PagerDutyIncident| {
        incident.key == key && incident.routing_key == routing_key && incident.status != "resolved"
    };
    let open = state.incidents.iter_mut().find(same);
    let integration =
        json!({"id": "PINT001", "type": "events_api_v2_inbound_integration_reference", "summary": "hotroom"});
    match (event["event_action"].as_str().unwrap_or_default(), open) {
        ("trigger", None) if state.on_call => {
            let number = state.incidents.len() + 1;
            state.incidents.push(PagerDutyIncident {
                id: format!("PINC{number:03}"),
                key: key.to_owned(),
                routing_key,
                status: "triggered".to_owned(),
                by: integration,
                event: event.clone(),
            });
        }
        // An open incident is only appended to, and an unknown key is dropped.
        ("trigger", _) | (_, None) => {}
        (action, Some(incident)) => {
            incident.status = if action == "resolve" { "resolved" } else { "acknowledged" }.to_owned();
            incident.by = integration;
        }
    }
}

fn read(state: &PagerDutyState, request: &Received, path: &str, query: &str) -> Reaction {
    if request.headers.get("authorization") != Some(&format!("Token token={TOKEN}")) {
        return Reaction::answer(401, json!({"error": {"message": "Unauthorized", "code": 2006}}).to_string());
    }
    let what = path.trim_start_matches('/');
    if state.forbidden.contains(&what) {
        return Reaction::answer(403, json!({"error": {"message": "Forbidden", "code": 2010}}).to_string());
    }
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut fields = query.split('&').filter_map(|field| field.split_once('='));
    let body = match what {
        "incidents" => {
            let key = fields.find(|(name, _)| *name == "incident_key").map(|(_, key)| decode(key));
            let wanted = |incident: &&PagerDutyIncident| key.as_ref().is_none_or(|key| incident.key == *key);
            let shown = state.incidents.iter().rev().filter(wanted).take(1).map(|one| one.shown("https://api"));
            let shown: Vec<Value> = if state.is_slow { Vec::new() } else { shown.collect() };
            json!({"incidents": shown, "limit": 1, "offset": 0, "more": false, "total": null})
        }
        "services" => {
            let service = |(name, key): &(&str, &str)| {
                let integration =
                    json!({"id": "PINT001", "type": "events_api_v2_inbound_integration", "integration_key": key});
                json!({"id": "PSVC001", "name": name, "status": "active", "integrations": [integration]})
            };
            json!({"services": state.services.iter().map(service).collect::<Vec<_>>(), "limit": 100, "offset": 0, "more": false})
        }
        "webhook_subscriptions" => {
            let known = state.hook_url.iter().map(|url| {
                json!({"id": "PHOOK01", "active": true, "delivery_method": {"type": "http_delivery_method", "url": url}})
            });
            json!({"webhook_subscriptions": known.collect::<Vec<_>>(), "limit": 100, "offset": 0, "more": false})
        }
        _ => return Reaction::answer(404, ""),
    };
    Reaction::answer(200, body.to_string())
}
