//! Plans, quiet hours, addresses, masks, outcomes and tokens.

use chrono::{NaiveTime, TimeDelta};

use super::*;
use crate::domain::{ids::PageId, severity::Severity};

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn method(kind: MethodKind, n: u128) -> ContactMethod {
    ContactMethod {
        id: ContactMethodId(uuid::Uuid::from_u128(n)),
        person: "ann".into(),
        kind,
        address: "+4915123456789".to_owned(),
        label: String::new(),
        secret: None,
        gateway: None,
        managed: false,
        position: 0,
        added_at: at("2026-01-01T00:00:00Z"),
        verified_at: Some(at("2026-01-01T00:05:00Z")),
        disabled: None,
        verification: None,
        proven_at: None,
        last_failure: None,
        test_failed_at: None,
    }
}

/// The kinds of a plan with the seconds after which they are due.
fn planned(methods: &[ContactMethod], rules: &[PersonalRule], urgency: Urgency) -> Vec<(MethodKind, i64)> {
    let now = at("2026-03-02T10:00:00Z");
    let given = ContactRules { methods, rules, quiet: None, zone: chrono_tz::Tz::UTC };
    plan(given, urgency, now).iter().map(|contact| (contact.kind, (contact.due - now).num_seconds())).collect()
}

#[test]
fn without_rules_pushes_go_at_once_and_telephones_later() {
    use MethodKind::{Mail, Sms, Voice, WebPush};
    let all = [method(Voice, 1), method(Sms, 2), method(WebPush, 3), method(Mail, 4)];
    assert_eq!(planned(&all, &[], Urgency::High), [(WebPush, 0), (Mail, 0), (Sms, 120), (Voice, 300)]);
    assert_eq!(planned(&all, &[], Urgency::Low), [(WebPush, 0), (Mail, 0)]);
    assert_eq!(planned(&all[..2], &[], Urgency::High), [(Sms, 0), (Voice, 300)]);
    assert_eq!(planned(&all[..1], &[], Urgency::High), [(Voice, 0)], "whoever has only a telephone is called at once");
    assert_eq!(planned(&all[..1], &[], Urgency::Low), [(Voice, 0)], "nobody is without");
    assert_eq!(planned(&[], &[], Urgency::High), []);
}

#[test]
fn rules_are_followed_except_for_methods_that_cannot_be_used() {
    let (mail, mut sms) = (method(MethodKind::Mail, 1), method(MethodKind::Sms, 2));
    let rule = |after, method: &ContactMethod| PersonalRule { urgency: Urgency::High, after, method: method.id };
    let rules = [rule(60, &sms), rule(0, &sms), rule(30, &mail)];
    let both = |sms: &ContactMethod| planned(&[mail.clone(), sms.clone()], &rules, Urgency::High);
    assert_eq!(both(&sms), [(MethodKind::Sms, 0), (MethodKind::Mail, 30), (MethodKind::Sms, 60)]);
    sms.disabled = Some(MethodDisabled::OptedOut);
    assert_eq!(both(&sms), [(MethodKind::Mail, 30)]);
    sms.disabled = None;
    sms.verified_at = None;
    assert_eq!(both(&sms), [(MethodKind::Mail, 30)], "an unverified method is never paged");
    let only_sms = [rule(60, &sms)];
    let mails = planned(&[mail.clone(), sms.clone()], &only_sms, Urgency::High);
    assert_eq!(mails, [(MethodKind::Mail, 0)], "when no rule can be followed, the default rules are");
}

#[test]
fn quiet_hours_delay_low_urgency_until_they_end_on_the_wall_clock() {
    let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").expect("a time");
    let zone = chrono_tz::Europe::Berlin;
    let end = |from: &str, until: &str, now: &str| {
        let quiet = QuietHours { from: time(from), until: time(until) };
        after_quiet_hours(quiet, zone, at(now)).to_rfc3339()
    };
    // Winter time: UTC+1.
    assert_eq!(end("22:00", "07:00", "2026-01-10T22:30:00Z"), "2026-01-11T06:00:00+00:00");
    assert_eq!(end("22:00", "07:00", "2026-01-11T05:59:00Z"), "2026-01-11T06:00:00+00:00");
    assert_eq!(end("22:00", "07:00", "2026-01-11T06:00:00Z"), "2026-01-11T06:00:00+00:00", "the end is exclusive");
    assert_eq!(end("12:00", "13:00", "2026-01-11T11:30:00Z"), "2026-01-11T12:00:00+00:00");
    assert_eq!(end("20:00", "00:00", "2026-01-11T20:00:00Z"), "2026-01-11T23:00:00+00:00", "24:00 ends the day");
    // The night in which 02:00 to 03:00 is skipped, and the one in which it is shown twice.
    assert_eq!(
        end("22:00", "02:30", "2026-03-28T23:00:00Z"),
        "2026-03-29T01:00:00+00:00",
        "first instant after the gap"
    );
    assert_eq!(end("22:00", "07:00", "2026-03-28T23:00:00Z"), "2026-03-29T05:00:00+00:00");
    assert_eq!(end("22:00", "02:30", "2026-10-24T22:00:00Z"), "2026-10-25T01:30:00+00:00", "the second 02:30");
    let methods = [method(MethodKind::Mail, 1)];
    let quiet = Some(QuietHours { from: time("22:00"), until: time("07:00") });
    let given = ContactRules { methods: &methods, rules: &[], quiet, zone };
    let night = at("2026-01-10T22:30:00Z");
    assert_eq!(plan(given, Urgency::High, night)[0].due, night, "high urgency knows no quiet hours");
    assert_eq!(plan(given, Urgency::Low, night)[0].due, at("2026-01-11T06:00:00Z"));
}

#[test]
fn urgency_is_that_of_the_first_rule_that_fits() {
    let rule = |severities: &[Severity], hours, urgency| UrgencyRule {
        severities: severities.to_vec(),
        days: Vec::new(),
        hours,
        timezone: chrono_tz::Europe::Berlin,
        urgency,
    };
    let rules =
        [rule(&[Severity::Sev3], Some((22 * 60, 7 * 60)), Urgency::Low), rule(&[Severity::Sev4], None, Urgency::Low)];
    let of = |severity, now: &str| urgency_of(&rules, severity, at(now));
    assert_eq!(of(Severity::Sev3, "2026-01-10T22:30:00Z"), Urgency::Low);
    assert_eq!(of(Severity::Sev3, "2026-01-10T12:30:00Z"), Urgency::High, "no rule fits");
    assert_eq!(of(Severity::Sev4, "2026-01-10T12:30:00Z"), Urgency::Low);
    assert_eq!(of(Severity::Sev1, "2026-01-10T22:30:00Z"), Urgency::High);
    // The night from Friday to Saturday is Friday's.
    let friday = UrgencyRule { days: vec![chrono::Weekday::Fri], ..rules[0].clone() };
    let of = |now: &str| urgency_of(std::slice::from_ref(&friday), Severity::Sev3, at(now));
    assert_eq!(of("2026-01-10T02:00:00Z"), Urgency::Low, "Saturday morning");
    assert_eq!(of("2026-01-10T23:00:00Z"), Urgency::High, "Saturday night");
}

#[test]
fn addresses_are_written_in_one_form_and_nonsense_is_refused() {
    use MethodKind::{Mail, Ntfy, Pushover, Sms, WebPush, Webhook};
    let good = [
        (Mail, " Ann.Lee@Example.COM ", "Ann.Lee@example.com"),
        (Sms, "+49 (151) 234-567 89", "+4915123456789"),
        (Ntfy, "ops_2026-x", "ops_2026-x"),
        (Ntfy, "https://ntfy.example.com/ops", "https://ntfy.example.com/ops"),
        (Webhook, "https://example.com/hooks?a=1", "https://example.com/hooks?a=1"),
        (Pushover, "uQiRzpo4DXghDmr9QzzfQu27cmVRsG", "uQiRzpo4DXghDmr9QzzfQu27cmVRsG"),
    ];
    for (kind, given, stored) in good {
        assert_eq!(address(kind, given).as_deref(), Ok(stored), "{kind:?} {given}");
    }
    let bad = [
        (Mail, "ann"),
        (Mail, "ann@"),
        (Mail, "a b@example.com"),
        (Mail, "ann@example.com\r\nBcc: x@example.com"),
        (Mail, "<ann@example.com>"),
        (Sms, "0151 23456789"),
        (Sms, "+0151 23456789"),
        (Sms, "+49"),
        (Sms, "+491512345678901234"),
        (Sms, "+49151CALLME"),
        (Ntfy, "a b"),
        (Ntfy, "https://ntfy.example.com/"),
        (Ntfy, "https://ntfy.example.com"),
        (Webhook, "ftp://example.com"),
        (Webhook, "https://user@example.com/"),
        (Webhook, "https://exa mple.com/"),
        (Pushover, "short"),
        (WebPush, "{}"),
        (WebPush, r#"{"endpoint":"https://push.example.com/1"}"#),
    ];
    for (kind, given) in bad {
        assert!(address(kind, given).is_err(), "{kind:?} {given}");
    }
    let subscription =
        r#"{"endpoint":"https://push.example.com/1","expirationTime":null,"keys":{"p256dh":"B","auth":"a"}}"#;
    assert!(address(WebPush, subscription).is_ok_and(|stored| !stored.contains("expirationTime")));
}

#[test]
fn others_see_too_little_of_an_address_to_use_it() {
    let masked = |kind, address: &str| ContactMethod { address: address.to_owned(), ..method(kind, 1) }.masked();
    assert_eq!(masked(MethodKind::Mail, "ann.lee@example.com"), "a…@example.com");
    assert_eq!(masked(MethodKind::Sms, "+4915123456789"), "+4…789");
    assert_eq!(masked(MethodKind::Ntfy, "secret-topic"), "…pic");
    assert_eq!(masked(MethodKind::Ntfy, "abc"), "•••");
    assert_eq!(masked(MethodKind::Webhook, "https://example.com/hooks/secret"), "example.com/…");
    let subscription = r#"{"endpoint":"https://push.example.com/secret","keys":{}}"#;
    assert_eq!(masked(MethodKind::WebPush, subscription), "push.example.com/…");
}

#[test]
fn what_is_known_of_a_message_does_not_become_less() {
    let failed = || ContactOutcome::Failed { code: Some("30003".to_owned()), why: "unreachable".to_owned() };
    let delayed = |why: &str| ContactOutcome::Delayed { why: why.to_owned() };
    let follows = |before: &ContactOutcome, after: &ContactOutcome| after.may_follow(before);
    assert!(follows(&ContactOutcome::Planned, &ContactOutcome::Accepted));
    assert!(follows(&ContactOutcome::Accepted, &ContactOutcome::Delivered));
    assert!(follows(&ContactOutcome::Delivered, &ContactOutcome::Shown));
    assert!(follows(&ContactOutcome::Accepted, &failed()));
    assert!(follows(&delayed("450"), &delayed("451")) && !follows(&delayed("450"), &delayed("450")));
    assert!(!follows(&ContactOutcome::Delivered, &ContactOutcome::Accepted), "reports come in any order");
    assert!(!follows(&ContactOutcome::Delivered, &failed()));
    assert!(!follows(&ContactOutcome::Accepted, &ContactOutcome::NotNeeded), "it was sent");
    assert!(!follows(&failed(), &failed()));
}

#[test]
fn tokens_and_codes_are_bound_to_everything_they_are_for() {
    let key = SigningKey::new([7; 32]);
    let page = PageId(uuid::Uuid::from_u128(1));
    let bound = TokenBinding {
        page,
        person: "ann".into(),
        attempt: 1,
        method: method(MethodKind::Mail, 1).id,
        kind: MethodKind::Mail,
        action: TokenAction::Acknowledge,
    };
    let token = key.token(&bound);
    assert_eq!(token.len(), TOKEN_LENGTH);
    assert_eq!(token, key.token(&bound), "the same each time");
    let others = [
        TokenBinding { page: PageId(uuid::Uuid::from_u128(2)), ..bound.clone() },
        TokenBinding { person: "bob".into(), ..bound.clone() },
        TokenBinding { attempt: 2, ..bound.clone() },
        TokenBinding { method: method(MethodKind::Mail, 2).id, ..bound.clone() },
        TokenBinding { kind: MethodKind::Sms, ..bound.clone() },
        TokenBinding { action: TokenAction::Escalate, ..bound.clone() },
    ];
    assert!(others.iter().all(|other| key.token(other) != token));
    assert_ne!(SigningKey::new([8; 32]).token(&bound), token);
    let code = |serial| key.code(bound.method, serial).digits().to_owned();
    assert!(code(1).len() == 6 && code(1).bytes().all(|b| b.is_ascii_digit()) && code(1) != code(2));
    assert_eq!(key.reply_code(&bound).len(), 4);
}

#[test]
fn each_kind_has_limits_and_they_are_those_of_the_documents() {
    let figures = |kind| limits(kind).iter().map(|l| (l.most, l.within.num_minutes())).collect::<Vec<_>>();
    assert_eq!(figures(MethodKind::Voice), [(1, 1), (3, 15), (7, 60), (15, 180)]);
    assert_eq!(figures(MethodKind::Sms), [(1, 1), (5, 15), (11, 60), (21, 180)]);
    assert!(
        MethodKind::ALL.iter().all(|kind| limits(*kind).iter().all(|l| l.most > 0 && l.within > TimeDelta::zero()))
    );
}
