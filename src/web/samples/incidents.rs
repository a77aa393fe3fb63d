//! Samples of the incident table, of a record and of a side bar.

use super::{
    alerts::{busy, button, over},
    framed, time,
};
use crate::{
    config::Config,
    domain::{incident::Incident, report::Likeness, status::ComponentStatus},
    render::{
        Sample,
        samples::{self as sampled, at},
    },
    web::pages::{
        changes::ChangeView,
        frame::Nav,
        incident::{AttemptView, ContactLine, OncallLine, PageSummary, RecordView, SideView, similar::SimilarRow},
        incidents::{self, Choice, Count, FieldChoice, IncidentRow, IncidentsView},
        public_updates::{PublicView, UpdateView},
        record::{self, FileView, IncidentFacts, LineKind, LineView, RoleView},
        words::{ComponentView, ConfigNames},
    },
};

pub(super) fn samples(config: &Config) -> Vec<Sample> {
    let words = ConfigNames { config };
    let (full, bare, ended) = (sampled::full(), sampled::bare(), sampled::over());
    let page = |template, case, view| Sample::new(template, case, framed(config, Nav::Incidents, view));
    let sample = |case, view| Sample::new("web/incidents.html", case, framed(config, Nav::Incidents, view));
    vec![
        sample("full", table(words, &[&full, &bare, &ended])),
        sample("none matches", IncidentsView { filter: filter("nothing like it"), ..table(words, &[]) }),
        sample("none", table(words, &[])),
        page("web/incident.html", "full", record(words, &full)),
        page("web/incident.html", "over", RecordView { pages: pages(), ..blank(words, &ended, Some("HOT-13")) }),
        page("web/incident.html", "bare", blank(words, &bare, None)),
        Sample::new("web/side.html", "full", side(words, &full)),
        Sample::new("web/side.html", "bare", bare_side(words, &bare)),
        Sample::new("web/side.html", "over", bare_side(words, &ended)),
    ]
}

fn filter(q: &str) -> incidents::IncidentsQuery {
    incidents::IncidentsQuery { q: q.to_owned(), severity: "sev1".to_owned(), ..incidents::IncidentsQuery::default() }
}

fn table(words: ConfigNames<'_>, all: &[&Incident]) -> IncidentsView {
    let choice = |id: &str| vec![Choice { id: id.to_owned(), name: id.to_uppercase() }];
    let count = |id: &str, category: &str, current| Count {
        id: id.to_owned(),
        name: id.to_owned(),
        category: category.to_owned(),
        count: all.len() as u64,
        href: "/incidents?a=1&b=2".to_owned(),
        current,
    };
    IncidentsView {
        filter: if all.is_empty() { incidents::IncidentsQuery::default() } else { filter("pay <b>") },
        counts: vec![
            count("all", "", true),
            count("identified", "active", false),
            count("declined", "declined", false),
        ],
        severities: choice("sev1"),
        services: choice("checkout"),
        fields: vec![FieldChoice { name: "Cause class".to_owned(), values: choice("cause=bug") }],
        items: all.iter().map(|incident| IncidentRow::new(words, incident, at(0))).collect(),
        total: 120,
        next: (!all.is_empty()).then(|| "/incidents?after=1".to_owned()),
    }
}

fn lines() -> Vec<LineView> {
    let line = |seq, kind, late: Option<i64>| LineView {
        seq,
        at: time(-20),
        written_at: late.map(time),
        actor: "Ann".to_owned(),
        kind,
        html: "<strong>moved</strong> it".to_owned(),
        link: late.map(|_| "https://discord.com/channels/1/2/900".to_owned()),
        files: late.map_or_else(Vec::new, |_| {
            let file = |name: &str, sha256| FileView { name: name.to_owned(), size: 20_480, sha256 };
            vec![file("graph.png", Some("ab".repeat(32))), file("core.dump", None)]
        }),
    };
    vec![
        line(1, LineKind::People, None),
        line(2, LineKind::System, Some(-2)),
        line(3, LineKind::Alerts, None),
        line(4, LineKind::Updates, None),
    ]
}

fn pages() -> Vec<PageSummary> {
    let attempt = |n, outcome: &str| AttemptView {
        at: time(-10),
        person: "Bob".to_owned(),
        attempt: n,
        outcome: outcome.to_owned(),
        contacts: if n == 1 { contact_lines() } else { Vec::new() },
    };
    let page = |state: &'static str, taken: bool| PageSummary {
        id: format!("p-{state}"),
        whom: "checkout".to_owned(),
        state,
        started_at: time(-11),
        taken_by: taken.then(|| "Bob".to_owned()),
        taken_at: taken.then(|| time(-9)),
        attempts: if taken { vec![attempt(1, "no answer"), attempt(2, "delivered")] } else { Vec::new() },
    };
    vec![
        page("triggered", false),
        page("acknowledged", true),
        page("snoozed", true),
        page("resolved", true),
        page("ran_out", false),
    ]
}

/// What is known of messages to contact methods, one of each status.
fn contact_lines() -> Vec<ContactLine> {
    let statuses = [
        "planned",
        "bundled",
        "delayed",
        "accepted",
        "delivered",
        "shown",
        "not_needed",
        "withheld",
        "limited",
        "failed",
    ];
    let line = |status| {
        let why = if status == "failed" { "30003 <unreachable>" } else { "" };
        ContactLine { kind: "sms", status, why: why.to_owned(), at: time(-9) }
    };
    statuses.map(line).into()
}

fn components(words: ConfigNames<'_>) -> Vec<ComponentView> {
    use ComponentStatus::{DegradedPerformance, MajorOutage, Operational, PartialOutage, UnderMaintenance};
    let all = [Operational, UnderMaintenance, DegradedPerformance, PartialOutage, MajorOutage];
    all.map(|status| ComponentView::new(words, &"checkout".into(), status)).to_vec()
}

fn record(words: ConfigNames<'_>, incident: &Incident) -> RecordView {
    let update = UpdateView {
        at: time(-8),
        status_name: "Identified".to_owned(),
        body: "We know why.\nA fix is coming.".to_owned(),
        components: components(words),
    };
    RecordView {
        filter: "people".to_owned(),
        timeline: lines(),
        groups: vec![busy("firing"), over()],
        changes: vec![change()],
        pages: pages(),
        updates: vec![update],
        ..blank(words, incident, None)
    }
}

fn change() -> ChangeView {
    ChangeView {
        at: time(-50),
        summary: "checkout <b>v42</b>".to_owned(),
        place: "jenkins".to_owned(),
        source: "pagerduty-events".to_owned(),
        service: Some("checkout".to_owned()),
        links: vec!["https://ci.example/42".to_owned()],
    }
}

fn similar() -> Vec<SimilarRow> {
    let likeness = Likeness {
        group: true,
        service: true,
        labels: vec!["host=<db-1>".to_owned()],
        words: vec!["pool".to_owned(), "empty".to_owned()],
    };
    let row = SimilarRow {
        key: "HOT-7".to_owned(),
        title: "The <b>pool</b> is empty".to_owned(),
        cause: Some("configuration".to_owned()),
        fix: Some("Raised <i>the ceiling</i>".to_owned()),
        postmortem: true,
        likeness: likeness.clone(),
    };
    let by = |likeness| SimilarRow { cause: None, fix: None, postmortem: false, likeness, ..row.clone() };
    let labels = Likeness { group: false, ..likeness.clone() };
    let words = Likeness { service: false, labels: Vec::new(), ..labels.clone() };
    vec![row.clone(), by(labels), by(words)]
}

/// A record without events.
fn blank(words: ConfigNames<'_>, incident: &Incident, merged_into: Option<&str>) -> RecordView {
    RecordView {
        incident: IncidentFacts::new(words, incident, merged_into.map(str::to_owned), at(0)),
        roles: record::roles(words, incident),
        postmortem: merged_into.is_some().then_some("in_review"),
        followups: if merged_into.is_some() { super::followups::rows() } else { Vec::new() },
        may_have_postmortem: crate::app::reviews::may_have_one(incident),
        times: record::times(incident),
        filter: "all".to_owned(),
        timeline: Vec::new(),
        groups: Vec::new(),
        changes: Vec::new(),
        similar: if merged_into.is_some() { similar() } else { Vec::new() },
        pages: Vec::new(),
        updates: Vec::new(),
        tasks: record::tasks(words, incident),
    }
}

fn side(words: ConfigNames<'_>, incident: &Incident) -> SideView {
    let roles = record::roles(words, incident).into_iter();
    let on_call = |person: Option<&str>| OncallLine {
        service: "Checkout".to_owned(),
        person: person.map(str::to_owned),
        until: person.map(|_| time(600)),
    };
    SideView {
        buttons: vec![
            button("Post update", None),
            button("Post to status page", Some("Posts to the public status page")),
        ],
        roles: roles.map(|role| RoleView { button: Some(button("Take", None)), ..role }).collect(),
        groups: ["firing", "acknowledged", "silenced"].map(busy).into_iter().chain([over()]).collect(),
        changes: vec![change()],
        pages: pages(),
        public: PublicView {
            posted: true,
            last_at: Some(time(-8)),
            status_name: Some("Identified".to_owned()),
            components: components(words),
        },
        oncall: vec![on_call(Some("Bob")), on_call(None)],
        timeline: lines(),
        ..bare_side(words, incident)
    }
}

fn bare_side(words: ConfigNames<'_>, incident: &Incident) -> SideView {
    SideView {
        incident: IncidentFacts::new(words, incident, None, at(0)),
        buttons: Vec::new(),
        roles: record::roles(words, incident),
        times: record::times(incident),
        groups: Vec::new(),
        changes: Vec::new(),
        pages: Vec::new(),
        public: PublicView { posted: false, last_at: None, status_name: None, components: Vec::new() },
        oncall: Vec::new(),
        tasks: record::tasks(words, incident),
        timeline: Vec::new(),
    }
}
