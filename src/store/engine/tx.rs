//! Transactions and read-only views, with the statements that query files run on them.

use std::ops::{ControlFlow, Deref};

use rusqlite::Connection;

use super::{
    error::StoreError,
    silence_cache::SilenceCache,
    sql::{Param, Row, bind},
};

/// One view of the data. Its methods are in the query files beside this folder.
pub struct Reads<'a> {
    conn: &'a Connection,
}

/// One transaction. It can do all that [`Reads`] can, and write.
pub struct Tx<'a> {
    reads: Reads<'a>,
    silence_cache: &'a SilenceCache,
}

impl<'a> Reads<'a> {
    pub(super) fn new(conn: &'a Connection) -> Self {
        Self { conn }
    }

    pub(super) fn conn(&self) -> &'a Connection {
        self.conn
    }

    /// The first row of a query; `None` if there is none.
    pub(in crate::store) fn one<T>(
        &self,
        sql: &str,
        params: &[&dyn Param],
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(bind(params))?;
        rows.next()?.map(|row| read(&Row::new(row))).transpose()
    }

    /// All rows of a query; the query has to bound them.
    pub(in crate::store) fn all<T>(
        &self,
        sql: &str,
        params: &[&dyn Param],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(bind(params))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(&Row::new(row))?);
        }
        Ok(found)
    }

    /// Passes the rows of a query to `visit`, one at a time, until it breaks off: for queries over a whole table.
    pub(in crate::store) fn each(
        &self,
        sql: &str,
        mut visit: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if visit(&Row::new(row))?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// How often a prepared statement was planned again.
    #[cfg(test)]
    pub(in crate::store) fn replans(&self, sql: &str) -> Result<i32, StoreError> {
        Ok(self.conn.prepare_cached(sql)?.get_status(rusqlite::StatementStatus::RePrepare))
    }

    /// The steps by which the database would run a query, for tests that none of them reads a whole table.
    #[cfg(test)]
    pub(in crate::store) fn query_plan(&self, sql: &str) -> Result<Vec<String>, StoreError> {
        let mut statement = self.conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let nulls = vec![rusqlite::types::Null; statement.parameter_count()];
        let steps = statement.query_map(rusqlite::params_from_iter(nulls), |row| row.get(3))?;
        Ok(steps.collect::<Result<_, _>>()?)
    }
}

impl<'a> Tx<'a> {
    pub(super) fn new(conn: &'a Connection, silence_cache: &'a SilenceCache) -> Self {
        Self { reads: Reads::new(conn), silence_cache }
    }

    /// The compiled silences that the engine keeps between transactions.
    pub(in crate::store) fn silence_cache(&self) -> &'a SilenceCache {
        self.silence_cache
    }

    /// Runs a statement that writes and returns the number of rows it changed.
    pub(in crate::store) fn run(&self, sql: &str, params: &[&dyn Param]) -> Result<usize, StoreError> {
        Ok(self.reads.conn.prepare_cached(sql)?.execute(bind(params))?)
    }

    /// Runs `work` so that what it deletes or replaces leaves no trace in the file (SQLite, `PRAGMA secure_delete`).
    pub(in crate::store) fn overwriting<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let conn = self.reads.conn;
        let set = |on: bool| conn.pragma_update_and_check(None, "secure_delete", on, |_| Ok(()));
        set(true)?;
        let done = work(self);
        set(false)?;
        done
    }
}

impl<'a> Deref for Tx<'a> {
    type Target = Reads<'a>;

    fn deref(&self) -> &Reads<'a> {
        &self.reads
    }
}
