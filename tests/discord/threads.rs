//! Hot rooms as threads of the incidents' feed, by `[chat.discord] rooms = "threads"`.

use crate::{
    bot::Bot,
    discord::{
        Fault,
        answer::text,
        state::{Id, PRIVATE_THREAD, PUBLIC_THREAD, State, TEXT},
    },
};

const THREADS: &str = "[chat.discord]\nrooms = \"threads\"\n[retention]\nroom = \"0s\"\n";

async fn in_threads() -> Bot {
    Bot::with(crate::bot::fake().await, THREADS).await
}

/// Declares an incident and gives its room, once the card is pinned.
async fn declares(bot: &Bot, options: &[(&str, &str)], title: &str) -> Id {
    let general = bot.channel("general").await;
    let declared = bot.says("bob", general, "incident declare", options).await;
    bot.until_answered(&declared, "HOT-1").await;
    let room = bot.channel("hot-1").await;
    bot.until_card(room, title).await;
    room
}

/// Waits until a thread is put away and shut, or is neither.
async fn until_away(bot: &Bot, thread: Id, away: bool) {
    bot.until(if away { "the thread put away" } else { "the thread open" }, |state: &State| {
        let is = &state.channels.get(&thread)?.rest["thread_metadata"];
        (is["archived"] == away && is["locked"] == away).then_some(())
    })
    .await;
}

/// Waits until someone was added to a thread.
async fn until_in(bot: &Bot, who: &str, thread: Id) {
    let user = bot.person(who);
    bot.until(&format!("{who} to be added"), |state| state.channels[&thread].recipients.contains(&user).then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_lived_through_in_a_thread_closed_and_reopened() {
    let bot = in_threads().await;
    let asked = [("title", "Checkout is down"), ("severity", "sev2"), ("service", "checkout")];
    let room = declares(&bot, &asked, "Checkout is down").await;
    let thread = bot.channel_of(room);
    assert_eq!((thread.kind, thread.parent), (PUBLIC_THREAD, Some(bot.channel("incidents").await)));
    assert_eq!(thread.rest["thread_metadata"]["auto_archive_duration"], 10_080);
    let bob = bot.person("bob");
    until_in(&bot, "bob", room).await;
    let asked = bot.says("bob", room, "incident invite", &[("people", "@ann")]).await;
    bot.until_answered(&asked, "").await;
    until_in(&bot, "ann", room).await;

    let form = bot.press(bob, room, "Post update").await;
    bot.submit(&form, &[("text", "We look at the database")]).await;
    bot.posted(room, "We look at the database").await;
    bot.fake.says(bot.person("ann"), room, "I see it too");
    bot.until_said("I see it too").await;
    bot.press(bob, room, "Move to Identified").await;
    bot.until_card(room, "Identified").await;
    let form = bot.press(bob, room, "Resolve incident").await;
    bot.submit(&form, &[("summary", "rolled back")]).await;
    bot.until_card(room, "Resolved").await;
    bot.press(bob, room, "Close incident").await;
    bot.until_card(room, "Closed").await;
    until_away(&bot, room, true).await;
    bot.settled().await;

    let general = bot.channel("general").await;
    let noted = [("incident", "HOT-1"), ("text", "a word after the end")];
    let noted = bot.says("bob", general, "incident note", &noted).await;
    bot.until_answered(&noted, "").await;
    bot.posted(room, "a word after the end").await;
    bot.settled().await;
    until_away(&bot, room, true).await;

    let reopened = bot.says("bob", general, "incident reopen", &[("incident", "HOT-1"), ("reason", "again")]).await;
    bot.until_answered(&reopened, "").await;
    until_away(&bot, room, false).await;
    bot.until_card(room, "Investigating").await;
    bot.fake.says(bob, room, "it is back");
    bot.until_said("it is back").await;
    bot.settled().await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_incident_is_a_private_thread_of_its_members() {
    let bot = in_threads().await;
    let room = declares(&bot, &[("title", "A leak"), ("severity", "sev3"), ("private", "true")], "A leak").await;
    let thread = bot.channel_of(room);
    assert_eq!((thread.kind, &thread.rest["thread_metadata"]["invitable"]), (PRIVATE_THREAD, &false.into()));
    bot.settled().await;
    let sees = |who: [&str; 3]| who.map(|name| bot.can_see(bot.person(name), room));
    assert_eq!(sees(["bob", "ann", "cho"]), [true, false, false]);
    let asked = bot.says("bob", room, "incident invite", &[("people", "@ann")]).await;
    bot.until_answered(&asked, "").await;
    until_in(&bot, "ann", room).await;
    bot.settled().await;
    assert_eq!(sees(["bob", "ann", "cho"]), [true, true, false]);
    assert!(!bot.texts(bot.channel("incidents").await).join("\n").contains("A leak"));
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_becomes_private_moves_to_a_thread_that_was_never_open_to_others() {
    let bot = in_threads().await;
    let room = declares(&bot, &[("title", "Slow"), ("severity", "sev3")], "Slow").await;
    bot.fake.says(bot.person("cho"), room, "can I help?");
    bot.until_said("can I help?").await;
    // Elsewhere, because an answer in the room can come after the room is gone.
    let general = bot.channel("general").await;
    let hidden = bot.says("bob", general, "incident private", &[("incident", "HOT-1"), ("on", "true")]).await;
    bot.until_answered(&hidden, "").await;
    let moved = bot
        .until("another thread", |state| {
            state.channels.values().find(|one| one.name == "hot-1" && one.id != room).map(|one| one.id)
        })
        .await;
    assert!(bot.fake.lock().channels.get(&room).is_none(), "the open one is gone before the other is there");
    assert_eq!(bot.channel_of(moved).kind, PRIVATE_THREAD);
    bot.until_card(moved, "Slow").await;
    bot.settled().await;
    let seen = ["bob", "cho"].map(|name| bot.can_see(bot.person(name), moved));
    assert_eq!(seen, [true, false]);
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_cannot_be_taken_away_is_spoken_in_no_more() {
    let bot = in_threads().await;
    let room = declares(&bot, &[("title", "Slow"), ("severity", "sev3")], "Slow").await;
    bot.settled().await;
    bot.fail(&format!("DELETE /channels/{room}"), Fault::Refused(403, 50013), 1_000);
    let general = bot.channel("general").await;
    let hidden = bot.says("bob", general, "incident private", &[("incident", "HOT-1"), ("on", "true")]).await;
    bot.until_answered(&hidden, "").await;
    bot.says_in_console("bob", "hot-1", "the password is in the log").await;
    bot.until_shown_in("dm-bob", "do not reach Discord").await;
    assert!(!bot.texts(room).join("\n").contains("the password is in the log"));
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_discord_puts_away_comes_back_while_its_incident_is_open() {
    let bot = in_threads().await;
    let room = declares(&bot, &[("title", "Slow"), ("severity", "sev3")], "Slow").await;
    bot.settled().await;
    bot.puts_away(room);
    until_away(&bot, room, false).await;

    bot.gateway_down(true);
    bot.disconnected().await;
    bot.puts_away(room);
    bot.says_in_console("bob", "hot-1", "nobody told the bot of it").await;
    bot.posted(room, "nobody told the bot of it").await;
    bot.gateway_down(false);
    bot.connected().await;
    bot.settled().await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_edited_in_a_thread_that_was_put_away_unseen() {
    let bot = in_threads().await;
    let room = declares(&bot, &[("title", "Slow"), ("severity", "sev3")], "Slow").await;
    bot.settled().await;
    bot.change(|state| state.channels[&room].rest["thread_metadata"]["archived"] = true.into());
    let general = bot.channel("general").await;
    let moved = bot.says("bob", general, "incident status", &[("incident", "HOT-1"), ("to", "identified")]).await;
    bot.until_answered(&moved, "").await;
    bot.until_card(room, "Identified").await;
    bot.settled().await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_was_made_without_an_answer_is_not_made_again() {
    let bot = in_threads().await;
    bot.settled().await;
    bot.fail("POST /channels/:id/threads", Fault::DropAfter, 1);
    let room = declares(&bot, &[("title", "Slow"), ("severity", "sev3")], "Slow").await;
    bot.settled().await;
    let made =
        bot.fake.lock().channels.values().filter(|one| one.name == "hot-1").map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(made, [room]);
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_feed_its_threads_are_made_again() {
    let bot = in_threads().await;
    let room = declares(&bot, &[("title", "Slow"), ("severity", "sev3")], "Slow").await;
    bot.settled().await;
    bot.deletes_channel(bot.channel("incidents").await);
    let again = bot
        .until("another thread", |state| {
            state.channels.values().find(|one| one.name == "hot-1" && one.id != room).map(|one| one.id)
        })
        .await;
    bot.until_card(again, "Slow").await;
    bot.settled().await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_place_for_a_thread_the_room_is_a_channel() {
    let bot = in_threads().await;
    bot.fail("POST /channels/:id/threads", Fault::Refused(400, 160_006), 1_000);
    let room = declares(&bot, &[("title", "Slow"), ("severity", "sev3")], "Slow").await;
    assert_eq!(bot.channel_of(room).kind, TEXT);
    let told = bot.posted(room, "no further open thread").await;
    assert!(text(&told).contains("Close unused threads"), "{told:?}");
    bot.settled().await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_in_a_thread_while_nobody_listened_is_fetched() {
    let bot = in_threads().await;
    let room = declares(&bot, &[("title", "Slow"), ("severity", "sev3")], "Slow").await;
    let said = bot.fake.says(bot.person("ann"), room, "before the outage");
    bot.until_said("before the outage").await;
    bot.gateway_down(true);
    bot.disconnected().await;
    bot.fake.says(bot.person("ann"), room, "during the outage");
    bot.deletes(said);
    bot.gateway_down(false);
    bot.connected().await;
    bot.until_said("during the outage").await;
    bot.until_not_said("before the outage").await;
    bot.end().await;
}
