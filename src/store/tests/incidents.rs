//! Tests of incident records and lists.

use super::*;
use crate::{
    domain::{event::Event, ids::RoomId, incident::TimelineEvent},
    store::{Append, IncidentFilter, ListViewer, ReportFilter},
};

async fn save(store: &Store, incident: &Incident) -> Result<(), StoreError> {
    let incident = incident.clone();
    store.transact(move |tx| tx.save_incident(&incident)).await
}

async fn keys(store: &Store, filter: IncidentFilter) -> Vec<u64> {
    let page = store.read(move |r| r.list_incidents(&filter)).await.unwrap();
    page.items.iter().map(|incident| incident.key.number).collect()
}

fn changed(mut incident: Incident, change: impl FnOnce(&mut Incident)) -> Incident {
    incident.version += 1;
    change(&mut incident);
    incident
}

#[tokio::test]
async fn keys_are_numbered_without_a_gap_for_each_prefix() {
    let home = home();
    let first = home.store.transact(|tx| tx.next_key("HOT")).await.unwrap();
    let undone = home.store.transact(|tx| tx.next_key("HOT").and(Err::<(), _>(StoreError::Busy))).await;
    let second = home.store.transact(|tx| tx.next_key("HOT")).await.unwrap();
    let other = home.store.transact(|tx| tx.next_key("OPS")).await.unwrap();
    assert!(undone.is_err());
    assert_eq!([first.to_string(), second.to_string(), other.to_string()], ["HOT-1", "HOT-2", "OPS-1"]);
}

#[tokio::test]
async fn an_incident_is_found_by_id_key_and_room() {
    let home = home();
    let room = RoomId::from("hot-1");
    let saved = changed(incident(1), |incident| incident.room = Some(RoomId::from("hot-1")));
    save(&home.store, &saved).await.unwrap();
    let id = saved.id;
    let found = home
        .store
        .read(move |r| Ok([r.incident(id)?, r.incident_by_key(&Key::new("HOT", 1))?, r.incident_by_room(&room)?]))
        .await
        .unwrap();
    assert_eq!(found, [Some(saved.clone()), Some(saved.clone()), Some(saved)]);
    assert_eq!(home.store.read(|r| r.incident_by_key(&Key::new("HOT", 2))).await, Ok(None));
}

#[tokio::test]
async fn an_older_version_never_overwrites_a_newer_one() {
    let home = home();
    let first = incident(1);
    let second = changed(first.clone(), |incident| incident.title = "Newer".into());
    save(&home.store, &first).await.unwrap();
    save(&home.store, &second).await.unwrap();
    let refused = save(&home.store, &first).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Conflict(why) if why.contains("HOT-1")), "{refused}");
    assert!(matches!(save(&home.store, &second).await, Err(StoreError::Conflict(_))));
    let id = first.id;
    assert_eq!(home.store.read(move |r| r.incident(id)).await, Ok(Some(second)));
}

#[tokio::test]
async fn one_room_belongs_to_one_incident() {
    let home = home();
    let in_room = |number| changed(incident(number), |incident| incident.room = Some(RoomId::from("hot-1")));
    save(&home.store, &in_room(1)).await.unwrap();
    assert!(matches!(save(&home.store, &in_room(2)).await, Err(StoreError::Conflict(_))));
}

#[tokio::test]
async fn lists_are_paged_newest_first_without_a_gap_or_a_repeat() {
    let home = home();
    for number in 1..=7 {
        save(&home.store, &incident(number)).await.unwrap();
    }
    let mut filter = IncidentFilter { limit: 3, ..IncidentFilter::default() };
    let mut seen = Vec::new();
    loop {
        let asked = filter.clone();
        let page = home.store.read(move |r| r.list_incidents(&asked)).await.unwrap();
        seen.push(page.items.iter().map(|incident| incident.key.number).collect::<Vec<_>>());
        let Some(next) = page.next else { break };
        filter.after = Some(next);
    }
    assert_eq!(seen, [vec![7, 6, 5], vec![4, 3, 2], vec![1]]);
}

#[tokio::test]
async fn all_conditions_of_a_filter_must_hold() {
    let home = home();
    let closed = |incident: &mut Incident| {
        incident.category = Category::Closed;
        incident.status = StatusId::from("closed");
    };
    save(&home.store, &incident(1)).await.unwrap();
    save(&home.store, &changed(incident(2), closed)).await.unwrap();
    save(&home.store, &changed(incident(3), |incident| incident.severity = Severity::Sev1)).await.unwrap();
    save(&home.store, &changed(incident(4), |incident| incident.service = Some(ServiceId::from("mail"))))
        .await
        .unwrap();

    let any = IncidentFilter::default;
    assert_eq!(keys(&home.store, IncidentFilter { open: Some(true), ..any() }).await, [4, 3, 1]);
    assert_eq!(keys(&home.store, IncidentFilter { open: Some(false), ..any() }).await, [2]);
    assert_eq!(keys(&home.store, IncidentFilter { status: Some(StatusId::from("closed")), ..any() }).await, [2]);
    assert_eq!(keys(&home.store, IncidentFilter { severity: Some(Severity::Sev1), ..any() }).await, [3]);
    assert_eq!(keys(&home.store, IncidentFilter { service: Some(ServiceId::from("mail")), ..any() }).await, [4]);
    let both = IncidentFilter { severity: Some(Severity::Sev1), service: Some(ServiceId::from("mail")), ..any() };
    assert!(keys(&home.store, both).await.is_empty());
    let counts = home.store.read(move |r| r.count_incidents(&any())).await.unwrap();
    assert_eq!(counts, [(StatusId::from("closed"), 1), (StatusId::from("investigating"), 3)]);
}

#[tokio::test]
async fn text_is_searched_literally_in_any_case_in_title_and_key() {
    let home = home();
    let titled = |number, title: &str| changed(incident(number), |incident| incident.title = title.into());
    save(&home.store, &titled(1, "100% of ÜBERWEISUNG fails")).await.unwrap();
    save(&home.store, &titled(2, "100 of them")).await.unwrap();
    save(&home.store, &titled(3, "snake_case' OR 1=1 --")).await.unwrap();
    let found = async |text: &str| {
        keys(&home.store, IncidentFilter { text: Some(text.to_owned()), ..IncidentFilter::default() }).await
    };
    assert_eq!(found("100%").await, [1]);
    assert_eq!(found("überweisung").await, [1]);
    assert_eq!(found("hot-2").await, [2]);
    assert_eq!(found("SNAKE_").await, [3]);
    assert_eq!(found("snakexcase").await, [] as [u64; 0]);
    assert_eq!(found("' or 1=1").await, [3]);
    assert_eq!(found("\\").await, [] as [u64; 0]);
}

#[tokio::test]
async fn a_private_incident_is_listed_and_counted_for_its_members_only() {
    let home = home();
    save(&home.store, &incident(1)).await.unwrap();
    let secret = changed(incident(2), |incident| incident.private = true);
    save(&home.store, &secret).await.unwrap();
    let seen_by = |person: &str| IncidentFilter {
        viewer: ListViewer::Person(PersonId::from(person)),
        open: Some(true),
        text: Some("down".to_owned()),
        ..IncidentFilter::default()
    };
    assert_eq!(keys(&home.store, seen_by("ann")).await, [2, 1]);
    assert_eq!(keys(&home.store, seen_by("bob")).await, [1]);
    assert_eq!(keys(&home.store, IncidentFilter::default()).await, [2, 1]);
    let bobs = seen_by("bob");
    let counts = home.store.read(move |r| r.count_incidents(&bobs)).await.unwrap();
    assert_eq!(counts, [(StatusId::from("investigating"), 1)]);

    let invited = changed(secret, |incident| {
        incident.members = [PersonId::from("bob")].into();
    });
    save(&home.store, &invited).await.unwrap();
    assert_eq!(keys(&home.store, seen_by("bob")).await, [2, 1]);
    assert_eq!(keys(&home.store, seen_by("ann")).await, [1]);
}

#[tokio::test]
async fn the_record_and_its_events_are_kept_or_undone_together() {
    let home = home();
    let saved = incident(1);
    let undone = home
        .store
        .transact(move |tx| {
            let event = Event::Incident(TimelineEvent::NoteAdded { text: "x".into() }.into());
            let actor = Actor::Machine("test".to_owned());
            let stream = Incident::stream(saved.id);
            tx.append(
                &Append { stream: &stream, expected_seq: Some(0), actor: &actor, at: at(9), request: "" },
                &[event],
            )?;
            tx.save_incident(&saved)?;
            tx.save_incident(&saved)
        })
        .await;
    assert!(matches!(undone, Err(StoreError::Conflict(_))));
    assert_eq!(home.store.read(|r| r.log_head()).await, Ok((0, String::new())));
    assert!(keys(&home.store, IncidentFilter::default()).await.is_empty());
}

#[tokio::test]
async fn lists_use_the_index_and_do_not_read_every_record() {
    let home = home();
    let plan = |filter: IncidentFilter| {
        let store = home.store.clone();
        async move { store.read(move |r| r.plan_of_list(&filter)).await.unwrap() }
    };
    let any = IncidentFilter::default;
    assert!(plan(IncidentFilter { open: Some(true), ..any() }).await.contains("incidents_open"));
    let text = plan(IncidentFilter { text: Some("x".to_owned()), ..any() }).await;
    assert!(text.contains("COVERING INDEX incidents_list"), "{text}");
    let private = plan(IncidentFilter { viewer: ListViewer::Person(PersonId::from("ann")), ..any() }).await;
    assert!(private.contains("COVERING INDEX incidents_list"), "{private}");
}

#[tokio::test]
async fn a_report_reads_the_facts_of_its_period_along_an_index() {
    let filter =
        ReportFilter { viewer: ListViewer::Person(PersonId::from("ann")), from: at(0), until: at(9), drills: false };
    let plan = home().store.read(move |r| r.plan_of_report(&filter)).await.unwrap();
    assert!(plan.contains("incident_facts USING INDEX incident_facts_period"), "{plan}");
}
