//! What a report is asked for.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use crate::domain::{
    Timestamp,
    ids::{ServiceId, TeamId},
    incident::Severity,
    report::{midnight, week_of},
};

/// How many weeks a report has that names no period, the present one included.
const WEEKS: u64 = 12;

/// What a report is broken down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breakdown {
    /// The week in which an incident was declared.
    Week,
    /// Its severity.
    Severity,
    /// Its service.
    Service,
    /// The team that owns the service.
    Team,
    /// The class of its cause.
    Cause,
    /// Who detected it.
    Detection,
}

impl Breakdown {
    /// All, in the order they are offered.
    pub const ALL: [Self; 6] = [Self::Week, Self::Severity, Self::Service, Self::Team, Self::Cause, Self::Detection];

    /// The name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Severity => "severity",
            Self::Service => "service",
            Self::Team => "team",
            Self::Cause => "cause",
            Self::Detection => "detection",
        }
    }

    /// Finds a breakdown by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|breakdown| breakdown.name() == name)
    }
}

/// A period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Its first instant.
    pub from: Timestamp,
    /// Its end, which is not part of it.
    pub until: Timestamp,
}

/// What a report is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRequest {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
    /// The time zone of days and weeks.
    pub zone: Tz,
    /// What it is broken down by.
    pub by: Breakdown,
    /// Only incidents of this severity.
    pub severity: Option<Severity>,
    /// Only incidents of this service.
    pub service: Option<ServiceId>,
    /// Only incidents of services of this team.
    pub team: Option<TeamId>,
    /// True to count drills too.
    pub drills: bool,
    /// The first day of another period of the same length, to compare with.
    pub compare: Option<NaiveDate>,
}

impl ReportRequest {
    /// The last twelve weeks, the present one included.
    pub fn new(now: Timestamp, zone: Tz) -> Self {
        let until = now.with_timezone(&zone).date_naive();
        Self {
            from: Self::default_start(until, zone),
            until,
            zone,
            by: Breakdown::Week,
            severity: None,
            service: None,
            team: None,
            drills: false,
            compare: None,
        }
    }

    /// The first day of a report that names only its last.
    pub fn default_start(until: NaiveDate, zone: Tz) -> NaiveDate {
        let monday = week_of(midnight(until, zone), zone);
        monday.checked_sub_days(Days::new(7 * (WEEKS - 1))).unwrap_or(monday)
    }

    /// The number of days.
    pub fn days(&self) -> i64 {
        (self.until - self.from).num_days() + 1
    }

    /// The first day of the period of the same length just before this one.
    pub fn day_before(&self) -> NaiveDate {
        let days = Days::new(u64::try_from(self.days()).unwrap_or(0));
        self.from.checked_sub_days(days).unwrap_or(self.from)
    }

    /// The period.
    pub fn period(&self) -> Period {
        self.of_length(self.from)
    }

    /// The other period, if two are compared.
    pub fn other(&self) -> Option<Period> {
        self.compare.map(|from| self.of_length(from))
    }

    fn of_length(&self, from: NaiveDate) -> Period {
        let days = Days::new(u64::try_from(self.days()).unwrap_or(0));
        let until = from.checked_add_days(days).unwrap_or(from);
        Period { from: midnight(from, self.zone), until: midnight(until, self.zone) }
    }
}
