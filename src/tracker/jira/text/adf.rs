//! A document into Atlassian Document Format.

use serde_json::{Value, json};

use super::{Block, Inline, List, RichDocument, Span, Style};

/// Where a block is: quotations and list items may hold fewer kinds of blocks than a document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Document,
    Quote,
    Item,
}

/// Writes a document.
pub fn to_adf(document: &RichDocument) -> Value {
    json!({ "type": "doc", "version": 1, "content": blocks(&document.0, Place::Document) })
}

/// Writes blocks; never none, because Jira wants at least one.
fn blocks(all: &[Block], place: Place) -> Vec<Value> {
    let mut out = Vec::new();
    for block in all {
        match block {
            Block::Paragraph(line) => out.push(paragraph(inlines(line))),
            Block::Heading { level, text } if place == Place::Document => {
                out.push(json!({ "type": "heading", "attrs": { "level": level }, "content": inlines(text) }));
            }
            Block::Heading { text, .. } => out.push(paragraph(inlines(&strong(text)))),
            Block::Code { language, text } => out.push(code(language, text)),
            Block::Quote(inner) if place == Place::Document => {
                out.push(json!({ "type": "blockquote", "content": blocks(inner, Place::Quote) }));
            }
            Block::Quote(inner) => out.extend(blocks(inner, place)),
            Block::List(inner) => out.extend(list(inner)),
            Block::Rule if place == Place::Document => out.push(json!({ "type": "rule" })),
            Block::Rule => {}
        }
    }
    if out.is_empty() {
        out.push(paragraph(Vec::new()));
    }
    out
}

fn paragraph(content: Vec<Value>) -> Value {
    json!({ "type": "paragraph", "content": content })
}

fn code(language: &str, text: &str) -> Value {
    let text = text.trim_end_matches('\n');
    let content: Vec<Value> = if text.is_empty() { Vec::new() } else { vec![json!({ "type": "text", "text": text })] };
    if language.is_empty() {
        return json!({ "type": "codeBlock", "content": content });
    }
    json!({ "type": "codeBlock", "attrs": { "language": language }, "content": content })
}

fn list(list: &List) -> Option<Value> {
    let item = |inner: &Vec<Block>| json!({ "type": "listItem", "content": blocks(inner, Place::Item) });
    let items: Vec<Value> = list.items.iter().map(item).collect();
    if items.is_empty() {
        return None;
    }
    Some(match list.start {
        Some(start) => json!({ "type": "orderedList", "attrs": { "order": start }, "content": items }),
        None => json!({ "type": "bulletList", "content": items }),
    })
}

fn strong(line: &[Inline]) -> Vec<Inline> {
    let bold = |inline: &Inline| match inline {
        Inline::Text(span) => Inline::Text(Span { style: Style { strong: true, ..span.style }, ..span.clone() }),
        Inline::Break => Inline::Break,
    };
    line.iter().map(bold).collect()
}

fn inlines(line: &[Inline]) -> Vec<Value> {
    line.iter().map(inline).collect()
}

fn inline(inline: &Inline) -> Value {
    let Inline::Text(span) = inline else { return json!({ "type": "hardBreak" }) };
    let marks = marks(span);
    if marks.is_empty() {
        return json!({ "type": "text", "text": span.text });
    }
    json!({ "type": "text", "text": span.text, "marks": marks })
}

fn marks(span: &Span) -> Vec<Value> {
    let Style { strong, emphasis, strike, code } = span.style;
    // Code goes with a link only.
    let styles = [("code", code), ("strong", strong && !code), ("em", emphasis && !code), ("strike", strike && !code)];
    let mut marks: Vec<Value> =
        styles.into_iter().filter(|(_, is_on)| *is_on).map(|(kind, _)| json!({ "type": kind })).collect();
    marks.extend(span.link.as_ref().map(|href| json!({ "type": "link", "attrs": { "href": href } })));
    marks
}
