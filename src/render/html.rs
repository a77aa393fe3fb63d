//! Converts chat markdown to safe HTML for the console.

mod table;

use chrono::DateTime;
use table::MarkdownTable;

use super::encode::link_length;
use crate::domain::text::visible;

/// Maximum nesting depth of bold, italics and the like.
const MAX_DEPTH: usize = 6;
/// Maximum length of text that is converted, in bytes; the rest is dropped.
const MAX_TEXT: usize = 32_000;

/// Converts a post's text, or text that a person typed, to HTML that is safe to embed in the console.
///
/// Supports bold, italics, strike-through, code, code blocks, bare http(s) links, quotations, lists, tables, small print, and
/// the tokens `<t:…>`, `<@person>` and `<#room>`. Everything else is escaped. `names` returns a person's display name;
/// an unknown person is shown by id.
pub fn safe_html(markdown: &str, names: NameOf<'_>) -> String {
    linked_html(markdown, names, &[])
}

/// Converts as [`safe_html`], and links incident keys with these prefixes, such as `HOT-12`, and their rooms, such as
/// `#hot-12`.
pub fn linked_html(markdown: &str, names: NameOf<'_>, key_prefixes: &[&str]) -> String {
    let text = visible_keeping_breaks(markdown);
    let mut out = Page { html: String::with_capacity(text.len() * 2), names, key_prefixes };
    let lines: Vec<&str> = text.split('\n').collect();
    let mut at = 0;
    while at < lines.len() {
        at += block(&lines[at..], &mut out);
    }
    out.html
}

/// Looks up a person's display name by id.
pub type NameOf<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The HTML output under construction.
struct Page<'a> {
    html: String,
    names: NameOf<'a>,
    key_prefixes: &'a [&'a str],
}

impl Page<'_> {
    fn push_str(&mut self, html: &str) {
        self.html.push_str(html);
    }
}

/// Drops the zero-width space that breaks mentions: HTML cannot ping anyone.
fn visible_keeping_breaks(text: &str) -> String {
    let end = if text.len() <= MAX_TEXT { text.len() } else { text.floor_char_boundary(MAX_TEXT) };
    visible(&text[..end])
}

/// Writes one block and returns the number of lines it used.
fn block(lines: &[&str], out: &mut Page<'_>) -> usize {
    let first = lines[0];
    if first.trim_start().starts_with("```") {
        return code_block(lines, out);
    }
    if let Some(table) = table::parse(lines) {
        return write_table(&table, out);
    }
    let numbers = lines.iter().take_while(|line| numbered(line).is_some()).count();
    if numbers > 0 {
        match first.split_once('.').and_then(|(number, _)| number.parse::<u16>().ok()) {
            Some(1) | None => out.push_str("<ol>"),
            Some(start) => out.push_str(&format!("<ol start=\"{start}\">")),
        }
        for line in &lines[..numbers] {
            out.push_str("<li>");
            inline(numbered(line).unwrap_or_default(), 0, out);
            out.push_str("</li>");
        }
        out.push_str("</ol>");
        return numbers;
    }
    for (mark, open, close) in [("> ", "<blockquote>", "</blockquote>"), ("- ", "<ul>", "</ul>")] {
        if first.starts_with(mark) {
            let count = lines.iter().take_while(|l| l.starts_with(mark)).count();
            out.push_str(open);
            for (n, line) in lines[..count].iter().enumerate() {
                let (before, after) =
                    if mark == "- " { ("<li>", "</li>") } else { (if n > 0 { "<br>" } else { "" }, "") };
                out.push_str(before);
                inline(&line[mark.len()..], 0, out);
                out.push_str(after);
            }
            out.push_str(close);
            return count;
        }
    }
    if let Some(heading) = heading(first) {
        out.push_str("<strong>");
        inline(heading, 0, out);
        out.push_str("</strong>");
    } else if let Some(small) = first.strip_prefix("-# ") {
        out.push_str("<small>");
        inline(small, 0, out);
        out.push_str("</small>");
    } else {
        inline(first, 0, out);
    }
    let starts_block = |l: &&str| ["> ", "- ", "```"].iter().any(|mark| l.starts_with(mark)) || numbered(l).is_some();
    let next_is_block =
        lines.get(1).is_some_and(starts_block) || (lines.len() > 1 && table::parse(&lines[1..]).is_some());
    if lines.len() > 1 && !next_is_block {
        out.push_str("<br>");
    }
    1
}

/// Writes a table and returns the number of lines it used.
fn write_table(table: &MarkdownTable<'_>, out: &mut Page<'_>) -> usize {
    out.push_str("<table><thead>");
    write_row(table, &table.names, "th", out);
    out.push_str("</thead><tbody>");
    for row in &table.rows {
        write_row(table, row, "td", out);
    }
    out.push_str("</tbody></table>");
    // The names and the dashes below them.
    table.rows.len() + 2
}

/// Writes a row of as many cells as the table has columns: more are left out, missing ones are empty.
fn write_row(table: &MarkdownTable<'_>, cells: &[&str], tag: &str, out: &mut Page<'_>) {
    out.push_str("<tr>");
    for column in 0..table.names.len() {
        out.push_str(&format!("<{tag}>"));
        inline(cells.get(column).copied().unwrap_or_default(), 0, out);
        out.push_str(&format!("</{tag}>"));
    }
    out.push_str("</tr>");
}

/// Returns the text of an item of a numbered list: `1. text`.
fn numbered(line: &str) -> Option<&str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if (1..4).contains(&digits) { line[digits..].strip_prefix(". ") } else { None }
}

/// Returns the text of a heading: `# text`, `## text`.
fn heading(line: &str) -> Option<&str> {
    let marks = line.bytes().take_while(|byte| *byte == b'#').count();
    if (1..4).contains(&marks) { line[marks..].strip_prefix(' ') } else { None }
}

/// Writes a fenced block, up to the closing fence or the end of the text.
fn code_block(lines: &[&str], out: &mut Page<'_>) -> usize {
    let opening = lines[0].trim_start().trim_start_matches("```");
    out.push_str("<pre><code>");
    // "```text```" on one line is also a block.
    if let Some(text) = opening.strip_suffix("```") {
        escape(text, out);
        out.push_str("</code></pre>");
        return 1;
    }
    let mut taken = 1;
    for line in &lines[1..] {
        taken += 1;
        if line.trim() == "```" {
            break;
        }
        if let Some(last) = line.strip_suffix("```") {
            escape(last, out);
            break;
        }
        escape(line, out);
        out.push_str("\n");
    }
    out.push_str("</code></pre>");
    taken
}

fn inline(text: &str, depth: usize, out: &mut Page<'_>) {
    let mut rest = text;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let taken = marked(rest, before, depth, out).unwrap_or_else(|| {
            escape(&rest[..c.len_utf8()], out);
            c.len_utf8()
        });
        before = rest[..taken].chars().next_back().unwrap_or(' ');
        rest = &rest[taken..];
    }
}

/// Writes the markup at the start of `text` and returns its length.
fn marked(text: &str, before: char, depth: usize, out: &mut Page<'_>) -> Option<usize> {
    match text.as_bytes()[0] {
        b'\\' => {
            let next = text[1..].chars().next().filter(char::is_ascii_punctuation)?;
            escape(&text[1..1 + next.len_utf8()], out);
            Some(1 + next.len_utf8())
        }
        b'`' => code_span(text, out),
        b'<' => token(text, out),
        b'h' if !before.is_alphanumeric() => link(text, out),
        b'#' if !before.is_alphanumeric() => incident_link(text, out),
        b'A'..=b'Z' if !before.is_alphanumeric() && !matches!(before, '-' | '/' | '#' | '_') => {
            incident_link(text, out)
        }
        b'*' | b'_' | b'~' if depth < MAX_DEPTH => emphasis(text, before, depth, out),
        _ => None,
    }
}

fn code_span(text: &str, out: &mut Page<'_>) -> Option<usize> {
    let inner = text[1..].find('`').filter(|end| *end > 0)?;
    out.push_str("<code>");
    escape(&text[1..=inner], out);
    out.push_str("</code>");
    Some(inner + 2)
}

/// Writes `HOT-12` or `HOT-P12` as a link to the incident, and `#hot-12` as a link to its room.
fn incident_link(text: &str, out: &mut Page<'_>) -> Option<usize> {
    let room = text.starts_with('#');
    let written = |prefix: &&str| if room { format!("#{}-", prefix.to_lowercase()) } else { format!("{prefix}-") };
    let rest = out.key_prefixes.iter().find_map(|prefix| text.strip_prefix(written(prefix).as_str()))?;
    let number = rest.strip_prefix(['p', 'P']).unwrap_or(rest);
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let length = text.len() - number.len() + digits;
    let ends = !text[length..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if !(1..9).contains(&digits) || !ends {
        return None;
    }
    let name = &text[..length];
    if room {
        out.push_str(&format!("<a class=\"room\" href=\"/rooms/{}\">{name}</a>", &name[1..]));
    } else {
        out.push_str(&format!("<a class=\"key\" href=\"/incidents/{name}\">{name}</a>"));
    }
    Some(length)
}

fn link(text: &str, out: &mut Page<'_>) -> Option<usize> {
    let length = link_length(text)?;
    let mut address = String::new();
    escape_into(&text[..length], &mut address);
    out.push_str(&format!(
        "<a href=\"{address}\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">{address}</a>"
    ));
    Some(length)
}

/// Writes a token: `<t:1795269600:R>`, `<@ann>`, `<#hot-12>`, `<https://…>`.
fn token(text: &str, out: &mut Page<'_>) -> Option<usize> {
    let end = text.find('>').filter(|end| *end < 600)?;
    let inner = &text[1..end];
    let name = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !text.is_empty() && text.len() <= 64 && text.chars().all(plain)
    };
    if let Some(time) = inner.strip_prefix("t:") {
        out.push_str(&time_element(time)?);
    } else if let Some(person) = inner.strip_prefix('@').filter(|p| name(p)) {
        out.push_str(&format!("<span class=\"mention\" data-person=\"{person}\">@"));
        escape(&(out.names)(person).map_or_else(|| person.to_owned(), |name| visible(&name)), out);
        out.push_str("</span>");
    } else if let Some(room) = inner.strip_prefix('#').filter(|r| name(r)) {
        out.push_str(&format!("<a class=\"room\" href=\"/rooms/{room}\">#{room}</a>"));
    } else if link_length(inner) == Some(inner.len()) {
        link(inner, out)?;
    } else {
        return None;
    }
    Some(end + 1)
}

/// Returns a `<time>` element that is readable without JavaScript; the script converts it to the reader's time zone.
fn time_element(token: &str) -> Option<String> {
    let (seconds, style) = token.split_once(':').unwrap_or((token, "f"));
    let at = DateTime::from_timestamp(seconds.parse().ok()?, 0)?;
    let year = chrono::Datelike::year(&at);
    let known = matches!(style, "t" | "T" | "d" | "D" | "f" | "F" | "R") && (1970..3000).contains(&year);
    known.then(|| {
        let shown = if matches!(style, "t" | "T") { at.format("%H:%M UTC") } else { at.format("%Y-%m-%d %H:%M UTC") };
        format!("<time datetime=\"{}\" data-style=\"{style}\">{shown}</time>", at.format("%Y-%m-%dT%H:%M:%SZ"))
    })
}

fn emphasis(text: &str, before: char, depth: usize, out: &mut Page<'_>) -> Option<usize> {
    let marks = [("**", "strong"), ("__", "u"), ("~~", "s"), ("*", "em"), ("_", "em")];
    let (mark, tag) = marks.into_iter().find(|(mark, _)| text.starts_with(mark))?;
    // `snake_case` is a word, not italics.
    if mark.starts_with('_') && before.is_alphanumeric() {
        return None;
    }
    let inner = &text[mark.len()..];
    let end = closing(inner, mark)?;
    out.push_str(&format!("<{tag}>"));
    inline(&inner[..end], depth + 1, out);
    out.push_str(&format!("</{tag}>"));
    Some(mark.len() * 2 + end)
}

/// Returns the position of the closing mark: not escaped, not after a space, not at the very start.
fn closing(inner: &str, mark: &str) -> Option<usize> {
    if inner.starts_with(char::is_whitespace) {
        return None;
    }
    let mut escaped = false;
    for (at, c) in inner.char_indices().take(2000) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if at > 0 && inner[at..].starts_with(mark) && !inner[..at].ends_with(char::is_whitespace) {
            let after = inner[at + mark.len()..].chars().next();
            if mark.starts_with('_') && after.is_some_and(char::is_alphanumeric) {
                continue;
            }
            return Some(at);
        }
    }
    None
}

fn escape(text: &str, out: &mut Page<'_>) {
    escape_into(text, &mut out.html);
}

fn escape_into(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests;
