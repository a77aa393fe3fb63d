//! A server that takes no further channel: the room is a thread, people are told, and the next one is tried in a channel.

use crate::{
    bot::Bot,
    discord::{
        Fault,
        answer::text,
        state::{Id, PRIVATE_THREAD, PUBLIC_THREAD, TEXT},
    },
};

const TIGHT: &str = "nearly full";

/// Declares an incident and gives its room, once the card is pinned.
async fn declares(bot: &Bot, (title, private): (&str, bool), key: &str) -> Id {
    let general = bot.channel("general").await;
    let private = if private { "true" } else { "false" };
    let asked = [("title", title), ("severity", "sev3"), ("private", private)];
    let declared = bot.says("ann", general, "incident declare", &asked).await;
    bot.until_answered(&declared, key).await;
    let room = bot.channel(&key.to_lowercase()).await;
    bot.until_card(room, title).await;
    room
}

/// A bot that has made its channels, on a server that is then filled.
async fn on_a_full_server() -> Bot {
    let bot = Bot::start().await;
    declares(&bot, ("Before", false), "HOT-1").await;
    bot.settled().await;
    bot.fills(500);
    bot
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_place_for_a_channel_the_room_is_a_thread_and_the_manager_is_told_what_to_do() {
    let bot = on_a_full_server().await;
    let room = declares(&bot, ("No place", false), "HOT-2").await;
    let thread = bot.channel_of(room);
    assert_eq!((thread.kind, thread.parent), (PUBLIC_THREAD, Some(bot.channel("incidents").await)));
    assert!(bot.is_in(bot.person("ann"), room), "who declared it is added");
    let told = bot.posted(room, "takes no further channel").await;
    assert!(text(&told).contains("Delete unused channels"), "{told:?}");
    assert!(told.content().contains(&format!("<@{}>", bot.person("ann"))), "the manager is called: {told:?}");
    bot.posted(bot.channel("incidents").await, "server is full").await;

    bot.press(bot.person("ann"), room, "Move to Identified").await;
    bot.until_card(room, "Identified").await;
    bot.fake.says(bot.person("bob"), room, "I look at the database");
    bot.until_shown_in("hot-2", "I look at the database").await;
    bot.says_in_console("ann", "hot-2", "and I at the network").await;
    bot.posted(room, "and I at the network").await;

    for n in ["old-490", "old-491", "old-492"] {
        bot.deletes_channel(bot.channel(n).await);
    }
    let next = declares(&bot, ("A place again", false), "HOT-3").await;
    assert_eq!(bot.channel_of(next).kind, TEXT, "the next one is tried in a channel");
    bot.settled().await;
    assert_eq!(bot.texts(room).join("\n").matches("takes no further channel").count(), 1, "once");
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_incident_on_a_full_server_is_a_thread_that_its_members_alone_see() {
    let bot = on_a_full_server().await;
    let room = declares(&bot, ("A leak", true), "HOT-2").await;
    let thread = bot.channel_of(room);
    assert_eq!(thread.kind, PRIVATE_THREAD);
    assert_eq!(thread.rest["thread_metadata"]["invitable"], false);
    bot.settled().await;
    let seen = ["ann", "bob", "cho"].map(|name| bot.can_see(bot.person(name), room));
    assert_eq!(seen, [true, false, false]);
    let feed = bot.channel("incidents").await;
    assert!(!bot.texts(feed).join("\n").contains("A leak"));
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_thread_either_the_console_goes_on_and_the_room_comes_when_there_is_a_place() {
    let bot = on_a_full_server().await;
    bot.fail("POST /channels/:id/threads", Fault::Refused(400, 160_006), 1_000);
    let general = bot.channel("general").await;
    let declared = bot.says("ann", general, "incident declare", &[("title", "No place"), ("severity", "sev3")]).await;
    bot.until_answered(&declared, "HOT-2").await;
    bot.until_shown_in("incidents", "has no place on Discord").await;
    bot.until_shown_in("dm-ann", "has no place on Discord").await;
    bot.posted(bot.channel("incidents").await, "has no place on Discord").await;
    bot.heal();
    let room = bot.channel("hot-2").await;
    bot.until_card(room, "No place").await;
    assert_eq!(bot.channel_of(room).kind, PUBLIC_THREAD);
    bot.settled().await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_may_make_no_channels_makes_threads_and_says_what_it_lacks() {
    let bot = Bot::start().await;
    declares(&bot, ("Before", false), "HOT-1").await;
    bot.settled().await;
    bot.fail("POST /guilds/:id/channels", Fault::Refused(403, 50013), 1_000);
    let room = declares(&bot, ("Not allowed", false), "HOT-2").await;
    assert_eq!(bot.channel_of(room).kind, PUBLIC_THREAD);
    bot.posted(room, "may not make a channel").await;
    bot.settled().await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_gets_full_is_told_of_in_time_once() {
    let bot = Bot::start().await;
    bot.fills(460);
    declares(&bot, ("One", false), "HOT-1").await;
    let feed = bot.channel("incidents").await;
    let told = bot.posted(feed, TIGHT).await;
    assert!(text(&told).contains("of 500 channels"), "{told:?}");
    declares(&bot, ("Two", false), "HOT-2").await;
    bot.settled().await;
    assert_eq!(bot.texts(feed).join("\n").matches(TIGHT).count(), 1, "once");
    assert!(bot.get("/readyz").await.contains("ready"));
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_is_closed_on_a_full_server_is_shut_where_it_is() {
    let toml = "[retention]\nroom = \"0s\"\n";
    let bot = Bot::with(crate::bot::fake().await, toml).await;
    let room = declares(&bot, ("One", false), "HOT-1").await;
    bot.settled().await;
    bot.fills(500);
    let cancelled = bot.says("ann", room, "incident cancel", &[("reason", "a mistake")]).await;
    bot.until_answered(&cancelled, "").await;
    let stays = bot.channel_of(room).parent;
    let guild = bot.guild();
    bot.until("the room to be shut", |state| {
        let shut = state.channels.get(&room)?.overwrites.iter().any(|one| one.id == guild && one.deny & (1 << 11) != 0);
        shut.then_some(())
    })
    .await;
    assert_eq!(bot.channel_of(room).parent, stays, "there is no category to move it to");
    bot.end().await;
}
