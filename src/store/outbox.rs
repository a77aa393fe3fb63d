//! What goes out: one queue for everything done outside, and for every timer.
//!
//! A row is `pending` until it is claimed, `leased` while it is being sent, and then `retry`, or `unknown` when nobody
//! knows whether it happened, or settled: `done`, `dead`, `superseded`, or `unknown` when only a person may decide.
//! Attempts are counted by the claim, which is committed before anything is sent. A lease that ran out is claimed again
//! under a new fence, and whoever held the old one cannot settle any more.

use std::{fmt, time::Duration};

use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::{
    Reads, StoreError, Tx,
    columns::{bound, instant, millis, to_json, unsigned},
};
use crate::domain::{
    Timestamp,
    effect::{Effect, EffectKey},
};

/// A row of the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OutboxId(pub i64);

impl fmt::Display for OutboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A row that is being sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The row.
    pub id: OutboxId,
    /// The key that makes it the same effect when it is sent twice.
    pub key: EffectKey,
    /// What is to be done.
    pub effect: Effect,
    /// Which attempt this is, from 1.
    pub attempts: u32,
    /// What shows that the lease is still ours.
    pub fence: i64,
    /// When it was due.
    pub due: Timestamp,
    /// Its lane.
    pub lane: String,
    /// An earlier attempt, of this row or of one it replaces, may have happened.
    pub uncertain: bool,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It happened.
    Done {
        /// What the outside calls it.
        receipt: Option<String>,
    },
    /// It did not happen; it is tried again.
    Retry {
        /// When.
        at: Timestamp,
        /// Why it did not happen.
        why: String,
    },
    /// It will never happen; its lane goes on without it.
    Dead {
        /// Why.
        why: String,
    },
    /// Nobody knows.
    Unknown {
        /// When to look or try again; none: only a person may decide, and its lane goes on without it.
        again: Option<Timestamp>,
        /// What was seen.
        why: String,
    },
}

/// Which rows coalesce must not touch: the one that is just being sent.
const UNSENT: &str = "state IN ('pending', 'retry', 'unknown')";

impl Tx<'_> {
    /// Puts an effect in the queue, or a timer when `due` lies ahead. A newer timer replaces the one with the same mark.
    /// Anything else with a mark adds nothing when a row that says the same waits and is due no later. Tells whether a row
    /// was added; it is not when the key is known.
    ///
    /// # Errors
    /// As [`super::Store::transact`].
    pub fn enqueue(&mut self, key: &EffectKey, effect: &Effect, due: Timestamp) -> Result<bool, StoreError> {
        let known = self.one("SELECT 1 FROM outbox WHERE key = $1", params![key.0], |_| Ok(()))?;
        if known.is_some() {
            return Ok(false);
        }
        let mark = effect.coalesce();
        let timer = matches!(effect, Effect::Wake(_));
        if let Some(mark) = mark.as_ref().filter(|_| !timer)
            && self.waits_already(mark, due)?
        {
            return Ok(false);
        }
        let older = match &mark {
            Some(mark) => self.supersede(mark, due)?,
            None => Older::default(),
        };
        // A timer that replaces another is due when it says; anything else keeps the wait that a failing vendor earned.
        let ready = if timer { millis(due) } else { millis(due).max(older.wait_until) };
        let (lane, priority) = (effect.lane(), effect.priority() as i64);
        self.run(
            "INSERT INTO outbox (key, lane, priority, urgency, mark, state, head, ready_at, due, attempts, fence,
                 uncertain, effect)
             VALUES ($1, $2, $3, $3, $4, 'pending', 0, $5, $6, 0, 0, $7, $8)",
            params![key.0, lane, priority, mark, ready, millis(due), older.uncertain, to_json(effect)?],
        )?;
        for emptied in older.lanes.iter().filter(|emptied| **emptied != lane) {
            self.promote(emptied)?;
        }
        self.promote(&lane)?;
        Ok(true)
    }

    /// Whether a row that says the same thing waits in the lane and goes out no later. It is rendered when it goes out,
    /// so it will say the newest; and it keeps its place, so that a card that changes often is not pushed back forever.
    fn waits_already(&self, mark: &str, due: Timestamp) -> Result<bool, StoreError> {
        let sql =
            format!("SELECT 1 FROM outbox WHERE mark = $1 AND settled_at IS NULL AND due <= $2 AND {UNSENT} LIMIT 1");
        Ok(self.one(&sql, params![mark, millis(due)], |_| Ok(()))?.is_some())
    }

    fn supersede(&mut self, mark: &str, at: Timestamp) -> Result<Older, StoreError> {
        let sql = format!(
            "UPDATE outbox SET state = 'superseded', settled_at = $1, head = 0
             WHERE mark = $2 AND settled_at IS NULL AND {UNSENT}
             RETURNING lane, uncertain, CASE WHEN attempts > 0 THEN ready_at ELSE 0 END"
        );
        let rows = self.all(&sql, params![millis(at), mark], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?, row.get::<_, i64>(2)?))
        })?;
        let mut older = Older::default();
        for (lane, uncertain, wait_until) in rows {
            older.uncertain |= uncertain;
            older.wait_until = older.wait_until.max(wait_until);
            older.lanes.push(lane);
        }
        Ok(older)
    }

    /// Makes the first open row of a lane its head, unless the head is being sent, and as urgent as what waits behind it.
    fn promote(&mut self, lane: &str) -> Result<(), StoreError> {
        let first = self.one(
            "SELECT id, head FROM outbox WHERE lane = $1 AND settled_at IS NULL ORDER BY id LIMIT 1",
            params![lane],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?)),
        )?;
        if let Some((first, false)) = first {
            self.run("UPDATE outbox SET head = 0 WHERE lane = $1 AND head = 1 AND state <> 'leased'", params![lane])?;
            self.run(
                "UPDATE outbox SET head = 1 WHERE id = $1
                 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.lane = $2 AND o.head = 1)",
                params![first, lane],
            )?;
        }
        self.run(
            "UPDATE outbox SET urgency = (
                 SELECT MIN(o.priority) FROM outbox o WHERE o.lane = $1 AND o.settled_at IS NULL)
             WHERE lane = $1 AND head = 1",
            params![lane],
        )?;
        Ok(())
    }

    /// Leases up to `limit` rows that are due, the most urgent first, at most one of each lane. The attempt counts from
    /// here on, so the claim must be committed before anything is sent.
    ///
    /// # Errors
    /// As [`super::Store::transact`].
    pub fn claim(&mut self, now: Timestamp, lease: Duration, limit: usize) -> Result<Vec<Claimed>, StoreError> {
        if self.sending_paused()?.is_some() {
            return Ok(Vec::new());
        }
        let until = millis(now).saturating_add(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX));
        let mut claimed = Vec::new();
        for urgency in 0..=2 {
            let due = self.all(
                "SELECT id FROM outbox WHERE head = 1 AND urgency = $1 AND ready_at <= $2
                 ORDER BY ready_at, id LIMIT $3",
                params![urgency, millis(now), bound(limit - claimed.len())],
                |row| row.get::<_, i64>(0),
            )?;
            for id in due {
                claimed.extend(self.lease(id, until, now)?);
            }
        }
        Ok(claimed)
    }

    fn lease(&mut self, id: i64, until: i64, now: Timestamp) -> Result<Option<Claimed>, StoreError> {
        let row = self.one(
            "UPDATE outbox SET uncertain = CASE WHEN state IN ('leased', 'unknown') THEN 1 ELSE uncertain END,
                 state = 'leased', ready_at = $1, attempts = attempts + 1, fence = fence + 1
             WHERE id = $2
             RETURNING key, attempts, fence, due, lane, uncertain, effect",
            params![until, id],
            Leased::read,
        )?;
        let Some(row) = row else { return Ok(None) };
        match serde_json::from_str(&row.effect) {
            Ok(effect) => row.claimed(OutboxId(id), effect).map(Some),
            Err(error) => {
                // Written by a newer program, or damaged: it must not hold up its lane for ever.
                let why = format!("the effect cannot be read: {error}");
                self.settle(OutboxId(id), row.fence, &Settled::Dead { why }, now)?;
                Ok(None)
            }
        }
    }

    /// Writes down what became of an attempt. Answers false, and changes nothing, when the lease was lost meanwhile.
    ///
    /// # Errors
    /// As [`super::Store::transact`].
    pub fn settle(&mut self, id: OutboxId, fence: i64, settled: &Settled, now: Timestamp) -> Result<bool, StoreError> {
        let row = self.one(
            "SELECT lane, mark FROM outbox WHERE id = $1 AND fence = $2 AND state = 'leased'",
            params![id.0, fence],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?)),
        )?;
        let Some((lane, mark)) = row else { return Ok(false) };
        let change = Change::of(settled);
        let open_at = change.again.map(millis);
        let newer = match (&mark, open_at) {
            (Some(mark), Some(_)) => self.newer_with(mark, id, change.uncertain)?,
            (None, _) | (Some(_), None) => false,
        };
        let (state, open_at) = if newer { ("superseded", None) } else { (change.state, open_at) };
        let settled_at = if open_at.is_some() { None } else { Some(millis(now)) };
        self.run(
            "UPDATE outbox SET state = $1, ready_at = COALESCE($2, ready_at), settled_at = $3, why = $4,
                 receipt = COALESCE($5, receipt), head = CASE WHEN $3 IS NULL THEN head ELSE 0 END,
                 uncertain = CASE WHEN $6 THEN 1 ELSE uncertain END
             WHERE id = $7",
            params![state, open_at, settled_at, change.why, change.receipt, change.uncertain, id.0],
        )?;
        self.promote(&lane)?;
        Ok(true)
    }

    /// Whether a newer open row says the same; it then inherits the doubt.
    fn newer_with(&mut self, mark: &str, id: OutboxId, uncertain: bool) -> Result<bool, StoreError> {
        let changed = self.run(
            "UPDATE outbox SET uncertain = CASE WHEN $1 OR EXISTS (
                 SELECT 1 FROM outbox o WHERE o.id = $2 AND o.uncertain = 1) THEN 1 ELSE uncertain END
             WHERE mark = $3 AND settled_at IS NULL AND id > $2",
            params![uncertain, id.0, mark],
        )?;
        Ok(changed > 0)
    }

    /// Puts a dead or unknown row back, or makes a waiting one due at once. Tells whether there was such a row.
    ///
    /// # Errors
    /// As [`super::Store::transact`].
    pub fn requeue(&mut self, id: OutboxId) -> Result<bool, StoreError> {
        let lane = self.one(
            "UPDATE outbox SET state = 'pending', settled_at = NULL, ready_at = due, attempts = 0, head = 0,
                 uncertain = CASE WHEN state = 'unknown' THEN 1 ELSE uncertain END
             WHERE id = $1 AND state IN ('dead', 'unknown', 'retry')
             RETURNING lane",
            params![id.0],
            |row| row.get::<_, String>(0),
        )?;
        lane.map_or(Ok(false), |lane| self.promote(&lane).map(|()| true))
    }

    /// Gives a row up by hand, unless it is being sent. Tells whether there was such a row.
    ///
    /// # Errors
    /// As [`super::Store::transact`].
    pub fn give_up(&mut self, id: OutboxId, now: Timestamp) -> Result<bool, StoreError> {
        let lane = self.one(
            "UPDATE outbox SET state = 'given_up', settled_at = $1, head = 0
             WHERE id = $2 AND state IN ('pending', 'retry', 'unknown', 'dead')
             RETURNING lane",
            params![millis(now), id.0],
            |row| row.get::<_, String>(0),
        )?;
        lane.map_or(Ok(false), |lane| self.promote(&lane).map(|()| true))
    }

    /// Frees what an earlier run of the program held when it ended. Other processes are shut out, so at the start all
    /// leases are left over; whether their effects happened is not known. Answers how many there were.
    ///
    /// # Errors
    /// As [`super::Store::transact`].
    pub fn release_all_leases(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        self.run(
            "UPDATE outbox SET state = 'unknown', uncertain = 1, ready_at = $1, fence = fence + 1,
                 why = 'the program ended while it was being sent'
             WHERE head = 1 AND state = 'leased'",
            params![millis(now)],
        )
    }

    /// Stops all sending, with the reason people are shown, or lets it go on.
    ///
    /// # Errors
    /// As [`super::Store::transact`].
    pub fn pause_sending(&mut self, why: Option<&str>) -> Result<(), StoreError> {
        self.set_meta(SENDING_PAUSED, why)
    }
}

/// The name under which the pause is kept.
pub(super) const SENDING_PAUSED: &str = "sending_paused";

impl Reads<'_> {
    /// Why nothing is sent at present, if that is so: a restored backup must not page for incidents long over.
    ///
    /// # Errors
    /// As [`super::Store::read`].
    pub fn sending_paused(&self) -> Result<Option<String>, StoreError> {
        self.meta(SENDING_PAUSED)
    }
}

/// What rows that were dropped leave to the row that replaces them.
#[derive(Default)]
struct Older {
    lanes: Vec<String>,
    uncertain: bool,
    wait_until: i64,
}

/// What a settlement changes.
struct Change<'a> {
    state: &'static str,
    again: Option<Timestamp>,
    why: Option<&'a str>,
    receipt: Option<&'a str>,
    uncertain: bool,
}

impl<'a> Change<'a> {
    fn of(settled: &'a Settled) -> Self {
        match settled {
            Settled::Done { receipt } => Self::new("done", None, None).with_receipt(receipt.as_deref()),
            Settled::Retry { at, why } => Self::new("retry", Some(*at), Some(why)),
            Settled::Dead { why } => Self::new("dead", None, Some(why)),
            Settled::Unknown { again, why } => Self { uncertain: true, ..Self::new("unknown", *again, Some(why)) },
        }
    }

    fn new(state: &'static str, again: Option<Timestamp>, why: Option<&'a str>) -> Self {
        Self { state, again, why, receipt: None, uncertain: false }
    }

    fn with_receipt(self, receipt: Option<&'a str>) -> Self {
        Self { receipt, ..self }
    }
}

struct Leased {
    key: String,
    attempts: i64,
    fence: i64,
    due: i64,
    lane: String,
    uncertain: bool,
    effect: String,
}

impl Leased {
    fn read(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            key: row.get(0)?,
            attempts: row.get(1)?,
            fence: row.get(2)?,
            due: row.get(3)?,
            lane: row.get(4)?,
            uncertain: row.get(5)?,
            effect: row.get(6)?,
        })
    }

    fn claimed(self, id: OutboxId, effect: Effect) -> Result<Claimed, StoreError> {
        Ok(Claimed {
            id,
            key: EffectKey(self.key),
            effect,
            attempts: u32::try_from(unsigned(self.attempts)).unwrap_or(u32::MAX),
            fence: self.fence,
            due: instant(self.due)?,
            lane: self.lane,
            uncertain: self.uncertain,
        })
    }
}
