//! Reading: the messages of a topic, accounts, and the end of a notification.

use serde_json::{Value, json};

use super::{Refusal, Sequence, State, access, is_name, refusal, user};
use crate::fake_http::{Reaction, Received};

/// The messages of a topic, one on a line.
pub(super) fn poll(state: &State, request: &Received, topic: &str, query: &str) -> Reaction {
    if let Err((status, code)) = access(state, request, topic) {
        return refusal(status, code);
    }
    let parameter = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    if parameter("poll") != Some("1") {
        // A subscription: messages would follow for ever.
        return Reaction::Hang;
    }
    let from = match parameter("since") {
        None | Some("all") => 0,
        Some(since) => match age(since) {
            Some(age) => state.now - age,
            None => return refusal(400, 40008),
        },
    };
    let asked = |event: &&Value| event["topic"] == topic && event["time"].as_i64() >= Some(from);
    let lines: String = state.events.iter().filter(asked).map(|event| format!("{event}\n")).collect();
    Reaction::Answer {
        status: 200,
        headers: vec![("content-type", "application/x-ndjson; charset=utf-8".to_owned())],
        body: lines.into_bytes(),
    }
}

/// The seconds of `30s`, `10m` or `12h`.
fn age(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(factor)
}

pub(super) fn account(state: &State, request: &Received) -> Result<Value, Refusal> {
    let name = user(state, request)?.unwrap_or("*");
    let role = if name == "*" { "anonymous" } else { "user" };
    let none = json!({"messages": 0, "messages_remaining": 250, "emails": 0, "emails_remaining": 5, "calls": 0,
        "calls_remaining": 0, "reservations": 0, "reservations_remaining": 0, "attachment_total_size": 0,
        "attachment_total_size_remaining": 0});
    Ok(json!({"username": name, "role": role, "stats": none}))
}

/// Clears or deletes the notification of a sequence.
pub(super) fn end(state: &mut State, request: &Received, event: &str, sequence: &Sequence) -> Result<Value, Refusal> {
    access(state, request, &sequence.topic)?;
    if state.old_version {
        return Err((404, 40401));
    }
    if !is_name(&sequence.id) {
        return Err((400, 40049));
    }
    let id = format!("fake{:08}", state.events.len() + 1);
    let ended =
        json!({"id": id, "time": state.now, "event": event, "topic": sequence.topic, "sequence_id": sequence.id});
    state.events.push(ended.clone());
    Ok(ended)
}
