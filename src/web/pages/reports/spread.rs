//! How durations are spread, in templates.

use serde::Serialize;

use crate::domain::report::Spread;

/// How durations are spread, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SpreadView {
    /// The shortest.
    pub shortest: i64,
    /// The lower quartile.
    pub p25: i64,
    /// The median.
    pub median: i64,
    /// The upper quartile.
    pub p75: i64,
    /// The ninth decile.
    pub p90: i64,
    /// The longest.
    pub longest: i64,
    /// The mean.
    pub mean: i64,
}

impl From<Spread> for SpreadView {
    fn from(spread: Spread) -> Self {
        let Spread { shortest, p25, median, p75, p90, longest, mean } = spread;
        Self { shortest, p25, median, p75, p90, longest, mean }
    }
}
