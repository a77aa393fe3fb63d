//! Alerts that come and go.

use serde_json::json;

use super::{Fixture, alert, graded};
use crate::domain::{
    effect::{ChatEffect, Effect},
    ids::GroupId,
    incident::Command,
};

impl Fixture {
    /// The alert fires and is over every twenty seconds, so often, and is over then.
    async fn flaps(&mut self, times: i64, severity: &str) {
        let begin = self.seconds();
        for n in 0..times {
            let start = begin + n * 20;
            self.until(start).await;
            self.posts(&[graded("Load", "a", severity, (start, None))]).await;
            self.until(start + 10).await;
            self.posts(&[graded("Load", "a", severity, (start, Some(start + 10)))]).await;
        }
    }

    fn notices(&self) -> Vec<(GroupId, u64)> {
        let of = |(_, effect): &(i64, Effect)| {
            if let Effect::Chat(ChatEffect::GroupNotice { group, seq }) = effect { Some((*group, *seq)) } else { None }
        };
        self.sent.iter().filter_map(of).collect()
    }
}

#[tokio::test]
async fn an_alert_that_flaps_holds_still_in_its_group_and_is_told_of_once_at_each_end() {
    let mut desk = Fixture::new();
    desk.flaps(30, "warning").await;
    let group = desk.group().await;
    assert_eq!(
        (group.counts.firing, group.counts.flapping, group.counts.resolved),
        (1, 1, 0),
        "held, though its sender says it is over"
    );
    assert_eq!(desk.notices().len(), 1);
    let held = desk.alerts().await.into_iter().find(|alert| alert.firing).expect("held");
    assert!(held.flapping.flaps() && held.flapping.quiet_since.is_some());
    assert_eq!(held.flapping.changes, 59);
    let edits = desk.messages().len();
    assert!(edits < 8, "the message holds still as well: {:?}", desk.messages());
    desk.until(1300).await;
    assert_eq!(desk.notices().len(), 1, "not calm for long enough");
    desk.until(4000).await;
    assert_eq!(desk.notices().len(), 2);
    let groups = desk.groups().await;
    assert_eq!((groups[0].counts.firing, groups[0].counts.flapping, groups[0].open), (0, 0, false));
    assert_eq!(groups[0].closed_at, Some(super::at(590)), "when it was really over");
    assert!(desk.messages().len() <= edits + 2, "{:?}", desk.messages());
    desk.check().await;
}

#[tokio::test]
async fn an_alert_that_is_calm_while_it_fires_goes_on_firing() {
    let mut desk = Fixture::new();
    desk.flaps(5, "warning").await;
    desk.until(100).await;
    desk.posts(&[alert("Load", "a", 100, None)]).await;
    assert_eq!(desk.group().await.counts.flapping, 1);
    desk.until(4000).await;
    let group = desk.group().await;
    assert_eq!((group.counts.firing, group.counts.flapping), (1, 0));
    assert_eq!(desk.notices().len(), 2);
    desk.posts(&[alert("Load", "a", 100, Some(3990))]).await;
    assert_eq!(desk.group().await.counts.firing, 0, "now it is over at once");
    desk.check().await;
}

#[tokio::test]
async fn an_alert_that_flaps_opens_one_incident_and_asks_its_manager_once_it_is_calm() {
    let mut desk = Fixture::new();
    desk.flaps(20, "critical").await;
    let incidents = desk.incidents().await;
    assert_eq!(incidents.len(), 1);
    let asked = desk.count(incidents[0].id, "alerts_cleared").await;
    let close = Command::Close { reason: Some("resolved".into()) };
    let id = incidents[0].id;
    let closed = desk
        .by("ann", move |tx, cx, work, _| crate::app::incidents::command_in(tx, cx, work, id, &close))
        .await
        .unwrap();
    assert!(!closed.incident.is_open());
    desk.flaps(20, "critical").await;
    assert_eq!(desk.incidents().await.len(), 2, "one more, which is open while it goes on flapping");
    desk.until(6000).await;
    assert!(asked <= 1, "{asked}");
    desk.check().await;
}

#[tokio::test]
async fn an_alert_that_stops_flapping_while_it_fires_is_announced_though_others_flap_on() {
    let mut desk = Fixture::new();
    desk.flaps(5, "warning").await;
    let start = desk.seconds();
    desk.posts(&[alert("Load", "a", start, None)]).await;
    for n in 0..200 {
        desk.until(start + n * 20).await;
        let (fires, over) = (start + n * 20, start + n * 20 + 10);
        desk.posts(&[alert("Load", "b", fires, None)]).await;
        desk.until(over).await;
        desk.posts(&[alert("Load", "b", fires, Some(over))]).await;
    }
    let group = desk.group().await;
    assert_eq!((group.counts.firing, group.counts.flapping), (2, 1));
    assert_eq!(desk.notices().len(), 2, "that the group flaps, and that one alert stopped and still fires");
    desk.check().await;
}

#[tokio::test]
async fn a_silenced_alert_that_flaps_opens_its_incident_when_the_silence_ends() {
    let mut desk = Fixture::new();
    desk.posts(&[graded("Load", "b", "warning", (0, None))]).await;
    let id = desk.group().await.id;
    desk.silences("bob", id, 60).await.unwrap();
    desk.flaps(10, "critical").await;
    let start = desk.seconds();
    desk.posts(&[graded("Load", "a", "critical", (start, None))]).await;
    assert_eq!(desk.incidents().await.len(), 0);
    desk.until(3600).await;
    assert_eq!(desk.incidents().await.len(), 1);
}

#[tokio::test]
async fn words_that_come_twice_or_late_are_no_changes() {
    let mut desk = Fixture::new();
    for n in 0..10 {
        desk.until(n * 10).await;
        let again = json!({"n": n});
        let mut fires = alert("Load", "a", 0, None);
        fires["annotations"]["again"] = again.clone();
        let mut over = alert("Load", "a", 0, Some(5));
        over["annotations"]["again"] = again;
        desk.posts(&[fires]).await;
        desk.posts(&[over]).await;
    }
    assert_eq!(desk.group().await.counts.flapping, 0);
    assert_eq!(desk.notices().len(), 0);
}

#[tokio::test]
async fn while_it_flaps_a_late_word_of_an_older_beginning_changes_nothing() {
    let mut desk = Fixture::new();
    desk.flaps(5, "warning").await;
    let before = desk.alerts().await.into_iter().find(|alert| alert.firing).expect("held");
    desk.posts(&[alert("Load", "a", 20, None)]).await;
    let after = desk.alerts().await.into_iter().find(|alert| alert.firing).expect("held");
    assert_eq!(before.flapping.changes, after.flapping.changes);
    assert_eq!(before.flapping.quiet_since, after.flapping.quiet_since);
}

#[tokio::test]
async fn without_the_rule_each_change_is_told_as_it_is() {
    let mut desk = Fixture::with("[alerts.flapping]\nenabled = false\n");
    desk.flaps(10, "warning").await;
    assert_eq!((desk.group().await.counts.firing, desk.notices().len()), (0, 0));
}

#[tokio::test]
async fn a_silenced_group_is_told_of_no_flapping() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "b", 0, None)]).await;
    desk.until(60).await;
    let id = desk.group().await.id;
    desk.silences("bob", id, 24 * 60).await.unwrap();
    desk.flaps(10, "warning").await;
    assert_eq!((desk.group().await.counts.flapping, desk.notices().len()), (1, 0));
    desk.check().await;
}
