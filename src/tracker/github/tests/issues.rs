//! Issues are created, found, read and changed.

use chrono::TimeDelta;

use super::*;
use crate::{
    domain::tracker::{IssueField, IssueStage},
    fake_github::{BOT, FakeGitHub},
    fake_http::{Reaction, table::client},
};

async fn created(github: &FakeGitHub) -> (GitHubIssues, IssueRef) {
    let tracker = GitHubIssues::new(settings(&github.http.url));
    let issue = tracker.create(&client(), &draft()).await.expect("created");
    (tracker, issue)
}

#[tokio::test]
async fn an_issue_has_its_mark_labels_and_assignee_from_the_beginning() {
    let github = FakeGitHub::start().await;
    let (tracker, issue) = created(&github).await;
    assert_eq!(issue, IssueRef { id: "acme/shop#1".to_owned(), key: "OPS-1".to_owned() });
    let body = github.issue(1)["body"].as_str().expect("a body").to_owned();
    assert_eq!(
        body,
        "Nobody can *pay*.\n\nHot room: https://hot.example.com/rooms/hot-p7\n\n<!-- hotroom-0192a-HOT-P7 -->"
    );
    assert_eq!(github.state().labels["sev1"], "b60205", "a label that is missing gets its colour");
    let read = tracker.read(&client(), &issue.id).await.expect("an answer").expect("an issue");
    assert_eq!((read.summary.as_str(), read.status.as_str(), read.stage), ("Checkout fails", "Open", IssueStage::Open));
    assert_eq!(read.priority.as_deref(), Some("sev1"));
    assert_eq!(read.components, ["incident", "checkout"]);
    assert!(read.labels.contains(&mark().0), "{:?}", read.labels);
    assert_eq!(read.assignee.map(|person| person.account), Some(account("ann")));
    assert!(!read.description.contains("<!--"), "{}", read.description);
    assert_eq!(tracker.read(&client(), "acme/shop#99").await.expect("an answer"), None);
    // GitHub says the same of everything once the account has lost its access: that is no deletion.
    github.state().is_hidden = true;
    let lost = tracker.read(&client(), &issue.id).await.expect_err("nothing is known");
    assert!(lost.to_string().contains("lost their access"), "{lost}");
}

#[tokio::test]
async fn somebody_who_cannot_be_assigned_does_not_cost_the_issue() {
    let github = FakeGitHub::start().await;
    let tracker = GitHubIssues::new(settings(&github.http.url));
    let draft = IssueDraft { assignee: Some(account("stranger")), ..draft() };
    let issue = tracker.create(&client(), &draft).await.expect("created");
    let read = tracker.read(&client(), &issue.id).await.expect("an answer").expect("an issue");
    assert_eq!(read.assignee, None);
    let failure = tracker.change(&client(), &issue, &IssueChange::Assign(Some(account("stranger")))).await;
    assert_eq!(why(failure.expect_err("refused")), "stranger cannot be assigned: give them access to acme/shop");
}

#[tokio::test]
async fn an_issue_whose_creation_has_an_unknown_outcome_is_found_by_its_mark() {
    let github = FakeGitHub::start().await;
    let tracker = GitHubIssues::new(settings(&github.http.url));
    assert_eq!(tracker.find(&client(), REPOSITORY, &mark()).await.expect("an answer"), None);
    {
        let mut state = github.state();
        state.file("mallory", "Mine", "I have guessed it <!-- hotroom-0192a-HOT-P7 -->");
        for name in ["sev1", "incident", "checkout"] {
            state.labels.insert(name.to_owned(), "ededed".to_owned());
        }
    }
    github.react_next(Reaction::Close, true);
    tracker.create(&client(), &draft()).await.expect_err("lost");
    {
        let mut state = github.state();
        for _ in 0..60 {
            state.file("ann", "Another", "");
        }
    }
    let found = tracker.find(&client(), "ACME/shop", &mark()).await.expect("an answer").expect("an issue");
    assert_eq!(found.key, "OPS-2", "an issue of somebody else does not count");
}

#[tokio::test]
async fn a_status_is_open_or_closed_and_a_label() {
    let github = FakeGitHub::start().await;
    let (tracker, issue) = created(&github).await;
    let http = client();
    let steps = [
        ("in progress", "In Progress", IssueStage::InProgress, "open"),
        ("In Review", "In Review", IssueStage::InProgress, "open"),
        ("Closed", "Closed", IssueStage::Done, "closed"),
        ("Not planned", "Not planned", IssueStage::Done, "closed"),
        ("Open", "Open", IssueStage::Open, "open"),
    ];
    for (to, status, stage, state) in steps {
        let change = IssueChange::Move { to: to.to_owned(), fields: Vec::new() };
        let ids = tracker.change(&http, &issue, &change).await.expect("moved");
        let read = tracker.read(&http, &issue.id).await.expect("an answer").expect("an issue");
        assert_eq!((read.status.as_str(), read.stage), (status, stage));
        assert_eq!(github.issue(1)["state"], state);
        let ours: Vec<_> = read.changes.iter().filter(|record| ids.contains(&record.id)).collect();
        assert!(ours.iter().any(|record| record.field == "status"), "{to}: {ours:?}");
        assert_eq!(tracker.change(&http, &issue, &change).await.expect("moved"), [], "{to}: it is there already");
    }
    assert_eq!(github.issue(1)["labels"].as_array().map(Vec::len), Some(3), "labels of statuses are gone");
    let unknown = IssueChange::Move { to: "Deployed".to_owned(), fields: Vec::new() };
    assert_eq!(
        why(tracker.change(&http, &issue, &unknown).await.expect_err("refused")),
        "no transition leads to \"Deployed\"; possible now: Open, In Progress, In Review, Closed, Not planned, Duplicate"
    );
}

#[tokio::test]
async fn severity_assignee_title_and_fields_are_set_without_touching_the_rest() {
    let github = FakeGitHub::start().await;
    let (tracker, issue) = created(&github).await;
    let http = client();
    let field = |value: &str| vec![IssueField { field: "env/".to_owned(), value: value.to_owned() }];
    for change in [
        IssueChange::SetSeverity(Severity::Sev3),
        IssueChange::Assign(Some(account("ben"))),
        IssueChange::Rename("Checkout\nis slow".to_owned()),
        IssueChange::Fill(field("staging")),
        IssueChange::Fill(field("prod")),
    ] {
        assert_ne!(tracker.change(&http, &issue, &change).await.expect("changed"), [], "{change:?}");
    }
    let read = tracker.read(&http, &issue.id).await.expect("an answer").expect("an issue");
    assert_eq!((read.summary.as_str(), read.priority.as_deref()), ("Checkout is slow", Some("sev3")));
    assert_eq!(read.assignee.map(|person| person.name), Some("ben".to_owned()));
    assert_eq!(read.components, ["incident", "checkout", "env/prod"]);
    tracker.change(&http, &issue, &IssueChange::Assign(None)).await.expect("changed");
    assert_eq!(github.issue(1)["assignees"], serde_json::json!([]));
    let unknown = IssueChange::Fill(vec![IssueField { field: "impact".to_owned(), value: "all".to_owned() }]);
    let failure = tracker.change(&http, &issue, &unknown).await.expect_err("refused");
    assert!(why(failure).starts_with("issues of GitHub have no field \"impact\""));
}

#[tokio::test]
async fn what_github_leaves_out_is_noticed() {
    let github = FakeGitHub::start().await;
    let (tracker, issue) = created(&github).await;
    github.state().may_triage = false;
    let failure =
        tracker.change(&client(), &issue, &IssueChange::SetSeverity(Severity::Sev2)).await.expect_err("refused");
    assert!(matches!(&failure, TrackerFailure::NotApplied(_)), "{failure:?}");
}

#[tokio::test]
async fn comments_go_both_ways_and_notify_nobody() {
    let github = FakeGitHub::start().await;
    let (tracker, issue) = created(&github).await;
    let http = client();
    let text = "Ann: see @acme/all and <!-- hotroom-x-HOT-1 -->, mail a@b.example";
    let ids = tracker.change(&http, &issue, &IssueChange::Comment(text.to_owned())).await.expect("commented");
    let theirs = github.state().comment(1, "ben", "Rolled back");
    let read = tracker.read(&http, &issue.id).await.expect("an answer").expect("an issue");
    assert_eq!(read.comments.len(), 2);
    assert_eq!(ids, [read.comments[0].id.clone()]);
    assert_eq!(read.comments[0].text, text.replace("@acme", "@\u{2060}acme").replace("<!", "<\u{2060}!"));
    assert_eq!(read.comments[1].id, ChangeId(format!("comment/{theirs}")));
    assert_eq!((read.comments[1].author.name.as_str(), read.comments[1].text.as_str()), ("ben", "Rolled back"));
    tracker.change(&http, &issue, &IssueChange::Watch(account("ann"))).await.expect("mentioned");
    let last = github.state().issue(1).and_then(|issue| issue.comments.last().cloned()).expect("a comment");
    assert_eq!((last.author.as_str(), last.body.as_str()), (BOT, "/cc @ann"));
    let hostile = IssueChange::Watch(account("ann @acme/all"));
    assert_eq!(
        why(tracker.change(&http, &issue, &hostile).await.expect_err("refused")),
        "ann @acme/all is no login of GitHub"
    );
}

#[tokio::test]
async fn the_newest_comments_are_read() {
    let github = FakeGitHub::start().await;
    let (tracker, issue) = created(&github).await;
    for number in 0..250 {
        github.state().comment(1, "ben", &format!("comment {number}"));
    }
    let read = tracker.read(&client(), &issue.id).await.expect("an answer").expect("an issue");
    let texts: Vec<&str> = read.comments.iter().map(|comment| comment.text.as_str()).collect();
    assert_eq!((texts.len(), texts[0], texts[99]), (100, "comment 150", "comment 249"));
}

#[tokio::test]
async fn an_issue_of_somebody_else_is_marked_and_linked_once() {
    let github = FakeGitHub::start().await;
    let number = github.state().file("ann", "It smokes", "All of it");
    let tracker = GitHubIssues::new(settings(&github.http.url));
    let issue = IssueRef { id: format!("{REPOSITORY}#{number}"), key: format!("OPS-{number}") };
    let link = IssueChange::LinkRoom { url: "https://hot.example.com/r".to_owned(), title: "Hot room".to_owned() };
    for _ in 0..2 {
        tracker.change(&client(), &issue, &IssueChange::Mark(mark())).await.expect("marked");
        tracker.change(&client(), &issue, &link).await.expect("linked");
    }
    let body = github.issue(number)["body"].as_str().expect("a body").to_owned();
    assert_eq!(body, "All of it\n\n<!-- hotroom-0192a-HOT-P7 -->\n\nHot room: https://hot.example.com/r");
    let read = tracker.read(&client(), &issue.id).await.expect("an answer").expect("an issue");
    assert_eq!(read.labels, [mark().0]);
    assert_eq!(read.reporter.map(|person| person.name), Some("ann".to_owned()));
}

#[tokio::test]
async fn asking_for_changes_costs_nothing_while_there_are_none() {
    let github = FakeGitHub::start().await;
    let (tracker, issue) = created(&github).await;
    let http = client();
    let begin = github.state().now;
    let listed = tracker.changed_since(&http, begin).await.expect("a list");
    assert_eq!(listed.iter().map(|issue| issue.issue.key.as_str()).collect::<Vec<_>>(), ["OPS-1"]);
    let later = begin + TimeDelta::seconds(1);
    assert!(tracker.changed_since(&http, later).await.expect("a list").is_empty());
    let counted = github.state().counted;
    assert!(tracker.changed_since(&http, later).await.expect("a list").is_empty());
    assert_eq!(github.state().counted, counted, "an unchanged list is not counted");
    github.state().file("ann", "Two", "");
    github.state().comment(1, "ben", "Again");
    let listed = tracker.changed_since(&http, later).await.expect("a list");
    let keys: Vec<&str> = listed.iter().map(|issue| issue.issue.key.as_str()).collect();
    assert_eq!(keys, ["OPS-2", issue.key.as_str()], "the oldest change first");
}

#[tokio::test]
async fn many_changes_are_listed_from_the_oldest_on() {
    let github = FakeGitHub::start().await;
    let begin = github.state().now;
    for number in 0..120 {
        github.state().file("ann", &format!("issue {number}"), "");
    }
    let tracker = GitHubIssues::new(settings(&github.http.url));
    let listed = tracker.changed_since(&client(), begin).await.expect("a list");
    let seen: Vec<String> = listed.into_iter().map(|issue| issue.summary).collect();
    assert_eq!(seen.len(), 120);
    assert_eq!((seen[0].as_str(), seen[119].as_str()), ("issue 0", "issue 119"));
}

#[tokio::test]
async fn a_pull_request_is_no_issue() {
    let github = FakeGitHub::start().await;
    let number = github.state().file("ann", "A change", "");
    github.state().issue_mut(number).expect("there").is_pull = true;
    let tracker = GitHubIssues::new(settings(&github.http.url));
    let since = github.state().now - TimeDelta::hours(1);
    assert_eq!(tracker.read(&client(), &format!("{REPOSITORY}#{number}")).await.expect("an answer"), None);
    assert!(tracker.changed_since(&client(), since).await.expect("a list").is_empty());
}

#[tokio::test]
async fn the_board_shows_the_status() {
    let github = FakeGitHub::start().await;
    let mut settings = settings(&github.http.url);
    settings.projects[0].board = Some(GitHubBoard { owner: None, number: 7, field: "Status".to_owned() });
    let tracker = GitHubIssues::new(settings.clone());
    let issue = tracker.create(&client(), &draft()).await.expect("created");
    let moved = |to: &str| IssueChange::Move { to: to.to_owned(), fields: Vec::new() };
    tracker.change(&client(), &issue, &moved("In Progress")).await.expect("moved");
    assert_eq!(github.state().board[&1], "In Progress");
    tracker.change(&client(), &issue, &moved("In Review")).await.expect("moved");
    assert_eq!(github.state().board[&1], "In Progress", "the board has no such option");
    settings.projects[0].board = Some(GitHubBoard { owner: None, number: 8, field: "Status".to_owned() });
    let failure = GitHubIssues::new(settings).change(&client(), &issue, &moved("Closed")).await.expect_err("refused");
    assert_eq!(why(failure), "acme has no board 8, or the credentials of [tracker.github] may not see it");
}
