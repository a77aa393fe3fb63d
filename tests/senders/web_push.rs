//! Push messages, read as a browser reads them: by independent libraries for encryption and tokens, and by a push service for
//! tests.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use hotroom::{
    contact::web_push::{
        PushMessage, PushTopic, PushUrgency, Subscription, SubscriptionForm, VapidIdentity, VapidKey, send,
    },
    domain::{
        Timestamp,
        effect::{Outcome, Receipt, SkipReason},
    },
    net::{HostPattern, HttpClient, NetSettings},
};
use serde_json::{Value, json};

use crate::{
    fake_http::{FakeHttp, Reaction},
    rig::{House, free_address, program, required, root, seconds},
};

const SUBJECT: &str = "mailto:oncall@example.com";
const TEXT: &str = r#"{"title":"SEV1 HOT-12","body":"Größer als ☃"}"#;

fn now() -> Timestamp {
    Timestamp::from_timestamp(seconds(), 0).expect("in range")
}

/// A client that may call this machine.
fn http() -> HttpClient {
    let allow = ["127.0.0.0/8", "::1", "localhost"].map(|entry| HostPattern::parse(entry).expect(entry)).to_vec();
    let settings = NetSettings { allow, ..NetSettings::direct(Duration::from_secs(10)) };
    HttpClient::new(&settings).expect("a client")
}

async fn push(key: &VapidKey, subscription: &Value) -> Outcome<Receipt> {
    let form: SubscriptionForm = serde_json::from_value(subscription.clone()).expect("a subscription");
    let subscription = Subscription::parse(&form).expect("a good subscription");
    let message = PushMessage {
        payload: TEXT.as_bytes().to_vec(),
        ttl: Duration::from_secs(300),
        urgency: PushUrgency::High,
        topic: PushTopic::of("page/1"),
    };
    send(&http(), VapidIdentity { key, subject: SUBJECT }, &subscription, message, now()).await
}

/// Runs the script of the browser. `None` where its libraries are not installed.
fn browser(given: &Value) -> Option<Value> {
    let installed = root().join("target/senders/python");
    let Some(python) = program(&["python3"]).filter(|_| installed.join("http_ece").exists()) else {
        return required("python/http_ece");
    };
    let mut command = Command::new(python);
    command.env("PYTHONPATH", &installed).arg(root().join("tests/senders/clients/web_push.py"));
    let mut running = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    running.stdin.take().expect("its input").write_all(given.to_string().as_bytes()).expect("written");
    let done = running.wait_with_output().expect("it ends");
    assert!(done.status.success(), "web_push.py failed; its error is above");
    Some(serde_json::from_slice(&done.stdout).expect("JSON"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_decrypts_a_message_and_verifies_who_sent_it() {
    let Some(mut subscription) = browser(&json!({})) else { return };
    let service = FakeHttp::start(|_| Reaction::answer(201, "")).await;
    subscription["endpoint"] = json!(format!("{}/push/1", service.url));
    let key = VapidKey::generate().expect("random bytes");
    assert_eq!(push(&key, &subscription).await, Outcome::Delivered(Receipt::Nothing));
    let request = service.received().remove(0);
    let body: String = request.body.iter().map(|byte| format!("{byte:02x}")).collect();
    let given = json!({
        "headers": request.headers, "body": body, "audience": service.url,
        "keys": subscription["keys"], "private": subscription["private"],
    });
    assert_eq!(browser(&given), Some(json!({"plain": TEXT, "sub": SUBJECT})));
}

/// Posts JSON to the push service for tests.
async fn ask(address: &str, path: &str, body: Value) -> Value {
    let client = hotroom::net::tls::client().build().expect("a client");
    let answer = client.post(format!("{address}{path}")).json(&body).send().await.expect("an answer");
    let status = answer.status();
    let text = answer.text().await.expect("a text");
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_service_takes_a_message_and_says_when_the_browser_has_gone() {
    let script = root().join("target/senders/node_modules/web-push-testing/src/bin/server.js");
    let Some(node) = program(&["node"]).filter(|_| Path::exists(&script)) else {
        required::<()>("node_modules/web-push-testing");
        return;
    };
    let mut house = House::new();
    let port = free_address().port();
    house.start("web-push-testing", Command::new(node).arg(script).arg(port.to_string()));
    house.eventually("the push service listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()).await;
    let address = format!("http://127.0.0.1:{port}");
    let key = VapidKey::generate().expect("random bytes");
    let options = json!({"applicationServerKey": key.public(), "userVisibleOnly": "true"});
    let subscription = ask(&address, "/subscribe", options).await["data"].clone();
    let client = json!({"clientHash": subscription["clientHash"]});

    assert_eq!(push(&key, &subscription).await, Outcome::Delivered(Receipt::Nothing));
    let shown = ask(&address, "/get-notifications", client.clone()).await;
    assert_eq!(shown["data"]["messages"], json!([TEXT]));

    let stranger = VapidKey::generate().expect("random bytes");
    let refused = push(&stranger, &subscription).await;
    assert!(matches!(&refused, Outcome::Rejected { why } if why.contains("HTTP 400")), "{refused:?}");

    let hash = subscription["clientHash"].as_str().expect("a hash");
    ask(&address, &format!("/expire-subscription/{hash}"), json!({})).await;
    assert_eq!(push(&key, &subscription).await, Outcome::Skipped(SkipReason::ContactGone));
}
