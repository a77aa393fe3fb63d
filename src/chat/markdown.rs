//! Changes chat Markdown after it was written: shortens it, or finds its tokens.

use unicode_segmentation::UnicodeSegmentation;

/// Returns the length of a text in UTF-16 units, which is never less than in characters.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Shortens Markdown between graphemes, and never inside an escape, a token or a code block. Shortened text ends in
/// `…`.
pub fn bounded(text: &str, max: usize) -> String {
    if length(text) <= max {
        return text.to_owned();
    }
    // Space for the mark and the end of a code block.
    let room = max.saturating_sub(5);
    let mut out = String::new();
    let mut taken = 0;
    for grapheme in text.graphemes(true) {
        taken += length(grapheme);
        if taken > room {
            break;
        }
        out.push_str(grapheme);
    }
    if let Some(line) = out.rfind('\n').filter(|at| *at * 2 > out.len()) {
        out.truncate(line);
    }
    if let Some(open) = out.rfind('<').filter(|at| !out[*at..].contains('>') && !out[..*at].ends_with('\\')) {
        out.truncate(open);
    }
    let slashes = out.len() - out.trim_end_matches('\\').len();
    if slashes % 2 == 1 {
        out.pop();
    }
    if out.matches("```").count() % 2 == 1 {
        out.push_str("\n```");
    }
    out.push('…');
    out
}

/// A token in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Token<'a> {
    /// `<@ann>`: a person.
    Person(&'a str),
    /// `<#hot-12>`: a room.
    Room(&'a str),
}

/// A part of a text: plain text, or a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Plain text.
    Text(&'a str),
    /// A token.
    Token(Token<'a>),
}

/// Splits a text into parts. Escaped tokens and `<t:…>` are plain text.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(found) = text[at..].find(['<', '\\']).map(|skip| at + skip) {
        if text[found..].starts_with('\\') {
            at = found + 1 + text[found + 1..].chars().next().map_or(0, char::len_utf8);
            continue;
        }
        match token_at(&text[found..]) {
            Some((token, length)) => {
                pieces.push(Piece::Text(&text[from..found]));
                pieces.push(Piece::Token(token));
                (from, at) = (found + length, found + length);
            }
            None => at = found + 1,
        }
    }
    pieces.push(Piece::Text(&text[from..]));
    pieces.retain(|piece| *piece != Piece::Text(""));
    pieces
}

fn token_at(text: &str) -> Option<(Token<'_>, usize)> {
    let end = text.find('>')?;
    let inside = &text[1..end];
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let named = |name: &str| !name.is_empty() && name.chars().all(fine);
    let token = match inside.split_at_checked(1)? {
        ("@", name) if named(name) => Token::Person(name),
        ("#", name) if named(name) => Token::Room(name),
        _ => return None,
    };
    Some((token, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_leaves_no_half_of_anything() {
        let text = format!("{}\\*", "x".repeat(94));
        assert!(!bounded(&text, 95 + 4).ends_with("\\…"));
        let text = format!("{} <t:123456789:R> {}", "x".repeat(80), "y".repeat(80));
        assert_eq!(bounded(&text, 90), format!("{} …", "x".repeat(80)));
        let family = "👩‍👩‍👧‍👦";
        let cut = bounded(&family.repeat(20), 100);
        assert!(length(&cut) <= 100 && cut.trim_end_matches('…').graphemes(true).all(|g| g == family), "{cut}");
        let code = bounded(&format!("```\n{}\n```", "x".repeat(200)), 100);
        assert!(code.ends_with("\n```…") && length(&code) <= 100, "{code}");
        assert_eq!(bounded("short", 5), "short");
    }

    #[test]
    fn tokens_are_found_where_they_are_not_escaped() {
        use Piece::{Text, Token as T};
        assert_eq!(
            pieces(r"a <@ann>, \<@bob> <#hot-1> <t:1:R> < <@> <@ x>"),
            [
                Text("a "),
                T(Token::Person("ann")),
                Text(r", \<@bob> "),
                T(Token::Room("hot-1")),
                Text(" <t:1:R> < <@> <@ x>")
            ]
        );
        assert_eq!(pieces(r"\\<@ann>"), [Text(r"\\"), T(Token::Person("ann"))]);
        assert_eq!(pieces("é\\"), [Text("é\\")]);
        assert_eq!(pieces(""), []);
    }
}
