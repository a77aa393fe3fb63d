//! A public incident: what customers see of an incident, and what it changes of components.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ComponentStatus, Impact, PublicStatus};
use crate::domain::{
    Timestamp,
    ids::{ComponentId, IncidentId},
    incident::{Incident, TimeName},
    text::Untrusted,
};

/// A component that an update changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AffectedComponent {
    /// The component.
    pub component: ComponentId,
    /// Its status before.
    pub old: ComponentStatus,
    /// Its status after.
    pub new: ComponentStatus,
}

/// An update of a public incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicUpdate {
    /// The public status it set.
    pub status: PublicStatus,
    /// The text; if blank, the template of that status is shown.
    pub body: Untrusted,
    /// When it was posted.
    pub at: Timestamp,
    /// The components it changed.
    pub affected: Vec<AffectedComponent>,
}

/// What customers see of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicIncident {
    /// The incident.
    pub incident: IncidentId,
    /// Its heading: the incident's title when it was last posted.
    pub name: Untrusted,
    /// Its status.
    pub status: PublicStatus,
    /// Its highest impact so far.
    pub impact: Impact,
    /// When it was first posted.
    pub created_at: Timestamp,
    /// When it was last posted.
    pub updated_at: Timestamp,
    /// When customers were first affected.
    pub started_at: Timestamp,
    /// When it was first set to monitoring.
    pub monitoring_at: Option<Timestamp>,
    /// When it was resolved.
    pub resolved_at: Option<Timestamp>,
    /// Its updates, oldest first.
    pub updates: Vec<PublicUpdate>,
    /// The components it affects now; none once it is resolved.
    pub holds: BTreeMap<ComponentId, ComponentStatus>,
    /// Every component it ever affected, in order.
    pub components: Vec<ComponentId>,
}

/// A post of an incident on the status page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicPost {
    /// The public status.
    pub status: PublicStatus,
    /// The text.
    pub body: Untrusted,
    /// The components it changes.
    pub components: Vec<(ComponentId, ComponentStatus)>,
}

impl PublicIncident {
    /// Returns the public side of an incident that was not posted before.
    pub fn begin(incident: &Incident, now: Timestamp) -> Self {
        let began = [TimeName::Impact, TimeName::Detected, TimeName::Declared];
        let started = began.iter().find_map(|name| incident.times.get(name)).map_or(now, |time| time.first);
        Self {
            incident: incident.id,
            name: incident.title.clone(),
            status: PublicStatus::Investigating,
            impact: Impact::None,
            created_at: now,
            updated_at: now,
            started_at: started,
            monitoring_at: None,
            resolved_at: None,
            updates: Vec::new(),
            holds: BTreeMap::new(),
            components: Vec::new(),
        }
    }

    /// True if it is resolved for customers.
    pub fn is_over(&self) -> bool {
        self.status == PublicStatus::Resolved
    }

    /// Applies a post: status, text and components. A post that resolves it releases all components. `others` is the worst
    /// status of each component by other open incidents.
    pub fn post(&mut self, incident: &Incident, post: PublicPost, others: &ComponentStatuses, now: Timestamp) {
        let before = self.combined(others);
        for (component, status) in post.components {
            if !self.components.contains(&component) {
                self.components.push(component.clone());
            }
            self.holds.insert(component, status);
        }
        self.impact = self.impact.max(Impact::new(incident.severity, self.holds.values().copied()));
        let touched: Vec<ComponentId> = self.holds.keys().cloned().collect();
        if post.status == PublicStatus::Resolved {
            self.holds.clear();
        }
        let after = self.combined(others);
        let status = |shown: &ComponentStatuses, id: &ComponentId| {
            shown.get(id).copied().unwrap_or(ComponentStatus::Operational)
        };
        let affected = touched.into_iter().map(|id| AffectedComponent {
            old: status(&before, &id),
            new: status(&after, &id),
            component: id,
        });
        self.updates.push(PublicUpdate { status: post.status, body: post.body, at: now, affected: affected.collect() });
        self.name = incident.title.clone();
        (self.status, self.updated_at) = (post.status, now);
        match post.status {
            PublicStatus::Resolved => self.resolved_at = Some(now),
            PublicStatus::Monitoring => self.monitoring_at = self.monitoring_at.or(Some(now)),
            PublicStatus::Investigating | PublicStatus::Identified => {}
        }
        if post.status != PublicStatus::Resolved {
            self.resolved_at = None;
        }
    }

    /// Returns the components as this and the other incidents affect them.
    fn combined(&self, others: &ComponentStatuses) -> ComponentStatuses {
        worst([&self.holds, others])
    }
}

/// The status of components. Components that are absent are operational.
pub type ComponentStatuses = BTreeMap<ComponentId, ComponentStatus>;

/// Returns the worst status of each component.
pub fn worst<'a>(holds: impl IntoIterator<Item = &'a ComponentStatuses>) -> ComponentStatuses {
    let mut shown = ComponentStatuses::new();
    for (component, status) in holds.into_iter().flatten() {
        let known = shown.entry(component.clone()).or_insert(*status);
        *known = (*known).max(*status);
    }
    shown
}
