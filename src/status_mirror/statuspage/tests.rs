//! The client against a Statuspage that remembers and fails.

use std::time::Duration;

use super::*;
use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome},
        status::{ComponentStatus, Impact, MirroredComponent, MirroredUpdate, PublicStatus},
    },
    fake_http::{
        Reaction, Received,
        table::{AdapterUnderTest, Expected, Override, Row, client, run_failure_table},
    },
    fake_statuspage::{COMPONENTS, FakeStatuspage, PAGE, TOKEN},
    net::HttpClient,
    status_mirror::RequestPace,
};

fn settings(url: &str) -> StatuspageSettings {
    StatuspageSettings { url: url.to_owned(), token: SecretString::from(TOKEN), page: PAGE.to_owned() }
}

fn update(number: u32, status: PublicStatus, body: &str) -> MirroredUpdate {
    MirroredUpdate { number, status, body: body.to_owned() }
}

fn incident(updates: Vec<MirroredUpdate>, checkout: ComponentStatus) -> MirroredIncident {
    let status = updates.last().map_or(PublicStatus::Investigating, |update| update.status);
    MirroredIncident {
        reference: "abcdefghijkl".to_owned(),
        name: "Payments <fail>".to_owned(),
        status,
        impact: Impact::Major,
        started_at: Timestamp::UNIX_EPOCH,
        updates,
        components: vec![MirroredComponent { remote: COMPONENTS[0].0.to_owned(), status: checkout }],
        notify: true,
    }
}

struct Rig {
    page: FakeStatuspage,
    http: HttpClient,
    pace: RequestPace,
}

impl Rig {
    async fn start() -> Self {
        Self { page: FakeStatuspage::start().await, http: client(), pace: RequestPace::default() }
    }

    async fn publish(
        &self,
        incident: &MirroredIncident,
        known: Option<&MirroredPost>,
    ) -> Result<MirroredPost, StatusMirrorFailure> {
        let cx = StatusMirrorContext { http: &self.http, pace: &self.pace, now: Timestamp::UNIX_EPOCH };
        settings(&self.page.api()).publish(cx, incident, known).await
    }
}

fn first() -> MirroredUpdate {
    update(1, PublicStatus::Investigating, "We look <b>into</b> it & more; soon")
}

#[tokio::test]
async fn an_incident_and_its_components_change_in_one_call() {
    let rig = Rig::start().await;
    let post = rig.publish(&incident(vec![first()], ComponentStatus::MajorOutage), None).await.expect("created");
    let shown = rig.page.incidents().remove(0);
    assert_eq!(
        (shown.name.as_str(), shown.status.as_str(), shown.impact.as_str()),
        ("Payments <fail>", "investigating", "major")
    );
    assert_eq!(
        shown.updates[0].body, "We look &lt;b>into&lt;/b> it & more; soon",
        "what was written is shown, and no HTML"
    );
    assert_eq!(shown.metadata["hotroom"]["incident"], "abcdefghijkl");
    assert_eq!(rig.page.component(COMPONENTS[0].0), "major_outage");
    assert_eq!(post.updates[&1].remote, shown.updates[0].id);

    let over = incident(vec![first(), update(2, PublicStatus::Resolved, "Fixed")], ComponentStatus::Operational);
    let post = rig.publish(&over, Some(&post)).await.expect("changed");
    let shown = rig.page.incidents().remove(0);
    assert_eq!((shown.status.as_str(), shown.updates.len()), ("resolved", 2));
    assert_eq!(rig.page.component(COMPONENTS[0].0), "operational");
    assert_eq!(post.updates.keys().copied().collect::<Vec<_>>(), [1, 2]);
    let changes = rig.page.http.lines().into_iter().filter(|line| !line.starts_with("GET")).count();
    assert_eq!(changes, 2, "{:?}", rig.page.http.lines());
}

#[tokio::test]
async fn only_the_newest_update_is_sent_to_a_page_that_was_away() {
    let rig = Rig::start().await;
    let updates =
        vec![first(), update(2, PublicStatus::Identified, "Found"), update(3, PublicStatus::Monitoring, "Better")];
    let post = rig.publish(&incident(updates, ComponentStatus::DegradedPerformance), None).await.expect("created");
    let shown = rig.page.incidents().remove(0);
    assert_eq!(shown.updates.iter().map(|update| update.body.as_str()).collect::<Vec<_>>(), ["Better"]);
    assert_eq!(post.newest(), 3);
}

#[tokio::test]
async fn an_incident_that_is_over_when_it_is_created_notifies_nobody() {
    let rig = Rig::start().await;
    let over = incident(vec![update(1, PublicStatus::Resolved, "Fixed")], ComponentStatus::Operational);
    rig.publish(&over, None).await.expect("created");
    assert!(!rig.page.incidents()[0].updates[0].notified);
}

#[tokio::test]
async fn what_was_made_by_an_attempt_whose_end_is_unknown_is_found_and_not_repeated() {
    let rig = Rig::start().await;
    let begun = incident(vec![first()], ComponentStatus::MajorOutage);
    rig.page.react_next_change(Reaction::Close, true);
    let lost = rig.publish(&begun, None).await.expect_err("lost").outcome::<()>(Timestamp::UNIX_EPOCH);
    assert!(matches!(lost, Outcome::Unknown { .. }), "{lost:?}");
    let post = rig.publish(&begun, None).await.expect("found");
    assert_eq!(rig.page.incidents().len(), 1);
    assert_eq!(post.updates[&1].remote, rig.page.incidents()[0].updates[0].id);

    let more = incident(vec![first(), update(2, PublicStatus::Identified, "Found")], ComponentStatus::PartialOutage);
    rig.page.react_next_change(Reaction::answer(502, "<html>"), true);
    rig.publish(&more, Some(&post)).await.expect_err("lost");
    let post = rig.publish(&more, Some(&post)).await.expect("found");
    assert_eq!(rig.page.incidents()[0].updates.len(), 2);
    assert_eq!(post.newest(), 2);
}

#[tokio::test]
async fn a_text_that_changed_after_it_was_posted_is_changed_there() {
    let rig = Rig::start().await;
    let post = rig.publish(&incident(vec![first()], ComponentStatus::MajorOutage), None).await.expect("created");
    let redacted = update(1, PublicStatus::Investigating, "We are looking into it.");
    let changed = incident(vec![redacted.clone()], ComponentStatus::MajorOutage);
    let post = rig.publish(&changed, Some(&post)).await.expect("changed");
    let shown = rig.page.incidents().remove(0);
    assert_eq!((shown.updates.len(), shown.updates[0].body.as_str()), (1, "We are looking into it."));
    // Also where the answer to the creation was lost, so that only the page knows what it shows.
    let rig = Rig::start().await;
    rig.page.react_next_change(Reaction::Close, true);
    rig.publish(&incident(vec![first()], ComponentStatus::MajorOutage), None).await.expect_err("lost");
    rig.publish(&changed, None).await.expect("changed");
    assert_eq!(rig.page.incidents()[0].updates[0].body, "We are looking into it.");
    assert!(post.updates.contains_key(&1));
}

#[tokio::test]
async fn an_incident_that_was_deleted_there_is_created_again() {
    let rig = Rig::start().await;
    let begun = incident(vec![first()], ComponentStatus::MajorOutage);
    let post = rig.publish(&begun, None).await.expect("created");
    rig.page.delete(&post.remote);
    let again = rig.publish(&begun, Some(&post)).await.expect("created");
    assert_ne!(again.remote, post.remote);
    assert_eq!(again.updates.len(), 1);
}

#[tokio::test]
async fn a_limit_that_is_reached_is_waited_for() {
    let rig = Rig::start().await;
    let begun = incident(vec![first()], ComponentStatus::MajorOutage);
    for status in [420, 429] {
        rig.page.react_always(Some(Reaction::answer(status, r#"{"error":"too many"}"#)));
        let refused = rig.publish(&begun, None).await.expect_err("refused").outcome::<()>(Timestamp::UNIX_EPOCH);
        assert!(matches!(refused, Outcome::Retry { .. }), "{status}: {refused:?}");
    }
    rig.page.react_always(None);
    let mut post = rig.publish(&begun, None).await.expect("created");
    let wait = loop {
        match rig.publish(&begun, Some(&post)).await {
            Ok(again) => post = again,
            Err(StatusMirrorFailure::Limited(wait)) => break wait,
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(wait, Duration::from_secs(60));
    assert_eq!(rig.page.http.lines().len(), 60, "a minute has sixty requests");
}

#[tokio::test]
async fn a_page_describes_itself_and_proves_that_it_may_be_changed() {
    let rig = Rig::start().await;
    let cx = StatusMirrorContext { http: &rig.http, pace: &rig.pace, now: Timestamp::UNIX_EPOCH };
    let page = settings(&rig.page.api());
    let there = page.describe(cx).await.expect("described");
    assert_eq!((there.name.as_str(), there.components.len()), ("Statuspage \"Example\"", 3), "a group is no component");
    page.rename_component(cx, COMPONENTS[0].0, "Checkout").await.expect("allowed");
    rig.page.revoke_writing();
    let refused = page.rename_component(cx, COMPONENTS[0].0, "Checkout").await.expect_err("refused");
    assert_eq!(refused.status(), Some(403));
    let other = StatuspageSettings { page: "nosuchpage".to_owned(), ..page.clone() };
    assert_eq!(other.describe(cx).await.expect_err("no page").status(), Some(404));
    assert!(!format!("{page:?}").contains(TOKEN));
}

/// A creation: the search before it finds nothing.
struct Creation;

impl AdapterUnderTest for Creation {
    fn class(&self) -> EffectClass {
        EffectClass::Readable
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        let (pace, begun) = (RequestPace::default(), incident(vec![first()], ComponentStatus::MajorOutage));
        let cx = StatusMirrorContext { http, pace: &pace, now: Timestamp::UNIX_EPOCH };
        match settings(url).publish(cx, &begun, None).await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        br#"{"id":"p31zjtct2jer","metadata":{},"incident_updates":[]}"#.to_vec()
    }

    fn refusal(&self, status: u16) -> Vec<u8> {
        format!(r#"{{"error":["{status}"]}}"#).into_bytes()
    }

    fn before(&self) -> fn(&Received) -> Option<Reaction> {
        |request| (request.method == "GET").then(|| Reaction::answer(200, "[]"))
    }
}

/// The read before every change.
struct Search;

impl AdapterUnderTest for Search {
    fn class(&self) -> EffectClass {
        // Reading changes nothing.
        EffectClass::Keyed
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        let pace = RequestPace::default();
        let cx = StatusMirrorContext { http, pace: &pace, now: Timestamp::UNIX_EPOCH };
        match settings(url).find(cx, "abcdefghijkl").await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        b"[]".to_vec()
    }
}

/// A removal of an incident whose id is known.
struct Removal;

impl AdapterUnderTest for Removal {
    fn class(&self) -> EffectClass {
        EffectClass::Keyed
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        let pace = RequestPace::default();
        let cx = StatusMirrorContext { http, pace: &pace, now: Timestamp::UNIX_EPOCH };
        let known = MirroredPost { remote: "p31zjtct2jer".to_owned(), updates: BTreeMap::new() };
        match settings(url).withdraw(cx, "abcdefghijkl", Some(&known)).await {
            Ok(()) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        b"{}".to_vec()
    }
}

#[tokio::test]
async fn a_removal_that_fails_has_the_outcome_of_the_table() {
    let gone = |status| Override {
        row: Row::Status(status),
        expected: Expected::Delivered,
        reason: "an incident that does not exist needs no removal",
    };
    run_failure_table(&Removal, &[gone(404), gone(410)]).await;
}

#[tokio::test]
async fn a_change_that_fails_has_the_outcome_of_the_table() {
    run_failure_table(&Creation, &[]).await;
}

#[tokio::test]
async fn a_search_that_fails_has_the_outcome_of_the_table() {
    run_failure_table(&Search, &[]).await;
}
