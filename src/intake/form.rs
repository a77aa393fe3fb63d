//! Converts a delivery to one self-contained JSON document, whether its data came in headers, a form or the URL.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{json, sentry};
use crate::config::SourceKind;

/// Maximum number of form fields read.
const MOST_FIELDS: usize = 100;
/// Attributes of a binary-mode CloudEvent that are stored, each from a `ce-…` header.
const ATTRIBUTES: [&str; 7] = ["specversion", "id", "source", "type", "subject", "time", "dataschema"];

/// True if senders of this kind may send data in the query of a GET.
pub fn takes_queries(kind: SourceKind) -> bool {
    matches!(kind, SourceKind::UptimeKuma | SourceKind::UptimeRobot)
}

/// True if senders of this kind may send data as a form.
pub fn takes_forms(kind: SourceKind) -> bool {
    takes_queries(kind) || kind == SourceKind::Generic
}

/// True if senders of this kind PUT updates to the URL of an alert id that is also in the body.
pub fn takes_updates(kind: SourceKind) -> bool {
    matches!(kind, SourceKind::VRealize)
}

/// Builds the document of a delivery. Most bodies are stored unchanged; a binary-mode CloudEvent becomes a structured
/// one, Sentry's resource header becomes a member, and form or query fields become an object.
pub fn document<'h, 'b>(
    kind: SourceKind,
    header: impl Fn(&str) -> Option<&'h str>,
    query: &str,
    body: &'b [u8],
) -> Cow<'b, [u8]> {
    let content_type = header("content-type").unwrap_or_default().trim_start().to_ascii_lowercase();
    let is_json = body.trim_ascii_start().starts_with(b"{") || body.trim_ascii_start().starts_with(b"[");
    if takes_queries(kind) && body.is_empty() {
        return Cow::Owned(fields(query));
    }
    if takes_forms(kind) && content_type.starts_with("application/x-www-form-urlencoded") && !is_json {
        return Cow::Owned(fields(&String::from_utf8_lossy(body)));
    }
    if kind == SourceKind::CloudEvents && header("ce-specversion").is_some() {
        return Cow::Owned(structured(header, body));
    }
    let resource = if kind == SourceKind::Sentry { header("sentry-hook-resource") } else { None };
    resource.map_or(Cow::Borrowed(body), |name| with_resource(name, body))
}

/// Converts form fields to an object. A field that contains a JSON object becomes that object. A token among the fields
/// is removed.
fn fields(text: &str) -> Vec<u8> {
    let mut out = String::from("{");
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    for (name, value) in pairs.map(|(name, value)| (plain(name), plain(value))).take(MOST_FIELDS) {
        if name.eq_ignore_ascii_case("token") {
            continue;
        }
        let comma = if out.len() > 1 { "," } else { "" };
        let is_json = value.trim_start().starts_with('{') && json::parse(value.as_bytes()).is_ok();
        let value = if is_json { value } else { Value::from(value).to_string() };
        out.push_str(&format!("{comma}{}:{value}", Value::from(name)));
    }
    out.push('}');
    out.into_bytes()
}

fn plain(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// Converts a binary-mode event to a structured one (CloudEvents HTTP binding 1.0.2, 3.1 and 3.2). Data that are not
/// JSON are stored as text.
fn structured<'h>(header: impl Fn(&str) -> Option<&'h str>, body: &[u8]) -> Vec<u8> {
    let mut out = String::from("{");
    for name in ATTRIBUTES {
        if let Some(value) = header(&format!("ce-{name}")) {
            let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
            out.push_str(&format!("\"{name}\":{},", Value::from(value)));
        }
    }
    let data = String::from_utf8_lossy(body);
    let data = match body {
        [] => "null".to_owned(),
        _ if json::parse(body).is_ok() => data.into_owned(),
        _ => Value::from(data).to_string(),
    };
    out.push_str(&format!("\"data\":{data}}}"));
    out.into_bytes()
}

fn with_resource<'b>(name: &str, body: &'b [u8]) -> Cow<'b, [u8]> {
    let sane = name.len() <= 40 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let inside = body.trim_ascii_start().strip_prefix(b"{");
    match inside.filter(|inside| sane && !inside.trim_ascii_start().starts_with(b"}")) {
        Some(inside) => {
            let mut out = format!("{{\"{}\":\"{name}\",", sentry::RESOURCE).into_bytes();
            out.extend_from_slice(inside);
            Cow::Owned(out)
        }
        None => Cow::Borrowed(body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(kind: SourceKind, headers: &[(&'static str, &'static str)], query: &str, body: &str) -> String {
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        String::from_utf8(document(kind, header, query, body.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn most_bodies_are_stored_as_they_came() {
        for kind in SourceKind::ALL.iter().map(|(_, kind)| *kind) {
            assert_eq!(made(kind, &[], "", " {\"a\": 1} "), " {\"a\": 1} ");
        }
        assert_eq!(made(SourceKind::Generic, &[("ce-specversion", "1.0")], "a=b", "x"), "x");
    }

    #[test]
    fn the_fields_of_a_query_or_a_form_are_an_object_without_the_token() {
        let query = "msg=%5BShop%5D+down&heartbeat=%7B%22status%22%3A0%7D&monitor={broken&token=secret&=x";
        let object = r#"{"msg":"[Shop] down","heartbeat":{"status":0},"monitor":"{broken","":"x"}"#;
        assert_eq!(made(SourceKind::UptimeKuma, &[], query, ""), object);
        let form = [("content-type", "application/x-www-form-urlencoded")];
        assert_eq!(made(SourceKind::UptimeKuma, &form, "", query), object);
        assert_eq!(made(SourceKind::UptimeKuma, &form, "", "{\"msg\":1}"), "{\"msg\":1}", "curl's default type");
        assert_eq!(made(SourceKind::Generic, &form, "", "Name=Shop&Token=secret"), "{\"Name\":\"Shop\"}");
        assert_eq!(made(SourceKind::Generic, &form, "", "[1]"), "[1]");
        assert_eq!(made(SourceKind::Datadog, &form, "", "Name=Shop"), "Name=Shop", "this kind sends no forms");
    }

    #[test]
    fn an_event_in_binary_mode_is_a_structured_one() {
        let headers = [("ce-specversion", "1.0"), ("ce-id", "a%20\"b"), ("ce-type", "t"), ("ce-source", "/s")];
        let event =
            |data: &str| format!(r#"{{"specversion":"1.0","id":"a \"b","source":"/s","type":"t","data":{data}}}"#);
        assert_eq!(made(SourceKind::CloudEvents, &headers, "", "{\"x\":1}"), event("{\"x\":1}"));
        assert_eq!(made(SourceKind::CloudEvents, &headers, "", "a \"b"), event(r#""a \"b""#));
        assert_eq!(made(SourceKind::CloudEvents, &headers, "", ""), event("null"));
    }

    #[test]
    fn the_resource_that_sentry_names_is_a_member() {
        let named =
            |name: &'static str, body: &str| made(SourceKind::Sentry, &[("sentry-hook-resource", name)], "", body);
        assert_eq!(named("issue", " {\"a\":1}"), r#"{"sentry_hook_resource":"issue","a":1}"#);
        for (name, body) in [("issue", "{ }"), ("issue", "[]"), ("a\"b", "{\"a\":1}"), ("issue", "")] {
            assert_eq!(named(name, body), body);
        }
    }
}
