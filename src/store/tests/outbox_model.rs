//! Compares the outbox with a simple model: a list that is searched from the front each time.

use std::{cell::RefCell, collections::BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::{
    domain::{
        effect::{Audience, ChatEffect, Effect, EffectKey, Timer},
        ids::{GroupId, PageId},
    },
    store::{ClaimedEffect, OutboxId, Settlement, Tx, engine::sql::params},
};

const LEASE: i64 = 50;

/// An operation on the queue.
#[derive(Clone, Debug)]
enum Op {
    Enqueue { what: usize, wait: i64 },
    Claim { limit: usize },
    Settle { pick: usize, how: usize, wait: i64 },
    Pass { time: i64 },
    Requeue { pick: usize },
    GiveUp { pick: usize },
    Release,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (0..9_usize, 0..40_i64).prop_map(|(what, wait)| Op::Enqueue { what, wait }),
        5 => (1..4_usize).prop_map(|limit| Op::Claim { limit }),
        5 => (0..50_usize, 0..7_usize, 0..60_i64).prop_map(|(pick, how, wait)| Op::Settle { pick, how, wait }),
        3 => (0..60_i64).prop_map(|time| Op::Pass { time }),
        1 => (0..50_usize).prop_map(|pick| Op::Requeue { pick }),
        1 => (0..50_usize).prop_map(|pick| Op::GiveUp { pick }),
        1 => Just(Op::Release),
    ]
}

#[derive(Clone, Debug)]
struct Row {
    id: i64,
    effect: Effect,
    state: &'static str,
    open: bool,
    ready: i64,
    due: i64,
    attempts: u32,
    waited: bool,
    fence: i64,
    uncertain: bool,
}

#[derive(Default)]
struct Model {
    rows: Vec<Row>,
    now: i64,
}

impl Model {
    fn head(&self, lane: &str) -> Option<&Row> {
        let mut open = self.rows.iter().filter(|row| row.open && row.effect.lane() == lane);
        open.clone().find(|row| row.state == "leased").or_else(|| open.next())
    }

    fn heads(&self) -> Vec<(i64, i64, i64)> {
        let lanes: BTreeSet<String> = self.rows.iter().map(|row| row.effect.lane()).collect();
        let mut heads: Vec<_> = lanes
            .iter()
            .filter_map(|lane| {
                let head = self.head(lane)?;
                let open = self.rows.iter().filter(|row| row.open && row.effect.lane() == *lane);
                let urgency = open.map(|row| row.effect.priority() as i64).min()?;
                Some((urgency, head.ready, head.id))
            })
            .collect();
        heads.sort_unstable();
        heads
    }

    fn row(&mut self, id: i64) -> &mut Row {
        self.rows.iter_mut().find(|row| row.id == id).expect("a row of the model")
    }

    fn enqueue(&mut self, effect: &Effect, due: i64) -> bool {
        let timer = matches!(effect, Effect::Timer(_));
        let mark = effect.coalescing_key();
        let same =
            |row: &Row| mark.is_some() && row.effect.coalescing_key() == mark && row.open && row.state != "leased";
        if !timer && self.rows.iter().any(|row| same(row) && row.due <= due) {
            return false;
        }
        let (mut uncertain, mut ready) = (false, due);
        for row in self.rows.iter_mut().filter(|row| same(row)) {
            (row.state, row.open) = ("superseded", false);
            uncertain |= row.uncertain;
            if !timer && (row.attempts > 0 || row.waited) {
                ready = ready.max(row.ready);
            }
        }
        let id = self.rows.iter().map(|row| row.id).max().unwrap_or(0) + 1;
        let effect = effect.clone();
        let (state, attempts, waited, fence) = ("pending", 0, false, 0);
        self.rows.push(Row { id, effect, state, open: true, ready, due, attempts, waited, fence, uncertain });
        true
    }

    fn claim(&mut self, limit: usize) -> Vec<(i64, u32, bool)> {
        let now = self.now;
        let due: Vec<_> = self.heads().into_iter().filter(|(_, ready, _)| *ready <= now).take(limit).collect();
        due.into_iter()
            .map(|(_, _, id)| {
                let row = self.row(id);
                row.uncertain |= matches!(row.state, "leased" | "unknown");
                (row.state, row.ready, row.attempts, row.fence) =
                    ("leased", now + LEASE, row.attempts + 1, row.fence + 1);
                (id, row.attempts, row.uncertain)
            })
            .collect()
    }

    fn settle(&mut self, id: i64, fence: i64, settled: &Settlement) -> bool {
        let row = self.row(id);
        if row.state != "leased" || row.fence != fence {
            return false;
        }
        let (state, again) = match settled {
            Settlement::Done { .. } | Settlement::Skipped { .. } => ("done", None),
            Settlement::Retry { at, .. } | Settlement::Wait { at, .. } => ("retry", Some(*at)),
            Settlement::Dead { .. } => ("dead", None),
            Settlement::Unknown { again, .. } => ("unknown", *again),
        };
        row.uncertain |= state == "unknown";
        if matches!(settled, Settlement::Wait { .. }) {
            (row.attempts, row.waited) = (row.attempts - 1, true);
        }
        (row.state, row.open) = (state, again.is_some());
        if let Some(again) = again {
            row.ready = again.timestamp_millis() - at(0).timestamp_millis();
        }
        let (uncertain, mark) = (row.uncertain, row.effect.coalescing_key());
        let newer = self.rows.iter_mut().filter(|row| mark.is_some() && row.effect.coalescing_key() == mark);
        let mut dropped = false;
        if again.is_some() {
            for newer in newer.filter(|row| row.open && row.id > id) {
                newer.uncertain |= uncertain;
                dropped = true;
            }
        }
        if dropped {
            let row = self.row(id);
            (row.state, row.open) = ("superseded", false);
        }
        true
    }

    fn requeue(&mut self, id: i64) -> bool {
        let row = self.row(id);
        let can = matches!(row.state, "dead" | "unknown" | "retry");
        if can {
            row.uncertain |= row.state == "unknown";
            (row.state, row.open, row.ready, row.attempts) = ("pending", true, row.due, 0);
            row.waited = false;
        }
        can
    }

    fn give_up(&mut self, id: i64) -> bool {
        let row = self.row(id);
        let can = matches!(row.state, "pending" | "retry" | "unknown" | "dead");
        if can {
            (row.state, row.open) = ("given_up", false);
        }
        can
    }

    fn release(&mut self) -> usize {
        let now = self.now;
        let leased = self.rows.iter_mut().filter(|row| row.state == "leased");
        leased
            .map(|row| (row.state, row.uncertain, row.ready, row.fence) = ("unknown", true, now, row.fence + 1))
            .count()
    }
}

/// The effects that are queued: lanes of one kind and of mixed kinds, with and without coalescing keys, of all priorities.
fn palette() -> Vec<Effect> {
    let (one, two) = (IncidentId::new(at(1)), IncidentId::new(at(2)));
    let (page, group) = (PageId::new(at(3)), GroupId::new(at(4)));
    vec![
        ChatEffect::UpdateCard { incident: one }.into(),
        ChatEffect::Announce { incident: one, seq: 1, to: Audience::HotRoom }.into(),
        ChatEffect::OpenRoom { incident: one }.into(),
        ChatEffect::UpdateCard { incident: two }.into(),
        ChatEffect::PagePerson { page, person: PersonId::from("bob"), attempt: 1 }.into(),
        ChatEffect::UpdatePage { page, person: PersonId::from("bob"), attempt: 1 }.into(),
        Timer::UpdateDue { incident: one }.into(),
        Timer::Escalate { page }.into(),
        ChatEffect::GroupMessage { group, critical: false }.into(),
    ]
}

fn how(how: usize, when: i64) -> Settlement {
    let why = "so".to_owned();
    match how {
        0 => Settlement::Done { receipt: None },
        1 => Settlement::Retry { at: at(when), why },
        2 => Settlement::Dead { why },
        3 => Settlement::Unknown { again: Some(at(when)), why },
        4 => Settlement::Wait { at: at(when), why },
        5 => Settlement::Skipped { why },
        _ => Settlement::Unknown { again: None, why },
    }
}

/// Applies an operation to both and compares the results.
fn both(tx: &mut Tx<'_>, ops: &[Op]) -> Result<(), String> {
    let palette = palette();
    let mut model = Model::default();
    let mut leases: Vec<ClaimedEffect> = Vec::new();
    let first: i64 = tx.one("SELECT COALESCE(MAX(id), 0) FROM outbox", params![], |row| row.get(0)).unwrap().unwrap();
    for (n, op) in ops.iter().enumerate() {
        let seen = |what: &str, real: String, model: String| {
            if real == model { Ok(()) } else { Err(format!("{n} {op:?}: {what} is {real}, should be {model}")) }
        };
        let pick = |pick: usize| OutboxId(first + 1 + i64::try_from(pick).unwrap());
        match op {
            Op::Enqueue { what, wait } => {
                let due = model.now + wait;
                let real = tx.enqueue(&EffectKey(format!("key {n}")), &palette[*what], at(due)).unwrap();
                seen("answer", real.to_string(), model.enqueue(&palette[*what], due).to_string())?;
            }
            Op::Claim { limit } => {
                let lease = Duration::from_millis(LEASE.unsigned_abs());
                let real = tx.claim(at(model.now), lease, *limit).unwrap();
                let ids: Vec<_> = real.iter().map(|row| (row.id.0 - first, row.attempts, row.uncertain)).collect();
                seen("claim", format!("{ids:?}"), format!("{:?}", model.claim(*limit)))?;
                leases.extend(real);
            }
            Op::Settle { pick, how: sort, wait } if !leases.is_empty() => {
                let lease = &leases[pick % leases.len()];
                let settled = how(*sort, model.now + wait);
                let real = tx.settle(lease.id, lease.fence, &settled, at(model.now)).unwrap();
                seen("answer", real.to_string(), model.settle(lease.id.0 - first, lease.fence, &settled).to_string())?;
            }
            Op::Settle { .. } => {}
            Op::Pass { time } => model.now += time,
            Op::Requeue { pick: row } | Op::GiveUp { pick: row } if *row >= model.rows.len() => {}
            Op::Requeue { pick: row } => {
                let real = tx.requeue(pick(*row)).unwrap();
                seen("answer", real.to_string(), model.requeue(pick(*row).0 - first).to_string())?;
            }
            Op::GiveUp { pick: row } => {
                let real = tx.give_up(pick(*row), at(model.now)).unwrap();
                seen("answer", real.to_string(), model.give_up(pick(*row).0 - first).to_string())?;
            }
            Op::Release => {
                let real = tx.release_all_leases(at(model.now)).unwrap();
                seen("answer", real.to_string(), model.release().to_string())?;
            }
        }
        let next = model.heads().iter().map(|(_, ready, _)| at(*ready)).min();
        seen("next due", format!("{:?}", tx.next_due().unwrap()), format!("{next:?}"))?;
        let open = tx.open_rows(1000).unwrap();
        let real: Vec<_> = open.iter().map(|row| (row.id.0 - first, row.state.as_str())).collect();
        let should: Vec<_> = model.rows.iter().filter(|row| row.open).map(|row| (row.id, row.state)).collect();
        seen("open rows", format!("{real:?}"), format!("{should:?}"))?;
    }
    Ok(())
}

thread_local! {
    static HOME: RefCell<Option<Home>> = const { RefCell::new(None) };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn the_queue_behaves_like_a_list_that_is_searched_from_the_front(ops in prop::collection::vec(op(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let store = HOME.with_borrow_mut(|home| home.get_or_insert_with(self::home).store.clone());
        // Each case is undone at its end, so that all cases share one file.
        let answer = runtime.block_on(store.transact(move |tx| -> Result<(), StoreError> {
            Err(StoreError::Conflict(both(tx, &ops).err().unwrap_or_default()))
        }));
        prop_assert_eq!(answer, Err(StoreError::Conflict(String::new())));
    }
}
