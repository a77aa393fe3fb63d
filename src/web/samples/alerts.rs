//! Samples of the alerts page, and of groups wherever they are shown.

use super::{framed, time};
use crate::{
    chat::ButtonStyle,
    config::Config,
    render::Sample,
    store::{NoiseCounts, RecentCounts},
    web::pages::{
        alerts::{AlertsView, NoiseView, SilenceView},
        frame::Nav,
        groups::{AlertView, GroupItem, Label, LinkView},
        health::SourceView,
        words::ButtonView,
    },
};

pub(super) fn samples(config: &Config) -> Vec<Sample> {
    let busy = AlertsView {
        storm: RecentCounts { events: 10_000, alerts: 1_204, groups: 4, incidents: 1 },
        noise: vec![noise("alertmanager", 10_000), noise("", 0)],
        firing: 1_203,
        groups: ["firing", "acknowledged", "silenced"].map(busy).into_iter().chain([over()]).collect(),
        silences: vec![SilenceView {
            id: "s1".to_owned(),
            matchers: "alertname=Disk, service=api".to_owned(),
            maintenance: Some(3),
            from: time(-10),
            until: Some(time(50)),
            by: "Ann".to_owned(),
            comment: "the disk is being replaced".to_owned(),
            holds: 2,
            end: button("End silence", None),
        }],
        more_silences: true,
        sources: sources(),
    };
    let quiet = AlertsView {
        storm: RecentCounts { events: 0, alerts: 0, groups: 0, incidents: 0 },
        noise: Vec::new(),
        firing: 0,
        groups: Vec::new(),
        silences: Vec::new(),
        more_silences: false,
        sources: Vec::new(),
    };
    let sample = |case, view| Sample::new("web/alerts.html", case, framed(config, Nav::Alerts, view));
    vec![sample("busy", busy), sample("quiet", quiet)]
}

/// An active source, one that is silent for too long, a disabled one, and one that never delivered.
pub(super) fn sources() -> Vec<SourceView> {
    let source = |id: &str, enabled, last_heard: Option<i64>, unreadable| SourceView {
        id: id.to_owned(),
        kind: "generic",
        enabled,
        silent: id == "silent",
        last_heard: last_heard.map(time),
        deliveries: 12,
        unreadable,
        ended_on_arrival: u64::from(id == "loud"),
    };
    vec![
        source("loud", true, Some(-1), 2),
        source("silent", true, None, 0),
        source("off", false, Some(-9), 0),
        source("ready", true, None, 0),
    ]
}

fn noise(source: &str, events: u64) -> NoiseView {
    let noise = NoiseCounts { events, alerts: events / 8, groups: events / 2_500, incidents: 1 };
    NoiseView { source: source.to_owned(), noise }
}

/// A group with every field set.
pub(super) fn busy(state: &str) -> GroupItem {
    GroupItem {
        state: state.to_owned(),
        severity: Some("sev1".to_owned()),
        severity_name: Some("SEV1".to_owned()),
        service: Some("Checkout".to_owned()),
        firing: 3,
        acknowledged_by: (state == "acknowledged").then(|| "Bob".to_owned()),
        silenced_until: (state == "silenced").then(|| time(60)),
        incident: Some("HOT-12".to_owned()),
        message: Some("415".to_owned()),
        parent: Some("Down on db-1 (host: instance=web-1)".to_owned()),
        buttons: vec![button("Acknowledge alerts", None), button("Silence 1h", Some("Nobody is told for an hour"))],
        alerts: vec![alert("firing"), alert("acknowledged"), alert("resolved")],
        ..over()
    }
}

/// A resolved group with few fields set.
pub(super) fn over() -> GroupItem {
    GroupItem {
        id: "g1".to_owned(),
        name: "G-12".to_owned(),
        title: "HighErrorRate <script> on checkout".to_owned(),
        state: "resolved".to_owned(),
        severity: None,
        severity_name: None,
        service: None,
        firing: 0,
        resolved: 2,
        feed: "alerts".to_owned(),
        labels: vec![Label { name: "alertname".to_owned(), value: "HighErrorRate".to_owned() }],
        opened_at: time(-40),
        closed_at: Some(time(-5)),
        acknowledged_by: None,
        silenced_until: None,
        incident: None,
        message: None,
        parent: None,
        buttons: Vec::new(),
        alerts: Vec::new(),
    }
}

pub(super) fn button(label: &str, confirm: Option<&str>) -> ButtonView {
    ButtonView {
        label: label.to_owned(),
        command: "/alert ack g1".to_owned(),
        style: if confirm.is_some() { ButtonStyle::Danger } else { ButtonStyle::Primary },
        confirm: confirm.map(str::to_owned),
        version: confirm.map(|_| 7),
    }
}

fn alert(state: &str) -> AlertView {
    let firing = state == "firing";
    AlertView {
        name: "HighErrorRate".to_owned(),
        host: firing.then(|| "web-1".to_owned()),
        summary: "5xx above \"2 %\"".to_owned(),
        state: state.to_owned(),
        severity: firing.then(|| "sev1".to_owned()),
        severity_name: firing.then(|| "SEV1".to_owned()),
        starts_at: time(-40),
        ends_at: (state == "resolved").then(|| time(-5)),
        links: if firing {
            vec![LinkView::new("https://prometheus.example/graph?a=1&b=2".to_owned())]
        } else {
            Vec::new()
        },
    }
}
