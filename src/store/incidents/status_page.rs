//! Public incidents and components of the status page.

use std::collections::BTreeMap;

use crate::{
    domain::{
        Timestamp,
        ids::{ComponentId, IncidentId},
        status::{ComponentChange, ComponentStatus, PublicIncident},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, from_word, millis, row_limit, to_json},
            sql::{Row, params},
        },
    },
};

/// How many changes of components are read.
const MOST_CHANGES: i64 = 50_000;

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
        self.save_reference(public)
    }

    /// Notes which incident has a public id: a merge may have moved it.
    fn save_reference(&mut self, public: &PublicIncident) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO status_references (reference, incident) VALUES ($1, $2)
             ON CONFLICT (reference) DO UPDATE SET incident = excluded.incident",
            params![public.reference(), public.incident.to_string()],
        )?;
        Ok(())
    }

    /// Notes the public ids of incidents that were posted before public ids were stored.
    pub fn complete_references(&mut self) -> Result<(), StoreError> {
        let sql = "SELECT s.incident, s.doc FROM status_incidents s
            WHERE NOT EXISTS (SELECT 1 FROM status_references r WHERE r.incident = s.incident)";
        for public in self.all(sql, params![], read_public)? {
            self.save_reference(&public)?;
        }
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
        // Of two changes at the same time the later counts.
        self.run(
            "INSERT INTO status_component_changes (component, at, status) VALUES ($1, $2, $3)
             ON CONFLICT (component, at) DO UPDATE SET status = excluded.status",
            params![id.as_str(), millis(now), status.name()],
        )?;
        Ok(())
    }
}

/// An incident that became private is not shown any more, whatever was posted before. The cross join keeps SQLite from
/// starting at the incidents: there are few public ones and many others.
const SHOWN: &str = "SELECT s.incident, s.doc FROM status_incidents s CROSS JOIN incidents i
    WHERE i.id = s.incident AND i.private = 0";

pub(in crate::store) const BY_REFERENCE: &str = "SELECT s.incident, s.doc FROM status_references r
    CROSS JOIN status_incidents s CROSS JOIN incidents i
    WHERE r.reference = $1 AND s.incident = r.incident AND i.id = s.incident AND i.private = 0";

pub(in crate::store) const FIRST: &str = "SELECT s.created_at FROM status_incidents s CROSS JOIN incidents i
    WHERE i.id = s.incident AND i.private = 0 ORDER BY s.created_at, s.incident LIMIT 1";

pub(in crate::store) fn between_sql() -> String {
    format!("{SHOWN} AND s.created_at >= $1 AND s.created_at < $2 ORDER BY s.created_at DESC, s.incident DESC LIMIT $3")
}

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

    /// The incident with a public id; `None` if there is none, or it is private.
    pub fn public_incident_by_reference(&self, reference: &str) -> Result<Option<PublicIncident>, StoreError> {
        self.one(BY_REFERENCE, params![reference], read_public)
    }

    /// The public incidents that were first posted in a span of time, newest first.
    pub fn public_incidents_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<PublicIncident>, StoreError> {
        self.all(&between_sql(), params![millis(from), millis(to), row_limit(limit)], read_public)
    }

    /// When the first public incident was posted; `None` if there is none.
    pub fn first_public_incident(&self) -> Result<Option<Timestamp>, StoreError> {
        self.one(FIRST, params![], |row| row.get(0))
    }

    /// The changes of all components since a time, and what each was then, in the order of time.
    pub fn component_changes(
        &self,
        since: Timestamp,
    ) -> Result<BTreeMap<ComponentId, Vec<ComponentChange>>, StoreError> {
        let sql = "SELECT component, at, status FROM status_component_changes WHERE at >= $1
            UNION ALL
            SELECT c.component, c.at, c.status FROM status_component_changes c
            WHERE c.at = (SELECT MAX(b.at) FROM status_component_changes b
                WHERE b.component = c.component AND b.at < $2)
            ORDER BY 2 LIMIT $3";
        let rows = self.all(sql, params![millis(since), millis(since), MOST_CHANGES], |row| {
            let component: String = row.get(0)?;
            let status = from_word(&format_args!("a change of component {component}"), &row.get::<String>(2)?)?;
            Ok((ComponentId::new(component), ComponentChange { at: row.get(1)?, status }))
        })?;
        let mut changes: BTreeMap<ComponentId, Vec<ComponentChange>> = BTreeMap::new();
        for (component, change) in rows {
            changes.entry(component).or_default().push(change);
        }
        Ok(changes)
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
