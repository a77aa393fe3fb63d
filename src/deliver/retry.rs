//! What an outcome means for the row: done, again later, or given up.

use std::time::Duration;

use chrono::TimeDelta;

use super::Verdict;
use crate::{
    app::reactor::outcomes::DeliveryResult,
    chat::Outcome,
    domain::{
        Timestamp,
        effect::{EffectClass, Priority},
    },
    store::{ClaimedEffect, Settlement},
};

/// How often a row is tried before people are told that it will not happen.
const TRIES: u32 = 12;
/// The longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(300);
/// The longest wait that the other side may ask for at once.
const LONGEST_TOLD: Duration = Duration::from_secs(3600);
/// The shortest wait that the other side may ask for.
const SHORTEST_TOLD: Duration = Duration::from_millis(250);
/// How long waits that the other side asks for are borne in all.
const PATIENCE: TimeDelta = TimeDelta::hours(6);
/// The longest wait between two tries of a page.
const LONGEST_PAGE: Duration = Duration::from_secs(15);

/// Judges an outcome.
pub(super) fn verdict(row: &ClaimedEffect, outcome: Outcome<String>, now: Timestamp) -> Verdict {
    match outcome {
        Outcome::Delivered(receipt) => {
            (Settlement::Done { receipt: Some(receipt.clone()) }, DeliveryResult::Delivered(receipt))
        }
        Outcome::Rejected { why } => (Settlement::Dead { why: why.clone() }, DeliveryResult::GivenUp(why)),
        Outcome::Retry { after_ms: Some(told), why } => asked_to_wait(row, Duration::from_millis(told), why, now),
        Outcome::Retry { after_ms: None, why } => again(row, why, now),
        Outcome::Unknown { why } => match row.effect.class() {
            // The platform knows our key, or carries our mark: a repeat is found out there.
            EffectClass::Keyed | EffectClass::Readable => in_doubt(again(row, why, now)),
            // A page is rather doubled than lost.
            EffectClass::Neither if row.effect.priority() == Priority::Page => in_doubt(again(row, why, now)),
            EffectClass::Neither => {
                (Settlement::Unknown { again: None, why: why.clone() }, DeliveryResult::GivenUp(why))
            }
        },
    }
}

fn again(row: &ClaimedEffect, why: String, now: Timestamp) -> Verdict {
    if row.attempts >= TRIES && !row.effect.is_mirror() {
        return (Settlement::Dead { why: why.clone() }, DeliveryResult::GivenUp(why));
    }
    let at = now + back_off(row).min(longest(row));
    (Settlement::Retry { at, why: why.clone() }, DeliveryResult::Delayed(why))
}

/// A wait that we are told of, such as that of a rate limit, is no failed attempt: it does not count against the tries,
/// but it is not borne for ever. Who always says "at once" is asked ever more seldom.
fn asked_to_wait(row: &ClaimedEffect, told: Duration, why: String, now: Timestamp) -> Verdict {
    let waited = row.waited_since.map_or(TimeDelta::zero(), |since| now - since);
    if waited >= PATIENCE && !row.effect.is_mirror() {
        return (Settlement::Dead { why: why.clone() }, DeliveryResult::GivenUp(why));
    }
    let least = (waited / 8).to_std().unwrap_or_default().clamp(SHORTEST_TOLD, longest(row));
    let at = now + told.clamp(least, LONGEST_TOLD);
    (Settlement::Wait { at, why: why.clone() }, DeliveryResult::Delayed(why))
}

fn longest(row: &ClaimedEffect) -> Duration {
    if row.effect.priority() == Priority::Page { LONGEST_PAGE } else { LONGEST }
}

/// The same, for an attempt that may have happened: the row remembers that.
fn in_doubt((settled, ended): Verdict) -> Verdict {
    match settled {
        Settlement::Retry { at, why } => (Settlement::Unknown { again: Some(at), why }, ended),
        settled @ (Settlement::Done { .. }
        | Settlement::Wait { .. }
        | Settlement::Dead { .. }
        | Settlement::Unknown { .. }) => (settled, ended),
    }
}

/// One second, doubled with each try, spread by a quarter so that rows which failed together do not come back together.
/// The spread comes from the row's id: the same row waits the same time in every run.
fn back_off(row: &ClaimedEffect) -> Duration {
    let doubled = Duration::from_secs(1 << row.attempts.saturating_sub(1).min(9));
    let spread = u32::try_from(row.id.0.unsigned_abs() % 64).unwrap_or(0);
    doubled + doubled * spread / 256
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            effect::{Effect, EffectKey},
            ids::IncidentId,
        },
        store::OutboxId,
    };

    fn row(attempts: u32) -> ClaimedEffect {
        let now = Timestamp::UNIX_EPOCH;
        ClaimedEffect {
            id: OutboxId(64),
            key: EffectKey::new("a", 1, 0),
            effect: Effect::UpdateCard { incident: IncidentId::new(now) },
            attempts,
            waited_since: None,
            fence: 1,
            due: now,
            lane: "a".to_owned(),
            uncertain: false,
        }
    }

    fn judged(attempts: u32, outcome: Outcome<String>) -> Settlement {
        verdict(&row(attempts), outcome, Timestamp::UNIX_EPOCH).0
    }

    /// After how many milliseconds it is tried again.
    fn wait(attempts: u32) -> i64 {
        let settled = judged(attempts, Outcome::Retry { after_ms: None, why: "503".to_owned() });
        let Settlement::Retry { at, .. } = settled else { panic!("{settled:?}") };
        at.timestamp_millis()
    }

    /// What comes of a row that is told to wait, in an attempt beyond the last, after it has waited so long.
    fn told(waited: TimeDelta, after_ms: u64) -> Settlement {
        let row = ClaimedEffect { waited_since: Some(Timestamp::UNIX_EPOCH), ..row(TRIES) };
        let outcome = Outcome::Retry { after_ms: Some(after_ms), why: "429".to_owned() };
        verdict(&row, outcome, Timestamp::UNIX_EPOCH + waited).0
    }

    #[test]
    fn waits_double_up_to_five_minutes_and_then_people_are_told() {
        let waits: Vec<i64> = (1..TRIES).map(|attempts| wait(attempts) / 1000).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert!(matches!(judged(TRIES, Outcome::Retry { after_ms: None, why: "503".into() }), Settlement::Dead { .. }));
    }

    #[test]
    fn the_wait_that_is_asked_for_is_kept_within_bounds_and_is_no_try() {
        let until = |waited, after_ms| {
            let told = told(waited, after_ms);
            let Settlement::Wait { at, .. } = told else { panic!("{told:?}") };
            (at - Timestamp::UNIX_EPOCH - waited).num_milliseconds()
        };
        assert_eq!(until(TimeDelta::zero(), 1_500), 1_500);
        assert_eq!(until(TimeDelta::zero(), 0), 250);
        assert_eq!(until(TimeDelta::zero(), u64::MAX), 3_600_000);
        assert_eq!(until(TimeDelta::minutes(8), 0), 60_000, "who always says \"at once\" is asked ever more seldom");
        assert_eq!(until(TimeDelta::hours(5), 0), 300_000);
    }

    #[test]
    fn waits_that_are_asked_for_are_borne_for_six_hours() {
        let before = told(TimeDelta::minutes(359), 1_500);
        assert!(matches!(before, Settlement::Wait { .. }), "{before:?}");
        let after = told(TimeDelta::hours(6), 1_500);
        assert!(matches!(after, Settlement::Dead { .. }), "{after:?}");
    }

    #[test]
    fn an_attempt_that_may_have_happened_is_remembered_as_such() {
        let seen = judged(1, Outcome::Unknown { why: "cut off".into() });
        assert!(matches!(seen, Settlement::Unknown { again: Some(_), .. }), "{seen:?}");
        assert!(matches!(judged(TRIES, Outcome::Unknown { why: "cut off".into() }), Settlement::Dead { .. }));
    }
}
