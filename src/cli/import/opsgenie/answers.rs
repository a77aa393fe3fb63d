//! The answers of Opsgenie's REST API, as far as they are read (docs.opsgenie.com/docs/api-overview).

use chrono::{DateTime, Utc};
use serde::Deserialize;

/// An answer: what was asked for is in `data`.
#[derive(Deserialize)]
pub(super) struct Answer<T> {
    pub data: T,
}

/// `GET /v2/users`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    pub id: String,
    pub username: String,
    #[serde(default)]
    pub full_name: String,
    #[serde(default)]
    pub blocked: bool,
    #[serde(default)]
    pub time_zone: Option<String>,
    #[serde(default)]
    pub role: Option<UserRole>,
}

#[derive(Deserialize)]
pub(super) struct UserRole {
    #[serde(default)]
    pub name: String,
}

/// `GET /v2/teams/{id}`; the list of teams lacks the members.
#[derive(Deserialize)]
pub(super) struct Team {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub members: Vec<Member>,
}

#[derive(Deserialize)]
pub(super) struct Member {
    pub user: Recipient,
}

/// `GET /v2/schedules?expand=rotation`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Schedule {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub timezone: Option<String>,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default)]
    pub rotations: Vec<Rotation>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rotation {
    #[serde(default)]
    pub name: String,
    pub start_date: DateTime<Utc>,
    #[serde(default)]
    pub end_date: Option<DateTime<Utc>>,
    #[serde(rename = "type")]
    pub unit: RotationUnit,
    #[serde(default = "one")]
    pub length: u32,
    #[serde(default)]
    pub participants: Vec<Recipient>,
    #[serde(default)]
    pub time_restriction: Option<TimeRestriction>,
}

fn one() -> u32 {
    1
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RotationUnit {
    Hourly,
    Daily,
    Weekly,
}

/// Whom something is for.
#[derive(Clone, Deserialize)]
pub(super) struct Recipient {
    #[serde(rename = "type", default)]
    pub sort: String,
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub username: String,
}

impl Recipient {
    /// What it is called.
    pub fn called(&self) -> &str {
        [&self.name, &self.username, &self.id].into_iter().find(|text| !text.is_empty()).map_or("", String::as_str)
    }
}

/// One time of day has `restriction`, parts of the week have `restrictions`.
#[derive(Deserialize)]
pub(super) struct TimeRestriction {
    #[serde(default)]
    pub restriction: Option<TimeRange>,
    #[serde(default)]
    pub restrictions: Vec<TimeRange>,
}

/// A part of the day, or of the week if it has days.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TimeRange {
    #[serde(default)]
    pub start_day: Option<String>,
    pub start_hour: u32,
    #[serde(default)]
    pub start_min: u32,
    #[serde(default)]
    pub end_day: Option<String>,
    pub end_hour: u32,
    #[serde(default)]
    pub end_min: u32,
}

/// `GET /v2/escalations`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Escalation {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub owner_team: Option<Recipient>,
    #[serde(default)]
    pub rules: Vec<EscalationRule>,
    #[serde(default)]
    pub repeat: Option<Repeat>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EscalationRule {
    #[serde(default)]
    pub condition: String,
    #[serde(default)]
    pub notify_type: String,
    #[serde(default)]
    pub delay: Option<Delay>,
    pub recipient: Recipient,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Delay {
    #[serde(default)]
    pub time_amount: u64,
    #[serde(default)]
    pub time_unit: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Repeat {
    #[serde(default)]
    pub wait_interval: Option<u64>,
    #[serde(default)]
    pub count: Option<u64>,
    #[serde(default)]
    pub close_alert_after_all: Option<bool>,
}

/// `GET /v2/schedules/{id}/overrides`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScheduleOverride {
    #[serde(rename = "_parent", default)]
    pub parent: Option<Recipient>,
    pub user: Recipient,
    pub start_date: DateTime<Utc>,
    pub end_date: DateTime<Utc>,
}
