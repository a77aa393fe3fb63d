//! Tests on full and broken disks. They need user namespaces with mounts and a C compiler, and say so when they are
//! skipped.

use std::process::Command;

use super::{
    alone::{again_by, alone_in, block_on},
    *,
};
use crate::store::{Delivery, InboxState, ReceiveResult, Sender};

/// The exit code of a process whose disk could not be mounted.
const NO_MOUNT: i32 = 42;

/// Large enough for the largest disk reserve, whatever is in the log when the disk is full.
const ROOMY: &str = "24m";

/// Runs a test in a folder that is a disk of its own of this size.
fn on_a_disk_of(size: &str, body: impl Future<Output = ()>) {
    if alone_in().is_some() {
        return block_on(body);
    }
    let folder = TempDir::new().unwrap();
    let mut command = Command::new("unshare");
    let script = format!("mount -t tmpfs -o size={size} none \"$0\" || exit {NO_MOUNT}; exec \"$@\"");
    command.args(["-rm", "sh", "-c", &script]).arg(folder.path());
    let status = again_by(command, folder.path());
    if status.code() == Some(NO_MOUNT) || status.code() == Some(1) && !can_unshare() {
        println!("skipped: mounts are not allowed here");
        return;
    }
    assert!(status.success());
}

fn can_unshare() -> bool {
    Command::new("unshare").args(["-rm", "true"]).status().is_ok_and(|status| status.success())
}

async fn receive(store: &Store, n: i64) -> Result<ReceiveResult, StoreError> {
    let body = vec![b'x'; 20_000];
    store
        .transact(move |tx| {
            let received = tx.receive(&Delivery {
                sender: Sender::Source("am"),
                delivery: Some(n.to_string()),
                at: at(n),
                body: &body,
            })?;
            if let ReceiveResult::New(id) = received {
                tx.settle_delivery(id, &InboxState::Done)?;
            }
            Ok(received)
        })
        .await
}

/// Delivers until the disk is full and returns the number of accepted deliveries. Copying the log can make room once
/// more, so the disk is full after two refusals.
async fn fill_disk(store: &Store) -> i64 {
    let (mut taken, mut refused) = (0, 0);
    while refused < 2 {
        match receive(store, taken).await {
            Ok(_) => (taken, refused) = (taken + 1, 0),
            Err(StoreError::Full) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    taken
}

#[test]
fn a_disk_that_fills_up_loses_nothing_accepts_urgent_writes_and_recovers_when_there_is_room() {
    on_a_disk_of(ROOMY, async {
        let options = StoreOptions { path: alone_in().unwrap().join("hotroom.db"), queue: 100, batch: 10 };
        let other = alone_in().unwrap().join("someone-elses.log");
        std::fs::write(&other, vec![b'x'; 2 << 20]).unwrap();
        let waits = Waits { busy: Duration::from_millis(20), space: Duration::ZERO };
        let store = Store::open_with(&options, &waits, at(0)).unwrap();
        let taken = fill_disk(&store).await;
        assert!(taken > 20, "{taken}");
        assert!(store.health().full);
        assert_eq!(receive(&store, 4711).await, Err(StoreError::Full));
        store.transact_urgent(|tx| tx.set_meta("page", Some("sent"))).await.unwrap();

        // A start on the full disk works too.
        drop(store);
        let store = Store::open_with(&options, &waits, at(1)).unwrap();
        store.transact_urgent(|tx| tx.set_meta("page", Some("sent again"))).await.unwrap();
        let kept = store.read(|r| r.source_activity()).await.unwrap();
        assert_eq!(
            i64::try_from(kept[0].deliveries),
            Ok(taken),
            "accepted deliveries are stored, refused ones are not"
        );

        std::fs::remove_file(&other).unwrap();
        receive(&store, 4711).await.unwrap();
        assert!(!store.health().full);
        assert_eq!(store.integrity_check().await, Ok(Vec::new()));
    });
}

#[test]
fn pruning_makes_room_on_a_full_disk() {
    on_a_disk_of(ROOMY, async {
        let options = StoreOptions { path: alone_in().unwrap().join("hotroom.db"), queue: 100, batch: 10 };
        let waits = Waits { busy: Duration::from_millis(20), space: Duration::ZERO };
        let store = Store::open_with(&options, &waits, at(0)).unwrap();
        let taken = fill_disk(&store).await;
        let pruned = store.prune(at(taken)).await.unwrap();
        assert_eq!(i64::try_from(pruned.deliveries), Ok(taken - 1), "all but the newest");
        // The file does not shrink, but its pages are used again.
        for n in 0..taken / 2 {
            let again = store
                .transact_urgent(move |tx| {
                    tx.receive(&Delivery {
                        sender: Sender::Source("am"),
                        delivery: None,
                        at: at(n),
                        body: &[b'x'; 20_000],
                    })
                })
                .await;
            assert!(matches!(again, Ok(ReceiveResult::New(_))), "{n} {again:?}");
        }
    });
}

/// Makes `fdatasync` and `fsync` of the log fail while a file named in the environment exists, and all of them slow if the
/// environment names a number of milliseconds.
const BROKEN_DISK: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int broken(int fd) {
    char link[64], name[4096];
    const char *flag = getenv("HOTROOM_BROKEN_DISK");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, name, sizeof name - 1);
    if (n < 4 || !flag || access(flag, F_OK) != 0) return 0;
    name[n] = 0;
    return strcmp(name + n - 4, "-wal") == 0;
}
#define WRAP(call) int call(int fd) { \
    int (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, #call); \
    if (getenv("HOTROOM_SLOW_DISK")) usleep(atoi(getenv("HOTROOM_SLOW_DISK")) * 1000); \
    if (broken(fd)) { errno = EIO; return -1; } \
    return real(fd); }
WRAP(fsync)
WRAP(fdatasync)
"#;

/// Runs a test on a disk that fails to sync the log once `broken` exists in the folder.
fn on_a_breaking_disk(body: impl Future<Output = ()>) {
    on_a_disk_that_syncs_in("", body);
}

/// The same on a disk that takes so many milliseconds to sync; empty for none.
fn on_a_disk_that_syncs_in(time: &str, body: impl Future<Output = ()>) {
    if alone_in().is_some() {
        return block_on(body);
    }
    let folder = TempDir::new().unwrap();
    let (source, library) = (folder.path().join("broken.c"), folder.path().join("broken.so"));
    std::fs::write(&source, BROKEN_DISK).unwrap();
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).arg("-ldl").status();
    if !built.is_ok_and(|status| status.success()) {
        println!("skipped: there is no C compiler");
        return;
    }
    let mut command = Command::new("env");
    let set = |name: &str, path: &Path| format!("{name}={}", path.display());
    command.arg(set("LD_PRELOAD", &library)).arg(set("HOTROOM_BROKEN_DISK", &folder.path().join("broken")));
    if !time.is_empty() {
        command.arg(format!("HOTROOM_SLOW_DISK={time}"));
    }
    assert!(again_by(command, folder.path()).success());
}

#[test]
fn on_a_slow_disk_writes_gather_in_few_commits() {
    on_a_disk_that_syncs_in("300", async {
        let options = StoreOptions { path: alone_in().unwrap().join("hotroom.db"), queue: 500, batch: 256 };
        let store = Store::open(&options, at(0)).unwrap();
        let commits = store.commits();
        let before = *commits.borrow();
        let begun = std::time::Instant::now();
        let writes = (0..200).map(|n| receive(&store, n));
        let done = futures_util::future::join_all(writes).await;
        assert!(done.iter().all(Result::is_ok));
        let (count, took) = (*commits.borrow() - before, begun.elapsed());
        assert!(count <= 10, "200 writes in {count} commits");
        assert!(took < Duration::from_secs(10), "{took:?}");
        // Whoever reads does not wait for the disk.
        let asked = std::time::Instant::now();
        let (_, read) = tokio::join!(receive(&store, 1000), store.read(|reads| reads.source_activity()));
        assert!(read.is_ok() && asked.elapsed() < Duration::from_secs(5));
    });
}

#[test]
fn a_commit_that_the_disk_fails_to_sync_ends_the_store_and_the_next_start_finds_a_sound_file() {
    on_a_breaking_disk(async {
        let folder = alone_in().unwrap();
        let options = StoreOptions { path: folder.join("hotroom.db"), queue: 100, batch: 10 };
        let store = Store::open(&options, at(0)).unwrap();
        store.transact(|tx| tx.set_meta("colour", Some("grey"))).await.unwrap();
        std::fs::write(folder.join("broken"), "").unwrap();
        let unknown = store.transact(|tx| tx.set_meta("colour", Some("red"))).await;
        assert_eq!(unknown, Err(StoreError::CommitUnknown));
        assert_eq!(store.transact(|_| Ok(())).await, Err(StoreError::Closed));
        let why = store.failed().borrow().clone().unwrap();
        assert!(why.contains("disk I/O error"), "{why}");

        drop(store);
        std::fs::remove_file(folder.join("broken")).unwrap();
        let again = Store::open(&options, at(1)).unwrap();
        let left = again.read(|r| r.meta("colour")).await.unwrap();
        assert!(matches!(left.as_deref(), Some("grey" | "red")), "{left:?}");
        println!("the row was {left:?}");
        assert_eq!(again.integrity_check().await, Ok(Vec::new()));
        again.transact(|tx| tx.set_meta("colour", Some("blue"))).await.unwrap();
    });
}
