//! The numbers of `/metrics` that people set alarms on.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use hotroom::web;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::sync::watch;
use tower::ServiceExt;

use crate::{
    contacts::{self, Providers},
    webhooks::Receiver,
    world::{World, done, minutes},
};

/// What a program that collects numbers gets.
async fn numbers(world: &World, metrics: &PrometheusHandle) -> String {
    let phase = watch::Sender::new(web::server::Phase::Serving);
    let state = web::State::new(world.app.clone(), phase.subscribe());
    let router = web::router(web::State { metrics: Some(metrics.clone()), ..state });
    let request = Request::builder().uri("/metrics").header("host", "127.0.0.1:8080").body(Body::empty()).unwrap();
    let answer = router.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn failed_sign_ins_and_wrong_credentials_are_counted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let world =
        World::with_secrets("[server]\napi_token = \"env:T\"\n", &[("T", "the-token-of-the-api-of-this-story")]).await;
    let sends = async |method: &str, path: &str, token: &str| {
        let request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080");
        let request = request.header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap();
        world.asks(request).await.0
    };
    assert_eq!(sends("GET", "/api/v1/incidents", "wrong").await, StatusCode::UNAUTHORIZED);
    assert_eq!(sends("GET", "/api/v1/incidents", "the-token-of-the-api-of-this-story").await, StatusCode::OK);
    let request = Request::builder().method("POST").uri("/sign-in/no-such-link").header("host", "localhost");
    assert_eq!(world.asks(request.body(Body::empty()).unwrap()).await.0, StatusCode::GONE);
    let text = recorder.handle().render();
    assert!(text.contains("hotroom_sign_in_failures_total 1"), "{text}");
    assert!(text.contains("hotroom_http_unauthorized_total{route=\"/api/v1/incidents\"} 1"), "{text}");
    world.end().await;
}

#[tokio::test]
async fn a_webhook_that_was_disabled_is_seen_in_the_numbers() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let receiver = Receiver::start("crm").await;
    let world = World::with(&receiver.webhook("[\"incident.declared\"]", "")).await;
    let enabled = async || numbers(&world, &recorder.handle()).await;
    assert!(enabled().await.contains("hotroom_webhook_enabled{webhook=\"crm\"} 1"));
    receiver.answers(410);
    done(&world.says("ann", "/incident declare \"Reads fail\"").await);
    assert!(enabled().await.contains("hotroom_webhook_enabled{webhook=\"crm\"} 0"));
    done(&world.says("ann", "/admin reload").await);
    assert!(enabled().await.contains("hotroom_webhook_enabled{webhook=\"crm\"} 1"));
    world.end().await;
}

#[tokio::test]
async fn a_service_that_takes_no_messages_turns_the_health_page_and_its_number_red() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let providers = Providers::start().await;
    let people: &[(&str, &[&str])] = &[("cho", &["gateway:+4915100000003"]), ("bob", &["ntfy:bob-topic-1"])];
    let world = World::with(&providers.settings(people, false)).await;
    assert!(world.page("ann", "/health").await.contains("Not used yet"));
    contacts::declare(&world, "").await;
    let text = numbers(&world, &recorder.handle()).await;
    assert!(text.contains("hotroom_contact_failing{kind=\"gateway\"} 0"), "{text}");
    assert!(text.contains("hotroom_contact_last_success_timestamp_seconds{kind=\"gateway\"} 17724"), "{text}");
    providers.gateway_answers(400);
    contacts::declare(&world, "").await;
    let health = world.page("ann", "/health").await;
    assert!(!health.contains("The last messages failed"), "one failure is no pattern: {health}");
    for _ in 0..3 {
        world.advance(minutes(5)).await;
        contacts::declare(&world, "").await;
    }
    let health = world.page("ann", "/health").await;
    assert!(health.contains("The last messages failed") && health.contains("Act now"), "{health}");
    let text = numbers(&world, &recorder.handle()).await;
    assert!(text.contains("hotroom_contact_failing{kind=\"gateway\"} 1"), "{text}");
    assert!(text.contains("hotroom_contact_failing{kind=\"ntfy\"} 0"), "{text}");
    world.end_with_given_up().await;
}
