//! Splits a typed line into words, quoted texts and `key:value` pairs.

use std::ops::Range;

/// A token of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LineToken<'a> {
    /// Its position in the line.
    pub span: Range<usize>,
    /// The text before the first `:` or `=`, if it could be an option name.
    pub key: Option<&'a str>,
    /// The text after it, without quotation marks.
    pub value: String,
    /// The start of the value as written.
    pub value_start: usize,
    /// True if the value was quoted.
    pub quoted: bool,
    /// True if it starts with a double quotation mark that is not closed.
    pub open: bool,
}

/// Splits a line into tokens.
pub(super) fn lex(line: &str) -> Vec<LineToken<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(start) = line[at..].find(|c: char| !c.is_whitespace()).map(|skip| at + skip) {
        let token = token_at(line, start);
        at = token.span.end;
        tokens.push(token);
    }
    tokens
}

fn token_at(line: &str, start: usize) -> LineToken<'_> {
    let key = key_at(&line[start..]);
    let value_start = start + key.map_or(0, |k| k.len() + 1);
    let rest = &line[value_start..];
    if let Some((value, length)) = quotation(rest) {
        let span = start..value_start + length;
        return LineToken { span, key, value, value_start, quoted: true, open: false };
    }
    let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
    LineToken {
        span: start..value_start + length,
        key,
        value: rest[..length].to_owned(),
        value_start,
        quoted: false,
        open: rest.starts_with(['"', '“', '„', '«']),
    }
}

/// Returns the option name: `cause` in `cause:Change`, but not `https` in a link or `14` in a time.
fn key_at(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))?;
    let named = text.starts_with(|c: char| c.is_ascii_alphabetic()) && end <= 64;
    let after = &text[end..];
    (named && after.starts_with([':', '=']) && !after.starts_with("://")).then(|| &text[..end])
}

/// Returns a quoted text and its length. The closing mark must be followed by a space or the end of the line, so that
/// an apostrophe closes nothing. A backslash escapes a quotation mark or a backslash.
fn quotation(text: &str) -> Option<(String, usize)> {
    let mut chars = text.char_indices();
    let (_, opening) = chars.next()?;
    let closing = closings(opening)?;
    let mut value = String::new();
    let mut escaped = false;
    while let Some((at, c)) = chars.next() {
        if escaped {
            if c != '\\' && !closing.contains(&c) {
                value.push('\\');
            }
            value.push(c);
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if closing.contains(&c) && chars.clone().next().is_none_or(|(_, next)| next.is_whitespace()) {
            return Some((value, at + c.len_utf8()));
        } else {
            value.push(c);
        }
    }
    None
}

fn closings(opening: char) -> Option<&'static [char]> {
    match opening {
        '"' => Some(&['"']),
        '\'' => Some(&['\'']),
        '“' | '”' => Some(&['”', '“', '"']),
        '„' => Some(&['“', '”', '"']),
        '‘' | '‚' => Some(&['’', '‘']),
        '«' => Some(&['»']),
        '»' => Some(&['«']),
        _ => None,
    }
}

/// Quotes a text so that [`lex`] returns it unchanged.
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<(Option<&str>, String)> {
        lex(line).into_iter().map(|t| (t.key, t.value)).collect()
    }

    #[test]
    fn quotations_of_every_keyboard_hold_together() {
        for line in
            ["\"rolled back\"", "'rolled back'", "“rolled back”", "„rolled back“", "‘rolled back’", "«rolled back»"]
        {
            assert_eq!(words(line), [(None, "rolled back".to_owned())], "{line}");
        }
    }

    #[test]
    fn apostrophes_links_and_hours_are_words() {
        assert_eq!(words("don't").len(), 1);
        assert_eq!(words("'tis Bob's").len(), 2);
        assert_eq!(words("https://a.b/c?d=e"), [(None, "https://a.b/c?d=e".to_owned())]);
        assert_eq!(words("14:05"), [(None, "14:05".to_owned())]);
    }

    #[test]
    fn pairs_take_a_colon_or_an_equals_sign_and_may_be_quoted() {
        assert_eq!(words("cause:Change"), [(Some("cause"), "Change".to_owned())]);
        assert_eq!(words("cause=\"the change\" x"), [(Some("cause"), "the change".to_owned()), (None, "x".to_owned())]);
    }

    #[test]
    fn what_is_quoted_is_read_back() {
        for text in ["", "a", "say \"no\" to \\ it", "ends with \\", "two\nlines", "\"", "’", "\\\""] {
            assert_eq!(words(&quote(text)), [(None, text.to_owned())], "{text:?}");
        }
    }

    #[test]
    fn an_unclosed_quotation_mark_is_told() {
        assert!(lex("\"api is down")[0].open);
        assert!(!lex("'tis down")[0].open);
    }
}
