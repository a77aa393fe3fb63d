//! Errors of the store.

use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, ffi};

/// Why a transaction or a query failed. A refusal of the domain is not an error: it is a result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Too many writes are waiting; nothing was done.
    #[error("too many writes are waiting; try again shortly")]
    Overloaded,
    /// The disk is full; nothing was written.
    #[error("the disk is full; nothing was written")]
    Full,
    /// The file was deleted or replaced, or another process took it over. What is written now would be lost.
    #[error("the database file is lost: {0}")]
    FileLost(String),
    /// The disk failed, or allows no access at present.
    #[error("the disk failed: {0}")]
    Io(String),
    /// SQLite could not get memory; nothing was written.
    #[error("there is not enough memory; try again shortly")]
    OutOfMemory,
    /// A search took too long and was stopped.
    #[error("the search took too long; ask for less")]
    TooSlow,
    /// Another program holds the file's write lock; nothing was written.
    #[error("another program is writing to the database file; nothing was written")]
    Busy,
    /// The commit failed and nobody knows whether it was kept.
    #[error("it is unknown whether the write was kept; the store must be opened again")]
    CommitUnknown,
    /// The store is closed or has failed.
    #[error("the store is closed")]
    Closed,
    /// The closure panicked; what it wrote was undone.
    #[error("a transaction or query panicked: {0}")]
    Panicked(String),
    /// A version or a unique value is not as expected: another write came first.
    #[error("conflict: {0}")]
    Conflict(String),
    /// Stored data cannot be read.
    #[error("damaged data: {0}")]
    Corrupt(String),
    /// Any other error of the database.
    #[error("database: {0}")]
    Sqlite(String),
}

impl StoreError {
    /// True if the failure has nothing to do with what was written or read, so that trying again may succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Overloaded
            | Self::Full
            | Self::FileLost(_)
            | Self::Io(_)
            | Self::OutOfMemory
            | Self::TooSlow
            | Self::Busy
            | Self::CommitUnknown
            | Self::Closed => true,
            Self::Panicked(_) | Self::Conflict(_) | Self::Corrupt(_) | Self::Sqlite(_) => false,
        }
    }
}

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the file open.
    #[error(
        "{path} is open in another process ({owner}); stop that one first, or give this one another `[store] path`"
    )]
    Locked {
        /// The database file.
        path: PathBuf,
        /// The other process, from the lock file.
        owner: String,
    },
    /// The file is gone, and a file beside it shows that there was one.
    #[error(
        "{path} is missing, but {witness} shows that there was a database; check the volume, restore a backup to this \
         path, or start an empty database with `hotroom run --new`"
    )]
    Missing {
        /// The database file.
        path: PathBuf,
        /// The file that hotroom kept beside it.
        witness: PathBuf,
    },
    /// A newer program has written the file.
    #[error(
        "{path} has schema version {found}, this program knows versions up to {known}; \
         start the newer program, or restore a backup made before the upgrade"
    )]
    NewerSchema {
        /// The database file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The linked SQLite library is too old to be safe.
    #[error("SQLite {found} is linked, at least {least} is needed: older versions can damage the write-ahead log")]
    OldSqlite {
        /// The version that is linked.
        found: String,
        /// The oldest safe version.
        least: String,
    },
    /// The file or its folder cannot be used.
    #[error("cannot use {path}: {why}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The disk is full and there is no reserve to release.
    #[error("the disk of {path} is full; make room and start again")]
    Full {
        /// The database file.
        path: PathBuf,
    },
    /// The schema could not be brought up to date; the file keeps its old schema.
    #[error("the schema of {path} could not be brought up to date: {why}")]
    Migration {
        /// The database file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The file is damaged.
    #[error("{path} is damaged: {why}; restore the latest backup, or run `hotroom doctor`")]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
}

/// The error of a file that cannot be used.
pub(super) fn unusable(path: &Path, why: &dyn std::fmt::Display) -> OpenError {
    OpenError::Unusable { path: path.to_owned(), why: why.to_string() }
}

/// Converts an error of SQLite while opening: damaged, full, or unusable for another reason.
pub(super) fn cannot_use(path: &Path, error: &rusqlite::Error) -> OpenError {
    let no_room_beside = error.sqlite_error().map(|error| error.extended_code) == Some(ffi::SQLITE_IOERR_SHMSIZE);
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => OpenError::Full { path: path.to_owned() },
        Some(ErrorCode::SystemIoFailure) if no_room_beside => OpenError::Full { path: path.to_owned() },
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => damaged(path, error),
        Some(_) | None => unusable(path, error),
    }
}

/// The error of a damaged file.
pub(super) fn damaged(path: &Path, why: &dyn std::fmt::Display) -> OpenError {
    OpenError::Damaged { path: path.to_owned(), why: why.to_string() }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(text),
            Some(ErrorCode::ConstraintViolation) => Self::Conflict(text),
            Some(ErrorCode::OutOfMemory) => Self::OutOfMemory,
            Some(ErrorCode::OperationInterrupted) => Self::TooSlow,
            Some(
                ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::FileLockingProtocolFailed,
            ) => Self::Io(text),
            Some(_) | None => Self::Sqlite(text),
        }
    }
}
