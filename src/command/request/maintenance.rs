//! What `/status` requests.

use crate::command::{Act, MaintenanceAct, lex::quote, when::time_text};
use crate::domain::{Timestamp, status::MaintenanceStatus, text::Untrusted};

/// A change of a maintenance that a command asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum MaintenanceRequest {
    /// Schedule one.
    Schedule {
        title: Untrusted,
        message: Untrusted,
        /// By their ids or names.
        components: Vec<String>,
        from: Timestamp,
        until: Timestamp,
        by_hand: bool,
    },
    /// Move its window; what is absent stays.
    Move { number: u32, from: Option<Timestamp>, until: Option<Timestamp>, message: Option<Untrusted> },
    /// Tell customers something.
    Post { number: u32, message: Untrusted, status: Option<MaintenanceStatus> },
    /// Cancel one.
    Cancel { number: u32, message: Untrusted },
}

impl MaintenanceRequest {
    /// Returns the declared command.
    pub(in crate::command) fn act(&self) -> Act {
        Act::Maintenance(match self {
            Self::Schedule { .. } => MaintenanceAct::Schedule,
            Self::Move { .. } => MaintenanceAct::Move,
            Self::Post { .. } => MaintenanceAct::Post,
            Self::Cancel { .. } => MaintenanceAct::Cancel,
        })
    }

    /// The words after the command, which parse back to this.
    pub(in crate::command) fn words(&self) -> String {
        match self {
            Self::Schedule { title, message, components, from, until, by_hand } => {
                let by_hand = named("manual", by_hand.then(|| "yes".to_owned()));
                let window = window(Some(*from), Some(*until));
                let components = quote(&components.join(", "));
                let message = quote(message.verbatim());
                format!(" title:{} components:{components}{window} message:{message}{by_hand}", quote(title.verbatim()))
            }
            Self::Move { number, from, until, message } => {
                let message = named("message", message.as_ref().map(|message| quote(message.verbatim())));
                format!(" {number}{}{message}", window(*from, *until))
            }
            Self::Post { number, message, status } => {
                let status = named("status", status.map(|status| status.name().to_owned()));
                format!(" {number} {}{status}", quote(message.verbatim()))
            }
            Self::Cancel { number, message } => format!(" {number} {}", quote(message.verbatim())),
        }
    }
}

fn window(from: Option<Timestamp>, until: Option<Timestamp>) -> String {
    format!("{}{}", named("from", from.map(time_text)), named("until", until.map(time_text)))
}

fn named(name: &str, value: Option<String>) -> String {
    value.map(|value| format!(" {name}:{value}")).unwrap_or_default()
}
