//! Incidents that nobody can work on: those that nobody sees who may act on them, and those in a status that the workflow
//! no longer has.

use crate::{
    config::Config,
    domain::{
        ids::{Key, PersonId},
        incident::Incident,
        people::Access,
    },
    store::{IncidentFilter, Reads, StoreError},
};

/// How many open incidents are checked.
const CHECKED: usize = 500;

/// Open incidents that nobody can work on, by their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StrandedIncidents {
    /// Private ones without a member who may act on them.
    pub unattended: Vec<Key>,
    /// Those in a status that is not in the workflow.
    pub lost_status: Vec<Key>,
}

impl StrandedIncidents {
    /// Finds them.
    pub fn find(reads: &Reads<'_>, config: &Config) -> Result<Self, StoreError> {
        let open = IncidentFilter { open: Some(true), limit: CHECKED, ..IncidentFilter::default() };
        let open = reads.list_incidents(&open)?.items;
        let keys = |wanted: &dyn Fn(&Incident) -> bool| {
            open.iter().filter(|incident| wanted(incident)).map(|incident| incident.key.clone()).collect()
        };
        Ok(Self {
            unattended: keys(&|incident| is_unattended(config, incident)),
            lost_status: keys(&|incident| config.policy.workflow.status(&incident.status).is_none()),
        })
    }

    /// Logs them.
    pub fn warn(&self) {
        for key in &self.unattended {
            tracing::warn!(incident = %key, "nobody who may act on this private incident can see it; an admin can use /admin join");
        }
        for key in &self.lost_status {
            tracing::warn!(incident = %key, "the status of this incident is not in the workflow any more; set another one");
        }
    }
}

fn is_unattended(config: &Config, incident: &Incident) -> bool {
    incident.private && !incident.members.iter().any(|person| may_act(config, person))
}

/// True if a person may run incidents.
pub(super) fn may_act(config: &Config, person: &PersonId) -> bool {
    config.person(person).is_some_and(|person| person.access >= Access::Responder)
}

/// Who is invited to a private incident of a person who may not act on it: the fallback of the pager, otherwise the admins.
pub(super) fn keepers(config: &Config) -> Vec<PersonId> {
    let fallback = config.pager.fallback.iter().filter(|person| may_act(config, person));
    let keepers: Vec<PersonId> = fallback.cloned().collect();
    if !keepers.is_empty() {
        return keepers;
    }
    config.people.iter().filter(|person| person.access == Access::Admin).map(|person| person.id.clone()).collect()
}
