//! Public incidents and components of the status page.

use std::collections::BTreeMap;

use crate::{
    domain::{
        Timestamp,
        ids::{ComponentId, IncidentId},
        status::{ComponentStatus, PublicIncident},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, from_word, millis, row_limit, to_json},
            sql::{Row, params},
        },
    },
};

/// A stored component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredComponent {
    /// Its status.
    pub status: ComponentStatus,
    /// When it was first stored.
    pub created_at: Timestamp,
    /// When its status last changed.
    pub updated_at: Timestamp,
}

impl Tx<'_> {
    /// Writes the public side of an incident.
    pub fn save_public_incident(&mut self, public: &PublicIncident) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO status_incidents (incident, status, is_open, created_at, updated_at, resolved_at, doc)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (incident) DO UPDATE SET status = excluded.status, is_open = excluded.is_open,
                 created_at = excluded.created_at, updated_at = excluded.updated_at, resolved_at = excluded.resolved_at, doc = excluded.doc",
            params![
                public.incident.to_string(),
                public.status.name(),
                !public.is_over(),
                millis(public.created_at),
                millis(public.updated_at),
                public.resolved_at.map(millis),
                to_json(public)?,
            ],
        )?;
        Ok(())
    }

    /// Removes the public side of an incident.
    pub fn delete_public_incident(&mut self, id: IncidentId) -> Result<(), StoreError> {
        self.run("DELETE FROM status_incidents WHERE incident = $1", params![id.to_string()])?;
        Ok(())
    }

    /// Writes the status of a component. Its time of change moves only if the status is another one.
    pub fn save_component(
        &mut self,
        id: &ComponentId,
        status: ComponentStatus,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO status_components (id, status, created_at, updated_at) VALUES ($1, $2, $3, $3)
             ON CONFLICT (id) DO UPDATE SET status = excluded.status, updated_at = excluded.updated_at
             WHERE status_components.status <> excluded.status",
            params![id.as_str(), status.name(), millis(now)],
        )?;
        Ok(())
    }
}

/// An incident that became private is not shown any more, whatever was posted before. The cross join keeps SQLite from
/// starting at the incidents: there are few public ones and many others.
const SHOWN: &str = "SELECT s.incident, s.doc FROM status_incidents s CROSS JOIN incidents i
    WHERE i.id = s.incident AND i.private = 0";

const NEWEST_FIRST: &str = "ORDER BY s.created_at DESC, s.incident DESC LIMIT $1";

pub(in crate::store) fn newest_sql() -> String {
    format!("{SHOWN} {NEWEST_FIRST}")
}

pub(in crate::store) fn open_sql() -> String {
    format!("{SHOWN} AND s.is_open = 1 {NEWEST_FIRST}")
}

fn read_public(row: &Row<'_>) -> Result<PublicIncident, StoreError> {
    from_json(&format_args!("public incident {}", row.get::<String>(0)?), &row.get::<String>(1)?)
}

impl Reads<'_> {
    /// The public side of an incident, even if it has become private.
    pub fn public_incident(&self, id: IncidentId) -> Result<Option<PublicIncident>, StoreError> {
        let sql = "SELECT incident, doc FROM status_incidents WHERE incident = $1";
        self.one(sql, params![id.to_string()], read_public)
    }

    /// Every open public incident, even if it has become private: these determine the components.
    pub fn all_open_public_incidents(&self) -> Result<Vec<PublicIncident>, StoreError> {
        let sql = "SELECT incident, doc FROM status_incidents WHERE is_open = 1 ORDER BY incident";
        self.all(sql, params![], read_public)
    }

    /// The newest public incidents, newest first.
    pub fn public_incidents(&self, limit: usize) -> Result<Vec<PublicIncident>, StoreError> {
        self.all(&newest_sql(), params![row_limit(limit)], read_public)
    }

    /// The open public incidents, newest first.
    pub fn open_public_incidents(&self, limit: usize) -> Result<Vec<PublicIncident>, StoreError> {
        self.all(&open_sql(), params![row_limit(limit)], read_public)
    }

    /// The stored components.
    pub fn stored_components(&self) -> Result<BTreeMap<ComponentId, StoredComponent>, StoreError> {
        let sql = "SELECT id, status, created_at, updated_at FROM status_components";
        let rows = self.all(sql, params![], |row| {
            let id: String = row.get(0)?;
            let status = from_word(&format_args!("component {id}"), &row.get::<String>(1)?)?;
            Ok((ComponentId::new(id), StoredComponent { status, created_at: row.get(2)?, updated_at: row.get(3)? }))
        })?;
        Ok(rows.into_iter().collect())
    }
}
