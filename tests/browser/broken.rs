//! Lost connections, long rooms, many tabs.

use serde_json::json;
use thirtyfour::prelude::*;

use crate::{
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
    ann.says("before").await;
    bob.sees("#messages", "before").await;

    bot.kill();
    ann.until("the bar", "!document.getElementById('offline').hidden").await;
    ann.sees("#offline", "Connection lost. Showing what was known at").await;
    ann.says("typed in the dark").await;
    ann.sees("#messages .pending", "Not sent yet").await;
    ann.shot("connection-lost").await;

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

#[tokio::test]
async fn a_long_room_stays_small_in_the_page_and_keeps_its_place() {
    let Some((rig, bot, _turn)) = stage().await else { return };
    let ann = Window::open(&rig, &bot, Looks::DESK).await;
    ann.sign_in("ann").await;
    ann.visit("/rooms/ops").await;
    let fill = "const done = arguments[0]; (async () => {
        const csrf = (await (await fetch('/console/state')).json()).csrf;
        for (let i = 0; i < 600; i += 1) await fetch('/console/say', { method: 'POST', headers: { 'content-type': 'application/json', 'x-csrf-token': csrf }, body: JSON.stringify({ delivery: crypto.randomUUID(), room: 'ops', text: `line ${i} ` + 'and more words '.repeat(i % 9) }) });
    })().then(() => done(true), (e) => done(String(e)))";
    let filled = ann.driver().execute_async(fill, Vec::new()).await.expect("the room is filled");
    assert_eq!(*filled.json(), json!(true));
    ann.visit("/rooms/ops").await;
    ann.sees("#messages", "line 599").await;
    for _ in 0..12 {
        let before = ann
            .value("(() => { const log = document.getElementById('log'); log.scrollTop = 200; const el = [...document.querySelectorAll('.msg')].find((e) => e.getBoundingClientRect().top > 250); return { first: document.querySelector('.msg').dataset.id, id: el.id, top: el.getBoundingClientRect().top }; })()")
            .await;
        let first = before["first"].as_str().unwrap_or_default();
        ann.until("older messages", &format!("document.querySelector('.msg').dataset.id !== '{first}' || !document.getElementById('log-top').matches(':empty')")).await;
        let id = before["id"].as_str().unwrap_or_default();
        let after = ann.value(&format!("document.getElementById('{id}')?.getBoundingClientRect().top")).await;
        let (was, is) = (before["top"].as_f64().unwrap_or(0.0), after.as_f64().unwrap_or(f64::MAX));
        assert!((was - is).abs() < 2.0, "the message that was read jumped from {was} to {is}");
        let drawn = ann.value("document.querySelectorAll('#messages > *').length").await.as_u64().unwrap_or(0);
        assert!(drawn < 260, "{drawn} elements are drawn");
        if ann.value("!document.getElementById('log-top').matches(':empty')").await == json!(true) {
            break;
        }
    }
    ann.sees("#messages", "line 0").await;
    ann.press("#pill").await;
    ann.sees("#messages", "line 599").await;
    ann.close().await;
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
