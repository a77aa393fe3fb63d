//! Errors in commands. The text is in `templates/chat/usage/`.

use serde::Serialize;

use crate::domain::{ids::PersonId, text::Untrusted};

/// The error in a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeMistake {
    /// It does not have the format of a time.
    Unreadable,
    /// The time zone does not exist.
    UnknownZone,
    /// The date or time of day does not exist: 31 February, 25:00.
    NoSuchTime,
    /// It is too far away: a time more than ten years, a length of time more than a year.
    TooFar,
    /// The length has a fraction: `1.5h`.
    Fraction,
}

/// One of several things that a name fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AmbiguousName {
    /// What means only this one.
    pub id: String,
    /// The name shown.
    pub name: String,
}

/// An invalid command, with the data that its message needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "mistake", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are what the sentence of the variant needs")]
pub enum UsageError {
    /// The input is empty.
    #[error("nothing was said")]
    Nothing,
    /// The input is too long.
    #[error("more than {max} bytes were said")]
    TooMuch { max: usize },
    /// The command does not exist.
    #[error("there is no such command")]
    UnknownCommand { said: Untrusted, near: Vec<String>, known: Vec<String> },
    /// The command has no such option.
    #[error("{command} has no such option")]
    UnknownOption { command: String, said: Untrusted, near: Vec<String>, known: Vec<String>, usage: String },
    /// An option was given twice.
    #[error("{option} was given twice")]
    Twice { command: String, option: String },
    /// There are more words than the command takes.
    #[error("{command} takes fewer words")]
    TooMany { command: String, extra: Untrusted, usage: String },
    /// A required option is missing.
    #[error("{command} needs {option}")]
    Missing { command: String, option: String, help: String, usage: String },
    /// Two options exclude each other.
    #[error("{one} and {other} cannot be given together")]
    NotTogether { command: String, one: String, other: String },
    /// One option requires another.
    #[error("{option} needs {other}")]
    NotAlone { command: String, option: String, other: String },
    /// A quotation mark is not closed.
    #[error("a quotation mark is not closed")]
    UnclosedQuote { rest: Untrusted },
    /// A text is longer than the option allows.
    #[error("{option} is longer than {max} characters")]
    TooLong { option: String, max: usize, length: usize },
    /// The person does not exist.
    #[error("there is no such person")]
    UnknownPerson { option: String, said: Untrusted, near: Vec<PersonId> },
    /// The name does not exist.
    #[error("there is no such {what}")]
    UnknownName { option: String, what: String, said: Untrusted, near: Vec<String>, known: Vec<String> },
    /// The value is not a duration, or is out of range.
    #[error("{option} is not a length of time")]
    BadDuration { option: String, said: Untrusted, min: String, max: String },
    /// The value is not a time.
    #[error("{option} is not a time")]
    BadTime {
        option: String,
        said: Untrusted,
        why: TimeMistake,
        zone: String,
        /// True if the time is to come.
        future: bool,
    },
    /// The name fits several things.
    #[error("{said:?} fits several names")]
    Ambiguous { option: String, what: String, said: Untrusted, fits: Vec<AmbiguousName> },
    /// The key of another incident stands in the middle of a text.
    #[error("an incident is named in the middle of a text")]
    IncidentInText { said: Untrusted },
    /// The value is not a number in the range.
    #[error("{option} is not a number")]
    BadNumber { option: String, said: Untrusted, max: u32 },
    /// The value is neither yes nor no.
    #[error("{option} is neither yes nor no")]
    BadFlag { option: String, said: Untrusted },
    /// The value is not an issue key.
    #[error("{option} is not an issue key")]
    BadKey { option: String, said: Untrusted, near: Vec<String> },
    /// The value is not an id as shown on a message.
    #[error("{option} is not the id of a {what}")]
    BadId { option: String, what: String, said: Untrusted },
    /// The value is not a list of label matchers.
    #[error("{option} are no conditions on labels")]
    BadMatchers { option: String, why: Untrusted },
    /// The value does not fit the field.
    #[error("{option} is not {what}")]
    BadField { option: String, what: String, said: Untrusted },
    /// The value is not a list of `component=status`.
    #[error("{option} is not component=status")]
    BadPair { option: String, said: Untrusted, known: Vec<String> },
}

impl UsageError {
    /// Returns the name of its template and of its problem type.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::TooMuch { .. } => "too_much",
            Self::UnknownCommand { .. } => "unknown_command",
            Self::UnknownOption { .. } => "unknown_option",
            Self::Twice { .. } => "twice",
            Self::TooMany { .. } => "too_many",
            Self::Missing { .. } => "missing",
            Self::NotTogether { .. } => "not_together",
            Self::NotAlone { .. } => "not_alone",
            Self::UnclosedQuote { .. } => "unclosed_quote",
            Self::TooLong { .. } => "too_long",
            Self::UnknownPerson { .. } => "unknown_person",
            Self::UnknownName { .. } => "unknown_name",
            Self::BadDuration { .. } => "bad_duration",
            Self::BadTime { .. } => "bad_time",
            Self::Ambiguous { .. } => "ambiguous",
            Self::IncidentInText { .. } => "incident_in_text",
            Self::BadNumber { .. } => "bad_number",
            Self::BadFlag { .. } => "bad_flag",
            Self::BadKey { .. } => "bad_key",
            Self::BadId { .. } => "bad_id",
            Self::BadMatchers { .. } => "bad_matchers",
            Self::BadField { .. } => "bad_field",
            Self::BadPair { .. } => "bad_pair",
        }
    }

    /// Returns the option with the error, so that a form can show it at the field.
    pub fn option(&self) -> Option<&str> {
        match self {
            Self::Twice { option, .. }
            | Self::Missing { option, .. }
            | Self::NotAlone { option, .. }
            | Self::TooLong { option, .. }
            | Self::UnknownPerson { option, .. }
            | Self::UnknownName { option, .. }
            | Self::BadDuration { option, .. }
            | Self::BadTime { option, .. }
            | Self::Ambiguous { option, .. }
            | Self::BadNumber { option, .. }
            | Self::BadFlag { option, .. }
            | Self::BadKey { option, .. }
            | Self::BadId { option, .. }
            | Self::BadMatchers { option, .. }
            | Self::BadField { option, .. }
            | Self::BadPair { option, .. } => Some(option),
            Self::NotTogether { one, .. } => Some(one),
            Self::Nothing
            | Self::TooMuch { .. }
            | Self::UnknownCommand { .. }
            | Self::UnknownOption { .. }
            | Self::TooMany { .. }
            | Self::IncidentInText { .. }
            | Self::UnclosedQuote { .. } => None,
        }
    }
}
