//! Rooms and messages as people see them: names, and references that nobody sees.

use crate::{
    bot::{Bot, fake},
    discord::{
        answer::text,
        state::{Message, State},
    },
};

const NAMED: &str = "[chat.discord]\nroom_names = \"key-and-title\"\n";

async fn declares(bot: &Bot, title: &str, more: &[(&str, &str)]) {
    let general = bot.channel("general").await;
    let asked: Vec<(&str, &str)> =
        [("title", title), ("severity", "sev3")].into_iter().chain(more.iter().copied()).collect();
    let declared = bot.says("bob", general, "incident declare", &asked).await;
    bot.until_answered(&declared, "HOT-").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_named_after_its_key_and_title_once_and_a_private_one_after_its_key() {
    let bot = Bot::with(fake().await, NAMED).await;
    declares(&bot, "Checkout answers 503 for card payments!", &[]).await;
    let room = bot.channel("hot-1-checkout-answers-503-for-card").await;
    bot.until_card(room, "Checkout answers").await;
    let renamed = bot.says("bob", room, "incident rename", &[("title", "All is well")]).await;
    bot.until_answered(&renamed, "").await;
    bot.until_card(room, "All is well").await;
    declares(&bot, "A leak", &[("private", "true")]).await;
    let private = bot.channel("hot-2").await;
    bot.until_card(private, "A leak").await;
    bot.settled().await;
    assert_eq!(bot.channel_of(room).name, "hot-1-checkout-answers-503-for-card", "a name is set once");
    let renames =
        bot.requests().iter().filter(|request| request.method == "PATCH" && request.body["name"].is_string()).count();
    assert_eq!(renames, 0);
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_message_shows_its_reference_and_every_one_keeps_it_when_it_is_edited() {
    let bot = Bot::with(fake().await, "[server]\npublic_url = \"https://hot.example\"\n").await;
    declares(&bot, "Slow", &[]).await;
    let room = bot.channel("hot-1").await;
    bot.until_card(room, "Investigating").await;
    bot.press(bot.person("bob"), room, "Move to Identified").await;
    bot.until_card(room, "Identified").await;
    bot.settled().await;
    let marked = |state: &State| {
        let me = state.bot;
        // Discord itself notes that something was pinned.
        let ours = |message: &&Message| message.author == me && !text(message).is_empty();
        let sent = state.messages.values().filter(|message| ours(message) && message.only_for.is_none());
        sent.map(|message| (text(message), message.list("embeds").first().map(|embed| embed["url"].clone())))
            .collect::<Vec<_>>()
    };
    let sent = marked(&bot.fake.lock());
    assert!(sent.len() > 2, "{sent:#?}");
    for (said, address) in &sent {
        assert!(!said.contains("ref "), "{said}");
        let address = address.as_ref().and_then(|address| address.as_str()).unwrap_or_default();
        assert!(address.starts_with("https://hot.example/rooms/") && address.contains("#ref-"), "{said}: {address}");
    }
    let topic = bot.channel_of(room).topic().unwrap_or_default().to_owned();
    assert!(topic.contains("https://hot.example/rooms/hot-1#ref-"), "{topic}");
    bot.end().await;
}
