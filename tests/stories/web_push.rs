//! Web push: a browser subscribes, gets pages, and answers them by the buttons of the notification.

use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hotroom::domain::{
    contact::{ContactMethod, ContactOutcome, MethodDisabled},
    ids::PersonId,
    oncall::{Page, PageState},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use web_push_native::p256::{SecretKey, elliptic_curve::sec1::ToEncodedPoint};

use crate::{
    fake_http::{FakeHttp, Reaction, Received},
    world::{World, done, minutes},
};

const CONFIG: &str =
    "[web_push]\nenabled = true\nsubject = \"mailto:oncall@example.com\"\n\n[net]\nallow = [\"127.0.0.0/8\"]\n";

/// A browser of a person, with the push service of its vendor.
pub struct Browser {
    service: FakeHttp,
    status: Arc<AtomicU16>,
    key: SecretKey,
    auth: [u8; 16],
    cookie: String,
    csrf: String,
    path: &'static str,
}

impl Browser {
    /// A browser in which a person has signed in.
    pub async fn of(world: &World, who: &str) -> Self {
        let status = Arc::new(AtomicU16::new(201));
        let answer = Arc::clone(&status);
        let service = FakeHttp::start(move |_: &Received| Reaction::answer(answer.load(Ordering::SeqCst), "")).await;
        let mut browser = Self {
            service,
            status,
            key: SecretKey::from_slice(&[7; 32]).expect("a key"),
            auth: [9; 16],
            cookie: String::new(),
            csrf: String::new(),
            path: "/push/1",
        };
        browser.signs_in(world, who).await;
        browser
    }

    async fn signs_in(&mut self, world: &World, who: &str) {
        self.cookie = world.signs_in(who).await;
        let (_, html) = world.get_signed_in(&self.cookie, "/oncall").await;
        self.csrf =
            html.split("data-csrf=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a token").to_owned();
    }

    fn endpoint(&self) -> String {
        format!("{}{}", self.service.url, self.path)
    }

    /// The id of its subscription.
    fn id(&self) -> String {
        Sha256::digest(self.endpoint()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn subscription(&self, replaces: Option<&str>) -> Value {
        let point = self.key.public_key().to_encoded_point(false);
        let keys =
            json!({"p256dh": URL_SAFE_NO_PAD.encode(point.as_bytes()), "auth": URL_SAFE_NO_PAD.encode(self.auth)});
        json!({"endpoint": self.endpoint(), "keys": keys, "replaces": replaces})
    }

    async fn posts(&self, world: &World, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = Request::post(path)
            .header("host", "localhost")
            .header("cookie", &self.cookie)
            .header("x-csrf-token", &self.csrf)
            .header("content-type", "application/json")
            .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0");
        world.asks(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub async fn subscribes(&self, world: &World) {
        let (status, _) = self.offer(world).await;
        assert_eq!(status, 200);
        let (status, answer) = self.posts(world, "/console/push", &self.subscription(None)).await;
        assert_eq!((status, &answer["id"]), (StatusCode::OK, &json!(self.id())), "{answer}");
        world.settle().await;
    }

    /// What the console offers to this browser.
    async fn offer(&self, world: &World) -> (StatusCode, Value) {
        let (status, text) = world.get_signed_in(&self.cookie, "/console/push").await;
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// The requests of which each carried a message.
    fn requests(&self) -> Vec<Received> {
        self.service.received()
    }

    /// What the service worker got, oldest first.
    pub fn messages(&self) -> Vec<Value> {
        let decrypt = |request: Received| {
            let plain = web_push_native::decrypt(request.body, &self.key, &self.auth.into()).expect("decrypted");
            serde_json::from_slice(&plain).expect("JSON")
        };
        self.requests().into_iter().map(decrypt).collect()
    }

    /// Presses a button of the newest notification, as the service worker does: without a session.
    pub async fn presses(&self, world: &World, button: &str) -> (StatusCode, Value) {
        let message = self.messages().pop().expect("a notification");
        let actions = message["actions"].as_array().cloned().unwrap_or_default();
        let action = actions.iter().find(|action| action["action"] == button).expect("a button");
        self.posts_token(world, action["post"].as_str().expect("a path")).await
    }

    async fn posts_token(&self, world: &World, path: &str) -> (StatusCode, Value) {
        let request = Request::post(path).header("host", "localhost").header("accept", "application/json");
        let request = request.header("sec-fetch-site", "same-origin").header("origin", "http://localhost");
        let answer = world.asks(request.body(Body::empty()).unwrap()).await;
        world.settle().await;
        answer
    }
}

async fn declare(world: &World, more: &str) {
    let line = format!("/incident declare \"Checkout is down\" severity:sev1 service:checkout {more}");
    done(&world.says("dee", &line).await);
}

async fn page(world: &World) -> Page {
    let id = world.incident("HOT-1").await.id;
    world.app.store.read(move |reads| reads.pages_of_incident(id)).await.unwrap().remove(0)
}

async fn methods(world: &World, who: &str) -> Vec<ContactMethod> {
    let who = PersonId::from(who);
    world.app.store.read(move |reads| reads.contact_methods_of(&who)).await.unwrap()
}

/// What is known of the messages to a person, in the words of the record.
async fn outcomes(world: &World) -> Vec<ContactOutcome> {
    let page = page(world).await;
    page.attempts.iter().flat_map(|attempt| attempt.contacts.iter().map(|contact| contact.outcome.clone())).collect()
}

#[tokio::test]
async fn a_page_is_acknowledged_by_the_button_of_its_notification() {
    let world = World::with(CONFIG).await;
    let cho = Browser::of(&world, "cho").await;
    cho.subscribes(&world).await;
    assert_eq!(methods(&world, "cho").await[0].label, "Firefox on Linux");
    declare(&world, "").await;

    let message = cho.messages().remove(0);
    assert_eq!(message["title"], "SEV1 HOT-1 Checkout is down");
    let page_id = page(&world).await.id();
    assert_eq!(message["tag"], format!("page-{page_id}"));
    let shown = [&message["renotify"], &message["sticky"], &message["silent"]];
    assert_eq!(shown, [&json!(true), &json!(true), &json!(false)]);
    let labels: Vec<&Value> = message["actions"].as_array().expect("buttons").iter().map(|one| &one["title"]).collect();
    assert_eq!(labels, ["Acknowledge", "Escalate"]);
    let headers = cho.requests().remove(0).headers;
    assert_eq!((headers["ttl"].as_str(), headers["urgency"].as_str()), ("300", "high"), "until the next step");

    assert_eq!(outcomes(&world).await, [ContactOutcome::Accepted], "accepted is not shown");
    let (status, _) = cho.posts_token(&world, message["shown"].as_str().expect("a path")).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(outcomes(&world).await, [ContactOutcome::Shown]);

    let (status, report) = cho.presses(&world, "ack").await;
    assert_eq!((status, &report["state"]), (StatusCode::OK, &json!("done")), "{report}");
    let taken = page(&world).await;
    assert_eq!((taken.state, taken.taken_by), (PageState::Acknowledged, Some("cho".into())));
    let room = world.room("hot-1").await;
    assert!(room.contains("web push"), "it is said how: {room}");
    world.end().await;
}

#[tokio::test]
async fn the_notification_goes_quiet_when_somebody_else_acknowledges() {
    let world = World::with(CONFIG).await;
    let cho = Browser::of(&world, "cho").await;
    cho.subscribes(&world).await;
    declare(&world, "").await;
    let first = cho.messages().remove(0);
    let id = page(&world).await.id();
    done(&world.says("bob", &format!("/page ack {id}")).await);
    let last = cho.messages().pop().expect("a message");
    assert_eq!(last["title"], "Bob acknowledged HOT-1 Checkout is down");
    assert_eq!((&last["tag"], &last["silent"], &last["renotify"]), (&first["tag"], &json!(true), &json!(false)));
    assert_eq!((&last["actions"], &last["open"]), (&json!([]), &json!("/incidents/HOT-1")));
    // The buttons of the first one, which a phone without a connection may still show, change nothing.
    for n in [0, 1] {
        let post = first["actions"][n]["post"].as_str().expect("a path");
        let (status, report) = cho.posts_token(&world, post).await;
        assert_eq!((status, &report["state"], &report["by"]), (StatusCode::OK, &json!("over"), &json!("Bob")));
    }
    world.end().await;
}

#[tokio::test]
async fn escalate_pages_the_next_step_and_a_new_attempt_is_noticed_again() {
    let world = World::with(CONFIG).await;
    let cho = Browser::of(&world, "cho").await;
    cho.subscribes(&world).await;
    declare(&world, "").await;
    let (status, report) = cho.presses(&world, "escalate").await;
    assert_eq!((status, &report["state"]), (StatusCode::OK, &json!("done")), "{report}");
    assert!(page(&world).await.attempts.len() > 1, "others are paged");
    world.advance(minutes(5)).await;
    let messages = cho.messages();
    let (first, last) = (&messages[0], &messages[messages.len() - 1]);
    assert!(messages.len() > 1 && last["renotify"] == json!(true), "{messages:?}");
    assert_eq!(first["tag"], last["tag"]);
    assert_ne!(first["actions"][0]["post"], last["actions"][0]["post"], "each attempt has links of its own");
    world.end().await;
}

#[tokio::test]
async fn a_private_incident_shows_key_and_severity_on_the_lock_screen() {
    let world = World::with(CONFIG).await;
    let cho = Browser::of(&world, "cho").await;
    cho.subscribes(&world).await;
    let line = "/incident declare \"Leak of customers' data\" severity:sev1 service:checkout private:yes";
    done(&world.says("dee", line).await);
    let message = cho.messages().remove(0);
    assert_eq!(message["title"], "SEV1 HOT-1");
    let text = message.to_string();
    for trace in ["Leak", "customers", "checkout", "Checkout", "Dee", "dee"] {
        assert!(!text.contains(trace), "{trace}: {text}");
    }
    let id = page(&world).await.id();
    done(&world.says("cho", &format!("/page ack {id}")).await);
    let last = cho.messages().pop().expect("a message").to_string();
    assert!(last.contains("HOT-1") && !last.contains("Leak"), "{last}");
    world.end().await;
}

#[tokio::test]
async fn a_drill_says_so_first() {
    let world = World::with(CONFIG).await;
    let cho = Browser::of(&world, "cho").await;
    cho.subscribes(&world).await;
    declare(&world, "drill:yes").await;
    assert!(
        cho.messages()[0]["title"].as_str().is_some_and(|title| title.starts_with("DRILL")),
        "{:?}",
        cho.messages()
    );
    world.end().await;
}

#[tokio::test]
async fn a_browser_that_has_unsubscribed_is_switched_off_and_comes_back_by_itself() {
    let world = World::with(CONFIG).await;
    let mut cho = Browser::of(&world, "cho").await;
    cho.subscribes(&world).await;
    cho.status.store(410, Ordering::SeqCst);
    declare(&world, "").await;
    assert_eq!(methods(&world, "cho").await[0].disabled, Some(MethodDisabled::Gone));
    assert!(matches!(&outcomes(&world).await[..], [ContactOutcome::Failed { .. }]));
    let (_, offer) = cho.offer(&world).await;
    assert_eq!(offer["subscriptions"], json!([{"id": cho.id(), "gone": true}]));
    // At the next sign-in the script subscribes anew, in place of the old subscription.
    let old = cho.id();
    cho.path = "/push/2";
    cho.status.store(201, Ordering::SeqCst);
    let (status, answer) = cho.posts(&world, "/console/push", &cho.subscription(Some(&old))).await;
    assert_eq!((status, &answer), (StatusCode::OK, &json!({"id": cho.id(), "gone": false})));
    let methods = methods(&world, "cho").await;
    assert_eq!((methods.len(), methods[0].is_usable()), (1, true));
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_push_service_that_refuses_the_key_removes_nothing() {
    let world = World::with(CONFIG).await;
    let cho = Browser::of(&world, "cho").await;
    cho.subscribes(&world).await;
    cho.status.store(403, Ordering::SeqCst);
    declare(&world, "").await;
    let method = methods(&world, "cho").await.remove(0);
    assert!(method.is_usable());
    assert!(method.last_failure.is_some_and(|why| why.contains("check [web_push] subject")));
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_push_service_that_is_busy_gets_the_message_again() {
    let world = World::with(CONFIG).await;
    let cho = Browser::of(&world, "cho").await;
    cho.subscribes(&world).await;
    cho.status.store(503, Ordering::SeqCst);
    declare(&world, "").await;
    assert!(matches!(&outcomes(&world).await[..], [ContactOutcome::Delayed { .. }]));
    cho.status.store(201, Ordering::SeqCst);
    world.advance(minutes(1)).await;
    assert_eq!(outcomes(&world).await, [ContactOutcome::Accepted]);
    world.end().await;
}

#[tokio::test]
async fn a_test_is_answered_from_the_notification() {
    let world = World::with(CONFIG).await;
    let ann = Browser::of(&world, "ann").await;
    ann.subscribes(&world).await;
    let (status, _) = ann.posts(&world, "/console/push/test", &json!({"id": ann.id()})).await;
    assert_eq!(status, StatusCode::OK);
    world.settle().await;
    let (status, report) = ann.presses(&world, "answer").await;
    assert_eq!((status, &report["state"]), (StatusCode::OK, &json!("done")), "{report}");
    assert!(methods(&world, "ann").await[0].proven_at.is_some());
    world.end().await;
}

#[tokio::test]
async fn only_the_person_who_signed_in_subscribes_and_only_what_can_be_called() {
    let world = World::with(CONFIG).await;
    let ann = Browser::of(&world, "ann").await;
    let forged = Request::post("/console/push").header("host", "localhost").header("cookie", &ann.cookie);
    let forged = forged.header("content-type", "application/json").body(Body::from(ann.subscription(None).to_string()));
    assert_eq!(world.asks(forged.unwrap()).await.0, StatusCode::FORBIDDEN, "without the token of the session");
    let stranger = Request::get("/console/push").header("host", "localhost").body(Body::empty());
    assert_eq!(world.asks(stranger.unwrap()).await.0, StatusCode::UNAUTHORIZED);
    for endpoint in ["http://10.0.0.5/push", "https://10.0.0.5/push", "https://169.254.169.254/", "ftp://x/", ""] {
        let mut subscription = ann.subscription(None);
        subscription["endpoint"] = json!(endpoint);
        let (status, answer) = ann.posts(&world, "/console/push", &subscription).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{endpoint}: {answer}");
    }
    assert!(methods(&world, "ann").await.is_empty());
    let off = World::new().await;
    let bob = Browser::of(&off, "bob").await;
    assert_eq!(bob.offer(&off).await.0, StatusCode::NOT_FOUND);
    assert_eq!(bob.posts(&off, "/console/push", &bob.subscription(None)).await.0, StatusCode::NOT_FOUND);
    off.end().await;
    world.end().await;
}

#[tokio::test]
async fn a_browser_shows_the_pages_of_one_person() {
    let world = World::with(CONFIG).await;
    let mut browser = Browser::of(&world, "cho").await;
    browser.subscribes(&world).await;
    browser.subscribes(&world).await;
    assert_eq!(methods(&world, "cho").await.len(), 1, "subscribing again changes nothing");
    browser.signs_in(&world, "bob").await;
    browser.subscribes(&world).await;
    assert_eq!((methods(&world, "cho").await.len(), methods(&world, "bob").await.len()), (0, 1));
    let (status, _) = browser.posts(&world, "/console/push/remove", &json!({"id": browser.id()})).await;
    assert_eq!(status, StatusCode::OK);
    assert!(methods(&world, "bob").await.is_empty());
    world.end().await;
}
