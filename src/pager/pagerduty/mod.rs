//! PagerDuty: pages go out by Events API v2. That API takes an event before it knows whether anybody is on call, so that only
//! an incident which the REST API or a webhook shows is an accepted page.

mod hook;
mod probe;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::BTreeMap;

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{PagerAlert, PagerChange, PagerFailure};
use crate::{
    domain::{
        ids::ServiceId,
        pager::{OutsideAnswer, PagerReceipt},
        text::{cut, visible},
    },
    net::{HttpCall, HttpClient, HttpFailure, UrlOrigin},
};

use wire::{EventRefusal, IncidentList, severity};

/// Where events are sent if nothing else is said.
pub const EVENTS_API: &str = "https://events.pagerduty.com";
/// Where the REST API is if nothing else is said.
pub const REST_API: &str = "https://api.pagerduty.com";
/// The longest summary, in characters.
const LONGEST_SUMMARY: usize = 1024;
/// The longest answer that is read: a page of incidents or services.
const LARGEST: usize = 4 << 20;
/// How much of a refusal is shown, in characters.
const LONGEST_REASON: usize = 300;

/// `[pager.pagerduty]`
#[derive(Clone, Debug)]
pub struct PagerDutySettings {
    /// The address of the Events API, without a slash at its end.
    pub events_url: String,
    /// The address of the REST API, without a slash at its end.
    pub url: String,
    /// The integration key of incidents whose service has none of its own.
    pub routing_key: SecretString,
    /// The integration keys of services.
    pub services: BTreeMap<ServiceId, SecretString>,
    /// The key of the REST API; without it only webhooks confirm pages.
    pub api_token: Option<SecretString>,
    /// The secrets of webhooks, which more than one may be while one is replaced.
    pub webhook_secrets: Vec<SecretString>,
}

impl PagerDutySettings {
    pub(super) async fn trigger(&self, http: &HttpClient, alert: &PagerAlert) -> Result<PagerReceipt, PagerFailure> {
        let mut payload = json!({
            "summary": cut(&visible(&alert.summary), LONGEST_SUMMARY),
            "source": alert.source,
            "severity": severity(alert.severity),
            "timestamp": alert.at.to_rfc3339(),
            "custom_details": alert.details,
        });
        if let Some(component) = &alert.component {
            payload["component"] = Value::from(component.as_str());
        }
        let event = json!({
            "routing_key": self.routing_key(alert.service.as_ref()).expose_secret(),
            "event_action": "trigger",
            "dedup_key": alert.key,
            "client": "hotroom",
            "client_url": alert.link,
            "links": [{"href": alert.link, "text": "hotroom"}],
            "payload": payload,
        });
        self.enqueue(http, &event).await
    }

    /// PagerDuty drops the acknowledgement of a key that it does not know.
    pub(super) async fn change(&self, http: &HttpClient, change: &PagerChange) -> Result<PagerReceipt, PagerFailure> {
        let action = match change.answer {
            OutsideAnswer::Acknowledged => "acknowledge",
            OutsideAnswer::Resolved => "resolve",
        };
        let routing_key = self.routing_key(change.service.as_ref()).expose_secret();
        let event = json!({"routing_key": routing_key, "event_action": action, "dedup_key": change.key});
        self.enqueue(http, &event).await
    }

    /// Reads the newest incident with the key. PagerDuty makes none when nobody is on call.
    pub(super) async fn read(&self, http: &HttpClient, key: &str) -> Result<PagerReceipt, PagerFailure> {
        let key = percent_encoding::utf8_percent_encode(key, percent_encoding::NON_ALPHANUMERIC);
        let path = format!("incidents?incident_key={key}&date_range=all&sort_by=created_at:desc&limit=1");
        let list: IncidentList = self.get(http, &path).await?;
        Ok(match list.incidents.into_iter().next() {
            Some(incident) => PagerReceipt::Shown(incident.page()),
            None => PagerReceipt::Hidden,
        })
    }

    fn routing_key(&self, service: Option<&ServiceId>) -> &SecretString {
        service.and_then(|service| self.services.get(service)).unwrap_or(&self.routing_key)
    }

    async fn enqueue(&self, http: &HttpClient, event: &Value) -> Result<PagerReceipt, PagerFailure> {
        let url = format!("{}/v2/enqueue", self.events_url);
        let call = HttpCall::new(Method::POST, url, UrlOrigin::Config).json(event.to_string().into_bytes());
        match http.send(call).await {
            Ok(answer) => answer.json::<Value>().map(|_| PagerReceipt::Taken).map_err(PagerFailure::Http),
            Err(HttpFailure::Status(response)) if response.status == 400 => {
                let said: EventRefusal = serde_json::from_slice(&response.body).unwrap_or_default();
                let why = cut(&visible(&said.reason()), LONGEST_REASON);
                Err(PagerFailure::Refused(format!("PagerDuty refuses the event: {why}")))
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Reads from the REST API. The path has no slash at its beginning.
    async fn get<T: serde::de::DeserializeOwned>(&self, http: &HttpClient, path: &str) -> Result<T, PagerFailure> {
        let Some(token) = &self.api_token else {
            return Err(PagerFailure::Refused("[pager.pagerduty] has no api_token".to_owned()));
        };
        let header = SecretString::from(format!("Token token={}", token.expose_secret()));
        let call = HttpCall::new(Method::GET, format!("{}/{path}", self.url), UrlOrigin::Config)
            .secret_header("authorization", &header)
            .header("accept", "application/json")
            .at_most(LARGEST);
        let what = path.split('?').next().unwrap_or(path);
        match http.send(call).await {
            Ok(answer) => Ok(answer.json()?),
            Err(HttpFailure::Status(response)) if matches!(response.status, 401 | 403) => {
                let why = match response.status {
                    401 => "PagerDuty does not accept [pager.pagerduty] api_token".to_owned(),
                    _ => format!("[pager.pagerduty] api_token may not read {what}"),
                };
                Err(PagerFailure::Refused(why))
            }
            Err(failure) => Err(failure.into()),
        }
    }
}
