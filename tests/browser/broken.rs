//! Lost connections, long rooms, many tabs.

use chrono::TimeDelta;
use hotroom::{
    chat::{Post, PostKind},
    domain::{Timestamp, ids::RoomId},
    store::{
        Store, StoreOptions,
        chat::{Author, NewMessage},
    },
};
use serde_json::json;
use thirtyfour::prelude::*;

use crate::{
    rig::Bot,
    stage,
    window::{Looks, Window},
};

const SAID: &str = "[...document.querySelectorAll('#messages > .msg')].filter((el) => el.textContent.includes('typed in the dark')).length";

#[tokio::test]
async fn a_lost_connection_is_told_and_what_was_typed_is_sent_once() {
    let Some((rig, mut bot, _turn)) = stage().await else { return };
    let ann = Window::open(&rig, &bot, Looks::DESK).await;
    let bob = Window::open(&rig, &bot, Looks::DESK_DARK).await;
    ann.sign_in("ann").await;
    bob.sign_in("bob").await;
    ann.visit("/rooms/ops").await;
    bob.visit("/rooms/ops").await;
    bob.press("[data-room-link=incidents]").await;
    bob.until("another room", "location.pathname === '/rooms/incidents'").await;
    bob.press("[data-room-link=ops]").await;
    ann.says("before").await;
    bob.sees("#messages", "before").await;

    bot.kill();
    ann.until("the bar", "!document.getElementById('offline').hidden").await;
    ann.sees("#offline", "Connection lost. Showing the state of").await;
    ann.says("typed in the dark").await;
    ann.sees("#messages .pending", "Not sent yet").await;
    ann.shot("connection-lost").await;
    // A room that was open before is still readable.
    bob.press("[data-room-link=incidents]").await;
    bob.press("[data-room-link=ops]").await;
    bob.until("it is the room", "document.getElementById('room-name').textContent === 'ops'").await;
    bob.until(
        "nothing says that it cannot be read",
        "!/could not be loaded/.test(document.getElementById('log-top').textContent)",
    )
    .await;

    // Even a reload loses nothing: the page comes from the bot, so it is back first; what was typed waits in the tab.
    bot.start_again().await;
    ann.until("the bar is gone", "document.getElementById('offline').hidden").await;
    ann.until("it was sent", &format!("!document.querySelector('.pending') && {SAID} === 1")).await;
    bob.until("bob has it", &format!("{SAID} === 1")).await;
    ann.visit("/rooms/ops").await;
    ann.sees("#messages", "typed in the dark").await;
    assert_eq!(ann.value(SAID).await, json!(1), "it was sent once");
    ann.close().await;
    bob.close().await;
}

/// The network is gone without a word, as when a VPN drops: no connection is closed.
#[tokio::test]
async fn who_only_watches_sees_a_dead_connection_within_twenty_seconds() {
    let Some((rig, bot, _turn)) = stage().await else { return };
    let ann = Window::open(&rig, &bot, Looks::DESK).await;
    ann.sign_in("ann").await;
    ann.visit("/rooms/ops").await;
    ann.until("it is connected", "document.documentElement.dataset.ready").await;
    bot.freezes(true);
    let since = std::time::Instant::now();
    ann.until("the bar", "!document.getElementById('offline').hidden").await;
    let waited = since.elapsed().as_secs();
    bot.freezes(false);
    assert!(waited <= 20, "the bar came after {waited} s");
    ann.until("the bar is gone", "document.getElementById('offline').hidden").await;
    ann.close().await;
}

#[tokio::test]
async fn a_draft_survives_a_reload_in_composer_and_form() {
    let Some((rig, bot, _turn)) = stage().await else { return };
    let ann = Window::open(&rig, &bot, Looks::DESK).await;
    ann.sign_in("ann").await;
    ann.visit("/rooms/ops").await;
    ann.press("#say").await;
    ann.keys("half a sentence").await;
    ann.visit("/rooms/ops").await;
    assert_eq!(ann.text("document.getElementById('say').value").await, "half a sentence");

    ann.press_button("#rail", "Declare incident").await;
    ann.until("the first field has the focus", "document.activeElement?.name === 'title'").await;
    ann.keys("Search is slo").await;
    ann.visit("/rooms/ops").await;
    ann.until("the form is back", "document.querySelector('dialog.form [name=title]')?.value === 'Search is slo'")
        .await;
    ann.keys("w").await;
    ann.keys(Key::Enter).await;
    ann.until("the new room", "location.pathname === '/rooms/hot-1'").await;
    ann.sees("#side", "Search is slow").await;
    ann.close().await;
}

/// How many messages the long room has.
const LONG: i64 = 10_000;

/// Fills a room while the bot is down, in one transaction.
async fn fill(bot: &Bot) {
    let options = StoreOptions { path: bot.database(), queue: 8, batch: 8 };
    let begun: Timestamp = "2026-11-20T00:00:00Z".parse().expect("a time");
    let store = Store::open(&options, begun).expect("the database opens");
    let write = store.transact(move |tx| {
        let room = RoomId::new("ops");
        for n in 0..LONG {
            let said = usize::try_from(n % 9).unwrap_or(0);
            let post = Post {
                kind: PostKind::Talk,
                text: format!("line {n} {}", "and more words ".repeat(said)),
                ..Post::default()
            };
            let body = serde_json::to_string(&post).expect("it is JSON");
            let author = Author::Person(if n % 7 < 4 { "ann" } else { "bob" }.into());
            let at = begun + TimeDelta::seconds(n * 7);
            tx.post_message(&NewMessage { room: &room, author, at, body: &body, mentions: &[] }, None)?;
        }
        Ok(())
    });
    write.await.expect("the room is filled");
    store.close().await.expect("the database is let go");
}

#[tokio::test]
async fn a_room_of_ten_thousand_messages_stays_small_in_the_page_and_keeps_its_place() {
    let Some((rig, mut bot, _turn)) = stage().await else { return };
    bot.kill();
    fill(&bot).await;
    bot.start_again().await;
    let ann = Window::open(&rig, &bot, Looks::DESK).await;
    ann.sign_in("ann").await;
    ann.visit("/rooms/ops").await;
    ann.sees("#messages", &format!("line {}", LONG - 1)).await;
    for _ in 0..6 {
        scrolls_up_and_stays(&ann).await;
    }
    // A link into the middle and one to the very beginning read no more than what is around them.
    let (first, middle) = (first_message(&ann).await, LONG / 2);
    for (id, line) in [(first + middle, middle), (first, 0)] {
        ann.go("/incidents").await;
        ann.visit(&format!("/rooms/ops#m{id}")).await;
        ann.sees(&format!("#m{id}.flash"), &format!("line {line} ")).await;
        assert!(drawn(&ann).await < 260);
    }
    ann.until("the beginning is told", "!document.getElementById('log-top').matches(':empty')").await;
    ann.press("#pill").await;
    ann.sees("#messages", &format!("line {}", LONG - 1)).await;
    assert!(drawn(&ann).await < 260);
    ann.close().await;
}

/// The id of the room's oldest message.
async fn first_message(window: &Window) -> i64 {
    let ask = "const done = arguments[0]; fetch('/console/rooms/ops/messages?after=0&limit=1')
        .then((r) => r.json()).then((page) => done(page.items[0].id), (e) => done(String(e)))";
    let asked = window.driver().execute_async(ask, Vec::new()).await.expect("the room answers");
    asked.json().as_i64().expect("the id of a message")
}

async fn drawn(window: &Window) -> u64 {
    window.value("document.querySelectorAll('#messages > *').length").await.as_u64().expect("a number")
}

/// Scrolls to older messages: what was being read stays where it was.
async fn scrolls_up_and_stays(window: &Window) {
    let before = window
        .value("(() => { const log = document.getElementById('log'); log.scrollTop = 200; const el = [...document.querySelectorAll('.msg')].find((e) => e.getBoundingClientRect().top > 250); return { first: document.querySelector('.msg').dataset.id, id: el.id, top: el.getBoundingClientRect().top }; })()")
        .await;
    let (first, id) = (before["first"].as_str().unwrap_or_default(), before["id"].as_str().unwrap_or_default());
    window.until("older messages", &format!("document.querySelector('.msg').dataset.id !== '{first}'")).await;
    let after = window.value(&format!("document.getElementById('{id}')?.getBoundingClientRect().top")).await;
    let (was, is) = (before["top"].as_f64().unwrap_or(0.0), after.as_f64().unwrap_or(f64::MAX));
    assert!((was - is).abs() < 2.0, "the message that was read jumped from {was} to {is}");
    assert!(drawn(window).await < 260);
}

#[tokio::test]
async fn who_is_put_out_of_a_room_sees_nothing_of_it_any_more() {
    let Some((rig, bot, _turn)) = stage().await else { return };
    let ann = Window::open(&rig, &bot, Looks::DESK).await;
    let dee = Window::open(&rig, &bot, Looks::DESK).await;
    ann.sign_in("ann").await;
    dee.sign_in("dee").await;
    ann.says("/incident declare \"Someone reads our mail\" severity:sev3").await;
    ann.sees("#side", "Someone reads our mail").await;
    dee.sees("#rooms", "hot-1").await;
    dee.visit("/rooms/hot-1").await;
    dee.sees("#side", "Someone reads our mail").await;
    ann.says("/incident private on").await;
    dee.sees("#toasts", "You are no longer in hot-1").await;
    dee.until("the room is gone", "!document.body.textContent.includes('reads our mail')").await;
    assert_ne!(dee.text("location.pathname").await, "/rooms/hot-1");
    ann.close().await;
    dee.close().await;
}

#[tokio::test]
async fn tabs_of_one_browser_share_one_stream() {
    let Some((rig, bot, _turn)) = stage().await else { return };
    let ann = Window::open(&rig, &bot, Looks::DESK).await;
    ann.sign_in("ann").await;
    ann.visit("/rooms/ops").await;
    let first = ann.driver().window().await.expect("a window");
    // Browsers open six connections to a host: without sharing the seventh tab would never load.
    for _ in 0..7 {
        let tab = ann.driver().new_tab().await.expect("a tab");
        ann.driver().switch_to_window(tab).await.expect("the tab");
        ann.visit("/rooms/ops").await;
    }
    let last = ann.driver().window().await.expect("a window");
    ann.says("from the last tab").await;
    ann.driver().switch_to_window(first.clone()).await.expect("the first tab");
    ann.sees("#messages", "from the last tab").await;
    // The tab that listened goes; another takes over.
    ann.driver().close_window().await.expect("it closes");
    ann.driver().switch_to_window(last).await.expect("the last tab");
    let bob = Window::open(&rig, &bot, Looks::DESK).await;
    bob.sign_in("bob").await;
    bob.visit("/rooms/ops").await;
    bob.says("is anyone there").await;
    ann.sees("#messages", "is anyone there").await;
    bob.close().await;
    ann.close().await;
}
