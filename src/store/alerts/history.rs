//! Alerts and groups in the order they came, one part at a time.

use super::recent_counts::least_id;
use crate::{
    domain::{
        Timestamp,
        alert::{Alert, AlertGroup},
    },
    store::{
        Reads, StoreError,
        engine::{
            columns::{millis, row_limit},
            sql::params,
        },
    },
};

impl Reads<'_> {
    /// At most `limit` alerts of groups, first reported at `since` or later, in the order they came; those after `after`.
    pub fn alerts_begun(
        &self,
        since: Timestamp,
        after: Option<&Alert>,
        limit: usize,
    ) -> Result<Vec<Alert>, StoreError> {
        let after = after.map_or_else(String::new, |alert| alert.id.to_string());
        let condition = "id >= $1 AND id > $2 AND group_id IS NOT NULL ORDER BY id LIMIT $3";
        self.alerts_where(condition, params![least_id(since), after, row_limit(limit)])
    }

    /// The same alerts in the order they resolved.
    pub fn alerts_ended(
        &self,
        since: Timestamp,
        after: Option<&Alert>,
        limit: usize,
    ) -> Result<Vec<Alert>, StoreError> {
        let end = after.and_then(|alert| alert.ends_at).unwrap_or(since);
        let id = after.map_or_else(String::new, |alert| alert.id.to_string());
        let condition =
            "firing = 0 AND ends_at >= $1 AND (ends_at > $1 OR id > $2) AND id >= $3 AND group_id IS NOT NULL
            ORDER BY ends_at, id LIMIT $4";
        self.alerts_where(condition, params![millis(end), id, least_id(since), row_limit(limit)])
    }

    /// At most `limit` groups that opened at `since` or later, in that order; those after `after`.
    pub fn groups_opened(
        &self,
        since: Timestamp,
        after: Option<&AlertGroup>,
        limit: usize,
    ) -> Result<Vec<AlertGroup>, StoreError> {
        let after = after.map_or_else(String::new, |group| group.id.to_string());
        let condition = "id >= $1 AND id > $2 ORDER BY id LIMIT $3";
        self.groups_where(condition, params![least_id(since), after, row_limit(limit)])
    }
}
