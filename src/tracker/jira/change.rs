//! Changes to an issue.

use std::collections::BTreeMap;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    client::{JiraClient, url_part},
    create::summary,
    fields::{JiraFieldMetas, label},
    history::WrittenValue,
    wire::{JiraCommentKey, JiraFieldMeta, JiraIssue, JiraTransition, JiraTransitions, comment_id},
};
use crate::{
    domain::{
        severity::Severity,
        tracker::{ChangeId, IssueChange, IssueField, IssueMark, IssueRef, TrackerAccount},
    },
    net::HttpClient,
    tracker::TrackerFailure,
};

/// The longest global id of a remote link, in characters.
const LONGEST_GLOBAL_ID: usize = 255;

/// The fields that can be edited.
#[derive(Deserialize)]
struct EditMeta {
    fields: BTreeMap<String, JiraFieldMeta>,
}

impl JiraClient {
    /// Makes a change, and returns the ids that Jira gave to it.
    pub(super) async fn change_issue(
        &self,
        http: &HttpClient,
        issue: &IssueRef,
        change: &IssueChange,
    ) -> Result<Vec<ChangeId>, TrackerFailure> {
        let id = issue.id.as_str();
        match change {
            IssueChange::Move { to, fields } => self.move_to(http, id, to, fields).await,
            IssueChange::Assign(account) => self.assign(http, id, account.as_ref()).await,
            IssueChange::Rename(text) => {
                let text = summary(text);
                let fields = Map::from_iter([("summary".to_owned(), json!(text))]);
                self.edit(http, id, json!({ "fields": fields })).await?;
                Ok(self.own_changes(http, id, &[WrittenValue::value("summary", &text)]).await)
            }
            IssueChange::SetSeverity(severity) => self.set_priority(http, issue, *severity).await,
            IssueChange::Fill(fields) => self.fill(http, id, fields).await,
            IssueChange::Comment(text) => self.comment_on(http, id, text).await,
            IssueChange::Watch(account) => self.watch(http, id, account).await,
            IssueChange::Mark(mark) => self.add_mark(http, id, mark).await,
            IssueChange::LinkRoom { url, title } => self.link_room(http, id, url, title).await,
            IssueChange::LinkIssue(other) => self.link_issue(http, issue, other).await,
        }
    }

    async fn move_to(
        &self,
        http: &HttpClient,
        id: &str,
        to: &str,
        fields: &[IssueField],
    ) -> Result<Vec<ChangeId>, TrackerFailure> {
        let path = format!("issue/{}/transitions", url_part(id));
        let possible: JiraTransitions = self.get_short(http, &format!("{path}?expand=transitions.fields")).await?;
        let given = |transition: &JiraTransition| needs_only(&transition.fields, fields);
        let leading = |transition: &&JiraTransition| transition.to.name.eq_ignore_ascii_case(to);
        let leading: Vec<&JiraTransition> = possible.transitions.iter().filter(leading).collect();
        // The screen of one may ask for a field that we do not have, and another not.
        let Some(transition) = leading.iter().find(|one| given(one)).or(leading.first()) else {
            return self.no_transition(http, id, to, &possible.transitions).await;
        };
        let on_screen = self.shape_fields(&transition.fields, fields).map_err(TrackerFailure::Refused)?;
        let (rest, mut written) = self.fill_rest(http, id, on_screen.unknown).await?;
        let body = json!({ "transition": { "id": transition.id }, "fields": on_screen.values });
        self.write(http, Method::POST, &path, &body).await?;
        written.push(WrittenValue::value("status", &transition.to.name));
        written.extend(on_screen.values.keys().map(|field| WrittenValue::any(field)));
        if let [first, ..] = rest.as_slice() {
            let why = format!("moved to \"{to}\", but Jira has no field \"{}\" that can be set there", first.field);
            return Err(TrackerFailure::NotApplied(why));
        }
        Ok(self.own_changes(http, id, &written).await)
    }

    /// Sets the fields that the screen of a transition lacks by an edit before it: an issue that is done may not be editable.
    /// Returns those that cannot be edited either, and what was written.
    async fn fill_rest(
        &self,
        http: &HttpClient,
        id: &str,
        fields: Vec<IssueField>,
    ) -> Result<(Vec<IssueField>, Vec<WrittenValue>), TrackerFailure> {
        if fields.is_empty() {
            return Ok((fields, Vec::new()));
        }
        let metas = self.edit_metas(http, id).await?;
        let shaped = self.shape_fields(&metas, &fields).map_err(TrackerFailure::Refused)?;
        let written = shaped.values.keys().map(|field| WrittenValue::any(field)).collect();
        if !shaped.values.is_empty() {
            self.edit(http, id, json!({ "fields": shaped.values })).await?;
        }
        Ok((shaped.unknown, written))
    }

    /// No transition leads to a status: that is no failure if the issue has it already.
    async fn no_transition(
        &self,
        http: &HttpClient,
        id: &str,
        to: &str,
        possible: &[JiraTransition],
    ) -> Result<Vec<ChangeId>, TrackerFailure> {
        let body: JiraIssue = self.get_short(http, &format!("issue/{}?fields=status", url_part(id))).await?;
        if body.fields.status.is_some_and(|status| status.name.eq_ignore_ascii_case(to)) {
            return Ok(Vec::new());
        }
        let possible = possible.iter().map(|transition| transition.to.name.clone()).collect();
        Err(TrackerFailure::NoTransition { to: to.to_owned(), possible })
    }

    async fn assign(
        &self,
        http: &HttpClient,
        id: &str,
        account: Option<&TrackerAccount>,
    ) -> Result<Vec<ChangeId>, TrackerFailure> {
        let member = if self.is_cloud() { "accountId" } else { "name" };
        let body = json!({ member: account.map(|account| account.0.as_str()) });
        self.write(http, Method::PUT, &format!("issue/{}/assignee", url_part(id)), &body).await?;
        Ok(self.own_changes(http, id, &[WrittenValue::any("assignee")]).await)
    }

    async fn set_priority(
        &self,
        http: &HttpClient,
        issue: &IssueRef,
        severity: Severity,
    ) -> Result<Vec<ChangeId>, TrackerFailure> {
        let project = self.settings.project_of_issue(&issue.key);
        let Some(priority) = project.and_then(|project| project.priorities.get(&severity)) else {
            return Ok(Vec::new());
        };
        let body = json!({ "fields": { "priority": { "name": priority } } });
        self.edit(http, &issue.id, body).await?;
        Ok(self.own_changes(http, &issue.id, &[WrittenValue::value("priority", priority)]).await)
    }

    async fn fill(&self, http: &HttpClient, id: &str, fields: &[IssueField]) -> Result<Vec<ChangeId>, TrackerFailure> {
        let metas = self.edit_metas(http, id).await?;
        let shaped = self.shape_fields(&metas, fields).map_err(TrackerFailure::Refused)?;
        if let [first, ..] = shaped.unknown.as_slice() {
            let names: Vec<&str> = metas.values().map(|meta| meta.name.as_str()).collect();
            let why =
                format!("Jira has no field \"{}\" that can be edited; there are: {}", first.field, names.join(", "));
            return Err(TrackerFailure::Refused(why));
        }
        let written: Vec<WrittenValue> = shaped.values.keys().map(|field| WrittenValue::any(field)).collect();
        self.edit(http, id, json!({ "fields": shaped.values })).await?;
        Ok(self.own_changes(http, id, &written).await)
    }

    async fn edit_metas(&self, http: &HttpClient, id: &str) -> Result<JiraFieldMetas, TrackerFailure> {
        let meta: EditMeta = self.get_short(http, &format!("issue/{}/editmeta", url_part(id))).await?;
        Ok(meta.fields)
    }

    async fn edit(&self, http: &HttpClient, id: &str, body: Value) -> Result<(), TrackerFailure> {
        self.write(http, Method::PUT, &format!("issue/{}", url_part(id)), &body).await.map(|_| ())
    }

    /// Adds a comment. On an issue of a service desk it is internal: the customer is informed by people.
    async fn comment_on(&self, http: &HttpClient, id: &str, text: &str) -> Result<Vec<ChangeId>, TrackerFailure> {
        let internal = json!([{ "key": "sd.public.comment", "value": { "internal": true } }]);
        let body = json!({ "body": self.rich_text(text), "properties": internal });
        let answer = self.write(http, Method::POST, &format!("issue/{}/comment", url_part(id)), &body).await?;
        let created: JiraCommentKey = answer.json()?;
        Ok(vec![comment_id(&created.id)])
    }

    async fn watch(
        &self,
        http: &HttpClient,
        id: &str,
        account: &TrackerAccount,
    ) -> Result<Vec<ChangeId>, TrackerFailure> {
        self.write(http, Method::POST, &format!("issue/{}/watchers", url_part(id)), &json!(account.0)).await?;
        // The history does not mention watchers.
        Ok(Vec::new())
    }

    async fn add_mark(&self, http: &HttpClient, id: &str, mark: &IssueMark) -> Result<Vec<ChangeId>, TrackerFailure> {
        let mark = label(&mark.0);
        self.edit(http, id, json!({ "update": { "labels": [{ "add": mark }] } })).await?;
        Ok(self.own_changes(http, id, &[WrittenValue::value("labels", &mark)]).await)
    }

    async fn link_room(
        &self,
        http: &HttpClient,
        id: &str,
        url: &str,
        title: &str,
    ) -> Result<Vec<ChangeId>, TrackerFailure> {
        // By its global id a link that is sent again replaces the first one.
        let body = json!({ "globalId": global_id(url), "object": { "url": url, "title": summary(title) } });
        self.write(http, Method::POST, &format!("issue/{}/remotelink", url_part(id)), &body).await?;
        Ok(self.own_changes(http, id, &[WrittenValue::any("RemoteIssueLink")]).await)
    }

    async fn link_issue(
        &self,
        http: &HttpClient,
        issue: &IssueRef,
        other: &IssueRef,
    ) -> Result<Vec<ChangeId>, TrackerFailure> {
        let body = json!({
            "type": { "name": self.settings.link_type },
            "inwardIssue": { "key": issue.key },
            "outwardIssue": { "key": other.key },
        });
        self.write(http, Method::POST, "issueLink", &body).await?;
        Ok(self.own_changes(http, &issue.id, &[WrittenValue::value("Link", &other.key)]).await)
    }
}

/// True if every required field of a screen is given or filled in by Jira.
fn needs_only(screen: &JiraFieldMetas, fields: &[IssueField]) -> bool {
    screen
        .iter()
        .filter(|(_, meta)| meta.required && !meta.has_default_value)
        .all(|(id, meta)| fields.iter().any(|field| field.field == *id || field.field.eq_ignore_ascii_case(&meta.name)))
}

fn global_id(url: &str) -> String {
    let id = format!("hotroom={url}");
    if id.chars().count() <= LONGEST_GLOBAL_ID { id } else { format!("hotroom={}", hex::encode(Sha256::digest(url))) }
}
