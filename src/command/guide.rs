//! Completion data and the README's command table, generated from the declarations.

use serde::Serialize;

use super::{Catalog, CommandSpec, OptionKind, OptionSpec};

/// A command in completion and help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CompletionCommand {
    /// The full path: `incident severity`.
    pub command: String,
    /// Alternative paths: `inc severity`.
    pub aliases: Vec<String>,
    /// A one-line summary.
    pub summary: String,
    /// Its options.
    pub options: Vec<CompletionOption>,
}

/// An option in completion and help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CompletionOption {
    /// The name before the colon.
    pub name: String,
    /// The type of its value.
    pub kind: &'static str,
    /// True if the command requires it.
    pub required: bool,
    /// True if it can be given without its name.
    pub positional: bool,
    /// A one-line description.
    pub help: String,
    /// The accepted words if the declaration fixes them; other kinds are completed from the vocabulary.
    pub choices: Vec<String>,
}

impl Catalog {
    /// Returns the commands that people type, for completion; commands used only by buttons are excluded.
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

    /// Returns the command table of the README.
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
