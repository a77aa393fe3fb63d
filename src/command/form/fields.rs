//! The inputs of fields of an incident.

use crate::{
    command::{KnownName, Vocabulary, declared::capital},
    domain::{
        ids::FieldId,
        incident::{FieldSpec, FieldType, Incident, Policy},
    },
};

/// A field of an incident, with its value as people type it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPrefill {
    /// The field.
    pub id: FieldId,
    /// Its value; empty if it has none.
    pub value: String,
}

impl FieldPrefill {
    pub(super) fn of(incident: &Incident, policy: &Policy) -> Vec<Self> {
        let next = policy.workflow.after(&incident.status);
        let soon = |spec: &&FieldSpec| {
            incident.field(&spec.id).is_none() && spec.required_at.iter().any(|status| next.contains(status))
        };
        let (first, others): (Vec<&FieldSpec>, Vec<&FieldSpec>) = incident.fields_of(policy).partition(soon);
        let prefill = |spec: &FieldSpec| Self {
            id: spec.id.clone(),
            value: incident.field(&spec.id).map(|value| value.typed()).unwrap_or_default(),
        };
        first.into_iter().chain(others).map(prefill).collect()
    }
}

/// A control of a form, and its choices.
pub(super) type Control = (&'static str, Vec<(String, String)>);

/// Returns the control of a field.
pub(super) fn control(spec: &FieldSpec, v: &Vocabulary) -> Control {
    match spec.holds {
        FieldType::Text => ("text", Vec::new()),
        FieldType::Choice => ("choice", words(&spec.choices)),
        FieldType::MultiChoice => ("choices", words(&spec.choices)),
        FieldType::Person => ("person", v.people.iter().map(pair).collect()),
        FieldType::Service => ("choice", v.services.iter().map(pair).collect()),
        FieldType::Services => ("choices", v.services.iter().map(pair).collect()),
        FieldType::Number | FieldType::List | FieldType::Date | FieldType::Url => ("line", Vec::new()),
    }
}

fn words(choices: &[String]) -> Vec<(String, String)> {
    choices.iter().map(|word| (word.clone(), capital(word))).collect()
}

/// Returns a name with its label.
pub(super) fn pair(known: &KnownName) -> (String, String) {
    let label = if known.name.is_empty() || known.name == known.id {
        capital(&known.id)
    } else if known.id.contains('-') && known.id.ends_with(|c: char| c.is_ascii_digit()) {
        format!("{} {}", known.id, known.name)
    } else {
        known.name.clone()
    };
    (known.id.clone(), label)
}
