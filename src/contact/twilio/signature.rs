//! The signature of what Twilio sends: HMAC-SHA1 over the address and the fields of the form.

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

use crate::net::FormField;

/// True if `signature`, the value of `X-Twilio-Signature`, was made with the token for a form that is posted to `url`.
///
/// `url` is the whole address as it was given to Twilio, with its query. A port that it names may be missing in what
/// was signed, and the usual port may be added: Twilio does either.
pub fn is_signed(token: &SecretString, url: &str, fields: &[FormField], signature: &str) -> bool {
    let Ok(given) = STANDARD.decode(signature) else { return false };
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.expose_secret().as_bytes());
    let form = signed_form(fields);
    // All addresses are tried, so that the time does not tell which of them fits.
    forms_of_address(url).into_iter().fold(false, |hit, url| {
        let signed = [url.as_bytes(), form.as_bytes()].concat();
        hit | hmac::verify(&key, &signed, &given).is_ok()
    })
}

/// Returns the fields as they are signed: sorted by name and value, names and values one after another. Equal fields
/// count once.
fn signed_form(fields: &[FormField]) -> String {
    let mut sorted: Vec<&FormField> = fields.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.iter().fold(String::new(), |text, (name, value)| text + name.as_str() + value.as_str())
}

/// Returns the address as it is, without its port, and with the port that its scheme implies.
fn forms_of_address(url: &str) -> Vec<String> {
    let mut forms = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return forms };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    // The colons of an IPv6 address are in brackets.
    let colon = authority.rfind(':').filter(|at| !authority[*at..].contains(']'));
    match colon {
        Some(at) => forms.push(format!("{scheme}://{}{path}", &authority[..at])),
        None => {
            let port = if scheme == "https" { 443 } else { 80 };
            forms.push(format!("{scheme}://{authority}:{port}{path}"));
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "12345";

    fn form(fields: &[(&str, &str)]) -> Vec<FormField> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn sign(url: &str, fields: &[FormField]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOKEN.as_bytes());
        STANDARD.encode(hmac::sign(&key, format!("{url}{}", signed_form(fields)).as_bytes()))
    }

    fn judged(url: &str, fields: &[FormField], signature: &str) -> bool {
        is_signed(&SecretString::from(TOKEN), url, fields, signature)
    }

    /// The example of Twilio's documentation, signed by Twilio's library for Python.
    #[test]
    fn the_example_of_the_documentation_is_accepted() {
        let fields = form(&[
            ("To", "+18005551212"),
            ("From", "+14158675309"),
            ("Digits", "1234"),
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
        ]);
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        assert!(judged(url, &fields, "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
        assert_eq!(sign(url, &fields), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    }

    #[test]
    fn anything_that_was_changed_is_refused() {
        let (url, fields) =
            ("https://hot.example.com/contact/twilio/digit/x", form(&[("Digits", "4"), ("From", "+1")]));
        let good = sign(url, &fields);
        assert!(judged(url, &fields, &good));
        let reversed: Vec<FormField> = fields.iter().rev().cloned().collect();
        assert!(judged(url, &reversed, &good), "the order of the fields does not count");
        for (url, fields) in [
            ("https://hot.example.com/contact/twilio/digit/y", fields.clone()),
            ("http://hot.example.com/contact/twilio/digit/x", fields.clone()),
            (url, form(&[("Digits", "5"), ("From", "+1")])),
            (url, form(&[("Digits", "4")])),
            (url, form(&[("Digits", "4"), ("From", "+1"), ("More", "")])),
        ] {
            assert!(!judged(url, &fields, &good), "{url} {fields:?}");
        }
        for bad in ["", "AAAA", &good[1..], &good.to_lowercase(), &format!("{good} "), &format!(" {good}"), "\u{fc}"] {
            assert!(!judged(url, &fields, bad), "{bad:?}");
        }
        assert!(!is_signed(&SecretString::from("12346"), url, &fields, &good), "another account");
    }

    #[test]
    fn the_port_may_be_signed_or_not() {
        let fields = form(&[("a", "b")]);
        for (ours, signed) in [
            ("https://hot.example.com/x?y", "https://hot.example.com:443/x?y"),
            ("http://hot.example.com/x", "http://hot.example.com:80/x"),
            ("https://hot.example.com:8443/x", "https://hot.example.com/x"),
            ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]/x"),
            ("https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x"),
        ] {
            assert!(judged(ours, &fields, &sign(signed, &fields)), "{signed}");
        }
        assert!(!judged("https://hot.example.com:8443/x", &fields, &sign("https://hot.example.com:444/x", &fields)));
    }

    #[test]
    fn values_of_one_name_are_sorted_and_counted_once() {
        let fields = form(&[("MediaUrl", "b"), ("MediaUrl", "a"), ("MediaUrl", "b"), ("A", "z")]);
        assert_eq!(signed_form(&fields), "AzMediaUrlaMediaUrlb");
    }
}
