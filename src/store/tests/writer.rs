//! Tests of the writer.

use super::*;
use crate::store::{Tx, engine::sql::params};

fn waits(busy: Duration, space: Duration) -> Waits {
    Waits { busy, space }
}

const SOON: Duration = Duration::from_millis(20);
const LATE: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn writes_that_wait_together_share_one_commit() {
    let home = home();
    let blocked = block_writer(&home.store).await;
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let store = home.store.clone();
            tokio::spawn(async move { store.transact(move |tx| tx.set_meta(&n.to_string(), Some("x"))).await })
        })
        .collect();
    until_queued(&home.store, 20).await;
    blocked.release().await;
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(*home.store.commits().borrow(), 1);
}

#[tokio::test]
async fn a_batch_of_one_commits_each_write_alone() {
    let home = home_with(100, 1, &Waits::default());
    let blocked = block_writer(&home.store).await;
    let tasks: Vec<_> = (0..5)
        .map(|n| {
            let store = home.store.clone();
            tokio::spawn(async move { store.transact(move |tx| tx.set_meta(&n.to_string(), Some("x"))).await })
        })
        .collect();
    until_queued(&home.store, 5).await;
    blocked.release().await;
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(*home.store.commits().borrow(), 5);
}

/// Puts three writes in one batch; the second one fails in its own way after it has written.
async fn second_of_three(wrong: fn(&mut Tx<'_>) -> Result<(), StoreError>) -> (Home, Vec<Result<(), StoreError>>) {
    let home = home();
    let blocked = block_writer(&home.store).await;
    let tasks: Vec<_> = ["first", "second", "third"]
        .into_iter()
        .map(|name| {
            let store = home.store.clone();
            tokio::spawn(async move {
                store
                    .transact(move |tx| {
                        tx.set_meta(name, Some("x"))?;
                        if name == "second" { wrong(tx) } else { Ok(()) }
                    })
                    .await
            })
        })
        .collect();
    until_queued(&home.store, 3).await;
    blocked.release().await;
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    (home, answers)
}

async fn assert_first_and_third(home: &Home) {
    let kept = home.store.read(|r| Ok((r.meta("first")?, r.meta("second")?, r.meta("third")?))).await.unwrap();
    assert_eq!(kept, (Some("x".to_owned()), None, Some("x".to_owned())));
}

/// Writes a row with a broken reference, which makes the commit fail.
fn break_commit(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    tx.run("CREATE TABLE parent (id INTEGER PRIMARY KEY)", params![])?;
    tx.run("CREATE TABLE child (parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)", params![])?;
    tx.run("INSERT INTO child VALUES (1)", params![]).map(drop)
}

#[tokio::test]
async fn a_write_that_fails_undoes_only_itself() {
    let (home, answers) = second_of_three(|_| Err(StoreError::Conflict("no".to_owned()))).await;
    assert_eq!(answers, [Ok(()), Err(StoreError::Conflict("no".to_owned())), Ok(())]);
    assert_first_and_third(&home).await;
    assert_eq!(*home.store.commits().borrow(), 1);
}

#[tokio::test]
async fn a_write_that_panics_undoes_only_itself() {
    let (home, answers) = second_of_three(|_| panic!("a bug")).await;
    assert_eq!(answers, [Ok(()), Err(StoreError::Panicked("a bug".to_owned())), Ok(())]);
    assert_first_and_third(&home).await;
    assert_eq!(home.store.health().failed, None);
}

#[tokio::test]
async fn a_write_that_makes_the_commit_fail_undoes_only_itself() {
    let (home, answers) = second_of_three(break_commit).await;
    assert!(matches!(&answers[..], [Ok(()), Err(StoreError::Conflict(_)), Ok(())]), "{answers:?}");
    assert_first_and_third(&home).await;
    assert_eq!(*home.store.commits().borrow(), 2, "each of the others is committed alone");
}

#[tokio::test]
async fn a_write_that_undoes_the_whole_batch_undoes_only_itself() {
    let (home, answers) = second_of_three(|tx| tx.run("ROLLBACK", params![]).map(drop)).await;
    let undone = Err(StoreError::Sqlite("the transaction was undone".to_owned()));
    assert_eq!(answers, [Ok(()), undone, Ok(())]);
    assert_first_and_third(&home).await;
}

#[tokio::test]
async fn a_query_that_panics_leaves_the_readers_usable() {
    let home = home();
    for _ in 0..20 {
        let panicked = home.store.read(|_| -> Result<(), StoreError> { panic!("a bug") }).await;
        assert_eq!(panicked, Err(StoreError::Panicked("a bug".to_owned())));
    }
    assert_eq!(home.store.read(|r| r.meta("colour")).await, Ok(None));
}

#[tokio::test]
async fn a_query_sees_one_moment_and_cannot_write() {
    let home = home();
    home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await.unwrap();
    let (seen, looked) = mpsc::channel();
    let (changed, go_on) = mpsc::channel();
    let store = home.store.clone();
    let reading = tokio::spawn(async move {
        store
            .read(move |r| {
                let before = r.meta("colour")?;
                seen.send(()).unwrap();
                go_on.recv().unwrap();
                Ok((before, r.meta("colour")?))
            })
            .await
    });
    tokio::task::spawn_blocking(move || looked.recv().unwrap()).await.unwrap();
    home.store.transact(|tx| tx.set_meta("colour", Some("blue"))).await.unwrap();
    changed.send(()).unwrap();
    let red = Some("red".to_owned());
    assert_eq!(reading.await.unwrap(), Ok((red.clone(), red)));

    let written =
        home.store.read(|r| Ok(r.one("DELETE FROM meta RETURNING name", params![], |_| Ok(())).is_err())).await;
    assert_eq!(written, Ok(true));
}

#[tokio::test]
async fn a_full_queue_refuses_ordinary_writes_at_once_and_lets_urgent_ones_wait() {
    let home = home_with(2, 10, &Waits::default());
    let blocked = block_writer(&home.store).await;
    let mut tasks = Vec::new();
    for n in 0..2 {
        let store = home.store.clone();
        tasks.push(tokio::spawn(async move { store.transact(move |tx| tx.set_meta(&n.to_string(), Some("x"))).await }));
    }
    until_queued(&home.store, 2).await;
    let refused = home.store.transact(|tx| tx.set_meta("third", Some("x"))).await;
    assert_eq!(refused, Err(StoreError::Overloaded));

    let store = home.store.clone();
    let owed = tokio::spawn(async move { store.transact_urgent(|tx| tx.set_meta("owed", Some("x"))).await });
    tokio::task::yield_now().await;
    assert!(!owed.is_finished());
    blocked.release().await;
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    owed.await.unwrap().unwrap();
    assert_eq!(home.store.read(|r| r.meta("third")).await, Ok(None));
}

#[tokio::test]
async fn a_write_is_done_even_if_its_caller_is_gone() {
    let home = home();
    let blocked = block_writer(&home.store).await;
    let store = home.store.clone();
    let asker = tokio::spawn(async move { store.transact(|tx| tx.set_meta("colour", Some("red"))).await });
    until_queued(&home.store, 1).await;
    asker.abort();
    blocked.release().await;
    home.store.transact(|_| Ok(())).await.unwrap();
    assert_eq!(home.store.read(|r| r.meta("colour")).await, Ok(Some("red".to_owned())));
}

#[tokio::test]
async fn closing_finishes_the_writes_that_wait() {
    let home = home();
    let blocked = block_writer(&home.store).await;
    let store = home.store.clone();
    let waiting = tokio::spawn(async move { store.transact(|tx| tx.set_meta("colour", Some("red"))).await });
    until_queued(&home.store, 1).await;
    let store = home.store.clone();
    let closing = tokio::spawn(async move { store.close().await });
    tokio::task::yield_now().await;
    assert_eq!(home.store.transact(|_| Ok(())).await, Err(StoreError::Closed));
    blocked.release().await;
    waiting.await.unwrap().unwrap();
    closing.await.unwrap().unwrap();
    assert_eq!(home.store.close().await, Err(StoreError::Closed));
    let log = std::fs::metadata(format!("{}-wal", home.path().display())).map_or(0, |meta| meta.len());
    assert_eq!(log, 0, "the log is copied into the file");
}

#[tokio::test]
async fn commits_are_reported_only_when_something_changed() {
    let home = home();
    let commits = home.store.commits();
    home.store.transact(|tx| tx.claim(at(0), LATE, 10)).await.unwrap();
    assert_eq!(*commits.borrow(), 0);
    home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await.unwrap();
    assert_eq!(*commits.borrow(), 1);
    assert!(home.store.health().last_commit_age.is_some());
}

#[tokio::test]
async fn the_writer_waits_for_another_program_with_the_write_lock_but_not_forever() {
    let home = home_with(100, 10, &waits(SOON, SOON));
    let foreign = home.foreign();
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await;
    assert_eq!(refused, Err(StoreError::Busy));
    // Queries go on meanwhile.
    assert_eq!(home.store.read(|r| r.meta("colour")).await, Ok(None));
    foreign.execute_batch("ROLLBACK").unwrap();
    home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await.unwrap();
    assert_eq!(home.store.read(|r| r.meta("colour")).await, Ok(Some("red".to_owned())));
}

/// Makes the file nearly full: it may grow by a few pages only.
async fn fill_up(store: &Store) {
    let bound = "PRAGMA max_page_count = 1";
    store.transact_urgent(move |tx| tx.one(bound, params![], |_| Ok(()))).await.unwrap();
}

async fn make_room(store: &Store) {
    let bound = "PRAGMA max_page_count = 1000000";
    store.transact_urgent(move |tx| tx.one(bound, params![], |_| Ok(()))).await.unwrap();
}

fn big(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    tx.set_meta("big", Some(&"x".repeat(1 << 20)))
}

#[tokio::test]
async fn on_a_full_disk_writes_are_refused_and_undone_and_go_on_when_there_is_room() {
    let home = home_with(100, 10, &waits(SOON, Duration::ZERO));
    let disk_reserve = format!("{}.ballast", home.path().display());
    assert!(std::fs::metadata(&disk_reserve).is_ok());
    fill_up(&home.store).await;
    assert_eq!(home.store.transact(big).await, Err(StoreError::Full));
    assert!(home.store.health().full);
    assert!(std::fs::metadata(&disk_reserve).is_err(), "the disk reserve is released");

    make_room(&home.store).await;
    home.store.transact(big).await.unwrap();
    assert!(!home.store.health().full);
    assert!(std::fs::metadata(&disk_reserve).is_ok(), "the disk reserve is restored");
    assert_eq!(home.store.health().failed, None);
}

#[tokio::test]
async fn the_last_space_on_a_full_disk_is_for_urgent_writes() {
    let home = home_with(100, 10, &waits(SOON, LATE));
    fill_up(&home.store).await;
    assert_eq!(home.store.transact(big).await, Err(StoreError::Full));
    let small = home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await;
    assert_eq!(small, Err(StoreError::Full), "it would fit, but it is not urgent");
    home.store.transact_urgent(|tx| tx.set_meta("colour", Some("blue"))).await.unwrap();
    assert_eq!(home.store.read(|r| r.meta("colour")).await, Ok(Some("blue".to_owned())));
}

#[tokio::test]
async fn a_write_that_does_not_fit_never_leaves_half_of_itself() {
    let home = home_with(100, 10, &waits(SOON, Duration::ZERO));
    fill_up(&home.store).await;
    let refused = home.store.transact(|tx| tx.set_meta("colour", Some("red")).and_then(|()| big(tx))).await;
    assert_eq!(refused, Err(StoreError::Full));
    assert_eq!(home.store.read(|r| Ok((r.meta("colour")?, r.meta("big")?))).await, Ok((None, None)));
}

#[tokio::test]
async fn a_commit_that_is_known_to_have_failed_is_only_undone() {
    let home = home();
    let refused = home
        .store
        .transact(|tx| {
            break_commit(tx)?;
            tx.set_meta("colour", Some("red"))
        })
        .await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    assert_eq!(home.store.read(|r| r.meta("colour")).await, Ok(None));
    home.store.transact(|tx| tx.set_meta("colour", Some("blue"))).await.unwrap();
}
