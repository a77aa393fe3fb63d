//! What the vendor's description says of an incident that is created or changed.

use serde_json::Value;

use super::COMPONENTS;

const FIELDS: [&str; 25] = [
    "name",
    "status",
    "impact_override",
    "scheduled_for",
    "scheduled_until",
    "scheduled_remind_prior",
    "auto_transition_to_maintenance_state",
    "auto_transition_to_operational_state",
    "scheduled_auto_in_progress",
    "scheduled_auto_completed",
    "auto_transition_deliver_notifications_at_start",
    "auto_transition_deliver_notifications_at_end",
    "reminder_intervals",
    "metadata",
    "deliver_notifications",
    "auto_tweet_at_beginning",
    "auto_tweet_on_completion",
    "auto_tweet_on_creation",
    "auto_tweet_one_hour_before",
    "backfill_date",
    "backfilled",
    "body",
    "components",
    "component_ids",
    "scheduled_auto_transition",
];
const STATUSES: [&str; 8] =
    ["investigating", "identified", "monitoring", "resolved", "scheduled", "in_progress", "verifying", "completed"];
const IMPACTS: [&str; 5] = ["none", "maintenance", "minor", "major", "critical"];
const COMPONENT_STATUSES: [&str; 6] =
    ["operational", "under_maintenance", "degraded_performance", "partial_outage", "major_outage", ""];

/// Checks the body of a creation or a change.
pub fn check_incident(body: &Value, is_new: bool) -> Result<(), String> {
    let Some(fields) = body.as_object() else { return Err("incident is missing".to_owned()) };
    if let Some(unknown) = fields.keys().find(|field| !FIELDS.contains(&field.as_str())) {
        return Err(format!("{unknown} is not a field"));
    }
    let name = body["name"].as_str();
    if name.is_some_and(|name| name.is_empty() || name.chars().count() > 255) || (is_new && name.is_none()) {
        return Err("name must have 1 to 255 characters".to_owned());
    }
    word(body, "status", &STATUSES)?;
    word(body, "impact_override", &IMPACTS)?;
    let values = |field: &str| body[field].as_object().cloned().unwrap_or_default();
    if values("metadata").values().any(|value| !value.is_object()) {
        return Err("all top-level values of metadata must be objects".to_owned());
    }
    for (id, status) in values("components") {
        known_component(&id)?;
        if !status.as_str().is_some_and(|status| COMPONENT_STATUSES.contains(&status)) {
            return Err(format!("{status} is not a status of a component"));
        }
    }
    for id in body["component_ids"].as_array().into_iter().flatten() {
        known_component(id.as_str().unwrap_or_default())?;
    }
    Ok(())
}

fn known_component(id: &str) -> Result<(), String> {
    if COMPONENTS.iter().any(|(known, _)| *known == id) { Ok(()) } else { Err(format!("no component {id}")) }
}

fn word(body: &Value, field: &str, words: &[&str]) -> Result<(), String> {
    let given = &body[field];
    let allowed = given.is_null() || given.as_str().is_some_and(|said| words.contains(&said));
    if allowed { Ok(()) } else { Err(format!("{field} cannot be {given}")) }
}
