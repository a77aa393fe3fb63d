//! Twilio's own description of its API as a judge of requests and of the answers given here.

use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use hotroom::net::FormField;
use serde_json::{Map, Value, json};

use super::{ACCOUNT, NUMBER};
use crate::shared_files::shared;

static SPEC: LazyLock<Mutex<Option<Value>>> = LazyLock::new(|| {
    let text = shared("specs/twilio_api_v2010.json");
    Mutex::new(text.map(|text| serde_json::from_str(&text).expect("the description is JSON")))
});

/// A part of the description; `None` where it is absent.
fn part(pointer: &str) -> Option<Value> {
    let spec = SPEC.lock().unwrap_or_else(PoisonError::into_inner);
    spec.as_ref().map(|spec| spec.pointer(pointer).unwrap_or_else(|| panic!("{pointer} is described")).clone())
}

/// What is wrong with the form of a request.
pub fn violations(resource: &str, fields: &[FormField]) -> Vec<String> {
    let mut found = undescribed(resource, fields);
    let path = format!("/2010-04-01/Accounts/{{AccountSid}}{resource}").replace('/', "~1");
    let body = "post/requestBody/content/application~1x-www-form-urlencoded/schema";
    let Some(mut schema) = part(&format!("/paths/{path}/{body}")) else { return found };
    let properties = schema["properties"].as_object().expect("properties").clone();
    let mut form = Map::new();
    for (name, value) in fields {
        let Some(property) = properties.get(name) else {
            found.push(format!("{resource}: {name} is no field"));
            continue;
        };
        match property["type"].as_str() {
            Some("integer") => drop(form.insert(name.clone(), value.parse::<i64>().map_or(Value::Null, Value::from))),
            Some("boolean") => drop(form.insert(name.clone(), value.parse::<bool>().map_or(Value::Null, Value::from))),
            Some("array") => {
                let list = form.entry(name.clone()).or_insert_with(|| json!([]));
                list.as_array_mut().expect("a list").push(Value::from(value.clone()));
            }
            _ if form.contains_key(name) => found.push(format!("{resource}: {name} occurs twice")),
            _ => drop(form.insert(name.clone(), Value::from(value.clone()))),
        }
    }
    // The schema refers to others of the description.
    schema["components"]["schemas"] = part("/components/schemas").unwrap_or_default();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
    let form = Value::Object(form);
    found.extend(validator.iter_errors(&form).map(|error| format!("{resource}{}: {error}", error.instance_path())));
    found
}

/// Rules of Twilio's documentation that the description leaves out.
fn undescribed(resource: &str, fields: &[FormField]) -> Vec<String> {
    let all: BTreeMap<&str, &str> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let is_number = |name: &str| {
        let number = all.get(name).copied().unwrap_or_default();
        let digits = number.strip_prefix('+').unwrap_or_default();
        (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut rules = vec![("To is a number in the form of E.164", is_number("To"))];
    if resource == "/Messages.json" {
        let body = all.get("Body").copied().unwrap_or_default();
        rules.push(("Body has 1 to 1,600 characters", (1..=1_600).contains(&body.chars().count())));
        let senders = [all.contains_key("From"), all.contains_key("MessagingServiceSid")];
        rules.push(("either From or MessagingServiceSid", senders[0] != senders[1]));
        let validity = all.get("ValidityPeriod").map(|text| text.parse::<u32>().unwrap_or(0));
        rules.push(("ValidityPeriod is 1 to 36,000", validity.is_none_or(|validity| (1..=36_000).contains(&validity))));
    } else {
        rules.push(("From is a number in the form of E.164", is_number("From")));
        rules.push(("Url or Twiml", all.contains_key("Url") || all.contains_key("Twiml")));
    }
    rules.into_iter().filter(|(_, kept)| !kept).map(|(rule, _)| format!("{resource}: {rule}")).collect()
}

/// The description of a message that was accepted.
pub fn message(sid: &str, to: &str, body: &str) -> Value {
    let answer = json!({
        "account_sid": ACCOUNT, "api_version": "2010-04-01", "body": body, "date_created": "Mon, 02 Mar 2026 10:00:00 +0000",
        "date_sent": null, "date_updated": "Mon, 02 Mar 2026 10:00:00 +0000", "direction": "outbound-api",
        "error_code": null, "error_message": null, "from": NUMBER, "messaging_service_sid": null, "num_media": "0",
        "num_segments": "1", "price": null, "price_unit": "USD", "sid": sid, "status": "queued", "subresource_uris": {},
        "to": to, "uri": format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json"),
    });
    as_described("api.v2010.account.message", answer)
}

/// The description of a call that was accepted.
pub fn call(sid: &str, to: &str) -> Value {
    let answer = json!({
        "account_sid": ACCOUNT, "api_version": "2010-04-01", "direction": "outbound-api", "from": NUMBER, "sid": sid,
        "status": "queued", "to": to, "price_unit": "USD", "uri": format!("/2010-04-01/Accounts/{ACCOUNT}/Calls/{sid}.json"),
    });
    as_described("api.v2010.account.call", answer)
}

/// Checks that every field of an answer is one of Twilio's.
fn as_described(schema: &str, answer: Value) -> Value {
    if let Some(schema) = part(&format!("/components/schemas/{schema}/properties")) {
        for name in answer.as_object().expect("fields").keys() {
            assert!(schema.get(name).is_some(), "Twilio's answer has no field {name}");
        }
    }
    answer
}
