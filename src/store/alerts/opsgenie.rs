//! Alerts of the Opsgenie API.

use crate::{
    domain::{
        alert::{OpsgenieAlert, OpsgenieReference},
        ids::{AlertId, SourceId},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, row_limit, to_json},
            sql::{Param, params},
        },
    },
};

/// What the Opsgenie API stores of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredOpsgenieAlert {
    /// The alert.
    pub alert: AlertId,
    /// Its record in the Opsgenie API.
    pub ticket: OpsgenieAlert,
}

impl Tx<'_> {
    /// Writes the Opsgenie record of an alert.
    pub fn save_opsgenie_alert(
        &mut self,
        source: &SourceId,
        alert: AlertId,
        ticket: &OpsgenieAlert,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO tickets (alert, source, alias, tiny, doc) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (alert) DO UPDATE SET doc = excluded.doc",
            params![alert.to_string(), source.as_str(), ticket.alias, ticket.tiny, to_json(ticket)?],
        )?;
        Ok(())
    }

    /// The next tiny id of a source.
    pub fn next_tiny_id(&self, source: &SourceId) -> Result<i64, StoreError> {
        let sql = "SELECT MAX(tiny) FROM tickets WHERE source = $1";
        let last = self.one(sql, params![source.as_str()], |row| row.get::<Option<i64>>(0))?;
        Ok(last.flatten().unwrap_or(0) + 1)
    }
}

impl Reads<'_> {
    /// The alert that a request refers to; for an alias the newest one.
    pub fn ticket(
        &self,
        source: &SourceId,
        whom: &OpsgenieReference,
    ) -> Result<Option<StoredOpsgenieAlert>, StoreError> {
        let source = source.as_str();
        let found = match whom {
            OpsgenieReference::Id(id) => {
                self.opsgenie_alerts_where("source = $1 AND alert = $2", params![source, id.to_string()])
            }
            OpsgenieReference::Tiny(tiny) => {
                self.opsgenie_alerts_where("source = $1 AND tiny = $2", params![source, tiny])
            }
            OpsgenieReference::Alias(alias) => self
                .opsgenie_alerts_where("source = $1 AND alias = $2 ORDER BY tiny DESC LIMIT 1", params![source, alias]),
        };
        Ok(found?.pop())
    }

    /// The record of an alert, and its source.
    pub fn opsgenie_alert(&self, alert: AlertId) -> Result<Option<(SourceId, OpsgenieAlert)>, StoreError> {
        let sql = "SELECT source, doc FROM tickets WHERE alert = $1";
        self.one(sql, params![alert.to_string()], |row| {
            let doc = row.get::<String>(1)?;
            let ticket = from_json(&format_args!("the Opsgenie record of alert {alert}"), &doc)?;
            Ok((SourceId::new(row.get::<String>(0)?), ticket))
        })
    }

    /// At most `limit` alerts of a source with a tiny id below `below`, newest first.
    pub fn list_opsgenie_alerts(
        &self,
        source: &SourceId,
        below: i64,
        limit: usize,
    ) -> Result<Vec<StoredOpsgenieAlert>, StoreError> {
        let condition = "source = $1 AND tiny < $2 ORDER BY tiny DESC LIMIT $3";
        self.opsgenie_alerts_where(condition, params![source.as_str(), below, row_limit(limit)])
    }

    fn opsgenie_alerts_where(
        &self,
        condition: &str,
        values: &[&dyn Param],
    ) -> Result<Vec<StoredOpsgenieAlert>, StoreError> {
        let sql = format!("SELECT alert, doc FROM tickets WHERE {condition}");
        self.all(&sql, values, |row| {
            let id: String = row.get(0)?;
            let ticket = from_json(&format_args!("the Opsgenie record of alert {id}"), &row.get::<String>(1)?)?;
            let corrupt = || StoreError::Corrupt(format!("{id} is not the id of an alert"));
            Ok(StoredOpsgenieAlert { alert: AlertId::parse(&id).ok_or_else(corrupt)?, ticket })
        })
    }

    /// The reply to a delivery: `None` if there is no such delivery, `Some(None)` if it has no reply yet.
    pub fn reply_to(&self, source: &SourceId, delivery: &str) -> Result<Option<Option<String>>, StoreError> {
        let sql = "SELECT reply FROM inbox WHERE source = $1 AND delivery = $2";
        self.one(sql, params![source.as_str(), delivery], |row| row.get(0))
    }
}
