//! What is sent to people who reported something.

use serde::{Deserialize, Serialize};

use super::{DestinationEffect, EffectClass, Priority, Subject};
use crate::domain::ids::UserReportId;

/// How many mails to reporters are sent at once: a flood of reports takes no more of the workers.
const AT_ONCE: u8 = 4;

/// A message to a reporter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum ReportEffect {
    /// Send the reporter a mail.
    MailReporter {
        /// Of which report.
        report: UserReportId,
        /// About what.
        mail: ReporterMail,
    },
}

/// What a mail to a reporter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReporterMail {
    /// It asks to verify the address.
    Verify,
    /// It confirms the receipt.
    Received,
    /// It says what became of the report.
    Outcome,
    /// Customers read about the incident now.
    Published,
    /// Customers read that the incident is over.
    Resolved,
}

impl ReporterMail {
    /// Its word, which is the name of its template as well.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Received => "received",
            Self::Outcome => "outcome",
            Self::Published => "published",
            Self::Resolved => "resolved",
        }
    }
}

impl DestinationEffect for ReportEffect {
    fn is_outside(&self) -> bool {
        true
    }

    fn lane(&self) -> String {
        let Self::MailReporter { report, .. } = self;
        format!("report/{}", report.0.as_bytes()[15] % AT_ONCE)
    }

    fn priority(&self) -> Priority {
        Priority::Chatter
    }

    fn class(&self) -> EffectClass {
        EffectClass::Neither
    }

    fn coalescing_key(&self) -> Option<String> {
        None
    }

    /// It shows what the status page shows, and nothing else of the incident: each mail is rendered for everybody.
    fn subject(&self) -> Subject {
        Subject::Other
    }
}
