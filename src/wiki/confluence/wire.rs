//! What Confluence answers, as far as hotroom reads it. v1 and v2 differ in names and nesting.

use serde::Deserialize;
use serde_json::Value;

/// A list of v1 or v2.
#[derive(Debug, Deserialize)]
pub(super) struct ResultList<T> {
    pub results: Vec<T>,
}

/// A space of v2. Its id is a number in text; some answers have it as a number.
#[derive(Debug, Deserialize)]
pub(super) struct SpaceBody {
    pub id: Value,
    pub key: String,
    #[serde(default)]
    pub name: String,
}

/// A page of v1 or v2.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PageBody {
    #[serde(default)]
    pub id: Value,
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub version: VersionBody,
    #[serde(default)]
    pub body: BodyParts,
    #[serde(default, rename = "_links")]
    pub links: LinkBody,
}

/// The version of a page or a property.
#[derive(Debug, Default, Deserialize)]
pub(super) struct VersionBody {
    #[serde(default)]
    pub number: u64,
    #[serde(default)]
    pub message: Option<String>,
}

/// The body of a page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct BodyParts {
    #[serde(default)]
    pub storage: Option<StorageBody>,
}

/// A body in storage format.
#[derive(Debug, Default, Deserialize)]
pub(super) struct StorageBody {
    #[serde(default)]
    pub value: String,
}

/// Where people read it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct LinkBody {
    #[serde(default)]
    pub webui: Option<String>,
    #[serde(default)]
    pub base: Option<String>,
}

/// A property of a page.
#[derive(Debug, Deserialize)]
pub(super) struct PropertyBody {
    #[serde(default)]
    pub id: Value,
    pub value: Value,
    #[serde(default)]
    pub version: VersionBody,
}

/// The body of an error: `errors` of v2, `message` of v1.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default)]
    pub message: Option<String>,
    #[serde(default)]
    pub errors: Vec<ErrorEntry>,
}

/// An error of v2.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorEntry {
    #[serde(default)]
    pub title: Option<String>,
    #[serde(default)]
    pub detail: Option<String>,
}

/// An id that is a text or a number.
pub(super) fn id_text(id: &Value) -> String {
    match id {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    }
}
