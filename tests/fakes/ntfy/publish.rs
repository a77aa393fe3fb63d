//! Publishing: what the server checks, what it keeps, and what it answers.

use serde_json::{Map, Value, json};

use super::{NtfyFault, Refusal, State, access, is_name, refusal};
use crate::fake_http::{Reaction, Received};

/// The largest text; a longer one becomes an attachment.
const LARGEST_TEXT: usize = 4_096;

/// The fields of a message to publish.
const FIELDS: [&str; 15] = [
    "topic",
    "message",
    "title",
    "tags",
    "priority",
    "actions",
    "click",
    "attach",
    "markdown",
    "icon",
    "filename",
    "delay",
    "email",
    "call",
    "sequence_id",
];

pub(super) fn answer(state: &mut State, request: &Received) -> Reaction {
    match state.faults.pop_front() {
        Some(NtfyFault::NotTaken) => return Reaction::Close,
        Some(NtfyFault::Refused(status, code)) => return refusal(status, code),
        Some(NtfyFault::TakenWithoutAnswer) => {
            take(state, request).expect("a message that the server takes");
            return Reaction::Close;
        }
        None => {}
    }
    match take(state, request) {
        Ok(message) => Reaction::answer(200, message.to_string()),
        Err((status, code)) => refusal(status, code),
    }
}

fn take(state: &mut State, request: &Received) -> Result<Value, Refusal> {
    // The whole message as JSON may be twice as large as its text.
    if request.body.len() > 2 * LARGEST_TEXT {
        return Err((413, 41303));
    }
    let Value::Object(fields) = request.json() else { return Err((400, 40017)) };
    let topic = fields.get("topic").and_then(Value::as_str).unwrap_or_default();
    access(state, request, topic)?;
    check(&fields)?;
    let message = message(state, &fields);
    state.events.push(message.clone());
    Ok(message)
}

fn check(fields: &Map<String, Value>) -> Result<(), Refusal> {
    // The real server ignores a field that it does not know; here it is a mistake of the test or of the client.
    if !fields.keys().all(|field| FIELDS.contains(&field.as_str())) {
        return Err((400, 40024));
    }
    let url = |field: &str| fields.get(field).filter(|value| !value.is_null()).map(is_url);
    let priority = fields.get("priority").filter(|value| !value.is_null());
    if priority.is_some_and(|priority| !matches!(priority.as_i64(), Some(1..=5))) {
        return Err((400, 40007));
    }
    if url("attach") == Some(false) {
        return Err((400, 40013));
    }
    let sequence = fields.get("sequence_id").filter(|value| !value.is_null());
    if sequence.is_some_and(|sequence| !sequence.as_str().is_some_and(is_name)) {
        return Err((400, 40049));
    }
    let actions = fields.get("actions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if actions.len() > 3 || !actions.iter().all(is_action) {
        return Err((400, 40018));
    }
    Ok(())
}

fn is_url(value: &Value) -> bool {
    value.as_str().is_some_and(|url| url.starts_with("http://") || url.starts_with("https://"))
}

fn is_action(action: &Value) -> bool {
    let labelled = action["label"].as_str().is_some_and(|label| !label.is_empty());
    match action["action"].as_str() {
        Some("http") => labelled && is_url(&action["url"]) && (action["method"] != "GET" || action["body"].is_null()),
        Some("view") => labelled && action["url"].as_str().is_some_and(|url| !url.is_empty()),
        Some("broadcast") => labelled,
        Some("copy") => labelled && action["value"].is_string(),
        Some(_) | None => false,
    }
}

/// The message as the server keeps and returns it.
fn message(state: &State, fields: &Map<String, Value>) -> Value {
    let number = state.events.len() + 1;
    let mut message = json!({
        "id": format!("fake{number:08}"),
        "time": state.now,
        "expires": state.now + 12 * 3_600,
        "event": "message",
        "topic": fields["topic"],
    });
    let text = fields.get("message").and_then(Value::as_str).unwrap_or_default().trim();
    let is_long = text.len() > LARGEST_TEXT;
    let shown = match (text, is_long) {
        ("", _) => "triggered",
        (_, true) => "You received a file: attachment.txt",
        (text, false) => text,
    };
    message["message"] = shown.into();
    if let (Some(attach), false) = (fields.get("attach").and_then(Value::as_str), is_long) {
        let name = fields.get("filename").and_then(Value::as_str).unwrap_or("attachment");
        message["attachment"] = json!({"name": name, "url": attach});
    }
    for field in ["title", "priority", "tags", "click", "icon"] {
        if let Some(value) = fields.get(field).filter(|value| !value.is_null() && **value != json!([])) {
            message[field] = value.clone();
        }
    }
    let actions = fields.get("actions").and_then(Value::as_array).filter(|actions| !actions.is_empty());
    if let Some(actions) = actions {
        let with_id = |(n, action): (usize, &Value)| {
            let mut action = action.clone();
            action["id"] = format!("action{number}{n}").into();
            action
        };
        message["actions"] = actions.iter().enumerate().map(with_id).collect();
    }
    if let (Some(sequence), false) = (fields.get("sequence_id").filter(|value| !value.is_null()), state.old_version) {
        message["sequence_id"] = sequence.clone();
    }
    message
}
