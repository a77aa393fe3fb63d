//! Rebuilds the records that an older program stored, before anything reads them.

use std::path::Path;

use rusqlite::Connection;

use super::{
    error::{OpenError, StoreError, cannot_use},
    job,
    silence_cache::SilenceCache,
    tx::Tx,
};

/// Rebuilds old records in one transaction: the version of the records is stored with them or not at all.
pub(in crate::store) fn rebuild_records(conn: &Connection, path: &Path) -> Result<(), OpenError> {
    let batch = |sql: &str| conn.execute_batch(sql).map_err(|error| cannot_use(path, &error));
    batch("BEGIN IMMEDIATE")?;
    match job::guarded(|| Tx::new(conn, &SilenceCache::default()).rebuild_old_records()) {
        Ok(0) => batch("COMMIT"),
        Ok(rebuilt) => {
            tracing::info!(rebuilt, "records of incidents and pages were rebuilt from their events");
            batch("COMMIT")
        }
        Err(error) => {
            batch("ROLLBACK")?;
            Err(match error {
                StoreError::Full => OpenError::Full { path: path.to_owned() },
                StoreError::Overloaded
                | StoreError::Busy
                | StoreError::CommitUnknown
                | StoreError::FileLost(_)
                | StoreError::Io(_)
                | StoreError::OutOfMemory
                | StoreError::TooSlow
                | StoreError::Closed
                | StoreError::Panicked(_)
                | StoreError::Conflict(_)
                | StoreError::Corrupt(_)
                | StoreError::Sqlite(_) => OpenError::Unusable { path: path.to_owned(), why: error.to_string() },
            })
        }
    }
}
