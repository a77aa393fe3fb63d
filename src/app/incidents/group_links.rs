//! Which alert groups an incident may take.

use crate::{
    app::Context,
    domain::{
        alert::AlertGroup,
        ids::{GroupId, IncidentId},
        refusal::{AlertRefusal, IncidentRefusal, Refusal},
    },
    store::{StoreError, Tx},
};

/// Checks that an incident may be declared from a group: it exists, and belongs to no open incident.
pub(super) fn check_declarable(
    tx: &Tx<'_>,
    cx: Context<'_>,
    group: GroupId,
) -> Result<Result<(), Refusal>, StoreError> {
    let Some(group) = tx.group(group)? else { return Ok(Err(unknown(group))) };
    Ok(taken(tx, cx, &group)?.map_or(Ok(()), Err))
}

/// Checks that a group may be linked to an incident: it belongs to no other open one.
pub(super) fn check_linkable(
    tx: &Tx<'_>,
    cx: Context<'_>,
    group: GroupId,
    incident: IncidentId,
) -> Result<Result<(), Refusal>, StoreError> {
    let Some(group) = tx.group(group)? else { return Ok(Err(unknown(group))) };
    match taken(tx, cx, &group)? {
        Some(refusal) if group.incident != Some(incident) => Ok(Err(refusal)),
        Some(_) | None => Ok(Ok(())),
    }
}

fn unknown(group: GroupId) -> Refusal {
    AlertRefusal::UnknownGroup { id: group.to_string() }.into()
}

/// The open incident a group belongs to, as a refusal; one that the actor may not see is not named.
fn taken(tx: &Tx<'_>, cx: Context<'_>, group: &AlertGroup) -> Result<Option<Refusal>, StoreError> {
    let Some(id) = group.incident else { return Ok(None) };
    let incident = tx.incident(id)?.filter(|incident| incident.is_open());
    Ok(incident.map(|incident| {
        let visible = cx.actor.person().is_none_or(|person| incident.visible_to(person));
        if visible {
            AlertRefusal::GroupTaken { key: incident.key }.into()
        } else {
            let what = format!("alert group {}", group.title.shown(80));
            IncidentRefusal::Already { what, value: "linked".to_owned(), by: None }.into()
        }
    }))
}
