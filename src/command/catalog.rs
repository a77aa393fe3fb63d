//! The declared commands.

use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};

use super::{Act, declared};
use crate::domain::people::Access;

static SHIPPED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/commands");

/// All declared commands.
#[derive(Clone, Debug)]
pub struct Catalog {
    /// By root, in the order they are declared in.
    pub roots: Vec<Root>,
}

/// What stands under one word: `/incident …`.
#[derive(Clone, Debug)]
pub struct Root {
    /// The word.
    pub name: String,
    /// Other words for it.
    pub aliases: Vec<String>,
    /// One line.
    pub summary: String,
    /// The command meant by the bare word; none: help.
    pub bare: Option<String>,
    /// What can follow it.
    pub commands: Vec<CommandSpec>,
}

/// One command.
#[derive(Clone, Debug)]
pub struct CommandSpec {
    /// The code behind it.
    pub act: Act,
    /// All its words: `incident severity`.
    pub path: String,
    /// Its own word; empty where the root itself is the command.
    pub name: String,
    /// One line.
    pub summary: String,
    /// More.
    pub help: String,
    /// Who may say it.
    pub access: Access,
    /// What happens when it is said with nothing after it.
    pub bare: Bare,
    /// What the button of its form says.
    pub submit: String,
    /// What to ask first, when it cannot be undone.
    pub confirm: Option<String>,
    /// Whether buttons say it and people rarely do.
    pub button: bool,
    /// What it takes.
    pub options: Vec<OptionSpec>,
}

/// What a bare command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bare {
    /// It asks with a form.
    Form,
    /// It acts.
    Now,
}

/// One thing a command takes.
#[derive(Clone, Debug)]
pub struct OptionSpec {
    /// The name before the colon.
    pub name: String,
    /// What stands above it in a form.
    pub label: String,
    /// What it takes.
    pub kind: OptionKind,
    /// Whether the command is nothing without it.
    pub required: bool,
    /// Whether it can stand without its name, in the order of declaration.
    pub positional: bool,
    /// For a person: whether `nobody` is one.
    pub nobody: bool,
    /// What it is when it is not given and something else is.
    pub default: Option<String>,
    /// The longest text, in characters; the largest number.
    pub max: usize,
    /// For a time: which side of now `14:05` lies on.
    pub when: Direction,
    /// For a choice: the words.
    pub choices: Vec<String>,
    /// One line.
    pub help: String,
}

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptionKind {
    /// One line of text.
    Line,
    /// Text.
    Text,
    /// One of the words of the declaration.
    Choice,
    /// A person.
    Person,
    /// People.
    People,
    /// A person, a team, a schedule or a service.
    Whom,
    /// A length of time.
    Duration,
    /// A time.
    Time,
    /// A severity.
    Severity,
    /// A status of the workflow.
    Status,
    /// A role.
    Role,
    /// A service.
    Service,
    /// Status-page components, each with its status.
    Components,
    /// An incident, by its key.
    Incident,
    /// Yes or no.
    Flag,
    /// A whole number.
    Number,
    /// A group of alerts, by its id.
    AlertGroup,
    /// Conditions on the labels of alerts, in Alertmanager's notation.
    Matchers,
    /// A length of time, or until it is over.
    #[serde(rename = "hold")]
    GroupSilence,
    /// A silence, by its id.
    Silence,
    /// A page, by its id.
    Page,
    /// A stand-in on call, by its id.
    Override,
    /// A class of cause.
    Cause,
    /// A word of the matrix.
    Impact,
    /// A word of the matrix.
    Urgency,
    /// A schedule.
    Schedule,
    /// A prepared text for the public page.
    Template,
    /// A command of this catalog.
    Command,
}

/// Which side of now a bare hour lies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It has been.
    Past,
    /// It will be.
    Future,
}

/// A mistake in `commands/*.toml`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("commands/{file}: {what}")]
pub struct CatalogError {
    /// The file.
    pub file: String,
    /// What is wrong.
    pub what: String,
}

impl OptionKind {
    /// Whether it takes the rest of the line when it stands without its name.
    pub(super) fn swallows(self) -> bool {
        matches!(self, Self::Line | Self::Text | Self::People | Self::Components | Self::Command | Self::Matchers)
    }

    /// Its name as in the files and in completion data.
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
            Self::Impact => "impact",
            Self::Urgency => "urgency",
            Self::Schedule => "schedule",
            Self::Template => "template",
            Self::Command => "command",
        }
    }
}

impl Catalog {
    /// The order in which roots are shown; others follow by name.
    const ORDER: [&'static str; 5] = ["incident", "page", "alert", "oncall", "admin"];

    /// The commands that come with the program.
    ///
    /// # Panics
    /// Never: a test reads the embedded files.
    pub fn shipped() -> Self {
        let files: Vec<(String, &str)> = SHIPPED
            .files()
            .filter_map(|f| Some((f.path().file_name()?.to_str()?.to_owned(), f.contents_utf8()?)))
            .collect();
        Self::read(&files).expect("the embedded commands were checked by a test")
    }

    /// Reads command files: name and text of each.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn read(files: &[(String, &str)]) -> Result<Self, CatalogError> {
        let mut roots = files.iter().map(|(name, text)| declared::read(name, text)).collect::<Result<Vec<_>, _>>()?;
        let place = |name: &str| Self::ORDER.iter().position(|o| *o == name).unwrap_or(usize::MAX);
        roots.sort_by(|a, b| (place(&a.name), &a.name).cmp(&(place(&b.name), &b.name)));
        Ok(Self { roots })
    }

    /// A root by its word or an alias.
    pub fn root(&self, word: &str) -> Option<&Root> {
        let word = word.to_ascii_lowercase();
        self.roots.iter().find(|r| r.name == word || r.aliases.contains(&word))
    }

    /// A command by all its words: `incident severity`. Aliases of the root count.
    pub fn command(&self, path: &str) -> Option<&CommandSpec> {
        let path = path.trim().trim_start_matches('/');
        let (first, rest) = path.split_once(char::is_whitespace).unwrap_or((path, ""));
        self.root(first)?.command(rest.trim())
    }

    /// The declaration of an act.
    pub fn spec(&self, act: Act) -> Option<&CommandSpec> {
        self.commands().find(|c| c.act == act)
    }

    /// All commands.
    pub fn commands(&self) -> impl Iterator<Item = &CommandSpec> {
        self.roots.iter().flat_map(|r| r.commands.iter())
    }
}

impl Root {
    /// A command by its own word.
    pub fn command(&self, word: &str) -> Option<&CommandSpec> {
        let word = word.to_ascii_lowercase();
        self.commands.iter().find(|c| c.name == word)
    }
}

impl CommandSpec {
    /// An option by name.
    pub fn option(&self, name: &str) -> Option<&OptionSpec> {
        self.options.iter().find(|o| o.name == name)
    }

    /// How it is written: `/incident severity <to> [reason]`.
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
