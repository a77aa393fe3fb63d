//! The consequences of an event: effects for the outbox, and what the app does in the same transaction.

use std::time::Duration;

use super::{
    Category, DeliveryEvent, Incident, IncidentEvent, IncidentKind, LifecycleEvent, PagingEvent, PeopleEvent, Policy,
    PublicEvent, TimeName, TimelineEvent, TrackerEvent, revision::may_outdate, visibility::visibility,
};
use crate::domain::{
    Timestamp,
    effect::{Audience, ChatEffect, Effect, Timer},
    ids::{PersonId, RoomId, ServiceId, StatusId},
};

/// A consequence of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// Enqueue an effect.
    Outbox(PlannedEffect),
    /// Page who is on call for the service, or the fallback if none is named.
    PageOnCall(Option<ServiceId>),
    /// Resolve the pages of the incident.
    ResolvePages,
    /// Update the status page with this event.
    ShowPublic,
    /// Withdraw or restore what feeds show of the incident.
    ReviseFeeds,
    /// Edit earlier messages of the hot room whose buttons the event made pointless.
    ReviseRoom,
    /// Edit what pages said, because the hot room is open now.
    UpdatePages,
}

/// An effect with the time it is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedEffect {
    /// The effect.
    pub effect: Effect,
    /// When it is due.
    pub due: Timestamp,
}

impl PlannedEffect {
    /// Returns an effect that is due at a time.
    pub fn new(effect: impl Into<Effect>, due: Timestamp) -> Self {
        Self { effect: effect.into(), due }
    }
}

/// An event with its consequences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionStep {
    /// What happened.
    pub event: IncidentEvent,
    /// Its consequences.
    pub consequences: Vec<Consequence>,
}

/// The delay before the next reminder if one is not answered.
const NUDGE_AGAIN: Duration = Duration::from_secs(10 * 60);

/// Returns the consequences of `event`, which is the latest of `incident`.
pub fn consequences(incident: &Incident, event: &IncidentEvent, policy: &Policy, now: Timestamp) -> Vec<Consequence> {
    if incident.kind == IncidentKind::Retrospective {
        // It has no room, and nobody is to be told of it; what is to be learned of it begins when it is over.
        let mut all = follow_ups(incident, event, policy, now);
        all.retain(|consequence| matches!(consequence, Consequence::ResolvePages));
        return all;
    }
    let mut out: Vec<Consequence> = Vec::new();
    let plan = |effect: ChatEffect| planned(effect, now);
    let id = incident.id;
    if matches!(event, IncidentEvent::Lifecycle(LifecycleEvent::Declared { .. })) {
        out.push(plan(ChatEffect::OpenRoom { incident: id }));
    }
    if touches_card(event) {
        out.push(plan(ChatEffect::UpdateCard { incident: id }));
    }
    let shown = visibility(incident, event);
    if shown.room {
        out.push(plan(announce(incident, Audience::HotRoom)));
    }
    let becomes_private = matches!(event, IncidentEvent::Lifecycle(LifecycleEvent::PrivacyChanged { .. }));
    if shown.feed_line && (!incident.private || becomes_private) {
        out.push(plan(ChatEffect::FeedLine { incident: id }));
    }
    if shown.feed && !incident.private {
        out.push(plan(announce(incident, Audience::Feed(RoomId::from(INCIDENTS_FEED)))));
    }
    out.extend(follow_ups(incident, event, policy, now));
    if may_outdate(event) {
        out.push(Consequence::ReviseRoom);
    }
    out
}

/// Stands for the feed of `[chat] incidents_feed`. The delivery replaces it, so that a changed setting also applies to
/// waiting effects.
pub const INCIDENTS_FEED: &str = "@incidents";

/// True if an event may be posted in the incidents feed.
pub fn is_announced(incident: &Incident, event: &IncidentEvent) -> bool {
    // Whether a change of status is announced depends on the state of the incident at that time.
    let status = matches!(event, IncidentEvent::Lifecycle(LifecycleEvent::StatusChanged { .. }));
    visibility(incident, event).feed || status
}

fn announce(incident: &Incident, to: Audience) -> ChatEffect {
    ChatEffect::Announce { incident: incident.id, seq: incident.version, to }
}

fn follow_ups(incident: &Incident, event: &IncidentEvent, policy: &Policy, now: Timestamp) -> Vec<Consequence> {
    match event {
        IncidentEvent::Lifecycle(event) => after_lifecycle(incident, event, policy, now),
        IncidentEvent::People(PeopleEvent::PeopleInvited { people }) => vec![invite(incident, people.clone(), now)],
        IncidentEvent::People(PeopleEvent::RoleAssigned { person, .. } | PeopleEvent::AdminJoined { person, .. }) => {
            vec![invite(incident, vec![person.clone()], now)]
        }
        IncidentEvent::Paging(
            PagingEvent::PageEscalated { people, .. } | PagingEvent::PageReassigned { people, .. },
        ) => {
            vec![invite(incident, people.clone(), now)]
        }
        // Customers read since when they are affected.
        IncidentEvent::Timeline(TimelineEvent::TimeSet { name: TimeName::Impact, .. }) => vec![Consequence::ShowPublic],
        IncidentEvent::Timeline(event) => next_reminder(event, now)
            .map(|due| planned(Timer::UpdateDue { incident: incident.id }, due))
            .into_iter()
            .collect(),
        IncidentEvent::Public(
            PublicEvent::StatusPosted { .. }
            | PublicEvent::StatusRestored { .. }
            | PublicEvent::PublicTitleChanged { .. }
            | PublicEvent::StatusTakenOver { .. },
        ) => vec![Consequence::ShowPublic],
        IncidentEvent::Delivery(DeliveryEvent::RoomOpened { .. }) => vec![Consequence::UpdatePages],
        // A room that is open is named after the new key; one that waits for its key is opened under it.
        IncidentEvent::Tracker(TrackerEvent::IssueLinked { key: Some(_), .. }) if incident.room.is_some() => {
            vec![planned(ChatEffect::OpenRoom { incident: incident.id }, now)]
        }
        IncidentEvent::Public(PublicEvent::StatusMoved { .. })
        | IncidentEvent::Tracker(_)
        | IncidentEvent::OutsidePage(_)
        | IncidentEvent::People(
            PeopleEvent::RoleReleased { .. }
            | PeopleEvent::TaskAdded { .. }
            | PeopleEvent::TaskAssigned { .. }
            | PeopleEvent::TaskDone { .. }
            | PeopleEvent::TasksClosed { .. },
        )
        | IncidentEvent::Paging(
            PagingEvent::PageStarted { .. }
            | PagingEvent::PageAcknowledged { .. }
            | PagingEvent::PageDeclined { .. }
            | PagingEvent::PageSnoozed { .. }
            | PagingEvent::PageResponderAdded { .. }
            | PagingEvent::NobodyOnCall { .. }
            | PagingEvent::PagesStopped { .. }
            | PagingEvent::PageExhausted { .. },
        )
        | IncidentEvent::Alerts(_)
        | IncidentEvent::Delivery(_) => Vec::new(),
    }
}

fn after_lifecycle(incident: &Incident, event: &LifecycleEvent, policy: &Policy, now: Timestamp) -> Vec<Consequence> {
    match event {
        LifecycleEvent::Declared { .. } => page_if(incident, policy, true),
        // An earlier page may have been exhausted. One in progress is not started a second time.
        // The pages of the merged incident go on for this one.
        LifecycleEvent::SeverityChanged { merged: Some(_), .. } => Vec::new(),
        LifecycleEvent::SeverityChanged { from, to, .. } => {
            page_if(incident, policy, to < from || !policy.severity(*from).page)
        }
        LifecycleEvent::PrivacyChanged { .. } => {
            vec![planned(ChatEffect::RestrictRoom { incident: incident.id }, now), Consequence::ReviseFeeds]
        }
        LifecycleEvent::StatusChanged { from, .. } => after_status(incident, from, policy, now),
        LifecycleEvent::SeverityProposed { .. }
        | LifecycleEvent::Renamed { .. }
        | LifecycleEvent::ResolutionRecorded { .. }
        | LifecycleEvent::FieldsChanged { .. }
        | LifecycleEvent::Merged { .. }
        | LifecycleEvent::Absorbed { .. } => Vec::new(),
    }
}

/// When an update may be due after this event.
fn next_reminder(event: &TimelineEvent, now: Timestamp) -> Option<Timestamp> {
    match event {
        TimelineEvent::UpdateClockSet { due } => *due,
        TimelineEvent::Snoozed { until } => Some(*until),
        TimelineEvent::UpdateNudged { .. } => Some(now + NUDGE_AGAIN),
        TimelineEvent::UpdatePosted { .. }
        | TimelineEvent::UpdateDrafted { .. }
        | TimelineEvent::NoteAdded { .. }
        | TimelineEvent::TimelineAdded { .. }
        | TimelineEvent::MessageChanged { .. }
        | TimelineEvent::WordsTakenOut { .. }
        | TimelineEvent::TimeSet { .. } => None,
    }
}

fn planned(effect: impl Into<Effect>, due: Timestamp) -> Consequence {
    Consequence::Outbox(PlannedEffect::new(effect, due))
}

fn invite(incident: &Incident, people: Vec<PersonId>, now: Timestamp) -> Consequence {
    planned(ChatEffect::Invite { incident: incident.id, people }, now)
}

fn page_if(incident: &Incident, policy: &Policy, raised: bool) -> Vec<Consequence> {
    let pages =
        raised && incident.kind.pages_by_itself() && incident.is_open() && policy.severity(incident.severity).page;
    pages.then(|| Consequence::PageOnCall(incident.service.clone())).into_iter().collect()
}

fn after_status(incident: &Incident, from: &StatusId, policy: &Policy, now: Timestamp) -> Vec<Consequence> {
    let archive = || {
        let archive = ChatEffect::ArchiveRoom { incident: incident.id, closed: Some(incident.status_version) };
        planned(archive, now + policy.room_open_for)
    };
    match incident.category {
        Category::Triage | Category::Active => {
            // Its pages ended with it: it is paged from the first step. A page in progress is not started a second time.
            let reopened = policy.workflow.status(from).is_none_or(|status| !status.category.is_open());
            let mut out = vec![planned(ChatEffect::ReopenRoom { incident: incident.id }, now)];
            out.extend(page_if(incident, policy, reopened));
            out
        }
        Category::Resolved => vec![Consequence::ResolvePages],
        // The incident that goes on takes its pages.
        Category::Merged => vec![archive()],
        Category::Closed | Category::Declined | Category::Cancelled => vec![Consequence::ResolvePages, archive()],
    }
}

/// True if the card changes with this event.
fn touches_card(event: &IncidentEvent) -> bool {
    match event {
        IncidentEvent::Lifecycle(event) => match event {
            LifecycleEvent::Declared { .. }
            | LifecycleEvent::StatusChanged { .. }
            | LifecycleEvent::SeverityChanged { .. }
            | LifecycleEvent::PrivacyChanged { .. }
            | LifecycleEvent::Renamed { .. }
            | LifecycleEvent::ResolutionRecorded { .. }
            | LifecycleEvent::FieldsChanged { .. }
            | LifecycleEvent::Merged { .. }
            | LifecycleEvent::Absorbed { .. } => true,
            LifecycleEvent::SeverityProposed { .. } => false,
        },
        IncidentEvent::People(_) | IncidentEvent::Alerts(_) | IncidentEvent::Public(_) => true,
        IncidentEvent::Timeline(event) => match event {
            TimelineEvent::UpdatePosted { .. }
            | TimelineEvent::UpdateClockSet { .. }
            | TimelineEvent::Snoozed { .. }
            | TimelineEvent::WordsTakenOut { .. }
            | TimelineEvent::TimeSet { .. } => true,
            TimelineEvent::NoteAdded { .. }
            | TimelineEvent::TimelineAdded { .. }
            | TimelineEvent::MessageChanged { .. }
            | TimelineEvent::UpdateDrafted { .. }
            | TimelineEvent::UpdateNudged { .. } => false,
        },
        IncidentEvent::Paging(event) => match event {
            PagingEvent::PageStarted { .. }
            | PagingEvent::PageAcknowledged { .. }
            | PagingEvent::PageEscalated { .. }
            | PagingEvent::PagesStopped { .. }
            | PagingEvent::NobodyOnCall { .. }
            | PagingEvent::PageSnoozed { .. }
            | PagingEvent::PageReassigned { .. }
            | PagingEvent::PageResponderAdded { .. }
            | PagingEvent::PageExhausted { .. } => true,
            PagingEvent::PageDeclined { .. } => false,
        },
        IncidentEvent::Delivery(_) => false,
        IncidentEvent::OutsidePage(_) => true,
        IncidentEvent::Tracker(event) => {
            matches!(event, TrackerEvent::IssueLinked { .. } | TrackerEvent::IssueDeleted { .. })
        }
    }
}
