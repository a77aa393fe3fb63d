//! Rules that open incidents, and what becomes of them.

use super::{Fixture, alert, graded};
use crate::{
    app::incidents,
    domain::{
        alert::AlertGroup,
        effect::{ChatEffect, Effect},
        event::Event,
        ids::IncidentId,
        incident::{Command, Incident, IncidentEvent, LifecycleEvent, Severity},
        people::Actor,
    },
    store::Tx,
};

impl Fixture {
    async fn history(&self, id: IncidentId) -> Vec<&'static str> {
        let recorded = self.app.store.read(move |reads| reads.events_of(&Incident::stream(id), 0, 1000)).await.unwrap();
        let name = |event: &Event| if let Event::Incident(event) = event { event.name() } else { "other" };
        recorded.iter().map(|row| name(&row.event)).collect()
    }

    pub(super) async fn count(&self, id: IncidentId, event: &str) -> usize {
        self.history(id).await.into_iter().filter(|name| *name == event).count()
    }

    async fn closes(&self, id: IncidentId) {
        let close = Command::Close { reason: Some("resolved".into()) };
        let closed = self.by("ann", move |tx, cx, work, _| incidents::command_in(tx, cx, work, id, &close)).await;
        assert!(!closed.unwrap().incident.is_open());
    }
}

#[tokio::test]
async fn a_critical_alert_on_a_critical_service_opens_an_incident_at_once() {
    let mut desk = Fixture::new();
    desk.posts(&[graded("Down", "a", "critical", (0, None))]).await;
    let incidents = desk.incidents().await;
    assert_eq!(incidents.len(), 1);
    let incident = &incidents[0];
    assert_eq!(incident.declared_by, Actor::Machine("rule critical-service".to_owned()));
    assert_eq!((incident.title.verbatim(), incident.severity), ("Down on a", Severity::Sev1));
    assert_eq!(desk.group().await.incident, Some(incident.id));
    assert_eq!(desk.messages(), [0], "the message does not wait for others");
}

#[tokio::test]
async fn a_warning_opens_none_and_neither_does_a_service_that_is_not_critical() {
    let mut desk = Fixture::new();
    let mut other = graded("Down", "a", "critical", (0, None));
    other["labels"]["service"] = "website".into();
    desk.posts(&[alert("Load", "a", 0, None), other]).await;
    desk.until(1000).await;
    assert_eq!(desk.incidents().await.len(), 0);
}

#[tokio::test]
async fn further_groups_of_the_service_are_tied_to_the_incident_that_a_rule_opened() {
    let mut desk = Fixture::new();
    desk.posts(&[graded("Down", "a", "critical", (0, None))]).await;
    desk.posts(&[graded("Errors", "a", "critical", (0, None)), graded("Down", "b", "critical", (0, None))]).await;
    let incidents = desk.incidents().await;
    assert_eq!((incidents.len(), incidents[0].groups.len()), (1, 2));
    assert!(desk.groups().await.iter().all(|group| group.incident == Some(incidents[0].id)));
    let cards = desk.sent_of(|effect| matches!(effect, Effect::Chat(ChatEffect::UpdateCard { .. })));
    assert!(cards > 0, "the card shows the second host");
}

#[tokio::test]
async fn after_the_incident_is_closed_a_new_alert_opens_a_new_one_and_the_old_alert_does_not() {
    let mut desk = Fixture::new();
    desk.posts(&[graded("Down", "a", "critical", (0, None))]).await;
    let first = desk.incidents().await[0].id;
    desk.closes(first).await;
    desk.until(600).await;
    desk.posts(&[graded("Down", "a", "critical", (0, None))]).await;
    assert_eq!(desk.incidents().await.len(), 1, "it is said again, not anew");
    desk.posts(&[graded("Down", "b", "critical", (590, None))]).await;
    assert_eq!(desk.incidents().await.len(), 2);
    assert_ne!(desk.group().await.incident, Some(first));
}

#[tokio::test]
async fn a_rule_may_want_the_alert_to_have_fired_for_a_while() {
    let more = "[[alerts.declare]]\nname = \"slow\"\nmatchers = [\"severity=warning\"]\nafter = \"10m\"\n";
    let mut desk = Fixture::with(more);
    desk.posts(&[alert("Load", "a", 0, None), alert("Disk", "a", 0, None)]).await;
    desk.until(500).await;
    desk.posts(&[alert("Load", "a", 0, Some(490))]).await;
    desk.until(599).await;
    assert_eq!(desk.incidents().await.len(), 0);
    desk.until(600).await;
    let incidents = desk.incidents().await;
    assert_eq!(incidents.len(), 1, "the one that was over in time opens none");
    assert_eq!(incidents[0].title.verbatim(), "Disk on a");
}

#[tokio::test]
async fn a_silenced_alert_opens_its_incident_when_the_silence_ends() {
    let more = "[[alerts.declare]]\nname = \"slow\"\nmatchers = [\"severity=warning\"]\nafter = \"10m\"\n";
    let mut desk = Fixture::with(more);
    desk.posts(&[alert("Load", "a", 0, None)]).await;
    let id = desk.group().await.id;
    desk.silences("bob", id, 60).await.unwrap();
    desk.until(3599).await;
    assert_eq!(desk.incidents().await.len(), 0);
    desk.until(3600).await;
    assert_eq!(desk.incidents().await.len(), 1);
}

#[tokio::test]
async fn when_all_alerts_are_over_the_manager_is_asked_and_nothing_is_closed() {
    let mut desk = Fixture::new();
    desk.posts(&[graded("Down", "a", "critical", (0, None)), graded("Errors", "a", "critical", (0, None))]).await;
    let id = desk.incidents().await[0].id;
    desk.until(100).await;
    desk.posts(&[graded("Down", "a", "critical", (0, Some(90)))]).await;
    assert_eq!(desk.count(id, "alerts_cleared").await, 0, "something fires still");
    desk.posts(&[graded("Errors", "a", "critical", (0, Some(95)))]).await;
    assert_eq!(desk.count(id, "alerts_cleared").await, 1);
    desk.until(5000).await;
    assert_eq!(desk.count(id, "alerts_cleared").await, 1, "once");
    assert!(desk.incidents().await[0].is_open());
}

#[tokio::test]
async fn where_a_route_does_not_send_what_is_resolved_nobody_is_asked_and_the_message_is_true_all_the_same() {
    let more = "[[alerts.route.routes]]\nmatchers = [\"alertname=Down\"]\nsend_resolved = false\n";
    let mut desk = Fixture::with(more);
    desk.posts(&[graded("Down", "a", "critical", (0, None))]).await;
    let id = desk.incidents().await[0].id;
    desk.until(100).await;
    let told = desk.messages().len();
    desk.posts(&[graded("Down", "a", "critical", (0, Some(90)))]).await;
    desk.until(5000).await;
    assert_eq!(desk.count(id, "alerts_cleared").await, 0);
    assert!(desk.messages().len() > told, "the end is shown");
    assert!(desk.incidents().await[0].is_open());
}

#[tokio::test]
async fn an_incident_whose_alert_flaps_asks_once_in_an_interval() {
    let mut desk = Fixture::new();
    for n in 0..200 {
        desk.until(n * 2).await;
        desk.posts(&[graded("Down", "a", "critical", (n * 2, None))]).await;
        desk.posts(&[graded("Down", "a", "critical", (n * 2, Some(n * 2 + 1)))]).await;
    }
    let incidents = desk.incidents().await;
    assert_eq!(incidents.len(), 1);
    desk.until(2000).await;
    let asked = desk.count(incidents[0].id, "alerts_cleared").await;
    assert!((1..=3).contains(&asked), "{asked}");
    assert!(desk.messages().len() < 40, "{:?}", desk.messages().len());
    desk.check().await;
}

#[tokio::test]
async fn a_group_follows_its_incident_into_another() {
    let mut desk = Fixture::new();
    desk.posts(&[graded("Down", "a", "critical", (0, None))]).await;
    let from = desk.incidents().await.remove(0);
    let merged = desk
        .by("ann", move |tx: &mut Tx<'_>, cx, work, _| {
            let wanted = crate::domain::incident::Declare {
                title: "the whole site".into(),
                group: None,
                impact_since: None,
                severity: None,
                judged: None,
                affected: None,
                service: None,
                description: Default::default(),
                kind: crate::domain::incident::IncidentKind::Real,
                own_kind: None,
                private: false,
            };
            let into = incidents::declare_in(tx, cx, work, &wanted)?.expect("declared").incident;
            incidents::merge_in(tx, cx, work, &from, &into)?.expect("merged");
            Ok(into.id)
        })
        .await;
    let group: AlertGroup = desk.group().await;
    assert_eq!(group.incident, Some(merged));
    let other = desk.by("ann", move |tx, cx, work, _| {
        incidents::command_in(tx, cx, work, merged, &Command::LinkGroup { group: group.id })
    });
    assert!(other.await.unwrap().events.is_empty(), "it is there already");
}

#[tokio::test]
async fn a_group_that_is_unknown_or_belongs_elsewhere_is_not_tied() {
    let mut desk = Fixture::new();
    desk.posts(&[graded("Down", "a", "critical", (0, None))]).await;
    let taken = desk.group().await.id;
    let refused = desk
        .by("ann", move |tx: &mut Tx<'_>, cx, work, _| {
            let wanted = crate::domain::incident::Declare {
                title: "something else".into(),
                group: None,
                impact_since: None,
                severity: None,
                judged: None,
                affected: None,
                service: None,
                description: Default::default(),
                kind: crate::domain::incident::IncidentKind::Real,
                own_kind: None,
                private: false,
            };
            let id = incidents::declare_in(tx, cx, work, &wanted)?.expect("declared").incident.id;
            let nobody = crate::domain::ids::GroupId::new(cx.now);
            let unknown = incidents::command_in(tx, cx, work, id, &Command::LinkGroup { group: nobody })?.unwrap_err();
            let elsewhere = incidents::command_in(tx, cx, work, id, &Command::LinkGroup { group: taken })?.unwrap_err();
            Ok([unknown.name(), elsewhere.name()])
        })
        .await;
    assert_eq!(refused, ["unknown_group", "group_taken"]);
}

#[tokio::test]
async fn the_incident_names_the_first_alert_as_the_time_of_impact() {
    let mut desk = Fixture::new();
    desk.posts(&[graded("Down", "a", "critical", (-120, None))]).await;
    let incident = desk.incidents().await.remove(0);
    let declared =
        desk.app.store.read(move |reads| reads.events_of(&Incident::stream(incident.id), 0, 1)).await.unwrap();
    assert!(matches!(declared[0].event, Event::Incident(IncidentEvent::Lifecycle(LifecycleEvent::Declared { .. }))));
    let impact = incident.times.get(&crate::domain::incident::TimeName::Impact).expect("set").first;
    assert_eq!(impact, super::at(-120));
}
