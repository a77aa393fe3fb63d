//! What is made from the declarations for readers: completion data and the README's table.

use serde::Serialize;

use super::{Catalog, CommandSpec, OptionKind, OptionSpec};

/// A command as completion and help show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CompletionCommand {
    /// All its words: `incident severity`.
    pub command: String,
    /// Other ways to say it: `inc severity`.
    pub aliases: Vec<String>,
    /// One line.
    pub summary: String,
    /// What it takes.
    pub options: Vec<CompletionOption>,
}

/// An option as completion and help show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CompletionOption {
    /// The name before the colon.
    pub name: String,
    /// What it takes.
    pub kind: &'static str,
    /// Whether the command is nothing without it.
    pub required: bool,
    /// Whether it can stand without its name.
    pub positional: bool,
    /// One line.
    pub help: String,
    /// The words it takes, where they are fixed by the declaration; other kinds are completed from the vocabulary.
    pub choices: Vec<String>,
}

impl Catalog {
    /// The commands people type, for completion; those that only buttons say are left out.
    pub fn completion(&self) -> Vec<CompletionCommand> {
        let command = |aliases: &[String], spec: &CommandSpec| CompletionCommand {
            aliases: aliases.iter().map(|alias| format!("{alias} {}", spec.name).trim().to_owned()).collect(),
            command: spec.path.clone(),
            summary: spec.summary.clone(),
            options: spec.options.iter().map(option).collect(),
        };
        let of = |root: &super::Root| -> Vec<CompletionCommand> {
            root.commands.iter().filter(|c| !c.button).map(|c| command(&root.aliases, c)).collect()
        };
        self.roots.iter().flat_map(of).collect()
    }

    /// The command table of the README.
    pub fn table(&self) -> String {
        let mut out = String::from("| command | what it does | who |\n|---|---|---|\n");
        for spec in self.commands().filter(|c| !c.button) {
            let who = match spec.access {
                crate::domain::people::Access::Reporter => "anyone",
                crate::domain::people::Access::Responder => "responders",
                crate::domain::people::Access::Admin => "admins",
            };
            out.push_str(&format!("| `{}` | {} | {who} |\n", spec.usage().replace('|', "\\|"), spec.summary));
        }
        out
    }
}

fn option(option: &OptionSpec) -> CompletionOption {
    let choices =
        if option.kind == OptionKind::Flag { vec!["yes".to_owned(), "no".to_owned()] } else { option.choices.clone() };
    CompletionOption {
        name: option.name.clone(),
        kind: option.kind.name(),
        required: option.required && option.default.is_none(),
        positional: option.positional,
        help: option.help.clone(),
        choices,
    }
}
