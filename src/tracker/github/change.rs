//! Changes an issue, and returns by which ids the change is recognised when GitHub reports it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    api::GitHubApi,
    board,
    create::{ensure_label, field_label, may_be_assigned},
    read::{IssuePlace, events},
    status, text,
    wire::{CommentBody, GitHubIssueBody, comment_id},
};
use crate::{
    domain::tracker::{ChangeId, IssueChange, IssueField, IssueMark, IssueRef, TrackerAccount},
    tracker::TrackerFailure,
};

/// Makes a change.
pub(super) async fn change(
    api: GitHubApi<'_>,
    issue: &IssueRef,
    change: &IssueChange,
) -> Result<Vec<ChangeId>, TrackerFailure> {
    let place = IssuePlace::parse(api, &issue.id)?;
    match change {
        IssueChange::Comment(text) => comment(api, &place, text::markdown(text)).await,
        // Nobody can make others watch an issue; a mention does it.
        IssueChange::Watch(account) => comment(api, &place, format!("/cc @{}", login(account)?)).await,
        IssueChange::LinkIssue(other) => comment(api, &place, format!("Related: {}", other.id)).await,
        IssueChange::Move { to, fields } => {
            let now: GitHubIssueBody = api.get(&place.path()).await?;
            let ids = move_issue(api, &place, &now, Target { to, fields }).await?;
            board::show(api, place.project, &now, to).await?;
            Ok(ids)
        }
        IssueChange::Assign(account) => assign(api, &place, account.as_ref()).await,
        IssueChange::Rename(title) => edit(api, &place, |_| Ok(json!({"title": text::title(title)}))).await,
        IssueChange::SetSeverity(severity) => {
            relabel(api, &place, |labels| Ok(status::with_severity(place.project, labels, *severity))).await
        }
        IssueChange::Fill(fields) => relabel(api, &place, |labels| with_fields(labels, fields)).await,
        IssueChange::Mark(mark) => add_to_body(api, &place, &BodyLine::Mark(mark)).await,
        IssueChange::LinkRoom { url, .. } => add_to_body(api, &place, &BodyLine::Room(url)).await,
    }
}

async fn comment(api: GitHubApi<'_>, place: &IssuePlace<'_>, text: String) -> Result<Vec<ChangeId>, TrackerFailure> {
    let path = format!("{}/comments", place.path());
    let made: CommentBody = api.write(Method::POST, &path, json!({"body": text})).await?;
    Ok(vec![comment_id(made.id)])
}

/// Where an issue is moved, and what is set with it.
struct Target<'a> {
    to: &'a str,
    fields: &'a [IssueField],
}

async fn move_issue(
    api: GitHubApi<'_>,
    place: &IssuePlace<'_>,
    now: &GitHubIssueBody,
    target: Target<'_>,
) -> Result<Vec<ChangeId>, TrackerFailure> {
    let before = now.state();
    let mut after = status::moved(place.project, &before, target.to)?;
    after.labels = with_fields(&after.labels, target.fields)?;
    let mut ids = Vec::new();
    let is_other_reason = !after.is_open && before.reason != after.reason;
    if !before.is_open && is_other_reason {
        // GitHub ignores a reason without a change of the state.
        ids = write(api, place, now, json!({"state": "open", "state_reason": "reopened"})).await?;
    }
    let mut body = json!({});
    if before.is_open != after.is_open || is_other_reason {
        body["state"] = json!(if after.is_open { "open" } else { "closed" });
        body["state_reason"] = json!(after.reason.as_deref().unwrap_or("reopened"));
    }
    if !status::same_labels(&before.labels, &after.labels) {
        body["labels"] = json!(with_existing(api, place, &before.labels, after.labels).await?);
    }
    ids.extend(write(api, place, now, body).await?);
    ids.dedup();
    Ok(ids)
}

async fn assign(
    api: GitHubApi<'_>,
    place: &IssuePlace<'_>,
    account: Option<&TrackerAccount>,
) -> Result<Vec<ChangeId>, TrackerFailure> {
    let Some(account) = account else {
        return edit(api, place, |_| Ok(json!({"assignees": []}))).await;
    };
    let login = login(account)?;
    if !may_be_assigned(api, place.project, login).await? {
        let why = format!("{login} cannot be assigned: give them access to {}", place.project.repository);
        return Err(TrackerFailure::Refused(why));
    }
    edit(api, place, |_| Ok(json!({"assignees": [login]}))).await
}

/// Sets other labels. GitHub takes the whole list, so that it is read directly before.
async fn relabel(
    api: GitHubApi<'_>,
    place: &IssuePlace<'_>,
    labels: impl Fn(&[String]) -> Result<Vec<String>, TrackerFailure>,
) -> Result<Vec<ChangeId>, TrackerFailure> {
    let now: GitHubIssueBody = api.get(&place.path()).await?;
    let (before, after) = (now.names(), labels(&now.names())?);
    if status::same_labels(&before, &after) {
        return Ok(Vec::new());
    }
    let labels = with_existing(api, place, &before, after).await?;
    write(api, place, &now, json!({ "labels": labels })).await
}

/// Makes the labels that are new to the issue, if they are new to the repository.
async fn with_existing(
    api: GitHubApi<'_>,
    place: &IssuePlace<'_>,
    before: &[String],
    after: Vec<String>,
) -> Result<Vec<String>, TrackerFailure> {
    for label in after.iter().filter(|label| !before.contains(label)) {
        ensure_label(api, place.project, label).await?;
    }
    Ok(after)
}

fn with_fields(labels: &[String], fields: &[IssueField]) -> Result<Vec<String>, TrackerFailure> {
    let mut labels = labels.to_vec();
    for field in fields {
        let label = field_label(&field.field, &field.value)?;
        labels.retain(|name| !name.starts_with(&field.field));
        labels.push(label);
    }
    Ok(labels)
}

/// A line that hotroom adds to a body.
enum BodyLine<'a> {
    Mark(&'a IssueMark),
    Room(&'a str),
}

async fn add_to_body(
    api: GitHubApi<'_>,
    place: &IssuePlace<'_>,
    line: &BodyLine<'_>,
) -> Result<Vec<ChangeId>, TrackerFailure> {
    edit(api, place, |now| {
        let body = now.body.as_deref().unwrap_or_default();
        let (is_there, added) = match line {
            BodyLine::Mark(mark) => (text::marks(body).contains(&mark.0), text::mark_line(mark)),
            BodyLine::Room(url) => (body.contains(url), text::room_line(url)),
        };
        Ok(if is_there { json!({}) } else { json!({"body": format!("{body}{added}")}) })
    })
    .await
}

async fn edit(
    api: GitHubApi<'_>,
    place: &IssuePlace<'_>,
    body: impl Fn(&GitHubIssueBody) -> Result<Value, TrackerFailure>,
) -> Result<Vec<ChangeId>, TrackerFailure> {
    let now: GitHubIssueBody = api.get(&place.path()).await?;
    let body = body(&now)?;
    write(api, place, &now, body).await
}

/// Writes fields, checks that they hold, and returns the entries of the history that our account made with it.
async fn write(
    api: GitHubApi<'_>,
    place: &IssuePlace<'_>,
    before: &GitHubIssueBody,
    body: Value,
) -> Result<Vec<ChangeId>, TrackerFailure> {
    if body.as_object().is_none_or(serde_json::Map::is_empty) {
        return Ok(Vec::new());
    }
    let after: GitHubIssueBody = api.write(Method::PATCH, &place.path(), body.clone()).await?;
    check_applied(&body, &after)?;
    let account = api.account().await?;
    let mut ids = Vec::new();
    for event in events(api, place).await? {
        let is_ours = event.actor.as_ref().is_some_and(|actor| actor.login.eq_ignore_ascii_case(&account));
        if is_ours && event.created_at >= before.updated_at && event.created_at <= after.updated_at {
            ids.extend(event.record(place.project).map(|record| record.id));
        }
    }
    Ok(ids)
}

/// GitHub leaves out what the account may not set, and says that all is well.
fn check_applied(wanted: &Value, after: &GitHubIssueBody) -> Result<(), TrackerFailure> {
    let names = |key: &str| -> Option<Vec<String>> {
        Some(wanted[key].as_array()?.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect())
    };
    let assigned: Vec<String> = after.assignees.iter().flatten().map(|user| user.login.clone()).collect();
    for (key, is) in [("labels", after.names()), ("assignees", assigned)] {
        if names(key).is_some_and(|wanted| !status::same_labels(&wanted, &is)) {
            let why =
                format!("GitHub did not set the {key}: the credentials of [tracker.github] need the right to write");
            return Err(TrackerFailure::NotApplied(why));
        }
    }
    Ok(())
}

/// The login of an account, which stands in a text.
fn login(account: &TrackerAccount) -> Result<&str, TrackerFailure> {
    let is_login = !account.0.is_empty() && account.0.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if is_login { Ok(&account.0) } else { Err(TrackerFailure::Refused(format!("{} is no login of GitHub", account.0))) }
}
