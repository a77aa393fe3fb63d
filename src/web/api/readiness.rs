//! `/api/v1/oncall/readiness`

use axum::{Json, extract::State as Given};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::{
        Context,
        oncall::readiness::{self, ReadinessReport},
    },
    domain::{
        contact::{PersonReadiness, ReadinessFault, ScheduleGap},
        people::Actor,
    },
    web::{Caller, Problem, RequestId, State, problem::ProblemDocument},
};

/// Who will be on call and may not be reached.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadinessShape {
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when: 14 days later.
    pub until: DateTime<Utc>,
    /// True if nothing has to be done.
    pub clean: bool,
    /// How many people were looked at.
    pub checked: u64,
    /// The people who may not be reached.
    pub people: Vec<PersonReadinessShape>,
    /// When nobody is on call.
    pub gaps: Vec<GapShape>,
}

/// A person who may not be reached.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonReadinessShape {
    /// The person.
    pub person: String,
    /// When they are paged first.
    pub first: DateTime<Utc>,
    /// Why they may not be reached: `no_method`, `only_one`, `not_proven`, `last_failed`, `test_failed`,
    /// `nothing_private`.
    pub faults: Vec<String>,
}

/// A time when nobody is on call.
#[derive(Debug, Serialize, ToSchema)]
pub struct GapShape {
    /// The schedule.
    pub schedule: String,
    /// When it begins.
    pub from: DateTime<Utc>,
    /// When it ends.
    pub until: DateTime<Utc>,
    /// True if the schedule ends: nobody is on call again, as far as was looked.
    pub ends: bool,
}

impl From<&ReadinessReport> for ReadinessShape {
    fn from(report: &ReadinessReport) -> Self {
        let person = |line: &PersonReadiness| PersonReadinessShape {
            person: line.person.to_string(),
            first: line.first,
            faults: line.faults.iter().map(ReadinessFault::name).map(str::to_owned).collect(),
        };
        let gap = |gap: &ScheduleGap| GapShape {
            schedule: gap.schedule.to_string(),
            from: gap.from,
            until: gap.until,
            ends: gap.ends,
        };
        Self {
            from: report.from,
            until: report.until,
            clean: report.is_clean(),
            checked: report.checked as u64,
            people: report.people.iter().map(person).collect(),
            gaps: report.gaps.iter().map(gap).collect(),
        }
    }
}

/// Names who will be on call within 14 days and may not be reached, and when nobody is on call.
#[utoipa::path(get, path = "/api/v1/oncall/readiness", tag = "paging", responses(
    (status = 200, body = ReadinessShape), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn show(
    Given(state): Given<State>,
    caller: Caller,
    id: RequestId,
) -> Result<Json<ReadinessShape>, Problem> {
    let (config, now) = (state.app.config.current(), state.app.clock.now());
    let report = state.app.store.read(move |reads| {
        let actor = Actor::Person(caller.person.id);
        readiness::report(reads, Context { config: &config, now, actor: &actor, request: id.as_str(), expect: None })
    });
    Ok(Json(ReadinessShape::from(&report.await?)))
}
