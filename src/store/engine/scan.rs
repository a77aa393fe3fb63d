//! A look at a file that another process may have open: backups, repairs and invitations while the bot runs.
//!
//! Only the bot holds the file's lock; a visitor does without. SQLite itself keeps a visitor's small transactions apart
//! from the bot's, which waits for them.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use super::{job, maintenance, open, open::beside};
use crate::{
    domain::Timestamp,
    store::{OpenError, Reads, StoreError, Tx, alerts::silences::Kept},
};

/// How long a visitor waits for the bot's own writes.
const BUSY: Duration = Duration::from_secs(10);

/// A connection to a file that exists, whoever else has it open.
pub struct Visit {
    conn: Connection,
    path: PathBuf,
}

impl Visit {
    /// Opens a file of this program's schema.
    ///
    /// # Errors
    /// [`OpenError::Unusable`] when there is none, or when its schema is another than this program's: a visitor changes no
    /// schema, because the process that has the file open would stumble over it.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// The same for one who only reads.
    ///
    /// # Errors
    /// As [`Visit::open`].
    pub fn to_read(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    /// A new file for a rehearsal: it has the schema, and need not outlive a crash.
    ///
    /// # Errors
    /// [`OpenError`] when it cannot be made.
    pub fn scratch(path: &Path, now: Timestamp) -> Result<Self, OpenError> {
        let (conn, _) = open::prepare(path, &open::Waits::default(), now)?;
        conn.pragma_update(None, "synchronous", "OFF").map_err(|error| open::cannot_use(path, &error))?;
        Ok(Self { conn, path: path.to_owned() })
    }

    fn open_with(path: &Path, how: OpenFlags) -> Result<Self, OpenError> {
        if !path.is_file() {
            let why = "there is no such file; start `hotroom` once, or name the file in `[store] path`";
            return Err(OpenError::Unusable { path: path.to_owned(), why: why.to_owned() });
        }
        let flags = how | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || -> Result<Connection, rusqlite::Error> {
            let conn = Connection::open_with_flags(path, flags)?;
            conn.busy_timeout(BUSY)?;
            conn.pragma_update(None, "synchronous", "FULL")?;
            conn.pragma_update(None, "foreign_keys", true)?;
            Ok(conn)
        };
        let conn = open().map_err(|error| open::cannot_use(path, &error))?;
        open::must_be_current(&conn, path)?;
        Ok(Self { conn, path: path.to_owned() })
    }

    /// Whether a process has the file open as its own.
    ///
    /// # Errors
    /// When the lock file cannot be opened for another reason than that it is not there.
    pub fn in_use(path: &Path) -> std::io::Result<bool> {
        let lock = match File::open(beside(path, ".lock")) {
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
    ///
    /// # Errors
    /// What `query` answered, or what SQLite says.
    pub fn read<T>(&self, query: impl FnOnce(&Reads<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.conn.execute_batch("BEGIN")?;
        let answer = job::guarded(|| query(&Reads::new(&self.conn)));
        self.conn.execute_batch("ROLLBACK")?;
        answer
    }

    /// Runs `work` in one transaction.
    ///
    /// # Errors
    /// What `work` answered; [`StoreError::Busy`] when the bot wrote all the time.
    pub fn write<T>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.conn.execute_batch("BEGIN IMMEDIATE")?;
        match job::guarded(|| work(&mut Tx::new(&self.conn, &Kept::default()))) {
            Ok(answer) => {
                self.conn.execute_batch("COMMIT")?;
                Ok(answer)
            }
            Err(error) => {
                self.conn.execute_batch("ROLLBACK")?;
                Err(error)
            }
        }
    }

    /// Copies the file as it is at one moment; see [`super::Store::backup`].
    ///
    /// # Errors
    /// As [`super::Store::backup`].
    pub fn backup(&self, to: &Path) -> Result<(), StoreError> {
        maintenance::backup(&self.path, to)
    }

    /// Reads the whole file and answers what is wrong with it; nothing when it is good.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn integrity_check(&self) -> Result<Vec<String>, StoreError> {
        maintenance::faults(&self.conn)
    }
}
