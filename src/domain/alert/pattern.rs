//! Regular expressions with the meaning they have in Alertmanager.

use regex::{Regex, RegexBuilder};

use super::re2;

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
    let inner = re2::to_rust(pattern);
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

    #[test]
    fn what_go_accepts_means_the_same_here() {
        for (pattern, matching, other) in [
            // A brace that is no repetition is a plain character.
            ("/api/{id}/.*", "/api/{id}/x", "/api/id/x"),
            ("a{,3}b", "a{,3}b", "aab"),
            ("a{01}", "a{01}", "a"),
            ("{}", "{}", ""),
            ("a{2}", "aa", "a{2}"),
            ("a{1,}b{0,1}", "aa", "abb"),
            (r"\p{Greek}{2}", "αβ", "ab"),
            (r"\p{^Greek}", "a", "α"),
            (r"[\P{^Greek}x]", "α", "a"),
            (r"\pLx", "äx", "1x"),
            // Quoted text.
            (r"\Qa.b{2}\E+", "a.b{2}}", "axb{2}"),
            (r"a\Q.*", "a.*", "abc"),
            ("(?i)core|\\Qa.b\\E", "CORE", "axb"),
            // Rust's operators are plain characters in a class.
            ("[a-c&&b]x", "ax", "dx"),
            ("[a~~b]", "~", "c"),
            ("[+--]", ",", "."),
            ("[--/]", ".", ","),
            ("[a-]", "-", "b"),
            ("[a-c-e]", "-", "d"),
            ("web[[]1]", "web[1]", "web1]"),
            (r"[\w-]+", "a-b", "a b"),
            ("[[:alpha:]-]+", "a-b", "1"),
            // Escapes that Rust lacks or reads in another way.
            (r"\w+\_x", "a_x", "a-x"),
            (r"\<b\>", "<b>", "b"),
            (r"[\<\>]", "<", "b"),
            (r"\101\x41\x{42}", "AAB", "101"),
            (r"\0", "\0", "0"),
            (r"\v\a", "\u{b}\u{7}", "va"),
            (r"\$\{x\}", "${x}", "$"),
        ] {
            assert!(matches(pattern, matching) && !matches(pattern, other), "{pattern}: {:?}", re2::to_rust(pattern));
        }
        for pattern in
            ["[b-a]", r"[a-\d]", r"\E", r"\1", r"\Z", "(?=a)", "*", "[a", "\\", r"[\b]", r"\xg1", r"\p{Nothing}"]
        {
            assert!(anchored(pattern).is_err(), "Go refuses {pattern}: {}", re2::to_rust(pattern));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_pattern_makes_it_panic(pattern in "[\\[\\]{}:,a^&~\\\\dwbpPQEx01|()*é-]{0,20}") {
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
