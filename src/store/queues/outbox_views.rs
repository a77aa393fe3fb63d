//! Looking at the outbox: for the delivery loop, for health pages, for whoever repairs it.

use crate::{
    domain::{Timestamp, effect::EffectKey},
    store::{
        OutboxId, Reads, StoreError,
        engine::{
            columns::{instant, row_limit, unsigned},
            sql::{Row, params},
        },
    },
};

/// A row of the outbox as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Which row.
    pub id: OutboxId,
    /// Its key.
    pub key: EffectKey,
    /// Its lane.
    pub lane: String,
    /// `pending`, `leased`, `retry`, `unknown`, `done`, `dead`, `superseded` or `given_up`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u64,
    /// When it was due.
    pub due: Timestamp,
    /// When it can be claimed next.
    pub ready_at: Timestamp,
    /// What went wrong last.
    pub why: Option<String>,
    /// What the outside calls what was made.
    pub receipt: Option<String>,
    /// The effect as JSON; a row of a newer program may hold what this one cannot read.
    pub effect: String,
}

/// A lane that has something to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneView {
    /// Its name.
    pub lane: String,
    /// How many rows wait in it, the first included.
    pub waiting: u64,
    /// The row that all others wait for.
    pub head: OutboxRow,
}

const COLUMNS: &str = "id, key, lane, state, attempts, due, ready_at, why, receipt, effect";

/// A row before its times are checked.
type Raw = (OutboxRow, i64, i64);

fn raw(row: &Row<'_>) -> Result<Raw, StoreError> {
    let read = OutboxRow {
        id: OutboxId(row.get(0)?),
        key: EffectKey(row.get(1)?),
        lane: row.get(2)?,
        state: row.get(3)?,
        attempts: unsigned(row.get(4)?),
        due: Timestamp::UNIX_EPOCH,
        ready_at: Timestamp::UNIX_EPOCH,
        why: row.get(7)?,
        receipt: row.get(8)?,
        effect: row.get(9)?,
    };
    Ok((read, row.get(5)?, row.get(6)?))
}

fn checked((row, due, ready_at): Raw) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow { due: instant(due)?, ready_at: instant(ready_at)?, ..row })
}

impl Reads<'_> {
    /// When the next row can be claimed: until then, or until the next commit, the delivery loop may sleep.
    pub fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut next = None;
        for urgency in 0..=2 {
            let sql = "SELECT ready_at FROM outbox WHERE head = 1 AND urgency = $1 ORDER BY ready_at LIMIT 1";
            let ready: Option<i64> = self.one(sql, params![urgency], |row| row.get(0))?;
            next = next.into_iter().chain(ready).min();
        }
        next.map(instant).transpose()
    }

    /// Rows that are not settled, oldest first.
    pub fn open_rows(&self, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE settled_at IS NULL ORDER BY id LIMIT $1");
        self.all(&sql, params![row_limit(limit)], raw)?.into_iter().map(checked).collect()
    }

    /// How many rows are not settled.
    pub fn count_open_rows(&self) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM outbox WHERE settled_at IS NULL";
        Ok(self.one(sql, params![], |row| row.get(0))?.map_or(0, unsigned))
    }

    /// Lanes that have something to send, the one whose first row is overdue longest first.
    pub fn lanes(&self, limit: usize) -> Result<Vec<LaneView>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE head = 1 ORDER BY due, id LIMIT $1");
        let heads = self.all(&sql, params![row_limit(limit)], raw)?;
        let mut lanes = Vec::with_capacity(heads.len());
        for head in heads {
            let head = checked(head)?;
            let sql = "SELECT COUNT(*) FROM outbox WHERE lane = $1 AND settled_at IS NULL";
            let waiting = self.one(sql, params![head.lane], |row| row.get(0))?.map_or(0, unsigned);
            lanes.push(LaneView { lane: head.lane.clone(), waiting, head });
        }
        Ok(lanes)
    }

    /// Rows that were given up or of which nobody knows whether they happened: a person has to look. Newest first.
    pub fn stuck_rows(&self, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM outbox WHERE state IN ('dead', 'unknown') AND settled_at IS NOT NULL
             ORDER BY id DESC LIMIT $1"
        );
        self.all(&sql, params![row_limit(limit)], raw)?.into_iter().map(checked).collect()
    }

    /// One row by its key, whatever became of it.
    pub fn outbox_row(&self, key: &EffectKey) -> Result<Option<OutboxRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE key = $1");
        self.one(&sql, params![key.0], raw)?.map(checked).transpose()
    }
}
