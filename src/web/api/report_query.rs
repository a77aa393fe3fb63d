//! The query of a report: the same in the console and in the API.

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use serde::Deserialize;

use super::listing::{bad, value};
use crate::{
    app::reports::{Breakdown, ReportRequest},
    config::Config,
    domain::{
        Timestamp,
        ids::{ServiceId, TeamId},
        incident::Severity,
    },
    web::Problem,
};

/// The longest period: two years.
const MOST_DAYS: i64 = 732;

/// What a report is asked for. Empty values are as good as none, so that a form can send all of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// The first day, such as `2026-09-01`. Without it the report has twelve weeks.
    pub from: Option<String>,
    /// The last day, which is part of the period. Without it today.
    pub until: Option<String>,
    /// The time zone of days and weeks, such as `Europe/Berlin`. Without it your own.
    pub zone: Option<String>,
    /// `week` (default), `severity`, `service`, `team`, `cause` or `detection`.
    pub by: Option<String>,
    /// Only incidents of this severity.
    pub severity: Option<String>,
    /// Only incidents of this service.
    pub service: Option<String>,
    /// Only incidents of services of this team.
    pub team: Option<String>,
    /// `true` to count drills too.
    pub drills: Option<String>,
    /// The first day of another period of the same length to compare with, or `before` for the one just before.
    pub compare: Option<String>,
    /// `json` (default) or `csv`.
    pub format: Option<String>,
}

impl ReportQuery {
    /// Returns the request, in the zone of the reader if the query names none.
    pub fn request(&self, config: &Config, now: Timestamp, own_zone: Tz) -> Result<ReportRequest, Problem> {
        let zone = value("zone", set(&self.zone), |text| text.parse().ok(), "the name of a time zone")?;
        let zone: Tz = zone.unwrap_or(own_zone);
        let plain = ReportRequest::new(now, zone);
        let until = value("until", set(&self.until), date, DATE)?.unwrap_or(plain.until);
        let from = value("from", set(&self.from), date, DATE)?;
        let from = from.unwrap_or_else(|| ReportRequest::default_start(until, zone));
        let service = |id: &str| config.service(id).map(|service| service.id.clone());
        let team = |id: &str| config.team(&TeamId::new(id)).map(|team| team.id.clone());
        let request = ReportRequest {
            from,
            until,
            by: value(
                "by",
                set(&self.by),
                Breakdown::parse,
                "`week`, `severity`, `service`, `team`, `cause` or `detection`",
            )?
            .unwrap_or(plain.by),
            severity: value("severity", set(&self.severity), Severity::parse, "a severity, such as `sev2`")?,
            service: value::<ServiceId>("service", set(&self.service), service, "the id of a service")?,
            team: value::<TeamId>("team", set(&self.team), team, "the id of a team")?,
            drills: value("drills", set(&self.drills), |text| text.parse().ok(), "`true` or `false`")?.unwrap_or(false),
            ..plain
        };
        if !(1..=MOST_DAYS).contains(&request.days()) {
            let given = set(&self.from).unwrap_or_default();
            return Err(bad("from", given, "a day before the last one, and at most two years before it"));
        }
        let compare = |text: &str| if text == "before" { Some(request.day_before()) } else { date(text) };
        let compare = value("compare", set(&self.compare), compare, "`before` or a day, such as `2026-09-01`")?;
        Ok(ReportRequest { compare, ..request })
    }

    /// True if the answer is a table for a spreadsheet.
    pub fn is_csv(&self) -> Result<bool, Problem> {
        let read = |text: &str| match text {
            "csv" => Some(true),
            "json" => Some(false),
            _ => None,
        };
        Ok(value("format", set(&self.format), read, "`json` or `csv`")?.unwrap_or(false))
    }
}

const DATE: &str = "a day, such as `2026-09-01`";

/// Returns a value that is not empty.
fn set(given: &Option<String>) -> Option<&str> {
    given.as_deref().filter(|text| !text.is_empty())
}

/// Parses a day in a year that calendars and time zones know.
fn date(text: &str) -> Option<NaiveDate> {
    text.parse::<NaiveDate>().ok().filter(|date| (1971..=9_000).contains(&date.year()))
}
