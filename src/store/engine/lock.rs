//! Keeps a second process away from the database file.
//!
//! There are two locks: one on a file beside the database, which names its owner, and one on the database file itself, so
//! that another name of the same file (a hard link) or a deleted lock file does not let a second process in.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::{
    disk_reserve::DiskReserve,
    error::{OpenError, unusable},
    paths::{beside, real_path},
};
use crate::domain::Timestamp;

/// The ending of the lock file's name.
const ENDING: &str = ".lock";

/// The locks of a process on a database file. They end with the process.
pub(in crate::store) struct FileLock {
    beside: Mutex<Option<File>>,
    /// Kept open until the readers are closed: closing any descriptor of a file drops SQLite's own locks on it.
    database: File,
}

impl FileLock {
    /// Takes the locks and creates the database file if it is missing.
    ///
    /// # Errors
    /// [`OpenError::Locked`] if another process has them; [`OpenError::Missing`] if the file was there before.
    pub(in crate::store) fn take(path: &Path, now: Timestamp) -> Result<Self, OpenError> {
        let name = lock_path(path);
        let mut beside = open_private(&name)?;
        if !try_lock(&beside, &name)? {
            return Err(OpenError::Locked { path: path.to_owned(), owner: owner(&mut beside) });
        }
        if let Some(witness) = witness(path, &name) {
            return Err(OpenError::Missing { path: path.to_owned(), witness });
        }
        let database = private_database(path)?;
        if !lock_database(&database, path)? {
            return Err(OpenError::Locked { path: path.to_owned(), owner: owner(&mut beside) });
        }
        // The text names the owner to a process that is refused, and shows that there is a database. On a full disk it
        // may be missing.
        let _ = beside.set_len(0).and_then(|()| beside.rewind());
        let _ = writeln!(beside, "process {} since {}", std::process::id(), now.format("%Y-%m-%d %H:%M:%S UTC"));
        Ok(Self { beside: Mutex::new(Some(beside)), database })
    }

    /// Lets another process open the file.
    pub(in crate::store) fn release(&self) {
        if cfg!(target_os = "linux") {
            let _ = self.database.unlock();
        }
        self.beside.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Allows the next start to create an empty database although there was one. Does nothing if the database is there.
///
/// # Errors
/// [`OpenError::Locked`] if a process is using it.
pub(in crate::store) fn forget_missing(path: &Path) -> Result<(), OpenError> {
    let name = lock_path(path);
    if path.exists() || !name.exists() {
        return Ok(());
    }
    let mut beside = open_private(&name)?;
    if !try_lock(&beside, &name)? {
        return Err(OpenError::Locked { path: path.to_owned(), owner: owner(&mut beside) });
    }
    for ending in ["-wal", "-shm"] {
        let _ = fs::remove_file(super::paths::beside(path, ending));
    }
    let _ = fs::remove_file(DiskReserve::path_of(path));
    beside.set_len(0).map_err(|error| unusable(&name, &error))
}

/// The lock file of a database. Symbolic links lead to the same one.
pub(in crate::store) fn lock_path(path: &Path) -> PathBuf {
    beside(&real_path(path), ENDING)
}

/// A file that shows that the missing database was there before. The lock file is empty until a database was created.
fn witness(path: &Path, lock: &Path) -> Option<PathBuf> {
    if path.exists() {
        return None;
    }
    let reserve = DiskReserve::path_of(path);
    let was_used = fs::metadata(lock).is_ok_and(|meta| meta.len() > 0);
    if was_used { Some(lock.to_owned()) } else { reserve.exists().then_some(reserve) }
}

fn owner(beside: &mut File) -> String {
    let mut owner = String::new();
    let _ = beside.take(200).read_to_string(&mut owner);
    if owner.trim().is_empty() { "unknown process".to_owned() } else { owner.trim().to_owned() }
}

fn open_private(path: &Path) -> Result<File, OpenError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map_err(|error| unusable(path, &error))
}

fn try_lock(file: &File, path: &Path) -> Result<bool, OpenError> {
    // Lets a test run two processes on one file, as on a file system without locks.
    fail::fail_point!("store.unlocked", |_| Ok(true));
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(unusable(path, &error)),
    }
}

/// Locks the database file itself. On Linux this lock and those of SQLite are of different kinds and do not meet; on other
/// systems they may, so it is left out there.
fn lock_database(database: &File, path: &Path) -> Result<bool, OpenError> {
    if cfg!(target_os = "linux") { try_lock(database, path) } else { Ok(true) }
}

/// Opens the file so that only its owner can read it: it holds what people said during incidents. SQLite gives its log the
/// same mode.
///
/// This comes before SQLite opens the file: when a process closes a file by other means, SQLite's locks on it are lost.
fn private_database(path: &Path) -> Result<File, OpenError> {
    let file = open_private(path)?;
    let meta = file.metadata().map_err(|error| unusable(path, &error))?;
    if meta.permissions().mode() & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others could read the database file; its mode is now 0600");
        file.set_permissions(PermissionsExt::from_mode(0o600)).map_err(|error| unusable(path, &error))?;
    }
    Ok(file)
}
