//! Backups and integrity checks.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use rusqlite::{Connection, backup::Backup, params};

use super::{connection::open_reader, error::StoreError, paths::beside, tx::Reads};

/// The name in `meta` of the reason why nothing is sent.
pub(in crate::store) const SENDING_PAUSED: &str = "sending_paused";

/// The name in `meta` of the last outbox row from before a restore.
pub(in crate::store) const RESTORED_UP_TO: &str = "restored_up_to";

/// How many pages a step of a backup copies: 1 MiB, so that others get their turn at the disk.
const BACKUP_STEP: i32 = 256;
impl Reads<'_> {
    /// Checks the whole file and returns what is wrong with it; empty if it is sound.
    pub(in crate::store) fn integrity_faults(&self) -> Result<Vec<String>, StoreError> {
        faults(self.conn())
    }
}

/// Checks the whole file and returns what is wrong with it.
pub(in crate::store) fn faults(conn: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = conn.prepare("PRAGMA integrity_check(20)")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lines: Vec<String> = rows.collect::<Result<_, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// Copies a database as it is at one moment. In the copy, sending is paused.
pub(in crate::store) fn backup(from: &Path, to: &Path) -> Result<(), StoreError> {
    if to.exists() {
        return Err(StoreError::Conflict(format!("{} exists already", to.display())));
    }
    let part = beside(to, ".part");
    let _lock = lock_part(&part)?;
    let copied = copy(from, &part).and_then(|()| {
        fail::fail_point!("backup.whole");
        name(&part, to).map_err(|error| io(to, &error))
    });
    let _ = std::fs::remove_file(&part);
    copied?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| io(folder, &error))
}

/// Creates the empty file that is copied to. Its lock keeps out a second backup of the same name while the returned file
/// is open. What a killed backup left behind is deleted.
fn lock_part(part: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(part).map_err(|error| io(part, &error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(StoreError::Conflict(format!("another backup is writing {}", part.display())));
        }
        Err(TryLockError::Error(error)) => return Err(io(part, &error)),
    }
    for ending in ["-journal", "-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(part, ending));
    }
    file.set_len(0).map_err(|error| io(part, &error))?;
    Ok(file)
}

/// Gives the copy its name, but never over an existing file, even one that has just appeared.
fn name(part: &Path, to: &Path) -> std::io::Result<()> {
    match link(part, to) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            // Some file systems have no hard links. There an empty file takes the name, and the copy replaces it.
            OpenOptions::new().write(true).create_new(true).open(to)?;
            std::fs::rename(part, to).inspect_err(|_| drop(std::fs::remove_file(to)))
        }
        linked => linked,
    }
}

fn link(part: &Path, to: &Path) -> std::io::Result<()> {
    fail::fail_point!("backup.link", |_| Err(ErrorKind::PermissionDenied.into()));
    std::fs::hard_link(part, to)
}

fn copy(from: &Path, part: &Path) -> Result<(), StoreError> {
    let source = open_reader(from)?;
    // While this transaction is open the copy is of one moment and need not start again when the writer commits.
    source.execute_batch("BEGIN; SELECT COUNT(*) FROM owner")?;
    let mut target = Connection::open(part)?;
    {
        let steps = Backup::new(&source, &mut target)?;
        steps.run_to_completion(BACKUP_STEP, Duration::from_millis(1), Some(|_| fail::fail_point!("backup.step")))?;
    }
    fail::fail_point!("backup.copied");
    target.pragma_update(None, "journal_mode", "DELETE")?;
    target.execute(
        "INSERT INTO meta (name, value) VALUES ($1, 'this is a restored backup')
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![SENDING_PAUSED],
    )?;
    // A copy of a restored copy has its own rows from before its restore.
    target.execute("DELETE FROM meta WHERE name = $1", params![RESTORED_UP_TO])?;
    match faults(&target)?.into_iter().next() {
        None => target.close().map_err(|(_, error)| error.into()),
        Some(fault) => Err(StoreError::Corrupt(fault)),
    }
}

fn io(path: &Path, error: &std::io::Error) -> StoreError {
    if error.kind() == ErrorKind::StorageFull {
        StoreError::Full
    } else if error.kind() == ErrorKind::AlreadyExists {
        StoreError::Conflict(format!("{} exists already", path.display()))
    } else {
        StoreError::Sqlite(format!("{}: {error}", path.display()))
    }
}
