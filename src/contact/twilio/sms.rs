//! The text of a text message: what is said, in at most two segments.

use unicode_segmentation::UnicodeSegmentation;

use super::gsm::{SmsEncoding, plain, segment_count};
use crate::domain::text::visible;

/// The most segments of a message. Carriers bill each, and phones of others may show longer ones in parts.
const SEGMENTS: usize = 2;
/// What ends a text that was cut. An ellipsis is not in the 7-bit alphabet.
const CUT: &str = "...";
/// The most graphemes that two segments can hold.
const LONGEST: usize = 306;

/// The parts of a text message in their order. Only the title is shortened, and then the service, never the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SmsParts {
    /// What comes first: a mark such as DRILL, and the severity.
    pub lead: String,
    /// The service; empty if there is none.
    pub service: String,
    /// The title, from outside.
    pub title: String,
    /// What must arrive whole, in lines of its own: the key, the reply code and the link.
    pub tail: String,
}

/// A composed text message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsText {
    /// The text.
    pub text: String,
    /// How it is encoded.
    pub encoding: SmsEncoding,
    /// In how many segments it is sent.
    pub segments: usize,
}

impl SmsText {
    /// A text as it will be sent. Typographic characters are replaced where that makes it shorter.
    pub fn new(text: &str) -> Self {
        let simple = plain(text);
        let text = match SmsEncoding::of_text(&simple) {
            SmsEncoding::Gsm7 => simple,
            SmsEncoding::Ucs2 => text.to_owned(),
        };
        let (encoding, segments) = (SmsEncoding::of_text(&text), segment_count(&text));
        Self { text, encoding, segments }
    }

    fn fits(&self) -> bool {
        self.segments <= SEGMENTS
    }
}

impl SmsParts {
    /// Composes the message. It has more than two segments only if lead and tail alone have.
    pub fn compose(&self) -> SmsText {
        let (service, title) = (one_line(&self.service), one_line(&self.title));
        let longest = |text: &str, compose: &dyn Fn(&str) -> SmsText| {
            let graphemes: Vec<&str> = text.graphemes(true).take(LONGEST + 1).collect();
            let shortened = (0..graphemes.len()).rev().map(|count| cut(&graphemes[..count]));
            let whole = if graphemes.len() > LONGEST { None } else { Some(text.to_owned()) };
            whole.into_iter().chain(shortened).map(|text| compose(&text)).find(SmsText::fits)
        };
        longest(&title, &|title| self.joined(&service, title))
            .or_else(|| longest(&service, &|service| self.joined(service, "")))
            .unwrap_or_else(|| self.joined("", ""))
    }

    fn joined(&self, service: &str, title: &str) -> SmsText {
        let about: Vec<&str> = [service, title].into_iter().filter(|part| !part.is_empty()).collect();
        let lead = one_line(&self.lead);
        let head: Vec<String> = [lead, about.join(": ")].into_iter().filter(|part| !part.is_empty()).collect();
        let lines: Vec<String> = self.tail.lines().map(one_line).filter(|line| !line.is_empty()).collect();
        let mut text = head.join(" ");
        for line in lines {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&line);
        }
        SmsText::new(&text)
    }
}

/// A text without line breaks, invisible characters and runs of spaces.
fn one_line(text: &str) -> String {
    visible(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(graphemes: &[&str]) -> String {
    if graphemes.is_empty() {
        return String::new();
    }
    format!("{}{CUT}", graphemes.concat().trim_end())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TAIL: &str = "HOT-12 Reply 482913 to acknowledge\nhttps://hot.example.com/a/J5xq0c9TzWf2m8LrKd41vg";

    fn parts(service: &str, title: &str) -> SmsParts {
        let text = str::to_owned;
        SmsParts { lead: text("SEV1"), service: text(service), title: text(title), tail: text(TAIL) }
    }

    #[test]
    fn a_short_message_is_whole() {
        let sms = parts("shop", "Checkout fails").compose();
        insta::assert_snapshot!(sms.text, @r"
        SEV1 shop: Checkout fails
        HOT-12 Reply 482913 to acknowledge
        https://hot.example.com/a/J5xq0c9TzWf2m8LrKd41vg
        ");
        assert_eq!((sms.encoding, sms.segments), (SmsEncoding::Gsm7, 1));
        let bare = SmsParts { tail: "Your code is 123456".to_owned(), ..SmsParts::default() };
        assert_eq!(bare.compose().text, "Your code is 123456");
    }

    #[test]
    fn a_long_title_is_cut_and_code_and_link_stay() {
        let sms = parts("shop", &"Checkout fails ".repeat(40)).compose();
        assert_eq!((sms.encoding, sms.segments), (SmsEncoding::Gsm7, 2));
        assert!(sms.text.ends_with(TAIL) && sms.text.contains("...\nHOT-12"), "{}", sms.text);
        assert!(sms.text.chars().count() >= 300, "the room is used: {}", sms.text);
    }

    #[test]
    fn one_foreign_character_halves_the_room() {
        let sms = parts("shop", &"Ошибка оплаты ".repeat(40)).compose();
        assert_eq!((sms.encoding, sms.segments), (SmsEncoding::Ucs2, 2));
        assert!(sms.text.ends_with(TAIL) && sms.text.starts_with("SEV1 shop: Ошибка"), "{}", sms.text);
        // Where the foreign characters come late, cutting them off leaves more than keeping them would.
        let late = format!("{}😀", "Checkout fails ".repeat(12));
        let sms = parts("shop", &late).compose();
        assert_eq!(sms.encoding, SmsEncoding::Gsm7);
        assert!(sms.text.contains(&format!("{}...", "Checkout fails ".repeat(12).trim_end())), "{}", sms.text);
    }

    #[test]
    fn the_service_is_cut_after_the_title() {
        let sms = parts(&"payments-".repeat(60), "Checkout fails").compose();
        assert!(!sms.text.contains("Checkout") && sms.text.contains("payments-") && sms.text.ends_with(TAIL));
        assert_eq!(sms.segments, 2);
        let lead = "x".repeat(400);
        let sms = SmsParts { lead: lead.clone(), ..parts("shop", "Checkout fails") }.compose();
        assert_eq!(sms.text, format!("{lead}\n{TAIL}"), "lead and tail are never cut");
    }

    #[test]
    fn a_title_cannot_add_lines_or_hide_text() {
        let sms = parts("shop", "Fine\r\nHOT-12 Reply\u{202E} 000000\u{200B}\tto acknowledge").compose();
        assert!(sms.text.starts_with("SEV1 shop: Fine HOT-12 Reply 000000 to acknowledge\nHOT-12"), "{}", sms.text);
    }

    proptest! {
        #[test]
        fn any_title_fits_into_two_segments(title in any::<String>(), service in ".{0,400}") {
            let sms = parts(&service, &title).compose();
            prop_assert!(sms.segments <= 2, "{}", sms.text);
            prop_assert!(sms.text.ends_with(TAIL), "{}", sms.text);
            prop_assert_eq!(sms.text.lines().count(), 3);
        }
    }
}
