//! The contexts of `templates/status/page.html` and `incident.html`.

use chrono::{Days, NaiveDate, SecondsFormat};
use serde::Serialize;

use super::{
    data::{ComponentState, Snapshot},
    entry::{EntryUpdate, PublicEntry},
    history::{ComponentHistory, MonthHistory, UptimeView, day_text},
};
use crate::domain::{Timestamp, status::ComponentStatus};

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
    /// Maintenance that takes place now.
    active: Vec<PublicIncidentView<'a>>,
    /// Maintenance to come.
    upcoming: Vec<PublicIncidentView<'a>>,
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
    /// The window of a maintenance.
    window: Option<WindowView>,
    /// The names of the components it affected.
    components: Vec<&'a str>,
    /// Newest first.
    updates: Vec<UpdateView<'a>>,
}

#[derive(Serialize)]
struct WindowView {
    from: Time,
    until: Time,
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
        open: views(page, &page.open),
        active: views(page, &page.active),
        upcoming: views(page, &page.upcoming),
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
        incidents: views(page, &history.incidents),
        cut: history.cut,
    }
}

/// Returns the view of one incident.
pub(super) fn incident<'a>(page: &'a Snapshot, entry: &'a PublicEntry) -> OneView<'a> {
    OneView { page: head(page), incident: incident_view(page, entry) }
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
        let past = page.newest.iter().filter(|entry| entry.over && entry.created_at.date_naive() == date);
        // One that was cancelled before it began never took place.
        let held = |entry: &&PublicEntry| entry.over && entry.resolved_at >= Some(entry.started_at);
        let held = page.maintenances.iter().filter(held).filter(|entry| entry.started_at.date_naive() == date);
        past.chain(held).map(|entry| incident_view(page, entry)).collect()
    };
    let view = |date: NaiveDate| DayView { iso: date.to_string(), text: day_text(date), incidents: on(date) };
    (0..DAYS).filter_map(day).map(view).collect()
}

fn views<'a>(page: &'a Snapshot, entries: &'a [PublicEntry]) -> Vec<PublicIncidentView<'a>> {
    entries.iter().map(|entry| incident_view(page, entry)).collect()
}

fn incident_view<'a>(page: &'a Snapshot, entry: &'a PublicEntry) -> PublicIncidentView<'a> {
    let called = |key| page.component(key).map(|shown| shown.name.as_str());
    PublicIncidentView {
        id: entry.id.clone(),
        link: page.link(entry),
        name: &entry.name,
        status: entry.status,
        impact: entry.impact,
        over: entry.over,
        started: time(entry.started_at),
        resolved: entry.resolved_at.map(time),
        window: entry.window.map(|window| WindowView { from: time(window.from), until: time(window.until) }),
        components: entry.components.iter().filter_map(called).collect(),
        updates: entry.updates.iter().rev().map(|update| update_view(page, update)).collect(),
    }
}

fn update_view<'a>(page: &'a Snapshot, update: &'a EntryUpdate) -> UpdateView<'a> {
    let changed = update.affected.iter().filter(|affected| affected.old != affected.new);
    let view = |affected: &'a crate::domain::status::AffectedComponent| {
        let shown = page.component(&affected.component)?;
        Some(AffectedView { name: &shown.name, status: affected.new.name() })
    };
    UpdateView {
        status: update.status,
        lines: update.body.lines().filter(|line| !line.trim().is_empty()).collect(),
        at: time(update.at),
        affected: changed.filter_map(view).collect(),
    }
}
