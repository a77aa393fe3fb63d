//! Expected heartbeats.

use crate::{
    domain::{
        alert::Heartbeat,
        ids::{HeartbeatId, SourceId},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, row_limit, to_json, unsigned},
            sql::{Param, params},
        },
    },
};

/// A stored heartbeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredHeartbeat {
    /// The source that sends it.
    pub source: SourceId,
    /// The heartbeat.
    pub heartbeat: Heartbeat,
}

impl Tx<'_> {
    /// Writes a heartbeat.
    pub fn save_heartbeat(&mut self, source: &SourceId, heartbeat: &Heartbeat) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO heartbeats (id, source, name, doc) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET doc = excluded.doc",
            params![heartbeat.id.to_string(), source.as_str(), heartbeat.name.verbatim(), to_json(heartbeat)?],
        )?;
        Ok(())
    }

    /// Deletes a heartbeat.
    pub fn delete_heartbeat(&mut self, id: HeartbeatId) -> Result<(), StoreError> {
        self.run("DELETE FROM heartbeats WHERE id = $1", params![id.to_string()])?;
        Ok(())
    }
}

impl Reads<'_> {
    /// A heartbeat of a source by its name.
    pub fn heartbeat_by_name(&self, source: &SourceId, name: &str) -> Result<Option<Heartbeat>, StoreError> {
        let found = self.heartbeats_where("source = $1 AND name = $2", params![source.as_str(), name])?.pop();
        Ok(found.map(|stored| stored.heartbeat))
    }

    /// A heartbeat by its id.
    pub fn heartbeat(&self, id: HeartbeatId) -> Result<Option<StoredHeartbeat>, StoreError> {
        Ok(self.heartbeats_where("id = $1", params![id.to_string()])?.pop())
    }

    /// At most `limit` heartbeats of a source, ordered by name.
    pub fn heartbeats_of(&self, source: &SourceId, limit: usize) -> Result<Vec<Heartbeat>, StoreError> {
        let found =
            self.heartbeats_where("source = $1 ORDER BY name LIMIT $2", params![source.as_str(), row_limit(limit)])?;
        Ok(found.into_iter().map(|stored| stored.heartbeat).collect())
    }

    /// The number of heartbeats of a source.
    pub fn count_heartbeats(&self, source: &SourceId) -> Result<usize, StoreError> {
        let sql = "SELECT COUNT(*) FROM heartbeats WHERE source = $1";
        let count = self.one(sql, params![source.as_str()], |row| row.get::<i64>(0))?;
        Ok(usize::try_from(count.map_or(0, unsigned)).unwrap_or(usize::MAX))
    }

    fn heartbeats_where(&self, condition: &str, values: &[&dyn Param]) -> Result<Vec<StoredHeartbeat>, StoreError> {
        let sql = format!("SELECT source, doc FROM heartbeats WHERE {condition}");
        self.all(&sql, values, |row| {
            let source: String = row.get(0)?;
            let heartbeat = from_json(&format_args!("a heartbeat of {source}"), &row.get::<String>(1)?)?;
            Ok(StoredHeartbeat { source: SourceId::new(source), heartbeat })
        })
    }
}
