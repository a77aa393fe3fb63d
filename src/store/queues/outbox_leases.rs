//! Claims rows of the outbox and settles them; see [`super::outbox`] for their states.

use std::time::Duration;

use serde::Deserialize;

use crate::{
    domain::{
        Timestamp,
        effect::{Effect, EffectKey},
    },
    store::{
        ClaimedEffect, OutboxId, Settlement, StoreError, Tx,
        engine::{
            columns::{millis, row_limit, unsigned},
            sql::{Row, params},
        },
    },
};

impl Tx<'_> {
    /// Leases up to `limit` rows that are due, the most urgent first, at most one of each lane. The attempt counts from
    /// here on, so the claim must be committed before anything is sent.
    pub fn claim(&mut self, now: Timestamp, lease: Duration, limit: usize) -> Result<Vec<ClaimedEffect>, StoreError> {
        if self.sending_paused()?.is_some() {
            return Ok(Vec::new());
        }
        let until = millis(now).saturating_add(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX));
        let mut claimed = Vec::new();
        for urgency in 0..=2 {
            let due = self.all(
                "SELECT id FROM outbox WHERE head = 1 AND urgency = $1 AND ready_at <= $2
                 ORDER BY ready_at, id LIMIT $3",
                params![urgency, millis(now), row_limit(limit - claimed.len())],
                |row| row.get::<i64>(0),
            )?;
            for id in due {
                claimed.extend(self.lease(id, until, now)?);
            }
        }
        Ok(claimed)
    }

    fn lease(&mut self, id: i64, until: i64, now: Timestamp) -> Result<Option<ClaimedEffect>, StoreError> {
        let row = self.one(
            "UPDATE outbox SET uncertain = CASE WHEN state IN ('leased', 'unknown') THEN 1 ELSE uncertain END,
                 state = 'leased', ready_at = $1, attempts = attempts + 1, fence = fence + 1
             WHERE id = $2
             RETURNING key, attempts, fence, due, lane, uncertain, effect, waited_since",
            params![until, id],
            LeaseRow::read,
        )?;
        let Some(row) = row else { return Ok(None) };
        match serde_json::from_str(&row.effect) {
            Ok(effect) => Ok(Some(row.claimed(OutboxId(id), effect))),
            Err(error) => {
                // Written by a newer program, or damaged: it must not block its lane for ever.
                let tag =
                    serde_json::from_str::<EffectTag>(&row.effect).map(|tagged| tagged.effect).unwrap_or_default();
                let why = format!("the effect {tag:?} cannot be read: {error}");
                tracing::error!(row = id, key = row.key, why, "a row of the outbox was given up");
                self.settle(OutboxId(id), row.fence, &Settlement::Dead { why }, now)?;
                Ok(None)
            }
        }
    }

    /// Records the result of an attempt. Returns false and changes nothing if the lease was lost meanwhile.
    pub fn settle(
        &mut self,
        id: OutboxId,
        fence: i64,
        settled: &Settlement,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let row = self.one(
            "SELECT lane, mark FROM outbox WHERE id = $1 AND fence = $2 AND state = 'leased'",
            params![id.0, fence],
            |row| Ok((row.get::<String>(0)?, row.get::<Option<String>>(1)?)),
        )?;
        let Some((lane, mark)) = row else { return Ok(false) };
        let change = Change::from_settlement(settled);
        let open_at = change.again.map(millis);
        let newer = match (&mark, open_at) {
            (Some(mark), Some(_)) => self.newer_with(mark, id, change.uncertain)?,
            (None, _) | (Some(_), None) => false,
        };
        let (state, open_at) = if newer { ("superseded", None) } else { (change.state, open_at) };
        let waited = matches!(settled, Settlement::Wait { .. }).then(|| millis(now));
        let settled_at = if open_at.is_some() { None } else { Some(millis(now)) };
        self.run(
            "UPDATE outbox SET state = $1, ready_at = COALESCE($2, ready_at), settled_at = $3, why = $4,
                 receipt = COALESCE($5, receipt), head = CASE WHEN $3 IS NULL THEN head ELSE 0 END,
                 uncertain = CASE WHEN $6 THEN 1 ELSE uncertain END,
                 attempts = CASE WHEN $7 IS NULL THEN attempts ELSE attempts - 1 END,
                 waited_since = COALESCE(waited_since, $7)
             WHERE id = $8",
            params![state, open_at, settled_at, change.why, change.receipt, change.uncertain, waited, id.0],
        )?;
        self.promote(&lane)?;
        Ok(true)
    }

    /// True if a newer open row says the same; that row then inherits the uncertainty.
    fn newer_with(&mut self, mark: &str, id: OutboxId, uncertain: bool) -> Result<bool, StoreError> {
        let changed = self.run(
            "UPDATE outbox SET uncertain = CASE WHEN $1 OR EXISTS (
                 SELECT 1 FROM outbox o WHERE o.id = $2 AND o.uncertain = 1) THEN 1 ELSE uncertain END
             WHERE mark = $3 AND settled_at IS NULL AND id > $2",
            params![uncertain, id.0, mark],
        )?;
        Ok(changed > 0)
    }

    /// Makes retries due at once in all lanes whose name begins with `lanes`: their platform can be reached again.
    pub fn retry_now(&mut self, lanes: &str, now: Timestamp) -> Result<usize, StoreError> {
        self.run(
            "UPDATE outbox SET ready_at = $1
             WHERE head = 1 AND state = 'retry' AND ready_at > $1 AND substr(lane, 1, length($2)) = $2",
            params![millis(now), lanes],
        )
    }

    /// Releases the leases of an earlier run of the program and returns their number. The lock file keeps other processes
    /// out, so at the start every lease is left over; whether its effect happened is unknown.
    pub fn release_all_leases(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let lanes = self.all(
            "UPDATE outbox SET state = 'unknown', uncertain = 1, ready_at = $1, fence = fence + 1,
                 why = 'the program ended while it was being sent'
             WHERE head = 1 AND state = 'leased'
             RETURNING lane",
            params![millis(now)],
            |row| row.get::<String>(0),
        )?;
        // A row that was put back by hand meanwhile comes before the row that was being sent.
        for lane in &lanes {
            self.promote(lane)?;
        }
        Ok(lanes.len())
    }
}

/// The tag of an effect, whatever else it holds.
#[derive(Deserialize)]
struct EffectTag {
    effect: String,
}

/// What a settlement changes in the row.
struct Change<'a> {
    state: &'static str,
    again: Option<Timestamp>,
    why: Option<&'a str>,
    receipt: Option<&'a str>,
    uncertain: bool,
}

impl<'a> Change<'a> {
    fn from_settlement(settled: &'a Settlement) -> Self {
        match settled {
            Settlement::Done { receipt } => Self::new("done", None, None).with_receipt(receipt.as_deref()),
            Settlement::Skipped { why } => Self::new("done", None, Some(why)),
            Settlement::Retry { at, why } | Settlement::Wait { at, why } => Self::new("retry", Some(*at), Some(why)),
            Settlement::Dead { why } => Self::new("dead", None, Some(why)),
            Settlement::Unknown { again, why } => Self { uncertain: true, ..Self::new("unknown", *again, Some(why)) },
        }
    }

    fn new(state: &'static str, again: Option<Timestamp>, why: Option<&'a str>) -> Self {
        Self { state, again, why, receipt: None, uncertain: false }
    }

    fn with_receipt(self, receipt: Option<&'a str>) -> Self {
        Self { receipt, ..self }
    }
}

/// A leased row before its effect is parsed.
struct LeaseRow {
    key: String,
    attempts: i64,
    fence: i64,
    due: Timestamp,
    lane: String,
    uncertain: bool,
    effect: String,
    waited_since: Option<Timestamp>,
}

impl LeaseRow {
    fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            key: row.get(0)?,
            attempts: row.get(1)?,
            fence: row.get(2)?,
            due: row.get(3)?,
            lane: row.get(4)?,
            uncertain: row.get(5)?,
            effect: row.get(6)?,
            waited_since: row.get(7)?,
        })
    }

    fn claimed(self, id: OutboxId, effect: Effect) -> ClaimedEffect {
        ClaimedEffect {
            id,
            key: EffectKey(self.key),
            effect,
            attempts: u32::try_from(unsigned(self.attempts)).unwrap_or(u32::MAX),
            waited_since: self.waited_since,
            fence: self.fence,
            due: self.due,
            lane: self.lane,
            uncertain: self.uncertain,
        }
    }
}
