//! Keeping the file in order: backups, checks, and forgetting what is old.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use rusqlite::{Connection, backup::Backup, params};

use super::{
    columns::{bound, millis},
    open::beside,
    readers::open_reader,
};
use crate::{
    domain::Timestamp,
    store::{Store, StoreError, Tx, queues::outbox::SENDING_PAUSED},
};

/// How many pages a step of a backup copies: 1 MiB, so that others get their turn at the disk.
const BACKUP_STEP: i32 = 256;
/// How many rows one step of pruning looks at.
const PRUNE_STEP: usize = 500;

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Deliveries.
    pub deliveries: u64,
    /// Effects.
    pub effects: u64,
}

impl Store {
    /// Copies the file as it is at one moment, while work goes on. In the copy, sending is paused: whoever starts it must
    /// not page for incidents that are long over. Nothing is overwritten.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when `to` exists; [`StoreError::Full`] when it does not fit; else what SQLite says.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let from = self.inner.path().to_owned();
        let to = to.to_owned();
        let copied = tokio::task::spawn_blocking(move || backup(&from, &to));
        copied.await.unwrap_or_else(|error| Err(StoreError::Panicked(error.to_string())))
    }

    /// Reads the whole file and answers what is wrong with it; nothing when it is good.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn integrity_check(&self) -> Result<Vec<String>, StoreError> {
        self.read(|reads| faults(reads.conn())).await
    }

    /// Forgets settled deliveries and effects, and alerts long over, that are older than `before`, in small steps between other work.
    ///
    /// # Errors
    /// As [`Store::transact_urgent`].
    pub async fn prune(&self, before: Timestamp) -> Result<Pruned, StoreError> {
        let deliveries = self.prune_table(Table::Inbox, before).await?;
        let effects = self.prune_table(Table::Outbox, before).await?;
        self.transact_urgent(move |tx| tx.prune_files(before)).await?;
        let most = u32::try_from(PRUNE_STEP).unwrap_or(u32::MAX);
        while self.transact_urgent(move |tx| tx.prune_discord_messages(before, most)).await? == PRUNE_STEP {}
        while self.transact_urgent(move |tx| tx.prune_alerts(before, PRUNE_STEP)).await? == PRUNE_STEP {}
        while self.transact_urgent(move |tx| tx.prune_changes(before, PRUNE_STEP)).await? == PRUNE_STEP {}
        Ok(Pruned { deliveries, effects })
    }

    async fn prune_table(&self, table: Table, before: Timestamp) -> Result<u64, StoreError> {
        let mut from = Some(0);
        let mut gone = 0;
        while let Some(after) = from {
            let step = self.transact_urgent(move |tx| tx.prune_step(table, after, before)).await?;
            gone += step.gone;
            from = step.next;
        }
        Ok(gone)
    }
}

pub(in crate::store) fn faults(conn: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = conn.prepare("PRAGMA integrity_check(20)")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lines: Vec<String> = rows.collect::<Result<_, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

pub(in crate::store) fn backup(from: &Path, to: &Path) -> Result<(), StoreError> {
    if to.exists() {
        return Err(StoreError::Conflict(format!("{} exists already", to.display())));
    }
    let part = beside(to, ".part");
    let _alone = alone_at(&part)?;
    let made = copy(from, &part).and_then(|()| {
        fail::fail_point!("backup.whole");
        name(&part, to).map_err(|error| io(to, &error))
    });
    let _ = std::fs::remove_file(&part);
    made?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| io(folder, &error))
}

/// Makes the empty file that is copied to, and keeps a second backup of the same name out of it while the answer lives.
/// What a backup that was killed left behind goes first.
fn alone_at(part: &Path) -> Result<File, StoreError> {
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

/// Gives the copy its name, but never over an existing file, even one that appeared meanwhile.
fn name(part: &Path, to: &Path) -> std::io::Result<()> {
    match link(part, to) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            // Some file systems have no hard links. There the name is taken with an empty file, which the copy replaces.
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
    // While this view is held the copy is of one moment and need not start again when the writer commits.
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

/// A table that is pruned, with what makes a row of it old.
#[derive(Clone, Copy)]
enum Table {
    Inbox,
    Outbox,
}

/// What a step of pruning did.
struct Step {
    gone: u64,
    next: Option<i64>,
}

impl Table {
    /// The next rows: id, time, whether it is settled.
    fn look(self) -> &'static str {
        match self {
            Self::Inbox => "SELECT id, received_at, state <> 'pending' FROM inbox WHERE id > $1 ORDER BY id LIMIT $2",
            Self::Outbox => {
                "SELECT id, COALESCE(settled_at, due), settled_at IS NOT NULL FROM outbox
                 WHERE id > $1 ORDER BY id LIMIT $2"
            }
        }
    }

    fn delete(self) -> &'static str {
        match self {
            Self::Inbox => "DELETE FROM inbox WHERE id = $1",
            Self::Outbox => "DELETE FROM outbox WHERE id = $1",
        }
    }
}

impl Tx<'_> {
    /// Looks at the next rows in order of age. The newest row always stays, so that its number is not given out again.
    fn prune_step(&mut self, table: Table, after: i64, before: Timestamp) -> Result<Step, StoreError> {
        let rows = self.all(table.look(), params![after, bound(PRUNE_STEP + 1)], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, bool>(2)?))
        })?;
        let more = rows.len() > PRUNE_STEP;
        let mut gone = 0;
        let kept = rows.len().saturating_sub(1);
        for (id, _, _) in rows[..kept].iter().filter(|(_, at, settled)| *settled && *at < millis(before)) {
            gone += self.run(table.delete(), params![id])? as u64;
        }
        let young = rows.iter().all(|(_, at, _)| *at >= millis(before));
        let next = rows.iter().rev().nth(1).map(|(id, _, _)| *id).filter(|_| more && !young);
        Ok(Step { gone, next })
    }
}
