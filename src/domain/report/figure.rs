//! A figure: what is known of a measure over many incidents.

use super::{Measure, MeasuredIncident};

/// A measure over many incidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What is measured.
    pub measure: Measure,
    /// Over how many incidents.
    pub count: usize,
    /// How many were left out, because one of the two moments is missing or they lie in the other order.
    pub left_out: usize,
    /// How long it took; `None` if all were left out.
    pub spread: Option<Spread>,
}

/// How durations are spread, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The shortest.
    pub shortest: i64,
    /// A quarter took at most this.
    pub p25: i64,
    /// A half took at most this.
    pub median: i64,
    /// Three quarters took at most this.
    pub p75: i64,
    /// Nine of ten took at most this.
    pub p90: i64,
    /// The longest.
    pub longest: i64,
    /// The sum divided by the number. A few long ones raise it, so it is never shown alone.
    pub mean: i64,
}

impl Figure {
    /// Computes a figure.
    pub fn of<'i>(measure: Measure, incidents: impl IntoIterator<Item = &'i MeasuredIncident>) -> Self {
        let (mut spans, mut left_out) = (Vec::new(), 0);
        for incident in incidents {
            match measure.of(incident) {
                Some(span) => spans.push(span),
                None => left_out += 1,
            }
        }
        spans.sort_unstable();
        Self { measure, count: spans.len(), left_out, spread: Spread::of_sorted(&spans) }
    }

    /// Computes all figures, in the order they are shown.
    pub fn all(incidents: &[&MeasuredIncident]) -> Vec<Self> {
        Measure::ALL.into_iter().map(|measure| Self::of(measure, incidents.iter().copied())).collect()
    }
}

impl Spread {
    /// Computes the spread of durations that are sorted; `None` if there are none.
    pub fn of_sorted(spans: &[i64]) -> Option<Self> {
        let (shortest, longest) = (*spans.first()?, *spans.last()?);
        let sum: i128 = spans.iter().copied().map(i128::from).sum();
        let count = i128::try_from(spans.len()).ok()?;
        Some(Self {
            shortest,
            p25: quantile(spans, 25),
            median: quantile(spans, 50),
            p75: quantile(spans, 75),
            p90: quantile(spans, 90),
            longest,
            mean: i64::try_from(sum / count).unwrap_or(i64::MAX),
        })
    }
}

/// Returns the value below which so many per cent lie, between the two neighbours in proportion, as spreadsheets do.
fn quantile(sorted: &[i64], percent: usize) -> i64 {
    let place = (sorted.len() - 1) * percent;
    let (below, share) = (place / 100, i64::try_from(place % 100).unwrap_or(0));
    let low = sorted[below];
    let high = sorted.get(below + 1).copied().unwrap_or(low);
    low + (high - low) / 100 * share + (high - low) % 100 * share / 100
}
