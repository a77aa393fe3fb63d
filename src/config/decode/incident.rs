//! Decodes `[incident]`: the kinds and the fields of incidents.

use std::collections::BTreeSet;

use crate::{
    config::{kinds, read::Section, tree::Value},
    domain::{
        ids::{FieldId, KindId, StatusId},
        incident::{AFFECTED, CAUSE, FieldSpec, FieldType, IMPACT, IncidentKind, KindSpec, Policy, Severity, URGENCY},
    },
};

/// The fields that commands and reports need. Where the operator leaves one out, it is added.
const BUILT_IN: [(&str, &str, FieldType); 4] = [
    (IMPACT, "Impact", FieldType::Choice),
    (URGENCY, "Urgency", FieldType::Choice),
    (AFFECTED, "Customers affected", FieldType::Text),
    (CAUSE, "Cause class", FieldType::Choice),
];

/// The kinds and fields of incidents.
#[derive(Default)]
pub(super) struct IncidentSettings {
    pub kinds: Vec<KindSpec>,
    pub fields: Vec<FieldSpec>,
}

impl IncidentSettings {
    /// Adds the kinds and fields to the policy. The words of some fields are those of other sections.
    pub fn complete(mut self, policy: Policy) -> Policy {
        for (place, (id, name, holds)) in BUILT_IN.into_iter().enumerate() {
            if !self.fields.iter().any(|field| field.id.as_str() == id) {
                self.fields.insert(place.min(self.fields.len()), built_in(id, name, holds));
            }
        }
        for field in &mut self.fields {
            match field.id.as_str() {
                IMPACT => field.choices = policy.matrix.keys().cloned().collect(),
                URGENCY => field.choices = policy.matrix.values().take(1).flat_map(|row| row.keys().cloned()).collect(),
                CAUSE => field.choices = policy.workflow.causes.clone(),
                _ => {}
            }
        }
        Policy { kinds: self.kinds, fields: self.fields, ..policy }
    }
}

fn built_in(id: &str, name: &str, holds: FieldType) -> FieldSpec {
    FieldSpec {
        id: FieldId::from(id),
        name: name.to_owned(),
        help: String::new(),
        holds,
        choices: Vec::new(),
        kinds: Vec::new(),
        severities: BTreeSet::new(),
        required_at: Vec::new(),
    }
}

pub(super) fn incident(s: &Section<'_>) -> IncidentSettings {
    IncidentSettings { kinds: s.tables("kinds", "id", kind), fields: s.tables("fields", "id", field) }
}

fn kind(s: &Section<'_>) -> Option<KindSpec> {
    let id = s.id();
    let name = s.name(id.as_deref().unwrap_or_default());
    let words = IncidentKind::ALL.map(|kind| (kind.name(), kind));
    let behaves = s.need("behaves", "real, drill, retrospective or maintenance", |value| kinds::word(value, &words));
    let (id, behaves) = (id?, behaves?);
    if words.iter().any(|(word, kind)| *word == id && *kind != behaves) {
        s.wrong("behaves", format!("the kind {id} behaves as its name says; give this one another id"));
    }
    Some(KindSpec { id: KindId::new(id), name, behaves })
}

fn field(s: &Section<'_>) -> Option<FieldSpec> {
    let id = s.id();
    let name = s.name(id.as_deref().unwrap_or_default());
    let help = s.read("help", "text", kinds::text).unwrap_or_default();
    let expected = "text, number, choice, multi_choice, list, person, service, services, date or url";
    let holds = s.need("type", expected, |value| kinds::word(value, &FieldType::ALL));
    let choices = s.texts("choices").unwrap_or_default();
    let kinds = s.texts("kinds").unwrap_or_default();
    let severities = s.read("severities", "list of severities", severities).unwrap_or_default();
    let required_at = s.texts("required_at").unwrap_or_default();
    let (id, holds) = (id?, holds?);
    check_words(s, &id, holds, &choices);
    Some(FieldSpec {
        id: FieldId::new(id),
        name,
        help,
        holds,
        choices,
        kinds: kinds.into_iter().map(KindId::new).collect(),
        severities,
        required_at: required_at.into_iter().map(StatusId::new).collect(),
    })
}

fn check_words(s: &Section<'_>, id: &str, holds: FieldType, choices: &[String]) {
    let is_choice = matches!(holds, FieldType::Choice | FieldType::MultiChoice);
    if let Some((_, _, built_in)) = BUILT_IN.into_iter().find(|(name, _, _)| *name == id) {
        if holds != built_in {
            s.wrong("type", format!("the field {id} is built in and holds {}", built_in.name()));
        }
        if !choices.is_empty() {
            let place = if id == CAUSE { "[workflow] causes" } else { "[severity.matrix]" };
            s.wrong("choices", format!("the words of the field {id} are those of {place}"));
        }
    } else if is_choice && choices.is_empty() {
        s.wrong("choices", "is missing: write the words to choose from");
    } else if !is_choice && !choices.is_empty() {
        s.wrong("choices", format!("a field of the type {} has no words to choose from", holds.name()));
    }
    if let Some(word) = choices.iter().find(|word| word.contains([',', ';', '=']) || word.trim().is_empty()) {
        s.wrong("choices", format!("\"{word}\" has a comma, a semicolon or an equals sign, or is empty"));
    }
}

fn severities(value: &Value) -> Result<BTreeSet<Severity>, String> {
    let words = Severity::ALL.map(|severity| (severity.name(), severity));
    kinds::texts(value)?.into_iter().map(|text| kinds::word(&Value::Text(text), &words)).collect()
}
