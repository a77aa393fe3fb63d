//! What Opsgenie's API keeps of alerts.

use rusqlite::{Row, params};

use super::{
    Reads, StoreError, Tx,
    columns::{bound, from_json, to_json},
};
use crate::domain::{
    alert::{Ticket, Whom},
    ids::{AlertId, SourceId},
};

/// An alert's ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTicket {
    /// Whose.
    pub alert: AlertId,
    /// The ticket.
    pub ticket: Ticket,
}

impl Tx<'_> {
    /// Writes a ticket.
    ///
    /// # Errors
    /// As [`super::Store::transact`].
    pub fn save_ticket(&mut self, source: &SourceId, alert: AlertId, ticket: &Ticket) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO tickets (alert, source, alias, tiny, doc) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (alert) DO UPDATE SET doc = excluded.doc",
            params![alert.to_string(), source.as_str(), ticket.alias, ticket.tiny, to_json(ticket)?],
        )?;
        Ok(())
    }

    /// The next small number of a source.
    ///
    /// # Errors
    /// As [`super::Store::transact`].
    pub fn next_tiny(&self, source: &SourceId) -> Result<i64, StoreError> {
        let sql = "SELECT MAX(tiny) FROM tickets WHERE source = $1";
        let last = self.one(sql, params![source.as_str()], |row| row.get::<_, Option<i64>>(0))?;
        Ok(last.flatten().unwrap_or(0) + 1)
    }
}

impl Reads<'_> {
    /// The ticket that is meant: of an alias the newest one.
    ///
    /// # Errors
    /// As [`super::Store::read`].
    pub fn ticket(&self, source: &SourceId, whom: &Whom) -> Result<Option<StoredTicket>, StoreError> {
        let source = source.as_str();
        let found = match whom {
            Whom::Id(id) => self.tickets_where("source = $1 AND alert = $2", params![source, id.to_string()]),
            Whom::Tiny(tiny) => self.tickets_where("source = $1 AND tiny = $2", params![source, tiny]),
            Whom::Alias(alias) => {
                self.tickets_where("source = $1 AND alias = $2 ORDER BY tiny DESC LIMIT 1", params![source, alias])
            }
        };
        Ok(found?.pop())
    }

    /// Tickets of a source, the newest first, below a small number.
    ///
    /// # Errors
    /// As [`super::Store::read`].
    pub fn list_tickets(&self, source: &SourceId, below: i64, limit: usize) -> Result<Vec<StoredTicket>, StoreError> {
        let condition = "source = $1 AND tiny < $2 ORDER BY tiny DESC LIMIT $3";
        self.tickets_where(condition, params![source.as_str(), below, bound(limit)])
    }

    fn tickets_where(&self, condition: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Vec<StoredTicket>, StoreError> {
        let sql = format!("SELECT alert, doc FROM tickets WHERE {condition}");
        let rows = self.all(&sql, values, |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        let stored = |(alert, doc): (String, String)| {
            let ticket = from_json(&format_args!("ticket of alert {alert}"), &doc)?;
            let alert = AlertId::parse(&alert);
            let alert = alert.ok_or_else(|| StoreError::Corrupt("a ticket's alert has no id".to_owned()))?;
            Ok(StoredTicket { alert, ticket })
        };
        rows.into_iter().map(stored).collect()
    }

    /// What became of a delivery: none, there is no such; none inside, it is not carried out yet.
    ///
    /// # Errors
    /// As [`super::Store::read`].
    pub fn reply_to(&self, source: &SourceId, delivery: &str) -> Result<Option<Option<String>>, StoreError> {
        let sql = "SELECT reply FROM inbox WHERE source = $1 AND delivery = $2";
        self.one(sql, params![source.as_str(), delivery], |row| row.get(0))
    }
}
