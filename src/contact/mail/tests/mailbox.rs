//! The mailbox for bounces over IMAP.

use super::*;
use crate::fake_imap::{FakeImap, ImapFault};

/// A report with a token, small enough for one line of a test.
fn report(token: &str) -> Vec<u8> {
    format!(
        "Return-Path: <>\r\nTo: bounces+{token}@example.com\r\nContent-Type: multipart/report; \
         report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mail.example.com\r\n\r\nFinal-Recipient: rfc822; ann@example.org\r\nAction: failed\r\n\
         Status: 5.1.1\r\n\r\n--b--\r\n"
    )
    .into_bytes()
}

const ONE: &str = "aaaaaaaaaaaaaaaa";
const OTHER: &str = "bbbbbbbbbbbbbbbb";

async fn visit(imap: &FakeImap, keep: bool) -> Result<(MailboxCount, Vec<String>), String> {
    let mut tokens = Vec::new();
    let count = read_bounces(&bounce_settings(imap.port), &dialer(), |bounces| {
        tokens.extend(bounces.into_iter().map(|bounce| bounce.token));
        async move { keep }
    })
    .await?;
    Ok((count, tokens))
}

#[tokio::test]
async fn new_messages_are_read_once() {
    let (one, other) = (report(ONE), report(OTHER));
    let imap = FakeImap::start(&[&one, b"Subject: lunch?\r\n\r\nNoon?\r\n", &other], None).await;
    let (count, tokens) = visit(&imap, true).await.expect("a visit");
    assert_eq!((count, tokens), (MailboxCount { read: 3, bounces: 2 }, vec![ONE.to_owned(), OTHER.to_owned()]));
    assert_eq!(imap.seen(), [true, true, true]);
    assert_eq!(visit(&imap, true).await.expect("a visit").0, MailboxCount::default());
    imap.receive(&report("cccccccccccccccc"));
    assert_eq!(visit(&imap, true).await.expect("a visit").1, ["cccccccccccccccc"]);
}

#[tokio::test]
async fn what_could_not_be_recorded_is_read_again() {
    let imap = FakeImap::start(&[&report(ONE)], None).await;
    assert_eq!(visit(&imap, false).await.expect("a visit").1, [ONE]);
    assert_eq!(imap.seen(), [false]);
    assert_eq!(visit(&imap, true).await.expect("a visit").1, [ONE]);
    assert_eq!(imap.seen(), [true]);
}

#[tokio::test]
async fn a_visit_is_bounded_in_messages_and_bytes() {
    let large = [report(ONE), vec![b'x'; 1 << 20]].concat();
    let messages: Vec<&[u8]> = (0..60).map(|_| large.as_slice()).collect();
    let imap = FakeImap::start(&messages, None).await;
    let (count, _) = visit(&imap, true).await.expect("a visit");
    assert_eq!(count, MailboxCount { read: 50, bounces: 50 });
    assert_eq!(imap.seen().iter().filter(|seen| **seen).count(), 50, "the rest is read at the next visit");
    let endless = FakeImap::start(&[&report(ONE)], Some(ImapFault::Endless)).await;
    let why = visit(&endless, true).await.expect_err("too much");
    assert!(why.starts_with("the IMAP server failed at FETCH: "), "{why}");
}

#[tokio::test]
async fn what_fails_is_said_and_marks_nothing() {
    for (fault, why) in [
        (ImapFault::Login, "the server refuses the user or the password"),
        (ImapFault::Select, "the IMAP server failed at SELECT: "),
        (ImapFault::Close("UID SEARCH"), "the IMAP server failed at NOOP: "),
        (ImapFault::Close("UID FETCH"), "the IMAP server failed at NOOP: "),
        (ImapFault::Close("UID STORE"), "the IMAP server failed at STORE: "),
    ] {
        let imap = FakeImap::start(&[&report(ONE)], Some(fault)).await;
        let said = visit(&imap, true).await.expect_err("it failed");
        assert!(said.starts_with(why) && !said.contains("secret"), "{fault:?}: {said}");
        assert_eq!(imap.seen(), [false], "{fault:?}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_left_at_the_deadline() {
    let imap = FakeImap::start(&[&report(ONE)], Some(ImapFault::Hang("UID FETCH"))).await;
    let mut visit = std::pin::pin!(visit(&imap, true));
    tokio::select! {
        ended = &mut visit => panic!("it was to hang: {ended:?}"),
        () = imap.until("UID FETCH") => {}
    }
    tokio::time::pause();
    let said = visit.await.expect_err("it hangs");
    assert_eq!(said, "reading it took more than 60 s");
}

#[tokio::test]
async fn the_settings_are_tried_without_marking_anything() {
    let imap = FakeImap::start(&[&report(ONE)], None).await;
    let said = examine_mailbox((&bounce_settings(imap.port)).into(), &dialer()).await.expect("it can be read");
    assert_eq!(said, format!("the folder INBOX of bounces on localhost:{} can be read", imap.port));
    assert_eq!(imap.seen(), [false]);
    assert!(imap.commands().iter().any(|command| command.starts_with("EXAMINE")));
}

fn with_starttls(port: u16) -> BounceSettings {
    BounceSettings { server: server(port, MailEncryption::StartTls), ..bounce_settings(port) }
}

#[tokio::test]
async fn starttls_encrypts_before_the_login() {
    let imap = FakeImap::with_starttls(&[&report(ONE)], crate::fake_smtp::acceptor("good.pem")).await;
    let count = read_bounces(&with_starttls(imap.port), &dialer(), |_| async { true }).await.expect("a visit");
    assert_eq!(count, MailboxCount { read: 1, bounces: 1 });
    let commands = imap.commands();
    assert_eq!(commands[0], "STARTTLS");
    assert!(commands[1].starts_with("LOGIN"), "{commands:?}");
}

#[tokio::test]
async fn without_starttls_or_with_a_wrong_certificate_nobody_logs_in() {
    let plain = FakeImap::start(&[&report(ONE)], None).await;
    let why = read_bounces(&with_starttls(plain.port), &dialer(), |_| async { true }).await.expect_err("no STARTTLS");
    assert!(why.contains("offers no STARTTLS"), "{why}");
    assert_eq!(plain.commands(), ["STARTTLS"]);
    let imap = FakeImap::with_starttls(&[&report(ONE)], crate::fake_smtp::acceptor("elsewhere.pem")).await;
    read_bounces(&with_starttls(imap.port), &dialer(), |_| async { true }).await.expect_err("a wrong certificate");
    assert_eq!(imap.commands(), ["STARTTLS"]);
}
