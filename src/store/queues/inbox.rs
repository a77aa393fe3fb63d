//! Incoming deliveries: each is stored once, with its body.

use std::{collections::VecDeque, fmt};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    domain::{
        Timestamp,
        event::{Event, SystemEvent},
        ids::uuid_at,
        people::Actor,
    },
    store::{
        Append, Reads, StoreError, Tx,
        engine::{
            columns::{millis, row_limit, unsigned},
            sql::params,
        },
    },
};

/// A row of the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InboxId(pub i64);

impl fmt::Display for InboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The sender of a delivery. Each has delivery ids of its own: a source of `bot.toml` that is named `console` shares none
/// with the commands of people in the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender<'a> {
    /// A source of `[[sources]]`.
    Source(&'a str),
    /// An entry point for people: `console`, `api`, `discord`.
    Origin(&'a str),
}

impl Sender<'_> {
    /// The word it is stored as. The `@` keeps origins apart from sources, whose names begin with a letter or digit.
    fn word(self) -> String {
        match self {
            Self::Source(name) => name.to_owned(),
            Self::Origin(name) => format!("@{name}"),
        }
    }

    /// True if an origin is stored as this word.
    pub fn is_origin(word: &str) -> bool {
        word.starts_with('@')
    }
}

/// A delivery.
#[derive(Clone, Debug)]
pub struct Delivery<'a> {
    /// Its sender.
    pub sender: Sender<'a>,
    /// The id under which the sender repeats it; a delivery without one is always new.
    pub delivery: Option<String>,
    /// When it came.
    pub at: Timestamp,
    /// The body, byte for byte.
    pub body: &'a [u8],
}

/// Whether a delivery is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiveResult {
    /// It is new.
    New(InboxId),
    /// It was delivered before.
    Repeat {
        /// The row of the first one.
        id: InboxId,
        /// The saved reply, if there is one.
        reply: Option<String>,
    },
    /// Its id was delivered before with another body: a mistake of the sender, or tampering.
    Mismatch {
        /// The row of the first one.
        id: InboxId,
    },
}

/// How a delivery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InboxState {
    /// It was processed.
    Done,
    /// It cannot be read, for this reason; the body is kept.
    Unreadable(String),
}

/// A delivery that waits to be processed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingDelivery {
    /// Its row.
    pub id: InboxId,
    /// Its source.
    pub source: String,
    /// Its delivery id.
    pub delivery: String,
    /// When it came.
    pub at: Timestamp,
    /// Its body.
    pub body: Vec<u8>,
}

/// A delivery that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableDelivery {
    /// Its row.
    pub id: InboxId,
    /// Its source.
    pub source: String,
    /// When it came.
    pub at: Timestamp,
    /// The reason.
    pub why: String,
}

/// When and how often a source delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceActivity {
    /// The source.
    pub source: String,
    /// The first delivery.
    pub first: Timestamp,
    /// The latest delivery, repeats included.
    pub last: Timestamp,
    /// The number of deliveries, repeats included.
    pub deliveries: u64,
}

/// How many mismatches of one delivery id are appended to the event log. All are counted, but a sender must not be able to
/// fill the log.
const MISMATCHES_LOGGED: i64 = 10;

impl Tx<'_> {
    /// Stores a delivery once: a repeat only changes counters.
    pub fn receive(&mut self, delivery: &Delivery<'_>) -> Result<ReceiveResult, StoreError> {
        let sender = delivery.sender.word();
        self.count_source_activity(&sender, delivery.at)?;
        let id = delivery.delivery.clone().unwrap_or_else(|| uuid_at(delivery.at).to_string());
        let hash = Sha256::digest(delivery.body);
        let row = self.one(
            "INSERT INTO inbox (source, delivery, state, received_at, last_seen, repeats, mismatches, sha256, body)
             VALUES ($1, $2, 'pending', $3, $3, 0, 0, $4, $5)
             ON CONFLICT (source, delivery) DO NOTHING
             RETURNING id",
            params![sender, id, millis(delivery.at), hash.as_slice(), delivery.body],
            |row| row.get(0),
        )?;
        if let Some(row) = row {
            self.add_to_backlog(&sender, delivery.body.len())?;
            return Ok(ReceiveResult::New(InboxId(row)));
        }
        self.receive_again(&sender, &id, delivery.at, hash.as_slice())
    }

    fn receive_again(
        &mut self,
        sender: &str,
        id: &str,
        at: Timestamp,
        hash: &[u8],
    ) -> Result<ReceiveResult, StoreError> {
        let known = self.one(
            "SELECT id, sha256, mismatches, reply FROM inbox WHERE source = $1 AND delivery = $2",
            params![sender, id],
            |row| Ok((row.get::<i64>(0)?, row.get::<Vec<u8>>(1)?, row.get::<i64>(2)?, row.get(3)?)),
        )?;
        let Some((row, first, mismatches, reply)) = known else {
            return Err(StoreError::Corrupt(format!("the delivery {id} of {sender} is stored and cannot be found")));
        };
        let same = first == hash;
        self.run(
            "UPDATE inbox SET last_seen = $1, repeats = repeats + $2, mismatches = mismatches + $3 WHERE id = $4",
            params![millis(at), i64::from(same), i64::from(!same), row],
        )?;
        if same {
            return Ok(ReceiveResult::Repeat { id: InboxId(row), reply });
        }
        if mismatches < MISMATCHES_LOGGED {
            let source = sender.to_owned();
            let event = Event::System(SystemEvent::ReplayMismatch { source, delivery: id.to_owned() });
            let actor = Actor::Machine("inbox".to_owned());
            let append = Append { stream: "system", expected_seq: None, actor: &actor, at, request: id };
            self.append(&append, &[event])?;
        }
        Ok(ReceiveResult::Mismatch { id: InboxId(row) })
    }

    /// Counts a delivery of a sender.
    pub fn count_source_activity(&mut self, sender: &str, at: Timestamp) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO sources_heard (source, first_heard, last_heard, deliveries) VALUES ($1, $2, $2, 1)
             ON CONFLICT (source) DO UPDATE SET deliveries = sources_heard.deliveries + 1,
                 last_heard = CASE WHEN excluded.last_heard > sources_heard.last_heard
                              THEN excluded.last_heard ELSE sources_heard.last_heard END",
            params![sender, millis(at)],
        )?;
        Ok(())
    }

    /// Marks a delivery as done or unreadable. One that could not be read in part stays unreadable, with the first reason,
    /// however its other parts end. Returns whether it was changed.
    pub fn settle_delivery(&mut self, id: InboxId, state: &InboxState) -> Result<bool, StoreError> {
        let (word, why) = match state {
            InboxState::Done => ("done", None),
            InboxState::Unreadable(why) => ("unreadable", Some(why)),
        };
        self.remove_from_backlog(id)?;
        let sql = "UPDATE inbox SET state = $1, why = $2 WHERE id = $3 AND state <> 'unreadable'";
        Ok(self.run(sql, params![word, why, id.0])? == 1)
    }

    /// Deletes a processed delivery that its sender will never repeat under the same id: Prometheus sends all firing alerts
    /// again every minute, and keeping that would fill the disk.
    pub fn delete_delivery(&mut self, id: InboxId) -> Result<(), StoreError> {
        self.remove_from_backlog(id)?;
        self.run("DELETE FROM inbox WHERE id = $1 AND state <> 'unreadable'", params![id.0])?;
        Ok(())
    }

    /// Puts a delivery back to be processed again, for one that was unreadable before an upgrade.
    pub fn reprocess_delivery(&mut self, id: InboxId) -> Result<bool, StoreError> {
        self.return_to_backlog(id)?;
        let changed = self.run("UPDATE inbox SET state = 'pending', why = NULL WHERE id = $1", params![id.0])?;
        Ok(changed == 1)
    }

    /// Saves the reply to a delivery, for a repeat of it.
    pub fn save_reply(&mut self, id: InboxId, reply: &str) -> Result<(), StoreError> {
        self.run("UPDATE inbox SET reply = $1 WHERE id = $2", params![reply, id.0])?;
        Ok(())
    }
}

impl Reads<'_> {
    /// Pending deliveries of these sources, oldest first within a source: at most `limit`, and no further one once their
    /// bodies have `bytes`. Sources take turns, so that one that floods does not delay the others.
    pub fn pending_deliveries(
        &self,
        sources: &[&str],
        limit: usize,
        bytes: usize,
    ) -> Result<Vec<PendingDelivery>, StoreError> {
        let mut waiting = Vec::with_capacity(sources.len());
        for source in sources {
            let ids = self.all(
                "SELECT id FROM inbox WHERE source = $1 AND state = 'pending' ORDER BY id LIMIT $2",
                params![source, row_limit(limit)],
                |row| row.get::<i64>(0),
            )?;
            waiting.push(VecDeque::from(ids));
        }
        let (mut round, mut read) = (Vec::new(), 0);
        for id in in_turns(waiting).take(limit) {
            if read >= bytes {
                break;
            }
            if let Some(delivery) = self.delivery(InboxId(id))? {
                read += delivery.body.len();
                round.push(delivery);
            }
        }
        Ok(round)
    }

    /// The number of pending deliveries, counted up to `most`.
    pub fn count_pending_deliveries(&self, most: usize) -> Result<usize, StoreError> {
        let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM inbox WHERE state = 'pending' LIMIT $1)";
        let count = self.one(sql, params![row_limit(most)], |row| row.get::<i64>(0))?;
        Ok(usize::try_from(count.map_or(0, unsigned)).unwrap_or(most))
    }

    /// Pending deliveries ordered by source, also of sources that `bot.toml` does not have.
    pub fn pending_sources(&self, limit: usize) -> Result<Vec<(InboxId, String)>, StoreError> {
        let sql = "SELECT id, source FROM inbox WHERE state = 'pending' AND source NOT LIKE '@%'
            ORDER BY source, id LIMIT $1";
        self.all(sql, params![row_limit(limit)], |row| Ok((InboxId(row.get(0)?), row.get(1)?)))
    }

    /// A delivery by its id.
    pub fn delivery(&self, id: InboxId) -> Result<Option<PendingDelivery>, StoreError> {
        let sql = "SELECT id, source, delivery, received_at, body FROM inbox WHERE id = $1";
        self.one(sql, params![id.0], |row| {
            Ok(PendingDelivery {
                id: InboxId(row.get(0)?),
                source: row.get(1)?,
                delivery: row.get(2)?,
                at: row.get(3)?,
                body: row.get(4)?,
            })
        })
    }

    /// The latest delivery of a source, received at `since` or later, whose id begins with a prefix that ends with a slash.
    pub fn latest_delivery(
        &self,
        source: &str,
        prefix: &str,
        since: Timestamp,
    ) -> Result<Option<PendingDelivery>, StoreError> {
        // 0 is the character after the slash.
        let end = format!("{}0", prefix.trim_end_matches('/'));
        let sql = "SELECT id FROM inbox WHERE source = $1 AND delivery > $2 AND delivery < $3 AND received_at >= $4
            ORDER BY id DESC LIMIT 1";
        let id = self.one(sql, params![source, prefix, end, millis(since)], |row| row.get::<i64>(0))?;
        id.map(|id| self.delivery(InboxId(id))).transpose().map(Option::flatten)
    }

    /// The deliveries of a source after one of its own that have another body, oldest first. `None` if there are more than
    /// `limit`, or if their bodies have more than `bytes`.
    pub fn other_deliveries_after(
        &self,
        equal: &PendingDelivery,
        limit: usize,
        bytes: usize,
    ) -> Result<Option<Vec<PendingDelivery>>, StoreError> {
        // The source is compared as an expression, so that SQLite walks the rows since then and not all of the source.
        let sql = "SELECT id, LENGTH(body) FROM inbox WHERE id > $1 AND source || '' = $2 AND sha256 <> $3
            ORDER BY id LIMIT $4";
        let hash = Sha256::digest(&equal.body);
        let rows = self.all(sql, params![equal.id.0, equal.source, hash.as_slice(), row_limit(limit + 1)], |row| {
            Ok((InboxId(row.get(0)?), row.get::<i64>(1)?))
        })?;
        let total: u64 = rows.iter().map(|(_, length)| unsigned(*length)).sum();
        if rows.len() > limit || total > bytes as u64 {
            return Ok(None);
        }
        let found: Vec<_> = rows.into_iter().map(|(id, _)| self.delivery(id)).collect::<Result<_, _>>()?;
        Ok(Some(found.into_iter().flatten().collect()))
    }

    /// Unreadable deliveries, newest first.
    pub fn unreadable_deliveries(&self, limit: usize) -> Result<Vec<UnreadableDelivery>, StoreError> {
        let sql = "SELECT id, source, received_at, why FROM inbox WHERE state = 'unreadable' ORDER BY id DESC LIMIT $1";
        self.all(sql, params![row_limit(limit)], |row| {
            let why = row.get::<Option<String>>(3)?.unwrap_or_default();
            Ok(UnreadableDelivery { id: InboxId(row.get(0)?), source: row.get(1)?, at: row.get(2)?, why })
        })
    }

    /// The activity of each source.
    pub fn source_activity(&self) -> Result<Vec<SourceActivity>, StoreError> {
        let sql = "SELECT source, first_heard, last_heard, deliveries FROM sources_heard ORDER BY source";
        self.all(sql, params![], |row| {
            let deliveries = unsigned(row.get(3)?);
            Ok(SourceActivity { source: row.get(0)?, first: row.get(1)?, last: row.get(2)?, deliveries })
        })
    }
}

/// Yields the first item of each queue, then the second of each, and so on.
fn in_turns<T>(mut waiting: Vec<VecDeque<T>>) -> impl Iterator<Item = T> {
    std::iter::from_fn(move || {
        let turn: Vec<T> = waiting.iter_mut().filter_map(VecDeque::pop_front).collect();
        (!turn.is_empty()).then_some(turn)
    })
    .flatten()
}
