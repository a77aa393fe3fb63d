//! Access to a file that another process may have open: backups, repairs and invitations while the bot runs.
//!
//! Only the bot holds the lock of the file. SQLite itself keeps the small transactions made here apart from the bot's,
//! which waits for them.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use super::{
    error::{OpenError, StoreError, cannot_use},
    job,
    lock::lock_path,
    maintenance, open,
    silence_cache::SilenceCache,
    tx::{Reads, Tx},
};
use crate::{domain::Timestamp, store::incidents::compare::Comparison};

/// How long a transaction waits for the bot's own writes.
const BUSY: Duration = Duration::from_secs(10);

/// A connection to an existing file, whichever process has it open.
pub struct Scan {
    conn: Connection,
    path: PathBuf,
}

impl Scan {
    /// Opens a file of this program's schema.
    ///
    /// # Errors
    /// [`OpenError::Unusable`] if there is no file or its schema is another one: migrating here would break the process
    /// that has the file open.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Opens a file of this program's schema for reading only.
    pub fn read_only(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    /// Creates a file for a replay: it has the schema and need not survive a crash.
    pub fn scratch(path: &Path, now: Timestamp) -> Result<Self, OpenError> {
        let (conn, _) = open::prepare(path, &open::Waits::default(), now)?;
        conn.pragma_update(None, "synchronous", "OFF").map_err(|error| cannot_use(path, &error))?;
        Ok(Self { conn, path: path.to_owned() })
    }

    fn open_with(path: &Path, flags: OpenFlags) -> Result<Self, OpenError> {
        if !path.is_file() {
            let why = "there is no such file; start `hotroom` once, or name the file in `[store] path`";
            return Err(OpenError::Unusable { path: path.to_owned(), why: why.to_owned() });
        }
        let open = || -> Result<Connection, rusqlite::Error> {
            let conn = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
            conn.busy_timeout(BUSY)?;
            conn.pragma_update(None, "synchronous", "FULL")?;
            conn.pragma_update(None, "foreign_keys", true)?;
            Ok(conn)
        };
        let conn = open().map_err(|error| cannot_use(path, &error))?;
        open::must_be_current(&conn, path)?;
        Ok(Self { conn, path: path.to_owned() })
    }

    /// True if a process holds the lock of the file.
    ///
    /// # Errors
    /// Fails when the lock file exists and cannot be opened.
    pub fn in_use(path: &Path) -> std::io::Result<bool> {
        let lock = match File::open(lock_path(path)) {
            Ok(lock) => lock,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        match lock.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Runs `query` over one unchanging view of the data.
    pub fn read<T>(&self, query: impl FnOnce(&Reads<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.conn.execute_batch("BEGIN")?;
        let result = job::guarded(|| query(&Reads::new(&self.conn)));
        self.conn.execute_batch("ROLLBACK")?;
        result
    }

    /// Runs `work` in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the bot wrote all the time; otherwise the error of `work`.
    pub fn write<T>(&self, work: impl Fn(&mut Tx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.conn.execute_batch("BEGIN IMMEDIATE")?;
        match job::guarded(|| work(&mut Tx::new(&self.conn, &SilenceCache::default()))) {
            Ok(result) => {
                self.conn.execute_batch("COMMIT")?;
                Ok(result)
            }
            Err(error) => {
                self.conn.execute_batch("ROLLBACK")?;
                Err(error)
            }
        }
    }

    /// Copies the file as it is at one moment; see [`Store::backup`](crate::store::Store::backup).
    pub fn backup(&self, to: &Path) -> Result<(), StoreError> {
        maintenance::backup(&self.path, to)
    }

    /// Checks the whole file, its log, and its records and outbox rows against the log. Returns what is wrong.
    ///
    /// # Errors
    /// [`StoreError`] when not everything could be read.
    pub fn verify(&self) -> Result<Vec<String>, StoreError> {
        let mut faults = self.integrity_check()?;
        let log = self.read(|reads| reads.verify_log())?;
        faults.extend(log.fault.map(|fault| format!("event {} of the log: {}", fault.log_seq, fault.what)));
        if self.read(|reads| reads.has_current_records())? {
            let compared = self.read(|reads| reads.compare_with_log(Comparison::Everything))?;
            faults.extend(compared.faults.iter().map(ToString::to_string));
        }
        Ok(faults)
    }

    /// Checks the whole file and returns what is wrong with it; empty if it is sound.
    pub fn integrity_check(&self) -> Result<Vec<String>, StoreError> {
        maintenance::faults(&self.conn)
    }
}
