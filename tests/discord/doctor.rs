//! `hotroom doctor` on Discord: what people have undone by hand is named, and mended by the bot that runs.

use hotroom::cli::{self, Exit, Remedies, Report};

use crate::{
    bot::Bot,
    discord::state::{Id, Overwrite},
};

async fn doctor(bot: &Bot, repair: bool) -> Report {
    let (config, now) = (bot.app.config.current(), bot.app.clock.now());
    let remedies = Remedies { repair, ..Remedies::default() };
    tokio::task::spawn_blocking(move || cli::doctor(&config, remedies, now)).await.unwrap()
}

/// Takes out what the bot has put there, while nobody tells it.
async fn is_undone(bot: &Bot, (open, private, deleted): (Id, Id, Id)) {
    bot.gateway_down(true);
    bot.disconnected().await;
    let card = bot.pinned(open)[0].id;
    bot.unpins(card);
    bot.deletes_channel(deleted);
    let bob = bot.person("bob");
    bot.change(|state| {
        state.channels[&private].overwrites.push(Overwrite { id: bob, kind: 1, allow: 1 << 10, deny: 0 });
        state.commands.pop();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_undone_by_hand_is_named_and_mended() {
    let bot = Bot::start().await;
    let open = bot.in_a_room().await;
    let general = bot.channel("general").await;
    for (title, private, key) in [("A leak", "true", "HOT-2"), ("Lost", "false", "HOT-3")] {
        let asked = [("title", title), ("severity", "sev3"), ("private", private)];
        let declared = bot.says("ann", general, "incident declare", &asked).await;
        bot.until_answered(&declared, key).await;
        bot.until_card(bot.channel(&key.to_lowercase()).await, title).await;
    }
    let (private, deleted) = (bot.channel("hot-2").await, bot.channel("hot-3").await);
    bot.settled().await;
    let well = doctor(&bot, false).await;
    assert!(well.text().contains("3 open rooms are as they should be"), "{}", well.text());

    let commands = bot.commands().len();
    is_undone(&bot, (open, private, deleted)).await;
    let found = doctor(&bot, false).await;
    assert_eq!(found.exit, Exit::Failed);
    for wrong in [
        "card of hot-1 is not pinned",
        "hot-2 is private, and others",
        "channel of hot-3 is gone",
        "commands are missing",
    ] {
        assert!(found.text().contains(wrong), "{}", found.text());
    }
    bot.settled().await;
    assert!(bot.pinned(open).is_empty(), "nothing is changed without --repair");

    let mended = doctor(&bot, true).await;
    assert!(mended.text().contains("fixed now"), "{}", mended.text());
    bot.until_card(open, "Slow").await;
    bot.until_card(bot.channel("hot-3").await, "Lost").await;
    let bob = bot.person("bob");
    bot.until("the private room to be shut", |state| {
        (!state.channels[&private].overwrites.iter().any(|one| one.id == bob)).then_some(())
    })
    .await;
    bot.settled().await;
    assert_eq!(bot.commands().len(), commands);
    let again = doctor(&bot, false).await;
    assert!(again.text().contains("3 open rooms are as they should be"), "{}", again.text());
    bot.gateway_down(false);
    bot.connected().await;
    bot.stop().await;
}
