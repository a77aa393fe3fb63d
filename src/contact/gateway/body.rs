//! The body of a request. A template is read in its own format, so that a value stays what it is there: a string of JSON,
//! the value of a field, a text of XML.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{
    template::{GatewayTemplate, Placeholder, Values, percent_encoded},
    xml::XmlTemplate,
};

/// The formats of bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFormat {
    /// `application/json`
    Json,
    /// `application/x-www-form-urlencoded`
    Form,
    /// `application/xml`
    Xml,
    /// `text/xml`
    TextXml,
    /// `text/plain`
    Text,
}

impl BodyFormat {
    /// What `content_type` takes.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("application/json", Self::Json),
        ("application/x-www-form-urlencoded", Self::Form),
        ("application/xml", Self::Xml),
        ("text/xml", Self::TextXml),
        ("text/plain", Self::Text),
    ];

    fn header(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
            Self::Xml => "application/xml; charset=utf-8",
            Self::TextXml => "text/xml; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
        }
    }
}

/// A body with placeholders.
#[derive(Clone, Debug)]
pub struct GatewayBody {
    format: BodyFormat,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Json(JsonTemplate),
    Form(Vec<Field>),
    Xml(XmlTemplate),
    Text(GatewayTemplate),
}

#[derive(Clone, Debug)]
struct Field {
    name: String,
    value: GatewayTemplate,
}

#[derive(Clone, Debug)]
enum JsonTemplate {
    Fixed(Value),
    Text(GatewayTemplate),
    List(Vec<JsonTemplate>),
    Object(Vec<(String, JsonTemplate)>),
}

impl GatewayBody {
    /// Parses a template in its format.
    ///
    /// # Errors
    /// Says what is wrong and where a placeholder may stand.
    pub fn parse(format: BodyFormat, text: &str) -> Result<Self, String> {
        let content = match format {
            BodyFormat::Json => Content::Json(JsonTemplate::parse(text)?),
            BodyFormat::Form => Content::Form(fields(text)?),
            BodyFormat::Xml | BodyFormat::TextXml => Content::Xml(XmlTemplate::parse(text)?),
            BodyFormat::Text => Content::Text(GatewayTemplate::parse(text)?),
        };
        Ok(Self { format, content })
    }

    /// The header `Content-Type`.
    pub(super) fn content_type(&self) -> &'static str {
        self.format.header()
    }

    /// The body with these values.
    pub(super) fn fill(&self, values: &Values<'_>) -> Vec<u8> {
        match &self.content {
            Content::Json(template) => template.fill(values).to_string().into_bytes(),
            Content::Form(fields) => {
                let pair = |field: &Field| {
                    let value = field.value.fill(values, str::to_owned);
                    format!("{}={}", percent_encoded(&field.name), percent_encoded(&value))
                };
                fields.iter().map(pair).collect::<Vec<_>>().join("&").into_bytes()
            }
            Content::Xml(template) => template.fill(values).into_bytes(),
            Content::Text(template) => template.fill(values, str::to_owned).into_bytes(),
        }
    }

    pub(super) fn placeholders(&self) -> Vec<Placeholder> {
        match &self.content {
            Content::Json(template) => template.placeholders(),
            Content::Form(fields) => fields.iter().flat_map(|field| field.value.placeholders()).collect(),
            Content::Xml(template) => template.placeholders(),
            Content::Text(template) => template.placeholders().collect(),
        }
    }
}

impl JsonTemplate {
    fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| {
            format!("is no JSON: {error}; placeholders stand inside quotes, as in {{\"to\": \"{{{{number}}}}\"}}")
        })?;
        Self::from_value(value)
    }

    fn from_value(value: Value) -> Result<Self, String> {
        Ok(match value {
            Value::String(text) => {
                let template = GatewayTemplate::parse(&text)?;
                if template.is_fixed() { Self::Fixed(text.into()) } else { Self::Text(template) }
            }
            Value::Array(items) => Self::List(items.into_iter().map(Self::from_value).collect::<Result<_, _>>()?),
            Value::Object(map) => {
                let entry = |(key, value): (String, Value)| {
                    if key.contains("{{") {
                        return Err("has a placeholder in the name of a field".to_owned());
                    }
                    Ok((key, Self::from_value(value)?))
                };
                Self::Object(map.into_iter().map(entry).collect::<Result<_, _>>()?)
            }
            fixed @ (Value::Null | Value::Bool(_) | Value::Number(_)) => Self::Fixed(fixed),
        })
    }

    fn fill(&self, values: &Values<'_>) -> Value {
        match self {
            Self::Fixed(value) => value.clone(),
            Self::Text(template) => template.fill(values, str::to_owned).into(),
            Self::List(items) => items.iter().map(|item| item.fill(values)).collect(),
            Self::Object(entries) => {
                let filled = entries.iter().map(|(key, value)| (key.clone(), value.fill(values)));
                filled.collect::<Map<String, Value>>().into()
            }
        }
    }

    fn placeholders(&self) -> Vec<Placeholder> {
        match self {
            Self::Fixed(_) => Vec::new(),
            Self::Text(template) => template.placeholders().collect(),
            Self::List(items) => items.iter().flat_map(Self::placeholders).collect(),
            Self::Object(entries) => entries.iter().flat_map(|(_, value)| value.placeholders()).collect(),
        }
    }
}

/// The fields of a form as it is written in the configuration, `to={{number}}&from=Hot+room`.
fn fields(text: &str) -> Result<Vec<Field>, String> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let field = |pair: &str| {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(format!("{pair:?} is no field; write \"name=value\", joined by &"));
        };
        if name.is_empty() || name.contains("{{") {
            return Err("has a field without a name, or with a placeholder in it".to_owned());
        }
        Ok(Field { name: decode(name), value: GatewayTemplate::parse(value)?.map_literals(decode) })
    };
    text.trim().split('&').map(|pair| field(pair.trim())).collect()
}
