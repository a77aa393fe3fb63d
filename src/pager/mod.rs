//! Clients of outside pagers, one folder for each. A client speaks its vendor's API and returns what every pager has
//! ([`crate::domain::pager`]); which pages go out, and what an answer there means, is decided elsewhere.

mod failure;
mod hook;
pub mod pagerduty;

use std::{collections::BTreeMap, time::Duration};

use crate::{
    domain::{
        Timestamp,
        ids::ServiceId,
        pager::{OutsideAnswer, PagerKind, PagerReceipt},
        severity::Severity,
    },
    net::HttpClient,
};

pub use failure::PagerFailure;
pub use hook::{LONGEST_HOOK, PagerHookRefusal};
use pagerduty::PagerDutySettings;

/// A page for an outside pager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagerAlert {
    /// Our key of the page.
    pub key: String,
    /// The service that is paged.
    pub service: Option<ServiceId>,
    /// The affected service, as far as the pager may be told.
    pub component: Option<String>,
    /// One line.
    pub summary: String,
    /// The severity of the incident.
    pub severity: Severity,
    /// Where the record of the incident is.
    pub link: String,
    /// The address of this hotroom.
    pub source: String,
    /// When the page began.
    pub at: Timestamp,
    /// Further facts, by their names.
    pub details: BTreeMap<&'static str, String>,
}

/// A page at an outside pager that is to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagerChange {
    /// Our key of the page.
    pub key: String,
    /// The service that is paged.
    pub service: Option<ServiceId>,
    /// The answer that it got here.
    pub answer: OutsideAnswer,
}

/// The client of an outside pager. Every call is one attempt: the outbox repeats it.
#[derive(Clone, Debug)]
pub enum PagerClient {
    /// PagerDuty.
    PagerDuty(PagerDutySettings),
}

impl PagerClient {
    /// Returns the kind of the pager.
    pub fn kind(&self) -> PagerKind {
        match self {
            Self::PagerDuty(_) => PagerKind::PagerDuty,
        }
    }

    /// Asks the pager to page people.
    ///
    /// # Errors
    /// [`PagerFailure`]; a repeat with the same key pages nobody twice.
    pub async fn trigger(&self, http: &HttpClient, alert: &PagerAlert) -> Result<PagerReceipt, PagerFailure> {
        match self {
            Self::PagerDuty(settings) => settings.trigger(http, alert).await,
        }
    }

    /// Acknowledges or resolves a page. A page that the pager does not have is no failure.
    ///
    /// # Errors
    /// [`PagerFailure`]; a repeat changes nothing.
    pub async fn change(&self, http: &HttpClient, change: &PagerChange) -> Result<PagerReceipt, PagerFailure> {
        match self {
            Self::PagerDuty(settings) => settings.change(http, change).await,
        }
    }

    /// Reads how a page stands.
    ///
    /// # Errors
    /// [`PagerFailure`] when the pager does not answer, or refuses the credentials.
    pub async fn read(&self, http: &HttpClient, key: &str) -> Result<PagerReceipt, PagerFailure> {
        match self {
            Self::PagerDuty(settings) => settings.read(http, key).await,
        }
    }

    /// True if pages can be read, so that it can be asked whether they were accepted.
    pub fn can_read(&self) -> bool {
        match self {
            Self::PagerDuty(settings) => settings.api_token.is_some(),
        }
    }

    /// How often it is asked for answers to a page that it has accepted.
    pub fn interval(&self) -> Duration {
        match self {
            // Its webhooks report answers at once; then asking finds what they missed.
            Self::PagerDuty(settings) if !settings.webhook_secrets.is_empty() => Duration::from_secs(60),
            Self::PagerDuty(_) => Duration::from_secs(15),
        }
    }

    /// Finds out what `hotroom check` reports. Pages nobody, and changes nothing. `hook_url` is the address that the pager's
    /// webhook has to call.
    pub async fn probe(&self, http: &HttpClient, hook_url: &str) -> Vec<PagerFinding> {
        match self {
            Self::PagerDuty(settings) => settings.probe(http, hook_url).await,
        }
    }
}

/// What `hotroom check` finds out about an outside pager. A problem says what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PagerFinding {
    /// No problem.
    Good(String),
    /// Something that does no harm yet, or that could not be looked at.
    Warning(String),
    /// A problem that must be fixed.
    Wrong(String),
}
