//! GitHub as others know it: an emulator of its interface, its own description of requests, and recorded webhooks.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use hotroom::{
    domain::{
        severity::Severity,
        tracker::{BoardQuery, ColumnItems, ColumnSpec, IssueChange, IssueDraft, IssueField, IssueMark, IssueStage},
    },
    net::{HostPattern, HttpClient, NetSettings},
    tracker::{
        IssueTracker,
        github::{
            GitHubApp, GitHubBoard, GitHubCredentials, GitHubIssues, GitHubProject, GitHubSettings, read_hook,
            read_pull_request,
        },
    },
};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use ring::hmac;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::{
    fake_github::{self, FakeGitHub},
    fake_http::Received,
    rig::{free_address, program, required, root},
};

const TOKEN: &str = "token-of-the-test";
const SECRET: &str = "secret-of-the-test";

fn settings(base_url: &str, repository: &str, credentials: GitHubCredentials) -> GitHubSettings {
    let severities = Severity::ALL.map(|severity| (severity, severity.name().to_owned()));
    GitHubSettings {
        base_url: base_url.to_owned(),
        credentials,
        webhook_secret: Some(SecretString::from(SECRET)),
        write_interval: Duration::ZERO,
        projects: vec![GitHubProject {
            repository: repository.to_owned(),
            prefix: "OPS".to_owned(),
            status_labels: vec!["In Progress".to_owned()],
            severity_labels: severities.into_iter().collect(),
            board: None,
        }],
    }
}

fn http() -> HttpClient {
    let allow = vec![HostPattern::parse("127.0.0.0/8").expect("a network")];
    let settings = NetSettings { allow, ..NetSettings::direct(Duration::from_secs(10)) };
    HttpClient::new(&settings).expect("a client")
}

fn draft(repository: &str) -> IssueDraft {
    IssueDraft {
        project: repository.to_owned(),
        summary: "Checkout fails".to_owned(),
        description: "Nobody can pay.".to_owned(),
        issue_type: None,
        severity: Some(Severity::Sev1),
        component: Some("checkout".to_owned()),
        fields: Vec::new(),
        labels: vec!["incident".to_owned()],
        assignee: None,
        reporter: None,
        mark: IssueMark("hotroom-test-HOT-1".to_owned()),
        room: Some("https://hot.example.com/rooms/hot-1".to_owned()),
    }
}

fn moved(to: &str) -> IssueChange {
    IssueChange::Move { to: to.to_owned(), fields: Vec::new() }
}

/// A file of a package in `target/senders`. `None` where it is not installed.
fn installed(file: &str) -> Option<PathBuf> {
    let path = root().join("target/senders").join(file);
    if path.exists() { Some(path) } else { required(file) }
}

/// The emulator. It ends with its input.
struct Emulator {
    url: String,
    /// The private key of its App.
    key: SecretString,
    child: Child,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Emulator {
    /// Starts it; `None` where it is not installed.
    fn start() -> Option<Self> {
        installed("node_modules/emulate/dist/api.js")?;
        let port = free_address().port().to_string();
        let mut command = Command::new(program(&["node"])?);
        command.current_dir(root().join("target/senders"));
        command.arg(root().join("tests/senders/clients/github_emulator.mjs")).args([&port, TOKEN]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let output = child.stdout.take().expect("its output");
        let line = BufReader::new(output).lines().next().expect("the emulator ended early").expect("a line");
        let printed: Value = serde_json::from_str(&line).expect("JSON");
        let key = SecretString::from(printed["key"].as_str().expect("a key").to_owned());
        Some(Self { url: format!("http://127.0.0.1:{port}"), key, child })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issue_lives_in_an_emulated_github() {
    let Some(emulator) = Emulator::start() else { return };
    let url = &emulator.url;
    let (repository, http) = ("acme-hotroom/shop", http());
    let token = GitHubCredentials::Token(SecretString::from(TOKEN));
    let tracker = GitHubIssues::new(settings(url, repository, token));
    let issue = tracker.create(&http, &draft(repository)).await.expect("created");
    let mark = draft(repository).mark;
    assert_eq!(tracker.find(&http, repository, &mark).await.expect("an answer"), Some(issue.clone()));
    assert_eq!(tracker.find(&http, repository, &IssueMark("hotroom-x".to_owned())).await.expect("an answer"), None);
    let field = vec![IssueField { field: "env/".to_owned(), value: "prod".to_owned() }];
    for change in [moved("In Progress"), IssueChange::SetSeverity(Severity::Sev2), IssueChange::Fill(field)] {
        assert_ne!(tracker.change(&http, &issue, &change).await.expect("changed"), [], "{change:?}");
    }
    let ids = tracker.change(&http, &issue, &IssueChange::Comment("Rolled back".to_owned())).await.expect("commented");
    let read = tracker.read(&http, &issue.id).await.expect("an answer").expect("an issue");
    assert_eq!((read.status.as_str(), read.stage), ("In Progress", IssueStage::InProgress));
    assert_eq!((read.priority.as_deref(), &read.comments[0].id), (Some("sev2"), &ids[0]));
    let components: BTreeSet<&str> = read.components.iter().map(String::as_str).collect();
    assert_eq!(components, BTreeSet::from(["incident", "checkout", "env/prod"]));
    tracker.change(&http, &issue, &moved("Not planned")).await.expect("closed");
    let changed = tracker.changed_since(&http, read.updated - chrono::TimeDelta::minutes(1)).await.expect("a list");
    assert_eq!((changed.len(), changed[0].status.as_str()), (1, "Not planned"));

    // The App signs in with its key, which the emulator verifies.
    let app = GitHubApp { client_id: "12345".to_owned(), installation: 77, private_key: emulator.key.clone() };
    let app = GitHubIssues::new(settings(url, repository, GitHubCredentials::App(app)));
    let read = app.read(&http, &issue.id).await.expect("an answer").expect("an issue");
    assert_eq!(read.summary, "Checkout fails");
    app.change(&http, &issue, &IssueChange::Comment("By the App".to_owned())).await.expect("commented");
}

/// Every request that the client makes, made against the fake.
async fn requests() -> Vec<Received> {
    let github = FakeGitHub::start().await;
    let token = GitHubCredentials::Token(SecretString::from(fake_github::TOKEN));
    let repository = fake_github::REPOSITORY;
    let (tracker, http) = (GitHubIssues::new(settings(&github.http.url, repository, token)), http());
    let ann = hotroom::domain::tracker::TrackerAccount("ann".to_owned());
    let draft = IssueDraft { assignee: Some(ann.clone()), ..draft(repository) };
    let issue = tracker.create(&http, &draft).await.expect("created");
    tracker.find(&http, repository, &draft.mark).await.expect("an answer");
    for change in [
        moved("In Progress"),
        moved("Closed"),
        moved("Not planned"),
        moved("Duplicate"),
        moved("Open"),
        IssueChange::Assign(None),
        IssueChange::Assign(Some(ann)),
        IssueChange::Rename("Checkout is slow".to_owned()),
        IssueChange::SetSeverity(Severity::Sev2),
        IssueChange::Comment("Rolled back".to_owned()),
        IssueChange::Mark(IssueMark("hotroom-test-HOT-2".to_owned())),
    ] {
        tracker.change(&http, &issue, &change).await.expect("changed");
    }
    tracker.changed_since(&http, hotroom::domain::Timestamp::UNIX_EPOCH).await.expect("a list");
    tracker.probe(&http, Some("https://hot.example.com/hooks/github")).await;
    github.http.received()
}

/// The path of the description that a path belongs to: `/repos/{owner}/{repo}/issues`.
fn described<'a>(spec: &'a Value, path: &str) -> Option<(&'a str, &'a Value)> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let names: Vec<&str> = template.split('/').collect();
        names.len() == parts.len() && names.iter().zip(&parts).all(|(name, part)| name.starts_with('{') || name == part)
    };
    let paths = spec["paths"].as_object().expect("paths");
    paths.iter().filter(|(template, _)| fits(template)).map(|(template, item)| (template.as_str(), item)).min_by_key(
        // The one with the fewest parameters.
        |(template, _)| template.matches('{').count(),
    )
}

#[tokio::test]
async fn every_request_is_in_githubs_own_description() {
    let Some(file) = installed("openapi/api.github.com.json") else { return };
    let spec: Value = serde_json::from_slice(&std::fs::read(file).expect("it is there")).expect("JSON");
    let mut kinds = BTreeSet::new();
    for request in requests().await {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let (template, item) = described(&spec, path).unwrap_or_else(|| panic!("{path} is not described"));
        let method = request.method.to_lowercase();
        let operation = &item[&method];
        assert!(operation.is_object(), "{method} {template} is not described");
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let names: BTreeSet<String> = parameters.iter().map(|parameter| name_of(&spec, parameter)).collect();
        for (name, _) in query.split('&').filter_map(|field| field.split_once('=')) {
            assert!(names.contains(name), "{method} {template} has no parameter {name}");
        }
        kinds.insert(format!("{method} {template}"));
        if request.body.is_empty() {
            continue;
        }
        let mut schema = operation["requestBody"]["content"]["application/json"]["schema"].clone();
        assert!(schema.is_object(), "{method} {template} takes no body");
        for name in request.json().as_object().expect("an object").keys() {
            assert!(schema["properties"].get(name).is_some(), "{method} {template} has no field {name}");
        }
        schema["components"] = spec["components"].clone();
        let validator = jsonschema::options().with_draft(jsonschema::Draft::Draft4).build(&schema).expect("a schema");
        let wrong: Vec<String> = validator.iter_errors(&request.json()).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{method} {template}: {wrong:?}");
    }
    assert!(kinds.len() >= 11, "{kinds:?}");
}

#[tokio::test]
async fn every_query_fits_githubs_own_schema() {
    if installed("node_modules/@octokit/graphql-schema/schema.graphql").is_none() {
        return;
    }
    let github = FakeGitHub::start().await;
    let token = GitHubCredentials::Token(SecretString::from(fake_github::TOKEN));
    let mut settings = settings(&github.http.url, fake_github::REPOSITORY, token);
    settings.projects[0].board = Some(GitHubBoard { owner: None, number: 7, field: "Status".to_owned() });
    let (tracker, http) = (GitHubIssues::new(settings), http());
    let issue = tracker.create(&http, &draft(fake_github::REPOSITORY)).await.expect("created");
    tracker.change(&http, &issue, &moved("In Progress")).await.expect("moved");
    let columns = vec![ColumnSpec {
        name: "Now".to_owned(),
        statuses: vec!["In Progress".to_owned()],
        items: ColumnItems::Incidents,
        limit: None,
    }];
    let board = BoardQuery { number: 7, owner: Some("acme".to_owned()), field: "Status".to_owned(), columns };
    let read = tracker.read_board(&http, &board).await.expect("read");
    assert_eq!((read[0].count, read[0].oldest[0].key.as_str()), (1, issue.key.as_str()));
    let made = github.http.received().into_iter().filter(|request| request.path == "/graphql");
    let queries: Vec<Value> = made.map(|request| request.json()["query"].clone()).collect();
    let Some(node) = program(&["node"]) else { return };
    let mut command = Command::new(node);
    command.current_dir(root().join("target/senders")).arg(root().join("tests/senders/clients/github_queries.mjs"));
    let mut running = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    running.stdin.take().expect("its input").write_all(json!(queries).to_string().as_bytes()).expect("written");
    let done = running.wait_with_output().expect("it ends");
    let wrong: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!((queries.len(), wrong), (4, json!([[], [], [], []])));
}

fn name_of(spec: &Value, parameter: &Value) -> String {
    let pointed = parameter["$ref"].as_str().and_then(|path| spec.pointer(path.trim_start_matches('#')));
    pointed.unwrap_or(parameter)["name"].as_str().unwrap_or_default().to_owned()
}

fn headers(event: &str, body: &[u8]) -> HeaderMap {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = format!("sha256={}", hex::encode(hmac::sign(&key, body)));
    let pairs = [("x-github-event", event), ("x-github-delivery", "1"), ("x-hub-signature-256", &signature)];
    let pair = |(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"));
    pairs.into_iter().map(pair).collect()
}

#[test]
fn every_recorded_webhook_is_read() {
    let file = Path::new("node_modules/@octokit/webhooks-examples/api.github.com/index.json");
    let Some(file) = installed(&file.display().to_string()) else { return };
    let recorded: Value = serde_json::from_slice(&std::fs::read(file).expect("it is there")).expect("JSON");
    let (mut read, mut hooks, mut pulls) = (0, 0, 0);
    for event in recorded.as_array().expect("a list") {
        let name = event["name"].as_str().expect("a name");
        for body in event["examples"].as_array().expect("a list") {
            let repository = body["repository"]["full_name"].as_str().unwrap_or("octocat/none");
            let token = GitHubCredentials::Token(SecretString::from(TOKEN));
            let settings = settings("https://api.github.com", repository, token);
            let bytes = body.to_string().into_bytes();
            let hook = read_hook(&settings, &headers(name, &bytes), &bytes);
            let hook = hook.unwrap_or_else(|refusal| panic!("{name} {}: {refusal}", body["action"]));
            let is_issue = matches!(name, "issues" | "issue_comment") && body["issue"].get("pull_request").is_none();
            assert_eq!(hook.is_some(), is_issue, "{name} {}", body["action"]);
            let secret = SecretString::from(SECRET);
            let pull = read_pull_request(&[&secret], &headers(name, &bytes), &bytes, &["OPS"]);
            let pull = pull.unwrap_or_else(|refusal| panic!("{name} {}: {refusal}", body["action"]));
            assert!(pull.is_none() || name == "pull_request", "{name} {}", body["action"]);
            pulls += usize::from(pull.is_some_and(|hook| json!(hook.pull.number) == body["pull_request"]["number"]));
            read += 1;
            hooks += usize::from(hook.is_some_and(|hook| body["issue"]["number"] == json!(number(&hook.issue.key))));
        }
    }
    assert!(read > 150 && hooks > 30 && pulls > 3, "{read} {hooks} {pulls}");
}

fn number(key: &str) -> u64 {
    key.rsplit_once('-').and_then(|(_, number)| number.parse().ok()).expect("a number")
}
