//! The client against a Cachet that remembers and fails, in both versions.

use super::*;
use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome},
        status::{ComponentStatus, Impact, PublicStatus},
    },
    fake_cachet::{CachetVersion, FakeCachet, TOKEN},
    fake_http::{
        Reaction, Received,
        table::{AdapterUnderTest, client, run_failure_table},
    },
    net::HttpClient,
    status_mirror::RequestPace,
};

const VERSIONS: [CachetVersion; 2] = [CachetVersion::V2, CachetVersion::V3];

fn settings(url: &str) -> CachetSettings {
    CachetSettings { url: url.to_owned(), token: SecretString::from(TOKEN) }
}

fn update(number: u32, status: PublicStatus, body: &str) -> MirroredUpdate {
    MirroredUpdate { number, status, body: body.to_owned() }
}

fn incident(updates: Vec<MirroredUpdate>, checkout: ComponentStatus) -> MirroredIncident {
    let status = updates.last().map_or(PublicStatus::Investigating, |update| update.status);
    MirroredIncident {
        reference: "abcdefghijkl".to_owned(),
        name: "Payments fail".to_owned(),
        status,
        impact: Impact::Major,
        started_at: Timestamp::UNIX_EPOCH,
        updates,
        components: vec![MirroredComponent { remote: "1".to_owned(), status: checkout }],
        notify: true,
    }
}

fn first() -> MirroredUpdate {
    update(1, PublicStatus::Investigating, "We look <b>into</b> it")
}

struct Rig {
    page: FakeCachet,
    http: HttpClient,
    pace: RequestPace,
}

impl Rig {
    async fn start(version: CachetVersion) -> Self {
        Self { page: FakeCachet::start(version).await, http: client(), pace: RequestPace::default() }
    }

    fn cx(&self) -> StatusMirrorContext<'_> {
        StatusMirrorContext { http: &self.http, pace: &self.pace, now: Timestamp::UNIX_EPOCH }
    }

    async fn publish(
        &self,
        incident: &MirroredIncident,
        known: Option<&MirroredPost>,
    ) -> Result<MirroredPost, StatusMirrorFailure> {
        settings(&self.page.http.url).publish(self.cx(), incident, known).await
    }
}

#[tokio::test]
async fn both_versions_show_an_incident_from_its_beginning_to_its_end() {
    for version in VERSIONS {
        let rig = Rig::start(version).await;
        let post = rig.publish(&incident(vec![first()], ComponentStatus::MajorOutage), None).await.expect("created");
        let shown = rig.page.incidents().remove(0);
        assert_eq!(
            (shown.name.as_str(), shown.status, shown.visible, shown.notified),
            ("Payments fail", 1, true, true)
        );
        assert!(
            shown.message.starts_with("We look &lt;b>into&lt;/b> it\n\n[hotroom]: #abcdefghijkl-1-"),
            "{}",
            shown.message
        );
        assert_eq!((rig.page.component(1), rig.page.component(2)), (4, 1), "{version:?}");

        let over = incident(vec![first(), update(2, PublicStatus::Resolved, "Fixed")], ComponentStatus::Operational);
        rig.publish(&over, Some(&post)).await.expect("changed");
        rig.publish(&over, Some(&post)).await.expect("nothing to change");
        let shown = rig.page.incidents().remove(0);
        assert_eq!((shown.status, shown.updates.len(), shown.visible), (4, 1, true), "{version:?}");
        assert_eq!(rig.page.component(1), 1, "the end of the incident leaves no component broken");
        assert!(rig.page.is_enabled(1), "{version:?}");
    }
}

#[tokio::test]
async fn what_was_made_by_an_attempt_whose_end_is_unknown_is_found_and_not_repeated() {
    for version in VERSIONS {
        let rig = Rig::start(version).await;
        let begun = incident(vec![first()], ComponentStatus::MajorOutage);
        rig.page.react_next_change(Reaction::Close, true);
        let lost = rig.publish(&begun, None).await.expect_err("lost").outcome::<()>(Timestamp::UNIX_EPOCH);
        assert!(matches!(lost, Outcome::Unknown { .. }), "{lost:?}");
        let post = rig.publish(&begun, None).await.expect("found");
        let more =
            incident(vec![first(), update(2, PublicStatus::Identified, "Found")], ComponentStatus::PartialOutage);
        rig.page.react_next_change(Reaction::answer(502, "<html>"), true);
        rig.publish(&more, Some(&post)).await.expect_err("lost");
        rig.publish(&more, None).await.expect("found without an id too");
        let shown = rig.page.incidents();
        assert_eq!((shown.len(), shown[0].updates.len()), (1, 1), "{version:?}: {shown:?}");
        assert_eq!(rig.page.component(1), 3);
    }
}

#[tokio::test]
async fn a_text_or_a_title_that_changed_after_it_was_posted_is_changed_there() {
    for version in VERSIONS {
        let rig = Rig::start(version).await;
        let second = update(2, PublicStatus::Identified, "A name of a customer");
        let post = rig.publish(&incident(vec![first()], ComponentStatus::MajorOutage), None).await.expect("created");
        let both = incident(vec![first(), second], ComponentStatus::MajorOutage);
        rig.publish(&both, Some(&post)).await.expect("changed");
        let updates = vec![
            update(1, PublicStatus::Investigating, "Redacted one."),
            update(2, PublicStatus::Identified, "Redacted two."),
        ];
        let redacted = incident(updates, ComponentStatus::MajorOutage);
        let redacted = MirroredIncident { name: "Trouble with payments".to_owned(), ..redacted };
        rig.publish(&redacted, Some(&post)).await.expect("changed");
        let shown = rig.page.incidents().remove(0);
        assert!(shown.message.starts_with("Redacted one."), "{version:?}: {}", shown.message);
        assert!(shown.updates[0].message.starts_with("Redacted two."), "{version:?}");
        assert_eq!((shown.name.as_str(), shown.status, shown.updates.len()), ("Trouble with payments", 2, 1));
        assert!(shown.visible, "{version:?}");
    }
}

#[tokio::test]
async fn an_incident_that_was_deleted_there_is_created_again() {
    let rig = Rig::start(CachetVersion::V3).await;
    let begun = incident(vec![first()], ComponentStatus::MajorOutage);
    let post = rig.publish(&begun, None).await.expect("created");
    rig.page.delete(post.remote.parse().expect("a number"));
    let again = rig.publish(&begun, Some(&post)).await.expect("created");
    assert_ne!(again.remote, post.remote);
}

#[tokio::test]
async fn the_version_may_change_between_two_calls() {
    let rig = Rig::start(CachetVersion::V2).await;
    let maintained = incident(vec![first()], ComponentStatus::UnderMaintenance);
    let post = rig.publish(&maintained, None).await.expect("created");
    assert_eq!(rig.page.component(1), 2, "Cachet 2 has no word for maintenance");
    rig.page.upgrade(CachetVersion::V3);
    rig.publish(&maintained, Some(&post)).await.expect("changed");
    assert_eq!((rig.page.component(1), rig.page.incidents().len()), (6, 1));
}

#[tokio::test]
async fn a_cachet_describes_itself_and_proves_that_it_may_be_changed() {
    for (version, name) in [(CachetVersion::V2, "Cachet 2"), (CachetVersion::V3, "Cachet 3")] {
        let rig = Rig::start(version).await;
        let page = settings(&rig.page.http.url);
        let there = page.describe(rig.cx()).await.expect("described");
        assert_eq!(
            (there.name.as_str(), there.components["1"].as_str(), there.components.len()),
            (name, "Checkout", 3)
        );
        page.rename_component(rig.cx(), "1", "Checkout").await.expect("allowed");
        assert!(rig.page.is_enabled(1), "{version:?}");
        let other = CachetSettings { token: SecretString::from("wrong"), ..page.clone() };
        assert_eq!(other.rename_component(rig.cx(), "1", "Checkout").await.expect_err("refused").status(), Some(401));
        assert!(!format!("{page:?}").contains(TOKEN));
    }
}

#[tokio::test]
async fn a_page_that_is_no_cachet_is_named_as_such() {
    let rig = Rig::start(CachetVersion::V3).await;
    rig.page.react_always(Some(Reaction::answer(200, "<html>")));
    assert!(rig.publish(&incident(vec![first()], ComponentStatus::MajorOutage), None).await.is_err());
    rig.page.react_always(Some(Reaction::answer(404, "<html>")));
    let failure = rig.publish(&incident(vec![first()], ComponentStatus::MajorOutage), None).await.expect_err("none");
    assert!(failure.to_string().contains("no Cachet answers"), "{failure}");
}

/// A creation, after the version was found and nothing like it.
struct Creation;

impl AdapterUnderTest for Creation {
    fn class(&self) -> EffectClass {
        EffectClass::Readable
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        let pace = RequestPace::default();
        let cx = StatusMirrorContext { http, pace: &pace, now: Timestamp::UNIX_EPOCH };
        let begun =
            MirroredIncident { components: Vec::new(), ..incident(vec![first()], ComponentStatus::Operational) };
        match settings(url).publish(cx, &begun, None).await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        br#"{"data":{"id":"7","attributes":{}}}"#.to_vec()
    }

    fn before(&self) -> fn(&Received) -> Option<Reaction> {
        |request| match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/api/ping") => Some(Reaction::answer(200, r#"{"data":"Pong!"}"#)),
            ("GET", _) => Some(Reaction::answer(200, r#"{"data":[]}"#)),
            _ => None,
        }
    }
}

#[tokio::test]
async fn a_change_that_fails_has_the_outcome_of_the_table() {
    run_failure_table(&Creation, &[]).await;
}
