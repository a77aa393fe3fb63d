//! Pull requests that were reported.

use crate::{
    domain::{Timestamp, tracker::PullRequest},
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, millis, row_limit, signed, to_json},
            sql::{Row, params},
        },
    },
};

fn read_pull_request(row: &Row<'_>) -> Result<PullRequest, StoreError> {
    from_json(&format_args!("the pull request {}", row.get::<String>(0)?), &row.get::<String>(1)?)
}

impl Reads<'_> {
    /// A pull request.
    pub fn pull_request(&self, repository: &str, number: u64) -> Result<Option<PullRequest>, StoreError> {
        let sql = "SELECT repository, doc FROM pull_requests WHERE repository = $1 AND number = $2";
        self.one(sql, params![repository, signed(number)], read_pull_request)
    }

    /// A pull request by the name of its repository in any case.
    pub fn pull_request_of(&self, repository: &str, number: u64) -> Result<Option<PullRequest>, StoreError> {
        let sql = "SELECT repository, doc FROM pull_requests WHERE LOWER(repository) = LOWER($1) AND number = $2";
        self.one(sql, params![repository, signed(number)], read_pull_request)
    }

    /// The pull requests that were opened since a time and name no issue, oldest first.
    pub fn pull_requests_without_key(&self, since: Timestamp, most: usize) -> Result<Vec<PullRequest>, StoreError> {
        let sql = "SELECT repository, doc FROM pull_requests WHERE names_none = 1 AND opened >= $1
             ORDER BY opened, repository, number LIMIT $2";
        self.all(sql, params![millis(since), row_limit(most)], read_pull_request)
    }
}

impl Tx<'_> {
    /// Writes a pull request.
    pub fn save_pull_request(&mut self, pull: &PullRequest) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO pull_requests (repository, number, opened, updated, names_none, doc)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (repository, number) DO UPDATE SET opened = excluded.opened, updated = excluded.updated,
                 names_none = excluded.names_none, doc = excluded.doc",
            params![
                pull.repository,
                signed(pull.number),
                millis(pull.opened),
                millis(pull.updated),
                i64::from(pull.mentions.is_empty()),
                to_json(pull)?,
            ],
        )
        .map(drop)
    }

    /// Forgets pull requests that were last changed before a time. Returns how many.
    pub fn prune_pull_requests(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.run("DELETE FROM pull_requests WHERE updated < $1", params![millis(before)])
    }
}
