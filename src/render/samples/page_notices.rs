//! One sample of each message of a page in rooms.

use minijinja::{context, value::Serde};

use super::{Sample, SampleWorld, at, full};
use crate::{
    domain::{
        contact::MethodKind,
        ids::{PersonId, RoomId},
        text::Untrusted,
    },
    render::page::{
        PagedAlert,
        notice::{ContactEvidence, NextPaged, NoticeView, PersonEvidence},
    },
};

pub(super) fn samples(world: &SampleWorld, ann: &PersonId, bob: &PersonId) -> Vec<Sample> {
    notices(ann, bob).into_iter().chain(rooms(world, ann)).collect()
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
        contact(MethodKind::Sms, "bundled"),
    ];
    vec![PersonEvidence { person: bob, contacts }]
}

fn notices(ann: &PersonId, bob: &PersonId) -> Vec<Sample> {
    let message = Untrusted::from("Look at the *fax*");
    let notice = |state| {
        let (page, people) = (uuid::Uuid::nil().to_string(), vec![bob]);
        NoticeView { page, people, whom: Some("Checkout"), state, ..NoticeView::empty(at(-6)) }
    };
    let asking = || NoticeView { key: Some("PAGE-7".to_owned()), message: Some(&message), ..notice("asking") };
    let alone = |state| NoticeView { state, ..asking() };
    let sample =
        |case, view: NoticeView<'_>| Sample::new("chat/page_notice.md", case, context! { notice => Serde(view) });
    let (people, taken_at) = ([ann.clone()], Some(at(-2)));
    let by_method = |kind: MethodKind| NoticeView {
        taken_via: Some(kind.name()),
        taken_by: Some(ann),
        taken_at,
        ..notice("acknowledged")
    };
    let next = |people, asks_others| Some(NextPaged { people, asks_others, at: at(4) });
    let taken = NoticeView { taken_by: Some(ann), taken_at: Some(at(-2)), ..notice("acknowledged") };
    let mut out = vec![
        sample("by a rule", notice("asking")),
        sample("again", NoticeView { lapsed: Some(ann), ..notice("asking") }),
        sample("forgotten", NoticeView { lapsed: Some(ann), idle: true, ..notice("asking") }),
        sample("by hand", NoticeView { whom: None, by: Some(ann), ..notice("asking") }),
        sample("a later step", NoticeView { people: vec![ann, bob], later: Some(2), ..notice("asking") }),
        sample("passed", notice("passed")),
        sample("evidence", NoticeView { evidence: evidence(bob), ..notice("asking") }),
        sample("next", NoticeView { next: next(&people, false), ..notice("asking") }),
        sample("next, a room", NoticeView { next: next(&[], true), ..notice("asking") }),
        sample("next, nobody", NoticeView { next: next(&[], false), ..notice("asking") }),
        sample("the fallback", NoticeView { fallback: true, later: Some(3), ..notice("asking") }),
        sample("evidence after it", NoticeView { evidence: evidence(bob), ..notice("passed") }),
        sample("acknowledged", taken),
        sample("exhausted", notice("exhausted")),
        sample("resolved", notice("resolved")),
        sample("snoozed", NoticeView { taken_by: Some(ann), until: Some(at(30)), ..notice("snoozed") }),
        sample("continued", notice("continued")),
        sample("one of two", NoticeView { acknowledged_by: vec![ann], missing: 1, ..notice("asking") }),
        sample("no incident", NoticeView { by: Some(ann), ..alone("asking") }),
        sample("no incident, nobody", NoticeView { nobody: true, ..alone("exhausted") }),
        sample(
            "no incident, taken",
            NoticeView { taken_by: Some(ann), taken_at: Some(at(-2)), ..alone("acknowledged") },
        ),
        sample("no incident, snoozed", NoticeView { taken_by: Some(ann), until: Some(at(30)), ..alone("snoozed") }),
        sample("no incident, resolved", NoticeView { taken_by: Some(ann), ..alone("resolved") }),
        sample("no incident, over", alone("resolved")),
    ];
    out.extend(MethodKind::ALL.map(|kind| sample(kind.name(), by_method(kind))));
    out
}

/// A step in a room that it asks.
fn rooms(world: &SampleWorld, ann: &PersonId) -> Vec<Sample> {
    let (message, full) = (Untrusted::from("Look at the *fax*"), full());
    let ops = RoomId::from("ops");
    let runbooks = [Untrusted::from("https://wiki.example.com/checkout")];
    let graphs = [Untrusted::from("https://graphs.example.com/d/1")];
    let states = ["asking", "acknowledged", "snoozed", "exhausted", "passed", "continued", "resolved"];
    let notice = |state| {
        let (key, page) = (Some("PAGE-7".to_owned()), uuid::Uuid::nil().to_string());
        let whom = Some("Checkout");
        let mut view = NoticeView { key, page, whom, state, ..NoticeView::empty(at(-6)) };
        (view.rooms, view.taken_by, view.until) = (vec![&ops], Some(ann), Some(at(30)));
        (view.paged, view.more_alerts, view.runbooks, view.graphs) = (vec![ann], 7, &runbooks, &graphs);
        view.alerts = vec![PagedAlert { summary: &message, host: None, since: at(-8), link: None }];
        view
    };
    let of_incident = states.map(|state| {
        let context = context! { notice => Serde(notice(state)), incident => Serde(world.view(&full)) };
        Sample::new("chat/page_room.md", state, context)
    });
    let nothing: Option<u8> = None;
    let view = NoticeView {
        by: Some(ann),
        message: Some(&message),
        alerts: Vec::new(),
        more_alerts: 0,
        runbooks: &[],
        graphs: &[],
        ..notice("asking")
    };
    let alone = context! { notice => Serde(view), incident => Serde(nothing) };
    let mut out: Vec<Sample> = of_incident.into_iter().collect();
    out.push(Sample::new("chat/page_room.md", "no incident", alone));
    let line =
        |case, view: NoticeView<'_>| Sample::new("chat/page_notice.md", case, context! { notice => Serde(view) });
    out.push(line("a room", NoticeView { key: None, ..notice("asking") }));
    out.push(line("a webhook", NoticeView { key: None, rooms: Vec::new(), ..notice("asking") }));
    out
}
