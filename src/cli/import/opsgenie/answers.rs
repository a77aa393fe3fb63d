//! The answers of Opsgenie's REST API, as far as they are read (docs.opsgenie.com/docs/api-overview).

use chrono::{DateTime, Utc};
use serde::Deserialize;

/// An answer: what was asked for is in `data`.
#[derive(Deserialize)]
pub(super) struct OpsgenieAnswer<T> {
    pub data: T,
}

/// `GET /v2/users`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpsgenieUser {
    pub id: String,
    pub username: String,
    #[serde(default)]
    pub full_name: String,
    #[serde(default)]
    pub blocked: bool,
    #[serde(default)]
    pub time_zone: Option<String>,
    #[serde(default)]
    pub role: Option<OpsgenieUserRole>,
}

#[derive(Deserialize)]
pub(super) struct OpsgenieUserRole {
    #[serde(default)]
    pub name: String,
}

/// `GET /v2/teams/{id}`; the list of teams lacks the members.
#[derive(Deserialize)]
pub(super) struct OpsgenieTeam {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub members: Vec<OpsgenieMember>,
}

#[derive(Deserialize)]
pub(super) struct OpsgenieMember {
    pub user: OpsgenieRecipient,
}

/// `GET /v2/schedules?expand=rotation`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpsgenieSchedule {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub timezone: Option<String>,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default)]
    pub rotations: Vec<OpsgenieRotation>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpsgenieRotation {
    #[serde(default)]
    pub name: String,
    pub start_date: DateTime<Utc>,
    #[serde(default)]
    pub end_date: Option<DateTime<Utc>>,
    #[serde(rename = "type")]
    pub unit: OpsgenieRotationUnit,
    #[serde(default = "one")]
    pub length: u32,
    #[serde(default)]
    pub participants: Vec<OpsgenieRecipient>,
    #[serde(default)]
    pub time_restriction: Option<OpsgenieTimeRestriction>,
}

fn one() -> u32 {
    1
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum OpsgenieRotationUnit {
    Hourly,
    Daily,
    Weekly,
}

/// Whom something is for.
#[derive(Clone, Deserialize)]
pub(super) struct OpsgenieRecipient {
    #[serde(rename = "type", default)]
    pub sort: String,
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub username: String,
}

impl OpsgenieRecipient {
    /// What it is called.
    pub fn called(&self) -> &str {
        [&self.name, &self.username, &self.id].into_iter().find(|text| !text.is_empty()).map_or("", String::as_str)
    }
}

/// One time of day has `restriction`, parts of the week have `restrictions`.
#[derive(Deserialize)]
pub(super) struct OpsgenieTimeRestriction {
    #[serde(default)]
    pub restriction: Option<OpsgenieTimeRange>,
    #[serde(default)]
    pub restrictions: Vec<OpsgenieTimeRange>,
}

/// A part of the day, or of the week if it has days.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpsgenieTimeRange {
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
pub(super) struct OpsgenieEscalation {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub owner_team: Option<OpsgenieRecipient>,
    #[serde(default)]
    pub rules: Vec<OpsgenieEscalationRule>,
    #[serde(default)]
    pub repeat: Option<OpsgenieRepeat>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpsgenieEscalationRule {
    #[serde(default)]
    pub condition: String,
    #[serde(default)]
    pub notify_type: String,
    #[serde(default)]
    pub delay: Option<OpsgenieDelay>,
    pub recipient: OpsgenieRecipient,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpsgenieDelay {
    #[serde(default)]
    pub time_amount: u64,
    #[serde(default)]
    pub time_unit: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpsgenieRepeat {
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
pub(super) struct OpsgenieScheduleOverride {
    #[serde(rename = "_parent", default)]
    pub parent: Option<OpsgenieRecipient>,
    pub user: OpsgenieRecipient,
    pub start_date: DateTime<Utc>,
    pub end_date: DateTime<Utc>,
}
