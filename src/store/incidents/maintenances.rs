//! Records of planned maintenance and their lists.

use crate::{
    domain::{
        Timestamp,
        event::Event,
        ids::{MaintenanceId, ServiceId},
        status::{self, Maintenance},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, millis, row_limit, signed, to_json, unsigned},
            sql::{Row, params},
        },
    },
};

impl Tx<'_> {
    /// Writes the record of a maintenance. Its version must be greater than the stored one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored version is not older.
    pub fn save_maintenance(&mut self, item: &Maintenance) -> Result<(), StoreError> {
        if self.write_maintenance(item, "<")? == 0 {
            let (id, version) = (item.id, item.version);
            let what = format!("maintenance {id} is stored with version {version} or a later one already");
            return Err(StoreError::Conflict(what));
        }
        Ok(())
    }

    fn write_maintenance(&mut self, item: &Maintenance, stored_version: &str) -> Result<usize, StoreError> {
        let sql = format!(
            "INSERT INTO maintenances (id, number, reference, status, is_open, from_at, until_at, version, doc)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE SET status = excluded.status, is_open = excluded.is_open,
                 from_at = excluded.from_at, until_at = excluded.until_at, version = excluded.version, doc = excluded.doc
             WHERE maintenances.version {stored_version} excluded.version"
        );
        self.run(
            &sql,
            params![
                item.id.to_string(),
                i64::from(item.number),
                item.reference(),
                item.status.name(),
                !item.status.is_over(),
                millis(item.from),
                millis(item.until),
                signed(item.version),
                to_json(item)?,
            ],
        )
    }

    /// Rebuilds the record of a maintenance. Returns false if it is as its history says already, or has no history.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the history has another number of events than the record.
    pub fn rebuild_maintenance(&mut self, id: MaintenanceId) -> Result<bool, StoreError> {
        let Some(replayed) = self.replay_maintenance(id)? else { return Ok(false) };
        match self.maintenance(id) {
            Ok(Some(stored)) if stored == replayed => return Ok(false),
            Ok(_) | Err(StoreError::Corrupt(_)) => {}
            Err(error) => return Err(error),
        }
        if self.overwriting(|tx| tx.write_maintenance(&replayed, "="))? == 0 {
            return Err(StoreError::Conflict(format!("maintenance {id} has another version than its history")));
        }
        Ok(true)
    }
}

fn read_maintenance(row: &Row<'_>) -> Result<Maintenance, StoreError> {
    from_json(&format_args!("maintenance {}", row.get::<String>(0)?), &row.get::<String>(1)?)
}

impl Reads<'_> {
    /// A maintenance by its id.
    pub fn maintenance(&self, id: MaintenanceId) -> Result<Option<Maintenance>, StoreError> {
        self.one("SELECT id, doc FROM maintenances WHERE id = $1", params![id.to_string()], read_maintenance)
    }

    /// A maintenance by its number.
    pub fn maintenance_by_number(&self, number: u32) -> Result<Option<Maintenance>, StoreError> {
        self.one("SELECT id, doc FROM maintenances WHERE number = $1", params![i64::from(number)], read_maintenance)
    }

    /// A maintenance by its public id.
    pub fn maintenance_by_reference(&self, reference: &str) -> Result<Option<Maintenance>, StoreError> {
        self.one("SELECT id, doc FROM maintenances WHERE reference = $1", params![reference], read_maintenance)
    }

    /// The highest number of a maintenance; 0 if there is none.
    pub fn last_maintenance_number(&self) -> Result<u32, StoreError> {
        let sql = "SELECT COALESCE(MAX(number), 0) FROM maintenances";
        let number = self.one(sql, params![], |row| row.get::<i64>(0))?;
        Ok(number.map_or(0, |number| u32::try_from(unsigned(number)).unwrap_or(u32::MAX)))
    }

    /// Those that are not over, in the order of their begin.
    pub fn open_maintenances(&self, limit: usize) -> Result<Vec<Maintenance>, StoreError> {
        let sql = "SELECT id, doc FROM maintenances WHERE is_open = 1 ORDER BY from_at, id LIMIT $1";
        self.all(sql, params![row_limit(limit)], read_maintenance)
    }

    /// The newest ones by their begin.
    pub fn maintenances(&self, limit: usize) -> Result<Vec<Maintenance>, StoreError> {
        let sql = "SELECT id, doc FROM maintenances ORDER BY from_at DESC, id DESC LIMIT $1";
        self.all(sql, params![row_limit(limit)], read_maintenance)
    }

    /// Those that began in a span of time or were to begin then, and are not only scheduled, newest first.
    pub fn maintenances_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Maintenance>, StoreError> {
        let sql = "SELECT id, doc FROM maintenances WHERE from_at >= $1 AND from_at < $2 AND status <> 'scheduled'
            ORDER BY from_at DESC, id DESC LIMIT $3";
        self.all(sql, params![millis(from), millis(to), row_limit(limit)], read_maintenance)
    }

    /// A maintenance as its history says; `None` if there is no first event.
    pub fn replay_maintenance(&self, id: MaintenanceId) -> Result<Option<Maintenance>, StoreError> {
        let history = self.events_of(&Maintenance::stream(id), 0, usize::MAX)?;
        let events = history.iter().filter_map(|recorded| match &recorded.event {
            Event::Maintenance(event) => Some((event, recorded.at, &recorded.actor)),
            Event::Incident(_)
            | Event::OnCall(_)
            | Event::Alert(_)
            | Event::Review(_)
            | Event::FollowUp(_)
            | Event::System(_) => None,
        });
        Ok(status::replay_maintenance(events))
    }

    /// True if an alert of a service fires.
    pub fn service_fires(&self, service: &ServiceId) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM alerts WHERE service = $1 AND firing = 1 LIMIT 1";
        Ok(self.one(sql, params![service.as_str()], |_| Ok(()))?.is_some())
    }
}
