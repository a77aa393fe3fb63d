//! What pages say to people: the alerts they are about, and edits when it is no longer true.

use crate::{
    app::Context,
    config::Config,
    domain::{
        alert::Enrichment,
        effect::{ChatEffect, EffectKey},
        ids::IncidentId,
        incident::Incident,
        oncall::{Attempt, Page},
    },
    render::PagedAlerts,
    store::{Reads, StoreError, Tx},
};

/// The alerts that a page is about: those that fire in the first groups of its incident.
pub fn paged_alerts(reads: &Reads<'_>, config: &Config, incident: &Incident) -> Result<PagedAlerts, StoreError> {
    let mut paged = PagedAlerts::default();
    let mut firing = 0;
    for group in reads.groups_of_incident(incident.id)?.iter().filter(|group| group.fires()) {
        firing += u64::from(group.counts.firing);
        let room = PagedAlerts::SHOWN - paged.alerts.len();
        if room > 0 {
            paged.alerts.extend(reads.alerts_of_group(group, room)?.into_iter().filter(|alert| alert.firing));
        }
    }
    paged.more = firing.saturating_sub(paged.alerts.len() as u64);
    paged.known = Enrichment::collect(&config.alerts.enrich, &paged.alerts);
    Ok(paged)
}

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
