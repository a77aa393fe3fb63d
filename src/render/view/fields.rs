//! Fields of incidents in templates.

use serde::Serialize;

use crate::domain::{
    ids::StatusId,
    incident::{AFFECTED, CAUSE, FieldSpec, IMPACT, Incident, Policy, URGENCY},
    text::Untrusted,
};

/// A field in a line.
#[derive(Debug, Serialize)]
pub(in crate::render) struct FieldLine<'a> {
    id: &'a str,
    name: &'a str,
    help: &'a str,
    /// What it holds.
    holds: &'static str,
    entries: Vec<Untrusted>,
    /// The statuses that need it.
    required_at: &'a [StatusId],
}

impl<'a> FieldLine<'a> {
    /// Returns a field of an incident, with or without a value.
    pub(in crate::render) fn of(incident: &Incident, spec: &'a FieldSpec) -> Self {
        Self {
            id: spec.id.as_str(),
            name: &spec.name,
            help: &spec.help,
            holds: spec.holds.name(),
            entries: incident.field(&spec.id).map(|value| value.entries()).unwrap_or_default(),
            required_at: &spec.required_at,
        }
    }
}

/// The fields that the card shows elsewhere: with the impact, and with the resolution.
const SHOWN_ELSEWHERE: [&str; 4] = [IMPACT, URGENCY, AFFECTED, CAUSE];

/// Returns the fields of an incident with a value that the card shows nowhere else.
pub(super) fn fields<'a>(incident: &Incident, policy: &'a Policy) -> Vec<FieldLine<'a>> {
    let own = incident.fields_of(policy).filter(|spec| !SHOWN_ELSEWHERE.contains(&spec.id.as_str()));
    own.map(|spec| FieldLine::of(incident, spec)).filter(|line| !line.entries.is_empty()).collect()
}
