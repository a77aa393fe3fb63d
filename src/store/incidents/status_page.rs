//! What the public status page shows.

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
            columns::{from_json, instant, millis, row_limit, to_json},
            sql::{Row, params},
        },
    },
};

/// A component as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredComponent {
    /// What it shows.
    pub status: ComponentStatus,
    /// Since when it is known.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Tx<'_> {
    /// Writes what customers see of an incident.
    pub fn save_public_incident(&mut self, public: &PublicIncident) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO status_incidents (incident, status, is_open, created_at, updated_at, resolved_at, doc)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (incident) DO UPDATE SET status = excluded.status, is_open = excluded.is_open,
                 updated_at = excluded.updated_at, resolved_at = excluded.resolved_at, doc = excluded.doc",
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

    /// Writes what a component shows; its time of change moves only when it shows something else.
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

/// An incident that became private is no longer shown, whatever was posted before.
const SHOWN: &str = "SELECT s.incident, s.doc FROM status_incidents s
    JOIN incidents i ON i.id = s.incident AND i.private = 0";

fn doc_row(row: &Row<'_>) -> Result<(String, String), StoreError> {
    Ok((row.get(0)?, row.get(1)?))
}

fn public_of((id, doc): (String, String)) -> Result<PublicIncident, StoreError> {
    from_json(&format_args!("public incident {id}"), &doc)
}

impl Reads<'_> {
    /// What customers see, or saw, of an incident, even if it became private since.
    pub fn public_incident(&self, id: IncidentId) -> Result<Option<PublicIncident>, StoreError> {
        let sql = "SELECT incident, doc FROM status_incidents WHERE incident = $1";
        self.one(sql, params![id.to_string()], doc_row)?.map(public_of).transpose()
    }

    /// Every incident that still holds components, even if it became private since.
    pub fn holding_incidents(&self) -> Result<Vec<PublicIncident>, StoreError> {
        let sql = "SELECT incident, doc FROM status_incidents WHERE is_open = 1 ORDER BY incident";
        self.all(sql, params![], doc_row)?.into_iter().map(public_of).collect()
    }

    /// The newest public incidents, newest first.
    pub fn public_incidents(&self, limit: usize) -> Result<Vec<PublicIncident>, StoreError> {
        let sql = format!("{SHOWN} ORDER BY s.created_at DESC, s.incident DESC LIMIT $1");
        self.all(&sql, params![row_limit(limit)], doc_row)?.into_iter().map(public_of).collect()
    }

    /// The public incidents that are not over, newest first.
    pub fn open_public_incidents(&self, limit: usize) -> Result<Vec<PublicIncident>, StoreError> {
        let sql = format!("{SHOWN} WHERE s.is_open = 1 ORDER BY s.created_at DESC, s.incident DESC LIMIT $1");
        self.all(&sql, params![row_limit(limit)], doc_row)?.into_iter().map(public_of).collect()
    }

    /// What components show, for those that were ever touched.
    pub fn stored_components(&self) -> Result<BTreeMap<ComponentId, StoredComponent>, StoreError> {
        let sql = "SELECT id, status, created_at, updated_at FROM status_components";
        let rows = self.all(sql, params![], |row| {
            Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<i64>(2)?, row.get::<i64>(3)?))
        })?;
        let component = |(id, status, created, updated): (String, String, i64, i64)| {
            let status = from_json(&format_args!("component {id}"), &format!("\"{status}\""))?;
            let stored = StoredComponent { status, created_at: instant(created)?, updated_at: instant(updated)? };
            Ok((ComponentId::new(id), stored))
        };
        rows.into_iter().map(component).collect()
    }
}
