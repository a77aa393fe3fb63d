//! Records that differ from their events.

use super::*;
use crate::{domain::incident::Incident, store::StoreError};

/// Stores a different record of the incident, as a version with other event handling would.
async fn store_another(store: &Store) -> Incident {
    let work = |tx: &mut crate::store::Tx<'_>| {
        let mut incident = tx.list_incidents(&Default::default())?.items.remove(0);
        let right = incident.clone();
        incident.title = "Another title".into();
        incident.members.clear();
        tx.rewrite_record(&incident)?;
        Ok::<_, StoreError>(right)
    };
    store.transact(work).await.expect("written")
}

async fn stored(store: &Store) -> Incident {
    store.read(|r| r.list_incidents(&Default::default())).await.expect("read").items.remove(0)
}

#[tokio::test]
async fn records_of_another_version_are_no_finding_and_the_next_start_rebuilds_them() {
    let home = home("");
    let store = home.open();
    home.declare(&store).await;
    let right = store_another(&store).await;
    store.transact(|tx| tx.set_meta("incident_record_version", Some("0"))).await.expect("written");
    let before = home.doctor(false, 0);
    assert_eq!(before.exit, Exit::Good, "{before:?}");
    assert!(before.text().contains("records were stored by another version of hotroom"), "{before:?}");
    assert_eq!(stored(&store).await.title, "Another title".into(), "the doctor leaves them alone");
    store.close().await.expect("closed");

    let again = home.open();
    assert_eq!(stored(&again).await, right);
    let after = home.doctor(false, 0);
    assert_eq!(after.exit, Exit::Good, "{after:?}");
    assert!(after.text().contains("1 record of incidents compared with the log"), "{after:?}");
}

#[tokio::test]
async fn a_record_that_differs_from_its_history_is_found_and_repaired() {
    let home = home("");
    let store = home.open();
    home.declare(&store).await;
    let right = store_another(&store).await;
    let found = home.doctor(false, 0);
    assert_eq!(found.exit, Exit::Failed);
    assert!(found.text().contains("the record of HOT-1 differs from its history"), "{found:?}");

    let repaired = home.doctor(true, 0);
    assert_eq!(repaired.exit, Exit::Good, "{repaired:?}");
    assert!(repaired.text().contains("the record of HOT-1 is rebuilt from its history"), "{repaired:?}");
    assert_eq!(stored(&store).await, right);
    assert_eq!(home.doctor(false, 0).exit, Exit::Good);
}
