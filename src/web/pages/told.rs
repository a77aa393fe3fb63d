//! What customers were told of an incident, from its own events.

use std::collections::BTreeMap;

use serde::Serialize;

use super::words::{self, ComponentView, Words};
use crate::domain::{
    event::{Event, RecordedEvent},
    ids::ComponentId,
    incident::{Incident, IncidentEvent, PublicEvent},
    status::{ComponentStatus, PublicStatus},
    text::Untrusted,
};

/// One update of the public page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UpdateView {
    /// When.
    pub at: String,
    /// The public status as read.
    pub status_name: String,
    /// The text.
    pub body: String,
    /// What it said of components.
    pub components: Vec<ComponentView>,
}

/// What the public page says of an incident now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicView {
    /// Whether anything was said.
    pub posted: bool,
    /// When last.
    pub last_at: Option<String>,
    /// The public status as read.
    pub status_name: Option<String>,
    /// The components it has changed, as they show.
    pub components: Vec<ComponentView>,
}

type Components = [(ComponentId, ComponentStatus)];

/// What one event told customers.
fn telling(event: &IncidentEvent) -> Option<(PublicStatus, &Untrusted, &Components)> {
    if let IncidentEvent::Public(PublicEvent::StatusPosted { status, body, components, .. }) = event {
        Some((*status, body, components))
    } else if let IncidentEvent::Public(PublicEvent::StatusRestored { body, components }) = event {
        Some((PublicStatus::Resolved, body, components))
    } else {
        None
    }
}

/// All updates, newest first.
pub fn updates(words: Words<'_>, events: &[RecordedEvent]) -> Vec<UpdateView> {
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

/// What the public page says now.
pub fn public(words: Words<'_>, incident: &Incident, events: &[RecordedEvent]) -> PublicView {
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
