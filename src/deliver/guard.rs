//! The one place that keeps private incidents and drills from outside destinations.

use crate::{
    config::Config,
    domain::{
        effect::{DestinationEffect, Disclosure, SkipReason},
        ids::Key,
        incident::{Incident, IncidentKind, Severity},
    },
    store::{Reads, StoreError},
};

/// As much of an incident as an outside destination may show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IncidentExtract {
    /// All of it.
    Full(Box<Incident>),
    /// Enough to find it.
    Reference(IncidentReference),
}

/// What a page says of an incident that is private.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentReference {
    /// Its key.
    pub key: Key,
    /// Its severity.
    pub severity: Severity,
    /// Where those who may read on find it.
    pub link: String,
    /// Whether it is a drill, which the page has to say.
    pub drill: bool,
}

/// What may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Permission {
    /// The effect, with this much of its incident, if it has one and the destination is outside.
    Granted(Option<IncidentExtract>),
    /// Nothing.
    Refused(SkipReason),
}

/// Decides how much of its incident an effect may show. `private` is whether its destination is configured to show private
/// incidents.
pub(super) fn check(
    reads: &Reads<'_>,
    config: &Config,
    effect: &dyn DestinationEffect,
    private: bool,
) -> Result<Permission, StoreError> {
    if !effect.is_outside() {
        return Ok(Permission::Granted(None));
    }
    let Some(id) = reads.incident_of(&effect.subject())? else { return Ok(Permission::Granted(None)) };
    // An incident that cannot be read cannot be shown to be public.
    let Some(incident) = reads.incident(id)? else { return Ok(Permission::Refused(SkipReason::NoSubject)) };
    Ok(match Disclosure::for_outside(effect.purpose(), &incident, private) {
        Disclosure::Full => Permission::Granted(Some(IncidentExtract::Full(Box::new(incident)))),
        Disclosure::Reference => Permission::Granted(Some(IncidentExtract::Reference(reference(config, &incident)))),
        Disclosure::Withheld(reason) => Permission::Refused(reason),
    })
}

fn reference(config: &Config, incident: &Incident) -> IncidentReference {
    IncidentReference {
        key: incident.key.clone(),
        severity: incident.severity,
        link: format!("{}/incidents/{}", config.server.public_url, incident.key),
        drill: incident.kind == IncidentKind::Drill,
    }
}
