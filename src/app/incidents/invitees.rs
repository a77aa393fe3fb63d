//! Who is invited to a new incident.

use super::stranded;
use crate::{
    app::{Context, tracker},
    domain::{
        ids::{PersonId, ServiceId},
        incident::Declare,
        refusal::{IncidentRefusal, Refusal},
    },
};

/// Who is invited when an incident is declared: the team of its service and who watches its project, or, to a private one, whoever has to be a member so
/// that somebody may act on it.
pub(super) fn invitees(cx: Context<'_>, wanted: &Declare) -> Result<Vec<PersonId>, Refusal> {
    if !wanted.private {
        let mut people = wanted.service.as_ref().map(|service| team_of(cx, service)).unwrap_or_default();
        let project = tracker::keys::own_project(cx.config, wanted.service.as_ref());
        for watcher in project.iter().flat_map(|project| &project.watchers) {
            if !people.contains(watcher) {
                people.push(watcher.clone());
            }
        }
        return Ok(people);
    }
    if cx.actor.person().is_some_and(|person| stranded::may_act(cx.config, person)) {
        return Ok(Vec::new());
    }
    let keepers = stranded::keepers(cx.config);
    if keepers.is_empty() { Err(IncidentRefusal::NobodyMayAct.into()) } else { Ok(keepers) }
}

fn team_of(cx: Context<'_>, service: &ServiceId) -> Vec<PersonId> {
    let team = cx.config.service(service.as_str()).and_then(|service| service.team.as_ref());
    team.and_then(|team| cx.config.team(team)).map(|team| team.members.clone()).unwrap_or_default()
}
