//! Subscriptions, what is sent to a push service, and what its answers mean.

mod payload;
mod sending;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use web_push_native::p256::{SecretKey, elliptic_curve::sec1::ToEncodedPoint};

use super::*;

/// The receiver of the example of RFC 8291, section 5.
const RECEIVER_KEY: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

fn receiver() -> SecretKey {
    SecretKey::from_slice(&URL_SAFE_NO_PAD.decode(RECEIVER_KEY).expect("base64")).expect("a key")
}

fn form(endpoint: &str) -> SubscriptionForm {
    let p256dh = URL_SAFE_NO_PAD.encode(receiver().public_key().to_encoded_point(false).as_bytes());
    SubscriptionForm { endpoint: endpoint.to_owned(), keys: SubscriptionKeys { p256dh, auth: AUTH.to_owned() } }
}

fn subscription() -> Subscription {
    Subscription::parse(&form("https://push.example.net/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV")).expect("a subscription")
}

#[test]
fn the_receiver_is_that_of_the_specification() {
    let expected = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    assert_eq!(form("").keys.p256dh, expected);
}

#[test]
fn a_subscription_is_read_as_browsers_write_it() {
    let written = format!(
        r#"{{"endpoint":"https://fcm.googleapis.com/fcm/send/abc","expirationTime":null,"keys":{{"p256dh":"{}","auth":"{AUTH}=="}}}}"#,
        form("").keys.p256dh
    );
    let form: SubscriptionForm = serde_json::from_str(&written).expect("JSON");
    let read = Subscription::parse(&form).expect("a subscription");
    assert_eq!(read.origin(), "https://fcm.googleapis.com");
    assert_eq!(form.id(), "4e9bdab8bbe7189c00aebb0922fc49fe40e00594c400f3e1b5dcf97a35c79f85");
    for shown in [format!("{form:?}"), format!("{:?}", form.keys), format!("{read:?}")] {
        assert!(!shown.contains("abc") && !shown.contains(AUTH), "{shown}");
    }
}

#[test]
fn a_subscription_that_cannot_be_used_is_refused_without_being_shown() {
    let refused = |endpoint: &str| Subscription::parse(&form(endpoint)).expect_err(endpoint);
    for endpoint in [
        "",
        "push.example.net/a",
        "http://push.example.net/a",
        "http://10.0.0.5/a",
        "ftp://push.example.net/a",
        "https://ann:p@push.example.net/a",
        "http://localhost.example.net/a",
        "data:text/plain,a",
    ] {
        assert!(matches!(refused(endpoint), SubscriptionFault::Endpoint(_)), "{endpoint}");
    }
    let long = format!("https://push.example.net/{}", "a".repeat(2_048));
    assert!(matches!(refused(&long), SubscriptionFault::Endpoint("is longer than 2,048 characters")));
    for near in ["http://127.0.0.1:9/a", "http://localhost:9/a", "http://[::1]:9/a"] {
        assert!(Subscription::parse(&form(near)).is_ok(), "{near}");
    }
    let good = form("https://push.example.net/a");
    let keys = |p256dh: &str, auth: &str| {
        let keys = SubscriptionKeys { p256dh: p256dh.to_owned(), auth: auth.to_owned() };
        Subscription::parse(&SubscriptionForm { keys, ..good.clone() }).err()
    };
    let p256dh = good.keys.p256dh.as_str();
    let off_the_curve = format!("{}AAAA", &p256dh[..p256dh.len() - 4]);
    for key in ["", "!", &p256dh[..40], off_the_curve.as_str(), &format!("{p256dh}AAAA")] {
        assert_eq!(keys(key, AUTH), Some(SubscriptionFault::PublicKey), "{key}");
    }
    for auth in ["", "c2hvcnQ", "BTBZMqHH6r4Tts7J_aSIggAAAA"] {
        assert_eq!(keys(p256dh, auth), Some(SubscriptionFault::AuthSecret), "{auth}");
    }
}

#[test]
fn a_key_is_kept_and_read_again() {
    use secrecy::ExposeSecret;

    let key = VapidKey::generate().expect("random bytes");
    let kept = key.encode();
    assert_eq!(VapidKey::decode(kept.expose_secret()), Some(key.clone()));
    assert_ne!(VapidKey::generate().expect("random bytes"), key);
    let public = URL_SAFE_NO_PAD.decode(key.public()).expect("base64");
    assert_eq!((public.len(), public[0]), (65, 4), "an uncompressed point");
    for wrong in ["", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "//////////"] {
        assert_eq!(VapidKey::decode(wrong), None, "{wrong}");
    }
    assert_eq!(format!("{key:?}"), "VapidKey(…)");
}

#[test]
fn a_topic_is_short_and_the_same_for_the_same_name() {
    let topic = PushTopic::of("page/019a8c5e");
    assert_eq!(topic.as_str().len(), 32);
    assert!(topic.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
    assert_eq!(topic, PushTopic::of("page/019a8c5e"));
    assert_ne!(topic, PushTopic::of("page/019a8c5f"));
}
