//! What customers read: incidents and maintenance in one shape.

use crate::domain::{
    Timestamp,
    ids::ComponentId,
    status::{AffectedComponent, Maintenance, PublicIncident, short_id},
};

/// An incident or a maintenance, with every text filled in.
#[derive(Clone, Debug)]
pub(super) struct PublicEntry {
    /// The id of its address.
    pub id: String,
    /// Its heading.
    pub name: String,
    /// Its status, as a word of the API.
    pub status: &'static str,
    /// Its impact, as a word of the API.
    pub impact: &'static str,
    /// When it was first posted.
    pub created_at: Timestamp,
    /// When customers last read something new.
    pub updated_at: Timestamp,
    /// When customers were first affected; of a maintenance, when it begins.
    pub started_at: Timestamp,
    /// When it was first set to monitoring.
    pub monitoring_at: Option<Timestamp>,
    /// When it was over.
    pub resolved_at: Option<Timestamp>,
    /// True if it is over.
    pub over: bool,
    /// Every component it affects or affected.
    pub components: Vec<ComponentId>,
    /// Oldest first.
    pub updates: Vec<EntryUpdate>,
    /// The window of a maintenance.
    pub window: Option<MaintenanceWindow>,
}

/// An update of an entry.
#[derive(Clone, Debug)]
pub(super) struct EntryUpdate {
    pub id: String,
    pub status: &'static str,
    pub body: String,
    pub at: Timestamp,
    pub affected: Vec<AffectedComponent>,
}

/// When a maintenance takes place.
#[derive(Clone, Copy, Debug)]
pub(super) struct MaintenanceWindow {
    pub from: Timestamp,
    pub until: Timestamp,
}

impl PublicEntry {
    /// The entry of an incident, whose texts are filled in.
    pub(super) fn of_incident(public: &PublicIncident) -> Self {
        let id = public.public_id();
        let updates = public.updates.iter().enumerate().map(|(n, update)| EntryUpdate {
            id: short_id(&format!("update {id} {n}")),
            status: update.status.name(),
            body: update.body.verbatim().to_owned(),
            at: update.at,
            affected: update.affected.clone(),
        });
        Self {
            id: public.reference(),
            name: public.name.verbatim().to_owned(),
            status: public.status.name(),
            impact: public.impact.name(),
            created_at: public.created_at,
            updated_at: public.updated_at,
            started_at: public.started_at,
            monitoring_at: public.monitoring_at,
            resolved_at: public.resolved_at,
            over: public.is_over(),
            components: public.components.clone(),
            updates: updates.collect(),
            window: None,
        }
    }

    /// The entry of a maintenance, whose texts are filled in.
    pub(super) fn of_maintenance(item: &Maintenance) -> Self {
        let updates = item.updates.iter().enumerate().map(|(n, update)| EntryUpdate {
            id: short_id(&format!("update {} {n}", item.id)),
            status: update.status.public_name(),
            body: update.body.verbatim().to_owned(),
            at: update.at,
            affected: Vec::new(),
        });
        Self {
            id: item.reference(),
            name: item.title.verbatim().to_owned(),
            status: item.status.public_name(),
            impact: "maintenance",
            created_at: item.created_at,
            updated_at: item.updated_at,
            started_at: item.began_at.unwrap_or(item.from),
            monitoring_at: None,
            resolved_at: item.ended_at,
            over: item.status.is_over(),
            components: item.components.clone(),
            updates: updates.collect(),
            window: Some(MaintenanceWindow { from: item.from, until: item.until }),
        }
    }
}
