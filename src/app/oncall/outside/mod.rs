//! Pages at outside pagers: which pages go there, what came of them, and what was answered there. Nothing here calls a pager.

mod reports;
pub(in crate::app) mod results;

use crate::{
    app::Context,
    command::Whom,
    domain::{
        ids::ServiceId,
        incident::{Incident, IncidentKind},
        pager::OutsideRoute,
    },
    store::{StoreError, Tx},
};

/// The outside pager that a page of an incident goes to first; `None` for the built-in engine. A private incident and a drill
/// go only where that is configured.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: &Incident,
    service: Option<&ServiceId>,
) -> Result<Option<OutsideRoute>, StoreError> {
    let Some(route) = cx.config.outside_route(service) else { return Ok(None) };
    let Some(pager) = cx.config.pager.routes.outside(route.pager) else { return Ok(None) };
    let is_drill = incident.kind == IncidentKind::Drill;
    if (incident.private && !pager.private) || (is_drill && !pager.drills) {
        return Ok(None);
    }
    // The key of the page names this database.
    tx.make_instance_id()?;
    Ok(Some(route))
}

/// The same for whom a person asks for: outside pagers know services, and hotroom pages people, teams and schedules.
pub(super) fn route_of(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: &Incident,
    whom: &Whom,
) -> Result<Option<OutsideRoute>, StoreError> {
    match whom {
        Whom::Service(service) => route(tx, cx, incident, Some(service)),
        Whom::Person(_) | Whom::Team(_) | Whom::Schedule(_) => Ok(None),
    }
}
