//! What Pushover's documentation says of the fields of a message.

use super::state::Fields;

/// The fields that it knows.
const FIELDS: [&str; 20] = [
    "token",
    "user",
    "message",
    "attachment",
    "attachment_base64",
    "attachment_type",
    "callback",
    "device",
    "expire",
    "html",
    "monospace",
    "priority",
    "retry",
    "sound",
    "tags",
    "timestamp",
    "title",
    "ttl",
    "url",
    "url_title",
];

/// The rules that a message breaks, in the words of the service.
pub fn broken(fields: &Fields) -> Vec<String> {
    let mut errors: Vec<String> =
        fields.names().filter(|name| !FIELDS.contains(name)).map(|name| format!("{name} is no field")).collect();
    for (name, most) in [("message", 1_024), ("title", 250), ("url", 512), ("url_title", 100)] {
        if fields.get(name).unwrap_or_default().chars().count() > most {
            errors.push(format!("{name} is too long, must be {most} characters or less"));
        }
    }
    if fields.get("message").is_none_or(str::is_empty) {
        errors.push("message cannot be blank".to_owned());
    }
    let number = |name: &str| fields.get(name).and_then(|text| text.parse::<i64>().ok());
    let priority = number("priority").unwrap_or(if fields.get("priority").is_none() { 0 } else { 9 });
    if !(-2..=2).contains(&priority) {
        errors.push("priority is invalid".to_owned());
    }
    if priority == 2 {
        if number("retry").is_none_or(|retry| retry < 30) {
            errors.push("retry must be supplied with priority=2, and at least 30 seconds".to_owned());
        }
        if number("expire").is_none_or(|expire| !(1..=10_800).contains(&expire)) {
            errors.push("expire must be supplied with priority=2, and at most 10800 seconds".to_owned());
        }
    }
    errors
}
