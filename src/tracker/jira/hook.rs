//! What Jira posts: webhooks, signed with their secret, and the request of the Automation rule behind the button, which has
//! no signature but a secret in a header.

use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{
    settings::JiraSettings,
    wire::{JiraUser, comment_id, history_id},
};
use crate::{
    domain::tracker::{IssueRef, TrackerAccount},
    tracker::hook::{HookEvent, HookRefusal, LONGEST_HOOK, TrackerHook, delivery_hash},
};

/// The header in which the Automation rule sends its secret.
pub const BUTTON_HEADER: &str = "x-hotroom-token";
const SIGNATURE: &str = "x-hub-signature";
/// The id of a delivery, the same over its repeats. Older versions of Data Center send none.
const DELIVERY: &str = "x-atlassian-webhook-identifier";
/// The longest id of a delivery or an issue.
const LONGEST_ID: usize = 200;

/// The body of a webhook.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HookBody {
    #[serde(default)]
    webhook_event: String,
    #[serde(rename = "issue_event_type_name")]
    issue_event: Option<String>,
    #[serde(default)]
    timestamp: Value,
    issue: Option<HookIssue>,
    user: Option<JiraUser>,
    comment: Option<HookComment>,
    changelog: Option<HookEntry>,
}

/// The issue. The Automation format has numbers where REST has strings.
#[derive(Deserialize)]
struct HookIssue {
    #[serde(deserialize_with = "text_or_number")]
    id: String,
    key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HookComment {
    #[serde(deserialize_with = "text_or_number")]
    id: String,
    author: Option<JiraUser>,
    update_author: Option<JiraUser>,
}

#[derive(Deserialize)]
struct HookEntry {
    #[serde(deserialize_with = "text_or_number")]
    id: String,
}

/// The body of the button, as `hotroom tracker setup jira` writes it.
#[derive(Deserialize)]
struct ButtonBody {
    #[serde(deserialize_with = "text_or_number")]
    id: String,
    key: String,
    actor: Option<String>,
}

/// Verifies a delivery and returns what it says; `None` if it is about nothing that hotroom follows.
///
/// # Errors
/// [`HookRefusal`] when it is not signed as it must be, or cannot be read.
pub fn read_hook(
    settings: &JiraSettings,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Option<TrackerHook>, HookRefusal> {
    if body.len() > LONGEST_HOOK {
        return Err(HookRefusal::Unreadable(format!("a body of more than {LONGEST_HOOK} bytes")));
    }
    if headers.contains_key(BUTTON_HEADER) {
        check_token(&settings.button_secrets, headers)?;
        return pressed(body).map(Some);
    }
    check_signature(&settings.webhook_secrets, headers, body)?;
    let parsed: HookBody = parse(body)?;
    let Some(issue) = &parsed.issue else { return Ok(None) };
    let Some(event) = event(&parsed) else { return Ok(None) };
    let issue = issue_ref(&issue.id, &issue.key)?;
    let delivery = only(headers, DELIVERY).filter(|id| !id.is_empty() && id.len() <= LONGEST_ID);
    let delivery = delivery.map_or_else(|| hash(&parsed, &issue), str::to_owned);
    Ok(Some(TrackerHook { delivery, issue, event, actor: actor(&parsed) }))
}

/// The sort of change; `None` for events that are followed by reading the issue at the next change, or not at all.
fn event(body: &HookBody) -> Option<HookEvent> {
    let comment = body.comment.as_ref().map(|comment| comment_id(&comment.id));
    match body.webhook_event.as_str() {
        "jira:issue_created" => Some(HookEvent::Created),
        "jira:issue_deleted" => Some(HookEvent::Deleted),
        // Data Center reports comments so as well.
        "jira:issue_updated" => match (body.issue_event.as_deref(), comment) {
            (Some("issue_commented"), Some(comment)) => Some(HookEvent::Commented(comment)),
            (Some("issue_comment_edited"), Some(comment)) => Some(HookEvent::CommentEdited(comment)),
            _ => Some(HookEvent::Changed(body.changelog.as_ref().map(|entry| history_id(&entry.id)))),
        },
        "comment_created" => comment.map(HookEvent::Commented),
        "comment_updated" => comment.map(HookEvent::CommentEdited),
        "comment_deleted" => comment.map(HookEvent::CommentDeleted),
        _ => None,
    }
}

fn actor(body: &HookBody) -> Option<TrackerAccount> {
    let comment = body.comment.as_ref().and_then(|comment| comment.update_author.as_ref().or(comment.author.as_ref()));
    let account = body.user.as_ref().or(comment)?.account();
    (!account.0.is_empty()).then_some(account)
}

fn pressed(body: &[u8]) -> Result<TrackerHook, HookRefusal> {
    let ButtonBody { id, key, actor } = parse(body)?;
    let actor = actor.filter(|account| !account.is_empty()).map(TrackerAccount);
    // The body has the time at which it was pressed.
    let delivery = delivery_hash(&["button", &String::from_utf8_lossy(body)]);
    Ok(TrackerHook { delivery, issue: issue_ref(&id, &key)?, event: HookEvent::RoomRequested, actor })
}

fn issue_ref(id: &str, key: &str) -> Result<IssueRef, HookRefusal> {
    if id.is_empty() || key.is_empty() || id.len() > LONGEST_ID || key.len() > LONGEST_ID {
        return Err(HookRefusal::Unreadable(
            "an issue without an id or a key, or with one that is too long".to_owned(),
        ));
    }
    Ok(IssueRef { id: id.to_owned(), key: key.to_owned() })
}

fn hash(body: &HookBody, issue: &IssueRef) -> String {
    let entry = body.changelog.as_ref().map_or("", |entry| entry.id.as_str());
    let comment = body.comment.as_ref().map_or("", |comment| comment.id.as_str());
    delivery_hash(&[&body.webhook_event, &issue.id, entry, comment, &body.timestamp.to_string()])
}

fn parse<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, HookRefusal> {
    serde_json::from_slice(body).map_err(|error| HookRefusal::Unreadable(error.to_string()))
}

/// The header, if there is exactly one; two of them are ambiguous.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => one.to_str().ok(),
        _ => None,
    }
}

fn check_signature(secrets: &[SecretString], headers: &HeaderMap, body: &[u8]) -> Result<(), HookRefusal> {
    if secrets.is_empty() {
        return Err(HookRefusal::NoSecret);
    }
    let given = only(headers, SIGNATURE).and_then(|value| value.strip_prefix("sha256="));
    let given = given.and_then(|digits| hex::decode(digits).ok()).ok_or(HookRefusal::BadSignature)?;
    // All are tried, so that timing does not reveal which one matched.
    let is_good = |secret: &SecretString| {
        let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes());
        mac.is_ok_and(|mac| mac.chain_update(body).verify_slice(&given).is_ok())
    };
    let good = secrets.iter().fold(false, |hit, secret| hit | is_good(secret));
    if good { Ok(()) } else { Err(HookRefusal::BadSignature) }
}

fn check_token(secrets: &[SecretString], headers: &HeaderMap) -> Result<(), HookRefusal> {
    if secrets.is_empty() {
        return Err(HookRefusal::NoSecret);
    }
    let given = only(headers, BUTTON_HEADER).ok_or(HookRefusal::BadSignature)?;
    let is_good = |secret: &SecretString| bool::from(secret.expose_secret().as_bytes().ct_eq(given.as_bytes()));
    let good = secrets.iter().fold(false, |hit, secret| hit | is_good(secret));
    if good { Ok(()) } else { Err(HookRefusal::BadSignature) }
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let number = || value.as_number().map(ToString::to_string);
    let id = value.as_str().map(str::to_owned).or_else(number);
    id.ok_or_else(|| serde::de::Error::custom("an id that is neither text nor a number"))
}
