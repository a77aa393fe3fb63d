//! Verifies signatures of deliveries, and detects replays.
//!
//! Signatures cover the body as it was sent, and are checked before anything in it is read. All candidates are compared
//! with all active secrets, in constant time.

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::{
    config::{Repeats, Signature, Source},
    domain::Timestamp,
};

/// The header of hotroom's own signature: `sha256=` and the HMAC-SHA256 in lower-case hexadecimal digits.
pub const SIGNATURE: &str = "x-hotroom-signature";
/// The header with the timestamp that hotroom's own signature may cover: Unix seconds.
const TIMESTAMP: &str = "x-hotroom-timestamp";
/// Maximum difference between a signed timestamp and the current time, in seconds.
const FRESH: u64 = 300;
/// Maximum number of signatures checked in one header; PagerDuty sends one per active secret.
const MOST: usize = 8;

/// What a valid signature implies for retries of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureVerdict {
    /// Nothing: the source does not sign, or signs identical bodies to report that alerts still fire.
    Plain,
    /// The signed data identifies one delivery, with this hash: the same data again is a replay, whenever it arrives.
    Once(String),
}

impl SignatureVerdict {
    /// A delivery identified by its signed data.
    pub fn once(signed: &[&[u8]]) -> Self {
        let hash = signed.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part));
        Self::Once(hex::encode(hash.finalize()))
    }

    /// The deduplication key.
    pub fn key(self) -> Option<String> {
        match self {
            Self::Plain => None,
            Self::Once(hash) => Some(format!("signed:{hash}")),
        }
    }
}

/// Checks the signature of a delivery; `None` if it is missing, wrong or too old.
pub fn check(source: &Source, headers: &HeaderMap, wire: &[u8], now: Timestamp) -> Option<SignatureVerdict> {
    let Some(secret) = &source.signing_secret else { return Some(SignatureVerdict::Plain) };
    let (given, time) = match source.kind.signature() {
        Signature::Hotroom => {
            (vec![only(headers, source, SIGNATURE)?.strip_prefix("sha256=")?], stamp(headers, source))
        }
        Signature::Grafana => (vec![only(headers, source, "x-grafana-alerting-signature")?], stamp(headers, source)),
        Signature::Sentry => (vec![only(headers, source, "sentry-hook-signature")?], None),
        Signature::PagerDuty => (versions(only(headers, source, "x-pagerduty-signature")?), None),
        Signature::Sns => return None,
    };
    if source.timestamp_header.is_some() && time.is_none() {
        return None;
    }
    if !time.is_none_or(|time| is_fresh(time, now)) {
        return None;
    }
    if time.is_none() && begins_with_time(wire) {
        return None;
    }
    let before = time.map_or_else(String::new, |time| format!("{time}:"));
    let given: Vec<Vec<u8>> = given.into_iter().take(MOST).filter_map(digits).collect();
    let secrets = [Some(secret), source.old_signing_secret.as_ref()];
    let macs = || secrets.into_iter().flatten().filter_map(|secret| mac(secret, before.as_bytes(), wire));
    // All are tried, so that timing does not reveal which one matched.
    let good =
        given.iter().fold(false, |hit, given| macs().fold(hit, |hit, mac| hit | mac.verify_slice(given).is_ok()));
    good.then(|| verdict(source, time.is_some(), before.as_bytes(), wire))
}

/// A signed timestamp makes the signed data unique. Without one, identical data is a replay, unless the source repeats
/// identical bodies to report that its alerts still fire.
fn verdict(source: &Source, timed: bool, before: &[u8], wire: &[u8]) -> SignatureVerdict {
    match source.kind.repeats() {
        Repeats::EqualSoon if !timed => SignatureVerdict::Plain,
        Repeats::EqualSoon | Repeats::Never | Repeats::Equal | Repeats::Id(_) => {
            SignatureVerdict::once(&[before, wire])
        }
    }
}

/// Returns the signature header if there is exactly one; two of them are ambiguous.
fn only<'h>(headers: &'h HeaderMap, source: &Source, usual: &str) -> Option<&'h str> {
    one(headers, source.signature_header.as_deref().unwrap_or(usual))
}

fn one<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => one.to_str().ok(),
        _ => None,
    }
}

fn stamp<'h>(headers: &'h HeaderMap, source: &Source) -> Option<&'h str> {
    let usual = (source.kind.signature() == Signature::Hotroom).then_some(TIMESTAMP);
    one(headers, source.timestamp_header.as_deref().or(usual)?)
}

fn is_fresh(time: &str, now: Timestamp) -> bool {
    time.parse::<i64>().is_ok_and(|time| now.timestamp().abs_diff(time) <= FRESH)
}

/// True if a body could be the signed text of another delivery, its time included: the signature of that delivery would
/// be valid for it. No JSON and no form begins so.
fn begins_with_time(wire: &[u8]) -> bool {
    let digits = wire.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && wire.get(digits) == Some(&b':')
}

/// `v1=<hex>,v1=<hex>`: PagerDuty's list.
fn versions(list: &str) -> Vec<&str> {
    list.split(',').filter_map(|one| one.trim().strip_prefix("v1=")).collect()
}

/// Decodes 64 lower-case hexadecimal digits.
fn digits(text: &str) -> Option<Vec<u8>> {
    let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if lower && text.len() == 64 { hex::decode(text).ok() } else { None }
}

fn mac(secret: &SecretString, before: &[u8], wire: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(before);
    mac.update(wire);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::SourceKind, domain::ids::SourceId};

    fn source(kind: SourceKind, old: Option<&str>) -> Source {
        Source {
            signing_secret: Some(SecretString::from("new secret")),
            old_signing_secret: old.map(SecretString::from),
            ..Source::new(SourceId::new("a"), kind)
        }
    }

    fn now() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    fn hex_of(secret: &str, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body);
        hex::encode(mac.finalize().into_bytes())
    }

    fn sign(secret: &str, body: &[u8]) -> String {
        format!("sha256={}", hex_of(secret, body))
    }

    fn checked(source: &Source, sent: &[(&'static str, String)]) -> Option<SignatureVerdict> {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(*name, value.parse().unwrap());
        }
        check(source, &headers, b"body", now())
    }

    fn judged(source: &Source, signatures: &[String]) -> bool {
        let sent: Vec<_> = signatures.iter().map(|signature| (SIGNATURE, signature.clone())).collect();
        checked(source, &sent).is_some()
    }

    #[test]
    fn the_signature_is_the_known_one() {
        // RFC 4231, test case 2.
        let known = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(sign("Jefe", b"what do ya want for nothing?"), known);
    }

    #[test]
    fn only_one_good_signature_is_taken() {
        let source = source(SourceKind::Generic, None);
        let good = sign("new secret", b"body");
        assert!(judged(&source, std::slice::from_ref(&good)));
        for bad in [
            vec![],
            vec![good.clone(), good.clone()],
            vec![sign("other source's secret", b"body")],
            vec![sign("new secret", b"another body")],
            vec![good[..good.len() - 1].to_owned()],
            vec![good[..good.len() - 2].to_owned()],
            vec![format!("{good}00")],
            vec![good.to_uppercase()],
            vec![format!("sha256={}", good["sha256=".len()..].to_uppercase())],
            vec![good["sha256=".len()..].to_owned()],
            vec!["sha256=".to_owned()],
            vec![format!(" {good},{good}")],
        ] {
            assert!(!judged(&source, &bad), "{bad:?}");
        }
    }

    #[test]
    fn during_a_rotation_the_old_secret_still_signs_and_after_it_no_more() {
        let old = [sign("old secret", b"body")];
        assert!(judged(&source(SourceKind::Generic, Some("old secret")), &old));
        assert!(judged(&source(SourceKind::Generic, Some("old secret")), &[sign("new secret", b"body")]));
        assert!(!judged(&source(SourceKind::Generic, None), &old));
    }

    #[test]
    fn pagerduty_sends_a_list_of_which_one_must_be_good() {
        let judged = |list: String| {
            checked(&source(SourceKind::PagerDuty, Some("old secret")), &[("x-pagerduty-signature", list)])
        };
        let [good, old, bad] = ["new secret", "old secret", "bad"].map(|secret| hex_of(secret, b"body"));
        for list in [format!("v1={good}"), format!("v1={bad},v1={old}"), format!("v1={bad}, v1={good}")] {
            assert!(matches!(judged(list.clone()), Some(SignatureVerdict::Once(_))), "{list}");
        }
        let many = format!("{}v1={good}", format!("v1={bad},").repeat(MOST));
        for list in
            [format!("v1={bad}"), good.clone(), format!("v0={good}"), format!("v1={good}x"), String::new(), many]
        {
            assert_eq!(judged(list.clone()), None, "{list}");
        }
    }

    #[test]
    fn sentry_signs_in_bare_digits() {
        let source = source(SourceKind::Sentry, None);
        assert!(checked(&source, &[("sentry-hook-signature", hex_of("new secret", b"body"))]).is_some());
        assert_eq!(checked(&source, &[("sentry-hook-signature", sign("new secret", b"body"))]), None);
        assert_eq!(checked(&source, &[(SIGNATURE, sign("new secret", b"body"))]), None, "each kind has its own header");
    }

    #[test]
    fn grafana_names_its_headers_itself_and_its_time_must_be_fresh() {
        let plain = source(SourceKind::Grafana, None);
        let signature = |body: &[u8]| hex_of("new secret", body);
        assert_eq!(
            checked(&plain, &[("x-grafana-alerting-signature", signature(b"body"))]),
            Some(SignatureVerdict::Plain)
        );
        let own = Source {
            signature_header: Some("X-Mine".to_owned()),
            timestamp_header: Some("X-Time".to_owned()),
            ..source(SourceKind::Grafana, None)
        };
        let at = |offset: i64| (now().timestamp() + offset).to_string();
        let timed = |time: String| {
            let signed = signature(format!("{time}:body").as_bytes());
            checked(&own, &[("x-mine", signed), ("x-time", time)])
        };
        assert!([0, -300, 300].iter().all(|offset| matches!(timed(at(*offset)), Some(SignatureVerdict::Once(_)))));
        assert!([-301, 301].iter().all(|offset| timed(at(*offset)).is_none()), "too old, or from the future");
        assert!(["", "soon", "99999999999999999999"].iter().all(|time| timed((*time).to_owned()).is_none()));
        assert_eq!(checked(&own, &[("x-mine", signature(b"body"))]), None, "the time may not be left out");
        assert_eq!(checked(&own, &[("x-mine", signature(b"body")), ("x-time", at(0))]), None, "it is signed too");
    }

    #[test]
    fn a_time_in_hotrooms_own_signature_lets_equal_bodies_come_again() {
        let source = source(SourceKind::Generic, None);
        let timed = |offset: i64| {
            let time = (now().timestamp() + offset).to_string();
            let signed = sign("new secret", format!("{time}:body").as_bytes());
            checked(&source, &[(SIGNATURE, signed), (TIMESTAMP, time)]).and_then(SignatureVerdict::key)
        };
        let plain = checked(&source, &[(SIGNATURE, sign("new secret", b"body"))]).and_then(SignatureVerdict::key);
        assert!(plain.is_some() && timed(0).is_some() && timed(0) != timed(1) && timed(0) != plain);
        assert_eq!(timed(0), timed(0), "and a replay is known");
        assert_eq!(timed(301), None);
    }

    #[test]
    fn the_signature_of_a_timed_body_is_valid_for_that_body_alone() {
        let source = source(SourceKind::Generic, None);
        let timed = format!("{}:body", now().timestamp());
        let mut headers = HeaderMap::new();
        headers.append(SIGNATURE, sign("new secret", timed.as_bytes()).parse().unwrap());
        assert_eq!(check(&source, &headers, timed.as_bytes(), now()), None);
    }
}
