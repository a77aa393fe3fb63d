//! Markdown into a document.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeStream};

use super::{Block, Inline, LONGEST, List, RichDocument, Span, Style};
use crate::domain::text::{cut, visible};

/// How deep quotations and lists may be in each other; what is deeper is shown at this depth.
const DEPTH: usize = 4;
/// What a link may begin with.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// Parses Markdown. HTML in it is text.
pub fn parse_markdown(markdown: &str) -> RichDocument {
    let text = cut(&visible(markdown), LONGEST);
    let mut builder = Builder::new();
    for event in TextMergeStream::new(Parser::new_ext(&without_small_print(&text), Options::ENABLE_STRIKETHROUGH)) {
        builder.add(event);
    }
    builder.finish()
}

/// Takes the mark of small print off, which only chats have.
fn without_small_print(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').map(|line| line.strip_prefix("-# ").unwrap_or(line)).collect();
    lines.join("\n")
}

/// What contains blocks.
enum Frame {
    Root(Vec<Block>),
    Quote(Vec<Block>),
    List(List),
    Item(Vec<Block>),
}

/// Builds the document from the events of the parser.
struct Builder {
    frames: Vec<Frame>,
    /// Containers that are too deep, so that they have no frame.
    skipped: usize,
    line: Vec<Inline>,
    style: Style,
    link: Option<String>,
    code: Option<Block>,
}

impl Builder {
    fn new() -> Self {
        let frames = vec![Frame::Root(Vec::new())];
        Self { frames, skipped: 0, line: Vec::new(), style: Style::default(), link: None, code: None }
    }

    fn add(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Html(line) => {
                self.text(&line);
                self.line.push(Inline::Break);
            }
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                let style = Style { code: true, ..self.style };
                self.span(&text, style);
            }
            Event::SoftBreak | Event::HardBreak => self.line.push(Inline::Break),
            Event::Rule => {
                self.end_paragraph();
                self.block(Block::Rule);
            }
            Event::FootnoteReference(text) => self.text(&text),
            Event::TaskListMarker(done) => self.text(if done { "[x] " } else { "[ ] " }),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Emphasis => self.style.emphasis = true,
            Tag::Strong => self.style.strong = true,
            Tag::Strikethrough => self.style.strike = true,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => self.link = safe_link(&dest_url),
            Tag::CodeBlock(kind) => {
                self.end_paragraph();
                let language = match kind {
                    CodeBlockKind::Fenced(language) => word(&language),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some(Block::Code { language, text: String::new() });
            }
            Tag::BlockQuote(_) => self.open(Frame::Quote(Vec::new())),
            Tag::List(start) => self.open(Frame::List(List { start, items: Vec::new() })),
            Tag::Item => {
                self.end_paragraph();
                if self.skipped > 0 { self.skipped += 1 } else { self.frames.push(Frame::Item(Vec::new())) }
            }
            Tag::Paragraph | Tag::Heading { .. } | Tag::HtmlBlock => self.end_paragraph(),
            // These are not enabled.
            Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Table(_)
            | Tag::TableHead
            | Tag::TableRow
            | Tag::TableCell
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => self.end_paragraph(),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis => self.style.emphasis = false,
            TagEnd::Strong => self.style.strong = false,
            TagEnd::Strikethrough => self.style.strike = false,
            TagEnd::Link | TagEnd::Image => self.link = None,
            TagEnd::Heading(level) => {
                let text = std::mem::take(&mut self.line);
                self.block(Block::Heading { level: number(level), text });
            }
            TagEnd::CodeBlock => {
                if let Some(code) = self.code.take() {
                    self.block(code);
                }
            }
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item => self.close(),
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.end_paragraph(),
            // These are not enabled.
            TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Table
            | TagEnd::TableHead
            | TagEnd::TableRow
            | TagEnd::TableCell
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::MetadataBlock(_) => self.end_paragraph(),
        }
    }

    fn open(&mut self, frame: Frame) {
        self.end_paragraph();
        let depth = self.frames.iter().filter(|frame| matches!(frame, Frame::Quote(_) | Frame::List(_))).count();
        if self.skipped > 0 || depth >= DEPTH { self.skipped += 1 } else { self.frames.push(frame) }
    }

    fn close(&mut self) {
        self.end_paragraph();
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        match self.frames.pop() {
            Some(Frame::Quote(blocks)) => self.block(Block::Quote(blocks)),
            Some(Frame::List(list)) => self.block(Block::List(list)),
            Some(Frame::Item(blocks)) => match self.frames.last_mut() {
                Some(Frame::List(list)) => list.items.push(blocks),
                Some(Frame::Root(outer) | Frame::Quote(outer) | Frame::Item(outer)) => outer.extend(blocks),
                None => self.frames.push(Frame::Root(blocks)),
            },
            Some(root @ Frame::Root(_)) => self.frames.push(root),
            None => {}
        }
    }

    fn block(&mut self, block: Block) {
        match self.frames.last_mut() {
            Some(Frame::Root(blocks) | Frame::Quote(blocks) | Frame::Item(blocks)) => blocks.push(block),
            Some(Frame::List(list)) => list.items.push(vec![block]),
            None => self.frames.push(Frame::Root(vec![block])),
        }
    }

    fn end_paragraph(&mut self) {
        if !self.line.is_empty() {
            let line = std::mem::take(&mut self.line);
            self.block(Block::Paragraph(line));
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(Block::Code { text: code, .. }) = &mut self.code {
            code.push_str(text);
            return;
        }
        let style = self.style;
        if self.link.is_some() {
            return self.span(text, style);
        }
        for part in split_links(text) {
            self.link = safe_link(part);
            self.span(part, style);
            self.link = None;
        }
    }

    fn span(&mut self, text: &str, style: Style) {
        for (number, line) in text.trim_end_matches('\n').split('\n').enumerate() {
            if number > 0 {
                self.line.push(Inline::Break);
            }
            if !line.is_empty() {
                self.line.push(Inline::Text(Span { text: line.to_owned(), style, link: self.link.clone() }));
            }
        }
    }

    fn finish(mut self) -> RichDocument {
        self.end_paragraph();
        while self.frames.len() > 1 {
            self.skipped = 0;
            self.close();
        }
        match self.frames.pop() {
            Some(Frame::Root(blocks)) => RichDocument(blocks),
            Some(Frame::Quote(_) | Frame::List(_) | Frame::Item(_)) | None => RichDocument::default(),
        }
    }
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// The language of a code block, if it is a plain word.
fn word(text: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default();
    let is_plain = first.len() <= 20 && first.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_plain { first.to_owned() } else { String::new() }
}

/// A link that may be followed.
fn safe_link(url: &str) -> Option<String> {
    let known = SCHEMES.iter().any(|scheme| {
        url.len() > scheme.len()
            && url.is_char_boundary(scheme.len())
            && url[..scheme.len()].eq_ignore_ascii_case(scheme)
    });
    let plain = !url.contains(|c: char| c.is_whitespace() || c.is_control());
    (known && plain && url.len() <= 2_000).then(|| url.to_owned())
}

/// Splits a text before and after each bare address of http or https.
fn split_links(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = [rest.find("http://"), rest.find("https://")].into_iter().flatten().min() {
        let url = &rest[at..];
        let end = url.find(|c: char| c.is_whitespace() || c.is_control() || "<>\"`".contains(c)).unwrap_or(url.len());
        let url = url[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '}', '\'', '*', '_', '~']);
        parts.extend([&rest[..at], url]);
        rest = &rest[at + url.len()..];
        if url.is_empty() {
            break;
        }
    }
    parts.push(rest);
    parts.retain(|part| !part.is_empty());
    parts
}
