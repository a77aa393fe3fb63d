//! A real Redmine, which the client drives and python-redmine looks at.

use std::{collections::BTreeMap, path::Path, process::Command, time::Duration};

use hotroom::{
    domain::{
        severity::Severity,
        tracker::{IssueChange, IssueDraft, IssueField, IssueMark, IssueRef, IssueStage, TrackerAccount},
    },
    net::{HostPattern, HttpClient, NetSettings},
    tracker::{
        IssueTracker, TrackerFailure, TrackerFinding,
        redmine::{Redmine, RedmineMarkup, RedmineProject, RedmineSettings},
    },
};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::rig::{House, free_address, program, required, root, run, seconds};

/// Where Debian's package has it.
const HOME: &str = "/usr/share/redmine";

/// A command of Redmine. Its server is not among the gems that it asks for, so that its path is given.
fn redmine(args: &[&str]) -> Command {
    let gems = Path::new("/usr/share/rubygems-integration/all/gems");
    let servers = std::fs::read_dir(gems).into_iter().flatten().flatten().map(|entry| entry.path());
    let server = servers.filter(|path| path.to_string_lossy().contains("webrick-")).last();
    let mut command = Command::new("bundle");
    command.args(["exec", "rails"]).args(args).current_dir(HOME);
    command.env("RAILS_ENV", "production").env("X_DEBIAN_SITEID", "default");
    if let Some(server) = server {
        command.env("RUBYOPT", format!("-I{}/lib", server.display()));
    }
    command
}

/// A Redmine that runs, and what the test needs to know of it.
struct Server {
    url: String,
    facts: Value,
}

/// Prepares and starts it. `None` where it is not installed.
async fn server(house: &mut House) -> Option<Server> {
    let is_here = Path::new(HOME).is_dir() && Path::new("/etc/redmine/default/database.yml").exists();
    if !is_here || program(&["bundle"]).is_none() {
        return required("redmine");
    }
    let script = root().join("tests/senders/redmine/setup.rb").display().to_string();
    let printed = run(&mut redmine(&["runner", &script])).expect("it is prepared");
    let facts = serde_json::from_str(printed.lines().last().unwrap_or_default()).expect("JSON");
    let address = free_address();
    let port = address.port().to_string();
    let pid = house.dir().join("redmine.pid").display().to_string();
    let mut command = redmine(&["server", "-u", "webrick", "-b", "127.0.0.1", "-p", &port, "-P", &pid]);
    house.start_in(HOME, "redmine", &mut command);
    let listens = || std::net::TcpStream::connect(address).is_ok();
    house.eventually("Redmine listens", listens).await;
    Some(Server { url: format!("http://{address}"), facts })
}

/// What python-redmine sees; with a note and a status it writes them first.
fn seen(server: &Server, issue: &IssueRef, writes: &[&str]) -> Option<Value> {
    let installed = root().join("target/senders/python");
    let Some(python) = program(&["python3"]).filter(|_| installed.join("redminelib").exists()) else {
        return required("python/redminelib");
    };
    let mut command = Command::new(python);
    command.env("PYTHONPATH", &installed).arg(root().join("tests/senders/redmine/client.py"));
    let key = server.facts["ann_key"].as_str().expect("a key");
    command.arg(&server.url).arg(key).arg(&issue.id).args(writes);
    Some(serde_json::from_str(&run(&mut command).expect("it ran")).expect("JSON"))
}

fn settings(server: &Server) -> RedmineSettings {
    let priorities = ["Immediate", "Urgent", "High", "Normal"].map(str::to_owned);
    let priorities: BTreeMap<Severity, String> = Severity::ALL.into_iter().zip(priorities).collect();
    RedmineSettings {
        base_url: server.url.clone(),
        api_key: SecretString::from(server.facts["key"].as_str().expect("a key").to_owned()),
        mark_field: u32::try_from(server.facts["field"].as_u64().expect("a number")).expect("in range"),
        markup: RedmineMarkup::Textile,
        interval: Duration::from_secs(30),
        projects: vec![RedmineProject {
            identifier: "shop".to_owned(),
            prefix: "OPS".to_owned(),
            issue_type: Some("Support".to_owned()),
            priorities,
        }],
    }
}

fn http() -> HttpClient {
    let allow = vec![HostPattern::parse("127.0.0.0/8").expect("a network")];
    let settings = NetSettings { allow, ..NetSettings::direct(Duration::from_secs(30)) };
    HttpClient::new(&settings).expect("a client")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issue_lives_in_a_real_redmine() {
    let mut house = House::new();
    let Some(server) = server(&mut house).await else { return };
    let (tracker, http) = (Redmine::new(settings(&server)), http());
    let person = |name: &str| TrackerAccount(server.facts[name].to_string());
    let began = hotroom::domain::Timestamp::from_timestamp(seconds() - 1, 0).expect("in range");
    let mark = IssueMark(format!("hotroom-test-HOT-{}", seconds()));
    let draft = IssueDraft {
        project: "shop".to_owned(),
        summary: "Checkout fails".to_owned(),
        description: "Nobody can **pay**. @ann".to_owned(),
        issue_type: None,
        severity: Some(Severity::Sev2),
        component: Some("checkout".to_owned()),
        fields: Vec::new(),
        labels: Vec::new(),
        assignee: Some(person("ann")),
        reporter: None,
        mark: mark.clone(),
        room: Some("https://hot.example.com/rooms/hot-1".to_owned()),
    };
    let issue = tracker.create(&http, &draft).await.expect("created");
    assert_eq!(tracker.find(&http, "shop", &mark).await.expect("an answer"), Some(issue.clone()));
    let other = IssueMark(format!("{mark}-other"));
    assert_eq!(tracker.find(&http, "shop", &other).await.expect("an answer"), None);

    let follow_up = IssueDraft { mark: other, summary: "Follow-up".to_owned(), ..draft.clone() };
    let follow_up = tracker.create(&http, &follow_up).await.expect("created");
    let ratio = IssueField { field: "done_ratio".to_owned(), value: "50".to_owned() };
    let changes = [
        IssueChange::Move { to: "In Progress".to_owned(), fields: vec![ratio] },
        IssueChange::SetSeverity(Severity::Sev1),
        IssueChange::Assign(Some(person("ben"))),
        IssueChange::Rename("Checkout is slow".to_owned()),
        IssueChange::Comment("Ann: **rolled back**".to_owned()),
        IssueChange::LinkIssue(follow_up),
    ];
    for change in changes {
        assert_eq!(tracker.change(&http, &issue, &change).await.expect("changed").len(), 1, "{change:?}");
    }
    tracker.change(&http, &issue, &IssueChange::Watch(person("ann"))).await.expect("changed");
    let rejected = IssueChange::Move { to: "Rejected".to_owned(), fields: Vec::new() };
    let failure = tracker.change(&http, &issue, &rejected).await.expect_err("no transition");
    assert!(matches!(&failure, TrackerFailure::NoTransition { possible, .. } if possible.len() == 4), "{failure}");

    let Some(shown) = seen(&server, &issue, &[]) else { return };
    let room = "Hot room: https://hot.example.com/rooms/hot-1";
    // Redmine ends lines as browsers do; the client does not show it.
    assert_eq!(shown["description"], json!(format!("Nobody can *pay*. @\u{2060}ann\r\n\r\n{room}")));
    let read = tracker.read(&http, &issue.id).await.expect("an answer").expect("an issue");
    assert_eq!(read.description, format!("Nobody can *pay*. @\u{2060}ann\n\n{room}"));
    let fields = json!([shown["subject"], shown["status"], shown["priority"], shown["category"], shown["assignee"]]);
    assert_eq!(fields, json!(["Checkout is slow", "In Progress", "Immediate", "checkout", "Ben Roy"]));
    assert_eq!(shown["fields"], json!({ "hotroom": mark.0 }));
    assert!(shown["watchers"].as_array().is_some_and(|names| names.contains(&json!("Ann Lee"))), "{shown}");
    assert_eq!((&shown["notes"], &shown["relations"]), (&json!(["Ann: *rolled back*"]), &json!(1)));

    seen(&server, &issue, &["It works again", "Closed"]);
    let changed = tracker.changed_since(&http, began).await.expect("a list");
    assert!(changed.iter().any(|changed| changed.issue == issue), "{changed:?}");
    let read = tracker.read(&http, &issue.id).await.expect("an answer").expect("an issue");
    assert_eq!((read.status.as_str(), read.stage), ("Closed", IssueStage::Done));
    let comment = read.comments.last().expect("a comment");
    assert_eq!((comment.author.name.as_str(), comment.text.as_str()), ("Ann Lee", "It works again"));
    let change = read.changes.last().expect("a change");
    assert_eq!((change.field.as_str(), change.to.as_deref()), ("status", Some("Closed")));
    assert_eq!(tracker.find(&http, "shop", &mark).await.expect("an answer"), Some(issue), "closed ones too");

    let report = tracker.probe(&http, None).await;
    let problems: Vec<&TrackerFinding> =
        report.findings.iter().filter(|finding| !matches!(finding, TrackerFinding::Good(_))).collect();
    assert!(problems.is_empty(), "{problems:?}");
}
