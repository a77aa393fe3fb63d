//! Characters in texts: joiners and tags that are spelling reach every reader, and characters that deceive, or that a format
//! forbids, reach none.

use mail_parser::MessageParser;
use proptest::{
    prelude::*,
    sample::select,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};

use crate::{
    contacts::Providers,
    fake_smtp::FakeSmtp,
    webhooks::Receiver,
    world::{World, minutes},
};

/// Words that are misspelt without their joiners and tags: Persian, Hindi, Malayalam, and emoji.
const SPELLED: [&str; 6] = [
    "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
    "\u{915}\u{94d}\u{200d}\u{937}",
    "\u{d28}\u{d4d}\u{200d}",
    "👩‍💻",
    "🏳️‍🌈",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
];

/// Bidirectional and other controls, characters without a glyph, and characters that XML forbids.
const FORBIDDEN: [char; 12] = [
    '\u{7}', '\u{1b}', '\u{85}', '\u{200b}', '\u{200e}', '\u{202e}', '\u{2066}', '\u{61c}', '\u{feff}', '\u{fdd0}',
    '\u{fffe}', '\u{ffff}',
];

/// A text of words, each with a forbidden character at its side.
fn texts() -> impl Strategy<Value = (String, Vec<&'static str>)> {
    proptest::collection::vec((select(&SPELLED[..]), select(&FORBIDDEN[..])), 1..4).prop_map(|parts| {
        let text = parts.iter().map(|(word, bad)| format!("x{bad} {word} {bad}y")).collect::<Vec<_>>().join(" ");
        (text, parts.into_iter().map(|(word, _)| word).collect())
    })
}

/// Every output of the bot that shows a text, as it is read.
async fn outputs(world: &World, key: &str) -> Vec<(String, String)> {
    let mut read = Vec::new();
    for path in [
        format!("/api/v1/incidents/{key}"),
        format!("/api/v1/incidents/{key}/timeline"),
        "/status".to_owned(),
        "/status/history.atom".to_owned(),
        "/status/history.rss".to_owned(),
        "/status/api/v2/incidents.json".to_owned(),
        "/status/api/v2/summary.json".to_owned(),
    ] {
        let (status, text) = world.get_as("ann", &path).await;
        assert_eq!(status, 200, "{path}");
        read.push((path, text));
    }
    read.push(("the record".to_owned(), world.page("ann", &format!("/incidents/{key}")).await));
    read.push(("the room".to_owned(), world.room(&key.to_lowercase()).await));
    read.push(("the feed".to_owned(), world.room("incidents").await));
    let list = world.says("ann", "/incident list").await;
    read.push(("a reply".to_owned(), crate::world::show(&list.post)));
    read
}

/// Fewer than the text messages that a person gets within an hour.
const MOST_PAGES: usize = 8;

/// The systems outside that get texts.
struct Outside {
    providers: Providers,
    mail: FakeSmtp,
    receiver: Receiver,
}

impl Outside {
    async fn start() -> Self {
        Self {
            providers: Providers::start().await,
            mail: FakeSmtp::plain().await,
            receiver: Receiver::start("all").await,
        }
    }

    /// Settings in which cho is reached by mail, push and text message, and a webhook gets every event.
    fn settings(&self) -> String {
        let cho: &[&str] = &["mail:cho@example.com", "gateway:+4915100000003", "ntfy:cho-topic-1"];
        format!(
            "{}\n{}\n[mail]\nserver = \"localhost:{}\"\nfrom = \"hotroom <hotroom@example.com>\"\n",
            self.providers.settings(&[("cho", cho)], false),
            self.receiver.webhook("[\"*\"]", ""),
            self.mail.port
        )
    }

    /// What the latest page says outside, and what the webhook got.
    async fn outputs(&self, pages: usize) -> Vec<(String, String)> {
        let taken = self.mail.until_taken(pages).await;
        let mail = MessageParser::default().parse(taken.last().expect("a mail").text.as_bytes()).expect("a message");
        let mut read: Vec<(String, String)> = vec![
            ("the text of a mail".to_owned(), mail.body_text(0).expect("a text").into_owned()),
            ("the HTML of a mail".to_owned(), mail.body_html(0).expect("HTML").into_owned()),
        ];
        let sent = self.providers.http.received();
        let text = |path: &str| {
            let last = sent.iter().rfind(|request| request.method == "POST" && request.path == path);
            texts_of(&last.unwrap_or_else(|| panic!("nothing was sent to {path}")).json())
        };
        read.push(("a text message".to_owned(), text("/sms")));
        read.push(("a push".to_owned(), text("/")));
        let hooks = self.receiver.http.received();
        let hook = hooks.iter().rfind(|request| request.json()["type"] == "page.triggered").expect("a page");
        read.push(("a webhook".to_owned(), texts_of(&hook.json())));
        read
    }
}

/// All texts of a document, as a reader of JSON gets them.
fn texts_of(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text}\n"),
        Value::Array(items) => items.iter().map(texts_of).collect(),
        Value::Object(fields) => fields.values().map(texts_of).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => String::new(),
    }
}

#[tokio::test]
async fn spelling_survives_in_every_format_and_what_deceives_in_none() {
    let outside = Outside::start().await;
    let world = World::with(&outside.settings()).await;
    let config = Config { failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    for number in 1..=12 {
        world.pass(minutes(1));
        let (text, words) = texts().new_tree(&mut runner).expect("a text").current();
        let declared = json!({ "title": text, "description": text, "severity": "sev4", "affected": text });
        let (status, shape) = world.send("POST", "/api/v1/incidents", Some(&declared)).await;
        assert_eq!(status, 201, "{shape}");
        let key = format!("HOT-{number}");
        for (command, options) in [
            ("statuspage", json!({ "status": "investigating", "message": text, "title": text })),
            ("update", json!({ "text": text, "impact": text })),
            ("note", json!({ "text": text })),
            ("task", json!({ "text": text })),
        ] {
            let path = format!("/api/v1/incidents/{key}/commands/{command}");
            let (status, reply) = world.send("POST", &path, Some(&options)).await;
            assert_eq!(status, 200, "{command}: {reply}");
        }
        world.settle().await;
        let mut read = outputs(&world, &key).await;
        if number <= MOST_PAGES {
            let page = json!({ "whom": "@cho", "message": text, "incident": key });
            let (status, reply) = world.send("POST", "/api/v1/pages", Some(&page)).await;
            assert_eq!(status, 201, "{reply}");
            // Text messages follow pushes after two minutes.
            world.advance(minutes(3)).await;
            read.extend(outside.outputs(number).await);
        }
        for (output, shown) in read {
            for bad in FORBIDDEN {
                assert!(!shown.contains(bad), "{output} shows {:?} of {:?}", bad, text.escape_unicode().to_string());
            }
            for word in &words {
                assert!(shown.contains(word), "{output} misspells {} in {shown}", word.escape_unicode());
            }
        }
        world.says("ann", &format!("/incident resolve x incident:{key}")).await;
    }
    world.end().await;
}
