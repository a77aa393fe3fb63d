//! Pull requests, as GitHub's webhooks report them.

use reqwest::header::HeaderMap;
use secrecy::SecretString;
use serde::Deserialize;

use super::{
    hook::{HookRepository, check_signature, delivery_of, header, parse},
    wire::GitHubUser,
};
use crate::{
    domain::{
        Timestamp,
        text::Untrusted,
        tracker::{PullRequest, PullRequestState, PullRequestText, TrackerAccount, mentions},
    },
    tracker::hook::HookRefusal,
};

/// The longest title that is kept, in characters.
const LONGEST_TITLE: usize = 300;
/// The longest address and name of an account.
const LONGEST_WORD: usize = 500;

/// A verified delivery about a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequestHook {
    /// What recognises the delivery when it is repeated.
    pub delivery: String,
    /// The pull request as it is now.
    pub pull: PullRequest,
    /// The account that changed it.
    pub actor: Option<TrackerAccount>,
}

#[derive(Deserialize)]
struct PullRequestDelivery {
    #[serde(default)]
    action: String,
    pull_request: PullRequestBody,
    repository: HookRepository,
    sender: Option<GitHubUser>,
}

#[derive(Deserialize)]
struct PullRequestBody {
    number: u64,
    html_url: String,
    title: String,
    body: Option<String>,
    state: String,
    #[serde(default)]
    draft: bool,
    merged: Option<bool>,
    merged_at: Option<Timestamp>,
    /// `null` for an account that was deleted.
    user: Option<GitHubUser>,
    head: Option<BranchBody>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[derive(Deserialize)]
struct BranchBody {
    #[serde(rename = "ref")]
    name: String,
}

/// True if a delivery is about a pull request.
pub fn is_pull_request(headers: &HeaderMap) -> bool {
    header(headers, "x-github-event") == Some("pull_request")
}

/// True if a delivery only says that the webhook was made.
pub fn is_ping(headers: &HeaderMap) -> bool {
    header(headers, "x-github-event") == Some("ping")
}

/// Verifies a delivery about a pull request, and returns what it says. `None` for changes that move no issue, such as a label.
/// `prefixes` are those of keys.
///
/// # Errors
/// [`HookRefusal`] when it is not signed with one of the secrets, or cannot be read.
pub fn read_pull_request(
    secrets: &[&SecretString],
    headers: &HeaderMap,
    body: &[u8],
    prefixes: &[&str],
) -> Result<Option<PullRequestHook>, HookRefusal> {
    check_secrets(secrets, headers, body)?;
    if !is_pull_request(headers) {
        return Ok(None);
    }
    let parsed: PullRequestDelivery = parse(headers, body)?;
    let followed =
        ["opened", "reopened", "ready_for_review", "converted_to_draft", "edited", "closed"].contains(&&*parsed.action);
    if !followed {
        return Ok(None);
    }
    let delivery = delivery_of(headers, &parsed.action, body);
    let PullRequestDelivery { pull_request: pull, repository, sender, .. } = parsed;
    let actor = sender.map(|sender| TrackerAccount(line(&sender.login, LONGEST_WORD)));
    let state = state_of(&pull);
    let text = PullRequestText {
        title: &pull.title,
        branch: pull.head.as_ref().map_or("", |branch| &branch.name),
        description: pull.body.as_deref().unwrap_or_default(),
    };
    let pull = PullRequest {
        repository: repository.full_name,
        number: pull.number,
        mentions: mentions(text, prefixes),
        title: line(&pull.title, LONGEST_TITLE),
        url: line(&pull.html_url, LONGEST_WORD),
        author: pull.user.map(|user| line(&user.login, LONGEST_WORD)).unwrap_or_default(),
        state,
        opened: pull.created_at,
        updated: pull.updated_at,
    };
    Ok(Some(PullRequestHook { delivery, pull, actor }))
}

fn check_secrets(secrets: &[&SecretString], headers: &HeaderMap, body: &[u8]) -> Result<(), HookRefusal> {
    if secrets.is_empty() {
        return Err(HookRefusal::NoSecret);
    }
    // All are tried, so that timing does not reveal which one matched.
    let is_good = |secret: &&SecretString| check_signature(Some(secret), headers, body).is_ok();
    let good = secrets.iter().fold(false, |hit, secret| hit | is_good(secret));
    if good { Ok(()) } else { Err(HookRefusal::BadSignature) }
}

fn state_of(pull: &PullRequestBody) -> PullRequestState {
    let merged = pull.merged == Some(true) || pull.merged_at.is_some();
    match (pull.state == "closed", merged) {
        (true, true) => PullRequestState::Merged,
        (true, false) => PullRequestState::Closed,
        (false, _) if pull.draft => PullRequestState::Draft,
        (false, _) => PullRequestState::Open,
    }
}

fn line(text: &str, most: usize) -> String {
    Untrusted::from(text).shown(most).split_whitespace().collect::<Vec<_>>().join(" ")
}
