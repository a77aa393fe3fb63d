//! A PagerDuty on loopback: the Events API v2, as much of the REST API as pagers need, and signed webhooks of version 3. It
//! takes every event with 202 and makes an incident only when somebody is on call, as PagerDuty does, and fails as a test
//! says.
//!
//! A program that uses it has the module `fake_http` at its root.
#![allow(dead_code, reason = "each test program uses the part it needs")]

mod respond;
mod state;

use std::sync::{Arc, Mutex, MutexGuard};

use ring::hmac;
use serde_json::{Value, json};

pub use state::{PagerDutyIncident, PagerDutyState};

use crate::fake_http::{FakeHttp, Reaction, Received};

/// The integration key of the service "Everything else".
pub const KEY: &str = "R0000000000000000000000000000001";
/// The integration key of the service "Checkout".
pub const CHECKOUT_KEY: &str = "R0000000000000000000000000000002";
/// The key of the REST API.
pub const TOKEN: &str = "u+abcdefghijklmnopqr";
/// The secret of the webhook.
pub const SECRET: &str = "pd-webhook-secret-1";
/// A user: id and name.
pub const CHO: (&str, &str) = ("PCHO001", "Cho Park");
/// A user who is nobody here.
pub const EVE: (&str, &str) = ("PEVE009", "Eve <Adams>");

/// The variables of a `bot.toml` that uses it.
pub const SECRETS: [(&str, &str); 4] =
    [("PD_KEY", KEY), ("PD_CHECKOUT", CHECKOUT_KEY), ("PD_TOKEN", TOKEN), ("PD_SECRET", SECRET)];

/// The service.
pub struct FakePagerDuty {
    /// The connections.
    pub http: FakeHttp,
    state: Arc<Mutex<PagerDutyState>>,
}

impl FakePagerDuty {
    /// Starts the service with somebody on call and no incident.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(PagerDutyState::default()));
        let shared = Arc::clone(&state);
        let http = FakeHttp::start(move |request| answer(&mut shared.lock().expect("no panic"), request)).await;
        Self { http, state }
    }

    /// The section of `bot.toml` that uses it for every service, with `more` keys in it.
    pub fn toml(&self, more: &str) -> String {
        let url = &self.http.url;
        format!(
            "[pager]\nfallback = \"ann\"\nkind = \"pagerduty\"\n[pager.pagerduty]\nrouting_key = \"env:PD_KEY\"\n\
             url = \"{url}\"\nevents_url = \"{url}\"\n{more}\n[pager.pagerduty.services]\ncheckout = \"env:PD_CHECKOUT\"\n"
        )
    }

    /// The state, to read it or to change it as people do there.
    pub fn state(&self) -> MutexGuard<'_, PagerDutyState> {
        self.state.lock().expect("no panic")
    }

    /// The incidents, oldest first.
    pub fn incidents(&self) -> Vec<PagerDutyIncident> {
        self.state().incidents.clone()
    }

    /// Reacts so to the next event. `false`: as if nothing had come; `true`: after it was carried out.
    pub fn react_next(&self, reaction: Reaction, carried_out: bool) {
        self.state().reactions.push_back((reaction, carried_out));
    }

    /// Reacts so to everything; `None` ends that.
    pub fn react_always(&self, reaction: Option<Reaction>) {
        self.state().always = reaction;
    }

    /// A user answers the newest incident: `acknowledged` or `resolved`. Returns the webhook that PagerDuty sends then.
    pub fn answer(&self, user: (&str, &str), status: &str) -> PagerDutyHook {
        let (id, name) = user;
        let agent = json!({"id": id, "type": "user_reference", "summary": name});
        let incident = {
            let mut state = self.state();
            let incident = state.incidents.last_mut().expect("an incident");
            incident.status = status.to_owned();
            incident.by = agent.clone();
            incident.clone()
        };
        self.hook(&incident, &format!("incident.{status}"), &agent)
    }

    /// The webhook about an incident.
    pub fn hook(&self, incident: &PagerDutyIncident, event_type: &str, agent: &Value) -> PagerDutyHook {
        let number = {
            let mut state = self.state();
            state.hooks += 1;
            state.hooks
        };
        let body = json!({"event": {
            "id": format!("01EVENT{number}"), "event_type": event_type, "resource_type": "incident",
            "occurred_at": "2026-03-02T10:00:10.000Z", "agent": agent, "client": null,
            "data": incident.shown(&self.http.url),
        }});
        PagerDutyHook::signed(body.to_string().into_bytes(), &[SECRET])
    }
}

/// A webhook as PagerDuty sends it.
#[derive(Clone, Debug)]
pub struct PagerDutyHook {
    /// `X-PagerDuty-Signature`.
    pub signature: String,
    pub body: Vec<u8>,
}

impl PagerDutyHook {
    /// Signed with each of these secrets.
    pub fn signed(body: Vec<u8>, secrets: &[&str]) -> Self {
        let sign = |secret: &&str| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
            format!("v1={}", hex::encode(hmac::sign(&key, &body)))
        };
        Self { signature: secrets.iter().map(sign).collect::<Vec<_>>().join(","), body }
    }
}

/// The answer to a request in a state, for a test that has connections of its own.
pub fn answer(state: &mut PagerDutyState, request: &Received) -> Reaction {
    respond::respond(state, request)
}
