//! Texts from outside in bodies of webhooks: without deceptive characters and of limited length, so that a body stays small.

use std::collections::BTreeMap;

use crate::domain::{people::Actor, text::Untrusted};

/// The longest text.
const TEXT: usize = 4_000;
/// The longest value of a label.
pub(super) const LABEL: usize = 300;
/// The most labels of an alert or group.
const LABELS: usize = 40;

pub(super) fn text(raw: &Untrusted) -> String {
    raw.shown(TEXT)
}

pub(super) fn some_text(raw: &Untrusted) -> Option<String> {
    (!raw.is_blank()).then(|| text(raw))
}

/// The name of whoever did it: `ann`, or the rule or timer of the bot.
pub(super) fn actor(actor: &Actor) -> String {
    match actor {
        Actor::Person(person) => person.to_string(),
        Actor::Machine(rule) => rule.clone(),
    }
}

pub(super) fn labels(raw: &BTreeMap<String, Untrusted>) -> BTreeMap<String, String> {
    let shown = raw.iter().take(LABELS);
    shown.map(|(name, value)| (Untrusted::from(name.as_str()).shown(LABEL), value.shown(LABEL))).collect()
}
