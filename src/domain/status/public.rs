//! A public incident: what customers see of an incident, and what it changes of components.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ComponentStatus, Impact, PublicStatus, public_incident_id};
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
    /// Its heading, which is not the incident's own title. If blank, the name of a component is shown.
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
    /// The incident under which it was first posted, if a merge moved it to another one: its public address stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posted_as: Option<IncidentId>,
    /// The incident that its own was merged into, if that one has a post, too: what is posted there is posted here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continued_in: Option<IncidentId>,
}

/// A post of an incident on the status page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicPost {
    /// The title above it.
    pub title: Untrusted,
    /// The public status.
    pub status: PublicStatus,
    /// The text.
    pub body: Untrusted,
    /// The components it changes.
    pub components: Vec<(ComponentId, ComponentStatus)>,
}

/// Returns when customers were first affected, as far as the incident knows.
fn started(incident: &Incident) -> Option<Timestamp> {
    let began = [TimeName::Impact, TimeName::Detected, TimeName::Declared];
    began.iter().find_map(|name| incident.times.get(name)).map(|time| time.first)
}

impl PublicIncident {
    /// Returns the public side of an incident that was not posted before.
    pub fn begin(incident: &Incident, now: Timestamp) -> Self {
        Self {
            incident: incident.id,
            name: incident.public.title.clone().unwrap_or_default(),
            status: PublicStatus::Investigating,
            impact: Impact::None,
            created_at: now,
            updated_at: now,
            started_at: started(incident).unwrap_or(now),
            monitoring_at: None,
            resolved_at: None,
            updates: Vec::new(),
            holds: BTreeMap::new(),
            components: Vec::new(),
            posted_as: None,
            continued_in: None,
        }
    }

    /// The incident that its public address is made of.
    pub fn public_id(&self) -> IncidentId {
        self.posted_as.unwrap_or(self.incident)
    }

    /// The id of its public address, by which mirrors know it, too.
    pub fn reference(&self) -> String {
        public_incident_id(self.public_id())
    }

    /// Follows a corrected time of the incident that it was first posted for.
    pub fn correct_start(&mut self, incident: &Incident) {
        if self.public_id() == incident.id {
            self.started_at = started(incident).unwrap_or(self.started_at);
        }
    }

    /// Takes over the components that another post affects: the worse status of both stays.
    pub fn absorb(&mut self, other: &mut Self) {
        self.holds = worst([&self.holds, &std::mem::take(&mut other.holds)]);
        self.impact = self.impact.max(other.impact);
        let new = other.components.iter().filter(|id| !self.components.contains(id)).cloned();
        self.components.extend(new.collect::<Vec<_>>());
        other.continued_in = Some(self.incident);
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
        self.name = post.title;
        self.correct_start(incident);
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
