//! Changes shortly before an incident.

use chrono::TimeDelta;

use crate::domain::Timestamp;
use crate::domain::incident::Incident;
use crate::domain::incident::TimeName;
use crate::store::ChangeFilter;
use crate::store::Reads;
use crate::store::StoreError;
use crate::store::StoredChange;

/// How long before an incident began a change may have been made to count as made shortly before it.
pub const SHORTLY: TimeDelta = TimeDelta::hours(6);

/// The changes of its service that were made within six hours before an incident began or until it was declared, the
/// newest first, at most `limit`; where these are fewer, those that name no service fill up. Of an incident that names no
/// service, all changes count.
pub fn before(reads: &Reads<'_>, incident: &Incident, limit: usize) -> Result<Vec<StoredChange>, StoreError> {
    let (from, until) = window(incident);
    between(reads, incident, from, until, limit)
}

/// The changes of its service in a period, the newest first, as [`before`] chooses them.
pub fn between(
    reads: &Reads<'_>,
    incident: &Incident,
    from: Timestamp,
    until: Timestamp,
    limit: usize,
) -> Result<Vec<StoredChange>, StoreError> {
    let filter = ChangeFilter { from: Some(from), until: Some(until), limit, ..ChangeFilter::default() };
    let Some(service) = incident.service.clone() else { return reads.list_changes(&filter) };
    let of = |service, limit| reads.list_changes(&ChangeFilter { service: Some(service), limit, ..filter.clone() });
    let mut found = of(Some(service), limit)?;
    found.extend(of(None, limit - found.len())?);
    found.sort_by_key(|stored| std::cmp::Reverse((stored.change.at, stored.id)));
    Ok(found)
}

fn window(incident: &Incident) -> (Timestamp, Timestamp) {
    let first = |name| incident.times.get(&name).map(|time| time.first);
    let declared = first(TimeName::Declared).unwrap_or(incident.status_at);
    let began = first(TimeName::Impact).map_or(declared, |impact| impact.min(declared));
    // The moment of the declaration itself still counts.
    (began - SHORTLY, declared + TimeDelta::milliseconds(1))
}
