//! Names as the operator gave them, and the forms in which values reach templates and scripts.

use chrono::SecondsFormat;
use serde::Serialize;

use crate::{
    app::alerts::RULE,
    chat::{Button, ButtonStyle},
    config::Config,
    domain::{
        Timestamp,
        ids::{ComponentId, PersonId, RoleId, ServiceId, StatusId},
        incident::{Category, Severity},
        people::Actor,
        status::{ComponentStatus, PublicStatus},
        text::Untrusted,
    },
    render::safe_html,
};

/// The longest title that is shown whole.
pub const TITLE: usize = 300;

/// The longest text that is shown whole.
pub const PROSE: usize = 8_000;

/// An instant as templates and scripts take it: RFC 3339, UTC, milliseconds.
pub fn at(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A span in milliseconds; none is negative.
pub fn span_ms(from: Timestamp, until: Timestamp) -> i64 {
    (until - from).num_milliseconds().max(0)
}

/// A text from outside as plain text of one line.
pub fn title(text: &Untrusted) -> String {
    text.shown(TITLE).replace(['\n', '\t'], " ")
}

/// A text from outside as plain text.
pub fn prose(text: &Untrusted) -> String {
    text.shown(PROSE)
}

/// A value of a query string.
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

/// The word an enum is written as in JSON, which is also its CSS class.
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

/// With a capital: `impact` as `Impact`.
pub fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The names that the operator gave to things.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// Where they stand.
    pub config: &'a Config,
}

impl Words<'_> {
    /// A status.
    pub fn status(self, id: &StatusId) -> String {
        self.config.policy.workflow.status(id).map_or_else(|| id.to_string(), |status| status.name.clone())
    }

    /// A severity.
    pub fn severity(self, severity: Severity) -> String {
        self.config.policy.severity(severity).name.clone()
    }

    /// A service; one that is not declared keeps the name it came with.
    pub fn service(self, id: &ServiceId) -> String {
        self.config.service(id.as_str()).map_or_else(|| id.to_string(), |service| service.name.clone())
    }

    /// A role.
    pub fn role(self, id: &RoleId) -> String {
        let role = self.config.policy.roles.iter().find(|role| &role.id == id);
        role.map_or_else(|| id.to_string(), |role| role.name.clone())
    }

    /// A person; one who has left the configuration keeps the id.
    pub fn person(self, id: &PersonId) -> String {
        self.config.person(id).map_or_else(|| id.to_string(), |person| person.name.clone())
    }

    /// Chat markdown as safe HTML in which people have their names.
    pub fn html(self, markdown: &str) -> String {
        safe_html(markdown, &|id| self.config.person(&PersonId::new(id)).map(|person| person.name.clone()))
    }

    /// Whoever did something. A rule is named, for the operator wrote it; which part of the bot it was tells nobody
    /// anything.
    pub fn actor(self, actor: &Actor) -> String {
        match actor {
            Actor::Person(person) => self.person(person),
            Actor::Machine(what) if what.starts_with(RULE) => what.clone(),
            Actor::Machine(_) => "hotroom".to_owned(),
        }
    }

    /// A component of the public page.
    pub fn component(self, id: &ComponentId) -> String {
        let found = self.config.status_page.components.iter().find(|component| &component.id == id);
        found.map_or_else(|| id.to_string(), |component| component.name.clone())
    }
}

/// A component with its status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComponentView {
    /// The name customers see.
    pub name: String,
    /// The status as a CSS class.
    pub status: String,
    /// The status as read.
    pub status_name: String,
}

impl ComponentView {
    /// What a status update says of a component.
    pub fn new(words: Words<'_>, id: &ComponentId, status: ComponentStatus) -> Self {
        let status = word(status);
        Self { name: words.component(id), status_name: capital(&spaced(&status)), status }
    }
}

/// The public status as read.
pub fn public_name(status: PublicStatus) -> String {
    capital(&word(status))
}

/// The category as a CSS class.
pub fn category(category: Category) -> String {
    word(category)
}

/// A button with nothing left out, as templates take it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ButtonView {
    /// Verb and object.
    pub label: String,
    /// The command it says.
    pub command: String,
    /// How it looks.
    pub style: ButtonStyle,
    /// What to ask first.
    pub confirm: Option<String>,
    /// The version of the thing when it was drawn.
    pub version: Option<u64>,
}

impl From<Button> for ButtonView {
    fn from(button: Button) -> Self {
        let Button { label, command, style, confirm, version } = button;
        Self { label, command, style, confirm, version }
    }
}
