//! From the first word to the last.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Fixture, alert, at, graded};
use crate::domain::{alert::Remark, incident::Severity};

#[tokio::test]
async fn one_group_has_one_message_that_is_posted_after_the_wait_and_edited_at_once_when_all_is_over() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", 0, None), alert("Load", "b", 0, None)]).await;
    let group = desk.group().await;
    assert_eq!((group.counts.firing, group.feed.as_str(), desk.messages()), (2, "alerts", vec![]));
    desk.until(29).await;
    assert_eq!(desk.messages(), [0; 0]);
    desk.until(100).await;
    assert_eq!(desk.messages(), [30]);
    desk.posts(&[alert("Load", "a", 0, Some(90)), alert("Load", "b", 0, Some(95))]).await;
    assert_eq!(desk.messages(), [30, 100]);
    let group = desk.group().await;
    assert_eq!((group.counts.firing, group.counts.resolved, group.closed_at, group.open), (0, 2, Some(at(95)), true));
    desk.until(1000).await;
    assert_eq!(desk.messages(), [30, 100], "the end of the group is not told again");
    assert!(!desk.group().await.open);
    desk.check().await;
}

#[tokio::test]
async fn a_group_whose_alert_is_old_is_posted_at_once() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    assert_eq!(desk.messages(), [0]);
}

#[tokio::test]
async fn new_alerts_wait_for_the_tick_and_what_fires_still_is_told_again() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    desk.until(10).await;
    desk.posts(&[alert("Load", "b", 5, None)]).await;
    assert_eq!(desk.messages(), [0]);
    desk.until(4 * 3600).await;
    assert_eq!(desk.messages(), [0, 300]);
    desk.until(4 * 3600 + 300).await;
    assert_eq!(desk.messages(), [0, 300, 4 * 3600 + 300]);
    let group = desk.group().await;
    assert_eq!(
        (group.display.postings, group.message_reference()),
        (2, format!("group/{}/2", group.id)),
        "a fresh message"
    );
}

#[tokio::test]
async fn what_comes_and_goes_within_the_wait_makes_no_noise_and_is_on_record() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", 0, None)]).await;
    desk.until(10).await;
    desk.posts(&[alert("Load", "a", 0, Some(10))]).await;
    desk.until(1000).await;
    assert_eq!(desk.messages(), [0; 0]);
    assert_eq!(desk.states().await, [("resolved", 1)].into());
    assert!(!desk.group().await.open);
}

#[tokio::test]
async fn what_is_over_before_its_tick_is_no_news_and_puts_off_no_repetition() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    desk.until(10).await;
    desk.posts(&[alert("Load", "b", 10, None)]).await;
    desk.posts(&[alert("Load", "b", 10, Some(20))]).await;
    desk.until(301).await;
    assert_eq!(desk.group().await.schedule.flushed_at, Some(at(0)));
}

#[tokio::test]
async fn a_group_that_has_closed_opens_again_as_a_new_one() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    desk.posts(&[alert("Load", "a", -60, Some(-1))]).await;
    desk.until(400).await;
    desk.posts(&[alert("Load", "a", 390, None)]).await;
    desk.until(500).await;
    let groups = desk.groups().await;
    assert_eq!(
        groups.iter().map(|group| (group.open, group.counts.firing)).collect::<Vec<_>>(),
        [(false, 0), (true, 1)]
    );
    assert_eq!(desk.messages(), [0, 0, 430]);
    desk.check().await;
}

#[tokio::test]
async fn an_alert_that_comes_back_soon_finds_its_message() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    desk.until(100).await;
    desk.posts(&[alert("Load", "a", -60, Some(90))]).await;
    desk.until(150).await;
    desk.posts(&[alert("Load", "a", 140, None)]).await;
    desk.until(299).await;
    assert_eq!(desk.messages(), [0, 100]);
    desk.until(300).await;
    assert_eq!(desk.messages(), [0, 100, 300]);
    let group = desk.group().await;
    assert_eq!((group.counts.firing, group.counts.resolved), (1, 0), "the alert stands there once");
    desk.check().await;
}

#[tokio::test]
async fn a_resolve_that_comes_first_is_a_record_and_opens_no_group() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, Some(-10))]).await;
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    assert_eq!((desk.groups().await.len(), desk.states().await), (0, [("resolved", 1)].into()));
    assert_eq!(desk.alerts().await[0].group, None);
}

#[tokio::test]
async fn an_alert_that_nobody_repeats_times_out() {
    let mut desk = Fixture::with("[alerts]\nresolve_timeout = \"10m\"\n");
    desk.posts(&[alert("Load", "a", -60, None), alert("Load", "b", -60, None)]).await;
    desk.until(500).await;
    desk.posts(&[alert("Load", "b", -60, None)]).await;
    desk.until(700).await;
    assert_eq!(desk.states().await, [("firing", 1), ("resolved", 1)].into());
    assert_eq!(desk.messages(), [0, 600], "the end of the one shows at once");
    desk.until(1200).await;
    assert_eq!(desk.states().await, [("resolved", 2)].into());
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    assert_eq!(desk.states().await, [("firing", 1), ("resolved", 2)].into(), "it was never said to be over");
    desk.check().await;
}

#[tokio::test]
async fn the_end_that_a_sender_names_ahead_is_kept() {
    let mut desk = Fixture::new();
    desk.receives("generic", &json!({"name": "Backup", "ends_at": at(300).to_rfc3339()})).await;
    desk.until(299).await;
    assert_eq!(desk.states().await, [("firing", 1)].into());
    desk.until(300).await;
    assert_eq!(desk.states().await, [("resolved", 1)].into());
}

#[tokio::test]
async fn a_route_that_says_continue_shows_the_alert_in_two_feeds() {
    let more = r#"
[[alerts.route.routes]]
matchers = ["severity=critical"]
feed = "grave"
continue = true
[[alerts.route.routes]]
matchers = ["service=checkout"]
feed = "checkout"
"#;
    let mut desk = Fixture::with(more);
    desk.posts(&[graded("Load", "a", "critical", (-60, None))]).await;
    let feeds = |groups: &[crate::domain::alert::AlertGroup]| {
        groups.iter().map(|group| (group.feed.to_string(), group.counts.firing)).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(feeds(&desk.groups().await), [("grave".to_owned(), 1), ("checkout".to_owned(), 1)].into());
    desk.posts(&[graded("Load", "a", "critical", (-60, Some(-1)))]).await;
    assert_eq!(feeds(&desk.groups().await), [("grave".to_owned(), 0), ("checkout".to_owned(), 0)].into());
    assert_eq!(desk.alerts().await.len(), 1, "it is one alert");
    desk.check().await;
}

#[tokio::test]
async fn an_alert_that_gets_graver_is_shown_where_grave_alerts_go() {
    let more = "[[alerts.route.routes]]\nmatchers = [\"severity=critical\"]\nfeed = \"grave\"\n";
    let mut desk = Fixture::with(more);
    let body = |severity: &str| json!({"name": "Load", "service": "api", "severity": severity});
    desk.receives("generic", &body("warning")).await;
    desk.until(60).await;
    desk.receives("generic", &body("critical")).await;
    desk.settle().await;
    let groups = desk.groups().await;
    assert_eq!(groups.iter().map(|group| group.feed.as_str()).collect::<Vec<_>>(), ["alerts", "grave"]);
    assert!(groups.iter().all(|group| group.severity == Some(Severity::Sev1)));
    desk.check().await;
    desk.receives("generic", &json!({"name": "Load", "service": "api", "state": "resolved"})).await;
    desk.settle().await;
    assert!(desk.groups().await.iter().all(|group| group.counts.firing == 0));
    desk.check().await;
}

#[tokio::test]
async fn odd_times_are_taken_as_now_and_remarked() {
    let mut desk = Fixture::new();
    let mut odd = alert("Load", "a", 0, None);
    odd["startsAt"] = "9999-12-31T23:59:59Z".into();
    desk.posts(&[odd]).await;
    let alerts = desk.alerts().await;
    assert_eq!((alerts[0].starts_at, &alerts[0].remarks), (at(0), &vec![Remark::FutureStart]));
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_kept_and_marks_itself_alone() {
    let mut desk = Fixture::new();
    desk.receives_bytes("alertmanager", b"{\"alerts\":[{\"labels\":".to_vec()).await;
    desk.posts(&[alert("Load", "a", -60, None), json!({"labels": 7})]).await;
    assert_eq!(desk.group().await.counts.firing, 1);
    let unreadable = desk.app.store.read(|reads| reads.unreadable_deliveries(10)).await.unwrap();
    let why: Vec<&str> = unreadable.iter().map(|row| row.why.as_str()).collect();
    assert_eq!(
        why,
        ["an object should stand here, not a number at /alerts/1/labels", "the document ends too early at byte 21",]
    );
    assert_eq!(unreadable[0].source, "alertmanager");
    let waiting =
        desk.app.store.read(|reads| reads.pending_deliveries(&["alertmanager"], 10, usize::MAX)).await.unwrap();
    assert_eq!(waiting, []);
}

#[tokio::test]
async fn after_six_hours_down_everything_happens_once_and_late() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", 0, None)]).await;
    desk.posts(&[alert("Disk", "a", -60, None)]).await;
    desk.posts(&[alert("Disk", "b", 0, None)]).await;
    assert_eq!(desk.messages(), [0]);
    desk.set(at(6 * 3600));
    desk.settle().await;
    assert_eq!(desk.messages(), [0, 6 * 3600, 6 * 3600]);
}
