//! What `hotroom check` finds out.

use super::*;
use crate::{fake_http::table::client, fake_redmine::FakeRedmine, tracker::TrackerFinding};

async fn findings(redmine: &FakeRedmine, settings: RedmineSettings) -> String {
    let report = Redmine::new(settings).probe(&client(), None).await;
    assert!(redmine.http.lines().iter().all(|line| line.starts_with("GET")), "nothing is written");
    let line = |finding: &TrackerFinding| match finding {
        TrackerFinding::Good(text) => format!("good: {text}"),
        TrackerFinding::Warning(text) => format!("warning: {text}"),
        TrackerFinding::Wrong(text) => format!("wrong: {text}"),
    };
    report.findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_good_set_up_is_reported() {
    let redmine = FakeRedmine::start().await;
    redmine.state().file(ANN, "One");
    insta::assert_snapshot!(findings(&redmine, settings(&redmine.http.url)).await, @r#"
    good: statuses are New, In Progress, Resolved, Closed
    good: shop: new issues have the tracker Support
    good: shop: issues can be created, moved, assigned and watched
    good: shop: the custom field 4 holds the mark
    "#);
}

#[tokio::test]
async fn what_is_missing_is_reported_with_what_to_do() {
    let redmine = FakeRedmine::start().await;
    let mut settings = settings(&redmine.http.url);
    settings.projects[0].issue_type = Some("Incident".to_owned());
    settings.projects[0].priorities.insert(Severity::Sev1, "Highest".to_owned());
    redmine.state().permissions = vec!["add_issues"];
    insta::assert_snapshot!(findings(&redmine, settings).await, @r#"
    good: statuses are New, In Progress, Resolved, Closed
    wrong: shop: it has no tracker "Incident", but Support
    wrong: shop: Redmine has no priority "Highest"; it has Low, Normal, High, Urgent
    wrong: shop: the account cannot move and assign issues; give its role the permission "Edit issues"
    wrong: shop: the account cannot comment; give its role the permission "Add notes"
    warning: shop: the account cannot invite watchers; give its role the permission "View watchers list"
    warning: shop: the account cannot add watchers; give its role the permission "Add watchers"
    warning: shop: the account cannot link follow-ups; give its role the permission "Manage issue relations"
    warning: shop: it has no issue yet, so that nothing shows whether the custom field 4 is there
    "#);
}

#[tokio::test]
async fn the_custom_field_of_the_mark_is_tried() {
    let redmine = FakeRedmine::start().await;
    let last = async || {
        let found = findings(&redmine, settings(&redmine.http.url)).await;
        found.lines().last().unwrap_or_default().to_owned()
    };
    assert!(last().await.starts_with("warning: shop: it has no issue yet"));
    redmine.state().file(ANN, "One");
    redmine.state().is_filter = false;
    assert_eq!(last().await, "wrong: shop: the custom field 4 needs \"Used as a filter\"");
    redmine.state().is_admin = true;
    assert_eq!(last().await, "wrong: the custom field 4 (hotroom) needs \"Used as a filter\"");
    redmine.state().fields.remove(&MARK_FIELD);
    assert_eq!(last().await, "wrong: Redmine has no custom field 4");
    redmine.state().is_admin = false;
    assert!(last().await.starts_with("wrong: shop: its newest issue has no custom field 4"));
}
