//! Markdown into the storage format of Confluence: well-formed XHTML with macros.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeStream};

use crate::domain::text::{cut, visible};

/// The longest text that is converted, in graphemes.
const LONGEST: usize = 400_000;
/// What a link may begin with.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// Converts Markdown. HTML in it is text, and so is everything that XML has no place for.
pub fn to_storage(markdown: &str) -> String {
    let text = cut(&visible(markdown), LONGEST);
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let mut writer = StorageWriter::default();
    for event in TextMergeStream::new(Parser::new_ext(&text, options)) {
        writer.add(event);
    }
    writer.out
}

/// Escapes a text for XML. Characters that XML does not know are left out.
pub(super) fn escape_xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{7f}') => {}
            c => out.push(c),
        }
    }
    out
}

/// Writes elements as the parser of Markdown reports them.
#[derive(Default)]
struct StorageWriter {
    out: String,
    /// The text of the code block that is open, with its language.
    code: Option<(String, String)>,
    /// For each open link, whether it is written as one.
    links: Vec<bool>,
    in_head: bool,
}

impl StorageWriter {
    fn add(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::InlineHtml(text) | Event::Html(text) | Event::FootnoteReference(text) => {
                self.text(&text);
            }
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.out.push_str(&format!("<code>{}</code>", escape_xml(&text)));
            }
            Event::SoftBreak | Event::HardBreak => self.out.push_str("<br/>"),
            Event::Rule => self.out.push_str("<hr/>"),
            Event::TaskListMarker(done) => self.out.push_str(if done { "[x] " } else { "[ ] " }),
        }
    }

    fn text(&mut self, text: &str) {
        match &mut self.code {
            Some((_, code)) => code.push_str(text),
            None => self.out.push_str(&escape_xml(text)),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.out.push_str("<p>"),
            Tag::Heading { level, .. } => self.out.push_str(&format!("<h{}>", number(level))),
            Tag::BlockQuote(_) => self.out.push_str("<blockquote>"),
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(language) => word(&language),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            Tag::List(Some(_)) => self.out.push_str("<ol>"),
            Tag::List(None) => self.out.push_str("<ul>"),
            Tag::Item => self.out.push_str("<li>"),
            Tag::Emphasis => self.out.push_str("<em>"),
            Tag::Strong => self.out.push_str("<strong>"),
            Tag::Strikethrough => self.out.push_str("<del>"),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                let safe = is_safe(&dest_url);
                if safe {
                    self.out.push_str(&format!("<a href=\"{}\">", escape_xml(&dest_url)));
                }
                self.links.push(safe);
            }
            Tag::Table(_) => self.out.push_str("<table><tbody>"),
            Tag::TableHead => {
                self.in_head = true;
                self.out.push_str("<tr>");
            }
            Tag::TableRow => self.out.push_str("<tr>"),
            Tag::TableCell => self.out.push_str(if self.in_head { "<th>" } else { "<td>" }),
            // These are not enabled.
            Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.out.push_str("</p>"),
            TagEnd::Heading(level) => self.out.push_str(&format!("</h{}>", number(level))),
            TagEnd::BlockQuote(_) => self.out.push_str("</blockquote>"),
            TagEnd::CodeBlock => {
                if let Some((language, text)) = self.code.take() {
                    self.out.push_str(&code_macro(&language, &text));
                }
            }
            TagEnd::List(true) => self.out.push_str("</ol>"),
            TagEnd::List(false) => self.out.push_str("</ul>"),
            TagEnd::Item => self.out.push_str("</li>"),
            TagEnd::Emphasis => self.out.push_str("</em>"),
            TagEnd::Strong => self.out.push_str("</strong>"),
            TagEnd::Strikethrough => self.out.push_str("</del>"),
            TagEnd::Link | TagEnd::Image => {
                if self.links.pop() == Some(true) {
                    self.out.push_str("</a>");
                }
            }
            TagEnd::Table => self.out.push_str("</tbody></table>"),
            TagEnd::TableHead => {
                self.in_head = false;
                self.out.push_str("</tr>");
            }
            TagEnd::TableRow => self.out.push_str("</tr>"),
            TagEnd::TableCell => self.out.push_str(if self.in_head { "</th>" } else { "</td>" }),
            // These are not enabled.
            TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::MetadataBlock(_) => {}
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

/// The macro that shows code. The text ends a CDATA section nowhere.
fn code_macro(language: &str, text: &str) -> String {
    let text: String = text.chars().filter(|c| *c >= ' ' || matches!(c, '\n' | '\t')).collect();
    let text = text.trim_end_matches('\n').replace("]]>", "]]]]><![CDATA[>");
    let language = if language.is_empty() {
        String::new()
    } else {
        format!("<ac:parameter ac:name=\"language\">{language}</ac:parameter>")
    };
    format!(
        "<ac:structured-macro ac:name=\"code\">{language}<ac:plain-text-body><![CDATA[{text}]]></ac:plain-text-body></ac:structured-macro>"
    )
}

/// The language of a code block, if it is a plain word.
fn word(text: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default();
    let is_plain = first.len() <= 20 && first.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_plain { first.to_owned() } else { String::new() }
}

/// True for a link that may be followed.
fn is_safe(url: &str) -> bool {
    let known =
        SCHEMES.iter().any(|scheme| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    known && url.len() <= 2_000 && !url.contains(|c: char| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fake_confluence::check_storage;

    #[test]
    fn markdown_becomes_well_formed_storage_format() {
        let text = "## Impact\n\n**42** orders & more, <b>not bold</b>\nnext line\n\n- one\n- two `a<b`\n\n1. first\n\n> said\n\n\
            [room](https://hot.example.com/?a=1&b=2) [bad](javascript:alert(1))\n\n---\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n\
            ```sh\necho ']]>' && ls\n```\n";
        let storage = to_storage(text);
        check_storage(&storage).expect("well-formed");
        for part in [
            "<h2>Impact</h2>",
            "<strong>42</strong> orders &amp; more, &lt;b&gt;not bold&lt;/b&gt;<br/>next line",
            "<ul><li>one</li><li>two <code>a&lt;b</code></li></ul>",
            "<ol><li>first</li></ol>",
            "<blockquote><p>said</p></blockquote>",
            "<a href=\"https://hot.example.com/?a=1&amp;b=2\">room</a> bad",
            "<hr/>",
            "<table><tbody><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></tbody></table>",
            "<ac:parameter ac:name=\"language\">sh</ac:parameter>",
            "<![CDATA[echo ']]]]><![CDATA[>' && ls]]>",
        ] {
            assert!(storage.contains(part), "{part} is missing in {storage}");
        }
    }

    proptest! {
        #[test]
        fn whatever_people_write_is_well_formed(text in "[ -~\n\u{0}-\u{ffff}]{0,200}", markup in "([-*_`>#|<&\\[\\]()!~\n 1.x:/]|]]>|```|https://a){0,60}") {
            for text in [text.clone(), markup.clone(), format!("{markup}{text}{markup}")] {
                let storage = to_storage(&text);
                prop_assert!(check_storage(&storage).is_ok(), "{text:?}: {storage}: {:?}", check_storage(&storage));
            }
        }
    }
}
