//! An incident's updates on the status page, taken from its events.

use std::collections::BTreeMap;

use serde::Serialize;

use super::words::{self, ComponentView, ConfigNames};
use crate::domain::{
    event::{Event, RecordedEvent},
    ids::ComponentId,
    incident::{Incident, IncidentEvent, PublicEvent},
    status::{ComponentStatus, PublicStatus},
    text::Untrusted,
};

/// One update on the status page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UpdateView {
    /// When it was posted.
    pub at: String,
    /// The display name of the public status.
    pub status_name: String,
    /// The text.
    pub body: String,
    /// The component statuses it set.
    pub components: Vec<ComponentView>,
}

/// The current state of an incident on the status page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicView {
    /// True if an update was posted.
    pub posted: bool,
    /// When the last one was posted.
    pub last_at: Option<String>,
    /// The display name of the public status.
    pub status_name: Option<String>,
    /// The components it changed, with their current status.
    pub components: Vec<ComponentView>,
}

type Components = [(ComponentId, ComponentStatus)];

/// The public update within an event, if any.
fn telling(event: &IncidentEvent) -> Option<(PublicStatus, &Untrusted, &Components)> {
    if let IncidentEvent::Public(PublicEvent::StatusPosted { status, body, components, .. }) = event {
        Some((*status, body, components))
    } else if let IncidentEvent::Public(PublicEvent::StatusRestored { body, components, .. }) = event {
        Some((PublicStatus::Resolved, body, components))
    } else {
        None
    }
}

/// All updates, newest first.
pub fn updates(words: ConfigNames<'_>, events: &[RecordedEvent]) -> Vec<UpdateView> {
    let view = |recorded: &RecordedEvent| {
        let Event::Incident(event) = &recorded.event else { return None };
        let (status, body, components) = telling(event)?;
        Some(UpdateView {
            at: words::at(recorded.at),
            status_name: words::public_name(status),
            body: words::prose(body),
            components: components.iter().map(|(id, status)| ComponentView::new(words, id, *status)).collect(),
        })
    };
    events.iter().rev().filter_map(view).collect()
}

/// The current state on the status page.
pub fn public(words: ConfigNames<'_>, incident: &Incident, events: &[RecordedEvent]) -> PublicView {
    let mut now: BTreeMap<ComponentId, ComponentStatus> = BTreeMap::new();
    let (mut last_at, mut last_status) = (None, None);
    for recorded in events {
        let Event::Incident(event) = &recorded.event else { continue };
        if let Some((status, _, components)) = telling(event) {
            now.extend(components.iter().cloned());
            (last_at, last_status) = (Some(recorded.at), Some(status));
        }
    }
    PublicView {
        posted: incident.public.posted && last_at.is_some(),
        last_at: last_at.map(words::at),
        status_name: last_status.map(words::public_name),
        components: now.iter().map(|(id, status)| ComponentView::new(words, id, *status)).collect(),
    }
}
