//! The message of a group of alerts.

use std::collections::BTreeMap;

use minijinja::{context, value::Serde};
use serde::Serialize;

use super::{SilenceLine, Voice, severity_tone};
use crate::{
    chat::{Post, PostKind, Tone},
    domain::{
        Timestamp,
        alert::{Alert, AlertEvent, AlertGroup, AlertState, Enrichment, Remark},
        event::{Event, RecordedEvent},
        ids::{Key, PersonId, RoomId, TeamId},
        incident::Severity,
        text::Untrusted,
    },
};

/// How many alerts the message shows with a line each.
const LINES: usize = 10;
/// How many hosts and checks it names.
const NAMES: usize = 8;

/// What a group's message shows besides the group itself.
#[derive(Clone, Debug, Default)]
pub struct GroupFacts {
    /// The first of its alerts in the order they are shown; as many as [`GroupFacts::READ`].
    pub alerts: Vec<Alert>,
    /// The incident it belongs to, if everyone may know of it.
    pub incident: Option<Key>,
    /// Whether that incident is open.
    pub incident_open: bool,
    /// The first of the groups that are told within it; as many as [`GroupFacts::CHILDREN`].
    pub children: Vec<AlertGroup>,
    /// The title of the group it is told within.
    pub parent: Option<Untrusted>,
    /// What is known besides what the senders say.
    pub known: Enrichment,
    /// The first silences that hold it, or some of its alerts.
    pub silences: Vec<SilenceLine>,
    /// The titles of the first alerts that inhibit some of its.
    pub inhibitors: Vec<Untrusted>,
}

impl GroupFacts {
    /// How many alerts are read for the message: more than are shown, so that hosts and checks can be named.
    pub const READ: usize = 50;
    /// How many of the groups that are told within it are shown.
    pub const CHILDREN: usize = 8;
}

/// The group as its template sees it.
#[derive(Debug, Serialize)]
pub(super) struct GroupView<'a> {
    id: String,
    state: &'static str,
    title: &'a Untrusted,
    severity: Option<Severity>,
    service: Option<&'a str>,
    firing: u32,
    resolved: u32,
    /// How many of those that fire make no noise.
    muted: u32,
    checks: Vec<&'a Untrusted>,
    /// How many more checks there are among the alerts that were read.
    more_checks: usize,
    hosts: Vec<&'a Untrusted>,
    more_hosts: usize,
    alerts: Vec<AlertLine<'a>>,
    /// How many alerts have no line.
    more_alerts: u32,
    opened_at: Timestamp,
    closed_at: Option<Timestamp>,
    acknowledged_by: Option<&'a PersonId>,
    acknowledged_at: Option<Timestamp>,
    /// Who has what fires where it came from.
    acknowledged_there: Vec<&'a Untrusted>,
    /// Whether some fire that came after the acknowledgement.
    unseen: bool,
    silenced_until: Option<Timestamp>,
    silenced_until_over: bool,
    incident: Option<String>,
    incident_open: bool,
    /// Which of its messages this is, from 1.
    posting: u32,
    /// How many of its alerts come and go.
    flapping: u32,
    children: Vec<ChildLine<'a>>,
    /// Why it is told within another group.
    parent: Option<ParentView<'a>>,
    silences: &'a [SilenceLine],
    inhibitors: &'a [Untrusted],
    team: Option<&'a TeamId>,
    runbooks: &'a [Untrusted],
    graphs: &'a [Untrusted],
    image: Option<&'a Untrusted>,
}

/// A group that is told within this one.
#[derive(Debug, Serialize)]
struct ChildLine<'a> {
    id: String,
    title: &'a Untrusted,
    firing: u32,
    feed: &'a RoomId,
    /// Whether its own message is in another room.
    elsewhere: bool,
    rule: &'a str,
    values: &'a BTreeMap<String, Untrusted>,
}

/// The group that tells this one, too.
#[derive(Debug, Serialize)]
struct ParentView<'a> {
    title: &'a Untrusted,
    rule: &'a str,
    values: &'a BTreeMap<String, Untrusted>,
}

impl<'a> ChildLine<'a> {
    fn of(group: &'a AlertGroup) -> Option<Self> {
        let parent_link = group.display.parent.as_ref()?;
        Some(Self {
            id: group.id.to_string(),
            title: &group.title,
            firing: group.counts.firing,
            feed: &group.feed,
            elsewhere: !parent_link.hidden,
            rule: &parent_link.rule,
            values: &parent_link.values,
        })
    }
}

/// One alert in a line.
#[derive(Debug, Serialize)]
struct AlertLine<'a> {
    firing: bool,
    muted: bool,
    summary: &'a Untrusted,
    host: Option<&'a Untrusted>,
    severity: Option<Severity>,
    starts_at: Timestamp,
    ends_at: Option<Timestamp>,
    link: Option<&'a Untrusted>,
    remarks: &'a [Remark],
    /// How often it came and went; none: it does not.
    changes: Option<u32>,
}

impl<'a> GroupView<'a> {
    pub(super) fn of(group: &'a AlertGroup, facts: &'a GroupFacts, now: Timestamp) -> Self {
        let (checks, more_checks) = distinct(facts.alerts.iter().map(|alert| &alert.name));
        let (hosts, more_hosts) = distinct(facts.alerts.iter().filter_map(|alert| alert.host.as_ref()));
        let (acknowledged_there, _) = distinct(holders(&facts.alerts));
        let alerts: Vec<AlertLine<'_>> = facts.alerts.iter().take(LINES).map(AlertLine::of).collect();
        let shown = u32::try_from(alerts.len()).unwrap_or(u32::MAX);
        Self {
            id: group.id.to_string(),
            state: group.state(now).name(),
            title: &group.title,
            severity: group.severity,
            service: group.service.as_deref(),
            firing: group.counts.firing + group.counts.children_firing,
            resolved: group.counts.resolved,
            muted: group.counts.muted + group.counts.children_muted,
            checks,
            more_checks,
            hosts,
            more_hosts,
            alerts,
            more_alerts: (group.counts.firing + group.counts.resolved).saturating_sub(shown),
            opened_at: group.opened_at,
            closed_at: group.closed_at.filter(|_| !group.fires()),
            acknowledged_by: group.acknowledgement.by.as_ref(),
            acknowledged_at: group.acknowledgement.at,
            acknowledged_there,
            unseen: group.fires() && !group.acknowledged(),
            silenced_until: group.silence.until.filter(|until| now < *until),
            silenced_until_over: group.silence.until_over,
            incident: facts.incident.as_ref().map(Key::to_string),
            incident_open: facts.incident_open,
            posting: group.display.postings,
            flapping: group.counts.flapping,
            children: facts.children.iter().filter_map(ChildLine::of).collect(),
            silences: &facts.silences,
            inhibitors: &facts.inhibitors,
            team: facts.known.team.as_ref(),
            runbooks: &facts.known.runbooks,
            graphs: &facts.known.graphs,
            image: facts.known.image.as_ref(),
            parent: group.display.parent.as_ref().zip(facts.parent.as_ref()).map(|(parent_link, title)| ParentView {
                title,
                rule: &parent_link.rule,
                values: &parent_link.values,
            }),
        }
    }
}

impl<'a> AlertLine<'a> {
    fn of(alert: &'a Alert) -> Self {
        Self {
            firing: alert.firing,
            muted: alert.muted,
            summary: &alert.summary,
            host: alert.host.as_ref(),
            severity: alert.severity,
            starts_at: alert.starts_at,
            ends_at: alert.ends_at,
            link: alert.links.first(),
            remarks: &alert.remarks,
            changes: alert.flapping.since.map(|_| alert.flapping.changes),
        }
    }
}

fn holders(alerts: &[Alert]) -> impl Iterator<Item = &Untrusted> {
    alerts.iter().filter(|alert| alert.firing).filter_map(|alert| alert.acknowledged_there.as_ref())
}

/// The different ones in the order they come, and how many are left out.
fn distinct<'a>(texts: impl Iterator<Item = &'a Untrusted>) -> (Vec<&'a Untrusted>, usize) {
    let mut seen: Vec<&Untrusted> = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    let more = seen.len().saturating_sub(NAMES);
    seen.truncate(NAMES);
    (seen, more)
}

impl Voice<'_> {
    /// What the feed of a group is told besides its message: `templates/chat/notice/<event>.md`. None when the event is
    /// not told.
    pub fn group_notice(&self, group: &AlertGroup, recorded: &RecordedEvent) -> Option<Post> {
        let Event::Alert(event) = &recorded.event else { return None };
        let template = format!("chat/notice/{}.md", event.notice()?);
        let context = context! {
            title => Serde(&group.title), service => Serde(&group.service), firing => group.counts.firing,
            flapping => group.counts.flapping,
        };
        let mut post = self.renderer.post(PostKind::Announcement, &template, &self.scene(), context);
        if matches!(event, AlertEvent::GroupSteady { .. }) {
            post.tone = tone(group, self.now);
        }
        Some(post)
    }

    /// The message of a group of alerts: `templates/chat/group.md`.
    pub fn group(&self, group: &AlertGroup, facts: &GroupFacts) -> Post {
        let view = GroupView::of(group, facts, self.now);
        let mut post =
            self.renderer.post(PostKind::Group, "chat/group.md", &self.scene(), context! { group => Serde(view) });
        post.tone = tone(group, self.now);
        post.image = facts.known.image.as_ref().map(|image| image.verbatim().to_owned());
        post.buttons.iter_mut().for_each(|button| button.version = Some(group.version));
        post
    }
}

fn tone(group: &AlertGroup, now: Timestamp) -> Tone {
    match group.state(now) {
        AlertState::Firing => group.severity.map_or(Tone::Warning, severity_tone),
        AlertState::Acknowledged => Tone::Info,
        AlertState::Silenced => Tone::Plain,
        AlertState::Resolved => Tone::Good,
    }
}
