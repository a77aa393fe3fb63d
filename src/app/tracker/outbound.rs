//! What the issue of an incident needs because of the events of the incident.

use chrono::TimeDelta;

use super::{follow_up_issues, keys, people::account_of};
use crate::{
    app::{
        Context,
        reactor::{FollowUp, WorkList},
    },
    config::OutsideTracker,
    domain::{
        Timestamp,
        effect::{EffectKey, IssueAspect, TrackerEffect},
        ids::PersonId,
        incident::{
            Command, DeliveryEvent, Incident, IncidentEvent, LifecycleEvent, PagingEvent, PeopleEvent, TimelineEvent,
            TrackerEvent,
        },
        refusal::{IncidentRefusal, Refusal},
        tracker::{IssueLink, LinkState},
    },
    store::{StoreError, Tx, chat::MessageRange},
};

/// The least time between two comments on one issue.
const BETWEEN_COMMENTS: TimeDelta = TimeDelta::seconds(10);

/// Enqueues what the issue needs because of these events, the first of which may be the declaration.
pub(in crate::app) fn follow(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    incident: &Incident,
    events: &[(u64, IncidentEvent)],
) -> Result<(), StoreError> {
    let Some(outside) = &cx.config.tracker.outside else { return Ok(()) };
    let link = match tx.issue_link(incident.id)? {
        Some(link) if link.tracker == outside.id() => link,
        Some(_) => return Ok(()),
        None if incident.key.is_provisional() && outside.takes(incident.kind, incident.private) => {
            match begin(tx, cx, outside, incident)? {
                Some(link) => link,
                None => return Ok(()),
            }
        }
        None => {
            let public = events.iter().any(|(_, event)| becomes_public(event));
            if public && outside.takes(incident.kind, incident.private) {
                offer(cx, work, outside, incident);
            }
            return Ok(());
        }
    };
    let mut issue = FollowedIssue { cx, outside, incident, link };
    for (seq, event) in events {
        issue.follow(tx, work, *seq, event)?;
    }
    Ok(())
}

fn becomes_public(event: &IncidentEvent) -> bool {
    matches!(event, IncidentEvent::Lifecycle(LifecycleEvent::PrivacyChanged { private: false }))
}

fn offer(cx: Context<'_>, work: &mut WorkList, outside: &OutsideTracker, incident: &Incident) {
    record(cx, work, incident, TrackerEvent::IssueOffered { tracker: outside.id() });
}

fn record(cx: Context<'_>, work: &mut WorkList, incident: &Incident, event: TrackerEvent) {
    let command = Command::RecordIssue(event);
    work.push(cx, FollowUp::RecordInIncident { incident: incident.id, command });
}

/// Plans the issue of an incident. `None` if no project takes it.
fn begin(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    outside: &OutsideTracker,
    incident: &Incident,
) -> Result<Option<IssueLink>, StoreError> {
    let Some(project) = outside.project_for(incident.service.as_ref()) else { return Ok(None) };
    let mark = keys::mark(tx, incident)?;
    let link = IssueLink::new(incident.id, outside.id(), project.name.clone(), mark);
    tx.save_issue_link(&link)?;
    let create = TrackerEffect::CreateIssue { incident: incident.id };
    tx.enqueue(&effect_key(incident, incident.version, 0), &create.into(), cx.now)?;
    Ok(Some(link))
}

fn effect_key(incident: &Incident, seq: u64, n: usize) -> EffectKey {
    EffectKey::new(&format!("tracker/{}", incident.id), seq, n)
}

/// Creates the issue of an incident that has none, because a person asks for it.
pub(in crate::app) fn create_issue(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: &Incident,
) -> Result<Result<(), Refusal>, StoreError> {
    let refused = |refusal: IncidentRefusal| Ok(Err(refusal.into()));
    let Some(outside) = &cx.config.tracker.outside else { return refused(IncidentRefusal::NoOutsideTracker) };
    if !outside.takes(incident.kind, incident.private) {
        return refused(IncidentRefusal::IssueWithheld { key: incident.key.clone() });
    }
    let known = tx.issue_link(incident.id)?;
    if let Some(known) = known.as_ref().filter(|known| known.tracker == outside.id())
        && matches!(known.state, LinkState::Creating | LinkState::Linked)
    {
        let issue = known.issue.as_ref().map(|issue| issue.key.clone()).unwrap_or_default();
        return refused(IncidentRefusal::HasIssue { key: incident.key.clone(), issue });
    }
    let link = begin(tx, cx, outside, incident)?;
    let Some(link) = link else { return refused(IncidentRefusal::NoOutsideTracker) };
    // What was said before stands in the record.
    let chatted = newest_message(tx, incident)?;
    tx.save_issue_link(&IssueLink { commented: incident.version, chatted, ..link })?;
    bring_up_to_date(tx, cx, incident, |n| {
        EffectKey::new(&format!("tracker/{}/asked", incident.id), incident.version, n)
    })?;
    Ok(Ok(()))
}

/// The newest message of the room of an incident.
fn newest_message(tx: &Tx<'_>, incident: &Incident) -> Result<i64, StoreError> {
    let Some(room) = &incident.room else { return Ok(0) };
    let newest = tx.messages(room, MessageRange::Newest, 1)?.items;
    Ok(newest.last().map_or(0, |message| message.id))
}

/// Has the issue show what the incident is now.
fn bring_up_to_date(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: &Incident,
    key: impl Fn(usize) -> EffectKey,
) -> Result<(), StoreError> {
    let id = incident.id;
    let aspects = [IssueAspect::Title, IssueAspect::Severity, IssueAspect::Assignee, IssueAspect::Fields];
    let updates = aspects.into_iter().map(|aspect| TrackerEffect::UpdateIssue { incident: id, aspect });
    let moved = TrackerEffect::MoveIssue { incident: id, seq: incident.status_version };
    for (n, effect) in updates.chain([moved]).enumerate() {
        tx.enqueue(&key(n), &effect.into(), cx.now)?;
    }
    Ok(())
}

/// An issue that follows its incident.
struct FollowedIssue<'a> {
    cx: Context<'a>,
    outside: &'a OutsideTracker,
    incident: &'a Incident,
    link: IssueLink,
}

impl FollowedIssue<'_> {
    fn follow(
        &mut self,
        tx: &mut Tx<'_>,
        work: &mut WorkList,
        seq: u64,
        event: &IncidentEvent,
    ) -> Result<(), StoreError> {
        let cx = self.cx;
        if let IncidentEvent::Lifecycle(LifecycleEvent::PrivacyChanged { private }) = event
            && !self.outside.private
        {
            return if *private { self.stop(tx, work) } else { self.resume(tx, work, seq) };
        }
        if !matches!(self.link.state, LinkState::Creating | LinkState::Linked) {
            return Ok(());
        }
        let effects = self.effects(seq, event);
        for (n, effect) in effects.into_iter().enumerate() {
            // The number 0 of the declaration is that of the creation.
            tx.enqueue(&effect_key(self.incident, seq, n + 1), &effect.into(), cx.now)?;
        }
        if self.is_said(event) {
            comment_later(tx, cx.now, &self.link, CommentCause::Event(seq))?;
        }
        Ok(())
    }

    /// Stops at once: what waits is withheld, because the incident is private by now.
    fn stop(&mut self, tx: &mut Tx<'_>, work: &mut WorkList) -> Result<(), StoreError> {
        if !matches!(self.link.state, LinkState::Creating | LinkState::Linked) {
            return follow_up_issues::left_behind(tx, self.cx, work, self.incident.id);
        }
        self.link.state = LinkState::Stopped;
        tx.save_issue_link(&self.link)?;
        if let Some(left) = left_behind(self.outside, &self.link) {
            record(self.cx, work, self.incident, left);
        }
        follow_up_issues::left_behind(tx, self.cx, work, self.incident.id)
    }

    /// Goes on with an issue that was there before the incident became private. What was said meanwhile stays inside.
    fn resume(&mut self, tx: &mut Tx<'_>, work: &mut WorkList, seq: u64) -> Result<(), StoreError> {
        let cx = self.cx;
        match self.link.state {
            LinkState::Stopped => {}
            LinkState::Creating | LinkState::Linked => return Ok(()),
            LinkState::Failed | LinkState::Deleted => {
                offer(cx, work, self.outside, self.incident);
                return Ok(());
            }
        }
        if self.link.issue.is_none() {
            self.link.state = LinkState::Failed;
            tx.save_issue_link(&self.link)?;
            offer(cx, work, self.outside, self.incident);
            return Ok(());
        }
        self.link.state = LinkState::Linked;
        self.link.commented = self.incident.version;
        self.link.chatted = newest_message(tx, self.incident)?;
        tx.save_issue_link(&self.link)?;
        bring_up_to_date(tx, cx, self.incident, |n| effect_key(self.incident, seq, n + 1))
    }

    fn effects(&self, seq: u64, event: &IncidentEvent) -> Vec<TrackerEffect> {
        let incident = self.incident.id;
        let update = |aspect| vec![TrackerEffect::UpdateIssue { incident, aspect }];
        match event {
            IncidentEvent::Lifecycle(event) => match event {
                LifecycleEvent::Declared { .. } | LifecycleEvent::StatusChanged { .. } => {
                    vec![TrackerEffect::MoveIssue { incident, seq }]
                }
                LifecycleEvent::SeverityChanged { .. } => update(IssueAspect::Severity),
                LifecycleEvent::Renamed { .. } => update(IssueAspect::Title),
                LifecycleEvent::ResolutionRecorded { .. } | LifecycleEvent::FieldsChanged { .. } => {
                    update(IssueAspect::Fields)
                }
                LifecycleEvent::SeverityProposed { .. }
                | LifecycleEvent::PrivacyChanged { .. }
                | LifecycleEvent::Merged { .. }
                | LifecycleEvent::Absorbed { .. } => Vec::new(),
            },
            IncidentEvent::People(event) => self.after_people(event),
            IncidentEvent::Timeline(TimelineEvent::UpdatePosted { .. } | TimelineEvent::TimeSet { .. }) => {
                update(IssueAspect::Fields)
            }
            IncidentEvent::Paging(PagingEvent::PageAcknowledged { person, .. }) => self.watch([person]),
            IncidentEvent::Delivery(DeliveryEvent::RoomOpened { .. }) => update(IssueAspect::Room),
            IncidentEvent::Timeline(_)
            | IncidentEvent::Paging(_)
            | IncidentEvent::Alerts(_)
            | IncidentEvent::Public(_)
            | IncidentEvent::Delivery(_)
            | IncidentEvent::Tracker(_)
            | IncidentEvent::OutsidePage(_) => Vec::new(),
        }
    }

    fn after_people(&self, event: &PeopleEvent) -> Vec<TrackerEffect> {
        let assign = || TrackerEffect::UpdateIssue { incident: self.incident.id, aspect: IssueAspect::Assignee };
        match event {
            PeopleEvent::RoleAssigned { role, person, .. } => {
                let mut effects = self.watch([person]);
                if role == self.cx.config.policy.manager() {
                    effects.push(assign());
                }
                effects
            }
            PeopleEvent::RoleReleased { role, .. } if role == self.cx.config.policy.manager() => vec![assign()],
            PeopleEvent::PeopleInvited { people } => self.watch(people),
            PeopleEvent::AdminJoined { person, .. } => self.watch([person]),
            PeopleEvent::RoleReleased { .. }
            | PeopleEvent::TaskAdded { .. }
            | PeopleEvent::TaskAssigned { .. }
            | PeopleEvent::TaskDone { .. }
            | PeopleEvent::TasksClosed { .. } => Vec::new(),
        }
    }

    /// People whose account is known become watchers, unless they watch already.
    fn watch<'p>(&self, people: impl IntoIterator<Item = &'p PersonId>) -> Vec<TrackerEffect> {
        let unknown = |person: &&PersonId| {
            let account = account_of(self.cx.config, &self.link.tracker, person);
            account.is_some_and(|account| !self.link.seen.watchers.contains(&account.0))
        };
        let new = people.into_iter().filter(unknown);
        new.map(|person| TrackerEffect::WatchIssue { incident: self.incident.id, person: person.clone() }).collect()
    }

    /// True if the event becomes part of a comment.
    fn is_said(&self, event: &IncidentEvent) -> bool {
        match event {
            IncidentEvent::Timeline(event) => matches!(
                event,
                TimelineEvent::UpdatePosted { .. }
                    | TimelineEvent::NoteAdded { .. }
                    | TimelineEvent::TimelineAdded { message: None, .. }
            ),
            IncidentEvent::Lifecycle(event) => matches!(event, LifecycleEvent::ResolutionRecorded { .. }),
            IncidentEvent::People(event) => matches!(event, PeopleEvent::RoleAssigned { .. }),
            IncidentEvent::Paging(_)
            | IncidentEvent::Alerts(_)
            | IncidentEvent::Public(_)
            | IncidentEvent::Delivery(_)
            | IncidentEvent::Tracker(_)
            | IncidentEvent::OutsidePage(_) => false,
        }
    }
}

/// What is to be said in a comment.
#[derive(Clone, Copy)]
pub(super) enum CommentCause {
    /// An event of the incident.
    Event(u64),
    /// A message of its room.
    Message(i64),
}

/// Plans a comment with everything that was said since the last one. Before the issue exists nothing is planned: the comment
/// follows its creation.
pub(super) fn comment_later(
    tx: &mut Tx<'_>,
    now: Timestamp,
    link: &IssueLink,
    cause: CommentCause,
) -> Result<(), StoreError> {
    if link.linked().is_none() {
        return Ok(());
    }
    let due = link.commented_at.map_or(now, |last| now.max(last + BETWEEN_COMMENTS));
    let incident = link.incident;
    let key = EffectKey(match cause {
        CommentCause::Event(seq) => format!("tracker/{incident}/comment/{seq}"),
        CommentCause::Message(id) => format!("tracker/{incident}/comment/message/{id}"),
    });
    tx.enqueue(&key, &TrackerEffect::CommentIssue { incident }.into(), due).map(drop)
}

/// What a tracker has of an incident that became private; `None` if it has nothing.
pub(super) fn left_behind(outside: &OutsideTracker, link: &IssueLink) -> Option<TrackerEvent> {
    let issue = link.issue.as_ref()?;
    Some(TrackerEvent::IssueLeftBehind {
        issue: issue.key.clone(),
        url: outside.issue_url(&link.project, &issue.key, &issue.id),
        comments: link.comments_written,
    })
}
