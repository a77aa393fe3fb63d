//! Form bodies (`application/x-www-form-urlencoded`), which some systems take and send instead of JSON.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

/// What the URL Standard leaves as it is in a form, besides letters and digits.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
/// The most fields of a form that are read.
const MOST_FIELDS: usize = 200;

/// A field of a form: its name and its value.
pub type FormField = (String, String);

/// Encodes fields as the body of a form.
pub fn encode_form(fields: &[(&str, String)]) -> Vec<u8> {
    let escape = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    pairs.join("&").into_bytes()
}

/// Decodes the body of a form: all its fields, in their order. `None` if it has too many, or one that is not UTF-8.
pub fn decode_form(body: &[u8]) -> Option<Vec<FormField>> {
    let parts = || body.split(|byte| *byte == b'&').filter(|part| !part.is_empty());
    if parts().count() > MOST_FIELDS {
        return None;
    }
    let pair = |part: &[u8]| {
        let end = part.iter().position(|byte| *byte == b'=').unwrap_or(part.len());
        Some((unescape(&part[..end])?, unescape(part.get(end + 1..).unwrap_or_default())?))
    };
    parts().map(pair).collect()
}

fn unescape(text: &[u8]) -> Option<String> {
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).decode_utf8().ok().map(|text| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(body: &[u8]) -> Option<Vec<FormField>> {
        decode_form(body)
    }

    #[test]
    fn a_form_is_decoded_as_it_was_encoded() {
        let odd = "a b+c&d=e%41 ü€😀\r\n'\"*-._~/";
        let body = encode_form(&[("Body", odd.to_owned()), ("To", "+4930".to_owned()), ("a&b", String::new())]);
        assert!(body.is_ascii() && body.starts_with(b"Body=a%20b%2Bc%26d%3De%2541%20"), "{body:?}");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(fields(&body), Some(vec![pair("Body", odd), pair("To", "+4930"), pair("a&b", "")]));
    }

    #[test]
    fn a_form_is_read_leniently_and_within_limits() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(fields(b""), Some(vec![]));
        assert_eq!(fields(b"a+b=c%20d+e&&x&y=1=2"), Some(vec![pair("a b", "c d e"), pair("x", ""), pair("y", "1=2")]));
        assert_eq!(fields(b"a=%zz%4"), Some(vec![pair("a", "%zz%4")]));
        assert_eq!(fields(b"a=%ff"), None, "no UTF-8");
        assert_eq!(fields("a=1&".repeat(MOST_FIELDS).as_bytes()).map(|fields| fields.len()), Some(MOST_FIELDS));
        assert_eq!(fields("a=1&".repeat(MOST_FIELDS + 1).as_bytes()), None);
    }
}
