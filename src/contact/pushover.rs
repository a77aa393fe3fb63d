//! Pushover: alarms on a phone that repeat until somebody acknowledges.
//!
//! An alarm that was sent keeps ringing at Pushover for up to three hours, whatever becomes of the page. It is ended by its
//! receipt, or by its tag where the answer with the receipt was lost.

use std::{fmt, time::Duration};

use chrono::DateTime;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use unicode_segmentation::UnicodeSegmentation;

use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome},
        text::visible,
    },
    net::{HttpCall, HttpClient, HttpFailure, UrlOrigin},
};

/// The least wait between two rings.
const LEAST_RETRY: Duration = Duration::from_secs(30);
/// The longest time for which Pushover repeats an alarm.
const LONGEST_ALARM: Duration = Duration::from_secs(10_800);
/// The longest title, text, URL and name of a URL, in characters.
const LONGEST_TITLE: usize = 250;
const LONGEST_TEXT: usize = 1_024;
const LONGEST_URL: usize = 512;
const LONGEST_URL_TITLE: usize = 100;
/// How much of Pushover's reason is shown.
const LONGEST_REASON: usize = 200;
/// Pushover asks to poll receipts no faster than this.
pub const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// `[pushover]`
#[derive(Clone, Debug)]
pub struct PushoverSettings {
    /// The API token of the application.
    pub token: SecretString,
    /// The base address of the API, without a slash at its end.
    pub base_url: String,
    /// Whether it also carries pages for private incidents, with key, severity and link.
    pub private: bool,
}

/// True for what Pushover's tokens, user keys and receipts look like: 30 letters and digits.
pub fn is_pushover_key(text: &str) -> bool {
    text.len() == 30 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A message.
#[derive(Clone, Debug)]
pub struct PushoverMessage {
    /// The user key, or the key of a group.
    pub user: String,
    /// The title.
    pub title: String,
    /// The text.
    pub text: String,
    /// Where it leads, and what that is called.
    pub link: Option<PushoverLink>,
    /// How loud it is.
    pub alarm: PushoverAlarm,
}

/// The link below a message.
#[derive(Clone, Debug)]
pub struct PushoverLink {
    /// The address.
    pub url: String,
    /// Its name.
    pub title: String,
}

/// How loud a message is.
#[derive(Clone, Debug)]
pub enum PushoverAlarm {
    /// An emergency (priority 2), which rings until somebody acknowledges.
    Repeated {
        /// The time between two rings; at least 30 s.
        every: Duration,
        /// When it stops by itself; after 3 h at the latest.
        until: Duration,
        /// By what it is cancelled later: letters, digits and hyphens.
        tag: String,
        /// Where Pushover says that it was acknowledged; `None` if it cannot reach hotroom.
        callback: Option<String>,
    },
    /// A message (priority 0), which rings once.
    Once,
}

/// Why Pushover did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushoverFailure {
    /// The token of `bot.toml` is wrong.
    Token(HttpFailure),
    /// The user key is wrong, or the user has no device.
    User(HttpFailure),
    /// The application has sent all messages of this month.
    Quota(HttpFailure),
    /// Pushover refuses for another reason.
    Refused(HttpFailure, String),
    /// Anything else.
    Http(HttpFailure),
}

/// The fields of every answer.
#[derive(Default, Deserialize)]
struct AnswerBody {
    #[serde(default)]
    status: i64,
    #[serde(default)]
    receipt: Option<String>,
    #[serde(default)]
    errors: Vec<String>,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    token: Option<String>,
}

impl PushoverFailure {
    /// Returns what it means for a message; `now` is the time of the answer.
    pub fn outcome<T>(self, now: Timestamp) -> Outcome<T> {
        self.outcome_of(EffectClass::Neither, now)
    }

    /// Returns what it means for a cancellation, which may be repeated.
    pub fn repeatable_outcome<T>(self, now: Timestamp) -> Outcome<T> {
        self.outcome_of(EffectClass::Keyed, now)
    }

    fn outcome_of<T>(self, class: EffectClass, now: Timestamp) -> Outcome<T> {
        let why = self.to_string();
        let failure = match self {
            Self::Token(_) | Self::User(_) | Self::Refused(..) => return Outcome::Rejected { why },
            Self::Quota(failure) | Self::Http(failure) => failure,
        };
        failure.outcome(class, now).because(why)
    }

    fn from_body(failure: HttpFailure, body: &AnswerBody) -> Self {
        let is_invalid = |field: &Option<String>| field.as_deref() == Some("invalid");
        match failure.status() {
            Some(429) => return Self::Quota(failure),
            Some(500..) | None => return Self::Http(failure),
            Some(_) => {}
        }
        if is_invalid(&body.token) {
            return Self::Token(failure);
        }
        if is_invalid(&body.user) {
            return Self::User(failure);
        }
        if body.errors.is_empty() {
            return Self::Http(failure);
        }
        let reason = visible(&body.errors.join("; ")).replace('\n', " ");
        Self::Refused(failure, fitting(&reason, LONGEST_REASON))
    }
}

impl From<HttpFailure> for PushoverFailure {
    fn from(failure: HttpFailure) -> Self {
        let body = match &failure {
            HttpFailure::Status(response) => serde_json::from_slice(&response.body).unwrap_or_default(),
            HttpFailure::Invalid(_)
            | HttpFailure::Blocked(_)
            | HttpFailure::Unsent(_)
            | HttpFailure::Redirected { .. }
            | HttpFailure::Unclear { .. } => AnswerBody::default(),
        };
        Self::from_body(failure, &body)
    }
}

impl fmt::Display for PushoverFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(_) => f.write_str("Pushover: the token of [pushover] is wrong"),
            Self::User(_) => f.write_str("Pushover: the user key is wrong, or the user has no active device"),
            Self::Quota(_) => f.write_str("Pushover: the application has sent all messages of this month"),
            Self::Refused(_, reason) => write!(f, "Pushover: {reason}"),
            Self::Http(HttpFailure::Status(response)) => write!(f, "Pushover: HTTP {}", response.status),
            Self::Http(failure) => write!(f, "Pushover: {failure}"),
        }
    }
}

/// What became of an alarm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiptState {
    /// Who has acknowledged it, and when; `None` if nobody.
    pub acknowledged: Option<PushoverAnswer>,
    /// True if it has stopped by itself, or was cancelled.
    pub expired: bool,
    /// When it was last delivered to a device; `None` if never.
    pub delivered_at: Option<Timestamp>,
}

/// Who acknowledged an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushoverAnswer {
    /// When.
    pub at: Timestamp,
    /// The user key.
    pub user: String,
    /// The name of the device.
    pub device: String,
}

#[derive(Deserialize)]
struct ReceiptBody {
    acknowledged: u8,
    #[serde(default)]
    acknowledged_at: i64,
    #[serde(default)]
    acknowledged_by: String,
    #[serde(default)]
    acknowledged_by_device: String,
    #[serde(default)]
    last_delivered_at: i64,
    #[serde(default)]
    expired: u8,
}

impl From<ReceiptBody> for ReceiptState {
    fn from(body: ReceiptBody) -> Self {
        let time = |seconds: i64| if seconds > 0 { DateTime::from_timestamp(seconds, 0) } else { None };
        let at = time(body.acknowledged_at).unwrap_or(Timestamp::UNIX_EPOCH);
        let answer = PushoverAnswer { at, user: body.acknowledged_by, device: body.acknowledged_by_device };
        Self {
            acknowledged: (body.acknowledged == 1).then_some(answer),
            expired: body.expired == 1,
            delivered_at: time(body.last_delivered_at),
        }
    }
}

/// The messages that an application may send in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct PushoverQuota {
    /// All of them.
    pub limit: u64,
    /// Those that are left.
    pub remaining: u64,
}

impl PushoverSettings {
    /// Sends a message. Returns the receipt of an alarm, by which it is cancelled and asked about; `None` for other
    /// messages.
    ///
    /// # Errors
    /// [`PushoverFailure`] when Pushover did not take it, or nobody knows.
    pub async fn send(&self, http: &HttpClient, message: &PushoverMessage) -> Result<Option<String>, PushoverFailure> {
        let mut fields = vec![
            ("user", message.user.clone()),
            ("title", fitting(&message.title, LONGEST_TITLE)),
            ("message", fitting(&message.text, LONGEST_TEXT)),
        ];
        // A URL that was cut would lead elsewhere.
        if let Some(link) = message.link.as_ref().filter(|link| link.url.chars().count() <= LONGEST_URL) {
            fields.push(("url", link.url.clone()));
            fields.push(("url_title", fitting(&link.title, LONGEST_URL_TITLE)));
        }
        match &message.alarm {
            PushoverAlarm::Once => fields.push(("priority", "0".to_owned())),
            PushoverAlarm::Repeated { every, until, tag, callback } => {
                let every = (*every).clamp(LEAST_RETRY, LONGEST_ALARM);
                fields.push(("priority", "2".to_owned()));
                fields.push(("retry", every.as_secs().to_string()));
                fields.push(("expire", (*until).clamp(every, LONGEST_ALARM).as_secs().to_string()));
                fields.push(("tags", tag.clone()));
                fields.extend(callback.iter().map(|url| ("callback", url.clone())));
            }
        }
        let made: AnswerBody = self.post(http, "messages.json", fields).await?;
        let is_alarm = matches!(message.alarm, PushoverAlarm::Repeated { .. });
        Ok(made.receipt.filter(|receipt| is_alarm && is_pushover_key(receipt)))
    }

    /// Ends the alarm with this receipt. One that was acknowledged or has expired is none any more, which is no failure.
    ///
    /// # Errors
    /// [`PushoverFailure`] when Pushover did not do it, or nobody knows.
    pub async fn cancel(&self, http: &HttpClient, receipt: &str) -> Result<(), PushoverFailure> {
        let path = format!("receipts/{}/cancel.json", escape(receipt));
        self.post::<AnswerBody>(http, &path, Vec::new()).await.map(|_| ())
    }

    /// Ends all alarms with this tag.
    ///
    /// # Errors
    /// [`PushoverFailure`] when Pushover did not do it, or nobody knows.
    pub async fn cancel_tag(&self, http: &HttpClient, tag: &str) -> Result<(), PushoverFailure> {
        let path = format!("receipts/cancel_by_tag/{}.json", escape(tag));
        self.post::<AnswerBody>(http, &path, Vec::new()).await.map(|_| ())
    }

    /// Asks what became of an alarm; no more often than every [`POLL_INTERVAL`].
    ///
    /// # Errors
    /// [`PushoverFailure`] when Pushover does not answer.
    pub async fn receipt(&self, http: &HttpClient, receipt: &str) -> Result<ReceiptState, PushoverFailure> {
        let body: ReceiptBody = self.get(http, &format!("receipts/{}.json", escape(receipt))).await?;
        Ok(body.into())
    }

    /// Checks a user key. [`PushoverFailure::User`] says that it is wrong.
    ///
    /// # Errors
    /// [`PushoverFailure`] when the key is wrong, or Pushover does not answer.
    pub async fn validate(&self, http: &HttpClient, user: &str) -> Result<(), PushoverFailure> {
        let fields = vec![("user", user.to_owned())];
        self.post::<AnswerBody>(http, "users/validate.json", fields).await.map(|_| ())
    }

    /// Asks how many messages are left this month: proves that Pushover can be reached and accepts the token.
    ///
    /// # Errors
    /// [`PushoverFailure`] when it does not.
    pub async fn quota(&self, http: &HttpClient) -> Result<PushoverQuota, PushoverFailure> {
        self.get(http, "apps/limits.json").await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        http: &HttpClient,
        path: &str,
        mut fields: Vec<(&str, String)>,
    ) -> Result<T, PushoverFailure> {
        fields.push(("token", self.token.expose_secret().to_owned()));
        let url = format!("{}/1/{path}", self.base_url);
        take(http, HttpCall::new(Method::POST, url, UrlOrigin::Config).form(&fields)).await
    }

    async fn get<T: DeserializeOwned>(&self, http: &HttpClient, path: &str) -> Result<T, PushoverFailure> {
        let url = format!("{}/1/{path}?token={}", self.base_url, escape(self.token.expose_secret()));
        take(http, HttpCall::new(Method::GET, url, UrlOrigin::Config)).await
    }
}

/// Makes a call. Only an answer with the status 1 is a success.
async fn take<T: DeserializeOwned>(http: &HttpClient, call: HttpCall) -> Result<T, PushoverFailure> {
    let response = http.send(call).await?;
    let body: AnswerBody = response.json()?;
    if body.status == 1 {
        return Ok(response.json()?);
    }
    Err(PushoverFailure::from_body(HttpFailure::Status(Box::new(response)), &body))
}

fn escape(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Cuts at a grapheme boundary, with an ellipsis, so that at most `most` characters are left.
fn fitting(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut left = most.saturating_sub(1);
    for grapheme in text.graphemes(true) {
        let Some(rest) = left.checked_sub(grapheme.chars().count()) else { break };
        left = rest;
        out.push_str(grapheme);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests;
