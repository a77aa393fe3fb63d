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
            plans.push((what, self.query_plan(&sql)?));
        }
        Ok(plans)
    }
}
