//! PagerDuty webhooks: version 3 with one event per body, and version 1 with a list of messages. Source:
//! developer.pagerduty.com/docs/webhooks.

use super::{Reading, Unreadable, json::Json, reading};
use crate::domain::{
    Timestamp,
    alert::{Signal, WarningKind, named_fingerprint},
    ids::SourceId,
    text::Untrusted,
};

/// The state of a PagerDuty incident.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Triggered,
    Acknowledged,
    Resolved,
}

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    if let Some(messages) = root.get("messages").and_then(Json::items) {
        return Ok(first_version(source, messages, received));
    }
    let event = root.get("event").filter(|event| event.members().is_some());
    let event = event.ok_or_else(|| Unreadable::new("PagerDuty's object `event` should stand here", "/event"))?;
    let about = reading::text(event, "/data/type").unwrap_or_default();
    if about != "incident" {
        // Notes, responders, workflows and services do not change the state of an incident.
        return Ok(Reading::default());
    }
    let signal = incident(source, event, received)?;
    Ok(Reading { signals: vec![signal], ..Reading::default() })
}

fn incident(source: &SourceId, event: &Json, received: Timestamp) -> Result<Signal, Unreadable> {
    let text = |pointer| reading::text(event, pointer);
    let id = text("/data/id").ok_or_else(|| Unreadable::new("the incident has no id", "/event/data/id"))?;
    let status = text("/data/status").unwrap_or_default();
    let known = match status.as_str() {
        "triggered" => Some(State::Triggered),
        "acknowledged" => Some(State::Acknowledged),
        "resolved" => Some(State::Resolved),
        _ => None,
    };
    let state = known.unwrap_or(State::Triggered);
    let name = text("/data/title").unwrap_or_else(|| format!("PagerDuty incident {id}"));
    let agent = text("/event_type").filter(|kind| kind == "incident.acknowledged").and_then(|_| text("/agent/summary"));
    let holder = agent.or_else(|| text("/data/assignees/0/summary"));
    let mut signal = incident_signal(source, &id, name, state, holder);
    if known.is_none() {
        signal.warn(WarningKind::UnknownState, &status);
    }
    signal.service = text("/data/service/summary");
    signal.links = reading::links(text("/data/html_url").as_deref());
    let mut remarks = Vec::new();
    let at = |pointer, remarks: &mut Vec<_>| reading::time(event.pointer(pointer), remarks);
    let occurred = at("/occurred_at", &mut remarks);
    // A reopened incident is a new episode with an unchanged creation time.
    let reopened = text("/event_type").filter(|kind| kind == "incident.reopened").and(occurred);
    let reopened = at("/data/reopened_at", &mut remarks).or(reopened);
    let began = reopened.max(at("/data/created_at", &mut remarks));
    let ended = if state == State::Resolved { occurred } else { None };
    reading::set_times(&mut signal, began, ended, received);
    for (label, pointer) in
        [("urgency", "/data/urgency"), ("number", "/data/number"), ("team", "/data/teams/0/summary")]
    {
        signal.labels.extend(text(pointer).map(|value| (label.to_owned(), Untrusted::new(value))));
    }
    let severity = text("/data/priority/summary").or_else(|| text("/data/urgency"));
    Ok(reading::labelled(signal, severity.as_deref()))
}

/// Builds the signal of both versions from the incident's name and state.
fn incident_signal(source: &SourceId, id: &str, name: String, state: State, holder: Option<String>) -> Signal {
    let holder = holder.filter(|name| name != "null").unwrap_or_else(|| "PagerDuty".to_owned());
    let signal = reading::signal(named_fingerprint(source, id), state != State::Resolved, name);
    Signal { acknowledged_by: (state == State::Acknowledged).then(|| Untrusted::new(holder)), ..signal }
}

fn first_version(source: &SourceId, messages: &[Json], received: Timestamp) -> Reading {
    let of_incident = |message: &&Json| message.pointer("/data/incident/id").is_some();
    let (told, other): (Vec<&Json>, Vec<&Json>) = messages.iter().partition(of_incident);
    let mut parsed = Reading::default();
    parsed.signals.extend(told.into_iter().map(|message| message_of(source, message, received)));
    if !other.is_empty() {
        let what = format!("{} messages are about no incident", other.len());
        parsed.complaints.push(Unreadable::new(what, "/messages"));
    }
    parsed
}

fn message_of(source: &SourceId, message: &Json, received: Timestamp) -> Signal {
    let text = |pointer| reading::text(message, pointer);
    let status = text("/data/incident/status");
    let state = match (text("/type").as_deref(), status.as_deref()) {
        (Some("incident.resolve"), _) => State::Resolved,
        (Some("incident.acknowledge"), _) => State::Acknowledged,
        (Some("incident.trigger" | "incident.unacknowledge"), _) => State::Triggered,
        (_, Some("resolved")) => State::Resolved,
        (_, Some("acknowledged")) => State::Acknowledged,
        (_, _) => State::Triggered,
    };
    let id = text("/data/incident/id").unwrap_or_default();
    let subject = ["subject", "description"].iter().find_map(|field| {
        let pointer = format!("/data/incident/trigger_summary_data/{field}");
        reading::text(message, &pointer)
    });
    let name =
        subject.or_else(|| text("/data/incident/incident_key")).unwrap_or_else(|| format!("PagerDuty incident {id}"));
    let holder = text("/data/incident/assigned_to_user/name");
    let mut signal = incident_signal(source, &id, name, state, holder);
    signal.service = text("/data/incident/service/name");
    signal.links = reading::links(text("/data/incident/html_url").as_deref());
    let mut remarks = Vec::new();
    let began = reading::time(message.pointer("/data/incident/created_on"), &mut remarks);
    let at = reading::time(message.get("created_on"), &mut remarks);
    let ended = if state == State::Resolved { at } else { None };
    reading::set_times(&mut signal, began, ended, received);
    reading::labelled(signal, None)
}
