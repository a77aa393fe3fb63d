//! The alarm of the console while a page waits: bar, sound, title, icon, notification of the system; and the console as an app.

use serde_json::json;

use crate::{
    devtools::WORKER,
    reading::check,
    stage,
    window::{Looks, Window},
};

const VIEWS: [&str; 7] = ["/rooms/ops", "/incidents", "/incidents/HOT-1", "/alerts", "/oncall", "/health", "/profile"];

/// Counts the tones that the page plays.
const COUNT_TONES: &str = "window.tones = 0; const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...at) { window.tones += 1; return start.apply(this, at); };";

#[tokio::test]
async fn a_page_is_seen_and_heard_on_every_view_until_it_is_acknowledged() {
    let Some((rig, bot, _turn)) = stage().await else { return };
    let bob = Window::open(&rig, &bot, Looks::DESK).await;
    bob.sign_in("bob").await;
    bob.until("nothing waits", "document.getElementById('alarm').hidden && !document.title.startsWith('(1 page)')")
        .await;
    bob.visit("/profile").await;
    bob.run(COUNT_TONES, Vec::new()).await;
    bob.press("main h1").await;
    bot.alert("CheckoutDown", "checkout", true).await;
    bob.sees("#alarm", "HOT-1").await;
    bob.until("it sounds", "window.tones > 1 && document.getElementById('alarm-silent').hidden").await;
    bob.until("it sounds again and again", "window.tones > 3").await;

    let mut wrong = Vec::new();
    for looks in Looks::ALL {
        bob.look(looks).await;
        for view in VIEWS {
            bob.visit(view).await;
            bob.sees("#alarm", "HOT-1").await;
            bob.until("the title tells", "document.title.startsWith('(1 page) ')").await;
            bob.until("the icon counts", "document.getElementById('tab-icon').href.startsWith('data:image/svg')").await;
            check(&bob, &mut wrong, view).await;
        }
        bob.shot(&format!("alarm-{}", looks.name())).await;
    }
    assert!(wrong.is_empty(), "{} complaints:\n{}", wrong.len(), wrong.join("\n"));

    bob.look(Looks::DESK).await;
    bob.visit("/alerts").await;
    bob.run(COUNT_TONES, Vec::new()).await;
    // Another sound is heard at once, and kept; none is none.
    for sound in ["siren", "none"] {
        let choose = format!(
            "const s = document.querySelector('#alarm [data-sound]'); s.value = '{sound}';
             s.dispatchEvent(new Event('change', {{ bubbles: true }}))"
        );
        bob.run(&choose, Vec::new()).await;
    }
    bob.visit("/profile").await;
    bob.until("the choice is kept", "document.querySelector('[data-notifications] [data-sound]').value === 'none'")
        .await;
    bob.until("nothing is blocked", "document.getElementById('alarm-silent').hidden").await;

    bob.press_button("#alarm", "Acknowledge page").await;
    bob.until("the bar goes", "document.getElementById('alarm').hidden").await;
    bob.until("the title is quiet", "!document.title.includes('page)')").await;
    assert_eq!(bot.json("/api/v1/pages").await["items"][0]["state"], "acknowledged");
    let complaints = bob.complaints().await;
    assert!(complaints.is_empty(), "the browser complains:\n{}", complaints.join("\n"));
    bob.close().await;
}

#[tokio::test]
async fn a_page_is_notified_by_the_system_while_the_console_is_not_looked_at() {
    let Some((rig, bot, _turn)) = stage().await else { return };
    let bob = Window::open(&rig, &bot, Looks::DESK).await;
    let mut tools = bob.devtools().await;
    bob.sign_in("bob").await;
    bob.visit("/profile").await;
    bob.until("notifications are on", "document.querySelector('[data-notifications]').dataset.state === 'local'").await;
    bob.until("the service worker runs", WORKER).await;
    bob.run("document.hasFocus = () => false", Vec::new()).await;
    bot.alert("CheckoutDown", "checkout", true).await;
    let shown = tools.until_notified("HOT-1").await;
    assert!(shown["title"].as_str().is_some_and(|title| title.starts_with("Page: ")), "{shown}");
    assert_eq!(shown["silent"], json!(false));
    // It goes when the page is acknowledged anywhere.
    let page = bot.json("/api/v1/pages").await["items"][0]["id"].as_str().expect("a page").to_owned();
    bob.run(&format!("fetch('/api/v1/pages/{page}/ack', {{ method: 'POST', headers: {{ 'x-csrf-token': document.body.dataset.csrf }} }})"), Vec::new()).await;
    bob.until("the bar goes", "document.getElementById('alarm').hidden").await;
    tools.until_no_notification().await;
    bob.close().await;
}

#[tokio::test]
async fn the_console_can_be_installed() {
    let Some((rig, bot, _turn)) = stage().await else { return };
    let ann = Window::open(&rig, &bot, Looks::DESK).await;
    let mut tools = ann.devtools().await;
    ann.sign_in("ann").await;
    ann.until("the service worker runs", WORKER).await;
    assert_eq!(ann.text("window.worker").await.split('?').next(), Some(&*format!("{}/sw.js", bot.url)));
    let wrong = tools.install_errors().await;
    assert!(wrong.is_empty(), "{wrong:?}");
    ann.close().await;
}
