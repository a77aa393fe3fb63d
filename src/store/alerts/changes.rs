//! Reported changes: deployments, settings.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        Timestamp,
        alert::Change,
        ids::{ServiceId, SourceId},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, millis, row_limit, to_json},
            sql::{Param, params},
        },
    },
};

/// A stored change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredChange {
    /// Its number; later changes have greater ones.
    pub id: i64,
    /// The source that reported it.
    pub source: SourceId,
    /// The service it concerns; `None` if it names none.
    pub service: Option<ServiceId>,
    /// The change.
    pub change: Change,
}

/// Selects changes. All conditions that are set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// Of this service; `Some(None)` selects changes that name no service.
    pub service: Option<Option<ServiceId>>,
    /// Reported by this source.
    pub source: Option<SourceId>,
    /// Made then or later.
    pub from: Option<Timestamp>,
    /// Made before then.
    pub until: Option<Timestamp>,
    /// Continues a listing: the time and number of its last change.
    pub after: Option<(Timestamp, i64)>,
    /// At most this many.
    pub limit: usize,
}

impl Tx<'_> {
    /// Stores a change. A second report in the same delivery changes nothing.
    pub fn add_change(
        &mut self,
        source: &SourceId,
        service: Option<&ServiceId>,
        request: &str,
        change: &Change,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO changes (source, request, at, doc, service) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (source, request) DO NOTHING",
            params![
                source.as_str(),
                request,
                millis(change.at),
                to_json(change)?,
                service.map_or("", ServiceId::as_str)
            ],
        )?;
        Ok(())
    }

    /// Deletes at most `limit` changes made before `before` and returns how many.
    pub fn prune_changes(&mut self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let sql = "DELETE FROM changes WHERE id IN (SELECT id FROM changes WHERE at < $1 ORDER BY at LIMIT $2)";
        self.run(sql, params![millis(before), row_limit(limit)])
    }
}

impl Reads<'_> {
    /// Returns changes, newest first.
    pub fn list_changes(&self, filter: &ChangeFilter) -> Result<Vec<StoredChange>, StoreError> {
        let (last_at, last_id) = filter.after.map_or((i64::MAX, i64::MAX), |(at, id)| (millis(at), id));
        let service = filter.service.as_ref().map(|service| service.as_ref().map_or("", ServiceId::as_str));
        let (from, until) = (filter.from.map_or(0, millis), filter.until.map_or(i64::MAX, millis));
        let (source, limit) = (filter.source.as_ref().map(SourceId::as_str), row_limit(filter.limit));
        // A condition that is not set is left out of the statement, so that an index serves the others.
        let mut values: Vec<&dyn Param> = vec![&from, &until, &last_at, &last_id];
        let mut condition = "at >= $1 AND at < $2 AND (at < $3 OR (at = $3 AND id < $4))".to_owned();
        for (column, value) in [("service", &service), ("source", &source)] {
            if value.is_some() {
                values.push(value);
                condition += &format!(" AND {column} = ${}", values.len());
            }
        }
        values.push(&limit);
        self.changes_where(&format!("{condition} ORDER BY at DESC, id DESC LIMIT ${}", values.len()), &values)
    }

    fn changes_where(&self, condition: &str, values: &[&dyn Param]) -> Result<Vec<StoredChange>, StoreError> {
        let sql = format!("SELECT id, source, service, doc FROM changes WHERE {condition}");
        self.all(&sql, values, |row| {
            let (id, service) = (row.get(0)?, row.get::<String>(2)?);
            let change = from_json(&format_args!("change {id}"), &row.get::<String>(3)?)?;
            // The column is empty for a change that names no service: a key column is never null.
            let service = (!service.is_empty()).then(|| ServiceId::new(service));
            Ok(StoredChange { id, source: SourceId::new(row.get::<String>(1)?), service, change })
        })
    }
}
