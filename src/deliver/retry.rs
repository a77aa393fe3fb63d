//! What an outcome means for the row: done, again later, or given up.

use std::time::Duration;

use chrono::TimeDelta;

use super::Verdict;
use crate::{
    app::outcomes::Ended,
    chat::Outcome,
    domain::{
        Timestamp,
        effect::{EffectClass, Priority},
    },
    store::{Claimed, Settled},
};

/// How often a row is tried before people are told that it will not happen.
const TRIES: u32 = 12;
/// The longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(300);
/// The longest wait between two tries of a page.
const LONGEST_PAGE: Duration = Duration::from_secs(15);

/// Judges an outcome.
pub(super) fn verdict(row: &Claimed, outcome: Outcome<String>, now: Timestamp) -> Verdict {
    match outcome {
        Outcome::Delivered(receipt) => (Settled::Done { receipt: Some(receipt.clone()) }, Ended::Delivered(receipt)),
        Outcome::Rejected { why } => (Settled::Dead { why: why.clone() }, Ended::GivenUp(why)),
        Outcome::Retry { after_ms, why } => again(row, after_ms, why, now),
        Outcome::Unknown { why } => match row.effect.class() {
            // The platform knows our key, or carries our mark: a repeat is found out there.
            EffectClass::Keyed | EffectClass::Readable => again(row, None, why, now),
            // A page is rather doubled than lost.
            EffectClass::Neither if row.effect.priority() == Priority::Page => again(row, None, why, now),
            EffectClass::Neither => (Settled::Unknown { again: None, why: why.clone() }, Ended::GivenUp(why)),
        },
    }
}

fn again(row: &Claimed, after_ms: Option<u64>, why: String, now: Timestamp) -> Verdict {
    if row.attempts >= TRIES {
        return (Settled::Dead { why: why.clone() }, Ended::GivenUp(why));
    }
    let longest = if row.effect.priority() == Priority::Page { LONGEST_PAGE } else { LONGEST };
    let told = after_ms.map(Duration::from_millis);
    let wait = told.unwrap_or_else(|| back_off(row)).min(longest.max(Duration::from_secs(3600)));
    let wait = if told.is_some() { wait } else { wait.min(longest) };
    let at = now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::seconds(300));
    (Settled::Retry { at, why: why.clone() }, Ended::Delayed(why))
}

/// One second, doubled with each try, spread by a quarter so that rows which failed together do not come back together.
/// The spread comes from the row's id: the same row waits the same time in every run.
fn back_off(row: &Claimed) -> Duration {
    let doubled = Duration::from_secs(1 << row.attempts.saturating_sub(1).min(9));
    let spread = u32::try_from(row.id.0.unsigned_abs() % 64).unwrap_or(0);
    doubled + doubled * spread / 256
}
