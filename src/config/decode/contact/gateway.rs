//! Decodes `[[contact_gateways]]`.

use reqwest::Method;
use secrecy::ExposeSecret;

use crate::{
    config::{kinds, read::Section, tree::Value},
    contact::gateway::{
        BodyFormat, FieldCondition, GatewayBody, GatewayHeader, GatewaySettings, GatewayUrl, Placeholder,
        SuccessCondition,
    },
};

pub(super) fn gateway(s: &Section<'_>) -> Option<GatewaySettings> {
    let id = s.id();
    let name = s.name(id.as_deref().unwrap_or_default());
    let methods = [("GET", Method::GET), ("POST", Method::POST), ("PUT", Method::PUT)];
    let words: Vec<(&str, usize)> = methods.iter().enumerate().map(|(at, (word, _))| (*word, at)).collect();
    let method = s.read("method", "GET, POST or PUT", |value| kinds::word(value, &words));
    let method = method.map_or(Method::POST, |at| methods[at].1.clone());
    let url = s.need("url", "http(s) address", |value| GatewayUrl::parse(&kinds::line(value)?));
    let (headers, body, success) = (headers(s), body(s, &method), success(s));
    let (basic_auth, secret) = (s.secret("basic_auth"), s.secret("secret"));
    let reason = s.read("reason_pointer", "JSON pointer", pointer);
    let private = s.flag("private", false);
    // Every key is read by now: one that is missing makes no other one unknown.
    let (id, url) = (id?, url?);
    let gateway =
        GatewaySettings { id, name, method, url, headers, basic_auth, secret, body, success, reason, private };
    check(s, &gateway);
    Some(gateway)
}

fn headers(s: &Section<'_>) -> Vec<GatewayHeader> {
    let mut headers = Vec::new();
    for (at, line) in s.texts("headers").unwrap_or_default().iter().enumerate() {
        match GatewayHeader::parse(line) {
            Ok(header) => headers.push(header),
            Err(what) => s.wrong("headers", format!("entry {}: {what}", at + 1)),
        }
    }
    headers
}

fn body(s: &Section<'_>, method: &Method) -> Option<GatewayBody> {
    let format = s.read("content_type", "media type", |value| kinds::word(value, &BodyFormat::WORDS));
    let text = s.read("body", "text", kinds::line);
    match (format, text) {
        (_, Some(_)) if *method == Method::GET => {
            s.wrong("body", "a GET request has no body; write the values into the query of the URL");
            None
        }
        (Some(format), Some(text)) => match GatewayBody::parse(format, &text) {
            Ok(body) => Some(body),
            Err(what) => {
                s.wrong("body", what);
                None
            }
        },
        (None, Some(_)) if !s.has("content_type") => {
            s.wrong("content_type", "missing; without it nobody knows how to encode the values of the body");
            None
        }
        (Some(_), None) if !s.has("body") => {
            s.warn("content_type", "has no effect without body");
            None
        }
        (None | Some(_), None) | (None, Some(_)) => None,
    }
}

fn success(s: &Section<'_>) -> SuccessCondition {
    let statuses = s.read("success_status", "list of statuses", statuses).unwrap_or_default();
    let contains = s.read("success_contains", "text", kinds::line);
    let at = s.read("success_pointer", "JSON pointer", pointer);
    let value = s.read("success_value", "text", kinds::text);
    let field = match (at, value) {
        (Some(at), Some(value)) => FieldCondition::parse(&at, &value).ok(),
        (Some(_), None) if !s.has("success_value") => {
            s.wrong("success_value", "missing; success_pointer needs the value that its field has");
            None
        }
        (None, Some(_)) if !s.has("success_pointer") => {
            s.wrong("success_pointer", "missing; success_value needs the field that has it");
            None
        }
        (None | Some(_), None) | (None, Some(_)) => None,
    };
    SuccessCondition { statuses, contains, field }
}

fn pointer(value: &Value) -> Result<String, String> {
    let text = kinds::line(value)?;
    FieldCondition::parse(&text, "").map(|condition| condition.pointer)
}

fn statuses(value: &Value) -> Result<Vec<u16>, String> {
    let Value::List(items) = value else {
        return Err(format!("must be a list of statuses such as [200, 202], not {}", value.type_name()));
    };
    let status = |value| kinds::count(value, 200..=299).map(|status| u16::try_from(status).unwrap_or_default());
    items.iter().map(|item| status(&item.value)).collect()
}

/// Checks what concerns several keys.
fn check(s: &Section<'_>, gateway: &GatewaySettings) {
    let place = if s.has("body") { "body" } else { "url" };
    if !gateway.uses(Placeholder::Text) {
        s.wrong(place, "has no {{text}}, so that messages would say nothing");
    }
    if !gateway.uses(Placeholder::Number) && !gateway.uses(Placeholder::Digits) {
        s.wrong(place, "has no {{number}} and no {{digits}}, so that messages would reach nobody");
    }
    match (gateway.uses(Placeholder::Secret), s.has("secret")) {
        (true, false) => s.wrong("secret", "missing; {{secret}} is used"),
        (false, true) => s.warn("secret", "has no effect: {{secret}} is used nowhere"),
        (true, true) | (false, false) => {}
    }
    if gateway.basic_auth.as_ref().is_some_and(|secret| !secret.expose_secret().contains(':')) {
        s.wrong("basic_auth", "must hold a user name and a password joined by a colon, as \"user:password\"");
    }
    if gateway.basic_auth.is_some() && gateway.has_authorization_header() {
        s.wrong("headers", "the header authorization is made from basic_auth already");
    }
    if gateway.url.is_readable_on_the_way() {
        s.warn("url", "http: everyone between hotroom and the gateway can read the messages; use https");
    }
}
