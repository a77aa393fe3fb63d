//! Any order and any number of deliveries come to the same state.

use proptest::prelude::*;

use super::{Signal, at, ends, fires, tell};
use crate::domain::Timestamp;

/// What all orders must agree in: the newest beginning, whether it fires, and its end.
fn state(signals: &[Signal]) -> Option<(Timestamp, bool, Option<Timestamp>)> {
    let told = signals.iter().fold(None, |stored, signal| tell(stored, signal, 10_000));
    told.map(|alert| (alert.latest_start, alert.firing, alert.ends_at))
}

/// The same, from the definition: the newest beginning counts; it is over when an end was told for it, or an end after
/// it for an older one; of several ends the last counts.
fn by_definition(signals: &[Signal]) -> Option<(Timestamp, bool, Option<Timestamp>)> {
    let newest = signals.iter().filter_map(|signal| signal.starts_at).max()?;
    let over = |signal: &&Signal| {
        !signal.firing && (signal.starts_at == Some(newest) || signal.ends_at.is_some_and(|end| end > newest))
    };
    let end = signals.iter().filter(over).filter_map(|signal| signal.ends_at).max();
    Some((newest, end.is_none(), end))
}

fn word() -> impl Strategy<Value = Signal> {
    (0..12_i64, 0..8_i64, any::<bool>()).prop_map(|(start, length, firing)| {
        if firing { fires(start * 10) } else { ends(start * 10, start * 10 + length * 5) }
    })
}

fn shuffled() -> impl Strategy<Value = (Vec<Signal>, Vec<Signal>)> {
    prop::collection::vec(word(), 1..12).prop_flat_map(|words| {
        let doubled: Vec<Signal> = words.iter().chain(words.iter().step_by(2)).cloned().collect();
        (Just(words), Just(doubled).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_order_and_duplication_of_what_was_said_comes_to_the_same_state((words, shuffled) in shuffled()) {
        prop_assert_eq!(state(&words), by_definition(&words));
        prop_assert_eq!(state(&shuffled), by_definition(&words));
    }
}

#[test]
fn flapping_two_hundred_times_ends_as_the_last_word_says() {
    let words: Vec<Signal> = (0..200).flat_map(|n| [fires(n * 10), ends(n * 10, n * 10 + 5)]).collect();
    assert_eq!(state(&words), Some((at(1990), false, Some(at(1995)))));
    let reversed: Vec<Signal> = words.into_iter().rev().collect();
    assert_eq!(state(&reversed), Some((at(1990), false, Some(at(1995)))));
}
