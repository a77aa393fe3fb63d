//! The work list: its order, and its bound.

use tempfile::TempDir;

use super::{FollowUp, MOST_FOLLOW_UPS, WorkList, run};
use crate::{
    app::Context,
    config::Config,
    domain::{
        Timestamp,
        ids::{GroupId, IncidentId},
        people::Actor,
    },
    store::{Store, StoreError, StoreOptions},
};

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().expect("a time")
}

fn group(number: u128) -> FollowUp {
    FollowUp::CheckRules { group: GroupId(uuid::Uuid::from_u128(number)) }
}

fn number(follow_up: &FollowUp) -> u128 {
    let FollowUp::CheckRules { group } = follow_up else { panic!("{follow_up:?}") };
    group.0.as_u128()
}

#[test]
fn what_follows_from_a_follow_up_comes_before_what_was_added_earlier() {
    let (config, actor) = (Config::shipped(), Actor::Machine("test".to_owned()));
    let cx = Context { config: &config, now: now(), actor: &actor, request: "test", expect: None };
    let mut work = WorkList::new(10);
    for wanted in [1, 2, 3] {
        work.push(cx, group(wanted));
    }
    let mut order = Vec::new();
    while let Some((by, follow_up)) = work.next().expect("below the bound") {
        assert_eq!(by, actor);
        order.push(number(&follow_up));
        if order.last() == Some(&1) {
            work.push(cx, group(11));
            work.push(cx, group(12));
        }
    }
    assert_eq!(order, [1, 11, 12, 2, 3]);
}

#[test]
fn a_follow_up_happens_in_the_name_of_whoever_caused_it() {
    let (config, ann) = (Config::shipped(), Actor::Person("ann".into()));
    let cx = Context { config: &config, now: now(), actor: &ann, request: "test", expect: None };
    let rule = Actor::Machine("rule critical".to_owned());
    let mut work = WorkList::new(10);
    work.push(cx.by(&rule), FollowUp::IncidentOver { incident: IncidentId::new(now()) });
    work.push(cx, group(1));
    let actors: Vec<Actor> = std::iter::from_fn(|| work.next().expect("below the bound")).map(|(by, _)| by).collect();
    assert_eq!(actors, [rule, ann]);
}

/// Adds so many follow-ups in a transaction that also writes something. Returns how it ended, and whether that was kept.
async fn add(follow_ups: usize) -> (Result<(), StoreError>, bool) {
    let folder = TempDir::new().expect("a folder");
    let options = StoreOptions { path: folder.path().join("hotroom.db"), queue: 10, batch: 10 };
    let store = Store::open(&options, now()).expect("opens");
    let config = Config::shipped();
    let done = store.transact(move |tx| {
        let actor = Actor::Machine("test".to_owned());
        let cx = Context { config: &config, now: now(), actor: &actor, request: "test", expect: None };
        tx.set_meta("written", Some("yes"))?;
        run(tx, cx, |_, work| {
            for _ in 0..follow_ups {
                work.push(cx, group(1));
            }
            Ok(())
        })
    });
    let done = done.await;
    (done, store.read(|reads| reads.meta("written")).await.expect("reads").is_some())
}

#[tokio::test]
async fn a_change_with_too_many_follow_ups_is_an_error_and_writes_nothing() {
    let (done, kept) = add(MOST_FOLLOW_UPS).await;
    assert!(done.is_ok() && kept, "{done:?}");
    let (done, kept) = add(MOST_FOLLOW_UPS + 1).await;
    assert!(matches!(&done, Err(StoreError::Corrupt(why)) if why.contains("10000 follow-ups")), "{done:?}");
    assert!(!kept);
}
