//! What is known of public incidents at the mirrors of the status page.

use std::collections::BTreeMap;

use crate::{
    domain::{
        Timestamp,
        ids::{IncidentId, StatusMirrorId},
        status::StatusMirrorState,
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, millis, to_json},
            sql::{Row, params},
        },
    },
};

/// A mirror that does not show what the status page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusMirrorTrouble {
    /// How many incidents are not up to date there.
    pub incidents: u64,
    /// Since when the first of them is not.
    pub behind_since: Timestamp,
    /// Why the latest attempt failed.
    pub why: Option<String>,
}

/// How many rows are read.
const MOST: i64 = 1_000;

pub(in crate::store) const BEHIND: &str = "SELECT r.incident FROM status_mirror_posts p CROSS JOIN status_references r
    WHERE p.mirror = $1 AND p.behind_since IS NOT NULL AND r.reference = p.reference LIMIT $2";

fn read_state(row: &Row<'_>) -> Result<StatusMirrorState, StoreError> {
    let doc: Option<String> = row.get(0)?;
    let post = doc.map(|doc| from_json(&"an incident at a status mirror", &doc)).transpose()?;
    Ok(StatusMirrorState { post, behind_since: row.get(1)?, why: row.get(2)?, reported: row.get(3)? })
}

impl Reads<'_> {
    /// What is known of an incident at a mirror; `reference` is its public id.
    pub fn status_mirror_state(
        &self,
        mirror: &StatusMirrorId,
        reference: &str,
    ) -> Result<StatusMirrorState, StoreError> {
        let sql =
            "SELECT doc, behind_since, why, reported FROM status_mirror_posts WHERE mirror = $1 AND reference = $2";
        Ok(self.one(sql, params![mirror.as_str(), reference], read_state)?.unwrap_or_default())
    }

    /// The incidents that a mirror does not show as they are.
    pub fn incidents_behind(&self, mirror: &StatusMirrorId) -> Result<Vec<IncidentId>, StoreError> {
        let rows = self.all(BEHIND, params![mirror.as_str(), MOST], |row| row.get::<String>(0))?;
        Ok(rows.iter().filter_map(|id| IncidentId::parse(id)).collect())
    }

    /// The mirrors that are behind.
    pub fn status_mirror_troubles(&self) -> Result<BTreeMap<StatusMirrorId, StatusMirrorTrouble>, StoreError> {
        let sql = "SELECT mirror, COUNT(*), MIN(behind_since), MAX(why) FROM status_mirror_posts
            WHERE behind_since IS NOT NULL GROUP BY mirror ORDER BY mirror LIMIT $1";
        let rows = self.all(sql, params![MOST], |row| {
            let incidents = u64::try_from(row.get::<i64>(1)?).unwrap_or_default();
            let trouble = StatusMirrorTrouble { incidents, behind_since: row.get(2)?, why: row.get(3)? };
            Ok((StatusMirrorId::new(row.get::<String>(0)?), trouble))
        })?;
        Ok(rows.into_iter().collect())
    }
}

impl Tx<'_> {
    /// Writes what is known of an incident at a mirror.
    pub fn save_status_mirror_state(
        &mut self,
        mirror: &StatusMirrorId,
        reference: &str,
        state: &StatusMirrorState,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO status_mirror_posts (mirror, reference, doc, behind_since, why, reported)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (mirror, reference) DO UPDATE SET doc = excluded.doc, behind_since = excluded.behind_since,
                 why = excluded.why, reported = excluded.reported",
            params![
                mirror.as_str(),
                reference,
                state.post.as_ref().map(to_json).transpose()?,
                state.behind_since.map(millis),
                state.why,
                state.reported,
            ],
        )?;
        Ok(())
    }
}
