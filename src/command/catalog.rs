//! The declared commands.

use serde::{Deserialize, Serialize};

use super::Act;
use crate::domain::people::Access;

/// All declared commands.
#[derive(Clone, Debug)]
pub struct Catalog {
    /// The roots, in display order.
    pub roots: Vec<Root>,
}

/// A root command and its subcommands: `/incident …`.
#[derive(Clone, Debug)]
pub struct Root {
    /// The name.
    pub name: String,
    /// Alternative names.
    pub aliases: Vec<String>,
    /// A one-line summary.
    pub summary: String,
    /// The command that the root runs without arguments; `None` if it shows help.
    pub bare: Option<String>,
    /// Its commands.
    pub commands: Vec<CommandSpec>,
}

/// A declared command.
#[derive(Clone, Debug)]
pub struct CommandSpec {
    /// The command it declares.
    pub act: Act,
    /// The full path: `incident severity`.
    pub path: String,
    /// The name under the root; empty if the root itself is the command.
    pub name: String,
    /// A one-line summary.
    pub summary: String,
    /// Detailed help.
    pub help: String,
    /// The access it requires.
    pub access: Access,
    /// What it does without arguments.
    pub bare: Bare,
    /// The label of its form's submit button.
    pub submit: String,
    /// The confirmation prompt, if it cannot be undone.
    pub confirm: Option<String>,
    /// True if it is used by buttons and rarely typed.
    pub button: bool,
    /// Its options.
    pub options: Vec<OptionSpec>,
}

/// What a command does without arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bare {
    /// Opens a form.
    Form,
    /// Runs at once.
    Now,
}

/// An option of a command.
#[derive(Clone, Debug)]
pub struct OptionSpec {
    /// The name before the colon.
    pub name: String,
    /// The label in a form.
    pub label: String,
    /// The type of its value.
    pub kind: OptionKind,
    /// True if the command requires it.
    pub required: bool,
    /// True if it can be given without its name, in declaration order.
    pub positional: bool,
    /// For a person: true if `nobody` is accepted.
    pub nobody: bool,
    /// The default if other options are given.
    pub default: Option<String>,
    /// The maximum length of a text in characters, or the maximum of a number.
    pub max: usize,
    /// For a time: whether `14:05` is in the past or the future.
    pub when: Direction,
    /// For a choice: the accepted words.
    pub choices: Vec<String>,
    /// A one-line description.
    pub help: String,
}

/// The type of an option's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptionKind {
    /// One line of text.
    Line,
    /// Text with line breaks.
    Text,
    /// One of the declared words.
    Choice,
    /// A person.
    Person,
    /// A list of people.
    People,
    /// A person, a team, a schedule or a service.
    Whom,
    /// A duration.
    Duration,
    /// A time.
    Time,
    /// A severity.
    Severity,
    /// A workflow status.
    Status,
    /// A role.
    Role,
    /// A service.
    Service,
    /// Status-page components, each with its status.
    Components,
    /// An incident, by key.
    Incident,
    /// Yes or no.
    Flag,
    /// A whole number.
    Number,
    /// An alert group, by id.
    AlertGroup,
    /// Label matchers, in Alertmanager's notation.
    Matchers,
    /// A duration, or until the alerts resolve.
    #[serde(rename = "hold")]
    GroupSilence,
    /// A silence, by its id.
    Silence,
    /// A page, by its id.
    Page,
    /// An on-call override, by id.
    Override,
    /// A cause class.
    Cause,
    /// A kind of incidents.
    IncidentKind,
    /// Values of fields of an incident: `cause=bug; hosts=db-1`.
    Fields,
    /// An impact in the severity matrix.
    Impact,
    /// An urgency in the severity matrix.
    Urgency,
    /// A schedule.
    Schedule,
    /// A status-page template.
    Template,
    /// A command in this catalog.
    Command,
}

/// Whether a time is past or future, which determines the date of a bare time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The time has passed: the nearest occurrence counts.
    Past,
    /// The time is to come: the next occurrence counts.
    Future,
}

/// An error in `commands/*.toml`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("commands/{file}: {what}")]
pub struct CatalogError {
    /// The file.
    pub file: String,
    /// What is wrong.
    pub what: String,
}

impl OptionKind {
    /// True if the option takes the rest of the line when given without its name.
    pub(super) fn swallows(self) -> bool {
        matches!(
            self,
            Self::Line | Self::Text | Self::People | Self::Components | Self::Command | Self::Matchers | Self::Fields
        )
    }

    /// Returns the name used in declarations and completion data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Text => "text",
            Self::Choice => "choice",
            Self::Person => "person",
            Self::People => "people",
            Self::Whom => "whom",
            Self::Duration => "duration",
            Self::Time => "time",
            Self::Severity => "severity",
            Self::Status => "status",
            Self::Role => "role",
            Self::Service => "service",
            Self::Components => "components",
            Self::Incident => "incident",
            Self::Flag => "flag",
            Self::Number => "number",
            Self::AlertGroup => "alert_group",
            Self::Matchers => "matchers",
            Self::GroupSilence => "hold",
            Self::Silence => "silence",
            Self::Page => "page",
            Self::Override => "override",
            Self::Cause => "cause",
            Self::IncidentKind => "incident_kind",
            Self::Fields => "fields",
            Self::Impact => "impact",
            Self::Urgency => "urgency",
            Self::Schedule => "schedule",
            Self::Template => "template",
            Self::Command => "command",
        }
    }
}

impl Catalog {
    /// Finds a root by name or alias.
    pub fn root(&self, word: &str) -> Option<&Root> {
        let word = word.to_ascii_lowercase();
        self.roots.iter().find(|r| r.name == word || r.aliases.contains(&word))
    }

    /// Finds a command by its full path: `incident severity`. Root aliases are accepted.
    pub fn command(&self, path: &str) -> Option<&CommandSpec> {
        let path = path.trim().trim_start_matches('/');
        let (first, rest) = path.split_once(char::is_whitespace).unwrap_or((path, ""));
        self.root(first)?.command(rest.trim())
    }

    /// Returns the declaration of a command.
    pub fn spec(&self, act: Act) -> Option<&CommandSpec> {
        self.commands().find(|c| c.act == act)
    }

    /// Returns all commands.
    pub fn commands(&self) -> impl Iterator<Item = &CommandSpec> {
        self.roots.iter().flat_map(|r| r.commands.iter())
    }
}

impl Root {
    /// Finds a command by its name under the root.
    pub fn command(&self, word: &str) -> Option<&CommandSpec> {
        let word = word.to_ascii_lowercase();
        self.commands.iter().find(|c| c.name == word)
    }
}

impl CommandSpec {
    /// Finds an option by name.
    pub fn option(&self, name: &str) -> Option<&OptionSpec> {
        self.options.iter().find(|o| o.name == name)
    }

    /// True if the command is about one incident.
    pub fn acts_on_incident(&self) -> bool {
        self.option("incident").is_some()
    }

    /// Returns the usage line: `/incident severity <to> [reason]`.
    pub fn usage(&self) -> String {
        let mut out = format!("/{}", self.path);
        for option in &self.options {
            let needed = option.required && option.default.is_none();
            match (option.positional, needed) {
                (true, true) => out.push_str(&format!(" <{}>", option.name)),
                (true, false) => out.push_str(&format!(" [{}]", option.name)),
                (false, true) => out.push_str(&format!(" {}:…", option.name)),
                (false, false) => {}
            }
        }
        let named: Vec<_> = self.options.iter().filter(|o| !o.positional && !o.required).collect();
        named.iter().for_each(|o| out.push_str(&format!(" [{}:…]", o.name)));
        out
    }
}
