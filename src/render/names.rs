//! Display names of ids, and the scene in which a message is rendered.

use std::{collections::BTreeMap, fmt, sync::Arc};

use chrono::SecondsFormat;
use minijinja::value::{Object, Value};

use crate::{
    config::Config,
    domain::{Timestamp, ids::PersonId, incident::Policy},
};

/// Display names of the ids in records, from the configuration. Cheap to clone.
#[derive(Clone, Default)]
pub struct Names(Arc<NameTable>);

#[derive(Default)]
struct NameTable {
    kinds: BTreeMap<&'static str, BTreeMap<String, String>>,
    public_url: String,
    /// True if others than this machine can open that address.
    is_reachable: bool,
}

impl From<&Config> for Names {
    fn from(config: &Config) -> Self {
        let mut kinds = Self::of_policy(&config.policy);
        kinds.insert("person", config.people.iter().map(|p| (p.id.to_string(), p.name.clone())).collect());
        kinds.insert("team", config.teams.iter().map(|t| (t.id.to_string(), t.name.clone())).collect());
        kinds.insert("service", config.services.iter().map(|s| (s.id.to_string(), s.name.clone())).collect());
        let components = config.status_page.components.iter();
        kinds.insert("component", components.map(|c| (c.id.to_string(), c.name.clone())).collect());
        let (public_url, is_reachable) = (config.server.public_url.clone(), config.server.outside_url().is_some());
        Self(Arc::new(NameTable { kinds, public_url, is_reachable }))
    }
}

impl Names {
    fn of_policy(policy: &Policy) -> BTreeMap<&'static str, BTreeMap<String, String>> {
        let severities = policy.severities.iter().map(|(s, rule)| (s.name().to_owned(), rule.name.clone()));
        let meanings = policy.severities.iter().map(|(s, rule)| (s.name().to_owned(), rule.description.clone()));
        BTreeMap::from([
            ("status", policy.workflow.statuses.iter().map(|s| (s.id.to_string(), s.name.clone())).collect()),
            ("severity", severities.collect()),
            ("meaning", meanings.collect()),
            ("field", policy.fields.iter().map(|field| (field.id.to_string(), field.name.clone())).collect()),
            ("role", policy.roles.iter().map(|r| (r.id.to_string(), r.name.clone())).collect()),
        ])
    }

    /// Builds names from (kind, id, name) entries, such as kind `person` or `status`; for tests and samples.
    pub fn from_pairs(pairs: &[(&'static str, &str, &str)], public_url: &str) -> Self {
        let mut kinds: BTreeMap<&'static str, BTreeMap<String, String>> = BTreeMap::new();
        for (kind, id, name) in pairs {
            kinds.entry(kind).or_default().insert((*id).to_owned(), (*name).to_owned());
        }
        Self(Arc::new(NameTable { kinds, public_url: public_url.to_owned(), is_reachable: true }))
    }

    /// Returns the display name of an id, if it has one.
    pub fn find(&self, kind: &str, id: &str) -> Option<&str> {
        self.0.kinds.get(kind)?.get(id).map(String::as_str)
    }

    /// Returns the display name of an id; if there is none, the id with spaces.
    pub fn of(&self, kind: &str, id: &str) -> String {
        self.find(kind, id)
            .map(str::to_owned)
            .unwrap_or_else(|| if kind == "person" { id.to_owned() } else { id.replace(['_', '-'], " ") })
    }

    /// Returns the display name of a person.
    pub fn person(&self, id: &PersonId) -> String {
        self.of("person", id.as_str())
    }

    /// Returns the public URL of the console.
    pub fn public_url(&self) -> &str {
        &self.0.public_url
    }

    /// Returns the public URL; empty if it is an address of this machine, which is no link for anybody else.
    fn shared_url(&self) -> &str {
        if self.0.is_reachable { &self.0.public_url } else { "" }
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.kinds.iter()).finish()
    }
}

/// The rendering scene: the names, the time, and the people to mention.
#[derive(Clone, Debug)]
pub struct RenderContext<'a> {
    /// Display names.
    pub names: &'a Names,
    /// The current time.
    pub now: Timestamp,
    /// The people to mention: `{{ id|person }}` is a mention for them and a plain name for everyone else.
    pub mentions: Vec<PersonId>,
}

impl<'a> RenderContext<'a> {
    /// Creates a scene that mentions nobody.
    pub fn new(names: &'a Names, now: Timestamp) -> Self {
        Self { names, now, mentions: Vec::new() }
    }

    /// Sets the people to mention.
    pub fn calling(self, mentions: impl IntoIterator<Item = PersonId>) -> Self {
        Self { mentions: mentions.into_iter().collect(), ..self }
    }

    pub(super) fn value(&self) -> Value {
        Value::from_object(RenderContextObject {
            names: self.names.clone(),
            now: self.now,
            mentions: self.mentions.clone(),
        })
    }
}

/// The scene in templates and filters: `scene.now`, and `scene.url`, which is empty if only this machine can open it.
#[derive(Debug)]
pub(super) struct RenderContextObject {
    pub names: Names,
    pub now: Timestamp,
    pub mentions: Vec<PersonId>,
}

impl Object for RenderContextObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "now" => Some(Value::from(self.now.to_rfc3339_opts(SecondsFormat::AutoSi, true))),
            "url" => Some(Value::from(self.names.shared_url())),
            _ => None,
        }
    }
}
