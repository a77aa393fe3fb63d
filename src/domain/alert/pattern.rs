//! Regular expressions with the meaning they have in Alertmanager.

use regex::{Regex, RegexBuilder};

/// The longest pattern, in bytes.
const LONGEST: usize = 4096;
/// The most memory that a compiled pattern may use, in bytes.
const COMPILED: usize = 1 << 20;

/// Compiles a pattern that must match the whole text.
///
/// # Errors
/// A message for the author of the pattern.
pub(super) fn anchored(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > LONGEST {
        return Err(format!("the pattern is longer than {LONGEST} bytes"));
    }
    // On its own first, so that `a)(b` cannot pair its brackets with ours.
    let inner = ascii_classes(pattern);
    compile(&inner)?;
    compile(&format!("^(?:{inner})$"))
}

/// Compiles a pattern that may match anywhere in a text, in the syntax of the `regex` crate.
///
/// # Errors
/// A message for the author of the pattern.
pub fn unanchored(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > LONGEST {
        return Err(format!("the pattern is longer than {LONGEST} bytes"));
    }
    compile(pattern)
}

fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).size_limit(COMPILED).dfa_size_limit(COMPILED).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the pattern takes too much memory".to_owned(),
        other @ (regex::Error::Syntax(_) | _) => {
            other.to_string().lines().last().unwrap_or("not a pattern").trim().to_owned()
        }
    })
}

/// Rewrites what RE2, the syntax of Alertmanager, interprets differently from Rust: `\d \w \s \b` match ASCII only, and
/// inside a class `[`, `&&`, `--` and `~~` are plain characters.
fn ascii_classes(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    // The first `]` of a class, after an optional `^`, is a plain character.
    let mut class_start = false;
    while let Some(c) = chars.next() {
        let at_start = std::mem::take(&mut class_start);
        match c {
            '\\' => match chars.next() {
                Some(escaped) => push_escape(&mut out, escaped, in_class),
                None => out.push('\\'),
            },
            '[' if !in_class => {
                in_class = true;
                class_start = true;
                out.push('[');
                if chars.peek() == Some(&'^') {
                    out.push('^');
                    chars.next();
                }
            }
            '[' if chars.peek() == Some(&':') => out.push_str(&take_posix(&mut chars)),
            ']' if in_class && !at_start => {
                in_class = false;
                out.push(']');
            }
            '[' | ']' | '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

fn push_escape(out: &mut String, escaped: char, in_class: bool) {
    match escaped {
        'd' => out.push_str("[0-9]"),
        'D' => out.push_str("[^0-9]"),
        'w' => out.push_str("[0-9A-Za-z_]"),
        'W' => out.push_str("[^0-9A-Za-z_]"),
        's' => out.push_str("[\\t\\n\\f\\r ]"),
        'S' => out.push_str("[^\\t\\n\\f\\r ]"),
        'b' if !in_class => out.push_str("(?-u:\\b)"),
        _ => {
            out.push('\\');
            out.push(escaped);
        }
    }
}

/// Returns the rest of `[:alpha:]` after its first bracket, or the bracket alone as a plain character.
fn take_posix(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let ahead: String = chars.clone().take(12).collect();
    let name = ahead.strip_prefix(':').and_then(|rest| rest.split_once(":]")).map(|(name, _)| name);
    match name.filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '^')) {
        Some(name) => {
            chars.by_ref().take(name.len() + 3).for_each(drop);
            format!("[:{name}:]")
        }
        None => "\\[".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        anchored(pattern).unwrap().is_match(text)
    }

    #[test]
    fn a_pattern_must_match_the_whole_text() {
        assert!(matches("a|b", "a") && !matches("a|b", "ab") && !matches("a|b", "xa"));
        assert!(!matches("a.c", "a\nc"), "the dot does not match a line feed");
        assert!(!matches("a", "a\n"));
    }

    #[test]
    fn classes_mean_what_they_mean_in_re2() {
        assert!(matches(r"\d+", "12") && !matches(r"\d+", "१२"), "digits are ASCII");
        assert!(matches(r"[\w.]+", "web_1.a") && !matches(r"\w", "é"));
        assert!(matches(r"[^\s]+", "ab") && !matches(r"[^\s]+", "a b"));
        assert!(matches(r"[a[b]+", "a[b") && matches(r"[]a]+", "a]") && !matches(r"[^]a]", "]"));
        assert!(matches(r"[a&&b]+", "a&b") && matches(r"[[:digit:]x]+", "1x") && matches(r"[[:]+", "[:"));
        assert!(matches(r"\bab\b", "ab") && matches(r"a\.b", "a.b") && matches("(?i)ab", "AB"));
    }

    proptest::proptest! {
        #[test]
        fn no_pattern_makes_it_panic(pattern in "[\\[\\]:a^&~\\\\dwb|()*é-]{0,20}") {
            let _refused_or_not = anchored(&pattern).is_ok();
        }
    }

    #[test]
    fn a_pattern_that_is_broken_or_too_big_is_refused_in_words() {
        assert!(anchored("a)(b").is_err());
        assert!(anchored("[a").is_err());
        assert_eq!(anchored(&"a".repeat(5000)).unwrap_err(), "the pattern is longer than 4096 bytes");
        assert_eq!(anchored("(((\\pL{100}){100}){100})").unwrap_err(), "the pattern takes too much memory");
    }
}
