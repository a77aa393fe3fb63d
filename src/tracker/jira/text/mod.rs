//! Rich text: Markdown into Atlassian Document Format or wiki text, and both back into plain text with the marks of Markdown
//! that a chat keeps: bold, code, lists and quotations.
//!
//! Text that people wrote stays text: a document has its structure only from the Markdown that it is parsed from, and what
//! comes back from Jira is not escaped, so it is untrusted like any other text.

mod adf;
mod markdown;
mod plain;
mod wiki;
mod wiki_text;

pub(super) use adf::to_adf;
pub(super) use markdown::parse_markdown;
pub(super) use plain::from_adf;
pub(super) use wiki::to_wiki;
pub(super) use wiki_text::from_wiki;

/// The longest text that is written, in characters: Jira takes 32,767, marks and escapes included.
const LONGEST: usize = 20_000;
/// The longest text that is read, in bytes.
const LONGEST_READ: usize = 64 << 10;

/// A rich text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RichDocument(Vec<Block>);

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Block {
    Paragraph(Vec<Inline>),
    Heading { level: u8, text: Vec<Inline> },
    Code { language: String, text: String },
    Quote(Vec<Block>),
    List(List),
    Rule,
}

/// A list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct List {
    /// The number of the first item; `None` if the items have bullets.
    start: Option<u64>,
    items: Vec<Vec<Block>>,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Inline {
    Text(Span),
    Break,
}

/// A text in one style.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Span {
    text: String,
    style: Style,
    /// Where it leads: an address of http, https or mailto.
    link: Option<String>,
}

/// A style.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Style {
    strong: bool,
    emphasis: bool,
    strike: bool,
    code: bool,
}

/// The beginning of a text that is read.
fn readable(text: &str) -> &str {
    if text.len() <= LONGEST_READ { text } else { &text[..text.floor_char_boundary(LONGEST_READ)] }
}

#[cfg(test)]
mod tests;
