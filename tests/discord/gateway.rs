//! Connections that break: nothing is lost and nothing is doubled.

use crate::bot::Bot;

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_comes_back_and_goes_on() {
    let bot = Bot::start().await;
    let general = bot.channel("general").await;
    bot.cuts();
    bot.connected().await;
    let declared = bot.says("ann", general, "incident declare", &[("title", "Slow"), ("severity", "sev3")]).await;
    bot.until_answered(&declared, "HOT-1").await;
    bot.channel("hot-1").await;
    bot.end().await;
}
