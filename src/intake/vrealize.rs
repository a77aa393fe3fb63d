//! vRealize Operations (VMware Aria Operations): the REST notification plug-in (docs.vmware.com, "Add a REST Plug-In
//! for Outbound Alerts").

use super::{
    Reading, Unreadable,
    draft::{Draft, need, text},
    json::Json,
};
use crate::domain::{Timestamp, ids::SourceId, text::Untrusted};

const SENDER: &str = "vRealize";
/// The common prefix of its severity words.
const LEVEL: &str = "ALERT_CRITICALITY_LEVEL_";

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let id = need(root, "/alertId", SENDER)?;
    let status = text(root, "/status");
    let known = match status.as_ref().map_or("", Untrusted::verbatim) {
        "ACTIVE" | "NEW" | "UPDATED" => Some(true),
        "CANCELED" | "CANCELLED" | "INACTIVE" => Some(false),
        _ => None,
    };
    let level = text(root, "/criticality");
    let name = text(root, "/alertName").or_else(|| text(root, "/info")).unwrap_or_else(|| id.clone());
    let draft = Draft::new(source, &[id.verbatim()], name)
        .state(known, status.as_ref())
        .severity_as(level.as_ref().and_then(word))
        .severity(level)
        .summary(text(root, "/info"))
        .host(text(root, "/resourceName"))
        .label("resource_kind", text(root, "/resourceKind"))
        .label("adapter_kind", text(root, "/adapterKind"))
        .label("type", text(root, "/type"))
        .label("subtype", text(root, "/subType"))
        .starts(root.get("startDate"));
    // `cancelDate` is also set while the alert is active.
    let draft = if known != Some(false) { draft } else { draft.ends(root.get("cancelDate")) };
    Ok(Reading::one(draft.signal(received)))
}

fn word(level: &Untrusted) -> Option<&str> {
    match level.verbatim().strip_prefix(LEVEL)? {
        "IMMEDIATE" => Some("error"),
        other => Some(other),
    }
}
