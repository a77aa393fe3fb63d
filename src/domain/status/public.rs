//! A public incident: what customers are told of an incident, and what it does to components.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ComponentStatus, Impact, PublicStatus};
use crate::domain::{
    Timestamp,
    ids::{ComponentId, IncidentId},
    incident::{Incident, TimeName},
    text::Untrusted,
};

/// What an update said of one component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// Which.
    pub component: ComponentId,
    /// What it showed before.
    pub old: ComponentStatus,
    /// What it shows since.
    pub new: ComponentStatus,
}

/// One update of a public incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicUpdate {
    /// The public status it set.
    pub status: PublicStatus,
    /// The text. Blank: the template of that status speaks.
    pub body: Untrusted,
    /// When.
    pub at: Timestamp,
    /// What it said of components.
    pub affected: Vec<Affected>,
}

/// What customers see of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicIncident {
    /// The incident it is of.
    pub incident: IncidentId,
    /// Its heading: the incident's title when it was last posted.
    pub name: Untrusted,
    /// Where it stands.
    pub status: PublicStatus,
    /// The gravest it was.
    pub impact: Impact,
    /// When it was first posted.
    pub created_at: Timestamp,
    /// When it was last posted.
    pub updated_at: Timestamp,
    /// When customers began to feel it.
    pub started_at: Timestamp,
    /// When it was first said that a fix is watched.
    pub monitoring_at: Option<Timestamp>,
    /// When it was said to be over.
    pub resolved_at: Option<Timestamp>,
    /// Its updates, oldest first.
    pub updates: Vec<PublicUpdate>,
    /// What it says of components now; nothing once it is over.
    pub holds: BTreeMap<ComponentId, ComponentStatus>,
    /// Every component it ever spoke of, in the order it did.
    pub components: Vec<ComponentId>,
}

/// What is posted in one act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicPost {
    /// The public status.
    pub status: PublicStatus,
    /// The text.
    pub body: Untrusted,
    /// What it says of components.
    pub components: Vec<(ComponentId, ComponentStatus)>,
}

impl PublicIncident {
    /// The public side of an incident that was not posted before.
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

    /// Whether it is over for customers.
    pub fn is_over(&self) -> bool {
        self.status == PublicStatus::Resolved
    }

    /// Takes a post in: status, text and components in one act. A post that says it is over lets go of all components.
    /// `others` is the worst that other open incidents say of each component.
    pub fn post(&mut self, incident: &Incident, post: PublicPost, others: &Shown, now: Timestamp) {
        let before = self.together(others);
        for (component, status) in post.components {
            if !self.components.contains(&component) {
                self.components.push(component.clone());
            }
            self.holds.insert(component, status);
        }
        self.impact = self.impact.max(Impact::of(incident.severity, self.holds.values().copied()));
        let touched: Vec<ComponentId> = self.holds.keys().cloned().collect();
        if post.status == PublicStatus::Resolved {
            self.holds.clear();
        }
        let after = self.together(others);
        let of = |shown: &Shown, id: &ComponentId| shown.get(id).copied().unwrap_or(ComponentStatus::Operational);
        let affected =
            touched.into_iter().map(|id| Affected { old: of(&before, &id), new: of(&after, &id), component: id });
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

    /// What the page shows when this incident speaks besides the others.
    fn together(&self, others: &Shown) -> Shown {
        worst([&self.holds, others])
    }
}

/// What components show. Those that are not named are operational.
pub type Shown = BTreeMap<ComponentId, ComponentStatus>;

/// When several incidents speak of one component, the worst wins.
pub fn worst<'a>(holds: impl IntoIterator<Item = &'a Shown>) -> Shown {
    let mut shown = Shown::new();
    for (component, status) in holds.into_iter().flatten() {
        let known = shown.entry(component.clone()).or_insert(*status);
        *known = (*known).max(*status);
    }
    shown
}
