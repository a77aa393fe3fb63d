//! The answers of PagerDuty's REST API, version 2, as far as they are read (developer.pagerduty.com/api-reference).

use chrono::{DateTime, FixedOffset, Utc};
use serde::Deserialize;

/// `GET /users`
#[derive(Deserialize)]
pub(super) struct PagerDutyUsers {
    pub users: Vec<PagerDutyUser>,
    /// True if there is another page of the list.
    #[serde(default)]
    pub more: bool,
}

#[derive(Deserialize)]
pub(super) struct PagerDutyUser {
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub role: String,
    #[serde(default)]
    pub time_zone: Option<String>,
}

/// `GET /teams`
#[derive(Deserialize)]
pub(super) struct PagerDutyTeams {
    pub teams: Vec<PagerDutyTeam>,
    #[serde(default)]
    pub more: bool,
}

#[derive(Deserialize)]
pub(super) struct PagerDutyTeam {
    pub id: String,
    pub name: String,
}

/// `GET /teams/{id}/members`
#[derive(Deserialize)]
pub(super) struct PagerDutyMembers {
    pub members: Vec<PagerDutyMember>,
    #[serde(default)]
    pub more: bool,
}

#[derive(Deserialize)]
pub(super) struct PagerDutyMember {
    pub user: PagerDutyReference,
}

/// Something that another answer describes.
#[derive(Clone, Deserialize)]
pub(super) struct PagerDutyReference {
    pub id: String,
    #[serde(rename = "type", default)]
    pub sort: String,
    #[serde(default)]
    pub summary: Option<String>,
}

impl PagerDutyReference {
    /// What it is called.
    pub fn called(&self) -> &str {
        self.summary.as_deref().unwrap_or(&self.id)
    }
}

/// `GET /services`
#[derive(Deserialize)]
pub(super) struct PagerDutyServices {
    pub services: Vec<PagerDutyService>,
    #[serde(default)]
    pub more: bool,
}

#[derive(Deserialize)]
pub(super) struct PagerDutyService {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub escalation_policy: Option<PagerDutyReference>,
    #[serde(default)]
    pub teams: Vec<PagerDutyReference>,
    #[serde(default)]
    pub incident_urgency_rule: Option<PagerDutyUrgencyRule>,
}

#[derive(Deserialize)]
pub(super) struct PagerDutyUrgencyRule {
    /// `constant`, or `use_support_hours`.
    #[serde(rename = "type", default)]
    pub sort: String,
    /// `high`, `low` or `severity_based`.
    #[serde(default)]
    pub urgency: Option<String>,
}

/// `GET /schedules/{id}`; the list of schedules lacks the layers.
#[derive(Deserialize)]
pub(super) struct PagerDutyScheduleAnswer {
    pub schedule: PagerDutySchedule,
}

#[derive(Deserialize)]
pub(super) struct PagerDutySchedule {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub time_zone: Option<String>,
    #[serde(default)]
    pub schedule_layers: Vec<PagerDutyLayer>,
    #[serde(default)]
    pub final_schedule: Option<PagerDutyRendering>,
}

#[derive(Deserialize)]
pub(super) struct PagerDutyLayer {
    #[serde(default)]
    pub name: String,
    pub start: DateTime<FixedOffset>,
    #[serde(default)]
    pub end: Option<DateTime<FixedOffset>>,
    pub rotation_virtual_start: DateTime<FixedOffset>,
    pub rotation_turn_length_seconds: u64,
    #[serde(default)]
    pub users: Vec<PagerDutyMember>,
    #[serde(default)]
    pub restrictions: Vec<PagerDutyRestriction>,
    #[serde(default)]
    pub rendered_schedule_entries: Vec<PagerDutyEntry>,
}

/// What the layers result in.
#[derive(Deserialize)]
pub(super) struct PagerDutyRendering {
    #[serde(default)]
    pub rendered_schedule_entries: Vec<PagerDutyEntry>,
}

/// Who is on call in a time; only in answers for `since` and `until`.
#[derive(Deserialize)]
pub(super) struct PagerDutyEntry {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    #[serde(default)]
    pub user: Option<PagerDutyReference>,
}

#[derive(Deserialize)]
pub(super) struct PagerDutyRestriction {
    /// `daily_restriction` or `weekly_restriction`.
    #[serde(rename = "type")]
    pub sort: String,
    /// `08:00:00`, in the time zone of the schedule.
    pub start_time_of_day: String,
    pub duration_seconds: u64,
    /// From 1, Monday; of a weekly restriction.
    #[serde(default)]
    pub start_day_of_week: Option<u64>,
}

/// `GET /escalation_policies`
#[derive(Deserialize)]
pub(super) struct PagerDutyPolicies {
    pub escalation_policies: Vec<PagerDutyPolicy>,
    #[serde(default)]
    pub more: bool,
}

#[derive(Deserialize)]
pub(super) struct PagerDutyPolicy {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub num_loops: u64,
    #[serde(default)]
    pub escalation_rules: Vec<PagerDutyRule>,
}

#[derive(Deserialize)]
pub(super) struct PagerDutyRule {
    pub escalation_delay_in_minutes: u64,
    #[serde(default)]
    pub targets: Vec<PagerDutyReference>,
    #[serde(default)]
    pub escalation_rule_assignment_strategy: Option<PagerDutyStrategy>,
}

#[derive(Deserialize)]
pub(super) struct PagerDutyStrategy {
    /// `round_robin` or `assign_to_everyone`.
    #[serde(rename = "type", default)]
    pub sort: String,
}

/// `GET /schedules/{id}/overrides`
#[derive(Deserialize)]
pub(super) struct PagerDutyOverrides {
    pub overrides: Vec<PagerDutyOverride>,
}

#[derive(Deserialize)]
pub(super) struct PagerDutyOverride {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub user: PagerDutyReference,
}
