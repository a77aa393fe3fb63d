//! The pool of read-only connections.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{connection::open_reader, error::StoreError, job, tx::Reads};

/// How many queries run at once. The store is meant for two cores; more connections only cost memory.
const READERS: usize = 4;

/// A small pool of read-only connections.
pub(in crate::store) struct Readers {
    path: PathBuf,
    places: Semaphore,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    /// Creates a pool that opens its connections when they are first needed.
    pub(in crate::store) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), places: Semaphore::new(READERS), idle: Arc::default() }
    }

    /// Runs a query off the async threads, inside one read transaction.
    pub(in crate::store) async fn read<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reads<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let _place = self.places.acquire().await.map_err(|_| StoreError::Closed)?;
        let idle = Arc::clone(&self.idle);
        let path = self.path.clone();
        let ran = tokio::task::spawn_blocking(move || {
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let conn = match taken {
                Some(conn) => conn,
                None => open_reader(&path)?,
            };
            let result = one_view(&conn, query);
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
        self.places.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn one_view<T>(conn: &Connection, query: impl FnOnce(&Reads<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
    conn.execute_batch("BEGIN")?;
    let result = job::guarded(|| query(&Reads::new(conn)));
    conn.execute_batch("ROLLBACK")?;
    result
}
