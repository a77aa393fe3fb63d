//! The format of `commands/*.toml` and its validation.

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::{Act, Bare, Catalog, CatalogError, CommandSpec, Direction, OptionKind, OptionSpec, Root};
use crate::domain::people::Access;

static SHIPPED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/commands");

/// Limits of chat platforms (Discord's, the strictest known).
const MAX_NAME: usize = 32;
const MAX_DESCRIPTION: usize = 100;
const MAX_OPTIONS: usize = 25;
const MAX_CHOICES: usize = 25;
const MAX_SUBCOMMANDS: usize = 25;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    root: String,
    #[serde(default)]
    aliases: Vec<String>,
    summary: String,
    bare: Option<String>,
    command: Vec<Command>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Command {
    name: String,
    summary: String,
    help: String,
    access: Access,
    bare: Bare,
    submit: String,
    confirm: Option<String>,
    #[serde(default)]
    button: bool,
    #[serde(default)]
    anywhere: bool,
    #[serde(default)]
    option: Vec<Opt>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opt {
    name: String,
    label: Option<String>,
    kind: OptionKind,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    positional: bool,
    #[serde(default)]
    nobody: bool,
    default: Option<String>,
    max: Option<usize>,
    when: Option<Direction>,
    #[serde(default)]
    choices: Vec<String>,
    help: String,
}

impl Catalog {
    /// Display order of the roots; others follow by name.
    const ORDER: [&'static str; 13] = [
        "incident",
        "field",
        "page",
        "alert",
        "report",
        "issue",
        "board",
        "oncall",
        "postmortem",
        "followup",
        "status",
        "room",
        "admin",
    ];

    /// Returns the shipped commands.
    ///
    /// # Panics
    /// Does not panic: a test parses the embedded files.
    pub fn shipped() -> Self {
        let files: Vec<(String, &str)> = SHIPPED
            .files()
            .filter_map(|f| Some((f.path().file_name()?.to_str()?.to_owned(), f.contents_utf8()?)))
            .collect();
        Self::read(&files).expect("the embedded commands were checked by a test")
    }

    /// Parses command files, given as name and text. Fails at the first invalid file.
    pub fn read(files: &[(String, &str)]) -> Result<Self, CatalogError> {
        let mut roots = files.iter().map(|(name, text)| read(name, text)).collect::<Result<Vec<_>, _>>()?;
        let place = |name: &str| Self::ORDER.iter().position(|o| *o == name).unwrap_or(usize::MAX);
        roots.sort_by(|a, b| (place(&a.name), &a.name).cmp(&(place(&b.name), &b.name)));
        Ok(Self { roots })
    }
}

/// Parses one file.
fn read(file: &str, text: &str) -> Result<Root, CatalogError> {
    let wrong = |what: String| CatalogError { file: file.to_owned(), what };
    let parsed: File = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
    let commands = parsed
        .command
        .into_iter()
        .map(|command| command.checked(&parsed.root).map_err(wrong))
        .collect::<Result<Vec<_>, _>>()?;
    let root = Root {
        bare: parsed.bare.map(|name| path(&parsed.root, &name)),
        name: parsed.root,
        aliases: parsed.aliases,
        summary: parsed.summary,
        commands,
    };
    check_root(&root).map_err(wrong)?;
    Ok(root)
}

fn path(root: &str, name: &str) -> String {
    if name.is_empty() { root.to_owned() } else { format!("{root} {name}") }
}

fn check_root(root: &Root) -> Result<(), String> {
    check_name(&root.name)?;
    root.aliases.iter().try_for_each(|alias| check_name(alias))?;
    check_description(&root.name, &root.summary)?;
    // Commands of buttons only are not registered.
    if root.commands.iter().filter(|command| !command.button).count() > MAX_SUBCOMMANDS {
        return Err(format!("/{} has more than {MAX_SUBCOMMANDS} commands", root.name));
    }
    if let Some(bare) = &root.bare
        && !root.commands.iter().any(|c| &c.path == bare)
    {
        return Err(format!("bare names /{bare}, which is not declared"));
    }
    unique(root.commands.iter().map(|c| c.name.as_str())).map_err(|name| format!("/{} {name} stands twice", root.name))
}

fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), &'a str> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(name);
        }
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), String> {
    let good = (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    if good { Ok(()) } else { Err(format!("{name:?} is no name: 1 to {MAX_NAME} of a-z and -")) }
}

fn check_description(name: &str, text: &str) -> Result<(), String> {
    if text.is_empty() || text.chars().count() > MAX_DESCRIPTION {
        return Err(format!("the line that explains {name} must have 1 to {MAX_DESCRIPTION} characters: {text:?}"));
    }
    Ok(())
}

impl Command {
    fn checked(self, root: &str) -> Result<CommandSpec, String> {
        let path = path(root, &self.name);
        if !self.name.is_empty() {
            check_name(&self.name)?;
        }
        check_description(&path, &self.summary)?;
        let Some(act) = Act::find(&path) else {
            return Err(format!("/{path} is declared, but no code knows it"));
        };
        let mut options = self.option.into_iter().map(|o| o.checked(&path)).collect::<Result<Vec<_>, _>>()?;
        if !self.anywhere && matches!(root, "incident" | "field" | "page" | "issue" | "postmortem" | "followup") {
            options.push(incident_option());
        }
        check_options(&path, &options)?;
        Ok(CommandSpec {
            act,
            path,
            name: self.name,
            summary: self.summary,
            help: self.help,
            access: self.access,
            bare: self.bare,
            submit: self.submit,
            confirm: self.confirm,
            button: self.button,
            options,
        })
    }
}

/// Returns the `incident:HOT-12` option that every incident command has, for use outside the incident's room.
fn incident_option() -> OptionSpec {
    OptionSpec {
        name: "incident".to_owned(),
        label: "Incident".to_owned(),
        kind: OptionKind::Incident,
        required: false,
        positional: false,
        nobody: false,
        default: None,
        max: 40,
        when: Direction::Past,
        choices: Vec::new(),
        help: "Which incident, when you are not in its room: HOT-12".to_owned(),
    }
}

fn check_options(path: &str, options: &[OptionSpec]) -> Result<(), String> {
    if options.len() > MAX_OPTIONS {
        return Err(format!("/{path} has more than {MAX_OPTIONS} options"));
    }
    unique(options.iter().map(|o| o.name.as_str())).map_err(|name| format!("/{path}: {name} stands twice"))?;
    let positional: Vec<_> = options.iter().filter(|o| o.positional).collect();
    let swallowing = positional.iter().position(|o| o.kind.swallows());
    if swallowing.is_some_and(|at| at + 1 < positional.len()) {
        return Err(format!("/{path}: after a text that takes the rest of the line nothing can stand"));
    }
    Ok(())
}

impl Opt {
    fn checked(self, path: &str) -> Result<OptionSpec, String> {
        check_name(&self.name)?;
        check_description(&format!("/{path} {}", self.name), &self.help)?;
        if (self.kind == OptionKind::Choice) == self.choices.is_empty() {
            return Err(format!("/{path} {}: a choice needs choices, and nothing else takes them", self.name));
        }
        if self.choices.len() > MAX_CHOICES {
            return Err(format!("/{path} {} has more than {MAX_CHOICES} choices", self.name));
        }
        if self.kind == OptionKind::Time && self.when.is_none() {
            return Err(format!("/{path} {}: a time needs when = \"past\" or \"future\"", self.name));
        }
        Ok(OptionSpec {
            label: self.label.unwrap_or_else(|| capital(&self.name)),
            max: self.max.unwrap_or(200),
            when: self.when.unwrap_or(Direction::Past),
            name: self.name,
            kind: self.kind,
            required: self.required,
            positional: self.positional,
            nobody: self.nobody,
            default: self.default,
            choices: self.choices,
            help: self.help,
        })
    }
}

pub(super) fn capital(word: &str) -> String {
    let spaced = word.replace(['_', '-'], " ");
    let mut chars = spaced.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
