//! Samples of the alert group message.

use std::{collections::BTreeMap, time::Duration};

use minijinja::{context, value::Serde};

use super::{
    Sample, SampleWorld, at, bob,
    shared::{by_host, silence_line},
};
use crate::{
    domain::{
        Timestamp,
        alert::{
            Alert, AlertGroup, DEPENDS_ON, Enrichment, Fingerprint, GroupKey, GroupSilence, NewGroup, ParentLink,
            Remark, Signal, Storm, episode,
        },
        ids::{GroupId, Key, SourceId, StormId},
        incident::Severity,
        text::Untrusted,
    },
    render::{
        group::{GroupFacts, GroupView},
        storm::StormView,
    },
    store::StormTotals,
};

pub(super) fn samples(world: &SampleWorld) -> Vec<Sample> {
    let (one, many) = (vec![alert("HighErrorRate", "web-1", -40)], many());
    let fresh = group(&one);
    let mut critical = group(&many);
    critical.acknowledgement.by = Some(bob());
    critical.acknowledgement.at = Some(at(-30));
    critical.display.postings = 2;
    let tied = GroupFacts {
        alerts: many,
        incident: Some(Key::new("HOT", 12)),
        incident_open: true,
        known: known(),
        ..GroupFacts::default()
    };
    let mut taken = AlertGroup { last_fired: at(-1), ..critical.clone() };
    taken.acknowledgement.at = Some(at(0));
    let mut silenced = fresh.clone();
    silenced.silence.until = Some(at(60));
    let ended = Alert { firing: false, ends_at: Some(at(-5)), ..one[0].clone() };
    let held = vec![Alert { acknowledged_there: Some(Untrusted::new("eve @ NOC")), ..one[0].clone() }];
    let mut over = fresh.clone();
    over.count_resolved(&one[0], 0, at(-5));
    let mut folding = over.clone();
    (folding.counts.children_firing, folding.counts.children_alerts) = (3, 4);
    let alone = |alerts: Vec<Alert>| GroupFacts { alerts, ..GroupFacts::default() };
    let sample = |case, group: &AlertGroup, facts: &GroupFacts| {
        Sample::new("chat/group.md", case, context! { group => Serde(GroupView::of(group, facts, world.now)) })
    };
    vec![
        sample("fresh", &fresh, &alone(one.clone())),
        sample("many", &critical, &tied),
        sample("taken", &taken, &tied),
        sample("taken_there", &group(&held), &alone(held.clone())),
        sample("silenced", &silenced, &alone(one.clone())),
        sample("hushed", &silenced, &hushed(&one)),
        sample("over", &over, &alone(vec![ended])),
        sample("folding", &folding, &GroupFacts { children: below(&fresh), ..alone(one.clone()) }),
        sample("folded", &below(&fresh)[1], &GroupFacts { parent: Some("Down on db-1".into()), ..alone(one) }),
        storm("raging", None, &raging()),
        storm("over", Some(at(-1)), &StormTotals { groups: 3_412, ..StormTotals::default() }),
    ]
}

/// Silences and inhibiting alerts, with all values set.
fn hushed(alerts: &[Alert]) -> GroupFacts {
    let silences = vec![silence_line(Some("Load"), Some(at(60))), silence_line(None, None)];
    GroupFacts { alerts: alerts.to_vec(), silences, inhibitors: vec!["Cluster *down*".into()], ..GroupFacts::default() }
}

/// Links and other data added by rules and senders.
fn known() -> Enrichment {
    Enrichment {
        team: Some("ops".into()),
        runbooks: vec![
            Untrusted::new("https://runbooks.example/Down"),
            Untrusted::new("https://runbooks.example/Slow"),
        ],
        graphs: vec![Untrusted::new("https://grafana.example/d/web")],
        image: Some(Untrusted::new("https://grafana.example/render/1.png")),
        picture: None,
    }
}

/// Child groups: one by pattern, one by service dependency.
fn below(group: &AlertGroup) -> Vec<AlertGroup> {
    let values = [("service", "checkout"), ("depends_on", "api")];
    let values = values.map(|(name, value)| (name.to_owned(), Untrusted::new(value))).into_iter().collect();
    let depends = ParentLink { rule: DEPENDS_ON.to_owned(), values, hidden: false, ..by_host() };
    let mut hidden = group.clone();
    hidden.display.parent = Some(by_host());
    hidden.counts.firing = 0;
    let mut linked = AlertGroup { feed: "ops".into(), ..group.clone() };
    linked.display.parent = Some(depends);
    vec![hidden, linked]
}

fn storm(case: &'static str, ended_at: Option<Timestamp>, picture: &StormTotals) -> Sample {
    let storm = Storm { id: StormId(uuid::Uuid::nil()), began_at: at(-60), ended_at };
    Sample::new("chat/storm.md", case, context! { storm => Serde(StormView::of(&storm, picture)) })
}

/// A storm with many values, one of them hostile markup.
fn raging() -> StormTotals {
    StormTotals {
        groups: 3_412,
        firing_groups: 3_400,
        firing: 9_104,
        severities: vec![(Some(Severity::Sev1), 2), (Some(Severity::Sev3), 3_000), (None, 398)],
        services: vec![("checkout".to_owned(), 7_000), ("api".to_owned(), 2_000)],
        hosts: vec![(Untrusted::new("web-1"), 900), (Untrusted::new("@everyone [x](http://evil.example)"), 12)],
        most_severe: vec![group(&many()), group(&[alert("HighErrorRate", "web-1", -40)])],
    }
}

/// Twelve alerts of three checks; the first contains hostile markup.
fn many() -> Vec<Alert> {
    let mut alerts: Vec<Alert> = (0..12)
        .map(|n| alert(["Down", "Slow", "Errors"][n % 3], &format!("web-{n}"), -40 + i64::try_from(n).unwrap_or(0)))
        .collect();
    alerts[0].summary = Untrusted::new("@everyone [click](http://evil.example)\n# title");
    alerts[0].remarks = vec![Remark::FutureStart];
    alerts[0].truncated = 13;
    alerts[0].severity = Some(Severity::Sev1);
    (alerts[1].flapping.since, alerts[1].flapping.changes) = (Some(at(-20)), 12);
    alerts[11].firing = false;
    alerts[11].ends_at = Some(at(-10));
    alerts
}

fn alert(name: &str, host: &str, began: i64) -> Alert {
    let signal = Signal {
        fingerprint: Fingerprint(format!("{name}/{host}")),
        firing: true,
        name: Untrusted::new(name),
        severity: Some(Severity::Sev2),
        service: Some("checkout".to_owned()),
        host: Some(Untrusted::new(host)),
        summary: Untrusted::new(format!("{name} on {host}")),
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        starts_at: Some(at(began)),
        ends_at: None,
        links: vec![Untrusted::new("https://prometheus.example/graph")],
        acknowledged_by: None,
        remarks: Vec::new(),
        truncated: 0,
        warnings: Vec::new(),
    };
    let source = SourceId::new("alertmanager");
    let heard = episode::SignalContext {
        source: &source,
        at: at(began),
        resolve_timeout: Duration::from_secs(86_400),
        reopen_hold: Duration::ZERO,
        leases: false,
    };
    let step = episode::merge(None, &signal, &heard);
    let fired = if let episode::EpisodeChange::Fired(alert) = step { Some(alert) } else { None };
    fired.expect("a first word that it fires begins an episode")
}

fn group(alerts: &[Alert]) -> AlertGroup {
    let new = NewGroup {
        id: GroupId(uuid::Uuid::nil()),
        number: 12,
        route: "root".into(),
        key: GroupKey(String::new()),
        feed: "alerts".into(),
        labels: BTreeMap::new(),
        silence: GroupSilence::default(),
    };
    let mut group = AlertGroup::open(new, &alerts[0]);
    for alert in alerts {
        group.count_fired(alert);
    }
    for over in alerts.iter().filter(|alert| !alert.firing) {
        group.count_resolved(over, 0, at(-10));
    }
    group.display.postings = 1;
    group
}
