//! The client against a Confluence that remembers and fails, in both editions.

use secrecy::SecretString;

use super::*;
use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome},
        review::WikiPage,
    },
    fake_confluence::{FakeConfluence, MAIL, PARENT, SPACE, TOKEN},
    fake_http::{
        Reaction, Received,
        table::{AdapterUnderTest, Expected, Override, Row, client, run_failure_table},
    },
    net::HttpClient,
    wiki::{Publication, WikiDocument, WikiFailure},
};

const EDITIONS: [ConfluenceEdition; 2] = [ConfluenceEdition::Cloud, ConfluenceEdition::DataCenter];

fn settings(url: &str, edition: ConfluenceEdition) -> ConfluenceSettings {
    let token = SecretString::from(TOKEN);
    let credentials = match edition {
        ConfluenceEdition::Cloud => ConfluenceCredentials::ApiToken { email: MAIL.to_owned(), token },
        ConfluenceEdition::DataCenter => ConfluenceCredentials::Bearer(token),
    };
    ConfluenceSettings {
        url: url.to_owned(),
        edition,
        credentials,
        space: SPACE.to_owned(),
        parent: Some(PARENT.to_owned()),
        labels: vec!["postmortem".to_owned(), "sev1".to_owned()],
    }
}

fn document(text: &str) -> WikiDocument {
    WikiDocument {
        mark: "0199-1".to_owned(),
        key: "HOT-1".to_owned(),
        title: "HOT-1: Checkout is <slow>".to_owned(),
        link: "https://hot.example.com/incidents/HOT-1/postmortem".to_owned(),
        markdown: text.to_owned(),
    }
}

struct Rig {
    wiki: FakeConfluence,
    http: HttpClient,
    settings: ConfluenceSettings,
}

impl Rig {
    async fn start(edition: ConfluenceEdition) -> Self {
        let wiki = FakeConfluence::start(edition == ConfluenceEdition::Cloud).await;
        let settings = settings(&wiki.url(), edition);
        Self { wiki, http: client(), settings }
    }

    async fn publish(&self, text: &str, known: Option<&WikiPage>, replace: bool) -> Result<WikiPage, WikiFailure> {
        let document = document(text);
        self.settings.publish(&self.http, Publication { document: &document, known, replace }).await
    }

    async fn held(&self, text: &str, known: Option<&WikiPage>) -> String {
        match self.publish(text, known, false).await {
            Err(WikiFailure::Held(why)) => why,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_page_is_created_labelled_marked_and_changed() {
    for edition in EDITIONS {
        let rig = Rig::start(edition).await;
        let first = rig.publish("## Impact\n\n**42** orders", None, false).await.expect("created");
        let page = rig.wiki.pages().remove(0);
        assert_eq!((page.title.as_str(), page.parent.as_deref()), ("HOT-1: Checkout is <slow>", Some(PARENT)));
        assert_eq!(page.labels, ["postmortem", "sev1"], "{edition:?}");
        assert!(
            page.body.contains("<strong>42</strong> orders") && page.body.contains("hotroom-0199-1"),
            "{}",
            page.body
        );
        assert_eq!(page.properties["hotroom"].0["version"], 1);
        assert!(first.url.ends_with(&page.id), "{first:?}");

        let before = rig.wiki.http.lines().len();
        rig.publish("## Impact\n\n**42** orders", Some(&first), false).await.expect("nothing to do");
        let lines = rig.wiki.http.lines().split_off(before);
        assert!(lines.iter().all(|line| line.starts_with("GET ")), "{edition:?}: {lines:?}");

        let second = rig.publish("Changed", Some(&first), false).await.expect("changed");
        let page = rig.wiki.pages().remove(0);
        assert_eq!((page.version, second.version, rig.wiki.pages().len()), (2, 2, 1), "{edition:?}");
        assert!(page.body.contains("Changed") && page.properties["hotroom"].0["version"] == 2, "{page:?}");
    }
}

#[tokio::test]
async fn what_was_made_by_an_attempt_whose_end_is_unknown_is_found_and_not_repeated() {
    for edition in EDITIONS {
        for lost in 1..=3 {
            let rig = Rig::start(edition).await;
            // The creation, the labels, the mark.
            rig.wiki.react_change(lost, Reaction::Close, true);
            let failed = rig.publish("Text", None, false).await.expect_err("lost");
            assert!(matches!(failed.outcome::<()>(Timestamp::UNIX_EPOCH), Outcome::Unknown { .. }), "{lost}");
            rig.publish("Text", None, false).await.expect("found");
            let page = rig.wiki.pages().remove(0);
            assert_eq!((rig.wiki.pages().len(), page.labels.len()), (1, 2), "{edition:?} {lost}");
            assert_eq!(page.properties["hotroom"].0["version"], page.version);
        }
    }
}

#[tokio::test]
async fn a_search_that_is_behind_makes_no_second_page() {
    for edition in EDITIONS {
        let rig = Rig::start(edition).await;
        rig.wiki.react_change(1, Reaction::Close, true);
        rig.publish("Text", None, false).await.expect_err("lost");
        rig.wiki.search_is_behind(true);
        let early = rig.publish("Text", None, false).await.expect_err("not found yet");
        assert!(matches!(early, WikiFailure::Conflict(_)), "{early:?}");
        rig.wiki.search_is_behind(false);
        rig.publish("Text", None, false).await.expect("found");
        assert_eq!(rig.wiki.pages().len(), 1, "{edition:?}");
    }
}

#[tokio::test]
async fn a_page_that_a_person_edited_is_left_alone_until_they_say_so() {
    for edition in EDITIONS {
        let rig = Rig::start(edition).await;
        let page = rig.publish("Text", None, false).await.expect("created");
        rig.wiki.edit(&page.id, "<p>By hand.</p>");
        let why = rig.held("Other", Some(&page)).await;
        assert!(why.contains("somebody edited") && why.contains("/postmortem replace"), "{why}");
        assert_eq!(rig.wiki.pages()[0].body, "<p>By hand.</p>");
        let replaced = rig.publish("Other", Some(&page), true).await.expect("replaced");
        assert_eq!(replaced.version, 3);
        rig.publish("Third", Some(&replaced), false).await.expect("ours again");
        assert!(rig.wiki.pages()[0].body.contains("Third"), "{edition:?}");
    }
}

#[tokio::test]
async fn an_edit_at_the_same_moment_is_seen_by_the_refusal() {
    for edition in EDITIONS {
        let rig = Rig::start(edition).await;
        let page = rig.publish("Text", None, false).await.expect("created");
        rig.wiki.edit_before_next_change(&page.id, "<p>By hand.</p>");
        let why = rig.held("Other", Some(&page)).await;
        assert!(why.contains("somebody edited"), "{why}");
        // A conflict without an edit is tried again.
        let page = rig.publish("Other", Some(&page), true).await.expect("replaced");
        rig.wiki.react_change(1, Reaction::answer(409, r#"{"message":"OptimisticLockException"}"#), false);
        let busy = rig.publish("Third", Some(&page), false).await.expect_err("busy");
        assert!(matches!(busy.outcome::<()>(Timestamp::UNIX_EPOCH), Outcome::Retry { .. }));
        rig.publish("Third", Some(&page), false).await.expect("changed");
        assert!(rig.wiki.pages()[0].body.contains("Third"), "{edition:?}");
    }
}

#[tokio::test]
async fn a_page_that_was_deleted_by_hand_is_written_again_only_on_request() {
    for edition in EDITIONS {
        let rig = Rig::start(edition).await;
        let page = rig.publish("Text", None, false).await.expect("created");
        rig.wiki.delete(&page.id);
        let why = rig.held("Text", Some(&page)).await;
        assert!(why.contains("deleted"), "{why}");
        let again = rig.publish("Text", Some(&page), true).await.expect("created");
        assert_ne!(again.id, page.id, "{edition:?}");
    }
}

#[tokio::test]
async fn a_title_that_another_page_has_is_not_taken_from_it() {
    for edition in EDITIONS {
        let rig = Rig::start(edition).await;
        let title = document("").title;
        rig.wiki.add_page(&title, "<p>Somebody's notes</p>");
        let why = rig.held("Text", None).await;
        assert!(why.contains("another page"), "{why}");
        assert_eq!(rig.wiki.pages()[0].body, "<p>Somebody's notes</p>");
        // Also when the page exists and only its title changes.
        let rig = Rig::start(edition).await;
        let page = rig.publish("Text", None, false).await.expect("created");
        rig.wiki.add_page("HOT-1: New title", "<p>Somebody's notes</p>");
        let renamed = WikiDocument { title: "HOT-1: New title".to_owned(), ..document("Text") };
        let publication = Publication { document: &renamed, known: Some(&page), replace: false };
        let refused = rig.settings.publish(&rig.http, publication).await;
        assert!(matches!(&refused, Err(WikiFailure::Held(why)) if why.contains("another page")), "{refused:?}");
    }
}

#[tokio::test]
async fn what_is_missing_is_said_with_what_to_do() {
    for edition in EDITIONS {
        let rig = Rig::start(edition).await;
        let there = rig.settings.describe(&rig.http).await.expect("described");
        assert_eq!((there.space.as_str(), there.parent.as_deref()), ("Operations", Some("Post-mortems")));
        assert_eq!(there.may_create, (edition == ConfluenceEdition::Cloud).then_some(true));
        let other = ConfluenceSettings { space: "NONE".to_owned(), ..rig.settings.clone() };
        assert!(other.describe(&rig.http).await.expect_err("no space").to_string().contains("no space NONE"));
        let other = ConfluenceSettings { parent: Some("99999".to_owned()), ..rig.settings.clone() };
        assert!(other.describe(&rig.http).await.expect_err("no page").to_string().contains("parent = \"99999\""));
        rig.wiki.forbid_writing();
        let refused = rig.publish("Text", None, false).await.expect_err("refused").to_string();
        assert!(refused.contains("may not do this") && refused.contains("add pages"), "{refused}");
        let credentials = ConfluenceCredentials::Bearer(SecretString::from("old"));
        let other = ConfluenceSettings { credentials, ..rig.settings.clone() };
        assert!(other.describe(&rig.http).await.expect_err("refused").to_string().contains("create a new one"));
        assert!(!format!("{:?}", rig.settings).contains(TOKEN));
    }
    // The editions are told apart by what answers.
    let cloud = FakeConfluence::start(true).await;
    let wrong = ConfluenceSettings {
        parent: None,
        credentials: settings("", EDITIONS[0]).credentials,
        ..settings(&cloud.url(), EDITIONS[1])
    };
    let document = document("Text");
    let gone = wrong.publish(&client(), Publication { document: &document, known: None, replace: false }).await;
    assert!(gone.expect_err("v1 is gone").to_string().contains("edition = \"cloud\""));
}

/// A creation: the look before it finds nothing, and labels and the mark after it are taken.
struct Creation(ConfluenceEdition);

impl AdapterUnderTest for Creation {
    fn class(&self) -> EffectClass {
        EffectClass::Readable
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        let document = document("Text");
        let publication = Publication { document: &document, known: None, replace: false };
        match settings(url, self.0).publish(http, publication).await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        br#"{"id":"7","status":"current","title":"x","version":{"number":1}}"#.to_vec()
    }

    fn refusal(&self, status: u16) -> Vec<u8> {
        format!(r#"{{"statusCode":{status},"message":"refused"}}"#).into_bytes()
    }

    fn before(&self) -> fn(&Received) -> Option<Reaction> {
        |request| match (request.method.as_str(), request.path.as_str()) {
            ("GET", path) if path.contains("/spaces") => {
                Some(Reaction::answer(200, r#"{"results":[{"id":"98","key":"OPS"}]}"#))
            }
            ("GET", _) => Some(Reaction::answer(200, r#"{"results":[]}"#)),
            (_, path) if path.contains("label") || path.contains("propert") => Some(Reaction::answer(200, "{}")),
            (_, _) => None,
        }
    }
}

/// The look before every change.
struct Look(ConfluenceEdition);

impl AdapterUnderTest for Look {
    fn class(&self) -> EffectClass {
        // Reading changes nothing.
        EffectClass::Keyed
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        let settings = settings(url, self.0);
        match (api::ConfluenceApi { settings: &settings, http }).find("98", "x").await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        br#"{"results":[]}"#.to_vec()
    }
}

const BUSY: Override = Override {
    row: Row::Status(409),
    expected: Expected::Retry,
    reason: "Confluence answers so when somebody else writes at the same moment; nothing was done",
};

#[tokio::test]
async fn a_creation_that_fails_has_the_outcome_of_the_table() {
    for edition in EDITIONS {
        run_failure_table(&Creation(edition), &[BUSY]).await;
    }
}

#[tokio::test]
async fn a_look_that_fails_has_the_outcome_of_the_table() {
    for edition in EDITIONS {
        run_failure_table(&Look(edition), &[BUSY]).await;
    }
}
