//! Stories of the store.

mod outbox;

use tempfile::TempDir;

use super::{Options, Store, StoreError};
use crate::domain::Timestamp;

/// A store in a folder that goes away with it.
struct Home {
    store: Store,
    options: Options,
    _folder: TempDir,
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_timestamp_millis(1_700_000_000_000 + millis).expect("in range")
}

fn home() -> Home {
    home_with(1000, 100)
}

fn home_with(queue: usize, batch: usize) -> Home {
    let folder = TempDir::new().expect("a folder");
    let options = Options { path: folder.path().join("hotroom.db"), queue, batch };
    let store = Store::open(&options, at(0)).expect("opens");
    Home { store, options, _folder: folder }
}

#[tokio::test]
async fn what_was_written_is_there_after_the_store_is_opened_again() {
    let home = home();
    home.store.transact(|tx| tx.set_meta("colour", Some("red"))).await.unwrap();
    home.store.close().await.unwrap();
    assert_eq!(home.store.transact(|tx| tx.set_meta("colour", None)).await, Err(StoreError::Closed));

    let again = Store::open(&home.options, at(1)).unwrap();
    assert_eq!(again.read(|r| r.meta("colour")).await, Ok(Some("red".to_owned())));
    assert!(again.fence() > home.store.fence());
}
