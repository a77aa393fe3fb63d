//! Opening the file: lock, schema, checks.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use rusqlite::{
    Connection, OptionalExtension,
    hooks::{AuthContext, Authorization},
    params,
};
use tokio::sync::mpsc;

use super::{
    columns::millis,
    connection::open_writer,
    disk_reserve::DiskReserve,
    error::{OpenError, cannot_use, damaged, unusable},
    lock::FileLock,
    rebuild::rebuild_records,
    shared::{Inner, SharedState},
    writer::{OwnedConnection, Writer},
};
use crate::domain::{
    Timestamp,
    ids::{self, IncidentId},
};

/// SQLite before this version can damage the file when a checkpoint and a commit race (fixed in 3.51.3).
const LEAST_SQLITE: (i32, &str) = (3_051_003, "3.51.3");
/// Up to this size the file is checked at every start; a larger one only by `hotroom doctor`, because a start must not
/// take long.
const CHECKED_BYTES: u64 = 64 << 20;

mod schema {
    #![allow(missing_docs, reason = "made by the macro")]
    refinery::embed_migrations!("migrations");
}

/// How the store is opened: `[store]` of `bot.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// The database file. It is created if it is missing; its folder must exist.
    pub path: PathBuf,
    /// How many writes may wait before new ones are refused.
    pub queue: usize,
    /// How many writes one commit may carry; 1 turns group commit off.
    pub batch: usize,
}

/// Opens the file, creating it if it is missing, brings its schema up to date and starts the writer.
pub(in crate::store) fn open(options: &StoreOptions, waits: &Waits, now: Timestamp) -> Result<Inner, OpenError> {
    check_sqlite()?;
    let path = &options.path;
    let lock = FileLock::take(path, now)?;
    let mut prepared = prepare(path, waits, now);
    let mut released = None;
    if matches!(prepared, Err(OpenError::Full { .. })) {
        // A start on a full disk must not fail while there is a reserve to release: pages have to go out.
        released = DiskReserve::release_before_open(path, waits.space);
        prepared = prepare(path, waits, now);
    }
    let (conn, fence) = prepared?;
    let disk_reserve = released.unwrap_or_else(|| DiskReserve::new(path, waits.space));
    let shared = Arc::new(SharedState::new(path, lock, now).map_err(|error| unusable(path, &error))?);
    shared.set_full(!disk_reserve.is_present());
    let (sender, queue) = mpsc::channel(options.queue.max(1));
    let writer = Writer::new(OwnedConnection { conn, fence }, queue, options.batch, Arc::clone(&shared), disk_reserve);
    let thread = thread::Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || writer.run())
        .map_err(|error| unusable(path, &error))?;
    Ok(Inner::new(sender, shared, thread, fence))
}

/// Returns the writer's connection to a file of the current schema, and the fence of this opening.
pub(in crate::store) fn prepare(path: &Path, waits: &Waits, now: Timestamp) -> Result<(Connection, i64), OpenError> {
    let mut conn = open_writer(path, waits.busy).map_err(|error| cannot_use(path, &error))?;
    migrate(&mut conn, path)?;
    check_pages(&conn, path)?;
    let fence = take_over(&conn, now).map_err(|error| cannot_use(path, &error))?;
    rebuild_records(&conn, path)?;
    continue_ids(&conn).map_err(|error| cannot_use(path, &error))?;
    Ok((conn, fence))
}

/// Makes new records sort after those in the file, even if the clock was set back since.
fn continue_ids(conn: &Connection) -> Result<(), rusqlite::Error> {
    for table in ["incidents", "pages", "overrides", "silences", "alert_groups", "alerts"] {
        let newest =
            conn.query_row(&format!("SELECT MAX(id) FROM {table}"), [], |row| row.get::<_, Option<String>>(0))?;
        if let Some(id) = newest.as_deref().and_then(IncidentId::parse) {
            ids::continue_after(id.0);
        }
    }
    Ok(())
}

/// How long the store waits.
pub(in crate::store) struct Waits {
    /// For another program that holds the file's write lock.
    pub(in crate::store) busy: Duration,
    /// Between two checks whether a full disk has room again.
    pub(in crate::store) space: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self { busy: Duration::from_secs(5), space: Duration::from_millis(500) }
    }
}

fn check_sqlite() -> Result<(), OpenError> {
    if rusqlite::version_number() >= LEAST_SQLITE.0 {
        return Ok(());
    }
    Err(OpenError::OldSqlite { found: rusqlite::version().to_owned(), least: LEAST_SQLITE.1.to_owned() })
}

/// Checks the file, so that damage is found at the start and not in the middle of an incident.
fn check_pages(conn: &Connection, path: &Path) -> Result<(), OpenError> {
    if std::fs::metadata(path).is_ok_and(|meta| meta.len() > CHECKED_BYTES) {
        return Ok(());
    }
    let found = quick_check(conn).map_err(|error| cannot_use(path, &error))?;
    let (index, pages): (Vec<String>, Vec<String>) = found.into_iter().partition(|line| line.starts_with("fts5:"));
    if let Some(fault) = pages.first() {
        return Err(damaged(path, fault));
    }
    // The index of words is made from the records, so that its damage stops nothing: it is made again.
    match index.first() {
        Some(fault) => remake_index(conn).map_err(|error| damaged(path, &format!("{fault}; {error}"))),
        None => Ok(()),
    }
}

/// What is wrong with the file; empty if it is sound.
fn quick_check(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = conn.prepare("PRAGMA quick_check(20)")?;
    let lines: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

fn remake_index(conn: &Connection) -> rusqlite::Result<()> {
    tracing::warn!("the index by which issues are found is damaged, and is made again");
    // Without their version all words are written again from the records.
    conn.execute_batch(
        "INSERT INTO issue_words (issue_words) VALUES ('rebuild');
         DELETE FROM meta WHERE name = 'words_record_version';",
    )
}

fn migrate(conn: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let runner = schema::migrations::runner();
    let known = runner.get_migrations().iter().map(|m| i64::from(m.version())).max().unwrap_or(0);
    let found = schema_version(conn).map_err(|error| cannot_use(path, &error))?;
    if found > known {
        return Err(OpenError::NewerSchema { path: path.to_owned(), found, known });
    }
    fail::fail_point!("store.before_migrate");
    // The hook is called before each statement; only the fail point needs it.
    conn.authorizer(Some(stop_at_statement)).map_err(|error| unusable(path, &error))?;
    // Grouped: otherwise refinery runs a migration and records it in two transactions, and a crash between them leaves a
    // file that can never be opened again.
    let done = runner.set_grouped(true).set_abort_divergent(true).set_abort_missing(true).run(conn);
    conn.authorizer(None::<fn(AuthContext<'_>) -> Authorization>).map_err(|error| unusable(path, &error))?;
    fail::fail_point!("store.after_migrate");
    done.map(drop).map_err(|error| {
        let why = std::error::Error::source(&error).map_or_else(|| error.to_string(), |why| format!("{error}: {why}"));
        OpenError::Migration { path: path.to_owned(), why }
    })
}

fn stop_at_statement(_: AuthContext<'_>) -> Authorization {
    fail::fail_point!("store.migrate.statement", |_| Authorization::Deny);
    Authorization::Allow
}

/// Fails unless the file has exactly the schema of this program.
pub(in crate::store) fn must_be_current(conn: &Connection, path: &Path) -> Result<(), OpenError> {
    let known = schema::migrations::runner().get_migrations().iter().map(|m| i64::from(m.version())).max().unwrap_or(0);
    let found = schema_version(conn).map_err(|error| cannot_use(path, &error))?;
    match found {
        _ if found > known => Err(OpenError::NewerSchema { path: path.to_owned(), found, known }),
        _ if found < known => Err(unusable(
            path,
            &format!("its schema has version {found}; start this `hotroom` once to bring it to {known}"),
        )),
        _ => Ok(()),
    }
}

fn schema_version(conn: &Connection) -> Result<i64, rusqlite::Error> {
    let known = conn
        .query_row("SELECT 1 FROM sqlite_master WHERE name = 'refinery_schema_history'", [], |_| Ok(()))
        .optional()?;
    match known {
        None => Ok(0),
        Some(()) => {
            conn.query_row("SELECT COALESCE(MAX(version), 0) FROM refinery_schema_history", [], |row| row.get(0))
        }
    }
}

/// Records the process that opened the file and returns the fence of this opening.
fn take_over(conn: &Connection, now: Timestamp) -> Result<i64, rusqlite::Error> {
    // The error of a commit would be lost with a statement that is not run to its end.
    let transaction = conn.unchecked_transaction()?;
    let fence = transaction.query_row(
        "INSERT INTO owner (one, fence, process, opened_at) VALUES (1, 1, $1, $2)
         ON CONFLICT (one) DO UPDATE SET fence = owner.fence + 1, process = excluded.process,
             opened_at = excluded.opened_at
         RETURNING fence",
        params![i64::from(std::process::id()), millis(now)],
        |row| row.get(0),
    )?;
    transaction.commit()?;
    Ok(fence)
}
