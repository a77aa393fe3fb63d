//! What people do to groups.

use std::time::Duration;

use super::{Fixture, alert, at, graded};
use crate::{
    app::{
        alerts,
        commands::{GroupSilenceRequest, create_group_silence, declare_from_group},
        silences,
    },
    domain::{
        alert::{AlertEvent, AlertGroup, AlertState},
        event::Event,
        ids::{GroupId, PersonId},
        incident::{Declare, IncidentKind, Severity},
        people::Actor,
        refusal::{AlertRefusal, IncidentRefusal, Refusal},
        text::Untrusted,
    },
    store::SilenceFilter,
};

impl Fixture {
    async fn acknowledges(&self, person: &str, group: GroupId) -> Result<AlertGroup, Refusal> {
        self.by(person, move |tx, cx, work, person| alerts::acknowledge(tx, cx, work, group, person)).await
    }

    pub(super) async fn silences(&self, person: &str, group: GroupId, minutes: u64) -> Result<AlertGroup, Refusal> {
        self.silences_group(person, (group, Some(minutes), false)).await
    }

    /// Silences a group for so many minutes, or until it is over, or puts it away.
    pub(super) async fn silences_group(
        &self,
        person: &str,
        (group, minutes, shelved): (GroupId, Option<u64>, bool),
    ) -> Result<AlertGroup, Refusal> {
        let wait = minutes.map(|minutes| Duration::from_secs(minutes * 60));
        let wanted = GroupSilenceRequest { group, wait, reason: Untrusted::new("known"), shelved };
        let made =
            self.by(person, move |tx, cx, work, person| create_group_silence(tx, cx, work, person, &wanted)).await;
        made.map(|held| held.group.expect("a group"))
    }
}

fn said(title: &str) -> Declare {
    Declare {
        title: Untrusted::new(title),
        description: Untrusted::default(),
        severity: None,
        judged: None,
        affected: None,
        service: None,
        kind: IncidentKind::Real,
        own_kind: None,
        private: false,
        group: None,
        impact_since: None,
    }
}

#[tokio::test]
async fn whoever_acknowledges_is_shown_at_once_and_the_second_is_told_who_was_first() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    let group = desk.group().await;
    desk.until(50).await;
    let taken = desk.acknowledges("bob", group.id).await.unwrap();
    assert_eq!(taken.state(at(50)), AlertState::Acknowledged);
    desk.settle().await;
    assert_eq!(desk.messages(), [0, 50]);
    assert_eq!(desk.alerts().await[0].acknowledged_by, Some(PersonId::new("bob")));
    let second = desk.acknowledges("cho", group.id).await.unwrap_err();
    assert!(
        matches!(&second, Refusal::Incident(IncidentRefusal::Already { by: Some(Actor::Person(by)), .. }) if by.as_str() == "bob"),
        "{second:?}"
    );
    let log = desk.app.store.read(move |reads| reads.events_of(&AlertGroup::stream(group.id), 0, 10)).await.unwrap();
    let events: Vec<_> = log.into_iter().map(|recorded| (recorded.actor, recorded.event)).collect();
    let acknowledged = Event::Alert(AlertEvent::GroupAcknowledged { group: group.id });
    assert_eq!(events[1], (Actor::Person(PersonId::new("bob")), acknowledged), "the log says who did it");
}

#[tokio::test]
async fn what_fires_after_the_acknowledgement_is_nobodys_and_is_told() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    let group = desk.group().await;
    desk.until(50).await;
    desk.acknowledges("bob", group.id).await.unwrap();
    desk.until(60).await;
    desk.posts(&[alert("Load", "b", 55, None)]).await;
    assert_eq!(desk.states().await, [("acknowledged", 1), ("firing", 1)].into());
    desk.until(300).await;
    assert_eq!(desk.messages(), [0, 50, 300]);
    desk.acknowledges("cho", group.id).await.unwrap();
    assert_eq!(desk.states().await, [("acknowledged", 2)].into());
}

#[tokio::test]
async fn an_acknowledgement_that_runs_out_leaves_what_fires_to_everyone_and_tells_it_again() {
    let mut desk = Fixture::with("[alerts]\nacknowledge_expires = \"1h\"\n");
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    let group = desk.group().await;
    desk.until(50).await;
    desk.acknowledges("bob", group.id).await.unwrap();
    desk.until(3_649).await;
    assert_eq!(desk.states().await, [("acknowledged", 1)].into());
    desk.until(3_650).await;
    assert_eq!(desk.states().await, [("firing", 1)].into());
    desk.until(3_900).await;
    assert_eq!(desk.messages(), [0, 50, 3_650, 3_900], "shown at once, and told again at the next tick");
    assert_eq!(desk.group().await.display.postings, 2, "by a fresh message");
    desk.until(3 * 3_600).await;
    assert_eq!(desk.messages().len(), 4, "once");
}

#[tokio::test]
async fn an_acknowledgement_may_hold_as_long_as_it_fires() {
    let mut desk = Fixture::with("[alerts]\nacknowledge_expires = \"never\"\n");
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    let group = desk.group().await;
    desk.acknowledges("bob", group.id).await.unwrap();
    desk.until(20 * 3_600).await;
    assert_eq!(desk.states().await, [("acknowledged", 1)].into());
}

#[tokio::test]
async fn what_is_over_or_unknown_cannot_be_acknowledged() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    desk.posts(&[alert("Load", "a", -60, Some(-1))]).await;
    let group = desk.group().await;
    assert!(
        matches!(desk.acknowledges("bob", group.id).await, Err(Refusal::Incident(IncidentRefusal::Already { value, .. })) if value == "resolved")
    );
    let nobody = GroupId::new(at(0));
    assert_eq!(
        desk.acknowledges("bob", nobody).await,
        Err(AlertRefusal::UnknownGroup { id: nobody.to_string() }.into())
    );
}

#[tokio::test]
async fn a_silenced_group_shows_its_resolves_and_keeps_its_news_back() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    let group = desk.group().await;
    desk.silences("bob", group.id, 60).await.unwrap();
    desk.until(10).await;
    assert_eq!(desk.messages(), [0, 0], "posted, then edited to show the silence");
    desk.posts(&[alert("Load", "b", 5, None)]).await;
    assert_eq!(desk.states().await, [("silenced", 2)].into());
    desk.until(1000).await;
    assert_eq!(desk.messages(), [0, 0]);
    desk.posts(&[alert("Load", "a", -60, Some(990))]).await;
    assert_eq!(desk.messages(), [0, 0, 1000]);
    desk.until(3599).await;
    assert_eq!(desk.messages(), [0, 0, 1000]);
    desk.until(3600).await;
    assert_eq!(desk.states().await, [("firing", 1), ("resolved", 1)].into());
    assert_eq!(desk.messages(), [0, 0, 1000, 3600, 3600], "the silence is over, and what fires is told");
}

#[tokio::test]
async fn a_silence_holds_when_the_group_closes_and_opens_again() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    let group = desk.group().await;
    desk.silences("bob", group.id, 60).await.unwrap();
    desk.posts(&[alert("Load", "a", -60, Some(-1))]).await;
    desk.until(1000).await;
    let before = desk.messages().len();
    desk.posts(&[alert("Load", "a", 900, None)]).await;
    desk.until(3500).await;
    assert_eq!((desk.groups().await.len(), desk.messages().len()), (2, before), "no message for it");
    assert_eq!(desk.states().await.get("silenced"), Some(&1));
    desk.until(4000).await;
    assert_eq!(desk.messages().len(), before + 1, "it gets its message when the silence is over");
}

#[tokio::test]
async fn a_silence_has_bounds_and_a_shorter_one_does_not_end_a_longer_one() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    let id = desk.group().await.id;
    for minutes in [0, 7 * 24 * 60 + 1] {
        assert!(matches!(
            desk.silences("bob", id, minutes).await,
            Err(Refusal::Incident(IncidentRefusal::BadWait { .. }))
        ));
    }
    desk.silences("bob", id, 60).await.unwrap();
    assert_eq!(desk.silences("cho", id, 1).await.unwrap().silence.until, Some(at(3600)));
}

#[tokio::test]
async fn an_incident_declared_from_a_group_takes_what_was_not_said_from_its_alerts() {
    let mut desk = Fixture::new();
    desk.posts(&[graded("Load", "a", "error", (-90, None))]).await;
    let id = desk.group().await.id;
    let written = desk.by("bob", move |tx, cx, work, _| declare_from_group(tx, cx, work, id, &said(""))).await.unwrap();
    let incident = written.incident;
    assert_eq!((incident.title.verbatim(), incident.severity), ("Load on a", Severity::Sev2));
    assert_eq!(incident.service.as_ref().map(ToString::to_string), Some("checkout".to_owned()));
    assert_eq!(desk.group().await.incident, Some(incident.id));
    let again =
        desk.by("cho", move |tx, cx, work, _| declare_from_group(tx, cx, work, id, &said("x"))).await.unwrap_err();
    assert_eq!(again, AlertRefusal::GroupTaken { key: incident.key }.into());
}

#[tokio::test]
async fn what_fires_when_a_shelving_runs_out_is_told_afresh_and_after_a_silence_it_is_not() {
    for (shelved, told) in [(true, vec![0, 60, 3600, 3600]), (false, vec![0, 60, 3600])] {
        let mut desk = Fixture::new();
        desk.posts(&[alert("Load", "a", -60, None)]).await;
        desk.until(60).await;
        let id = desk.group().await.id;
        desk.silences_group("bob", (id, Some(59), shelved)).await.unwrap();
        desk.until(3600 - 1).await;
        assert_eq!(desk.group().await.state(at(3599)), AlertState::Silenced);
        desk.until(3601).await;
        assert_eq!(desk.messages(), told, "shelved: {shelved}");
        assert_eq!(desk.group().await.display.postings, if shelved { 2 } else { 1 });
        desk.check().await;
    }
}

#[tokio::test]
async fn a_shelving_that_a_person_ends_tells_nothing_afresh() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    desk.until(60).await;
    let id = desk.group().await.id;
    desk.silences_group("bob", (id, Some(600), true)).await.unwrap();
    let filter = SilenceFilter::default();
    let now = desk.app.clock.now();
    let listed = desk.app.store.read(move |reads| silences::listed(reads, &filter, now)).await.unwrap();
    assert_eq!((listed.len(), listed[0].holds, listed[0].silence.shelves()), (1, 1, true));
    let silence = listed[0].silence.id;
    desk.by("cho", move |tx, cx, work, _| silences::expire(tx, cx, work, silence)).await.unwrap();
    desk.until(3600).await;
    assert_eq!(desk.group().await.display.postings, 1);
    assert_eq!(desk.group().await.state(at(3600)), AlertState::Firing);
}

#[tokio::test]
async fn a_group_is_silenced_until_it_is_over_and_heard_when_it_opens_again() {
    let mut desk = Fixture::new();
    desk.posts(&[alert("Load", "a", -60, None)]).await;
    let id = desk.group().await.id;
    desk.silences_group("bob", (id, None, false)).await.unwrap();
    desk.until(9 * 3600).await;
    assert_eq!(desk.group().await.state(at(9 * 3600)), AlertState::Silenced);
    desk.posts(&[alert("Load", "a", -60, Some(9 * 3600))]).await;
    desk.until(10 * 3600).await;
    assert!(
        matches!(
            desk.silences_group("bob", (id, None, false)).await,
            Err(Refusal::Incident(IncidentRefusal::Already { .. }))
        ),
        "nothing fires"
    );
    desk.posts(&[alert("Load", "a", 10 * 3600, None)]).await;
    desk.until(10 * 3600 + 60).await;
    assert_eq!(desk.states().await.get("firing"), Some(&1));
}
