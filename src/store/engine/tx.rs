//! What a transaction and a query hold.

use std::ops::Deref;

use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::store::{StoreError, alerts::silences::Kept};

/// One view of the data. Its methods are in the query files of this folder.
pub struct Reads<'a> {
    conn: &'a Connection,
}

/// One transaction. It can do all that [`Reads`] can, and write.
pub struct Tx<'a> {
    reads: Reads<'a>,
    kept: &'a Kept,
}

impl<'a> Reads<'a> {
    pub(in crate::store) fn new(conn: &'a Connection) -> Self {
        Self { conn }
    }

    /// The connection, for the query files of this folder. Statements should be taken with `prepare_cached`.
    pub(in crate::store) fn conn(&self) -> &'a Connection {
        self.conn
    }

    /// The one row of a query, if there is one.
    pub(in crate::store) fn one<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        read: impl FnOnce(&Row<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.conn.prepare_cached(sql)?.query_row(params, read).optional()?)
    }

    /// All rows of a query; the query has to bound them.
    pub(in crate::store) fn all<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        read: impl FnMut(&Row<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl<'a> Tx<'a> {
    pub(in crate::store) fn new(conn: &'a Connection, kept: &'a Kept) -> Self {
        Self { reads: Reads::new(conn), kept }
    }

    /// What the writer keeps of the data between transactions.
    pub(in crate::store) fn kept(&self) -> &'a Kept {
        self.kept
    }

    /// Runs a statement that writes, and tells how many rows it changed.
    pub(in crate::store) fn run<P: Params>(&self, sql: &str, params: P) -> Result<usize, StoreError> {
        Ok(self.reads.conn.prepare_cached(sql)?.execute(params)?)
    }
}

impl<'a> Deref for Tx<'a> {
    type Target = Reads<'a>;

    fn deref(&self) -> &Reads<'a> {
        &self.reads
    }
}
