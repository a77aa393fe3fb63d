//! No message of Amazon SNS makes its envelope panic, and none leads anywhere but to Amazon.
#![no_main]

use hotroom::intake::sns::envelope;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some(opened) = envelope::open(data) {
        assert!(envelope::is_amazons(&opened.certificate));
    }
});
