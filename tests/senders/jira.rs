//! Jira: independent clients drive the fake of the tests, and hotroom's client drives an independent Jira Data Center.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use hmac::{Hmac, KeyInit, Mac};
use hotroom::{
    domain::{
        severity::Severity,
        tracker::{IssueChange, IssueDraft, IssueMark, IssueRef, IssueStage, TrackerAccount},
    },
    net::HttpClient,
    tracker::{
        IssueTracker, TrackerFailure,
        jira::{JiraClient, JiraCredentials, JiraEdition, JiraProject, JiraSettings},
    },
};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    fake_http::table::client,
    fake_jira::{ANN, FakeJira, Flavor, MAIL, TOKEN},
    rig::{House, KEY, PATIENCE, free_address, program, required, root, run, seconds},
};

/// A script of `tests/senders/clients`; `None` where what it needs is not installed.
fn script(name: &str, folder: &str, package: &str) -> Option<Command> {
    let installed = root().join("target/senders").join(folder);
    let interpreter = if Path::new(name).extension().is_some_and(|kind| kind == "py") { "python3" } else { "node" };
    let Some(interpreter) = program(&[interpreter]).filter(|_| installed.join(package).exists()) else {
        return required(package);
    };
    let mut command = Command::new(interpreter);
    command.env("PYTHONPATH", &installed).current_dir(&installed);
    command.arg(root().join("tests/senders/clients").join(name));
    Some(command)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_clients_of_jira_are_at_home_with_the_fake() {
    let Some(mut client) = script("jira_clients.py", "jira", "atlassian") else { return };
    let jira = FakeJira::start(Flavor::DataCenter).await;
    let said = run(client.args([&jira.http.url, TOKEN, ANN])).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(said.trim(), "all as Jira does it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_checks_every_answer_is_at_home_with_the_fake() {
    let Some(mut client) = script("jira_client.mjs", "jira_js", "node_modules/jira.js") else { return };
    let jira = FakeJira::start(Flavor::Cloud).await;
    let said = run(client.args([&jira.http.url, MAIL, TOKEN, ANN])).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(said.trim(), "all as Jira does it");
}

/// The Jira Data Center of the package `jira820`.
struct IndependentJira {
    url: String,
    child: Child,
}

impl Drop for IndependentJira {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl IndependentJira {
    /// Starts it with the project `OPS`; `None` where it is not installed.
    fn start() -> Option<Self> {
        let mut command = script("jira_server.py", "jira", "jira820")?;
        let port = free_address().port().to_string();
        command.args([&port, "OPS"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let output = child.stdout.take().expect("its output");
        let ready = BufReader::new(output).lines().any(|line| line.is_ok_and(|line| line == "ready"));
        assert!(ready, "the server ended early");
        Some(Self { url: format!("http://127.0.0.1:{port}"), child })
    }

    fn client(&self) -> JiraClient {
        JiraClient::new(JiraSettings {
            base_url: self.url.clone(),
            site_url: self.url.clone(),
            edition: JiraEdition::DataCenter,
            credentials: JiraCredentials::Bearer(SecretString::from("token")),
            webhook_secrets: Vec::new(),
            button_secrets: Vec::new(),
            link_type: "Relates".to_owned(),
            calls_per_second: 10_000,
            projects: vec![JiraProject::new("OPS", "Task")],
        })
    }
}

fn draft(mark: &IssueMark) -> IssueDraft {
    IssueDraft {
        project: "OPS".to_owned(),
        summary: "Checkout fails".to_owned(),
        description: "**Payments** fail since `10:00`".to_owned(),
        issue_type: None,
        severity: Some(Severity::Sev2),
        component: None,
        fields: Vec::new(),
        labels: Vec::new(),
        assignee: None,
        reporter: None,
        mark: mark.clone(),
        room: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_independent_jira_takes_an_issue_moves_it_and_finds_it() {
    let Some(jira) = IndependentJira::start() else { return };
    let (tracker, http): (JiraClient, HttpClient) = (jira.client(), client());
    let mark = IssueMark("hotroom-1a2b-HOT-P7".to_owned());
    assert_eq!(tracker.find(&http, "OPS", &mark).await.expect("an answer"), None);
    let issue = tracker.create(&http, &draft(&mark)).await.expect("an issue");
    let found = tracker.find(&http, "OPS", &mark).await.expect("an answer");
    assert_eq!(found.as_ref(), Some(&issue));
    let read = || async { tracker.read(&http, &issue.id).await.expect("an answer").expect("an issue") };
    let new = read().await;
    assert_eq!((new.summary.as_str(), new.description.as_str()), ("Checkout fails", "**Payments** fail since `10:00`"));
    assert_eq!((new.stage, new.labels.as_slice()), (IssueStage::Open, [mark.0.clone()].as_slice()));

    let change = |change: IssueChange| {
        let (tracker, http, issue) = (&tracker, &http, &issue);
        async move { tracker.change(http, issue, &change).await }
    };
    let to = |status: &str| IssueChange::Move { to: status.to_owned(), fields: Vec::new() };
    let refused = change(to("No such status")).await;
    let Err(TrackerFailure::NoTransition { possible, .. }) = refused else { panic!("{refused:?}") };
    assert!(possible.contains(&"In Progress".to_owned()), "{possible:?}");
    let ids = change(to("In Progress")).await.expect("a transition");
    assert_eq!(ids.len(), 1, "the entry of the history that the transition made");
    change(IssueChange::Assign(Some(TrackerAccount("admin".to_owned())))).await.expect("an assignee");
    change(IssueChange::Rename("Payments fail".to_owned())).await.expect("a summary");
    let comment = change(IssueChange::Comment("We *roll back* {code}".to_owned())).await.expect("a comment");
    change(IssueChange::LinkRoom { url: "https://hot.example.com/r".to_owned(), title: "#ops-1".to_owned() })
        .await
        .expect("a link");

    let now = read().await;
    assert_eq!((now.status.as_str(), now.stage), ("In Progress", IssueStage::InProgress));
    assert_eq!(now.summary, "Payments fail");
    assert_eq!(now.assignee.map(|person| person.account.0).as_deref(), Some("admin"));
    let last = now.comments.last().expect("a comment");
    assert_eq!((&last.id, last.text.as_str()), (&comment[0], "We roll back {code}"));
    assert_eq!(now.changes.last().map(|change| change.id.clone()), ids.last().cloned());
    assert_eq!(tracker.read(&http, "OPS-99999").await.expect("an answer"), None);
}

/// The ticket of the story, in the independent Jira.
struct Ticket<'a> {
    jira: &'a IndependentJira,
    house: &'a House,
    http: reqwest::Client,
    issue: IssueRef,
}

/// Settings of the story: Ann has the account `u01`.
fn story_settings(url: &str) -> String {
    format!(
        r#"
[[people]]
id = "ann"
name = "Ann"
access = "admin"
accounts = {{ jira = "u01" }}
[[people]]
id = "bob"
name = "Bob"
access = "responder"
[[people]]
id = "cho"
name = "Cho"
access = "responder"
[[people]]
id = "dee"
name = "Dee"
access = "responder"
[tracker]
kind = "jira"
[tracker.jira]
url = "{url}"
edition = "data_center"
token = "env:SENDER_KEY"
webhook_secrets = ["env:SENDER_KEY"]
[[tracker.jira.projects]]
key = "OPS"
issue_type = "Task"
status = {{ investigating = "Open", identified = "In Progress", resolved = "Done" }}
"#
    )
}

impl<'a> Ticket<'a> {
    /// Ann's ticket on a critical component.
    async fn filed(jira: &'a IndependentJira, house: &'a House) -> Self {
        let http = hotroom::net::tls::client().build().expect("a client");
        let fields = json!({
            "project": { "key": "OPS" }, "issuetype": { "name": "Task" }, "summary": "Checkout fails",
            "components": [{ "name": "checkout" }], "assignee": { "name": "u01" },
        });
        let request = http.post(format!("{}/rest/api/2/issue", jira.url)).json(&json!({ "fields": fields }));
        let made: Value = request.send().await.expect("an answer").json().await.expect("JSON");
        let text = |name: &str| made[name].as_str().expect("a text").to_owned();
        Self { jira, house, http, issue: IssueRef { id: text("id"), key: text("key") } }
    }

    async fn look(&self) -> Value {
        let url = format!("{}/rest/api/2/issue/{}", self.jira.url, self.issue.key);
        self.http.get(url).send().await.expect("an answer").json().await.expect("JSON")
    }

    async fn comments(&self) -> String {
        let url = format!("{}/rest/api/2/issue/{}/comment", self.jira.url, self.issue.key);
        self.http.get(url).send().await.expect("an answer").text().await.expect("a text")
    }

    /// Posts the webhook that a Jira would send.
    async fn reports(&self, event: &str, more: Value) {
        let mut body = more;
        body["webhookEvent"] = json!(event);
        body["timestamp"] = json!(seconds());
        body["issue"] = json!({ "id": self.issue.id, "key": self.issue.key });
        let body = body.to_string();
        let mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).expect("a key").chain_update(&body);
        let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        let request = self.http.post(format!("http://{}/hooks/jira", self.house.address));
        let answer = request.header("x-hub-signature", signature).body(body).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 202, "{event}");
    }

    /// Ann runs a command on the incident.
    async fn commands(&self, command: &str, options: Value) {
        let url = format!("http://{}/api/v1/incidents/{}/commands/{command}", self.house.address, self.issue.key);
        let answer = self.http.post(url).header("x-hotroom-person", "ann").json(&options).send().await;
        let answer = answer.expect("an answer");
        assert!(answer.status().is_success(), "{command}: {}", answer.text().await.unwrap_or_default());
    }

    /// What the API says of the incident.
    async fn incident(&self, more: &str) -> String {
        let url = format!("http://{}/api/v1/incidents/{}{more}", self.house.address, self.issue.key);
        self.http.get(url).send().await.expect("an answer").text().await.expect("a text")
    }
}

/// Waits until something holds.
async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    let so = async {
        while !holds().await {
            tick.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, so).await.unwrap_or_else(|_| panic!("not so in time: {what}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_of_an_independent_jira_is_an_incident_to_its_end() {
    let Some(jira) = IndependentJira::start() else { return };
    let house = House::configured(&story_settings(&jira.url));
    house.ready().await;
    let ticket = Ticket::filed(&jira, &house).await;
    ticket.reports("jira:issue_created", json!({})).await;
    let room = ticket.issue.key.to_lowercase();
    house.until(&format!("SELECT count(*) FROM incidents WHERE room = '{room}'"), 1).await;
    until("the assignee is the manager", async || ticket.incident("").await.contains("\"ann\"")).await;

    ticket.commands("status", json!({ "to": "identified" })).await;
    let status = async |name: &str| ticket.look().await["fields"]["status"]["name"] == name;
    until("the ticket is in progress", async || status("In Progress").await).await;

    ticket.commands("note", json!({ "text": "We roll back" })).await;
    until("the note is a comment", async || ticket.comments().await.contains("We roll back")).await;
    let url = format!("{}/rest/api/2/issue/{}/comment", jira.url, ticket.issue.key);
    let request = ticket.http.post(url).json(&json!({ "body": "Customers are calling" }));
    let comment: Value = request.send().await.expect("an answer").json().await.expect("JSON");
    ticket.reports("comment_created", json!({ "comment": { "id": comment["id"] } })).await;
    until("the comment is on the timeline", async || {
        ticket.incident("/timeline").await.contains("Customers are calling")
    })
    .await;

    ticket.commands("resolve", json!({ "summary": "Rolled back" })).await;
    until("the ticket is done", async || status("Done").await).await;
    assert!(!ticket.look().await["fields"]["resolution"].is_null(), "the transition fills in the resolution");
}
