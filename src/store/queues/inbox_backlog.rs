//! How much of each sender waits to be read. It is counted as it comes and goes, in the transaction that changes it, so that
//! a sender with very much of it costs no more than one with nothing.

use crate::store::{
    InboxId, Reads, StoreError, Tx,
    engine::{columns::row_limit, sql::params},
};

/// An amount of deliveries that wait to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many.
    pub deliveries: i64,
    /// The bytes of their bodies.
    pub bytes: i64,
}

impl Backlog {
    /// The most that may wait of one sender.
    pub const OF_ONE: Self = Self { deliveries: 50_000, bytes: 512 << 20 };
    /// The most that may wait of all senders together.
    pub const OF_ALL: Self = Self { deliveries: 200_000, bytes: 2 << 30 };

    /// Whether one more delivery of this size stays within `most`. One is always taken where nothing waits.
    fn takes(self, bytes: i64, most: Self) -> bool {
        self.deliveries <= 0 || (self.deliveries < most.deliveries && self.bytes + bytes <= most.bytes)
    }
}

impl Tx<'_> {
    /// Whether a delivery of so many bytes may wait besides what waits already.
    pub fn has_room_for(&self, sender: &str, bytes: usize) -> Result<bool, StoreError> {
        let (one, all) = self.backlog(sender)?;
        let bytes = row_limit(bytes);
        Ok(one.takes(bytes, Backlog::OF_ONE) && all.takes(bytes, Backlog::OF_ALL))
    }

    /// A delivery of this sender waits from now on.
    pub(in crate::store) fn waits(&self, sender: &str, bytes: usize) -> Result<(), StoreError> {
        let sql =
            "UPDATE sources_heard SET waiting = waiting + 1, waiting_bytes = waiting_bytes + $1 WHERE source = $2";
        self.run(sql, params![row_limit(bytes), sender]).map(drop)
    }

    /// A delivery, which is still as it was, waits no more.
    pub(in crate::store) fn waits_no_more(&self, id: InboxId) -> Result<(), StoreError> {
        let sql = "SELECT source, LENGTH(body) FROM inbox WHERE id = $1 AND state = 'pending'";
        let waiting = self.one(sql, params![id.0], |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)))?;
        let Some((sender, bytes)) = waiting else { return Ok(()) };
        let sql =
            "UPDATE sources_heard SET waiting = waiting - 1, waiting_bytes = waiting_bytes - $1 WHERE source = $2";
        self.run(sql, params![bytes, sender]).map(drop)
    }

    /// A delivery that was read is put back.
    pub(in crate::store) fn waits_again(&self, id: InboxId) -> Result<(), StoreError> {
        let sql = "SELECT source, LENGTH(body) FROM inbox WHERE id = $1 AND state <> 'pending'";
        let settled = self.one(sql, params![id.0], |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)))?;
        let Some((sender, bytes)) = settled else { return Ok(()) };
        self.waits(&sender, usize::try_from(bytes).unwrap_or(0))
    }

    /// Counts what waits anew, once for a start: a file may come from a version that did not count.
    pub fn recount_backlog(&mut self) -> Result<(), StoreError> {
        self.run(
            "UPDATE sources_heard SET
                 waiting = (SELECT COUNT(*) FROM inbox
                            WHERE inbox.source = sources_heard.source AND inbox.state = 'pending'),
                 waiting_bytes = (SELECT COALESCE(SUM(LENGTH(inbox.body)), 0) FROM inbox
                                  WHERE inbox.source = sources_heard.source AND inbox.state = 'pending')",
            params![],
        )
        .map(drop)
    }
}

impl Reads<'_> {
    /// What waits of one sender, and of all.
    pub fn backlog(&self, sender: &str) -> Result<(Backlog, Backlog), StoreError> {
        let sql = "SELECT COALESCE(SUM(CASE WHEN source = $1 THEN waiting ELSE 0 END), 0),
                          COALESCE(SUM(CASE WHEN source = $1 THEN waiting_bytes ELSE 0 END), 0),
                          COALESCE(SUM(waiting), 0), COALESCE(SUM(waiting_bytes), 0) FROM sources_heard";
        let found = self.one(sql, params![sender], |row| {
            let one = Backlog { deliveries: row.get(0)?, bytes: row.get(1)? };
            Ok((one, Backlog { deliveries: row.get(2)?, bytes: row.get(3)? }))
        })?;
        Ok(found.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use crate::store::queues::inbox_backlog::*;

    #[test]
    fn what_waits_is_bounded_by_number_and_by_size() {
        let most = Backlog { deliveries: 3, bytes: 100 };
        let waiting = |deliveries, bytes| Backlog { deliveries, bytes };
        for (now, bytes, takes) in [
            (waiting(0, 0), 1, true),
            (waiting(0, 0), 999, true),
            (waiting(2, 60), 40, true),
            (waiting(2, 60), 41, false),
            (waiting(3, 0), 0, false),
        ] {
            assert_eq!(now.takes(bytes, most), takes, "{now:?} {bytes}");
        }
    }
}
