//! What a command answers.

use std::{fmt::Display, process::ExitCode};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// All is well: 0.
    Good,
    /// It could not be done, or something needs to be seen to: 1.
    Failed,
    /// The configuration has mistakes, or the arguments make no sense: 2.
    Wrong,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Good => Self::from(0),
            Exit::Failed => Self::from(1),
            Exit::Wrong => Self::from(2),
        }
    }
}

/// Lines for a person, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What is printed.
    pub lines: Vec<String>,
    /// How it ended.
    pub exit: Exit,
}

impl Report {
    /// Nothing said yet, and nothing wrong.
    pub fn new() -> Self {
        Self { lines: Vec::new(), exit: Exit::Good }
    }

    /// One line, and nothing wrong.
    pub fn good(line: impl Display) -> Self {
        Self { lines: vec![line.to_string()], exit: Exit::Good }
    }

    /// One line that says what could not be done.
    pub fn failed(line: impl Display) -> Self {
        Self { lines: vec![line.to_string()], exit: Exit::Failed }
    }

    /// Says one thing more.
    pub fn say(&mut self, line: impl Display) {
        self.lines.push(line.to_string());
    }

    /// Says one thing more that is worse than all was so far, or as bad.
    pub fn find(&mut self, exit: Exit, line: impl Display) {
        self.exit = self.exit.max(exit);
        self.lines.push(line.to_string());
    }

    /// The lines as one text.
    pub fn text(&self) -> String {
        self.lines.join("\n")
    }
}

impl Default for Report {
    fn default() -> Self {
        Self::new()
    }
}

/// `1 event`, `2 events`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
