//! Which messages show an event of an incident.

use super::{
    Category, DeliveryEvent, Incident, IncidentEvent, LifecycleEvent, LinkedAlertsEvent, PagingEvent, PeopleEvent,
    PublicEvent, TimeName, TimelineEvent, TrackerEvent,
};
use crate::domain::ids::RoleId;

/// How many alert groups get a line in the room when they join. The card counts all of them, also in a storm.
const LINKS_SHOWN: usize = 10;

/// Which messages show an event.
pub(super) struct EventVisibility {
    /// A message in the hot room.
    pub(super) room: bool,
    /// A message in the incidents feed.
    pub(super) feed: bool,
    /// The line of the incident in the incidents feed.
    pub(super) feed_line: bool,
}

impl EventVisibility {
    const NONE: Self = Self { room: false, feed: false, feed_line: false };
    const ONLY_LINE: Self = Self { room: false, feed: false, feed_line: true };
    const ROOM: Self = Self { room: true, feed: false, feed_line: false };
    const LINE: Self = Self { room: true, feed: false, feed_line: true };
    const ALL: Self = Self { room: true, feed: true, feed_line: true };
}

/// A drill has its line in the incidents feed, which says what it is, and no message there: it alarms only whom it pages.
pub(super) fn visibility(incident: &Incident, event: &IncidentEvent) -> EventVisibility {
    let shown = visibility_of(incident, event);
    EventVisibility { feed: shown.feed && incident.kind.is_announced(), ..shown }
}

fn visibility_of(incident: &Incident, event: &IncidentEvent) -> EventVisibility {
    match event {
        IncidentEvent::Lifecycle(event) => lifecycle_visibility(event),
        IncidentEvent::People(event) => match event {
            PeopleEvent::PeopleInvited { .. } => EventVisibility::NONE,
            // The card says who runs a new incident.
            PeopleEvent::RoleAssigned { role, .. } if is_first_holder(incident, role) => EventVisibility::ONLY_LINE,
            PeopleEvent::RoleAssigned { .. } | PeopleEvent::RoleReleased { .. } => EventVisibility::LINE,
            PeopleEvent::AdminJoined { .. }
            | PeopleEvent::TaskAdded { .. }
            | PeopleEvent::TaskAssigned { .. }
            | PeopleEvent::TaskDone { .. }
            | PeopleEvent::TasksClosed { .. } => EventVisibility::ROOM,
        },
        IncidentEvent::Timeline(event) => timeline_visibility(event),
        IncidentEvent::Paging(event) => match event {
            // The page itself posts a line in the room that names whom it asks, and keeps it up to date.
            PagingEvent::PageStarted { .. } | PagingEvent::PageEscalated { .. } => EventVisibility::NONE,
            PagingEvent::NobodyOnCall { .. } | PagingEvent::PageExhausted { .. } => EventVisibility::ALL,
            PagingEvent::PageAcknowledged { .. }
            | PagingEvent::PageDeclined { .. }
            | PagingEvent::PageSnoozed { .. }
            | PagingEvent::PageReassigned { .. }
            | PagingEvent::PageResponderAdded { .. }
            | PagingEvent::PagesStopped { .. } => EventVisibility::ROOM,
        },
        IncidentEvent::Alerts(event) => match event {
            LinkedAlertsEvent::AlertsLinked { .. } => {
                EventVisibility { room: incident.groups.len() <= LINKS_SHOWN, ..EventVisibility::NONE }
            }
            LinkedAlertsEvent::AlertsCleared { .. } => EventVisibility::ROOM,
            // The message of the group shows it.
            LinkedAlertsEvent::AlertsAcknowledged { .. } => EventVisibility::NONE,
        },
        IncidentEvent::Public(event) => match event {
            PublicEvent::StatusPosted { .. } => EventVisibility::ALL,
            PublicEvent::StatusRestored { .. } => EventVisibility::LINE,
            PublicEvent::PublicTitleChanged { .. } | PublicEvent::StatusTakenOver { .. } => EventVisibility::ROOM,
            // The line about the merge says where it continues.
            PublicEvent::StatusMoved { .. } => EventVisibility::NONE,
        },
        IncidentEvent::Delivery(event) => delivery_visibility(event),
        IncidentEvent::OutsidePage(_) => EventVisibility::ROOM,
        IncidentEvent::Tracker(event) => match event {
            // The feed shows the key.
            TrackerEvent::IssueLinked { .. } => EventVisibility::LINE,
            TrackerEvent::IssueCommented { summarized: true, .. } => EventVisibility::NONE,
            TrackerEvent::IssueCommented { .. }
            | TrackerEvent::IssueCommentChanged { .. }
            | TrackerEvent::IssueNotCreated { .. }
            | TrackerEvent::IssueOffered { .. }
            | TrackerEvent::TransitionMissing { .. }
            | TrackerEvent::IssueChangeRefused { .. }
            | TrackerEvent::IssueCaughtUp { .. }
            | TrackerEvent::IssueDeleted { .. }
            | TrackerEvent::IssueLeftBehind { .. } => EventVisibility::ROOM,
        },
    }
}

/// True if a role was taken when the incident was declared.
fn is_first_holder(incident: &Incident, role: &RoleId) -> bool {
    let declared = incident.times.get(&TimeName::Declared).map(|time| time.first);
    incident.roles.get(role).is_some_and(|held| Some(held.since) == declared)
}

fn delivery_visibility(event: &DeliveryEvent) -> EventVisibility {
    match event {
        DeliveryEvent::RoomOpened { .. } => EventVisibility { feed_line: true, ..EventVisibility::NONE },
        DeliveryEvent::DeliveryFailed { .. }
        | DeliveryEvent::PersonUnreachable { .. }
        | DeliveryEvent::AccountUnknown { .. }
        | DeliveryEvent::RoomElsewhere { .. }
        | DeliveryEvent::StatusMirrorBehind { .. }
        | DeliveryEvent::StatusMirrorCaughtUp { .. } => EventVisibility::ROOM,
    }
}

fn lifecycle_visibility(event: &LifecycleEvent) -> EventVisibility {
    match event {
        // The card, the first message of the room, says all of it.
        LifecycleEvent::Declared { .. } => EventVisibility::ONLY_LINE,
        LifecycleEvent::PrivacyChanged { .. } | LifecycleEvent::Renamed { .. } | LifecycleEvent::Absorbed { .. } => {
            EventVisibility::LINE
        }
        LifecycleEvent::SeverityChanged { .. } | LifecycleEvent::Merged { .. } => EventVisibility::ALL,
        LifecycleEvent::FieldsChanged { from_alerts: true, .. } => EventVisibility::NONE,
        LifecycleEvent::SeverityProposed { .. } | LifecycleEvent::FieldsChanged { .. } => EventVisibility::ROOM,
        LifecycleEvent::ResolutionRecorded { .. } => EventVisibility::NONE,
        LifecycleEvent::StatusChanged { category, .. } => {
            // The line of the incident shows every status. Its end is news to those who read the feed.
            let announced = matches!(category, Category::Resolved | Category::Cancelled | Category::Declined);
            EventVisibility { feed: announced, ..EventVisibility::LINE }
        }
    }
}

fn timeline_visibility(event: &TimelineEvent) -> EventVisibility {
    match event {
        TimelineEvent::UpdatePosted { .. } => EventVisibility::ALL,
        TimelineEvent::UpdateClockSet { .. }
        // People saw it in the room where it was written.
        | TimelineEvent::TimelineAdded { message: Some(_), .. }
        | TimelineEvent::MessageChanged { .. } => EventVisibility::NONE,
        TimelineEvent::UpdateNudged { .. }
        | TimelineEvent::Snoozed { .. }
        | TimelineEvent::NoteAdded { .. }
        | TimelineEvent::UpdateDrafted { .. }
        | TimelineEvent::TimelineAdded { message: None, .. }
        | TimelineEvent::TimeSet { .. } => EventVisibility::ROOM,
        // The text that was removed may have been the title.
        TimelineEvent::WordsTakenOut { .. } => EventVisibility::LINE,
    }
}
