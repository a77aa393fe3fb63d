//! A Discord that answers badly, or not: nothing is lost, nothing is doubled, and one room waits for itself alone.

use std::collections::BTreeSet;

use serde_json::json;

use crate::{
    bot::{Bot, alert},
    discord::{Fault, answer, state::Id},
};

const POST: &str = "POST /channels/:id/messages";
const CHANNELS: &str = "POST /guilds/:id/channels";
const CALLBACK: &str = "POST /interactions/:id/:token/callback";

/// Every line of a room, without the mark by which it is known, is there once.
fn nothing_is_doubled(bot: &Bot, room: Id) {
    let plain = |text: &String| text.lines().filter(|line| !line.starts_with("ref ")).collect::<Vec<_>>().join("\n");
    let texts: Vec<String> = bot.texts(room).iter().map(plain).collect();
    let different: BTreeSet<&String> = texts.iter().collect();
    assert_eq!(different.len(), texts.len(), "{texts:#?}");
}

/// What is said in the console arrives once, whatever the first tries meet.
async fn arrives_once_after(faults: &[Fault]) {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    bot.settled().await;
    for fault in faults {
        bot.fail(POST, fault.clone(), 1);
    }
    bot.says_in_console("ann", "hot-1", "I look at the database").await;
    bot.posted(room, "I look at the database").await;
    bot.settled().await;
    nothing_is_doubled(&bot, room);
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_arrives_once_after_a_limit() {
    arrives_once_after(&[Fault::Limited { retry_after: 1.5, scope: "user" }]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_arrives_once_after_a_limit_of_the_whole_bot() {
    arrives_once_after(&[Fault::Limited { retry_after: 1.2, scope: "global" }]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_arrives_once_after_errors_of_the_server() {
    arrives_once_after(&[Fault::Status(500), Fault::Status(502)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_taken_without_an_answer_is_not_sent_again() {
    arrives_once_after(&[Fault::DropAfter]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_arrives_once_after_an_answer_that_is_none() {
    arrives_once_after(&[Fault::Junk]).await;
    arrives_once_after(&[Fault::Huge(3 << 20)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_was_made_without_an_answer_is_not_made_again() {
    let bot = Bot::start().await;
    bot.settled().await;
    bot.fail(CHANNELS, Fault::DropAfter, 1);
    bot.in_a_room().await;
    bot.settled().await;
    for name in ["hot-1", "Incidents"] {
        let made = bot.fake.lock().channels.values().filter(|one| one.name == name).count();
        assert_eq!(made, 1, "{name}");
    }
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_is_forbidden_holds_up_no_other() {
    let bot = Bot::start().await;
    let first = bot.in_a_room().await;
    bot.settled().await;
    bot.fail(&format!("POST /channels/{first}/messages"), Fault::Refused(403, 50013), 1_000);
    bot.says_in_console("ann", "hot-1", "nobody hears this on Discord").await;
    let general = bot.channel("general").await;
    bot.says("bob", general, "incident declare", &[("title", "Another"), ("severity", "sev3")]).await;
    let second = bot.channel("hot-2").await;
    bot.until_card(second, "Another").await;
    bot.settled().await;
    assert!(bot.fake.invalid_requests() < 20, "{} refused calls", bot.fake.invalid_requests());
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_that_brought_no_answer_loses_nothing() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    bot.fail(CALLBACK, Fault::DropAfter, 1);
    let asked = bot.gives_command(bot.person("ann"), room, "incident status", &[("to", "identified")]);
    let seen = bot.answered(asked).await;
    assert!(seen.text().contains("Identified"), "{}", seen.text());
    bot.until_card(room, "Identified").await;
    nothing_is_doubled(&bot, room);
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_waits_for_a_limit() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    bot.settled().await;
    bot.fail(CALLBACK, Fault::Status(502), 1);
    bot.fail(&format!("POST /channels/{room}/messages"), Fault::Limited { retry_after: 1.5, scope: "user" }, 1);
    bot.gives_command(bot.person("ann"), room, "incident status", &[("to", "identified")]);
    let called = format!("<@{}>", bot.person("ann"));
    bot.fake
        .until("the answer in the room", |state| {
            let mut here = state.history(room);
            here.find(|one| one.content() == called && answer::text(one).contains("Identified")).map(drop)
        })
        .await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_an_alert_pings_nobody_and_hides_no_link() {
    let bot = Bot::start().await;
    let role = bot.role("everybody on call", 0);
    let mut body = alert("CheckoutDown", "checkout");
    body["alerts"][0]["annotations"]["summary"] =
        json!(format!("@everyone @here <@&{role}> <@{}> [all is well](https://evil.example/x)", bot.owner()));
    assert_eq!(bot.posts("alertmanager", &body).await, 202);
    let alerts = bot.channel("alerts").await;
    let shown = bot.posted(alerts, "CheckoutDown").await;
    let room = bot.channel("hot-1").await;
    bot.until_card(room, "all is well").await;
    bot.settled().await;
    assert!(!answer::text(&shown).contains("[all is well](https://evil.example"), "{}", answer::text(&shown));
    let owner = bot.owner().to_string();
    let said: Vec<_> = bot.change(|state| {
        let by_bot = state.messages.values().filter(|message| message.author == state.bot);
        by_bot.cloned().collect()
    });
    for message in said {
        assert!(message.list("mention_roles").is_empty(), "{message:?}");
        assert_ne!(message.body.get("mention_everyone"), Some(&json!(true)), "{message:?}");
        assert!(message.list("mentions").iter().all(|user| user["id"] != owner.as_str()), "{message:?}");
    }
    bot.end().await;
}
