//! Values of fields, as events and records have them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{ids::FieldId, text::Untrusted};

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldContent {
    /// A number, a date, a person, a service or a word of a list.
    Word(String),
    /// Several words of a list.
    Words(Vec<String>),
    /// What people wrote.
    Text(Untrusted),
    /// Several entries that people wrote.
    Texts(Vec<Untrusted>),
}

impl FieldContent {
    /// Its entries, as they are shown.
    pub fn entries(&self) -> Vec<Untrusted> {
        match self {
            Self::Word(word) => vec![Untrusted::new(word.as_str())],
            Self::Words(words) => words.iter().map(|word| Untrusted::new(word.as_str())).collect(),
            Self::Text(text) => vec![text.clone()],
            Self::Texts(texts) => texts.clone(),
        }
    }

    /// As people type it.
    pub fn typed(&self) -> String {
        let entries: Vec<String> = self.entries().iter().map(|entry| entry.verbatim().to_owned()).collect();
        entries.join(", ")
    }

    /// True if nothing is left of it, such as after its text was removed.
    pub fn is_blank(&self) -> bool {
        self.entries().iter().all(Untrusted::is_blank)
    }

    /// The texts that people wrote.
    pub(in crate::domain::incident) fn texts(&self) -> Vec<&Untrusted> {
        match self {
            Self::Word(_) | Self::Words(_) => Vec::new(),
            Self::Text(text) => vec![text],
            Self::Texts(texts) => texts.iter().collect(),
        }
    }

    /// Replaces each text that people wrote.
    pub(in crate::domain::incident) fn map_texts(&mut self, change: &mut impl FnMut(Untrusted) -> Untrusted) {
        match self {
            Self::Word(_) | Self::Words(_) => {}
            Self::Text(text) => *text = change(std::mem::take(text)),
            Self::Texts(texts) => texts.iter_mut().for_each(|text| *text = change(std::mem::take(text))),
        }
    }
}

/// Values of fields; `None` removes one.
pub type FieldChanges = BTreeMap<FieldId, Option<FieldContent>>;
