//! Stories that need the fail points: `cargo test --features failpoints`.

use fail::FailScenario;

use super::*;

#[tokio::test]
async fn a_commit_that_fails_in_an_unknown_way_ends_the_store_with_a_reason() {
    let _scenario = FailScenario::setup();
    let home = home();
    fail::cfg("store.commit", "1*return->off").unwrap();
    let mut failed = home.store.failed();
    let unknown = home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await;
    assert_eq!(unknown, Err(StoreError::CommitUnknown));
    failed.changed().await.unwrap();
    assert!(failed.borrow().as_ref().unwrap().contains("it is unknown whether it was kept"));
    assert_eq!(home.store.transact(|_| Ok(())).await, Err(StoreError::Closed));
    assert_eq!(home.store.transact_urgent(|_| Ok(())).await, Err(StoreError::Closed));
    assert_eq!(home.store.read(|_| Ok(())).await, Err(StoreError::Closed));
    assert!(home.store.health().failed.is_some());

    // A new process may open the file at once.
    let again = Store::open(&home.options, at(1)).unwrap();
    assert_eq!(again.read(|r| r.meta("colour")).await, Ok(None));
}

#[tokio::test]
async fn writes_behind_a_failed_commit_are_told_that_the_store_is_closed() {
    let _scenario = FailScenario::setup();
    let home = home_with(100, 1, &Waits::default());
    let held = hold(&home.store).await;
    // The commit of the write that is held goes through; the next does not.
    fail::cfg("store.commit", "1*off->1*return->off").unwrap();
    let store = home.store.clone();
    let breaking = tokio::spawn(async move { store.transact(|tx| tx.set_meta("colour", Some("red"))).await });
    until_queued(&home.store, 1).await;
    let store = home.store.clone();
    let behind = tokio::spawn(async move { store.transact(|tx| tx.set_meta("colour", Some("blue"))).await });
    until_queued(&home.store, 2).await;
    held.let_go().await;
    assert_eq!(breaking.await.unwrap(), Err(StoreError::CommitUnknown));
    assert_eq!(behind.await.unwrap(), Err(StoreError::Closed));
}

#[tokio::test]
async fn a_writer_that_dies_before_its_commit_has_written_nothing() {
    let _scenario = FailScenario::setup();
    let home = home();
    fail::cfg("store.before_commit", "1*panic->off").unwrap();
    let lost = home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await;
    assert_eq!(lost, Err(StoreError::CommitUnknown));
    assert!(home.store.health().failed.unwrap().contains("store.before_commit"));
    let again = Store::open(&home.options, at(1)).unwrap();
    assert_eq!(again.read(|r| r.meta("colour")).await, Ok(None));
}

#[tokio::test]
async fn a_writer_that_dies_after_its_commit_has_written_all_and_said_nothing() {
    let _scenario = FailScenario::setup();
    let home = home();
    fail::cfg("store.after_commit", "1*panic->off").unwrap();
    let lost = home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await;
    assert_eq!(lost, Err(StoreError::CommitUnknown));
    let again = Store::open(&home.options, at(1)).unwrap();
    assert_eq!(again.read(|r| r.meta("colour")).await, Ok(Some("red".to_owned())));
}

#[test]
fn a_migration_stopped_at_any_statement_leaves_a_schema_that_the_next_start_finishes() {
    let _scenario = FailScenario::setup();
    let folder = TempDir::new().unwrap();
    let options = Options { path: folder.path().join("hotroom.db"), queue: 1, batch: 1 };
    // Each try gets a little further than the one before it.
    let mut stops = 0;
    let store = loop {
        fail::cfg("store.migrate.statement", &format!("{}*off->return", stops * 7)).unwrap();
        match Store::open(&options, at(stops)) {
            Ok(store) => break store,
            Err(OpenError::Migration { .. }) => stops += 1,
            Err(error) => panic!("{error}"),
        }
    };
    assert!(stops > 20, "the fail point was met {stops} times");
    drop(store);
    let conn = Connection::open(&options.path).unwrap();
    let sound: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}
