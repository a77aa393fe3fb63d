//! Decodes workflow, severities and roles.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use indexmap::{IndexMap, IndexSet};

use super::{DAY, incident, seconds};
use crate::{
    config::{kinds, read::Section, tree::Value},
    domain::{
        ids::{RoleId, StatusId},
        incident::{Category, Policy, RoleSpec, Severity, SeverityRule, StatusSpec, Workflow},
        status::PublicStatus,
    },
};

const CATEGORIES: [(&str, Category); 7] = [
    ("triage", Category::Triage),
    ("active", Category::Active),
    ("resolved", Category::Resolved),
    ("closed", Category::Closed),
    ("declined", Category::Declined),
    ("merged", Category::Merged),
    ("cancelled", Category::Cancelled),
];

const PUBLIC: [(&str, PublicStatus); 4] = [
    ("investigating", PublicStatus::Investigating),
    ("identified", PublicStatus::Identified),
    ("monitoring", PublicStatus::Monitoring),
    ("resolved", PublicStatus::Resolved),
];

/// The words for severities.
pub(super) const SEVERITIES: [(&str, Severity); 4] =
    [("sev1", Severity::Sev1), ("sev2", Severity::Sev2), ("sev3", Severity::Sev3), ("sev4", Severity::Sev4)];

pub(super) fn severity(value: &Value) -> Result<Severity, String> {
    kinds::word(value, &SEVERITIES)
}

pub(super) fn policy(root: &Section<'_>) -> Option<Policy> {
    let workflow = root.table("workflow", workflow);
    let severity = root.table("severity", severities);
    let roles = root.tables("roles", "id", role);
    if root.len("roles") == 0 {
        root.wrong("roles", "at least one role is needed: the first is the one who runs the incident");
    }
    let (default_severity, severities, matrix) = severity?;
    // `[retention] room` and `[postmortem]` are read later, with their sections.
    let (room_open_for, postmortems) = (Duration::ZERO, BTreeSet::new());
    let incident = root.table("incident", incident::incident);
    let (kinds, fields, workflow) = (Vec::new(), Vec::new(), workflow?);
    let policy =
        Policy { workflow, severities, matrix, default_severity, kinds, fields, roles, room_open_for, postmortems };
    Some(incident?.complete(policy))
}

fn workflow(s: &Section<'_>) -> Workflow {
    Workflow {
        initial: StatusId::new(s.line("initial")),
        reopened: StatusId::new(s.line("reopened")),
        causes: s.texts("causes").unwrap_or_default(),
        early_close: s.texts("early_close").unwrap_or_default(),
        statuses: s.tables("statuses", "id", status),
    }
}

fn status(s: &Section<'_>) -> Option<StatusSpec> {
    let id = s.id();
    let name = s.name(id.as_deref().unwrap_or_default());
    let kind = "triage, active, resolved, closed, declined, merged or cancelled";
    let category = s.need("category", kind, |value| kinds::word(value, &CATEGORIES));
    let next = s.texts("next").unwrap_or_default();
    let public = s.read("public", "investigating, identified, monitoring or resolved", |v| kinds::word(v, &PUBLIC));
    Some(StatusSpec {
        id: StatusId::new(id?),
        name,
        category: category.unwrap_or(Category::Active),
        next: next.into_iter().map(StatusId::new).collect(),
        public,
    })
}

type Matrix = IndexMap<String, IndexMap<String, Severity>>;

fn severities(s: &Section<'_>) -> (Severity, BTreeMap<Severity, SeverityRule>, Matrix) {
    let default = s.need("default", "sev1, sev2, sev3 or sev4", severity).unwrap_or(Severity::Sev3);
    let rules = SEVERITIES.iter().filter_map(|(name, sev)| Some((*sev, s.table(name, severity_rule)?))).collect();
    let matrix = s.table("matrix", matrix).unwrap_or_default();
    (default, rules, matrix)
}

fn severity_rule(s: &Section<'_>) -> SeverityRule {
    SeverityRule {
        name: s.line("name"),
        description: s.read("description", "text", kinds::text).unwrap_or_default(),
        update_every: s.read("update_every", "duration or \"never\"", update_every).flatten(),
        page: s.flag("page", false),
        propose_status_page: s.flag("propose_status_page", false),
    }
}

fn update_every(value: &Value) -> Result<Option<Duration>, String> {
    match value {
        Value::Text(text) | Value::Raw(text) if text == "never" => Ok(None),
        Value::Text(_)
        | Value::Raw(_)
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float
        | Value::Moment(_)
        | Value::List(_)
        | Value::Table(_) => kinds::duration(value, seconds(60, 7 * DAY))
            .map(Some)
            .map_err(|what| format!("{what}; \"never\" turns the clock off")),
    }
}

fn matrix(s: &Section<'_>) -> Matrix {
    let rows: Matrix = s
        .own_words()
        .into_iter()
        .filter_map(|impact| {
            let row = s.table(impact, |row| {
                let cell = |urgency: &str| Some((urgency.to_owned(), row.read(urgency, "severity", severity)?));
                row.own_words().into_iter().filter_map(cell).collect::<IndexMap<_, _>>()
            })?;
            Some((impact.to_owned(), row))
        })
        .collect();
    let all: IndexSet<&String> = rows.values().flat_map(IndexMap::keys).collect();
    for (impact, row) in &rows {
        let missing: Vec<&str> =
            all.iter().filter(|urgency| !row.contains_key(**urgency)).map(|urgency| urgency.as_str()).collect();
        if !missing.is_empty() {
            s.wrong(impact, format!("says nothing for the urgency {}, which other rows have", missing.join(", ")));
        }
    }
    rows
}

fn role(s: &Section<'_>) -> Option<RoleSpec> {
    let id = s.id();
    let name = s.name(id.as_deref().unwrap_or_default());
    Some(RoleSpec { id: RoleId::new(id?), name })
}
