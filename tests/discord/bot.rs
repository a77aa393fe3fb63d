//! The bot of a story: everything that `hotroom run` starts, in this process, pointed at a Discord on loopback.

use std::{ops::Deref, path::Path, sync::Arc, time::Duration};

use hotroom::{
    app::{App, Clock},
    chat::{
        builtin::{BuiltinChat, Talk},
        discord::{Discord, client::gateway::Link},
    },
    cli,
    config::{Config, Live},
    domain::{Timestamp, ids::Key, incident::Incident},
    store::chat::MessageRange,
    web,
};
use serde_json::Value;
use tokio::{sync::watch, task::JoinHandle};
use tower::ServiceExt;

use crate::discord::{Answer, Clock as FakeClock, Fake, Rules, state::Id};

/// How long a test waits for what it expects.
const PATIENCE: Duration = Duration::from_secs(60);

/// The people of the shipped configuration, who all have an account.
pub const PEOPLE: [&str; 4] = ["ann", "bob", "cho", "dee"];

/// A Discord and a bot on it.
pub struct Bot {
    pub fake: Fake,
    pub app: Arc<App>,
    router: axum::Router,
    stop: watch::Sender<bool>,
    loops: Vec<JoinHandle<()>>,
    dir: Option<tempfile::TempDir>,
    discord: Option<Arc<Discord>>,
}

impl Deref for Bot {
    type Target = Fake;

    fn deref(&self) -> &Fake {
        &self.fake
    }
}

/// A Discord without the wait between two sessions, so that a story is quick.
pub async fn fake() -> Fake {
    let fake = Fake::with(Rules { identify_pace: None, ..Rules::default() }, FakeClock::real()).await;
    for name in PEOPLE {
        fake.member(name);
    }
    fake
}

/// Bot and Discord read one clock. It is the real one, until a story stops it.
fn clock(fake: &Fake) -> Clock {
    let house = fake.house();
    Clock::new(move || Timestamp::from_timestamp_millis(house.clock.now()).expect("in range"))
}

impl Bot {
    /// The shipped configuration on a fresh Discord, connected.
    pub async fn start() -> Self {
        Self::with(fake().await, "").await
    }

    /// With this `bot.toml` over the shipped one.
    pub async fn with(fake: Fake, toml: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bot = Self::run(fake, toml, dir).await;
        bot.fake.connected().await;
        bot.fake.registered("incident").await;
        bot
    }

    /// Without waiting for the connection.
    pub async fn run(fake: Fake, toml: &str, dir: tempfile::TempDir) -> Self {
        let live = Live::new(config(&fake, toml, dir.path()));
        let (app, worker) = cli::prepare(live, clock(&fake)).await.unwrap();
        let discord = cli::discord(&app).await.unwrap();
        let mirror = discord.as_ref().map(|(discord, _)| Arc::clone(discord));
        let (stop, stopped) = watch::channel(false);
        let loops = vec![
            tokio::spawn(cli::listen(Arc::clone(&app), discord, stopped.clone())),
            tokio::spawn(worker.mirrored_to(cli::platforms(mirror.clone())).run(stopped.clone())),
            tokio::spawn(cli::route(Arc::clone(&app), stopped.clone())),
        ];
        let phase = watch::Sender::new(web::server::Phase::Serving);
        let state = web::State { discord: mirror.clone(), ..web::State::new(Arc::clone(&app), phase.subscribe()) };
        let router = web::router(state);
        Self { fake, app, router, stop, loops, dir: Some(dir), discord: mirror }
    }

    /// Stops the bot as SIGTERM does, and starts it again on the same file.
    pub async fn restart(mut self) -> Self {
        let dir = self.dir.take().expect("the folder");
        let fake = self.stop().await;
        let bot = Self::run(fake, "", dir).await;
        bot.fake.connected().await;
        bot
    }

    /// Ends the story: no request was one that Discord forbids, and nothing was given up.
    pub async fn end(self) {
        let stuck = self.app.store.read(|reads| reads.stuck_rows(10)).await.unwrap();
        assert!(stuck.is_empty(), "rows were given up: {stuck:?}");
        let invalid = self.fake.invalid_requests();
        assert_eq!(invalid, 0, "requests that count against the bot");
        let fake = self.stop().await;
        assert_eq!(fake.violations(), Vec::<String>::new());
    }

    /// Stops the bot; Discord goes on.
    pub async fn stop(self) -> Fake {
        self.stop.send_replace(true);
        for ending in self.loops {
            tokio::time::timeout(PATIENCE, ending).await.expect("a loop ends").unwrap();
        }
        self.app.store.close().await.ok();
        self.fake
    }

    /// The account of one of [`PEOPLE`].
    pub fn person(&self, name: &str) -> Id {
        self.fake.member(name)
    }

    /// Someone gives a slash command in a channel and sees the answer.
    pub async fn says(&self, who: &str, channel: Id, line: &str, options: &[(&str, &str)]) -> Answer {
        self.fake.slash(self.person(who), channel, line, options).await
    }

    /// A body for the intake.
    pub async fn posts(&self, source: &str, body: &Value) -> u16 {
        let request = axum::http::Request::post(format!("/intake/{source}"))
            .header("host", "127.0.0.1:8080")
            .header("content-type", "application/json")
            .body(axum::body::Body::from(body.to_string()))
            .unwrap();
        self.router.clone().oneshot(request).await.unwrap().status().as_u16()
    }

    /// Declares an incident and gives its room, once the card is pinned.
    pub async fn in_a_room(&self) -> Id {
        let general = self.fake.channel("general").await;
        let declared = self.says("ann", general, "incident declare", &[("title", "Slow"), ("severity", "sev3")]).await;
        self.until_answered(&declared, "HOT-1").await;
        let room = self.fake.channel("hot-1").await;
        self.until_card(room, "Slow").await;
        room
    }

    /// Waits until the pinned card of a room says these words.
    pub async fn until_card(&self, room: Id, words: &str) {
        let pinned = |state: &crate::discord::state::State| {
            let mut messages = state.messages.values();
            let card = messages.find(|message| message.channel == room && message.pinned.is_some())?;
            crate::discord::answer::text(card).contains(words).then_some(())
        };
        self.fake.until(&format!("the card to say {words}"), pinned).await;
    }

    /// How many deliveries a source has made, repeats included.
    pub async fn deliveries(&self, source: &str) -> u64 {
        let heard = self.app.store.read(|reads| reads.source_activity()).await.unwrap();
        heard.iter().filter(|heard| heard.source == source).map(|heard| heard.deliveries).sum()
    }

    /// Waits until a delivery that holds these words could not be read; why each one could not.
    pub async fn until_unreadable(&self, words: &str) -> Vec<String> {
        let unreadable = async || {
            let read = self.app.store.read(|reads| reads.unreadable_deliveries(10)).await.unwrap();
            read.into_iter().map(|delivery| delivery.why).collect::<Vec<_>>()
        };
        self.until_stored(words, async || unreadable().await.iter().any(|why| why.contains(words))).await;
        unreadable().await
    }

    /// Waits until nothing is left to be done but timers.
    pub async fn settled(&self) {
        let idle = async || {
            let open = self.app.store.read(|reads| reads.open_rows(1_000)).await.unwrap();
            open.iter().all(|row| row.lane.starts_with("wake/"))
        };
        self.until_stored("nothing to be left but timers", idle).await;
    }

    /// Waits until the bot knows that the server is out of reach.
    pub async fn until_away(&self) {
        let discord = self.discord.as_ref().expect("a token is set");
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        let away = async {
            while !discord.is_away() {
                tick.tick().await;
            }
        };
        tokio::time::timeout(PATIENCE, away).await.expect("the server is out of reach");
    }

    /// Waits until the connection is not tried again, and gives why.
    pub async fn until_stopped(&self) -> String {
        let discord = self.discord.as_ref().expect("a token is set");
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        let stopped = async {
            loop {
                if let Link::Stopped(why) = discord.standing().link() {
                    return why;
                }
                tick.tick().await;
            }
        };
        tokio::time::timeout(PATIENCE, stopped).await.expect("the connection stops")
    }

    /// How many calls wait for Discord's limits.
    pub fn calls_waiting(&self) -> usize {
        self.discord.as_ref().map_or(0, |discord| discord.rest().waiting())
    }

    /// What a page of the bot says.
    pub async fn get(&self, path: &str) -> String {
        let request =
            axum::http::Request::get(path).header("host", "127.0.0.1:8080").body(axum::body::Body::empty()).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    /// Someone says something in a room of the console.
    pub async fn says_in_console(&self, who: &str, room: &str, text: &str) {
        self.said_in_console_before(who, room, text, chrono::TimeDelta::zero()).await;
    }

    /// The same, so long ago.
    pub async fn said_in_console_before(&self, who: &str, room: &str, text: &str, ago: chrono::TimeDelta) {
        let talk = Talk {
            room: room.into(),
            person: who.into(),
            text: text.into(),
            delivery: format!("console-{}", text.len()),
            known: PEOPLE.into_iter().map(Into::into).collect(),
        };
        let chat = BuiltinChat::new(self.app.store.clone());
        chat.say(talk, self.app.clock.now() - ago).await.unwrap().unwrap();
    }

    /// How many messages of the first hot room say these words in the console.
    pub async fn count_said(&self, words: &str) -> usize {
        let read = self.app.store.read(|reads| reads.messages(&"hot-1".into(), MessageRange::Newest, 400));
        read.await.unwrap().items.iter().filter(|message| message.body.contains(words)).count()
    }

    /// Waits until a room says these words in the console.
    pub async fn until_shown_in(&self, room: &'static str, words: &str) {
        let shown = async || {
            let read = self.app.store.read(move |reads| reads.messages(&room.into(), MessageRange::Newest, 200));
            read.await.unwrap().items.iter().any(|message| message.body.contains(words))
        };
        self.until_stored(words, shown).await;
    }

    /// Waits until the first hot room says these words in the console.
    pub async fn until_said(&self, words: &str) {
        self.until_stored(words, async || self.count_said(words).await > 0).await;
    }

    /// Waits until it does not.
    pub async fn until_not_said(&self, words: &str) {
        self.until_stored(words, async || self.count_said(words).await == 0).await;
    }

    /// The folder with the bot's database.
    pub fn folder(&self) -> &Path {
        self.dir.as_ref().expect("the folder").path()
    }

    /// What the console hands out at an address to someone who is signed in, with its headers.
    pub async fn fetches(&self, who: &str, path: &str) -> (axum::http::HeaderMap, Vec<u8>) {
        let signs_in = axum::http::Request::post("/sign-in")
            .header("host", "127.0.0.1:8080")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(axum::body::Body::from(format!("person={who}")));
        let signed_in = self.router.clone().oneshot(signs_in.unwrap()).await.unwrap();
        let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let asked = axum::http::Request::get(path).header("host", "127.0.0.1:8080").header("cookie", cookie);
        let answer = self.router.clone().oneshot(asked.body(axum::body::Body::empty()).unwrap()).await.unwrap();
        let headers = answer.headers().clone();
        (headers, axum::body::to_bytes(answer.into_body(), 1 << 24).await.unwrap().to_vec())
    }

    /// Waits until an event of the first incident holds these words as it is stored.
    pub async fn until_recorded(&self, words: &str) {
        let recorded = async || {
            let key = Key::parse("HOT-1").unwrap();
            let incident = self.app.store.read(move |reads| reads.incident_by_key(&key)).await.unwrap();
            let Some(incident) = incident else { return false };
            let stream = Incident::stream(incident.id);
            let events = self.app.store.read(move |reads| reads.events_of(&stream, 0, 500)).await.unwrap();
            events.iter().any(|event| serde_json::to_string(&event.event).unwrap().contains(words))
        };
        self.until_stored(words, recorded).await;
    }

    /// Waits until the timeline of the first incident says these words, and gives the entry.
    pub async fn until_timeline(&self, words: &str) -> String {
        let entry = async || {
            let key = Key::parse("HOT-1").unwrap();
            let incident = self.app.store.read(move |reads| reads.incident_by_key(&key)).await.unwrap()?;
            let stream = Incident::stream(incident.id);
            let events = self.app.store.read(move |reads| reads.events_of(&stream, 0, 500)).await.unwrap();
            let told = events.into_iter().map(|event| format!("{:?}", event.event));
            told.filter(|told| told.contains("TimelineAdded")).find(|told| told.contains(words))
        };
        self.until_stored(words, async || entry().await.is_some()).await;
        entry().await.expect("it was there")
    }

    pub async fn until_stored(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let mut commits = self.app.store.commits();
        let wait = async {
            loop {
                commits.borrow_and_update();
                if holds().await {
                    return;
                }
                commits.changed().await.expect("the store is open");
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("waited in vain for {what}"));
    }

    /// Waits until an answer says these words: it is edited when the work is done.
    pub async fn until_answered(&self, answer: &Answer, words: &str) -> Answer {
        self.fake
            .until(words, |state| Answer::of(state, answer.interaction).filter(|answer| answer.text().contains(words)))
            .await
    }
}

fn config(fake: &Fake, toml: &str, dir: &Path) -> Config {
    let mut env = vec![
        ("HOTROOM_DISCORD_TOKEN".to_owned(), crate::discord::TOKEN.to_owned()),
        ("HOTROOM_CHAT__DISCORD__BASE_URL".to_owned(), fake.base_url().to_owned()),
        ("HOTROOM_STORE__PATH".to_owned(), dir.join("story.db").display().to_string()),
    ];
    if !toml.contains("room_names") {
        env.push(("HOTROOM_CHAT__DISCORD__ROOM_NAMES".to_owned(), "key".to_owned()));
    }
    env.extend(
        PEOPLE
            .iter()
            .map(|name| (format!("HOTROOM_PEOPLE__{}__DISCORD", name.to_uppercase()), fake.member(name).to_string())),
    );
    Config::from_text("bot.toml", toml, env).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// An Alertmanager body with one critical alert.
pub fn alert(name: &str, service: &str) -> Value {
    serde_json::json!({
        "version": "4", "groupKey": format!("{{}}:{{alertname=\"{name}\"}}"), "truncatedAlerts": 0, "status": "firing",
        "receiver": "hotroom", "groupLabels": {"alertname": name}, "commonLabels": {}, "commonAnnotations": {},
        "externalURL": "http://alertmanager.example",
        "alerts": [{
            "status": "firing",
            "labels": {"alertname": name, "service": service, "severity": "critical", "instance": "web-1"},
            "annotations": {"summary": format!("{name} on web-1 @everyone")},
            "startsAt": "2026-03-02T09:55:00Z", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus.example/graph", "fingerprint": "00000000000000a1"
        }]
    })
}
