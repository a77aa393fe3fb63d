//! The client against a system that fails in every way, and the guard over real connections.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolving};

use super::*;
use crate::domain::Timestamp;
use crate::{
    domain::effect::{EffectClass, Outcome},
    fake_http::{
        FakeHttp, Reaction, RefusingPort,
        table::{AdapterUnderTest, client, run_failure_table},
    },
    net::BlockedAddress,
};

/// The plainest adapter: one POST, and any success is one.
struct Plain(EffectClass);

impl AdapterUnderTest for Plain {
    fn class(&self) -> EffectClass {
        self.0
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        let call = HttpCall::new(Method::POST, format!("{url}/things"), UrlOrigin::Outside).json(b"{}".to_vec());
        match http.send(call).await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(self.0, Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        br#"{"id":"9"}"#.to_vec()
    }
}

#[tokio::test]
async fn a_failed_call_of_a_keyed_effect_has_the_outcome_of_the_table() {
    run_failure_table(&Plain(EffectClass::Keyed), &[]).await;
}

#[tokio::test]
async fn a_failed_call_of_a_readable_effect_has_the_outcome_of_the_table() {
    run_failure_table(&Plain(EffectClass::Readable), &[]).await;
}

#[tokio::test]
async fn a_failed_call_of_any_other_effect_has_the_outcome_of_the_table() {
    run_failure_table(&Plain(EffectClass::Neither), &[]).await;
}

fn get(url: &str, origin: UrlOrigin) -> HttpCall {
    HttpCall::new(Method::GET, url, origin)
}

async fn send(http: &HttpClient, call: HttpCall) -> Result<HttpResponse, HttpFailure> {
    http.send(call).await
}

async fn failure(http: &HttpClient, call: HttpCall) -> String {
    send(http, call).await.expect_err("it fails").to_string()
}

#[tokio::test]
async fn a_call_carries_its_headers_and_its_body() {
    let fake = FakeHttp::start(|_| Reaction::answer(201, r#"{"id":"9"}"#)).await;
    let call = HttpCall::new(Method::PUT, format!("{}/a?b=c", fake.url), UrlOrigin::Config)
        .header("x-plain", "1")
        .secret_header("authorization", &SecretString::from("Bearer xyz"))
        .json(b"{\"x\":1}".to_vec());
    let response = send(&client(), call).await.expect("it is taken");
    assert_eq!(response.status, 201);
    assert_eq!(response.json::<serde_json::Value>().expect("JSON")["id"], "9");
    let received = &fake.received()[0];
    assert_eq!(received.line(), "PUT /a?b=c");
    assert_eq!(received.json()["x"], 1);
    for (name, value) in [("x-plain", "1"), ("authorization", "Bearer xyz"), ("content-type", "application/json")] {
        assert_eq!(received.headers[name], value, "{name}");
    }
    assert!(received.headers["user-agent"].starts_with("hotroom/"));
}

#[tokio::test]
async fn a_call_that_cannot_be_made_says_why_and_shows_no_secret() {
    let http = client();
    for (url, why) in [
        ("nowhere", "the URL cannot be read"),
        ("ftp://127.0.0.1/x", "the URL is not one of http or https"),
        ("http://ann:secret@127.0.0.1/x", "the URL has a user name or a password in it"),
    ] {
        assert_eq!(failure(&http, get(url, UrlOrigin::Config)).await, why);
    }
    let broken = get("http://127.0.0.1:1", UrlOrigin::Config).secret_header("authorization", &"a\nsecret".into());
    assert_eq!(failure(&http, broken).await, "the header authorization holds characters that no header may have");
}

#[tokio::test]
async fn what_is_said_of_a_failure_has_no_url_in_it() {
    let port = RefusingPort::open();
    let url = format!("http://{}/hooks/secret", port.address());
    let said = failure(&client(), get(&url, UrlOrigin::Config)).await;
    assert!(said.starts_with("not sent: ") && said.contains("Connection refused"), "{said}");
    assert!(!said.contains("secret"), "{said}");
    let fake = FakeHttp::start(|_| Reaction::with_header(307, "location", "https://login.example/?token=secret")).await;
    let said = failure(&client(), get(&fake.url, UrlOrigin::Config)).await;
    let text =
        "HTTP 307: redirected to https://login.example; redirects are not followed, so set the URL that it leads to";
    assert_eq!(said, text);
}

#[tokio::test]
async fn a_refusal_says_what_the_other_side_says() {
    let fake = FakeHttp::start(|_| Reaction::answer(422, "{\"message\":\n  \"no such service\"}")).await;
    let said = failure(&client(), get(&fake.url, UrlOrigin::Config)).await;
    assert_eq!(said, "HTTP 422: {\"message\": \"no such service\"}");
}

#[tokio::test]
async fn a_body_is_read_up_to_its_bound() {
    let fake =
        FakeHttp::start(|request| Reaction::answer(if request.path == "/no" { 400 } else { 200 }, "12345")).await;
    let call = |path: &str, largest| get(&format!("{}{path}", fake.url), UrlOrigin::Config).at_most(largest);
    assert_eq!(send(&client(), call("/", 5)).await.expect("it fits").body, b"12345");
    assert_eq!(failure(&client(), call("/", 4)).await, "HTTP 200, then a body of more than 4 bytes");
    assert_eq!(failure(&client(), call("/no", 2)).await, "HTTP 400: 12", "the status alone says what to do");
}

#[tokio::test]
async fn a_url_from_outside_does_not_lead_to_this_machine() {
    let fake = FakeHttp::start(|_| Reaction::answer(200, "")).await;
    let http = HttpClient::new(&NetSettings::direct(Duration::from_secs(10))).expect("a client");
    let blocked = send(&http, get(&fake.url, UrlOrigin::Outside)).await;
    assert!(matches!(blocked, Err(HttpFailure::Blocked(BlockedAddress::NotPublic(_)))), "{blocked:?}");
    assert!(send(&http, get(&fake.url, UrlOrigin::Config)).await.is_ok());
    // The connection that is open now is not one for URLs from outside.
    assert!(send(&http, get(&fake.url, UrlOrigin::Outside)).await.is_err());
    assert_eq!(fake.lines().len(), 1);
}

/// One address for all names.
struct OneAddress(SocketAddr);

impl Resolve for OneAddress {
    fn resolve(&self, _: Name) -> Resolving {
        let found = self.0;
        Box::pin(async move { Ok(Box::new(std::iter::once(found)) as Addrs) })
    }
}

fn with_address(settings: &NetSettings, address: &str) -> HttpClient {
    let address = format!("{address}:0").parse().expect("an address");
    HttpClient::with_names(settings, Arc::new(OneAddress(address))).expect("a client")
}

#[tokio::test]
async fn the_address_that_was_checked_is_the_one_that_is_called() {
    let fake = FakeHttp::start(|_| Reaction::answer(200, "")).await;
    let port = fake.url.rsplit(':').next().expect("a port");
    let url = format!("http://wiki.internal:{port}/");
    let mut settings = NetSettings::direct(Duration::from_secs(10));
    let blocked = send(&with_address(&settings, "127.0.0.1"), get(&url, UrlOrigin::Outside)).await;
    assert!(matches!(blocked, Err(HttpFailure::Blocked(BlockedAddress::NotPublic(_)))), "{blocked:?}");
    settings.allow = vec![HostPattern::parse("wiki.internal").expect("a name")];
    assert!(send(&with_address(&settings, "127.0.0.1"), get(&url, UrlOrigin::Outside)).await.is_ok());
    for origin in [UrlOrigin::Config, UrlOrigin::Outside] {
        let metadata = send(&with_address(&settings, "169.254.169.254"), get(&url, origin)).await;
        assert!(matches!(metadata, Err(HttpFailure::Blocked(BlockedAddress::Forbidden(_)))), "{metadata:?}");
    }
    assert_eq!(fake.received()[0].headers["host"], format!("wiki.internal:{port}"));
}

#[tokio::test]
async fn with_a_proxy_calls_go_through_it_and_it_resolves_the_names() {
    let proxy = FakeHttp::start(|_| Reaction::answer(200, "by the proxy")).await;
    let direct = FakeHttp::start(|_| Reaction::answer(200, "directly")).await;
    let settings = NetSettings {
        proxy: Some(proxy.url.clone()),
        proxy_credentials: Some("ann:secret".into()),
        no_proxy: vec![HostPattern::parse("127.0.0.0/8").expect("a network")],
        ..NetSettings::direct(Duration::from_secs(10))
    };
    // The resolver would lead nowhere: it is not asked for the names of URLs.
    let http = with_address(&settings, "169.254.169.254");
    let answer = send(&http, get("http://system.example/x", UrlOrigin::Outside)).await.expect("the proxy answers");
    assert_eq!(answer.body, b"by the proxy");
    assert_eq!(proxy.lines(), ["GET http://system.example/x"]);
    assert_eq!(proxy.received()[0].headers["proxy-authorization"], "Basic YW5uOnNlY3JldA==");
    let answer = send(&http, get(&direct.url, UrlOrigin::Config)).await.expect("the system answers");
    assert_eq!(answer.body, b"directly");
    let literal = send(&http, get("http://169.254.169.254/latest", UrlOrigin::Config)).await;
    assert!(matches!(literal, Err(HttpFailure::Blocked(_))), "{literal:?}");
    assert_eq!(proxy.lines().len(), 1);
}

#[tokio::test]
async fn a_proxy_that_is_away_or_refuses_means_that_nothing_was_sent() {
    let port = RefusingPort::open();
    let refusing = FakeHttp::start(|_| Reaction::answer(407, "")).await;
    for proxy in [format!("http://{}", port.address()), refusing.url.clone()] {
        let settings = NetSettings { proxy: Some(proxy), ..NetSettings::direct(Duration::from_secs(10)) };
        let http = HttpClient::new(&settings).expect("a client");
        let unsent = send(&http, get("https://system.example/x", UrlOrigin::Config)).await;
        assert!(matches!(unsent, Err(HttpFailure::Unsent(_))), "{unsent:?}");
    }
}

#[tokio::test]
async fn the_wait_that_a_refusal_asks_for_is_counted_from_the_time_of_the_call() {
    let date = "Thu, 01 Jan 1970 00:00:30 GMT";
    let fake = FakeHttp::start(move |_| Reaction::with_header(503, "retry-after", date)).await;
    let Err(HttpFailure::Status(response)) = send(&client(), get(&fake.url, UrlOrigin::Config)).await else {
        panic!("it is refused");
    };
    let outcome: Outcome<()> = HttpFailure::Status(response).outcome(EffectClass::Keyed, Timestamp::UNIX_EPOCH);
    assert!(matches!(outcome, Outcome::Retry { after_ms: Some(30_000), .. }), "{outcome:?}");
}
