//! The calls to Twilio's API: send a message, place a call, look at the account.

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{
    error_code::{TwilioError, TwilioErrorKind},
    number::PhoneNumber,
    settings::{SmsSender, TwilioSettings},
};
use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome},
    },
    net::{HttpCall, HttpClient, HttpFailure, HttpResponse, UrlOrigin},
};

/// The version prefix of the API.
const VERSION: &str = "2010-04-01";
/// How long Twilio may keep a message that it cannot hand on yet, in seconds.
const VALIDITY: std::ops::RangeInclusive<u64> = 60..=36_000;
/// How long the phone may ring, in seconds. Most voice mails take a call after 20 to 30.
const RING: u64 = 40;
/// The longest call, in seconds.
const LONGEST_CALL: u64 = 300;

/// What Twilio calls a message or a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwilioSid(pub String);

/// A text message.
#[derive(Clone, Debug)]
pub struct TextMessage {
    /// The recipient.
    pub to: PhoneNumber,
    /// The text, composed by [`super::SmsParts::compose`].
    pub body: String,
    /// Where Twilio reports the state; `None` if it cannot reach hotroom.
    pub status_callback: Option<String>,
    /// How long it is worth delivering.
    pub valid_for: std::time::Duration,
}

/// A call.
#[derive(Clone, Debug)]
pub struct PhoneCall {
    /// The person called.
    pub to: PhoneNumber,
    /// What is said.
    pub script: CallScript,
    /// Where Twilio reports the state; `None` if it cannot reach hotroom.
    pub status_callback: Option<String>,
}

/// What a call says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallScript {
    /// Twilio gets it here when somebody takes the call.
    Url(String),
    /// This TwiML.
    Twiml(String),
}

/// Why Twilio did not take a message or a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TwilioFailure {
    /// `[twilio] countries` does not allow the number.
    Country,
    /// There is no number to call from.
    NoCaller,
    /// Twilio says why.
    Refused(HttpFailure, TwilioError),
    /// Anything else.
    Http(HttpFailure),
}

impl TwilioFailure {
    /// Returns what it means for the effect; `now` is the time of the answer. Nothing of Twilio's answer is quoted, because
    /// it may repeat the number.
    pub fn outcome<T>(self, now: Timestamp) -> Outcome<T> {
        let why = self.to_string();
        let failure = match self {
            Self::Country | Self::NoCaller => return Outcome::Rejected { why },
            Self::Refused(failure, _) | Self::Http(failure) => failure,
        };
        failure.outcome(EffectClass::Neither, now).because(why)
    }

    /// Returns the error that Twilio reports, if it does.
    pub fn error(&self) -> Option<TwilioError> {
        match self {
            Self::Refused(_, error) => Some(*error),
            Self::Country | Self::NoCaller | Self::Http(_) => None,
        }
    }

    /// True if the person has answered STOP.
    pub fn is_opt_out(&self) -> bool {
        self.error().is_some_and(|error| error.kind() == TwilioErrorKind::OptOut)
    }
}

impl std::fmt::Display for TwilioFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Country => f.write_str("[twilio] countries does not list the country of this number"),
            Self::NoCaller => f.write_str("[twilio] voice_from is not set, so that nobody can be called"),
            Self::Refused(_, error) => write!(f, "Twilio: {error}"),
            Self::Http(HttpFailure::Status(response)) => write!(f, "Twilio: HTTP {}", response.status),
            Self::Http(failure) => write!(f, "Twilio: {failure}"),
        }
    }
}

/// The body of an error.
#[derive(Deserialize)]
struct ErrorBody {
    code: Option<u32>,
}

impl From<HttpFailure> for TwilioFailure {
    fn from(failure: HttpFailure) -> Self {
        let HttpFailure::Status(response) = &failure else { return Self::Http(failure) };
        let body: Option<ErrorBody> = serde_json::from_slice(&response.body).ok();
        match body.and_then(|body| body.code) {
            Some(code) => Self::Refused(failure, TwilioError { code }),
            None => Self::Http(failure),
        }
    }
}

#[derive(Deserialize)]
struct Resource {
    sid: String,
}

/// The account, as far as a check looks at it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TwilioAccount {
    /// `active`, `suspended` or `closed`.
    pub status: String,
    /// `Full` or `Trial`. A trial account reaches only numbers that were verified with Twilio.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A number of the account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TwilioNumber {
    /// Where Twilio sends the text messages that come in.
    #[serde(default)]
    pub sms_url: Option<String>,
    /// What it can do.
    #[serde(default)]
    pub capabilities: NumberAbilities,
}

/// What a number can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct NumberAbilities {
    /// Send text messages.
    #[serde(default)]
    pub sms: bool,
    /// Call.
    #[serde(default)]
    pub voice: bool,
}

#[derive(Deserialize)]
struct NumberList {
    incoming_phone_numbers: Vec<TwilioNumber>,
}

impl TwilioSettings {
    /// Sends a text message. Returns Twilio's name for it.
    ///
    /// # Errors
    /// [`TwilioFailure`] when Twilio did not take it, or nobody knows.
    pub async fn send_text(&self, http: &HttpClient, message: &TextMessage) -> Result<TwilioSid, TwilioFailure> {
        if !self.allows(&message.to) {
            return Err(TwilioFailure::Country);
        }
        let valid = message.valid_for.as_secs().clamp(*VALIDITY.start(), *VALIDITY.end());
        let sender = match &self.sender {
            SmsSender::Number(number) => ("From", number.as_str().to_owned()),
            SmsSender::Service(sid) => ("MessagingServiceSid", sid.clone()),
        };
        let mut fields = vec![
            ("To", message.to.as_str().to_owned()),
            sender,
            ("Body", message.body.clone()),
            ("ValidityPeriod", valid.to_string()),
        ];
        fields.extend(message.status_callback.iter().map(|url| ("StatusCallback", url.clone())));
        self.create(http, "Messages", &fields).await
    }

    /// Places a call. Returns Twilio's name for it.
    ///
    /// # Errors
    /// [`TwilioFailure`] when Twilio did not take it, or nobody knows.
    pub async fn place_call(&self, http: &HttpClient, call: &PhoneCall) -> Result<TwilioSid, TwilioFailure> {
        if !self.allows(&call.to) {
            return Err(TwilioFailure::Country);
        }
        let Some(from) = &self.voice_from else { return Err(TwilioFailure::NoCaller) };
        let mut fields = vec![("To", call.to.as_str().to_owned()), ("From", from.as_str().to_owned())];
        match &call.script {
            CallScript::Url(url) => fields.extend([("Url", url.clone()), ("Method", "POST".to_owned())]),
            CallScript::Twiml(twiml) => fields.push(("Twiml", twiml.clone())),
        }
        if let Some(url) = &call.status_callback {
            fields.extend([("StatusCallback", url.clone()), ("StatusCallbackMethod", "POST".to_owned())]);
            let events = ["initiated", "ringing", "answered", "completed"];
            fields.extend(events.map(|event| ("StatusCallbackEvent", event.to_owned())));
        }
        fields.push(("Timeout", RING.to_string()));
        fields.push(("TimeLimit", LONGEST_CALL.to_string()));
        self.create(http, "Calls", &fields).await
    }

    /// Looks at the account: proves that Twilio can be reached and accepts the token.
    ///
    /// # Errors
    /// [`TwilioFailure`] when it does not.
    pub async fn account(&self, http: &HttpClient) -> Result<TwilioAccount, TwilioFailure> {
        let url = format!("{}/{VERSION}/Accounts/{}.json", self.base_url, self.account_sid);
        Ok(self.get(http, url).await?.json()?)
    }

    /// Looks a number of the account up; `None` if the account has no such number.
    ///
    /// # Errors
    /// [`TwilioFailure`] when Twilio does not answer.
    pub async fn number(&self, http: &HttpClient, number: &PhoneNumber) -> Result<Option<TwilioNumber>, TwilioFailure> {
        let number = utf8_percent_encode(number.as_str(), NON_ALPHANUMERIC);
        let url = self.resource("IncomingPhoneNumbers");
        let list: NumberList = self.get(http, format!("{url}?PhoneNumber={number}")).await?.json()?;
        Ok(list.incoming_phone_numbers.into_iter().next())
    }

    async fn create(
        &self,
        http: &HttpClient,
        resource: &str,
        fields: &[(&str, String)],
    ) -> Result<TwilioSid, TwilioFailure> {
        let call = HttpCall::new(Method::POST, self.resource(resource), UrlOrigin::Config).form(fields);
        let made: Resource = http.send(self.authorized(call)).await?.json()?;
        Ok(TwilioSid(made.sid))
    }

    async fn get(&self, http: &HttpClient, url: String) -> Result<HttpResponse, TwilioFailure> {
        Ok(http.send(self.authorized(HttpCall::new(Method::GET, url, UrlOrigin::Config))).await?)
    }

    fn resource(&self, name: &str) -> String {
        format!("{}/{VERSION}/Accounts/{}/{name}.json", self.base_url, self.account_sid)
    }

    fn authorized(&self, call: HttpCall) -> HttpCall {
        let credentials = format!("{}:{}", self.account_sid, self.auth_token.expose_secret());
        let basic = SecretString::from(format!("Basic {}", STANDARD.encode(credentials)));
        call.secret_header("authorization", &basic)
    }
}
