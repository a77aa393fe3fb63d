//! The contexts of `templates/status/page.html` and `incident.html`.

use chrono::{Days, NaiveDate, SecondsFormat};
use serde::Serialize;

use super::{
    data::{ComponentState, Snapshot},
    history::{ComponentHistory, MonthHistory, UptimeView, day_text},
};
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
    /// Number of bars of a component; 0 if there are none.
    uptime_days: usize,
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
    uptime: Option<UptimeView>,
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

/// The incidents of a month.
#[derive(Serialize)]
pub(super) struct MonthView<'a> {
    page: Head<'a>,
    month: MonthName,
    previous: Option<String>,
    next: Option<String>,
    incidents: Vec<PublicIncidentView<'a>>,
    cut: bool,
}

#[derive(Serialize)]
struct MonthName {
    word: String,
    text: String,
}

pub(super) fn page<'a>(page: &'a Snapshot, history: &ComponentHistory) -> StatusPageView<'a> {
    let groups = groups(page, history);
    let uptimes = groups.iter().flat_map(|group| &group.components).filter_map(|component| component.uptime.as_ref());
    let uptime_days = uptimes.map(UptimeView::len).max().unwrap_or(0);
    StatusPageView {
        page: head(page),
        indicator: page.banner.indicator.name(),
        open: page.open.iter().map(|public| incident_view(page, public)).collect(),
        groups,
        days: days(page),
        uptime_days,
    }
}

/// Returns the view of a month.
pub(super) fn month<'a>(page: &'a Snapshot, history: &'a MonthHistory) -> MonthView<'a> {
    MonthView {
        page: head(page),
        month: MonthName { word: history.month.word(), text: history.month.text() },
        previous: history.previous.map(|month| month.word()),
        next: history.next.map(|month| month.word()),
        incidents: history.incidents.iter().map(|public| incident_view(page, public)).collect(),
        cut: history.cut,
    }
}

/// Returns the view of one incident.
pub(super) fn incident<'a>(page: &'a Snapshot, public: &'a PublicIncident) -> OneView<'a> {
    OneView { page: head(page), incident: incident_view(page, public) }
}

fn groups<'a>(page: &'a Snapshot, history: &ComponentHistory) -> Vec<ComponentGroupView<'a>> {
    let named = page.groups().into_iter().map(|name| group(page, history, Some(name)));
    let mut out: Vec<ComponentGroupView<'a>> = named.collect();
    out.push(group(page, history, None));
    out.retain(|group| !group.components.is_empty());
    out
}

fn group<'a>(page: &'a Snapshot, history: &ComponentHistory, name: Option<&'a str>) -> ComponentGroupView<'a> {
    let members: Vec<&ComponentState> = page.components.iter().filter(|shown| shown.group.as_deref() == name).collect();
    let worst = members.iter().map(|shown| shown.status).max().unwrap_or(ComponentStatus::Operational);
    let components = members.into_iter().map(|shown| component(shown, history)).collect();
    ComponentGroupView { name, status: worst.name(), components }
}

fn component<'a>(shown: &'a ComponentState, history: &ComponentHistory) -> ComponentView<'a> {
    ComponentView {
        name: &shown.name,
        description: shown.description.as_deref(),
        status: shown.status.name(),
        uptime: history.uptime(&shown.key),
    }
}

fn days(page: &Snapshot) -> Vec<DayView<'_>> {
    let today = page.now.date_naive();
    let day = |back: u64| today.checked_sub_days(Days::new(back));
    let on = |date: NaiveDate| {
        let begun = page.newest.iter().filter(move |public| public.is_over() && public.created_at.date_naive() == date);
        begun.map(|public| incident_view(page, public)).collect()
    };
    let view = |date: NaiveDate| DayView { iso: date.to_string(), text: day_text(date), incidents: on(date) };
    (0..DAYS).filter_map(day).map(view).collect()
}

fn incident_view<'a>(page: &'a Snapshot, public: &'a PublicIncident) -> PublicIncidentView<'a> {
    let called = |key| page.component(key).map(|shown| shown.name.as_str());
    PublicIncidentView {
        id: public.reference(),
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
