//! Tests of whether people can be reached.

use crate::{
    domain::{contact::ReachTest, ids::PageId},
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, millis, to_json},
            sql::{Row, params},
        },
    },
};

fn read_test(row: &Row<'_>) -> Result<ReachTest, StoreError> {
    from_json(&format_args!("test {}", row.get::<String>(0)?), &row.get::<String>(1)?)
}

impl Reads<'_> {
    /// A test by its id.
    pub fn reach_test(&self, id: PageId) -> Result<Option<ReachTest>, StoreError> {
        self.one("SELECT id, doc FROM reach_tests WHERE id = $1", params![id.to_string()], read_test)
    }

    /// The newest on-call test.
    pub fn last_on_call_test(&self) -> Result<Option<ReachTest>, StoreError> {
        let sql = "SELECT id, doc FROM reach_tests WHERE origin = 'on_call' ORDER BY at DESC LIMIT 1";
        self.one(sql, params![], read_test)
    }
}

impl Tx<'_> {
    /// Adds a test, or replaces it.
    pub fn save_reach_test(&mut self, test: &ReachTest) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO reach_tests (id, origin, at, doc) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET doc = excluded.doc",
            params![test.id.to_string(), test.origin.name(), millis(test.at), to_json(test)?],
        )?;
        Ok(())
    }
}
