//! Graylog: the HTTP notification of event definitions (Graylog 3 and later), and the alarm callback of streams before
//! it (go2docs.graylog.org, "HTTP notification"). Graylog never reports that an alert has ended.

use super::{
    Reading, Unreadable,
    draft::{Draft, list, need, text},
    json::Json,
};
use crate::domain::{Timestamp, ids::SourceId, text::Untrusted};

const SENDER: &str = "Graylog";
/// Maximum number of related messages stored with an alert.
const MOST_MESSAGES: usize = 5;

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let draft = if root.get("check_result").is_some() { callback(source, root)? } else { event(source, root)? };
    Ok(draft.map_or_else(Reading::default, |draft| Reading::one(draft.signal(received))))
}

/// Reads an event, identified by its key fields. `None` if its definition creates no alerts.
fn event(source: &SourceId, root: &Json) -> Result<Option<Draft>, Unreadable> {
    let definition = need(root, "/event_definition_id", SENDER)?;
    let event = root.get("event").unwrap_or(&Json::Null);
    if event.get("alert") == Some(&Json::Bool(false)) {
        return Ok(None);
    }
    let key = list(event, "/key_tuple").or_else(|| text(event, "/key")).unwrap_or_default();
    let severity = match text(event, "/priority").as_ref().map(Untrusted::verbatim) {
        Some("1") => Some("low"),
        Some("2") => Some("medium"),
        Some("3") => Some("high"),
        Some("4") => Some("critical"),
        Some(_) | None => None,
    };
    let name = text(root, "/event_definition_title").unwrap_or_else(|| definition.clone());
    let draft = Draft::new(source, &["event", definition.verbatim(), key.verbatim()], name)
        .severity(severity.map(Untrusted::new))
        .summary(text(event, "/message"))
        .host(text(event, "/source"))
        .label("key", Some(key))
        .labels(event.get("group_by_fields"))
        .labels(event.get("fields"))
        .annotation("description", text(root, "/event_definition_description"))
        .annotation("messages", messages(root.get("backlog")))
        .starts(event.get("timestamp"));
    Ok(Some(draft))
}

/// Reads a stream alarm. `None` if its condition did not trigger.
fn callback(source: &SourceId, root: &Json) -> Result<Option<Draft>, Unreadable> {
    let result = root.get("check_result").unwrap_or(&Json::Null);
    if result.get("triggered") == Some(&Json::Bool(false)) {
        return Ok(None);
    }
    let stream = need(root, "/stream/id", SENDER)?;
    let condition = need(root, "/check_result/triggered_condition/id", SENDER)?;
    let name = text(root, "/stream/title").unwrap_or_else(|| stream.clone());
    let draft = Draft::new(source, &["stream", stream.verbatim(), condition.verbatim()], name)
        .says(text(result, "/result_description").as_ref())
        .label("condition", text(result, "/triggered_condition/type"))
        .annotation("description", text(root, "/stream/description"))
        .annotation("messages", messages(result.get("matching_messages")))
        .starts(result.get("triggered_at"));
    Ok(Some(draft))
}

fn messages(list: Option<&Json>) -> Option<Untrusted> {
    let items = list.and_then(Json::items)?.iter().take(MOST_MESSAGES);
    let lines: Vec<String> = items.filter_map(|item| Some(text(item, "/message")?.verbatim().to_owned())).collect();
    Some(Untrusted::new(lines.join("\n")))
}
