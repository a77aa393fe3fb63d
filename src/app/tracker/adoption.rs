//! Issues that ask for a hot room of their own.

use super::{follow_ups::Adoption, keys, outbound::left_behind, people};
use crate::{
    app::{
        Context,
        reactor::{FollowUp, WorkList},
    },
    config::{Config, OutsideTracker},
    domain::{
        effect::{EffectKey, IssueAspect, TrackerEffect},
        ids::{Key, ServiceId},
        incident::{Command, Declare, Incident, IncidentKind, TrackerEvent},
        text::Untrusted,
        tracker::{Issue, IssueLink, IssueMark, IssueStage, LinkState, SeenIssue},
    },
    store::{StoreError, Tx},
    tracker::TrackerProject,
};

/// The longest title and description that an issue gives to its incident, in characters.
const LONGEST_TITLE: usize = 200;
const LONGEST_DESCRIPTION: usize = 4_000;

/// Opens a hot room for an issue that has none, if somebody asked for it or its component is critical.
pub(super) fn consider(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    issue: &Issue,
    requested: bool,
) -> Result<(), StoreError> {
    let Some(outside) = &cx.config.tracker.outside else { return Ok(()) };
    let Some(project) = outside.project(&issue.project) else { return Ok(()) };
    let (tracker, id) = (outside.id(), &issue.issue.id);
    if is_marked(tx, issue)?
        || tx.link_of_issue(&tracker, id)?.is_some()
        || tx.followup_of_issue(&tracker, id)?.is_some()
    {
        return Ok(());
    }
    let service = service_of(cx.config, project, issue);
    let critical = service.as_ref().and_then(|service| cx.config.service(service.as_str())).is_some_and(|s| s.critical);
    if !requested && (!critical || issue.stage == IssueStage::Done) {
        return Ok(());
    }
    let reporter = people::actor_of(tx, cx, outside, issue.reporter.as_ref())?;
    let adoption = adoption(tx, cx, outside, issue, service)?;
    work.push(cx.by(&reporter), FollowUp::AdoptIssue(Box::new(adoption)));
    Ok(())
}

/// True if hotroom created the issue itself, here or elsewhere. A copy of an issue has the labels of the first, whose incident
/// has that one.
fn is_marked(tx: &mut Tx<'_>, issue: &Issue) -> Result<bool, StoreError> {
    let own = format!("{}{}-", keys::MARK, tx.make_instance_id()?);
    for label in issue.labels.iter().filter(|label| label.starts_with(keys::MARK)) {
        let key = label.strip_prefix(&own).and_then(Key::parse);
        let incident = key.map(|key| tx.incident_by_key(&key)).transpose()?.flatten();
        let link = incident.map(|incident| tx.issue_link(incident.id)).transpose()?.flatten();
        let is_copy = link.and_then(|link| link.issue).is_some_and(|first| first.id != issue.issue.id);
        if !is_copy {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The service of an issue: a critical one goes before others.
fn service_of(config: &Config, project: &TrackerProject, issue: &Issue) -> Option<ServiceId> {
    let known = issue.components.iter().map(|component| project.service(component));
    let known: Vec<&crate::domain::people::Service> =
        known.filter_map(|service| config.service(service.as_str())).collect();
    let chosen = known.iter().find(|service| service.critical).or_else(|| known.first());
    chosen.map(|service| service.id.clone())
}

fn adoption(
    tx: &Tx<'_>,
    cx: Context<'_>,
    outside: &OutsideTracker,
    issue: &Issue,
    service: Option<ServiceId>,
) -> Result<Adoption, StoreError> {
    let person = |known| people::person_of(tx, cx.config, &outside.id(), known);
    let manager = issue.assignee.as_ref().map(person).transpose()?.flatten();
    let mut watchers = Vec::new();
    for watcher in &issue.watchers {
        watchers.extend(person(watcher)?);
    }
    let title = Untrusted::from(issue.summary.as_str()).shown(LONGEST_TITLE);
    let title = if title.trim().is_empty() { issue.issue.key.clone() } else { title };
    let key = Key::parse(&issue.issue.key).filter(|key| !key.is_provisional());
    let declare = Declare {
        title: Untrusted::new(title),
        description: Untrusted::new(Untrusted::from(issue.description.as_str()).shown(LONGEST_DESCRIPTION)),
        severity: issue.priority.as_deref().and_then(|priority| outside.severity_of(&issue.project, priority)),
        judged: None,
        service,
        kind: IncidentKind::Real,
        own_kind: None,
        private: issue.restricted,
        group: None,
        impact_since: None,
        affected: None,
    };
    let taken = key.as_ref().map(|key| tx.incident_by_key(key)).transpose()?.flatten().is_some();
    Ok(Adoption {
        declare,
        key: if taken { None } else { key },
        project: issue.project.clone(),
        issue: issue.issue.clone(),
        url: issue.url.clone(),
        seen: SeenIssue::from_issue(issue),
        manager,
        watchers,
    })
}

/// Links a declared incident to the issue it was declared for.
pub(in crate::app) fn link(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    incident: &Incident,
    adoption: Adoption,
) -> Result<(), StoreError> {
    let Some(outside) = &cx.config.tracker.outside else { return Ok(()) };
    let mark = format!("{}{}-{}", keys::MARK, tx.make_instance_id()?, adoption.issue.key);
    let link = IssueLink {
        state: if incident.private && !outside.private { LinkState::Stopped } else { LinkState::Linked },
        issue: Some(adoption.issue.clone()),
        seen: adoption.seen,
        ..IssueLink::new(incident.id, outside.id(), adoption.project, IssueMark(mark))
    };
    tx.save_issue_link(&link)?;
    let mut push = |command| work.push(cx, FollowUp::RecordInIncident { incident: incident.id, command });
    let linked = TrackerEvent::IssueLinked {
        tracker: outside.id(),
        issue: adoption.issue,
        url: adoption.url,
        key: None,
        adopted: true,
    };
    push(Command::RecordIssue(linked));
    if link.state == LinkState::Stopped
        && let Some(left) = left_behind(outside, &link)
    {
        push(Command::RecordIssue(left));
    }
    if !adoption.watchers.is_empty() {
        push(Command::Invite { people: adoption.watchers });
    }
    if let Some(person) = adoption.manager {
        let role = cx.config.policy.manager().clone();
        push(Command::AssignRole { role, person: Some(person) });
    }
    let key = |n| EffectKey::new(&format!("tracker/{}/adopted", incident.id), incident.version, n);
    let update = TrackerEffect::UpdateIssue { incident: incident.id, aspect: IssueAspect::Mark };
    tx.enqueue(&key(0), &update.into(), cx.now)?;
    // Comments that were written before.
    let read = TrackerEffect::ReadIssue { incident: incident.id, catch_up: false };
    tx.enqueue(&key(1), &read.into(), cx.now).map(drop)
}
