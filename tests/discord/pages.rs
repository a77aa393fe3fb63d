//! Pages of people whom no direct message reaches, and what their buttons in the room do.

use crate::{
    bot::Bot,
    discord::{answer::text, state::Id},
};

/// Cho takes no direct messages and is paged by hand; the message in the room that asks her.
async fn asks_cho_in(bot: &Bot, room: Id) -> Id {
    bot.blocks_direct(bot.person("cho"), true);
    let paged = bot.says("ann", room, "incident page", &[("whom", "@cho"), ("message", "look at the cache")]).await;
    bot.until_answered(&paged, "").await;
    let asked = bot.posted(room, "delivers no direct message").await;
    assert!(asked.content().contains(&format!("<@{}>", bot.person("cho"))), "she is called: {asked:?}");
    asked.id
}

async fn until_without_buttons(bot: &Bot, message: Id) {
    bot.until("the buttons to go", |state| state.messages[&message].list("components").is_empty().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_button_of_a_person_without_direct_messages_acknowledges_the_page_and_no_more() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    let asked = asks_cho_in(&bot, room).await;
    let pressed = bot.press_on(bot.person("cho"), asked, "Acknowledge page").await;
    bot.until_answered(&pressed, "acknowledged").await;
    bot.posted(room, "Cho acknowledged the page").await;
    bot.until_card(room, "Cho").await;
    until_without_buttons(&bot, asked).await;
    let incident = bot.app.store.read(|reads| {
        let key = hotroom::domain::ids::Key::parse("HOT-1").unwrap();
        reads.incident_by_key(&key)
    });
    let incident = incident.await.unwrap().expect("it is there");
    let manager = incident.holder(&"incident_manager".into()).map(|person| person.to_string());
    assert_eq!(manager.as_deref(), Some("ann"), "an acknowledgement takes no role from anybody");
    let fake = bot.stop().await;
    assert_eq!(fake.violations(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_without_direct_messages_can_decline_in_the_room() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    let asked = asks_cho_in(&bot, room).await;
    let pressed = bot.press_on(bot.person("cho"), asked, "Can't take it").await;
    bot.until_answered(&pressed, "declined").await;
    until_without_buttons(&bot, asked).await;
    assert!(bot.texts(room).iter().any(|said| said.contains("Cho declined the page")));
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_direct_message_of_a_page_links_to_the_room_once_it_is_there() {
    let bot = Bot::start().await;
    assert_eq!(bot.posts("alertmanager", &crate::bot::alert("CheckoutDown", "checkout")).await, 202);
    let room = bot.channel("hot-1").await;
    let link = format!("<#{room}>");
    let linked = |state: &crate::discord::state::State| {
        let mut messages = state.messages.values();
        messages.find(|one| text(one).contains("can you take this?") && text(one).contains(&link)).map(drop)
    };
    bot.until("a page with a link to the room", linked).await;
    let all: Vec<String> = bot.fake.lock().messages.values().map(text).collect();
    assert!(!all.iter().any(|said| said.contains("127.0.0.1")), "no link that only this machine can open: {all:#?}");
    bot.end().await;
}
