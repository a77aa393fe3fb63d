//! What the fake Jira remembers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::DateTime;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::{
    Flavor, JiraLimits,
    catalog::{BOT, BUTTON_TOKEN, FakeProject, HOOK_SECRET, person_name, project},
};
use crate::fake_http::Reaction;

/// An issue.
#[derive(Clone, Debug)]
pub struct FakeIssue {
    pub id: String,
    pub key: String,
    pub project: FakeProject,
    pub status: String,
    /// The fields that were set, in the shape in which they came.
    pub fields: Map<String, Value>,
    pub assignee: Option<String>,
    pub reporter: String,
    pub watchers: Vec<String>,
    pub comments: Vec<Value>,
    pub history: Vec<Value>,
    pub remote_links: BTreeMap<String, Value>,
    /// Keys of linked issues.
    pub links: Vec<String>,
    pub restricted: bool,
    pub created: i64,
    pub updated: i64,
}

impl FakeIssue {
    /// The labels.
    pub fn labels(&self) -> Vec<String> {
        let labels = self.fields.get("labels").and_then(Value::as_array).cloned().unwrap_or_default();
        labels.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The name of the priority.
    pub fn priority(&self) -> Option<String> {
        self.fields.get("priority")?["name"].as_str().map(str::to_owned)
    }
}

/// A webhook that was sent.
#[derive(Clone, Debug)]
pub struct JiraDelivery {
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// Everything.
pub struct JiraState {
    pub flavor: Flavor,
    /// Where it listens.
    pub url: String,
    pub now: i64,
    pub issues: Vec<FakeIssue>,
    pub reactions: VecDeque<(Reaction, bool)>,
    pub deliveries: Vec<JiraDelivery>,
    pub down: Option<u16>,
    pub token_is_good: bool,
    pub forbidden: BTreeSet<String>,
    pub hidden: BTreeSet<String>,
    /// Whose token ours is.
    pub account: String,
    pub hook_url: Option<String>,
    /// A limit refuses to show the next history.
    pub history_is_limited: bool,
    /// Its limits, if it has any.
    pub limits: Option<JiraLimits>,
    /// The configuration of its board.
    pub board: Option<Value>,
    counter: u64,
}

impl JiraState {
    pub fn new(flavor: Flavor) -> Self {
        Self {
            flavor,
            url: String::new(),
            now: 1_767_323_045_000,
            issues: Vec::new(),
            reactions: VecDeque::new(),
            deliveries: Vec::new(),
            down: None,
            token_is_good: true,
            forbidden: BTreeSet::new(),
            hidden: BTreeSet::new(),
            account: BOT.to_owned(),
            hook_url: None,
            history_is_limited: false,
            limits: None,
            board: None,
            counter: 10_000,
        }
    }

    pub fn is_cloud(&self) -> bool {
        self.flavor == Flavor::Cloud
    }

    /// A number that was not used before.
    pub fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    pub fn find(&self, key: &str) -> Option<&FakeIssue> {
        self.issues.iter().find(|issue| issue.key == key || issue.id == key)
    }

    pub fn find_mut(&mut self, key: &str) -> Option<&mut FakeIssue> {
        self.issues.iter_mut().find(|issue| issue.key == key || issue.id == key)
    }

    /// A time as Jira writes it.
    pub fn time(&self, millis: i64) -> String {
        let at = DateTime::from_timestamp_millis(millis).expect("a time");
        at.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
    }

    /// A person as Jira shows them. Cloud hides the mail address.
    pub fn person(&self, account: &str) -> Value {
        let name = person_name(account).unwrap_or(account);
        let avatars =
            ["16x16", "24x24", "32x32", "48x48"].map(|size| (size.to_owned(), json!(format!("{}/avatar", self.url))));
        let avatars: Map<String, Value> = avatars.into_iter().collect();
        match self.flavor {
            Flavor::Cloud => json!({
                "self": format!("{}/rest/api/3/user?accountId={account}", self.url), "accountId": account,
                "accountType": "atlassian", "active": true, "avatarUrls": avatars, "displayName": name,
                "timeZone": "Europe/Berlin",
            }),
            Flavor::DataCenter => json!({
                "self": format!("{}/rest/api/2/user?username={account}", self.url), "name": account, "key": account,
                "emailAddress": format!("{}@acme.example", name.to_lowercase()), "active": true, "avatarUrls": avatars,
                "displayName": name, "timeZone": "Europe/Berlin",
            }),
        }
    }

    /// Puts a new issue in.
    pub fn insert(&mut self, project: FakeProject, fields: Map<String, Value>, reporter: &str) -> FakeIssue {
        let id = self.next().to_string();
        let number = self.issues.iter().filter(|issue| issue.project == project).count() + 1;
        let issue = FakeIssue {
            key: format!("{}-{number}", project.key),
            id,
            project,
            status: "To Do".to_owned(),
            fields,
            assignee: None,
            reporter: reporter.to_owned(),
            watchers: vec![reporter.to_owned()],
            comments: Vec::new(),
            history: Vec::new(),
            remote_links: BTreeMap::new(),
            links: Vec::new(),
            restricted: false,
            created: self.now,
            updated: self.now,
        };
        self.issues.push(issue.clone());
        issue
    }

    /// Notes a change in the history of an issue, and reports it.
    pub fn note(&mut self, key: &str, who: &str, items: &[HistoryItem]) {
        let (id, author, now) = (self.next().to_string(), self.person(who), self.now);
        let shown: Vec<Value> = items.iter().map(HistoryItem::json).collect();
        let entry = json!({ "id": id, "author": author, "created": self.time(now), "items": shown });
        let Some(issue) = self.find_mut(key) else { return };
        issue.history.push(entry.clone());
        issue.updated = now;
        let body = json!({
            "webhookEvent": "jira:issue_updated", "issue_event_type_name": "issue_generic", "user": author,
            "changelog": { "id": id, "items": shown },
        });
        self.report(key, body);
    }

    /// Sends a webhook about an issue, signed.
    pub fn report(&mut self, key: &str, mut body: Value) {
        let Some(issue) = self.find(key).cloned() else { return };
        body["timestamp"] = json!(self.now);
        body["issue"] = self.issue_json(&issue);
        self.deliver(body);
    }

    /// Sends a webhook, signed.
    pub fn deliver(&mut self, body: Value) {
        let body = body.to_string().into_bytes();
        let mac = Hmac::<Sha256>::new_from_slice(HOOK_SECRET.as_bytes()).expect("a key").chain_update(&body);
        let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        let mut headers = vec![("x-hub-signature", signature), ("content-type", "application/json".to_owned())];
        if self.is_cloud() {
            headers.push(("x-atlassian-webhook-identifier", format!("hook-{}", self.next())));
            headers.push(("x-atlassian-webhook-flow", "Primary".to_owned()));
        }
        self.deliveries.push(JiraDelivery { headers, body });
    }

    /// What the Automation rule of the button sends.
    pub fn press_button(&mut self, who: &str, key: &str) -> JiraDelivery {
        let id = self.find(key).expect("an issue").id.clone();
        let body = json!({ "id": id, "key": key, "actor": who, "at": self.now.to_string() });
        let headers =
            vec![("x-hotroom-token", BUTTON_TOKEN.to_owned()), ("content-type", "application/json".to_owned())];
        JiraDelivery { headers, body: body.to_string().into_bytes() }
    }

    pub fn project_of(&self, fields: &Map<String, Value>) -> Option<FakeProject> {
        let given = fields.get("project")?;
        project(given["key"].as_str().or(given["id"].as_str())?)
    }
}

/// A change of a field in the history.
#[derive(Clone, Debug)]
pub struct HistoryItem {
    pub field: String,
    pub to: Option<String>,
    pub to_text: Option<String>,
}

impl HistoryItem {
    pub fn new(field: &str, to: Option<&str>, to_text: Option<&str>) -> Self {
        Self { field: field.to_owned(), to: to.map(str::to_owned), to_text: to_text.map(str::to_owned) }
    }

    fn json(&self) -> Value {
        let kind = if self.field.starts_with("customfield") { "custom" } else { "jira" };
        json!({
            "field": self.field, "fieldtype": kind, "fieldId": self.field, "from": null, "fromString": null,
            "to": self.to, "toString": self.to_text,
        })
    }
}
