//! Reads of the outbox for the delivery loop, the health page and repairs.

use crate::{
    domain::{Timestamp, effect::EffectKey},
    store::{
        OutboxId, Reads, StoreError,
        engine::{
            columns::{row_limit, unsigned},
            sql::{Row, params},
        },
    },
};

/// A row of the outbox for display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its id.
    pub id: OutboxId,
    /// Its key.
    pub key: EffectKey,
    /// Its lane.
    pub lane: String,
    /// `pending`, `leased`, `retry`, `unknown`, `done`, `dead`, `superseded`, `given_up` or `held`.
    pub state: String,
    /// The number of attempts.
    pub attempts: u64,
    /// When it was due.
    pub due: Timestamp,
    /// When it can be claimed next.
    pub ready_at: Timestamp,
    /// The latest error.
    pub why: Option<String>,
    /// The id of what was created outside.
    pub receipt: Option<String>,
    /// The effect as JSON: this program may be unable to read a row of a newer one.
    pub effect: String,
}

/// A lane with open rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneView {
    /// Its name.
    pub lane: String,
    /// The number of open rows, the first included.
    pub waiting: u64,
    /// The first row, which all others wait for.
    pub head: OutboxRow,
}

const COLUMNS: &str = "id, key, lane, state, attempts, due, ready_at, why, receipt, effect";

fn read_row(row: &Row<'_>) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        id: OutboxId(row.get(0)?),
        key: EffectKey(row.get(1)?),
        lane: row.get(2)?,
        state: row.get(3)?,
        attempts: unsigned(row.get(4)?),
        due: row.get(5)?,
        ready_at: row.get(6)?,
        why: row.get(7)?,
        receipt: row.get(8)?,
        effect: row.get(9)?,
    })
}

impl Reads<'_> {
    /// When the next row can be claimed. Until then, or until the next commit, the delivery loop may sleep.
    pub fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut next = None;
        for urgency in 0..=2 {
            let sql = "SELECT ready_at FROM outbox WHERE head = 1 AND urgency = $1 ORDER BY ready_at LIMIT 1";
            let ready: Option<Timestamp> = self.one(sql, params![urgency], |row| row.get(0))?;
            next = next.into_iter().chain(ready).min();
        }
        Ok(next)
    }

    /// When the oldest page that can be claimed became ready.
    pub fn oldest_ready_page(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT ready_at FROM outbox WHERE head = 1 AND urgency = 0 ORDER BY ready_at LIMIT 1";
        self.one(sql, params![], |row| row.get(0))
    }

    /// Open rows, oldest first.
    pub fn open_rows(&self, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE settled_at IS NULL ORDER BY id LIMIT $1");
        self.all(&sql, params![row_limit(limit)], read_row)
    }

    /// The number of open rows.
    pub fn count_open_rows(&self) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM outbox WHERE settled_at IS NULL";
        Ok(self.one(sql, params![], |row| row.get(0))?.map_or(0, unsigned))
    }

    /// Lanes with open rows, the one that is overdue longest first.
    pub fn lanes(&self, limit: usize) -> Result<Vec<LaneView>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE head = 1 ORDER BY due, id LIMIT $1");
        let heads = self.all(&sql, params![row_limit(limit)], read_row)?;
        let mut lanes = Vec::with_capacity(heads.len());
        for head in heads {
            let sql = "SELECT COUNT(*) FROM outbox WHERE lane = $1 AND settled_at IS NULL";
            let waiting = self.one(sql, params![head.lane], |row| row.get(0))?.map_or(0, unsigned);
            lanes.push(LaneView { lane: head.lane.clone(), waiting, head });
        }
        Ok(lanes)
    }

    /// When the row that is overdue longest was due, without the lanes whose name begins with one of `except`.
    pub fn oldest_due(&self, except: [&str; 3]) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT due FROM outbox WHERE head = 1 AND substr(lane, 1, length($1)) <> $1
            AND substr(lane, 1, length($2)) <> $2 AND substr(lane, 1, length($3)) <> $3 ORDER BY due LIMIT 1";
        self.one(sql, params![except[0], except[1], except[2]], |row| row.get(0))
    }

    /// Settled rows that need a person: given up, or with an unknown outcome. Newest first.
    pub fn stuck_rows(&self, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM outbox WHERE state IN ('dead', 'unknown') AND settled_at IS NOT NULL
             ORDER BY id DESC LIMIT $1"
        );
        self.all(&sql, params![row_limit(limit)], read_row)
    }

    /// A row by its key, open or settled.
    pub fn outbox_row(&self, key: &EffectKey) -> Result<Option<OutboxRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE key = $1");
        self.one(&sql, params![key.0], read_row)
    }
}
