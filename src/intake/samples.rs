//! Sample bodies of senders over the life of an alert: `docs/senders/samples/`.

use include_dir::{Dir, include_dir};

use crate::domain::Timestamp;

static SAMPLES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/docs/senders/samples");

/// The steps of a sample in order. Senders that never report an end have no last step.
pub const STEPS: [&str; 3] = ["firing", "update", "resolved"];
/// The times in the samples, in the senders' formats: start and end of the alert.
const TIMES: [(&str, &str, &str); 4] = [
    ("2026-01-01T00:00:00", "2026-01-01T00:10:00", "%Y-%m-%dT%H:%M:%S"),
    ("2026-01-01 00:00:00", "2026-01-01 00:10:00", "%Y-%m-%d %H:%M:%S"),
    ("1767225600000", "1767226200000", "%s000"),
    // After the milliseconds, which start with the same digits.
    ("1767225600", "1767226200", "%s"),
];

/// Returns the kinds of senders that have samples.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    SAMPLES.dirs().filter_map(|dir| dir.path().to_str())
}

/// Returns a sample as in the documentation.
pub fn written(kind: &str, step: &str) -> Option<&'static str> {
    SAMPLES.get_file(format!("{kind}/{step}.json"))?.contents_utf8()
}

/// Returns a sample with its times moved to now.
pub fn said(kind: &str, step: &str, now: Timestamp) -> Option<String> {
    let mut text = written(kind, step)?.to_owned();
    for (began, ended, format) in TIMES {
        let now = now.format(format).to_string();
        text = text.replace(began, &now).replace(ended, &now);
    }
    Some(text)
}
