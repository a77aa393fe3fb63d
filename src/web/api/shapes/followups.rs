//! Follow-ups.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{actor, some, text};
use crate::domain::review::FollowUpItem;

/// A follow-up.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FollowUp)]
pub struct FollowUpShape {
    /// Its id.
    pub id: String,
    /// The key of its incident.
    #[schema(example = "HOT-12")]
    pub incident: String,
    /// Its number within the incident.
    pub number: u32,
    /// What to do.
    pub title: String,
    /// `priority` or `improvement`.
    pub kind: &'static str,
    /// `investigate`, `mitigate`, `repair`, `detect` or `prevent`.
    pub class: &'static str,
    /// Who does it.
    pub owner: Option<String>,
    /// When it should be done.
    pub due: Option<DateTime<Utc>>,
    /// True if it is open and that time has passed.
    pub overdue: bool,
    /// Where its work is tracked.
    pub link: Option<String>,
    /// The key of its issue in an outside tracker, if hotroom created it there.
    pub issue: Option<String>,
    /// `open`, `done` or `not_doing`.
    pub state: &'static str,
    /// Why it is not done.
    pub reason: Option<String>,
    /// Who added it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was done, or dropped.
    pub ended_at: Option<DateTime<Utc>>,
}

impl FollowUpShape {
    /// The shape of a follow-up at a time.
    pub fn of(item: &FollowUpItem, now: DateTime<Utc>) -> Self {
        Self {
            id: item.id.to_string(),
            incident: item.key.to_string(),
            number: item.number,
            title: text(&item.title),
            kind: item.kind.name(),
            class: item.class.name(),
            owner: item.owner.as_ref().map(ToString::to_string),
            due: item.due,
            overdue: item.is_overdue(now),
            link: item.link.as_ref().and_then(some),
            issue: item.issue.clone(),
            state: item.state.name(),
            reason: item.reason.as_ref().and_then(some),
            created_by: actor(&item.created_by),
            created_at: item.created_at,
            ended_at: item.ended_at,
        }
    }
}
