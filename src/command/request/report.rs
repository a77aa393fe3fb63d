//! What `/report` requests.

use crate::command::{Act, ReportAct, lex::quote};
use crate::domain::{ids::Key, incident::Declare, text::Untrusted};

/// What a command does with reports from users.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum UserReportRequest {
    /// Report something.
    Add { title: Untrusted, details: Option<Untrusted> },
    /// Link a report to an incident that was known.
    Duplicate { number: u32, of: Key },
    /// Decide that a report is not an incident.
    Dismiss { number: u32, answer: Option<Untrusted> },
}

impl UserReportRequest {
    /// Returns the declared command.
    pub(in crate::command) fn act(&self) -> Act {
        Act::Report(match self {
            Self::Add { .. } => ReportAct::Add,
            Self::Duplicate { .. } => ReportAct::Duplicate,
            Self::Dismiss { .. } => ReportAct::Dismiss,
        })
    }

    /// The words after the command, which parse back to this.
    pub(in crate::command) fn words(&self) -> String {
        match self {
            Self::Add { title, details } => {
                format!(" title:{}{}", quote(title.verbatim()), text("details", details.as_ref()))
            }
            Self::Duplicate { number, of } => format!(" {number} {of}"),
            Self::Dismiss { number, answer } => format!(" {number}{}", text("message", answer.as_ref())),
        }
    }
}

/// The words after `/report declare`, which parse back to this.
pub(in crate::command) fn declare_words(number: u32, declare: &Declare) -> String {
    let title = if declare.title.verbatim().is_empty() { None } else { Some(&declare.title) };
    let severity = named("severity", declare.severity.map(|severity| severity.name().to_owned()));
    let service = named("service", declare.service.as_ref().map(|service| quote(service.as_str())));
    let private = named("private", declare.private.then(|| "yes".to_owned()));
    format!(" {number}{}{severity}{service}{private}", text("title", title))
}

fn text(name: &str, value: Option<&Untrusted>) -> String {
    named(name, value.map(|text| quote(text.verbatim())))
}

fn named(name: &str, value: Option<String>) -> String {
    value.map(|value| format!(" {name}:{value}")).unwrap_or_default()
}
