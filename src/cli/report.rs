//! The output of a command.

use std::{fmt::Display, process::ExitCode};

use serde_json::{Value, json};

/// The exit code of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Success: 0.
    Good,
    /// The command failed or found a problem: 1.
    Failed,
    /// The configuration or the arguments are invalid: 2.
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

/// Output lines and exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The lines to print.
    pub lines: Vec<String>,
    /// The exit code.
    pub exit: Exit,
    /// The lines that name a problem.
    pub findings: Vec<String>,
    /// The result, for programs.
    pub data: Value,
}

impl Report {
    /// Creates an empty report with exit code 0.
    pub fn new() -> Self {
        Self { lines: Vec::new(), exit: Exit::Good, findings: Vec::new(), data: Value::Null }
    }

    /// Creates a report with one line and exit code 0.
    pub fn good(line: impl Display) -> Self {
        Self { lines: vec![line.to_string()], ..Self::new() }
    }

    /// Creates a report with one error line.
    pub fn failed(line: impl Display) -> Self {
        Self::ended(Exit::Failed, line)
    }

    /// Creates a report with one error line and an exit code.
    pub fn ended(exit: Exit, line: impl Display) -> Self {
        let mut report = Self::new();
        report.find(exit, line);
        report
    }

    /// Adds a line.
    pub fn say(&mut self, line: impl Display) {
        self.lines.push(line.to_string());
    }

    /// Adds a line and raises the exit code to `exit` if that is worse.
    pub fn find(&mut self, exit: Exit, line: impl Display) {
        self.exit = self.exit.max(exit);
        self.findings.push(line.to_string());
        self.lines.push(line.to_string());
    }

    /// Returns the report as JSON: whether all is well, the problems, all lines, and the result of the command.
    pub fn json(&self) -> Value {
        let (ok, findings, lines) = (self.exit == Exit::Good, &self.findings, &self.lines);
        let mut out = json!({ "ok": ok, "exit": self.exit as u8, "findings": findings, "lines": lines });
        if let (Value::Object(out), Value::Object(data)) = (&mut out, &self.data) {
            out.extend(data.clone());
        }
        out
    }

    /// Returns the lines as one text.
    pub fn text(&self) -> String {
        self.lines.join("\n")
    }
}

/// An argument that the command cannot use: the exit code is 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongArgument(pub String);

impl Default for Report {
    fn default() -> Self {
        Self::new()
    }
}

/// Formats a count: `1 event`, `2 events`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
