//! When a gateway has taken a message: by its status, and by what its answer says.

use serde_json::Value;

use crate::net::{HttpFailure, HttpResponse};

/// How much of a field is quoted.
const QUOTED: usize = 80;

/// What the answer to a message that was taken looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SuccessCondition {
    /// The statuses; empty for every 2xx.
    pub statuses: Vec<u16>,
    /// A text that the body contains.
    pub contains: Option<String>,
    /// A field of the body and its value.
    pub field: Option<FieldCondition>,
}

/// A field of JSON that has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldCondition {
    /// Where it is: a JSON pointer such as `/messages/0/status`.
    pub pointer: String,
    /// Its value as text.
    pub value: String,
}

impl FieldCondition {
    /// A condition, if the pointer is one.
    ///
    /// # Errors
    /// Says how a pointer is written.
    pub fn parse(pointer: &str, value: &str) -> Result<Self, String> {
        if !pointer.starts_with('/') {
            return Err("is no JSON pointer; write one such as \"/messages/0/status\"".to_owned());
        }
        Ok(Self { pointer: pointer.to_owned(), value: value.to_owned() })
    }
}

/// What an answer of 2xx says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SuccessVerdict {
    /// The message was taken.
    Taken,
    /// The gateway refused it.
    Refused(String),
}

impl SuccessCondition {
    /// Judges an answer of 2xx.
    ///
    /// # Errors
    /// [`HttpFailure::Unclear`] when the answer cannot be read: then nobody knows.
    pub(super) fn judge(&self, response: &HttpResponse) -> Result<SuccessVerdict, HttpFailure> {
        let status = response.status;
        if !self.statuses.is_empty() && !self.statuses.contains(&status) {
            return Ok(SuccessVerdict::Refused(format!("HTTP {status} is not among success_status")));
        }
        if let Some(text) = &self.contains
            && !String::from_utf8_lossy(&response.body).contains(text.as_str())
        {
            return Ok(SuccessVerdict::Refused(format!(
                "HTTP {status}, and the answer does not contain success_contains"
            )));
        }
        let Some(FieldCondition { pointer, value }) = &self.field else { return Ok(SuccessVerdict::Taken) };
        let body: Value = response.json()?;
        let found = body.pointer(pointer).map(plain);
        if found.as_ref() == Some(value) {
            return Ok(SuccessVerdict::Taken);
        }
        let said = found.map_or_else(|| "is missing".to_owned(), |found| format!("is {:?}", cut(&found)));
        Ok(SuccessVerdict::Refused(format!("HTTP {status}, and {pointer} {said}")))
    }
}

/// A value as people write it in the configuration: `queued`, `0`, `true`.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// The text at a pointer of an answer, for the reason of a refusal.
pub(super) fn reason(body: &[u8], pointer: &str) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.pointer(pointer).map(plain).filter(|text| !text.is_empty()).map(|text| cut(&text))
}

fn cut(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    crate::domain::text::cut(&line, QUOTED)
}
