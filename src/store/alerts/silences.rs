//! Silences, and what mutes which alert.

use std::{collections::HashMap, sync::Arc};

use crate::{
    domain::{
        Timestamp,
        alert::{GroupKey, GroupSilence, MutedBy, Scope, Silence, SilenceState, Silences},
        ids::{AlertId, SilenceId},
        text::Untrusted,
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, instant, millis, row_limit, to_json, unsigned},
            sql::{Param, Row, params},
        },
    },
};

/// How long a silence is kept after its end: as long as Alertmanager keeps it.
const KEPT: chrono::TimeDelta = chrono::TimeDelta::hours(120);
/// The name in `meta` of the latest change to silences.
const REVISION: &str = "silences";

/// Which silences are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SilenceFilter {
    /// Their state.
    pub state: Option<SilenceState>,
    /// The last one of the page before.
    pub after: Option<SilenceId>,
    /// How many at most; 0 stands for 50.
    pub limit: usize,
}

const COLUMNS: &str = "id, scope, from_at, until_at, made_by, comment, updated_at";

/// A row as it is read.
struct Stored {
    id: String,
    scope: String,
    from: i64,
    until: Option<i64>,
    by: String,
    comment: String,
    updated: i64,
}

impl Stored {
    fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            scope: row.get(1)?,
            from: row.get(2)?,
            until: row.get(3)?,
            by: row.get(4)?,
            comment: row.get(5)?,
            updated: row.get(6)?,
        })
    }

    fn id(&self) -> Result<SilenceId, StoreError> {
        SilenceId::parse(&self.id).ok_or_else(|| StoreError::Corrupt(format!("{} is no silence's id", self.id)))
    }

    fn silence(self) -> Result<Silence, StoreError> {
        let id = self.id()?;
        let scope: Scope = from_json(&format_args!("silence {id}"), &self.scope)?;
        self.with(scope)
    }

    /// The silence, with what it covers known already: patterns are costly to compile.
    fn with(self, scope: Scope) -> Result<Silence, StoreError> {
        Ok(Silence {
            id: self.id()?,
            scope,
            from: instant(self.from)?,
            until: self.until.map(instant).transpose()?,
            by: Untrusted::new(self.by),
            comment: Untrusted::new(self.comment),
            updated_at: instant(self.updated)?,
        })
    }
}

impl Tx<'_> {
    /// Writes a silence.
    pub fn save_silence(&mut self, silence: &Silence) -> Result<(), StoreError> {
        let key = match &silence.scope {
            Scope::Group { key, .. } => Some(&key.0),
            Scope::Alerts(_) => None,
        };
        self.run(
            "INSERT INTO silences (id, group_key, scope, from_at, until_at, made_by, comment, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
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
                millis(silence.updated_at)
            ],
        )?;
        // Any fresh value will do; it must not come again after a transaction that was undone.
        let revision = SilenceId::new(silence.updated_at).to_string();
        self.run(
            "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            params![REVISION, revision],
        )?;
        Ok(())
    }

    /// The silences of alerts that are not over.
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
        let rows = self.all(&sql, params![millis(now)], Stored::read)?;
        let compiled = rows.into_iter().map(|row| match known.get(&row.id()?) {
            Some(known) => Ok(Arc::new(row.with(known.scope.clone())?)),
            None => row.silence().map(Arc::new),
        });
        Ok(Silences::of(compiled.collect::<Result<Vec<_>, StoreError>>()?))
    }

    /// Forgets silences that ended 120 hours ago.
    pub fn prune_silences(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        self.run("DELETE FROM silences WHERE until_at < $1", params![millis(now - KEPT)])
    }

    /// Notes that an alert is muted. Tells whether that is new.
    pub fn mute(&mut self, alert: AlertId, by: MutedBy) -> Result<bool, StoreError> {
        let sql = "INSERT INTO mutes (muted_by, alert) VALUES ($1, $2) ON CONFLICT (muted_by, alert) DO NOTHING";
        Ok(self.run(sql, params![written(by), alert.to_string()])? == 1)
    }

    /// Notes that this mutes an alert no more.
    pub fn unmute(&mut self, alert: AlertId, by: MutedBy) -> Result<(), StoreError> {
        let sql = "DELETE FROM mutes WHERE muted_by = $1 AND alert = $2";
        self.run(sql, params![written(by), alert.to_string()])?;
        Ok(())
    }

    /// Sets whether an alert is muted.
    pub fn set_muted(&mut self, alert: AlertId, muted: bool) -> Result<(), StoreError> {
        self.run("UPDATE alerts SET muted = $1 WHERE id = $2", params![muted, alert.to_string()])?;
        Ok(())
    }
}

impl Reads<'_> {
    fn silences_where(&self, condition: &str, values: &[&dyn Param]) -> Result<Vec<Silence>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM silences WHERE {condition}");
        self.all(&sql, values, Stored::read)?.into_iter().map(Stored::silence).collect()
    }

    /// A silence by its id.
    pub fn silence(&self, id: SilenceId) -> Result<Option<Silence>, StoreError> {
        Ok(self.silences_where("id = $1", params![id.to_string()])?.pop())
    }

    /// Silences, the newest first.
    pub fn list_silences(&self, filter: &SilenceFilter, now: Timestamp) -> Result<Vec<Silence>, StoreError> {
        let state = match filter.state {
            Some(SilenceState::Pending) => "from_at > $1 AND (until_at IS NULL OR until_at > $1)",
            Some(SilenceState::Active) => "from_at <= $1 AND (until_at IS NULL OR until_at > $1)",
            Some(SilenceState::Expired) => "until_at <= $1",
            None => "from_at >= 0 OR from_at <= $1",
        };
        let limit = if filter.limit == 0 { 50 } else { filter.limit };
        let condition = format!("({state}) AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3");
        let after = filter.after.map(|last| last.to_string());
        self.silences_where(&condition, params![millis(now), after, row_limit(limit)])
    }

    /// How many silences are not over.
    pub fn count_open_silences(&self, now: Timestamp) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM silences WHERE until_at IS NULL OR until_at > $1";
        Ok(self.one(sql, params![millis(now)], |row| row.get::<i64>(0))?.map_or(0, unsigned))
    }

    /// The silences of a group that hold now.
    pub fn silences_of_group(&self, key: &GroupKey, now: Timestamp) -> Result<Vec<Silence>, StoreError> {
        let condition = "group_key = $1 AND from_at <= $2 AND (until_at IS NULL OR until_at > $2) ORDER BY id";
        self.silences_where(condition, params![key.0, millis(now)])
    }

    /// How a group is silenced as a whole.
    pub fn hold_of_group(&self, key: &GroupKey, now: Timestamp) -> Result<GroupSilence, StoreError> {
        let holding = self.silences_of_group(key, now)?;
        let until = holding.iter().filter_map(|silence| silence.until).max();
        Ok(GroupSilence { until, until_over: holding.iter().any(|silence| silence.until.is_none()) })
    }

    /// What mutes an alert.
    pub fn muted_by(&self, alert: AlertId) -> Result<Vec<MutedBy>, StoreError> {
        let sql = "SELECT muted_by FROM mutes WHERE alert = $1 ORDER BY muted_by DESC";
        let rows = self.all(sql, params![alert.to_string()], |row| row.get::<String>(0))?;
        rows.iter().map(|text| read(text).ok_or_else(|| StoreError::Corrupt(format!("{text} mutes nothing")))).collect()
    }

    /// How many alerts this mutes.
    pub fn count_muted(&self, by: MutedBy) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM mutes WHERE muted_by = $1";
        Ok(self.one(sql, params![written(by)], |row| row.get::<i64>(0))?.map_or(0, unsigned))
    }

    /// Alerts that this mutes, at most `limit`.
    pub fn muted_alerts(&self, by: MutedBy, limit: usize) -> Result<Vec<AlertId>, StoreError> {
        let sql = "SELECT alert FROM mutes WHERE muted_by = $1 ORDER BY alert LIMIT $2";
        let rows = self.all(sql, params![written(by), row_limit(limit)], |row| row.get::<String>(0))?;
        Ok(rows.iter().filter_map(|id| AlertId::parse(id)).collect())
    }
}

fn written(by: MutedBy) -> String {
    match by {
        MutedBy::Silence(id) => format!("silence/{id}"),
        MutedBy::Alert(id) => format!("alert/{id}"),
    }
}

fn read(text: &str) -> Option<MutedBy> {
    match text.split_once('/')? {
        ("silence", id) => SilenceId::parse(id).map(MutedBy::Silence),
        ("alert", id) => AlertId::parse(id).map(MutedBy::Alert),
        _ => None,
    }
}
