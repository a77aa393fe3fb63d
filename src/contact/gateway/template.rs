//! Texts with placeholders, `{{name}}`, and the values that replace them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

/// Everything but what RFC 3986 calls unreserved.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a value for a URL or a form.
pub(super) fn percent_encoded(value: &str) -> String {
    utf8_percent_encode(value, ENCODED).to_string()
}

/// What a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placeholder {
    /// The number with its plus: `+4915112345678`.
    Number,
    /// The number without its plus.
    Digits,
    /// The text of the message.
    Text,
    /// The id of the message, the same when it is repeated.
    Id,
    /// The secret of the gateway.
    Secret,
}

impl Placeholder {
    /// All placeholders.
    pub const ALL: [Self; 5] = [Self::Number, Self::Digits, Self::Text, Self::Id, Self::Secret];

    /// The word between the braces.
    pub fn word(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Digits => "digits",
            Self::Text => "text",
            Self::Id => "id",
            Self::Secret => "secret",
        }
    }
}

/// The values of one message.
pub(super) struct Values<'a> {
    pub number: &'a str,
    pub text: &'a str,
    pub id: &'a str,
    pub secret: Option<&'a SecretString>,
}

impl Values<'_> {
    fn get(&self, placeholder: Placeholder) -> &str {
        match placeholder {
            Placeholder::Number => self.number,
            Placeholder::Digits => self.number.trim_start_matches('+'),
            Placeholder::Text => self.text,
            Placeholder::Id => self.id,
            Placeholder::Secret => self.secret.map(ExposeSecret::expose_secret).unwrap_or_default(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TemplatePart {
    Literal(String),
    Value(Placeholder),
}

/// A text with placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GatewayTemplate {
    pub parts: Vec<TemplatePart>,
}

impl GatewayTemplate {
    /// Parses a text.
    ///
    /// # Errors
    /// Says which placeholder is unknown or has no end.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, behind)) = after.split_once("}}") else {
                return Err("has {{ without }}".to_owned());
            };
            let known = Placeholder::ALL.into_iter().find(|placeholder| placeholder.word() == name.trim());
            let Some(placeholder) = known else {
                let all = Placeholder::ALL.map(|placeholder| format!("{{{{{}}}}}", placeholder.word())).join(", ");
                return Err(format!("{:?} is no placeholder; there are {all}", name.trim()));
            };
            if !before.is_empty() {
                parts.push(TemplatePart::Literal(before.to_owned()));
            }
            parts.push(TemplatePart::Value(placeholder));
            rest = behind;
        }
        if !rest.is_empty() {
            parts.push(TemplatePart::Literal(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// The text with encoded values; the literal parts stay as they are.
    pub fn fill(&self, values: &Values<'_>, encode: impl Fn(&str) -> String) -> String {
        let part = |part: &TemplatePart| match part {
            TemplatePart::Literal(text) => text.clone(),
            TemplatePart::Value(placeholder) => encode(values.get(*placeholder)),
        };
        self.parts.iter().map(part).collect()
    }

    /// The same with other literal parts.
    pub fn map_literals(self, map: impl Fn(&str) -> String) -> Self {
        let part = |part| match part {
            TemplatePart::Literal(text) => TemplatePart::Literal(map(&text)),
            TemplatePart::Value(placeholder) => TemplatePart::Value(placeholder),
        };
        Self { parts: self.parts.into_iter().map(part).collect() }
    }

    /// The placeholders in it.
    pub fn placeholders(&self) -> impl Iterator<Item = Placeholder> {
        self.parts.iter().filter_map(|part| match part {
            TemplatePart::Literal(_) => None,
            TemplatePart::Value(placeholder) => Some(*placeholder),
        })
    }

    /// True if it has no placeholder.
    pub fn is_fixed(&self) -> bool {
        self.placeholders().next().is_none()
    }
}
