//! Query plans of the built-in chat, for the test that no query reads a whole table.

use crate::store::{Reads, StoreError};

use super::{messages, rooms};

impl Reads<'_> {
    /// The plan of each query that runs while people have a room open.
    pub fn chat_plans(&self) -> Result<Vec<(&'static str, Vec<String>)>, StoreError> {
        let queries = [
            ("rail", rooms::rail_sql()),
            ("room", rooms::seen_sql()),
            ("changes", messages::changes_sql()),
            ("before", messages::before_sql()),
            ("after", messages::after_sql()),
            ("private", rooms::PRIVATE.to_owned()),
        ];
        let mut plans = Vec::new();
        for (name, sql) in queries {
            plans.push((name, self.query_plan(&sql)?));
        }
        Ok(plans)
    }
}
