//! How much came in, and how much of it people saw.

use super::{Fixture, alert, at, graded};
use crate::store::{DailyNoise, NoiseCounts};

impl Fixture {
    async fn noise(&self) -> Vec<DailyNoise> {
        self.app.store.read(|reads| reads.noise_since(at(0))).await.expect("read")
    }
}

#[tokio::test]
async fn events_alerts_groups_and_incidents_are_counted_by_day_and_source() {
    let mut desk = Fixture::new();
    desk.posts(&[graded("Down", "a", "critical", (0, None)), alert("Load", "a", 0, None)]).await;
    desk.until(60).await;
    desk.posts(&[graded("Down", "a", "critical", (0, None)), alert("Load", "b", 50, None)]).await;
    desk.posts(&[alert("Load", "b", 50, Some(70))]).await;
    let day = |day: &str, noise| DailyNoise { day: day.to_owned(), source: "alertmanager".to_owned(), noise };
    let first = day("2026-11-21", NoiseCounts { events: 5, alerts: 3, groups: 2, incidents: 1 });
    assert_eq!(desk.noise().await, std::slice::from_ref(&first));
    desk.until(86_400).await;
    desk.posts(&[alert("Load", "c", 86_390, None)]).await;
    let second = day("2026-11-22", NoiseCounts { events: 1, alerts: 1, groups: 0, incidents: 0 });
    assert_eq!(desk.noise().await, [second, first]);
}

#[tokio::test]
async fn an_incident_that_people_declare_is_of_no_source_and_a_private_one_is_not_counted() {
    let desk = Fixture::new();
    for private in [false, true] {
        desk.by("ann", move |tx, cx, work, _| {
            let wanted = crate::domain::incident::Declare {
                title: "something".into(),
                group: None,
                impact_since: None,
                severity: None,
                judged: None,
                affected: None,
                service: None,
                description: Default::default(),
                kind: crate::domain::incident::IncidentKind::Real,
                own_kind: None,
                private,
            };
            crate::app::incidents::declare_in(tx, cx, work, &wanted)
        })
        .await
        .expect("declared");
    }
    let noise = desk.noise().await;
    assert_eq!((noise.len(), noise[0].source.as_str(), noise[0].noise.incidents), (1, "", 1));
}
