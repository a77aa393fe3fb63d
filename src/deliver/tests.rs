//! The worker with adapters that fail, and the guard of outside destinations.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};

use tempfile::TempDir;
use tokio::sync::OwnedSemaphorePermit;

use super::{
    adapter::{Adapter, PrepareContext, PreparedCall},
    guard::{IncidentExtract, IncidentReference},
    *,
};
use crate::{
    app::Clock,
    chat::{CommandInput, Inbound, ReplyOutcome, builtin, builtin::BuiltinChat},
    command::Catalog,
    config::{Config, Live},
    domain::{
        Timestamp,
        effect::{DestinationEffect, EffectClass, Priority, Purpose, SourceEffect, Subject},
        ids::Key,
        incident::{Incident, Severity},
    },
    render::Renderer,
    store::{OutboxRow, Store, StoreOptions},
};

struct World {
    app: Arc<App>,
    worker: Worker<BuiltinChat>,
    now: Arc<AtomicI64>,
    _folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let options = StoreOptions { path: folder.path().join("hotroom.db"), queue: 1000, batch: 100 };
        let now = Arc::new(AtomicI64::new(1_772_445_600_000));
        let shared = Arc::clone(&now);
        let clock = Clock::new(move || instant(shared.load(Ordering::SeqCst)));
        let store = Store::open(&options, clock.now()).expect("opens");
        builtin::prepare(&store, &Config::shipped(), clock.now()).await.expect("rooms");
        let app = Arc::new(App {
            store: store.clone(),
            clock,
            config: Live::new(Config::shipped()),
            catalog: Catalog::shipped(),
            renderer: Renderer::new(None).expect("templates"),
            deliveries: tokio::sync::Notify::new(),
        });
        let worker = Worker::new(Arc::clone(&app), Arc::new(BuiltinChat::new(store)));
        Self { app, worker, now, _folder: folder }
    }

    async fn declares(&self, line: &str) -> Incident {
        let inbound = Inbound {
            source: "test",
            delivery: line.to_owned(),
            actor: "ann".into(),
            guest: None,
            room: None,
            said: CommandInput::Text(line.to_owned()),
            about: None,
            request: "test".to_owned(),
        };
        let reply = self.app.on_command(inbound).await.expect("the store works");
        assert_eq!(reply.outcome, ReplyOutcome::Done, "{reply:?}");
        let key = reply.incident.expect("declared");
        let found = self.app.store.read(move |reads| reads.incident_by_key(&key)).await.expect("reads");
        found.expect("it exists")
    }

    /// What comes of a row of the outbox that this adapter sends.
    async fn row_after(&self, adapter: Failing) -> OutboxRow {
        let effect = SourceEffect::ConfirmSubscription { source: "sns".into(), address: "https://sns.example".into() };
        let (key, stored, now) = (EffectKey::new("test", 1, 0), Effect::from(effect.clone()), self.app.clock.now());
        let known = key.clone();
        let enqueued = self.app.store.transact(move |tx| tx.enqueue(&known, &stored, now)).await;
        assert_eq!(enqueued, Ok(true));
        let claimed = self.worker.claim(1).await.expect("claims").remove(0);
        assert_eq!(claimed.key, key);
        self.worker.deliver(adapter, &effect, &claimed).await.expect("it is settled");
        self.app.store.read(move |reads| reads.outbox_row(&key)).await.expect("reads").expect("a row")
    }
}

fn instant(millis: i64) -> Timestamp {
    Timestamp::from_timestamp_millis(millis).expect("in range")
}

/// An adapter that fails in one way.
#[derive(Clone, Copy)]
enum Failing {
    PanicsPreparing,
    PanicsSending,
    Hangs,
    HasNoPlace,
}

impl Adapter for Failing {
    type Effect = SourceEffect;
    type Call = ();

    fn admit(&self) -> Result<Option<OwnedSemaphorePermit>, Duration> {
        if matches!(self, Self::HasNoPlace) { Err(Duration::from_secs(2)) } else { Ok(None) }
    }

    fn prepare(
        &self,
        _cx: &PrepareContext,
        _reads: &Reads<'_>,
        _effect: &SourceEffect,
    ) -> Result<PreparedCall<()>, StoreError> {
        assert!(!matches!(self, Self::PanicsPreparing), "a mistake in the preparation");
        Ok(PreparedCall::Call(()))
    }

    async fn send(&self, _call: (), _now: Timestamp) -> Outcome<Receipt> {
        assert!(!matches!(self, Self::PanicsSending), "a mistake in the call");
        std::future::pending().await
    }
}

#[tokio::test]
async fn an_adapter_that_panics_is_tried_again_and_its_row_is_not_leased_for_ever() {
    let world = World::new().await;
    let row = world.row_after(Failing::PanicsSending).await;
    assert_eq!((row.state.as_str(), row.why.as_deref()), ("unknown", Some("the adapter panicked")));
    assert!(row.ready_at <= world.app.clock.now() + chrono::TimeDelta::seconds(2), "{row:?}");
}

#[tokio::test]
async fn a_preparation_that_panics_has_sent_nothing_and_is_tried_again() {
    let world = World::new().await;
    let row = world.row_after(Failing::PanicsPreparing).await;
    assert_eq!(row.state, "retry", "{row:?}");
}

#[tokio::test]
async fn an_adapter_that_hangs_is_ended_at_the_deadline() {
    let world = World::new().await;
    // The clock of the runtime jumps to the deadline once nothing else is to be done.
    tokio::time::pause();
    let row = world.row_after(Failing::Hangs).await;
    assert_eq!((row.state.as_str(), row.why.as_deref()), ("unknown", Some("no answer within 15 s")));
}

#[tokio::test]
async fn a_row_without_a_place_waits_and_that_counts_as_no_attempt() {
    let world = World::new().await;
    let row = world.row_after(Failing::HasNoPlace).await;
    assert_eq!((row.state.as_str(), row.attempts), ("retry", 0), "{row:?}");
    assert_eq!(row.ready_at, world.app.clock.now() + chrono::TimeDelta::seconds(2));
}

#[tokio::test]
async fn an_adapter_that_keeps_panicking_is_given_up_and_people_are_told() {
    let world = World::new().await;
    let mut row = world.row_after(Failing::PanicsSending).await;
    let effect = SourceEffect::ConfirmSubscription { source: "sns".into(), address: "https://sns.example".into() };
    while row.state == "unknown" {
        world.now.store(row.ready_at.timestamp_millis(), Ordering::SeqCst);
        let claimed = world.worker.claim(1).await.expect("claims").remove(0);
        world.worker.deliver(Failing::PanicsSending, &effect, &claimed).await.expect("it is settled");
        let key = claimed.key;
        row = world.app.store.read(move |reads| reads.outbox_row(&key)).await.expect("reads").expect("a row");
    }
    assert_eq!((row.state.as_str(), row.attempts), ("dead", 12));
    let open = world.app.store.read(|reads| reads.open_rows(10)).await.expect("reads");
    assert!(open.iter().any(|row| row.lane.starts_with("notice")), "{open:#?}");
}

/// An effect of an outside destination.
#[derive(Clone, Debug)]
struct Report {
    subject: Subject,
    purpose: Purpose,
}

impl DestinationEffect for Report {
    fn is_outside(&self) -> bool {
        true
    }

    fn lane(&self) -> String {
        "report".to_owned()
    }

    fn priority(&self) -> Priority {
        Priority::Chatter
    }

    fn class(&self) -> EffectClass {
        EffectClass::Keyed
    }

    fn coalescing_key(&self) -> Option<String> {
        None
    }

    fn subject(&self) -> Subject {
        self.subject.clone()
    }

    fn purpose(&self) -> Purpose {
        self.purpose
    }
}

/// An outside destination that notes what it is shown.
struct Outside {
    shows_private: bool,
    shown: Arc<Mutex<Vec<Option<IncidentExtract>>>>,
}

impl Adapter for Outside {
    type Effect = Report;
    type Call = Option<IncidentExtract>;

    fn shows_private(&self, _config: &Config, _effect: &Report) -> bool {
        self.shows_private
    }

    fn prepare(
        &self,
        cx: &PrepareContext,
        _reads: &Reads<'_>,
        _effect: &Report,
    ) -> Result<PreparedCall<Self::Call>, StoreError> {
        Ok(PreparedCall::Call(cx.incident.clone()))
    }

    async fn send(&self, call: Self::Call, _now: Timestamp) -> Outcome<Receipt> {
        self.shown.lock().expect("no panic").push(call);
        Outcome::Delivered(Receipt::Nothing)
    }
}

/// Sends a report and returns its outcome with what the destination was shown.
async fn report(
    world: &World,
    subject: Subject,
    purpose: Purpose,
    shows_private: bool,
) -> (Outcome<Receipt>, Vec<Option<IncidentExtract>>) {
    let shown = Arc::default();
    let adapter = Outside { shows_private, shown: Arc::clone(&shown) };
    let outcome = world.worker.send(adapter, &Report { subject, purpose }, &EffectKey::new("test", 1, 0), false).await;
    let shown = shown.lock().expect("no panic").clone();
    (outcome, shown)
}

#[tokio::test]
async fn nothing_of_a_private_incident_leaves_unless_the_destination_is_configured_for_it() {
    let world = World::new().await;
    let private = world.declares("/incident declare \"Leak of customers' data\" severity:sev3 private:yes").await;
    let skipped = (Outcome::Skipped(SkipReason::PrivateIncident), Vec::new());
    assert_eq!(report(&world, Subject::Incident(private.id), Purpose::Reports, false).await, skipped);
    let full = Some(IncidentExtract::Full(Box::new(private.clone())));
    let sent = (Outcome::Delivered(Receipt::Nothing), vec![full]);
    assert_eq!(report(&world, Subject::Incident(private.id), Purpose::Reports, true).await, sent);
}

#[tokio::test]
async fn a_page_of_a_private_incident_says_key_severity_and_link_only() {
    let world = World::new().await;
    let private = world.declares("/incident declare \"Leak of customers' data\" severity:sev1 private:yes").await;
    settle_all(&world.worker).await.expect("the outbox works");
    let id = private.id;
    let pages = world.app.store.read(move |reads| reads.pages_of_incident(id)).await.expect("reads");
    let page = pages.first().expect("a page").id();
    let reference = IncidentReference {
        key: Key::new("HOT", 1),
        severity: Severity::Sev1,
        link: "http://127.0.0.1:8080/incidents/HOT-1".to_owned(),
        drill: false,
    };
    let sent = (Outcome::Delivered(Receipt::Nothing), vec![Some(IncidentExtract::Reference(reference))]);
    assert_eq!(report(&world, Subject::Page(page), Purpose::ReportsPage, false).await, sent);
    assert_eq!(report(&world, Subject::Page(page), Purpose::PagesPerson, true).await, sent, "also where it is allowed");
    let room = Subject::Room("hot-1".into());
    let skipped = (Outcome::Skipped(SkipReason::PrivateIncident), Vec::new());
    assert_eq!(report(&world, room, Purpose::Reports, false).await, skipped, "its room leads to it as well");
    assert_eq!(report(&world, Subject::Page(page), Purpose::PagesPerson, false).await, skipped);
}

#[tokio::test]
async fn a_drill_leaves_only_to_the_people_it_pages() {
    let world = World::new().await;
    let drill = world.declares("/incident declare \"Fire drill\" severity:sev3 drill:yes").await;
    let skipped = (Outcome::Skipped(SkipReason::Drill), Vec::new());
    assert_eq!(report(&world, Subject::Incident(drill.id), Purpose::Reports, true).await, skipped);
    let (outcome, shown) = report(&world, Subject::Incident(drill.id), Purpose::PagesPerson, false).await;
    assert_eq!(outcome, Outcome::Delivered(Receipt::Nothing));
    assert!(matches!(&shown[..], [Some(IncidentExtract::Full(incident))] if incident.id == drill.id), "{shown:?}");
}

#[tokio::test]
async fn what_belongs_to_no_incident_leaves_and_what_leads_nowhere_does_not() {
    let world = World::new().await;
    let sent = (Outcome::Delivered(Receipt::Nothing), vec![None]);
    assert_eq!(report(&world, Subject::Other, Purpose::Reports, false).await, sent);
    let gone = Subject::Incident(crate::domain::ids::IncidentId::new(world.app.clock.now()));
    let skipped = (Outcome::Skipped(SkipReason::NoSubject), Vec::new());
    assert_eq!(report(&world, gone, Purpose::Reports, true).await, skipped);
}
