//! Records of reports from users and their lists.

use super::{
    Reads, StoreError, Tx,
    engine::{
        columns::{from_json, listing_limit, millis, signed, to_json, unsigned},
        conditions::Conditions,
        sql::{Row, params},
    },
};
use crate::domain::{
    Timestamp,
    ids::{IncidentId, UserReportId},
    user_report::{ReportChannel, UserReport},
};

/// Selects reports. All conditions that are set must hold. Unverified reports are never listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserReportFilter {
    /// Whether they wait for a decision.
    pub open: Option<bool>,
    /// Continues a listing: its last number.
    pub before: Option<u32>,
    /// At most this many; 0 means 50, and 500 is the maximum.
    pub limit: usize,
}

/// A part of a list of reports, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserReportListing {
    /// The reports.
    pub items: Vec<UserReport>,
    /// Continues the listing; `None` after the last part.
    pub next: Option<u32>,
}

impl Tx<'_> {
    /// Writes a report. Its version must be greater than the stored one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored version is not older.
    pub fn save_user_report(&mut self, report: &UserReport) -> Result<(), StoreError> {
        let sql = "INSERT INTO user_reports (id, number, channel, state, address, incident, received_at, version, doc,
                 reference)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, address = excluded.address,
                 incident = excluded.incident, version = excluded.version, doc = excluded.doc
             WHERE user_reports.version < excluded.version";
        let written = self.run(
            sql,
            params![
                report.id.to_string(),
                i64::from(report.number),
                report.channel.name(),
                report.state.name(),
                report.address.as_deref(),
                report.incident.map(|incident| incident.to_string()),
                millis(report.received_at),
                signed(report.version),
                to_json(report)?,
                report.reference.as_deref(),
            ],
        )?;
        if written == 0 {
            return Err(StoreError::Conflict(format!("report {} is stored with a later version", report.id)));
        }
        Ok(())
    }

    /// Allots the next number, which no report had, not even one that was deleted.
    pub fn next_user_report_number(&mut self) -> Result<u32, StoreError> {
        let sql = "INSERT INTO key_numbers (prefix, last)
             VALUES ('user report', (SELECT COALESCE(MAX(number), 0) + 1 FROM user_reports))
             ON CONFLICT (prefix) DO UPDATE SET last = key_numbers.last + 1
             RETURNING last";
        let number = self.one(sql, params![], |row| row.get::<i64>(0))?;
        Ok(number.map_or(1, |number| u32::try_from(unsigned(number)).unwrap_or(u32::MAX)))
    }

    /// Deletes a report that nobody verified.
    pub fn delete_user_report(&mut self, id: UserReportId) -> Result<(), StoreError> {
        self.run("DELETE FROM user_reports WHERE id = $1", params![id.to_string()]).map(|_| ())
    }
}

fn read_report(row: &Row<'_>) -> Result<UserReport, StoreError> {
    from_json(&format_args!("report {}", row.get::<String>(0)?), &row.get::<String>(1)?)
}

impl Reads<'_> {
    /// A report by its id.
    pub fn user_report(&self, id: UserReportId) -> Result<Option<UserReport>, StoreError> {
        self.one("SELECT id, doc FROM user_reports WHERE id = $1", params![id.to_string()], read_report)
    }

    /// A report by its number.
    pub fn user_report_by_number(&self, number: u32) -> Result<Option<UserReport>, StoreError> {
        self.one("SELECT id, doc FROM user_reports WHERE number = $1", params![i64::from(number)], read_report)
    }

    /// The reports that were linked to an incident and whose reporters can be written to.
    pub fn answerable_user_reports(&self, incident: IncidentId) -> Result<Vec<UserReportId>, StoreError> {
        let sql = "SELECT id FROM user_reports WHERE incident = $1 AND address IS NOT NULL ORDER BY number";
        let ids = self.all(sql, params![incident.to_string()], |row| row.get::<String>(0))?;
        let parse = |id: String| {
            UserReportId::parse(&id).ok_or_else(|| StoreError::Corrupt(format!("a report has the id {id:?}")))
        };
        ids.into_iter().map(parse).collect()
    }

    /// True if a report is known by its name where it came from.
    pub fn knows_user_report(&self, channel: ReportChannel, reference: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM user_reports WHERE channel = $1 AND reference = $2";
        Ok(self.one(sql, params![channel.name(), reference], |_| Ok(()))?.is_some())
    }

    /// The number of reports that came by a channel since a time.
    pub fn count_user_reports(&self, channel: ReportChannel, since: Timestamp) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM user_reports WHERE channel = $1 AND received_at > $2";
        let count = self.one(sql, params![channel.name(), millis(since)], |row| row.get::<i64>(0))?;
        Ok(count.map_or(0, unsigned))
    }

    /// The number of reports from a mail address since a time.
    pub fn count_user_reports_from(&self, address: &str, since: Timestamp) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM user_reports WHERE address = $1 AND received_at > $2";
        let count = self.one(sql, params![address, millis(since)], |row| row.get::<i64>(0))?;
        Ok(count.map_or(0, unsigned))
    }

    /// One part of the reports that a filter selects.
    pub fn list_user_reports(&self, filter: &UserReportFilter) -> Result<UserReportListing, StoreError> {
        let mut conditions = Conditions::default();
        conditions.literal("state <> 'unverified'");
        match filter.open {
            Some(true) => conditions.literal("state = 'open'"),
            Some(false) => conditions.literal("state <> 'open'"),
            None => {}
        }
        if let Some(before) = filter.before {
            conditions.add("number < $", i64::from(before));
        }
        let limit = listing_limit(filter.limit);
        let condition = conditions.text();
        let sql =
            format!("SELECT id, doc FROM user_reports WHERE {condition} ORDER BY number DESC LIMIT {}", limit + 1);
        let mut items = self.all(&sql, &conditions.params(), read_report)?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(|item| item.number) } else { None };
        Ok(UserReportListing { items, next })
    }
}
