//! Refusals of commands about reports from users.

use serde::{Deserialize, Serialize};

/// A refusal of a command about a report from a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refusal", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are what the sentence of the variant needs")]
pub enum ReportRefusal {
    /// There is no such report.
    #[error("there is no report {number}")]
    UnknownReport { number: u32 },
    /// Nobody reports anything here.
    #[error("reports from users are not set up")]
    ReportsOff,
    /// Too many reports came in a short time.
    #[error("too many reports came in a short time")]
    TooManyReports,
    /// The reporter's address is no mail address.
    #[error("this is no mail address")]
    BadReporterAddress,
    /// Somebody has decided it already.
    #[error("report {number} is decided")]
    ReportDecided { number: u32 },
}

impl ReportRefusal {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::UnknownReport { .. } => "unknown_report",
            Self::ReportsOff => "reports_off",
            Self::TooManyReports => "too_many_reports",
            Self::BadReporterAddress => "bad_reporter_address",
            Self::ReportDecided { .. } => "report_decided",
        }
    }
}
