//! The form at `/report-incident`: who may use it, and how it is protected.

use std::{collections::BTreeSet, time::Duration};

use axum::http::StatusCode;
use hotroom::domain::effect::Effect;

use super::{SIGNED_IN, fields, link, public, submits, text};
use crate::{
    contacts::opens,
    fake_smtp::{FakeSmtp, Moment, SmtpEncryption, SmtpReaction},
    world::{World, minutes},
};

const PATH: &str = "/report-incident";

#[tokio::test]
async fn the_form_is_off_unless_it_is_switched_on() {
    let world = World::new().await;
    let ann = world.signs_in("ann").await;
    assert_eq!(world.get_signed_in(&ann, PATH).await.0, StatusCode::NOT_FOUND);
    assert_eq!(opens(&world, "GET", PATH).await.0, StatusCode::NOT_FOUND);
    assert_eq!(submits(&world, &fields("x", "zoe@example.com"), "203.0.113.9", None).await.0, StatusCode::NOT_FOUND);
    let reply = world.says("ann", "/report add \"I cannot pay\"").await;
    assert_eq!(super::refused(&reply), "reports_off");
    world.end().await;
}

#[tokio::test]
async fn people_of_the_console_report_without_a_mail_address() {
    let world = World::with(SIGNED_IN).await;
    let (status, _) = opens(&world, "GET", PATH).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let refused = submits(&world, &fields("x", "zoe@example.com"), "203.0.113.9", None).await;
    assert_eq!(refused.0, StatusCode::UNAUTHORIZED);
    let dee = world.signs_in("dee").await;
    let (_, page) = world.get_signed_in(&dee, PATH).await;
    assert!(page.contains("You are signed in as") && !page.contains("name=\"address\""), "{page}");
    let csrf = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a token");
    let forged = submits(&world, &[("title", "I cannot pay")], "203.0.113.9", Some(&dee)).await;
    assert_eq!(forged.0, StatusCode::FORBIDDEN);
    let empty = submits(&world, &[("title", " "), ("details", "<b>x</b>"), ("csrf", csrf)], "", Some(&dee)).await;
    assert_eq!(empty.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.1.contains("&lt;b&gt;x"), "what was written stays, escaped: {}", empty.1);
    let long = "x".repeat(201);
    let long = submits(&world, &[("title", long.as_str()), ("csrf", csrf)], "", Some(&dee)).await;
    assert_eq!(long.0, StatusCode::UNPROCESSABLE_ENTITY);
    let good = [("title", "I cannot *pay* <b>"), ("details", "Since noon."), ("csrf", csrf)];
    let (status, page) = submits(&world, &good, "", Some(&dee)).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Report 1 was sent"), "{page}");
    let feed = world.room("triage").await;
    assert!(feed.contains("Report 1") && feed.contains("Since noon."), "{feed}");
    world.end().await;
}

#[tokio::test]
async fn who_is_not_signed_in_confirms_the_mail_address_first() {
    let server = FakeSmtp::plain().await;
    let world = World::with(&public(server.port)).await;
    let (status, page) = submits(&world, &fields("I cannot pay", "Zoe@Example.com"), "203.0.113.9", None).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Confirm your mail address") && !page.contains("zoe"), "{page}");
    let mail = server.until_taken(1).await.remove(0);
    assert_eq!(mail.to, ["zoe@example.com"]);
    assert_eq!(mail.header("auto-submitted").as_deref(), Some("auto-generated"));
    assert!(!mail.text.contains("pay") && !mail.text.contains("noon"), "nobody sends texts to others: {}", mail.text);
    assert!(world.posts_of("triage").await.is_empty());
    assert_eq!(world.get("/api/v1/reports").await["items"], serde_json::json!([]));
    assert_eq!(super::refused(&world.says("ann", "/report dismiss 1").await), "unknown_report");

    // A mail scanner opens every link.
    let path = link(&mail);
    for method in ["GET", "HEAD", "GET"] {
        assert_eq!(opens(&world, method, &path).await.0, StatusCode::OK);
    }
    world.settle().await;
    assert!(world.posts_of("triage").await.is_empty());
    let (status, page) = opens(&world, "POST", &path).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    world.settle().await;
    let feed = world.room("triage").await;
    assert!(feed.contains("I cannot pay") && feed.contains("Zoe") && !feed.contains("example.com"), "{feed}");
    let received = server.until_taken(2).await.remove(1);
    assert!(text(&received).contains("report 1 arrived: I cannot pay"), "{}", text(&received));
    // Pressed twice.
    assert_eq!(opens(&world, "POST", &path).await.0, StatusCode::OK);
    world.settle().await;
    assert_eq!((server.taken().len(), world.posts_of("triage").await.len()), (2, 1));
    // A link of somebody else.
    let forged = format!("{}{}", &path[..path.len() - 2], if path.ends_with("00") { "11" } else { "00" });
    assert_eq!(opens(&world, "GET", &forged).await.0, StatusCode::OK, "a GET says nothing");
    assert_eq!(opens(&world, "POST", &forged).await.0, StatusCode::NOT_FOUND);
    assert_eq!(opens(&world, "POST", "/report-incident/verify/x").await.0, StatusCode::NOT_FOUND);
    world.end().await;
}

#[tokio::test]
async fn a_report_that_nobody_confirms_is_deleted() {
    let server = FakeSmtp::plain().await;
    let world = World::with(&public(server.port)).await;
    submits(&world, &fields("I cannot pay", "zoe@example.com"), "203.0.113.9", None).await;
    let path = link(&server.until_taken(1).await.remove(0));
    world.advance(Duration::from_secs(25 * 3_600)).await;
    assert_eq!(opens(&world, "POST", &path).await.0, StatusCode::NOT_FOUND);
    world.settle().await;
    assert!(world.posts_of("triage").await.is_empty());
    let found = world.app.store.read(|reads| reads.user_report_by_number(1)).await.unwrap();
    assert_eq!(found, None, "neither the text nor the address is kept");
    world.end().await;
}

#[tokio::test]
async fn a_flood_is_limited_for_each_address_and_in_all() {
    let server = FakeSmtp::plain().await;
    let world = World::with(&public(server.port).replace("public\"", "public\"\nper_hour = 8")).await;
    // One mail address from many places: the answer stays the same, but nobody is flooded with mail.
    let mut answers = Vec::new();
    for n in 0..5 {
        answers.push(submits(&world, &fields("x", "zoe@example.com"), &format!("203.0.113.{n}"), None).await);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == StatusCode::OK), "{answers:?}");
    assert_eq!(server.until_taken(3).await.len(), 3);
    // One place, many mail addresses.
    let mut statuses = Vec::new();
    for n in 0..7 {
        statuses.push(submits(&world, &fields("x", &format!("p{n}@example.com")), "198.51.100.1", None).await.0);
    }
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::OK).count(), 5, "{statuses:?}");
    assert_eq!(statuses[6], StatusCode::SERVICE_UNAVAILABLE);
    // All together.
    let (status, page) = submits(&world, &fields("x", "q@example.com"), "198.51.100.2", None).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("Too many reports"), "{page}");
    assert_eq!(server.until_taken(8).await.len(), 8);
    world.advance(minutes(61)).await;
    assert_eq!(submits(&world, &fields("x", "q@example.com"), "198.51.100.2", None).await.0, StatusCode::OK);
    let wrong = submits(&world, &fields("x", "no address"), "198.51.100.2", None).await;
    assert_eq!(wrong.0, StatusCode::UNPROCESSABLE_ENTITY);
    world.end().await;
}

/// Pages have lanes of their own, so mails to reporters wait for each other only.
#[tokio::test]
async fn a_flood_of_reports_shares_few_lanes_and_none_of_a_page() {
    let server = FakeSmtp::plain().await;
    let world = World::with(&public(server.port)).await;
    for n in 0..30 {
        submits(&world, &fields("x", &format!("p{n}@example.com")), &format!("203.0.113.{n}"), None).await;
    }
    world.says("dee", "/incident declare \"Checkout is down\" severity:sev1 service:checkout").await;
    let lanes = |of_reports: bool| -> BTreeSet<String> {
        let effects = world.effects().into_iter().filter(|effect| matches!(effect, Effect::Report(_)) == of_reports);
        effects.map(|effect| effect.lane()).collect()
    };
    let (reports, others) = (lanes(true), lanes(false));
    assert!(!reports.is_empty() && reports.len() <= 4, "so many rows are sent at once: {reports:?}");
    assert!(others.len() > 3 && reports.is_disjoint(&others), "{reports:?} {others:?}");
    world.end().await;
}

#[tokio::test]
async fn a_mail_that_is_not_taken_yet_is_sent_again_and_a_refused_one_is_not() {
    let mut replies = [Some("450 4.2.0 Greylisted"), None, Some("550 5.1.1 No such user")].into_iter();
    let react = move |moment: Moment| match moment {
        Moment::Recipient => replies.next().flatten().map_or(SmtpReaction::Usual, SmtpReaction::Reply),
        Moment::Connection
        | Moment::Hello
        | Moment::StartTls
        | Moment::Login
        | Moment::Sender
        | Moment::Data
        | Moment::Content
        | Moment::FinalDot => SmtpReaction::Usual,
    };
    let server = FakeSmtp::start(SmtpEncryption::None, None, react).await;
    let world = World::with(&public(server.port)).await;
    submits(&world, &fields("I cannot pay", "zoe@example.com"), "203.0.113.9", None).await;
    world.advance(minutes(30)).await;
    assert_eq!(server.until_taken(1).await[0].to, ["zoe@example.com"]);
    submits(&world, &fields("I cannot pay", "nobody@example.com"), "203.0.113.9", None).await;
    world.advance(minutes(60)).await;
    let tries = server.moments().into_iter().filter(|moment| *moment == Moment::Recipient).count();
    assert_eq!((tries, server.taken().len()), (3, 1), "a refusal is final");
    world.end_with_given_up().await;
}
