//! What is a bounce, and what is not.

use proptest::prelude::*;

use super::*;

const TOKEN: &str = "0123456789abcdef";

fn address() -> BounceAddress {
    BounceAddress::parse("bounces@example.com").expect("an address")
}

fn read(text: &str) -> Option<Bounce> {
    bounce(text.replace('\n', "\r\n").as_bytes(), &address())
}

/// A report as Postfix writes it.
fn report() -> String {
    "Return-Path: <>
Delivered-To: bounces@example.com
Received: by mail.example.com (Postfix) id 1A2B3C; Mon,  2 Mar 2026 10:00:00 +0000 (UTC)
Date: Mon,  2 Mar 2026 10:00:00 +0000 (UTC)
From: MAILER-DAEMON@mail.example.com (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounces+0123456789abcdef@example.com
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary=\"9D8E7F.1/mail.example.com\"
Message-Id: <20260302100000.4D5E6F@mail.example.com>

This is a MIME-encapsulated message.

--9D8E7F.1/mail.example.com
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

--9D8E7F.1/mail.example.com
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com
X-Postfix-Queue-ID: 9D8E7F
Arrival-Date: Mon,  2 Mar 2026 09:59:00 +0000 (UTC)

Final-Recipient: rfc822; ann@example.org
Original-Recipient: rfc822;ann@example.org
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 5.1.1 <ann@example.org>: Recipient address rejected:
    User unknown in virtual mailbox table

--9D8E7F.1/mail.example.com
Content-Description: Undelivered Message
Content-Type: message/rfc822

Return-Path: <bounces+0123456789abcdef@example.com>
From: hotroom <hotroom@example.com>
To: ann@example.org
Subject: SEV1 HOT-12 Checkout is down

Checkout is down.

--9D8E7F.1/mail.example.com--
"
    .to_owned()
}

#[test]
fn a_report_of_a_failed_delivery_is_a_bounce() {
    assert_eq!(
        read(&report()),
        Some(Bounce {
            token: TOKEN.to_owned(),
            status: "5.1.1".to_owned(),
            diagnostic: "550 5.1.1 <a…@example.org>: Recipient address rejected: User unknown in virtual mailbox table"
                .to_owned(),
            permanent: true,
        })
    );
}

#[test]
fn the_token_is_found_wherever_mail_servers_note_it() {
    let bare = report().replace("To: bounces+0123456789abcdef@example.com\n", "To: bounces@example.com\n");
    let without = bare.replace("Return-Path: <bounces+0123456789abcdef@example.com>\n", "");
    assert_eq!(read(&without), None);
    assert!(read(&bare).is_some(), "in what was returned");
    for header in ["X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To"] {
        let noted = without.replacen(
            "Return-Path: <>\n",
            &format!("Return-Path: <>\n{header}: <Bounces+0123456789ABCDEF@example.com>\n"),
            1,
        );
        assert_eq!(read(&noted).map(|bounce| bounce.token).as_deref(), Some(TOKEN), "{header}");
    }
    // Many mail servers return the headers only.
    let headers = bare.replace("Content-Type: message/rfc822", "Content-Type: text/rfc822-headers");
    assert_eq!(read(&headers).map(|bounce| bounce.token).as_deref(), Some(TOKEN));
}

#[test]
fn a_failure_for_now_is_not_permanent() {
    let expired = report().replace("Status: 5.1.1", "Status: 4.4.1 (Connection timed out)");
    assert!(read(&expired).is_some_and(|bounce| !bounce.permanent && bounce.status == "4.4.1"));
    let unsaid = report().replace("Status: 5.1.1\n", "");
    assert!(read(&unsaid).is_some_and(|bounce| bounce.permanent && bounce.status == "5.1.1"), "from the diagnostic");
}

#[test]
fn anything_else_is_no_bounce() {
    let absence = "Return-Path: <>
From: ann@example.org
To: bounces+0123456789abcdef@example.com
Subject: Out of office
Auto-Submitted: auto-replied
Content-Type: text/plain

I am away. Status: 5.1.1, Action: failed
";
    assert_eq!(read(absence), None, "an absence note");
    for (what, from, to) in [
        ("a delay", "Action: failed", "Action: delayed"),
        ("a receipt", "Action: failed", "Action: delivered"),
        ("a note that it was read", "report-type=delivery-status", "report-type=disposition-notification"),
        ("a report of abuse", "report-type=delivery-status", "report-type=feedback-report"),
        ("no report", "multipart/report", "multipart/mixed"),
        ("no status", "message/delivery-status", "text/plain"),
        ("a message that somebody sent", "Return-Path: <>", "Return-Path: <eve@example.net>"),
        ("another domain", "@example.com", "@example.net"),
        ("no token", "bounces+0123456789abcdef", "bounces"),
        ("a token that is none", "bounces+0123456789abcdef", "bounces+x"),
    ] {
        let other = report().replace(from, to);
        assert_ne!(other, report(), "{what}");
        assert_eq!(read(&other), None, "{what}");
    }
    for nothing in ["", "\n", "x", "Subject: x", ": \n\n"] {
        assert_eq!(read(nothing), None, "{nothing:?}");
    }
}

#[test]
fn a_report_of_a_server_that_writes_its_name_as_the_sender_counts() {
    let named = report().replacen("Return-Path: <>", "Return-Path: <MAILER-DAEMON>", 1);
    assert!(read(&named).is_some());
}

proptest! {
    #[test]
    fn no_message_makes_it_panic(bytes in proptest::collection::vec(0_u8.., 0..200), at in 0_usize..2_000, cut in 0_usize..2_500) {
        let mut text = report().into_bytes();
        let at = at.min(text.len());
        text.splice(at..at, bytes.iter().copied());
        text.truncate(cut);
        let _bounce_or_not = bounce(&text, &address());
        let _bounce_or_not = bounce(&bytes, &address());
    }
}
