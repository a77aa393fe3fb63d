//! Tests of whether people can be reached: the on-call test, the weekly test, and readiness on Monday.

use std::time::Duration;

use axum::http::StatusCode;
use chrono::{Datelike, Timelike, Weekday};
use hotroom::{
    chat::ReplyOutcome,
    cli::{Exit, Report},
    domain::contact::MethodKind,
    store::ContactMessage,
};
use serde_json::json;

use super::{Providers, link, opens};
use crate::world::{World, done, minutes, show};

const CHO: &[(&str, &[&str])] = &[("cho", &["gateway:+4915100000003", "ntfy:hotroom-cho-topic-1234567890ab"])];

fn days(days: u64) -> Duration {
    minutes(days * 24 * 60)
}

async fn sent_to_cho(world: &World) -> Vec<ContactMessage> {
    world.app.store.read(|reads| reads.contact_messages_to(&"cho".into(), 20)).await.unwrap()
}

#[tokio::test]
async fn an_on_call_test_goes_out_by_every_method_after_a_confirmation_and_reports_who_answered() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    let asked = show(&done(&world.says_in("ops", "dee", "/oncall test").await).post);
    assert!(asked.contains("Cho") && asked.contains(": chat, text message by gateway, ntfy"), "{asked}");
    assert!(asked.contains("(Send test pages) /oncall test sure:yes"), "{asked}");
    assert!(providers.texts().is_empty() && providers.pushes().is_empty(), "nothing goes out unconfirmed");
    let started = done(&world.says_in("ops", "dee", "/oncall test sure:yes").await).clone();
    assert!(show(&started.post).contains("Cho"), "{}", show(&started.post));
    assert_eq!(providers.texts().len(), 1);
    assert_eq!(providers.pushes()[0].2, 5, "it rings like a real page");
    assert!(world.room("dm-cho").await.contains("Nothing is broken"));

    let again = world.says_in("ops", "dee", "/oncall test sure:yes").await;
    assert_eq!(again.outcome, ReplyOutcome::Refused, "at most once an hour: {}", show(&again.post));
    world.advance(minutes(1)).await;
    let (status, view) = opens(&world, "POST", &link(&providers.texts()[0].1)).await;
    assert_eq!(status, StatusCode::OK, "{view}");
    assert!(!world.room("ops").await.contains("On-call test"), "the time is not over");
    world.advance(minutes(4)).await;
    let room = world.room("ops").await;
    assert!(room.contains("1 of 1 person answered within 5 minutes"), "{room}");
    assert!(room.contains("answered after 1 min, by text message by gateway"), "{room}");
    assert!(room.contains("ntfy accepted"), "{room}");
    world.advance(minutes(56)).await;
    done(&world.says_in("ops", "dee", "/oncall test sure:yes").await);
    world.advance(minutes(10)).await;
    world.end().await;
}

#[tokio::test]
async fn an_on_call_test_names_who_did_not_answer_and_takes_an_answer_in_the_chat() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    providers.gateway_answers(400);
    done(&world.says("dee", "/oncall test sure:yes").await);
    world.advance(minutes(5)).await;
    let report = world.room("dm-dee").await;
    assert!(report.contains("0 of 1 person answered") && report.contains("no answer"), "{report}");
    assert!(report.contains("text message by gateway failed"), "{report}");
    let late = world.presses("cho", "dm-cho", "Answer").await;
    done(&late);
    assert!(!world.room("dm-dee").await.contains("1 of 1"), "a late answer does not change the report");

    world.advance(minutes(60)).await;
    done(&world.says("dee", "/oncall test sure:yes").await);
    let stranger = world.button("dm-cho", "Answer").await.command;
    assert_eq!(world.says("bob", &stranger).await.outcome, ReplyOutcome::Refused, "it asks only cho");
    done(&world.presses("cho", "dm-cho", "Answer").await);
    world.advance(minutes(5)).await;
    let report = world.room("dm-dee").await;
    assert!(report.contains("1 of 1 person answered") && report.contains("in the chat"), "{report}");
    world.end_with_given_up().await;
}

#[tokio::test]
async fn an_on_call_test_needs_a_responder_and_somebody_on_call() {
    let reporter = "[[people]]\nid = \"eve\"\nname = \"Eve\"\naccess = \"reporter\"\n";
    let providers = Providers::start().await;
    let world = World::with(&(reporter.to_owned() + &providers.settings(CHO, false))).await;
    assert_eq!(world.says("eve", "/oncall test sure:yes").await.outcome, ReplyOutcome::Forbidden);
    world.end().await;
    let nobody = "[[schedules]]\nid = \"primary\"\ntimezone = \"UTC\"\n[[schedules.layers]]\npeople = [\"ann\"]\ndays = [\"sun\"]\n\
                  start = \"2026-01-05 09:00\"\nturn = \"1w\"\n";
    let world = World::with(nobody).await;
    let refused = world.says("dee", "/oncall test").await;
    assert!(show(&refused.post).contains("Nobody is on call now"), "{}", show(&refused.post));
    world.end().await;
}

#[tokio::test]
async fn a_weekly_test_goes_out_once_a_week_in_working_hours_by_push_and_shows_in_readiness_when_unanswered() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    world.advance(days(7)).await;
    assert!(sent_to_cho(&world).await.is_empty(), "it is off by default");
    let saved = show(&done(&world.says("cho", "/oncall contact weekly on").await).post);
    assert!(saved.contains("by one push or mail"), "{saved}");
    world.advance(days(7)).await;
    let sent = sent_to_cho(&world).await;
    assert_eq!(sent.len(), 1, "{sent:?}");
    let local = sent[0].at.with_timezone(&chrono_tz::Europe::Berlin);
    assert!((10..=16).contains(&local.hour()) && !matches!(local.weekday(), Weekday::Sat | Weekday::Sun), "{local}");
    assert_eq!((sent[0].kind, providers.texts().len()), (MethodKind::Ntfy, 0), "no telephone unless it was chosen");

    let readiness = show(&done(&world.says("ann", "/oncall readiness").await).post);
    assert!(readiness.contains("the weekly test by ntfy was not answered"), "{readiness}");
    let profile = world.page("cho", "/profile").await;
    assert!(profile.contains("Weekly test not answered"), "the person sees it too");
    assert!(!world.room("incidents").await.contains("Cho"), "a test never escalates");

    let before = providers.pushes().len();
    while providers.pushes().len() == before {
        world.advance(minutes(30)).await;
    }
    let body = providers.http.received().pop().expect("a push").json();
    let url = body["actions"][0]["url"].as_str().expect("a button").to_owned();
    let (status, _) = opens(&world, "POST", &link(&url)).await;
    assert_eq!(status, StatusCode::OK);
    world.advance(minutes(180)).await;
    let readiness = show(&done(&world.says("ann", "/oncall readiness").await).post);
    assert!(!readiness.contains("weekly test"), "{readiness}");

    done(&world.says("cho", "/oncall contact weekly off").await);
    let sent = sent_to_cho(&world).await.len();
    world.advance(days(14)).await;
    assert_eq!(sent_to_cho(&world).await.len(), sent);
    world.end().await;
}

#[tokio::test]
async fn the_weekly_test_is_chosen_by_the_api_and_tests_telephones_only_by_choice() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(&[("cho", &["gateway:+4915100000003"])], false)).await;
    let put = async |body| super::profile::api(&world, "cho", "PUT /api/v1/profile/weekly-test", body).await.0;
    assert_eq!(put(json!({"phone": true})).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(put(json!({"enabled": true})).await, StatusCode::OK);
    world.advance(days(8)).await;
    assert!(providers.texts().is_empty());
    assert_eq!(put(json!({"enabled": true, "phone": true})).await, StatusCode::OK);
    let (_, profile) = world.get_as("cho", "/api/v1/profile").await;
    assert!(profile.contains(r#""weekly_test":{"phone":true}"#), "{profile}");
    world.advance(days(6)).await;
    assert_eq!(providers.texts().len(), 1);
    // A test that was due while hotroom was down begins in working hours or not at all.
    world.was_down(days(9));
    world.settle().await;
    let sent = sent_to_cho(&world).await;
    assert!(sent.iter().all(|message| (8..=16).contains(&message.at.hour())), "{sent:?}");
    world.end().await;
}

#[tokio::test]
async fn readiness_is_posted_on_monday_in_the_room_of_the_team_when_it_is_not_clean() {
    let providers = Providers::start().await;
    let team = "\n[[teams]]\nid = \"ops\"\nname = \"Operations\"\nroom = \"ops-team\"\nmembers = [\"cho\", \"bob\"]\n";
    let world = World::with(&(providers.settings(CHO, false) + team)).await;
    done(&world.says("ann", "/admin reload").await);
    world.advance(days(6)).await;
    assert!(!world.room("ops-team").await.contains("can be reached"), "not before Monday");
    world.advance(days(1)).await;
    let room = world.room("ops-team").await;
    assert!(room.contains("Not everybody who is on call within 14 days can be reached"), "{room}");
    assert!(room.contains("Bob") && room.contains("no verified contact method"), "{room}");
    assert!(!room.contains("Ann"), "ann is in no team with a room: {room}");
    let feed = world.room("incidents").await;
    assert!(feed.contains("Ann") && !feed.contains("Bob"), "{feed}");
    assert_eq!(room.matches("Not everybody").count(), 1);
    world.advance(days(7)).await;
    assert_eq!(world.room("ops-team").await.matches("Not everybody").count(), 2, "each week");
    world.end().await;
}

#[tokio::test]
async fn a_live_check_reads_readiness_from_the_database() {
    let providers = Providers::start().await;
    let settings = providers.settings(CHO, false);
    let world = World::with(&settings).await;
    let file = world.database().parent().unwrap().join("bot.toml");
    let env = vec![("HOTROOM_STORE__PATH".to_owned(), world.database().display().to_string())];
    let now = world.now();
    let check = move || hotroom::cli::check_live(Some(&file), env, false, now);
    let report: Report = tokio::task::spawn_blocking(check).await.unwrap();
    assert_eq!(report.exit, Exit::Failed);
    let text = report.text();
    assert!(text.contains("cho is paged from 2026-03-02 10:00 UTC on: never proven to be reached"), "{text}");
    assert!(text.contains("ann is paged") && text.contains("no verified contact method"), "{text}");
    world.end().await;
}
