//! Messages on the timeline: marked, pinned or picked; followed; offered as updates; taken out.

use hotroom::{
    domain::{event::Event, ids::Key, incident::Incident},
    store::chat::MessageRange,
};

use crate::{
    bot::Bot,
    discord::{answer, state::Id},
};

/// Everything that is recorded of the first incident, with numbers.
async fn events(bot: &Bot) -> Vec<(u64, String)> {
    let key = Key::parse("HOT-1").unwrap();
    let incident = bot.app.store.read(move |reads| reads.incident_by_key(&key)).await.unwrap().unwrap();
    let stream = Incident::stream(incident.id);
    let events = bot.app.store.read(move |reads| reads.events_of(&stream, 0, 500)).await.unwrap();
    let told = |event: &Event| serde_json::to_string(event).unwrap();
    events.iter().map(|recorded| (recorded.seq, told(&recorded.event))).collect()
}

/// The number and the words of the event that holds these words.
async fn entry(bot: &Bot, words: &str) -> (u64, String) {
    bot.until_recorded(words).await;
    events(bot).await.into_iter().find(|(_, event)| event.contains(words)).unwrap()
}

/// Somebody writes in the room, and the bot has heard it.
async fn heard(bot: &Bot, room: Id, words: &str) -> Id {
    let message = bot.fake.says(bot.person("bob"), room, words);
    bot.until_said(words).await;
    message
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_pinned_by_hand_is_on_the_timeline_with_its_time_its_author_and_its_link() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    let message = heard(&bot, room, "we rolled back").await;
    bot.pins(bot.person("ann"), message);
    let (_, entry) = entry(&bot, "timeline_added").await;
    let link = format!("https://discord.com/channels/{}/{room}/{message}", bot.guild());
    for part in ["we rolled back", r#""author":"bob""#, &link] {
        assert!(entry.contains(part), "{part} in {entry}");
    }
    bot.reacts(bot.person("cho"), message, "📌");
    bot.says("ann", room, "incident note", &[("text", "marker")]).await;
    bot.until_recorded("marker").await;
    let all = events(&bot).await;
    assert_eq!(all.iter().filter(|(_, event)| event.contains("timeline_added")).count(), 1, "once: {all:#?}");
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_on_a_message_is_copied_and_handed_out_but_never_shown() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    let page = b"<script>alert(1)</script>";
    let message = bot.says_with_file(bot.person("bob"), room, "the log", ("app.log", page));
    bot.says_with_file(bot.person("bob"), room, "run this", ("virus.exe", page));
    bot.until_said("the log").await;
    bot.menu(bot.person("ann"), message, "Add to timeline").await;
    let (_, kept) = entry(&bot, "app.log").await;
    let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(page));
    assert!(kept.contains(&hash), "{kept}");
    let (headers, body) = bot.fetches("cho", &format!("/incidents/HOT-1/files/{hash}")).await;
    assert_eq!(body, page);
    assert_eq!(headers["content-type"], "application/octet-stream");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["content-disposition"], "attachment; filename*=UTF-8''app%2Elog");
    let kept_in = bot.says("ann", room, "incident private", &[("on", "true")]).await;
    bot.until_answered(&kept_in, "").await;
    bot.until_recorded("privacy_changed").await;
    let (_, refused) = bot.fetches("dee", &format!("/incidents/HOT-1/files/{hash}")).await;
    assert!(String::from_utf8_lossy(&refused).contains("problem:not_found"), "{refused:?}");
    let other = bot.messages(room).into_iter().find(|one| one.content() == "run this").unwrap();
    bot.reacts(bot.person("ann"), other.id, "📌");
    let (_, refused) = entry(&bot, "virus.exe").await;
    assert!(refused.contains(r#""sha256":null"#), "{refused}");
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attachments_in_a_hot_room_are_copied_when_they_arrive_and_go_with_their_message() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    let picture = b"\x89PNG\r\n\x1a\nthe graph";
    let message = bot.says_with_file(bot.person("bob"), room, "the graph", ("graph.png", picture));
    bot.says_with_file(bot.person("bob"), room, "run this", ("virus.exe", b"MZ"));
    let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(picture));
    let copied = async |words: &str| {
        let (_, json) = bot.fetches("cho", "/api/v1/incidents/HOT-1/transcript").await;
        String::from_utf8_lossy(&json).contains(words)
    };
    bot.until_stored("the copy", async || copied(&hash).await && copied("virus.exe").await).await;
    assert!(copied(r#""name":"virus.exe""#).await && copied(r#""sha256":null"#).await);
    let (_, html) = bot.fetches("cho", "/api/v1/incidents/HOT-1/transcript?format=html").await;
    let html = String::from_utf8_lossy(&html);
    assert!(html.contains("<img src=\"data:image/png;base64,"), "{html}");
    let (_, body) = bot.fetches("cho", &format!("/incidents/HOT-1/files/{hash}")).await;
    assert_eq!(body, picture);
    bot.deletes(message);
    bot.until_stored("no copy", async || !copied(&hash).await).await;
    let (_, gone) = bot.fetches("cho", &format!("/incidents/HOT-1/files/{hash}")).await;
    assert!(String::from_utf8_lossy(&gone).contains("problem:not_found"));
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_and_a_deletion_are_followed_and_the_old_words_are_kept() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    let message = heard(&bot, room, "first words").await;
    bot.reacts(bot.person("ann"), message, "📌");
    let (number, _) = entry(&bot, "timeline_added").await;
    bot.fake.edits(message, "second words");
    let (_, edited) = entry(&bot, "second words").await;
    assert!(edited.contains(&format!(r#""entry":{number}"#)), "{edited}");
    bot.deletes(message);
    entry(&bot, r#""text":null"#).await;
    let all = events(&bot).await;
    assert!(all.iter().any(|(_, event)| event.contains("first words")), "{all:#?}");
    let (_, page) = bot.fetches("cho", "/incidents/HOT-1").await;
    assert!(String::from_utf8_lossy(&page).contains("deleted where it was written"));
    bot.end().await;
}

/// Whether these words stand anywhere in the files of the database.
async fn in_the_file(bot: &Bot, words: &str) -> bool {
    let copy = bot.app.store.clone();
    let place = bot.folder().join("copy.db");
    std::fs::remove_file(&place).ok();
    copy.backup(&place).await.unwrap();
    std::fs::read(&place).unwrap().windows(words.len()).any(|window| window == words.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_are_taken_out_are_gone_everywhere_and_the_log_can_still_be_verified() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    let message = heard(&bot, room, "the password is tiger").await;
    bot.reacts(bot.person("ann"), message, "📌");
    bot.reacts(bot.person("ann"), message, "📣");
    let (number, _) = entry(&bot, "timeline_added").await;
    entry(&bot, "update_drafted").await;
    bot.fake.edits(message, "the password is tiger2");
    entry(&bot, "tiger2").await;
    bot.settled().await;
    assert!(in_the_file(&bot, "tiger").await);
    let asked = [("redact", number.to_string()), ("reason", "a secret".to_owned())];
    let asked: Vec<(&str, &str)> = asked.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let done = bot.says("ann", room, "incident timeline", &asked).await;
    bot.until_answered(&done, "removed text from the record").await;
    bot.settled().await;
    let all = events(&bot).await;
    assert!(all.iter().all(|(_, event)| !event.contains("tiger")), "{all:#?}");
    assert!(all.iter().any(|(_, event)| event.contains("timeline_added") && event.contains("bob")), "{all:#?}");
    let report = bot.app.store.read(|reads| reads.verify_log()).await.unwrap();
    assert_eq!(report.fault, None);
    let said = bot.app.store.read(|reads| reads.messages(&"hot-1".into(), MessageRange::Newest, 200)).await.unwrap();
    assert!(said.items.iter().all(|one| !one.body.contains("tiger")), "{said:#?}");
    let by_bot = |one: &crate::discord::state::Message| one.author == bot.bot() && answer::text(one).contains("tiger");
    assert!(!bot.messages(room).iter().any(by_bot), "{:#?}", bot.texts(room));
    assert!(!in_the_file(&bot, "tiger").await, "a trace is left");
    let again = bot.says("ann", room, "incident timeline", &asked).await;
    bot.until_answered(&again, "no text that can be removed").await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_marked_as_an_update_is_a_draft_that_one_press_sends_once() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    let message = heard(&bot, room, "Payments work again").await;
    bot.reacts(bot.person("ann"), message, "📣");
    let draft = bot.posted(room, "offers this message of bob as an update").await;
    let sent = bot.press_on(bot.person("ann"), draft.id, "Post as update").await;
    bot.until_answered(&sent, "Payments work again").await;
    bot.posted(bot.channel("incidents").await, "Payments work again").await;
    let second = bot.press_on(bot.person("bob"), draft.id, "Post as update").await;
    bot.until_answered(&second, "already sent").await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_to_messages_while_nobody_listened_is_found() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    let edited = heard(&bot, room, "the first one").await;
    let deleted = heard(&bot, room, "the second one").await;
    let marked = heard(&bot, room, "the third one").await;
    let pinned = heard(&bot, room, "the fourth one").await;
    bot.reacts(bot.person("ann"), deleted, "📌");
    entry(&bot, "timeline_added").await;
    bot.settled().await;
    bot.gateway_down(true);
    bot.disconnected().await;
    bot.fake.edits(edited, "the first one, mended");
    bot.deletes(deleted);
    bot.reacts(bot.person("ann"), marked, "📌");
    bot.pins(bot.person("ann"), pinned);
    bot.forgets_sessions();
    bot.gateway_down(false);
    bot.connected().await;
    bot.until_said("the first one, mended").await;
    bot.until_not_said("the second one").await;
    entry(&bot, r#""text":null"#).await;
    entry(&bot, "the third one").await;
    entry(&bot, "the fourth one").await;
    let (_, page) = bot.fetches("ann", "/health").await;
    let page = String::from_utf8_lossy(&page).into_owned();
    assert!(page.contains("Last away from") && page.contains("Connected"), "{page}");
    bot.end().await;
}
