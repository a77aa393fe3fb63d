//! Silences of labels: what they cover is shown and makes no noise.

use serde_json::json;

use super::{Fixture, alert, at};
use crate::{
    app::silences,
    domain::{
        alert::{AlertState, Matcher, MutedBy, NewSilence, Silence, SilenceScope, SilenceState},
        ids::SilenceId,
        refusal::{IncidentRefusal, Refusal},
        text::Untrusted,
    },
    store::SilenceFilter,
};

fn wanted(matchers: &str, from: Option<i64>, until: Option<i64>) -> NewSilence {
    NewSilence {
        scope: SilenceScope::Alerts(Matcher::parse_list(matchers).expect("matchers")),
        from: from.map(at),
        until: until.map(at),
        by: Untrusted::new("amtool"),
        comment: Untrusted::new("known"),
    }
}

impl Fixture {
    async fn mutes(&self, matchers: &str, from: Option<i64>, until: Option<i64>) -> Silence {
        let wanted = wanted(matchers, from, until);
        self.by("ann", move |tx, cx, work, _| silences::create(tx, cx, work, wanted.clone())).await.expect("taken")
    }

    async fn ends(&self, id: SilenceId) -> Result<Silence, Refusal> {
        self.by("ann", move |tx, cx, work, _| silences::expire(tx, cx, work, id)).await
    }

    async fn listed(&self, state: SilenceState) -> Vec<SilenceId> {
        let now = self.app.clock.now();
        let filter = SilenceFilter { state: Some(state), ..SilenceFilter::default() };
        let listed = self.app.store.read(move |reads| silences::list(reads, &filter, now)).await.expect("read");
        listed.into_iter().map(|silence| silence.id).collect()
    }
}

#[tokio::test]
async fn what_begins_to_fire_under_a_silence_is_not_told_and_is_told_at_the_tick_after_its_end() {
    let mut desk = Fixture::new();
    let silence = desk.mutes("instance=~\"a|b\"", None, Some(400)).await;
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    desk.until(300).await;
    assert_eq!(desk.messages(), [] as [i64; 0], "nobody hears of it");
    assert_eq!(desk.states().await, [("silenced", 1)].into());
    assert_eq!(desk.alerts().await[0].muted_by, [MutedBy::Silence(silence.id)]);
    desk.until(700).await;
    assert_eq!(desk.messages(), [600], "the tick after the silence");
    assert_eq!(desk.states().await, [("firing", 1)].into());
    assert_eq!(desk.listed(SilenceState::Expired).await, [silence.id]);
    desk.check().await;
}

#[tokio::test]
async fn among_others_a_silenced_alert_is_shown_as_silenced_and_its_resolve_too() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None), alert("Load", "b", -60, None)]).await;
    desk.mutes("instance=b", None, Some(10_000)).await;
    desk.until(10).await;
    assert_eq!(desk.messages(), [0, 0], "posted, and edited without noise");
    let group = desk.group().await;
    assert_eq!((group.counts.firing, group.counts.muted, group.state(at(10))), (2, 1, AlertState::Firing));
    desk.posts(&[alert("Load", "b", -60, Some(10))]).await;
    assert_eq!(desk.messages(), [0, 0, 10]);
    desk.check().await;
    desk.posts(&[alert("Load", "a", -60, Some(10))]).await;
    desk.until(400).await;
    assert_eq!(desk.states().await, [("resolved", 2)].into());
    assert!(!desk.group().await.open);
    desk.check().await;
}

#[tokio::test]
async fn an_alert_that_was_told_before_it_was_silenced_is_not_told_again_afterwards() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    let silence = desk.mutes("alertname=Load", None, Some(5_000)).await;
    desk.until(1_000).await;
    assert_eq!(desk.group().await.state(at(1_000)), AlertState::Silenced);
    desk.ends(silence.id).await.unwrap();
    desk.until(3_000).await;
    assert_eq!(desk.messages(), [0, 0, 1_000], "edits only");
    desk.until(4 * 3600 + 300).await;
    assert_eq!(desk.messages().last(), Some(&(4 * 3600)), "it fires still, and is told again in its time");
    assert!(
        matches!(desk.ends(silence.id).await, Err(Refusal::Incident(IncidentRefusal::Already { value, .. })) if value == "over")
    );
}

#[tokio::test]
async fn a_silence_that_is_to_come_begins_in_its_time() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    let silence = desk.mutes("alertname=Load", Some(100), Some(200)).await;
    assert_eq!(desk.listed(SilenceState::Pending).await, [silence.id]);
    desk.until(99).await;
    assert_eq!(desk.states().await, [("firing", 1)].into());
    desk.until(100).await;
    assert_eq!(desk.states().await, [("silenced", 1)].into());
    desk.until(200).await;
    assert_eq!(desk.states().await, [("firing", 1)].into());
}

#[tokio::test]
async fn a_silence_until_it_is_over_ends_with_the_last_alert_it_covers() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None), alert("Disk", "a", -60, None), alert("Load", "b", -60, None)]).await;
    let silence = desk.mutes("instance=a", None, None).await;
    desk.posts(&[alert("Load", "a", -60, Some(0))]).await;
    assert_eq!(desk.listed(SilenceState::Active).await, [silence.id]);
    desk.posts(&[alert("Disk", "a", -60, Some(0))]).await;
    assert_eq!(desk.listed(SilenceState::Active).await, []);
    desk.posts(&[alert("Disk", "a", 0, None)]).await;
    assert_eq!(desk.states().await, [("firing", 2), ("resolved", 2)].into(), "the next episode is heard");
    let nothing = desk.mutes("instance=nowhere", None, None).await;
    assert_eq!(desk.listed(SilenceState::Active).await, [], "it covers nothing that fires: {nothing:?}");
}

#[tokio::test]
async fn two_silences_over_one_alert_both_have_to_end() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    let first = desk.mutes("instance=a", None, Some(1_000)).await;
    desk.mutes("alertname=Load", None, Some(2_000)).await;
    desk.ends(first.id).await.unwrap();
    assert_eq!(desk.states().await, [("silenced", 1)].into());
    desk.until(2_000).await;
    assert_eq!(desk.states().await, [("firing", 1)].into());
    desk.check().await;
}

#[tokio::test]
async fn a_changed_active_silence_ends_and_another_begins() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None), alert("Load", "b", -60, None)]).await;
    let first = desk.mutes("instance=a", None, Some(1_000)).await;
    desk.until(10).await;
    let change = |wanted: NewSilence| {
        desk.by("ann", move |tx, cx, work, _| silences::change(tx, cx, work, first.id, wanted.clone()))
    };
    let longer = change(wanted("instance=a", None, Some(2_000))).await.unwrap();
    assert_eq!((longer.id, longer.until), (first.id, Some(at(2_000))));
    let other = change(wanted("instance=b", None, Some(2_000))).await.unwrap();
    assert_ne!(other.id, first.id);
    assert_eq!(desk.listed(SilenceState::Active).await, [other.id]);
    let covered: Vec<_> = desk.alerts().await.into_iter().flat_map(|alert| alert.muted_by).collect();
    assert_eq!(covered, [MutedBy::Silence(other.id)]);
    desk.check().await;
}

#[tokio::test]
async fn a_silence_is_held_against_every_alert_however_many_there_are() {
    let mut desk = Fixture::new();
    let storm: Vec<_> = (0..1_300).map(|n| alert("Load", &format!("h{n}"), -60, None)).collect();
    desk.posts(&storm).await;
    let silence = desk.mutes("alertname=Load", None, Some(1_000)).await;
    desk.settle().await;
    assert_eq!(desk.group().await.counts.muted, 1_300);
    desk.ends(silence.id).await.unwrap();
    desk.settle().await;
    assert_eq!(desk.group().await.counts.muted, 0);
}

#[tokio::test]
async fn a_silenced_alert_opens_no_incident_until_it_is_heard_again() {
    let mut desk = Fixture::with("[[alerts.declare]]\nname = \"all\"\nmatchers = [\"alertname=Load\"]\n");
    let silence = desk.mutes("instance=a", None, Some(5_000)).await;
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    desk.until(1_000).await;
    assert_eq!(desk.incidents().await.len(), 0);
    desk.ends(silence.id).await.unwrap();
    desk.settle().await;
    assert_eq!(desk.incidents().await.len(), 1);
}

#[tokio::test]
async fn labels_that_change_come_under_a_silence_or_leave_it() {
    let mut desk = Fixture::new();
    desk.mutes("severity=info", None, Some(5_000)).await;
    let said = |severity: &str| json!({"name": "Load", "service": "api", "labels": {"severity": severity}, "severity": severity});
    desk.receives("generic", &said("info")).await;
    desk.until(60).await;
    assert_eq!(desk.states().await, [("silenced", 1)].into());
    desk.receives("generic", &said("critical")).await;
    desk.settle().await;
    assert_eq!(desk.states().await, [("firing", 1)].into());
    desk.check().await;
    desk.receives("generic", &said("info")).await;
    desk.settle().await;
    assert_eq!(desk.states().await, [("silenced", 1)].into());
    desk.check().await;
}

#[tokio::test]
async fn a_silence_until_it_is_over_is_held_against_all_that_fires_before_it_ends() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "x-first", -60, None)]).await;
    for second in [1, 2] {
        desk.until(second).await;
        let many: Vec<_> = (0..300).map(|n| alert("Load", &format!("h{second}-{n}"), -60, None)).collect();
        desk.posts(&many).await;
    }
    desk.until(3).await;
    desk.posts(&[alert("Load", "x-last", -60, None)]).await;
    // The first look comes as far as the 500th alert, and the one alert that it found is over before the next.
    let silence = desk.mutes("instance=~\"x-.*\"", None, None).await;
    desk.receives("alertmanager", &json!({"version": "4", "alerts": [alert("Load", "x-first", -60, Some(3))]})).await;
    while crate::app::alerts::route_pending(&desk.app).await.unwrap() > 0 {}
    assert_eq!(desk.listed(SilenceState::Active).await, [silence.id]);
    desk.until(4).await;
    assert_eq!(desk.states().await.get("silenced"), Some(&1));
    desk.posts(&[alert("Load", "x-last", -60, Some(4))]).await;
    assert_eq!(desk.listed(SilenceState::Active).await, []);
}

#[tokio::test]
async fn the_messages_of_what_a_silence_covers_are_edited_when_it_is_changed_or_another_joins_it() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    let first = desk.mutes("instance=a", None, Some(1_000)).await;
    desk.until(10).await;
    assert_eq!(desk.messages(), [0, 0]);
    let later = wanted("instance=a", None, Some(2_000));
    desk.by("ann", move |tx, cx, work, _| silences::change(tx, cx, work, first.id, later.clone())).await.unwrap();
    desk.until(20).await;
    assert_eq!(desk.messages(), [0, 0, 10], "its end is another one");
    let second = desk.mutes("alertname=Load", None, Some(3_000)).await;
    desk.until(30).await;
    assert_eq!(desk.messages(), [0, 0, 10, 20], "two hold it");
    desk.ends(second.id).await.unwrap();
    desk.until(40).await;
    assert_eq!(desk.messages(), [0, 0, 10, 20, 30], "one is left");
    desk.check().await;
}
