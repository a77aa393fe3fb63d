//! What pages said to people, edited when it is no longer true.

use crate::{
    app::Context,
    domain::{
        effect::{ChatEffect, EffectKey},
        ids::IncidentId,
        oncall::{Attempt, Page},
    },
    store::{StoreError, Tx},
};

/// Edits what the pages of an incident said to people. A message that is not delivered yet is edited after it.
pub(in crate::app) fn update_all(tx: &mut Tx<'_>, cx: Context<'_>, incident: IncidentId) -> Result<(), StoreError> {
    for page in tx.pages_of_incident(incident)? {
        let stream = format!("{}/room", Page::stream(page.id()));
        for (n, Attempt { person, n: attempt, .. }) in page.attempts.iter().enumerate() {
            let update = ChatEffect::UpdatePage { page: page.id(), person: person.clone(), attempt: *attempt };
            tx.enqueue(&EffectKey::new(&stream, page.version, n), &update.into(), cx.now)?;
        }
    }
    Ok(())
}
