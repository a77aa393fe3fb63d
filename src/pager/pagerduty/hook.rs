//! Webhooks of PagerDuty, version 3.

use reqwest::header::HeaderMap;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

use super::{
    PagerDutySettings,
    wire::{HookBody, IncidentBody},
};
use crate::{
    domain::pager::PagerReport,
    pager::hook::{LONGEST_HOOK, PagerHookRefusal},
};

/// The most signatures of one header that are checked; PagerDuty sends one for each active secret.
const MOST: usize = 8;

impl PagerDutySettings {
    /// Verifies a report, and returns which page it is about. `None` for what is no change of an incident with our key.
    ///
    /// # Errors
    /// [`PagerHookRefusal`] when it is not signed with a secret of the settings, or cannot be read.
    pub fn read_hook(&self, headers: &HeaderMap, body: &[u8]) -> Result<Option<PagerReport>, PagerHookRefusal> {
        check_signature(&self.webhook_secrets, headers, body)?;
        if body.len() > LONGEST_HOOK {
            return Err(PagerHookRefusal::Unreadable(format!("more than {LONGEST_HOOK} bytes")));
        }
        let unreadable = |error: serde_json::Error| PagerHookRefusal::Unreadable(error.to_string());
        let HookBody { event } = serde_json::from_slice(body).map_err(unreadable)?;
        let is_incident = event.event_type.starts_with("incident.") && event.data["type"] == "incident";
        if !is_incident {
            return Ok(None);
        }
        let incident: IncidentBody = serde_json::from_value(event.data).map_err(unreadable)?;
        let Some(key) = incident.incident_key.clone() else { return Ok(None) };
        // Other changes, such as a new assignee, carry the status too: only the change itself says who made it.
        let by = match event.event_type.as_str() {
            "incident.acknowledged" | "incident.resolved" => event.agent,
            _ => None,
        };
        Ok(Some(PagerReport { delivery: event.id, key, page: incident.page_by(by) }))
    }
}

/// Verifies `X-PagerDuty-Signature: v1=<hex>,v1=<hex>` over the raw body. All are tried, so that the time reveals nothing.
fn check_signature(secrets: &[SecretString], headers: &HeaderMap, body: &[u8]) -> Result<(), PagerHookRefusal> {
    if secrets.is_empty() {
        return Err(PagerHookRefusal::NoSecret);
    }
    let header = headers.get("x-pagerduty-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let versions = header.split(',').filter_map(|one| one.trim().strip_prefix("v1=")).take(MOST);
    let given: Vec<Vec<u8>> = versions.filter_map(|digits| hex::decode(digits).ok()).collect();
    let good = secrets.iter().fold(false, |hit, secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
        given.iter().fold(hit, |hit, given| hit | hmac::verify(&key, body, given).is_ok())
    });
    if good { Ok(()) } else { Err(PagerHookRefusal::BadSignature) }
}
