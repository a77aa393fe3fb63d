//! The body of a request. A template is read in its own format, so that a value stays what it is there: a string of JSON, or
//! the value of a field.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::text::{WikiText, WikiValue, WikiValues, percent_encoded};

/// The formats of bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WikiBodyFormat {
    /// `application/json`
    Json,
    /// `application/x-www-form-urlencoded`
    Form,
    /// `text/markdown`
    Markdown,
    /// `text/plain`
    Text,
}

impl WikiBodyFormat {
    /// What `content_type` takes.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("application/json", Self::Json),
        ("application/x-www-form-urlencoded", Self::Form),
        ("text/markdown", Self::Markdown),
        ("text/plain", Self::Text),
    ];

    fn header(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
        }
    }
}

/// A body with placeholders.
#[derive(Clone, Debug)]
pub struct WikiBody {
    format: WikiBodyFormat,
    content: BodyContent,
}

#[derive(Clone, Debug)]
enum BodyContent {
    Json(JsonPart),
    Form(Vec<(String, WikiText)>),
    Text(WikiText),
}

#[derive(Clone, Debug)]
enum JsonPart {
    Fixed(Value),
    Text(WikiText),
    List(Vec<JsonPart>),
    Object(Vec<(String, JsonPart)>),
}

impl WikiBody {
    /// Parses a template in its format.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn parse(format: WikiBodyFormat, text: &str) -> Result<Self, String> {
        let content = match format {
            WikiBodyFormat::Json => {
                let value: Value = serde_json::from_str(text)
                    .map_err(|error| format!("is no JSON ({error}); placeholders stand inside strings"))?;
                BodyContent::Json(JsonPart::parse(value)?)
            }
            WikiBodyFormat::Form => BodyContent::Form(text.split('&').map(field).collect::<Result<_, _>>()?),
            WikiBodyFormat::Markdown | WikiBodyFormat::Text => BodyContent::Text(WikiText::parse(text)?),
        };
        let body = Self { format, content };
        if body.uses(WikiValue::Markdown) {
            Ok(body)
        } else {
            Err("has no {{markdown}}, so that the page would say nothing".to_owned())
        }
    }

    fn uses(&self, value: WikiValue) -> bool {
        match &self.content {
            BodyContent::Json(part) => part.uses(value),
            BodyContent::Form(fields) => fields.iter().any(|(_, text)| text.uses(value)),
            BodyContent::Text(text) => text.uses(value),
        }
    }

    /// The type and the bytes of a request.
    pub(super) fn fill(&self, values: &WikiValues<'_>) -> (&'static str, Vec<u8>) {
        let text = match &self.content {
            BodyContent::Json(part) => part.fill(values).to_string(),
            BodyContent::Form(fields) => {
                let field = |(name, text): &(String, WikiText)| {
                    format!("{}={}", percent_encoded(name), percent_encoded(&text.fill(values, str::to_owned)))
                };
                fields.iter().map(field).collect::<Vec<_>>().join("&")
            }
            BodyContent::Text(text) => text.fill(values, str::to_owned),
        };
        (self.format.header(), text.into_bytes())
    }
}

fn field(text: &str) -> Result<(String, WikiText), String> {
    let (name, value) = text.split_once('=').ok_or("must be fields such as title={{title}}&text={{markdown}}")?;
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Ok((plain(name), WikiText::parse(&plain(value))?))
}

impl JsonPart {
    fn parse(value: Value) -> Result<Self, String> {
        Ok(match value {
            Value::String(text) => Self::Text(WikiText::parse(&text)?),
            Value::Array(items) => Self::List(items.into_iter().map(Self::parse).collect::<Result<_, _>>()?),
            Value::Object(fields) => {
                let field = |(name, value)| Ok((name, Self::parse(value)?));
                Self::Object(fields.into_iter().map(field).collect::<Result<_, String>>()?)
            }
            value @ (Value::Null | Value::Bool(_) | Value::Number(_)) => Self::Fixed(value),
        })
    }

    fn uses(&self, value: WikiValue) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Text(text) => text.uses(value),
            Self::List(items) => items.iter().any(|item| item.uses(value)),
            Self::Object(fields) => fields.iter().any(|(_, item)| item.uses(value)),
        }
    }

    fn fill(&self, values: &WikiValues<'_>) -> Value {
        match self {
            Self::Fixed(value) => value.clone(),
            Self::Text(text) => Value::String(text.fill(values, str::to_owned)),
            Self::List(items) => items.iter().map(|item| item.fill(values)).collect(),
            Self::Object(fields) => {
                let field = |(name, item): &(String, Self)| (name.clone(), item.fill(values));
                Value::Object(fields.iter().map(field).collect::<Map<_, _>>())
            }
        }
    }
}
