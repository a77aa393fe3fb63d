//! What people do to the server: the bot is removed, a permission or a role goes, a channel is deleted, the server is out of
//! reach, there is no place left. The incident goes on, people are told where they still are, and Discord catches up.

use hotroom::store::chat::MessageRange;

use crate::{
    bot::Bot,
    discord::{Fault, answer::text},
};

/// What the console's room of this person, or a feed, has to say of these words.
async fn told(bot: &Bot, room: &'static str, words: &str) -> bool {
    let read = bot.app.store.read(move |reads| reads.messages(&room.into(), MessageRange::Newest, 200));
    read.await.unwrap().items.iter().any(|message| message.body.contains(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_was_removed_goes_on_in_the_console_and_catches_up_when_it_is_invited_again() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    bot.settled().await;
    bot.kicks_bot();
    bot.until_shown_in("incidents", "Discord is unreachable").await;
    bot.until_shown_in("dm-ann", "Discord is unreachable").await;
    assert!(bot.until_stopped().await.contains("removed from the server"));
    bot.says_in_console("ann", "hot-1", "we go on here").await;
    bot.invites_bot();
    bot.posted(room, "we go on here").await;
    bot.until_shown_in("incidents", "Discord is reachable again").await;
    let answered = bot.says("ann", room, "incident info", &[]).await;
    bot.until_answered(&answered, "Slow").await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_that_are_lost_are_told_of_once_to_the_manager_and_in_the_feed() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    bot.settled().await;
    bot.fail(&format!("POST /channels/{room}/messages"), Fault::Refused(403, 50013), 2);
    bot.says_in_console("ann", "hot-1", "nobody on Discord hears this").await;
    bot.until_shown_in("incidents", "do not reach Discord").await;
    bot.until_shown_in("dm-ann", "do not reach Discord").await;
    bot.says_in_console("ann", "hot-1", "nor does anybody hear this one").await;
    bot.settled().await;
    let read = bot.app.store.read(|reads| reads.messages(&"dm-ann".into(), MessageRange::Newest, 200)).await.unwrap();
    let of_room = |body: &str| body.contains("do not reach Discord") && body.contains("hot-1");
    assert_eq!(read.items.iter().filter(|one| of_room(&one.body)).count(), 1, "{read:#?}");
    bot.says_in_console("ann", "hot-1", "everybody hears this again").await;
    bot.posted(room, "everybody hears this again").await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_gone_takes_nothing_but_what_it_gave() {
    let fake = crate::bot::fake().await;
    let role = fake.role("on call", 0);
    let eve = fake.member("eve");
    fake.gives(eve, role);
    let toml = format!("[chat.discord]\nresponder_role = \"{role}\"\n");
    let bot = Bot::with(fake, &toml).await;
    let room = bot.in_a_room().await;
    let moved = bot.slash(eve, room, "incident status", &[("to", "identified")]).await;
    bot.until_answered(&moved, "Identified").await;
    bot.deletes_role(role);
    let refused = bot.slash(eve, room, "incident status", &[("to", "monitoring")]).await;
    bot.until_answered(&refused, "responder").await;
    bot.until_card(room, "Identified").await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_deleted_by_hand_is_made_again_with_its_card() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    bot.settled().await;
    bot.deletes_channel(room);
    let again = bot
        .until("another channel", |state| {
            state.channels.values().find(|one| one.name == "hot-1" && one.id != room).map(|one| one.id)
        })
        .await;
    bot.until_card(again, "Slow").await;
    assert!(!bot.texts(again).is_empty());
    assert!(!told(&bot, "incidents", "do not reach").await);
    bot.settled().await;
    assert!(bot.pinned(again).iter().any(|card| text(card).contains("Slow")));
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_discord_cannot_reach_is_waited_for() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    bot.settled().await;
    bot.guild_unavailable(true);
    bot.until_away().await;
    bot.says_in_console("ann", "hot-1", "said while the server was away").await;
    bot.guild_unavailable(false);
    bot.posted(room, "said while the server was away").await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_far_back_while_nobody_listened_is_found() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    let ann = bot.person("ann");
    let (edited, deleted) =
        (bot.fake.says(ann, room, "it is the datbase"), bot.fake.says(ann, room, "a slip of the tongue"));
    for n in 0..230 {
        bot.fake.says(ann, room, &format!("line {n}."));
    }
    bot.until_said("line 229.").await;
    bot.gateway_down(true);
    bot.disconnected().await;
    bot.edits(edited, "it is the database");
    bot.deletes(deleted);
    bot.gateway_down(false);
    bot.connected().await;
    bot.until_said("it is the database").await;
    bot.until_not_said("a slip of the tongue").await;
    bot.stop().await;
}
