//! What Opsgenie's API keeps of alerts.

use crate::{
    domain::{
        alert::{OpsgenieAlert, Whom},
        ids::{AlertId, SourceId},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, row_limit, to_json},
            sql::{Param, Row, params},
        },
    },
};

/// An alert's ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredOpsgenieAlert {
    /// Whose.
    pub alert: AlertId,
    /// The ticket.
    pub ticket: OpsgenieAlert,
}

impl Tx<'_> {
    /// Writes a ticket.
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

    /// The next small number of a source.
    pub fn next_tiny(&self, source: &SourceId) -> Result<i64, StoreError> {
        let sql = "SELECT MAX(tiny) FROM tickets WHERE source = $1";
        let last = self.one(sql, params![source.as_str()], |row| row.get::<Option<i64>>(0))?;
        Ok(last.flatten().unwrap_or(0) + 1)
    }
}

impl Reads<'_> {
    /// The ticket that is meant: of an alias the newest one.
    pub fn ticket(&self, source: &SourceId, whom: &Whom) -> Result<Option<StoredOpsgenieAlert>, StoreError> {
        let source = source.as_str();
        let found = match whom {
            Whom::Id(id) => self.opsgenie_alerts_where("source = $1 AND alert = $2", params![source, id.to_string()]),
            Whom::Tiny(tiny) => self.opsgenie_alerts_where("source = $1 AND tiny = $2", params![source, tiny]),
            Whom::Alias(alias) => self
                .opsgenie_alerts_where("source = $1 AND alias = $2 ORDER BY tiny DESC LIMIT 1", params![source, alias]),
        };
        Ok(found?.pop())
    }

    /// Tickets of a source, the newest first, below a small number.
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
        let rows = self.all(&sql, values, |row: &Row<'_>| Ok((row.get::<String>(0)?, row.get::<String>(1)?)))?;
        let stored = |(alert, doc): (String, String)| {
            let ticket = from_json(&format_args!("ticket of alert {alert}"), &doc)?;
            let alert = AlertId::parse(&alert);
            let alert = alert.ok_or_else(|| StoreError::Corrupt("a ticket's alert has no id".to_owned()))?;
            Ok(StoredOpsgenieAlert { alert, ticket })
        };
        rows.into_iter().map(stored).collect()
    }

    /// What became of a delivery: none, there is no such; none inside, it is not carried out yet.
    pub fn reply_to(&self, source: &SourceId, delivery: &str) -> Result<Option<Option<String>>, StoreError> {
        let sql = "SELECT reply FROM inbox WHERE source = $1 AND delivery = $2";
        self.one(sql, params![source.as_str(), delivery], |row| row.get(0))
    }
}
