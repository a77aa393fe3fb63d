//! One incident, from the first alert to its close, in two windows, by keyboard and mouse.

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::{
    rig::Bot,
    stage,
    window::{Looks, Window},
};

/// Ann by day, who leads; Bob by night, who is on call.
struct Pair {
    ann: Window,
    bob: Window,
}

#[tokio::test]
async fn one_incident_is_lived_through_by_keyboard_and_mouse() {
    let Some((rig, bot, _turn)) = stage().await else { return };
    let pair = Pair {
        ann: Window::open(&rig, &bot, Looks::DESK).await,
        bob: Window::open(&rig, &bot, Looks::DESK_DARK).await,
    };
    sign_in(&pair).await;
    an_alert_opens_the_room(&bot, &pair).await;
    the_page_is_acknowledged_from_the_direct_message(&bot, &pair).await;
    severity_and_roles(&bot, &pair).await;
    an_update_by_form(&pair).await;
    customers_are_told(&bot, &pair).await;
    it_moves_and_is_resolved(&bot, &pair).await;
    it_is_closed_and_recorded(&bot, &pair).await;
    let complaints = [pair.ann.complaints().await, pair.bob.complaints().await].concat();
    assert!(complaints.is_empty(), "the browsers complain:\n{}", complaints.join("\n"));
    pair.ann.close().await;
    pair.bob.close().await;
}

async fn sign_in(Pair { ann, bob }: &Pair) {
    ann.sign_in("ann").await;
    bob.sign_in("bob").await;
    ann.visit("/rooms/alerts").await;
    ann.sees("#log-top", "No alerts yet").await;
    ann.sees("#log-top pre", "curl http://127.0.0.1").await;
    ann.shot("walk-1-empty-feed").await;
}

async fn an_alert_opens_the_room(bot: &Bot, Pair { ann, bob }: &Pair) {
    bot.alert("CheckoutDown", "checkout", true).await;
    ann.sees("#messages .post", "CheckoutDown").await;
    ann.shot("walk-2-group-message").await;
    // The rule for critical services declared it; both rails show the room by themselves.
    ann.sees("#rooms", "hot-1").await;
    bob.sees("#rooms", "hot-1").await;
    ann.press("[data-room-link=hot-1]").await;
    ann.until("the address names the room", "location.pathname === '/rooms/hot-1'").await;
    ann.sees("#messages .post", "HOT-1").await;
    ann.sees("#side", "CheckoutDown").await;
    ann.shot("walk-3-hot-room").await;
    let incidents = bot.json("/api/v1/incidents").await;
    assert_eq!(incidents["items"][0]["key"], "HOT-1");
}

async fn the_page_is_acknowledged_from_the_direct_message(bot: &Bot, Pair { ann, bob }: &Pair) {
    // The title and the icon of Bob's tab tell of the page wherever he is.
    bob.until("the title tells", "document.title.startsWith('(1 page)')").await;
    bob.until("the icon tells", "document.getElementById('tab-icon').href.startsWith('data:image/svg')").await;
    bob.until("it is announced", "/page/i.test(document.getElementById('announce').textContent)").await;
    // By keyboard: Ctrl K, the name of the room, Enter; then `a`.
    bob.rest().await;
    bob.ctrl('k').await;
    bob.until("the palette", "document.activeElement?.closest('dialog.palette')").await;
    bob.keys("hotroom").await;
    bob.keys(Key::Enter).await;
    bob.sees("#messages .post", "HOT-1").await;
    bob.shot("walk-4-page").await;
    bob.rest().await;
    bob.keys("a").await;
    bob.until(
        "the button is gone",
        "![...document.querySelectorAll('#messages button')].some((b) => /acknowledge/i.test(b.textContent))",
    )
    .await;
    ann.sees("#messages", "Bob").await;
    ann.until("the side bar shows it", "document.querySelector('[data-field^=\"page.\"][data-value=acknowledged]')")
        .await;
    let pages = bot.json("/api/v1/pages").await;
    assert_eq!(pages["items"][0]["state"], "acknowledged");
    bob.until("nothing is unread for Bob there", "!document.title.includes('for you')").await;
    bob.visit("/rooms/hot-1").await;
}

async fn severity_and_roles(bot: &Bot, Pair { ann, bob }: &Pair) {
    let before = ann.text("document.querySelector('[data-field=severity]').dataset.value").await;
    let to = if before == "sev2" { "sev1" } else { "sev2" };
    bob.run("window.flashed = []; document.addEventListener('animationstart', (e) => window.flashed.push(e.target.dataset.field))", Vec::new()).await;
    // Completion by Tab: the command, then its value.
    ann.rest().await;
    ann.keys("/").await;
    ann.keys("/incident sev").await;
    ann.until(
        "it is offered",
        "document.querySelector('#complete [aria-selected=true]')?.textContent.startsWith('/incident severity')",
    )
    .await;
    ann.shot("walk-5-completion").await;
    ann.keys(Key::Tab).await;
    ann.keys(to).await;
    ann.keys(Key::Enter).await;
    for window in [ann, bob] {
        window
            .until("the new severity", &format!("document.querySelector('[data-field=severity][data-value={to}]')"))
            .await;
        window.until("the head too", &format!("document.querySelector('#room-marks .{to}')")).await;
    }
    bob.until("it flashed", "window.flashed.includes('severity')").await;
    assert_eq!(bot.json("/api/v1/incidents").await["items"][0]["severity"], json!(to));

    ann.says("/incident role tech_lead me").await;
    bob.until("the role", "document.querySelector('[data-field=\"role.tech_lead\"]')?.dataset.value === 'Ann'").await;
    // A typing mistake is answered to its author alone, and the text comes back.
    ann.says("/incident severty sev1").await;
    ann.sees("#messages .own", "severity").await;
    ann.until("the text is back", "document.getElementById('say').value === '/incident severty sev1'").await;
    assert_eq!(bob.value("document.querySelectorAll('#messages .own').length").await, json!(0));
    ann.run("const s = document.getElementById('say'); s.value = ''; s.dispatchEvent(new Event('input'))", Vec::new())
        .await;
}

async fn an_update_by_form(Pair { ann, bob }: &Pair) {
    ann.rest().await;
    ann.keys("e").await;
    ann.until(
        "the first field has the focus",
        "document.activeElement?.closest('dialog.form') && document.activeElement.name === 'text'",
    )
    .await;
    ann.keys(Key::Enter).await;
    ann.until("the error stands beside it", "[...document.querySelectorAll('dialog [data-input=text] .error')].some((e) => !e.hidden && /required/.test(e.textContent))").await;
    ann.keys("Rolling back the deploy of 14:02.").await;
    ann.keys(Key::Tab).await;
    let field = ann.text("document.activeElement.name").await;
    ann.keys("One in three payments fails").await;
    ann.shot("walk-6-update-form").await;
    ann.keys(Key::Enter).await;
    ann.until("the form is closed", "!document.querySelector('dialog')").await;
    bob.sees("#messages", "Rolling back the deploy").await;
    if field == "impact" {
        bob.until(
            "the impact",
            "document.querySelector('[data-field=impact]').dataset.value === 'One in three payments fails'",
        )
        .await;
    }
}

async fn customers_are_told(bot: &Bot, Pair { ann, bob }: &Pair) {
    ann.press_button("#side", "Post to status page").await;
    ann.until("the form", "document.querySelector('dialog.form [name=message]')").await;
    ann.press("dialog [name=status][value=identified]").await;
    ann.press("dialog [name=message]").await;
    ann.keys("Payments with saved cards fail. We are undoing a change.").await;
    let pick = "(() => { const s = document.querySelector('dialog select[name=\"components.checkout\"]'); s.value = [...s.options].find((o) => /major/i.test(o.value)).value; s.dispatchEvent(new Event('input', { bubbles: true })); return s.value; })()";
    assert!(!ann.text(pick).await.is_empty(), "there is a major outage to choose");
    ann.press("dialog [name=message]").await;
    ann.keys(Key::Enter).await;
    // What customers see is asked once, in place, naming the effect.
    ann.sees("dialog .confirm", "status page").await;
    ann.shot("walk-7-confirm").await;
    assert!(
        public(bot, "incidents").await.as_array().is_some_and(Vec::is_empty),
        "nothing is posted before the answer"
    );
    ann.until("the answer has the focus", "document.activeElement?.classList.contains('sure')").await;
    ann.keys(Key::Enter).await;
    ann.until("the form is closed", "!document.querySelector('dialog')").await;
    bob.until("the side bar shows it", "document.querySelector('[data-field=public]')?.dataset.value").await;
    bob.sees("#side .component", "ajor outage").await;
    assert_eq!(public(bot, "incidents").await[0]["status"], "identified");
    assert_eq!(component(bot, "Checkout").await, "major_outage");
    ann.shot("walk-8-posted").await;
}

async fn it_moves_and_is_resolved(bot: &Bot, Pair { ann, bob }: &Pair) {
    bob.press_button("#side", "Move to Identified").await;
    ann.until("the new status", "document.querySelector('[data-field=status][data-value=identified]')").await;
    ann.until("it is announced", "/status is now Identified/.test(document.getElementById('announce').textContent) || document.getElementById('announce').textContent").await;
    bot.alert("CheckoutDown", "checkout", false).await;
    ann.until("the alerts are over", "document.querySelector('[data-field^=\"group.\"][data-value^=resolved]')").await;
    ann.says("/incident resolve").await;
    ann.until("the form", "document.querySelector('dialog.form [name=summary]')").await;
    ann.keys("Undid the deploy of 14:02; saved cards work again.").await;
    ann.keys(Key::Enter).await;
    ann.run("document.querySelector('dialog .confirm .sure')?.click()", Vec::new()).await;
    for window in [ann, bob] {
        window.until("resolved", "document.querySelector('[data-field=status][data-value=resolved]')").await;
    }
    // Resolving puts back exactly what this incident had changed.
    bob.until("customers read it", "true").await;
    assert_eq!(component(bot, "Checkout").await, "operational");
    ann.shot("walk-9-resolved").await;
}

async fn it_is_closed_and_recorded(bot: &Bot, Pair { ann, bob }: &Pair) {
    ann.says("/incident close").await;
    ann.until(
        "asked or done",
        "document.querySelector('dialog.form') || document.querySelector('[data-field=status][data-value=closed]')",
    )
    .await;
    if ann.value("Boolean(document.querySelector('dialog.form'))").await == json!(true) {
        ann.keys(Key::Enter).await;
        ann.run("document.querySelector('dialog .confirm .sure')?.click()", Vec::new()).await;
    }
    bob.until("closed", "document.querySelector('[data-field=status][data-value=closed]')").await;
    assert_eq!(bot.json("/api/v1/incidents?status=closed").await["items"][0]["key"], "HOT-1");
    ann.until("the composer says so", "/added after closing/.test(document.getElementById('say').placeholder)").await;
    ann.visit("/incidents/HOT-1").await;
    for word in ["Rolling back", "Undid the deploy", "acknowledged", "CheckoutDown"] {
        ann.until(
            word,
            &format!(
                "document.getElementById('main').textContent.toLowerCase().includes({})",
                json!(word.to_lowercase())
            ),
        )
        .await;
    }
    ann.shot("walk-10-record").await;
    ann.press(".chips a[href*=updates]").await;
    ann.until("only updates", "location.search.includes('updates')").await;
    ann.visit("/incidents").await;
    ann.rest().await;
    ann.keys("j").await;
    ann.until("the first row is marked", "document.querySelector('[data-row].here')").await;
    ann.keys(Key::Enter).await;
    ann.until("it is opened", "location.pathname === '/incidents/HOT-1'").await;
}

async fn public(bot: &Bot, what: &str) -> Value {
    bot.json("/status/api/v2/summary.json").await[what].clone()
}

async fn component(bot: &Bot, name: &str) -> String {
    let components = public(bot, "components").await;
    let found = components.as_array().into_iter().flatten().find(|c| c["name"] == name);
    found.and_then(|c| c["status"].as_str()).unwrap_or_default().to_owned()
}
