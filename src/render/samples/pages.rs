//! One sample of a page in each of its states.

use minijinja::{context, value::Serde};

use super::{Sample, SampleWorld, ann, at, bare, bob, full, over, page_notices};
use crate::{
    domain::{
        contact::MethodKind,
        effect::MethodChange,
        ids::{PageId, PersonId, RoomId},
        incident::{Incident, IncidentEvent, PagingEvent},
        review::PostmortemStep,
        text::Untrusted,
    },
    render::{
        contact::phone::{answer_samples, phone_samples},
        contact::{ContactText, OverText, PageText, ReminderText},
        page::{PageView, PagedAlert},
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
        others: vec![&bob],
        ..asking(1, None)
    };
    let mut out = vec![
        sample(world, "asking", &full, PageView { message: Some(&message), ..asking(1, Some(at(5))) }),
        sample(world, "alerts", &bare, alerts),
        sample(world, "overdue", &bare, PageView { overdue: Some(7_200), ..asking(1, None) }),
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
        sample(world, "yours, more needed", &full, PageView { missing: 1, ..had(&ann, true) }),
        sample(world, "snoozed", &full, PageView { until: Some(at(30)), state: "snoozed", ..had(&bob, false) }),
        sample(world, "snoozed by you", &full, PageView { until: Some(at(30)), state: "snoozed", ..had(&ann, true) }),
        sample(world, "reassigned", &full, standing("reassigned")),
    ];
    out.extend(requests(&message, &ann));
    out.extend(page_notices::samples(world, &ann, &bob));
    out.extend(contacts());
    out.extend(sheets());
    out
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

/// The text of a page with few facts.
fn page_text() -> PageText {
    PageText {
        severity: "SEV1".to_owned(),
        key: "HOT-12".to_owned(),
        link: "http://localhost:8080/incidents/HOT-12".to_owned(),
        acknowledge: "http://localhost:8080/a/abcdefghijklmnopqrst".to_owned(),
        escalate: "http://localhost:8080/a/bcdefghijklmnopqrstu".to_owned(),
        reply_code: "4711".to_owned(),
        ..PageText::default()
    }
}

/// The text of a page with all facts, and of one without an incident.
fn page_texts(page: &PageText) -> [PageText; 2] {
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
        image: "https://graphs.example.com/render/1.png".to_owned(),
        others: vec!["Bob".to_owned()],
        next_minutes: Some(5),
        possible_repeat: true,
        overdue_minutes: Some(120),
        ..page.clone()
    };
    let request = PageText {
        severity: String::new(),
        key: "PAGE-7".to_owned(),
        title: "Look at the fax <now>".to_owned(),
        requested_by: "Ann Lee".to_owned(),
        whom: "Bob".to_owned(),
        link: "http://localhost:8080/rooms/ops".to_owned(),
        ..page.clone()
    };
    [full, request]
}

/// What the texts about methods say.
fn method_texts(answer: &str) -> Vec<(&'static str, ContactText)> {
    let change = |change| ContactText::Change {
        changed: MethodKind::Sms,
        change,
        profile: "http://localhost:8080/profile".to_owned(),
    };
    let reminder = |step, overdue| {
        ContactText::Reminder(ReminderText {
            key: "HOT-12".to_owned(),
            title: if overdue { String::new() } else { "Checkout answers <500>".to_owned() },
            step,
            overdue,
            link: "http://localhost:8080/incidents/HOT-12/postmortem".to_owned(),
        })
    };
    vec![
        ("code", ContactText::Code { code: "012345".to_owned(), minutes: 10 }),
        ("test", ContactText::Test { answer: answer.to_owned() }),
        ("to write", reminder(PostmortemStep::Draft, false)),
        ("to approve", reminder(PostmortemStep::Review, true)),
        ("to publish", reminder(PostmortemStep::Publish, true)),
        ("added", change(MethodChange::Added)),
        ("verified", change(MethodChange::Verified)),
        ("disabled", change(MethodChange::Disabled)),
        ("enabled", change(MethodChange::Enabled)),
        ("removed", change(MethodChange::Removed)),
        ("opted out", change(MethodChange::OptedOut)),
        ("gone", change(MethodChange::Gone)),
    ]
}

/// A message to a contact method, in each template and with each thing that it can be about.
fn contacts() -> Vec<Sample> {
    let page = page_text();
    let [full, request] = page_texts(&page);
    let bundle = PageText {
        title: "Checkout answers <500>".to_owned(),
        bundle: vec!["SEV1 HOT-13 The <database> is full".to_owned(), "PAGE-7 Look at the fax".to_owned()],
        more_pages: 186,
        escalate: String::new(),
        ..page.clone()
    };
    let over = |state, by: &str| over_text(state, by, &page.link);
    let mut cases = vec![
        ("page", ContactText::Page(Box::new(full))),
        ("private drill", ContactText::Page(Box::new(PageText { private: true, drill: true, ..page.clone() }))),
        ("acknowledged", ContactText::Over(over("acknowledged", "Bob"))),
        ("resolved", ContactText::Over(OverText { drill: true, ..over("resolved", "") })),
        ("declined", ContactText::Over(over("declined", ""))),
        ("snoozed", ContactText::Over(over("snoozed", "Bob"))),
        ("reassigned", ContactText::Over(over("reassigned", ""))),
        ("no incident", ContactText::Page(Box::new(request))),
        (
            "no incident, resolved",
            ContactText::Over(OverText { severity: String::new(), key: "PAGE-7".to_owned(), ..over("resolved", "") }),
        ),
        ("exhausted", ContactText::Over(over("exhausted", ""))),
        ("bundle", ContactText::Page(Box::new(bundle))),
    ];
    cases.extend(method_texts(&page.acknowledge));
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

fn standing<'a>(state: &'static str) -> PageView<'a> {
    PageView {
        id: uuid::Uuid::nil().to_string(),
        key: "HOT-12".to_owned(),
        room: None,
        requested_by: None,
        whom: Some("checkout"),
        message: None,
        lapsed: None,
        idle: false,
        state,
        by: None,
        at: None,
        yours: false,
        until: None,
        missing: 0,
        overdue: None,
        attempt: 1,
        since: at(-6),
        next: None,
        names_service: false,
        alerts: Vec::new(),
        more_alerts: 0,
        runbooks: &[],
        graphs: &[],
        others: Vec::new(),
    }
}

fn had(by: &PersonId, yours: bool) -> PageView<'_> {
    PageView { by: Some(by), at: Some(at(-2)), yours, ..standing("acknowledged") }
}

/// Pages without an incident.
fn requests(message: &Untrusted, ann: &PersonId) -> Vec<Sample> {
    let room = RoomId::from("ops");
    let sample = |case, page: PageView<'_>| {
        let key = "PAGE-7".to_owned();
        let page = PageView { key, room: Some(&room), whom: Some("Bob"), message: Some(message), ..page };
        let nothing: Option<u8> = None;
        let context = context! { incident => Serde(nothing), page => Serde(page), person => "bob" };
        Sample { calls: vec![bob()], ..Sample::new("chat/page.md", case, context) }
    };
    vec![
        sample("no incident", PageView { requested_by: Some(ann), ..standing("asking") }),
        sample("no incident, by nobody", standing("asking")),
        sample("no incident, yours", had(ann, true)),
        sample("no incident, snoozed", PageView { until: Some(at(30)), state: "snoozed", ..had(ann, true) }),
        sample("no incident, resolved", standing("resolved")),
    ]
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
    let incident =
        |title: &'static str| context! { key => "HOT-12", severity => "SEV1", title, private => title.is_empty() };
    let (written, url) = ("2026-11-21 14:05 UTC", "https://hotroom.example.com");
    let incidents = vec![incident("Checkout answers <500>"), incident("")];
    let full = context! { written, url, schedules => vec![schedule], people => vec![person], incidents };
    let none: Vec<u8> = Vec::new();
    let empty = context! { written, url, schedules => Serde(&none), people => Serde(&none), incidents => Serde(&none) };
    let written = || context! { written => "2026-11-21 14:05 UTC" };
    vec![
        Sample::new("offline/sheet.html", "full", full),
        Sample::new("offline/sheet.html", "empty", empty),
        Sample::new("offline/mail.txt", "", written()),
        Sample::new("offline/subject.txt", "", written()),
    ]
}

/// A sample of each event of a page.
pub(super) fn events() -> Vec<(&'static str, IncidentEvent)> {
    let page = PageId(uuid::Uuid::nil());
    let acknowledged = |via| PagingEvent::PageAcknowledged { page, person: bob(), via }.into();
    let nobody = |fallback| PagingEvent::NobodyOnCall { page, schedule: "primary".to_owned(), fallback }.into();
    vec![
        ("full", PagingEvent::PageStarted { page, whom: "@bob".to_owned(), by_rule: false }.into()),
        ("bare", PagingEvent::PageStarted { page, whom: "checkout".to_owned(), by_rule: true }.into()),
        ("full", acknowledged(Some(MethodKind::Mail))),
        ("by a text", acknowledged(Some(MethodKind::Sms))),
        ("by a call", acknowledged(Some(MethodKind::Voice))),
        ("by a push", acknowledged(Some(MethodKind::WebPush))),
        ("by ntfy", acknowledged(Some(MethodKind::Ntfy))),
        ("by Pushover", acknowledged(Some(MethodKind::Pushover))),
        ("by a webhook", acknowledged(Some(MethodKind::Webhook))),
        ("by a gateway", acknowledged(Some(MethodKind::Gateway))),
        ("bare", acknowledged(None)),
        ("full", PagingEvent::PageEscalated { page, step: 2, people: vec![ann(), bob()], fallback: false }.into()),
        ("fallback", PagingEvent::PageEscalated { page, step: 3, people: vec![ann()], fallback: true }.into()),
        ("full", PagingEvent::PageDeclined { page, person: bob() }.into()),
        ("full", PagingEvent::PageSnoozed { page, person: bob(), until: at(30) }.into()),
        ("full", PagingEvent::PageReassigned { page, whom: "checkout".to_owned(), people: vec![ann(), bob()] }.into()),
        ("full", PagingEvent::PageResponderAdded { page, person: bob() }.into()),
        ("full", nobody(Some(ann()))),
        ("bare", nobody(None)),
        ("bare", PagingEvent::NobodyOnCall { page, schedule: String::new(), fallback: Some(ann()) }.into()),
        ("full", PagingEvent::PageExhausted { page }.into()),
        ("full", PagingEvent::PagesStopped { whom: vec!["checkout".to_owned(), "@bob".to_owned()] }.into()),
        ("bare", PagingEvent::PagesStopped { whom: vec!["checkout".to_owned()] }.into()),
    ]
}
