//! Checks and writes addresses of contact methods in one form, so that equal ones are found.

use super::MethodKind;

/// The longest address of mail (RFC 5321, section 4.5.3.1.3, without the angle brackets).
const LONGEST_MAIL: usize = 254;
/// The longest part before the `@`.
const LONGEST_NAME: usize = 64;
/// The longest URL, and the longest subscription of a browser.
const LONGEST: usize = 2_000;

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressFault {
    /// It is no mail address.
    Mail,
    /// It is no telephone number in international form.
    Number,
    /// It is no topic of an ntfy server.
    Topic,
    /// It is a topic that others can guess and read.
    GuessableTopic,
    /// It leads to an address that is not public, or that others can read on the way.
    NotPublic,
    /// It is no user key of Pushover.
    UserKey,
    /// It is no URL.
    Url,
    /// It is no subscription of a browser.
    Subscription,
}

impl AddressFault {
    /// The word it is stored as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Number => "number",
            Self::Topic => "topic",
            Self::GuessableTopic => "guessable_topic",
            Self::NotPublic => "not_public",
            Self::UserKey => "user_key",
            Self::Url => "url",
            Self::Subscription => "subscription",
        }
    }
}

/// Returns an address in the form that is stored.
///
/// # Errors
/// [`AddressFault`] if it cannot be an address of this kind.
pub fn address(kind: MethodKind, given: &str) -> Result<String, AddressFault> {
    let text = given.trim();
    match kind {
        MethodKind::Mail => mail(text).ok_or(AddressFault::Mail),
        MethodKind::Sms | MethodKind::Voice | MethodKind::Gateway => number(text).ok_or(AddressFault::Number),
        MethodKind::Ntfy => topic(text).ok_or(AddressFault::Topic),
        MethodKind::Pushover => user_key(text).ok_or(AddressFault::UserKey),
        MethodKind::Webhook => url(text).ok_or(AddressFault::Url),
        MethodKind::WebPush => subscription(text).ok_or(AddressFault::Subscription),
    }
}

fn mail(text: &str) -> Option<String> {
    let (name, host) = text.rsplit_once('@')?;
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"@".contains(c);
    let labels = host.split('.').all(|label| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-') && !label.starts_with('-')
    });
    let dots = !name.starts_with('.') && !name.ends_with('.') && !name.contains("..");
    // Not every mail server takes other letters; a domain has its form of `xn--`.
    let short = text.is_ascii() && text.len() <= LONGEST_MAIL && name.len() <= LONGEST_NAME;
    let fine = !name.is_empty() && name.chars().all(plain) && dots && labels && short;
    // The part before the @ belongs to the mail server; the host is not case-sensitive.
    fine.then(|| format!("{name}@{}", host.to_lowercase()))
}

/// E.164: a plus sign and at most 15 digits, the first of which is not zero. Separators that people write are dropped.
fn number(text: &str) -> Option<String> {
    let rest = text.strip_prefix('+')?;
    let digits: String = rest.chars().filter(|c| !" -./()\u{a0}".contains(*c)).collect();
    let fine = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    (fine && !digits.starts_with('0')).then(|| format!("+{digits}"))
}

/// A topic of the configured server, or the URL of a topic on another one.
fn topic(text: &str) -> Option<String> {
    let is_name = |name: &str| {
        (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    if is_name(text) {
        return Some(text.to_owned());
    }
    let url = url(text)?;
    let (server, name) = url.rsplit_once('/')?;
    (is_name(name) && server.matches('/').count() >= 2).then(|| url.clone())
}

fn user_key(text: &str) -> Option<String> {
    (text.len() == 30 && text.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| text.to_owned())
}

fn url(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    let plain = text.len() <= LONGEST && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    (plain && !host.is_empty() && !host.contains('@')).then(|| text.to_owned())
}

fn subscription(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let endpoint = value.get("endpoint")?.as_str()?;
    let key = |name: &str| value.get("keys")?.get(name)?.as_str().map(str::to_owned);
    let (p256dh, auth) = (key("p256dh")?, key("auth")?);
    let short = |key: &str| (1..=200).contains(&key.len());
    let fine = text.len() <= LONGEST && url(endpoint).is_some() && short(&p256dh) && short(&auth);
    let kept = serde_json::json!({ "endpoint": endpoint, "keys": { "p256dh": p256dh, "auth": auth } });
    fine.then(|| kept.to_string())
}
