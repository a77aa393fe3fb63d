//! The whole incident, by people on Discord alone.

use crate::bot::Bot;

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_lived_through_on_discord() {
    let bot = Bot::start().await;
    let general = bot.channel("general").await;
    let asked = [("title", "Checkout is down"), ("severity", "sev1"), ("service", "checkout")];
    let declared = bot.says("bob", general, "incident declare", &asked).await;
    bot.until_answered(&declared, "HOT-1").await;
    assert!(declared.ephemeral, "only the asker sees the answer");

    let room = bot.channel("hot-1").await;
    let pinned = |state: &crate::discord::state::State| {
        state.messages.values().find(|message| message.channel == room && message.pinned.is_some()).cloned()
    };
    let card = bot.until("the pinned card", pinned).await;
    assert!(crate::discord::answer::text(&card).contains("Checkout is down"));
    bot.posted(bot.channel("incidents").await, "HOT-1").await;

    bot.press(bot.person("bob"), room, "Move to Identified").await;
    bot.until("the card says so", |state| {
        state.messages.get(&card.id).filter(|card| crate::discord::answer::text(card).contains("Identified")).map(drop)
    })
    .await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_command_opens_its_form_and_sending_it_does_what_the_command_does() {
    let bot = Bot::start().await;
    let general = bot.channel("general").await;
    let form = bot.says("ann", general, "incident declare", &[]).await;
    assert!(form.modal.is_some(), "{form:?}");
    let sent = bot.submit(&form, &[("title", "Login fails")]).await;
    bot.until_answered(&sent, "HOT-1").await;
    bot.channel("hot-1").await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_asks_for_yes_or_no_alone_offers_a_menu() {
    let bot = Bot::start().await;
    let room = bot.in_a_room().await;
    let asked = bot.says("ann", room, "incident private", &[]).await;
    assert!(asked.modal.is_none(), "{asked:?}");
    let sure = bot.choose(bot.person("ann"), room, "Private", &["Private: yes"]).await;
    assert!(sure.text().contains("hides it from everyone"), "{}", sure.text());
    bot.press(bot.person("ann"), room, "Change privacy").await;
    bot.until("the room to be shut", |state| {
        let everyone = state.channels.get(&room)?.overwrites.iter().any(|one| one.deny & (1 << 10) != 0);
        everyone.then_some(())
    })
    .await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_offered_while_someone_types() {
    let bot = Bot::start().await;
    let general = bot.channel("general").await;
    let offered = bot.complete(bot.person("ann"), general, "incident declare", &[("service", "che")]).await;
    assert_eq!(offered.first().map(|(_, value)| value.clone()), Some("checkout".into()), "{offered:?}");
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_in_one_chat_is_heard_in_the_other() {
    let bot = Bot::start().await;
    let general = bot.channel("general").await;
    let declared = bot.says("ann", general, "incident declare", &[("title", "Slow"), ("severity", "sev3")]).await;
    bot.until_answered(&declared, "HOT-1").await;
    let room = bot.channel("hot-1").await;
    bot.posted(room, "Slow").await;
    let said = bot.says("bob", room, "incident info", &[]).await;
    bot.until_answered(&said, "Slow").await;
    bot.fake.says(bot.person("bob"), room, "I look at the database");
    bot.until_said("I look at the database").await;
    bot.says_in_console("ann", "hot-1", "and I at the network").await;
    let mirrored = bot.posted(room, "and I at the network").await;
    assert!(crate::discord::answer::text(&mirrored).contains("Ann"), "with its speaker: {mirrored:?}");
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_shown_and_declared_from_and_the_one_on_call_acknowledges_in_a_direct_message() {
    let bot = Bot::start().await;
    assert_eq!(bot.posts("alertmanager", &crate::bot::alert("CheckoutDown", "checkout")).await, 202);
    let room = bot.channel("hot-1").await;
    let alerts = bot.channel("alerts").await;
    let group = bot.posted(alerts, "CheckoutDown").await;
    assert!(group.list("embeds").len() == 1, "{group:?}");
    let paged = |state: &crate::discord::state::State| {
        let paged = state.messages.values().find(|message| {
            crate::discord::answer::text(message).contains("can you take this?") && message.channel != room
        });
        paged.cloned()
    };
    let page = bot.until("a page", paged).await;
    let who = crate::bot::PEOPLE.into_iter().find(|name| bot.direct(bot.person(name)).iter().any(|m| m.id == page.id));
    let answer = bot.press_on(bot.person(who.expect("someone is paged")), page.id, "Acknowledge page").await;
    bot.until_answered(&answer, "").await;
    bot.until("the page says so", |state| {
        crate::discord::answer::text(&state.messages[&page.id]).contains("You acknowledged this page").then_some(())
    })
    .await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slash_command_does_not_declare_from_a_group_of_an_open_incident() {
    let bot = Bot::start().await;
    assert_eq!(bot.posts("alertmanager", &crate::bot::alert("CheckoutDown", "checkout")).await, 202);
    bot.channel("hot-1").await;
    let (filter, now) = (hotroom::store::GroupFilter { limit: 1, ..Default::default() }, bot.app.clock.now());
    let groups = bot.app.store.read(move |reads| reads.list_groups(&filter, now)).await.unwrap();
    let group = groups.items[0].id.to_string();
    let general = bot.fake.channel("general").await;
    let refused = bot.says("bob", general, "incident declare", &[("title", "Another"), ("group", &group)]).await;
    bot.until_answered(&refused, "already belong to HOT-1").await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_no_direct_messages_is_called_in_the_room() {
    let bot = Bot::start().await;
    for name in crate::bot::PEOPLE {
        bot.blocks_direct(bot.person(name), true);
    }
    assert_eq!(bot.posts("alertmanager", &crate::bot::alert("CheckoutDown", "checkout")).await, 202);
    let room = bot.channel("hot-1").await;
    let called = bot.posted(room, "delivers no direct message").await;
    assert!(called.content().contains("<@"), "someone is called: {called:?}");
    let fake = bot.stop().await;
    assert_eq!(fake.violations(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_incident_is_seen_by_its_members_alone() {
    let bot = Bot::start().await;
    let general = bot.channel("general").await;
    let asked = [("title", "A leak"), ("severity", "sev3"), ("private", "true")];
    let declared = bot.says("bob", general, "incident declare", &asked).await;
    bot.until_answered(&declared, "HOT-1").await;
    let room = bot.channel("hot-1").await;
    assert!(bot.can_see(bot.person("bob"), room));
    assert!(!bot.can_see(bot.person("cho"), room));
    let created = bot.requests().into_iter().find(|request| request.body["name"] == "hot-1").expect("the call");
    assert!(created.body["permission_overwrites"].as_array().is_some_and(|all| !all.is_empty()), "in the same call");
    let elsewhere = bot.says("cho", general, "incident info", &[("incident", "HOT-1")]).await;
    let refused = bot.until_answered(&elsewhere, "HOT-1").await;
    assert!(!refused.text().contains("A leak"), "{}", refused.text());
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_people_press_one_button_and_one_of_them_wins() {
    let bot = Bot::start().await;
    let general = bot.channel("general").await;
    let asked = [("title", "Slow"), ("severity", "sev3")];
    let declared = bot.says("ann", general, "incident declare", &asked).await;
    bot.until_answered(&declared, "HOT-1").await;
    let room = bot.channel("hot-1").await;
    bot.posted(room, "Slow").await;
    bot.until("the card with its buttons", |state| {
        state.messages.values().find(|message| message.channel == room && message.pinned.is_some()).map(drop)
    })
    .await;
    let people = ["ann", "bob", "cho", "dee"];
    let presses: Vec<_> = (0..20).map(|n| bot.presses(bot.person(people[n % 4]), room, "Move to Identified")).collect();
    for press in presses {
        bot.answered(press).await;
    }
    let key = hotroom::domain::ids::Key::parse("HOT-1").unwrap();
    let incident = bot.app.store.read(move |reads| reads.incident_by_key(&key)).await.unwrap().unwrap();
    let stream = hotroom::domain::incident::Incident::stream(incident.id);
    let events = bot.app.store.read(move |reads| reads.events_of(&stream, 0, 500)).await.unwrap();
    let moves = events.iter().filter(|event| format!("{:?}", event.event).contains("StatusChanged")).count();
    assert_eq!(moves, 1, "one transition");
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_with_the_pin_mark_is_on_the_timeline_with_its_author() {
    let bot = Bot::start().await;
    let general = bot.channel("general").await;
    let declared = bot.says("ann", general, "incident declare", &[("title", "Slow"), ("severity", "sev3")]).await;
    bot.until_answered(&declared, "HOT-1").await;
    let room = bot.channel("hot-1").await;
    let marked = bot.fake.says(bot.person("bob"), room, "we rolled back");
    bot.until_said("we rolled back").await;
    bot.reacts(bot.person("ann"), marked, "📌");
    let entry = bot.until_timeline("we rolled back").await;
    assert!(entry.contains("bob"), "with its author: {entry}");
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_while_nobody_listened_is_fetched() {
    let bot = Bot::start().await;
    let general = bot.channel("general").await;
    let declared = bot.says("ann", general, "incident declare", &[("title", "Slow"), ("severity", "sev3")]).await;
    bot.until_answered(&declared, "HOT-1").await;
    let room = bot.channel("hot-1").await;
    bot.fake.says(bot.person("bob"), room, "before the outage");
    bot.until_said("before the outage").await;
    bot.gateway_down(true);
    bot.disconnected().await;
    bot.fake.says(bot.person("bob"), room, "during the outage");
    bot.gateway_down(false);
    bot.connected().await;
    bot.until_said("during the outage").await;
    assert_eq!(bot.count_said("during the outage").await, 1);
    assert_eq!(bot.count_said("before the outage").await, 1);
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_and_a_deletion_follow() {
    let bot = Bot::start().await;
    let general = bot.channel("general").await;
    let declared = bot.says("ann", general, "incident declare", &[("title", "Slow"), ("severity", "sev3")]).await;
    bot.until_answered(&declared, "HOT-1").await;
    let room = bot.channel("hot-1").await;
    let said = bot.fake.says(bot.person("bob"), room, "it is the datbase");
    bot.until_said("it is the datbase").await;
    bot.edits(said, "it is the database");
    bot.until_said("it is the database").await;
    bot.deletes(said);
    bot.until_not_said("it is the database").await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn buttons_work_after_a_restart_and_a_deleted_channel_comes_back() {
    let bot = Bot::start().await;
    let general = bot.channel("general").await;
    let declared = bot.says("ann", general, "incident declare", &[("title", "Slow"), ("severity", "sev3")]).await;
    bot.until_answered(&declared, "HOT-1").await;
    let room = bot.channel("hot-1").await;
    bot.until("the card with its buttons", |state| {
        state.messages.values().find(|message| message.channel == room && message.pinned.is_some()).map(drop)
    })
    .await;
    let bot = bot.restart().await;
    let pressed = bot.press(bot.person("ann"), room, "Move to Identified").await;
    bot.until_answered(&pressed, "Identified").await;
    bot.deletes_channel(room);
    let again = bot
        .until("the channel again", |state| {
            state.channels.values().find(|channel| channel.name == "hot-1" && channel.id != room).map(|one| one.id)
        })
        .await;
    bot.posted(again, "Slow").await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_may_declare_and_not_move() {
    let bot = Bot::start().await;
    let stranger = bot.fake.member("mallory");
    let general = bot.channel("general").await;
    let declared = bot.fake.slash(stranger, general, "incident declare", &[("title", "From a guest")]).await;
    bot.until_answered(&declared, "HOT-1").await;
    let room = bot.channel("hot-1").await;
    let moved = bot.fake.slash(stranger, room, "incident status", &[("to", "identified")]).await;
    let refused = bot.until_answered(&moved, "responder").await;
    assert!(refused.ephemeral);
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_known_by_the_account_and_never_by_the_name() {
    let bot = Bot::start().await;
    let general = bot.channel("general").await;
    let guest = bot.fake.member("mallory");
    let asked = [("title", "A leak"), ("severity", "sev3"), ("private", "true")];
    let declared = bot.fake.slash(guest, general, "incident declare", &asked).await;
    bot.until_answered(&declared, "HOT-1").await;
    bot.change(|state| {
        state.users.get_mut(&guest).expect("the guest").name = "someone".to_owned();
    });
    let other = bot.fake.member("mallory");
    assert_ne!(guest, other);
    let looked = bot.fake.slash(other, general, "incident info", &[("incident", "HOT-1")]).await;
    let refused = bot.until_answered(&looked, "HOT-1").await;
    assert!(!refused.text().contains("A leak"), "{}", refused.text());
    let impostor = bot.fake.member("ann.");
    let said = bot.fake.slash(impostor, general, "admin reload", &[]).await;
    bot.until_answered(&said, "admin").await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_first_word_to_the_last_by_buttons_and_forms_alone() {
    let bot = Bot::start().await;
    let general = bot.channel("general").await;
    let asked = [("title", "Checkout is down"), ("severity", "sev2"), ("service", "checkout")];
    let declared = bot.says("bob", general, "incident declare", &asked).await;
    bot.until_answered(&declared, "HOT-1").await;
    let room = bot.channel("hot-1").await;
    bot.until_card(room, "Investigating").await;
    let bob = bot.person("bob");

    let form = bot.press(bob, room, "Post update").await;
    let sent = bot.submit(&form, &[("text", "We look at the database")]).await;
    bot.posted(room, "We look at the database").await;
    bot.until_answered(&sent, "").await;

    bot.press(bob, room, "Move to Identified").await;
    bot.until_card(room, "Identified").await;

    let form = bot.press(bob, room, "Post to status page").await;
    let preview = bot.submit(&form, &[("message", "Payments fail; we work on it")]).await;
    assert!(preview.text().contains("Payments fail"), "what customers will read is shown first: {preview:?}");
    let told = bot.press(bob, room, "Post to status page").await;
    bot.until_answered(&told, "").await;
    bot.posted(room, "Payments fail").await;
    assert!(bot.get("/status/api/v2/incidents.json").await.contains("Payments fail"));

    let form = bot.press(bob, room, "Resolve incident").await;
    bot.submit(&form, &[("summary", "rolled back")]).await;
    bot.until_card(room, "Resolved").await;

    let closed = bot.press(bob, room, "Close incident").await;
    bot.until_answered(&closed, "").await;
    bot.until_card(room, "Closed").await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_while_discord_was_away_is_one_summary() {
    let bot = Bot::start().await;
    let general = bot.channel("general").await;
    let declared = bot.says("ann", general, "incident declare", &[("title", "Slow"), ("severity", "sev3")]).await;
    bot.until_answered(&declared, "HOT-1").await;
    let room = bot.channel("hot-1").await;
    bot.until_card(room, "Investigating").await;
    bot.settled().await;
    bot.fail("POST /channels/:id/messages", crate::discord::Fault::Status(503), 1);
    bot.fake.says(bot.person("bob"), room, "this was written on Discord itself");
    bot.until_said("this was written on Discord itself").await;
    for words in ["first of three", "second one of three", "and the third one of three"] {
        bot.said_in_console_before("ann", "hot-1", words, chrono::TimeDelta::minutes(20)).await;
    }
    bot.posted(room, "Discord was unreachable, 3 messages were written here").await;
    bot.settled().await;
    let all = bot.texts(room).join("\n");
    assert!(!all.contains("of three"), "{all}");
    assert_eq!(all.matches("unreachable").count(), 1, "{all}");
    bot.end().await;
}

/// A person without an account.
const EVE: &str = "[[people]]\nid = \"ann\"\nname = \"Ann\"\naccess = \"admin\"\n\
    [[people]]\nid = \"bob\"\nname = \"Bob\"\naccess = \"responder\"\n\
    [[people]]\nid = \"cho\"\nname = \"Cho\"\naccess = \"responder\"\n\
    [[people]]\nid = \"dee\"\nname = \"Dee\"\naccess = \"reporter\"\n\
    [[people]]\nid = \"eve\"\nname = \"Eve\"\naccess = \"responder\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_a_private_incident_without_an_account_is_told_of_once() {
    let bot = Bot::with(crate::bot::fake().await, EVE).await;
    let room = bot.in_a_room().await;
    let hidden = bot.says("ann", room, "incident private", &[("on", "true")]).await;
    bot.until_answered(&hidden, "").await;
    let invited = bot.says("ann", room, "incident invite", &[("people", "@eve, @bob")]).await;
    bot.until_answered(&invited, "").await;
    let told = bot.posted(room, "has no known account on Discord").await;
    assert!(crate::discord::answer::text(&told).contains("Eve"), "{told:?}");
    assert!(told.content().contains(&format!("<@{}>", bot.person("ann"))), "the manager is called: {told:?}");
    let given = bot.says("ann", room, "incident role", &[("role", "scribe"), ("person", "@eve")]).await;
    bot.until_answered(&given, "").await;
    bot.settled().await;
    assert_eq!(bot.texts(room).join("\n").matches("no known account").count(), 1, "once");
    bot.end().await;
}
