//! Escapes untrusted text for chat markdown.
//!
//! Escaped text cannot format, mention, hide a link behind another text, invite to another server or start a line with
//! markup. [`visible`] removes invisible and misleading characters first.

use crate::domain::text::{cut, visible};

/// Maximum number of characters shown of a text.
pub type Length = usize;

/// Maximum length of a value if the template gives none.
pub(super) const DEFAULT_LENGTH: Length = 1000;

/// Escapes a text as one line: line breaks become spaces.
pub fn chat_line(text: &str, max: Length) -> String {
    let line = visible(text).split(['\n', '\t', '\r']).collect::<Vec<_>>().join(" ");
    escape_line(cut(&line, max).trim())
}

/// Escapes a text and keeps its line breaks; several empty lines become one.
pub fn chat_block(text: &str, max: Length) -> String {
    let text = cut(&visible(text).replace('\t', "    "), max);
    let mut out = String::new();
    let mut empty = 0;
    for line in text.trim().split('\n') {
        empty = if line.trim().is_empty() { empty + 1 } else { 0 };
        if empty > 1 {
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&escape_line(line.trim_end()));
    }
    out
}

/// Escapes a text as [`chat_block`], but keeps the formatting that people use in talk: bold, code, lists and quotations.
pub(super) fn chat_prose(text: &str, max: Length) -> String {
    let text = cut(&visible(text).replace('\t', "    "), max);
    let line = |line: &str| {
        let marker = ["- ", "> "].into_iter().find(|marker| line.starts_with(marker)).unwrap_or_default();
        format!("{marker}{}", prose_line(&line[marker.len()..]))
    };
    text.trim().split('\n').map(|text| line(text.trim_end())).collect::<Vec<_>>().join("\n")
}

/// Escapes a line except for code spans and bold text that are closed in it.
fn prose_line(line: &str) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    let closed = parts.len() - (parts.len() + 1) % 2;
    let mut out = String::new();
    for (n, part) in parts.iter().enumerate() {
        if n % 2 == 1 && n < closed {
            out.push_str(&chat_code(part, part.len()));
        } else {
            if n >= closed && n > 0 {
                out.push_str("\\`");
            }
            out.push_str(&with_bold(&escape_line(part)));
        }
    }
    out
}

/// Takes the escapes off pairs of `**` in an escaped line.
fn with_bold(escaped: &str) -> String {
    const MARK: &str = r"\*\*";
    let pairs = escaped.matches(MARK).count() / 2;
    escaped.replacen(MARK, "**", pairs * 2)
}

/// Escapes a text for a code span; it cannot end the span.
pub(super) fn chat_code(text: &str, max: Length) -> String {
    let line = visible(text).replace(['\n', '\t', '\r'], " ").replace('`', "ˋ");
    let line = cut(&line, max);
    if line.trim().is_empty() { String::new() } else { format!("`{}`", defuse(line.trim())) }
}

/// Returns an http(s) link unchanged and escapes anything else as text.
pub(super) fn chat_link(text: &str) -> String {
    let text = text.trim();
    match link_length(text) {
        Some(length) if length == text.len() && text.len() <= 500 => text.to_owned(),
        Some(_) | None => chat_line(text, 500),
    }
}

fn escape_line(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    let mut rest = line;
    let body = line.trim_start();
    if let Some(marker) = list_marker(body) {
        out.push_str(&line[..line.len() - body.len()]);
        out.push_str(&body[..marker]);
        out.push('\\');
        rest = &body[marker..];
        let mut chars = rest.chars();
        out.extend(chars.next());
        rest = chars.as_str();
    }
    while let Some(c) = rest.chars().next() {
        if let Some(length) = link_length(rest) {
            out.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        push_escaped(&mut out, c, &rest[c.len_utf8()..]);
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// Returns the offset of the character that would make the line a list item: the `-` of `- x`, the `.` of `1. x`.
fn list_marker(line: &str) -> Option<usize> {
    if line.starts_with(['-', '+']) {
        return Some(0);
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0 && line[digits..].starts_with(['.', ')'])).then_some(digits)
}

fn push_escaped(out: &mut String, c: char, after: &str) {
    if matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '[' | ']' | '(' | ')' | '#') {
        out.push('\\');
    }
    // A URL that is not a plain link (another scheme, a server invitation) must not become one.
    if c == ':' && after.starts_with("//") {
        out.push('\\');
    }
    if c == '/' && ends_with_server(out) {
        out.push('\\');
    }
    out.push(c);
    if c == '@' && (out.ends_with("<@") || calls_everyone(after)) {
        out.push('\u{200B}');
    }
}

/// Breaks mentions and invitations in code, where backslashes would be visible.
fn defuse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if c == '/' && ends_with_server(&out) {
            out.push('\u{200B}');
        }
        out.push(c);
        let after = &text[at + c.len_utf8()..];
        let mention = c == '@' && calls_everyone(after) || c == '<' && after.starts_with(['@', '#']);
        if mention {
            out.push('\u{200B}');
        }
    }
    out
}

fn calls_everyone(after: &str) -> bool {
    let begins = |word: &str| after.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    begins("everyone") || begins("here")
}

const SERVERS: [&str; 5] = ["discord.gg", "discord.com", "discordapp.com", "dsc.gg", "discord.me"];

fn ends_with_server(out: &str) -> bool {
    let tail = out.get(out.len().saturating_sub(16)..).unwrap_or(out).to_ascii_lowercase();
    SERVERS.iter().any(|server| tail.ends_with(server))
}

/// Returns the length of the http(s) link at the start of a text. `None` for invitations and for text that only
/// resembles a link.
pub(super) fn link_length(text: &str) -> Option<usize> {
    let scheme = ["https://", "http://"].into_iter().find(|s| text.get(..s.len()).is_some_and(|b| b == *s))?;
    let inside = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#!$&'+,;=%".contains(c);
    let end = text.find(|c: char| !inside(c)).unwrap_or(text.len());
    let link = text[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'']);
    let host = link[scheme.len()..].split(['/', '?', '#', ':']).next().unwrap_or_default().to_ascii_lowercase();
    let invitation = SERVERS.iter().any(|s| host == *s || host.ends_with(&format!(".{s}")));
    // The link must cover the whole word as typed; otherwise it could show one address and open another.
    let whole = !text[end..].starts_with(['@', '\\', '[', '(', '<', '|', '*', '`']);
    (!host.is_empty() && host.contains(|c: char| c.is_ascii_alphanumeric()) && !invitation && whole)
        .then_some(link.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> String {
        chat_line(text, 200)
    }

    #[test]
    fn markdown_is_shown_as_it_was_written() {
        assert_eq!(line("**bold** _it_ ~~x~~ `c` ||spoiler||"), r"\*\*bold\*\* \_it\_ \~\~x\~\~ \`c\` \|\|spoiler\|\|");
        assert_eq!(line("# heading"), r"\# heading");
        assert_eq!(line("> quote"), r"\> quote");
        assert_eq!(line("- item"), r"\- item");
        assert_eq!(line("1. item"), r"1\. item");
        assert_eq!(line("```rm -rf```"), r"\`\`\`rm -rf\`\`\`");
    }

    #[test]
    fn nobody_is_called() {
        assert_eq!(line("@everyone @HERE"), "@\u{200B}everyone @\u{200B}HERE");
        assert_eq!(line("<@123> <@&4> <#5>"), "\\<@\u{200B}123\\> \\<@\u{200B}&4\\> \\<\\#5\\>");
        assert_eq!(line("ann@example.org"), "ann@example.org");
    }

    #[test]
    fn links_are_bare_and_never_invitations() {
        assert_eq!(line("see https://a.example/x_y?z=1."), "see https://a.example/x_y?z=1.");
        assert_eq!(line("[ok](http://evil.example)"), r"\[ok\]\(http://evil.example\)");
        assert_eq!(line("https://discord.gg/abc"), r"https\://discord.gg\/abc");
        assert_eq!(line("discord.gg/abc"), r"discord.gg\/abc");
        assert_eq!(line("javascript://x"), r"javascript\://x");
        assert_eq!(line("http://ok.example@evil.example"), r"http\://ok.example@evil.example");
        assert_eq!(chat_link("javascript:alert(1)"), r"javascript:alert\(1\)");
        assert_eq!(chat_link("https://a.example/x"), "https://a.example/x");
    }

    #[test]
    fn what_deceives_the_eye_is_dropped_and_lines_stay_one_line() {
        assert_eq!(line("a\u{202E}b\u{200B}c\nd"), "abc d");
        assert_eq!(line("x\n# y"), r"x \# y");
    }

    #[test]
    fn blocks_keep_their_lines_but_not_their_meaning() {
        assert_eq!(chat_block("a\n\n\n\n- b\n# c", 100), "a\n\n\\- b\n\\# c");
    }

    #[test]
    fn code_cannot_be_left() {
        assert_eq!(chat_code("a`b @everyone <@1>", 50), "`aˋb @\u{200B}everyone <\u{200B}@1>`");
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(chat_line(&"x".repeat(5000), 10), "xxxxxxxxx…");
    }
}
