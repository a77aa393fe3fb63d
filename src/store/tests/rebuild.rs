//! Stories of records that another version of the program stored.

use super::*;
use crate::{
    domain::{event::Event, oncall::Page},
    store::{Append, Tx},
};

fn append(tx: &mut Tx<'_>, stream: &str, at: Timestamp, events: &[Event]) -> Result<(), StoreError> {
    let actor = Actor::Person(PersonId::from("ann"));
    let append = Append { stream, expected_seq: Some(0), actor: &actor, at, request: "test" };
    tx.append(&append, events).map(drop)
}

/// Stores a declared incident with its event.
async fn declared(store: &Store) -> Incident {
    let event = declaration(1);
    let actor = Actor::Person(PersonId::from("ann"));
    let record = incident::apply(None, &event, declared_at(1), &actor).expect("declared");
    let saved = record.clone();
    let work = move |tx: &mut Tx<'_>| {
        append(tx, &Incident::stream(saved.id), declared_at(1), &[Event::Incident(event.clone())])?;
        tx.save_incident(&saved)
    };
    store.transact(work).await.expect("written");
    record
}

#[tokio::test]
async fn an_incident_that_cannot_be_read_any_more_is_rebuilt_with_its_columns_and_members() {
    let home = home();
    let record = declared(&home.store).await;
    home.store.close().await.unwrap();
    let foreign = home.foreign();
    let older = "UPDATE incidents SET doc = json_remove(doc, '$.declared_by'), severity = 'sev4', search = ''";
    foreign.execute_batch(older).unwrap();
    foreign.execute_batch("DELETE FROM incident_members; DELETE FROM meta WHERE name LIKE '%_record_version'").unwrap();

    let again = Store::open(&home.options, at(1)).unwrap();
    let id = record.id;
    assert_eq!(again.read(move |r| r.incident(id)).await, Ok(Some(record)));
    let columns = "SELECT severity || ' ' || search || ' ' || (SELECT person FROM incident_members) FROM incidents";
    let found: String = foreign.query_row(columns, [], |row| row.get(0)).unwrap();
    assert_eq!(found, "sev2 thing 1 is down hot-1 ann");
    assert_eq!(again.read(|r| r.has_current_records()).await, Ok(true));
}

#[tokio::test]
async fn a_record_without_a_history_stays_as_it_is() {
    let home = home();
    let record = incident(1);
    let saved = record.clone();
    home.store.transact(move |tx| tx.save_incident(&saved)).await.unwrap();
    home.store.transact(|tx| tx.set_meta("incident_record_version", None)).await.unwrap();
    home.store.close().await.unwrap();
    let again = Store::open(&home.options, at(1)).unwrap();
    let id = record.id;
    assert_eq!(again.read(move |r| r.incident(id)).await, Ok(Some(record)));
}

#[tokio::test]
async fn a_page_of_an_older_version_is_rebuilt() {
    let home = home();
    let decision = oncall::triggered(&incident(1), 5);
    let page = decision.page.clone();
    let work = move |tx: &mut Tx<'_>| {
        let events: Vec<Event> = decision.steps.iter().map(|step| Event::OnCall(step.event.clone())).collect();
        append(tx, &Page::stream(decision.page.id()), at(5), &events)?;
        tx.save_page(&decision.page)
    };
    home.store.transact(work).await.unwrap();
    home.store.close().await.unwrap();
    let foreign = home.foreign();
    foreign.execute_batch("UPDATE pages SET doc = json_remove(doc, '$.created_at'), state = 'resolved'").unwrap();
    foreign.execute_batch("UPDATE meta SET value = '0' WHERE name = 'page_record_version'").unwrap();

    let again = Store::open(&home.options, at(1)).unwrap();
    let id = page.id();
    assert_eq!(again.read(move |r| r.page(id)).await, Ok(Some(page)));
    let state: String = foreign.query_row("SELECT state FROM pages", [], |row| row.get(0)).unwrap();
    assert_eq!(state, "triggered");
}
