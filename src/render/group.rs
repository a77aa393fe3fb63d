//! The message of an alert group.

use std::collections::BTreeMap;

use minijinja::{context, value::Serde};
use serde::Serialize;

use super::{MessageRenderer, SilenceLine, severity_tone};
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

/// Maximum number of alerts shown with a line each.
const LINES: usize = 10;
/// Maximum number of hosts and checks named.
const NAMES: usize = 8;

/// Data that a group's message shows in addition to the group itself.
#[derive(Clone, Debug, Default)]
pub struct GroupFacts {
    /// The first alerts of the group in display order, at most [`GroupFacts::READ`].
    pub alerts: Vec<Alert>,
    /// The incident of the group, if it is not private.
    pub incident: Option<Key>,
    /// True if that incident is open.
    pub incident_open: bool,
    /// The first child groups, at most [`GroupFacts::CHILDREN`].
    pub children: Vec<AlertGroup>,
    /// The title of the parent group.
    pub parent: Option<Untrusted>,
    /// Links and other data added by rules.
    pub known: Enrichment,
    /// The first silences that match the group or some of its alerts.
    pub silences: Vec<SilenceLine>,
    /// The titles of the first alerts that inhibit some of its alerts.
    pub inhibitors: Vec<Untrusted>,
}

impl GroupFacts {
    /// Maximum number of alerts loaded for the message; more than are shown, so that hosts and checks can be named.
    pub const READ: usize = 50;
    /// Maximum number of child groups shown.
    pub const CHILDREN: usize = 8;
}

/// An alert group in templates.
#[derive(Debug, Serialize)]
pub(super) struct GroupView<'a> {
    id: String,
    state: &'static str,
    title: &'a Untrusted,
    severity: Option<Severity>,
    service: Option<&'a str>,
    firing: u32,
    resolved: u32,
    /// Number of firing alerts that are muted.
    muted: u32,
    checks: Vec<&'a Untrusted>,
    /// Number of further checks among the loaded alerts.
    more_checks: usize,
    hosts: Vec<&'a Untrusted>,
    more_hosts: usize,
    alerts: Vec<AlertLine<'a>>,
    /// Number of alerts without a line.
    more_alerts: u32,
    /// How many further alerts the sender left out.
    truncated: u32,
    opened_at: Timestamp,
    closed_at: Option<Timestamp>,
    acknowledged_by: Option<&'a PersonId>,
    acknowledged_at: Option<Timestamp>,
    /// Who acknowledged the firing alerts in the sender's system.
    acknowledged_there: Vec<&'a Untrusted>,
    /// True if some alerts started firing after the acknowledgement.
    unseen: bool,
    silenced_until: Option<Timestamp>,
    silenced_until_over: bool,
    incident: Option<String>,
    incident_open: bool,
    /// The number of this message within the group, from 1.
    posting: u32,
    /// Number of flapping alerts.
    flapping: u32,
    children: Vec<ChildLine<'a>>,
    /// The parent group and why this group is shown in it.
    parent: Option<ParentView<'a>>,
    silences: &'a [SilenceLine],
    inhibitors: &'a [Untrusted],
    team: Option<&'a TeamId>,
    runbooks: &'a [Untrusted],
    graphs: &'a [Untrusted],
    image: Option<&'a Untrusted>,
}

/// A child group.
#[derive(Debug, Serialize)]
struct ChildLine<'a> {
    id: String,
    title: &'a Untrusted,
    firing: u32,
    feed: &'a RoomId,
    /// True if its own message is in another room.
    elsewhere: bool,
    rule: &'a str,
    values: &'a BTreeMap<String, Untrusted>,
}

/// The parent group.
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
    /// Number of state changes; `None` if the alert does not flap.
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
            truncated: firing(&facts.alerts).map(|alert| alert.truncated).max().unwrap_or_default(),
            opened_at: group.opened_at,
            closed_at: if group.fires() { None } else { group.closed_at },
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
    firing(alerts).filter_map(|alert| alert.acknowledged_there.as_ref())
}

fn firing(alerts: &[Alert]) -> impl Iterator<Item = &Alert> {
    alerts.iter().filter(|alert| alert.firing)
}

/// Returns the distinct texts in their original order, and how many are left out.
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

impl MessageRenderer<'_> {
    /// Builds the feed notice of a group event: `templates/chat/notice/<event>.md`. `None` if the event has no notice.
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

    /// Builds the message of an alert group: `templates/chat/group.md`.
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
