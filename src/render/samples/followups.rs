//! Samples of messages about follow-ups.

use minijinja::{context, value::Serde};
use serde_json::json;

use super::{Sample, SampleWorld, ann, at, bob, by_ann, full};
use crate::{
    domain::{
        ids::{FollowUpId, IncidentId, Key},
        incident::Incident,
        review::{FollowUpClass, FollowUpEvent, FollowUpItem, FollowUpKind, FollowUpState, NewFollowUp},
    },
    render::postmortem::{FollowUpView, OwnIssueView},
    store::OwnIssue,
};

pub(super) fn samples(world: &SampleWorld) -> Vec<Sample> {
    let incident = full();
    let mut out = Vec::new();
    for (case, event, item) in events() {
        let context = context! {
            e => Serde(&event), actor => Serde(by_ann()), incident => Serde(world.view(&incident)),
            followup => Serde(FollowUpView::of(&item, at(0))),
        };
        out.push(Sample::new(format!("chat/followup/{}.md", event.name()), case, context));
    }
    let (open, bare, done) = (item(), bare(), FollowUpItem { state: FollowUpState::Done, ..item() });
    let views = || [&open, &bare, &done].map(|item| FollowUpView::of(item, at(0)));
    let none: [FollowUpView<'_>; 0] = [];
    let url = "http://127.0.0.1:8080/followups";
    let list = |case, followups: &[FollowUpView<'_>], mine, more| {
        Sample::new("chat/reply/followups.md", case, context! { followups => Serde(followups), mine, more, url })
    };
    out.push(list("some", &views(), false, false));
    out.push(list("more", &views(), true, true));
    out.push(list("none", &none, false, false));
    out.push(list("none of mine", &none, true, false));
    out.extend(issues());
    let digest = |case, own: &[FollowUpView<'_>], overdue: &[FollowUpView<'_>]| {
        let pulls = vec![
            json!({"name": "acme/shop#7", "title": "Retry *payments*", "url": "https://github.com/acme/shop/pull/7"}),
        ];
        let context = context! { own => Serde(own), overdue => Serde(overdue), pulls => Serde(pulls), url };
        Sample::new("chat/followup/digest.md", case, context)
    };
    out.push(digest("both", &views(), &[FollowUpView::of(&open, at(0))]));
    out.push(digest("own", &views(), &none));
    let reply = |case, lines: Option<&str>| {
        Sample::new("chat/reply/followup.md", case, context! { lines, followups => Serde(views()) })
    };
    out.push(reply("done", Some("Ann did it.")));
    out.push(reply("nothing", None));
    out
}

fn issues() -> Vec<Sample> {
    let manager = "incident_manager".into();
    let incidents = [full(), super::bare()].map(|incident| OwnIssue::Incident(Box::new(incident)));
    let states = [FollowUpState::Open, FollowUpState::Done, FollowUpState::NotDoing];
    let followups = states.map(|state| OwnIssue::FollowUp(Box::new(FollowUpItem { state, ..item() })));
    let found: Vec<OwnIssue> = incidents.into_iter().chain(followups).collect();
    let url = "http://127.0.0.1:8080/issues?q=pool";
    let sample = |case, found: &[OwnIssue], more| {
        let views: Vec<_> = found.iter().map(|issue| OwnIssueView::of(issue, &manager)).collect();
        Sample::new("chat/reply/issues.md", case, context! { issues => Serde(views), more, url })
    };
    vec![sample("some", &found, true), sample("none", &[], false)]
}

/// Issues of follow-ups in an outside tracker.
pub(super) fn tracked(world: &SampleWorld) -> Vec<Sample> {
    let record = "http://127.0.0.1:8080/incidents/HOT-12";
    let sample = |case, incident: &Incident, item: &FollowUpItem| {
        let postmortem = item.owner.is_some().then(|| format!("{record}/postmortem"));
        let due = item.due.map(|due| due.format("%Y-%m-%d").to_string());
        let context = context! {
            incident => Serde(world.view(incident)), followup => Serde(FollowUpView::of(item, at(0))),
            record, postmortem, due, link => "http://127.0.0.1:8080/issues/HOT-12.2",
        };
        Sample::new("tracker/followup.md", case, context)
    };
    let completion = Sample::new("tracker/completion.md", "", context! { key => "HOT-12" });
    vec![sample("full", &full(), &item()), sample("bare", &super::bare(), &bare()), completion]
}

fn item() -> FollowUpItem {
    FollowUpItem {
        id: FollowUpId(uuid::Uuid::nil()),
        incident: IncidentId(uuid::Uuid::nil()),
        key: Key::new("HOT", 12),
        number: 2,
        title: "Alert on the *pool* of @everyone".into(),
        kind: FollowUpKind::Priority,
        class: FollowUpClass::Detect,
        owner: Some(bob()),
        due: Some(at(-10)),
        link: Some("https://tracker.example/1".into()),
        postmortem: false,
        issue: None,
        state: FollowUpState::Open,
        reason: Some("too *costly*".into()),
        created_by: by_ann(),
        created_at: at(-90),
        ended_at: None,
        version: 1,
    }
}

fn bare() -> FollowUpItem {
    FollowUpItem { kind: FollowUpKind::Improvement, owner: None, due: None, link: None, reason: None, ..item() }
}

fn events() -> Vec<(&'static str, FollowUpEvent, FollowUpItem)> {
    let spec = |item: &FollowUpItem| NewFollowUp {
        id: item.id,
        incident: item.incident,
        key: item.key.clone(),
        number: item.number,
        title: item.title.clone(),
        kind: item.kind,
        class: item.class,
        owner: item.owner.clone(),
        due: item.due,
        link: item.link.clone(),
        postmortem: item.postmortem,
    };
    let changed = |item: &FollowUpItem| FollowUpEvent::FollowUpChanged {
        owner: item.owner.clone(),
        due: item.due,
        link: item.link.clone(),
    };
    let reminded = |overdue| FollowUpEvent::FollowUpReminded { person: ann(), overdue };
    let issue_created = || FollowUpEvent::FollowUpIssueCreated {
        issue: "OPS-14".to_owned(),
        url: "https://jira.example/browse/OPS-14".to_owned(),
    };
    vec![
        ("full", FollowUpEvent::FollowUpAdded { spec: spec(&item()) }, item()),
        ("bare", FollowUpEvent::FollowUpAdded { spec: spec(&bare()) }, bare()),
        ("full", changed(&item()), item()),
        ("bare", changed(&bare()), bare()),
        ("", FollowUpEvent::FollowUpDone, item()),
        ("", FollowUpEvent::FollowUpDropped { reason: "too *costly*, @everyone".into() }, item()),
        ("", FollowUpEvent::FollowUpReopened, item()),
        ("", issue_created(), item()),
        ("early", reminded(false), item()),
        ("overdue", reminded(true), item()),
    ]
}
