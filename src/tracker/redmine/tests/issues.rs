//! Issues are created, found, read and changed.

use chrono::TimeDelta;

use super::*;
use crate::{
    domain::tracker::{IssueField, IssueStage},
    fake_http::{Reaction, table::client},
    fake_redmine::{BEN, BOT, FakeRedmine},
};

async fn created(redmine: &FakeRedmine) -> (Redmine, IssueRef) {
    let tracker = Redmine::new(settings(&redmine.http.url));
    let issue = tracker.create(&client(), &draft()).await.expect("created");
    (tracker, issue)
}

fn moved(to: &str) -> IssueChange {
    IssueChange::Move { to: to.to_owned(), fields: Vec::new() }
}

#[tokio::test]
async fn an_issue_has_its_mark_priority_category_and_assignee_from_the_beginning() {
    let redmine = FakeRedmine::start().await;
    let (tracker, issue) = created(&redmine).await;
    assert_eq!(issue, IssueRef { id: "1".to_owned(), key: "OPS-1".to_owned() });
    let read = tracker.read(&client(), &issue.id).await.expect("an answer").expect("an issue");
    assert_eq!((read.summary.as_str(), read.status.as_str(), read.stage), ("Checkout fails", "New", IssueStage::Open));
    assert_eq!(
        (read.project.as_str(), read.kind.as_str(), read.priority.as_deref()),
        (PROJECT, "Support", Some("Urgent"))
    );
    assert_eq!(read.description, "Nobody can *pay*.\n\nHot room: https://hot.example.com/rooms/hot-p7");
    assert_eq!((read.components, read.labels), (vec!["checkout".to_owned()], vec![mark().0]));
    assert_eq!(read.assignee.map(|person| person.name), Some("Ann Lee".to_owned()));
    assert_eq!(read.url, format!("{}/issues/1", redmine.http.url));
    assert!(!read.restricted);
    assert_eq!(tracker.read(&client(), "99").await.expect("an answer"), None);
    redmine.state().issue_mut(1).expect("there").is_private = true;
    assert!(tracker.read(&client(), "1").await.expect("an answer").expect("an issue").restricted);
}

#[tokio::test]
async fn somebody_who_is_no_member_does_not_cost_the_issue() {
    let redmine = FakeRedmine::start().await;
    let tracker = Redmine::new(settings(&redmine.http.url));
    let draft = IssueDraft { assignee: Some(account(999)), ..draft() };
    let issue = tracker.create(&client(), &draft).await.expect("created");
    assert_eq!(redmine.state().issue(1).expect("there").assignee, None);
    let failure =
        tracker.change(&client(), &issue, &IssueChange::Assign(Some(account(999)))).await.expect_err("refused");
    assert_eq!(why(failure), "Redmine refuses issues/1.json: Assignee is invalid");
}

#[tokio::test]
async fn an_issue_without_its_mark_is_a_failure() {
    let redmine = FakeRedmine::start().await;
    redmine.state().fields.remove(&MARK_FIELD);
    let failure = Redmine::new(settings(&redmine.http.url)).create(&client(), &draft()).await.expect_err("refused");
    assert!(why(failure).starts_with("Redmine created the issue 1 without the custom field 4"));
}

#[tokio::test]
async fn an_issue_whose_creation_has_an_unknown_outcome_is_found_by_its_mark() {
    let redmine = FakeRedmine::start().await;
    let tracker = Redmine::new(settings(&redmine.http.url));
    redmine.state().file(ANN, "Another");
    assert_eq!(tracker.find(&client(), PROJECT, &mark()).await.expect("an answer"), None);
    redmine.react_next(Reaction::Close, true);
    tracker.create(&client(), &draft()).await.expect_err("lost");
    redmine.state().issue_mut(2).expect("there").status = 5;
    let found = tracker.find(&client(), PROJECT, &mark()).await.expect("an answer").expect("a closed issue too");
    assert_eq!(found.key, "OPS-2");
    redmine.state().is_filter = false;
    let other = IssueMark("hotroom-0192a-HOT-P8".to_owned());
    assert_eq!(tracker.find(&client(), PROJECT, &other).await.expect("an answer"), None, "a filter that is ignored");
}

#[tokio::test]
async fn a_status_is_set_where_the_workflow_leads() {
    let redmine = FakeRedmine::start().await;
    let (tracker, issue) = created(&redmine).await;
    let ids = tracker.change(&client(), &issue, &moved("in progress")).await.expect("moved");
    let read = tracker.read(&client(), &issue.id).await.expect("an answer").expect("an issue");
    assert_eq!((read.status.as_str(), read.stage), ("In Progress", IssueStage::InProgress));
    let record = read.changes.last().expect("a change");
    assert_eq!((record.field.as_str(), record.to.as_deref()), ("status", Some("In Progress")));
    assert_eq!(ids, std::slice::from_ref(&record.id));
    assert_eq!(tracker.change(&client(), &issue, &moved("In Progress")).await.expect("moved"), []);
    let resolution = vec![IssueField { field: "done_ratio".to_owned(), value: "100".to_owned() }];
    let close = IssueChange::Move { to: "Closed".to_owned(), fields: resolution };
    tracker.change(&client(), &issue, &close).await.expect("moved");
    assert_eq!(redmine.state().issue(1).expect("there").done_ratio, 100);
    redmine.state().allowed = vec![2, 5];
    let failure = tracker.change(&client(), &issue, &moved("Resolved")).await.expect_err("refused");
    assert_eq!(why(failure), "no transition leads to \"Resolved\"; possible now: In Progress");
}

#[tokio::test]
async fn what_redmine_does_not_apply_is_noticed() {
    let redmine = FakeRedmine::start().await;
    let (tracker, issue) = created(&redmine).await;
    let http = client();
    tracker.change(&http, &issue, &IssueChange::Comment("Here".to_owned())).await.expect("commented");
    redmine.state().permissions = vec!["add_issue_notes"];
    let expected = [
        (moved("In Progress"), "the status"),
        (IssueChange::SetSeverity(Severity::Sev4), "the priority"),
        (IssueChange::Assign(Some(account(BEN))), "the assignee"),
        (IssueChange::Rename("Other".to_owned()), "the subject"),
        (IssueChange::Mark(IssueMark("hotroom-x-HOT-1".to_owned())), "the custom field 4"),
    ];
    for (change, what) in expected {
        let failure = tracker.change(&http, &issue, &change).await.expect_err("refused");
        assert!(why(failure).starts_with(&format!("Redmine did not set {what}:")), "{change:?}");
    }
    tracker.change(&http, &issue, &IssueChange::Comment("I may".to_owned())).await.expect("commented");
    redmine.state().permissions = Vec::new();
    let failure =
        tracker.change(&http, &issue, &IssueChange::Comment("I may not".to_owned())).await.expect_err("refused");
    assert!(why(failure).starts_with("Redmine did not set the note:"));
}

#[tokio::test]
async fn a_change_that_meets_another_is_repeated_once() {
    let redmine = FakeRedmine::start().await;
    let (tracker, issue) = created(&redmine).await;
    let stale = || Reaction::answer(422, r#"{"errors":[]}"#);
    redmine.react_next(stale(), false);
    tracker.change(&client(), &issue, &moved("In Progress")).await.expect("moved");
    for _ in 0..2 {
        redmine.react_next(stale(), false);
    }
    let failure = tracker.change(&client(), &issue, &moved("Closed")).await.expect_err("put off");
    assert!(matches!(failure, TrackerFailure::Conflict(_)));
    tracker.change(&client(), &issue, &moved("Closed")).await.expect("moved");
}

#[tokio::test]
async fn notes_go_both_ways_and_notify_nobody() {
    let redmine = FakeRedmine::start().await;
    let (tracker, issue) = created(&redmine).await;
    let text = "@ann {{include(Secret)}} !http://evil.example/x.png! <pre>";
    let ids = tracker.change(&client(), &issue, &IssueChange::Comment(text.to_owned())).await.expect("commented");
    let theirs = redmine.state().note(1, BEN, "Rolled back", false);
    redmine.state().note(1, BEN, "Between us", true);
    let read = tracker.read(&client(), &issue.id).await.expect("an answer").expect("an issue");
    let texts: Vec<&str> = read.comments.iter().map(|comment| comment.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "@\u{2060}ann {\u{2060}{include(Secret)}} !\u{2060}http://evil.example/x.png! <\u{2060}pre>",
            "Rolled back",
            "Between us"
        ]
    );
    assert_eq!(ids, [read.comments[0].id.clone()]);
    assert_eq!(read.comments[1].id, ChangeId(format!("journal/{theirs}")));
    assert_eq!(read.comments[1].author.account, account(BEN));
    assert_eq!(read.comments.iter().map(|comment| comment.restricted).collect::<Vec<_>>(), [false, false, true]);
}

#[tokio::test]
async fn watchers_links_and_the_assignee_follow() {
    let redmine = FakeRedmine::start().await;
    let (tracker, issue) = created(&redmine).await;
    let http = client();
    let other = redmine.state().file(ANN, "Follow-up");
    let follow_up = IssueRef { id: other.to_string(), key: format!("OPS-{other}") };
    let link = IssueChange::LinkRoom { url: "https://hot.example.com/other".to_owned(), title: "Hot room".to_owned() };
    for change in [IssueChange::Watch(account(BEN)), IssueChange::LinkIssue(follow_up), link] {
        for _ in 0..2 {
            tracker.change(&http, &issue, &change).await.expect("changed");
        }
    }
    let state = redmine.state().issue(1).expect("there").clone();
    assert_eq!((state.watchers, state.relations), (vec![BEN], vec![other]));
    assert_eq!(state.description.matches("https://hot.example.com/other").count(), 1);
    let read = tracker.read(&http, &issue.id).await.expect("an answer").expect("an issue");
    assert_eq!(read.watchers.iter().map(|person| person.name.as_str()).collect::<Vec<_>>(), ["Ben Roy"]);
    let ids = tracker.change(&http, &issue, &IssueChange::Assign(None)).await.expect("changed");
    assert_eq!((ids.len(), redmine.state().issue(1).expect("there").assignee), (1, None));
    assert_eq!(tracker.change(&http, &issue, &IssueChange::Assign(None)).await.expect("changed"), []);
}

#[tokio::test]
async fn fields_are_named_by_number_or_by_an_administrator() {
    let redmine = FakeRedmine::start().await;
    let (tracker, issue) = created(&redmine).await;
    let fill = |field: &str| {
        IssueChange::Fill(vec![IssueField { field: field.to_owned(), value: "All of Europe".to_owned() }])
    };
    tracker.change(&client(), &issue, &fill("9")).await.expect("filled");
    assert_eq!(redmine.state().issue(1).expect("there").fields[&9], "All of Europe");
    let failure = tracker.change(&client(), &issue, &fill("Impact")).await.expect_err("refused");
    assert!(why(failure).ends_with("write the number of the field instead of \"Impact\""));
    redmine.state().is_admin = true;
    tracker.change(&client(), &issue, &fill("impact")).await.expect("filled");
    let failure = tracker.change(&client(), &issue, &fill("Cost")).await.expect_err("refused");
    assert_eq!(why(failure), "Redmine has no custom field \"Cost\"");
}

#[tokio::test]
async fn changes_are_listed_from_the_oldest_on() {
    let redmine = FakeRedmine::start().await;
    let (tracker, _) = created(&redmine).await;
    let begin = redmine.state().now + TimeDelta::seconds(1);
    assert!(tracker.changed_since(&client(), begin).await.expect("a list").is_empty());
    for number in 0..70 {
        redmine.state().file(BOT, &format!("issue {number}"));
    }
    redmine.state().note(1, BEN, "Again", false);
    let listed = tracker.changed_since(&client(), begin).await.expect("a list");
    assert_eq!((listed.len(), listed[0].summary.as_str()), (71, "issue 0"));
    assert_eq!(listed[70].summary, "Checkout fails");
}
