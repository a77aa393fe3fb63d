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
        if self.0.is_ascii() {
            // Asked for every label of every alert: no copy of the text for the usual case.
            return self.0.bytes().all(|b| b.is_ascii_whitespace() || b.is_ascii_control());
        }
        visible(&self.0).chars().all(is_blank)
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

/// Removes control characters (line feed and tab stay), bidirectional controls, noncharacters, invisible characters and
/// stacked combining marks (Unicode TR36, "visual security"). Joiners stay where they are spelling: between letters of
/// scripts that join them, and within emoji (UAX 31, UTS 39, UTS 51).
pub fn visible(text: &str) -> String {
    if text.bytes().all(is_printable) {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let flag = flag_tags(&chars[at..]);
        if flag > 0 {
            out.extend(&chars[at..=at + flag]);
            (at, marks) = (at + flag + 1, 0);
            continue;
        }
        let joins = is_joiner(c) && out.chars().next_back().is_some_and(|before| joins(before, c, &chars[at + 1..]));
        at += 1;
        if !joins && (is_joiner(c) || is_deceiving(c)) {
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

/// True for ASCII that is kept as it is.
fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\t')
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
        || is_noncharacter(c)
}

/// Noncharacters, some of which XML forbids.
fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{FDD0}'..='\u{FDEF}') || u32::from(c) & 0xFFFE == 0xFFFE
}

/// True if a visible character leaves no mark: spaces, the blank pattern of Braille, and selectors without a base.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{2800}' | '\u{115F}' | '\u{1160}' | '\u{FFA0}' | '\u{034F}' | '\u{FE00}'..='\u{FE0F}')
}

/// ZERO WIDTH NON-JOINER and ZERO WIDTH JOINER.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

/// True if a joiner is spelling between the character before it and those after it.
fn joins(before: char, joiner: char, after: &[char]) -> bool {
    let next = after.first().copied();
    // A virama and a joiner choose the form of a conjunct, also at the end of a word.
    is_virama(before)
        || (is_joining(before) && next.is_some_and(is_joining))
        || (joiner == '\u{200D}' && is_emoji_part(before) && next.is_some_and(is_pictograph))
}

/// True for letters and marks of scripts in which joiners are spelling: Arabic and its relatives, Mongolian, and the
/// Indic scripts.
fn is_joining(c: char) -> bool {
    matches!(c, '\u{0600}'..='\u{07FF}' | '\u{0840}'..='\u{0DFF}' | '\u{0F00}'..='\u{109F}' | '\u{1780}'..='\u{18AF}'
        | '\u{1A20}'..='\u{1BFF}' | '\u{A840}'..='\u{A9DF}' | '\u{FB50}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FDFF}'
        | '\u{FE70}'..='\u{FEFC}' | '\u{10D00}'..='\u{10D3F}' | '\u{11000}'..='\u{11CBF}' | '\u{1E900}'..='\u{1E95F}')
        && !is_deceiving(c)
}

fn is_virama(c: char) -> bool {
    matches!(
        c,
        '\u{094D}'
            | '\u{09CD}'
            | '\u{0A4D}'
            | '\u{0ACD}'
            | '\u{0B4D}'
            | '\u{0BCD}'
            | '\u{0C4D}'
            | '\u{0CCD}'
            | '\u{0D4D}'
            | '\u{0DCA}'
            | '\u{1039}'
            | '\u{103A}'
            | '\u{17D2}'
    )
}

/// True for what an emoji before a joiner can end with: a pictograph, a skin tone, or the selector of its colored form.
fn is_emoji_part(c: char) -> bool {
    is_pictograph(c) || matches!(c, '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}')
}

fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{2139}' | '\u{2194}'..='\u{21AA}' | '\u{231A}'..='\u{23FF}' | '\u{24C2}' | '\u{25AA}'..='\u{27BF}'
        | '\u{2934}'..='\u{2935}' | '\u{2B05}'..='\u{2B55}' | '\u{1F000}'..='\u{1F1E5}' | '\u{1F200}'..='\u{1F3FA}'
        | '\u{1F400}'..='\u{1FAFF}')
}

/// The most tags of a flag: a region and a part of it.
const FLAG_TAGS: usize = 7;

/// The number of tag characters after a black flag that spell the flag of a region; 0 if these are none.
fn flag_tags(chars: &[char]) -> usize {
    let ['\u{1F3F4}', tags @ ..] = chars else { return 0 };
    let spelled =
        tags.iter().take_while(|c| matches!(c, '\u{E0030}'..='\u{E0039}' | '\u{E0061}'..='\u{E007A}')).count();
    let ends = tags.get(spelled) == Some(&'\u{E007F}');
    if ends && (1..=FLAG_TAGS).contains(&spelled) { spelled + 1 } else { 0 }
}

/// Folds letters so that spellings that differ only by case compare as equal: `İstanbul` as `istanbul`, `STRASSE` as
/// `Straße`.
pub fn fold_case(text: &str) -> String {
    text.to_lowercase().replace("i\u{307}", "i").replace('ß', "ss").replace('ς', "σ").replace('ı', "i")
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
    fn joiners_and_tags_stay_where_they_are_spelling() {
        let spelled = [
            "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
            "\u{915}\u{94d}\u{200d}\u{937}",
            "\u{915}\u{94d}\u{200c}\u{937}",
            "\u{d28}\u{d4d}\u{200d}",
            "👩‍💻 👩🏽‍🚒 🏳️‍🌈 👩‍👩‍👧‍👦 ❤️‍🔥",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        ];
        for text in spelled {
            assert_eq!(visible(text), text, "{}", text.escape_unicode());
        }
    }

    #[test]
    fn joiners_and_tags_are_dropped_where_they_hide_something() {
        let hidden = [
            ("pay\u{200d}pal", "paypal"),
            ("pay\u{200c}pal", "paypal"),
            ("\u{200d}👩", "👩"),
            ("👩\u{200d}", "👩"),
            ("👩\u{200d}\u{200d}💻", "👩\u{200d}💻"),
            ("\u{645}\u{200c}", "\u{645}"),
            ("\u{645}\u{200c}a", "\u{645}a"),
            ("🏴\u{e0067}\u{e0062}", "🏴"),
            ("a\u{e0067}\u{e007f}", "a"),
            ("a\u{FFFE}b\u{FFFF}c\u{FDD0}d\u{1FFFF}e", "abcde"),
            ("a\u{2066}b\u{2069}\u{200e}\u{200f}\u{61c}c", "abc"),
        ];
        for (text, left) in hidden {
            assert_eq!(visible(text), left, "{}", text.escape_unicode());
        }
    }

    #[test]
    fn a_text_that_shows_nothing_is_blank() {
        for text in ["", " ", " \t\r\n\u{7f}\0", "\u{2800}", "\u{3164}\u{200d}", "\u{FE0F}", "\u{115F}"] {
            assert!(Untrusted::from(text).is_blank(), "{}", text.escape_unicode());
        }
        assert!(!Untrusted::from("\u{2801}").is_blank());
    }

    #[test]
    fn letters_compare_without_their_case() {
        for (one, other) in [("İstanbul", "istanbul"), ("STRASSE", "Straße"), ("ΟΔΟΣ", "οδος"), ("Ann", "ANN")]
        {
            assert_eq!(fold_case(one), fold_case(other), "{one}");
        }
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
