//! Sample contexts for every page: `hotroom check` renders an operator's templates with them, and the snapshots show
//! them.

mod alerts;
mod followups;
mod health;
mod incidents;
mod maintenances;
mod postmortems;
mod profile;
mod reports;
mod triage;

use chrono::TimeDelta;
use minijinja::{context, value::Serde};

use super::{
    auth::Viewer,
    links,
    pages::{
        frame::{FramedView, Nav, PageFrame},
        oncall,
        readiness::ReadinessView,
        words::ConfigNames,
    },
    problem::{Kind, Problem},
    sign_in, state_document, status_page, user_reports,
};
use crate::{
    app::oncall::readiness::ReadinessReport,
    config::Config,
    domain::{
        contact::{MethodKind, PersonReadiness, ReadinessFault, ScheduleGap},
        ids::OverrideId,
        oncall::{Override, OverrideKind, Turn},
    },
    render::{Sample, samples::at},
};

/// All samples of the console and the status page.
pub fn samples() -> Vec<Sample> {
    let config = Config::shipped();
    let mut out = alerts::samples(&config);
    out.extend(followups::samples(&config));
    out.extend(triage::samples(&config));
    out.extend(health::samples(&config));
    out.extend(incidents::samples(&config));
    out.extend(maintenances::samples(&config));
    out.extend(postmortems::samples(&config));
    out.extend(profile::samples(&config));
    out.extend(reports::samples(&config));
    out.extend(weeks());
    out.extend(readiness());
    out.extend(shells(&config));
    out.extend(errors(&config));
    out.extend(links::samples(&page(&config, Nav::None, false)));
    out.extend(state_document::samples(&page(&config, Nav::None, false)));
    out.extend(sign_in::samples(&page(&config, Nav::None, false)));
    out.extend(user_reports::samples(&page(&config, Nav::None, false)));
    out.extend(status_page::samples());
    out
}

/// The frame for ann, or for nobody. Its version is that of no release.
fn page(config: &Config, nav: Nav, signed_in: bool) -> PageFrame {
    let viewer = Viewer { person: config.people[0].clone(), csrf: "0123abcd".to_owned() };
    PageFrame {
        version: "1.2.3",
        assets: "1234",
        modules: vec!["app.js"],
        ..PageFrame::new(config, nav, signed_in.then_some(&viewer))
    }
}

fn framed<T>(config: &Config, nav: Nav, view: T) -> FramedView<T> {
    FramedView { page: page(config, nav, true), view }
}

/// The frame of the rooms page, which the script fills.
fn shells(config: &Config) -> Vec<Sample> {
    let shell = |case, room: Option<&str>| {
        let page = page(config, Nav::Rooms, true);
        Sample::new("web/console.html", case, context! { page => Serde(page), room })
    };
    let paused = PageFrame { paused: Some("this is a restored backup".to_owned()), ..page(config, Nav::Rooms, true) };
    let paused = Sample::new("web/console.html", "paused", context! { page => Serde(paused), room => () });
    vec![shell("a room", Some("hot-12")), shell("no room", None), paused]
}

fn errors(config: &Config) -> Vec<Sample> {
    let error = |case, signed_in, kind, request: Option<&str>| {
        let (page, problem) = (page(config, Nav::None, signed_in), Problem::new(kind));
        let told = context! { status => problem.status.as_u16(), title => &problem.title, detail => &problem.detail };
        let todo = request.map(|_| problem.todo.clone());
        Sample::new("web/error.html", case, context! { page => Serde(page), todo, request, ..told })
    };
    vec![error("signed in", true, Kind::NotFound, Some("r-1")), error("a stranger", false, Kind::Internal, None)]
}

/// A week with a gap and an override, and one without any schedules.
fn weeks() -> Vec<Sample> {
    let mut busy = Config::shipped();
    let schedule = &mut busy.schedules[0];
    schedule.layers.truncate(1);
    schedule.layers[0].rotation.turn = Turn::Days(2);
    schedule.layers[0].rotation.slots = vec![vec!["ann".into()], vec!["bob".into()], Vec::new()];
    let stand_in = |instead_of, hours: i64| Override {
        id: OverrideId::new(at(0)),
        schedule: schedule.id.clone(),
        from: at(0) + TimeDelta::hours(hours),
        until: at(0) + TimeDelta::hours(hours + 6),
        kind: OverrideKind::Replace,
        person: "cho".into(),
        instead_of,
    };
    let overrides = [stand_in(None, -2), stand_in(Some("bob".into()), -40)];
    let mut bare = Config::shipped();
    (bare.schedules, bare.services) = (Vec::new(), Vec::new());
    vec![week("busy", &busy, &overrides), week("bare", &bare, &[])]
}

/// The readiness of nobody, and one person with each fault.
fn readiness() -> Vec<Sample> {
    let (kind, why) = (MethodKind::Sms, "30003".to_owned());
    let faults = vec![
        ReadinessFault::NoMethod,
        ReadinessFault::OnlyOne { kind },
        ReadinessFault::NotProven { since: Some(at(-90)) },
        ReadinessFault::NotProven { since: None },
        ReadinessFault::LastFailed { kind, why },
        ReadinessFault::TestFailed { kind, at: at(-90) },
        ReadinessFault::NothingPrivate,
    ];
    let clean = ReadinessReport {
        from: at(0),
        until: at(14 * 24 * 60),
        offered: true,
        checked: 3,
        people: Vec::new(),
        gaps: Vec::new(),
    };
    let person = PersonReadiness { person: "ann".into(), first: at(0), faults };
    let gap = |ends| ScheduleGap { schedule: "primary".into(), from: at(60), until: at(120), ends };
    let faulty =
        ReadinessReport { offered: false, people: vec![person], gaps: vec![gap(false), gap(true)], ..clean.clone() };
    let config = Config::shipped();
    let view = |report: &ReadinessReport| {
        ReadinessView::new(ConfigNames { config: &config }, chrono_tz::Europe::Berlin, report)
    };
    let sample = |case, report| Sample::new("web/readiness.html", case, framed(&config, Nav::Oncall, view(report)));
    vec![sample("clean", &clean), sample("faulty", &faulty)]
}

fn week(case: &'static str, config: &Config, overrides: &[Override]) -> Sample {
    let span = oncall::Span::asked(&oncall::OncallQuery::default(), chrono_tz::Europe::Berlin, at(0));
    let view = oncall::view(ConfigNames { config }, overrides, &span, at(0));
    Sample::new("web/oncall.html", case, framed(config, Nav::Oncall, view))
}

/// This many minutes after the samples' clock, in the templates' format.
fn time(minutes: i64) -> String {
    super::pages::words::at(at(minutes))
}

#[cfg(test)]
mod tests;
