//! Google Cloud Monitoring, formerly Stackdriver: the webhook channel, schemas 1.1 and 1.2
//! (cloud.google.com/monitoring/support/notification-options, "Webhooks").

use super::{
    Reading, Unreadable,
    draft::{Draft, need, text},
    json::Json,
};
use crate::domain::{Timestamp, ids::SourceId, text::Untrusted};

const SENDER: &str = "Google Cloud Monitoring";

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let id = need(root, "/incident/incident_id", SENDER)?;
    let state = text(root, "/incident/state");
    let known = match state.as_ref().map_or("", Untrusted::verbatim).to_ascii_lowercase().as_str() {
        "open" => Some(true),
        "closed" => Some(false),
        _ => None,
    };
    let incident = root.get("incident").unwrap_or(&Json::Null);
    let at = |pointer: &str| text(incident, pointer);
    let name = at("/condition_name").or_else(|| at("/policy_name")).unwrap_or_else(|| id.clone());
    let draft = Draft::new(source, &[id.verbatim()], name)
        .state(known, state.as_ref())
        .severity(at("/severity").filter(|word| !word.verbatim().eq_ignore_ascii_case("no severity")))
        .summary(at("/summary"))
        .host(at("/resource/labels/instance_id").or_else(|| at("/resource_name")))
        .label("policy", at("/policy_name"))
        .label("project", at("/scoping_project_id"))
        .label("resource_type", at("/resource/type").or_else(|| at("/resource_type_display_name")))
        .label("metric", at("/metric/type"))
        .labels(incident.get("policy_user_labels"))
        .labels(incident.pointer("/resource/labels"))
        .labels(incident.pointer("/metric/labels"))
        .annotation("documentation", at("/documentation/content"))
        .annotation("observed_value", at("/observed_value"))
        .annotation("threshold_value", at("/threshold_value"))
        .link(at("/url"))
        .starts(incident.get("started_at"));
    let draft = if known != Some(false) { draft } else { draft.ends(incident.get("ended_at")) };
    Ok(Reading::one(draft.signal(received)))
}
