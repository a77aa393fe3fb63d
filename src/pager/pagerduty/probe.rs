//! Asks PagerDuty what `hotroom check` reports. Pages nobody, and changes nothing.

use secrecy::ExposeSecret;

use super::{
    PagerDutySettings,
    wire::{IncidentList, ServiceBody, ServiceList, SubscriptionList},
};
use crate::{
    domain::{ids::ServiceId, pager::OutsideAnswer},
    net::HttpClient,
    pager::{PagerChange, PagerFailure, PagerFinding},
};

/// The key of the acknowledgement that proves an integration key. PagerDuty drops it, because it knows no such incident.
const NO_PAGE: &str = "hotroom/check";
/// How many services one answer lists.
const LISTED: usize = 100;
/// How many services are looked at.
const MOST_SERVICES: usize = 2_000;

impl PagerDutySettings {
    pub(in crate::pager) async fn probe(&self, http: &HttpClient, hook_url: &str) -> Vec<PagerFinding> {
        let mut found = self.probe_keys(http).await;
        if self.api_token.is_some() {
            found.extend(self.probe_rest(http).await);
        } else {
            let what = "no api_token: only the webhook confirms that a page was accepted";
            found.push(PagerFinding::Warning(what.to_owned()));
        }
        found.push(self.probe_webhook(http, hook_url).await);
        found
    }

    /// Proves each integration key by an acknowledgement of a page that does not exist.
    async fn probe_keys(&self, http: &HttpClient) -> Vec<PagerFinding> {
        let services = std::iter::once(None).chain(self.services.keys().cloned().map(Some));
        let mut found = Vec::new();
        for service in services {
            let name = key_name(service.as_ref());
            let change = PagerChange { key: NO_PAGE.to_owned(), service, answer: OutsideAnswer::Acknowledged };
            found.push(match self.change(http, &change).await {
                Ok(_) => PagerFinding::Good(format!("{name} is accepted")),
                Err(failure) => PagerFinding::Wrong(format!("{name}: {failure}")),
            });
        }
        found
    }

    async fn probe_rest(&self, http: &HttpClient) -> Vec<PagerFinding> {
        let mut found = Vec::new();
        match self.get::<IncidentList>(http, "incidents?limit=1").await {
            Ok(_) => found.push(PagerFinding::Good("api_token may read incidents".to_owned())),
            Err(failure) => {
                found.push(PagerFinding::Wrong(failure.to_string()));
                return found;
            }
        }
        match self.services(http).await {
            Ok(services) => {
                let own = std::iter::once(None).chain(self.services.keys().map(Some));
                found.extend(own.map(|service| self.paged_service(service, &services)));
            }
            Err(failure) => {
                let what = "which services the integration keys belong to is not known";
                found.push(PagerFinding::Warning(format!("{what}: {failure}")));
            }
        }
        found
    }

    async fn services(&self, http: &HttpClient) -> Result<Vec<ServiceBody>, PagerFailure> {
        let mut services = Vec::new();
        while services.len() < MOST_SERVICES {
            let path = format!("services?include%5B%5D=integrations&limit={LISTED}&offset={}", services.len());
            let list: ServiceList = self.get(http, &path).await?;
            let over = !list.more || list.services.is_empty();
            services.extend(list.services);
            if over {
                break;
            }
        }
        Ok(services)
    }

    /// The service there that an integration key belongs to.
    fn paged_service(&self, service: Option<&ServiceId>, services: &[ServiceBody]) -> PagerFinding {
        let (name, key) = (key_name(service), self.routing_key(service).expose_secret());
        let has_key = |known: &&ServiceBody| {
            known.integrations.iter().any(|integration| integration.integration_key.as_deref() == Some(key))
        };
        match services.iter().find(has_key) {
            Some(known) if known.status == "disabled" => PagerFinding::Wrong(format!(
                "{name} belongs to the service {}, which is disabled: enable it",
                known.name
            )),
            Some(known) => PagerFinding::Good(format!("{name} pages the service {}", known.name)),
            None => PagerFinding::Warning(format!(
                "{name} belongs to no service that api_token can see; it may be the key of an event orchestration"
            )),
        }
    }

    async fn probe_webhook(&self, http: &HttpClient, hook_url: &str) -> PagerFinding {
        if self.webhook_secrets.is_empty() {
            let what = "no webhook_secrets: answers given in PagerDuty arrive when hotroom asks, every 15 seconds";
            return PagerFinding::Warning(what.to_owned());
        }
        if self.api_token.is_none() {
            return PagerFinding::Good(format!("its webhook has to call {hook_url}"));
        }
        match self.get::<SubscriptionList>(http, "webhook_subscriptions?limit=100").await {
            Ok(list) => {
                let calls = |url: &Option<String>| url.as_deref() == Some(hook_url);
                let known = list.webhook_subscriptions.iter().find(|known| calls(&known.delivery_method.url));
                match known {
                    Some(known) if known.active => PagerFinding::Good(format!("its webhook calls {hook_url}")),
                    Some(_) => PagerFinding::Wrong(format!("its webhook for {hook_url} is disabled: enable it")),
                    None => PagerFinding::Wrong(format!("no webhook of it calls {hook_url}: add one")),
                }
            }
            Err(failure) => PagerFinding::Warning(format!("its webhooks cannot be seen: {failure}")),
        }
    }
}

fn key_name(service: Option<&ServiceId>) -> String {
    service.map_or_else(|| "routing_key".to_owned(), |service| format!("the key of {service}"))
}
