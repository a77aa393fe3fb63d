//! Opening the file: who may, which schema, and what the writer and the callers share.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    Health, OpenError, Options, Reads, Store, StoreError,
    columns::millis,
    readers::Readers,
    writer::{Job, Message, Writer},
};
use crate::domain::Timestamp;

/// How long a write waits for another program that holds the file's write lock.
pub(super) const BUSY_BOUND: Duration = Duration::from_secs(5);
/// How many prepared statements a connection keeps.
pub(super) const STATEMENTS: usize = 256;
/// SQLite before this version can damage the file when a checkpoint and a commit race (fixed in 3.51.3).
const LEAST_SQLITE: (i32, &str) = (3_051_003, "3.51.3");
/// After so many pages the log is folded into the file: 4 MiB, so that a start after a crash reads little.
const CHECKPOINT_PAGES: i64 = 1000;

mod schema {
    #![allow(missing_docs, reason = "made by the macro")]
    refinery::embed_migrations!("migrations");
}

/// What all clones of a store share.
pub(super) struct Inner {
    queue: Mutex<Option<mpsc::Sender<Message>>>,
    capacity: usize,
    readers: Readers,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
    fence: i64,
}

/// What the writer tells the others.
pub(super) struct Shared {
    path: PathBuf,
    inode: (u64, u64),
    commits: watch::Sender<u64>,
    failed: watch::Sender<Option<String>>,
    full: AtomicBool,
    corrupt: Mutex<Option<String>>,
    last_commit: Mutex<Option<Instant>>,
    lock: Mutex<Option<File>>,
}

impl Store {
    /// Opens the file, making it when it is absent, and brings its schema up to date.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong and what to do.
    pub fn open(options: &Options, now: Timestamp) -> Result<Self, OpenError> {
        check_sqlite()?;
        let lock = take_lock(&options.path, now)?;
        make_private(&options.path)?;
        let mut conn = open_writer(&options.path)?;
        migrate(&mut conn, &options.path)?;
        let fence = take_over(&conn, now).map_err(|error| damaged(&options.path, &error))?;
        let meta = std::fs::metadata(&options.path).map_err(|error| unusable(&options.path, &error))?;
        let shared = Arc::new(Shared {
            path: options.path.clone(),
            inode: (meta.dev(), meta.ino()),
            commits: watch::Sender::new(0),
            failed: watch::Sender::new(None),
            full: AtomicBool::new(false),
            corrupt: Mutex::default(),
            last_commit: Mutex::default(),
            lock: Mutex::new(Some(lock)),
        });
        let (sender, queue) = mpsc::channel(options.queue.max(1));
        let writer = Writer { conn, queue, batch: options.batch.max(1), shared: Arc::clone(&shared) };
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.run())
            .map_err(|error| unusable(&options.path, &error))?;
        let inner = Inner {
            queue: Mutex::new(Some(sender)),
            capacity: options.queue.max(1),
            readers: Readers::new(&options.path),
            shared,
            thread: Mutex::new(Some(thread)),
            fence,
        };
        Ok(Self { inner: Arc::new(inner) })
    }
}

fn check_sqlite() -> Result<(), OpenError> {
    if rusqlite::version_number() >= LEAST_SQLITE.0 {
        return Ok(());
    }
    Err(OpenError::OldSqlite { found: rusqlite::version().to_owned(), least: LEAST_SQLITE.1.to_owned() })
}

fn unusable(path: &Path, why: &dyn std::fmt::Display) -> OpenError {
    OpenError::Unusable { path: path.to_owned(), why: why.to_string() }
}

fn damaged(path: &Path, why: &dyn std::fmt::Display) -> OpenError {
    OpenError::Damaged { path: path.to_owned(), why: why.to_string() }
}

/// The name of a file that stands beside the database.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Two processes on one file would each send everything, so the second is refused by a lock that ends with its process.
fn take_lock(path: &Path, now: Timestamp) -> Result<File, OpenError> {
    let name = beside(path, ".lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let mut file = options.open(&name).map_err(|error| unusable(&name, &error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            let _ = (&mut file).take(200).read_to_string(&mut owner);
            let owner = if owner.trim().is_empty() { "unknown process".to_owned() } else { owner.trim().to_owned() };
            return Err(OpenError::Locked { path: path.to_owned(), owner });
        }
        Err(TryLockError::Error(error)) => return Err(unusable(&name, &error)),
    }
    // The text only helps whoever is refused; on a full disk it may be missing.
    let _ = file.set_len(0).and_then(|()| file.rewind());
    let _ = writeln!(file, "process {} since {}", std::process::id(), now.format("%Y-%m-%d %H:%M:%S UTC"));
    Ok(file)
}

/// The file holds what people said during incidents: only its owner may read it. SQLite gives its log the same mode.
fn make_private(path: &Path) -> Result<(), OpenError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(path).map_err(|error| unusable(path, &error))?;
    let meta = file.metadata().map_err(|error| unusable(path, &error))?;
    if meta.permissions().mode() & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others could read the database file; its mode is now 0600");
        file.set_permissions(PermissionsExt::from_mode(0o600)).map_err(|error| unusable(path, &error))?;
    }
    Ok(())
}

fn open_writer(path: &Path) -> Result<Connection, OpenError> {
    let open = || -> Result<Connection, rusqlite::Error> {
        let conn = Connection::open(path)?;
        conn.busy_timeout(BUSY_BOUND)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        conn.pragma_update(None, "journal_mode", "WAL")?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        conn.pragma_update(None, "foreign_keys", true)?;
        conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        conn.pragma_update(None, "cache_size", -16_384)?;
        Ok(conn)
    };
    open().map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => damaged(path, &error),
        Some(_) | None => unusable(path, &error),
    })
}

fn migrate(conn: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let runner = schema::migrations::runner();
    let known = runner.get_migrations().iter().map(|m| i64::from(m.version())).max().unwrap_or(0);
    let found = schema_version(conn).map_err(|error| damaged(path, &error))?;
    if found > known {
        return Err(OpenError::NewerSchema { path: path.to_owned(), found, known });
    }
    fail::fail_point!("store.before_migrate");
    let done = runner.set_abort_divergent(true).set_abort_missing(true).run(conn);
    fail::fail_point!("store.after_migrate");
    done.map(drop).map_err(|error| OpenError::Migration { path: path.to_owned(), why: error.to_string() })
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

/// Writes who holds the file now, and counts the openings.
fn take_over(conn: &Connection, now: Timestamp) -> Result<i64, rusqlite::Error> {
    conn.query_row(
        "INSERT INTO owner (one, fence, process, opened_at) VALUES (1, 1, $1, $2)
         ON CONFLICT (one) DO UPDATE SET fence = owner.fence + 1, process = excluded.process,
             opened_at = excluded.opened_at
         RETURNING fence",
        params![i64::from(std::process::id()), millis(now)],
        |row| row.get(0),
    )
}

impl Inner {
    /// Puts work in the queue, or refuses it at once.
    pub(super) fn offer(&self, job: Job) -> Result<(), StoreError> {
        self.sender()?.try_send(Message::Work(job)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
        })
    }

    /// Puts work in the queue when there is room.
    pub(super) async fn submit(&self, job: Job) -> Result<(), StoreError> {
        let sender = self.sender()?;
        sender.send(Message::Work(job)).await.map_err(|_| StoreError::Closed)
    }

    fn sender(&self) -> Result<mpsc::Sender<Message>, StoreError> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.clone().ok_or(StoreError::Closed)
    }

    /// Runs a query on the pool.
    pub(super) async fn read<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reads<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        if self.shared.failed.borrow().is_some() {
            return Err(StoreError::Closed);
        }
        let answer = self.readers.read(query).await;
        if let Err(StoreError::Corrupt(why)) = &answer {
            self.shared.damage_seen(why);
        }
        answer
    }

    pub(super) fn commits(&self) -> watch::Receiver<u64> {
        self.shared.commits.subscribe()
    }

    pub(super) fn failed(&self) -> watch::Receiver<Option<String>> {
        self.shared.failed.subscribe()
    }

    pub(super) fn fence(&self) -> i64 {
        self.fence
    }

    pub(super) fn path(&self) -> &Path {
        &self.shared.path
    }

    pub(super) fn health(&self) -> Health {
        let queued = self.sender().map_or(0, |sender| self.capacity - sender.capacity());
        let last = *self.shared.last_commit.lock().unwrap_or_else(PoisonError::into_inner);
        Health {
            queued,
            queue: self.capacity,
            last_commit_age: last.map(|at| at.elapsed()),
            failed: self.shared.failed.borrow().clone(),
            full: self.shared.is_full(),
            corrupt: self.shared.corrupt.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            file: self.shared.file_trouble(),
        }
    }

    pub(super) async fn close(&self) -> Result<(), StoreError> {
        let sender = self.queue.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(StoreError::Closed)?;
        self.readers.close();
        let (done, finished) = oneshot::channel();
        sender.send(Message::Close(done)).await.map_err(|_| StoreError::Closed)?;
        finished.await.map_err(|_| StoreError::Closed)
    }
}

impl Drop for Inner {
    /// The writer ends with its queue. It is waited for, so that whoever dropped the store can open the file again; work
    /// that holds the last clone runs on the writer itself and cannot wait.
    fn drop(&mut self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.readers.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    pub(super) fn committed(&self, changed: bool) {
        *self.last_commit.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        if changed {
            self.commits.send_modify(|count| *count += 1);
        }
    }

    pub(super) fn fail(&self, why: String) {
        self.failed.send_if_modified(|failed| {
            let first = failed.is_none();
            failed.get_or_insert(why);
            first
        });
    }

    pub(super) fn damage_seen(&self, why: &str) {
        let mut corrupt = self.corrupt.lock().unwrap_or_else(PoisonError::into_inner);
        if corrupt.is_none() {
            tracing::error!(why, "damaged data was met");
            *corrupt = Some(why.to_owned());
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    pub(super) fn disk_is_full(&self) {
        if !self.full.swap(true, Ordering::Relaxed) {
            tracing::error!(path = %self.path.display(), "the disk is full; writes from outside are refused");
        }
    }

    pub(super) fn space_is_back(&self) -> bool {
        self.full.store(false, Ordering::Relaxed);
        true
    }

    /// Lets another process open the file.
    pub(super) fn let_go(&self) {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn file_trouble(&self) -> Option<String> {
        match std::fs::metadata(&self.path) {
            Ok(meta) if (meta.dev(), meta.ino()) == self.inode => None,
            Ok(_) => Some("the database file was replaced by another".to_owned()),
            Err(error) => Some(format!("the database file cannot be reached: {error}")),
        }
    }
}
