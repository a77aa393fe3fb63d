//! The pool of read-only connections.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{connection::open_reader, error::StoreError, job, tx::Reads};

/// How many queries run at once. The store is meant for two cores; more connections only cost memory.
const READERS: usize = 4;
/// How many of them may be searches. At least one reader is always free for commands, sign-ins and pages.
const SEARCHES: usize = READERS - 1;
/// How long a search may take.
const SEARCH_TIME: Duration = Duration::from_secs(5);
/// How many steps of SQLite's machine pass between two looks at the clock.
const STEPS: i32 = 10_000;

/// How much a query may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum ReadKind {
    /// A query by key, or one that the bot itself needs.
    Short,
    /// A query of a list or a page: bounded by time, and it cannot take all readers.
    Search,
}

/// A small pool of read-only connections.
pub(in crate::store) struct Readers {
    path: PathBuf,
    places: Semaphore,
    searches: Semaphore,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    /// Creates a pool that opens its connections when they are first needed.
    pub(in crate::store) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            places: Semaphore::new(READERS),
            searches: Semaphore::new(SEARCHES),
            idle: Arc::default(),
        }
    }

    /// Runs a query off the async threads, inside one read transaction.
    pub(in crate::store) async fn read<T, F>(&self, kind: ReadKind, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reads<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let _search = match kind {
            ReadKind::Search => Some(self.searches.acquire().await.map_err(|_| StoreError::Closed)?),
            ReadKind::Short => None,
        };
        let _place = self.places.acquire().await.map_err(|_| StoreError::Closed)?;
        let idle = Arc::clone(&self.idle);
        let path = self.path.clone();
        let ran = tokio::task::spawn_blocking(move || {
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut conn = match taken {
                Some(conn) => conn,
                None => open_reader(&path)?,
            };
            let result = match kind {
                ReadKind::Short => one_view(&conn, query),
                ReadKind::Search => within(SEARCH_TIME, &mut conn, query),
            };
            // A connection that is stuck in its transaction would show old data to the next query.
            if conn.is_autocommit() {
                idle.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
            }
            result
        });
        ran.await.unwrap_or_else(|error| Err(StoreError::Panicked(error.to_string())))
    }

    /// Closes the idle connections and refuses new queries.
    pub(in crate::store) fn close(&self) {
        self.searches.close();
        self.places.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Runs a query that SQLite interrupts when its time is up.
fn within<T>(
    limit: Duration,
    conn: &mut Connection,
    query: impl FnOnce(&Reads<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let end = Instant::now() + limit;
    conn.progress_handler(STEPS, Some(move || Instant::now() > end))?;
    let result = one_view(conn, query);
    conn.progress_handler(0, None::<fn() -> bool>)?;
    result
}

fn one_view<T>(conn: &Connection, query: impl FnOnce(&Reads<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
    conn.execute_batch("BEGIN")?;
    let result = job::guarded(|| query(&Reads::new(conn)));
    conn.execute_batch("ROLLBACK")?;
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_without_end_is_stopped_and_its_connection_is_used_again() {
        let mut conn = Connection::open_in_memory().unwrap();
        let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
        let stopped =
            within(Duration::from_millis(50), &mut conn, |reads| reads.one(endless, &[], |row| row.get::<i64>(0)));
        assert_eq!(stopped, Err(StoreError::TooSlow));
        let next =
            within(Duration::from_secs(60), &mut conn, |reads| reads.one("SELECT 1", &[], |row| row.get::<i64>(0)));
        assert_eq!(next, Ok(Some(1)));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn searches_leave_a_reader_for_commands() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("x.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE x (i)").unwrap();
        let readers = Arc::new(Readers::new(&path));
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let wait = Arc::new(Mutex::new(wait));
        let searches: Vec<_> = (0..10)
            .map(|_| {
                let (readers, wait) = (Arc::clone(&readers), Arc::clone(&wait));
                tokio::spawn(async move {
                    let search = move |_: &Reads<'_>| Ok(wait.lock().unwrap().recv().is_ok());
                    readers.read(ReadKind::Search, search).await
                })
            })
            .collect();
        let short = readers.read(ReadKind::Short, |reads| reads.one("SELECT 1", &[], |row| row.get::<i64>(0)));
        let short = tokio::time::timeout(Duration::from_secs(30), short).await.expect("it does not wait for searches");
        assert_eq!(short, Ok(Some(1)));
        (0..10).for_each(|_| go.send(()).unwrap());
        for search in searches {
            assert_eq!(search.await.unwrap(), Ok(true));
        }
    }
}
