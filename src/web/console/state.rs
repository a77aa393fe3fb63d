//! The data the script needs to start.

use super::{
    alarm,
    json::{CommandView, IncidentLine, Me, NamedItem, OptionView, RoomView, StateView},
    view,
};
use crate::{
    command::{Catalog, CompletionOption},
    domain::{
        Timestamp,
        ids::{PersonId, RoomId},
        incident::Severity,
        people::Person,
    },
    store::{IncidentFilter, ListViewer, Reads, StoreError},
    web::{
        VERSION,
        pages::words::{self, ConfigNames},
    },
};

/// Maximum number of incidents in the "go to anything" list.
const INCIDENTS: usize = 200;

/// The reader of the console.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The signed-in person.
    pub person: &'a Person,
    /// The CSRF token of the session.
    pub csrf: &'a str,
    /// The room that is shown, which is listed even when it is archived.
    pub room: Option<&'a RoomId>,
}

/// Reads everything the script needs at first.
///
/// # Errors
/// When the store fails.
pub fn read(
    reads: &Reads<'_>,
    words: ConfigNames<'_>,
    catalog: &Catalog,
    reader: Reader<'_>,
    now: Timestamp,
) -> Result<StateView, StoreError> {
    Ok(StateView {
        me: me(reader.person),
        csrf: reader.csrf.to_owned(),
        rev: reads.chat_rev()?,
        now: words::at(now),
        version: VERSION,
        rooms: rooms(reads, words, &reader.person.id, reader.room)?,
        people: words.config.people.iter().map(|person| named(person.id.as_str(), &person.name)).collect(),
        services: words.config.services.iter().map(|service| named(service.id.as_str(), &service.name)).collect(),
        incidents: incidents(reads, words, &reader.person.id)?,
        pages: alarm::read(reads, words, &reader.person.id)?,
        commands: commands(words, catalog),
    })
}

/// Describes the signed-in person.
pub fn me(person: &Person) -> Me {
    Me { id: person.id.to_string(), name: person.name.clone(), access: words::word(person.access) }
}

fn named(id: &str, name: &str) -> NamedItem {
    NamedItem { id: id.to_owned(), name: name.to_owned() }
}

fn rooms(
    reads: &Reads<'_>,
    words: ConfigNames<'_>,
    reader: &PersonId,
    wanted: Option<&RoomId>,
) -> Result<Vec<RoomView>, StoreError> {
    let mut seen = reads.visible_rooms(reader)?;
    if let Some(wanted) = wanted
        && !seen.iter().any(|seen| &seen.room.id == wanted)
    {
        seen.extend(reads.visible_room(reader, wanted)?);
    }
    Ok(seen.iter().map(|seen| view::room(words, seen)).collect())
}

fn incidents(reads: &Reads<'_>, words: ConfigNames<'_>, reader: &PersonId) -> Result<Vec<IncidentLine>, StoreError> {
    let filter = IncidentFilter {
        viewer: ListViewer::Person(reader.clone()),
        open: Some(true),
        limit: INCIDENTS,
        ..IncidentFilter::default()
    };
    let line = |incident: &crate::domain::incident::Incident| IncidentLine {
        key: incident.key.to_string(),
        title: words::title(&incident.title),
        severity: incident.severity.name().to_owned(),
        status: words.status(&incident.status),
        category: words::category(incident.category),
        room: incident.room.as_ref().map(ToString::to_string),
    };
    Ok(reads.list_incidents(&filter)?.items.iter().map(line).collect())
}

/// The slash commands, with the values each option takes in this configuration.
pub fn commands(words: ConfigNames<'_>, catalog: &Catalog) -> Vec<CommandView> {
    let option = |option: CompletionOption| OptionView {
        choices: choices(words, &option),
        name: option.name,
        kind: option.kind.to_owned(),
        required: option.required,
        positional: option.positional,
        help: option.help,
    };
    let command = |command: crate::command::CompletionCommand| CommandView {
        command: command.command,
        aliases: command.aliases,
        summary: command.summary,
        options: command.options.into_iter().map(option).collect(),
    };
    catalog.completion().into_iter().map(command).collect()
}

/// Value and label of each choice: those of the declaration, or those of the configuration.
fn choices(words: ConfigNames<'_>, option: &CompletionOption) -> Vec<(String, String)> {
    let config = words.config;
    let policy = &config.policy;
    let pair = |id: &str, name: &str| (id.to_owned(), name.to_owned());
    match option.kind {
        "severity" => {
            let label = |severity| {
                let rule = policy.severity(severity);
                (severity.name().to_owned(), format!("{}: {}", rule.name, rule.description))
            };
            Severity::ALL.into_iter().map(label).collect()
        }
        "status" => policy.workflow.statuses.iter().map(|status| pair(status.id.as_str(), &status.name)).collect(),
        "role" => policy.roles.iter().map(|role| pair(role.id.as_str(), &role.name)).collect(),
        "service" => config.services.iter().map(|service| pair(service.id.as_str(), &service.name)).collect(),
        "schedule" => {
            config.schedules.iter().map(|schedule| pair(schedule.id.as_str(), schedule.id.as_str())).collect()
        }
        "cause" => policy.workflow.causes.iter().map(|cause| pair(cause, cause)).collect(),
        "incident_kind" => policy.kinds.iter().map(|kind| pair(kind.id.as_str(), &kind.name)).collect(),
        "impact" => policy.matrix.keys().map(|impact| pair(impact, impact)).collect(),
        "urgency" => {
            // Every row has the same urgencies; the configuration check guarantees it.
            policy.matrix.values().take(1).flat_map(|row| row.keys()).map(|urgency| pair(urgency, urgency)).collect()
        }
        _ => option.choices.iter().map(|choice| pair(choice, choice)).collect(),
    }
}
