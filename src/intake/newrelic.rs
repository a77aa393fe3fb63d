//! New Relic: the default body of a workflow's webhook, and that of the earlier notification channels
//! (docs.newrelic.com, "Notification integrations" and "Legacy webhook").

use super::{
    Reading, Unreadable,
    draft::{Draft, list, need, text},
    json::Json,
};
use crate::domain::{Timestamp, ids::SourceId, text::Untrusted};

const SENDER: &str = "New Relic";

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let draft = if root.get("current_state").is_some() { violation(source, root)? } else { issue(source, root)? };
    Ok(Reading::one(draft.signal(received)))
}

/// A state of an issue or a violation.
struct IssueState {
    word: Option<Untrusted>,
    /// `None` if the word is unknown.
    firing: Option<bool>,
    acknowledged: bool,
}

fn state(root: &Json, pointer: &str) -> IssueState {
    let word = text(root, pointer);
    let lower = word.as_ref().map_or("", Untrusted::verbatim).to_ascii_lowercase();
    let firing = match lower.as_str() {
        "created" | "activated" | "open" | "acknowledged" => Some(true),
        "closed" => Some(false),
        _ => None,
    };
    IssueState { word, firing, acknowledged: lower == "acknowledged" }
}

/// Returns who acknowledged, if the body names them.
fn holder(root: &Json, acknowledged: bool) -> Option<Untrusted> {
    let names = ["/issueAcknowledgedBy", "/acknowledgedBy", "/owner"];
    let name = || names.iter().find_map(|pointer| text(root, pointer)).unwrap_or_else(|| Untrusted::new(SENDER));
    acknowledged.then(name)
}

/// Reads an issue; its id is constant until it is closed.
fn issue(source: &SourceId, root: &Json) -> Result<Draft, Unreadable> {
    let id = need(root, "/id", SENDER)?;
    let state = state(root, "/state");
    let title = text(root, "/title");
    let condition = list(root, "/alertConditionNames");
    let name = condition.clone().or_else(|| title.clone()).unwrap_or_else(|| id.clone());
    let draft = Draft::new(source, &["issue", id.verbatim()], name)
        .state(state.firing, state.word.as_ref())
        .severity(text(root, "/priority"))
        .summary(title)
        .label("entity", list(root, "/impactedEntities"))
        .label("policy", list(root, "/alertPolicyNames"))
        .label("workflow", text(root, "/workflowName"))
        .annotation("incidents", text(root, "/totalIncidents"))
        .link(text(root, "/issueUrl"))
        .acknowledged(holder(root, state.acknowledged))
        .starts(root.get("createdAt"));
    Ok(if state.firing != Some(false) { draft } else { draft.ends(root.get("updatedAt")) })
}

/// Reads a violation, called an incident before issues were introduced.
fn violation(source: &SourceId, root: &Json) -> Result<Draft, Unreadable> {
    let id = need(root, "/incident_id", SENDER)?;
    let state = state(root, "/current_state");
    let details = text(root, "/details");
    let name = text(root, "/condition_name").or_else(|| details.clone()).unwrap_or_else(|| id.clone());
    Ok(Draft::new(source, &["incident", id.verbatim()], name)
        .state(state.firing, state.word.as_ref())
        .severity(text(root, "/severity"))
        .summary(details)
        .label("entity", text(root, "/targets/0/name"))
        .label("policy", text(root, "/policy_name"))
        .annotation("runbook_url", text(root, "/runbook_url"))
        .link(text(root, "/incident_url"))
        .link(text(root, "/runbook_url"))
        .acknowledged(holder(root, state.acknowledged))
        .changed(root.get("timestamp")))
}
