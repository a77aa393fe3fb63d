//! Messages of monitoring systems: the sender, and the parts that are stored.

use chrono::DateTime;
use serde_json::{Value, json};

/// Returns the ids of the sender: webhook, application and bot. A person has none, whatever they paste.
pub fn senders(message: &Value) -> Vec<u64> {
    let machine = message["author"]["bot"] == true || message["webhook_id"].is_string();
    if !machine {
        return Vec::new();
    }
    let ids = [&message["webhook_id"], &message["application_id"], &message["author"]["id"]];
    let mut ids: Vec<u64> = ids.into_iter().filter_map(id).collect();
    ids.dedup();
    ids
}

/// Parses an id as a number.
pub fn id(value: &Value) -> Option<u64> {
    value.as_str()?.parse().ok()
}

/// True if an event holds every part of a message that rules read. An edit may be partial, and the gateway decoder
/// drops components together with the flag that indicates them: such a message must be fetched.
pub fn is_whole(message: &Value) -> bool {
    ["author", "content", "embeds"].iter().all(|part| !message[*part].is_null()) && !is_wordless(message)
}

/// True if a message has neither text nor embeds. Discord allows neither together with text in components.
fn is_wordless(message: &Value) -> bool {
    message["content"].as_str().is_none_or(str::is_empty) && list(&message["embeds"]).is_empty()
}

/// Returns when a message was edited, in Unix milliseconds. A link preview that Discord adds is not an edit.
pub fn edited(message: &Value) -> Option<i64> {
    DateTime::parse_from_rfc3339(message["edited_timestamp"].as_str()?).ok().map(|time| time.timestamp_millis())
}

/// Returns the delivery id of a message: an edit is another delivery, a repeat is not.
pub fn delivery(message: &Value) -> Option<String> {
    let id = id(&message["id"])?;
    Some(edited(message).map_or_else(|| id.to_string(), |at| format!("{id}/{at}")))
}

/// Returns the stored parts of a message: sender, channel and text. Parts that differ between events, such as addresses
/// of images, are left out, so that a repeated message is recognized.
pub fn kept(message: &Value) -> Value {
    let mut kept = only(message, &["id", "channel_id", "webhook_id", "application_id", "content"]);
    kept["author"] = only(&message["author"], &["id", "username"]);
    kept["embeds"] = list(&message["embeds"]).iter().map(embed).collect();
    if is_wordless(message) {
        kept["components"] = message["components"].clone();
    }
    kept
}

fn embed(embed: &Value) -> Value {
    let mut kept = only(embed, &["type", "title", "description", "url"]);
    kept["fields"] = list(&embed["fields"]).iter().map(|field| only(field, &["name", "value"])).collect();
    kept["footer"] = only(&embed["footer"], &["text"]);
    kept["author"] = only(&embed["author"], &["name"]);
    kept
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn only(value: &Value, names: &[&str]) -> Value {
    let mut kept = json!({});
    for name in names {
        if let Some(part) = value.get(name).filter(|part| !part.is_null()) {
            kept[*name] = part.clone();
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_a_webhook() -> Value {
        json!({
            "id": "9", "channel_id": "1", "webhook_id": "7", "application_id": null, "content": "x", "flags": 0,
            "author": {"id": "7", "username": "Alertmanager", "avatar": null}, "timestamp": "2026-03-02T09:55:00Z",
            "edited_timestamp": null,
            "embeds": [{"type": "rich", "title": "t", "footer": {"text": "f", "proxy_icon_url": "https://x"}}],
        })
    }

    #[test]
    fn a_person_has_no_sender_whatever_their_name_or_their_application() {
        let person = json!({"author": {"id": "7", "username": "Alertmanager"}, "application_id": "7"});
        assert_eq!(senders(&person), Vec::<u64>::new());
        assert_eq!(senders(&of_a_webhook()), [7]);
        assert_eq!(senders(&json!({"author": {"id": "5", "bot": true}})), [5]);
    }

    #[test]
    fn an_edit_is_another_delivery_and_a_preview_is_none() {
        let mut message = of_a_webhook();
        assert_eq!(delivery(&message).as_deref(), Some("9"));
        message["edited_timestamp"] = "2026-03-02T09:56:00.5+00:00".into();
        assert_eq!(delivery(&message).as_deref(), Some("9/1772445360500"));
    }

    #[test]
    fn what_discord_adds_from_event_to_event_is_not_kept() {
        let (first, mut again) = (of_a_webhook(), of_a_webhook());
        again["embeds"][0]["footer"]["proxy_icon_url"] = "https://y".into();
        again["author"]["bot"] = false.into();
        again["timestamp"] = "2026-03-02T09:55:00+00:00".into();
        assert_eq!(kept(&first), kept(&again));
        assert_eq!(kept(&first)["embeds"][0]["footer"]["text"], "f");
    }

    #[test]
    fn words_in_components_have_to_be_fetched() {
        let mut message = of_a_webhook();
        assert!(is_whole(&message));
        (message["content"], message["embeds"]) = ("".into(), json!([]));
        assert!(!is_whole(&message));
        assert!(!is_whole(&json!({"id": "9", "channel_id": "1", "embeds": []})));
    }
}
