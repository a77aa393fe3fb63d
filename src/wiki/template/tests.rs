//! The request that a template makes, and what it does when it fails.

use super::*;
use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome},
    },
    fake_http::{
        FakeHttp, Reaction,
        table::{AdapterUnderTest, client, run_failure_table},
    },
};

fn document() -> WikiDocument {
    WikiDocument {
        mark: "m".to_owned(),
        key: "HOT-1".to_owned(),
        title: "HOT-1: \"Slow\" & late".to_owned(),
        link: "https://hot.example.com/incidents/HOT-1/postmortem".to_owned(),
        markdown: "## Impact\n\n\"42\" orders & more".to_owned(),
    }
}

fn template(url: &str, format: WikiBodyFormat, body: &str) -> WikiTemplate {
    WikiTemplate {
        method: Method::PUT,
        url: WikiUrl::parse(&format!("{url}/api/pages/{{{{key}}}}?from={{{{title}}}}")).expect("an address"),
        body: WikiBody::parse(format, body).expect("a body"),
        headers: vec![(HeaderName::from_static("x-wiki"), HeaderValue::from_static("1"))],
        authorization: Some(SecretString::from("Bearer t")),
    }
}

#[tokio::test]
async fn values_keep_their_meaning_in_every_format() {
    let wiki = FakeHttp::start(|_| Reaction::answer(200, "{}")).await;
    let http = client();
    for (format, body) in [
        (
            WikiBodyFormat::Json,
            r#"{"title": "{{title}}", "tags": ["x", "{{key}}"], "draft": false, "text": "{{markdown}}"}"#,
        ),
        (WikiBodyFormat::Form, "title={{title}}&text={{markdown}}&by=hot%20room"),
        (WikiBodyFormat::Markdown, "# {{title}}\n\n{{markdown}}\n\n{{link}}"),
    ] {
        template(&wiki.url, format, body).publish(&http, &document()).await.expect("sent");
    }
    let received = wiki.received();
    assert_eq!(received[0].line(), "PUT /api/pages/HOT-1?from=HOT-1%3A%20%22Slow%22%20%26%20late");
    assert_eq!(
        (received[0].headers["authorization"].as_str(), received[0].headers["x-wiki"].as_str()),
        ("Bearer t", "1")
    );
    let json = received[0].json();
    assert_eq!((json["title"].as_str(), json["tags"][1].as_str()), (Some("HOT-1: \"Slow\" & late"), Some("HOT-1")));
    assert_eq!(json["text"], "## Impact\n\n\"42\" orders & more");
    let form = String::from_utf8(received[1].body.clone()).expect("a text");
    assert!(
        form.starts_with("title=HOT-1%3A%20%22Slow%22%20%26%20late&text=") && form.ends_with("&by=hot%20room"),
        "{form}"
    );
    assert_eq!(received[2].headers["content-type"], "text/markdown; charset=utf-8");
    assert!(received[2].body.starts_with(b"# HOT-1: \"Slow\" & late\n\n## Impact"));
}

#[test]
fn a_template_that_cannot_work_is_refused() {
    for (url, part) in [
        ("https://wiki.example.com/pages", "no {{key}}"),
        ("https://{{key}}.example.com/", "in its host"),
        ("https://wiki.example.com/{{key}}#x", "has a #"),
        ("https://wiki.example.com/{{keys}}", "is no placeholder"),
        ("wiki/{{key}}", "no http(s) address"),
    ] {
        let why = WikiUrl::parse(url).expect_err(url);
        assert!(why.contains(part), "{url}: {why}");
    }
    let json = WikiBodyFormat::Json;
    for (body, part) in
        [("{", "is no JSON"), ("{\"a\": 1}", "no {{markdown}}"), ("{\"a\": \"{{markdown\"}", "without }}")]
    {
        let why = WikiBody::parse(json, body).expect_err(body);
        assert!(why.contains(part), "{body}: {why}");
    }
    assert!(check_authorization(&SecretString::from("token")).is_err());
    assert!(check_authorization(&SecretString::from("Bearer token")).is_ok());
}

/// A publication.
struct Publishing;

impl AdapterUnderTest for Publishing {
    fn class(&self) -> EffectClass {
        // The address names the page: a repeat replaces it by the same text.
        EffectClass::Keyed
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        match template(url, WikiBodyFormat::Text, "{{markdown}}").publish(http, &document()).await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        b"{}".to_vec()
    }
}

#[tokio::test]
async fn a_publication_that_fails_has_the_outcome_of_the_table() {
    run_failure_table(&Publishing, &[]).await;
}
