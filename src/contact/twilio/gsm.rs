//! The two encodings of text messages, and how many segments a text takes.

/// The characters of the GSM 7-bit default alphabet (3GPP TS 23.038, 6.2.1) besides Latin letters and digits.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// The characters of its extension table, each of which takes two places.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// How a text message is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsEncoding {
    /// 7 bits a character: 160 in one segment, 153 in each of several.
    Gsm7,
    /// 16 bits a character: 70 in one segment, 67 in each of several.
    Ucs2,
}

impl SmsEncoding {
    /// Returns the encoding that a text needs.
    pub fn of_text(text: &str) -> Self {
        if text.chars().all(|c| septets(c).is_some()) { Self::Gsm7 } else { Self::Ucs2 }
    }

    /// The places in a message of one segment, and in each segment of a longer one.
    fn places(self) -> Places {
        match self {
            Self::Gsm7 => Places { alone: 160, each: 153 },
            Self::Ucs2 => Places { alone: 70, each: 67 },
        }
    }

    /// The places that a character takes.
    fn width(self, c: char) -> usize {
        match self {
            Self::Gsm7 => septets(c).unwrap_or(0),
            Self::Ucs2 => c.len_utf16(),
        }
    }
}

struct Places {
    alone: usize,
    each: usize,
}

/// Returns the number of segments in which a text is sent. No character is divided between two segments.
pub fn segment_count(text: &str) -> usize {
    let encoding = SmsEncoding::of_text(text);
    let places = encoding.places();
    let total: usize = text.chars().map(|c| encoding.width(c)).sum();
    if total <= places.alone {
        return usize::from(total > 0);
    }
    let (mut segments, mut filled) = (1, 0);
    for c in text.chars() {
        let width = encoding.width(c);
        if filled + width > places.each {
            (segments, filled) = (segments + 1, 0);
        }
        filled += width;
    }
    segments
}

/// Replaces typographic characters by those of the alphabet: a single curly quote would halve the room of a message.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '‘' | '’' | '‚' | '‛' | '′' | '´' | '`' => out.push('\''),
            '“' | '”' | '„' | '‟' | '″' | '«' | '»' => out.push('"'),
            '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => out.push('-'),
            '…' => out.push_str("..."),
            '•' | '·' => out.push('*'),
            '→' => out.push_str("->"),
            '←' => out.push_str("<-"),
            '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

/// The places that a character takes in the 7-bit alphabet; `None` if it is not in it.
fn septets(c: char) -> Option<usize> {
    if c.is_ascii_alphanumeric() || BASIC.contains(c) {
        return Some(1);
    }
    if EXTENSION.contains(c) { Some(2) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_is_that_of_the_standard() {
        // 128 codes: 62 letters and digits, the escape to the extension table, and these.
        assert_eq!(BASIC.chars().count(), 128 - 62 - 1);
        assert_eq!(EXTENSION.chars().count(), 10);
        let mut all: Vec<char> = BASIC.chars().chain(EXTENSION.chars()).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 75, "no character is named twice");
        for c in "ç`´ÀÊêőş“”–…😀".chars() {
            assert_eq!(septets(c), None, "{c}");
        }
    }

    #[test]
    fn a_text_is_counted_in_segments() {
        let times = |c: &str, count: usize| segment_count(&c.repeat(count));
        assert_eq!(segment_count(""), 0);
        assert_eq!(
            [times("a", 1), times("a", 160), times("a", 161), times("a", 306), times("a", 307)],
            [1, 1, 2, 2, 3]
        );
        assert_eq!([times("ő", 70), times("ő", 71), times("ő", 134), times("ő", 135)], [1, 2, 2, 3]);
        assert_eq!([times("€", 80), times("€", 81), times("€", 152), times("€", 153)], [1, 2, 2, 3]);
        assert_eq!([times("😀", 35), times("😀", 36), times("😀", 66), times("😀", 67)], [1, 2, 2, 3]);
    }

    #[test]
    fn no_character_is_divided_between_segments() {
        // 152 places, then a character of two that does not fit into the first segment.
        let escaped = format!("{}€{}", "a".repeat(152), "a".repeat(151));
        assert_eq!(segment_count(&escaped), 2);
        assert_eq!(segment_count(&format!("{escaped}a")), 3);
        let pair = format!("ő{}😀{}", "a".repeat(65), "a".repeat(65));
        assert_eq!(segment_count(&pair), 2);
        assert_eq!(segment_count(&format!("{pair}a")), 3);
    }

    #[test]
    fn typographic_characters_are_replaced() {
        assert_eq!(plain("“It’s” – 5 → 6… •\u{a0}«x»"), "\"It's\" - 5 -> 6... * \"x\"");
        assert_eq!(SmsEncoding::of_text(&plain("“It’s” – 5 → 6…")), SmsEncoding::Gsm7);
        assert_eq!(plain("Größe ő 😀"), "Größe ő 😀");
    }
}
