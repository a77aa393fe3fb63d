//! The outbox: one queue for all effects on the outside and for all timers.
//!
//! A row is `pending` until it is claimed and `leased` while it is being sent. Then it is `retry`, `unknown` if nobody
//! knows whether it happened, or settled: `done`, `dead`, `superseded`, or `unknown` if only a person may decide.
//! The claim counts the attempt and is committed before anything is sent. A lease that expired is claimed again under a
//! new fence, and a worker with the old fence cannot settle any more.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        Timestamp,
        effect::{Effect, EffectKey, Timer},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{millis, to_json},
            sql::params,
        },
    },
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
pub struct ClaimedEffect {
    /// The row.
    pub id: OutboxId,
    /// The key that makes it the same effect when it is sent twice.
    pub key: EffectKey,
    /// The effect.
    pub effect: Effect,
    /// The number of this attempt, from 1. Attempts that the platform asked to repeat later do not count.
    pub attempts: u32,
    /// Since when the platform asks to wait.
    pub waited_since: Option<Timestamp>,
    /// Identifies the lease: only its holder may settle the row.
    pub fence: i64,
    /// When it was due.
    pub due: Timestamp,
    /// Its lane.
    pub lane: String,
    /// True if an earlier attempt, of this row or of one it replaces, may have happened.
    pub uncertain: bool,
}

/// The result of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// It happened.
    Done {
        /// The id of what was created outside.
        receipt: Option<String>,
    },
    /// Nothing was sent, because nothing has to be.
    Skipped {
        /// Why.
        why: String,
    },
    /// It did not happen; it is tried again.
    Retry {
        /// When.
        at: Timestamp,
        /// The reason.
        why: String,
    },
    /// It did not happen because the platform asked to wait. This does not count as an attempt.
    Wait {
        /// Until when.
        at: Timestamp,
        /// The reason.
        why: String,
    },
    /// It will never happen; its lane goes on without it.
    Dead {
        /// The reason.
        why: String,
    },
    /// Nobody knows whether it happened.
    Unknown {
        /// When to check or try again; `None` if only a person may decide, and its lane goes on without it.
        again: Option<Timestamp>,
        /// What was observed.
        why: String,
    },
}

/// Rows that are not being sent: only these may be superseded.
const UNSENT: &str = "state IN ('pending', 'retry', 'unknown')";

impl Tx<'_> {
    /// Puts an effect in the queue, or a timer if `due` is in the future. Returns whether a row was added: not if its key
    /// is known. A timer replaces an older one with the same coalescing key. Any other effect with a coalescing key adds
    /// nothing if a row with that key waits and is due no later.
    pub fn enqueue(&mut self, key: &EffectKey, effect: &Effect, due: Timestamp) -> Result<bool, StoreError> {
        let known = self.one("SELECT 1 FROM outbox WHERE key = $1", params![key.0], |_| Ok(()))?;
        if known.is_some() {
            return Ok(false);
        }
        let mark = effect.coalescing_key();
        let timer = matches!(effect, Effect::Timer(_));
        if let Some(mark) = &mark
            && !timer
            && self.waits_already(mark, due)?
        {
            return Ok(false);
        }
        let older = match &mark {
            Some(mark) => self.supersede(mark, due)?,
            None => Older::default(),
        };
        // A timer is due at its own time; anything else keeps the back-off of the row it replaces.
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

    /// True if a row with this coalescing key waits and is due no later. It is rendered when it is sent, so it shows the
    /// newest state; and it keeps its place, so that a card that changes often is not delayed forever.
    fn waits_already(&self, mark: &str, due: Timestamp) -> Result<bool, StoreError> {
        let sql =
            format!("SELECT 1 FROM outbox WHERE mark = $1 AND settled_at IS NULL AND due <= $2 AND {UNSENT} LIMIT 1");
        Ok(self.one(&sql, params![mark, millis(due)], |_| Ok(()))?.is_some())
    }

    /// Makes the open rows with a coalescing key due at once: what they do must not wait for a limit or a back-off.
    pub fn hurry(&mut self, mark: &str, now: Timestamp) -> Result<(), StoreError> {
        self.run(
            "UPDATE outbox SET ready_at = $1
             WHERE mark = $2 AND settled_at IS NULL AND state IN ('pending', 'retry') AND ready_at > $1",
            params![millis(now), mark],
        )
        .map(drop)
    }

    fn supersede(&mut self, mark: &str, at: Timestamp) -> Result<Older, StoreError> {
        let sql = format!(
            "UPDATE outbox SET state = 'superseded', settled_at = $1, head = 0
             WHERE mark = $2 AND settled_at IS NULL AND {UNSENT}
             RETURNING lane, uncertain, CASE WHEN attempts > 0 OR waited_since IS NOT NULL THEN ready_at ELSE 0 END"
        );
        let rows = self.all(&sql, params![millis(at), mark], |row| {
            Ok((row.get::<String>(0)?, row.get::<bool>(1)?, row.get::<i64>(2)?))
        })?;
        let mut older = Older::default();
        for (lane, uncertain, wait_until) in rows {
            older.uncertain |= uncertain;
            older.wait_until = older.wait_until.max(wait_until);
            older.lanes.push(lane);
        }
        Ok(older)
    }

    /// Makes the first open row of a lane its head, unless the head is being sent, and as urgent as the rows behind it.
    pub(in crate::store) fn promote(&mut self, lane: &str) -> Result<(), StoreError> {
        let first = self.one(
            "SELECT id, head FROM outbox WHERE lane = $1 AND settled_at IS NULL ORDER BY id LIMIT 1",
            params![lane],
            |row| Ok((row.get::<i64>(0)?, row.get::<bool>(1)?)),
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

    /// Puts a dead or unknown row back, or makes a waiting one due at once. Returns whether there was such a row.
    pub fn requeue(&mut self, id: OutboxId) -> Result<bool, StoreError> {
        let lane = self.one(
            "UPDATE outbox SET state = 'pending', settled_at = NULL, ready_at = due, attempts = 0, waited_since = NULL, head = 0,
                 uncertain = CASE WHEN state = 'unknown' THEN 1 ELSE uncertain END
             WHERE id = $1 AND state IN ('dead', 'unknown', 'retry')
             RETURNING lane",
            params![id.0],
            |row| row.get::<String>(0),
        )?;
        lane.map_or(Ok(false), |lane| self.promote(&lane).map(|()| true))
    }

    /// Gives a row up by hand, unless it is being sent. Returns whether there was such a row.
    pub fn give_up(&mut self, id: OutboxId, now: Timestamp) -> Result<bool, StoreError> {
        let lane = self.one(
            "UPDATE outbox SET state = 'given_up', settled_at = $1, head = 0
             WHERE id = $2 AND state IN ('pending', 'retry', 'unknown', 'dead')
             RETURNING lane",
            params![millis(now), id.0],
            |row| row.get::<String>(0),
        )?;
        lane.map_or(Ok(false), |lane| self.promote(&lane).map(|()| true))
    }
}

impl Reads<'_> {
    /// When a timer is due; `None` if it is not planned.
    pub fn timer_due(&self, timer: &Timer) -> Result<Option<Timestamp>, StoreError> {
        let mark = Effect::from(timer.clone()).coalescing_key();
        let sql = "SELECT MIN(due) FROM outbox WHERE mark = $1 AND settled_at IS NULL";
        Ok(self.one(sql, params![mark], |row| row.get(0))?.flatten())
    }
}

/// What superseded rows pass on to the row that replaces them.
#[derive(Default)]
struct Older {
    lanes: Vec<String>,
    uncertain: bool,
    wait_until: i64,
}
