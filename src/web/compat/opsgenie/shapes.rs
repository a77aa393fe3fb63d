//! Alerts in Opsgenie's format (opsgenie-oas `definitions/alert.yaml`).

use serde_json::{Map, Value, json};

use crate::{
    app::alerts::opsgenie::RequestOutcome,
    domain::{
        Timestamp,
        alert::{Alert, Heartbeat, OpsgenieAlert, OpsgenieResponder},
        ids::SourceId,
        text::Untrusted,
    },
};

/// A time in Opsgenie's format.
pub(super) fn instant(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// True if somebody acknowledged it.
pub(super) fn acknowledged(alert: &Alert) -> bool {
    alert.acknowledged_there.is_some() || alert.acknowledged_by.is_some()
}

/// True if it is firing and snoozed now.
pub(super) fn snoozed(ticket: &OpsgenieAlert, alert: &Alert, now: Timestamp) -> bool {
    alert.firing && ticket.snoozed_until.is_some_and(|until| now < until)
}

/// When it last changed.
pub(super) fn updated_at(ticket: &OpsgenieAlert, alert: &Alert) -> Timestamp {
    alert.ends_at.map_or(ticket.updated_at, |end| end.max(ticket.updated_at))
}

/// An alert in a list.
pub(super) fn brief(ticket: &OpsgenieAlert, alert: &Alert, now: Timestamp) -> Value {
    let snoozed = snoozed(ticket, alert, now);
    let mut told = json!({
        "id": alert.id.to_string(),
        "tinyId": ticket.tiny.to_string(),
        "alias": ticket.alias,
        "message": ticket.draft.message,
        "status": if alert.firing { "open" } else { "closed" },
        "acknowledged": acknowledged(alert),
        "isSeen": acknowledged(alert),
        "tags": ticket.draft.tags,
        "snoozed": snoozed,
        "count": ticket.count,
        "lastOccurredAt": instant(ticket.last_occurred),
        "createdAt": instant(alert.starts_at),
        "updatedAt": instant(updated_at(ticket, alert)),
        "source": ticket.draft.source,
        "owner": ticket.owner,
        "priority": ticket.draft.priority,
        "responders": responders(ticket, |_| true),
        "teams": responders(ticket, |kind| kind == "team"),
        "integration": {"id": alert.source.as_str(), "name": alert.source.as_str(), "type": "API"},
        "report": report(ticket, alert),
    });
    if snoozed && let Some(until) = ticket.snoozed_until {
        told["snoozedUntil"] = json!(instant(until));
    }
    told
}

/// The responders that clients assigned, limited to matching types.
fn responders(ticket: &OpsgenieAlert, fits: impl Fn(&str) -> bool) -> Value {
    let named = ticket.draft.responders.iter().filter(|one| fits(&one.kind));
    named.map(|one| json!({"type": one.kind, "id": one.name, "name": one.name})).collect()
}

/// How long it took, in milliseconds, and who acknowledged and closed it.
fn report(ticket: &OpsgenieAlert, alert: &Alert) -> Value {
    let after = |at: Timestamp| json!((at - alert.starts_at).num_milliseconds().max(0));
    let mut told = Map::new();
    if let (Some(at), Some(by)) = (ticket.acknowledged_at, &alert.acknowledged_there) {
        told.insert("ackTime".to_owned(), after(at));
        told.insert("acknowledgedBy".to_owned(), json!(by));
    }
    if !alert.firing
        && let Some(at) = alert.ends_at
    {
        told.insert("closeTime".to_owned(), after(at));
        told.insert("closedBy".to_owned(), json!(ticket.closed_by));
    }
    Value::Object(told)
}

/// A single alert.
pub(super) fn whole(ticket: &OpsgenieAlert, alert: &Alert, now: Timestamp) -> Value {
    let mut told = brief(ticket, alert, now);
    told["actions"] = json!(ticket.draft.actions);
    told["entity"] = json!(ticket.draft.entity);
    told["description"] = json!(ticket.draft.description);
    told["details"] = json!(ticket.draft.details);
    told
}

/// Its notes.
pub(super) fn notes(ticket: &OpsgenieAlert, oldest_first: bool) -> Value {
    let mut told: Vec<Value> = Vec::with_capacity(ticket.notes.len());
    for note in &ticket.notes {
        let offset = format!("{}_{}", note.at.timestamp_millis(), told.len());
        let by: &Untrusted = &note.by;
        told.push(json!({"note": note.text, "owner": by, "createdAt": instant(note.at), "offset": offset}));
    }
    if !oldest_first {
        told.reverse();
    }
    Value::Array(told)
}

/// An entry of its log.
struct LogEntry {
    at: Timestamp,
    kind: &'static str,
    text: Untrusted,
    by: Untrusted,
}

/// What happened to it, oldest first.
pub(super) fn log(ticket: &OpsgenieAlert, alert: &Alert) -> Vec<Value> {
    let own = |text: &str, by: &Untrusted, at| LogEntry { at, kind: "system", text: text.into(), by: by.clone() };
    let mut entries = vec![own("Alert created", &alert.source.as_str().into(), alert.starts_at)];
    for note in &ticket.notes {
        entries.push(LogEntry { at: note.at, kind: "note", text: note.text.clone(), by: note.by.clone() });
    }
    if let (Some(at), Some(by)) = (ticket.acknowledged_at, &alert.acknowledged_there) {
        entries.push(own("Alert acknowledged", by, at));
    }
    if let (Some(at), false) = (alert.ends_at, alert.firing) {
        entries.push(own("Alert closed", &ticket.closed_by, at));
    }
    entries.sort_by_key(|entry| entry.at);
    let shown = |(number, LogEntry { at, kind, text, by }): (usize, &LogEntry)| {
        let offset = format!("{}_{number}", at.timestamp_millis());
        json!({"log": text, "type": kind, "owner": by, "createdAt": instant(*at), "offset": offset})
    };
    entries.iter().enumerate().map(shown).collect()
}

/// The people among its responders. Whom hotroom pages is in its own record of the incident.
pub(super) fn recipients(ticket: &OpsgenieAlert, alert: &Alert) -> Value {
    let people = ticket.draft.responders.iter().filter(|one| one.kind == "user");
    let created = instant(alert.starts_at);
    let one = |responder: &OpsgenieResponder| {
        let user = json!({"id": responder.name, "username": responder.name});
        json!({"user": user, "state": "notactive", "method": "", "createdAt": created, "updatedAt": created})
    };
    people.map(one).collect()
}

/// A heartbeat.
pub(super) fn heartbeat(heartbeat: &Heartbeat) -> Value {
    let mut told = heartbeat_in_short(heartbeat);
    told["description"] = json!(heartbeat.description);
    told["interval"] = json!(heartbeat.cadence.count());
    told["intervalUnit"] = json!(heartbeat.cadence.pace().name());
    told["ownerTeam"] = json!({"name": heartbeat.team});
    told["alertMessage"] = json!(heartbeat.draft().message);
    told["alertTags"] = json!(heartbeat.tags);
    told["alertPriority"] = json!(heartbeat.priority);
    if let Some(at) = heartbeat.last_ping {
        told["lastPingTime"] = json!(instant(at));
    }
    told
}

/// A changed heartbeat.
pub(super) fn heartbeat_in_short(heartbeat: &Heartbeat) -> Value {
    json!({"name": heartbeat.name, "enabled": heartbeat.enabled, "expired": heartbeat.expired})
}

/// The result of a call.
pub(super) fn outcome(outcome: &RequestOutcome, source: &SourceId) -> Value {
    json!({
        "success": outcome.done,
        "isSuccess": outcome.done,
        "action": outcome.action,
        "processedAt": instant(outcome.at),
        "integrationId": source.as_str(),
        "status": outcome.status,
        "alertId": outcome.alert.map(|id| id.to_string()).unwrap_or_default(),
        "alias": outcome.alias.clone().unwrap_or_default(),
    })
}
