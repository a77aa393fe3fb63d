//! The alerts that a page is about.

use crate::{
    config::Config,
    domain::{alert::Enrichment, incident::Incident},
    render::PagedAlerts,
    store::{Reads, StoreError},
};

/// The alerts that a page is about: those that fire in the first groups of its incident.
pub(super) fn paged_alerts(reads: &Reads<'_>, config: &Config, incident: &Incident) -> Result<PagedAlerts, StoreError> {
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
