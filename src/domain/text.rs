//! Text that came from outside.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

/// Text from outside, unchanged. It has no `Display`: output gets it only through an encoder (the template engine's
/// escaping for chat and HTML), which calls [`Untrusted::shown`] first.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untrusted(String);

impl Untrusted {
    /// Wraps a text as received.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text as received, for storing, hashing and comparing; never for output.
    pub fn verbatim(&self) -> &str {
        &self.0
    }

    /// True if nothing of it is visible.
    pub fn is_blank(&self) -> bool {
        visible(&self.0).trim().is_empty()
    }

    /// Returns the text without deceptive characters, cut to `max` graphemes with an ellipsis. Not escaped yet.
    pub fn shown(&self, max: usize) -> String {
        cut(&visible(&self.0), max)
    }
}

impl std::fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.shown(200))
    }
}

impl From<String> for Untrusted {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// The most combining marks after one base character: enough for every written language, too few to cover a line.
const MARKS: usize = 4;

/// The most characters of one grapheme: enough for emoji of families and flags.
const CLUSTER: usize = 16;

/// Removes control characters (line feed and tab stay), bidirectional overrides, invisible characters and stacked
/// combining marks (Unicode TR36, "visual security").
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        if is_deceiving(c) {
            continue;
        }
        marks = if is_combining(c) { marks + 1 } else { 0 };
        if marks <= MARKS {
            // Separators of lines and paragraphs would begin a line where people see one line.
            out.push(if matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c });
        }
    }
    if out.is_ascii() { out } else { thin_clusters(&out) }
}

/// Cuts what is stacked on one character, whatever script its marks are of.
fn thin_clusters(text: &str) -> String {
    text.graphemes(true).flat_map(|cluster| cluster.chars().take(CLUSTER)).collect()
}

/// Cuts at a grapheme boundary, with an ellipsis as the last grapheme if the text is longer.
pub fn cut(text: &str, max: usize) -> String {
    if text.len() <= max || text.graphemes(true).nth(max).is_none() {
        return text.to_owned();
    }
    let mut out: String = text.graphemes(true).take(max.saturating_sub(1)).collect();
    out.push('…');
    out
}

fn is_deceiving(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{061C}')
        || matches!(c, '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{FFA0}')
        || matches!(c, '\u{180E}' | '\u{3164}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{0591}'..='\u{05BD}' | '\u{0610}'..='\u{061A}'
        | '\u{064B}'..='\u{065F}' | '\u{0E31}' | '\u{0E34}'..='\u{0E3A}' | '\u{0E47}'..='\u{0E4E}'
        | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_and_zero_width_characters_are_dropped() {
        assert_eq!(visible("a\u{202E}b\u{200B}c\u{0007}d\u{FEFF}\ne"), "abcd\ne");
    }

    #[test]
    fn line_separators_and_blank_letters_cannot_hide_or_break_a_text() {
        assert_eq!(visible("a\u{2028}b\u{2029}c"), "a b c");
        assert_eq!(visible("a\u{00AD}b\u{115F}\u{1160}c\u{FFA0}\u{3164}d\u{034F}"), "abcd");
    }

    #[test]
    fn stacked_marks_are_thinned() {
        let zalgo = format!("a{}b", "\u{0301}".repeat(1000));
        assert_eq!(visible(&zalgo).chars().count(), 2 + MARKS);
        // Marks of a script that is not in the list above.
        let devanagari = format!("\u{915}{}b", "\u{947}".repeat(1000));
        assert_eq!(visible(&devanagari).chars().count(), CLUSTER + 1);
        assert_eq!(visible("👨‍👩‍👧‍👦 नमस्ते"), visible(&visible("👨‍👩‍👧‍👦 नमस्ते")));
    }

    #[test]
    fn cutting_keeps_graphemes_whole() {
        assert_eq!(cut("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2), "👩‍👩‍👧‍👦…");
        assert_eq!(cut("abc", 3), "abc");
    }
}
