//! Reports from users: what somebody outside the team noticed, before anybody knows whether it is an incident.
//!
//! A report is a record, not a stream of events, so that the reporter's address can be erased. The stream
//! `user_report/<id>` says what happened to it, without its texts.

mod decide;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{
    Timestamp,
    ids::{IncidentId, PersonId, RoomId, UserReportId},
    people::Actor,
    text::Untrusted,
};

pub use decide::{UserReportCommand, decide_user_report, new_user_report, next_user_report_check, user_report_effects};

/// Who may use the form at `/report-incident`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportForm {
    /// Nobody.
    Off,
    /// People who are signed in to the console.
    SignedIn,
    /// Everybody; those who are not signed in have to verify their mail address.
    Public,
}

impl ReportForm {
    /// The words of `bot.toml`.
    pub const WORDS: [(&'static str, Self); 3] =
        [("off", Self::Off), ("signed_in", Self::SignedIn), ("public", Self::Public)];
}

/// `[reports]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserReportPolicy {
    /// True if anybody can report anything: by the form, by mail or from a service desk.
    pub on: bool,
    /// Who may use the form.
    pub form: ReportForm,
    /// The room in which reports are triaged.
    pub feed: RoomId,
    /// How long somebody who is not signed in may take to verify the mail address.
    pub verify_within: Duration,
    /// How long after the decision the reporter's address is kept.
    pub erase_after: Duration,
    /// The most reports in an hour from people who are not signed in.
    pub per_hour: usize,
}

/// How a report arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportChannel {
    /// From somebody who is signed in: the form, a command or the API.
    Console,
    /// By the public form.
    Form,
    /// By mail.
    Mail,
    /// From a service desk.
    ServiceDesk,
}

impl ReportChannel {
    /// The word it is stored and shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Form => "form",
            Self::Mail => "mail",
            Self::ServiceDesk => "service_desk",
        }
    }
}

/// Where a report stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportState {
    /// The mail address of the reporter is not verified. Nobody sees it.
    Unverified,
    /// It waits for a decision.
    Open,
    /// An incident was declared for it.
    Declared,
    /// It is about an incident that was known.
    Duplicate,
    /// It is not an incident.
    NotIncident,
}

impl ReportState {
    /// The word it is stored and shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unverified => "unverified",
            Self::Open => "open",
            Self::Declared => "declared",
            Self::Duplicate => "duplicate",
            Self::NotIncident => "not_incident",
        }
    }
}

/// What happened to a report, for the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportChange {
    /// It arrived.
    Received,
    /// The reporter verified the mail address.
    Verified,
    /// Somebody declared an incident for it.
    Declared,
    /// Somebody linked it to a known incident.
    Duplicate,
    /// Somebody decided that it is not an incident.
    NotIncident,
    /// The address and name of the reporter were erased.
    Erased,
    /// It was deleted, because nobody verified the mail address.
    Deleted,
}

/// A report from a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserReport {
    /// Its id.
    pub id: UserReportId,
    /// Its number, from 1; 0 before it is stored.
    pub number: u32,
    /// How it arrived.
    pub channel: ReportChannel,
    /// What is wrong, in one line.
    pub title: Untrusted,
    /// What the reporter noticed; perhaps blank.
    pub details: Untrusted,
    /// The person of `[[people]]` who reported it.
    pub person: Option<PersonId>,
    /// The name that the reporter gave; blank if none, and after it was erased.
    pub name: Untrusted,
    /// The mail address of the reporter; `None` if there is none, and after it was erased.
    pub address: Option<String>,
    /// What names it where it came from: the `Message-ID` of a mail, the id of an issue of a service desk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Where it stands.
    pub state: ReportState,
    /// The incident that was declared for it, or that it is a duplicate of.
    pub incident: Option<IncidentId>,
    /// What the reporter reads of the decision, if whoever decided wrote something.
    pub answer: Option<Untrusted>,
    /// Who decided.
    pub decided_by: Option<Actor>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Number of its changes.
    pub version: u64,
}

impl UserReport {
    /// Returns the name of the event stream.
    pub fn stream(id: UserReportId) -> String {
        format!("user_report/{id}")
    }

    /// Returns the word for its state that a reader sees. Whoever may not see its incident cannot tell it from none.
    pub fn shown_state(&self, sees_incident: bool) -> &'static str {
        match self.state {
            ReportState::Unverified | ReportState::Open => self.state.name(),
            ReportState::Declared | ReportState::Duplicate if sees_incident => self.state.name(),
            ReportState::Declared | ReportState::Duplicate | ReportState::NotIncident => "closed",
        }
    }
}

/// A report that is to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUserReport {
    /// Its id.
    pub id: UserReportId,
    /// How it arrived.
    pub channel: ReportChannel,
    /// What is wrong, in one line.
    pub title: Untrusted,
    /// What the reporter noticed.
    pub details: Untrusted,
    /// The person of `[[people]]` who reported it.
    pub person: Option<PersonId>,
    /// The name that the reporter gave.
    pub name: Untrusted,
    /// The mail address of the reporter.
    pub address: Option<String>,
    /// What names it where it came from.
    pub reference: Option<String>,
    /// True if the address has to be verified first.
    pub unverified: bool,
}
