//! Silences, and what mutes each alert.

use std::{collections::HashMap, sync::Arc};

use crate::{
    domain::{
        Timestamp,
        alert::{GroupKey, GroupSilence, MutedBy, Silence, SilenceScope, SilenceState, Silences},
        ids::{AlertId, MaintenanceId, SilenceId},
        text::Untrusted,
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{DEFAULT_LISTING, from_json, millis, row_limit, to_json, unsigned},
            sql::{Param, Row, params},
        },
    },
};

/// How long a silence is kept after its end: as long as Alertmanager keeps it.
const RETENTION: chrono::TimeDelta = chrono::TimeDelta::hours(120);
/// The name in `meta` of the latest change to silences.
const REVISION: &str = "silences";

/// Selects silences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SilenceFilter {
    /// Their state.
    pub state: Option<SilenceState>,
    /// Continues a listing: its last id.
    pub after: Option<SilenceId>,
    /// At most this many; 0 means 50.
    pub limit: usize,
}

const COLUMNS: &str = "id, scope, from_at, until_at, made_by, comment, updated_at";

fn read_id(row: &Row<'_>) -> Result<SilenceId, StoreError> {
    let id: String = row.get(0)?;
    SilenceId::parse(&id).ok_or_else(|| StoreError::Corrupt(format!("{id} is not the id of a silence")))
}

fn read_scope(row: &Row<'_>) -> Result<SilenceScope, StoreError> {
    from_json(&format_args!("silence {}", row.get::<String>(0)?), &row.get::<String>(1)?)
}

/// Reads a row with its scope known: patterns are costly to compile.
fn read_with_scope(row: &Row<'_>, scope: SilenceScope) -> Result<Silence, StoreError> {
    Ok(Silence {
        id: read_id(row)?,
        scope,
        from: row.get(2)?,
        until: row.get(3)?,
        by: Untrusted::new(row.get::<String>(4)?),
        comment: Untrusted::new(row.get::<String>(5)?),
        updated_at: row.get(6)?,
    })
}

fn read_silence(row: &Row<'_>) -> Result<Silence, StoreError> {
    read_with_scope(row, read_scope(row)?)
}

impl Tx<'_> {
    /// Writes a silence.
    pub fn save_silence(&mut self, silence: &Silence) -> Result<(), StoreError> {
        let key = match &silence.scope {
            SilenceScope::Group { key, .. } => Some(&key.0),
            SilenceScope::Alerts(_) | SilenceScope::Alert { .. } | SilenceScope::Maintenance { .. } => None,
        };
        let maintenance = match &silence.scope {
            SilenceScope::Maintenance { maintenance, .. } => Some(maintenance.to_string()),
            SilenceScope::Alerts(_) | SilenceScope::Alert { .. } | SilenceScope::Group { .. } => None,
        };
        self.run(
            "INSERT INTO silences (id, group_key, scope, from_at, until_at, made_by, comment, updated_at, maintenance)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE SET from_at = excluded.from_at, until_at = excluded.until_at,
                 made_by = excluded.made_by, comment = excluded.comment, updated_at = excluded.updated_at",
            params![
                silence.id.to_string(),
                key,
                to_json(&silence.scope)?,
                millis(silence.from),
                silence.until.map(millis),
                silence.by.verbatim(),
                silence.comment.verbatim(),
                millis(silence.updated_at),
                maintenance,
            ],
        )?;
        // Any new value will do, but not one of a transaction that was undone: the cache may know it.
        let revision = SilenceId::new(silence.updated_at).to_string();
        self.run(
            "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            params![REVISION, revision],
        )?;
        Ok(())
    }

    /// The silences of alerts that have not expired.
    pub fn silences(&self, now: Timestamp) -> Result<Arc<Silences>, StoreError> {
        let sql = "SELECT value FROM meta WHERE name = $1";
        let revision: String = self.one(sql, params![REVISION], |row| row.get(0))?.unwrap_or_default();
        if let Some(silences) = self.silence_cache().get(&revision) {
            return Ok(silences);
        }
        let silences = Arc::new(self.compile_silences(&self.silence_cache().latest(), now)?);
        self.silence_cache().put(revision, Arc::clone(&silences));
        Ok(silences)
    }

    fn compile_silences(&self, before: &Silences, now: Timestamp) -> Result<Silences, StoreError> {
        let known: HashMap<SilenceId, &Arc<Silence>> = before.all().iter().map(|known| (known.id, known)).collect();
        let sql = format!(
            "SELECT {COLUMNS} FROM silences WHERE group_key IS NULL AND (until_at IS NULL OR until_at > $1) ORDER BY id"
        );
        let silences = self.all(&sql, params![millis(now)], |row| {
            let scope = match known.get(&read_id(row)?) {
                Some(known) => known.scope.clone(),
                None => read_scope(row)?,
            };
            read_with_scope(row, scope).map(Arc::new)
        })?;
        Ok(Silences::new(silences))
    }

    /// Deletes silences that ended 120 hours ago.
    pub fn prune_silences(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        self.run("DELETE FROM silences WHERE until_at < $1", params![millis(now - RETENTION)])
    }

    /// Records what mutes an alert. Returns whether that is new.
    pub fn mute(&mut self, alert: AlertId, by: MutedBy) -> Result<bool, StoreError> {
        let sql = "INSERT INTO mutes (muted_by, alert) VALUES ($1, $2) ON CONFLICT (muted_by, alert) DO NOTHING";
        Ok(self.run(sql, params![muted_by_key(by), alert.to_string()])? == 1)
    }

    /// Records that this does not mute an alert any more.
    pub fn unmute(&mut self, alert: AlertId, by: MutedBy) -> Result<(), StoreError> {
        let sql = "DELETE FROM mutes WHERE muted_by = $1 AND alert = $2";
        self.run(sql, params![muted_by_key(by), alert.to_string()])?;
        Ok(())
    }

    /// Writes whether anything mutes an alert.
    pub fn set_muted(&mut self, alert: AlertId, muted: bool) -> Result<(), StoreError> {
        self.run("UPDATE alerts SET muted = $1 WHERE id = $2", params![muted, alert.to_string()])?;
        Ok(())
    }
}

impl Reads<'_> {
    fn silences_where(&self, condition: &str, values: &[&dyn Param]) -> Result<Vec<Silence>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM silences WHERE {condition}");
        self.all(&sql, values, read_silence)
    }

    /// A silence by its id.
    pub fn silence(&self, id: SilenceId) -> Result<Option<Silence>, StoreError> {
        Ok(self.silences_where("id = $1", params![id.to_string()])?.pop())
    }

    /// The latest silence of a maintenance.
    pub fn silence_of_maintenance(&self, id: MaintenanceId) -> Result<Option<Silence>, StoreError> {
        let condition = "maintenance = $1 ORDER BY id DESC LIMIT 1";
        Ok(self.silences_where(condition, params![id.to_string()])?.pop())
    }

    /// The silences that a filter selects, newest first.
    pub fn list_silences(&self, filter: &SilenceFilter, now: Timestamp) -> Result<Vec<Silence>, StoreError> {
        let state = match filter.state {
            Some(SilenceState::Pending) => "from_at > $1 AND (until_at IS NULL OR until_at > $1)",
            Some(SilenceState::Active) => "from_at <= $1 AND (until_at IS NULL OR until_at > $1)",
            Some(SilenceState::Expired) => "until_at <= $1",
            None => "from_at >= 0 OR from_at <= $1",
        };
        let limit = if filter.limit == 0 { DEFAULT_LISTING } else { filter.limit };
        let condition = format!("({state}) AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3");
        let after = filter.after.map(|last| last.to_string());
        self.silences_where(&condition, params![millis(now), after, row_limit(limit)])
    }

    /// The newest silences that began or ended in a period.
    pub fn silences_between(
        &self,
        from: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Silence>, StoreError> {
        let condition = "(from_at >= $1 AND from_at <= $2) OR (until_at >= $1 AND until_at <= $2)
             ORDER BY id DESC LIMIT $3";
        self.silences_where(condition, params![millis(from), millis(until), row_limit(limit)])
    }

    /// The number of silences that have not expired.
    pub fn count_open_silences(&self, now: Timestamp) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM silences WHERE until_at IS NULL OR until_at > $1";
        Ok(self.one(sql, params![millis(now)], |row| row.get::<i64>(0))?.map_or(0, unsigned))
    }

    /// The active silences of a group.
    pub fn silences_of_group(&self, key: &GroupKey, now: Timestamp) -> Result<Vec<Silence>, StoreError> {
        let condition = "group_key = $1 AND from_at <= $2 AND (until_at IS NULL OR until_at > $2) ORDER BY id";
        self.silences_where(condition, params![key.0, millis(now)])
    }

    /// The combination of the active silences of a group.
    pub fn group_silence(&self, key: &GroupKey, now: Timestamp) -> Result<GroupSilence, StoreError> {
        let active = self.silences_of_group(key, now)?;
        let until = active.iter().filter_map(|silence| silence.until).max();
        Ok(GroupSilence { until, until_over: active.iter().any(|silence| silence.until.is_none()) })
    }

    /// What mutes an alert.
    pub fn muted_by(&self, alert: AlertId) -> Result<Vec<MutedBy>, StoreError> {
        let sql = "SELECT muted_by FROM mutes WHERE alert = $1 ORDER BY muted_by DESC";
        let rows = self.all(sql, params![alert.to_string()], |row| row.get::<String>(0))?;
        rows.iter()
            .map(|text| {
                parse_muted_by(text)
                    .ok_or_else(|| StoreError::Corrupt(format!("{text} is neither a silence nor an alert")))
            })
            .collect()
    }

    /// The number of alerts that this mutes.
    pub fn count_muted(&self, by: MutedBy) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM mutes WHERE muted_by = $1";
        Ok(self.one(sql, params![muted_by_key(by)], |row| row.get::<i64>(0))?.map_or(0, unsigned))
    }

    /// At most `limit` alerts that this mutes.
    pub fn muted_alerts(&self, by: MutedBy, limit: usize) -> Result<Vec<AlertId>, StoreError> {
        let sql = "SELECT alert FROM mutes WHERE muted_by = $1 ORDER BY alert LIMIT $2";
        let rows = self.all(sql, params![muted_by_key(by), row_limit(limit)], |row| row.get::<String>(0))?;
        Ok(rows.iter().filter_map(|id| AlertId::parse(id)).collect())
    }
}

fn muted_by_key(by: MutedBy) -> String {
    match by {
        MutedBy::Silence(id) => format!("silence/{id}"),
        MutedBy::Alert(id) => format!("alert/{id}"),
    }
}

fn parse_muted_by(text: &str) -> Option<MutedBy> {
    match text.split_once('/')? {
        ("silence", id) => SilenceId::parse(id).map(MutedBy::Silence),
        ("alert", id) => AlertId::parse(id).map(MutedBy::Alert),
        _ => None,
    }
}
