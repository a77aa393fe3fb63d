//! Tests of sessions and sign-in links.

use super::*;
use crate::store::SessionSpan;

const SPAN: fn() -> SessionSpan = || SessionSpan { from: at(0), until: at(1000) };

#[tokio::test]
async fn a_session_is_valid_until_it_expires_and_its_token_is_not_in_the_file() {
    let home = home();
    home.store.transact(|tx| tx.add_session("secret-token", &PersonId::from("ann"), SPAN())).await.unwrap();
    let session = home.store.read(|r| r.session("secret-token", at(999))).await.unwrap().unwrap();
    assert_eq!((session.person, session.expires_at), (PersonId::from("ann"), at(1000)));
    assert_eq!(home.store.read(|r| r.session("secret-token", at(1000))).await, Ok(None));
    assert_eq!(home.store.read(|r| r.session("other", at(1))).await, Ok(None));
    home.store.close().await.unwrap();
    let bytes = std::fs::read(home.path()).unwrap();
    assert!(!bytes.windows(12).any(|window| window == b"secret-token"));
}

#[tokio::test]
async fn a_sign_in_link_works_once() {
    let home = home();
    home.store.transact(|tx| tx.add_sign_in_link("link", &PersonId::from("ann"), SPAN())).await.unwrap();
    let late = home.store.transact(|tx| tx.redeem_sign_in_link("link", at(1000))).await.unwrap();
    let first = home.store.transact(|tx| tx.redeem_sign_in_link("link", at(1))).await.unwrap();
    let second = home.store.transact(|tx| tx.redeem_sign_in_link("link", at(2))).await.unwrap();
    assert_eq!((late, first, second), (None, Some(PersonId::from("ann")), None));
}

#[tokio::test]
async fn signing_a_person_out_ends_all_their_browsers_and_links() {
    let home = home();
    home.store
        .transact(|tx| {
            tx.add_session("one", &PersonId::from("ann"), SPAN())?;
            tx.add_session("two", &PersonId::from("ann"), SPAN())?;
            tx.add_session("bob's", &PersonId::from("bob"), SPAN())?;
            tx.add_sign_in_link("link", &PersonId::from("ann"), SPAN())
        })
        .await
        .unwrap();
    assert_eq!(home.store.transact(|tx| tx.end_sessions_of_person(&PersonId::from("ann"))).await, Ok(2));
    assert_eq!(home.store.read(|r| r.session("one", at(1))).await, Ok(None));
    assert_eq!(home.store.transact(|tx| tx.redeem_sign_in_link("link", at(1))).await, Ok(None));
    assert!(home.store.read(|r| r.session("bob's", at(1))).await.unwrap().is_some());
    assert!(home.store.transact(|tx| tx.end_session("bob's")).await.unwrap());
}

#[tokio::test]
async fn expired_sessions_are_deleted() {
    let home = home();
    home.store
        .transact(|tx| {
            tx.add_session("old", &PersonId::from("ann"), SPAN())?;
            tx.add_session("new", &PersonId::from("ann"), SessionSpan { from: at(0), until: at(5000) })?;
            tx.add_sign_in_link("link", &PersonId::from("ann"), SPAN())
        })
        .await
        .unwrap();
    assert_eq!(home.store.transact(|tx| tx.prune_sessions(at(1000), chrono::TimeDelta::days(14))).await, Ok(2));
    assert!(home.store.read(|r| r.session("new", at(1))).await.unwrap().is_some());
}
