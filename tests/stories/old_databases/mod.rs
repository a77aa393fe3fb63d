//! Databases of earlier layouts: each file of `tests/fixtures/*.sql` is opened, migrated, compared and read.
//!
//! `before-redesign.sql` was dumped from the code of commit 61e7dd6, with rows in every table. A dump is never changed;
//! `before-redesign.toml` has the settings of the bot that wrote it.

mod contents;
mod reading;
mod rows;

use std::{collections::BTreeSet, path::PathBuf};

use hotroom::domain::Timestamp;
use rusqlite::{Connection, types::Value};

/// A dump and its settings.
pub struct Dump {
    /// The statements that create the database.
    pub sql: &'static str,
    /// The `bot.toml` of the bot that wrote it.
    pub toml: &'static str,
    /// The last applied migration.
    pub schema: i64,
}

/// The database of the last commit before the redesign.
pub const BEFORE_REDESIGN: Dump = Dump {
    sql: include_str!("../../fixtures/before-redesign.sql"),
    toml: include_str!("../../fixtures/before-redesign.toml"),
    schema: 21,
};

/// A dump as a database file in a temporary folder.
pub struct Database {
    pub path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Database {
    /// Creates a file with the rows of a dump.
    pub fn of(dump: &Dump) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.db");
        Connection::open(&path).unwrap().execute_batch(dump.sql).unwrap();
        Self { path, _folder: folder }
    }

    /// Runs a statement on the file, bypassing the bot.
    pub fn run(&self, sql: &str) {
        self.connection().execute_batch(sql).unwrap();
    }

    /// Returns the rows of a query.
    pub fn rows(&self, sql: &str) -> Vec<Vec<Value>> {
        let connection = self.connection();
        let mut statement = connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| (0..columns).map(|at| row.get(at)).collect());
        rows.unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// Returns the first column of a query as text, in order.
    pub fn column(&self, sql: &str) -> Vec<String> {
        let text = |row: Vec<Value>| match row.into_iter().next() {
            Some(Value::Text(text)) => text,
            Some(Value::Integer(number)) => number.to_string(),
            other => panic!("{sql}: {other:?}"),
        };
        self.rows(sql).into_iter().map(text).collect()
    }

    /// Returns the first column of a query as text, each value once.
    pub fn texts(&self, sql: &str) -> BTreeSet<String> {
        self.column(sql).into_iter().collect()
    }

    /// Returns the names of the tables.
    pub fn tables(&self) -> BTreeSet<String> {
        self.texts("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    }

    /// Returns a time after everything in the database.
    pub fn after(&self) -> Timestamp {
        let sql = "SELECT MAX(at) FROM (SELECT MAX(at) AS at FROM events UNION ALL SELECT MAX(received_at) FROM inbox)";
        let [Value::Integer(last)] = self.rows(sql)[0][..] else { panic!("no events") };
        Timestamp::from_timestamp_millis(last + 1_000).unwrap()
    }

    fn connection(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }
}
