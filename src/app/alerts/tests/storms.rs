//! Many, at once, in any order.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Fixture, alert, graded};

#[tokio::test]
async fn a_storm_of_ten_thousand_makes_a_handful_of_messages() {
    let mut desk = Fixture::new();
    let storm: Vec<Value> = (0..10_000).map(|n| alert("Load", &format!("host-{n}"), 0, None)).collect();
    for (n, chunk) in storm.chunks(50).enumerate() {
        desk.receives("alertmanager", &json!({"version": "4", "alerts": chunk})).await;
        if n % 20 == 0 {
            desk.until(i64::try_from(n / 20).unwrap()).await;
        }
    }
    desk.receives("alertmanager", &json!({"alerts": [graded("Down", "db", "critical", (9, None))]})).await;
    desk.settle().await;
    assert_eq!(desk.incidents().await.len(), 1, "the one that matters is seen");
    desk.until(1200).await;
    assert_eq!(desk.messages().len(), 2, "{:?}", desk.messages());
    let groups = desk.groups().await;
    assert_eq!(groups.iter().map(|group| group.counts.firing).collect::<Vec<_>>(), [10_000, 1]);
    let over: Vec<Value> = (0..10_000).map(|n| alert("Load", &format!("host-{n}"), 0, Some(1200))).collect();
    for chunk in over.chunks(50) {
        desk.receives("alertmanager", &json!({"version": "4", "alerts": chunk})).await;
    }
    desk.until(1300).await;
    assert_eq!(desk.groups().await[0].counts.firing, 0);
    assert!(desk.messages().len() <= 2 + 4, "{:?}", desk.messages());
}

#[tokio::test]
async fn ten_thousand_alerts_in_one_body_are_taken_in_parts() {
    let mut desk = Fixture::new();
    let storm: Vec<Value> = (0..10_000).map(|n| json!({"name": "Load", "host": format!("h{n}")})).collect();
    desk.receives("generic", &Value::from(storm)).await;
    desk.settle().await;
    assert_eq!(desk.group().await.counts.firing, 10_000);
}

#[tokio::test]
async fn a_source_that_floods_does_not_hold_up_another() {
    let desk = Fixture::new();
    for n in 0..100 {
        desk.receives("alertmanager", &json!({"alerts": [alert("Load", &format!("host-{n}"), 0, None)]})).await;
    }
    desk.receives("generic", &json!({"name": "Down"})).await;
    crate::app::alerts::route_pending(&desk.app).await.unwrap();
    let names: Vec<String> = desk.alerts().await.iter().map(|alert| alert.source.to_string()).collect();
    assert!(names.contains(&"generic".to_owned()), "the first round takes of both");
}

#[tokio::test]
async fn the_same_body_a_thousand_times_is_one_alert() {
    let mut desk = Fixture::new();
    let body = json!({"alerts": [alert("Load", "a", 0, None)]});
    for _ in 0..1000 {
        desk.receives("alertmanager", &body).await;
    }
    desk.settle().await;
    desk.until(24 * 3600 - 60).await;
    desk.receives("alertmanager", &body).await;
    desk.settle().await;
    assert_eq!((desk.alerts().await.len(), desk.group().await.counts.firing), (1, 1));
    desk.posts(&[alert("Load", "a", 0, Some(80_000))]).await;
    desk.until(3 * 24 * 3600).await;
    desk.receives("alertmanager", &body).await;
    desk.settle().await;
    assert_eq!(desk.states().await, [("resolved", 1)].into(), "a replay days later changes nothing");
}

#[derive(Clone, Debug)]
struct Word {
    host: usize,
    episode: i64,
    ends: bool,
}

fn words() -> impl Strategy<Value = Vec<Word>> {
    let word = (0..3_usize, 0..4_i64, any::<bool>()).prop_map(|(host, episode, ends)| Word { host, episode, ends });
    prop::collection::vec(word, 1..25)
}

fn body(word: &Word) -> Value {
    let start = -4000 + word.episode * 100;
    let ends = word.ends.then_some(start + 50);
    json!({"alerts": [alert(["Load", "Disk"][word.host % 2], &format!("h{}", word.host), start, ends)]})
}

/// What all orders must agree in: of each alert the newest beginning, and its end if it is over.
async fn outcome(words: &[Word]) -> Vec<(String, i64, Option<i64>)> {
    let mut desk = Fixture::new();
    for word in words {
        desk.receives("alertmanager", &body(word)).await;
    }
    desk.settle().await;
    desk.check().await;
    let mut newest: std::collections::BTreeMap<String, (i64, Option<i64>)> = Default::default();
    for alert in desk.alerts().await {
        let host = alert.host.as_ref().expect("a host").verbatim().to_owned();
        let state = (alert.latest_start.timestamp(), alert.ends_at.map(|end| end.timestamp()));
        let known = newest.entry(host).or_insert(state);
        *known = (*known).max(state);
    }
    newest.into_iter().map(|(host, (start, end))| (host, start, end)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_order_and_duplication_of_deliveries_comes_to_the_same_alerts(
        (words, shuffled) in words().prop_flat_map(|words| {
            let doubled: Vec<Word> = words.iter().chain(words.iter().step_by(3)).cloned().collect();
            (Just(words), Just(doubled).prop_shuffle())
        })
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (one, other) = runtime.block_on(async { (outcome(&words).await, outcome(&shuffled).await) });
        prop_assert_eq!(one, other);
    }
}
