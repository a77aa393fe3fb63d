//! Events to the receivers of outgoing webhooks.

use std::sync::Arc;

use super::{
    adapter::{Adapter, PrepareContext, PreparedCall},
    guard::IncidentExtract,
};
use crate::{
    config::Config,
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome, Receipt, SkipReason, WebhookEffect},
        incident::Incident,
        oncall::Page,
        webhook::WebhookSubject,
    },
    net::{HttpClient, HttpClients, HttpFailure, NetSettings, UrlOrigin, standard_webhooks::WebhookMessage},
    render::{WEBHOOK_ALERTS, WebhookFacts, webhook_body},
    store::{Reads, StoreError},
};

/// Posts events to webhooks.
pub(super) struct WebhookAdapter {
    http: Arc<HttpClients>,
}

impl WebhookAdapter {
    pub(super) fn new(http: Arc<HttpClients>) -> Self {
        Self { http }
    }
}

/// One request to a webhook.
pub(super) struct WebhookCall {
    message: WebhookMessage,
    net: NetSettings,
}

impl Adapter for WebhookAdapter {
    type Effect = WebhookEffect;
    type Call = WebhookCall;

    fn shows_private(&self, config: &Config, effect: &WebhookEffect) -> bool {
        config.webhook(effect.webhook()).is_some_and(|webhook| webhook.private)
    }

    fn prepare(
        &self,
        cx: &PrepareContext,
        reads: &Reads<'_>,
        effect: &WebhookEffect,
    ) -> Result<PreparedCall<WebhookCall>, StoreError> {
        let WebhookEffect::PostEvent { webhook, event, paged, .. } = effect;
        // It may have been removed, or have another choice of events, since the event happened.
        let Some(webhook) = cx.config.webhook(webhook).filter(|webhook| *paged || webhook.events.contains(event))
        else {
            return Ok(PreparedCall::Skip(SkipReason::NoWebhook));
        };
        if reads.is_webhook_disabled(&webhook.id)? {
            return Ok(PreparedCall::Skip(SkipReason::WebhookDisabled));
        }
        let Some(body) = body(cx, reads, effect)? else { return Ok(PreparedCall::Skip(SkipReason::NoSubject)) };
        let (url, secrets) = (webhook.url.clone(), webhook.secrets.clone());
        let message = WebhookMessage { url, origin: UrlOrigin::Config, id: effect.message_id(), body, secrets };
        Ok(PreparedCall::Call(WebhookCall { message, net: cx.config.net.clone() }))
    }

    async fn send(&self, call: WebhookCall, now: Timestamp) -> Outcome<Receipt> {
        match self.http.client(&call.net) {
            Ok(http) => post(&http, call.message, now).await,
            Err(failure) => failure.outcome(EffectClass::Keyed, now),
        }
    }
}

/// Renders what the event says, from the records as they are now. `None` if they do not exist.
fn body(cx: &PrepareContext, reads: &Reads<'_>, effect: &WebhookEffect) -> Result<Option<Vec<u8>>, StoreError> {
    let WebhookEffect::PostEvent { event, about, seq, at, .. } = effect;
    let render = |facts: &WebhookFacts<'_>| webhook_body(&cx.config, *event, *at, facts);
    match (about, &cx.incident) {
        (WebhookSubject::Incident(_), Some(IncidentExtract::Full(incident))) => {
            let recorded = reads.event(&Incident::stream(incident.id), *seq)?;
            Ok(recorded.and_then(|recorded| render(&WebhookFacts::Incident { incident, recorded: &recorded })))
        }
        (WebhookSubject::Page(page), Some(IncidentExtract::Full(incident))) => {
            let Some(page) = reads.page(*page)? else { return Ok(None) };
            let recorded = reads.event(&Page::stream(page.id()), *seq)?;
            Ok(recorded.and_then(|recorded| {
                render(&WebhookFacts::Page { page: &page, incident: Some(incident), recorded: &recorded })
            }))
        }
        (WebhookSubject::Page(page), None) => {
            let Some(page) = reads.page(*page)?.filter(|page| page.incident().is_none()) else { return Ok(None) };
            let recorded = reads.event(&Page::stream(page.id()), *seq)?;
            let facts = recorded.as_ref().map(|recorded| WebhookFacts::Page { page: &page, incident: None, recorded });
            Ok(facts.and_then(|facts| render(&facts)))
        }
        (WebhookSubject::Page(_), Some(IncidentExtract::Reference(incident))) => {
            let (key, severity, link) = (&incident.key, incident.severity, incident.link.as_str());
            Ok(render(&WebhookFacts::Reference { key, severity, link }))
        }
        (WebhookSubject::Group(group), incident) => {
            let incident = match incident {
                Some(IncidentExtract::Full(incident)) => Some(&incident.key),
                Some(IncidentExtract::Reference(_)) | None => None,
            };
            let Some(group) = reads.group(*group)? else { return Ok(None) };
            let alerts = reads.alerts_of_group(&group, WEBHOOK_ALERTS)?;
            Ok(render(&WebhookFacts::Group { group: &group, alerts: &alerts, incident, now: cx.now }))
        }
        (WebhookSubject::Incident(_), Some(IncidentExtract::Reference(_)) | None) => Ok(None),
    }
}

/// Makes the request.
async fn post(http: &HttpClient, message: WebhookMessage, now: Timestamp) -> Outcome<Receipt> {
    match message.post(http, now).await {
        Ok(()) => Outcome::Delivered(Receipt::Nothing),
        Err(HttpFailure::Status(response)) if response.status == 410 => Outcome::Skipped(SkipReason::ReceiverGone),
        Err(HttpFailure::Status(response)) => {
            let after_ms = response.retry_after(now).and_then(|wait| u64::try_from(wait.as_millis()).ok());
            // The answer is not quoted: it may repeat what a private incident says, and many people see the reason.
            Outcome::Retry { after_ms, why: format!("HTTP {}", response.status) }
        }
        // A receiver that refuses may be set right within a day: then it has lost nothing.
        Err(failure) => Outcome::Retry { after_ms: None, why: failure.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::{
        fake_http::table::{AdapterUnderTest, Expected, Override, Row, run_failure_table},
        net::standard_webhooks::WebhookSecret,
    };

    struct OneEvent;

    impl AdapterUnderTest for OneEvent {
        fn class(&self) -> EffectClass {
            EffectClass::Keyed
        }

        async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
            let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
            let secrets = vec![WebhookSecret::parse(&secret).expect("a secret")];
            let (id, body) = ("evt_1".to_owned(), b"{}".to_vec());
            let message = WebhookMessage { url: format!("{url}/hook"), origin: UrlOrigin::Config, id, body, secrets };
            post(http, message, Timestamp::UNIX_EPOCH).await.map(|_| ())
        }

        fn success(&self) -> Vec<u8> {
            b"<html>thanks</html>".to_vec()
        }
    }

    #[tokio::test]
    async fn a_webhook_that_fails_has_the_outcome_of_the_table() {
        let refused = |row| Override {
            row,
            expected: Expected::Retry,
            reason: "a receiver that is wrong for some hours must not lose events; after a day the webhook is disabled",
        };
        let taken = |row| Override {
            row,
            expected: Expected::Delivered,
            reason: "a status of 2xx says that the event was taken; the body has no meaning",
        };
        let mut overrides = vec![refused(Row::Redirect), taken(Row::BodyTruncated), taken(Row::BodyTooLarge)];
        overrides.push(taken(Row::BodyDrips));
        overrides.extend([400, 401, 403, 404, 409, 422].map(|status| refused(Row::Status(status))));
        overrides.push(Override {
            row: Row::Status(410),
            expected: Expected::Skipped,
            reason: "the receiver wants no more events, so that the webhook is disabled at once",
        });
        run_failure_table(&OneEvent, &overrides).await;
    }
}
