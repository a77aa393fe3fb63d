//! Tests of the event log.

use super::*;
use crate::{
    domain::event::{Event, SystemEvent},
    store::Append,
};

fn repaired(what: &str) -> Event {
    Event::System(SystemEvent::Repaired { what: what.to_owned() })
}

async fn append(
    store: &Store,
    stream: &'static str,
    expected_seq: Option<u64>,
    what: &[&str],
) -> Result<u64, StoreError> {
    let events: Vec<Event> = what.iter().map(|what| repaired(what)).collect();
    let recorded = store
        .transact(move |tx| {
            let actor = Actor::Person(PersonId::from("ann"));
            tx.append(&Append { stream, expected_seq, actor: &actor, at: at(7), request: "req-1" }, &events)
        })
        .await?;
    Ok(recorded.last().map_or(0, |last| last.seq))
}

#[tokio::test]
async fn events_are_numbered_in_their_stream_and_in_the_log() {
    let home = home();
    assert_eq!(append(&home.store, "a", Some(0), &["one", "two"]).await, Ok(2));
    assert_eq!(append(&home.store, "b", None, &["other"]).await, Ok(1));
    assert_eq!(append(&home.store, "a", Some(2), &["three"]).await, Ok(3));

    let of_a = home.store.read(|r| r.events_of("a", 1, 10)).await.unwrap();
    let places: Vec<_> = of_a.iter().map(|event| (event.log_seq, event.seq, event.event.clone())).collect();
    assert_eq!(places, [(2, 2, repaired("two")), (4, 3, repaired("three"))]);
    assert_eq!(of_a[0].at, at(7));
    assert_eq!(home.store.read(|r| r.event("b", 1)).await.unwrap().unwrap().event, repaired("other"));
    assert_eq!(home.store.read(|r| r.event("b", 2)).await, Ok(None));
    assert_eq!(home.store.read(|r| r.last_seq("a")).await, Ok(3));
    let audit = home.store.read(|r| r.audit_after(3, 10)).await.unwrap();
    assert_eq!((audit.len(), audit[0].request.as_str(), audit[0].hash.len()), (1, "req-1", 64));
}

#[tokio::test]
async fn an_append_to_a_stream_that_has_moved_on_is_refused() {
    let home = home();
    append(&home.store, "a", Some(0), &["one"]).await.unwrap();
    let refused = append(&home.store, "a", Some(0), &["mine"]).await;
    assert_eq!(refused, Err(StoreError::Conflict("a has 1 events, expected were 0".to_owned())));
    assert_eq!(home.store.read(|r| r.last_seq("a")).await, Ok(1));
}

#[tokio::test]
async fn the_file_itself_refuses_to_change_or_delete_events() {
    let home = home();
    append(&home.store, "a", None, &["one"]).await.unwrap();
    let foreign = home.foreign();
    let changed = foreign.execute("UPDATE events SET body = '{}'", []).unwrap_err();
    assert!(changed.to_string().contains("events are never changed"), "{changed}");
    let deleted = foreign.execute("DELETE FROM events", []).unwrap_err();
    assert!(deleted.to_string().contains("events are never deleted"), "{deleted}");
}

async fn tampered(sql: &str) -> crate::store::LogReport {
    let home = home();
    append(&home.store, "a", None, &["one", "two", "three"]).await.unwrap();
    let good = home.store.read(|r| r.verify_log()).await.unwrap();
    assert_eq!((good.good, good.fault), (3, None));
    assert_eq!(home.store.read(|r| r.log_head()).await, Ok((3, good.head)));
    let foreign = home.foreign();
    foreign.execute_batch("DROP TRIGGER events_are_not_changed; DROP TRIGGER events_are_not_deleted").unwrap();
    foreign.execute_batch(sql).unwrap();
    home.store.read(|r| r.verify_log()).await.unwrap()
}

#[tokio::test]
async fn an_event_that_was_changed_by_other_means_is_found() {
    let report = tampered("UPDATE events SET body = replace(body, 'two', 'TWO') WHERE log_seq = 2").await;
    assert_eq!((report.good, report.fault.unwrap().log_seq), (1, 2));
    let report = tampered("UPDATE events SET actor = replace(actor, 'ann', 'bob') WHERE log_seq = 3").await;
    assert_eq!((report.good, report.fault.unwrap().log_seq), (2, 3));
    let report = tampered("UPDATE events SET at = at + 1 WHERE log_seq = 1").await;
    assert_eq!((report.good, report.fault.unwrap().log_seq), (0, 1));
}

#[tokio::test]
async fn an_event_that_was_deleted_by_other_means_is_found() {
    let report = tampered("DELETE FROM events WHERE log_seq = 2").await;
    let fault = report.fault.unwrap();
    assert_eq!((report.good, fault.log_seq, fault.what.as_str()), (1, 3, "events before it are missing"));
}

#[tokio::test]
async fn text_moved_from_one_field_into_the_next_is_found() {
    let report = tampered("UPDATE events SET stream = 'areq', request = '-1' WHERE log_seq = 1").await;
    assert_eq!(report.good, 0);
}

#[tokio::test]
async fn a_redaction_that_no_event_records_is_found() {
    let home = home();
    append(&home.store, "a", None, &["one", "two", "three"]).await.unwrap();
    let foreign = home.foreign();
    foreign.execute("UPDATE events SET body = '{}', redacted_by = 3 WHERE log_seq = 2", []).unwrap();
    let report = home.store.read(|r| r.verify_log()).await.unwrap();
    let fault = report.fault.unwrap();
    assert_eq!((report.good, fault.log_seq), (1, 2));
    assert_eq!(fault.what, "its words were taken out, and no later event says so");
    let again = foreign.execute("UPDATE events SET redacted_by = 3 WHERE log_seq = 2", []).unwrap_err();
    assert!(again.to_string().contains("events are never changed"), "{again}");
}
