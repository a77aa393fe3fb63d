//! PagerDuty as the first route of pages, and the built-in engine as the second.

use std::time::Duration;

use hotroom::domain::oncall::PageState;
use serde_json::json;

use super::{PEOPLE, REST, WEBHOOK, asked, declare, delivers, page};
use crate::{
    fake_http::Reaction,
    fake_pagerduty::{CHECKOUT_KEY, CHO, EVE, FakePagerDuty, KEY, PagerDutyHook, SECRETS},
    world::{World, done, minutes, start},
};

/// `bot.toml` with PagerDuty for every service; `more` are settings of `[pager.pagerduty]`.
pub fn settings(fake: &FakePagerDuty, more: &str) -> String {
    PEOPLE.to_owned() + &fake.toml(more)
}

async fn world(fake: &FakePagerDuty, more: &str) -> World {
    World::with_secrets(&settings(fake, more), &SECRETS).await
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test]
async fn a_page_that_pagerduty_accepts_pages_nobody_here_and_is_answered_on_both_sides() {
    let fake = FakePagerDuty::start().await;
    let world = world(&fake, REST).await;
    let key = declare(&world, "").await;
    let room = key.to_lowercase();
    let shown = world.room(&room).await;
    assert!(shown.contains("Paging Checkout by PagerDuty") && !shown.contains("accepted the page"), "{shown}");
    world.advance(seconds(1)).await;
    let incident = fake.incidents().remove(0);
    let summary = incident.event["payload"]["summary"].as_str().expect("a summary");
    assert_eq!((summary, incident.routing_key.as_str()), ("SEV1 HOT-1 Checkout is down", CHECKOUT_KEY));
    assert!(incident.key.starts_with("hotroom/") && !incident.key.contains("HOT-1"), "{}", incident.key);
    let shown = world.room(&room).await;
    assert!(shown.contains("PagerDuty accepted the page: https://acme.pagerduty.com/incidents/PINC001"), "{shown}");

    world.advance(minutes(10)).await;
    assert_eq!(asked(&world, &key).await, Vec::<String>::new(), "PagerDuty escalates");
    fake.answer(CHO, "acknowledged");
    world.advance(seconds(15)).await;
    let taken = page(&world, &key).await;
    assert_eq!((taken.state, taken.taken_by), (PageState::Acknowledged, Some("cho".into())));
    assert!(world.room(&room).await.contains("Cho acknowledged the page in PagerDuty"), "{}", world.room(&room).await);
    let events = |action: &str| {
        let sent = fake.http.received().into_iter().filter(|request| request.json()["event_action"] == action);
        sent.count()
    };
    assert_eq!((events("trigger"), events("acknowledge")), (1, 0), "what was answered there is not sent back");

    done(&world.says("dee", &format!("/incident resolve \"rolled back\" incident:{key}")).await);
    assert_eq!((fake.incidents()[0].status.as_str(), events("resolve")), ("resolved", 1));
    world.advance(minutes(30)).await;
    assert_eq!(page(&world, &key).await.state, PageState::Resolved);
    world.end().await;
}

#[tokio::test]
async fn a_vendor_that_accepts_late_and_hotroom_page_together_until_one_acknowledgement_stops_both() {
    let fake = FakePagerDuty::start().await;
    fake.state().is_slow = true;
    let world = world(&fake, REST).await;
    let key = declare(&world, "").await;
    world.advance(seconds(29)).await;
    assert_eq!(asked(&world, &key).await, Vec::<String>::new());
    world.advance(seconds(1)).await;
    assert_eq!(asked(&world, &key).await, ["cho"], "the time to accept is over");
    let room = world.room(&key.to_lowercase()).await;
    assert!(
        room.contains("PagerDuty has not accepted the page in time") && room.contains("hotroom pages Cho"),
        "{room}"
    );
    fake.state().is_slow = false;
    world.advance(seconds(30)).await;
    let room = world.room(&key.to_lowercase()).await;
    assert!(room.contains("accepted the page late. Both PagerDuty and hotroom page now"), "{room}");
    world.advance(minutes(5)).await;
    assert!(asked(&world, &key).await.len() > 1, "hotroom goes on");

    done(&world.says("bob", &format!("/page ack {}", page(&world, &key).await.id())).await);
    assert_eq!(fake.incidents()[0].status, "acknowledged", "it stops there too");
    let asked_before = asked(&world, &key).await.len();
    world.advance(minutes(60)).await;
    assert_eq!(asked(&world, &key).await.len(), asked_before);
    assert_eq!(page(&world, &key).await.taken_by, Some("bob".into()), "our own acknowledgement comes back as nothing");
    world.end().await;
}

#[tokio::test]
async fn of_acknowledgements_on_both_sides_at_once_one_counts_and_nothing_echoes() {
    let fake = FakePagerDuty::start().await;
    let world = world(&fake, WEBHOOK).await;
    let key = declare(&world, "").await;
    let id = page(&world, &key).await.id();
    let hook = fake.answer(CHO, "acknowledged");
    let line = format!("/page ack {id}");
    let (_, status) = tokio::join!(world.hears("bob", None, &line), delivers(&world, &hook));
    assert_eq!(status, 202);
    world.settle().await;
    let taken = page(&world, &key).await;
    let by = taken.taken_by.expect("somebody has it").to_string();
    assert!(["bob", "cho"].contains(&by.as_str()), "{by}");
    let room = world.room(&key.to_lowercase()).await;
    assert_eq!(room.matches("acknowledged the page").count(), 1, "{room}");
    let sent = fake.http.received().into_iter().filter(|request| request.json()["event_action"] == "acknowledge");
    assert_eq!(sent.count(), usize::from(by == "bob"));

    // PagerDuty reports what hotroom did as the act of an integration.
    let agent = json!({"id": "PINT001", "type": "events_api_v2_inbound_integration_reference", "summary": "hotroom"});
    let incident = fake.incidents().remove(0);
    assert_eq!(delivers(&world, &fake.hook(&incident, "incident.acknowledged", &agent)).await, 202);
    assert_eq!(world.room(&key.to_lowercase()).await, room);
    world.end().await;
}

#[tokio::test]
async fn while_the_vendor_is_down_hotroom_pages_and_the_vendor_gets_the_page_when_it_is_back() {
    let fake = FakePagerDuty::start().await;
    fake.react_always(Some(Reaction::answer(503, "<html>maintenance</html>")));
    let world = world(&fake, REST).await;
    let key = declare(&world, "").await;
    world.advance(seconds(30)).await;
    assert_eq!(asked(&world, &key).await, ["cho"]);
    world.advance(minutes(3)).await;
    assert!(fake.incidents().is_empty());
    fake.react_always(None);
    world.advance(minutes(1)).await;
    assert_eq!(fake.incidents().len(), 1, "nobody has answered yet");
    assert!(world.room(&key.to_lowercase()).await.contains("accepted the page late"));
    fake.answer(CHO, "acknowledged");
    world.advance(seconds(15)).await;
    assert_eq!(page(&world, &key).await.state, PageState::Acknowledged);
    world.end().await;
}

#[tokio::test]
async fn a_page_that_was_answered_while_the_vendor_was_down_is_not_sent_there() {
    let fake = FakePagerDuty::start().await;
    fake.react_always(Some(Reaction::Close));
    let world = world(&fake, REST).await;
    let key = declare(&world, "").await;
    world.advance(minutes(1)).await;
    done(&world.says("cho", &format!("/page ack {}", page(&world, &key).await.id())).await);
    fake.react_always(None);
    world.advance(minutes(10)).await;
    assert!(fake.incidents().is_empty());
    world.end().await;
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_incident() {
    let fake = FakePagerDuty::start().await;
    fake.react_next(Reaction::Close, true);
    let world = world(&fake, REST).await;
    let key = declare(&world, "").await;
    world.advance(seconds(20)).await;
    assert_eq!(fake.incidents().len(), 1);
    assert_eq!(asked(&world, &key).await, Vec::<String>::new());
    world.end().await;
}

#[tokio::test]
async fn with_nobody_on_call_at_the_vendor_nothing_is_accepted_and_hotroom_pages() {
    let fake = FakePagerDuty::start().await;
    fake.state().on_call = false;
    let world = world(&fake, &format!("{REST}\n{WEBHOOK}")).await;
    let key = declare(&world, "").await;
    world.advance(seconds(30)).await;
    assert_eq!(asked(&world, &key).await, ["cho"], "a 202 is no acceptance");
    world.advance(minutes(20)).await;
    let room = world.room(&key.to_lowercase()).await;
    assert!(!room.contains("PagerDuty accepted"), "{room}");
    world.end().await;
}

#[tokio::test]
async fn a_page_that_the_vendor_refuses_goes_to_hotroom_at_once() {
    let fake = FakePagerDuty::start().await;
    fake.state().services.clear();
    let world = world(&fake, REST).await;
    let key = declare(&world, "").await;
    assert_eq!(asked(&world, &key).await, ["cho"]);
    let room = world.room(&key.to_lowercase()).await;
    assert!(room.contains("PagerDuty did not accept the page:") && room.contains("is invalid"), "{room}");
    world.end_with_given_up().await;
}

#[tokio::test]
async fn an_answer_of_a_stranger_has_their_name_and_a_resolve_there_leaves_the_incident_open() {
    let fake = FakePagerDuty::start().await;
    let world = world(&fake, WEBHOOK).await;
    let key = declare(&world, "").await;
    let taken = fake.answer(EVE, "acknowledged");
    assert_eq!(delivers(&world, &taken).await, 202);
    let room = world.room(&key.to_lowercase()).await;
    assert!(room.contains("accepted the page") && room.contains("acknowledged the page in PagerDuty"), "{room}");
    assert!(room.contains("Eve ") && !room.contains("<Adams>"), "{room}");
    let state = page(&world, &key).await;
    assert_eq!((state.state, &state.taken_by), (PageState::Acknowledged, &None));

    // Put off and paged again: the old report, delivered once more, answers nothing.
    done(&world.says("bob", &format!("/page snooze 30m page:{}", state.id())).await);
    world.advance(minutes(30)).await;
    assert_eq!(asked(&world, &key).await, ["cho"], "hotroom pages again after a snooze");
    assert_eq!(delivers(&world, &taken).await, 202);
    assert_eq!(page(&world, &key).await.state, PageState::Triggered);

    assert_eq!(delivers(&world, &fake.answer(EVE, "resolved")).await, 202);
    assert_eq!(page(&world, &key).await.state, PageState::Resolved);
    assert!(world.incident(&key).await.is_open());
    assert!(world.room(&key.to_lowercase()).await.contains("The incident stays open"));
    world.end().await;
}

#[tokio::test]
async fn a_report_that_is_forged_or_about_a_page_of_another_hotroom_changes_nothing() {
    let fake = FakePagerDuty::start().await;
    let world = world(&fake, WEBHOOK).await;
    let key = declare(&world, "").await;
    let hook = fake.answer(CHO, "acknowledged");
    let forged = PagerDutyHook { signature: "v1=00".to_owned(), ..hook.clone() };
    assert_eq!(delivers(&world, &forged).await, 403);
    let mut incident = fake.incidents().remove(0);
    incident.key = incident.key.replacen("hotroom/", "hotroom/0", 1);
    let agent = json!({"id": CHO.0, "type": "user_reference", "summary": CHO.1});
    assert_eq!(delivers(&world, &fake.hook(&incident, "incident.acknowledged", &agent)).await, 202);
    assert_eq!(page(&world, &key).await.state, PageState::Triggered);
    world.advance(seconds(30)).await;
    assert_eq!(asked(&world, &key).await, ["cho"]);
    world.end().await;
}

#[tokio::test]
async fn people_and_teams_and_services_of_hotroom_are_paged_by_hotroom() {
    let fake = FakePagerDuty::start().await;
    let services = "[[services]]\nid = \"checkout\"\nescalation = \"default\"\n\
                    [[services]]\nid = \"api\"\nescalation = \"default\"\npager = \"pagerduty\"\n";
    let toml = settings(&fake, REST).replace("kind = \"pagerduty\"", "kind = \"builtin\"") + services;
    let world = World::with_secrets(&toml, &SECRETS).await;
    let key = declare(&world, "").await;
    assert_eq!(asked(&world, &key).await, ["cho"]);
    done(&world.says("dee", &format!("/page @bob \"please look\" incident:{key}")).await);
    world.advance(seconds(5)).await;
    assert!(fake.incidents().is_empty());
    done(&world.says("dee", &format!("/page api incident:{key}")).await);
    world.advance(seconds(1)).await;
    let sent = fake.incidents().remove(0);
    assert_eq!(sent.routing_key, KEY, "the service has no key of its own");
    world.end().await;
}

#[tokio::test]
async fn the_check_reports_keys_services_and_accounts() {
    let fake = FakePagerDuty::start().await;
    let toml = settings(&fake, &format!("{REST}\n{WEBHOOK}"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bot.toml");
    std::fs::write(&path, &toml).unwrap();
    let env = SECRETS.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let check = move || hotroom::cli::check(Some(&path), env, false, start());
    let text = tokio::task::spawn_blocking(check).await.unwrap().text();
    for line in [
        "PagerDuty: the key of checkout pages the service Checkout",
        "PagerDuty: api_token may read incidents",
        "PagerDuty: no webhook of it calls http://127.0.0.1:8080/hooks/pagerduty: add one",
        "warning: PagerDuty: no account is known of ann, bob, dee",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(fake.incidents().is_empty());
}
