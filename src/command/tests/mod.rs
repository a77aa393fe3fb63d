//! Tests of command parsing.

mod forms;
mod lines;
mod properties;

use std::collections::BTreeSet;

use chrono_tz::Tz;

use super::*;
use crate::domain::{
    Timestamp,
    ids::{FieldId, Key, KindId},
    incident::{FieldSpec, FieldType, IncidentKind, KindSpec, Severity},
    status::PublicStatus,
};

pub(super) fn known(pairs: &[(&str, &str)]) -> Vec<KnownName> {
    pairs.iter().map(|(id, name)| KnownName::new(*id, *name)).collect()
}

pub(super) fn vocabulary() -> Vocabulary {
    Vocabulary {
        people: known(&[("ann", "Ann Lee"), ("bob", "Bob"), ("cho", "Cho"), ("anna", "Anna Ray")]),
        teams: known(&[("backend", "Backend Team"), ("ops", "Operations")]),
        services: known(&[("checkout", "Checkout"), ("api", "API"), ("website", "Website")]),
        schedules: known(&[("primary", "primary")]),
        statuses: known(&[
            ("triage", "Triage"),
            ("investigating", "Investigating"),
            ("identified", "Identified"),
            ("monitoring", "Monitoring"),
            ("resolved", "Resolved"),
            ("in_progress", "In Progress"),
        ]),
        severities: Severity::ALL.map(|s| (s, KnownName::new(s.name(), s.name().to_uppercase()))).to_vec(),
        roles: known(&[
            ("incident_manager", "Incident manager"),
            ("tech_lead", "Tech lead"),
            ("communications_manager", "Communications manager"),
            ("scribe", "Scribe"),
        ]),
        causes: known(&[("bug", "bug"), ("change", "change"), ("dependency", "dependency")]),
        kinds: IncidentKind::ALL
            .map(|behaves| KindSpec { id: KindId::new(behaves.name()), name: behaves.name().to_owned(), behaves })
            .into_iter()
            .chain([KindSpec { id: "security".into(), name: "Security".to_owned(), behaves: IncidentKind::Real }])
            .collect(),
        fields: fields(),
        impacts: known(&[("extensive", ""), ("minor", "")]),
        urgencies: known(&[("critical", ""), ("low", "")]),
        components: known(&[("checkout", "Checkout"), ("api", "API")]),
        templates: vec![StatusTemplate {
            id: "investigating".to_owned(),
            name: "We are looking".to_owned(),
            status: PublicStatus::Investigating,
            body: "We are looking into it.".to_owned(),
        }],
        incidents: known(&[("HOT-12", "Checkout is down"), ("HOT-13", "Slow search")]),
        overrides: Vec::new(),
        silences: Vec::new(),
        groups: Vec::new(),
    }
}

/// A field of each type.
fn fields() -> Vec<FieldSpec> {
    let field = |(name, holds): (&'static str, FieldType)| FieldSpec {
        id: FieldId::new(name),
        name: format!("The {name}"),
        help: "What belongs into it".to_owned(),
        holds,
        choices: if matches!(holds, FieldType::Choice | FieldType::MultiChoice) {
            vec!["bug".to_owned(), "licence expiry".to_owned()]
        } else {
            Vec::new()
        },
        kinds: Vec::new(),
        severities: BTreeSet::new(),
        required_at: Vec::new(),
    };
    FieldType::ALL.map(field).to_vec()
}

pub(super) fn now() -> Timestamp {
    "2026-11-21T14:05:00Z".parse().unwrap()
}

pub(super) fn place() -> CallContext {
    CallContext {
        now: now(),
        timezone: Tz::Europe__Berlin,
        actor: "ann".into(),
        incident_of_room: Some(Key::new("HOT", 12)),
    }
}

pub(super) fn understood(text: &str) -> Result<Request, UsageError> {
    parse(&Catalog::shipped(), &vocabulary(), &ParseInput::text(text), &place())
}

pub(super) fn sent(command: &str, options: &[(&str, &str)]) -> Result<Request, UsageError> {
    let options: Vec<(String, String)> =
        options.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    parse(&Catalog::shipped(), &vocabulary(), &ParseInput::options(command, &options), &place())
}
