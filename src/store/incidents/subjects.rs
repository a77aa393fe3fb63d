//! From what an effect is about to the incident it belongs to.

use crate::{
    domain::{effect::Subject, ids::IncidentId},
    store::{Reads, StoreError},
};

impl Reads<'_> {
    /// Returns the incident that the subject of an effect belongs to, if any.
    pub fn incident_of(&self, subject: &Subject) -> Result<Option<IncidentId>, StoreError> {
        Ok(match subject {
            Subject::Incident(incident) => Some(*incident),
            Subject::Page(page) => self.page(*page)?.and_then(|page| page.incident()),
            Subject::Group(group) => self.group(*group)?.and_then(|group| group.incident),
            Subject::Room(room) => self.room(room)?.and_then(|room| room.incident),
            Subject::Other => None,
        })
    }
}
