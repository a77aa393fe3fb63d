//! Tests of backups, checks and pruning.

use super::*;
use crate::{
    domain::{
        effect::{ChatEffect, EffectKey},
        event::{Event, SystemEvent},
    },
    store::{Append, Delivery, InboxState, PruneCounts, ReceiveResult, Sender, Settlement},
};

/// Writes one event and one named value together, so that a copy between the two would be seen.
async fn step(store: &Store, n: usize) -> Result<(), StoreError> {
    store
        .transact(move |tx| {
            let event = Event::System(SystemEvent::Repaired { what: format!("{n} {}", "x".repeat(2000)) });
            let actor = Actor::Machine("test".to_owned());
            tx.append(&Append { stream: "a", expected_seq: None, actor: &actor, at: at(0), request: "" }, &[event])?;
            tx.set_meta("steps", Some(&tx.last_seq("a")?.to_string()))
        })
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_of_one_moment_and_starts_with_sending_paused() {
    let home = home();
    for n in 0..100 {
        step(&home.store, n).await.unwrap();
    }
    let store = home.store.clone();
    let load = tokio::spawn(async move {
        for n in 0..100 {
            step(&store, n).await.unwrap();
        }
    });
    let to = home.path().with_file_name("backup.db");
    home.store.backup(&to).await.unwrap();
    load.await.unwrap();

    let copy = Store::open(&StoreOptions { path: to.clone(), queue: 10, batch: 10 }, at(1)).unwrap();
    let (steps, log, paused) =
        copy.read(|r| Ok((r.meta("steps")?, r.verify_log()?, r.sending_paused()?))).await.unwrap();
    assert_eq!((log.fault, Some(log.good.to_string())), (None, steps));
    assert!((100..=200).contains(&log.good));
    assert_eq!(paused.as_deref(), Some("this is a restored backup"));
    assert_eq!(copy.integrity_check().await, Ok(Vec::new()));
    assert_eq!(home.store.read(|r| r.sending_paused()).await, Ok(None), "the original goes on");
}

#[tokio::test]
async fn a_backup_never_overwrites_and_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let home = home();
    let to = home.path().with_file_name("backup.db");
    home.store.backup(&to).await.unwrap();
    assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    let before = std::fs::read(&to).unwrap();
    let refused = home.store.backup(&to).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Conflict(why) if why.contains("backup.db")), "{refused}");
    assert_eq!(std::fs::read(&to).unwrap(), before);
    let elsewhere = home.store.backup(Path::new("/nowhere/at/all.db")).await.unwrap_err();
    assert!(elsewhere.to_string().contains("/nowhere/at/all.db"), "{elsewhere}");
}

#[tokio::test]
async fn the_second_of_two_backups_to_one_file_is_refused_and_leftovers_do_not_matter() {
    let home = home();
    let to = home.path().with_file_name("backup.db");
    let part = home.path().with_file_name("backup.db.part");
    std::fs::write(&part, "half of a copy").unwrap();
    let first = std::fs::File::options().write(true).open(&part).unwrap();
    first.lock().unwrap();
    let refused = home.store.backup(&to).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Conflict(why) if why.contains("another backup")), "{refused}");
    assert_eq!(std::fs::read(&part).unwrap(), b"half of a copy", "it is left alone");
    drop(first);
    home.store.backup(&to).await.unwrap();
    assert!(to.exists() && !part.exists());
}

#[tokio::test]
async fn nothing_is_sent_while_sending_is_paused() {
    let home = home();
    let lease = Duration::from_secs(60);
    home.store
        .transact(|tx| {
            let effect = ChatEffect::OpenRoom { incident: IncidentId::new(at(0)) }.into();
            tx.enqueue(&EffectKey::new("a", 1, 0), &effect, at(0))?;
            tx.pause_sending(Some("a drill"))
        })
        .await
        .unwrap();
    assert!(home.store.transact(move |tx| tx.claim(at(1), lease, 10)).await.unwrap().is_empty());
    home.store.transact(|tx| tx.pause_sending(None)).await.unwrap();
    assert_eq!(home.store.transact(move |tx| tx.claim(at(1), lease, 10)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn only_old_settled_rows_are_deleted() {
    let home = home_with(2000, 1000, &Waits::default());
    home.store
        .transact(|tx| {
            for n in 0..1200_i64 {
                let delivery = Some(n.to_string());
                let received =
                    tx.receive(&Delivery { sender: Sender::Source("am"), delivery, at: at(n), body: b"x" })?;
                let ReceiveResult::New(id) = received else { panic!("new") };
                if n != 3 {
                    tx.settle_delivery(id, &InboxState::Done)?;
                }
                let effect = ChatEffect::OpenRoom { incident: IncidentId::new(at(n)) }.into();
                tx.enqueue(&EffectKey::new("a", 1, usize::try_from(n).unwrap()), &effect, at(n))?;
            }
            for row in tx.claim(at(5000), Duration::from_secs(60), 1100)? {
                tx.settle(row.id, row.fence, &Settlement::Done { receipt: None }, row.due)?;
            }
            Ok(())
        })
        .await
        .unwrap();
    let pruned = home.store.prune(at(1000)).await.unwrap();
    assert_eq!(pruned, PruneCounts { deliveries: 999, effects: 1000 });
    assert_eq!(home.store.prune(at(1000)).await, Ok(PruneCounts::default()));
    let left = home.store.read(|r| r.pending_deliveries(&["am"], 10, usize::MAX)).await.unwrap();
    assert_eq!(left.iter().map(|delivery| delivery.delivery.as_str()).collect::<Vec<_>>(), ["3"]);
    assert_eq!(home.store.read(|r| r.count_open_rows()).await, Ok(100));
    // Even if all rows are old, the newest one stays, so that its id is not used again.
    home.store.prune(at(100_000)).await.unwrap();
    let again = home
        .store
        .transact(|tx| tx.receive(&Delivery { sender: Sender::Source("am"), delivery: None, at: at(9), body: b"x" }))
        .await
        .unwrap();
    assert!(matches!(again, ReceiveResult::New(id) if id.0 == 1201));
}
