//! Reports by mail, and automatic mail, which is none.

use super::*;

const OWN: &str = "hotroom@example.com";

fn mail(headers: &str, body: &str) -> Vec<u8> {
    format!("From: Zoe Q <Zoe@Example.org>\r\nMessage-ID: <m1@example.org>\r\nSubject: I cannot\r\n pay\r\n{headers}\r\n{body}")
        .into_bytes()
}

#[test]
fn what_somebody_wrote_is_a_report() {
    let read = incoming_report(&mail("", "Since noon.\r\nError 500\r\n-- \r\nZoe Q, Example Inc.\r\n"), OWN);
    let expected = IncomingReport {
        id: "m1@example.org".to_owned(),
        address: "zoe@example.org".to_owned(),
        name: "Zoe Q".to_owned(),
        subject: "I cannot pay".to_owned(),
        text: "Since noon.\nError 500".to_owned(),
    };
    assert_eq!(read, Some(expected));
    let html =
        incoming_report(&mail("Content-Type: text/html\r\n", "<p>Since <b>noon</b>.</p>"), OWN).expect("a report");
    assert!(html.text.contains("Since noon.") && !html.text.contains('<'), "{}", html.text);
}

#[test]
fn automatic_mail_is_no_report() {
    for header in [
        "Auto-Submitted: auto-replied",
        "auto-submitted: Auto-Generated; owner-email=\"x\"",
        "Precedence: bulk",
        "Precedence: list",
        "Precedence: auto_reply",
        "List-Id: <news.example.org>",
        "X-Autoreply: yes",
        "Return-Path: <>",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
    ] {
        assert_eq!(incoming_report(&mail(&format!("{header}\r\n"), "Away until Monday."), OWN), None, "{header}");
    }
    assert!(incoming_report(&mail("Auto-Submitted: no\r\nPrecedence: normal\r\n", "x"), OWN).is_some());
    for from in
        ["MAILER-DAEMON@example.org", "postmaster@example.org", "no-reply@example.org", "Hotroom@Example.com", "nobody"]
    {
        let message = format!("From: {from}\r\nMessage-ID: <m1@example.org>\r\n\r\nx");
        assert_eq!(incoming_report(message.as_bytes(), OWN), None, "{from}");
    }
}

#[test]
fn a_mail_without_an_id_or_of_any_size_does_no_harm() {
    assert_eq!(incoming_report(b"From: zoe@example.org\r\n\r\nx", OWN), None, "a repeat could not be known");
    assert_eq!(incoming_report(b"", OWN), None);
    assert_eq!(incoming_report(b"\xff\xfe\r\n\r\n", OWN), None);
    let long = format!(
        "From: {} <zoe@example.org>\r\nMessage-ID: <m1@example.org>\r\nSubject: {}\r\n\r\n{}",
        "n".repeat(500),
        "s".repeat(900),
        "t".repeat(100_000)
    );
    let read = incoming_report(long.as_bytes(), OWN).expect("a report");
    let length = |text: &str| text.chars().count();
    assert_eq!((length(&read.name), length(&read.subject), length(&read.text)), (100, 200, 4_000));
    let long_id = format!("From: zoe@example.org\r\nMessage-ID: <{}@x>\r\n\r\nx", "i".repeat(1_000));
    assert_eq!(incoming_report(long_id.as_bytes(), OWN), None);
}
