//! Phone numbers, and the countries whose numbers are written to.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The digits of a number, without the plus sign (E.164 allows 15; the shortest in use have 7).
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// A phone number in the form of E.164: `+15550100123`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Parses a number that begins with a plus sign and the calling code. Spaces, hyphens, dots, slashes and parentheses
    /// that people write between digits are removed.
    ///
    /// # Errors
    /// Says how a number is written. The message does not repeat the number.
    pub fn parse(text: &str) -> Result<Self, String> {
        const HOW: &str = "must be a phone number with its calling code, such as +49 30 901820";
        let Some(rest) = text.trim().strip_prefix('+') else { return Err(HOW.to_owned()) };
        let digits: String =
            rest.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')')).collect();
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) || digits.starts_with('0') {
            return Err(HOW.to_owned());
        }
        // "+49 (0)30 …": the zero is dialled within the country only.
        if rest.contains("(0)") {
            return Err("must not contain the (0) that is dialled within a country".to_owned());
        }
        if !DIGITS.contains(&digits.len()) {
            return Err(format!("must have {} to {} digits, with the calling code", DIGITS.start(), DIGITS.end()));
        }
        Ok(Self(format!("+{digits}")))
    }

    /// Returns the number as Twilio and people write it: `+15550100123`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the number without the digits in the middle: `+155•••••123`.
    pub fn masked(&self) -> String {
        let hidden = 4..self.0.len() - 3;
        self.0.char_indices().map(|(at, c)| if hidden.contains(&at) { '•' } else { c }).collect()
    }
}

impl fmt::Debug for PhoneNumber {
    /// A number identifies a person, so logs have it masked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

/// Parses a calling code with or without its plus sign, and returns it with the sign: the beginning of the numbers of a
/// country or of a part of it. `+49` is Germany; `+1876` is Jamaica, which shares `+1` with other countries.
///
/// # Errors
/// Says how one is written.
pub fn calling_code(text: &str) -> Result<String, String> {
    let digits = text.trim().trim_start_matches('+');
    let fine = (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fine && !digits.starts_with('0') {
        return Ok(format!("+{digits}"));
    }
    Err("is no calling code; write 1 to 4 digits, such as \"+49\" for Germany or \"+1\" for North America".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_kept_in_one_form() {
        for text in ["+4930901820", " +49 30 901820 ", "+49 (30) 90-18.20", "+49/30/901820", "+49\u{a0}30901820"] {
            assert_eq!(PhoneNumber::parse(text).map(String::from), Ok("+4930901820".to_owned()), "{text}");
        }
        for text in [
            "",
            "+",
            "030901820",
            "004930901820",
            "4930901820",
            "+0301234567",
            "+49 30 90182x",
            "+49 (0)30 901820",
            "+49301",
            "+4930123456789012",
            "+٤٩٣٠٩٠١٨٢٠",
            "++4930901820",
            "+49309018\n20",
        ] {
            let refusal = PhoneNumber::parse(text).expect_err(text);
            assert!(refusal.starts_with("must "), "{refusal}");
        }
    }

    #[test]
    fn a_number_is_shown_masked() {
        let number = PhoneNumber::parse("+15550100123").expect("a number");
        assert_eq!((number.masked().as_str(), format!("{number:?}").as_str()), ("+155•••••123", "+155•••••123"));
        let short = PhoneNumber::parse("+2901234").expect("a number");
        assert_eq!(short.masked(), "+290•234");
    }

    #[test]
    fn a_number_is_stored_as_text_and_read_back() {
        let number = PhoneNumber::parse("+15550100123").expect("a number");
        let text = serde_json::to_string(&number).expect("text");
        assert_eq!(text, "\"+15550100123\"");
        assert_eq!(serde_json::from_str::<PhoneNumber>(&text).ok(), Some(number));
        assert!(serde_json::from_str::<PhoneNumber>("\"5550100123\"").is_err());
    }

    #[test]
    fn a_calling_code_has_one_to_four_digits() {
        for (text, code) in [("49", "+49"), ("+49", "+49"), (" 1 ", "+1"), ("1876", "+1876")] {
            assert_eq!(calling_code(text).as_deref(), Ok(code));
        }
        for text in ["", "0", "049", "12345", "DE", "+"] {
            assert!(calling_code(text).is_err(), "{text}");
        }
    }
}
