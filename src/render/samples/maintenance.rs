//! Samples of messages about planned maintenance.

use minijinja::{context, value::Serde};

use super::{Sample, ann, at, by_ann};
use crate::{
    domain::{
        ids::MaintenanceId,
        people::Actor,
        status::{MaintenanceEvent, MaintenanceStatus, NewMaintenance},
    },
    render::MaintenanceLine,
};

pub(super) fn samples() -> Vec<Sample> {
    let url = "http://127.0.0.1:8080/maintenance";
    let mut out = Vec::new();
    for (case, event, line, actor) in events() {
        let context = context! { e => Serde(&event), actor => Serde(actor), maintenance => Serde(line), url };
        let calls =
            if matches!(event, MaintenanceEvent::MaintenanceReminded { .. }) { vec![ann()] } else { Vec::new() };
        let sample = Sample::new(format!("chat/maintenance/{}.md", event.name()), case, context);
        out.push(Sample { calls, ..sample });
    }
    let list = |case, lines: Vec<MaintenanceLine>, more| {
        Sample::new("chat/reply/maintenances.md", case, context! { maintenances => Serde(lines), more, url })
    };
    let overrun = MaintenanceLine { status: MaintenanceStatus::Verifying, overrun: true, muted: None, ..active() };
    out.push(list("some", vec![planned(), active(), overrun, bare()], true));
    out.push(list("none", Vec::new(), false));
    let reply = |case, lines: Option<&str>, line: MaintenanceLine| {
        Sample::new("chat/reply/maintenance.md", case, context! { lines, maintenance => Serde(line) })
    };
    out.push(reply("planned", Some("Ann did it."), planned()));
    out.push(reply("active", Some("Ann did it."), active()));
    out.push(reply("nothing", None, bare()));
    out
}

/// A maintenance to come.
fn planned() -> MaintenanceLine {
    MaintenanceLine {
        number: 3,
        title: "Move of *db-1* for @everyone".into(),
        status: MaintenanceStatus::Scheduled,
        components: vec!["checkout".into(), "api".into()],
        services: vec!["checkout".into()],
        from: at(600),
        until: at(720),
        overrun: false,
        by_hand: true,
        muted: None,
        by: by_ann(),
        id: "abcdefghijkl".to_owned(),
    }
}

fn active() -> MaintenanceLine {
    MaintenanceLine { status: MaintenanceStatus::InProgress, muted: Some(2), ..planned() }
}

/// One that mutes nothing.
fn bare() -> MaintenanceLine {
    MaintenanceLine { services: Vec::new(), by_hand: false, ..planned() }
}

type EventSample = (&'static str, MaintenanceEvent, MaintenanceLine, Actor);

fn events() -> Vec<EventSample> {
    let machine = || Actor::Machine("timer".to_owned());
    let spec = NewMaintenance {
        id: MaintenanceId(uuid::Uuid::nil()),
        number: 3,
        title: planned().title,
        message: "We move a <database>.".into(),
        components: planned().components,
        from: at(600),
        until: at(720),
        by_hand: true,
    };
    let posted = |status, message: &str| MaintenanceEvent::MaintenancePosted { status, message: message.into() };
    let moved = MaintenanceEvent::MaintenanceMoved { from: at(660), until: at(780), message: "Later.".into() };
    vec![
        ("planned", MaintenanceEvent::MaintenanceScheduled { spec }, planned(), by_ann()),
        ("moved", moved, planned(), by_ann()),
        ("begun", posted(MaintenanceStatus::InProgress, ""), active(), machine()),
        ("told", posted(MaintenanceStatus::Verifying, "It *works*, @everyone."), active(), by_ann()),
        ("bare", posted(MaintenanceStatus::InProgress, ""), bare(), machine()),
        ("", MaintenanceEvent::MaintenanceCancelled { message: "Not <b>today</b>.".into() }, planned(), by_ann()),
        ("early", MaintenanceEvent::MaintenanceReminded { overrun: false }, planned(), machine()),
        ("overrun", MaintenanceEvent::MaintenanceReminded { overrun: true }, active(), machine()),
    ]
}
