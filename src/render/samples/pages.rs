//! One sample of a page in each of its states.

use minijinja::{context, value::Serde};

use super::{Sample, SampleWorld, ann, at, bare, bob, full, over};
use crate::{
    domain::{contact::MethodKind, effect::MethodChange, ids::PersonId, incident::Incident, text::Untrusted},
    render::{
        contact::phone::{answer_samples, phone_samples},
        contact::{ContactText, OverText, PageText},
        page::{ContactEvidence, NoticeView, PageView, PagedAlert, PersonEvidence},
    },
};

pub(super) fn samples(world: &SampleWorld) -> Vec<Sample> {
    let (full, bare, over) = (full(), bare(), over());
    let (message, ann, bob) = (Untrusted::from("The database is at 90 %\nand rising"), ann(), bob());
    let asking = |attempt, next| PageView { attempt, next, ..standing("asking") };
    let (summary, host) = (Untrusted::from("Checkout answers *500* to everyone"), Untrusted::from("web-3"));
    let runbooks = [Untrusted::from("https://wiki.example.com/checkout")];
    let graphs = [Untrusted::from("https://graphs.example.com/d/1")];
    let alert = || PagedAlert { summary: &summary, host: Some(&host), since: at(-8), link: Some(&graphs[0]) };
    let alerts = PageView {
        alerts: vec![alert(), PagedAlert { host: None, link: None, ..alert() }],
        more_alerts: 7,
        runbooks: &runbooks,
        graphs: &graphs,
        ..asking(1, None)
    };
    let mut out = vec![
        sample(world, "asking", &full, PageView { message: Some(&message), ..asking(1, Some(at(5))) }),
        sample(world, "alerts", &bare, alerts),
        sample(world, "asked twice", &bare, asking(2, None)),
        sample(world, "a person", &full, PageView { whom: Some("Ann"), names_service: true, ..asking(1, None) }),
        sample(world, "again", &bare, PageView { lapsed: Some(&bob), ..asking(1, None) }),
        sample(world, "forgotten", &bare, PageView { lapsed: Some(&bob), idle: true, ..asking(1, None) }),
        sample(world, "fallback", &bare, PageView { whom: None, ..asking(1, None) }),
        sample(world, "drill", &over, asking(3, None)),
        sample(world, "exhausted", &full, standing("exhausted")),
        sample(world, "asked_again", &full, standing("asked_again")),
        sample(world, "declined", &full, standing("declined")),
        sample(world, "yours", &full, had(&ann, true)),
        sample(world, "another's", &full, had(&bob, false)),
        sample(world, "resolved", &full, standing("resolved")),
    ];
    out.extend(notices(&ann, &bob));
    out.extend(contacts());
    out.extend(sheets());
    out
}

/// What is known of messages, one of each status.
fn evidence(bob: &PersonId) -> Vec<PersonEvidence<'_>> {
    let contact = |kind: MethodKind, status| ContactEvidence {
        kind: kind.name(),
        status,
        code: None,
        why: None,
        due: at(2),
        at: at(-1),
    };
    let contacts = vec![
        contact(MethodKind::WebPush, "shown"),
        contact(MethodKind::Mail, "accepted"),
        contact(MethodKind::Sms, "delivered"),
        ContactEvidence { why: Some("450 try again later"), ..contact(MethodKind::Mail, "delayed") },
        ContactEvidence { code: Some("30003"), why: Some("unreachable"), ..contact(MethodKind::Sms, "failed") },
        ContactEvidence { code: Some("no_contact_method"), ..contact(MethodKind::Gateway, "failed") },
        contact(MethodKind::Voice, "planned"),
        contact(MethodKind::Ntfy, "not_needed"),
        contact(MethodKind::Pushover, "withheld"),
        contact(MethodKind::Webhook, "limited"),
    ];
    vec![PersonEvidence { person: bob, contacts }]
}

fn over_text(state: &'static str, by: &str, link: &str) -> OverText {
    OverText {
        severity: "SEV1".to_owned(),
        key: "HOT-12".to_owned(),
        title: "Checkout answers <500>".to_owned(),
        state,
        by: by.to_owned(),
        link: link.to_owned(),
        ..OverText::default()
    }
}

/// A message to a contact method, in each template and with each thing that it can be about.
fn contacts() -> Vec<Sample> {
    let page = PageText {
        severity: "SEV1".to_owned(),
        key: "HOT-12".to_owned(),
        link: "http://localhost:8080/incidents/HOT-12".to_owned(),
        acknowledge: "http://localhost:8080/a/abcdefghijklmnopqrst".to_owned(),
        escalate: "http://localhost:8080/a/bcdefghijklmnopqrstu".to_owned(),
        reply_code: "4711".to_owned(),
        ..PageText::default()
    };
    let full = PageText {
        title: "Checkout answers <500>".to_owned(),
        message: "The database is at 90 %".to_owned(),
        service: "Checkout".to_owned(),
        whom: "team/core".to_owned(),
        since_minutes: 3,
        alerts: vec!["p99 is 9 s".to_owned()],
        more_alerts: 7,
        runbooks: vec!["https://wiki.example.com/checkout".to_owned()],
        graphs: vec!["https://graphs.example.com/d/1".to_owned()],
        others: vec!["Bob".to_owned()],
        next_minutes: Some(5),
        possible_repeat: true,
        ..page.clone()
    };
    let change = |change| ContactText::Change {
        changed: MethodKind::Sms,
        change,
        profile: "http://localhost:8080/profile".to_owned(),
    };
    let over = |state, by: &str| over_text(state, by, &page.link);
    let cases = vec![
        ("page", ContactText::Page(Box::new(full))),
        ("private drill", ContactText::Page(Box::new(PageText { private: true, drill: true, ..page.clone() }))),
        ("acknowledged", ContactText::Over(over("acknowledged", "Bob"))),
        ("resolved", ContactText::Over(OverText { drill: true, ..over("resolved", "") })),
        ("declined", ContactText::Over(over("declined", ""))),
        ("exhausted", ContactText::Over(over("exhausted", ""))),
        ("code", ContactText::Code { code: "012345".to_owned(), minutes: 10 }),
        ("test", ContactText::Test { answer: page.acknowledge.clone() }),
        ("added", change(MethodChange::Added)),
        ("verified", change(MethodChange::Verified)),
        ("disabled", change(MethodChange::Disabled)),
        ("enabled", change(MethodChange::Enabled)),
        ("removed", change(MethodChange::Removed)),
        ("opted out", change(MethodChange::OptedOut)),
        ("gone", change(MethodChange::Gone)),
    ];
    let formats = ["subject.txt", "message.txt", "short.txt", "message.html", "link.txt"];
    let sample = |(case, text): &(&'static str, ContactText), format| {
        Sample::new(format!("contact/{format}"), case, text.clone())
    };
    let mut out: Vec<Sample> = cases.iter().flat_map(|case| formats.map(|format| sample(case, format))).collect();
    let digit = "http://localhost:8080/contact/twilio/digit/abcdefghijklmnopqrst";
    out.extend(cases.iter().flat_map(|(case, text)| phone_samples(case, text, Some(digit))));
    out.extend(phone_samples("page without a way back", &cases[0].1, None));
    out.extend(answer_samples());
    out
}

fn notices(ann: &PersonId, bob: &PersonId) -> Vec<Sample> {
    let notice = |state| NoticeView {
        page: uuid::Uuid::nil().to_string(),
        people: vec![bob],
        whom: Some("Checkout"),
        by: None,
        lapsed: None,
        idle: false,
        state,
        later: None,
        taken_by: None,
        taken_at: None,
        taken_via: None,
        since: at(-6),
        evidence: Vec::new(),
    };
    let sample =
        |case, view: NoticeView<'_>| Sample::new("chat/page_notice.md", case, context! { notice => Serde(view) });
    let taken = NoticeView { taken_by: Some(ann), taken_at: Some(at(-2)), ..notice("acknowledged") };
    let by_link = NoticeView { taken_by: Some(ann), ..notice("acknowledged") };
    vec![
        sample("by a rule", notice("asking")),
        sample("again", NoticeView { lapsed: Some(ann), ..notice("asking") }),
        sample("forgotten", NoticeView { lapsed: Some(ann), idle: true, ..notice("asking") }),
        sample("by hand", NoticeView { whom: None, by: Some(ann), ..notice("asking") }),
        sample("a later step", NoticeView { people: vec![ann, bob], later: Some(2), ..notice("asking") }),
        sample("passed", notice("passed")),
        sample("by a contact method", NoticeView { taken_via: Some("mail"), taken_at: Some(at(-2)), ..by_link }),
        sample("evidence", NoticeView { evidence: evidence(bob), ..notice("asking") }),
        sample("evidence after it", NoticeView { evidence: evidence(bob), ..notice("passed") }),
        sample("acknowledged", taken),
        sample("exhausted", notice("exhausted")),
        sample("resolved", notice("resolved")),
    ]
}

fn standing<'a>(state: &'static str) -> PageView<'a> {
    PageView {
        id: uuid::Uuid::nil().to_string(),
        whom: Some("checkout"),
        message: None,
        lapsed: None,
        idle: false,
        state,
        by: None,
        at: None,
        yours: false,
        attempt: 1,
        since: at(-6),
        next: None,
        names_service: false,
        alerts: Vec::new(),
        more_alerts: 0,
        runbooks: &[],
        graphs: &[],
    }
}

fn had(by: &PersonId, yours: bool) -> PageView<'_> {
    PageView { by: Some(by), at: Some(at(-2)), yours, ..standing("acknowledged") }
}

fn sample(world: &SampleWorld, case: &'static str, incident: &Incident, page: PageView<'_>) -> Sample {
    let context = context! { incident => Serde(world.view(incident)), page => Serde(page), person => "ann" };
    Sample { calls: vec![ann()], ..Sample::new("chat/page.md", case, context) }
}

/// The offline on-call sheet, with and without anything in it.
fn sheets() -> Vec<Sample> {
    let shift = |person| context! { person, from => "Mon 2 Mar 09:00", until => "Mon 9 Mar 09:00" };
    let schedule = context! { id => "primary", zone => "Europe/Berlin", shifts => vec![shift("Ann Lee")], gaps => vec![shift("")] };
    let contact = |kind, address| context! { kind, address };
    let contacts = vec![contact("mail", "ann@example.com"), contact("sms", "+4915123456789")];
    let person = context! { name => "Ann <Lee>", contacts };
    let incident = |title| context! { key => "HOT-12", severity => "SEV1", title };
    let (written, url) = ("2026-11-21 14:05 UTC", "https://hotroom.example.com");
    let incidents = vec![incident("Checkout answers <500>"), incident("")];
    let full = context! { written, url, schedules => vec![schedule], people => vec![person], incidents };
    let none: Vec<u8> = Vec::new();
    let empty = context! { written, url, schedules => Serde(&none), people => Serde(&none), incidents => Serde(&none) };
    vec![Sample::new("offline/sheet.html", "full", full), Sample::new("offline/sheet.html", "empty", empty)]
}
