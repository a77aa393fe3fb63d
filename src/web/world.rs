//! A test environment for pages and endpoints: the shipped configuration, a store in a temporary folder, incidents
//! declared through the domain, and their rooms.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{Router, body::Body, http::Request, response::Response};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::sync::{Notify, watch};
use tower::ServiceExt;

use super::{
    State,
    auth::{CSRF_HEADER, csrf_of},
    router,
    server::Phase,
};
use crate::{
    app::{App, Clock},
    chat::{
        Chat, Outcome, Post, PostKind, RoomSpec,
        builtin::{BuiltinChat, prepare},
    },
    command::Catalog,
    config::{Config, Live},
    domain::{
        Timestamp,
        alert::{AlertGroup, Fingerprint, GroupKey, GroupSilence, NewGroup, Signal, episode},
        event::Event,
        ids::{ComponentId, GroupId, IncidentId, PersonId, RoomId, SourceId},
        incident,
        incident::{Command, DecisionStep, Declare, Facts, Incident, IncidentKind, Severity},
        people::{Actor, Person},
        status::ComponentStatus,
        text::Untrusted,
    },
    render::Renderer,
    store::{Append, Reads, SessionSpan, Store, StoreError, StoreOptions},
    web::pages::words::ConfigNames,
};

pub(crate) struct World {
    pub store: Store,
    pub chat: BuiltinChat,
    pub config: Arc<Config>,
    pub state: State,
    pub phase: watch::Sender<Phase>,
    _folder: TempDir,
}

/// The virtual clock of these tests: seconds after a fixed noon.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_763_726_400 + second, 0).expect("in range")
}

pub(crate) fn ann() -> PersonId {
    PersonId::new("ann")
}

pub(crate) fn bob() -> PersonId {
    PersonId::new("bob")
}

pub(crate) fn line(text: &str) -> Post {
    Post { kind: PostKind::Line, text: text.to_owned(), ..Post::default() }
}

pub(crate) fn declare(title: &str) -> Declare {
    Declare {
        title: Untrusted::new(title),
        description: Untrusted::default(),
        severity: Some(Severity::Sev2),
        judged: None,
        affected: None,
        service: Some("checkout".into()),
        kind: IncidentKind::Real,
        own_kind: None,
        private: false,
        group: None,
        impact_since: None,
    }
}

impl World {
    pub async fn new() -> Self {
        Self::of(Config::shipped).await
    }

    /// An environment with twenty-four people: the shipped four, and p1 to p20.
    pub async fn crowded() -> Self {
        Self::of(|| {
            let mut config = Config::shipped();
            for n in 1..=20 {
                let like = config.people[1].clone();
                config.people.push(Person { id: PersonId::new(format!("p{n}")), name: format!("P {n}"), ..like });
            }
            config
        })
        .await
    }

    async fn of(make: fn() -> Config) -> Self {
        let folder = TempDir::new().expect("a folder");
        let options = StoreOptions { path: folder.path().join("hotroom.db"), queue: 1000, batch: 100 };
        let store = Store::open(&options, at(0)).expect("opens");
        let config = Arc::new(make());
        prepare(&store, &config, at(0)).await.expect("rooms");
        let app = Arc::new(App {
            store: store.clone(),
            clock: Clock::new(|| at(600)),
            config: Live::new(make()),
            catalog: Catalog::shipped(),
            renderer: Renderer::new(None).expect("the shipped templates"),
            deliveries: Notify::new(),
        });
        let (phase, phases) = watch::channel(Phase::Serving);
        let state = State::new(app, phases);
        Self { chat: BuiltinChat::new(store.clone()), store, config, state, phase, _folder: folder }
    }

    /// A browser in which this person is signed in.
    pub async fn browser(&self, person: &str) -> Browser {
        let session = hex::encode(Sha256::digest(format!("{person} {}", self.state.streams.count())));
        let (token, who) = (session.clone(), PersonId::new(person));
        let span = SessionSpan { from: at(0), until: at(86_400) };
        self.store.transact(move |tx| tx.add_session(&token, &who, span)).await.expect("signs in");
        Browser { router: router(self.state.clone()), session }
    }

    /// Runs a query with the display names of the configuration.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Reads<'_>, ConfigNames<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let config = Arc::clone(&self.config);
        self.store.read(move |reads| query(reads, ConfigNames { config: &config })).await.expect("reads")
    }

    /// Declares an incident as ann and opens its room.
    pub async fn declares(&self, wanted: Declare, now: Timestamp) -> Incident {
        let config = Arc::clone(&self.config);
        let declared = self.store.transact(move |tx| {
            let key = tx.next_key("HOT")?;
            let actor = Actor::Person(ann());
            let components = BTreeMap::new();
            let facts = facts(now, &actor, &config, &components);
            let decision = incident::declare(IncidentId::new(now), key, &wanted, vec![], &facts).expect("declared");
            write(tx, 0, &decision.steps, &decision.incident, now)?;
            Ok(decision.incident)
        });
        let incident = declared.await.expect("writes");
        let spec = RoomSpec {
            name: incident.key.room_name(),
            topic: String::new(),
            incident: Some(incident.id),
            private: incident.private,
            members: incident.members.iter().cloned().collect(),
            now,
        };
        let Outcome::Delivered(room) = self.chat.open_room(spec).await else { panic!("no room") };
        self.does(&incident, Command::RecordRoom { room }, now).await
    }

    /// Runs a command on an incident, as ann.
    pub async fn does(&self, incident: &Incident, command: Command, now: Timestamp) -> Incident {
        let (config, id) = (Arc::clone(&self.config), incident.id);
        let done = self.store.transact(move |tx| {
            let before = tx.incident(id)?.expect("is there");
            let actor = Actor::Person(ann());
            let all = config.status_page.components.iter();
            let components = all.map(|one| (one.id.clone(), ComponentStatus::Operational)).collect();
            let facts = facts(now, &actor, &config, &components);
            let decision = incident::decide(&before, &command, &facts).expect("allowed");
            write(tx, before.version, &decision.steps, &decision.incident, now)?;
            Ok(decision.incident)
        });
        done.await.expect("writes")
    }

    /// Fires an alert; its group belongs to the incident.
    pub async fn fires(&self, incident: &Incident, name: &str, now: Timestamp) -> AlertGroup {
        let signal = Signal {
            fingerprint: Fingerprint(name.to_owned()),
            firing: true,
            name: Untrusted::new(name),
            severity: Some(Severity::Sev2),
            service: Some("checkout".to_owned()),
            host: Some(Untrusted::new("web-1")),
            summary: Untrusted::new(format!("{name} on web-1")),
            labels: BTreeMap::from([("alertname".to_owned(), Untrusted::new(name))]),
            annotations: BTreeMap::new(),
            starts_at: Some(now),
            ends_at: None,
            links: vec![Untrusted::new("https://prometheus.example/graph")],
            acknowledged_by: None,
            remarks: Vec::new(),
            truncated: 0,
            warnings: Vec::new(),
        };
        let source = SourceId::new("alertmanager");
        let heard = episode::SignalContext {
            source: &source,
            at: now,
            resolve_timeout: Duration::from_secs(86_400),
            reopen_hold: Duration::ZERO,
            leases: false,
        };
        let episode::EpisodeChange::Fired(alert) = episode::merge(None, &signal, &heard) else { panic!("it fires") };
        let number = self.store.transact(|tx| tx.next_group_number()).await.expect("a number");
        let new = NewGroup {
            id: GroupId::new(now),
            number,
            route: "root".into(),
            key: GroupKey(name.to_owned()),
            feed: "alerts".into(),
            labels: alert.labels.clone(),
            silence: GroupSilence::default(),
        };
        let mut group = AlertGroup::open(new, &alert);
        let telling = group.count_fired(&alert);
        group.incident = Some(incident.id);
        let saved = group.clone();
        let write = self.store.transact(move |tx| {
            tx.save_alert(&alert, None)?;
            tx.save_group(&saved)?;
            tx.show_in_group(saved.id, &alert, telling)
        });
        write.await.expect("writes");
        group
    }

    /// Posts as the bot into a room.
    pub async fn posts(&self, room: &str, key: &str, text: &str) -> i64 {
        let posted = self.chat.post(RoomId::new(room), key.to_owned(), line(text), at(1)).await;
        let Outcome::Delivered(id) = posted else { panic!("{posted:?}") };
        id.parse().expect("a number")
    }
}

/// A browser with a session cookie.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub session: String,
}

impl Browser {
    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080");
        request.header("cookie", format!("hotroom={}", self.session))
    }

    /// Sends a request unchanged.
    pub async fn send(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.expect("answers")
    }

    /// Requests an address; returns status and text.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let request = self.request("GET", path).body(Body::empty()).expect("a request");
        told(self.send(request).await).await
    }

    /// Requests a page, as a browser's address bar does.
    pub async fn page(&self, path: &str) -> (u16, String) {
        let request = self.request("GET", path).header("accept", "text/html").body(Body::empty()).expect("a request");
        told(self.send(request).await).await
    }

    /// Opens a stream of events.
    pub async fn stream(&self, path: &str) -> Body {
        let request = self.request("GET", path).body(Body::empty()).expect("a request");
        self.send(request).await.into_body()
    }

    /// Posts JSON with the session's token; returns status and JSON.
    pub async fn post(&self, path: &str, body: serde_json::Value) -> (u16, serde_json::Value) {
        let csrf = csrf_of(&self.session);
        let request = self.request("POST", path).header("content-type", "application/json").header(CSRF_HEADER, csrf);
        let request = request.header("origin", "http://127.0.0.1:8080").body(Body::from(body.to_string()));
        let (status, text) = told(self.send(request.expect("a request")).await).await;
        (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} {text}")))
    }
}

async fn told(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.expect("a body");
    (status, String::from_utf8(bytes.to_vec()).expect("text"))
}

/// The facts of a decision that no other incident and no page concerns.
fn facts<'a>(
    now: Timestamp,
    actor: &'a Actor,
    config: &'a Config,
    components: &'a BTreeMap<ComponentId, ComponentStatus>,
) -> Facts<'a> {
    static NOTHING: BTreeMap<ComponentId, ComponentStatus> = BTreeMap::new();
    let (policy, expect, others) = (&config.policy, None, &NOTHING);
    Facts { now, actor, policy, expect, components, others, asking: &[], hosts: &[], responds: true }
}

fn write(
    tx: &mut crate::store::Tx<'_>,
    before: u64,
    steps: &[DecisionStep],
    incident: &Incident,
    now: Timestamp,
) -> Result<(), StoreError> {
    let events: Vec<Event> = steps.iter().map(|step| Event::Incident(step.event.clone())).collect();
    let actor = Actor::Person(ann());
    let stream = Incident::stream(incident.id);
    let append = Append { stream: &stream, expected_seq: Some(before), actor: &actor, at: now, request: "test" };
    tx.append(&append, &events)?;
    tx.save_incident(incident)
}
