//! Display names from the configuration, and the formats of values in templates and scripts.

use chrono::SecondsFormat;
use serde::Serialize;

use crate::{
    chat::{Button, ButtonStyle},
    config::Config,
    domain::{
        Timestamp,
        ids::{ComponentId, PersonId, RoleId, ServiceId, StatusId},
        incident::{Category, FieldSpec, FieldType, Incident, IncidentKind, Severity},
        people::Actor,
        status::{ComponentStatus, PublicStatus},
        text::Untrusted,
    },
    render::linked_html,
};

/// Maximum length of a title.
pub const TITLE: usize = 300;

/// Maximum length of a text.
pub const PROSE: usize = 8_000;

/// Formats an instant for templates and scripts: RFC 3339, UTC, milliseconds.
pub fn at(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A duration in milliseconds, never negative.
pub fn span_ms(from: Timestamp, until: Timestamp) -> i64 {
    (until - from).num_milliseconds().max(0)
}

/// Converts untrusted text to plain text on one line.
pub fn title(text: &Untrusted) -> String {
    text.shown(TITLE).replace(['\n', '\t'], " ")
}

/// Converts untrusted text to plain text.
pub fn prose(text: &Untrusted) -> String {
    text.shown(PROSE)
}

/// Percent-encodes a value for a query string.
pub fn percent(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The JSON name of an enum value, which is also its CSS class.
pub fn word<T: Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(_) | Err(_) => String::new(),
    }
}

/// `degraded_performance` as `degraded performance`.
pub fn spaced(word: &str) -> String {
    word.replace('_', " ")
}

/// Capitalizes a word: `impact` as `Impact`.
pub fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The display names of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct ConfigNames<'a> {
    /// The configuration.
    pub config: &'a Config,
}

impl ConfigNames<'_> {
    /// The name of a status.
    pub fn status(self, id: &StatusId) -> String {
        self.config.policy.workflow.status(id).map_or_else(|| id.to_string(), |status| status.name.clone())
    }

    /// The name of a severity.
    pub fn severity(self, severity: Severity) -> String {
        self.config.policy.severity(severity).name.clone()
    }

    /// The name of a service; its id if it is not configured.
    pub fn service(self, id: &ServiceId) -> String {
        self.config.service(id.as_str()).map_or_else(|| id.to_string(), |service| service.name.clone())
    }

    /// The name of the kind of an incident, if that is another than real or drill.
    pub fn kind(self, incident: &Incident) -> Option<String> {
        let usual = matches!(incident.kind, IncidentKind::Real | IncidentKind::Drill) && incident.own_kind.is_none();
        (!usual).then(|| self.config.policy.kind_name(&incident.kind_id()))
    }

    /// The entries of a field of an incident, with the names of people and services.
    pub fn field_entries(self, incident: &Incident, spec: &FieldSpec) -> Vec<String> {
        let value = incident.field(&spec.id);
        let entries = value.map(|value| value.entries()).unwrap_or_default();
        let shown = |entry: &Untrusted| match spec.holds {
            FieldType::Person => self.person(&PersonId::from(entry.verbatim())),
            FieldType::Service | FieldType::Services => self.service(&ServiceId::from(entry.verbatim())),
            FieldType::Text
            | FieldType::Number
            | FieldType::Choice
            | FieldType::MultiChoice
            | FieldType::List
            | FieldType::Date
            | FieldType::Url => prose(entry),
        };
        entries.iter().map(shown).collect()
    }

    /// The name of a role.
    pub fn role(self, id: &RoleId) -> String {
        let role = self.config.policy.roles.iter().find(|role| &role.id == id);
        role.map_or_else(|| id.to_string(), |role| role.name.clone())
    }

    /// The name of a person; the id if the person is no longer configured.
    pub fn person(self, id: &PersonId) -> String {
        self.config.person(id).map_or_else(|| id.to_string(), |person| person.name.clone())
    }

    /// Renders chat markdown as safe HTML with people's display names.
    pub fn html(self, markdown: &str) -> String {
        let name = |id: &str| self.config.person(&PersonId::new(id)).map(|person| person.name.clone());
        linked_html(markdown, &name, &self.config.tracker.prefixes())
    }

    /// The name of an actor. Rules are named because the operator wrote them; the bot's internal parts are not.
    pub fn actor(self, actor: &Actor) -> String {
        match actor {
            Actor::Person(person) => self.person(person),
            Actor::Machine(what) if actor.rule().is_some() => format!("hotroom ({what})"),
            Actor::Machine(_) => actor.tracker_account().unwrap_or("hotroom").to_owned(),
        }
    }

    /// The name of a status page component.
    pub fn component(self, id: &ComponentId) -> String {
        let found = self.config.status_page.components.iter().find(|component| &component.id == id);
        found.map_or_else(|| id.to_string(), |component| component.name.clone())
    }
}

/// A component with its status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComponentView {
    /// The public name.
    pub name: String,
    /// The CSS class of the status.
    pub status: String,
    /// The display name of the status.
    pub status_name: String,
}

impl ComponentView {
    /// A component with the status that an update sets.
    pub fn new(words: ConfigNames<'_>, id: &ComponentId, status: ComponentStatus) -> Self {
        let status = word(status);
        Self { name: words.component(id), status_name: capital(&spaced(&status)), status }
    }
}

/// The display name of the public status.
pub fn public_name(status: PublicStatus) -> String {
    capital(&word(status))
}

/// The CSS class of the category.
pub fn category(category: Category) -> String {
    word(category)
}

/// A button with all its fields, for templates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ButtonView {
    /// Verb and object.
    pub label: String,
    /// The command it runs.
    pub command: String,
    /// Its style.
    pub style: ButtonStyle,
    /// The confirmation text.
    pub confirm: Option<String>,
    /// The version of the object when the button was rendered.
    pub version: Option<u64>,
}

impl From<Button> for ButtonView {
    fn from(button: Button) -> Self {
        let Button { label, command, style, confirm, version } = button;
        Self { label, command, style, confirm, version }
    }
}
