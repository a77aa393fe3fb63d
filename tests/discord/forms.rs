//! Forms on Discord: dialogs have five fields, and cannot be opened again with a mistake in them.

use crate::bot::Bot;

#[tokio::test(flavor = "multi_thread")]
async fn a_dialog_asks_for_nothing_that_needs_a_field_it_lacks() {
    let bot = Bot::start().await;
    let general = bot.channel("general").await;
    let room = bot.in_a_room().await;
    let fields = async |channel, line: &str| {
        let form = bot.says("ann", channel, line, &[]).await;
        let modal = form.modal.unwrap_or_else(|| panic!("{line} opens no dialog"));
        let rows = modal["components"].as_array().expect("rows").clone();
        rows.iter().map(|row| row["components"][0]["custom_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // Impact needs urgency, for which there is no place.
    assert_eq!(fields(general, "incident declare").await, ["title", "severity", "service", "description", "since"]);
    assert_eq!(fields(room, "incident update").await, ["text", "impact", "cause", "estimate", "next"]);
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_into_a_dialog_with_a_mistake_comes_back_with_a_button_to_the_dialog() {
    let bot = Bot::start().await;
    let general = bot.channel("general").await;
    let form = bot.says("ann", general, "incident declare", &[]).await;
    let typed = [("title", "Login fails"), ("severity", "sev9"), ("description", "since `the` deploy")];
    let sent = bot.submit(&form, &typed).await;
    let text = bot.until_answered(&sent, "Login fails").await.text();
    assert!(text.contains("Login fails") && text.contains("since ˋtheˋ deploy"), "{text}");
    let again = bot.press(bot.person("ann"), general, "Declare incident").await;
    assert!(again.modal.is_some(), "{again:?}");
    bot.end().await;
}
