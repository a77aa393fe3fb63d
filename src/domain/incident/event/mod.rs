//! What has happened to an incident, in families. Events are past tense and never change once they are written.

mod alerts;
mod delivery;
mod field;
mod lifecycle;
mod outside_pages;
mod paging;
mod people;
mod public;
mod texts;
mod timeline;
mod tracker;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::domain::text::Untrusted;

pub use alerts::LinkedAlertsEvent;
pub use delivery::DeliveryEvent;
pub use field::{FieldChanges, FieldContent};
pub use lifecycle::{JoinedAlert, Judgement, LifecycleEvent, Resolution};
pub use outside_pages::OutsidePageEvent;
pub use paging::PagingEvent;
pub use people::PeopleEvent;
pub use public::PublicEvent;
pub use timeline::{ChatMessage, Redaction, TimelineEvent, TimelineFile};
pub use tracker::TrackerEvent;

/// One event of an incident's history.
///
/// The families share one set of stored tags: an event is stored as its family stores it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum IncidentEvent {
    /// The incident as a whole.
    Lifecycle(LifecycleEvent),
    /// People, roles and tasks.
    People(PeopleEvent),
    /// Updates, notes, messages and times.
    Timeline(TimelineEvent),
    /// Its pages.
    Paging(PagingEvent),
    /// Its alert groups.
    Alerts(LinkedAlertsEvent),
    /// The status page.
    Public(PublicEvent),
    /// Reports of deliveries.
    Delivery(DeliveryEvent),
    /// Its issue in an outside tracker.
    Tracker(TrackerEvent),
    /// Its pages at outside pagers.
    OutsidePage(OutsidePageEvent),
}

impl IncidentEvent {
    /// True if it shows that somebody works on the incident, as a page that was acknowledged promises.
    pub fn shows_work(&self) -> bool {
        match self {
            Self::Lifecycle(LifecycleEvent::StatusChanged { .. })
            | Self::Timeline(
                TimelineEvent::UpdatePosted { .. }
                | TimelineEvent::NoteAdded { .. }
                | TimelineEvent::TimelineAdded { .. },
            )
            | Self::People(PeopleEvent::TaskDone { .. })
            | Self::Public(PublicEvent::StatusPosted { .. }) => true,
            Self::Lifecycle(_)
            | Self::People(_)
            | Self::Timeline(_)
            | Self::Paging(_)
            | Self::Alerts(_)
            | Self::Public(_)
            | Self::Delivery(_)
            | Self::Tracker(_)
            | Self::OutsidePage(_) => false,
        }
    }

    /// The name it is stored, logged and rendered under.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Lifecycle(event) => event.name(),
            Self::People(event) => event.name(),
            Self::Timeline(event) => event.name(),
            Self::Paging(event) => event.name(),
            Self::Alerts(event) => event.name(),
            Self::Public(event) => event.name(),
            Self::Delivery(event) => event.name(),
            Self::Tracker(event) => event.name(),
            Self::OutsidePage(event) => event.name(),
        }
    }

    /// The texts that people wrote.
    pub fn texts(&self) -> Vec<&Untrusted> {
        match self {
            Self::Lifecycle(event) => event.texts(),
            Self::People(event) => event.texts(),
            Self::Timeline(event) => event.texts(),
            Self::Public(event) => event.texts(),
            Self::Tracker(event) => event.texts(),
            Self::Paging(_) | Self::Alerts(_) | Self::Delivery(_) | Self::OutsidePage(_) => Vec::new(),
        }
    }

    /// The event without the texts for which `is_removed` holds; attachments of a message go with its text.
    pub fn without_texts(&self, is_removed: impl Fn(&Untrusted) -> bool) -> Self {
        let mut change = |text: Untrusted| if is_removed(&text) { Untrusted::default() } else { text };
        match self.clone() {
            Self::Lifecycle(event) => Self::Lifecycle(event.map_texts(&mut change)),
            Self::People(event) => Self::People(event.map_texts(&mut change)),
            Self::Timeline(event) => Self::Timeline(event.map_texts(&mut change)),
            Self::Public(event) => Self::Public(event.map_texts(&mut change)),
            Self::Tracker(event) => Self::Tracker(event.map_texts(&mut change)),
            other @ (Self::Paging(_) | Self::Alerts(_) | Self::Delivery(_) | Self::OutsidePage(_)) => other,
        }
    }
}

impl From<LifecycleEvent> for IncidentEvent {
    fn from(event: LifecycleEvent) -> Self {
        Self::Lifecycle(event)
    }
}

impl From<PeopleEvent> for IncidentEvent {
    fn from(event: PeopleEvent) -> Self {
        Self::People(event)
    }
}

impl From<TimelineEvent> for IncidentEvent {
    fn from(event: TimelineEvent) -> Self {
        Self::Timeline(event)
    }
}

impl From<PagingEvent> for IncidentEvent {
    fn from(event: PagingEvent) -> Self {
        Self::Paging(event)
    }
}

impl From<LinkedAlertsEvent> for IncidentEvent {
    fn from(event: LinkedAlertsEvent) -> Self {
        Self::Alerts(event)
    }
}

impl From<PublicEvent> for IncidentEvent {
    fn from(event: PublicEvent) -> Self {
        Self::Public(event)
    }
}

impl From<DeliveryEvent> for IncidentEvent {
    fn from(event: DeliveryEvent) -> Self {
        Self::Delivery(event)
    }
}

impl From<TrackerEvent> for IncidentEvent {
    fn from(event: TrackerEvent) -> Self {
        Self::Tracker(event)
    }
}

impl From<OutsidePageEvent> for IncidentEvent {
    fn from(event: OutsidePageEvent) -> Self {
        Self::OutsidePage(event)
    }
}
