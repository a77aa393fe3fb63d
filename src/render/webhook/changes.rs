//! What changed in an incident: `data.change`.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::text::{some_text, text};
use crate::domain::{
    incident::{IncidentEvent, LifecycleEvent, PeopleEvent, TimelineEvent},
    severity::Severity,
    text::Untrusted,
};

/// What changed.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum IncidentChange {
    Status(StatusChange),
    Severity(SeverityChange),
    Title(TitleChange),
    Privacy(PrivacyChange),
    Update(PostedUpdate),
    Role(RoleChange),
    Merge(MergeChange),
}

/// Another status.
#[derive(Serialize, ToSchema)]
pub(super) struct StatusChange {
    /// The status before.
    from: String,
    /// The status after.
    to: String,
    /// Why.
    reason: Option<String>,
}

/// Another severity.
#[derive(Serialize, ToSchema)]
pub(super) struct SeverityChange {
    /// The severity before.
    from: Severity,
    /// The severity after.
    to: Severity,
    /// Why.
    reason: Option<String>,
}

/// Another title.
#[derive(Serialize, ToSchema)]
pub(super) struct TitleChange {
    /// The title before.
    from: String,
    /// The title after.
    to: String,
}

/// Private, or public again.
#[derive(Serialize, ToSchema)]
pub(super) struct PrivacyChange {
    /// True if only members see it from then on.
    private: bool,
}

/// An update for people inside.
#[derive(Serialize, ToSchema)]
pub(super) struct PostedUpdate {
    /// The text; empty once it was redacted.
    text: String,
    /// The impact on customers.
    impact: Option<String>,
    /// How many are affected.
    affected: Option<String>,
    /// The cause.
    cause: Option<String>,
    /// When it will be over.
    estimate: Option<String>,
    /// When the next update is due.
    next: Option<DateTime<Utc>>,
}

/// Another person in a role.
#[derive(Serialize, ToSchema)]
pub(super) struct RoleChange {
    /// The role.
    role: String,
    /// The person who has it now; null if nobody has.
    person: Option<String>,
    /// The person who had it before.
    previous: Option<String>,
}

/// The incident that it became part of.
#[derive(Serialize, ToSchema)]
pub(super) struct MergeChange {
    /// The key of that incident.
    into: String,
}

fn optional(raw: Option<&Untrusted>) -> Option<String> {
    raw.and_then(some_text)
}

impl IncidentChange {
    /// Returns the change of an event; `None` for events that no webhook reports.
    pub(super) fn from_event(event: &IncidentEvent) -> Option<Self> {
        match event {
            IncidentEvent::Lifecycle(event) => Self::from_lifecycle(event),
            IncidentEvent::People(PeopleEvent::RoleAssigned { role, person, previous }) => {
                let previous = previous.as_ref().map(ToString::to_string);
                Some(Self::Role(RoleChange { role: role.to_string(), person: Some(person.to_string()), previous }))
            }
            IncidentEvent::People(PeopleEvent::RoleReleased { role, previous }) => {
                let previous = Some(previous.to_string());
                Some(Self::Role(RoleChange { role: role.to_string(), person: None, previous }))
            }
            IncidentEvent::Timeline(TimelineEvent::UpdatePosted {
                text: body,
                impact,
                affected,
                cause,
                estimate,
                next,
                draft: _,
            }) => Some(Self::Update(PostedUpdate {
                text: text(body),
                impact: optional(impact.as_ref()),
                affected: optional(affected.as_ref()),
                cause: optional(cause.as_ref()),
                estimate: optional(estimate.as_ref()),
                next: *next,
            })),
            IncidentEvent::People(_)
            | IncidentEvent::Timeline(_)
            | IncidentEvent::Paging(_)
            | IncidentEvent::Alerts(_)
            | IncidentEvent::Public(_)
            | IncidentEvent::Delivery(_)
            | IncidentEvent::Tracker(_)
            | IncidentEvent::OutsidePage(_) => None,
        }
    }

    fn from_lifecycle(event: &LifecycleEvent) -> Option<Self> {
        match event {
            LifecycleEvent::StatusChanged { from, to, reason, .. } => Some(Self::Status(StatusChange {
                from: from.to_string(),
                to: to.to_string(),
                reason: optional(reason.as_ref()),
            })),
            LifecycleEvent::SeverityChanged { from, to, reason, .. } => {
                Some(Self::Severity(SeverityChange { from: *from, to: *to, reason: optional(reason.as_ref()) }))
            }
            LifecycleEvent::PrivacyChanged { private } => Some(Self::Privacy(PrivacyChange { private: *private })),
            LifecycleEvent::Renamed { from, to } => Some(Self::Title(TitleChange { from: text(from), to: text(to) })),
            LifecycleEvent::Merged { key, .. } => Some(Self::Merge(MergeChange { into: key.to_string() })),
            LifecycleEvent::Declared { .. }
            | LifecycleEvent::SeverityProposed { .. }
            | LifecycleEvent::ResolutionRecorded { .. }
            | LifecycleEvent::FieldsChanged { .. }
            | LifecycleEvent::Absorbed { .. } => None,
        }
    }
}
