//! Amazon SNS: a fake for its certificates and confirmations, and which messages are accepted.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    http::{StatusCode, Uri},
    routing::get,
};
use base64::{Engine, prelude::BASE64_STANDARD as STANDARD};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};

use crate::world::World;

/// The key of every certificate in `sns/`. `leaf.pem`, `expired.pem` and `other_name.pem` are issued by `issuer.cer`,
/// and that by `root.pem`, which the world trusts.
const KEY: &[u8] = include_bytes!("sns/key.pk8");
/// A message that `openssl dgst -sha1 -sign` signed with that key.
const SIGNED_BY_OPENSSL: &str = include_str!("sns/signed_by_openssl_sha1.json");

const TOPIC: &str = "arn:aws:sns:eu-west-1:12:alarms";
const DOOR: &str = "POST /intake/sns";

/// The address of the certificate with this digit, at which the fake has one of its files.
fn certificate(digit: char) -> String {
    format!("https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-{}.pem", String::from(digit).repeat(32))
}

/// What the fake has at a path: a certificate by its digit, and the certificate of their issuer.
fn at_path(path: &str) -> Vec<u8> {
    let leaf = include_str!("sns/leaf.pem");
    match path.trim_start_matches("/SimpleNotificationService-").chars().next() {
        Some('7') => leaf.into(),
        Some('1') => include_str!("sns/expired.pem").into(),
        Some('2') => include_str!("sns/other_name.pem").into(),
        Some('3') => include_str!("sns/self_signed.pem").into(),
        // Amazon answers so to a presigned request of anybody's.
        Some('4') => format!("<Attributes><value>{leaf}</value></Attributes>").into(),
        _ => include_bytes!("sns/issuer.cer").into(),
    }
}

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
            async move { if fails { Err(StatusCode::BAD_GATEWAY) } else { Ok(at_path(uri.path())) } }
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
        "Timestamp": "2026-03-02T09:00:00.000Z", "SigningCertURL": certificate('7')}))
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
    let fetched = format!("/SimpleNotificationService-{}.pem", "7".repeat(32));
    assert_eq!(amazon.asked(), [fetched.as_str(), "/issuer.cer"], "the certificate, and that of its issuer, once");
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
    let published = certificate('7');
    let elsewhere = |from: &str, to: &str| published.replace(from, to);
    for (field, value) in [
        ("SigningCertURL", elsewhere("sns.eu-west-1.amazonaws.com", "evil.example").as_str()),
        ("SigningCertURL", elsewhere("https:", "http:").as_str()),
        ("SigningCertURL", elsewhere(".com/", ".com@evil.example/").as_str()),
        ("SigningCertURL", elsewhere(".com/", ".com/?Action=GetEndpointAttributes&z=/").as_str()),
        ("SigningCertURL", elsewhere("eu-west-1", "us-east-1").as_str()),
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
async fn a_certificate_that_is_not_of_sns_is_not_believed_although_its_key_signed() {
    let amazon = Amazon::start().await;
    let world = amazon.world().await;
    for (digit, why) in [('1', "expired"), ('2', "of another name"), ('3', "self-signed"), ('4', "inside an answer")] {
        let mut message = alarm("1", "ALARM", "09:50");
        // The address is not signed.
        message["SigningCertURL"] = json!(certificate(digit));
        assert_eq!(told(&world, &message).await.0, 401, "{why}");
    }
    assert_eq!(world.alerts().await, "");
    assert_eq!(told(&world, &alarm("1", "ALARM", "09:50")).await.0, 202);
    world.end().await;
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
            "SubscribeURL": address, "Timestamp": "2026-03-02T09:00:00.000Z", "SigningCertURL": certificate('7')}),
        )
    };
    let confirm = |topic: &str| {
        format!("https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={topic}&Token=2a")
    };
    let address = confirm(TOPIC);
    assert_eq!(told(&world, &ask("arn:aws:sns:eu-west-1:12:other", &address)).await.0, 401);
    assert_eq!(told(&world, &alarm("1", "ALARM", "09:50")).await.0, 202);
    amazon.down.store(1, Ordering::SeqCst);
    assert_eq!(told(&world, &ask(TOPIC, &address)).await.0, 202);
    let confirmations = || amazon.asked().into_iter().filter(|path| address.ends_with(path.as_str())).count();
    assert_eq!(confirmations(), 1);
    amazon.down.store(0, Ordering::SeqCst);
    world.advance(crate::world::minutes(5)).await;
    assert_eq!(confirmations(), 2, "tried again, and taken");
    let other = confirm("arn:aws:sns:eu-west-1:12:other");
    for bad in [address.replace("sns.eu-west-1.amazonaws.com", "evil.example"), other] {
        assert_eq!(told(&world, &ask(TOPIC, &bad)).await.0, 202);
        assert_eq!(
            world.unreadable().await[0],
            "this address of Amazon SNS does not confirm the topic at /SubscribeURL"
        );
    }
    assert_eq!(amazon.asked().len(), 4, "two certificates, and one address twice");
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
