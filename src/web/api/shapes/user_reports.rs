//! Reports from users.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{actor, some, text};
use crate::domain::{ids::Key, user_report::UserReport};

/// A report from a user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserReport)]
pub struct UserReportShape {
    /// Its number.
    pub number: u32,
    /// `open`, `declared`, `duplicate` or `closed`: no incident, or one that the caller may not see.
    pub state: &'static str,
    /// How it arrived: `console`, `form`, `mail` or `service_desk`.
    pub channel: &'static str,
    /// What is wrong, in one line.
    pub title: String,
    /// What the reporter noticed.
    pub details: String,
    /// The person who reported it, if that is one of `[[people]]`.
    pub person: Option<String>,
    /// The name that the reporter gave; null after it was erased.
    pub name: Option<String>,
    /// The mail address of the reporter; null after it was erased, and for callers who decide nothing.
    pub address: Option<String>,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// The key of its incident, if the caller may see it.
    pub incident: Option<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
}

impl UserReportShape {
    /// The shape of a report.
    pub fn of(report: &UserReport, incident: Option<Key>) -> Self {
        Self {
            number: report.number,
            state: report.shown_state(incident.is_some()),
            channel: report.channel.name(),
            title: text(&report.title),
            details: text(&report.details),
            person: report.person.as_ref().map(ToString::to_string),
            name: some(&report.name),
            address: report.address.clone(),
            received_at: report.received_at,
            incident: incident.map(|key| key.to_string()),
            decided_by: report.decided_by.as_ref().map(actor),
            decided_at: report.decided_at,
        }
    }
}
