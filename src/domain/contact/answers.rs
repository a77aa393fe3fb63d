//! How fast a person acknowledges pages. Only the person sees it.

use serde::{Deserialize, Serialize};

/// How fast a person acknowledged the last pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerTimes {
    /// The middle one, in seconds.
    pub median: i64,
    /// How many there are.
    pub count: usize,
}

impl AnswerTimes {
    /// Returns the figures of these answers, in seconds; `None` without any.
    pub fn of(seconds: &[i64]) -> Option<Self> {
        let mut sorted = seconds.to_vec();
        sorted.sort_unstable();
        let median = *sorted.get(sorted.len().saturating_sub(1) / 2)?;
        Some(Self { median, count: sorted.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_answer() {
        assert_eq!(AnswerTimes::of(&[]), None);
        assert_eq!(AnswerTimes::of(&[41, 600, 12]), Some(AnswerTimes { median: 41, count: 3 }));
        assert_eq!(AnswerTimes::of(&[50, 40]), Some(AnswerTimes { median: 40, count: 2 }));
    }
}
