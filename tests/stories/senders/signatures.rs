//! Signed bodies: who may post, and what happens when a recorded body is replayed.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::world::{World, minutes};

fn hex_of(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

async fn world(kind: &str, more: &str) -> World {
    let toml = format!(
        "[[sources]]\nid = \"s\"\nkind = \"{kind}\"\nsigning_secret = \"env:S\"\nold_signing_secret = \"env:O\"\n{more}"
    );
    World::with_secrets(&toml, &[("S", "new"), ("O", "old")]).await
}

const DOOR: &str = "POST /intake/s";

#[tokio::test]
async fn a_recording_of_pagerduty_is_known_for_a_month_under_whatever_id_it_comes() {
    let world = world("pagerduty", "").await;
    let body = r#"{"event":{"id":"E1","event_type":"incident.triggered","data":{"id":"P1","type":"incident","status":"triggered","title":"Disk"}}}"#;
    let resolved = body.replace("triggered", "resolved").replace("E1", "E2");
    let signed = async |body: &str, secret: &str, id: &str| {
        let signature = format!("v1={},v1={}", hex_of("of another hook", body), hex_of(secret, body));
        let (status, told) =
            world.takes(DOOR, &[("x-pagerduty-signature", &signature), ("x-webhook-id", id)], body).await;
        (status.as_u16(), told["duplicate"].as_bool())
    };
    assert_eq!(signed(body, "new", "1").await, (202, Some(false)));
    assert_eq!(signed(&resolved, "old", "2").await, (202, Some(false)));
    assert_eq!(world.alerts().await, "Disk resolved");
    for day in [0, 1, 28] {
        world.pass(Duration::from_secs(day * 86_400));
        assert_eq!(signed(body, "new", &format!("fresh {day}")).await, (202, Some(true)), "its id is not signed");
    }
    assert_eq!(world.alerts().await, "Disk resolved", "what is replayed opens nothing");
    assert_eq!(signed(body, "wrong", "1").await.0, 401);
    assert_eq!(world.takes(DOOR, &[("x-webhook-id", "1")], body).await.0, 401);
    world.end_with_given_up().await;
}

#[tokio::test]
async fn grafana_says_in_equal_words_that_an_alert_still_fires() {
    let world = world("grafana", "").await;
    let body = r#"{"version":"1","alerts":[{"status":"firing","labels":{"alertname":"Slow"},"startsAt":"2026-03-02T09:50:00Z"}]}"#;
    let signature = hex_of("new", body);
    let sent = async || {
        world.takes(DOOR, &[("x-grafana-alerting-signature", &signature)], body).await.1["duplicate"].as_bool()
    };
    assert_eq!((sent().await, sent().await), (Some(false), Some(true)), "at once it is a retry");
    world.advance(minutes(240)).await;
    assert_eq!(sent().await, Some(false), "and later a word of its own");
    assert_eq!(world.alerts().await, "Slow firing");
    world.end().await;
}

#[tokio::test]
async fn with_a_signed_time_grafanas_recordings_are_too_old_or_known() {
    let world = world("grafana", "timestamp_header = \"X-Grafana-Time\"\nsignature_header = \"X-Mine\"\n").await;
    let body = r#"{"version":"1","alerts":[{"status":"firing","labels":{"alertname":"Slow"},"startsAt":"2026-03-02T09:50:00Z"}]}"#;
    let time = world.now().timestamp().to_string();
    let signature = hex_of("new", &format!("{time}:{body}"));
    let headers = [("x-mine", signature.as_str()), ("x-grafana-time", time.as_str())];
    assert_eq!(world.takes(DOOR, &headers, body).await.1["duplicate"], false);
    assert_eq!(world.takes(DOOR, &headers, body).await.1["duplicate"], true);
    assert_eq!(
        world.takes(DOOR, &[("x-mine", &hex_of("new", body))], body).await.0,
        401,
        "the time may not be left out"
    );
    world.advance(minutes(6)).await;
    assert_eq!(world.takes(DOOR, &headers, body).await.0, 401);
    world.end().await;
}

#[tokio::test]
async fn sentry_signs_what_it_sends_before_anything_of_it_is_read() {
    let world = world("sentry", "").await;
    let body =
        r#"{"action":"created","data":{"issue":{"id":"1","title":"Boom","status":"unresolved","level":"error"}}}"#;
    let signature = hex_of("new", body);
    let headers =
        [("sentry-hook-signature", signature.as_str()), ("sentry-hook-resource", "issue"), ("request-id", "r")];
    assert_eq!(world.takes(DOOR, &headers, body).await.0, 202);
    assert_eq!(world.alerts().await, "Boom firing");
    let other = body.replace("Boom", "Bang");
    assert_eq!(world.takes(DOOR, &headers, other).await.0, 401);
    assert_eq!(world.takes(DOOR, &headers[1..], "[".repeat(100_000)).await.0, 401, "nothing is parsed first");
    assert_eq!(world.unreadable().await, [""; 0]);
    world.end().await;
}

#[tokio::test]
async fn a_signed_body_of_ones_own_counts_once_unless_it_is_signed_with_a_time() {
    let world = world("generic", "").await;
    let body = "{\"name\":\"Backup\"}";
    let plain = format!("sha256={}", hex_of("new", body));
    let sent = async |headers: &[(&str, &str)]| world.takes(DOOR, headers, body).await.1["duplicate"].as_bool();
    assert_eq!(sent(&[("x-hotroom-signature", &plain)]).await, Some(false));
    world.advance(minutes(60)).await;
    assert_eq!(sent(&[("x-hotroom-signature", &plain)]).await, Some(true));
    let time = world.now().timestamp().to_string();
    let timed = format!("sha256={}", hex_of("new", &format!("{time}:{body}")));
    let headers = [("x-hotroom-signature", timed.as_str()), ("x-hotroom-timestamp", time.as_str())];
    assert_eq!((sent(&headers).await, sent(&headers).await), (Some(false), Some(true)));
    world.end().await;
}
