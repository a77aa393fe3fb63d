//! Tests of the inbox.

use super::*;
use crate::{
    domain::event::{Event, SystemEvent},
    store::{Backlog, Delivery, InboxState, ReceiveResult, Sender, SenderBacklog, Tx},
};

async fn receive(store: &Store, source: &'static str, delivery: Option<&str>, body: &'static [u8]) -> ReceiveResult {
    let delivery = delivery.map(str::to_owned);
    store
        .transact(move |tx| {
            tx.receive(&Delivery { sender: Sender::Source(source), delivery: delivery.clone(), at: at(5), body })
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn a_delivery_is_stored_once_and_a_repeat_gets_the_saved_reply() {
    let home = home();
    let ReceiveResult::New(id) = receive(&home.store, "am", Some("d1"), b"body").await else { panic!("new") };
    assert_eq!(receive(&home.store, "am", Some("d1"), b"body").await, ReceiveResult::Repeat { id, reply: None });
    home.store
        .transact(move |tx| {
            tx.save_reply(id, "done")?;
            tx.settle_delivery(id, &InboxState::Done)
        })
        .await
        .unwrap();
    let reply = Some("done".to_owned());
    assert_eq!(receive(&home.store, "am", Some("d1"), b"body").await, ReceiveResult::Repeat { id, reply });
    assert!(matches!(receive(&home.store, "pd", Some("d1"), b"body").await, ReceiveResult::New(_)), "another source");
}

#[tokio::test]
async fn deliveries_without_an_id_are_all_new() {
    let home = home();
    let first = receive(&home.store, "am", None, b"body").await;
    let second = receive(&home.store, "am", None, b"body").await;
    assert!(matches!((&first, &second), (ReceiveResult::New(a), ReceiveResult::New(b)) if a != b));
}

#[tokio::test]
async fn the_same_id_with_another_body_is_logged_but_cannot_fill_the_log() {
    let home = home();
    let ReceiveResult::New(id) = receive(&home.store, "am", Some("d1"), b"body").await else { panic!("new") };
    for _ in 0..50 {
        assert_eq!(receive(&home.store, "am", Some("d1"), b"other").await, ReceiveResult::Mismatch { id });
    }
    assert_eq!(receive(&home.store, "am", Some("d1"), b"body").await, ReceiveResult::Repeat { id, reply: None });
    let events = home.store.read(|r| r.events_of("system", 0, 100)).await.unwrap();
    let mismatch = SystemEvent::ReplayMismatch { source: "am".to_owned(), delivery: "d1".to_owned() };
    assert_eq!(events.len(), 10);
    assert!(events.iter().all(|recorded| recorded.event == Event::System(mismatch.clone())));
    let kept = home.store.read(move |r| r.delivery(id)).await.unwrap().unwrap();
    assert_eq!(kept.body, b"body");
}

#[tokio::test]
async fn a_thousand_parallel_repeats_leave_one_row() {
    let home = home_with(2000, 100, &Waits::default());
    let tasks: Vec<_> = (0..1000)
        .map(|_| {
            let store = home.store.clone();
            tokio::spawn(async move { receive(&store, "am", Some("d1"), b"body").await })
        })
        .collect();
    let mut new = 0;
    for task in tasks {
        new += i32::from(matches!(task.await.unwrap(), ReceiveResult::New(_)));
    }
    assert_eq!(new, 1);
    assert_eq!(home.store.read(|r| r.pending_deliveries(&["am"], 10, usize::MAX)).await.unwrap().len(), 1);
    let heard = home.store.read(|r| r.source_activity()).await.unwrap();
    assert_eq!((heard.len(), heard[0].deliveries, heard[0].last), (1, 1000, at(5)));
}

#[tokio::test]
async fn sources_take_turns_and_the_oldest_delivery_of_each_comes_first() {
    let home = home();
    for n in ["1", "2", "3", "4"] {
        receive(&home.store, "loud", Some(n), b"x").await;
    }
    receive(&home.store, "quiet", Some("q"), b"x").await;
    receive(&home.store, "console", Some("c"), b"x").await;
    let next = home.store.read(|r| r.pending_deliveries(&["loud", "quiet"], 3, usize::MAX)).await.unwrap();
    let order: Vec<_> = next.iter().map(|delivery| delivery.delivery.as_str()).collect();
    assert_eq!(order, ["1", "q", "2"]);
    for (bytes, taken) in [(0, 0), (1, 1), (2, 2), (100, 5)] {
        let round = home.store.read(move |r| r.pending_deliveries(&["loud", "quiet"], 10, bytes)).await.unwrap();
        assert_eq!(round.len(), taken, "bodies of a byte each, up to {bytes}");
    }
}

#[tokio::test]
async fn an_unreadable_delivery_is_kept_and_can_be_processed_again() {
    let home = home();
    let ReceiveResult::New(id) = receive(&home.store, "am", Some("d1"), b"\xff\x00").await else { panic!("new") };
    let unreadable = InboxState::Unreadable("not UTF-8 at byte 0".to_owned());
    assert!(home.store.transact(move |tx| tx.settle_delivery(id, &unreadable)).await.unwrap());
    assert!(home.store.read(|r| r.pending_deliveries(&["am"], 10, usize::MAX)).await.unwrap().is_empty());
    let seen = home.store.read(|r| r.unreadable_deliveries(10)).await.unwrap();
    assert_eq!((seen[0].id, seen[0].why.as_str()), (id, "not UTF-8 at byte 0"));
    home.store.transact(move |tx| tx.reprocess_delivery(id)).await.unwrap();
    assert_eq!(home.store.read(|r| r.pending_deliveries(&["am"], 10, usize::MAX)).await.unwrap()[0].body, b"\xff\x00");
}

/// An operator may give a source the name of an origin.
#[tokio::test]
async fn a_source_and_an_origin_of_one_name_share_no_delivery_ids() {
    let home = home();
    let delivery = |sender| Delivery { sender, delivery: Some("ann/1".to_owned()), at: at(5), body: b"a private word" };
    let said = home.store.transact(move |tx| tx.receive(&delivery(Sender::Origin("console")))).await.unwrap();
    assert!(matches!(said, ReceiveResult::New(_)));
    let posted = receive(&home.store, "console", Some("ann/1"), b"an alert").await;
    assert!(matches!(posted, ReceiveResult::New(_)), "{posted:?}");
    let waiting = home.store.read(|r| r.pending_deliveries(&["console"], 10, usize::MAX)).await.unwrap();
    assert_eq!(waiting.iter().map(|one| one.body.as_slice()).collect::<Vec<_>>(), [b"an alert"]);
}

#[tokio::test]
async fn the_backlog_of_each_sender_is_counted() {
    let home = home();
    let backlog = async |sender: &'static str| home.store.read(move |r| r.backlog(sender)).await.unwrap();
    let amount = |deliveries, bytes| Backlog { deliveries, bytes };
    let expected = |sender, total| SenderBacklog { sender, total };
    let mut ids = Vec::new();
    for delivery in ["1", "2", "3"] {
        let ReceiveResult::New(id) = receive(&home.store, "am", Some(delivery), b"12345").await else { panic!("new") };
        ids.push(id);
    }
    receive(&home.store, "am", Some("1"), b"12345").await;
    receive(&home.store, "am", Some("2"), b"another body").await;
    receive(&home.store, "pd", None, b"123").await;
    assert_eq!(backlog("am").await, expected(amount(3, 15), amount(4, 18)), "repeats do not wait");
    let (first, second, third) = (ids[0], ids[1], ids[2]);
    let settle = move |tx: &mut Tx<'_>| {
        tx.settle_delivery(first, &InboxState::Done)?;
        tx.settle_delivery(first, &InboxState::Done)?;
        tx.settle_delivery(second, &InboxState::Unreadable("no".to_owned()))?;
        tx.delete_delivery(third)
    };
    home.store.transact(settle).await.unwrap();
    assert_eq!(backlog("am").await, expected(amount(0, 0), amount(1, 3)));
    let again = move |tx: &mut Tx<'_>| {
        tx.reprocess_delivery(second)?;
        tx.reprocess_delivery(second)
    };
    home.store.transact(again).await.unwrap();
    assert_eq!(backlog("am").await, expected(amount(1, 5), amount(2, 8)));
    home.store.transact(|tx| tx.recount_backlog()).await.unwrap();
    assert_eq!(backlog("am").await, expected(amount(1, 5), amount(2, 8)), "a recount finds the same");
    assert_eq!(backlog("nobody").await, expected(amount(0, 0), amount(2, 8)));
}
