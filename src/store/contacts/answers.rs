//! How fast people acknowledged pages.

use crate::{
    domain::{
        Timestamp,
        contact::AnswerTimes,
        ids::{PageId, PersonId},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{columns::millis, sql::params},
    },
};

/// How many of the last answers count.
const COUNTED: usize = 20;

impl Tx<'_> {
    /// Stores how long a person took to acknowledge a page. The first acknowledgement of a page counts.
    pub fn add_answer_time(
        &mut self,
        page: PageId,
        person: &PersonId,
        at: Timestamp,
        seconds: i64,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO page_answers (page, person, at, seconds) VALUES ($1, $2, $3, $4)
             ON CONFLICT (page, person) DO NOTHING",
            params![page.to_string(), person.as_str(), millis(at), seconds],
        )?;
        Ok(())
    }

    /// Forgets how fast a person acknowledged pages.
    pub fn forget_answer_times(&mut self, person: &PersonId) -> Result<(), StoreError> {
        self.run("DELETE FROM page_answers WHERE person = $1", params![person.as_str()])?;
        Ok(())
    }
}

impl Reads<'_> {
    /// How fast a person acknowledged the last pages.
    pub fn answer_times(&self, person: &PersonId) -> Result<Option<AnswerTimes>, StoreError> {
        let sql =
            format!("SELECT seconds FROM page_answers WHERE person = $1 ORDER BY at DESC, page DESC LIMIT {COUNTED}");
        let seconds: Vec<i64> = self.all(&sql, params![person.as_str()], |row| row.get(0))?;
        Ok(AnswerTimes::of(&seconds))
    }
}
