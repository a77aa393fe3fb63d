//! Incidents in templates.

mod fields;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::Serialize;

use super::profile::ProofLine;
use crate::{
    command::{Action, Request, say},
    domain::{
        Timestamp,
        alert::{AlertGroup, ParentLink},
        ids::{ComponentId, Key, PersonId, RoomId, ServiceId, StatusId},
        incident::{
            Category, Command, Incident, IncidentKind, Judgement, Policy, Resolution, RoleSpec, Severity, Task,
            TimeName,
        },
        people::Actor,
        status::ComponentStatus,
        text::Untrusted,
    },
};

pub(super) use fields::FieldLine;
use fields::fields;

/// An incident in templates: `incident.…`.
#[derive(Debug, Serialize)]
pub(super) struct IncidentView<'a> {
    key: String,
    title: &'a Untrusted,
    description: Option<&'a Untrusted>,
    status: &'a StatusId,
    category: Category,
    severity: Severity,
    severity_means: &'a str,
    drill: bool,
    private: bool,
    open: bool,
    service: Option<&'a ServiceId>,
    impact: Option<&'a Untrusted>,
    judgement: Option<&'a Judgement>,
    affected: Option<&'a Untrusted>,
    manager: Option<&'a PersonId>,
    /// Who communicates for it: the communications manager, otherwise the incident manager.
    speaker: Option<&'a PersonId>,
    roles: Vec<RoleView<'a>>,
    room: Option<&'a RoomId>,
    update_due: Option<Timestamp>,
    overdue: bool,
    declared_by: &'a Actor,
    declared_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    times: Vec<TimeView>,
    moments: Vec<Moment>,
    open_tasks: Vec<&'a Task>,
    tasks_done: usize,
    /// The numbers of the drafts that were not sent.
    drafts: Vec<u64>,
    posted: bool,
    public_title: Option<&'a Untrusted>,
    resolution: Option<&'a Resolution>,
    /// The class of the cause.
    cause: Option<&'a str>,
    /// The operator's name of its kind, unless it is real or a drill.
    kind: Option<String>,
    /// Its fields with a value that the card shows nowhere else.
    fields: Vec<FieldLine<'a>>,
    /// True if people can say that they know the cause.
    undiagnosed: bool,
    status_by: &'a Actor,
    status_at: Timestamp,
    /// True if the message should suggest a status page post: the severity requires one and none exists.
    propose_status_page: bool,
    /// True if the message should offer a post-mortem: the incident is over, and none is opened by itself.
    offers_postmortem: bool,
    moves: Vec<Move>,
    early_close: &'a [String],
    link: String,
    /// Its issue in an outside tracker.
    issue: Option<IssueView<'a>>,
    /// The key that it had before its issue was created.
    former_key: Option<String>,
    version: u64,
}

#[derive(Debug, Serialize)]
struct IssueView<'a> {
    key: &'a str,
    url: &'a str,
}

#[derive(Debug, Serialize)]
struct RoleView<'a> {
    id: &'a str,
    person: Option<&'a PersonId>,
    since: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct TimeView {
    name: &'static str,
    first: Timestamp,
    last: Timestamp,
}

/// Named times of the incident at one minute, for the summary line.
#[derive(Debug, Serialize)]
struct Moment {
    at: Timestamp,
    /// True if the date is shown: for the first entry, and when the day changes.
    dated: bool,
    /// `detected`, `resolved again`.
    names: Vec<String>,
}

/// A possible next status, with the command that sets it.
#[derive(Debug, Serialize)]
struct Move {
    status: StatusId,
    category: Category,
    command: String,
}

impl<'a> IncidentView<'a> {
    pub(super) fn of(incident: &'a Incident, policy: &'a Policy, now: Timestamp, url: &str) -> Self {
        let rule = policy.severity(incident.severity);
        let first = |name: TimeName| incident.times.get(&name).map(|t| t.first);
        let last = |name: TimeName| incident.times.get(&name).map(|t| t.last);
        Self {
            key: incident.key.to_string(),
            title: &incident.title,
            description: Some(&incident.description).filter(|text| !text.is_blank()),
            status: &incident.status,
            category: incident.category,
            severity: incident.severity,
            severity_means: &rule.description,
            drill: incident.kind == IncidentKind::Drill,
            private: incident.private,
            open: incident.is_open(),
            service: incident.service.as_ref(),
            impact: Some(&incident.impact).filter(|text| !text.is_blank()),
            judgement: incident.judgement.as_ref(),
            affected: Some(&incident.affected).filter(|text| !text.is_blank()),
            manager: incident.holder(policy.manager()),
            speaker: speaker(incident, policy),
            roles: roles(incident, policy),
            room: incident.room.as_ref(),
            update_due: if incident.is_open() { incident.update_due } else { None },
            overdue: incident.update_due.is_some_and(|due| due < now),
            declared_by: &incident.declared_by,
            declared_at: first(TimeName::Declared),
            ended_at: if incident.is_open() { None } else { last(TimeName::Resolved).or(last(TimeName::Closed)) },
            times: times(incident),
            moments: moments(incident),
            open_tasks: incident.tasks.iter().filter(|t| !t.done).collect(),
            tasks_done: incident.tasks.iter().filter(|t| t.done).count(),
            drafts: incident.drafts.keys().copied().collect(),
            posted: incident.public.posted,
            public_title: incident.public.title.as_ref().filter(|title| !title.is_blank()),
            resolution: incident.resolution.as_ref(),
            cause: incident.cause(),
            kind: kind_name(incident, policy),
            fields: fields(incident, policy),
            undiagnosed: incident.is_open() && !since_opened(incident, TimeName::Diagnosed),
            status_by: &incident.status_by,
            status_at: incident.status_at,
            offers_postmortem: incident.kind.is_counted()
                && matches!(incident.category, Category::Resolved | Category::Closed)
                && !policy.postmortems.contains(&incident.severity),
            propose_status_page: rule.propose_status_page
                && !incident.public.posted
                && incident.is_open()
                && !incident.private
                && incident.kind == IncidentKind::Real,
            moves: moves(incident, policy),
            early_close: &policy.workflow.early_close,
            link: format!("{url}/incidents/{}", incident.key),
            issue: incident.issue.as_ref().map(|issue| IssueView { key: &issue.issue.key, url: &issue.url }),
            former_key: incident.former_key.as_ref().map(Key::to_string),
            version: incident.version,
        }
    }
}

fn roles<'a>(incident: &'a Incident, policy: &'a Policy) -> Vec<RoleView<'a>> {
    let role = |id| incident.roles.get(id);
    let view = |spec: &'a RoleSpec| RoleView {
        id: spec.id.as_str(),
        person: role(&spec.id).map(|held| &held.person),
        since: role(&spec.id).map(|held| held.since),
    };
    policy.roles.iter().map(view).collect()
}

fn kind_name(incident: &Incident, policy: &Policy) -> Option<String> {
    match (&incident.own_kind, incident.kind) {
        (None, IncidentKind::Real | IncidentKind::Drill) => None,
        (Some(_), _) | (None, IncidentKind::Retrospective | IncidentKind::Maintenance) => {
            Some(policy.kind_name(&incident.kind_id()))
        }
    }
}

/// True if a named time is set since the incident was last opened.
fn since_opened(incident: &Incident, name: TimeName) -> bool {
    let time = incident.times.get(&name);
    time.is_some_and(|time| incident.reopened_at.is_none_or(|reopened| time.last >= reopened))
}

fn times(incident: &Incident) -> Vec<TimeView> {
    let view = |(name, time): (&TimeName, &crate::domain::incident::NamedTime)| TimeView {
        name: name.name(),
        first: time.first,
        last: time.last,
    };
    incident.times.iter().map(view).collect()
}

/// Returns the named times in order. Times within one minute are grouped.
fn moments(incident: &Incident) -> Vec<Moment> {
    let mut all: Vec<(Timestamp, String)> = Vec::new();
    for (name, time) in &incident.times {
        all.push((time.first, name.name().to_owned()));
        if time.last != time.first {
            all.push((time.last, format!("{} again", name.name())));
        }
    }
    all.sort_by_key(|(at, _)| *at);
    let mut moments: Vec<Moment> = Vec::new();
    for (at, name) in all {
        match moments.last_mut() {
            Some(last) if at - last.at < TimeDelta::minutes(1) => last.names.push(name),
            last => {
                let dated = last.is_none_or(|last| at - last.at >= TimeDelta::hours(12));
                moments.push(Moment { at, dated, names: vec![name] });
            }
        }
    }
    moments
}

/// Returns the status changes offered as buttons: forward among the active statuses, and from resolved to closed.
/// Changes that need more input have a form.
fn moves(incident: &Incident, policy: &Policy) -> Vec<Move> {
    let next = policy.workflow.after(&incident.status);
    let specs = next.iter().filter_map(|id| policy.workflow.status(id));
    let key = Some(incident.key.clone());
    specs
        .filter(
            |spec| {
                if incident.is_open() { spec.category == Category::Active } else { spec.category == Category::Closed }
            },
        )
        .map(|spec| {
            let command = Command::SetStatus { to: spec.id.clone(), reason: None };
            let request = Request::Action(Action::Incident { key: key.clone(), command, version: None });
            Move { status: spec.id.clone(), category: spec.category, command: say(&request) }
        })
        .collect()
}

/// Data that a card shows in addition to the incident itself.
#[derive(Clone, Debug, Default)]
pub struct CardFacts {
    /// Its alert groups; in a storm, the first ones.
    pub groups: Vec<AlertGroup>,
    /// The number of its alert groups.
    pub group_count: u64,
    /// Its pages, newest last.
    pub pages: Vec<PageLine>,
    /// The current status of the components that the incident changed.
    pub components: BTreeMap<ComponentId, ComponentStatus>,
    /// Who is on call for its service.
    pub on_call: Vec<PersonId>,
    /// How they were last proven to be reached.
    pub proofs: Vec<ProofLine>,
    /// The key of the incident it was merged into.
    pub merged_into: Option<String>,
    /// Changes made shortly before it, newest first.
    pub changes: Vec<ChangeLine>,
    /// The address of its video call, while it is open.
    pub video: Option<String>,
}

/// The facts of a card in templates: `facts.…`.
#[derive(Debug, Serialize)]
pub(super) struct FactsView<'a> {
    pub groups: Vec<GroupLine>,
    pub group_count: u64,
    pub pages: &'a [PageLine],
    pub components: &'a BTreeMap<ComponentId, ComponentStatus>,
    pub on_call: &'a [PersonId],
    pub proofs: &'a [ProofLine],
    pub merged_into: Option<&'a str>,
    pub changes: &'a [ChangeLine],
    pub video: Option<&'a str>,
}

impl<'a> From<&'a CardFacts> for FactsView<'a> {
    fn from(facts: &'a CardFacts) -> Self {
        Self {
            groups: facts.groups.iter().map(|g| GroupLine::of(g, None)).collect(),
            group_count: facts.group_count,
            pages: &facts.pages,
            components: &facts.components,
            on_call: &facts.on_call,
            proofs: &facts.proofs,
            merged_into: facts.merged_into.as_deref(),
            changes: &facts.changes,
            video: facts.video.as_deref(),
        }
    }
}

/// One alert group in a line.
#[derive(Clone, Debug, Serialize)]
pub(super) struct GroupLine {
    pub id: String,
    /// What people type: `G-12`.
    pub name: String,
    pub title: Untrusted,
    pub severity: Option<Severity>,
    pub firing: u32,
    pub resolved: u32,
    pub feed: RoomId,
    pub acknowledged_by: Option<PersonId>,
    pub silenced_until: Option<Timestamp>,
    pub opened_at: Timestamp,
    pub incident: Option<String>,
    pub parent: Option<ParentLink>,
}

impl GroupLine {
    pub(super) fn of(group: &AlertGroup, incident: Option<&Key>) -> Self {
        Self {
            id: group.id.to_string(),
            name: group.name(),
            title: group.title.clone(),
            severity: group.severity,
            firing: group.counts.firing,
            resolved: group.counts.resolved,
            feed: group.feed.clone(),
            acknowledged_by: group.acknowledgement.by.clone(),
            silenced_until: group.silence.until,
            opened_at: group.opened_at,
            incident: incident.map(Key::to_string),
            parent: group.display.parent.clone(),
        }
    }
}

/// One change in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeLine {
    /// When it was made.
    pub at: Timestamp,
    /// What was changed.
    pub summary: Untrusted,
    /// Where it was made.
    pub place: Untrusted,
}

/// One page in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageLine {
    /// The displayed target.
    pub whom: String,
    /// `triggered`, `acknowledged`, `exhausted` or `resolved`.
    pub state: String,
    /// Who acknowledged it.
    pub by: Option<PersonId>,
}

/// The role that communicates for an incident, if it is configured.
const SPEAKER: &str = "communications_manager";

/// Returns the person who communicates for an incident.
pub(super) fn speaker<'a>(incident: &'a Incident, policy: &Policy) -> Option<&'a PersonId> {
    incident.holder(&SPEAKER.into()).or_else(|| incident.holder(policy.manager()))
}
