//! Sample contexts for every chat template. `hotroom check` renders an operator's templates with them, and the
//! snapshots show them.

mod background;
pub(crate) mod contacts;
mod events;
mod followups;
mod groups;
mod maintenance;
mod notices;
mod outside_pages;
mod page_notices;
mod pages;
mod postmortems;
mod replies;
mod shared;
mod trackers;
pub(crate) mod transcripts;
mod user_reports;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use minijinja::{
    context,
    value::{Serde, Value},
};
use serde::Serialize;
use serde_json::json;

use super::{
    CardFacts, Names, PageLine, RenderContext,
    view::{ChangeLine, FactsView, FieldLine, GroupLine, IncidentView},
};
use crate::{
    config::Config,
    domain::{
        Timestamp,
        ids::{FieldId, IncidentId, Key, PersonId, StatusId},
        incident::{
            Category, FieldContent, Incident, IncidentKind, Judgement, NamedTime, Policy, PublicRecord, Resolution,
            RoleHolder, Severity, Task, TimeName,
        },
        people::Actor,
        status::ComponentStatus,
        text::Untrusted,
    },
};

/// One sample: a template with a context that defines every variable the template may use.
#[derive(Debug)]
pub struct Sample {
    /// The template: `chat/room/declared.md`.
    pub template: String,
    /// What distinguishes this sample.
    pub case: &'static str,
    /// The context.
    pub context: Value,
    /// The people to mention.
    pub calls: Vec<PersonId>,
}

impl Sample {
    /// Creates a sample of a template.
    pub fn new(template: impl Into<String>, case: &'static str, context: impl Serialize) -> Self {
        Self { template: template.into(), case, context: Value::from(Serde(context)), calls: Vec::new() }
    }
}

/// The configuration and names that samples use.
pub(super) struct SampleWorld {
    pub policy: Policy,
    pub names: Names,
    pub now: Timestamp,
}

/// Returns the sample time plus minutes: 21 November 2026, 14:05 UTC.
pub(crate) fn at(minutes: i64) -> Timestamp {
    Timestamp::from_timestamp(1_795_269_900 + minutes * 60, 0).unwrap_or_default()
}

pub(super) fn ann() -> PersonId {
    PersonId::from("ann")
}

pub(super) fn bob() -> PersonId {
    PersonId::from("bob")
}

pub(super) fn by_ann() -> Actor {
    Actor::Person(ann())
}

impl SampleWorld {
    pub(super) fn new() -> Self {
        let config = Config::shipped();
        Self { names: Names::from(&config), policy: config.policy, now: at(0) }
    }

    pub(super) fn view<'a>(&'a self, incident: &'a Incident) -> IncidentView<'a> {
        IncidentView::of(incident, &self.policy, self.now, self.names.public_url())
    }

    /// The context of the list of the fields of an incident.
    fn field_list(&self, incident: &Incident) -> Value {
        let fields: Vec<_> = incident.fields_of(&self.policy).map(|spec| FieldLine::of(incident, spec)).collect();
        context! { key => incident.key.to_string(), fields => Serde(fields) }
    }
}

/// Returns every sample of the templates that this module renders.
pub(super) fn all() -> Vec<Sample> {
    let world = SampleWorld::new();
    let mut out = cards(&world);
    out.extend(background::samples());
    out.extend(events::samples(&world));
    out.extend(groups::samples(&world));
    out.extend(words::samples(&world));
    out.extend(replies::samples(&world));
    out.extend(pages::samples(&world));
    out.extend(notices::samples());
    out.extend(trackers::samples(&world));
    out.extend(postmortems::samples(&world));
    out.extend(transcripts::samples(&world));
    out.extend(followups::samples(&world));
    out.extend(maintenance::samples());
    out.extend(user_reports::samples());
    out
}

/// Returns the scene of a sample: its names and time.
pub(super) fn scene<'a>(world: &'a SampleWorld, sample: &Sample) -> RenderContext<'a> {
    RenderContext::new(&world.names, world.now).calling(sample.calls.clone())
}

fn cards(world: &SampleWorld) -> Vec<Sample> {
    let (full, bare, over) = (full(), bare(), over());
    let components = BTreeMap::from([("checkout".into(), ComponentStatus::PartialOutage)]);
    let (pages, on_call, groups) = (pages(), [bob()], [(3, 2), (0, 5)].map(|(firing, over)| group(firing, over)));
    let changes = [change("checkout **v42** by @everyone", "jenkins"), change("feature `new_cart` on", "")];
    let proofs = replies::proof_lines();
    let rich = FactsView {
        video: Some("https://meet.example.com/hotroom-HOT-12-0199"),
        groups: groups.to_vec(),
        group_count: 47,
        pages: &pages,
        components: &components,
        on_call: &on_call,
        proofs: &proofs,
        merged_into: None,
        changes: &changes,
    };
    let card = |case, incident, facts: &FactsView<'_>| {
        Sample::new("chat/card.md", case, context! { incident => Serde(world.view(incident)), facts => Serde(facts) })
    };
    let of = |template: &str, case, incident| {
        Sample::new(template, case, context! { incident => Serde(world.view(incident)) })
    };
    let nothing = CardFacts::default();
    let merged = CardFacts { merged_into: Some("HOT-13".to_owned()), ..CardFacts::default() };
    vec![
        card("full", &full, &rich),
        card("bare", &bare, &FactsView::from(&nothing)),
        card("over", &over, &FactsView::from(&merged)),
        of("chat/feed_line.md", "full", &full),
        of("chat/feed_line.md", "bare", &bare),
        of("chat/feed_line.md", "over", &over),
        of("chat/topic.txt", "full", &full),
        preview(world, "one", &[&full], &[], false),
        preview(world, "list", &[&full, &bare], &[group(3, 2), group(0, 5)], true),
        preview(world, "group", &[], &[group(3, 2)], false),
    ]
}

fn preview(
    world: &SampleWorld,
    case: &'static str,
    incidents: &[&Incident],
    groups: &[GroupLine],
    others: bool,
) -> Sample {
    let url = "https://jira.example/browse/OPS-12";
    let issue = json!({
        "key": "OPS-12", "url": url, "title": "Checkout *fails*", "kind": "Incident", "priority": "High",
        "status": "In Progress", "assignee": "Ann", "since": at(-50).to_rfc3339(),
    });
    let bare = json!({
        "key": "OPS-13", "url": url, "title": "Search", "kind": "", "priority": null, "status": "Open", "assignee": null,
        "since": null,
    });
    let pull = json!({
        "repository": "acme/shop", "number": 7, "title": "Retry", "url": "https://github.com/acme/shop/pull/7",
        "author": "ben", "state": "open", "opened": at(-50).to_rfc3339(),
    });
    let issues = Serde(if others { vec![issue, bare] } else { Vec::new() });
    let pulls = Serde(if others { vec![pull] } else { Vec::new() });
    let incidents: Vec<IncidentView<'_>> = incidents.iter().map(|incident| world.view(incident)).collect();
    Sample::new(
        "chat/preview.md",
        case,
        context! { incidents => Serde(incidents), groups => Serde(groups), issues, pulls },
    )
}

fn change(summary: &str, place: &str) -> ChangeLine {
    ChangeLine { at: at(-50), summary: Untrusted::from(summary), place: Untrusted::from(place) }
}

/// Returns an active incident with most values set.
pub(crate) fn full() -> Incident {
    let role = |person: PersonId, minutes| RoleHolder { person, since: at(minutes), version: 1 };
    let time = |name, first, last| (name, NamedTime { first: at(first), last: at(last) });
    let task = |number, text: &str, assignee, done| Task { number, text: Untrusted::from(text), assignee, done };
    Incident {
        description: Untrusted::from("Carts cannot be paid.\nSince the deploy of 13:50?"),
        status: StatusId::from("identified"),
        severity: Severity::Sev1,
        service: Some("checkout".into()),
        impact: Untrusted::from("About half of all carts fail at payment."),
        judgement: Some(Judgement { impact: "extensive".to_owned(), urgency: "high".to_owned() }),
        affected: Untrusted::from("about 2000 customers"),
        roles: BTreeMap::from([
            ("incident_manager".into(), role(ann(), -30)),
            ("communications_manager".into(), role(bob(), -20)),
        ]),
        times: BTreeMap::from([
            time(TimeName::Impact, -45, -45),
            time(TimeName::Declared, -30, -30),
            time(TimeName::Diagnosed, -15, -5),
        ]),
        tasks: vec![
            task(1, "Roll the deploy back", Some(bob()), false),
            task(2, "Check refunds", None, false),
            task(3, "Tell support", None, true),
        ],
        room: Some("hot-12".into()),
        update_due: Some(at(-2)),
        fields: BTreeMap::from([
            (FieldId::from("root_cause"), FieldContent::Text(Untrusted::from("A <@1> *flag* without\na default"))),
            (FieldId::from("hosts"), FieldContent::Texts(vec![Untrusted::from("web-1"), Untrusted::from("@everyone")])),
        ]),
        public: PublicRecord {
            before: BTreeMap::from([("checkout".into(), ComponentStatus::Operational)]),
            posted: true,
            title: Some(Untrusted::from("Checkout incident")),
        },
        version: 17,
        ..bare()
    }
}

/// Returns an incident one second after it was declared.
pub(crate) fn bare() -> Incident {
    Incident {
        id: IncidentId(uuid::Uuid::nil()),
        key: Key::new("HOT", 12),
        title: Untrusted::from("Checkout is *down* for @everyone"),
        description: Untrusted::default(),
        status: StatusId::from("investigating"),
        category: Category::Active,
        severity: Severity::Sev2,
        kind: IncidentKind::Real,
        own_kind: None,
        private: false,
        service: None,
        impact: Untrusted::default(),
        judgement: None,
        affected: Untrusted::default(),
        roles: BTreeMap::new(),
        members: BTreeSet::from([ann()]),
        times: BTreeMap::from([(TimeName::Declared, NamedTime { first: at(0), last: at(0) })]),
        tasks: Vec::new(),
        room: None,
        groups: BTreeSet::new(),
        pages: BTreeSet::new(),
        public: PublicRecord::default(),
        merged_into: None,
        declared_by: by_ann(),
        update_due: None,
        drafts: BTreeMap::new(),
        resolution: None,
        fields: BTreeMap::new(),
        status_by: by_ann(),
        status_at: at(0),
        status_version: 1,
        issue: None,
        former_key: None,
        reopened_at: None,
        responders: BTreeSet::new(),
        assembled_at: None,
        informed_at: None,
        version: 1,
    }
}

/// Returns a closed private drill with its resolution.
pub(crate) fn over() -> Incident {
    let time = |name, minutes| (name, NamedTime { first: at(minutes), last: at(minutes) });
    let summary = Untrusted::from("Rolled back.\nPayments work again.");
    Incident {
        status: StatusId::from("resolved"),
        category: Category::Resolved,
        kind: IncidentKind::Drill,
        own_kind: None,
        private: true,
        resolution: Some(Resolution { summary, cause: None }),
        fields: BTreeMap::from([(FieldId::from("cause"), FieldContent::Word("change".to_owned()))]),
        times: BTreeMap::from([time(TimeName::Declared, -90), time(TimeName::Resolved, -18)]),
        status_by: Actor::Machine("rule checkout-down".to_owned()),
        version: 40,
        ..full()
    }
}

fn pages() -> Vec<PageLine> {
    let page = |whom: &str, state: &str, by| PageLine { whom: whom.to_owned(), state: state.to_owned(), by };
    vec![
        page("checkout", "triggered", None),
        page("@bob", "acknowledged", Some(bob())),
        page("team backend", "exhausted", None),
        page("@ann", "resolved", None),
    ]
}

pub(super) fn group(firing: u32, resolved: u32) -> GroupLine {
    GroupLine {
        id: uuid::Uuid::nil().to_string(),
        name: "G-12".to_owned(),
        title: Untrusted::from("HighErrorRate <@1> on checkout"),
        severity: (firing > 0).then_some(Severity::Sev1),
        firing,
        resolved,
        feed: "ops".into(),
        opened_at: at(-40),
        acknowledged_by: (firing > 0).then(bob),
        silenced_until: (firing > 0).then(|| at(60)),
        incident: (firing > 0).then(|| "HOT-12".to_owned()),
        parent: (firing > 0).then(shared::by_host),
    }
}
