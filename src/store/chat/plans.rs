//! How SQLite means to run the chat's queries, for the test that none of them reads a whole table.

use crate::store::{Reads, StoreError};

use super::{messages, rooms};

impl Reads<'_> {
    /// The steps of each query that runs while people look at a room.
    pub fn chat_plans(&self) -> Result<Vec<(&'static str, Vec<String>)>, StoreError> {
        let queries = [
            ("rail", rooms::rail_sql()),
            ("room", rooms::seen_sql()),
            ("changes", messages::changes_sql()),
            ("before", messages::before_sql()),
            ("after", messages::after_sql()),
        ];
        let mut plans = Vec::new();
        for (what, sql) in queries {
            let mut statement = self.conn().prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let nulls = vec![rusqlite::types::Null; statement.parameter_count()];
            let steps = statement.query_map(rusqlite::params_from_iter(nulls), |row| row.get::<_, String>(3))?;
            plans.push((what, steps.collect::<Result<_, _>>()?));
        }
        Ok(plans)
    }
}
