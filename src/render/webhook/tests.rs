//! The JSON Schemas of `docs/webhooks/`, which are made from the shapes. That real bodies match them is tested by the
//! stories.

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use super::{
    changes::{MergeChange, PostedUpdate, PrivacyChange, RoleChange, SeverityChange, StatusChange, TitleChange},
    shapes::{AlertGroupReport, IncidentReport, PageReport, StatusPageReport, TestReport},
};
use crate::domain::webhook::WebhookEvent;

/// A type with the types that it refers to, by name.
struct SchemaDocument {
    schema: Value,
    definitions: BTreeMap<String, Value>,
}

/// OpenAPI keeps types in another place than JSON Schema.
fn as_json_schema(schema: &RefOr<Schema>) -> Value {
    let text = serde_json::to_string(schema).expect("JSON").replace("#/components/schemas/", "#/$defs/");
    serde_json::from_str(&text).expect("JSON")
}

fn described<T: ToSchema + PartialSchema>() -> SchemaDocument {
    let mut parts = Vec::new();
    T::schemas(&mut parts);
    let definitions = parts.iter().map(|(name, schema)| (name.clone(), as_json_schema(schema))).collect();
    SchemaDocument { schema: as_json_schema(&T::schema()), definitions }
}

/// The incident, and what changed in it.
fn changed<C: ToSchema + PartialSchema>() -> SchemaDocument {
    let SchemaDocument { mut schema, mut definitions } = described::<IncidentReport>();
    let change = described::<C>();
    schema["properties"]["change"] = change.schema;
    schema["required"].as_array_mut().expect("required fields").push(json!("change"));
    definitions.extend(change.definitions);
    SchemaDocument { schema, definitions }
}

fn data(event: WebhookEvent) -> SchemaDocument {
    match event {
        WebhookEvent::IncidentDeclared => described::<IncidentReport>(),
        WebhookEvent::IncidentStatusChanged
        | WebhookEvent::IncidentResolved
        | WebhookEvent::IncidentClosed
        | WebhookEvent::IncidentReopened => changed::<StatusChange>(),
        WebhookEvent::IncidentSeverityChanged => changed::<SeverityChange>(),
        WebhookEvent::IncidentRenamed => changed::<TitleChange>(),
        WebhookEvent::IncidentPrivacyChanged => changed::<PrivacyChange>(),
        WebhookEvent::IncidentUpdatePosted => changed::<PostedUpdate>(),
        WebhookEvent::IncidentRoleAssigned | WebhookEvent::IncidentRoleReleased => changed::<RoleChange>(),
        WebhookEvent::IncidentMerged => changed::<MergeChange>(),
        WebhookEvent::PageTriggered
        | WebhookEvent::PageEscalated
        | WebhookEvent::PageAcknowledged
        | WebhookEvent::PageDeclined
        | WebhookEvent::PageNobodyOnCall
        | WebhookEvent::PageExhausted
        | WebhookEvent::PageResolved => described::<PageReport>(),
        WebhookEvent::AlertGroupFired
        | WebhookEvent::AlertGroupUpdated
        | WebhookEvent::AlertGroupResolved
        | WebhookEvent::AlertGroupAcknowledged
        | WebhookEvent::AlertGroupAcknowledgementExpired
        | WebhookEvent::AlertGroupSilenced
        | WebhookEvent::AlertGroupLinked => described::<AlertGroupReport>(),
        WebhookEvent::StatusPageUpdated => described::<StatusPageReport>(),
        WebhookEvent::WebhookTest => described::<TestReport>(),
    }
}

fn schema(event: WebhookEvent, meaning: &str) -> String {
    let SchemaDocument { schema, definitions } = data(event);
    let document = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": event.name(),
        "description": meaning,
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": event.name()},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
            "data": schema,
        },
        "$defs": definitions,
    });
    serde_json::to_string_pretty(&document).expect("JSON") + "\n"
}

fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// Returns the meaning of each event from the table in `docs/webhooks.md`.
fn meanings() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(docs().join("webhooks.md")).expect("docs/webhooks.md");
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let name = cells.get(1)?.strip_prefix("[`")?.split('`').next()?;
        Some((name.to_owned(), (*cells.get(2)?).to_owned()))
    });
    rows.collect()
}

#[test]
fn every_event_has_a_row_in_the_documentation_and_a_schema_that_is_made_from_its_shape() {
    let meanings = meanings();
    let names: Vec<&str> = WebhookEvent::ALL.iter().map(|event| event.name()).collect();
    let unknown: Vec<&String> = meanings.keys().filter(|name| !names.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "docs/webhooks.md names {unknown:?}, which are no events");
    let mut files = Vec::new();
    for event in WebhookEvent::ALL {
        let name = event.name();
        let meaning = meanings.get(name).unwrap_or_else(|| panic!("docs/webhooks.md has no row for {name}"));
        let (path, made) = (docs().join(format!("webhooks/{name}.json")), schema(event, meaning));
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(docs().join("webhooks")).expect("a folder");
            std::fs::write(&path, &made).expect("written");
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            stored == made,
            "docs/webhooks/{name}.json is old; run: UPDATE_DOCS=1 cargo test --lib render::webhook"
        );
        files.push(format!("{name}.json"));
    }
    let stored = std::fs::read_dir(docs().join("webhooks")).expect("a folder").flatten();
    let stored: Vec<String> = stored.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let strays: Vec<&String> = stored.iter().filter(|file| !files.contains(file)).collect();
    assert!(strays.is_empty(), "schemas of no event: {strays:?}");
}
