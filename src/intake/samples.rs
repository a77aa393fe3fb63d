//! Samples of what senders say, from an alert's first word to its last: `docs/senders/samples/`.

use include_dir::{Dir, include_dir};

use crate::domain::Timestamp;

static SAMPLES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/docs/senders/samples");

/// The words of an alert, in the order in which they are said. A sender that never says that something is over has no last one.
pub const STEPS: [&str; 3] = ["firing", "update", "resolved"];
/// The times that the samples name, in the notations of their senders: when the alert began, and when it ended.
const TIMES: [(&str, &str, &str); 4] = [
    ("2026-01-01T00:00:00", "2026-01-01T00:10:00", "%Y-%m-%dT%H:%M:%S"),
    ("2026-01-01 00:00:00", "2026-01-01 00:10:00", "%Y-%m-%d %H:%M:%S"),
    ("1767225600000", "1767226200000", "%s000"),
    // After the milliseconds, which begin like them.
    ("1767225600", "1767226200", "%s"),
];

/// The kinds of senders that there are samples of.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    SAMPLES.dirs().filter_map(|dir| dir.path().to_str())
}

/// A sample as it stands in the documentation.
pub fn written(kind: &str, step: &str) -> Option<&'static str> {
    SAMPLES.get_file(format!("{kind}/{step}.json"))?.contents_utf8()
}

/// The same, said now.
pub fn said(kind: &str, step: &str, now: Timestamp) -> Option<String> {
    let mut text = written(kind, step)?.to_owned();
    for (began, ended, format) in TIMES {
        let now = now.format(format).to_string();
        text = text.replace(began, &now).replace(ended, &now);
    }
    Some(text)
}
