//! Changes, and the ids that they get.

use super::{FLAVORS, Rig, draft, mark};
use crate::{
    domain::{
        severity::Severity,
        tracker::{IssueChange, IssueField, IssueRef, TrackerAccount},
    },
    fake_jira::{ANN, BOT, Flavor},
    tracker::TrackerFailure,
};

fn to(status: &str) -> IssueChange {
    IssueChange::Move { to: status.to_owned(), fields: Vec::new() }
}

/// The id of the newest entry of the history.
fn newest(rig: &Rig, key: &str) -> String {
    let issue = rig.jira.issue(key);
    format!("history-{}", issue.history.last().expect("an entry")["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn a_change_without_an_answer_gets_its_id_from_the_history() {
    for flavor in FLAVORS {
        let rig = Rig::start(flavor).await;
        let issue = rig.create(&draft("OPS")).await;
        let ann = TrackerAccount(ANN.to_owned());
        for change in [
            to("in progress"),
            IssueChange::Assign(Some(ann)),
            IssueChange::Assign(None),
            IssueChange::Rename("Payments fail".to_owned()),
            IssueChange::SetSeverity(Severity::Sev3),
            IssueChange::Mark(mark()),
        ] {
            let ids = rig.change(&issue, change.clone()).await.expect("a change");
            assert_eq!(ids, [newest(&rig, "OPS-1")], "{change:?}");
            // What a person does afterwards is not ours.
            rig.jira.person_moves(ANN, "OPS-1", "In Progress");
        }
        let now = rig.jira.issue("OPS-1");
        assert_eq!(
            (now.status.as_str(), now.assignee.as_deref(), now.priority().as_deref()),
            ("In Progress", None, Some("Medium"))
        );
    }
}

#[tokio::test]
async fn without_a_transition_the_possible_ones_are_named() {
    let rig = Rig::start(Flavor::Cloud).await;
    let issue = rig.create(&draft("DEV")).await;
    let refused = rig.change(&issue, to("Done")).await;
    let Err(TrackerFailure::NoTransition { possible, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(possible, ["In Progress"]);
    assert_eq!(rig.change(&issue, to("To Do")).await.expect("no change"), [""; 0], "it has the status already");
}

#[tokio::test]
async fn a_transition_takes_the_fields_of_its_screen_and_the_rest_is_edited() {
    for flavor in FLAVORS {
        let rig = Rig::start(flavor).await;
        let issue = rig.create(&draft("DEV")).await;
        for status in ["In Progress", "In Review"] {
            rig.change(&issue, to(status)).await.expect("a change");
        }
        let field = |field: &str, value: &str| IssueField { field: field.to_owned(), value: value.to_owned() };
        let fields = vec![field("Resolution", "done"), field("Cause", "Bug")];
        let ids = rig.change(&issue, IssueChange::Move { to: "Done".to_owned(), fields }).await.expect("a change");
        assert_eq!(ids.len(), 2, "one entry for the edit and one for the transition: {ids:?}");
        let now = rig.jira.issue("DEV-1");
        assert_eq!(now.status, "Done");
        assert_eq!(now.fields["resolution"]["name"], "Done");
        assert_eq!(now.fields["customfield_10052"]["value"], "Bug");
    }
}

#[tokio::test]
async fn a_required_field_that_is_missing_is_named() {
    let rig = Rig::start(Flavor::Cloud).await;
    let issue = rig.create(&draft("DEV")).await;
    for status in ["In Progress", "In Review"] {
        rig.change(&issue, to(status)).await.expect("a change");
    }
    let refused = rig.change(&issue, to("Done")).await;
    assert!(
        matches!(&refused, Err(TrackerFailure::Refused(why)) if why.contains("Resolution is required")),
        "{refused:?}"
    );
    let fields = vec![IssueField { field: "Resolution".to_owned(), value: "Solved".to_owned() }];
    let refused = rig.change(&issue, IssueChange::Move { to: "Done".to_owned(), fields }).await;
    let Err(TrackerFailure::Refused(why)) = refused else { panic!("{refused:?}") };
    assert_eq!(why, "Resolution: \"Solved\" is not allowed; allowed: Done, Won't Do");
}

#[tokio::test]
async fn a_comment_is_internal_and_returns_its_id() {
    for flavor in FLAVORS {
        let rig = Rig::start(flavor).await;
        let issue = rig.create(&draft("SD")).await;
        let ids = rig.change(&issue, IssueChange::Comment("We roll back".to_owned())).await.expect("a comment");
        let comment = rig.jira.issue("SD-1").comments[0].clone();
        assert_eq!(ids, [format!("comment-{}", comment["id"].as_str().expect("an id"))]);
        let sent = rig.jira.http.received().pop().expect("a request").json();
        assert_eq!(sent["properties"][0]["key"], "sd.public.comment");
        assert_eq!(sent["properties"][0]["value"]["internal"], true);
    }
}

#[tokio::test]
async fn links_and_watchers_are_added_once() {
    for flavor in FLAVORS {
        let rig = Rig::start(flavor).await;
        let issue = rig.create(&draft("OPS")).await;
        let other = rig.create(&draft("OPS")).await;
        for _ in 0..2 {
            let room =
                IssueChange::LinkRoom { url: "https://hot.example.com/r/1".to_owned(), title: "#ops-1".to_owned() };
            rig.change(&issue, room).await.expect("a link");
            rig.change(&issue, IssueChange::Watch(TrackerAccount(ANN.to_owned()))).await.expect("a watcher");
            rig.change(&issue, IssueChange::LinkIssue(other.clone())).await.expect("a link");
        }
        let now = rig.jira.issue("OPS-1");
        assert_eq!(now.remote_links.len(), 1);
        assert_eq!(now.watchers, [BOT, ANN]);
        assert_eq!(now.links, ["OPS-2"]);
    }
}

#[tokio::test]
async fn fields_are_filled_in_by_name_and_an_unknown_one_is_named() {
    let rig = Rig::start(Flavor::Cloud).await;
    let issue = rig.create(&draft("OPS")).await;
    let fill = |name: &str, value: &str| {
        IssueChange::Fill(vec![IssueField { field: name.to_owned(), value: value.to_owned() }])
    };
    let ids = rig.change(&issue, fill("Customers affected", "7")).await.expect("a change");
    assert_eq!(ids, [newest(&rig, "OPS-1")]);
    let refused = rig.change(&issue, fill("Customers", "7")).await.expect_err("a refusal").to_string();
    assert!(refused.contains("no field \"Customers\"") && refused.contains("Customers affected"), "{refused}");
    let refused = rig.change(&issue, fill("Customers affected", "many")).await.expect_err("a refusal").to_string();
    assert_eq!(refused, "Customers affected: \"many\" is not a number");
}

#[tokio::test]
async fn a_write_counts_even_if_its_history_cannot_be_read() {
    let rig = Rig::start(Flavor::Cloud).await;
    let issue = rig.create(&draft("OPS")).await;
    // Another account's token: none of the entries is ours by the account that was asked for before.
    rig.client.account(&rig.http).await.expect("an account");
    rig.jira.token_of(ANN);
    assert_eq!(rig.change(&issue, to("Done")).await.expect("a change"), [""; 0]);
    assert_eq!(rig.jira.issue("OPS-1").status, "Done");
}

#[tokio::test]
async fn a_change_of_an_issue_that_is_gone_says_so() {
    let rig = Rig::start(Flavor::Cloud).await;
    let gone = IssueRef { id: "1".to_owned(), key: "OPS-9".to_owned() };
    let refused = rig.change(&gone, IssueChange::Comment("x".to_owned())).await;
    assert!(matches!(refused, Err(TrackerFailure::Missing(_))), "{refused:?}");
}
