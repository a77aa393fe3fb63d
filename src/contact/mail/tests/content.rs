//! What a message looks like.

use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::*;
use crate::contact::mail::message::content;

fn composed(mail: &OutgoingMail) -> String {
    let mut settings = settings(25, SmtpEncryption::None);
    settings.bounces = Some(bounce_settings(143));
    let letter = mail.compose(&settings).expect("a message");
    String::from_utf8(letter.content).expect("a message is ASCII")
}

/// The header fields, each on one line.
fn head(text: &str) -> String {
    let (head, _) = text.split_once("\r\n\r\n").expect("a head");
    head.replace("\r\n ", " ").replace("\r\n", "\n")
}

#[test]
fn a_message_has_both_parts_and_the_headers_of_an_automatic_one() {
    let text = composed(&mail());
    insta::assert_snapshot!(head(&text), @r#"
    From: hotroom <hotroom@example.com>
    To: ann@example.org
    Subject: SEV1 HOT-12 Checkout is down
    Date: Thu, 01 Jan 1970 00:00:00 +0000
    Message-ID: <c1fc92b35e96df7e5de2c33b2248a26d@example.com>
    References: <a5613f5316e20b7807f34002d8068041@example.com>
    Auto-Submitted: auto-generated
    X-Auto-Response-Suppress: OOF, AutoReply
    Importance: high
    MIME-Version: 1.0
    Content-Type: multipart/alternative; boundary="8d0678024c718a6d5e7d25ed1ecc3f48"
    "#);
    let parsed = MessageParser::default().parse(text.as_bytes()).expect("a message");
    assert!(parsed.root_part().is_content_type("multipart", "alternative"));
    assert!(parsed.body_text(0).expect("a text").contains("Acknowledge: https://hotroom.example.com/a/1"));
    assert!(parsed.body_html(0).expect("HTML").contains("größer &amp; ☃"));
    assert_eq!(parsed.headers().iter().filter(|header| header.name().starts_with("List-")).count(), 0);
}

#[test]
fn a_repeat_is_the_same_message_and_its_thread_the_same_in_every_message() {
    let id = |mail: &OutgoingMail| {
        let text = composed(mail);
        let parsed = MessageParser::default().parse(text.as_bytes()).expect("a message").into_owned();
        let thread = parsed.references().as_text().map(str::to_owned);
        (parsed.message_id().expect("an id").to_owned(), thread)
    };
    let first = mail();
    let repeat = OutgoingMail { token: Some("fedcba9876543210".to_owned()), ..first.clone() };
    assert_eq!(composed(&first), composed(&repeat), "the token is in the envelope only");
    let next = OutgoingMail { key: "page/019a/2/0".to_owned(), ..first.clone() };
    assert_ne!(id(&first).0, id(&next).0);
    assert_eq!(id(&first).1, id(&next).1);
    assert!(id(&first).1.is_some());
    assert_eq!(id(&OutgoingMail { thread: None, ..first }).1, None);
}

#[test]
fn the_sender_of_the_envelope_has_the_token_where_bounces_are_read() {
    let plain = settings(25, SmtpEncryption::None);
    let sender =
        |settings: &MailSettings, mail: &OutgoingMail| mail.compose(settings).map(|letter| letter.sender.to_string());
    assert_eq!(sender(&plain, &mail()).as_deref(), Ok("hotroom@example.com"));
    let read = MailSettings { bounces: Some(bounce_settings(143)), ..plain };
    assert_eq!(sender(&read, &mail()).as_deref(), Ok("bounces+0123456789abcdef@example.com"));
    assert_eq!(sender(&read, &OutgoingMail { token: None, ..mail() }).as_deref(), Ok("hotroom@example.com"));
    let odd = OutgoingMail { token: Some("x@y".to_owned()), ..mail() };
    assert!(sender(&read, &odd).is_err());
}

#[test]
fn no_text_adds_a_header() {
    for title in [
        "down\r\nBcc: eve@example.com",
        "down\nBcc: eve@example.com",
        "down\rBcc: eve@example.com",
        "down\u{2028}Bcc: eve@example.com",
        "down\0Bcc: eve@example.com",
        "=?utf-8?q?down=0D=0ABcc:_eve@example.com?=",
        "größer\r\nBcc: eve@example.com",
    ] {
        let text = composed(&OutgoingMail { subject: title.to_owned(), ..mail() });
        let parsed = MessageParser::default().parse(text.as_bytes()).expect("a message");
        assert!(parsed.bcc().is_none(), "{title:?}: {text}");
        let subject = parsed.subject().expect("a subject");
        assert!(subject.contains("Bcc") && !subject.contains(['\r', '\n', '\0']), "{subject:?}");
    }
    for to in ["ann@example.org\r\nDATA", "ann@example.org> SIZE=1", "ann"] {
        let mail = OutgoingMail { to: to.to_owned(), ..mail() };
        assert!(mail.compose(&settings(25, SmtpEncryption::None)).is_err(), "{to:?}");
    }
}

#[test]
fn long_texts_are_cut_and_long_html_is_left_out() {
    let text = composed(&OutgoingMail { subject: "s".repeat(2_000), text: "t".repeat(200_000), ..mail() });
    assert!(text.len() < 80_000, "{}", text.len());
    let lines_fit = |text: &str| text.lines().all(|line| line.len() <= 998);
    assert!(lines_fit(&text), "RFC 5322, section 2.1.1");
    let text = composed(&OutgoingMail { html: "<p>☃</p>".repeat(30_000), ..mail() });
    assert!(text.len() < 2_000 && !text.contains("text/html") && lines_fit(&text), "{}", text.len());
    let text = composed(&OutgoingMail { html: format!("<p>{}</p>", "x".repeat(100_000)), ..mail() });
    assert!(lines_fit(&text));
}

#[test]
fn lines_end_with_crlf_and_leading_dots_are_doubled() {
    for (message, on_the_wire) in [
        ("", ""),
        ("a", "a\r\n"),
        (".", "..\r\n"),
        ("a\n.\nb", "a\r\n..\r\nb\r\n"),
        ("a\r.\rb\r", "a\r\n..\r\nb\r\n"),
        ("a\r\n.\r\n..\r\n", "a\r\n..\r\n...\r\n"),
        ("a\r\r\n", "a\r\n\r\n"),
        ("a\n\r\n", "a\r\n\r\n"),
        ("a.b\r\n", "a.b\r\n"),
    ] {
        assert_eq!(String::from_utf8_lossy(&content(message.as_bytes())), on_the_wire, "{message:?}");
    }
}

proptest! {
    #[test]
    fn nothing_in_a_message_ends_it_early(bytes in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'.'), Just(b'a')], 0..40)) {
        let wire = content(&bytes);
        let text = String::from_utf8(wire).expect("ASCII");
        prop_assert!(text.is_empty() || text.ends_with("\r\n"));
        for line in text.split_terminator("\r\n") {
            prop_assert!(!line.contains(['\r', '\n']) && line != ".");
        }
    }
}

#[test]
fn attachments_come_with_the_text_and_the_html() {
    let file =
        MailAttachment { name: "oncall.pub", content_type: "text/plain; charset=utf-8", content: b"key\n".to_vec() };
    let text = composed(&OutgoingMail { attachments: vec![file], ..mail() });
    let read = mail_parser::MessageParser::default().parse(text.as_bytes()).expect("a message");
    assert_eq!(read.attachment_count(), 1);
    let attachment = read.attachment(0).expect("an attachment");
    assert_eq!(
        (mail_parser::MimeHeaders::attachment_name(attachment), attachment.contents()),
        (Some("oncall.pub"), &b"key\n"[..])
    );
    assert!(read.body_text(0).expect("a text").contains("Acknowledge"));
    assert!(read.body_html(0).expect("HTML").contains("größer"));
}
