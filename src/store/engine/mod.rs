//! The SQLite engine: opening, the writer thread, reader connections, transactions, maintenance. Only this folder names
//! the database driver.

pub(super) mod columns;
pub(super) mod conditions;
pub(super) mod connection;
pub(super) mod disk_reserve;
pub(super) mod error;
pub(super) mod job;
pub(super) mod lock;
pub(super) mod maintenance;
pub(super) mod open;
pub(super) mod paths;
pub(super) mod readers;
pub(super) mod rebuild;
pub(super) mod scan;
pub(super) mod shared;
pub(super) mod silence_cache;
pub(super) mod sql;
pub(super) mod tx;
pub(super) mod writer;
