//! What is sent to a push service, and what its answers mean.

use std::time::Duration;

use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};

use super::*;
use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome, Receipt, SkipReason},
    },
    fake_http::{
        FakeHttp, Reaction, Received,
        table::{AdapterUnderTest, Expected, Override, Row, client, run_failure_table},
    },
    net::HttpClient,
};

fn now() -> Timestamp {
    "2026-11-21T02:14:07Z".parse().expect("a time")
}

fn message(payload: &[u8]) -> PushMessage {
    PushMessage {
        payload: payload.to_vec(),
        ttl: Duration::from_secs(300),
        urgency: PushUrgency::High,
        topic: PushTopic::of("page/1"),
    }
}

async fn send_to(http: &HttpClient, url: &str, message: PushMessage, at: Timestamp) -> Outcome<Receipt> {
    let key = VapidKey::decode(RECEIVER_KEY).expect("a key");
    let identity = VapidIdentity { key: &key, subject: "mailto:oncall@example.com" };
    send(http, identity, &subscription().at(format!("{url}/push/1")), message, at).await
}

/// Sends a message to a push service that accepts it, and returns what arrived.
async fn received(message: PushMessage, at: Timestamp) -> Received {
    let service = FakeHttp::start(|_| Reaction::with_header(201, "location", "https://push.example.net/m/1")).await;
    let outcome = send_to(&client(), &service.url, message, at).await;
    assert_eq!(outcome, Outcome::Delivered(Receipt::Nothing));
    let mut received = service.received();
    assert_eq!(received.len(), 1);
    received.remove(0)
}

/// The claims of the token in `Authorization`, whose signature is checked by another library than the one that signs.
fn claims(request: &Received) -> Value {
    let (token, key) = request.headers["authorization"]
        .strip_prefix("vapid t=")
        .and_then(|rest| rest.split_once(", k="))
        .expect("VAPID");
    let (signed, signature) = token.rsplit_once('.').expect("a token");
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(key));
    public.verify(signed.as_bytes(), &decode(signature)).expect("the signature is good");
    let (head, claims) = signed.split_once('.').expect("a head");
    let parse = |text: &str| serde_json::from_slice::<Value>(&decode(text)).expect("JSON");
    assert_eq!(parse(head), json!({"typ": "JWT", "alg": "ES256"}));
    parse(claims)
}

#[tokio::test]
async fn a_message_is_encrypted_for_the_browser_and_has_the_headers_of_the_protocol() {
    let request = received(message(b"{\"title\":\"SEV1\"}"), now()).await;
    assert_eq!(request.line(), "POST /push/1");
    for (name, value) in [
        ("content-encoding", "aes128gcm"),
        ("content-type", "application/octet-stream"),
        ("ttl", "300"),
        ("urgency", "high"),
        ("topic", PushTopic::of("page/1").as_str()),
    ] {
        assert_eq!(request.headers[name], value, "{name}");
    }
    let auth = URL_SAFE_NO_PAD.decode(AUTH).expect("base64");
    let auth: [u8; 16] = auth.try_into().expect("16 bytes");
    let plain = web_push_native::decrypt(request.body.clone(), &receiver(), &auth.into()).expect("decrypted");
    assert_eq!(plain, b"{\"title\":\"SEV1\"}");
    let again = received(message(b"{\"title\":\"SEV1\"}"), now()).await;
    assert_ne!(again.body, request.body, "each message has a key and a salt of its own");
}

#[tokio::test]
async fn the_token_is_for_this_push_service_dated_by_the_clock_of_the_caller_and_the_same_for_an_hour() {
    let request = received(message(b"{}"), now()).await;
    let token = claims(&request);
    let origin = format!("http://{}", request.headers["host"]);
    assert_eq!(token["aud"], origin.as_str());
    assert_eq!(token["sub"], "mailto:oncall@example.com");
    let ahead = token["exp"].as_i64().expect("an end") - now().timestamp();
    assert!((1..=24 * 3_600).contains(&ahead), "{ahead}");

    let key = VapidKey::decode(RECEIVER_KEY).expect("a key");
    let identity = VapidIdentity { key: &key, subject: "https://example.com/contact" };
    let token = |minutes: i64| {
        use secrecy::ExposeSecret;
        let at = now() + chrono::TimeDelta::minutes(minutes);
        identity.authorization("https://push.example.net", at).expose_secret().to_owned()
    };
    assert_eq!(token(0), token(45));
    assert_ne!(token(0), token(46));
}

#[tokio::test]
async fn a_message_never_asks_for_no_wait_at_all_and_low_urgency_is_normal() {
    let low = PushMessage { ttl: Duration::ZERO, urgency: PushUrgency::Normal, ..message(b"{}") };
    let request = received(low, now()).await;
    assert_eq!((request.headers["ttl"].as_str(), request.headers["urgency"].as_str()), ("1", "normal"));
    let forever = PushMessage { ttl: Duration::MAX, ..message(b"{}") };
    assert_eq!(received(forever, now()).await.headers["ttl"], "2419200");
}

#[tokio::test]
async fn the_largest_payload_fits_into_what_push_services_take_and_a_larger_one_is_not_sent() {
    let request = received(message(&vec![b'a'; LARGEST_PAYLOAD]), now()).await;
    assert!(request.body.len() <= 4_096, "{}", request.body.len());
    let service = FakeHttp::start(|_| Reaction::answer(201, "")).await;
    let outcome = send_to(&client(), &service.url, message(&vec![b'a'; LARGEST_PAYLOAD + 1]), now()).await;
    assert!(matches!(&outcome, Outcome::Rejected { why } if why.contains("3901 bytes")), "{outcome:?}");
    assert!(service.received().is_empty());
}

#[tokio::test]
async fn each_refusal_says_what_to_do() {
    let refused = async |status: u16, body: &'static str| {
        let service = FakeHttp::start(move |_| Reaction::answer(status, body)).await;
        send_to(&client(), &service.url, message(b"{}"), now()).await
    };
    for gone in [404, 410] {
        assert_eq!(refused(gone, "").await, Outcome::Skipped(SkipReason::ContactGone));
    }
    let why = |outcome| {
        let Outcome::Rejected { why } = outcome else { panic!("{outcome:?}") };
        why
    };
    for status in [400, 401, 403] {
        let why = why(refused(status, "BadJwtToken").await);
        assert!(why.contains("check [web_push] subject") && why.contains("BadJwtToken"), "{why}");
    }
    let why = why(refused(413, "").await);
    assert!(why.starts_with("a bug of hotroom"), "{why}");
}

#[tokio::test]
async fn a_private_address_is_called_only_where_the_configuration_allows_it() {
    let service = FakeHttp::start(|_| Reaction::answer(201, "")).await;
    let http = HttpClient::new(&crate::net::NetSettings::direct(Duration::from_secs(5))).expect("a client");
    let outcome = send_to(&http, &service.url, message(b"{}"), now()).await;
    assert!(matches!(&outcome, Outcome::Rejected { why } if why.contains("not a public address")), "{outcome:?}");
    assert!(service.received().is_empty());
}

struct OneMessage;

impl AdapterUnderTest for OneMessage {
    fn class(&self) -> EffectClass {
        EffectClass::Neither
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        send_to(http, url, message(b"{}"), now()).await.map(|_| ())
    }

    fn success(&self) -> Vec<u8> {
        Vec::new()
    }
}

#[tokio::test]
async fn a_push_service_that_fails_has_the_outcome_of_the_table() {
    let repeated = |status| Override {
        row: Row::Status(status),
        expected: Expected::Retry,
        reason: "a second message replaces the first notification by its tag, so that sending again does no harm",
    };
    let gone = |status| Override {
        row: Row::Status(status),
        expected: Expected::Skipped,
        reason: "the browser has unsubscribed: the subscription is removed and the next method used",
    };
    let accepted = |row| Override {
        row,
        expected: Expected::Delivered,
        reason: "a status of 2xx says that the message was accepted; the body has no meaning",
    };
    let overrides = [
        repeated(500),
        repeated(503),
        gone(404),
        gone(410),
        accepted(Row::BodyTruncated),
        accepted(Row::BodyTooLarge),
        accepted(Row::BodyDrips),
    ];
    run_failure_table(&OneMessage, &overrides).await;
}
