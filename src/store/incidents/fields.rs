//! The values of the fields of incidents, which filters and reports read. They are written with the record.

use std::collections::BTreeSet;

use crate::{
    domain::{
        ids::{FieldId, IncidentId},
        incident::{AFFECTED, CAUSE, IMPACT, Incident, URGENCY},
        text::{Untrusted, fold_case},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{columns::row_limit, sql::params},
    },
};

/// The most characters of an entry that filters compare.
const LONGEST: usize = 200;

/// The form in which entries are compared.
pub(in crate::store) fn compared(entry: &str) -> String {
    let cut: String = entry.trim().chars().take(LONGEST).collect();
    fold_case(&cut)
}

fn rows(incident: &Incident) -> BTreeSet<(String, String)> {
    let named = [IMPACT, URGENCY, AFFECTED, CAUSE].map(FieldId::from);
    let ids: BTreeSet<&FieldId> = incident.fields.keys().chain(&named).collect();
    let entries = |id: &FieldId| incident.field(id).map(|value| value.entries()).unwrap_or_default();
    let row = |id: &FieldId, entry: Untrusted| (id.to_string(), compared(entry.verbatim()));
    ids.into_iter().flat_map(|id| entries(id).into_iter().map(move |entry| row(id, entry))).collect()
}

impl Tx<'_> {
    /// Writes the values of the fields of an incident.
    pub(in crate::store) fn save_fields(&mut self, incident: &Incident) -> Result<(), StoreError> {
        let (id, wanted) = (incident.id.to_string(), rows(incident));
        let sql = "SELECT field, value FROM incident_fields WHERE incident = $1";
        let stored: BTreeSet<(String, String)> =
            self.all(sql, params![id], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect();
        for (field, value) in stored.difference(&wanted) {
            let sql = "DELETE FROM incident_fields WHERE incident = $1 AND field = $2 AND value = $3";
            self.run(sql, params![id, field, value])?;
        }
        for (field, value) in wanted.difference(&stored) {
            let sql = "INSERT INTO incident_fields (incident, field, value) VALUES ($1, $2, $3)";
            self.run(sql, params![id, field, value])?;
        }
        Ok(())
    }
}

/// The hosts of an incident's alerts.
pub(in crate::store) const HOSTS_OF_INCIDENT: &str = "SELECT DISTINCT host FROM (
        SELECT a.host AS host FROM alert_groups g JOIN group_alerts m ON m.group_id = g.id JOIN alerts a ON a.id = m.alert
        WHERE g.incident = $1 AND a.host IS NOT NULL LIMIT $2) AS some
    ORDER BY host LIMIT $3";

/// How many alerts of an incident are searched for hosts.
const SEARCHED: usize = 5_000;

impl Reads<'_> {
    /// The hosts of the alerts of an incident, each once, in the order of their names.
    pub fn hosts_of_incident(&self, incident: IncidentId, most: usize) -> Result<Vec<String>, StoreError> {
        self.all(HOSTS_OF_INCIDENT, params![incident.to_string(), row_limit(SEARCHED), row_limit(most)], |row| {
            row.get(0)
        })
    }
}
