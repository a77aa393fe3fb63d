//! Why something could not be understood. The words are in `templates/chat/usage/`.

use serde::Serialize;

use crate::domain::{ids::PersonId, text::Untrusted};

/// What is wrong with a time that was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeMistake {
    /// It is not written like a time.
    Unreadable,
    /// There is no such zone.
    UnknownZone,
    /// The date or the hour does not exist: 31 February, 25:00.
    NoSuchTime,
    /// More than ten years away.
    TooFar,
}

/// A sentence that could not be understood, with all its explanation needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "mistake", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are what the sentence of the variant needs")]
pub enum UsageError {
    /// Nothing was said.
    #[error("nothing was said")]
    Nothing,
    /// More was said than anyone reads.
    #[error("more than {max} bytes were said")]
    TooMuch { max: usize },
    /// There is no such command.
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
    /// Something it needs was not given.
    #[error("{command} needs {option}")]
    Missing { command: String, option: String, help: String, usage: String },
    /// Two options that cannot be given together.
    #[error("{one} and {other} cannot be given together")]
    NotTogether { command: String, one: String, other: String },
    /// One option makes no sense without another.
    #[error("{option} needs {other}")]
    NotAlone { command: String, option: String, other: String },
    /// A quotation mark was opened and not closed.
    #[error("a quotation mark is not closed")]
    UnclosedQuote { rest: Untrusted },
    /// A text is longer than the option takes.
    #[error("{option} is longer than {max} characters")]
    TooLong { option: String, max: usize, length: usize },
    /// There is no person of that name.
    #[error("there is no such person")]
    UnknownPerson { option: String, said: Untrusted, near: Vec<PersonId> },
    /// There is nothing of that name.
    #[error("there is no such {what}")]
    UnknownName { option: String, what: String, said: Untrusted, near: Vec<String>, known: Vec<String> },
    /// It is not a length of time, or out of bounds.
    #[error("{option} is not a length of time")]
    BadDuration { option: String, said: Untrusted, min: String, max: String },
    /// It is not a time.
    #[error("{option} is not a time")]
    BadTime { option: String, said: Untrusted, why: TimeMistake, zone: String },
    /// It is not a number of the range.
    #[error("{option} is not a number")]
    BadNumber { option: String, said: Untrusted, max: u32 },
    /// It is neither yes nor no.
    #[error("{option} is neither yes nor no")]
    BadFlag { option: String, said: Untrusted },
    /// It is not an issue key.
    #[error("{option} is not an issue key")]
    BadKey { option: String, said: Untrusted, near: Vec<String> },
    /// It is not an id as shown on a message.
    #[error("{option} is not the id of a {what}")]
    BadId { option: String, what: String, said: Untrusted },
    /// They are no conditions on labels.
    #[error("{option} are no conditions on labels")]
    BadMatchers { option: String, why: Untrusted },
    /// It is not a list of `component=status`.
    #[error("{option} is not component=status")]
    BadPair { option: String, said: Untrusted, known: Vec<String> },
}

impl UsageError {
    /// The name of its template and of its problem type.
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
            Self::BadNumber { .. } => "bad_number",
            Self::BadFlag { .. } => "bad_flag",
            Self::BadKey { .. } => "bad_key",
            Self::BadId { .. } => "bad_id",
            Self::BadMatchers { .. } => "bad_matchers",
            Self::BadPair { .. } => "bad_pair",
        }
    }

    /// The option it is about, so that a form shows it beside the field.
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
            | Self::BadNumber { option, .. }
            | Self::BadFlag { option, .. }
            | Self::BadKey { option, .. }
            | Self::BadId { option, .. }
            | Self::BadMatchers { option, .. }
            | Self::BadPair { option, .. } => Some(option),
            Self::NotTogether { one, .. } => Some(one),
            Self::Nothing
            | Self::TooMuch { .. }
            | Self::UnknownCommand { .. }
            | Self::UnknownOption { .. }
            | Self::TooMany { .. }
            | Self::UnclosedQuote { .. } => None,
        }
    }
}
