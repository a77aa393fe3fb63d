//! What other alerts and the time of day keep quiet.

use serde_json::{Value, json};

use super::{Fixture, alert, at, stamp};
use crate::{
    app::{Context, alerts, reactor},
    config::Config,
    domain::{
        alert::{AlertState, MutedBy},
        people::Actor,
    },
};

const RULE: &str = r#"
[[alerts.inhibit]]
source = ["alertname=Down"]
target = ["alertname=Load"]
equal = ["cluster"]
"#;

fn of(name: &str, host: &str, cluster: &str, ends: Option<i64>) -> Value {
    let mut said = alert(name, host, -60, ends);
    said["labels"]["cluster"] = cluster.into();
    said
}

#[tokio::test]
async fn an_alert_is_muted_while_another_inhibits_it_whichever_comes_first() {
    let mut desk = Fixture::with(RULE);
    desk.posts(&[of("Load", "a", "eu", None), of("Load", "b", "us", None)]).await;
    desk.posts(&[of("Down", "x", "eu", None)]).await;
    desk.posts(&[of("Load", "c", "eu", None)]).await;
    let shown = desk.alerts().await;
    let down = shown.iter().find(|alert| alert.name.verbatim() == "Down").expect("it is there").id;
    let muted = shown.iter().filter(|alert| alert.muted_by == [MutedBy::Alert(down)]).count();
    assert_eq!(muted, 2, "{shown:?}");
    assert_eq!(desk.states().await, [("firing", 2), ("silenced", 2)].into());
    desk.check().await;
    desk.posts(&[of("Down", "x", "eu", Some(0))]).await;
    assert_eq!(desk.states().await, [("firing", 3), ("resolved", 1)].into());
    desk.check().await;
}

#[tokio::test]
async fn what_was_inhibited_is_told_at_the_tick_after_its_source_is_over() {
    let mut desk = Fixture::with(&format!(
        "{RULE}{}",
        "[[alerts.route.routes]]\nmatchers = [\"alertname=Down\"]\nfeed = \"down\"\n"
    ));
    desk.posts(&[of("Down", "x", "eu", None)]).await;
    desk.posts(&[of("Load", "a", "eu", None)]).await;
    desk.until(400).await;
    let load = desk.groups().await.into_iter().find(|group| group.feed.as_str() == "alerts").expect("a group");
    assert_eq!((load.state(at(400)), load.display.postings), (AlertState::Silenced, 0));
    desk.posts(&[of("Down", "x", "eu", Some(390))]).await;
    desk.until(700).await;
    let load = desk.groups().await.into_iter().find(|group| group.feed.as_str() == "alerts").expect("a group");
    assert_eq!((load.state(at(700)), load.schedule.flushed_at), (AlertState::Firing, Some(at(600))));
}

#[tokio::test]
async fn a_second_source_goes_on_inhibiting_and_a_silenced_one_does_too() {
    let mut desk = Fixture::with(RULE);
    desk.posts(&[of("Down", "x", "eu", None), of("Down", "y", "eu", None), of("Load", "a", "eu", None)]).await;
    desk.posts(&[of("Down", "x", "eu", Some(0))]).await;
    assert_eq!(desk.states().await, [("firing", 1), ("resolved", 1), ("silenced", 1)].into());
    desk.check().await;
}

#[tokio::test]
async fn one_source_inhibits_however_many_there_are() {
    let mut desk = Fixture::with(RULE);
    let storm: Vec<_> = (0..700).map(|n| of("Load", &format!("h{n}"), "eu", None)).collect();
    desk.posts(&storm).await;
    // A list has 500, the newest first: the source has to be newer than the others to be in it.
    desk.until(1).await;
    desk.posts(&[of("Down", "x", "eu", None)]).await;
    assert_eq!(desk.states().await, [("firing", 1), ("silenced", 499)].into(), "of the 500 that are listed");
    assert_eq!(desk.groups().await.iter().map(|group| group.counts.muted).max(), Some(700));
    desk.check().await;
    desk.posts(&[of("Down", "x", "eu", Some(0))]).await;
    assert_eq!(desk.groups().await.iter().map(|group| group.counts.muted).max(), Some(0));
    desk.check().await;
}

#[tokio::test]
async fn rules_that_changed_are_held_against_what_fires() {
    let mut desk = Fixture::new();
    desk.posts(&[of("Load", "a", "eu", None), of("Down", "x", "eu", None)]).await;
    assert_eq!(desk.states().await, [("firing", 2)].into());
    let changed = Config::from_text("bot.toml", &format!("{}{RULE}", super::CONFIG), []).expect("a configuration");
    let now = desk.app.clock.now();
    let take = move |tx: &mut crate::store::Tx<'_>| {
        let actor = Actor::Machine("start".to_owned());
        let cx = Context { config: &changed, now, actor: &actor, request: "start", expect: None };
        reactor::run(tx, cx, |tx, work| alerts::rules_in_force(tx, cx, work))
    };
    desk.app.store.transact(take).await.expect("written");
    desk.settle().await;
    assert_eq!(desk.states().await, [("firing", 1), ("silenced", 1)].into());
    desk.check().await;
}

#[tokio::test]
async fn a_route_that_is_muted_tells_what_still_fires_when_its_time_has_come() {
    let quiet = r#"
[[alerts.intervals]]
name = "lunch"
times = ["12:00-13:00"]

[[alerts.route.routes]]
matchers = ["service=checkout"]
mute = ["lunch"]
"#;
    let mut desk = Fixture::with(quiet);
    desk.posts(&[alert("Load", "a", -60, None), alert("Disk", "a", -60, None)]).await;
    desk.posts(&[alert("Disk", "a", -60, Some(0))]).await;
    desk.until(3_599).await;
    assert_eq!(desk.messages(), [] as [i64; 0], "nobody hears of it at noon: {}", stamp(0));
    desk.until(3_600).await;
    assert_eq!(desk.messages(), [3_600], "what was over by then is not told");
    desk.receives("generic", &json!({"name": "Other", "service": "api"})).await;
    desk.until(3_700).await;
    assert_eq!(desk.messages().len(), 2, "other routes are not muted");
}

#[tokio::test]
async fn a_route_that_is_active_at_certain_times_is_quiet_at_all_others() {
    let office = r#"
[[alerts.intervals]]
name = "evening"
times = ["18:00-24:00"]
timezone = "Europe/Berlin"

[[alerts.route.routes]]
matchers = ["service=checkout"]
active = ["evening"]
"#;
    let mut desk = Fixture::with(office);
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    desk.until(5 * 3_600 - 1).await;
    assert_eq!(desk.messages(), [] as [i64; 0]);
    desk.until(5 * 3_600).await;
    assert_eq!(desk.messages(), [5 * 3_600], "17:00 UTC is 18:00 in Berlin in November");
}
