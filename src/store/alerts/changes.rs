//! Changes that somebody made: deployments, settings.

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
            sql::{Param, Row, params},
        },
    },
};

/// A change, who told it, and its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredChange {
    /// Its number; later ones have greater ones.
    pub id: i64,
    /// Who told it.
    pub source: SourceId,
    /// The service that it concerns, if it names one.
    pub service: Option<ServiceId>,
    /// What was changed.
    pub change: Change,
}

/// Which changes are wanted. All that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// Those of this service; none inside: those that name no service.
    pub service: Option<Option<ServiceId>>,
    /// Told by this source.
    pub source: Option<SourceId>,
    /// Made then or later.
    pub from: Option<Timestamp>,
    /// Made before then.
    pub until: Option<Timestamp>,
    /// Where the page before ended: the time and the number of its last one.
    pub after: Option<(Timestamp, i64)>,
    /// How many at most.
    pub limit: usize,
}

impl Tx<'_> {
    /// Keeps a change. The delivery it came by makes a second time harmless.
    pub fn add_change(
        &mut self,
        (source, service): (&SourceId, Option<&ServiceId>),
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

    /// Forgets changes made before `before`, at most `limit`. Answers how many.
    pub fn prune_changes(&mut self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let sql = "DELETE FROM changes WHERE id IN (SELECT id FROM changes WHERE at < $1 ORDER BY at LIMIT $2)";
        self.run(sql, params![millis(before), row_limit(limit)])
    }
}

impl Reads<'_> {
    /// Changes, the newest first.
    pub fn list_changes(&self, filter: &ChangeFilter) -> Result<Vec<StoredChange>, StoreError> {
        let (before, below) = filter.after.map_or((i64::MAX, i64::MAX), |(at, id)| (millis(at), id));
        let of = filter.service.as_ref().map(|service| service.as_ref().map_or("", ServiceId::as_str));
        let (from, until) = (filter.from.map_or(0, millis), filter.until.map_or(i64::MAX, millis));
        let (by, limit) = (filter.source.as_ref().map(SourceId::as_str), row_limit(filter.limit));
        // A condition that is not set is left out, so that an index serves those that are.
        let mut values: Vec<&dyn Param> = vec![&from, &until, &before, &below];
        let mut condition = "at >= $1 AND at < $2 AND (at < $3 OR (at = $3 AND id < $4))".to_owned();
        for (column, value) in [("service", &of), ("source", &by)] {
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
        let rows = self.all(&sql, values, |row: &Row<'_>| {
            Ok((row.get::<i64>(0)?, row.get::<String>(1)?, row.get::<String>(2)?, row.get::<String>(3)?))
        })?;
        let stored = |(id, source, service, doc): (i64, String, String, String)| {
            let change = from_json(&format_args!("change {id}"), &doc)?;
            let service = (!service.is_empty()).then(|| ServiceId::new(service));
            Ok(StoredChange { id, source: SourceId::new(source), service, change })
        };
        rows.into_iter().map(stored).collect()
    }
}
