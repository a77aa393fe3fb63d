//! Texts with placeholders, `{{name}}`, and the values that replace them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::wiki::WikiDocument;

/// Everything but what RFC 3986 calls unreserved.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a value for a URL or a form.
pub(super) fn percent_encoded(value: &str) -> String {
    utf8_percent_encode(value, ENCODED).to_string()
}

/// What a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WikiValue {
    /// The key of the incident: `HOT-12`.
    Key,
    /// The title of the page.
    Title,
    /// The text in Markdown.
    Markdown,
    /// Where the document is written in hotroom.
    Link,
}

impl WikiValue {
    /// All placeholders.
    pub const ALL: [Self; 4] = [Self::Key, Self::Title, Self::Markdown, Self::Link];

    /// The word between the braces.
    pub fn word(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Title => "title",
            Self::Markdown => "markdown",
            Self::Link => "link",
        }
    }
}

/// The values of one document.
pub(super) struct WikiValues<'a> {
    key: &'a str,
    title: &'a str,
    markdown: &'a str,
    link: &'a str,
}

impl<'a> WikiValues<'a> {
    /// The values of a document.
    pub fn of(document: &'a WikiDocument) -> Self {
        let WikiDocument { mark: _, key, title, link, markdown } = document;
        Self { key, title, markdown, link }
    }

    /// Values of a document that does not exist, to check a template or a connection.
    pub fn sample() -> WikiValues<'static> {
        WikiValues { key: "HOT-0", title: "Check", markdown: "Check", link: "https://hotroom.example.com/" }
    }

    fn get(&self, value: WikiValue) -> &str {
        match value {
            WikiValue::Key => self.key,
            WikiValue::Title => self.title,
            WikiValue::Markdown => self.markdown,
            WikiValue::Link => self.link,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum TextPart {
    Literal(String),
    Value(WikiValue),
}

/// A text with placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WikiText {
    parts: Vec<TextPart>,
}

impl WikiText {
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
            let Some(value) = WikiValue::ALL.into_iter().find(|value| value.word() == name.trim()) else {
                let all = WikiValue::ALL.map(|value| format!("{{{{{}}}}}", value.word())).join(", ");
                return Err(format!("{:?} is no placeholder; there are {all}", name.trim()));
            };
            if !before.is_empty() {
                parts.push(TextPart::Literal(before.to_owned()));
            }
            parts.push(TextPart::Value(value));
            rest = behind;
        }
        if !rest.is_empty() {
            parts.push(TextPart::Literal(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// The text with encoded values; the literal parts stay as they are.
    pub(super) fn fill(&self, values: &WikiValues<'_>, encode: impl Fn(&str) -> String) -> String {
        let part = |part: &TextPart| match part {
            TextPart::Literal(text) => text.clone(),
            TextPart::Value(value) => encode(values.get(*value)),
        };
        self.parts.iter().map(part).collect()
    }

    /// True if it has this placeholder.
    pub fn uses(&self, value: WikiValue) -> bool {
        self.parts.contains(&TextPart::Value(value))
    }
}
