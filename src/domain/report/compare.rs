//! Compares the durations of two periods.

/// The fewest incidents of a period for which a comparison says better or worse.
pub const ENOUGH: usize = 20;

/// How far the ranks of two periods must be apart, in standard deviations: chance alone does it once in twenty times.
const CLEAR: f64 = 1.96;

/// What a comparison of two periods says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComparisonVerdict {
    /// One of the periods has fewer than [`ENOUGH`] incidents.
    TooFew,
    /// The difference may be chance.
    Unclear,
    /// It takes less time.
    Better,
    /// It takes more time.
    Worse,
}

impl ComparisonVerdict {
    /// The name in responses.
    pub fn name(self) -> &'static str {
        match self {
            Self::TooFew => "too_few",
            Self::Unclear => "unclear",
            Self::Better => "better",
            Self::Worse => "worse",
        }
    }
}

/// Compares durations with those of an earlier period, by the rank-sum test of Mann and Whitney: it asks how often one of the
/// new durations is longer than one of the old, and does not care how much. Means and medians of incidents differ by half from
/// one quarter to the next when nothing has changed.
pub fn compare(now: &[i64], before: &[i64]) -> ComparisonVerdict {
    if now.len() < ENOUGH || before.len() < ENOUGH {
        return ComparisonVerdict::TooFew;
    }
    let distance = rank_distance(now, before);
    if distance <= -CLEAR {
        ComparisonVerdict::Better
    } else if distance >= CLEAR {
        ComparisonVerdict::Worse
    } else {
        ComparisonVerdict::Unclear
    }
}

/// Returns how far the rank sum of `now` is above what chance would give, in standard deviations.
fn rank_distance(now: &[i64], before: &[i64]) -> f64 {
    let mut all: Vec<(i64, bool)> = now.iter().map(|span| (*span, true)).collect();
    all.extend(before.iter().map(|span| (*span, false)));
    all.sort_unstable();
    let (mut ranks, mut ties, mut start) = (0.0, 0.0, 0);
    while start < all.len() {
        let equal = all[start..].iter().take_while(|(span, _)| *span == all[start].0).count();
        let of_now = all[start..start + equal].iter().filter(|(_, is_now)| *is_now).count();
        let (size, place) = (count(equal), count(start));
        ranks += count(of_now) * (place + (size + 1.0) / 2.0);
        ties += size * size * size - size;
        start += equal;
    }
    let (a, b) = (count(now.len()), count(before.len()));
    let total = a + b;
    let expected = a * (total + 1.0) / 2.0;
    let variance = a * b / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)));
    if variance <= 0.0 { 0.0 } else { (ranks - expected) / variance.sqrt() }
}

/// A number of incidents in computations. It is far below the numbers that `f64` does not hold.
fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
