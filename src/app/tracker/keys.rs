//! Keys of incidents that have an issue in an outside tracker.

use crate::{
    config::{Config, OwnProject},
    domain::{
        ids::{IncidentId, Key, ServiceId},
        incident::{Declare, Incident},
        review::FollowUpItem,
        tracker::IssueMark,
    },
    store::{StoreError, Tx},
};

/// The series from which a new incident takes its key: a provisional one if an issue is created for it.
pub(in crate::app) fn series(config: &Config, wanted: &Declare) -> String {
    let outside = config.tracker.outside.as_ref().filter(|outside| outside.takes(wanted.kind, wanted.private));
    let project = outside.and_then(|outside| outside.project_for(wanted.service.as_ref()));
    project.map_or_else(|| own_series(config, wanted), |project| Key::provisional_series(&project.prefix))
}

/// The series of hotroom's own keys from which a new incident takes its key: that of its project.
pub(in crate::app) fn own_series(config: &Config, wanted: &Declare) -> String {
    let project = own_project(config, wanted.service.as_ref());
    project.map_or_else(|| config.tracker.prefix.clone(), |project| project.prefix.clone())
}

/// The project of hotroom's own tracker to which incidents of a service belong.
pub(in crate::app) fn own_project<'a>(config: &'a Config, service: Option<&ServiceId>) -> Option<&'a OwnProject> {
    let team = service.and_then(|id| config.service(id.as_str())).and_then(|service| service.team.as_ref());
    config.tracker.own_project(service, team)
}

/// The key that an incident gets from its issue; `None` if it keeps the one it has. A key that belongs to another incident is
/// not taken, and one that came from an issue is kept for ever.
pub(in crate::app) fn bound_key(
    tx: &Tx<'_>,
    config: &Config,
    incident: &Incident,
    issue_key: &str,
) -> Result<Option<Key>, StoreError> {
    if !incident.key.is_provisional() && !config.tracker.is_own_prefix(&incident.key.prefix) {
        return Ok(None);
    }
    let Some(key) = Key::parse(issue_key).filter(|key| !key.is_provisional()) else { return Ok(None) };
    Ok(if tx.incident_by_key(&key)?.is_some() { None } else { Some(key) })
}

/// The mark of the issue of an incident.
pub(in crate::app) fn mark(tx: &mut Tx<'_>, incident: &Incident) -> Result<IssueMark, StoreError> {
    Ok(IssueMark(format!("{MARK}{}-{}", tx.make_instance_id()?, incident.key)))
}

/// The mark of the issue of a follow-up.
pub(in crate::app) fn followup_mark(
    tx: &mut Tx<'_>,
    incident: &Incident,
    item: &FollowUpItem,
) -> Result<IssueMark, StoreError> {
    Ok(IssueMark(format!("{MARK}{}-{}-f{}", tx.make_instance_id()?, incident.key, item.number)))
}

/// What marks begin with, whichever instance of hotroom made them.
pub(in crate::app) const MARK: &str = "hotroom-";

/// The coalescing key of the effect that opens the hot room.
pub(in crate::app) fn opening(incident: IncidentId) -> String {
    format!("open/{incident}")
}
