//! Decodes which systems page people: `[pager] kind` and the sections of outside pagers.

use std::{collections::BTreeMap, time::Duration};

use super::seconds;
use crate::{
    config::{
        kinds,
        model::{OutsidePager, PagerRoutes},
        read::Section,
        tree::Value,
    },
    domain::{
        ids::ServiceId,
        pager::{PagerKind, PagerRoute},
    },
    net,
    pager::{
        PagerClient,
        pagerduty::{EVENTS_API, PagerDutySettings, REST_API},
    },
};

/// How long an outside pager has to accept a page if nothing is said.
const ACCEPT_WITHIN: Duration = Duration::from_secs(30);
/// The systems, as a message lists them.
const WORDS: &str = "builtin or pagerduty";

const ROUTES: [(&str, PagerRoute); 2] =
    [("builtin", PagerRoute::Builtin), ("pagerduty", PagerRoute::Outside(PagerKind::PagerDuty))];

pub(super) fn routes(s: &Section<'_>) -> PagerRoutes {
    let route = s.read("kind", WORDS, |value| kinds::word(value, &ROUTES)).unwrap_or_default();
    let accept = s.read("accept_within", "duration", |value| kinds::duration(value, seconds(5, 600)));
    // A section is read whether it is in use or not, so that its mistakes are found before.
    let pagerduty = s.table("pagerduty", pagerduty);
    if let PagerRoute::Outside(kind) = route {
        let there = match kind {
            PagerKind::PagerDuty => pagerduty.is_some(),
        };
        if !there {
            s.wrong(
                "kind",
                format!("needs the section [pager.{kind}]; docs/pagers/{kind}.md leads through the set-up"),
            );
        }
    }
    let outside = pagerduty.flatten().into_iter().collect();
    PagerRoutes { route, accept_within: accept.unwrap_or(ACCEPT_WITHIN), outside }
}

/// Which system pages people for a service first.
pub(super) fn service_route(s: &Section<'_>) -> Option<PagerRoute> {
    s.read("pager", WORDS, |value| kinds::word(value, &ROUTES))
}

fn pagerduty(s: &Section<'_>) -> Option<OutsidePager> {
    let routing_key = s.needed_secret("routing_key");
    let services = s.table("services", keys).unwrap_or_default();
    let api_token = s.secret("api_token");
    let webhook_secrets = if s.has("webhook_secrets") {
        s.secrets("webhook_secrets")
    } else {
        // The key is known, and may be left out.
        s.read("webhook_secrets", "list of secrets: \"env:NAME\" or \"file:PATH\"", crate::config::secret::references);
        Vec::new()
    };
    let url = s.read("url", "http(s) address", address).unwrap_or_else(|| REST_API.to_owned());
    let events_url = s.read("events_url", "http(s) address", address).unwrap_or_else(|| EVENTS_API.to_owned());
    let (private, drills) = (s.flag("private", false), s.flag("drills", false));
    if !s.has("api_token") && !s.has("webhook_secrets") {
        s.wrong(
            "api_token",
            "missing, and webhook_secrets too: nothing would confirm that PagerDuty accepted a page; write one of them",
        );
    }
    let client = PagerClient::PagerDuty(PagerDutySettings {
        events_url,
        url,
        routing_key: routing_key?,
        services,
        api_token,
        webhook_secrets,
    });
    Some(OutsidePager { private, drills, client })
}

/// The keys of services. The services are checked against `[[services]]` elsewhere.
fn keys(s: &Section<'_>) -> BTreeMap<ServiceId, secrecy::SecretString> {
    let pair = |id: &str| Some((ServiceId::new(id), s.secret(id)?));
    s.own_words().into_iter().filter_map(pair).collect()
}

/// Reads an address without the slash at its end.
fn address(value: &Value) -> Result<String, String> {
    let text = kinds::line(value)?;
    net::check_url(&text).map_err(|failure| failure.to_string())?;
    Ok(text.trim_end_matches('/').to_owned())
}
