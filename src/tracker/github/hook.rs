//! Deliveries of GitHub's webhooks.

use reqwest::header::HeaderMap;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{
    settings::GitHubSettings,
    wire::{GitHubUser, LabelBody, comment_id, issue_ref},
};
use crate::{
    domain::tracker::TrackerAccount,
    tracker::hook::{HookEvent, HookRefusal, LONGEST_HOOK, TrackerHook, delivery_hash},
};

/// The label that asks for a hot room.
pub const ROOM_LABEL: &str = "hot-room";

#[derive(Deserialize)]
struct HookBody {
    #[serde(default)]
    action: String,
    issue: Option<HookIssue>,
    comment: Option<HookComment>,
    label: Option<LabelBody>,
    repository: Option<HookRepository>,
    sender: Option<GitHubUser>,
}

#[derive(Deserialize)]
struct HookIssue {
    number: u64,
    pull_request: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct HookComment {
    id: u64,
}

#[derive(Deserialize)]
pub(super) struct HookRepository {
    pub full_name: String,
}

/// Verifies a delivery, and returns which issue it is about. `None` for what is no change of an issue: a ping, another
/// event, a pull request, or a repository that is not configured.
///
/// # Errors
/// [`HookRefusal`] when it is not signed with a secret of the settings, or cannot be read.
pub fn read_hook(
    settings: &GitHubSettings,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Option<TrackerHook>, HookRefusal> {
    check_signature(settings.webhook_secret.as_ref(), headers, body)?;
    let event = header(headers, "x-github-event").unwrap_or_default();
    if !matches!(event, "issues" | "issue_comment") {
        return Ok(None);
    }
    let parsed: HookBody = parse(headers, body)?;
    let (Some(issue), Some(repository)) = (&parsed.issue, &parsed.repository) else {
        return Err(HookRefusal::Unreadable("it has no issue or no repository".to_owned()));
    };
    let project = settings.project(&repository.full_name);
    let (Some(project), None) = (project, &issue.pull_request) else { return Ok(None) };
    let Some(event) = event_of(event, &parsed) else { return Ok(None) };
    let delivery = delivery_of(headers, &parsed.action, body);
    let actor = parsed.sender.map(|sender| TrackerAccount(sender.login));
    Ok(Some(TrackerHook { delivery, issue: issue_ref(project, issue.number), event, actor }))
}

/// The id of a delivery, the same over its repeats.
pub(super) fn delivery_of(headers: &HeaderMap, action: &str, body: &[u8]) -> String {
    match header(headers, "x-github-delivery") {
        Some(id) if !id.is_empty() && id.len() <= 100 => id.to_owned(),
        Some(_) | None => delivery_hash(&[action, &String::from_utf8_lossy(body)]),
    }
}

/// What happened. `None` for an action on a comment that is none of the three.
fn event_of(event: &str, body: &HookBody) -> Option<HookEvent> {
    if event == "issue_comment" {
        let id = comment_id(body.comment.as_ref()?.id);
        return match body.action.as_str() {
            "created" => Some(HookEvent::Commented(id)),
            "edited" => Some(HookEvent::CommentEdited(id)),
            "deleted" => Some(HookEvent::CommentDeleted(id)),
            _ => None,
        };
    }
    let asks_for_room = body.label.as_ref().is_some_and(|label| label.name.eq_ignore_ascii_case(ROOM_LABEL));
    Some(match body.action.as_str() {
        "opened" => HookEvent::Created,
        // One that was transferred is gone from this repository.
        "deleted" | "transferred" => HookEvent::Deleted,
        "labeled" if asks_for_room => HookEvent::RoomRequested,
        _ => HookEvent::Changed(None),
    })
}

/// Verifies `X-Hub-Signature-256` over the raw body.
pub(super) fn check_signature(
    secret: Option<&SecretString>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), HookRefusal> {
    let secret = secret.ok_or(HookRefusal::NoSecret)?;
    let given = header(headers, "x-hub-signature-256").and_then(|value| value.strip_prefix("sha256="));
    let given = given.and_then(|digits| hex::decode(digits).ok()).ok_or(HookRefusal::BadSignature)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    hmac::verify(&key, body, &given).map_err(|_| HookRefusal::BadSignature)
}

pub(super) fn parse<T: serde::de::DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, HookRefusal> {
    if body.len() > LONGEST_HOOK {
        return Err(HookRefusal::Unreadable(format!("more than {LONGEST_HOOK} bytes")));
    }
    if header(headers, "content-type").is_some_and(|kind| !kind.starts_with("application/json")) {
        let what = "set the content type of the webhook to application/json";
        return Err(HookRefusal::Unreadable(what.to_owned()));
    }
    serde_json::from_slice(body).map_err(|error| HookRefusal::Unreadable(error.to_string()))
}

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
