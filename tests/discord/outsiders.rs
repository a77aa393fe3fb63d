//! Those who are not served: another server, strangers in private, and buttons that are not ours.

use hotroom::domain::{ids::Key, incident::Incident};

use crate::{
    bot::Bot,
    discord::{
        Answer,
        interactions::{self, COMPONENT, NewInteraction},
        state::{Id, State},
    },
};

/// Someone presses a button with this custom id in a channel.
fn presses(bot: &Bot, (user, channel): (Id, Id), custom_id: &str, source: Option<Id>) -> Id {
    let data = serde_json::json!({"custom_id": custom_id, "component_type": 2, "id": 1});
    bot.fake.change(|state| interactions::start(state, NewInteraction { kind: COMPONENT, user, channel, source, data }))
}

/// The id that the card's button to Identified carries, and the card.
fn button(state: &State, room: Id) -> (String, Id) {
    let card = state.messages.values().find(|one| one.channel == room && one.pinned.is_some()).expect("a card");
    let mut all = card.list("components").iter().flat_map(|row| row["components"].as_array().into_iter().flatten());
    let found = all.find(|one| one["label"] == "Move to Identified").expect("its button");
    (found["custom_id"].as_str().expect("an id").to_owned(), card.id)
}

/// How much happened to the incident.
async fn events(bot: &Bot) -> usize {
    let key = Key::parse("HOT-1").unwrap();
    let incident = bot.app.store.read(move |reads| reads.incident_by_key(&key)).await.unwrap().unwrap();
    let stream = Incident::stream(incident.id);
    bot.app.store.read(move |reads| reads.events_of(&stream, 0, 500)).await.unwrap().len()
}

/// A press from outside is answered with words that tell nothing, and moves nothing.
async fn is_refused(bot: &Bot, press: Id) -> String {
    let answer: Answer = bot.answered(press).await;
    assert!(answer.ephemeral, "{answer:?}");
    for secret in ["HOT-1", "Slow", "Identified"] {
        assert!(!answer.text().contains(secret), "{}", answer.text());
    }
    answer.text()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_and_a_stranger_in_private_are_refused_with_the_same_words() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    bot.settled().await;
    let (carried, card) = button(&bot.fake.lock(), room);
    let (_, elsewhere, outside) = bot.other_guild("elsewhere");
    let from_elsewhere = presses(&bot, (elsewhere, outside), &carried, None);
    let first = is_refused(&bot, from_elsewhere).await;
    let stranger = bot.fake.member("mallory");
    bot.says_direct(stranger, "hello");
    let private = bot.direct(stranger)[0].channel;
    let in_private = presses(&bot, (stranger, private), &carried, None);
    assert_eq!(is_refused(&bot, in_private).await, first);
    bot.settled().await;
    bot.until_card(room, "Investigating").await;
    assert!(bot.fake.message(card).is_some());
    for _ in 0..30 {
        let again = presses(&bot, (elsewhere, outside), &carried, None);
        is_refused(&bot, again).await;
    }
    let system = bot.app.store.read(|reads| reads.events_of("system", 0, 500)).await.unwrap();
    let refused = system.iter().filter(|one| format!("{:?}", one.event).contains("OutsiderRefused")).count();
    assert!((2..=10).contains(&refused), "{refused} refusals of 32 are in the audit log");
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_of_another_bot_does_nothing() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    bot.settled().await;
    let (_, card) = button(&bot.fake.lock(), room);
    let before = events(&bot).await;
    for forged in ["other:resolve", "hp", "hp:", "hpzzzz:/nothing of ours", "ha:", "hm", "h\u{202e}:/incident resolve"]
    {
        presses(&bot, (bot.person("ann"), room), forged, Some(card));
    }
    let marker = bot.says("ann", room, "incident info", &[]).await;
    bot.until_answered(&marker, "Slow").await;
    bot.settled().await;
    bot.until_card(room, "Investigating").await;
    assert_eq!(events(&bot).await, before, "nothing was decided");
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_knows_no_server_to_serve_says_so_also_after_its_session_is_resumed() {
    let fake = crate::bot::fake().await;
    fake.other_guild("elsewhere");
    let bot = Bot::run(fake, "", tempfile::tempdir().unwrap()).await;
    let why = bot.until_stopped().await;
    assert!(why.contains("several servers"), "{why}");
    bot.fake.cuts();
    bot.resumed(1).await;
    // What comes through the connection afterwards was taken in after the resumption.
    bot.fake.cuts();
    bot.resumed(2).await;
    assert_eq!(bot.until_stopped().await, why);
    bot.end().await;
}
