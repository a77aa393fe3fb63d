//! Forms of commands without arguments.

mod fields;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Act, Ask, Bare, Catalog, CommandSpec, KnownName, OptionKind, OptionSpec, Vocabulary, declared::capital};
use crate::domain::{
    ids::{ComponentId, Key, StatusId},
    incident::{FieldType, Incident, Policy, Severity},
    status::ComponentStatus,
    text::Untrusted,
};

pub use fields::FieldPrefill;
use fields::{Control, pair};

/// A form, opened by a slash command without arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// The command it submits: `incident declare`.
    pub command: String,
    /// The title: the label of the submit button, with the incident it is about.
    pub title: String,
    /// What the command does, in a sentence.
    #[serde(default)]
    pub help: String,
    /// The label of the submit button.
    pub submit: String,
    /// The confirmation prompt, if the command cannot be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// The field whose value the prompt shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_shows: Option<String>,
    /// The fields.
    pub inputs: Vec<Input>,
}

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The option it sets.
    pub name: String,
    /// The label.
    pub label: String,
    /// The help text below the field.
    pub help: String,
    /// The control: `line`, `text`, `choice`, `choices`, `person` or `flag`; `hidden` for a value that is sent as it is.
    pub kind: String,
    /// True if it is required.
    pub required: bool,
    /// The most characters it takes.
    #[serde(default = "longest")]
    pub max: usize,
    /// The initial value.
    pub value: String,
    /// For choices: value and label.
    pub choices: Vec<(String, String)>,
    /// For a template: the text of each choice, which fills the field `message`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<String>,
    /// The field in whose absence this one is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless: Option<String>,
    /// What is shown now, if the field stays empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// The error in the entered value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The most characters of a field that says nothing else, as in forms that earlier versions stored.
fn longest() -> usize {
    200
}

/// Returns the most characters of the text of an option. The maximum of a number is its value, not its length.
fn longest_text(option: &OptionSpec) -> usize {
    if option.kind == OptionKind::Number { longest() } else { option.max }
}

/// Initial values of a form: the state of its incident and of the public page, and the input so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefill {
    /// The incident's title.
    pub title: Option<String>,
    /// Its impact, from the latest update.
    pub impact: Option<String>,
    /// Its severity.
    pub severity: Option<Severity>,
    /// The statuses that can follow; the form offers only these.
    pub next: Option<Vec<StatusId>>,
    /// True if it is private.
    pub private: Option<bool>,
    /// Its fields, those first that are needed soon and have no value.
    pub fields: Vec<FieldPrefill>,
    /// The inputs that a form asks for: `fields.cause`.
    pub missing: Vec<String>,
    /// The public status that matches its status.
    pub public: Option<String>,
    /// The title that customers read, or would read.
    pub public_title: Option<String>,
    /// True if customers have read about it.
    pub posted: bool,
    /// The current status of each component.
    pub components: BTreeMap<ComponentId, ComponentStatus>,
    /// The component of the affected service, with the status that its severity suggests.
    pub affected: Option<(ComponentId, ComponentStatus)>,
    /// The incident of the form, named or from the room.
    pub key: Option<Key>,
    /// The input so far, by option name.
    pub given: Vec<(String, String)>,
    /// Errors in the input, by option name; the text comes from the templates.
    pub errors: Vec<(String, String)>,
}

impl Prefill {
    /// Returns the initial values from an incident.
    pub fn of(incident: &Incident, policy: &Policy) -> Self {
        let status = policy.workflow.status(&incident.status);
        Self {
            title: Some(incident.title.verbatim().to_owned()),
            impact: Some(incident.impact.verbatim().to_owned()),
            severity: Some(incident.severity),
            next: Some(policy.workflow.after(&incident.status)),
            posted: incident.public.posted,
            private: Some(incident.private),
            fields: FieldPrefill::of(incident, policy),
            key: Some(incident.key.clone()),
            public: status.and_then(|s| s.public).map(|p| super::value::public_word(p).to_owned()),
            ..Self::default()
        }
    }

    /// Adds the input and the missing options of a request for a form.
    pub fn asking(mut self, ask: &Ask) -> Self {
        self.given = ask.given.clone();
        self.missing = ask.missing.clone();
        self.key = ask.key.clone().or(self.key);
        self
    }

    fn given(&self, name: &str) -> Option<&str> {
        self.given.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

impl Catalog {
    /// Builds the form of a command. `None` if the command does not exist or needs no form.
    pub fn form(&self, command: &str, vocabulary: &Vocabulary, prefill: &Prefill) -> Option<Form> {
        let spec = self.command(command)?;
        let inputs: Vec<Input> = spec
            .options
            .iter()
            .filter(|option| is_asked(spec, option, prefill))
            .flat_map(|option| inputs(&Drawing { catalog: self, vocabulary, prefill, spec }, option))
            .collect();
        (spec.bare == Bare::Form || !inputs.is_empty()).then(|| Form {
            command: spec.path.clone(),
            title: title(spec, prefill.key.as_ref()),
            help: first_sentence(&spec.help).to_owned(),
            submit: spec.submit.clone(),
            confirm: spec.confirm.clone(),
            confirm_shows: (spec.act == Act::StatusPage).then(|| "title".to_owned()),
            inputs,
        })
    }
}

/// Returns the title of a form: "Resolve HOT-12", "Post update · HOT-12", "Silence alerts".
fn title(spec: &CommandSpec, key: Option<&Key>) -> String {
    let key = if spec.acts_on_incident() { key } else { None };
    let Some(key) = key else { return spec.submit.clone() };
    match spec.submit.strip_suffix(" incident") {
        Some(verb) => format!("{verb} {key}"),
        None => format!("{} · {key}", spec.submit),
    }
}

/// Returns the first sentence of a help text. What follows explains the typed command, which a form does not need.
fn first_sentence(help: &str) -> &str {
    help.find(". ").map_or(help, |end| &help[..=end])
}

/// True if a form asks for an option: what concerns customers only if they have read about the incident.
fn is_asked(spec: &CommandSpec, option: &OptionSpec, prefill: &Prefill) -> bool {
    match (spec.act, option.name.as_str()) {
        (Act::Rename, "public") | (Act::Cancel, "message") => prefill.posted,
        _ => true,
    }
}

struct Drawing<'a> {
    catalog: &'a Catalog,
    vocabulary: &'a Vocabulary,
    prefill: &'a Prefill,
    spec: &'a CommandSpec,
}

fn inputs(drawing: &Drawing<'_>, option: &OptionSpec) -> Vec<Input> {
    if option.kind == OptionKind::Components {
        return component_inputs(drawing, option);
    }
    if option.kind == OptionKind::Fields {
        return field_inputs(drawing, option);
    }
    let (kind, choices) = control(drawing, option);
    let fixed = option.name == "incident" && drawing.prefill.key.is_some();
    let status_page = drawing.spec.act == super::Act::StatusPage;
    let value = drawing.prefill.given(&option.name).map(str::to_owned).or_else(|| present(drawing, option));
    vec![Input {
        name: option.name.clone(),
        label: option.label.clone(),
        help: option.help.clone(),
        kind: if fixed { "hidden" } else { kind }.to_owned(),
        required: option.required,
        max: longest_text(option),
        value: value.or_else(|| option.default.clone()).unwrap_or_default(),
        choices,
        texts: if option.kind == OptionKind::Template { template_texts(drawing) } else { Vec::new() },
        unless: (status_page && option.name == "message").then(|| "template".to_owned()),
        current: None,
        error: error_of(drawing, &option.name),
    }]
}

fn error_of(drawing: &Drawing<'_>, name: &str) -> Option<String> {
    drawing.prefill.errors.iter().find(|(n, _)| n == name).map(|(_, why)| why.clone())
}

fn template_texts(drawing: &Drawing<'_>) -> Vec<String> {
    drawing.vocabulary.templates.iter().map(|template| template.body.clone()).collect()
}

/// Builds the picker fields: one per component, empty unless the incident suggests a change.
fn component_inputs(drawing: &Drawing<'_>, option: &OptionSpec) -> Vec<Input> {
    let one = |component: &KnownName| {
        let name = format!("{}.{}", option.name, component.id);
        let id = ComponentId::new(component.id.as_str());
        let now = drawing.prefill.components.get(&id).map(|status| super::value::component_word(*status));
        let affected = drawing.prefill.affected.as_ref().filter(|(affected, _)| *affected == id);
        let suggested =
            affected.map(|(_, status)| super::value::component_word(*status)).filter(|word| Some(*word) != now);
        Input {
            label: component.name.clone(),
            help: String::new(),
            kind: "choice".to_owned(),
            required: false,
            max: longest(),
            value: drawing.prefill.given(&name).or(suggested).unwrap_or_default().to_owned(),
            choices: super::value::COMPONENT_WORDS.map(|word| (word.to_owned(), capital(word))).to_vec(),
            texts: Vec::new(),
            unless: None,
            current: now.map(capital),
            error: error_of(drawing, &name),
            name,
        }
    };
    drawing.vocabulary.components.iter().map(one).collect()
}

/// Builds one input for each field of the incident; of those that a status needs, only these.
fn field_inputs(drawing: &Drawing<'_>, option: &OptionSpec) -> Vec<Input> {
    let (prefill, v) = (drawing.prefill, drawing.vocabulary);
    let one = |field: &FieldPrefill| {
        let spec = v.fields.iter().find(|spec| spec.id == field.id)?;
        let name = format!("{}.{}", option.name, spec.id);
        let (kind, choices) = fields::control(spec, v);
        Some(Input {
            label: spec.name.clone(),
            help: spec.help.clone(),
            kind: kind.to_owned(),
            required: prefill.missing.contains(&name),
            max: if spec.holds == FieldType::Text { 4_000 } else { 2_000 },
            value: prefill.given(&name).map_or_else(|| field.value.clone(), str::to_owned),
            choices,
            texts: Vec::new(),
            unless: None,
            current: None,
            error: error_of(drawing, &name),
            name,
        })
    };
    let mut inputs: Vec<Input> = prefill.fields.iter().filter_map(one).collect();
    if inputs.iter().any(|input| input.required) {
        inputs.retain(|input| input.required);
    }
    inputs
}

/// Returns the initial value of a field from the incident.
fn present(drawing: &Drawing<'_>, option: &OptionSpec) -> Option<String> {
    let prefill = drawing.prefill;
    match (drawing.spec.act, option.name.as_str()) {
        (_, "incident") => prefill.key.as_ref().map(Key::to_string),
        (Act::Rename, "title") => prefill.title.clone(),
        (Act::Update, "impact") => prefill.impact.clone(),
        (Act::Severity, "to") => prefill.severity.map(|s| s.name().to_owned()),
        (Act::Private, "on") => prefill.private.map(|p| if p { "no" } else { "yes" }.to_owned()),
        (Act::StatusPage, "status") => prefill.public.clone(),
        (Act::StatusPage, "title") => prefill.public_title.clone(),
        _ => None,
    }
}

fn control(drawing: &Drawing<'_>, option: &OptionSpec) -> Control {
    let v = drawing.vocabulary;
    let of = |known: &[KnownName]| ("choice", known.iter().map(pair).collect());
    match option.kind {
        OptionKind::Text => ("text", Vec::new()),
        OptionKind::Person => ("person", with_nobody(v.people.iter().map(pair).collect(), option)),
        OptionKind::People => ("choices", v.people.iter().map(pair).collect()),
        OptionKind::Whom => ("choice", whom(v)),
        OptionKind::Severity => ("choice", v.severities.iter().map(|(_, k)| pair(k)).collect()),
        OptionKind::Status => of(&offered(drawing)),
        OptionKind::Role => of(&v.roles),
        OptionKind::Service => of(&v.services),
        OptionKind::Incident => of(&incidents(drawing, option)),
        OptionKind::AlertGroup if v.groups.is_empty() => ("line", Vec::new()),
        OptionKind::AlertGroup => ("choice", v.groups.iter().map(|k| (k.id.clone(), k.name.clone())).collect()),
        OptionKind::Silence if v.silences.is_empty() => ("line", Vec::new()),
        OptionKind::Silence => ("choice", v.silences.iter().map(|k| (k.id.clone(), k.name.clone())).collect()),
        OptionKind::Override if v.overrides.is_empty() => ("line", Vec::new()),
        OptionKind::Override => ("choice", v.overrides.iter().map(|k| (k.id.clone(), k.name.clone())).collect()),
        OptionKind::Cause => of(&v.causes),
        OptionKind::IncidentKind => {
            ("choice", v.kinds.iter().map(|kind| (kind.id.to_string(), kind.name.clone())).collect())
        }
        OptionKind::Impact => of(&v.impacts),
        OptionKind::Urgency => of(&v.urgencies),
        OptionKind::Schedule => of(&v.schedules),
        OptionKind::Template => ("choice", v.templates.iter().map(|t| (t.id.clone(), t.name.clone())).collect()),
        OptionKind::Choice => ("choice", option.choices.iter().map(|c| (c.clone(), capital(c))).collect()),
        OptionKind::Flag => ("flag", Vec::new()),
        OptionKind::Command => {
            ("choice", drawing.catalog.commands().map(|c| (c.path.clone(), format!("/{}", c.path))).collect())
        }
        OptionKind::Line
        | OptionKind::Duration
        | OptionKind::GroupSilence
        | OptionKind::Matchers
        | OptionKind::Time
        | OptionKind::Number
        | OptionKind::Page
        | OptionKind::Fields
        | OptionKind::Components => ("line", Vec::new()),
    }
}

fn with_nobody(mut people: Vec<(String, String)>, option: &OptionSpec) -> Vec<(String, String)> {
    if option.default.as_deref() == Some("me") {
        people.insert(0, ("me".to_owned(), "Me".to_owned()));
    }
    if option.nobody {
        people.push(("nobody".to_owned(), "Nobody".to_owned()));
    }
    people
}

fn whom(v: &Vocabulary) -> Vec<(String, String)> {
    let labelled = |prefix: &str, what: &str, known: &[KnownName]| -> Vec<(String, String)> {
        known.iter().map(|k| (format!("{prefix}{}", k.id), format!("{}{what}", pair(k).1))).collect()
    };
    let mut all = labelled("service/", " (service: its on-call person)", &v.services);
    all.extend(labelled("schedule/", " (schedule)", &v.schedules));
    all.extend(labelled("team/", " (team)", &v.teams));
    all.extend(labelled("@", "", &v.people));
    all
}

/// Returns the open incidents, including the form's own even if it is closed, and excluding it where another incident
/// is required.
fn incidents(drawing: &Drawing<'_>, option: &OptionSpec) -> Vec<KnownName> {
    let mut known = drawing.vocabulary.incidents.clone();
    let Some(key) = drawing.prefill.key.as_ref().map(Key::to_string) else { return known };
    if option.name != "incident" {
        known.retain(|k| k.id != key);
    } else if !known.iter().any(|k| k.id == key) {
        let title = drawing.prefill.title.as_deref().map(|title| Untrusted::from(title).shown(80));
        known.insert(0, KnownName::new(key, title.unwrap_or_default()));
    }
    known
}

/// Returns the statuses that can follow; all of them if the incident is unknown.
fn offered(drawing: &Drawing<'_>) -> Vec<KnownName> {
    let all = &drawing.vocabulary.statuses;
    match &drawing.prefill.next {
        Some(next) => all.iter().filter(|k| next.iter().any(|id| id.as_str() == k.id)).cloned().collect(),
        None => all.clone(),
    }
}
