//! Connections to the file and their settings.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

/// How many prepared statements a connection keeps.
const STATEMENTS: usize = 256;
/// Pages of the write-ahead log after which it is copied into the file: 4 MiB, so that a start after a crash reads little.
const CHECKPOINT_PAGES: i64 = 1000;
/// A log that grew beyond this size, because readers kept it from being copied, is cut back afterwards.
const LOG_BYTES: i64 = 16 << 20;
/// Page cache of the writer in KiB: room for the upper pages of all trees and the pages that alerts touch again. SQLite
/// allocates it as needed.
const CACHE_KIB: i64 = 65_536;
/// How long a reader waits for a lock; it meets one only while the file is recovered after a crash.
const READER_BUSY: Duration = Duration::from_secs(5);

/// Opens the writer's connection.
pub(super) fn open_writer(path: &Path, busy: Duration) -> Result<Connection, rusqlite::Error> {
    let conn = Connection::open(path)?;
    conn.busy_timeout(busy)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // With less than FULL a commit that was reported could be lost when the power fails.
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    conn.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    conn.pragma_update(None, "cache_size", -CACHE_KIB)?;
    plan_once(&conn)?;
    Ok(conn)
}

/// Opens a connection that cannot write.
pub(super) fn open_reader(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(READER_BUSY)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.pragma_update(None, "query_only", true)?;
    plan_once(&conn)?;
    Ok(conn)
}

/// Makes SQLite plan a statement once. Otherwise it plans it again for each value that influenced the plan, which many do
/// where there are partial indexes (<https://www.sqlite.org/queryplanner-ng.html#qpstab>).
fn plan_once(conn: &Connection) -> Result<(), rusqlite::Error> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}
