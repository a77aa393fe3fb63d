//! Pingdom webhooks (pingdom.com, "Webhooks": state changes of uptime and transaction checks).

use super::{
    Reading, Unreadable,
    draft::{Draft, list, need, text},
    json::Json,
};
use crate::domain::{Timestamp, ids::SourceId, text::Untrusted};

const SENDER: &str = "Pingdom";

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let id = need(root, "/check_id", SENDER)?;
    let state = text(root, "/current_state");
    let firing = match state.as_ref().map_or("", Untrusted::verbatim).to_ascii_uppercase().as_str() {
        "DOWN" | "FAILING" => Some(true),
        "UP" | "SUCCESS" => Some(false),
        // These states neither start nor end an alert.
        "PAUSED" | "UNCONFIRMED_DOWN" | "UNKNOWN" => return Ok(Reading::default()),
        _ => None,
    };
    let name = text(root, "/check_name").unwrap_or_else(|| id.clone());
    let draft = Draft::new(source, &[id.verbatim()], name)
        .state(firing, state.as_ref())
        .severity(text(root, "/importance_level"))
        .says(text(root, "/description").as_ref())
        .host(text(root, "/check_params/hostname"))
        .label("check_type", text(root, "/check_type"))
        .label("tags", list(root, "/tags"))
        .annotation("description", text(root, "/long_description"))
        .annotation("first_probe", text(root, "/first_probe/location"))
        .annotation("second_probe", text(root, "/second_probe/location"))
        .link(text(root, "/check_params/full_url"))
        .changed(root.get("state_changed_timestamp"));
    Ok(Reading::one(draft.signal(received)))
}
