//! No body makes a reader panic. The first byte chooses the kind of sender.
#![no_main]

use hotroom::{
    config::{Source, SourceKind},
    domain::{Timestamp, ids::SourceId},
    intake,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, body)) = data.split_first() else { return };
    let (_, kind) = SourceKind::ALL[usize::from(*first) % SourceKind::ALL.len()];
    let source = Source::new(SourceId::new("fuzz"), kind);
    let _either = intake::read(&source, body, Timestamp::UNIX_EPOCH);
    let document = intake::form::document(kind, |_| None, &String::from_utf8_lossy(body), b"");
    let _either = intake::read(&source, &document, Timestamp::UNIX_EPOCH);
});
