//! A document into the wiki text of Jira Data Center.

use super::{Block, Inline, List, RichDocument, Span};

/// Writes a document.
pub fn to_wiki(document: &RichDocument) -> String {
    let mut out = String::new();
    for block in &document.0 {
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        write_block(block, "", &mut out);
    }
    out
}

/// Writes a block; `bullets` are those of the lists around it.
fn write_block(block: &Block, bullets: &str, out: &mut String) {
    match block {
        Block::Paragraph(line) => write_line(line, out),
        Block::Heading { level, text } if bullets.is_empty() => {
            out.push_str(&format!("h{level}. "));
            write_line(text, out);
        }
        Block::Heading { text, .. } => write_line(text, out),
        Block::Code { language, text } => write_code(language, text, out),
        Block::Quote(inner) => write_quote(inner, out),
        Block::List(list) => write_list(list, bullets, out),
        Block::Rule if bullets.is_empty() => out.push_str("----"),
        Block::Rule => {}
    }
}

fn write_quote(inner: &[Block], out: &mut String) {
    out.push_str("{quote}\n");
    for (number, block) in inner.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        // Quotations in each other end each other.
        match block {
            Block::Quote(deeper) => deeper.iter().for_each(|block| write_block(block, "", out)),
            Block::Paragraph(_) | Block::Heading { .. } | Block::Code { .. } | Block::List(_) | Block::Rule => {
                write_block(block, "", out);
            }
        }
    }
    out.push_str("\n{quote}");
}

fn write_code(language: &str, text: &str, out: &mut String) {
    // Inside, only its end has a meaning.
    let text = text.trim_end_matches('\n').replace("{code", "{ code").replace("{noformat", "{ noformat");
    match language {
        "" => out.push_str(&format!("{{noformat}}\n{text}\n{{noformat}}")),
        _ => out.push_str(&format!("{{code:{language}}}\n{text}\n{{code}}")),
    }
}

fn write_list(list: &List, bullets: &str, out: &mut String) {
    let bullets = format!("{bullets}{}", if list.start.is_some() { '#' } else { '*' });
    for (number, item) in list.items.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let begins_with_list = matches!(item.first(), Some(Block::List(_)));
        if !begins_with_list {
            out.push_str(&format!("{bullets} "));
        }
        for (number, block) in item.iter().enumerate() {
            if number > 0 {
                out.push('\n');
            }
            write_block(block, &bullets, out);
        }
    }
}

fn write_line(line: &[Inline], out: &mut String) {
    let mut at_start = true;
    for inline in line {
        match inline {
            Inline::Text(span) => {
                write_span(span, at_start, out);
                at_start = false;
            }
            Inline::Break => {
                out.push('\n');
                at_start = true;
            }
        }
    }
}

fn write_span(span: &Span, at_start: bool, out: &mut String) {
    let text = escape(&span.text, at_start);
    if let Some(url) = &span.link {
        // Within brackets these would end the address.
        let url =
            url.replace('|', "%7C").replace(']', "%5D").replace('[', "%5B").replace('^', "%5E").replace('\\', "%5C");
        let text = if span.text == url { String::new() } else { format!("{text}|") };
        out.push_str(&format!("[{text}{url}]"));
        return;
    }
    let (before, core) = text.split_at(text.len() - text.trim_start().len());
    let (core, after) = core.split_at(core.trim_end().len());
    let style = span.style;
    let marks = [
        (style.strike, "{-}", "{-}"),
        (style.emphasis, "{_}", "{_}"),
        (style.strong, "{*}", "{*}"),
        (style.code, "{{", "}}"),
    ];
    let on = || marks.into_iter().filter(|(is_on, _, _)| *is_on && !core.is_empty());
    out.push_str(before);
    on().for_each(|(_, open, _)| out.push_str(open));
    out.push_str(core);
    on().rev().for_each(|(_, _, close)| out.push_str(close));
    out.push_str(after);
}

/// Escapes a text, so that nothing in it formats, links, mentions or embeds.
pub(super) fn escape(text: &str, at_start: bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let chars: Vec<char> = text.chars().collect();
    for (at, c) in chars.iter().copied().enumerate() {
        let inside_word =
            at > 0 && chars[at - 1].is_alphanumeric() && chars.get(at + 1).is_some_and(|next| next.is_alphanumeric());
        let begins = at_start && chars[..at].iter().all(|before| before.is_whitespace());
        match c {
            // Two backslashes are a line break, so that a backslash cannot escape itself.
            '\\' => out.push_str("&#92;"),
            '&' => out.push_str("&amp;"),
            '{' | '}' | '[' | ']' | '|' | '!' => out.extend(['\\', c]),
            '*' | '_' | '-' | '+' | '^' | '~' | '?' if !inside_word => out.extend(['\\', c]),
            '#' if begins => out.extend(['\\', c]),
            // "h1." and "bq." at the start of a line.
            '.' if is_block_mark(&chars[..at]) && at_start => out.push_str("&#46;"),
            // A smiley.
            ':' | ';' | '('
                if chars
                    .get(at + 1)
                    .is_some_and(|next| !next.is_alphanumeric() && !next.is_whitespace() && *next != '/') =>
            {
                out.push_str(&format!("&#{};", u32::from(c)));
            }
            '(' => out.push_str("&#40;"),
            c => out.push(c),
        }
    }
    out
}

/// True for what begins a heading or a quotation when a dot follows.
fn is_block_mark(before: &[char]) -> bool {
    let word: String = before.iter().collect();
    matches!(word.trim_start(), "bq" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}
