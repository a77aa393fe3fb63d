//! Hot-room messages that offer an action, and the events after which they have to be edited.

use super::{DeliveryEvent, IncidentEvent, LifecycleEvent, LinkedAlertsEvent, PagingEvent, PeopleEvent, TimelineEvent};
use crate::domain::ids::PageId;

/// True if the hot-room message of an event has buttons that later events can make pointless.
pub fn offers_action(event: &IncidentEvent) -> bool {
    is_task(event)
        || is_update_request(event)
        || is_severity_offer(event)
        || matches!(
            event,
            IncidentEvent::Alerts(LinkedAlertsEvent::AlertsCleared { .. })
                | IncidentEvent::Paging(PagingEvent::PageExhausted { .. })
                | IncidentEvent::Delivery(DeliveryEvent::PersonUnreachable { .. })
        )
}

/// True if the message of an event in the incidents feed asks readers to act, so that it has to be edited when the incident
/// is over.
pub fn asks_in_feed(event: &IncidentEvent) -> bool {
    matches!(event, IncidentEvent::Paging(PagingEvent::PageExhausted { .. }))
}

/// True if an event can change which actions earlier messages offer.
pub fn may_outdate(event: &IncidentEvent) -> bool {
    is_over_or_back(event)
        || changes_severity(event)
        || answers_update(event)
        || answered_page(event).is_some()
        || finished_task(event).is_some()
}

/// True if an event changes which actions the message of an `earlier` event offers.
pub fn outdates(event: &IncidentEvent, earlier: &IncidentEvent) -> bool {
    if is_over_or_back(event) {
        return offers_action(earlier);
    }
    if let Some(done) = finished_task(event) {
        return matches!(earlier, IncidentEvent::People(PeopleEvent::TaskAdded { number, .. }) if *number == done);
    }
    (changes_severity(event) && is_severity_offer(earlier))
        || (answers_update(event) && is_update_request(earlier))
        || answered_page(event).is_some_and(|page| asks_in_room(earlier) == Some(page))
}

fn is_task(event: &IncidentEvent) -> bool {
    matches!(event, IncidentEvent::People(PeopleEvent::TaskAdded { .. }))
}

fn is_update_request(event: &IncidentEvent) -> bool {
    matches!(event, IncidentEvent::Timeline(TimelineEvent::UpdateNudged { .. } | TimelineEvent::UpdateDrafted { .. }))
}

fn is_severity_offer(event: &IncidentEvent) -> bool {
    matches!(
        event,
        IncidentEvent::Lifecycle(
            LifecycleEvent::SeverityProposed { .. } | LifecycleEvent::SeverityChanged { because: Some(_), .. }
        )
    )
}

fn is_over_or_back(event: &IncidentEvent) -> bool {
    matches!(event, IncidentEvent::Lifecycle(LifecycleEvent::StatusChanged { .. } | LifecycleEvent::Merged { .. }))
}

fn changes_severity(event: &IncidentEvent) -> bool {
    matches!(event, IncidentEvent::Lifecycle(LifecycleEvent::SeverityChanged { .. }))
}

fn answers_update(event: &IncidentEvent) -> bool {
    matches!(event, IncidentEvent::Timeline(TimelineEvent::UpdatePosted { .. } | TimelineEvent::Snoozed { .. }))
}

/// The page that a person answered, so that it may no longer ask someone.
fn answered_page(event: &IncidentEvent) -> Option<PageId> {
    if let IncidentEvent::Paging(
        PagingEvent::PageAcknowledged { page, .. }
        | PagingEvent::PageDeclined { page, .. }
        | PagingEvent::PageSnoozed { page, .. }
        | PagingEvent::PageReassigned { page, .. },
    ) = event
    {
        Some(*page)
    } else {
        None
    }
}

/// The page of a person who is asked in the room, because no direct message arrives.
fn asks_in_room(event: &IncidentEvent) -> Option<PageId> {
    if let IncidentEvent::Delivery(DeliveryEvent::PersonUnreachable { page, .. }) = event { *page } else { None }
}

fn finished_task(event: &IncidentEvent) -> Option<u32> {
    if let IncidentEvent::People(PeopleEvent::TaskDone { number } | PeopleEvent::TaskAssigned { number, .. }) = event {
        Some(*number)
    } else {
        None
    }
}
