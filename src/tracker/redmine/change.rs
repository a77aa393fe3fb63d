//! Changes an issue. Redmine answers 204 even when nothing was applied, so that the issue is read back and compared.

use serde_json::{Value, json};

use super::{
    api::{Put, RedmineApi},
    create::{add_custom_field, set_fields, subject},
    markup,
    read::{fetch_if_there, journal_id, project_of},
    wire::{RedmineIssueBody, StatusBody},
};
use crate::{
    domain::{
        severity::Severity,
        tracker::{ChangeId, IssueChange, IssueField, IssueMark, IssueRef, TrackerAccount},
    },
    tracker::TrackerFailure,
};

/// Makes a change.
pub(super) async fn change(
    api: RedmineApi<'_>,
    issue: &IssueRef,
    change: &IssueChange,
) -> Result<Vec<ChangeId>, TrackerFailure> {
    let before = fetch(api, &issue.id).await?;
    match change {
        IssueChange::Move { to, fields } => {
            let target = target(api, &before, to).await?;
            move_to(api, &before, target, fields).await
        }
        IssueChange::Assign(account) => assign(api, &before, account.as_ref()).await,
        IssueChange::Rename(text) => update(api, &before, json!({"subject": subject(text)})).await,
        IssueChange::SetSeverity(severity) => set_severity(api, &before, *severity).await,
        IssueChange::Fill(fields) => {
            let mut body = json!({});
            set_fields(api, &mut body, fields).await?;
            update(api, &before, body).await
        }
        IssueChange::Comment(text) => {
            update(api, &before, json!({"notes": markup::from_markdown(api.settings.markup, text)})).await
        }
        IssueChange::Watch(account) => watch(api, &before, account).await,
        IssueChange::Mark(mark) => set_mark(api, &before, mark).await,
        IssueChange::LinkRoom { url, .. } => link_room(api, &before, url).await,
        IssueChange::LinkIssue(other) => link_issue(api, &before, other).await,
    }
}

async fn fetch(api: RedmineApi<'_>, id: &str) -> Result<RedmineIssueBody, TrackerFailure> {
    let gone =
        || TrackerFailure::Refused(format!("the issue {id} was deleted, or is hidden from the account of the API key"));
    fetch_if_there(api, id).await?.ok_or_else(gone)
}

/// The status that an issue is to have.
///
/// # Errors
/// [`TrackerFailure::NoTransition`] when the workflow does not lead there, or no status has the name.
async fn target(api: RedmineApi<'_>, issue: &RedmineIssueBody, to: &str) -> Result<StatusBody, TrackerFailure> {
    let allowed = match &issue.allowed_statuses {
        Some(allowed) => allowed.clone(),
        // Before Redmine 5 nothing says which are allowed; reading back shows whether it was.
        None => api.statuses().await?,
    };
    let named = allowed.iter().chain([&issue.status]).find(|status| status.name.eq_ignore_ascii_case(to)).cloned();
    named.ok_or_else(|| {
        let others = allowed.iter().filter(|status| status.id != issue.status.id);
        TrackerFailure::NoTransition { to: to.to_owned(), possible: others.map(|status| status.name.clone()).collect() }
    })
}

async fn move_to(
    api: RedmineApi<'_>,
    before: &RedmineIssueBody,
    target: StatusBody,
    fields: &[IssueField],
) -> Result<Vec<ChangeId>, TrackerFailure> {
    let mut body = json!({});
    set_fields(api, &mut body, fields).await?;
    if before.status.id != target.id {
        body["status_id"] = json!(target.id);
    }
    update(api, before, body).await
}

async fn assign(
    api: RedmineApi<'_>,
    before: &RedmineIssueBody,
    account: Option<&TrackerAccount>,
) -> Result<Vec<ChangeId>, TrackerFailure> {
    let now = before.assigned_to.as_ref().map(|user| user.id.to_string());
    if now.as_deref() == account.map(|account| account.0.as_str()) {
        return Ok(Vec::new());
    }
    // An empty text assigns nobody.
    let id = account.map_or_else(String::new, |account| account.0.clone());
    update(api, before, json!({"assigned_to_id": id})).await
}

async fn set_severity(
    api: RedmineApi<'_>,
    before: &RedmineIssueBody,
    severity: Severity,
) -> Result<Vec<ChangeId>, TrackerFailure> {
    let project = project_of(api, before).await?;
    let Some(name) = project.and_then(|project| project.priorities.get(&severity)) else { return Ok(Vec::new()) };
    let id = api.priority_id(name).await?;
    if before.priority.id == id {
        return Ok(Vec::new());
    }
    update(api, before, json!({"priority_id": id})).await
}

async fn set_mark(
    api: RedmineApi<'_>,
    before: &RedmineIssueBody,
    mark: &IssueMark,
) -> Result<Vec<ChangeId>, TrackerFailure> {
    let field = api.settings.mark_field.into();
    if before.field(field) == Some(&mark.0) {
        return Ok(Vec::new());
    }
    let mut body = json!({});
    add_custom_field(&mut body, field, &mark.0);
    update(api, before, body).await
}

async fn link_room(api: RedmineApi<'_>, before: &RedmineIssueBody, url: &str) -> Result<Vec<ChangeId>, TrackerFailure> {
    let description = before.description.as_deref().unwrap_or_default();
    if description.contains(url) {
        return Ok(Vec::new());
    }
    let text = format!("{description}\n\n{}", markup::room_line(url));
    update(api, before, json!({"description": text.trim_start()})).await
}

async fn watch(
    api: RedmineApi<'_>,
    before: &RedmineIssueBody,
    account: &TrackerAccount,
) -> Result<Vec<ChangeId>, TrackerFailure> {
    let watches = |issue: &RedmineIssueBody| issue.watchers.iter().any(|user| user.id.to_string() == account.0);
    if watches(before) {
        return Ok(Vec::new());
    }
    let path = format!("issues/{}/watchers.json", before.id);
    api.post_silently(&path, &json!({"user_id": account.0})).await?;
    // Without the right to see watchers nobody can check it.
    Ok(Vec::new())
}

async fn link_issue(
    api: RedmineApi<'_>,
    before: &RedmineIssueBody,
    other: &IssueRef,
) -> Result<Vec<ChangeId>, TrackerFailure> {
    let known = before.relations.iter().any(|relation| relation.joins(&other.id));
    if known {
        return Ok(Vec::new());
    }
    let path = format!("issues/{}/relations.json", before.id);
    api.post_silently(&path, &json!({"relation": {"issue_to_id": other.id, "relation_type": "relates"}})).await?;
    own_entries(api, before).await
}

/// Writes fields and reads them back. One that meets another change is repeated once.
async fn update(
    api: RedmineApi<'_>,
    before: &RedmineIssueBody,
    fields: Value,
) -> Result<Vec<ChangeId>, TrackerFailure> {
    if fields.as_object().is_none_or(serde_json::Map::is_empty) {
        return Ok(Vec::new());
    }
    let path = format!("issues/{}.json", before.id);
    let body = json!({ "issue": fields });
    for _ in 0..2 {
        match api.put(&path, &body).await? {
            Put::Accepted => {
                let after = fetch(api, &before.id.to_string()).await?;
                check_applied(&fields, before, &after)?;
                return new_entries(api, before, &after).await;
            }
            Put::Stale => {}
        }
    }
    Err(TrackerFailure::Conflict(format!("others change the issue {} at the same time", before.id)))
}

/// Entries of the history that our account added since.
async fn own_entries(api: RedmineApi<'_>, before: &RedmineIssueBody) -> Result<Vec<ChangeId>, TrackerFailure> {
    let after = fetch(api, &before.id.to_string()).await?;
    new_entries(api, before, &after).await
}

async fn new_entries(
    api: RedmineApi<'_>,
    before: &RedmineIssueBody,
    after: &RedmineIssueBody,
) -> Result<Vec<ChangeId>, TrackerFailure> {
    let account = api.account().await?;
    let newest = before.journals.iter().map(|journal| journal.id).max().unwrap_or(0);
    let ours = after
        .journals
        .iter()
        .filter(|journal| journal.id > newest && journal.user.as_ref().is_some_and(|user| user.id == account.id));
    Ok(ours.map(journal_id).collect())
}

/// Compares what was written with what is there now.
fn check_applied(written: &Value, before: &RedmineIssueBody, after: &RedmineIssueBody) -> Result<(), TrackerFailure> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let assignee = after.assigned_to.as_ref().map_or_else(String::new, |user| user.id.to_string());
    let is_new = |id: u64| before.journals.iter().all(|journal| journal.id != id);
    let has_text = |notes: &Option<String>| notes.as_ref().is_some_and(|notes| !notes.trim().is_empty());
    let has_note = after.journals.iter().any(|journal| is_new(journal.id) && has_text(&journal.notes));
    let checks = [
        ("status_id", "the status", after.status.id.to_string()),
        ("priority_id", "the priority", after.priority.id.to_string()),
        ("assigned_to_id", "the assignee", assignee),
        ("subject", "the subject", after.subject.clone()),
    ];
    let mut missing: Vec<String> = Vec::new();
    for (field, name, now) in checks {
        if written.get(field).is_some_and(|value| text(value) != now) {
            missing.push(name.to_owned());
        }
    }
    for field in written["custom_fields"].as_array().into_iter().flatten() {
        let id = field["id"].as_u64().unwrap_or(0);
        if after.field(id) != field["value"].as_str() {
            missing.push(format!("the custom field {id}"));
        }
    }
    if written.get("notes").is_some() && !has_note {
        missing.push("the note".to_owned());
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(TrackerFailure::NotApplied(format!(
        "Redmine did not set {}: the role of the API key's account lacks a permission, or the workflow does not allow it",
        missing.join(", ")
    )))
}
