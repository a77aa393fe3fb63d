//! `/api/v1/oncall/hours`: how long people were on call, for payroll.

use axum::{
    Json,
    extract::State as Given,
    http::header,
    response::{IntoResponse, Response},
};
use chrono::{Datelike, Days, NaiveDate};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::listing::{ListQuery, value};
use crate::{
    app::{
        Context,
        oncall::hours::{self, HoursSpan},
    },
    domain::{ids::ScheduleId, people::Actor},
    store::Reads,
    web::{Caller, Problem, RequestId, State, problem::ProblemDocument},
};

/// The longest period, in days.
const LONGEST: i64 = 366;

/// The period, and whose hours.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedHours {
    /// The first day: `2026-11-01`. Without it, the first of the present month.
    from: Option<String>,
    /// The last day, inclusive. Without it, today. At most 366 days.
    to: Option<String>,
    /// The time zone of days, nights and weekends, such as `Europe/Berlin`. Without it, that of the person who asks.
    timezone: Option<String>,
    /// Only this schedule.
    schedule: Option<String>,
    /// `json` or `csv`.
    format: Option<String>,
}

/// Hours on call.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoursReport {
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// The time zone.
    pub timezone: String,
    /// One entry for each person who is on call in that time.
    pub items: Vec<HoursLine>,
}

/// The hours of a person. A time in several schedules counts once.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoursLine {
    /// The person.
    pub person: String,
    /// Hours on call.
    pub hours: f64,
    /// Those between 22:00 and 06:00.
    pub night_hours: f64,
    /// Those on Saturdays and Sundays.
    pub weekend_hours: f64,
}

/// Reports for each person how long they are on call, at night and at weekends. The past is computed from the schedules as they are now.
#[utoipa::path(get, path = "/api/v1/oncall/hours", tag = "paging", params(WantedHours), responses(
    (status = 200, body = HoursReport), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn report(
    Given(state): Given<State>,
    caller: Caller,
    id: RequestId,
    ListQuery(wanted): ListQuery<WantedHours>,
) -> Result<Response, Problem> {
    let (config, now) = (state.app.config.current(), state.app.clock.now());
    let zone = |text: &str| text.parse::<Tz>().ok();
    let zone = value("timezone", wanted.timezone.as_deref(), zone, "a time zone such as Europe/Berlin")?
        .unwrap_or(caller.person.timezone);
    let day = |text: &str| text.parse::<NaiveDate>().ok();
    let today = now.with_timezone(&zone).date_naive();
    let to = value("to", wanted.to.as_deref(), day, "a day such as 2026-11-30")?.unwrap_or(today);
    let month = today.with_day(1).unwrap_or(today).min(to);
    let allowed = |text: &str| day(text).filter(|from| (0..LONGEST).contains(&(to - *from).num_days()));
    let from = value("from", wanted.from.as_deref(), allowed, "a day before `to`, at most a year")?.unwrap_or(month);
    let known = |text: &str| config.schedule(&ScheduleId::new(text)).map(|schedule| schedule.id.clone());
    let schedule = value("schedule", wanted.schedule.as_deref(), known, "the name of a schedule")?;
    let format = |text: &str| ["json", "csv"].contains(&text).then(|| text.to_owned());
    let format = value("format", wanted.format.as_deref(), format, "json or csv")?;
    let span = HoursSpan { from, until: to.checked_add_days(Days::new(1)).unwrap_or(to), zone };
    let config = config.clone();
    let found = state.app.store.search(move |reads: &Reads<'_>| {
        let actor = Actor::Person(caller.person.id);
        let cx = Context { config: &config, now, actor: &actor, request: id.as_str(), expect: None };
        hours::report(reads, cx, span, schedule.as_ref())
    });
    let in_hours = |minutes: i64| f64::from(i32::try_from(minutes).unwrap_or(i32::MAX)) / 60.0;
    let line = |(person, hours): (crate::domain::ids::PersonId, crate::domain::oncall::DutyHours)| HoursLine {
        person: person.to_string(),
        hours: in_hours(hours.minutes),
        night_hours: in_hours(hours.night),
        weekend_hours: in_hours(hours.weekend),
    };
    let items: Vec<HoursLine> = found.await?.into_iter().map(line).collect();
    if format.as_deref() == Some("csv") {
        return Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], csv(&items)).into_response());
    }
    let report = HoursReport { from: from.to_string(), to: to.to_string(), timezone: zone.to_string(), items };
    Ok(Json(report).into_response())
}

/// Writes the lines as CSV (RFC 4180). Ids of people have no character that needs quotes.
fn csv(items: &[HoursLine]) -> String {
    let line = |item: &HoursLine| {
        format!("{},{:.2},{:.2},{:.2}\r\n", item.person, item.hours, item.night_hours, item.weekend_hours)
    };
    let lines: String = items.iter().map(line).collect();
    format!("person,hours,night_hours,weekend_hours\r\n{lines}")
}
