//! Samples of reports.

use super::{framed, time};
use crate::{
    config::Config,
    domain::report::Measure,
    render::Sample,
    web::pages::{
        frame::Nav,
        incidents::Choice,
        reports::{
            ComparedPeriod, FigureRow, GroupFigureRow, MeasureWords, ReportedRow, ReportsQuery, ReportsView,
            SpreadView,
            chart::{ChartDot, DayTick, DotChart, SpanTick},
            load::{CountsView, LoadView, TeamLoadRow},
            outcomes::{DeliveryRow, OutcomesView},
        },
    },
};

pub(super) fn samples(config: &Config) -> Vec<Sample> {
    let sample = |case, view| Sample::new("web/reports.html", case, framed(config, Nav::Reports, view));
    let plain = || ReportsView { compared: None, ..full() };
    let no_measure = ReportsView {
        chart: None,
        measure: MeasureWords::of(Measure::Inform),
        figures: figures(None),
        groups: vec![GroupFigureRow { name: String::new(), href: None, count: 0, spread: None, ..group("x") }],
        ..plain()
    };
    let empty = ReportsView { total: 0, figures: Vec::new(), groups: Vec::new(), incidents: Vec::new(), ..plain() };
    let mut out = vec![sample("compared", full()), sample("one figure missing", no_measure), sample("nothing", empty)];
    out.extend(loads(config));
    out.extend(outcomes(config));
    out
}

fn spread() -> SpreadView {
    SpreadView {
        shortest: 120_000,
        p25: 900_000,
        median: 2_520_000,
        p75: 5_000_000,
        p90: 9_000_000,
        longest: 700_000_000,
        mean: 8_000_000,
    }
}

fn figures(verdict: Option<&'static str>) -> Vec<FigureRow> {
    let row = |measure: Measure| FigureRow {
        measure: MeasureWords::of(measure),
        count: 12,
        left_out: 3,
        spread: Some(spread()),
        median_before: verdict.map(|_| 3_000_000),
        count_before: 30,
        verdict,
        href: format!("/reports?by=week&measure={}", measure.name()),
    };
    let mut rows: Vec<FigureRow> = Measure::ALL.map(row).to_vec();
    rows[7] = FigureRow { count: 0, left_out: 15, spread: None, median_before: None, ..rows[7].clone() };
    rows
}

fn group(name: &str) -> GroupFigureRow {
    GroupFigureRow {
        name: name.to_owned(),
        incidents: 4,
        width: 100,
        count: 4,
        spread: Some(spread()),
        href: Some("/reports?from=2026-11-16&until=2026-11-22".to_owned()),
    }
}

fn full() -> ReportsView {
    let choice = |id: &str, name: &str| Choice { id: id.to_owned(), name: name.to_owned() };
    let mut figures = figures(Some("better"));
    for (row, verdict) in figures.iter_mut().zip(["worse", "unclear", "too_few"]) {
        row.verdict = Some(verdict);
    }
    let incident = |key: &str, span_ms| ReportedRow {
        key: key.to_owned(),
        severity: "sev2",
        severity_name: "SEV2".to_owned(),
        service: Some("Check<out>".to_owned()),
        declared: time(-30),
        span_ms,
    };
    ReportsView {
        filter: ReportsQuery {
            from: "2026-09-07".to_owned(),
            until: "2026-11-25".to_owned(),
            zone: "Europe/Berlin".to_owned(),
            by: "week".to_owned(),
            compare: "2026-01-01".to_owned(),
            measure: "resolve".to_owned(),
            ..ReportsQuery::default()
        },
        breakdowns: vec!["week", "severity", "service", "team"],
        severities: vec![choice("sev2", "SEV2")],
        services: vec![choice("checkout", "Check<out>")],
        teams: vec![choice("ops", "Operations")],
        total: 12,
        incomplete: true,
        figures,
        compared: Some(ComparedPeriod { from: time(-90), from_day: "2026-01-01".to_owned(), incidents: 30 }),
        measure: MeasureWords::of(Measure::Resolve),
        chart: Some(chart()),
        groups: vec![
            group("2026-11-16"),
            GroupFigureRow { incidents: 0, width: 0, count: 0, spread: None, ..group("2026-11-23") },
        ],
        incidents: vec![incident("HOT-12", Some(2_520_000)), incident("HOT-11", None)],
        times_csv: "/api/v1/report/times?format=csv&by=week".to_owned(),
        incidents_csv: "/api/v1/report/incidents?format=csv&by=week".to_owned(),
    }
}

fn chart() -> DotChart {
    DotChart {
        width: 720.0,
        height: 280.0,
        left: 64.0,
        right: 704.0,
        top: 16.0,
        bottom: 248.0,
        dots: vec![ChartDot { x: 100.5, y: 80.0, key: "HOT-12".to_owned(), span_ms: 2_520_000 }],
        cut: true,
        spans: vec![SpanTick { y: 200.0, span_ms: 600_000 }],
        days: vec![DayTick { x: 64.0, text: "7 Sep".to_owned() }],
        median: SpanTick { y: 80.0, span_ms: 2_520_000 },
        p90: SpanTick { y: 60.0, span_ms: 9_000_000 },
    }
}

fn loads(config: &Config) -> [Sample; 2] {
    let sample = |case, view| Sample::new("web/report_load.html", case, framed(config, Nav::Reports, view));
    let counts = CountsView { pages: 7, day: 3, night: 2, weekend: 2, nights: 1 };
    let team = |name: &str, counts| TeamLoadRow { name: name.to_owned(), people: 4, counts };
    let some = LoadView {
        from: "2026-09-07".to_owned(),
        until: "2026-11-25".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        own: counts,
        acknowledged: 5,
        spread: Some(spread()),
        teams: vec![team("Oper<ations>", Some(counts)), team("Two", None)],
    };
    let none =
        LoadView { own: CountsView::default(), acknowledged: 0, spread: None, teams: Vec::new(), ..some.clone() };
    [sample("some", some), sample("none", none)]
}

fn outcomes(config: &Config) -> [Sample; 2] {
    let sample = |case, view| Sample::new("web/report_outcomes.html", case, framed(config, Nav::Reports, view));
    let key = || vec!["HOT-12".to_owned()];
    let row = DeliveryRow {
        name: "Check<out>".to_owned(),
        deployments: 12,
        lead: Some(spread()),
        failed: Some(1),
        failures: key(),
        recovery: Some(spread()),
        rework: Some(0),
    };
    let bare =
        DeliveryRow { lead: None, failed: None, failures: Vec::new(), recovery: None, rework: None, ..row.clone() };
    let some = OutcomesView {
        from: "2026-09-07".to_owned(),
        until: "2026-11-25".to_owned(),
        incidents: 7,
        detected_by_us: 3,
        detection_known: 5,
        recurring: key(),
        recurrence_known: 6,
        overdue_followups: 2,
        on_time: 3,
        late: 1,
        services: vec![row, bare],
    };
    let none = OutcomesView {
        detection_known: 0,
        recurring: Vec::new(),
        recurrence_known: 0,
        on_time: 0,
        late: 0,
        services: Vec::new(),
        ..some.clone()
    };
    [sample("some", some), sample("none", none)]
}
