//! The commands in Discord's registration format, within its limits.
//!
//! Every option is optional there, because a command without options opens its form. Choices are offered while typing,
//! so that a changed configuration needs no new registration.
//!
//! Source of the limits: docs.discord.com, Application Commands ("Command Naming", "Registering a Command").

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    command::{Catalog, CommandSpec, OptionKind, OptionSpec, Root},
    domain::incident::Severity,
};

/// The message menu entry that declares an incident.
pub const DECLARE_FROM: &str = "Declare incident";
/// The message menu entry that adds the message to the timeline.
pub const TIMELINE_FROM: &str = "Add to timeline";

/// The most commands of one kind in a guild, options of a command, and choices of an option.
const MOST: (usize, usize, usize) = (100, 25, 25);
/// The longest name and the longest description.
const LONGEST: (usize, usize) = (32, 100);
/// The most characters of all names, descriptions and values of a command.
const MOST_TEXT: usize = 8_000;

const SUBCOMMAND: u8 = 1;
const TEXT: u8 = 3;
const INTEGER: u8 = 4;
const BOOLEAN: u8 = 5;

/// The key under which the store records the last registration: application, guild and digest.
pub const REGISTERED: &str = "discord_commands";

/// Returns the commands as the body of one bulk overwrite.
pub fn commands(catalog: &Catalog) -> Vec<Value> {
    let slash = catalog.roots.iter().flat_map(|root| {
        let names = std::iter::once(&root.name).chain(&root.aliases);
        names.map(|name| slash(root, name))
    });
    let menus = [DECLARE_FROM, TIMELINE_FROM].map(|name| json!({ "type": 3, "name": name, "contexts": [0] }));
    slash.chain(menus).collect()
}

/// Returns a digest that changes when the commands must be registered again.
pub fn digest(commands: &[Value]) -> String {
    hex::encode(Sha256::digest(Value::from(commands.to_vec()).to_string()))
}

fn slash(root: &Root, name: &str) -> Value {
    let options: Vec<Value> = match root.command("") {
        Some(whole) => options(whole),
        None => root.commands.iter().filter(|command| !command.button).map(subcommand).collect(),
    };
    json!({ "type": 1, "name": name, "description": root.summary, "contexts": [0], "options": options })
}

fn subcommand(spec: &CommandSpec) -> Value {
    json!({ "type": SUBCOMMAND, "name": spec.name, "description": spec.summary, "options": options(spec) })
}

fn options(spec: &CommandSpec) -> Vec<Value> {
    spec.options.iter().map(option).collect()
}

fn option(option: &OptionSpec) -> Value {
    let mut made = json!({ "type": kind(option.kind), "name": option.name, "description": option.help });
    let choices = choices(option);
    if !choices.is_empty() {
        made["choices"] = choices.iter().map(|word| json!({ "name": word, "value": word })).collect();
    } else if offered(option.kind) {
        made["autocomplete"] = true.into();
    } else if kind(option.kind) == TEXT {
        made["max_length"] = option.max.clamp(1, 6_000).into();
    }
    made
}

fn kind(kind: OptionKind) -> u8 {
    if kind == OptionKind::Flag {
        BOOLEAN
    } else if kind == OptionKind::Number {
        INTEGER
    } else {
        TEXT
    }
}

/// Returns the choices that are constant while the program runs. They are registered with the option.
fn choices(option: &OptionSpec) -> Vec<String> {
    if option.kind == OptionKind::Severity {
        return Severity::ALL.iter().map(|severity| severity.name().to_owned()).collect();
    }
    option.choices.clone()
}

/// True if choices are offered while typing.
fn offered(kind: OptionKind) -> bool {
    matches!(
        kind,
        OptionKind::Person
            | OptionKind::People
            | OptionKind::Whom
            | OptionKind::Status
            | OptionKind::Role
            | OptionKind::Service
            | OptionKind::Components
            | OptionKind::Incident
            | OptionKind::AlertGroup
            | OptionKind::Silence
            | OptionKind::Cause
            | OptionKind::IncidentKind
            | OptionKind::Impact
            | OptionKind::Urgency
            | OptionKind::Schedule
            | OptionKind::Template
            | OptionKind::Override
            | OptionKind::Command
    )
}

/// Returns what Discord would refuse, for authors of `commands/*.toml`.
pub fn refused(commands: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    if commands.len() > MOST.0 {
        wrong.push(format!("there are {} commands; Discord takes {}", commands.len(), MOST.0));
    }
    for command in commands {
        let name = command["name"].as_str().unwrap_or_default();
        named(command, &format!("/{name}"), &mut wrong);
        let text = text(command);
        if text > MOST_TEXT {
            wrong.push(format!("/{name} has {text} characters of names and explanations; Discord takes {MOST_TEXT}"));
        }
    }
    wrong
}

fn named(item: &Value, path: &str, wrong: &mut Vec<String>) {
    let length = |field: &str| item[field].as_str().map_or(0, |text| text.chars().count());
    if length("name") > LONGEST.0 {
        wrong.push(format!("the name of {path} has more than {} characters", LONGEST.0));
    }
    if length("description") > LONGEST.1 {
        wrong.push(format!("the line that explains {path} has more than {} characters", LONGEST.1));
    }
    let below = item["options"].as_array().map(Vec::as_slice).unwrap_or_default();
    if below.len() > MOST.1 {
        wrong.push(format!("{path} has {} options; Discord takes {}", below.len(), MOST.1));
    }
    if item["choices"].as_array().is_some_and(|choices| choices.len() > MOST.2) {
        wrong.push(format!("{path} has more than {} choices", MOST.2));
    }
    for option in below {
        named(option, &format!("{path} {}", option["name"].as_str().unwrap_or_default()), wrong);
    }
}

/// Returns how many characters count against [`MOST_TEXT`].
fn text(item: &Value) -> usize {
    let own: usize =
        ["name", "description", "value"].iter().filter_map(|key| item[*key].as_str()).map(|t| t.chars().count()).sum();
    let below = ["options", "choices"].iter().filter_map(|key| item[*key].as_array()).flatten();
    own + below.map(text).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use crate::chat::discord::wire::registration::*;

    #[test]
    fn the_shipped_commands_are_within_discords_limits() {
        assert_eq!(refused(&commands(&Catalog::shipped())), Vec::<String>::new());
    }

    #[test]
    fn what_discord_would_refuse_is_named() {
        let long = "x".repeat(101);
        let options: Vec<Value> = (0..26).map(|n| json!({ "name": format!("o{n}"), "description": long })).collect();
        let wrong = refused(&[json!({ "name": "big", "description": "d", "options": options })]).join("\n");
        assert!(wrong.contains("/big has 26 options; Discord takes 25"), "{wrong}");
        assert!(wrong.contains("the line that explains /big o3 has more than 100 characters"), "{wrong}");
        let many: Vec<Value> =
            (0..90).map(|n| json!({ "name": format!("o{n}"), "description": "x".repeat(99) })).collect();
        assert!(refused(&[json!({ "name": "wide", "description": "", "options": many })]).join("\n").contains("8000"));
    }

    #[test]
    fn the_same_declarations_have_the_same_digest() {
        let (one, two) = (commands(&Catalog::shipped()), commands(&Catalog::shipped()));
        assert_eq!(digest(&one), digest(&two));
        assert_ne!(digest(&one), digest(&one[1..]));
    }

    #[test]
    fn no_option_is_required_because_a_bare_command_asks() {
        let all = Value::from(commands(&Catalog::shipped())).to_string();
        assert!(!all.contains("\"required\":"));
        let declare = &commands(&Catalog::shipped())[..];
        let incident = declare.iter().find(|command| command["name"] == "incident").expect("/incident");
        let sub = &incident["options"][0];
        assert_eq!((sub["name"].as_str(), sub["type"].as_u64()), (Some("declare"), Some(1)));
        let kinds: Vec<_> = sub["options"].as_array().unwrap().iter().map(|o| o["type"].as_u64()).collect();
        assert!(kinds.contains(&Some(u64::from(BOOLEAN))) && kinds.contains(&Some(u64::from(TEXT))));
    }
}
