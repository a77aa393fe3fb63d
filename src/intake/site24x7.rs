//! Site24x7 webhooks, sent as JSON with all incident parameters (site24x7.com/help, "Webhooks").

use super::{
    Reading, Unreadable,
    draft::{Draft, need, text},
    json::Json,
};
use crate::domain::{Timestamp, ids::SourceId, text::Untrusted};

const SENDER: &str = "Site24x7";

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let name = need(root, "/MONITORNAME", SENDER)?;
    let status = text(root, "/STATUS");
    let (firing, severity) = match status.as_ref().map_or("", Untrusted::verbatim).to_ascii_uppercase().as_str() {
        "DOWN" | "CRITICAL" => (Some(true), Some("critical")),
        "TROUBLE" => (Some(true), Some("warning")),
        "UP" => (Some(false), None),
        // These states neither start nor end an alert.
        "MAINTENANCE" | "SUSPENDED" | "DISCOVERY" | "CONFIGURATION_ERROR" => return Ok(Reading::default()),
        _ => (None, None),
    };
    let dashboard = text(root, "/MONITOR_DASHBOARD_LINK");
    let id = text(root, "/MONITOR_ID").or_else(|| dashboard.clone()).unwrap_or_else(|| name.clone());
    let draft = Draft::new(source, &[id.verbatim()], name)
        .state(firing, status.as_ref())
        .severity_as(severity)
        .says(text(root, "/INCIDENT_REASON").as_ref())
        .label("status", status)
        .label("monitor_type", text(root, "/MONITORTYPE"))
        .label("monitor_group", text(root, "/MONITOR_GROUPNAME"))
        .label("monitor_url", text(root, "/MONITORURL"))
        .annotation("failed_locations", text(root, "/FAILED_LOCATIONS"))
        .link(dashboard)
        .link(text(root, "/RCA_LINK"))
        .link(text(root, "/MONITORURL"))
        // The time of the state change or, for a recovery, the time it went down: both serve as the start.
        .starts(root.get("OUTAGE_TIME_UNIX_FORMAT"));
    Ok(Reading::one(draft.signal(received)))
}
