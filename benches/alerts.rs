//! Measures reading, routing and grouping of alerts: `cargo bench --bench alerts`.

use std::{hint::black_box, sync::Arc, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hotroom::{
    config::{Config, Source},
    domain::{
        Timestamp,
        alert::{
            Alert, InhibitRule, Inhibitions, Matcher, NewSilence, Route, RouteSpec, Signal, Silence, SilenceScope,
            Silences, episode,
        },
        ids::RoomId,
        text::Untrusted,
    },
    intake,
};
use serde_json::{Value, json};

const ALERTS: usize = 50;

fn body() -> Vec<u8> {
    let alert = |n: usize| {
        json!({
            "status": "firing",
            "labels": {"alertname": "HighErrorRate", "service": "checkout", "severity": "warning", "instance": format!("web-{n}"),
                "job": "checkout", "cluster": "eu-1", "namespace": "shop"},
            "annotations": {"summary": format!("web-{n} answers with errors"), "description": "More than 5 % of requests fail.",
                "runbook_url": "https://runbooks.example/high-error-rate"},
            "startsAt": "2026-11-21T11:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "https://prometheus.example/graph?g0.expr=rate", "fingerprint": format!("{n:016x}"),
        })
    };
    let alerts: Vec<Value> = (0..ALERTS).map(alert).collect();
    json!({"version": "4", "status": "firing", "alerts": alerts}).to_string().into_bytes()
}

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().expect("a time")
}

fn fold(source: &Source, signals: &[Signal], stored: &[Option<Alert>]) -> usize {
    let heard = episode::SignalContext {
        source: &source.id,
        at: now(),
        resolve_timeout: Duration::from_secs(86_400),
        reopen_hold: Duration::ZERO,
        leases: false,
    };
    let steps = signals.iter().zip(stored).map(|(signal, stored)| episode::merge(stored.as_ref(), signal, &heard));
    steps.map(black_box).count()
}

fn alerts(c: &mut Criterion) {
    let config = Config::shipped();
    let source = config.source("alertmanager").expect("it is shipped");
    let body = body();
    let signals = intake::read(source, &body, now()).expect("it can be read").signals;
    let nothing = vec![None; ALERTS];
    let mut group = c.benchmark_group("fifty alerts");
    group.throughput(Throughput::Elements(ALERTS as u64));
    group.bench_function("read", |b| b.iter(|| intake::read(source, black_box(&body), now())));
    group.bench_function("route", |b| {
        b.iter(|| {
            let routed = signals.iter().flat_map(|signal| config.alerts.route.matching(black_box(&signal.labels)));
            routed.map(|route| route.group_key(&route.group_labels(&signals[0].labels))).collect::<Vec<_>>()
        })
    });
    group.bench_function("merge", |b| b.iter(|| fold(source, black_box(&signals), &nothing)));
    group.bench_function("read, route and merge", |b| {
        b.iter(|| {
            let signals = intake::read(source, black_box(&body), now()).expect("it can be read").signals;
            let routed = signals.iter().flat_map(|signal| config.alerts.route.matching(&signal.labels)).count();
            routed + fold(source, &signals, &nothing)
        })
    });
    group.finish();
}

fn matchers(text: &str) -> Vec<Matcher> {
    Matcher::parse_list(text).expect("matchers")
}

/// Returns a thousand sibling routes of which the last matches the alerts.
fn thousand_routes() -> Route {
    let sibling = |n: usize| {
        let service = if n == 999 { "checkout".to_owned() } else { format!("service-{n}") };
        let matchers = matchers(&format!("service=\"{service}\",severity=~\"warning|critical\""));
        RouteSpec { matchers, ..RouteSpec::default() }
    };
    let routes = (0..1_000).map(sibling).collect();
    Route::root(RouteSpec { routes, ..RouteSpec::default() }, RoomId::new("alerts"))
}

fn two_hundred_rules() -> Inhibitions {
    let rule = |n: usize| InhibitRule {
        source: matchers(&format!("alertname=\"ClusterDown{n}\"")),
        target: matchers(&format!("severity=\"warning\",namespace=\"shop-{n}\"")),
        equal: vec!["cluster".to_owned()],
    };
    Inhibitions::new((0..200).map(rule).collect())
}

fn thousand_silences() -> Silences {
    let silence = |n: usize| {
        let wanted = NewSilence {
            scope: SilenceScope::Alerts(matchers(&format!(
                "cluster=\"eu-1\",instance=~\"db-{n}|db-{n}-.*\",job=\"job-{n}\""
            ))),
            from: None,
            until: Some(now() + chrono::TimeDelta::hours(1)),
            by: Untrusted::new("ann"),
            comment: Untrusted::default(),
        };
        Arc::new(Silence::new(wanted, now()).expect("a silence"))
    };
    Silences::new((0..1_000).map(silence))
}

/// Measures the decisions for each alert with many routes, silences and inhibition rules.
fn crowded(c: &mut Criterion) {
    let config = Config::shipped();
    let source = config.source("alertmanager").expect("it is shipped");
    let signals = intake::read(source, &body(), now()).expect("it can be read").signals;
    let (routes, rules, silences) = (thousand_routes(), two_hundred_rules(), thousand_silences());
    let mut group = c.benchmark_group("fifty alerts against 1000 routes, 200 inhibition rules and 1000 silences");
    group.throughput(Throughput::Elements(ALERTS as u64));
    group.bench_function("route", |b| {
        b.iter(|| signals.iter().map(|signal| routes.matching(black_box(&signal.labels)).len()).sum::<usize>())
    });
    group.bench_function("inhibit", |b| {
        b.iter(|| signals.iter().map(|signal| rules.sides(black_box(&signal.labels)).len()).sum::<usize>())
    });
    group.bench_function("silence", |b| {
        b.iter(|| signals.iter().map(|signal| silences.covering(black_box(&signal.labels), now()).len()).sum::<usize>())
    });
    group.finish();
}

criterion_group!(benches, alerts, crowded);
criterion_main!(benches);
