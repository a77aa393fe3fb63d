//! Creates an issue with its mark, and finds it again by the mark.

use serde_json::{Value, json};

use super::{
    api::{RedmineApi, escape},
    markup,
    settings::RedmineProject,
    wire::{FieldsBody, IssueEnvelope, IssuesBody, RedmineIssueBody},
};
use crate::{
    domain::tracker::{IssueDraft, IssueField, IssueMark, IssueRef},
    tracker::TrackerFailure,
};

/// The longest subject, in characters.
const LONGEST_SUBJECT: usize = 255;
/// Fields of every issue that a setting may name, besides custom fields.
const STANDARD_FIELDS: [&str; 4] = ["done_ratio", "due_date", "start_date", "estimated_hours"];

/// Creates an issue.
pub(super) async fn create(api: RedmineApi<'_>, draft: &IssueDraft) -> Result<IssueRef, TrackerFailure> {
    let project = project(api, &draft.project)?;
    let mut issue = json!({
        "project_id": project.identifier,
        "subject": subject(&draft.summary),
        "description": description(api, draft),
    });
    if let Some(tracker) = api.tracker_id(draft.issue_type.as_ref().or(project.issue_type.as_ref())).await? {
        issue["tracker_id"] = json!(tracker);
    }
    if let Some(priority) = draft.severity.and_then(|severity| project.priorities.get(&severity)) {
        issue["priority_id"] = json!(api.priority_id(priority).await?);
    }
    if let Some(component) = &draft.component {
        issue["category_id"] = json!(api.category_id(project, component).await?);
    }
    if let Some(account) = &draft.assignee {
        issue["assigned_to_id"] = json!(account.0);
    }
    set_fields(api, &mut issue, &draft.fields).await?;
    add_custom_field(&mut issue, api.settings.mark_field.into(), &draft.mark.0);
    let path = "issues.json";
    let made: RedmineIssueBody = match api.post::<IssueEnvelope>(path, &json!({ "issue": issue })).await {
        // An issue with an assignee who is no member of the project is refused as a whole.
        Err(TrackerFailure::Refused(_)) if issue["assigned_to_id"].is_string() => {
            issue["assigned_to_id"] = Value::Null;
            api.post::<IssueEnvelope>(path, &json!({ "issue": issue })).await?.issue
        }
        made => made?.issue,
    };
    if made.field(api.settings.mark_field.into()) != Some(&draft.mark.0) {
        let field = api.settings.mark_field;
        return Err(TrackerFailure::NotApplied(format!(
            "Redmine created the issue {} without the custom field {field}, which holds the mark: add the field to the \
             project and its tracker, and let the account of the API key edit it",
            made.id
        )));
    }
    Ok(issue_ref(project, made.id))
}

/// Finds the issue with a mark. Redmine ignores a filter that it does not know, so that the value is compared.
pub(super) async fn find(
    api: RedmineApi<'_>,
    identifier: &str,
    mark: &IssueMark,
) -> Result<Option<IssueRef>, TrackerFailure> {
    let project = project(api, identifier)?;
    let field = api.settings.mark_field;
    let query = format!("project_id={}&status_id=*&cf_{field}={}", escape(identifier), escape(&mark.0));
    let found: IssuesBody = api.get(&format!("issues.json?{query}&sort=id&limit=10")).await?;
    let issue = found.issues.iter().find(|issue| issue.field(field.into()) == Some(&mark.0));
    Ok(issue.map(|issue| issue_ref(project, issue.id)))
}

/// The project with an identifier.
pub(super) fn project<'a>(api: RedmineApi<'a>, identifier: &str) -> Result<&'a RedmineProject, TrackerFailure> {
    let unknown = || TrackerFailure::Refused(format!("the project {identifier} is not in [tracker.redmine]"));
    api.settings.project(identifier).ok_or_else(unknown)
}

/// An issue: its number, which is unique in the whole Redmine.
pub(super) fn issue_ref(project: &RedmineProject, id: u64) -> IssueRef {
    IssueRef { id: id.to_string(), key: format!("{}-{id}", project.prefix) }
}

/// A subject: one line.
pub(super) fn subject(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST_SUBJECT {
        return line;
    }
    line.chars().take(LONGEST_SUBJECT - 1).chain(['…']).collect()
}

/// Adds the value of a custom field to the fields of an issue.
pub(super) fn add_custom_field(issue: &mut Value, id: u64, value: &str) {
    let field = json!({"id": id, "value": value});
    match issue["custom_fields"].as_array_mut() {
        Some(fields) => fields.push(field),
        None => issue["custom_fields"] = json!([field]),
    }
}

/// Adds fields that the settings name: a standard field, or a custom field by its number or name.
pub(super) async fn set_fields(
    api: RedmineApi<'_>,
    issue: &mut Value,
    fields: &[IssueField],
) -> Result<(), TrackerFailure> {
    for field in fields {
        if STANDARD_FIELDS.contains(&field.field.as_str()) {
            issue[&field.field] = json!(field.value);
        } else {
            let id = custom_field_id(api, &field.field).await?;
            add_custom_field(issue, id, &field.value);
        }
    }
    Ok(())
}

/// The number of a custom field. Only an administrator can look up a name.
async fn custom_field_id(api: RedmineApi<'_>, field: &str) -> Result<u64, TrackerFailure> {
    if let Ok(id) = field.parse() {
        return Ok(id);
    }
    let Some(known) = api.get_if_there::<FieldsBody>("custom_fields.json").await? else {
        return Err(TrackerFailure::Refused(format!(
            "the account of the API key may not list custom fields: write the number of the field instead of \"{field}\""
        )));
    };
    let named = known.custom_fields.iter().find(|known| known.name.eq_ignore_ascii_case(field));
    named
        .map(|field| field.id)
        .ok_or_else(|| TrackerFailure::Refused(format!("Redmine has no custom field \"{field}\"")))
}

fn description(api: RedmineApi<'_>, draft: &IssueDraft) -> String {
    let text = markup::from_markdown(api.settings.markup, &draft.description);
    match &draft.room {
        Some(url) => format!("{text}\n\n{}", markup::room_line(url)),
        None => text,
    }
}
