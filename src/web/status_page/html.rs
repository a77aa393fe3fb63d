//! The contexts of `templates/status/page.html` and `incident.html`.

use chrono::{Datelike, Days, NaiveDate, SecondsFormat};
use serde::Serialize;

use super::data::{ComponentState, Snapshot, incident_id};
use crate::domain::{
    Timestamp,
    status::{ComponentStatus, PublicIncident, PublicUpdate},
};

/// Number of past days on the page, including today.
const DAYS: u64 = 14;

/// A time in formats for people and for programs.
#[derive(Serialize)]
struct Time {
    iso: String,
    text: String,
}

fn time(at: Timestamp) -> Time {
    Time { iso: at.to_rfc3339_opts(SecondsFormat::Millis, true), text: at.format("%-d %b %Y, %H:%M UTC").to_string() }
}

/// The header of every page.
#[derive(Serialize)]
struct Head<'a> {
    name: &'a str,
    url: &'a str,
    updated: Time,
    now: Time,
}

fn head(page: &Snapshot) -> Head<'_> {
    Head { name: &page.name, url: &page.url, updated: time(page.updated_at), now: time(page.now) }
}

/// The status page.
#[derive(Serialize)]
pub(super) struct StatusPageView<'a> {
    page: Head<'a>,
    indicator: &'a str,
    open: Vec<PublicIncidentView<'a>>,
    groups: Vec<ComponentGroupView<'a>>,
    days: Vec<DayView<'a>>,
}

#[derive(Serialize)]
struct ComponentGroupView<'a> {
    /// `None` for components without a group.
    name: Option<&'a str>,
    status: &'a str,
    components: Vec<ComponentView<'a>>,
}

#[derive(Serialize)]
struct ComponentView<'a> {
    name: &'a str,
    description: Option<&'a str>,
    status: &'a str,
}

#[derive(Serialize)]
struct DayView<'a> {
    iso: String,
    text: String,
    incidents: Vec<PublicIncidentView<'a>>,
}

#[derive(Serialize)]
struct PublicIncidentView<'a> {
    id: String,
    link: String,
    name: &'a str,
    status: &'a str,
    impact: &'a str,
    over: bool,
    started: Time,
    resolved: Option<Time>,
    /// The names of the components it affected.
    components: Vec<&'a str>,
    /// Newest first.
    updates: Vec<UpdateView<'a>>,
}

#[derive(Serialize)]
struct UpdateView<'a> {
    status: &'a str,
    /// The text, split into paragraphs.
    lines: Vec<&'a str>,
    at: Time,
    affected: Vec<AffectedView<'a>>,
}

#[derive(Serialize)]
struct AffectedView<'a> {
    name: &'a str,
    status: &'a str,
}

/// The page of one incident.
#[derive(Serialize)]
pub(super) struct OneView<'a> {
    page: Head<'a>,
    incident: PublicIncidentView<'a>,
}

pub(super) fn page(page: &Snapshot) -> StatusPageView<'_> {
    StatusPageView {
        page: head(page),
        indicator: page.banner.indicator.name(),
        open: page.open.iter().map(|public| incident_view(page, public)).collect(),
        groups: groups(page),
        days: days(page),
    }
}

/// Returns the incident with a public id, if it is among the latest.
pub(super) fn incident<'a>(page: &'a Snapshot, id: &str) -> Option<OneView<'a>> {
    let all = page.open.iter().chain(&page.newest);
    let public = all.into_iter().find(|public| incident_id(public.public_id()) == id)?;
    Some(OneView { page: head(page), incident: incident_view(page, public) })
}

fn groups(page: &Snapshot) -> Vec<ComponentGroupView<'_>> {
    let mut out: Vec<ComponentGroupView<'_>> = page.groups().into_iter().map(|name| group(page, Some(name))).collect();
    out.push(group(page, None));
    out.retain(|group| !group.components.is_empty());
    out
}

fn group<'a>(page: &'a Snapshot, name: Option<&'a str>) -> ComponentGroupView<'a> {
    let members: Vec<&ComponentState> = page.components.iter().filter(|shown| shown.group.as_deref() == name).collect();
    let worst = members.iter().map(|shown| shown.status).max().unwrap_or(ComponentStatus::Operational);
    ComponentGroupView { name, status: worst.name(), components: members.into_iter().map(component).collect() }
}

fn component(shown: &ComponentState) -> ComponentView<'_> {
    ComponentView { name: &shown.name, description: shown.description.as_deref(), status: shown.status.name() }
}

fn days(page: &Snapshot) -> Vec<DayView<'_>> {
    let today = page.now.date_naive();
    let day = |back: u64| today.checked_sub_days(Days::new(back));
    let on = |date: NaiveDate| {
        let begun = page.newest.iter().filter(move |public| public.is_over() && public.created_at.date_naive() == date);
        begun.map(|public| incident_view(page, public)).collect()
    };
    let view = |date: NaiveDate| DayView {
        iso: date.to_string(),
        text: format!("{} {} {}", date.day(), date.format("%b"), date.year()),
        incidents: on(date),
    };
    (0..DAYS).filter_map(day).map(view).collect()
}

fn incident_view<'a>(page: &'a Snapshot, public: &'a PublicIncident) -> PublicIncidentView<'a> {
    let called = |key| page.component(key).map(|shown| shown.name.as_str());
    PublicIncidentView {
        id: incident_id(public.public_id()),
        link: page.link(public),
        name: public.name.verbatim(),
        status: public.status.name(),
        impact: public.impact.name(),
        over: public.is_over(),
        started: time(public.started_at),
        resolved: public.resolved_at.map(time),
        components: public.components.iter().filter_map(called).collect(),
        updates: public.updates.iter().rev().map(|update| update_view(page, update)).collect(),
    }
}

fn update_view<'a>(page: &'a Snapshot, update: &'a PublicUpdate) -> UpdateView<'a> {
    let changed = update.affected.iter().filter(|affected| affected.old != affected.new);
    let view = |affected: &'a crate::domain::status::AffectedComponent| {
        let shown = page.component(&affected.component)?;
        Some(AffectedView { name: &shown.name, status: affected.new.name() })
    };
    UpdateView {
        status: update.status.name(),
        lines: update.body.verbatim().lines().filter(|line| !line.trim().is_empty()).collect(),
        at: time(update.at),
        affected: changed.filter_map(view).collect(),
    }
}
