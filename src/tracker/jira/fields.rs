//! Values of fields, in the shape that their type needs. Jira describes each field that can be set: at creation, in an edit,
//! or on the screen of a transition.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use serde_json::{Map, Value, json};

use super::{client::JiraClient, text, wire::JiraFieldMeta};
use crate::domain::tracker::IssueField;

/// The most allowed values that an error lists.
const LISTED: usize = 20;

/// The fields that can be set, by their id.
pub(super) type JiraFieldMetas = BTreeMap<String, JiraFieldMeta>;

/// Fields in the shape that Jira takes.
#[derive(Debug, Default)]
pub(super) struct JiraFieldValues {
    /// The values, by the id of their field.
    pub values: Map<String, Value>,
    /// Those that cannot be set here.
    pub unknown: Vec<IssueField>,
}

/// Finds a field by its id, else by its name.
pub(super) fn find<'m>(metas: &'m JiraFieldMetas, field: &str) -> Option<(&'m String, &'m JiraFieldMeta)> {
    metas.get_key_value(field).or_else(|| metas.iter().find(|(_, meta)| meta.name.eq_ignore_ascii_case(field)))
}

impl JiraClient {
    /// Shapes the values of fields.
    ///
    /// # Errors
    /// Says which value does not fit its field.
    pub(super) fn shape_fields(
        &self,
        metas: &JiraFieldMetas,
        fields: &[IssueField],
    ) -> Result<JiraFieldValues, String> {
        let mut shaped = JiraFieldValues::default();
        for field in fields {
            match find(metas, &field.field) {
                Some((id, meta)) => {
                    let value = self.shape(meta, &field.value).map_err(|why| format!("{}: {why}", field.field))?;
                    shaped.values.insert(id.clone(), value);
                }
                None => shaped.unknown.push(field.clone()),
            }
        }
        Ok(shaped)
    }

    /// Shapes a value for a field. An empty value clears it.
    pub(super) fn shape(&self, meta: &JiraFieldMeta, value: &str) -> Result<Value, String> {
        let (value, schema) = (value.trim(), &meta.schema);
        if schema.kind == "array" {
            let items = schema.items.as_deref().unwrap_or_default();
            let parts = value.split(',').map(str::trim).filter(|part| !part.is_empty());
            return parts.map(|part| self.shape_one(meta, items, part)).collect::<Result<Vec<_>, _>>().map(Value::from);
        }
        if value.is_empty() {
            return Ok(Value::Null);
        }
        self.shape_one(meta, &schema.kind, value)
    }

    fn shape_one(&self, meta: &JiraFieldMeta, kind: &str, value: &str) -> Result<Value, String> {
        match kind {
            "string" if is_rich(meta) => Ok(self.rich_text(value)),
            "string" if meta.schema.kind == "array" && meta.schema.system.as_deref() == Some("labels") => {
                Ok(json!(label(value)))
            }
            "string" if !meta.allowed_values.is_empty() => choice(meta, value),
            "string" => Ok(json!(value)),
            "number" => number(value),
            "date" => date(value).map(|date| json!(date.to_string())),
            "datetime" => moment(value),
            "user" => Ok(self.account_json(value)),
            "group" => Ok(json!({ "name": value })),
            "option-with-child" => cascade(meta, value),
            "option" | "priority" | "resolution" | "version" | "component" | "securitylevel" => choice(meta, value),
            other => Err(format!("hotroom cannot set a field of the type \"{other}\"")),
        }
    }

    /// An account in the shape that the API takes.
    pub(super) fn account_json(&self, account: &str) -> Value {
        if self.is_cloud() { json!({ "accountId": account }) } else { json!({ "name": account }) }
    }

    /// Markdown in the shape that the API takes: a document on Cloud, wiki text on Data Center.
    pub(super) fn rich_text(&self, markdown: &str) -> Value {
        let document = text::parse_markdown(markdown);
        if self.is_cloud() { text::to_adf(&document) } else { json!(text::to_wiki(&document)) }
    }
}

/// A label: Jira allows no spaces in it.
pub(super) fn label(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join("-")
}

/// True if the field takes rich text.
fn is_rich(meta: &JiraFieldMeta) -> bool {
    let custom = meta.schema.custom.as_deref().unwrap_or_default();
    custom.ends_with(":textarea") || matches!(meta.schema.system.as_deref(), Some("description" | "environment"))
}

fn number(value: &str) -> Result<Value, String> {
    let number = value.parse::<f64>().ok().filter(|number| number.is_finite());
    number.map(|number| json!(number)).ok_or_else(|| format!("\"{value}\" is not a number"))
}

fn date(value: &str) -> Result<NaiveDate, String> {
    let day = value.split(['T', ' ']).next().unwrap_or(value);
    NaiveDate::parse_from_str(day, "%Y-%m-%d").map_err(|_| format!("\"{value}\" is not a date such as 2026-01-31"))
}

fn moment(value: &str) -> Result<Value, String> {
    let at = DateTime::parse_from_rfc3339(value);
    let at = at.map_err(|_| format!("\"{value}\" is not a time such as 2026-01-31T08:00:00Z"))?;
    Ok(json!(at.format("%Y-%m-%dT%H:%M:%S%.3f%z").to_string()))
}

/// What an allowed value is called.
pub(super) fn value_name(value: &Value) -> Option<&str> {
    value["name"].as_str().or(value["value"].as_str()).or(value.as_str())
}

fn choice(meta: &JiraFieldMeta, value: &str) -> Result<Value, String> {
    if meta.allowed_values.is_empty() {
        // Some versions list no values; then the name has to do.
        let by = if meta.schema.kind == "option" || meta.schema.items.as_deref() == Some("option") {
            "value"
        } else {
            "name"
        };
        return Ok(json!({ by: value }));
    }
    pick(&meta.allowed_values, value)
}

fn pick(allowed: &[Value], value: &str) -> Result<Value, String> {
    let found = allowed.iter().find(|entry| value_name(entry).is_some_and(|name| name.eq_ignore_ascii_case(value)));
    let by_id = || allowed.iter().find(|entry| entry["id"].as_str() == Some(value));
    match found.or_else(by_id) {
        Some(entry) => Ok(entry["id"].as_str().map_or_else(|| entry.clone(), |id| json!({ "id": id }))),
        None => Err(format!("\"{value}\" is not allowed; allowed: {}", names(allowed))),
    }
}

fn names(allowed: &[Value]) -> String {
    let names: Vec<&str> = allowed.iter().filter_map(value_name).collect();
    let more = if names.len() > LISTED { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(LISTED)].join(", "))
}

/// A value of two levels, written as `parent > child`.
fn cascade(meta: &JiraFieldMeta, value: &str) -> Result<Value, String> {
    let (parent, child) =
        value.split_once('>').map_or((value, None), |(parent, child)| (parent.trim(), Some(child.trim())));
    let mut shaped = pick(&meta.allowed_values, parent)?;
    let Some(child) = child else { return Ok(shaped) };
    let entry = meta.allowed_values.iter().find(|entry| entry["id"] == shaped["id"]);
    let children = entry.and_then(|entry| entry["children"].as_array()).map(Vec::as_slice).unwrap_or_default();
    shaped["child"] = pick(children, child)?;
    Ok(shaped)
}
