//! The backlog of pending deliveries per sender. It is counted in the transaction that changes it, so that a large backlog
//! costs no more than an empty one.

use crate::store::{
    InboxId, Reads, StoreError, Tx,
    engine::{columns::row_limit, sql::params},
};

/// An amount of pending deliveries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Their number.
    pub deliveries: i64,
    /// The bytes of their bodies.
    pub bytes: i64,
}

/// The backlog of one sender beside that of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderBacklog {
    /// Of the sender.
    pub sender: Backlog,
    /// Of all senders together.
    pub total: Backlog,
}

impl Backlog {
    /// The maximum of one sender.
    pub const PER_SENDER: Self = Self { deliveries: 50_000, bytes: 512 << 20 };
    /// The maximum of all senders together.
    pub const TOTAL: Self = Self { deliveries: 200_000, bytes: 2 << 30 };

    /// True if one more delivery of this size stays within `most`. One always fits an empty backlog.
    fn has_room_for(self, bytes: i64, most: Self) -> bool {
        self.deliveries <= 0 || (self.deliveries < most.deliveries && self.bytes + bytes <= most.bytes)
    }
}

impl Tx<'_> {
    /// True if the backlog has room for a delivery of this size.
    pub fn has_room_for(&self, sender: &str, bytes: usize) -> Result<bool, StoreError> {
        let backlog = self.backlog(sender)?;
        let bytes = row_limit(bytes);
        Ok(backlog.sender.has_room_for(bytes, Backlog::PER_SENDER) && backlog.total.has_room_for(bytes, Backlog::TOTAL))
    }

    /// Counts a delivery that is pending from now on.
    pub(in crate::store) fn add_to_backlog(&self, sender: &str, bytes: usize) -> Result<(), StoreError> {
        let sql =
            "UPDATE sources_heard SET waiting = waiting + 1, waiting_bytes = waiting_bytes + $1 WHERE source = $2";
        self.run(sql, params![row_limit(bytes), sender]).map(drop)
    }

    /// Counts a delivery off; its row must not have been changed yet.
    pub(in crate::store) fn remove_from_backlog(&self, id: InboxId) -> Result<(), StoreError> {
        let sql = "SELECT source, LENGTH(body) FROM inbox WHERE id = $1 AND state = 'pending'";
        let waiting = self.one(sql, params![id.0], |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)))?;
        let Some((sender, bytes)) = waiting else { return Ok(()) };
        let sql =
            "UPDATE sources_heard SET waiting = waiting - 1, waiting_bytes = waiting_bytes - $1 WHERE source = $2";
        self.run(sql, params![bytes, sender]).map(drop)
    }

    /// Counts a settled delivery that becomes pending again.
    pub(in crate::store) fn return_to_backlog(&self, id: InboxId) -> Result<(), StoreError> {
        let sql = "SELECT source, LENGTH(body) FROM inbox WHERE id = $1 AND state <> 'pending'";
        let settled = self.one(sql, params![id.0], |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)))?;
        let Some((sender, bytes)) = settled else { return Ok(()) };
        self.add_to_backlog(&sender, usize::try_from(bytes).unwrap_or(0))
    }

    /// Counts the backlog from the rows, once at each start: a file may come from a version that did not count.
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
    /// The backlog of a sender and of all senders.
    pub fn backlog(&self, sender: &str) -> Result<SenderBacklog, StoreError> {
        let sql = "SELECT COALESCE(SUM(CASE WHEN source = $1 THEN waiting ELSE 0 END), 0),
                          COALESCE(SUM(CASE WHEN source = $1 THEN waiting_bytes ELSE 0 END), 0),
                          COALESCE(SUM(waiting), 0), COALESCE(SUM(waiting_bytes), 0) FROM sources_heard";
        let found = self.one(sql, params![sender], |row| {
            let sender = Backlog { deliveries: row.get(0)?, bytes: row.get(1)? };
            Ok(SenderBacklog { sender, total: Backlog { deliveries: row.get(2)?, bytes: row.get(3)? } })
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
            assert_eq!(now.has_room_for(bytes, most), takes, "{now:?} {bytes}");
        }
    }
}
