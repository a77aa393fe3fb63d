//! Markdown for Redmine: as it is, or as Textile. Nothing in it notifies people, loads images or runs a macro.

use super::settings::RedmineMarkup;

/// It is not seen, and ends what would be a mention, a macro or an image.
const JOINER: char = '\u{2060}';
/// The longest text, in characters.
const LONGEST: usize = 60_000;

/// The line that leads to the room.
pub(super) fn room_line(url: &str) -> String {
    format!("Hot room: {url}")
}

/// Markdown in the markup of this Redmine.
pub(super) fn from_markdown(markup: RedmineMarkup, text: &str) -> String {
    let text: String = harmless(text).chars().take(LONGEST).collect();
    match markup {
        RedmineMarkup::Markdown => text,
        RedmineMarkup::Textile => textile(&text),
    }
}

fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        out.push(c);
        let follows = rest.peek().copied().unwrap_or(' ');
        let is_mention = c == '@' && follows.is_ascii_alphanumeric() && !before.is_ascii_alphanumeric();
        let is_macro = c == '{' && follows == '{';
        let is_image = c == '!' && !follows.is_whitespace() && !before.is_alphanumeric();
        let is_tag = c == '<' && !follows.is_whitespace();
        if is_mention || is_macro || is_image || is_tag {
            out.push(JOINER);
        }
        before = c;
    }
    out
}

/// Markdown as Textile, as far as hotroom writes it: headings, lists, quotes, code, bold, italics and links.
fn textile(text: &str) -> String {
    let mut out = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            out.push(if in_code { "<pre>" } else { "</pre>" }.to_owned());
        } else if in_code {
            out.push(line.to_owned());
        } else {
            out.push(textile_line(line));
        }
    }
    if in_code {
        out.push("</pre>".to_owned());
    }
    out.join("\n")
}

fn textile_line(line: &str) -> String {
    let indent = line.len() - line.trim_start().len();
    let depth = indent / 2 + 1;
    let text = line.trim_start();
    let level = text.bytes().take_while(|byte| *byte == b'#').count();
    if (1..=6).contains(&level) && text[level..].starts_with(' ') {
        return format!("h{level}. {}", textile_spans(text[level..].trim_start()));
    }
    if let Some(item) = text.strip_prefix("- ").or_else(|| text.strip_prefix("* ")) {
        return format!("{} {}", "*".repeat(depth), textile_spans(item));
    }
    if let Some((number, item)) = text.split_once(". ")
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        return format!("{} {}", "#".repeat(depth), textile_spans(item));
    }
    textile_spans(line)
}

/// Spans of a line: code, bold, italics and links.
fn textile_spans(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let (span, after) = code(rest)
            .or_else(|| between(rest, "**", "*"))
            .or_else(|| between(rest, "__", "*"))
            .or_else(|| between(rest, "*", "_"))
            .or_else(|| link(rest))
            .unwrap_or_else(|| (c.to_string(), &rest[c.len_utf8()..]));
        out.push_str(&span);
        rest = after;
    }
    out
}

fn code(rest: &str) -> Option<(String, &str)> {
    let (inner, after) = rest.strip_prefix('`')?.split_once('`')?;
    if inner.is_empty() { None } else { Some((format!("@{inner}@"), after)) }
}

fn between<'a>(rest: &'a str, mark: &str, textile: &str) -> Option<(String, &'a str)> {
    let (inner, after) = rest.strip_prefix(mark)?.split_once(mark)?;
    let is_span = !inner.is_empty() && !inner.starts_with(' ') && !inner.ends_with(' ');
    if is_span { Some((format!("{textile}{}{textile}", textile_spans(inner)), after)) } else { None }
}

fn link(rest: &str) -> Option<(String, &str)> {
    let (name, after) = rest.strip_prefix('[')?.split_once("](")?;
    let (url, after) = after.split_once(')')?;
    let is_link = !name.is_empty() && !name.contains(['[', '"']) && url.starts_with("http") && !url.contains(' ');
    if is_link { Some((format!("\"{name}\":{url}"), after)) } else { None }
}
