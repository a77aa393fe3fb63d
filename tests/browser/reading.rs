//! Every page, for everyone: names, contrast, sizes, focus, and no request to another host.

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::{
    rig::Bot,
    stage,
    window::{Looks, Window},
};

const CHECKS: &str = include_str!("checks.js");

/// Pages of someone who is signed in, with the names of their pictures.
const PAGES: [(&str, &str); 14] = [
    ("/rooms/hot-1", "room"),
    ("/rooms/alerts", "feed"),
    ("/rooms/ops", "team"),
    ("/incidents", "incidents"),
    ("/incidents/HOT-1", "incident"),
    ("/incidents/HOT-1/postmortem", "postmortem-none"),
    ("/followups", "followups"),
    ("/user-reports", "user-reports"),
    ("/maintenance", "maintenance"),
    ("/alerts", "alerts"),
    ("/oncall", "oncall"),
    ("/health", "health"),
    ("/profile", "profile"),
    ("/incidents/HOT-99", "error"),
];

/// Adds what is wrong with the page that a window shows.
pub async fn check(window: &Window, wrong: &mut Vec<String>, place: &str) {
    let small = window.looks().width < 500;
    let found = window.run(CHECKS, vec![json!(small)]).await;
    let texts = found.as_array().cloned().unwrap_or_default();
    wrong.extend(
        texts.iter().filter_map(Value::as_str).map(|text| format!("{} {place}: {text}", window.looks().name())),
    );
}

/// A house with something in it: an incident with its alerts, talk, and an update.
async fn furnish(bot: &Bot, window: &Window) {
    bot.alert("CheckoutDown", "checkout", true).await;
    window.sign_in("ann").await;
    window.sees("#rooms", "hot-1").await;
    window.visit("/rooms/hot-1").await;
    window.sees("#messages", "CheckoutDown").await;
    window.says("Looking at it; @bob please check the deploy").await;
    window.sees("#messages", "Looking at it").await;
    window.says("/incident update We are rolling back the last deploy.").await;
    window.sees("#messages", "rolling back").await;
}

#[tokio::test]
async fn every_page_can_be_read_by_everyone() {
    let Some((rig, bot, _turn)) = stage().await else { return };
    let window = Window::open(&rig, &bot, Looks::DESK).await;
    let mut wrong = Vec::new();
    window.go("/sign-in").await;
    check(&window, &mut wrong, "/sign-in").await;
    window.shot("sign-in").await;
    furnish(&bot, &window).await;
    for looks in Looks::ALL {
        window.look(looks).await;
        for (path, name) in PAGES {
            window.visit(path).await;
            window.until("it is drawn", "!document.querySelector('.busy.slow')").await;
            check(&window, &mut wrong, path).await;
            window.shot(&format!("{name}-{}", looks.name())).await;
        }
        dialogs(&window, &mut wrong).await;
    }
    let refused = window.complaints().await.into_iter().filter(|c| !c.contains("404 (Not Found)"));
    wrong.extend(refused);
    assert!(wrong.is_empty(), "{} complaints:\n{}", wrong.len(), wrong.join("\n"));
    window.close().await;
}

/// What opens over a room.
async fn dialogs(window: &Window, wrong: &mut Vec<String>) {
    window.visit("/rooms/hot-1").await;
    window.sees("#side", "HOT-1").await;
    for (key, name) in [("e", "update"), ("?", "keys")] {
        window.rest().await;
        window.keys(key).await;
        window.until("the dialog", "document.querySelector('dialog:modal')").await;
        window.until("it stands still", "document.getAnimations().length === 0").await;
        check(window, wrong, name).await;
        window.shot(&format!("{name}-{}", window.looks().name())).await;
        window.keys(Key::Escape).await;
        window.until("it is closed", "!document.querySelector('dialog')").await;
    }
    window.rest().await;
    window.ctrl('k').await;
    window.until("the palette", "document.querySelector('dialog.palette')").await;
    window.keys("hot").await;
    window.sees(".palette", "hot-1").await;
    window.until("it stands still", "document.getAnimations().length === 0").await;
    check(window, wrong, "palette").await;
    window.shot(&format!("palette-{}", window.looks().name())).await;
    window.keys(Key::Escape).await;
    window.until("it is closed", "!document.querySelector('dialog')").await;
    if window.looks().width < 500 {
        sheets(window, wrong).await;
    }
}

/// The rail and the side bar are sheets on a phone: they open, hold the focus, and close by Escape.
async fn sheets(window: &Window, wrong: &mut Vec<String>) {
    for (opener, sheet) in [(".room-head [data-open=rail]", "rail"), ("#open-side", "side")] {
        window.press(opener).await;
        window.until("the sheet is open", &format!("document.querySelector('#{sheet}.open')")).await;
        window.until("it stands still", "document.getAnimations().length === 0").await;
        check(window, wrong, sheet).await;
        window.shot(&format!("{sheet}-{}", window.looks().name())).await;
        let held = format!("document.getElementById('{sheet}').contains(document.activeElement)");
        window.until("the focus is in it", &held).await;
        for _ in 0..40 {
            window.keys(Key::Tab).await;
            assert_eq!(window.value(&held).await, json!(true), "Tab left the open sheet {sheet}");
        }
        window.keys(Key::Escape).await;
        window.until("it is closed", &format!("!document.querySelector('#{sheet}.open')")).await;
    }
}

/// Everything that Tab should reach, in the order of the page.
const REACHABLE: &str = "[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex=\"0\"]')]
    .filter((el) => el.tabIndex >= 0 && !el.disabled && el.checkVisibility({ checkVisibilityCSS: true })
        && !(el.type === 'radio' && !el.checked && document.querySelector(`input[name=\"${el.name}\"]:checked`)))";

#[tokio::test]
async fn tab_reaches_everything_in_order_and_the_focus_is_seen() {
    let Some((rig, bot, _turn)) = stage().await else { return };
    let window = Window::open(&rig, &bot, Looks::DESK).await;
    furnish(&bot, &window).await;
    for path in ["/rooms/hot-1", "/incidents", "/incidents/HOT-1", "/alerts", "/oncall", "/health"] {
        window.visit(path).await;
        window
            .until(
                "it is drawn",
                "document.querySelectorAll('#rooms a').length > 2 && !document.querySelector('.busy.slow')",
            )
            .await;
        if path == "/rooms/hot-1" {
            window.sees("#side", "HOT-1").await;
        }
        let mut walks = 0;
        while !walk_by_tab(&window, path).await {
            walks += 1;
            assert!(walks < 4, "{path} is drawn anew all the time");
        }
    }
    window.close().await;
}

/// Marks are properties of the elements: a page that is read again meanwhile keeps its elements, not strange attributes.
/// Answers false when what was marked was drawn anew meanwhile, so that the walk says nothing.
async fn walk_by_tab(window: &Window, path: &str) -> bool {
    let mark = format!(
        "{REACHABLE}.forEach((el, i) => el.order = String(i)); window.scrollTo(0, 0); document.activeElement.blur(); return {REACHABLE}.length"
    );
    let count = window.run(&mark, Vec::new()).await.as_u64().unwrap_or(0);
    assert!(count > 8, "{path}: only {count} things to reach");
    let mut reached = Vec::new();
    for _ in 0..count + 5 {
        window.keys(Key::Tab).await;
        let seen = window
            .value("(() => { const el = document.activeElement, s = getComputedStyle(el), f = el.closest('.composer textarea') ?? el; return { order: el.order ?? null, name: el.outerHTML.slice(0, 120), ring: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, body: el === document.body || el === document.documentElement }; })()")
            .await;
        if seen["body"] == json!(true) {
            break;
        }
        let Some(order) = seen["order"].as_str().and_then(|o| o.parse::<u64>().ok()) else { continue };
        if reached.contains(&order) {
            break;
        }
        assert_eq!(seen["ring"], json!(true), "{path}: no focus ring on {}", seen["name"]);
        reached.push(order);
    }
    let missed: Vec<u64> = (0..count).filter(|order| !reached.contains(order)).collect();
    let names = format!(
        "{REACHABLE}.filter((el) => {missed:?}.includes(Number(el.order))).map((el) => el.outerHTML.slice(0, 120))"
    );
    let left = if missed.is_empty() { json!([]) } else { window.value(&names).await };
    if !missed.is_empty() && left == json!([]) {
        return false;
    }
    assert!(missed.is_empty(), "{path}: Tab never reaches {left}");
    assert!(reached.is_sorted(), "{path}: Tab jumps about: {reached:?}");
    true
}

#[tokio::test]
async fn the_record_reads_without_script() {
    let Some((rig, bot, _turn)) = stage().await else { return };
    let window = Window::open(&rig, &bot, Looks::DESK).await;
    furnish(&bot, &window).await;
    window
        .driver()
        .cdp()
        .send_raw("Emulation.setScriptExecutionDisabled", json!({"value": true}))
        .await
        .expect("no script");
    for (path, word) in [
        ("/incidents", "HOT-1"),
        ("/incidents/HOT-1", "rolling back"),
        ("/alerts", "CheckoutDown"),
        ("/oncall", "Bob"),
        ("/status", "Checkout"),
        ("/rooms/hot-1", "Rooms need JavaScript"),
    ] {
        window.go(path).await;
        let body = window.driver().find(By::Tag("body")).await.expect("a body").text().await.expect("its text");
        assert!(body.contains(word), "{path} does not say {word:?} without script:\n{body}");
        let buttons = window.driver().find_all(By::Css("[data-command], [data-open], #theme")).await.expect("a list");
        for button in buttons {
            assert!(!button.is_displayed().await.expect("it is there"), "{path}: a button that needs script is shown");
        }
        window.shot(&format!("no-script{}", path.replace('/', "-"))).await;
    }
    window.close().await;
}
