//! Samples of the status page and its feeds.

use minijinja::context;

use super::{
    badge::StatusBadge,
    data::{ComponentState, Snapshot},
    entry::PublicEntry,
    feed,
    history::{ComponentHistory, Month, MonthHistory},
    html,
};
use crate::{
    domain::{
        ids::MaintenanceId,
        incident::Incident,
        people::Actor,
        status::{
            self, AffectedComponent, ComponentStatus, MaintenanceEvent, MaintenanceStatus, NewMaintenance,
            PublicIncident, PublicStatus, PublicUpdate,
        },
        text::Untrusted,
    },
    render::{
        Sample,
        samples::{self as sampled, at},
    },
};

/// The page with and without problems, one incident, the feeds, and the default update texts.
pub(in crate::web) fn samples() -> Vec<Sample> {
    let (bad, calm) = (bad(), snapshot(Vec::new(), Vec::new(), &[]));
    let history = ComponentHistory::sample(at(0));
    let mut out = vec![
        Sample::new("status/page.html", "bad", html::page(&bad, &history)),
        Sample::new("status/page.html", "calm", html::page(&calm, &ComponentHistory::empty(at(0)))),
        Sample::new("status/incident.html", "open", html::incident(&bad, &bad.open[0])),
        Sample::new("status/incident.html", "maintenance", html::incident(&bad, &bad.upcoming[0])),
        Sample::new("status/incident.html", "over", html::incident(&bad, &bad.maintenances[0])),
        Sample::new("status/feed_entry.html", "maintenance", feed::updates(&bad.upcoming[0])),
        Sample::new("status/badge.xml", "page", StatusBadge::of_page(&bad)),
        Sample::new("status/badge.xml", "calm", StatusBadge::of_page(&calm)),
        Sample::new("status/badge.xml", "component", StatusBadge::of_component(&bad, &bad.components[0].id)),
        Sample::new("status/history.html", "full", html::month(&bad, &month(bad.newest.clone(), true))),
        Sample::new("status/history.html", "calm", html::month(&calm, &month(Vec::new(), false))),
        Sample::new("status/feed_entry.html", "updates", feed::updates(&bad.newest[0])),
    ];
    for template in ["status/history.atom", "status/history.xml"] {
        out.push(Sample::new(template, "bad", feed::history(&bad, |_| Ok("<p>told</p>".to_owned())).ok()));
        out.push(Sample::new(template, "calm", feed::history(&calm, |_| Ok(String::new())).ok()));
    }
    for status in PublicStatus::ALL {
        let template = format!("status/updates/{}.txt", status.name());
        out.push(Sample::new(template.as_str(), "a service", context! { service => "Checkout" }));
        out.push(Sample::new(template, "none", context! { service => () }));
    }
    for name in ["scheduled", "moved", "in_progress", "verifying", "completed", "cancelled"] {
        let context = context! { from => "29 Mar 2026, 00:30 UTC", until => "29 Mar 2026, 02:30 UTC" };
        out.push(Sample::new(format!("status/maintenance/{name}.txt"), "", context));
    }
    out.push(Sample::new("status/title.txt", "a component", context! { component => "Checkout" }));
    out.push(Sample::new("status/title.txt", "none", context! { component => () }));
    out
}

fn month(incidents: Vec<PublicEntry>, full: bool) -> MonthHistory {
    let near = if full { Some(Month::of(at(0))) } else { None };
    MonthHistory { month: Month::of(at(0)), incidents, previous: near, next: near, cut: full }
}

fn bad() -> Snapshot {
    let open = told(&sampled::full(), &[PublicStatus::Investigating, PublicStatus::Identified]);
    let over = told(&sampled::over(), &PublicStatus::ALL);
    let shown = [ComponentStatus::MajorOutage, ComponentStatus::DegradedPerformance, ComponentStatus::Operational];
    let planned = maintained(&[]);
    let active = maintained(&[MaintenanceStatus::InProgress]);
    let ended =
        maintained(&[MaintenanceStatus::InProgress, MaintenanceStatus::Verifying, MaintenanceStatus::Completed]);
    Snapshot {
        upcoming: vec![planned.clone()],
        active: vec![active.clone()],
        maintenances: vec![ended, active, planned],
        ..snapshot(vec![open.clone()], vec![open, over], &shown)
    }
}

/// A maintenance that went through these statuses.
fn maintained(through: &[MaintenanceStatus]) -> PublicEntry {
    let (actor, number) = (Actor::Person("ann".into()), through.len());
    let spec = NewMaintenance {
        id: MaintenanceId(uuid::Uuid::from_u128(number as u128)),
        number: 3,
        title: "Move of <the database>".into(),
        message: "Orders may be slow.\nNothing is lost.".into(),
        components: vec!["c0".into(), "c1".into()],
        from: at(-30),
        until: at(90),
        by_hand: false,
    };
    let posted = through
        .iter()
        .map(|status| MaintenanceEvent::MaintenancePosted { status: *status, message: "Going <well>.".into() });
    let events: Vec<MaintenanceEvent> =
        std::iter::once(MaintenanceEvent::MaintenanceScheduled { spec }).chain(posted).collect();
    let times = (0..).map(|n| at(-40 + n));
    let item = status::replay_maintenance(events.iter().zip(times).map(|(event, at)| (event, at, &actor)));
    PublicEntry::of_maintenance(&item.expect("its first event is there"))
}

fn told(incident: &Incident, through: &[PublicStatus]) -> PublicEntry {
    let update = |(n, status): (i64, &PublicStatus)| PublicUpdate {
        status: *status,
        body: Untrusted::from("Some <payments> fail.\nWe are on it."),
        at: at(n - 20),
        affected: vec![AffectedComponent {
            component: "c0".into(),
            old: ComponentStatus::Operational,
            new: ComponentStatus::MajorOutage,
        }],
    };
    let last = through.last().copied().unwrap_or(PublicStatus::Investigating);
    PublicEntry::of_incident(&PublicIncident {
        status: last,
        resolved_at: (last == PublicStatus::Resolved).then(|| at(-10)),
        components: vec!["c0".into()],
        updates: (0..).zip(through).map(update).collect(),
        ..PublicIncident::begin(incident, at(-20))
    })
}

fn snapshot(open: Vec<PublicEntry>, newest: Vec<PublicEntry>, shown: &[ComponentStatus]) -> Snapshot {
    let component = |(n, status): (usize, &ComponentStatus)| ComponentState {
        key: format!("c{n}").as_str().into(),
        id: status::short_id(&format!("c{n}")),
        name: format!("Component {n}"),
        description: (n == 0).then(|| "Paying for an order".to_owned()),
        group: (n == 1).then(|| "Inside".to_owned()),
        status: *status,
        created_at: at(-900),
        updated_at: at(-20),
    };
    Snapshot {
        now: at(0),
        name: "Example status".to_owned(),
        url: "https://hot.example/status".to_owned(),
        id: "page".to_owned(),
        updated_at: at(-10),
        components: shown.iter().enumerate().map(component).collect(),
        banner: status::banner(shown.iter().copied(), &[]),
        open,
        newest,
        active: Vec::new(),
        upcoming: Vec::new(),
        maintenances: Vec::new(),
    }
}
