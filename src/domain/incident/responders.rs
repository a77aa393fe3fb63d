//! Who works on an incident: two people at it is what reports call assembled.

use super::{
    IncidentEvent, LifecycleEvent, LinkedAlertsEvent, OutsidePageEvent, PagingEvent, PeopleEvent, TimelineEvent,
};
use crate::domain::{ids::PersonId, pager::OutsideAnswer, people::Actor};

/// Returns the person who shows by an event that they work on the incident. To declare it, to read it, to be invited and to
/// add a note is no work on it: everybody may do that.
pub(super) fn responder<'e>(event: &'e IncidentEvent, actor: &'e Actor) -> Option<&'e PersonId> {
    match event {
        IncidentEvent::Lifecycle(
            LifecycleEvent::StatusChanged { .. }
            | LifecycleEvent::SeverityChanged { .. }
            | LifecycleEvent::Renamed { .. }
            | LifecycleEvent::ResolutionRecorded { .. }
            | LifecycleEvent::FieldsChanged { .. }
            | LifecycleEvent::Merged { .. },
        )
        | IncidentEvent::People(PeopleEvent::TaskAdded { .. } | PeopleEvent::TaskDone { .. })
        | IncidentEvent::Timeline(TimelineEvent::UpdatePosted { .. } | TimelineEvent::TimelineAdded { .. })
        | IncidentEvent::Public(_) => actor.person(),
        IncidentEvent::People(PeopleEvent::RoleAssigned { person, .. } | PeopleEvent::TaskAssigned { person, .. })
        | IncidentEvent::Paging(PagingEvent::PageAcknowledged { person, .. })
        | IncidentEvent::Alerts(LinkedAlertsEvent::AlertsAcknowledged { person, .. })
        | IncidentEvent::OutsidePage(OutsidePageEvent::PageAnsweredOutside {
            person: Some(person),
            answer: OutsideAnswer::Acknowledged,
            ..
        }) => Some(person),
        IncidentEvent::Lifecycle(_)
        | IncidentEvent::People(_)
        | IncidentEvent::Timeline(_)
        | IncidentEvent::Paging(_)
        | IncidentEvent::Alerts(_)
        | IncidentEvent::Delivery(_)
        | IncidentEvent::OutsidePage(_)
        | IncidentEvent::Tracker(_) => None,
    }
}
