//! The world of a story: the whole bot in one process, on a clock that moves only when told.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use chrono::{TimeDelta, TimeZone, Utc};
use hotroom::{
    app::{App, Clock, Context, alerts, contacts, tracker},
    chat::{CommandInput, Inbound, Post, Reply, ReplyOutcome, builtin::BuiltinChat},
    command::Catalog,
    config::{Config, Live},
    deliver::{Worker, settle_all},
    domain::{
        Timestamp,
        effect::Effect,
        ids::{Key, PersonId, RoomId},
        incident::Incident,
        people::Actor,
    },
    render::Renderer,
    store::{Store, StoreOptions, Tx, chat::MessageRange},
    web,
};
use serde_json::Value;
use tokio::sync::watch;
use tower::ServiceExt;

/// The bot, its clock and its file. Ending it checks that nothing was left undone.
pub struct World {
    pub app: Arc<App>,
    pub worker: Worker<BuiltinChat>,
    router: axum::Router,
    _phase: watch::Sender<web::server::Phase>,
    clock: Arc<AtomicI64>,
    deliveries: AtomicU64,
    ended: bool,
    _dir: tempfile::TempDir,
}

/// The name of the bot's file.
const DATABASE: &str = "story.db";

/// Monday 2026-03-02 10:00 UTC: the first hand-off of the shipped rota is past, no daylight saving is near.
pub fn start() -> Timestamp {
    Utc.with_ymd_and_hms(2026, 3, 2, 10, 0, 0).unwrap()
}

/// A clock that stands at a moment, and the value that moves it.
fn stopped(at: Timestamp) -> (Arc<AtomicI64>, Clock) {
    let millis = Arc::new(AtomicI64::new(at.timestamp_millis()));
    let seen = Arc::clone(&millis);
    (millis, Clock::new(move || Utc.timestamp_millis_opt(seen.load(Ordering::SeqCst)).unwrap()))
}

/// Writes a `bot.toml` and reads it with these variables.
fn read(folder: &Path, toml: &str, env: &[(&str, &str)]) -> Live {
    let file = folder.join("bot.toml");
    std::fs::write(&file, toml).unwrap();
    let env: Vec<(String, String)> =
        env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let config = Config::from_text("bot.toml", toml, env).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    Live::of_file(config, Some(file), Vec::new())
}

impl World {
    /// The shipped configuration.
    pub async fn new() -> Self {
        Self::with("").await
    }

    /// The shipped configuration with this `bot.toml` over it.
    pub async fn with(toml: &str) -> Self {
        Self::with_secrets(toml, &[]).await
    }

    /// The same, with these variables in its environment.
    pub async fn with_secrets(toml: &str, env: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let live = read(dir.path(), toml, env);
        Self::beginning(live, dir).await
    }

    /// The shipped configuration without a `bot.toml`.
    pub async fn without_a_file() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let live = Live::of_file(Config::shipped(), Some(dir.path().join("bot.toml")), Vec::new());
        Self::beginning(live, dir).await
    }

    /// A bot with an empty database.
    async fn beginning(live: Live, dir: tempfile::TempDir) -> Self {
        let config = live.current();
        let (clock, tell) = stopped(start());
        let options = StoreOptions { path: dir.path().join(DATABASE), queue: 1024, batch: 64 };
        let store = Store::open(&options, tell.now()).unwrap();
        hotroom::chat::builtin::prepare(&store, &config, tell.now()).await.unwrap();
        let now = tell.now();
        let declare = move |tx: &mut Tx<'_>| {
            alerts::watch_sources(tx, &config, now)?;
            let actor = Actor::Machine("start".to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: "start", expect: None };
            contacts::configured::synchronize(tx, cx)?;
            tracker::polling::watch(tx, cx)?;
            tracker::boards::watch(tx, cx)
        };
        store.transact(declare).await.unwrap();
        let app = Arc::new(App {
            store: store.clone(),
            clock: tell,
            config: live,
            catalog: Catalog::shipped(),
            renderer: Renderer::new(None).unwrap(),
            deliveries: tokio::sync::Notify::new(),
        });
        let worker = Worker::new(Arc::clone(&app), Arc::new(BuiltinChat::new(store)));
        Self::serving(app, worker, clock, dir)
    }

    /// A bot that was started on a copy of a database, at a moment after it was written.
    pub async fn on(database: &Path, toml: &str, now: Timestamp) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let copy = dir.path().join(DATABASE);
        std::fs::copy(database, &copy).unwrap();
        let live = read(dir.path(), toml, &[("HOTROOM_STORE__PATH", copy.to_str().unwrap())]);
        let (clock, tell) = stopped(now);
        let (app, worker) = hotroom::cli::prepare(live, tell).await.unwrap();
        let world = Self::serving(app, worker, clock, dir);
        // The database has the deliveries of an earlier bot.
        world.deliveries.store(1_000_000, Ordering::SeqCst);
        world
    }

    fn serving(app: Arc<App>, worker: Worker<BuiltinChat>, clock: Arc<AtomicI64>, dir: tempfile::TempDir) -> Self {
        let phase = watch::Sender::new(web::server::Phase::Serving);
        let certificates = web::intake::Certificates::trusting(include_bytes!("senders/sns/root.pem")).unwrap();
        let state = web::State::new(Arc::clone(&app), phase.subscribe());
        let router = web::router(web::State { certificates: Arc::new(certificates), ..state });
        Self { app, worker, router, _phase: phase, clock, deliveries: AtomicU64::new(0), ended: false, _dir: dir }
    }

    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// Says something nowhere in particular, and lets everything happen that follows at once.
    pub async fn says(&self, who: &str, text: &str) -> Reply {
        let reply = self.hears(who, None, text).await;
        self.settle().await;
        reply
    }

    /// Says something in a room.
    pub async fn says_in(&self, room: &str, who: &str, text: &str) -> Reply {
        let reply = self.hears(who, Some(room), text).await;
        self.settle().await;
        reply
    }

    /// Hands a line to the bot and returns as soon as it has answered.
    pub async fn hears(&self, who: &str, room: Option<&str>, text: &str) -> Reply {
        let n = self.deliveries.fetch_add(1, Ordering::SeqCst);
        self.delivers(who, room, CommandInput::Text(text.to_owned()), &format!("story-{n}")).await
    }

    /// Hands something to the bot under a delivery id.
    pub async fn delivers(&self, who: &str, room: Option<&str>, said: CommandInput, delivery: &str) -> Reply {
        let inbound = Inbound {
            about: None,
            source: "story",
            delivery: delivery.to_owned(),
            actor: PersonId::from(who),
            guest: None,
            room: room.map(RoomId::from),
            said,
            request: delivery.to_owned(),
        };
        self.app.on_command(inbound).await.expect("the store answers")
    }

    /// Presses the button whose label begins with these words, on the newest message of a room that has it.
    pub async fn presses(&self, who: &str, room: &str, label: &str) -> Reply {
        let button = self.button(room, label).await;
        let n = self.deliveries.fetch_add(1, Ordering::SeqCst);
        let line = button.command.clone();
        let reply = self.delivers_press(who, room, &line, button.version, &format!("press-{n}")).await;
        self.settle().await;
        reply
    }

    /// The button whose label begins with these words, on the newest message of a room that has it.
    pub async fn button(&self, room: &str, label: &str) -> hotroom::chat::Button {
        let posts = self.posts_of(room).await;
        let buttons = posts.into_iter().rev().flat_map(|post| post.buttons);
        buttons
            .into_iter()
            .find(|button| button.label.starts_with(label))
            .unwrap_or_else(|| panic!("no button {label}"))
    }

    pub async fn delivers_press(&self, who: &str, room: &str, line: &str, version: Option<u64>, id: &str) -> Reply {
        self.delivers(who, Some(room), CommandInput::Press { command: line.to_owned(), version }, id).await
    }

    /// Lets everything happen that is due now.
    pub async fn settle(&self) {
        loop {
            let routed = alerts::route_pending(&self.app).await.expect("the router works");
            let carried = settle_all(&self.worker).await.expect("the outbox works");
            if routed + carried == 0 {
                return;
            }
        }
    }

    /// Moves the clock, stopping at each timer on the way.
    pub async fn advance(&self, by: Duration) {
        let end = self.now() + TimeDelta::from_std(by).unwrap();
        loop {
            self.settle().await;
            let due = self.app.store.read(|reads| reads.next_due()).await.unwrap();
            match due.filter(|due| *due <= end) {
                Some(due) => self.clock.store(due.max(self.now()).timestamp_millis(), Ordering::SeqCst),
                None => break,
            }
        }
        self.clock.store(end.timestamp_millis(), Ordering::SeqCst);
        self.settle().await;
    }

    /// The bot's file.
    pub fn database(&self) -> PathBuf {
        self._dir.path().join(DATABASE)
    }

    /// Changes the file past the bot: what a failing disk or a hand with a shell leaves.
    pub fn damages(&self, sql: &str) {
        let file = rusqlite::Connection::open(self.database()).unwrap();
        file.execute_batch(sql).unwrap();
    }

    /// Every effect that was ever put into the outbox.
    pub fn effects(&self) -> Vec<Effect> {
        let file = rusqlite::Connection::open(self._dir.path().join("story.db")).unwrap();
        let mut rows = file.prepare("SELECT effect FROM outbox ORDER BY id").unwrap();
        let texts = rows.query_map([], |row| row.get::<_, String>(0)).unwrap();
        texts.map(|text| serde_json::from_str(&text.unwrap()).unwrap()).collect()
    }

    /// Writes another `bot.toml`; it is in force after a reload.
    pub fn rewrites(&self, toml: &str) {
        std::fs::write(self._dir.path().join("bot.toml"), toml).unwrap();
    }

    /// Moves the clock with nothing running: the bot was down.
    pub fn was_down(&self, by: Duration) {
        self.pass(by);
    }

    /// Sets the clock while the bot runs, and lets the bot notice it: by `set_by`, or because it was stopped for a while.
    pub async fn disturbs(&self, set_by: TimeDelta, stopped_for: TimeDelta) {
        self.clock.fetch_add((set_by + stopped_for).num_milliseconds(), Ordering::SeqCst);
        let found = hotroom::app::Disturbance { set_by, stopped_for, now: self.now() };
        self.app.on_disturbance(found).await.unwrap();
        self.settle().await;
    }

    /// Sets the clock back.
    pub fn sets_back(&self, by: Duration) {
        let then = self.now() - TimeDelta::from_std(by).unwrap();
        self.clock.store(then.timestamp_millis(), Ordering::SeqCst);
    }

    /// Moves the clock and does nothing else.
    pub fn pass(&self, by: Duration) {
        let end = self.now() + TimeDelta::from_std(by).unwrap();
        self.clock.store(end.timestamp_millis(), Ordering::SeqCst);
    }

    /// Posts a body to a source's intake and lets it be routed.
    pub async fn posts(&self, source: &str, body: &Value) -> StatusCode {
        let (status, _) = self.send("POST", &format!("/intake/{source}"), Some(body)).await;
        self.settle().await;
        status
    }

    /// One HTTP request through the router, from this machine.
    pub async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "127.0.0.1:8080")
            .header("content-type", "application/json")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .unwrap();
        self.asks(request).await
    }

    /// Serves the bot on an address of this machine, for programs that speak to one.
    pub async fn serves(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = self.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    /// Any HTTP request through the router.
    pub async fn asks(&self, request: Request<Body>) -> (StatusCode, Value) {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), 16 << 20).await.unwrap();
        let value = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        (status, value)
    }

    /// Any HTTP request through the router, with the whole response.
    pub async fn answers(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, value) = self.send("GET", path, None).await;
        assert!(status.is_success(), "{path}: {status} {value}");
        value
    }

    /// What this person reads there, as text.
    pub async fn get_as(&self, who: &str, path: &str) -> (StatusCode, String) {
        let request = Request::builder().uri(path).header("host", "127.0.0.1:8080").header("x-hotroom-person", who);
        let answer = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), 16 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A page of the console as this person sees it who has signed in.
    pub async fn page(&self, who: &str, path: &str) -> String {
        let cookie = self.signs_in(who).await;
        let (status, page) = self.get_signed_in(&cookie, path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        page
    }

    /// Signs a person in at a browser and returns its cookie.
    pub async fn signs_in(&self, who: &str) -> String {
        let form = Request::builder().method("POST").uri("/sign-in").header("host", "localhost");
        let form = form.header("content-type", "application/x-www-form-urlencoded");
        let signed_in =
            self.router.clone().oneshot(form.body(Body::from(format!("person={who}"))).unwrap()).await.unwrap();
        signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
    }

    /// What a browser with this cookie gets.
    pub async fn get_signed_in(&self, cookie: &str, path: &str) -> (StatusCode, String) {
        let page = Request::builder().uri(path).header("host", "localhost").header("cookie", cookie);
        let page = self.router.clone().oneshot(page.body(Body::empty()).unwrap()).await.unwrap();
        let status = page.status();
        let bytes = axum::body::to_bytes(page.into_body(), 16 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The messages of a room as they stand now, oldest first.
    pub async fn posts_of(&self, room: &str) -> Vec<Post> {
        let room = RoomId::from(room);
        let page = self.app.store.read(move |reads| reads.messages(&room, MessageRange::Newest, 200)).await.unwrap();
        page.items.iter().map(|message| serde_json::from_str(&message.body).unwrap()).collect()
    }

    /// The messages of a room as one text.
    pub async fn room(&self, room: &str) -> String {
        let posts = self.posts_of(room).await;
        posts.iter().map(show).collect::<Vec<_>>().join("\n---\n")
    }

    pub async fn incident(&self, key: &str) -> Incident {
        let key = Key::parse(key).unwrap();
        let found = self.app.store.read(move |reads| reads.incident_by_key(&key)).await.unwrap();
        found.expect("the incident exists")
    }

    /// Ends a story in which rows were given up, as they should have been.
    pub async fn end_with_given_up(mut self) {
        self.ended = true;
        self.check_log().await;
    }

    /// Ends the story: nothing due is left, nothing was given up, the log is whole, the record is the fold of its log.
    pub async fn end(mut self) {
        self.ended = true;
        self.settle().await;
        let stuck = self.app.store.read(|reads| reads.stuck_rows(10)).await.unwrap();
        assert!(stuck.is_empty(), "rows were given up: {stuck:?}");
        self.check_log().await;
    }

    async fn check_log(&self) {
        let report = self.app.store.read(|reads| reads.verify_log()).await.unwrap();
        assert!(report.fault.is_none(), "{:?}", report.fault);
        let replayed = self.app.store.read(hotroom::app::incidents::unfaithful_records).await.unwrap();
        assert!(replayed.is_empty(), "records that are not the fold of their events: {replayed:?}");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        assert!(self.ended || std::thread::panicking(), "a story must end with `world.end().await`");
    }
}

/// A message the way a reader sees it, in text.
pub fn show(post: &Post) -> String {
    let mut out = String::new();
    if let Some(title) = &post.title {
        out += &format!("[{:?}] {title}\n", post.tone);
    }
    out += post.text.trim();
    for field in &post.fields {
        out += &format!("\n{}: {}", field.name, field.value);
    }
    for button in &post.buttons {
        out += &format!("\n({}) {}", button.label, button.command);
    }
    if !post.mentions.is_empty() {
        let names: Vec<&str> = post.mentions.iter().map(PersonId::as_str).collect();
        out += &format!("\ncalls {}", names.join(", "));
    }
    out
}

/// An answer that did what was asked.
pub fn done(reply: &Reply) -> &Reply {
    assert_eq!(reply.outcome, ReplyOutcome::Done, "{}", show(&reply.post));
    reply
}

pub fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

/// An Alertmanager body with one alert.
pub fn alert(name: &str, service: &str, severity: &str, resolved: bool) -> Value {
    let (status, ends) =
        if resolved { ("resolved", "2026-03-02T10:05:00Z") } else { ("firing", "0001-01-01T00:00:00Z") };
    serde_json::json!({
        "version": "4", "groupKey": format!("{{}}:{{alertname=\"{name}\"}}"), "truncatedAlerts": 0, "status": status,
        "receiver": "hotroom", "groupLabels": {"alertname": name}, "commonLabels": {}, "commonAnnotations": {},
        "externalURL": "http://alertmanager.example",
        "alerts": [{
            "status": status,
            "labels": {"alertname": name, "service": service, "severity": severity, "instance": "web-1"},
            "annotations": {"summary": format!("{name} on web-1")},
            "startsAt": "2026-03-02T09:55:00Z", "endsAt": ends,
            "generatorURL": "http://prometheus.example/graph", "fingerprint": format!("{:016x}", name.len())
        }]
    })
}
