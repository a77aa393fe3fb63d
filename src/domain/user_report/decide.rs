//! Decides what a command does to a report, and what follows from it.

use super::{NewUserReport, ReportChange, ReportState, UserReport, UserReportPolicy};
use crate::domain::{
    Timestamp,
    effect::{ChatEffect, ReportEffect, ReporterMail, Timer},
    ids::IncidentId,
    incident::PlannedEffect,
    people::Actor,
    refusal::{IncidentRefusal, Refusal, ReportRefusal},
    text::Untrusted,
};

/// The longest title, in characters.
const LONGEST_TITLE: usize = 200;
/// The longest details and answer, in characters.
const LONGEST_TEXT: usize = 4_000;
/// The longest name of a reporter, in characters.
const LONGEST_NAME: usize = 100;

/// A command to a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserReportCommand {
    /// The reporter verified the mail address.
    Verify,
    /// Link it to the incident that was declared for it.
    Declare {
        /// Which incident.
        incident: IncidentId,
    },
    /// Link it to an incident that was known.
    MarkDuplicate {
        /// Which incident.
        incident: IncidentId,
    },
    /// It is not an incident.
    Dismiss {
        /// What the reporter reads.
        answer: Option<Untrusted>,
    },
    /// Erase the name and address of the reporter.
    Erase,
}

/// Returns a new report.
///
/// # Errors
/// What is wrong with its texts.
pub fn new_user_report(new: NewUserReport, now: Timestamp) -> Result<UserReport, Refusal> {
    if new.title.is_blank() {
        return Err(IncidentRefusal::Empty { what: "title".to_owned() }.into());
    }
    check_length(&new.title, "title", LONGEST_TITLE)?;
    check_length(&new.details, "text", LONGEST_TEXT)?;
    check_length(&new.name, "name", LONGEST_NAME)?;
    let NewUserReport { id, channel, title, details, person, name, address, reference, unverified } = new;
    Ok(UserReport {
        id,
        number: 0,
        channel,
        title,
        details,
        person,
        name,
        address,
        reference,
        received_at: now,
        state: if unverified { ReportState::Unverified } else { ReportState::Open },
        incident: None,
        answer: None,
        decided_by: None,
        decided_at: None,
        version: 1,
    })
}

fn check_length(text: &Untrusted, what: &str, max: usize) -> Result<(), Refusal> {
    if text.verbatim().chars().count() > max {
        return Err(IncidentRefusal::TooLong { what: what.to_owned(), max }.into());
    }
    Ok(())
}

/// Decides a command. Returns the report after it and what happened; `None` if there is nothing to do.
///
/// # Errors
/// Why the command is not carried out.
pub fn decide_user_report(
    report: &UserReport,
    command: UserReportCommand,
    now: Timestamp,
    by: &Actor,
) -> Result<Option<(UserReport, ReportChange)>, Refusal> {
    let decided = |state, incident, answer| UserReport {
        state,
        incident,
        answer,
        decided_by: Some(by.clone()),
        decided_at: Some(now),
        ..report.clone()
    };
    let (after, change) = match command {
        UserReportCommand::Verify if report.state == ReportState::Unverified => {
            (UserReport { state: ReportState::Open, ..report.clone() }, ReportChange::Verified)
        }
        UserReportCommand::Verify => return Ok(None),
        UserReportCommand::Declare { incident } => {
            report.check_open()?;
            (decided(ReportState::Declared, Some(incident), None), ReportChange::Declared)
        }
        UserReportCommand::MarkDuplicate { incident } => {
            report.check_open()?;
            (decided(ReportState::Duplicate, Some(incident), None), ReportChange::Duplicate)
        }
        UserReportCommand::Dismiss { answer } => {
            report.check_open()?;
            if let Some(answer) = &answer {
                check_length(answer, "message", LONGEST_TEXT)?;
            }
            (decided(ReportState::NotIncident, None, answer), ReportChange::NotIncident)
        }
        UserReportCommand::Erase if report.address.is_some() || !report.name.is_blank() => {
            (UserReport { address: None, name: Untrusted::default(), ..report.clone() }, ReportChange::Erased)
        }
        UserReportCommand::Erase => return Ok(None),
    };
    Ok(Some((UserReport { version: report.version + 1, ..after }, change)))
}

/// Returns when to check a report for what time does to it: an address that nobody verified, or one that is to be erased.
pub fn next_user_report_check(report: &UserReport, policy: &UserReportPolicy) -> Option<Timestamp> {
    if report.state == ReportState::Unverified {
        return Some(report.received_at + policy.verify_within);
    }
    let has_reporter = report.address.is_some() || !report.name.is_blank();
    if has_reporter { report.decided_at.map(|decided| decided + policy.erase_after) } else { None }
}

/// Returns what follows from the latest change of a report.
pub fn user_report_effects(
    report: &UserReport,
    change: ReportChange,
    policy: &UserReportPolicy,
    now: Timestamp,
) -> Vec<PlannedEffect> {
    let id = report.id;
    let mut effects = Vec::new();
    if report.state != ReportState::Unverified && change != ReportChange::Deleted {
        effects.push(PlannedEffect::new(ChatEffect::UserReportMessage { report: id }, now));
    }
    let mail = match change {
        ReportChange::Received if report.state == ReportState::Unverified => Some(ReporterMail::Verify),
        ReportChange::Received | ReportChange::Verified => Some(ReporterMail::Received),
        ReportChange::Declared | ReportChange::Duplicate | ReportChange::NotIncident => Some(ReporterMail::Outcome),
        ReportChange::Erased | ReportChange::Deleted => None,
    };
    if let Some(mail) = mail
        && report.address.is_some()
    {
        effects.push(PlannedEffect::new(ReportEffect::MailReporter { report: id, mail }, now));
    }
    if change != ReportChange::Deleted
        && let Some(due) = next_user_report_check(report, policy)
    {
        effects.push(PlannedEffect::new(Timer::UserReportDue { report: id }, due));
    }
    effects
}

impl UserReport {
    /// A report is decided once, and only after its reporter has verified the address.
    ///
    /// # Errors
    /// Why it cannot be decided.
    pub fn check_open(&self) -> Result<(), Refusal> {
        let number = self.number;
        match self.state {
            ReportState::Open => Ok(()),
            // Nobody learns that it exists.
            ReportState::Unverified => Err(ReportRefusal::UnknownReport { number }.into()),
            ReportState::Declared | ReportState::Duplicate | ReportState::NotIncident => {
                Err(ReportRefusal::ReportDecided { number }.into())
            }
        }
    }
}
