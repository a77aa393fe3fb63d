//! What an outcome means for the row: done, again later, or given up.

use std::time::Duration;

use chrono::TimeDelta;

use crate::{
    app::reactor::outcomes::DeliveryResult,
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome, Priority, Receipt, Retries},
    },
    store::{ClaimedEffect, Settlement},
};

/// How often a row is tried before people are told that it will not happen.
const TRIES: u32 = 12;
/// The longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(300);
/// The longest wait that the other side may ask for at once.
const LONGEST_REQUESTED: Duration = Duration::from_secs(3600);
/// The shortest wait that the other side may ask for.
const SHORTEST_REQUESTED: Duration = Duration::from_millis(250);
/// How long requested waits are accepted in total.
const PATIENCE: TimeDelta = TimeDelta::hours(6);
/// The longest wait between two tries of a page.
const LONGEST_PAGE: Duration = Duration::from_secs(15);

/// What becomes of a row.
#[derive(Debug)]
pub(super) struct DeliveryVerdict {
    /// What is stored with the row.
    pub(super) settled: Settlement,
    /// What the app records.
    pub(super) result: DeliveryResult,
}

impl DeliveryVerdict {
    fn given_up(why: String) -> Self {
        Self { settled: Settlement::Dead { why: why.clone() }, result: DeliveryResult::GivenUp(why) }
    }
}

/// Judges an outcome.
pub(super) fn verdict(row: &ClaimedEffect, outcome: Outcome<Receipt>, now: Timestamp) -> DeliveryVerdict {
    match outcome {
        Outcome::Delivered(receipt) => DeliveryVerdict {
            settled: Settlement::Done { receipt: receipt.id().map(str::to_owned) },
            result: DeliveryResult::Delivered(receipt),
        },
        Outcome::Skipped(reason) => DeliveryVerdict {
            settled: Settlement::Skipped { why: reason.word().to_owned() },
            result: DeliveryResult::Skipped(reason),
        },
        Outcome::Rejected { why } => DeliveryVerdict::given_up(why),
        Outcome::Retry { after_ms: Some(wait), why } => requested_wait(row, Duration::from_millis(wait), why, now),
        Outcome::Retry { after_ms: None, why } => again(row, why, now),
        Outcome::Unknown { why } => match row.effect.class() {
            // The other side knows our key, or carries our reference: a repeat is found out there.
            EffectClass::Keyed | EffectClass::Readable => in_doubt(again(row, why, now)),
            // Better to page twice than not at all; a third message would tell nobody more, and the next method is near.
            EffectClass::Neither if row.effect.priority() == Priority::Page && !row.uncertain => {
                in_doubt(again(row, why, now))
            }
            // Anything else might be done twice, so that a person has to decide.
            EffectClass::Neither => DeliveryVerdict {
                settled: Settlement::Unknown { again: None, why: why.clone() },
                result: DeliveryResult::GivenUp(why),
            },
        },
    }
}

/// A row for which its destination has no place yet: nothing was tried.
pub(super) fn postponed(wait: Duration, now: Timestamp) -> DeliveryVerdict {
    let why = "other calls to the same destination are under way".to_owned();
    DeliveryVerdict {
        settled: Settlement::Wait { at: now + wait, why: why.clone() },
        result: DeliveryResult::Delayed(why),
    }
}

fn again(row: &ClaimedEffect, why: String, now: Timestamp) -> DeliveryVerdict {
    let over = match row.effect.retries() {
        Retries::Limited => row.attempts >= TRIES,
        Retries::Days(days) => is_older(row, days, now),
        Retries::Unlimited => false,
    };
    if over {
        return DeliveryVerdict::given_up(why);
    }
    let at = now + back_off(row).min(longest(row));
    DeliveryVerdict { settled: Settlement::Retry { at, why: why.clone() }, result: DeliveryResult::Delayed(why) }
}

/// A requested wait, such as that of a rate limit, does not count as an attempt, up to [`PATIENCE`] in total. Repeated zero
/// waits back off.
fn requested_wait(row: &ClaimedEffect, requested: Duration, why: String, now: Timestamp) -> DeliveryVerdict {
    let waited = row.waited_since.map_or(TimeDelta::zero(), |since| now - since);
    let over = match row.effect.retries() {
        Retries::Limited => waited >= PATIENCE,
        Retries::Days(days) => is_older(row, days, now),
        Retries::Unlimited => false,
    };
    if over {
        return DeliveryVerdict::given_up(why);
    }
    let least = (waited / 8).to_std().unwrap_or_default().clamp(SHORTEST_REQUESTED, longest(row));
    let at = now + requested.clamp(least, LONGEST_REQUESTED);
    DeliveryVerdict { settled: Settlement::Wait { at, why: why.clone() }, result: DeliveryResult::Delayed(why) }
}

fn is_older(row: &ClaimedEffect, days: i64, now: Timestamp) -> bool {
    now - row.due >= TimeDelta::days(days)
}

/// A page is tried often: each wait is time in which nobody is awake.
fn longest(row: &ClaimedEffect) -> Duration {
    if row.effect.priority() == Priority::Page { LONGEST_PAGE } else { LONGEST }
}

/// The same, for an attempt that may have happened: the row remembers that.
fn in_doubt(verdict: DeliveryVerdict) -> DeliveryVerdict {
    match verdict.settled {
        Settlement::Retry { at, why } => DeliveryVerdict {
            settled: Settlement::Unknown { again: Some(at), why: why.clone() },
            result: DeliveryResult::InDoubt(why),
        },
        settled @ (Settlement::Done { .. }
        | Settlement::Skipped { .. }
        | Settlement::Wait { .. }
        | Settlement::Dead { .. }
        | Settlement::Unknown { .. }) => DeliveryVerdict { settled, ..verdict },
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
            effect::{ChatEffect, EffectKey},
            ids::IncidentId,
        },
        store::OutboxId,
    };

    fn row(attempts: u32) -> ClaimedEffect {
        let now = Timestamp::UNIX_EPOCH;
        ClaimedEffect {
            id: OutboxId(64),
            key: EffectKey::new("a", 1, 0),
            effect: ChatEffect::UpdateCard { incident: IncidentId::new(now) }.into(),
            attempts,
            waited_since: None,
            fence: 1,
            due: now,
            lane: "a".to_owned(),
            uncertain: false,
        }
    }

    fn judged(attempts: u32, outcome: Outcome<Receipt>) -> Settlement {
        verdict(&row(attempts), outcome, Timestamp::UNIX_EPOCH).settled
    }

    /// In how many milliseconds it is tried again.
    fn wait(attempts: u32) -> i64 {
        let settled = judged(attempts, Outcome::Retry { after_ms: None, why: "503".to_owned() });
        let Settlement::Retry { at, .. } = settled else { panic!("{settled:?}") };
        at.timestamp_millis()
    }

    /// What becomes of a row that is asked to wait, in an attempt beyond the last, after it has waited for `waited`.
    fn asked_to_wait(waited: TimeDelta, after_ms: u64) -> Settlement {
        let row = ClaimedEffect { waited_since: Some(Timestamp::UNIX_EPOCH), ..row(TRIES) };
        let outcome = Outcome::Retry { after_ms: Some(after_ms), why: "429".to_owned() };
        verdict(&row, outcome, Timestamp::UNIX_EPOCH + waited).settled
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
            let settled = asked_to_wait(waited, after_ms);
            let Settlement::Wait { at, .. } = settled else { panic!("{settled:?}") };
            (at - Timestamp::UNIX_EPOCH - waited).num_milliseconds()
        };
        assert_eq!(until(TimeDelta::zero(), 1_500), 1_500);
        assert_eq!(until(TimeDelta::zero(), 0), 250);
        assert_eq!(until(TimeDelta::zero(), u64::MAX), 3_600_000);
        assert_eq!(until(TimeDelta::minutes(8), 0), 60_000, "repeated zero waits back off");
        assert_eq!(until(TimeDelta::hours(5), 0), 300_000);
    }

    #[test]
    fn waits_that_are_asked_for_are_borne_for_six_hours() {
        let before = asked_to_wait(TimeDelta::minutes(359), 1_500);
        assert!(matches!(before, Settlement::Wait { .. }), "{before:?}");
        let after = asked_to_wait(TimeDelta::hours(6), 1_500);
        assert!(matches!(after, Settlement::Dead { .. }), "{after:?}");
    }

    #[test]
    fn an_attempt_that_may_have_happened_is_remembered_as_such() {
        let seen = judged(1, Outcome::Unknown { why: "cut off".into() });
        assert!(matches!(seen, Settlement::Unknown { again: Some(_), .. }), "{seen:?}");
        assert!(matches!(judged(TRIES, Outcome::Unknown { why: "cut off".into() }), Settlement::Dead { .. }));
    }
}
