//! UptimeRobot's web-hook alert contact, sent as JSON with the variables in `docs/senders/uptimerobot.md`
//! (uptimerobot.com, "Web-hook alert contacts").

use super::{
    Reading, Unreadable,
    draft::{self, Draft},
    json::Json,
};
use crate::domain::{Timestamp, ids::SourceId, text::Untrusted};

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let id = text(root, "/monitorID");
    let id = id.ok_or_else(|| Unreadable::new("UptimeRobot's `monitorID` should stand here", "/monitorID"))?;
    let name = text(root, "/monitorFriendlyName").unwrap_or_else(|| id.clone());
    let state = text(root, "/alertType").or_else(|| text(root, "/alertTypeFriendlyName"));
    let state = state.unwrap_or_default();
    let draft = match state.verbatim().to_ascii_lowercase().as_str() {
        "1" | "down" => Draft::new(source, &["monitor", id.verbatim()], name).severity_as(Some("critical")),
        "2" | "up" => Draft::new(source, &["monitor", id.verbatim()], name).firing(false),
        // UptimeRobot does not report a renewed certificate: the alert ends when it is no longer repeated.
        "3" | "ssl expiry" => Draft::new(source, &["certificate", id.verbatim()], name).severity_as(Some("warning")),
        _ => Draft::new(source, &["monitor", id.verbatim()], name).state(None, Some(&state)),
    };
    let draft = draft
        .says(text(root, "/alertDetails").as_ref())
        .label("monitor_url", text(root, "/monitorURL"))
        .label("tags", text(root, "/monitorTags"))
        .annotation("certificate_expires", text(root, "/sslExpiryDate"))
        .link(text(root, "/monitorURL"))
        .changed(text(root, "/alertDateTime").and_then(|_| root.get("alertDateTime")));
    Ok(Reading::one(draft.signal(received)))
}

/// Returns the text at a pointer. `None` if UptimeRobot did not replace the variable, as in `*alertDuration*`.
fn text(root: &Json, pointer: &str) -> Option<Untrusted> {
    let text = draft::text(root, pointer)?;
    let left = text.verbatim().len() > 2 && text.verbatim().starts_with('*') && text.verbatim().ends_with('*');
    (!left).then_some(text)
}
