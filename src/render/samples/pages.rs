//! One sample of a page in each of its states.

use minijinja::{context, value::Serde};

use super::{Sample, SampleWorld, ann, at, bare, bob, full, over};
use crate::{
    domain::{ids::PersonId, incident::Incident, text::Untrusted},
    render::page::{NoticeView, PageView, PagedAlert},
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
    out
}

fn notices(ann: &PersonId, bob: &PersonId) -> Vec<Sample> {
    let notice = |state| NoticeView {
        page: uuid::Uuid::nil().to_string(),
        people: vec![bob],
        whom: Some("Checkout"),
        by: None,
        lapsed: None,
        state,
        later: None,
        taken_by: None,
        taken_at: None,
        since: at(-6),
    };
    let sample =
        |case, view: NoticeView<'_>| Sample::new("chat/page_notice.md", case, context! { notice => Serde(view) });
    let taken = NoticeView { taken_by: Some(ann), taken_at: Some(at(-2)), ..notice("acknowledged") };
    vec![
        sample("by a rule", notice("asking")),
        sample("again", NoticeView { lapsed: Some(ann), ..notice("asking") }),
        sample("by hand", NoticeView { whom: None, by: Some(ann), ..notice("asking") }),
        sample("a later step", NoticeView { people: vec![ann, bob], later: Some(2), ..notice("asking") }),
        sample("passed", notice("passed")),
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
