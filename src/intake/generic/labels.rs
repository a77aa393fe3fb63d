//! Labels of the documented JSON: an object, a list of tags, or a text with tags.

use std::collections::BTreeMap;

use crate::{
    domain::text::Untrusted,
    intake::{json::Json, reading},
};

/// Reads labels. `None` if the value is of another type.
pub(super) fn parse_labels(value: &Json) -> Option<BTreeMap<String, Untrusted>> {
    match value {
        Json::Object(_) => reading::texts(Some(value), "").ok(),
        Json::List(tags) => Some(tags.iter().filter_map(tag).collect()),
        Json::Text(text) => Some(split(text).filter_map(pair).collect()),
        Json::Null => Some(BTreeMap::new()),
        Json::Bool(_) | Json::Number(_) => None,
    }
}

/// Splits a text at commas or, if it has none, at blanks.
fn split(text: &str) -> Box<dyn Iterator<Item = &str> + '_> {
    if text.contains(',') { Box::new(text.split(',')) } else { Box::new(text.split_whitespace()) }
}

/// Reads a tag: a text `name:value` or `name=value`, a bare `name`, which means `true`, or an object with `name` (or
/// `key`, `tag`) and `value`.
fn tag(tag: &Json) -> Option<(String, Untrusted)> {
    match tag {
        Json::Object(_) => {
            let (name, value) = (tag.first_of(&["name", "key", "tag"])?.to_text()?, tag.get("value")?.to_text()?);
            named(&name, &value)
        }
        Json::Text(text) => pair(text),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::List(_) => None,
    }
}

fn pair(text: &str) -> Option<(String, Untrusted)> {
    match text.split_once([':', '=']) {
        Some((name, value)) => named(name, value),
        None => named(text, "true"),
    }
}

fn named(name: &str, value: &str) -> Option<(String, Untrusted)> {
    let (name, value) = (name.trim(), value.trim());
    (!name.is_empty() && !value.is_empty()).then(|| (name.to_owned(), Untrusted::new(value)))
}
