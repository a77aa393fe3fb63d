//! Tests of opening the file.

use std::{
    io::{Seek, SeekFrom, Write},
    os::unix::fs::PermissionsExt,
};

use super::*;
use crate::store::{Reads, engine::sql::params};

#[tokio::test]
async fn what_was_written_is_there_after_the_store_is_opened_again() {
    let home = home();
    home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await.unwrap();
    home.store.close().await.unwrap();
    assert_eq!(home.store.transact(|tx| tx.set_meta("colour", None)).await, Err(StoreError::Closed));
    assert_eq!(home.store.read(|r| r.meta("colour")).await, Err(StoreError::Closed));

    let again = Store::open(&home.options, at(1)).unwrap();
    assert_eq!(again.read(|r| r.meta("colour")).await, Ok(Some("red".to_owned())));
    assert!(again.fence() > home.store.fence());
}

#[tokio::test]
async fn dropping_the_store_releases_the_file() {
    let Home { store, options, _folder } = home();
    store.transact(|tx| tx.set_meta("colour", Some("red"))).await.unwrap();
    drop(store);
    let again = Store::open(&options, at(1)).unwrap();
    assert_eq!(again.read(|r| r.meta("colour")).await, Ok(Some("red".to_owned())));
}

#[tokio::test]
async fn a_second_opening_of_the_same_file_is_refused_and_names_the_first() {
    let home = home();
    let refused = Store::open(&home.options, at(1)).unwrap_err();
    assert!(matches!(&refused, OpenError::Locked { owner, .. } if owner.contains(&std::process::id().to_string())));
    home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await.unwrap();
}

#[tokio::test]
async fn a_file_of_a_newer_program_is_refused_and_left_alone() {
    let home = home();
    home.store.close().await.unwrap();
    home.foreign()
        .execute("INSERT INTO refinery_schema_history VALUES (9000, 'future', '2030-01-01T00:00:00Z', '1')", [])
        .unwrap();
    let refused = Store::open(&home.options, at(1)).unwrap_err();
    assert!(matches!(refused, OpenError::NewerSchema { found: 9000, known, .. } if known < 9000));
    assert!(refused.to_string().contains("start the newer program"), "{refused}");
}

#[tokio::test]
async fn only_the_owner_can_read_the_files() {
    let home = home();
    home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await.unwrap();
    for entry in std::fs::read_dir(home.path().parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
    home.store.close().await.unwrap();
    std::fs::set_permissions(home.path(), PermissionsExt::from_mode(0o644)).unwrap();
    let _again = Store::open(&home.options, at(1)).unwrap();
    assert_eq!(std::fs::metadata(home.path()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_file_that_is_no_database_is_refused_as_damaged() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("hotroom.db");
    std::fs::write(&path, "this is a letter to my aunt, not a database".repeat(50)).unwrap();
    let refused = Store::open(&StoreOptions { path, queue: 1, batch: 1 }, at(0)).unwrap_err();
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let path = std::path::PathBuf::from("/nowhere/at/all/hotroom.db");
    let refused = Store::open(&StoreOptions { path, queue: 1, batch: 1 }, at(0)).unwrap_err();
    assert!(refused.to_string().contains("/nowhere/at/all"), "{refused}");
}

#[tokio::test]
async fn a_damaged_page_is_found_at_the_start() {
    let home = home();
    for n in 0..200 {
        home.store.transact(move |tx| tx.set_meta(&format!("name {n}"), Some(&"x".repeat(200)))).await.unwrap();
    }
    home.store.close().await.unwrap();
    let (page, size): (u64, u64) = home
        .foreign()
        .query_row(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master WHERE name = 'meta'",
            [],
            |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, i64>(1)?.cast_unsigned())),
        )
        .unwrap();
    let mut file = std::fs::OpenOptions::new().write(true).open(home.path()).unwrap();
    file.seek(SeekFrom::Start((page - 1) * size)).unwrap();
    file.write_all(&[0xA5; 64]).unwrap();
    drop(file);
    let refused = Store::open(&home.options, at(1)).unwrap_err();
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
}

#[tokio::test]
async fn a_deleted_file_is_noticed_and_writes_from_outside_are_refused() {
    let home = home();
    assert_eq!(home.store.health().file, None);
    std::fs::remove_file(home.path()).unwrap();
    assert!(home.store.health().file.unwrap().contains("cannot be reached"));
    let refused = home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Sqlite(why) if why.contains("cannot be reached")), "{refused}");
    // Urgent writes go on as long as the process lives.
    home.store.transact_urgent(|tx| tx.set_meta("colour", Some("red"))).await.unwrap();

    std::fs::write(home.path(), "another").unwrap();
    assert!(home.store.health().file.unwrap().contains("replaced"));
}

/// Without the setting, SQLite plans a statement again for each value that influenced its plan. That cost as much as the
/// statement itself.
#[tokio::test]
async fn a_statement_is_planned_once_whatever_its_values() {
    const SQL: &str = "SELECT doc FROM alerts WHERE source = $1 AND fingerprint = $2 ORDER BY starts_at DESC LIMIT 1";
    let asked = |reads: &Reads<'_>| {
        for n in 0..10 {
            let name = format!("source{n}");
            reads.one(SQL, params![name, name], |row| row.get::<String>(0))?;
        }
        reads.replans(SQL)
    };
    let home = home();
    assert_eq!(home.store.transact(move |tx| asked(tx)).await.unwrap(), 0, "the writer's");
    assert_eq!(home.store.read(asked).await.unwrap(), 0, "a reader's");
}
