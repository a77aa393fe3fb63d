//! Reports by mail and from a service desk.

use axum::{body::Body, http::Request};
use hmac::{Hmac, KeyInit, Mac};
use hotroom::cli::read_report_mailbox;
use serde_json::{Value, json};
use sha2::Sha256;

use super::text;
use crate::{
    fake_imap::FakeImap,
    fake_smtp::FakeSmtp,
    world::{World, done},
};

const SECRET: &str = "a secret of a service desk";

fn mail(id: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "From: Zoe Q <zoe@example.org>\r\nMessage-ID: <{id}@example.org>\r\nSubject: I cannot pay\r\n{headers}\r\n{body}\r\n"
    )
    .into_bytes()
}

async fn world(imap: &FakeImap, smtp: &FakeSmtp) -> World {
    let toml = format!(
        "[reports.mail]\nserver = \"localhost:{}\"\nuser = \"report\"\npassword = \"env:MAILBOX\"\n\
         [mail]\nserver = \"localhost:{}\"\nfrom = \"hotroom <hotroom@example.com>\"\n",
        imap.port, smtp.port
    );
    World::with_secrets(&toml, &[("MAILBOX", "secret")]).await
}

async fn visit(world: &World) -> usize {
    let config = world.app.config.current();
    let mailbox = config.reports.mailbox.as_ref().expect("it is read");
    let count = read_report_mailbox(&world.app, mailbox).await.expect("a visit");
    world.settle().await;
    count.bounces
}

#[tokio::test]
async fn a_mail_is_a_report_and_is_answered_and_automatic_mail_is_not() {
    let (imap, smtp) = (FakeImap::start(&[&mail("m1", "", "Since noon.")], None).await, FakeSmtp::plain().await);
    let world = world(&imap, &smtp).await;
    imap.receive(&mail("m2", "Auto-Submitted: auto-replied\r\n", "Away until Monday."));
    assert_eq!(visit(&world).await, 1);
    assert_eq!(imap.seen(), [true, true]);
    let feed = world.room("triage").await;
    assert!(feed.contains("I cannot pay") && feed.contains("Zoe Q") && !feed.contains("Monday"), "{feed}");
    let reply = smtp.until_taken(1).await.remove(0);
    assert_eq!(reply.to, ["zoe@example.org"]);
    assert_eq!(reply.header("auto-submitted").as_deref(), Some("auto-replied"));
    assert_eq!(reply.header("in-reply-to").as_deref(), Some("<m1@example.org>"));
    // The same message again, as after a crash before it was marked as seen.
    imap.receive(&mail("m1", "", "Since noon."));
    visit(&world).await;
    assert_eq!((world.posts_of("triage").await.len(), smtp.taken().len()), (1, 1));
    done(&world.says("ann", "/report dismiss 1 message:\"Your card expired.\"").await);
    let outcome = smtp.until_taken(2).await.remove(1);
    assert!(text(&outcome).contains("Your card expired."), "{}", text(&outcome));
    assert_eq!(outcome.header("auto-submitted").as_deref(), Some("auto-replied"));
    world.end().await;
}

/// Two machines that answer each other stop at once.
#[tokio::test]
async fn a_machine_that_answers_without_saying_so_is_answered_three_times_in_an_hour() {
    let (imap, smtp) = (FakeImap::start(&[], None).await, FakeSmtp::plain().await);
    let world = world(&imap, &smtp).await;
    for n in 0..10 {
        imap.receive(&mail(&format!("loop{n}"), "", "Thank you for your message."));
        visit(&world).await;
    }
    assert_eq!(smtp.until_taken(3).await.len(), 3);
    assert_eq!(world.posts_of("triage").await.len(), 3);
    world.end().await;
}

async fn posts(world: &World, body: &str, header: (&str, &str)) -> u16 {
    let request = Request::post("/hooks/servicedesk").header("host", "127.0.0.1:8080").header(header.0, header.1);
    let (status, _) = world.asks(request.body(Body::from(body.to_owned())).unwrap()).await;
    world.settle().await;
    status.as_u16()
}

fn signature(body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    format!("sha256={}", hex::encode(mac.chain_update(body).finalize().into_bytes()))
}

fn jira(id: &str, event: &str) -> Value {
    json!({
        "timestamp": 1_772_445_600_000_i64,
        "webhookEvent": event,
        "issue": {"id": id, "key": "HELP-7", "fields": {
            "summary": "I cannot pay", "description": "Since noon.",
            "reporter": {"displayName": "Zoe Q", "emailAddress": "zoe@example.org"},
        }},
    })
}

#[tokio::test]
async fn a_service_desk_reports_once_and_only_with_its_secret() {
    let toml = "[reports.servicedesk]\nsecret = \"env:DESK\"\n";
    let world = World::with_secrets(toml, &[("DESK", SECRET)]).await;
    let body = jira("10012", "jira:issue_created").to_string();
    assert_eq!(posts(&world, &body, ("x-hotroom-token", "wrong")).await, 403);
    assert_eq!(posts(&world, &body, ("x-hub-signature", &signature("another body"))).await, 403);
    assert_eq!(posts(&world, &body, ("x-other", "x")).await, 403);
    for _ in 0..3 {
        assert_eq!(posts(&world, &body, ("x-hub-signature", &signature(&body))).await, 202);
    }
    // What is no new request, what nobody can read, and the plain form with the secret in a header.
    let updated = jira("10013", "jira:issue_updated").to_string();
    let plain = json!({"id": 7, "title": "The lift is stuck", "details": "Floor 3", "name": "Yan"}).to_string();
    for body in [updated.as_str(), "no JSON", "{\"title\":\"no id\"}", &plain, &plain] {
        assert_eq!(posts(&world, body, ("x-hotroom-token", SECRET)).await, 202, "{body}");
    }
    let feed = world.posts_of("triage").await;
    assert_eq!(feed.len(), 2, "{}", world.room("triage").await);
    let listed = world.get("/api/v1/reports").await;
    let of = |n: usize, field: &str| listed["items"][n][field].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (of(1, "title"), of(1, "address"), of(1, "channel")),
        ("I cannot pay".into(), "zoe@example.org".into(), "service_desk".into())
    );
    assert_eq!((of(0, "title"), of(0, "name")), ("The lift is stuck".into(), "Yan".into()));
    world.end().await;
}

#[tokio::test]
async fn without_a_service_desk_its_address_does_not_exist() {
    let world = World::new().await;
    assert_eq!(posts(&world, "{}", ("x-hotroom-token", SECRET)).await, 404);
    world.end().await;
}
