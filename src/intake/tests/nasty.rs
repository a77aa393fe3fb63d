//! Hostile and damaged bodies.

use proptest::prelude::*;
use serde_json::Value;

use super::{ALERT, now, one, source, webhook};
use crate::{
    config::SourceKind,
    domain::alert::Remark,
    intake::{
        json::{self, Json},
        read, samples,
    },
};

#[test]
fn nasty_bodies_are_refused_with_the_place_or_understood() {
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    for (body, why) in [
        (b"{\"a\":NaN}".to_vec(), "this is no JSON value at byte 5"),
        (b"{\"a\":Infinity}".to_vec(), "this is no JSON value at byte 5"),
        (b"{\"a\":01}".to_vec(), "this is no JSON number at byte 7"),
        (b"{\"a\":1.}".to_vec(), "this is no JSON number at byte 7"),
        (b"{\"a\":.5}".to_vec(), "this is no JSON value at byte 5"),
        (b"{\"a\":1,}".to_vec(), "a name in quotes should stand here at byte 7"),
        (b"{\"a\" 1}".to_vec(), "a colon should stand here at byte 5"),
        (b"[1 2]".to_vec(), "a comma should stand here at byte 3"),
        (b"[1,2".to_vec(), "the document ends too early at byte 4"),
        (b"{\"alerts\":[{\"labels\":{\"a\":\"b".to_vec(), "a text does not end at byte 28"),
        (b"[\"\\x\"]".to_vec(), "there is no such escape at byte 4"),
        (b"[\"\\u12g4\"]".to_vec(), "four hex digits should stand here at byte 4"),
        (b"{} x".to_vec(), "something follows the end of the document at byte 3"),
        (b"{\0}".to_vec(), "a name in quotes should stand here at byte 1"),
        (b"\xFF\xFE{\0}\0".to_vec(), "this is no JSON value at byte 0"),
        (deep(65).into_bytes(), "nested more than 64 deep at byte 64"),
        (deep(100_000).into_bytes(), "nested more than 64 deep at byte 64"),
        (format!("[{}1]", "1,".repeat(500_000)).into_bytes(), "more than 400000 values at byte 799998"),
    ] {
        let shown: String = String::from_utf8_lossy(&body).chars().take(40).collect();
        assert_eq!(json::parse(&body).unwrap_err().to_string(), why, "{shown}");
    }
    assert!(json::parse(deep(64).as_bytes()).is_ok());
    for (body, text, mended) in [
        (&b"\xEF\xBB\xBF\"bom\""[..], "bom", false),
        (b"\"\\ud83d\\ude00\"", "😀", false),
        (b"\"cut \\ud83d\"", "cut \u{FFFD}", true),
        (b"\"\\ude00\\ud83d\\u0041\"", "\u{FFFD}\u{FFFD}A", true),
        (b"\"\\u0000\"", "\0", false),
        (b"\"\xDCberlast\"", "\u{FFFD}berlast", true),
        (b"\"two\nlines\"", "two\nlines", false),
    ] {
        let document = json::parse(body).unwrap();
        assert_eq!((document.root, document.mended), (Json::Text(text.to_owned()), mended));
    }
    let mended = one(read(&source(SourceKind::Generic, None), b"{\"name\":\"\xDCberlast\"}", now()));
    assert_eq!(mended.remarks, [Remark::Mended]);
}

proptest! {
    /// Every reader accepts its own samples with a piece removed, duplicated, or replaced by unexpected bytes, without
    /// a panic.
    #[test]
    fn no_damage_to_a_real_body_makes_its_reader_panic(
        kind in prop::sample::select(SourceKind::ALL),
        step in prop::sample::select(&samples::STEPS[..]),
        (from, length) in (0_usize..2_000, 0_usize..60),
        piece in prop::sample::select(&["", "null", "[]", "{}", "-1e999", "\"\\u0000\"", "\"9999-99-99T99:99:99Z\"", "\u{202e}", "{\"a\":"][..]),
    ) {
        let body = samples::written(kind.0, step).unwrap_or(ALERT);
        let from = from % body.len().max(1);
        let cut = |at: usize| (at..=body.len()).find(|at| body.is_char_boundary(*at)).unwrap_or(body.len());
        let (head, tail) = (&body[..cut(from)], &body[cut((from + length).min(body.len()))..]);
        let damaged = format!("{head}{piece}{tail}");
        let _either = read(&source(kind.1, None), damaged.as_bytes(), now()).is_ok();
        for (_, other) in SourceKind::ALL {
            let _either = read(&source(*other, None), body.as_bytes(), now()).is_ok();
        }
    }

    /// A value of another type anywhere in a real body is reported or read; the number of alerts never exceeds what the
    /// body has room for.
    #[test]
    fn a_value_of_another_sort_anywhere_makes_no_reader_panic(
        kind in prop::sample::select(SourceKind::ALL),
        place in 0_usize..80,
        odd in prop::sample::select(&["null", "true", "7", "\"x\"", "[[]]", "{\"a\":[{}]}"][..]),
    ) {
        let Some(text) = samples::written(kind.0, "firing") else { return Ok(()) };
        let mut body: Value = serde_json::from_str(text).unwrap();
        replace(&mut body, &mut (place as i64), &serde_json::from_str(odd).unwrap());
        let text = body.to_string();
        let signals = read(&source(kind.1, None), text.as_bytes(), now()).map_or(0, |parsed| parsed.signals.len());
        prop_assert!(signals <= text.len());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _either = read(&source(SourceKind::Generic, None), &bytes, now()).is_ok();
    }

    #[test]
    fn nothing_that_looks_like_json_makes_it_panic(text in "[\\[\\]{}:,\"\\\\u0d8tfn1e+. -]{0,80}") {
        let _either = json::parse(text.as_bytes()).is_ok();
    }

    /// The parser accepts what serde_json accepts, with the same result.
    #[test]
    fn it_agrees_with_another_reader(text in "[\\[\\]{}:,\"a1 ]{0,24}") {
        match (json::parse(text.as_bytes()), serde_json::from_str::<Value>(&text)) {
            (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours.root.to_text().unwrap_or("null".into()), as_text(&theirs)),
            (Err(_), Err(_)) => {}
            (ours, theirs) => prop_assert!(false, "{text}: {ours:?} {theirs:?}"),
        }
    }

    #[test]
    fn truncation_anywhere_is_an_error_and_no_panic(cut in 0_usize..300) {
        let body = webhook(ALERT);
        if cut < body.len() {
            prop_assert!(json::parse(&body.as_bytes()[..cut]).is_err());
        }
    }
}

/// Replaces the value at this position of the whole document.
fn replace(value: &mut Value, place: &mut i64, odd: &Value) {
    *place -= 1;
    if *place < 0 {
        if *place == -1 {
            *value = odd.clone();
        }
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, place, odd)),
        Value::Object(members) => members.values_mut().for_each(|member| replace(member, place, odd)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            other.to_string()
        }
    }
}
