//! Tests of the cache of compiled silences.

use std::sync::Arc;

use super::*;
use crate::{
    domain::{
        alert::{Matcher, Silence, SilenceScope},
        ids::SilenceId,
        text::Untrusted,
    },
    store::Tx,
};

fn silence(made_at: i64) -> Silence {
    Silence {
        id: SilenceId::new(at(made_at)),
        scope: SilenceScope::Alerts(vec![Matcher::parse("instance=a").expect("a matcher")]),
        from: at(made_at),
        until: None,
        by: Untrusted::new("ann"),
        comment: Untrusted::new(""),
        updated_at: at(made_at),
    }
}

fn ids(tx: &Tx<'_>) -> Result<Vec<SilenceId>, StoreError> {
    Ok(tx.silences(at(10))?.all().iter().map(|silence| silence.id).collect())
}

#[tokio::test]
async fn silences_are_compiled_once_for_each_revision() {
    let home = home();
    let first = silence(1);
    let id = first.id;
    home.store.transact(move |tx| tx.save_silence(&first)).await.unwrap();
    let before = home.store.transact(|tx| tx.silences(at(10))).await.unwrap();
    let again = home.store.transact(|tx| tx.silences(at(10))).await.unwrap();
    assert!(Arc::ptr_eq(&before, &again));
    let second = silence(2);
    home.store.transact(move |tx| tx.save_silence(&second)).await.unwrap();
    let after = home.store.transact(|tx| tx.silences(at(10))).await.unwrap();
    assert_eq!((before.all().len(), after.all().len()), (1, 2));
    assert_eq!(after.all()[0].id, id);
}

#[tokio::test]
async fn silences_of_a_transaction_that_was_undone_are_not_used() {
    let home = home();
    let (kept, undone) = (silence(1), silence(2));
    let id = kept.id;
    home.store.transact(move |tx| tx.save_silence(&kept)).await.unwrap();
    let work = move |tx: &mut Tx<'_>| {
        tx.save_silence(&undone)?;
        assert_eq!(ids(tx)?.len(), 2, "the transaction itself sees its silence");
        Err::<(), _>(StoreError::Conflict("no".to_owned()))
    };
    assert_eq!(home.store.transact(work).await, Err(StoreError::Conflict("no".to_owned())));
    assert_eq!(home.store.transact(|tx| ids(tx)).await, Ok(vec![id]));
}

/// Another connection changes the silences, as another process would.
#[tokio::test]
async fn silences_that_another_process_wrote_are_noticed() {
    let home = home();
    assert_eq!(home.store.transact(|tx| ids(tx)).await, Ok(Vec::new()));
    let foreign = silence(1);
    let id = foreign.id;
    crate::store::Scan::open(home.path()).unwrap().write(|tx| tx.save_silence(&foreign)).unwrap();
    assert_eq!(home.store.transact(|tx| ids(tx)).await, Ok(vec![id]));
}
