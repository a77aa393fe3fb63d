//! Tests of opening the file.

use std::{
    io::{Seek, SeekFrom, Write},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
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

async fn failure(store: &Store) -> String {
    store.failed().wait_for(Option::is_some).await.unwrap().clone().unwrap()
}

#[tokio::test]
async fn nothing_is_acknowledged_once_the_file_is_deleted_and_the_store_fails_with_the_reason() {
    let home = home();
    assert_eq!(home.store.health().file, None);
    std::fs::remove_file(home.path()).unwrap();
    assert!(home.store.health().file.unwrap().contains("deleted"));
    let refused = home.store.transact_urgent(|tx| tx.set_meta("colour", Some("red"))).await.unwrap_err();
    assert!(matches!(&refused, StoreError::FileLost(why) if why.contains("deleted")), "{refused}");
    assert!(failure(&home.store).await.contains("deleted"));
}

#[tokio::test]
async fn a_file_that_takes_the_place_of_the_database_is_left_as_it_is() {
    let home = home();
    home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await.unwrap();
    let copy = home.path().with_extension("copy");
    home.store.backup(&copy).await.unwrap();
    home.store.transact(|tx| tx.set_meta("colour", Some("only in the old file"))).await.unwrap();
    let aside = home.path().with_extension("aside");
    std::fs::rename(home.path(), &aside).unwrap();
    std::fs::rename(&copy, home.path()).unwrap();
    let refused = home.store.transact_urgent(|tx| tx.set_meta("colour", Some("lost"))).await.unwrap_err();
    assert!(matches!(&refused, StoreError::FileLost(why) if why.contains("replaced")), "{refused}");
    drop(home.store);

    // The log of the old file must not be read into the new one.
    let again = Store::open(&home.options, at(1)).unwrap();
    assert_eq!(again.read(|r| r.meta("colour")).await, Ok(Some("red".to_owned())));
    assert_eq!(again.integrity_check().await, Ok(Vec::new()));
    drop(again);
    let old = Store::open(&StoreOptions { path: aside, ..home.options }, at(2)).unwrap();
    assert_eq!(old.read(|r| r.meta("colour")).await, Ok(Some("only in the old file".to_owned())));
}

#[tokio::test]
async fn a_file_that_may_not_be_used_is_refused_and_used_again_later() {
    let home = home();
    std::fs::set_permissions(home.path(), PermissionsExt::from_mode(0o000)).unwrap();
    let refused = home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Io(why) if why.contains("mode")), "{refused}");
    std::fs::set_permissions(home.path(), PermissionsExt::from_mode(0o600)).unwrap();
    home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await.unwrap();
}

#[tokio::test]
async fn a_missing_database_is_not_created_again_unless_that_is_wanted() {
    let home = home();
    home.store.close().await.unwrap();
    std::fs::remove_file(home.path()).unwrap();
    let refused = Store::open(&home.options, at(1)).unwrap_err();
    assert!(matches!(refused, OpenError::Missing { .. }) && refused.to_string().contains("run --new"), "{refused}");
    assert!(!home.path().exists(), "nothing is created");
    Store::forget_missing(home.path()).unwrap();
    Store::open(&home.options, at(2)).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_symbolic_link_leads_to_the_same_lock() {
    let home = home();
    let link = home.path().with_file_name("link.db");
    std::os::unix::fs::symlink(home.path(), &link).unwrap();
    let refused = Store::open(&StoreOptions { path: link, ..home.options.clone() }, at(1)).unwrap_err();
    assert!(matches!(refused, OpenError::Locked { .. }), "{refused}");
}

#[tokio::test]
async fn a_process_whose_file_was_opened_by_a_later_one_writes_nothing_more() {
    let home = home();
    home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await.unwrap();
    home.foreign().execute("UPDATE owner SET fence = fence + 1, process = 4711", []).unwrap();
    let refused = home.store.transact_urgent(|tx| tx.set_meta("colour", Some("blue"))).await.unwrap_err();
    assert!(matches!(&refused, StoreError::FileLost(why) if why.contains("process 4711")), "{refused}");
    assert!(failure(&home.store).await.contains("process 4711"));
    let left: String =
        home.foreign().query_row("SELECT value FROM meta WHERE name = 'colour'", [], |row| row.get(0)).unwrap();
    assert_eq!(left, "red");
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

/// What a crash leaves: the file and its log, without the end of the process.
#[tokio::test]
async fn a_log_that_is_cut_damaged_or_without_its_index_loses_no_earlier_commit() {
    let home = home();
    home.foreign().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    for n in 0..20 {
        home.store.transact(move |tx| tx.set_meta(&format!("name {n}"), Some("kept"))).await.unwrap();
    }
    let with = |ending: &str| PathBuf::from(format!("{}{ending}", home.path().display()));
    let length = std::fs::metadata(with("-wal")).unwrap().len();
    let cut = |wal: &mut Vec<u8>| wal.truncate(wal.len() / 2);
    let flip = |wal: &mut Vec<u8>| {
        let middle = wal.len() / 2;
        wal[middle] ^= 0x55;
    };
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 3] = [("cut", cut), ("flipped", flip), ("whole", |_| ())];
    for (name, damage) in damages {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("hotroom.db");
        std::fs::copy(home.path(), &path).unwrap();
        let mut wal = std::fs::read(with("-wal")).unwrap();
        damage(&mut wal);
        std::fs::write(folder.path().join("hotroom.db-wal"), &wal).unwrap();
        let options = StoreOptions { path, queue: 10, batch: 10 };
        let again = Store::open(&options, at(1)).unwrap();
        let kept = again
            .read(|reads| {
                let names = (0..20).map(|n| reads.meta(&format!("name {n}")));
                names.collect::<Result<Vec<_>, _>>()
            })
            .await
            .unwrap();
        let first = kept.iter().take_while(|name| name.is_some()).count();
        assert!(kept[first..].iter().all(Option::is_none), "{name}: a prefix is kept: {kept:?}");
        assert!(
            if name == "whole" { first == 20 } else { (1..20).contains(&first) },
            "{name}: {first} of 20, {length}"
        );
        assert_eq!(again.integrity_check().await, Ok(Vec::new()), "{name}");
    }
}

#[test]
fn without_memory_the_answer_is_to_try_again() {
    let error = |code| StoreError::from(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None));
    assert_eq!(error(rusqlite::ffi::SQLITE_NOMEM), StoreError::OutOfMemory);
    assert!(StoreError::OutOfMemory.is_transient());
}

#[test]
fn a_disk_that_fails_is_a_reason_to_try_again() {
    use rusqlite::ffi;
    for code in
        [ffi::SQLITE_IOERR, ffi::SQLITE_IOERR_READ, ffi::SQLITE_READONLY, ffi::SQLITE_CANTOPEN, ffi::SQLITE_PERM]
    {
        let error = StoreError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        assert!(matches!(error, StoreError::Io(_)) && error.is_transient(), "{code}: {error}");
    }
}

#[tokio::test]
async fn a_large_file_opens_quickly_and_is_pruned_in_small_steps() {
    const ROWS: i64 = 200_000;
    let home = home();
    home.store.close().await.unwrap();
    home.foreign()
        .execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
             INSERT INTO inbox (source, delivery, state, received_at, last_seen, repeats, mismatches, sha256, body)
             SELECT 'am', i, 'done', i * 1000, i * 1000, 0, 0, x'00', x'00' FROM n",
            [ROWS],
        )
        .unwrap();
    let begun = std::time::Instant::now();
    let store = Store::open(&home.options, at(1)).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let before = Timestamp::from_timestamp(2_000, 0).unwrap();
    let meanwhile = async {
        let mut slowest = Duration::ZERO;
        for n in 0..20 {
            let asked = std::time::Instant::now();
            store.transact(move |tx| tx.set_meta("n", Some(&n.to_string()))).await.unwrap();
            slowest = slowest.max(asked.elapsed());
        }
        slowest
    };
    let (pruned, slowest) = tokio::join!(store.prune(before), meanwhile);
    assert_eq!(pruned.unwrap().deliveries, 1_999);
    assert!(slowest < Duration::from_secs(2), "others wait for one step at most: {slowest:?}");
}
