//! Sends a message through a gateway.

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{
    Method,
    header::{AUTHORIZATION, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    body::GatewayBody,
    request::{GatewayHeader, GatewayUrl},
    success::{SuccessCondition, SuccessVerdict, reason},
    template::{Placeholder, Values},
};
use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome, Receipt},
    },
    net::{HttpCall, HttpClient, HttpFailure, UrlOrigin},
};

/// The largest answer that is read.
const LARGEST: usize = 64 * 1024;

/// `[[contact_gateways]]`
#[derive(Clone, Debug)]
pub struct GatewaySettings {
    /// The id.
    pub id: String,
    /// What people see.
    pub name: String,
    /// GET, POST or PUT.
    pub method: Method,
    /// Where messages go.
    pub url: GatewayUrl,
    /// More headers.
    pub headers: Vec<GatewayHeader>,
    /// User and password, joined by a colon.
    pub basic_auth: Option<SecretString>,
    /// What `{{secret}}` stands for.
    pub secret: Option<SecretString>,
    /// The body; `None` for a request without one.
    pub body: Option<GatewayBody>,
    /// When a message was taken.
    pub success: SuccessCondition,
    /// Where an answer says why a message was refused: a JSON pointer.
    pub reason: Option<String>,
    /// Whether it also carries pages for private incidents, with key, severity and link.
    pub private: bool,
}

impl GatewaySettings {
    /// True if the placeholder occurs anywhere.
    pub fn uses(&self, placeholder: Placeholder) -> bool {
        let body = self.body.iter().flat_map(GatewayBody::placeholders);
        let headers = self.headers.iter().flat_map(GatewayHeader::placeholders);
        self.url.placeholders().chain(headers).chain(body).any(|used| used == placeholder)
    }

    /// True if a header conflicts with `basic_auth`.
    pub fn has_authorization_header(&self) -> bool {
        self.headers.iter().any(GatewayHeader::is_authorization)
    }

    fn call(&self, values: &Values<'_>) -> Result<HttpCall, String> {
        let mut call = HttpCall::new(self.method.clone(), self.url.fill(values)?, UrlOrigin::Config).at_most(LARGEST);
        for header in &self.headers {
            let (name, value) = header.fill(values)?;
            call = call.secret_header_named(name, value);
        }
        if let Some(credentials) = &self.basic_auth {
            let text = format!("Basic {}", STANDARD.encode(credentials.expose_secret()));
            let value = HeaderValue::from_str(&text).map_err(|error| error.to_string())?;
            call = call.secret_header_named(AUTHORIZATION, value);
        }
        Ok(match &self.body {
            Some(body) => call.body(body.content_type(), body.fill(values)),
            None => call,
        })
    }

    /// The failure with nothing of the answer but the field that says why.
    fn explained(&self, failure: HttpFailure) -> HttpFailure {
        let said = match &failure {
            HttpFailure::Status(response) => self.reason.as_deref().and_then(|at| reason(&response.body, at)),
            HttpFailure::Invalid(_)
            | HttpFailure::Blocked(_)
            | HttpFailure::Unsent(_)
            | HttpFailure::Redirected { .. }
            | HttpFailure::Unclear { .. } => None,
        };
        let mut failure = failure.without_body();
        if let (HttpFailure::Status(response), Some(said)) = (&mut failure, said) {
            response.body = said.into_bytes();
        }
        failure
    }
}

/// A text message.
#[derive(Clone)]
pub struct GatewayMessage {
    /// Whom it goes to: a number with plus and country code.
    pub number: String,
    /// What it says.
    pub text: String,
    /// Its id, the same when it is repeated.
    pub id: String,
}

impl std::fmt::Debug for GatewayMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GatewayMessage").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Sends a message. Gateways know no key and cannot be asked, so that a lost answer is unknown.
pub async fn send(
    http: &HttpClient,
    gateway: &GatewaySettings,
    message: &GatewayMessage,
    now: Timestamp,
) -> Outcome<Receipt> {
    let GatewayMessage { number, text, id } = message;
    let values = Values { number, text, id, secret: gateway.secret.as_ref() };
    let judged = match gateway.call(&values) {
        Ok(call) => http.send(call).await.and_then(|response| {
            let verdict = gateway.success.judge(&response)?;
            Ok((verdict, response))
        }),
        Err(why) => Err(HttpFailure::Invalid(why)),
    };
    match judged {
        Ok((SuccessVerdict::Taken, _)) => Outcome::Delivered(Receipt::Nothing),
        Ok((SuccessVerdict::Refused(why), response)) => {
            let said = gateway.reason.as_deref().and_then(|pointer| reason(&response.body, pointer));
            Outcome::Rejected { why: said.map_or(why.clone(), |said| format!("{why}: {said}")) }
        }
        Err(failure) => gateway.explained(failure).outcome(EffectClass::Neither, now),
    }
}
