//! Creating, finding and reading issues.

use chrono::{DateTime, TimeDelta};
use serde_json::json;

use super::{FLAVORS, Rig, draft, mark};
use crate::{
    domain::tracker::{IssueField, IssueStage, TrackerAccount},
    fake_jira::{ANN, BEN, BOT, Flavor},
    tracker::{IssueTracker, TrackerFailure},
};

fn field(field: &str, value: &str) -> IssueField {
    IssueField { field: field.to_owned(), value: value.to_owned() }
}

#[tokio::test]
async fn an_issue_is_created_with_everything_in_one_call() {
    for flavor in FLAVORS {
        let rig = Rig::start(flavor).await;
        let mut draft = draft("OPS");
        draft.summary = format!("Checkout\nfails {}", "x".repeat(300));
        draft.assignee = Some(TrackerAccount(ANN.to_owned()));
        draft.fields = vec![
            field("Impact", "Nobody can *pay*"),
            field("customfield_10051", "1200"),
            field("cause", "change"),
            field("Impact start", "2026-01-02T03:04:05Z"),
            field("Unheard of", "x"),
        ];
        let made = rig.create(&draft).await;
        assert_eq!(made.key, "OPS-1");
        let writes = rig.jira.http.lines().into_iter().filter(|line| !line.starts_with("GET")).count();
        assert_eq!(writes, 1, "{:?}", rig.jira.http.lines());
        let issue = rig.jira.issue("OPS-1");
        assert_eq!(issue.labels(), ["hotroom-1a2b-HOT-P7", "on-call"]);
        assert_eq!(issue.priority().as_deref(), Some("Highest"));
        assert_eq!(issue.assignee.as_deref(), Some(ANN));
        assert_eq!(issue.fields["components"][0]["name"], "shop");
        assert_eq!(issue.fields["customfield_10051"], json!(1200.0));
        assert_eq!(issue.fields["customfield_10052"]["value"], "Change");
        assert_eq!(issue.fields["customfield_10053"], "2026-01-02T03:04:05.000+0000");
        let summary = issue.fields["summary"].as_str().expect("a summary");
        assert!(summary.starts_with("Checkout fails x") && summary.ends_with('…') && summary.chars().count() == 255);
        let description = issue.fields["description"].to_string();
        assert!(description.contains("https://hot.example.com/incidents/HOT-P7"), "{description}");
    }
}

#[tokio::test]
async fn a_field_that_jira_refuses_does_not_prevent_the_issue() {
    let rig = Rig::start(Flavor::Cloud).await;
    let mut draft = draft("OPS");
    draft.component = Some("unknown-service".to_owned());
    assert_eq!(rig.create(&draft).await.key, "OPS-1");
    assert_eq!(rig.jira.issues().len(), 1);
    assert!(!rig.jira.issue("OPS-1").fields.contains_key("components"));
}

#[tokio::test]
async fn without_the_mark_nothing_is_created() {
    let rig = Rig::start(Flavor::Cloud).await;
    rig.jira.hide_field("labels");
    let refused = rig.client.create(&rig.http, &draft("OPS")).await;
    let Err(TrackerFailure::Refused(why)) = refused else { panic!("{refused:?}") };
    assert!(why.contains("labels"), "{why}");
    assert!(rig.jira.issues().is_empty());
    let other = rig.client.create(&rig.http, &draft("NOPE")).await;
    assert!(matches!(other, Err(TrackerFailure::Refused(why)) if why.contains("no project \"NOPE\"")));
}

#[tokio::test]
async fn an_issue_of_a_service_desk_is_a_request() {
    let rig = Rig::start(Flavor::Cloud).await;
    rig.create(&draft("SD")).await;
    assert_eq!(rig.jira.issue("SD-1").fields["customfield_10010"], "25");
    assert!(rig.jira.issue("SD-1").labels().contains(&mark().0), "the label comes with the same call");
}

#[tokio::test]
async fn a_new_issue_is_found_once_the_index_has_it() {
    for flavor in FLAVORS {
        let rig = Rig::start(flavor).await;
        let made = rig.create(&draft("OPS")).await;
        let mark = mark();
        let find = || rig.client.find(&rig.http, "OPS", &mark);
        assert_eq!(find().await.expect("an answer"), None, "the index lags");
        rig.jira.advance(5);
        assert_eq!(find().await.expect("an answer"), Some(made));
        let other = rig.client.find(&rig.http, "DEV", &mark).await;
        assert_eq!(other.expect("an answer"), None);
    }
}

#[tokio::test]
async fn an_issue_is_read_with_its_comments_watchers_and_history() {
    for flavor in FLAVORS {
        let rig = Rig::start(flavor).await;
        let made = rig.create(&draft("OPS")).await;
        rig.jira.advance(60);
        rig.jira.person_comments(ANN, "OPS-1", "First");
        rig.jira.advance(60);
        let second = rig.jira.person_comments(BEN, "OPS-1", "Second");
        rig.jira.advance(60);
        rig.jira.person_edits_comment(BEN, "OPS-1", &second, "Second, edited");
        rig.jira.person_watches(ANN, "OPS-1");
        rig.jira.person_moves(ANN, "OPS-1", "In Progress");
        rig.jira.person_restricts(ANN, "OPS-1");
        let issue = rig.client.read(&rig.http, &made.id).await.expect("an answer").expect("an issue");
        assert_eq!(issue.issue, made);
        assert_eq!(issue.url, "https://acme.atlassian.net/browse/OPS-1");
        assert_eq!((issue.status.as_str(), issue.stage), ("In Progress", IssueStage::InProgress));
        assert_eq!(issue.priority.as_deref(), Some("Highest"));
        assert_eq!(issue.components, ["shop"]);
        assert!(issue.restricted);
        assert!(issue.description.starts_with("**Payments** fail since `10:00`"), "{}", issue.description);
        let comments: Vec<(&str, &str, bool)> = issue
            .comments
            .iter()
            .map(|comment| (comment.author.account.0.as_str(), comment.text.as_str(), comment.edited.is_some()))
            .collect();
        assert_eq!(comments, [(ANN, "First", false), (BEN, "Second, edited", true)]);
        let watchers: Vec<&str> = issue.watchers.iter().map(|person| person.name.as_str()).collect();
        assert_eq!(watchers, ["Hotroom", "Ann"]);
        assert_eq!(issue.reporter.map(|person| person.account.0).as_deref(), Some(BOT));
        let last = issue.changes.last().expect("a change");
        assert_eq!((last.field.as_str(), last.to.as_deref()), ("security", Some("Staff")));
        assert_eq!(issue.changes[0].to.as_deref(), Some("In Progress"));
    }
}

#[tokio::test]
async fn who_watches_may_be_hidden() {
    let rig = Rig::start(Flavor::Cloud).await;
    let made = rig.create(&draft("OPS")).await;
    rig.jira.forbid("VIEW_VOTERS_AND_WATCHERS");
    let issue = rig.client.read(&rig.http, &made.id).await.expect("an answer").expect("an issue");
    assert!(issue.watchers.is_empty());
}

#[tokio::test]
async fn an_issue_is_gone_only_if_our_account_is_still_known() {
    let rig = Rig::start(Flavor::Cloud).await;
    let made = rig.create(&draft("OPS")).await;
    rig.jira.person_deletes(ANN, "OPS-1");
    assert_eq!(rig.client.read(&rig.http, &made.id).await.expect("an answer"), None);
    rig.jira.revoke_token();
    let refused = rig.client.read(&rig.http, &made.id).await;
    assert!(matches!(refused, Err(TrackerFailure::Refused(_))), "{refused:?}");
}

#[tokio::test]
async fn changes_since_a_time_come_oldest_first_over_all_pages() {
    for flavor in FLAVORS {
        let rig = Rig::start(flavor).await;
        for number in 0..500 {
            rig.jira.person_creates(ANN, "OPS", &format!("Issue {number}"));
        }
        rig.jira.advance(3_600);
        let since = DateTime::from_timestamp_millis(rig.jira.now()).expect("a time");
        rig.jira.person_moves(ANN, "OPS-7", "Done");
        rig.jira.advance(30);
        rig.jira.person_comments(ANN, "OPS-3", "Hello");
        let changed = |since| rig.client.changed_since(&rig.http, since);
        let keys: Vec<String> =
            changed(since).await.expect("issues").into_iter().map(|issue| issue.issue.key).collect();
        assert_eq!(keys, ["OPS-7", "OPS-3"]);
        // Our clock is ahead of Jira's: nothing is missed.
        let ahead = changed(since + TimeDelta::hours(1)).await.expect("issues");
        assert_eq!(ahead.len(), 2);
        let before = rig.jira.http.lines().len();
        let all = changed(since - TimeDelta::hours(2)).await.expect("issues");
        assert_eq!(all.len(), 500, "a short page is not the last");
        assert!(rig.jira.http.lines().len() - before <= 7, "500 issues take a few calls");
    }
}
