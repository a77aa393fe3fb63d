//! Creates an issue: everything, its mark included, in one call.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tracing::warn;

use super::{
    client::{JiraClient, url_part},
    failure::{failure, refused_fields},
    fields::{JiraFieldMetas, label},
    settings::JiraProject,
    wire::{JiraFieldMeta, JiraFieldSchema, JiraIssueKey, JiraName},
};
use crate::{
    domain::{
        text::cut,
        tracker::{IssueDraft, IssueRef},
    },
    net::{HttpClient, HttpFailure},
    tracker::{TrackerFailure, pace::CallKind},
};

/// The longest summary, in characters.
const LONGEST_SUMMARY: usize = 255;
/// The fields without which there is no issue, or no way to find it again.
const NEEDED: [&str; 5] = ["project", "issuetype", "summary", "labels", "description"];
/// The type of the field that holds the request type of a service desk.
const REQUEST_TYPE: &str = "com.atlassian.servicedesk:vp-origin";

/// The issue types of a project. Cloud and Data Center name the list differently.
#[derive(Deserialize)]
struct TypePage {
    #[serde(alias = "values", alias = "issueTypes")]
    issue_types: Vec<JiraName>,
}

/// The fields that can be set at creation.
#[derive(Deserialize)]
struct FieldPage {
    #[serde(alias = "values")]
    fields: Vec<JiraFieldMeta>,
}

/// A field, as the list of all fields has it.
#[derive(Deserialize)]
struct AnyField {
    id: String,
    #[serde(default)]
    schema: JiraFieldSchema,
}

impl JiraClient {
    /// Creates an issue. A field that Jira refuses and that can be missing is left out: an issue without its component is
    /// worth more than none. `hotroom check` reports such fields beforehand.
    pub(super) async fn create_issue(&self, http: &HttpClient, draft: &IssueDraft) -> Result<IssueRef, TrackerFailure> {
        let mut fields = self.draft_fields(http, draft).await?;
        match self.post_issue(http, &fields).await? {
            Ok(issue) => Ok(issue),
            Err(refused) => {
                let dropped = drop_refused(&mut fields, &refused);
                if dropped.is_empty() {
                    return Err(failure(refused));
                }
                let why = failure(refused);
                warn!(fields = dropped.join(", "), "a Jira issue is created without fields that Jira refuses: {why}");
                self.post_issue(http, &fields).await?.map_err(failure)
            }
        }
    }

    async fn post_issue(
        &self,
        http: &HttpClient,
        fields: &Map<String, Value>,
    ) -> Result<Result<IssueRef, HttpFailure>, TrackerFailure> {
        let body = json!({ "fields": fields }).to_string().into_bytes();
        let answered = self.send_in_turn(http, self.call(Method::POST, "issue").json(body), CallKind::Write).await?;
        let created = answered.and_then(|response| response.json::<JiraIssueKey>());
        Ok(created.map(|created| IssueRef { id: created.id, key: created.key }))
    }

    async fn draft_fields(&self, http: &HttpClient, draft: &IssueDraft) -> Result<Map<String, Value>, TrackerFailure> {
        let Some(project) = self.settings.project(&draft.project) else {
            let why = format!("[tracker.jira] has no project \"{}\"", draft.project);
            return Err(TrackerFailure::Refused(why));
        };
        let mut fields = self.plain_fields(project, draft);
        // An issue of another type is no request of a customer.
        if let (Some(request_type), None) = (&project.request_type, &draft.issue_type) {
            let field = self.request_type_field(http).await?;
            fields.insert(field, json!(request_type));
        }
        if !draft.fields.is_empty() {
            let metas = self.create_metas(http, project).await?;
            for field in &draft.fields {
                match self.shape_fields(&metas, std::slice::from_ref(field)) {
                    Ok(shaped) if shaped.unknown.is_empty() => fields.extend(shaped.values),
                    Ok(_) => warn!(field = field.field, "no such field is on the screen that creates issues in Jira"),
                    Err(why) => warn!("a Jira issue is created without a field: {why}"),
                }
            }
        }
        Ok(fields)
    }

    /// The fields that need no look at Jira's description of them.
    fn plain_fields(&self, project: &JiraProject, draft: &IssueDraft) -> Map<String, Value> {
        let marked = std::iter::once(&draft.mark.0).chain(&project.labels).chain(&draft.labels);
        let mut labels: Vec<String> = marked.map(|text| label(text)).filter(|label| !label.is_empty()).collect();
        let mut seen = std::collections::BTreeSet::new();
        labels.retain(|label| seen.insert(label.clone()));
        let description = match &draft.room {
            Some(room) => format!("{}\n\n{room}", draft.description.trim_end()),
            None => draft.description.clone(),
        };
        let mut fields = Map::new();
        fields.insert("project".to_owned(), json!({ "key": project.key }));
        fields.insert(
            "issuetype".to_owned(),
            json!({ "name": draft.issue_type.as_ref().unwrap_or(&project.issue_type) }),
        );
        fields.insert("summary".to_owned(), json!(summary(&draft.summary)));
        fields.insert("labels".to_owned(), json!(labels));
        if !description.trim().is_empty() {
            fields.insert("description".to_owned(), self.rich_text(&description));
        }
        if let Some(priority) = draft.severity.and_then(|severity| project.priorities.get(&severity)) {
            fields.insert("priority".to_owned(), json!({ "name": priority }));
        }
        if let Some(component) = &draft.component {
            fields.insert("components".to_owned(), json!([{ "name": component }]));
        }
        for (field, account) in [("assignee", &draft.assignee), ("reporter", &draft.reporter)] {
            if let Some(account) = account {
                fields.insert(field.to_owned(), self.account_json(&account.0));
            }
        }
        fields
    }

    async fn request_type_field(&self, http: &HttpClient) -> Result<String, TrackerFailure> {
        let fields: Vec<AnyField> = self.get_short(http, "field").await?;
        let found = fields.into_iter().find(|field| field.schema.custom.as_deref() == Some(REQUEST_TYPE));
        found.map(|field| field.id).ok_or_else(|| {
            TrackerFailure::Refused("Jira has no service desk, so that an issue cannot be a request".to_owned())
        })
    }

    /// Describes the fields that can be set when an issue is created.
    pub(super) async fn create_metas(
        &self,
        http: &HttpClient,
        project: &JiraProject,
    ) -> Result<JiraFieldMetas, TrackerFailure> {
        let path = format!("issue/createmeta/{}/issuetypes", url_part(&project.key));
        let page: TypePage = self.get_short(http, &format!("{path}?maxResults=100")).await?;
        let wanted = &project.issue_type;
        let found = page.issue_types.iter().find(|kind| kind.name.eq_ignore_ascii_case(wanted));
        let Some(kind) = found else {
            let names: Vec<&str> = page.issue_types.iter().map(|kind| kind.name.as_str()).collect();
            let why = format!(
                "our account cannot create issues of the type \"{wanted}\" in {}; possible: {}",
                project.key,
                names.join(", ")
            );
            return Err(TrackerFailure::Refused(why));
        };
        let path = format!("{path}/{}?maxResults=200", url_part(&kind.id));
        let page: FieldPage = self.get_short(http, &path).await?;
        let with_id = |meta: JiraFieldMeta| Some((meta.field_id.clone()?, meta));
        Ok(page.fields.into_iter().filter_map(with_id).collect())
    }
}

/// A summary: one line, and no longer than Jira takes.
pub(super) fn summary(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut most = LONGEST_SUMMARY;
    // A grapheme may be several characters.
    while cut(&line, most).encode_utf16().count() > LONGEST_SUMMARY {
        most -= 1;
    }
    cut(&line, most)
}

/// Removes the fields that a refusal names and that an issue can do without; returns their names.
fn drop_refused(fields: &mut Map<String, Value>, refused: &HttpFailure) -> Vec<String> {
    let HttpFailure::Status(response) = refused else { return Vec::new() };
    if response.status != 400 {
        return Vec::new();
    }
    let named = refused_fields(response);
    // A field that is missing, or one that must not be, cannot be helped.
    let optional = |field: &String| !NEEDED.contains(&field.as_str()) && fields.contains_key(field);
    if !named.iter().all(optional) {
        return Vec::new();
    }
    for field in &named {
        fields.remove(field);
    }
    named
}
