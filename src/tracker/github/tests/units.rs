//! Tokens of an App, texts and settings.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::header::HeaderMap;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls::pki_types::{PrivatePkcs1KeyDer, pem::PemObject};

use super::{
    super::{app_token, text},
    *,
};
use crate::{fake_github::FakeGitHub, fake_http::table::client};

/// A key that was made for this test.
const KEY: &str = include_str!("../../../../tests/fakes/github/app.pem");

fn app() -> GitHubApp {
    GitHubApp { client_id: "Iv23liABC".to_owned(), installation: 77, private_key: SecretString::from(KEY) }
}

#[test]
fn an_app_signs_in_with_its_key() {
    use ring::signature::KeyPair;
    use secrecy::ExposeSecret;

    let now = chrono::DateTime::from_timestamp(1_772_445_600, 0).expect("in range");
    let token = app_token::signed_token(&app(), now).expect("signed");
    let parts: Vec<&str> = token.expose_secret().split('.').collect();
    let json = |part: &str| -> serde_json::Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
    };
    assert_eq!(json(parts[0]), serde_json::json!({"alg": "RS256", "typ": "JWT"}));
    let claims = serde_json::json!({"iat": 1_772_445_540, "exp": 1_772_446_140, "iss": "Iv23liABC"});
    assert_eq!(json(parts[1]), claims);
    let der = PrivatePkcs1KeyDer::from_pem_slice(KEY.as_bytes()).expect("a key");
    let pair = RsaKeyPair::from_der(der.secret_pkcs1_der()).expect("a key");
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref());
    let signature = URL_SAFE_NO_PAD.decode(parts[2]).expect("base64");
    public.verify(format!("{}.{}", parts[0], parts[1]).as_bytes(), &signature).expect("it is signed");
}

#[test]
fn a_key_that_is_none_is_refused_without_being_shown() {
    for wrong in ["secret", "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n-----END RSA PRIVATE KEY-----\n"] {
        let why = check_private_key(&SecretString::from(wrong)).expect_err("refused");
        assert!(
            why.starts_with("must be the private key that GitHub made for the App, in PEM") && !why.contains("c2Vj"),
            "{why}"
        );
    }
    assert_eq!(check_private_key(&SecretString::from(KEY)), Ok(()));
}

#[tokio::test]
async fn an_app_asks_once_for_the_token_of_its_installation() {
    let github = FakeGitHub::start().await;
    let settings = GitHubSettings { credentials: GitHubCredentials::App(app()), ..settings(&github.http.url) };
    let tracker = GitHubIssues::new(settings);
    let issue = tracker.create(&client(), &draft()).await.expect("created");
    tracker.change(&client(), &issue, &IssueChange::Comment("Here".to_owned())).await.expect("commented");
    let asked = github.http.lines().into_iter().filter(|line| line.contains("access_tokens")).count();
    assert_eq!(asked, 1);
}

#[tokio::test(start_paused = true)]
async fn two_writes_are_a_second_apart() {
    let state = super::super::api::ApiState::default();
    let settings = GitHubSettings { write_interval: Duration::from_secs(1), ..settings("ftp://127.0.0.1") };
    let http = client();
    let api = super::super::api::GitHubApi { http: &http, settings: &settings, state: &state };
    let begin = tokio::time::Instant::now();
    // Nothing is sent to such an address: what counts is when the writes are tried.
    for _ in 0..3 {
        api.write::<serde_json::Value>(reqwest::Method::POST, "x", serde_json::json!({})).await.expect_err("refused");
    }
    let waited = begin.elapsed();
    assert!((Duration::from_secs(2)..Duration::from_secs(3)).contains(&waited), "{waited:?}");
}

#[test]
fn texts_cannot_mention_people_or_forge_a_mark() {
    assert_eq!(text::markdown("@ann, (@ben) a@b.c @ x"), "@\u{2060}ann, (@\u{2060}ben) a@b.c @ x");
    let hostile = text::body("<!-- hotroom-1-HOT-2 --> <!--\nhotroom-1-HOT-3-->", None, &mark());
    assert_eq!(text::marks(&hostile), [mark().0]);
    assert_eq!(text::without_comments("a <!-- b --> c <!-- d"), "a  c");
    assert_eq!(text::title("  a\n b\t"), "a b");
    assert_eq!(text::title(&"ü".repeat(300)).chars().count(), 256);
    assert_eq!(text::label("a, b"), "a b");
    assert_eq!(text::label(&"x".repeat(60)).len(), 50);
}

#[test]
fn a_repository_is_owner_and_name() {
    for good in ["acme/shop", "a-b/c_d.e"] {
        assert_eq!(check_repository(good), Ok(()));
    }
    for bad in ["acme", "acme/", "/shop", "acme/shop/x", "acme/..", "a b/c", "https://github.com/acme/shop"] {
        assert!(check_repository(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_date_of_an_answer_is_read() {
    let mut headers = HeaderMap::new();
    assert_eq!(app_token::date_of(&headers), None);
    headers.insert("date", "Mon, 02 Mar 2026 10:00:00 GMT".parse().expect("a header"));
    assert_eq!(app_token::date_of(&headers).map(|at| at.timestamp()), Some(1_772_445_600));
}

#[test]
fn settings_show_no_secret() {
    let shown = format!("{:?}", GitHubSettings { credentials: GitHubCredentials::App(app()), ..settings("u") });
    assert!(!shown.contains("PRIVATE KEY") && !shown.contains(SECRET), "{shown}");
    assert!(!format!("{:?}", settings("u")).contains(TOKEN));
}

#[test]
fn the_set_up_names_what_is_to_be_created() {
    insta::assert_snapshot!(setup_steps(&settings("u"), "https://hot.example.com/hooks/github").join("\n"), @r#"
    1. Account: create one for hotroom, not that of a person who responds to incidents.
       Give it the role Triage or Write in acme/shop.
    2. Token (Settings > Developer settings > Fine-grained tokens) of that account for these repositories:
       Issues: read and write
       Metadata: read
       Webhooks: read, if hotroom check is to look at the webhook
    3. Webhook (Settings > Webhooks of each repository, or that of the App):
       Payload URL: https://hot.example.com/hooks/github
       Content type: application/json
       Secret: the value of [tracker.github] webhook_secret
       Events: issues, issue_comment; and pull_request, if [tracker.pull_requests] is set
    4. Label hot-room: whoever sets it on an issue opens a hot room.
    "#);
    let mut with_app = GitHubSettings { credentials: GitHubCredentials::App(app()), ..settings("u") };
    with_app.projects[0].board = Some(GitHubBoard { owner: None, number: 7, field: "Status".to_owned() });
    insta::assert_snapshot!(setup_steps(&with_app, "https://hot.example.com/hooks/github").join("\n"), @r#"
    1. App (Settings > Developer settings > GitHub Apps): generate its private key.
       Install it in acme/shop; its installation is 77.
    2. Permissions of the App:
       Issues: read and write
       Metadata: read
       Webhooks: read, if hotroom check is to look at the webhook
       Projects (of the organisation): read and write, for the board
    3. Webhook (Settings > Webhooks of each repository, or that of the App):
       Payload URL: https://hot.example.com/hooks/github
       Content type: application/json
       Secret: the value of [tracker.github] webhook_secret
       Events: issues, issue_comment; and pull_request, if [tracker.pull_requests] is set
    4. Label hot-room: whoever sets it on an issue opens a hot room.
    "#);
}
