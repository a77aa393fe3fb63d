//! Tests of pages and overrides.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::*;
use crate::{
    domain::{
        ids::{OverrideId, PageId, PersonId},
        incident::Incident,
        oncall::{
            EscalationPolicy, NewPage, Override, OverrideKind, Page, PageDecision, PageFacts, PageState, PageSubject,
            trigger,
        },
    },
    store::{ListViewer, PageFilter},
};

fn page(of: &Incident, millis: i64) -> Page {
    triggered(of, millis).page
}

/// A page that starts.
pub(super) fn triggered(of: &Incident, millis: i64) -> PageDecision {
    let policy = EscalationPolicy {
        id: "default".into(),
        steps: Vec::new(),
        repeat: 0,
        acknowledge_timeout: None,
        acknowledgements: 1,
    };
    let (id, whom) = (PageId::new(at(millis)), "Checkout".to_owned());
    let spec = NewPage {
        id,
        about: PageSubject::Incident { incident: of.id, key: of.key.clone() },
        policy,
        whom,
        by: None,
        message: None,
        lapsed: None,
        idle: false,
        drill: false,
        urgency: crate::domain::contact::Urgency::High,
        outside: None,
    };
    trigger(spec, &PageFacts { now: at(millis), reach: &[], fallback: Some(&"ann".into()), contacts: &BTreeMap::new() })
}

#[tokio::test]
async fn pages_of_a_private_incident_are_listed_for_its_members_only() {
    let home = home();
    let (open, mut secret) = (incident(1), incident(2));
    secret.private = true;
    secret.members = [PersonId::from("ann")].into();
    let (first, second) = (page(&open, 1), page(&secret, 2));
    let saved = (first.clone(), second.clone());
    home.store
        .transact(move |tx| {
            tx.save_incident(&open)?;
            tx.save_incident(&secret)?;
            tx.save_page(&saved.0)?;
            tx.save_page(&saved.1)
        })
        .await
        .unwrap();
    for (viewer, seen) in [
        (ListViewer::Everything, vec![second.id(), first.id()]),
        (ListViewer::Person("ann".into()), vec![second.id(), first.id()]),
        (ListViewer::Person("bob".into()), vec![first.id()]),
    ] {
        let filter = PageFilter { viewer: viewer.clone(), state: Some(PageState::Triggered), ..PageFilter::default() };
        let list = home.store.read(move |r| r.list_pages(&filter)).await.unwrap();
        assert_eq!(list.items.iter().map(Page::id).collect::<Vec<_>>(), seen, "{viewer:?}");
    }
    let stale = home.store.transact(move |tx| tx.save_page(&first)).await;
    assert!(matches!(stale, Err(StoreError::Conflict(_))), "{stale:?}");
}

#[tokio::test]
async fn overrides_are_found_by_their_time_until_they_are_canceled() {
    let home = home();
    let hour = TimeDelta::hours(1);
    let entry = Override {
        id: OverrideId::new(at(0)),
        schedule: "primary".into(),
        from: at(0) + hour,
        until: at(0) + hour * 2,
        kind: OverrideKind::Replace,
        person: "bob".into(),
        instead_of: Some("ann".into()),
    };
    let saved = entry.clone();
    home.store.transact(move |tx| tx.add_override(&saved, 1, at(0))).await.unwrap();
    let found = |from, to| home.store.read(move |r| r.overrides(from, to));
    assert_eq!(found(at(0), at(0) + hour).await.unwrap(), [], "it has not begun");
    assert_eq!(found(at(0), at(1) + hour).await.unwrap(), std::slice::from_ref(&entry));
    assert_eq!(found(at(0) + hour * 2, at(0) + hour * 3).await.unwrap(), [], "its end is not in it");
    let id = entry.id;
    assert!(home.store.transact(move |tx| tx.remove_override(id, at(5))).await.unwrap());
    assert_eq!(found(at(0), at(0) + hour * 3).await.unwrap(), []);
}
