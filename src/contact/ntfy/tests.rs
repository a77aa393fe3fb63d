//! The client against a server that keeps messages and fails, and against the table of failures.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;

use super::*;
use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome},
    },
    fake_http::table::{AdapterUnderTest, client, run_failure_table},
    fake_ntfy::{FakeNtfy, NtfyFault},
    net::HttpClient,
};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn settings(server: &str, token: Option<&str>) -> NtfySettings {
    NtfySettings { server: server.to_owned(), token: token.map(SecretString::from), private: false }
}

fn random_topic() -> NtfyTopic {
    NtfyTopic::propose().expect("random bytes")
}

/// A topic with a random name of the server that is configured.
fn target(server: &str, token: Option<&str>) -> NtfyTarget {
    NtfyTarget::parse(random_topic().as_str(), &settings(server, token), None).expect("a target")
}

fn page(text: &str) -> NtfyMessage {
    NtfyMessage {
        sequence_id: SequenceId::of("page 1"),
        title: "sev1: Checkout is down".to_owned(),
        text: text.to_owned(),
        priority: NtfyPriority::Urgent,
        click: Some("https://hotroom.example.com/a/1".to_owned()),
        attach: Some("https://hotroom.example.com/graph/1".to_owned()),
        actions: vec![NtfyAction {
            label: "Acknowledge".to_owned(),
            url: "https://hotroom.example.com/a/t0k3n".to_owned(),
        }],
    }
}

struct OnePage;

impl AdapterUnderTest for OnePage {
    fn class(&self) -> EffectClass {
        EffectClass::Readable
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        publish(http, &target(url, None), &page("Reads fail"), NOW).await.map(|_| ())
    }

    fn success(&self) -> Vec<u8> {
        json!({"id": "a", "time": 1, "event": "message", "topic": "t"}).to_string().into_bytes()
    }

    fn refusal(&self, status: u16) -> Vec<u8> {
        json!({"code": u32::from(status) * 100 + 1, "http": status, "error": "no"}).to_string().into_bytes()
    }
}

#[tokio::test]
async fn a_message_that_fails_has_the_outcome_of_the_table() {
    run_failure_table(&OnePage, &[]).await;
}

#[tokio::test]
async fn a_page_is_loud_and_has_a_button_a_link_and_the_graph() {
    let ntfy = FakeNtfy::start().await;
    let target = target(ntfy.url(), None);
    let outcome = publish(&client(), &target, &page("Größer als ☃"), NOW).await;
    let Outcome::Delivered(receipt) = outcome else { panic!("{outcome:?}") };
    assert!(receipt.is_readable);
    let message = &ntfy.messages(target.topic.as_str())[0];
    assert_eq!((&message["priority"], &message["message"]), (&json!(5), &json!("Größer als ☃")));
    let button = &message["actions"][0];
    assert_eq!(
        (&button["action"], &button["method"], &button["clear"]),
        (&json!("http"), &json!("POST"), &json!(true))
    );
    assert_eq!(message["attachment"]["url"], "https://hotroom.example.com/graph/1");
    assert_eq!(ntfy.http.received()[0].headers["content-type"], "application/json");
}

#[tokio::test]
async fn an_update_replaces_the_page_quietly() {
    let ntfy = FakeNtfy::start().await;
    let target = target(ntfy.url(), None);
    publish(&client(), &target, &page("Reads fail"), NOW).await;
    let update = NtfyMessage { priority: NtfyPriority::Low, actions: Vec::new(), ..page("Ben acknowledged") };
    publish(&client(), &target, &update, NOW).await;
    let shown = ntfy.notifications(target.topic.as_str());
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!((shown[0].text.as_str(), shown[0].priority, shown[0].buttons.len()), ("Ben acknowledged", 2, 0));
}

#[tokio::test]
async fn after_an_unknown_outcome_the_message_is_looked_up() {
    let ntfy = FakeNtfy::start().await;
    let (target, http) = (target(ntfy.url(), None), client());
    let minute = Duration::from_secs(60);
    ntfy.fail_next(NtfyFault::TakenWithoutAnswer);
    let outcome = publish(&http, &target, &page("Reads fail"), NOW).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    ntfy.advance(30);
    let found = look_up(&http, &target, &page("Reads fail"), minute).await.expect("an answer");
    assert!(matches!(&found, NtfyLookup::Published(receipt) if receipt.is_readable), "{found:?}");

    let marked = page("Possible repeat: reads fail");
    let found = look_up(&http, &target, &marked, minute).await.expect("an answer");
    assert!(matches!(found, NtfyLookup::Published(_)), "its button tells which it is");

    ntfy.fail_next(NtfyFault::NotTaken);
    let link = "https://hotroom.example.com/a/0ther".to_owned();
    let actions = vec![NtfyAction { label: "Acknowledge".to_owned(), url: link }];
    let second = NtfyMessage { actions, ..page("Reads fail") };
    assert!(matches!(publish(&http, &target, &second, NOW).await, Outcome::Unknown { .. }));
    let lost = Ok(NtfyLookup::Absent);
    assert_eq!(look_up(&http, &target, &second, minute).await, lost, "another step of the page is there");
    let update = NtfyMessage { actions: Vec::new(), ..page("Ben acknowledged") };
    assert_eq!(look_up(&http, &target, &update, minute).await, lost);
    publish(&http, &target, &update, NOW).await;
    let found = look_up(&http, &target, &update, minute).await.expect("an answer");
    assert!(matches!(found, NtfyLookup::Published(_)), "{found:?}");

    ntfy.advance(13 * 3_600);
    assert_eq!(
        look_up(&http, &target, &second, minute).await,
        Ok(NtfyLookup::Unreadable),
        "there is nothing to compare"
    );
}

#[tokio::test]
async fn what_a_server_without_sequence_ids_has_cannot_be_known() {
    let ntfy = FakeNtfy::start().await;
    ntfy.downgrade();
    let (target, http, page) = (target(ntfy.url(), None), client(), page("Reads fail"));
    let outcome = publish(&http, &target, &page, NOW).await;
    assert!(matches!(&outcome, Outcome::Delivered(receipt) if !receipt.is_readable), "{outcome:?}");
    let found = look_up(&http, &target, &page, Duration::ZERO).await;
    assert_eq!(found, Ok(NtfyLookup::Unreadable));
}

#[tokio::test]
async fn a_topic_that_may_not_be_read_or_is_too_busy_cannot_be_looked_at() {
    let ntfy = FakeNtfy::start().await;
    let (target, http) = (target(ntfy.url(), None), client());
    for n in 0..120 {
        publish(&http, &target, &page(&format!("{n} {}", "x".repeat(2_500))), NOW).await;
    }
    assert_eq!(look_up(&http, &target, &page("Reads fail"), Duration::ZERO).await, Ok(NtfyLookup::Unreadable));
    ntfy.require_token("tk_reader");
    assert_eq!(look_up(&http, &target, &page("Reads fail"), Duration::ZERO).await, Ok(NtfyLookup::Unreadable));
}

#[tokio::test]
async fn a_token_goes_to_its_own_server_only() {
    let (own, other) = (FakeNtfy::start().await, FakeNtfy::start().await);
    own.require_token("tk_own");
    let http = client();
    let configured = settings(own.url(), Some("tk_own"));
    let here = NtfyTarget::parse("alerts-of-ann", &configured, None).expect("the token protects it");
    assert!(matches!(publish(&http, &here, &page("a"), NOW).await, Outcome::Delivered(_)));
    let there = format!("{}/{}", other.url(), random_topic().as_str());
    let there = NtfyTarget::parse(&there, &configured, None).expect("a random topic");
    assert!(matches!(publish(&http, &there, &page("a"), NOW).await, Outcome::Delivered(_)));
    assert!(!other.http.received()[0].headers.contains_key("authorization"));
    // A server that a person names may not lead into the network of hotroom.
    let guarded = HttpClient::new(&crate::net::NetSettings::direct(Duration::from_secs(5))).expect("a client");
    assert!(matches!(publish(&guarded, &there, &page("a"), NOW).await, Outcome::Rejected { .. }));
    assert_eq!(other.http.received().len(), 1);
}

#[tokio::test]
async fn a_refusal_says_what_its_code_means_and_repeats_nothing_else() {
    let ntfy = FakeNtfy::start().await;
    let (target, http) = (target(ntfy.url(), None), client());
    for (status, code, expected) in [
        (403, 40301, "HTTP 403: the topic may not be used without an access token that allows it (ntfy 40301)"),
        (400, 40099, "HTTP 400: ntfy 40099"),
    ] {
        ntfy.fail_next(NtfyFault::Refused(status, code));
        let outcome = publish(&http, &target, &page("Reads fail"), NOW).await;
        assert_eq!(outcome, Outcome::Rejected { why: expected.to_owned() });
    }
    ntfy.fail_next(NtfyFault::Refused(429, 42908));
    let outcome = publish(&http, &target, &page("Reads fail"), NOW).await;
    assert!(matches!(&outcome, Outcome::Retry { why, .. } if why.contains("no more messages today")), "{outcome:?}");
}

#[tokio::test]
async fn a_long_text_is_cut_so_that_every_server_takes_it() {
    let ntfy = FakeNtfy::start().await;
    let (target, http) = (target(ntfy.url(), None), client());
    for long in ["\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}".repeat(2_000), "\"\\\n".repeat(4_000)] {
        let page = NtfyMessage { title: "t".repeat(9_000), ..page(&long) };
        assert!(matches!(publish(&http, &target, &page, NOW).await, Outcome::Delivered(_)));
        let size = ntfy.http.received().last().expect("a request").body.len();
        assert!((3_900..=4_000).contains(&size), "{size} bytes");
        let found = look_up(&http, &target, &page, Duration::ZERO).await.expect("an answer");
        assert!(matches!(found, NtfyLookup::Published(_)), "{found:?}");
    }
    let text = ntfy.messages(target.topic.as_str())[0]["message"].as_str().expect("a text").to_owned();
    assert!(text.ends_with("\u{1f467}…"), "whole graphemes only");
}

#[tokio::test]
async fn the_check_of_a_server_says_whether_it_accepts_the_token() {
    let ntfy = FakeNtfy::start().await;
    assert_eq!(check_server(&client(), &settings(ntfy.url(), None)).await, Ok(()));
    ntfy.require_token("tk_good");
    assert_eq!(check_server(&client(), &settings(ntfy.url(), Some("tk_good"))).await, Ok(()));
    let wrong = check_server(&client(), &settings(ntfy.url(), Some("tk_bad"))).await.expect_err("refused");
    assert_eq!(wrong, "HTTP 401: the access token is not accepted (ntfy 40101); check [ntfy] token");
    assert!(ntfy.messages("t").is_empty());
}

#[test]
fn a_proposed_topic_cannot_be_guessed() {
    let topic = random_topic();
    assert_eq!(topic.as_str().len(), 34);
    assert!(topic.is_hard_to_guess());
    assert_ne!(topic.as_str(), random_topic().as_str());
    assert_eq!(NtfyTopic::parse(topic.as_str()), Ok(topic));
    assert_eq!(NtfyTopic::from_random([0xff; 16]).as_str(), "hotroom-zzzzzzzzzzzzzzzzzzzzzzzzz7");
    for guessable in ["alerts", "hotroom-alerts", "hotroom-aaaaaaaaaaaaaaaaaaaaaaaaaa", "hotroom-"] {
        assert!(!NtfyTopic::parse(guessable).expect(guessable).is_hard_to_guess(), "{guessable}");
    }
    for wrong in ["", "a b", "ä", "a/b", &"a".repeat(65)] {
        assert!(NtfyTopic::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn what_people_enter_is_a_topic_or_the_address_of_one() {
    let settings = settings("https://ntfy.sh", None);
    let topic = random_topic();
    let parse = |text: &str| NtfyTarget::parse(text, &settings, None);
    let plain = parse(topic.as_str()).expect("a topic");
    assert_eq!(plain.address(), format!("https://ntfy.sh/{}", topic.as_str()));
    assert_eq!(plain.subscribe_link(), format!("ntfy://ntfy.sh/{}", topic.as_str()));
    assert_eq!(parse(&plain.address()).expect("its own address").address(), plain.address());
    assert_eq!(
        parse(&format!(" https://n.example.com:8443/{}/ ", topic.as_str())).expect("another server").masked(),
        { format!("n.example.com:8443/{}", topic.masked()) }
    );
    for (wrong, why) in [
        ("https://ntfy.sh", "names no topic"),
        ("ftp://ntfy.sh/x", "http or https"),
        ("https://ntfy.sh/a/b", "more than a host"),
        ("https://ann:pw@ntfy.sh/b", "password"),
        ("https://169.254.169.254/b", "metadata"),
        ("https://ntfy.sh/a?b", "a topic has"),
        ("", "a topic has"),
    ] {
        let error = parse(wrong).expect_err(wrong);
        assert!(error.contains(why), "{wrong}: {error}");
    }
    let private = parse(&format!("https://10.0.0.5/{}", topic.as_str())).expect("an address");
    assert!(private.check_address(&[]).expect_err("not public").contains("not a public address"));
    assert_eq!(plain.check_address(&[]), Ok(()));
    let http = format!("http://ntfy.example.com/{}", topic.as_str());
    assert!(parse(&http).expect_err("http").contains("use https"));
    let is_protected = |topic: &str, token: Option<SecretString>| {
        NtfyTarget::parse(topic, &settings, token).expect("a target").is_protected()
    };
    assert!(is_protected(topic.as_str(), None));
    assert!(is_protected("alerts", Some("tk_1".into())), "a token protects it");
    assert!(!is_protected("alerts", None) && !is_protected("alerts", Some("".into())));
}

#[test]
fn secrets_are_never_shown() {
    let target = target("https://ntfy.sh", Some("tk_s3cret"));
    let shown = format!("{target:?} {:?} {}", page("Reads fail"), target.masked());
    for secret in ["tk_s3cret", "t0k3n", target.topic.as_str()] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
