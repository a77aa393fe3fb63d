//! What folds alerts further than routes do: flapping.

use std::time::Duration;

use super::{HOUR, seconds};
use crate::{config::read::Section, domain::alert::FlappingRule};

/// What holds while the file has no such table.
pub(super) const NO_FLAPPING: FlappingRule =
    FlappingRule { enabled: false, sample: Duration::from_secs(120), low: 10, high: 30 };

pub(super) fn flapping(s: &Section<'_>) -> FlappingRule {
    let percent = |key| u32::try_from(s.count(key, 1..=99)).unwrap_or(99);
    let rule = FlappingRule {
        enabled: s.flag("enabled", true),
        sample: s.duration("sample", seconds(1, HOUR)),
        low: percent("low"),
        high: percent("high"),
    };
    if rule.low >= rule.high {
        s.wrong("low", "must be less than high: an alert is calm below the one and flaps above the other");
    }
    rule
}
