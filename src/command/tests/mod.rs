//! Tests of command parsing.

mod forms;
mod lines;
mod properties;

use chrono_tz::Tz;

use super::*;
use crate::domain::{Timestamp, ids::Key, incident::Severity, status::PublicStatus};

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
