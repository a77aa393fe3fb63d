//! The webhooks of the configuration, and which of them fail or are disabled.

use serde::Serialize;

use crate::{
    config::Config,
    domain::text::Untrusted,
    store::{Reads, StoreError},
    web::pages::words,
};

/// A webhook. Its address is not shown: the path may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WebhookView {
    /// Its name.
    pub id: String,
    /// Since when no event has arrived; `None` if the latest one did.
    pub failing_since: Option<String>,
    /// When it was disabled.
    pub disabled_at: Option<String>,
    /// Why the latest delivery failed.
    pub why: Option<String>,
}

/// Reads the webhooks in the order of bot.toml.
pub(super) fn read(reads: &Reads<'_>, config: &Config) -> Result<Vec<WebhookView>, StoreError> {
    let mut troubles = if config.webhooks.is_empty() { Default::default() } else { reads.webhook_troubles()? };
    let view = |id: &crate::domain::ids::WebhookId| {
        let trouble = troubles.remove(id);
        WebhookView {
            id: id.to_string(),
            failing_since: trouble.as_ref().map(|trouble| words::at(trouble.failing_since)),
            disabled_at: trouble.as_ref().and_then(|trouble| trouble.disabled_at).map(words::at),
            why: trouble.map(|trouble| Untrusted::new(trouble.why).shown(words::TITLE)),
        }
    };
    Ok(config.webhooks.iter().map(|webhook| &webhook.id).map(view).collect())
}
