//! A page as a push message: it is delivered to the service worker of a real browser, and acknowledged by the button of the
//! notification, without a window.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use web_push_native::p256::{SecretKey, elliptic_curve::sec1::ToEncodedPoint};

use crate::{
    devtools::{DevTools, WORKER},
    fake_http::{FakeHttp, Reaction},
    rig::Bot,
    stage_with,
    window::{Looks, Window},
};

const CONFIG: &str = "\n[web_push]\nenabled = true\nsubject = \"mailto:oncall@example.com\"\n";

/// The push service of the browser's vendor, and the keys of the browser: it cannot subscribe by itself, because that needs
/// the real service.
struct PushService {
    http: FakeHttp,
    key: SecretKey,
    auth: [u8; 16],
}

impl PushService {
    async fn start() -> Self {
        let http = FakeHttp::start(|_| Reaction::answer(201, "")).await;
        Self { http, key: SecretKey::from_slice(&[7; 32]).expect("a key"), auth: [9; 16] }
    }

    /// Subscribes the browser of whoever is signed in at a window.
    async fn subscribe(&self, window: &Window) {
        let point = self.key.public_key().to_encoded_point(false);
        let form = json!({
            "endpoint": format!("{}/push/1", self.http.url),
            "keys": {"p256dh": URL_SAFE_NO_PAD.encode(point.as_bytes()), "auth": URL_SAFE_NO_PAD.encode(self.auth)},
            "replaces": null,
        });
        window.run("fetch('/console/push')", Vec::new()).await;
        let post = format!(
            "window.subscribed = 0; fetch('/console/push', {{ method: 'POST', body: JSON.stringify({form}),
                headers: {{ 'content-type': 'application/json', 'x-csrf-token': document.body.dataset.csrf }} }})
                .then((answer) => {{ window.subscribed = answer.status; }})"
        );
        window.run(&post, Vec::new()).await;
        window.until("it is subscribed", "window.subscribed === 200").await;
    }

    /// Hands the n-th message to the service worker, as the browser does when it has decrypted it.
    async fn notify(&self, tools: &mut DevTools, n: usize, title: &str) -> Value {
        let received = self.http.received();
        let body = received.get(n).unwrap_or_else(|| panic!("{} messages", received.len())).body.clone();
        let plain = web_push_native::decrypt(body, &self.key, &self.auth.into()).expect("decrypted");
        let plain = String::from_utf8(plain).expect("text");
        tools.notify(&plain, title).await
    }

    async fn until_messages(&self, count: usize) {
        let (mut ticks, started) = (tokio::time::interval(crate::rig::LOOK), std::time::Instant::now());
        while self.http.received().len() < count {
            ticks.tick().await;
            assert!(started.elapsed() < crate::rig::PATIENCE, "{} of {count} messages", self.http.received().len());
        }
    }
}

/// How the message to the paged person stands in the API.
async fn delivery(bot: &Bot) -> Value {
    bot.json("/api/v1/pages").await["items"][0]["attempts"][0]["contacts"][0].clone()
}

#[tokio::test]
async fn a_page_is_acknowledged_by_the_notification_without_a_window() {
    let Some((rig, bot, _turn)) = stage_with(CONFIG).await else { return };
    let bob = Window::open(&rig, &bot, Looks::DESK).await;
    let mut tools = bob.devtools().await;
    let service = PushService::start().await;
    bob.sign_in("bob").await;
    bob.until("the service worker runs", WORKER).await;
    service.subscribe(&bob).await;
    bob.visit("/incidents").await;
    bot.alert("CheckoutDown", "checkout", true).await;
    service.until_messages(1).await;

    let shown = service.notify(&mut tools, 0, "HOT-1").await;
    assert_eq!(shown["buttons"], json!(["Acknowledge", "Escalate"]));
    bob.until("the bar", "!document.getElementById('alarm').hidden").await;
    let windows = tools.windows().await;

    // The first press finds hotroom away; the notification says so and offers another try.
    let cut = "self.connected = self.fetch; self.fetch = () => Promise.reject(new TypeError('no connection')); 1";
    tools.in_worker(cut).await;
    tools.press_notification("ack").await;
    let failed = tools.until_notified("Not acknowledged: no connection").await;
    assert_eq!((&failed["buttons"], &failed["silent"]), (&json!(["Try again"]), &json!(false)));
    tools.in_worker("self.fetch = self.connected; 1").await;

    tools.press_notification("ack").await;
    tools.until_notified("You acknowledged this page").await;
    let page = bot.json("/api/v1/pages").await["items"][0].clone();
    let taken = [&page["state"], &page["person"], &page["taken_via"]];
    assert_eq!(taken, [&json!("acknowledged"), &json!("bob"), &json!("web_push")], "{page}");
    assert_eq!(tools.windows().await, windows, "no window was opened");
    assert_eq!(delivery(&bot).await["status"], "shown", "{}", delivery(&bot).await);
    bob.until("the bar goes", "document.getElementById('alarm').hidden").await;
    bob.visit("/rooms/hot-1").await;
    bob.sees("#messages", "web push").await;
    bob.shot("push-room").await;

    // What the push service brings last replaces the notification without a sound.
    service.until_messages(2).await;
    let over = service.notify(&mut tools, 1, "acknowledged HOT-1").await;
    assert_eq!((&over["silent"], &over["buttons"]), (&json!(true), &json!([])));
    let complaints = bob.complaints().await;
    assert!(complaints.is_empty(), "the browser complains:\n{}", complaints.join("\n"));
    bob.close().await;
}

#[tokio::test]
async fn a_message_that_cannot_be_read_still_shows_something() {
    let Some((rig, bot, _turn)) = stage_with(CONFIG).await else { return };
    let ann = Window::open(&rig, &bot, Looks::DESK).await;
    let mut tools = ann.devtools().await;
    ann.sign_in("ann").await;
    ann.until("the service worker runs", WORKER).await;
    for junk in ["", "{", "[]", "{\"title\":\"\"}"] {
        let shown = tools.notify(junk, "hotroom").await;
        assert_eq!(shown["body"], "Open hotroom to see what happened.", "{junk:?}");
    }
    ann.close().await;
}

#[tokio::test]
async fn the_console_says_why_a_browser_cannot_subscribe() {
    let Some((rig, bot, _turn)) = stage_with(CONFIG).await else { return };
    let ann = Window::open(&rig, &bot, Looks::DESK).await;
    let mut tools = ann.devtools().await;
    ann.sign_in("ann").await;
    let state = "document.querySelector('[data-notifications]').dataset.state";
    ann.visit("/profile").await;
    ann.until("it can subscribe", &format!("{state} === 'ready'")).await;
    ann.sees("[data-notifications]", "Turn on notifications").await;
    ann.shot("push-ready").await;
    tools.set_permission("notifications", "denied").await;
    ann.visit("/profile").await;
    ann.until("it is blocked", &format!("{state} === 'denied'")).await;
    ann.sees("[data-notifications]", "blocks notifications").await;
    ann.shot("push-denied").await;
    ann.close().await;
}
