//! Decodes `[[webhooks]]`: who gets events of hotroom.

use std::collections::BTreeSet;

use crate::{
    config::{
        kinds,
        mistake::{nearest, shown},
        model::WebhookConfig,
        read::Section,
        secret,
        tree::Value,
    },
    domain::{ids::WebhookId, webhook::WebhookEvent},
    net::{self, standard_webhooks::WebhookSecret},
};

/// The most secrets of a webhook: more than two are no rotation, and each lengthens a header.
const MOST_SECRETS: usize = 4;

pub(super) fn webhook(s: &Section<'_>) -> Option<WebhookConfig> {
    let id = s.id();
    let url = s.need("url", "http(s) address", url).unwrap_or_default();
    if net::is_readable_on_the_way(&url) {
        s.warn("url", "http: everyone between hotroom and the receiver can read the events; use https");
    }
    let secrets = secrets(s);
    let events = s.need("events", "list of events", events).unwrap_or_default();
    let private = s.flag("private", false);
    Some(WebhookConfig { id: WebhookId::new(id?), url, secrets, events, private })
}

fn secrets(s: &Section<'_>) -> Vec<WebhookSecret> {
    let references = s.peek("secrets", secret::references);
    if references.is_some_and(|references| !(1..=MOST_SECRETS).contains(&references.len())) {
        s.wrong("secrets", format!("must be 1 to {MOST_SECRETS}: one, and a second one during a rotation"));
    }
    let mut secrets = Vec::new();
    for (n, secret) in s.secrets("secrets").into_iter().enumerate() {
        match WebhookSecret::parse(&secret) {
            Ok(secret) => secrets.push(secret),
            Err(what) => s.wrong("secrets", format!("secret {} {what}", n + 1)),
        }
    }
    secrets
}

fn url(value: &Value) -> Result<String, String> {
    let text = kinds::line(value)?;
    // The path is not repeated: it may be a secret.
    net::check_url(&text)
        .map_err(|failure| format!("{failure}; write one such as \"https://example.com/hooks/hotroom\""))?;
    Ok(text)
}

fn events(value: &Value) -> Result<BTreeSet<WebhookEvent>, String> {
    let mut chosen = BTreeSet::new();
    for entry in kinds::texts(value)? {
        let Some(events) = WebhookEvent::chosen_by(&entry) else {
            let choices = WebhookEvent::choices();
            let near = nearest(&entry, choices.iter().map(String::as_str));
            let todo = near.map_or_else(
                || "docs/webhooks.md lists them; \"*\" is all of them".to_owned(),
                |near| format!("did you mean {}?", shown(near)),
            );
            return Err(format!("{} is no event; {todo}", shown(&entry)));
        };
        chosen.extend(events);
    }
    if chosen.is_empty() { Err("must name at least one event; \"*\" is all of them".to_owned()) } else { Ok(chosen) }
}
