//! Amazon SNS: a fake for its certificates and confirmations, and which messages are accepted.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, http::Uri, routing::get};
use base64::{Engine, prelude::BASE64_STANDARD as STANDARD};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};

use crate::world::World;

/// A test certificate and its key, made by `openssl req -x509 -newkey rsa:2048 -days 36500`.
const CERTIFICATE: &str = include_str!("sns/certificate.pem");
const KEY: &[u8] = include_bytes!("sns/key.pk8");
/// A message that `openssl dgst -sha1 -sign` signed with that key.
const SIGNED_BY_OPENSSL: &str = include_str!("sns/signed_by_openssl_sha1.json");

const TOPIC: &str = "arn:aws:sns:eu-west-1:12:alarms";
const DOOR: &str = "POST /intake/sns";

/// A fake of Amazon's endpoints.
struct Amazon {
    at: String,
    asked: Arc<std::sync::Mutex<Vec<String>>>,
    down: Arc<AtomicUsize>,
}

impl Amazon {
    async fn start() -> Self {
        let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
        let down = Arc::new(AtomicUsize::new(0));
        let (seen, broken) = (Arc::clone(&asked), Arc::clone(&down));
        let answer = move |uri: Uri| {
            seen.lock().unwrap().push(uri.to_string());
            let fails = broken.load(Ordering::SeqCst) > 0;
            async move { if fails { Err(axum::http::StatusCode::BAD_GATEWAY) } else { Ok(CERTIFICATE) } }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().fallback(get(answer));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { at, asked, down }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Returns a bot that accepts the topic.
    async fn world(&self) -> World {
        World::with(&format!(
            "[[sources]]\nid = \"sns\"\nkind = \"sns\"\ntopics = [\"{TOPIC}\"]\nbase_url = \"{}\"\n",
            self.at
        ))
        .await
    }
}

/// Signs a message with signature version 2.
fn sign(mut message: Value) -> Value {
    let kind = message["Type"].as_str().unwrap().to_owned();
    let fields: &[&str] = if kind == "Notification" {
        &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    } else {
        &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    };
    let lines = fields.iter().filter_map(|field| Some(format!("{field}\n{}\n", message[field].as_str()?)));
    let text: String = lines.collect();
    let key = RsaKeyPair::from_pkcs8(KEY).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    message["SignatureVersion"] = json!("2");
    message["Signature"] = json!(STANDARD.encode(signature));
    message
}

fn alarm(id: &str, state: &str, at: &str) -> Value {
    let inner = json!({"AlarmName": "CPU", "AWSAccountId": "12", "Region": "EU (Ireland)", "NewStateValue": state,
        "NewStateReason": "x", "StateChangeTime": format!("2026-03-02T{at}:00.000+0000")});
    sign(json!({"Type": "Notification", "MessageId": id, "TopicArn": TOPIC, "Message": inner.to_string(),
        "Timestamp": "2026-03-02T09:00:00.000Z",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-77.pem"}))
}

async fn told(world: &World, message: &Value) -> (u16, Option<bool>) {
    let (status, told) = world.takes(DOOR, &[("content-type", "text/plain; charset=UTF-8")], message.to_string()).await;
    (status.as_u16(), told["duplicate"].as_bool())
}

#[tokio::test]
async fn what_amazon_signed_for_a_listed_topic_is_believed_and_its_certificate_is_fetched_once() {
    let amazon = Amazon::start().await;
    let world = amazon.world().await;
    assert_eq!(told(&world, &alarm("1", "ALARM", "09:50")).await, (202, Some(false)));
    assert_eq!(world.alerts().await, "CPU firing");
    assert_eq!(told(&world, &alarm("2", "OK", "09:55")).await, (202, Some(false)));
    assert_eq!(world.alerts().await, "CPU resolved");
    assert_eq!(told(&world, &alarm("1", "ALARM", "09:50")).await, (202, Some(true)), "a replay is known");
    assert_eq!(amazon.asked(), ["/SimpleNotificationService-77.pem"]);
    let by_openssl: Value = serde_json::from_str(SIGNED_BY_OPENSSL).unwrap();
    assert_eq!(told(&world, &by_openssl).await, (202, Some(false)), "version 1, SHA-1");
    assert_eq!(world.alerts().await, "CPU resolved, Disk firing");
    world.end().await;
}

#[tokio::test]
async fn what_was_not_signed_by_amazon_or_is_of_another_topic_is_refused_without_asking_anybody() {
    let amazon = Amazon::start().await;
    let world = amazon.world().await;
    let good = alarm("1", "ALARM", "09:50");
    for (field, value) in [
        ("SigningCertURL", "https://evil.example/SimpleNotificationService-77.pem"),
        ("SigningCertURL", "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-77.pem"),
        ("SigningCertURL", "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-77.pem"),
        ("TopicArn", "arn:aws:sns:eu-west-1:99:alarms"),
        ("SignatureVersion", "9"),
    ] {
        let mut bad = good.clone();
        bad[field] = json!(value);
        assert_eq!(told(&world, &sign_if_topic(field, bad)).await.0, 401, "{field} {value}");
    }
    assert_eq!(amazon.asked(), [""; 0]);
    for field in ["Message", "MessageId", "Timestamp", "Signature"] {
        let mut bad = good.clone();
        bad[field] = json!("AAAA");
        assert_eq!(told(&world, &bad).await.0, 401, "{field}");
    }
    assert_eq!(world.takes(DOOR, &[], "hello").await.0, 401);
    assert_eq!(world.alerts().await, "");
    world.end().await;
}

/// Signs a message only for `TopicArn`: another topic must be refused even with a valid signature.
fn sign_if_topic(field: &str, message: Value) -> Value {
    if field == "TopicArn" { sign(message) } else { message }
}

#[tokio::test]
async fn while_amazon_cannot_be_asked_the_sender_is_asked_to_come_again() {
    let amazon = Amazon::start().await;
    let world = amazon.world().await;
    amazon.down.store(1, Ordering::SeqCst);
    assert_eq!(told(&world, &alarm("1", "ALARM", "09:50")).await.0, 503);
    amazon.down.store(0, Ordering::SeqCst);
    assert_eq!(told(&world, &alarm("1", "ALARM", "09:50")).await.0, 202);
    world.end().await;
}

#[tokio::test]
async fn a_subscription_is_confirmed_for_a_listed_topic_alone_and_tried_until_amazon_takes_it() {
    let amazon = Amazon::start().await;
    let world = amazon.world().await;
    let ask = |topic: &str, address: &str| {
        sign(
            json!({"Type": "SubscriptionConfirmation", "MessageId": address, "TopicArn": topic, "Token": "2a", "Message": "m",
            "SubscribeURL": address, "Timestamp": "2026-03-02T09:00:00.000Z",
            "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-77.pem"}),
        )
    };
    let address = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2a";
    assert_eq!(told(&world, &ask("arn:aws:sns:eu-west-1:12:other", address)).await.0, 401);
    assert_eq!(told(&world, &alarm("1", "ALARM", "09:50")).await.0, 202);
    amazon.down.store(1, Ordering::SeqCst);
    assert_eq!(told(&world, &ask(TOPIC, address)).await.0, 202);
    let confirmations =
        || amazon.asked().into_iter().filter(|path| path == "/?Action=ConfirmSubscription&Token=2a").count();
    assert_eq!(confirmations(), 1);
    amazon.down.store(0, Ordering::SeqCst);
    world.advance(crate::world::minutes(5)).await;
    assert_eq!(confirmations(), 2, "tried again, and taken");
    assert_eq!(told(&world, &ask(TOPIC, "https://evil.example/?Action=ConfirmSubscription")).await.0, 202);
    assert_eq!(world.unreadable().await, ["this is no address of Amazon SNS at /SubscribeURL"]);
    assert_eq!(amazon.asked().len(), 3, "the certificate, and one address twice");
    world.end().await;
}

#[tokio::test]
async fn without_topics_nothing_is_ever_confirmed() {
    let world = World::new().await;
    let ask = json!({"Type": "SubscriptionConfirmation", "TopicArn": TOPIC,
        "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"});
    assert_eq!(told(&world, &ask).await.0, 202, "from this machine");
    let why = world.unreadable().await.remove(0);
    assert!(why.contains("list it in `topics`"), "{why}");
    world.end().await;
}
