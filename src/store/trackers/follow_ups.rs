//! The links between follow-ups and issues.

use crate::{
    domain::{
        ids::{FollowUpId, TrackerId},
        tracker::FollowUpIssue,
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, to_json},
            sql::{Row, params},
        },
    },
};

fn read_issue(row: &Row<'_>) -> Result<FollowUpIssue, StoreError> {
    from_json(&format_args!("the issue of follow-up {}", row.get::<String>(0)?), &row.get::<String>(1)?)
}

impl Reads<'_> {
    /// The issue of a follow-up.
    pub fn followup_issue(&self, followup: FollowUpId) -> Result<Option<FollowUpIssue>, StoreError> {
        let sql = "SELECT followup, doc FROM followup_issues WHERE followup = $1";
        self.one(sql, params![followup.to_string()], read_issue)
    }

    /// The link of an issue that is that of a follow-up.
    pub fn followup_of_issue(&self, tracker: &TrackerId, issue: &str) -> Result<Option<FollowUpIssue>, StoreError> {
        let sql = "SELECT followup, doc FROM followup_issues WHERE tracker = $1 AND issue = $2";
        self.one(sql, params![tracker.as_str(), issue], read_issue)
    }
}

impl Tx<'_> {
    /// Writes the link of a follow-up.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the issue belongs to another follow-up.
    pub fn save_followup_issue(&mut self, link: &FollowUpIssue) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO followup_issues (followup, tracker, issue, doc) VALUES ($1, $2, $3, $4)
             ON CONFLICT (followup) DO UPDATE SET tracker = excluded.tracker, issue = excluded.issue, doc = excluded.doc",
            params![
                link.followup.to_string(),
                link.tracker.as_str(),
                link.issue.as_ref().map(|issue| issue.id.as_str()),
                to_json(link)?,
            ],
        )
        .map(drop)
    }
}
