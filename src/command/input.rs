//! The input of a command, and who gave it.

use chrono_tz::Tz;

use crate::domain::{
    Timestamp,
    ids::{Key, PersonId},
};

/// The input of a command, in one of the two forms that all platforms reduce to.
#[derive(Clone, Copy, Debug)]
pub enum InputText<'a> {
    /// A line: `/incident severity sev1`.
    Text(&'a str),
    /// A command with separate options: a submitted form, an interaction, an API call.
    Options {
        /// `incident severity`
        command: &'a str,
        /// Option name and text; an empty text counts as not given.
        options: &'a [(String, String)],
    },
}

/// A command, with the version of the object that its button was drawn for.
#[derive(Clone, Copy, Debug)]
pub struct ParseInput<'a> {
    /// The input.
    pub words: InputText<'a>,
    /// The version that the person saw.
    pub version: Option<u64>,
}

impl<'a> ParseInput<'a> {
    /// Creates a typed line.
    pub fn text(text: &'a str) -> Self {
        Self { words: InputText::Text(text), version: None }
    }

    /// Creates a submitted form.
    pub fn options(command: &'a str, options: &'a [(String, String)]) -> Self {
        Self { words: InputText::Options { command, options }, version: None }
    }

    /// Sets the version that the person saw.
    pub fn at_version(self, version: Option<u64>) -> Self {
        Self { version, ..self }
    }
}

/// Who gave a command, when and where.
#[derive(Clone, Debug)]
pub struct CallContext {
    /// The current time.
    pub now: Timestamp,
    /// The person's time zone, in which `14:05` is read.
    pub timezone: Tz,
    /// The person, called `me` in commands.
    pub actor: PersonId,
    /// The incident of the room in which the command was given.
    pub incident_of_room: Option<Key>,
}
