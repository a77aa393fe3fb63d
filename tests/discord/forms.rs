//! Forms on Discord: dialogs have five fields, and cannot be opened again with a mistake in them.

use crate::{bot::Bot, discord::answer::Answer};

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
    let form = bot.says("ann", general, "incident declare", &[]).await.modal.expect("a dialog");
    let most = |name: &str| {
        let mut rows = form["components"].as_array().expect("rows").iter();
        rows.find_map(|row| {
            (row["components"][0]["custom_id"] == name).then(|| row["components"][0]["max_length"].clone())
        })
    };
    assert_eq!((most("title"), most("description")), (Some(200.into()), Some(4_000.into())), "as the command says");
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
    assert_eq!(value(&again, "title"), Some("Login fails".into()), "{again:?}");
    assert_eq!(value(&again, "description"), Some("since `the` deploy".into()));
    let sent = bot.submit(&again, &[("severity", "sev3")]).await;
    bot.until_answered(&sent, "HOT-1").await;
    bot.end().await;
}

/// The value of a field of the dialog that an answer opened.
fn value(answer: &Answer, name: &str) -> Option<String> {
    let rows = answer.modal.as_ref()?["components"].as_array()?.clone();
    let field = rows.iter().map(|row| &row["components"][0]).find(|field| field["custom_id"] == name)?.clone();
    field["value"].as_str().map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_refused_opens_as_a_dialog_with_what_was_given() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    let given = [("text", "We look at the database"), ("next", "90d")];
    let refused = bot.says("ann", room, "incident update", &given).await;
    let has_button = |state: &crate::discord::state::State| {
        let answer = Answer::of(state, refused.interaction)?;
        answer.components.iter().any(|row| row.to_string().contains("Post update")).then_some(answer.message)?
    };
    let message = bot.until("the button that opens the dialog", has_button).await;
    let form = bot.press_on(bot.person("ann"), message, "Post update").await;
    assert_eq!(value(&form, "text"), Some("We look at the database".into()), "{form:?}");
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_customers_will_read_is_shown_first_and_posted_once() {
    let bot = Bot::start().await;
    let (room, bob) = (bot.in_a_room().await, bot.person("bob"));
    let public = async || bot.get("/status/api/v2/incidents.json").await;
    let form = bot.press(bob, room, "Post to status page").await;
    let preview = bot.submit(&form, &[("message", "Payments fail")]).await;
    assert!(preview.ephemeral && preview.text().contains("Payments fail"), "{}", preview.text());
    assert!(!public().await.contains("Payments fail"), "nothing is public before it is sent");
    let again = bot.press(bob, room, "Edit").await;
    assert_eq!(value(&again, "message"), Some("Payments fail".into()));
    bot.submit(&again, &[("message", "Payments fail; we work on it")]).await;
    for _ in 0..2 {
        let sent = bot.press(bob, room, "Post to status page").await;
        bot.until_answered(&sent, "posted to the status page").await;
    }
    bot.posted(room, "we work on it").await;
    bot.settled().await;
    assert_eq!(public().await.matches("we work on it").count(), 1, "{}", public().await);
    bot.end().await;
}
