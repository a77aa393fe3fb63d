//! Opsgenie's outgoing webhook (docs.opsgenie.com, "Webhook integration").

use super::{
    Reading, Unreadable,
    draft::{Draft, list, need, text},
    json::Json,
};
use crate::domain::{Timestamp, ids::SourceId, text::Untrusted};

const SENDER: &str = "Opsgenie";

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let action = need(root, "/action", SENDER)?;
    let draft = match action.verbatim().to_ascii_lowercase().as_str() {
        "create" | "unacknowledge" | "updatepriority" | "updatemessage" | "updatedescription" | "escalate" => {
            alert(source, root)?
        }
        "acknowledge" => alert(source, root)?.acknowledged(person(root)),
        "close" | "delete" => alert(source, root)?.firing(false).ends(root.pointer("/alert/updatedAt")),
        // Notes, tags, owners and custom actions do not change the state of an alert.
        _ => return Ok(Reading::default()),
    };
    Ok(Reading::one(draft.signal(received)))
}

/// Returns who acted; if it was automation, Opsgenie.
fn person(root: &Json) -> Option<Untrusted> {
    Some(text(root, "/alert/username").unwrap_or_else(|| Untrusted::new(SENDER)))
}

/// Reads the alert of an action. Its id is new for each episode; its alias is not.
fn alert(source: &SourceId, root: &Json) -> Result<Draft, Unreadable> {
    let alert = root.get("alert").unwrap_or(&Json::Null);
    let id = text(alert, "/alertId").ok_or_else(|| Unreadable::new("the alert has no id", "/alert/alertId"))?;
    let name = text(alert, "/message").unwrap_or_else(|| id.clone());
    let priority = text(alert, "/priority");
    // Older versions used numbers instead of P1 to P5.
    let rank =
        priority.as_ref().map(|sent| format!("p{}", sent.verbatim().to_ascii_lowercase().trim_start_matches('p')));
    Ok(Draft::new(source, &[id.verbatim()], name)
        .severity(priority)
        .severity_as(rank.as_deref())
        .label("alias", text(alert, "/alias"))
        .label("entity", text(alert, "/entity"))
        .label("tags", list(alert, "/tags"))
        .label("from", text(alert, "/source"))
        .labels(alert.get("details"))
        .annotation("description", text(alert, "/description"))
        .link(text(alert, "/details/url"))
        .starts(alert.get("createdAt")))
}
