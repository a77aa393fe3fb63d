//! Discord's own description of its API as a judge of every request and every answer.
//!
//! It describes less than Discord checks, so requests are held against it with some changes. Permissions and ids may be
//! written as strings and as numbers, as clients do. Where [`super::Rules::strict`] is set, a field that is not described
//! is a mistake, for Discord passes over a misspelt one. [`super::rules`] adds what the description does not say.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock},
};

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

use super::shared_files::shared;

const FILE: &str = "specs/discord-openapi.json";
/// Integers of the description that clients write as strings.
const STRINGS: [&str; 4] = ["allow", "deny", "permissions", "default_member_permissions"];

/// What a body is held against.
#[derive(Clone, Copy, Debug)]
enum Held {
    Request,
    StrictRequest,
    Answer,
}

/// The description, read once for the whole test program.
pub struct Spec {
    document: Value,
    requests: Registry<'static>,
    strict: Registry<'static>,
    answers: Registry<'static>,
    /// By schema, prepared when first used.
    prepared: Mutex<HashMap<String, Arc<Validator>>>,
}

/// The description; none, with a line, where it is absent.
///
/// # Panics
/// When it is absent and `HOTROOM_SHARED=required` is set.
pub fn spec() -> Option<&'static Spec> {
    static SPEC: OnceLock<Option<Spec>> = OnceLock::new();
    SPEC.get_or_init(|| shared(FILE).map(|text| Spec::new(&text))).as_ref()
}

impl Spec {
    fn new(text: &str) -> Self {
        let mut document: Value = serde_json::from_str(text).expect("the description is JSON");
        // Here the description is wrong: the codes inside `errors` are words, as in the error reference of the docs.
        document["components"]["schemas"]["InnerErrors"]["properties"]["_errors"]["items"] = json!({
            "type": "object", "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        });
        let tightened = |closed| {
            let mut document = document.clone();
            tighten(&mut document, None, closed);
            document
        };
        let registry = |document: Value| {
            Registry::new()
                .add("urn:discord", document)
                .and_then(jsonschema::RegistryBuilder::prepare)
                .expect("resolves")
        };
        Self {
            requests: registry(tightened(false)),
            strict: registry(tightened(true)),
            answers: registry(document.clone()),
            document,
            prepared: Mutex::default(),
        }
    }

    fn validator(&self, held: Held, pointer: &str) -> Arc<Validator> {
        let mut prepared = self.prepared.lock().expect("not poisoned");
        let made = prepared.entry(format!("{held:?} {pointer}")).or_insert_with(|| {
            // A pointer in a reference is part of an address, where braces are written as escapes.
            let reference = format!("urn:discord#{}", pointer.replace('{', "%7B").replace('}', "%7D"));
            let schema = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": reference});
            let registry = match held {
                Held::Request => &self.requests,
                Held::StrictRequest => &self.strict,
                Held::Answer => &self.answers,
            };
            Arc::new(jsonschema::options().with_registry(registry).build(&schema).expect("a schema"))
        });
        Arc::clone(made)
    }

    fn check(&self, held: Held, pointer: &str, body: &Value) -> Vec<String> {
        let validator = self.validator(held, pointer);
        let say = |error: jsonschema::ValidationError| {
            let (place, text) = (error.instance_path().to_string(), error.to_string());
            format!(
                "{}: {}",
                if place.is_empty() { "body" } else { &place },
                text.chars().take(400).collect::<String>()
            )
        };
        validator.iter_errors(body).map(say).collect()
    }

    /// What is wrong with the body of a request; `route` is a path of the description.
    pub fn request(&self, method: &str, route: &str, body: &Value, strict: bool) -> Vec<String> {
        let held = if strict { Held::StrictRequest } else { Held::Request };
        let operation = self.operation(method, route);
        let Some(described) = self.document.pointer(&operation) else {
            return vec![format!("{method} {route} is not in the description")];
        };
        let pointer = format!("{operation}/requestBody/content/application~1json/schema");
        if self.document.pointer(&pointer).is_some() {
            let required = described["requestBody"]["required"] == true;
            return if body.is_null() && !required { vec![] } else { self.check(held, &pointer, body) };
        }
        let empty = body.is_null() || body.as_object().is_some_and(serde_json::Map::is_empty);
        if empty { vec![] } else { vec!["body: none is described".into()] }
    }

    /// What is wrong with an answer.
    pub fn answer(&self, method: &str, route: &str, status: u16, body: &Value) -> Vec<String> {
        let operation = self.operation(method, route);
        let responses = format!("{operation}/responses");
        let keys = [status.to_string(), format!("{}XX", status / 100)];
        let found = keys.iter().find_map(|key| {
            let pointer = format!("{responses}/{key}");
            self.document.pointer(&pointer).map(|response| (pointer, response))
        });
        let Some((mut pointer, response)) = found else { return vec![format!("no answer {status} is described")] };
        if let Some(reference) = response["$ref"].as_str() {
            pointer = reference.trim_start_matches('#').to_owned();
        }
        let schema = format!("{pointer}/content/application~1json/schema");
        match self.document.pointer(&schema) {
            Some(_) => self.check(Held::Answer, &schema, body),
            None if body.is_null() => vec![],
            None => vec!["body: none is described".into()],
        }
    }

    fn operation(&self, method: &str, route: &str) -> String {
        format!("/paths/{}/{}", route.replace('/', "~1"), method.to_lowercase())
    }
}

/// Makes the description of requests say what clients may send: see the head of this file.
fn tighten(schema: &mut Value, name: Option<&str>, closed: bool) {
    if let Some(items) = schema.as_array_mut() {
        items.iter_mut().for_each(|item| tighten(item, None, closed));
        return;
    }
    let Some(fields) = schema.as_object_mut() else { return };
    let is_integer =
        |kind: &Value| kind == "integer" || kind.as_array().is_some_and(|kinds| kinds.contains(&json!("integer")));
    if name.is_some_and(|name| STRINGS.contains(&name)) && fields.get("type").is_some_and(is_integer) {
        *schema = json!({"type": ["integer", "string", "null"], "pattern": "^[0-9]+$"});
        return;
    }
    if fields.get("format").is_some_and(|format| format == "snowflake") {
        *schema = json!({"type": ["integer", "string"], "pattern": "^[0-9]+$"});
        return;
    }
    let described = fields.get("type") == Some(&json!("object")) && fields.contains_key("properties");
    if closed && described && !fields.contains_key("additionalProperties") && !fields.contains_key("allOf") {
        fields.insert("additionalProperties".into(), false.into());
    }
    for (key, value) in fields.iter_mut() {
        if key == "properties" {
            let properties = value.as_object_mut().into_iter().flatten();
            properties.for_each(|(name, schema)| tighten(schema, Some(name), closed));
        } else {
            tighten(value, None, closed);
        }
    }
}
