//! Webhooks that fail or are disabled. A webhook without a row is well.

use std::collections::BTreeMap;

use crate::{
    domain::{Timestamp, ids::WebhookId},
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::millis,
            sql::{Row, params},
        },
    },
};

/// The trouble of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookTrouble {
    /// Since when no delivery has succeeded.
    pub failing_since: Timestamp,
    /// When the latest delivery failed.
    pub failed_at: Timestamp,
    /// Why it failed.
    pub why: String,
    /// When the webhook was disabled; `None` if deliveries are still tried.
    pub disabled_at: Option<Timestamp>,
}

const COLUMNS: &str = "webhook, failing_since, failed_at, why, disabled_at";
/// How many rows are read: there are no more than there were webhooks in bot.toml since the last reload.
const MOST: i64 = 5_000;

fn read_row(row: &Row<'_>) -> Result<(WebhookId, WebhookTrouble), StoreError> {
    let trouble = WebhookTrouble {
        failing_since: row.get(1)?,
        failed_at: row.get(2)?,
        why: row.get(3)?,
        disabled_at: row.get(4)?,
    };
    Ok((WebhookId::new(row.get::<String>(0)?), trouble))
}

impl Reads<'_> {
    /// The trouble of a webhook; `None` if it is well.
    pub fn webhook_trouble(&self, webhook: &WebhookId) -> Result<Option<WebhookTrouble>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM webhook_states WHERE webhook = $1");
        Ok(self.one(&sql, params![webhook.as_str()], read_row)?.map(|(_, trouble)| trouble))
    }

    /// True if events are not sent to a webhook.
    pub fn is_webhook_disabled(&self, webhook: &WebhookId) -> Result<bool, StoreError> {
        Ok(self.webhook_trouble(webhook)?.is_some_and(|trouble| trouble.disabled_at.is_some()))
    }

    /// The trouble of all webhooks that are not well.
    pub fn webhook_troubles(&self) -> Result<BTreeMap<WebhookId, WebhookTrouble>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM webhook_states ORDER BY webhook LIMIT $1");
        Ok(self.all(&sql, params![MOST], read_row)?.into_iter().collect())
    }
}

impl Tx<'_> {
    /// Writes the trouble of a webhook.
    pub fn save_webhook_trouble(&mut self, webhook: &WebhookId, trouble: &WebhookTrouble) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO webhook_states (webhook, failing_since, failed_at, why, disabled_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (webhook) DO UPDATE SET failing_since = excluded.failing_since,
                 failed_at = excluded.failed_at, why = excluded.why, disabled_at = excluded.disabled_at",
            params![
                webhook.as_str(),
                millis(trouble.failing_since),
                millis(trouble.failed_at),
                trouble.why,
                trouble.disabled_at.map(millis),
            ],
        )?;
        Ok(())
    }

    /// Forgets the trouble of a webhook that is still tried: a delivery has succeeded.
    pub fn forget_webhook_trouble(&mut self, webhook: &WebhookId) -> Result<(), StoreError> {
        let sql = "DELETE FROM webhook_states WHERE webhook = $1 AND disabled_at IS NULL";
        self.run(sql, params![webhook.as_str()]).map(drop)
    }

    /// Forgets all trouble, which enables disabled webhooks.
    pub fn enable_webhooks(&mut self) -> Result<(), StoreError> {
        self.run("DELETE FROM webhook_states", params![]).map(drop)
    }
}
