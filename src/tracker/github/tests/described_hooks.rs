//! Deliveries made from GitHub's own description of its webhooks: with nothing but what is required, and with everything.

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::{hooks::headers, *};
use crate::{
    shared_files,
    tracker::github::{hook::read_hook, pull_request::read_pull_request},
};

/// How much a delivery has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// What is required; `null` where it may be.
    Least,
    /// Every property, none of them `null`.
    Most,
}

/// Makes values that a schema allows.
struct Sampler<'s> {
    spec: &'s Value,
    extent: Extent,
}

impl Sampler<'_> {
    fn value(&self, schema: &Value) -> Value {
        if let Some(pointer) = schema["$ref"].as_str() {
            let found = self.spec.pointer(pointer.trim_start_matches('#')).expect("it is in the description");
            return self.value(found);
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return self.value(&parts.iter().fold(json!({}), both));
        }
        for list in ["oneOf", "anyOf"] {
            if let Some(options) = schema[list].as_array() {
                let is_null = |option: &&Value| option["type"] == "null";
                // Where a user or a team may stand, a team is no user, while this user would be a team as well.
                let wanted = options.iter().rev().find(|option| is_null(option) == (self.extent == Extent::Least));
                return self.value(wanted.unwrap_or(&options[0]));
            }
        }
        if let Some(fixed) = schema.get("const") {
            return fixed.clone();
        }
        let types: Vec<&str> = match schema["type"].as_array() {
            Some(types) => types.iter().filter_map(Value::as_str).collect(),
            None => schema["type"].as_str().into_iter().collect(),
        };
        if self.extent == Extent::Least && types.contains(&"null") {
            return Value::Null;
        }
        if let Some(options) = schema["enum"].as_array() {
            return options.iter().find(|option| !option.is_null()).cloned().unwrap_or(Value::Null);
        }
        match types.into_iter().find(|name| *name != "null") {
            Some("string") => json!(text(schema)),
            Some("integer" | "number") => json!(schema["minimum"].as_i64().unwrap_or(7)),
            Some("boolean") => json!(self.extent == Extent::Most),
            Some("array") if self.extent == Extent::Most => json!([self.value(&schema["items"])]),
            Some("array") => json!([]),
            Some(_) | None if schema["properties"].is_object() => Value::Object(self.object(schema)),
            Some("object") => json!({}),
            Some(_) | None => Value::Null,
        }
    }

    fn object(&self, schema: &Value) -> Map<String, Value> {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = schema["properties"].as_object().into_iter().flatten();
        let kept = properties.filter(|(name, _)| self.extent == Extent::Most || required.contains(&name.as_str()));
        kept.map(|(name, schema)| (name.clone(), self.value(schema))).collect()
    }
}

/// A schema that allows what two of them allow.
fn both(one: Value, other: &Value) -> Value {
    let (Value::Object(mut whole), Value::Object(other)) = (one, other) else { return other.clone() };
    for (key, value) in other {
        let joined = match (key.as_str(), whole.get(key)) {
            ("type", Some(known)) => {
                let allowed = list(value);
                Value::Array(list(known).into_iter().filter(|name| allowed.contains(name)).collect())
            }
            ("required", Some(known)) => Value::Array([list(known), list(value)].concat()),
            ("items", Some(known)) => both(known.clone(), value),
            ("properties", Some(known)) => {
                let mut joined = known.clone();
                for (name, schema) in value.as_object().into_iter().flatten() {
                    joined[name] = known.get(name).map_or_else(|| schema.clone(), |known| both(known.clone(), schema));
                }
                joined
            }
            _ => value.clone(),
        };
        whole.insert(key.clone(), joined);
    }
    Value::Object(whole)
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

fn text(schema: &Value) -> &'static str {
    match schema["format"].as_str() {
        Some("date-time") => "2026-01-02T03:04:05Z",
        Some("uri" | "uri-template") => "https://api.github.com/x",
        Some("email") => "ann@example.com",
        Some(_) | None => "text",
    }
}

fn validator(spec: &Value, name: &str) -> Validator {
    let schema = json!({ "$ref": format!("#/components/schemas/{name}"), "components": spec["components"] });
    jsonschema::draft202012::options().build(&schema).expect("a schema")
}

/// The event of the header for a schema of this name; `None` for events that are not about issues and pull requests.
fn event(name: &str) -> Option<&'static str> {
    let about = |start: &str| name.starts_with(start);
    if about("webhook-issues-") {
        Some("issues")
    } else if about("webhook-issue-comment-") {
        Some("issue_comment")
    } else if about("webhook-pull-request-") && !about("webhook-pull-request-review-") {
        Some("pull_request")
    } else {
        None
    }
}

#[test]
fn every_delivery_that_github_describes_is_read() {
    let Some(text) = shared_files::shared("specs/github-webhooks-openapi.json") else { return };
    let spec: Value = serde_json::from_str(&text).expect("JSON");
    let (mut issues, mut pulls) = (0, 0);
    for name in spec["components"]["schemas"].as_object().expect("schemas").keys() {
        let Some(event) = event(name) else { continue };
        let validator = validator(&spec, name);
        for extent in [Extent::Least, Extent::Most] {
            let mut body = Sampler { spec: &spec, extent }.value(&spec["components"]["schemas"][name]);
            body["repository"]["full_name"] = json!("Acme/Shop");
            let errors: Vec<String> =
                validator.iter_errors(&body).map(|e| format!("{} {e}", e.instance_path())).collect();
            assert!(errors.is_empty(), "{name}, {extent:?}: {errors:#?}");
            let bytes = body.to_string().into_bytes();
            let headers = headers(event, &bytes);
            if event == "pull_request" {
                let secret = SecretString::from(SECRET);
                let hook = read_pull_request(&[&secret], &headers, &bytes, &["OPS"]);
                let hook = hook.unwrap_or_else(|refusal| panic!("{name}, {extent:?}: {refusal}"));
                // Labels and reviewers move no issue.
                pulls +=
                    usize::from(hook.is_some_and(|hook| json!(hook.pull.number) == body["pull_request"]["number"]));
            } else {
                let hook = read_hook(&settings("u"), &headers, &bytes);
                let hook = hook.unwrap_or_else(|refusal| panic!("{name}, {extent:?}: {refusal}"));
                let is_pull = body["issue"].get("pull_request").is_some_and(|pull| !pull.is_null());
                assert_eq!(hook.is_some(), !is_pull, "{name}, {extent:?}");
                issues +=
                    usize::from(hook.is_some_and(|hook| hook.issue.key == format!("OPS-{}", body["issue"]["number"])));
            }
        }
    }
    assert!(issues > 20 && pulls == 12, "{issues} {pulls}");
}
