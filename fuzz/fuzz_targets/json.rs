//! No bytes make the reader of JSON panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _either = hotroom::intake::json::parse(data);
});
