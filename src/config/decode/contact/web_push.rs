//! Decodes `[web_push]`.

use crate::{
    config::{kinds, mistake::shown, read::Section, tree::Value},
    contact::web_push::WebPushSettings,
    net,
};

/// `None` while it is switched off.
pub(super) fn web_push(s: &Section<'_>) -> Option<WebPushSettings> {
    let enabled = s.need("enabled", "true or false", kinds::flag).unwrap_or_default();
    let subject = s.read("subject", "mailto: or https: address", subject);
    if enabled && !s.has("subject") {
        s.wrong("subject", "missing; push services ask for it: write one such as \"mailto:oncall@example.com\"");
    }
    let subject = subject?;
    enabled.then_some(WebPushSettings { subject })
}

/// Parses an address at which push services can contact whoever runs hotroom (RFC 8292, 2.1).
fn subject(value: &Value) -> Result<String, String> {
    let text = kinds::line(value)?;
    let refused = |why: &str| {
        let why = format!("{} {why}", shown(&text));
        Err(format!("{why}; write one such as \"mailto:oncall@example.com\" or \"https://example.com/contact\""))
    };
    if let Some(address) = text.strip_prefix("mailto:") {
        let plain = address.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '?' | ','));
        let whole = address.split_once('@').is_some_and(|(who, host)| !who.is_empty() && host.contains('.'));
        return if plain && whole { Ok(text) } else { refused("is no mail address") };
    }
    if !text.starts_with("https://") {
        return refused("is neither a mailto: nor an https: address");
    }
    match net::check_url(&text) {
        Ok(()) => Ok(text),
        Err(_) => refused("cannot be read"),
    }
}
