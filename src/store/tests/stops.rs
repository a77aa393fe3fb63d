//! Tests with fail points: `cargo test --features failpoints`.
//!
//! Fail points belong to the whole process, so each test starts its own binary again for itself alone.

use super::{
    alone::{again, alone_in, block_on},
    *,
};
use crate::store::Tx;

fn alone(body: impl Future<Output = ()>) {
    match alone_in() {
        Some(_) => block_on(body),
        None => assert!(again(Path::new("")).success()),
    }
}

#[test]
fn a_commit_that_fails_in_an_unknown_way_ends_the_store_with_a_reason() {
    alone(async {
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
        let Home { store, options, _folder } = home;
        drop(store);
        let again = Store::open(&options, at(1)).unwrap();
        assert_eq!(again.read(|r| r.meta("colour")).await, Ok(None));
    });
}

#[test]
fn writes_behind_a_failed_commit_fail_with_closed() {
    alone(async {
        let home = home_with(100, 1, &Waits::default());
        let blocked = block_writer(&home.store).await;
        // The commit of the blocked write succeeds; the next one fails.
        fail::cfg("store.commit", "1*off->1*return->off").unwrap();
        let write = |colour: &'static str| {
            let store = home.store.clone();
            tokio::spawn(async move { store.transact(move |tx| tx.set_meta("colour", Some(colour))).await })
        };
        let breaking = write("red");
        until_queued(&home.store, 1).await;
        let behind = write("blue");
        until_queued(&home.store, 2).await;
        blocked.release().await;
        assert_eq!(breaking.await.unwrap(), Err(StoreError::CommitUnknown));
        assert_eq!(behind.await.unwrap(), Err(StoreError::Closed));
    });
}

async fn count(store: &Store) -> Result<(), StoreError> {
    let work = |tx: &mut Tx<'_>| {
        let count = tx.meta("count")?.unwrap_or_default();
        tx.set_meta("count", Some(&format!("{count}x")))
    };
    store.transact(work).await
}

#[test]
fn a_commit_that_is_busy_is_retried_a_few_times() {
    alone(async {
        let home = home();
        fail::cfg("store.commit", "2*return(busy)->off").unwrap();
        assert_eq!(count(&home.store).await, Ok(()));
        fail::cfg("store.commit", "3*return(busy)->off").unwrap();
        assert_eq!(count(&home.store).await, Err(StoreError::Busy));
        assert_eq!(count(&home.store).await, Ok(()), "the store has not failed");
        let counted = home.store.read(|r| r.meta("count")).await;
        assert_eq!(counted, Ok(Some("xx".to_owned())), "undone attempts leave nothing behind");
    });
}

#[test]
fn a_writer_that_panics_ends_the_store_and_nobody_waits_forever() {
    alone(async {
        let home = home();
        fail::cfg("store.after_begin", "1*panic->off").unwrap();
        let lost = home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await;
        assert_eq!(lost, Err(StoreError::Closed));
        assert!(home.store.health().failed.unwrap().contains("store.after_begin"));
    });
}

/// Writes `red` over `grey` in a process that is killed at the fail point, and returns what is stored afterwards.
fn stored_by_a_process_killed_at(point: &'static str) -> Option<String> {
    let options = |folder: &Path| StoreOptions { path: folder.join("hotroom.db"), queue: 10, batch: 10 };
    if let Some(folder) = alone_in() {
        block_on(async {
            let store = Store::open(&options(&folder), at(0)).unwrap();
            store.transact(|tx| tx.set_meta("colour", Some("grey"))).await.unwrap();
            fail::cfg_callback(point, || std::process::abort()).unwrap();
            let _ = store.transact(|tx| tx.set_meta("colour", Some("red"))).await;
        });
        std::process::exit(0);
    }
    let folder = TempDir::new().unwrap();
    assert!(!again(folder.path()).success(), "it was not killed");
    block_on(async {
        let again = Store::open(&options(folder.path()), at(1)).unwrap();
        assert_eq!(again.integrity_check().await, Ok(Vec::new()));
        again.read(|r| r.meta("colour")).await.unwrap()
    })
}

#[test]
fn a_process_killed_after_begin_has_written_nothing() {
    assert_eq!(stored_by_a_process_killed_at("store.after_begin").as_deref(), Some("grey"));
}

#[test]
fn a_process_killed_before_its_commit_has_written_nothing() {
    assert_eq!(stored_by_a_process_killed_at("store.before_commit").as_deref(), Some("grey"));
}

#[test]
fn a_process_killed_after_its_commit_has_written_all() {
    assert_eq!(stored_by_a_process_killed_at("store.after_commit").as_deref(), Some("red"));
}

#[test]
fn a_migration_stopped_at_any_statement_leaves_a_schema_that_the_next_start_finishes() {
    alone(async {
        let folder = TempDir::new().unwrap();
        let options = StoreOptions { path: folder.path().join("hotroom.db"), queue: 1, batch: 1 };
        // Each attempt gets a little further.
        let mut stops = 0;
        let store = loop {
            fail::cfg("store.migrate.statement", &format!("{}*off->return", stops * 7)).unwrap();
            match Store::open(&options, at(stops)) {
                Ok(store) => break store,
                Err(OpenError::Migration { .. }) => stops += 1,
                Err(error) => panic!("{error}"),
            }
            // Only the empty list of migrations may be left.
            let sql = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'refinery%'";
            let tables: i64 = Connection::open(&options.path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap();
            assert_eq!(tables, 0, "after stop {stops}");
        };
        assert!(stops > 20, "the fail point was met {stops} times");
        assert_eq!(store.integrity_check().await, Ok(Vec::new()));
        store.transact(|tx| tx.next_key("HOT")).await.unwrap();
    });
}

#[test]
fn a_backup_on_a_file_system_without_links_is_whole_and_overwrites_nothing() {
    alone(async {
        let home = home();
        home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await.unwrap();
        fail::cfg("backup.link", "return").unwrap();
        let to = home.path().with_file_name("backup.db");
        home.store.backup(&to).await.unwrap();
        let copied = rusqlite::Connection::open(&to).unwrap();
        let colour: String =
            copied.query_row("SELECT value FROM meta WHERE name = 'colour'", [], |row| row.get(0)).unwrap();
        assert_eq!(colour, "red");
        drop(copied);
        let before = std::fs::metadata(&to).unwrap().len();
        let refused = home.store.backup(&to).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Conflict(why) if why.contains("backup.db")), "{refused}");
        assert_eq!(std::fs::metadata(&to).unwrap().len(), before);
        let left: Vec<_> =
            std::fs::read_dir(to.parent().unwrap()).unwrap().flatten().map(|file| file.file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{left:?}");
    });
}
