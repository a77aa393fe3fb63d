//! Stories of alerts in the store: from bodies in the inbox to groups, messages and incidents, on a clock that moves only
//! when told.

mod enriching;
mod flapping;
mod flow;
mod folding;
mod incidents;
mod muting;
mod noise;
mod people;
mod silences;
mod storms;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    app::{
        App, Clock, Context, alerts,
        reactor::{self, WorkList, timers},
    },
    command::Catalog,
    config::{Config, Live},
    domain::{
        Timestamp,
        alert::{Alert, AlertGroup, AlertState},
        effect::{ChatEffect, Effect, Timer},
        ids::PersonId,
        incident::Incident,
        people::Actor,
    },
    render::Renderer,
    store::{
        AlertFilter, Delivery, GroupFilter, IncidentFilter, Sender, Settlement, Store, StoreError, StoreOptions, Tx,
    },
};

/// The clocks of Alertmanager, one feed, one rule.
const CONFIG: &str = r#"
[alerts.route]
feed = "alerts"
group_by = ["alertname"]
group_wait = "30s"
group_interval = "5m"
repeat_interval = "4h"
"#;

/// The bot without its rooms: what it would do outside is written down.
struct Fixture {
    app: App,
    now: Arc<AtomicI64>,
    /// Effects that went out, with the second they did.
    sent: Vec<(i64, Effect)>,
    _folder: TempDir,
}

fn start() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().expect("a time")
}

fn at(seconds: i64) -> Timestamp {
    start() + chrono::TimeDelta::seconds(seconds)
}

fn stamp(seconds: i64) -> String {
    at(seconds).to_rfc3339()
}

/// One alert as Alertmanager sends it.
fn alert(name: &str, host: &str, starts: i64, ends: Option<i64>) -> Value {
    graded(name, host, "warning", (starts, ends))
}

fn graded(name: &str, host: &str, severity: &str, (starts, ends): (i64, Option<i64>)) -> Value {
    json!({
        "status": if ends.is_some() { "resolved" } else { "firing" },
        "labels": {"alertname": name, "instance": host, "service": "checkout", "severity": severity},
        "annotations": {"summary": format!("{name} on {host}")},
        "startsAt": stamp(starts),
        "endsAt": ends.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), stamp),
    })
}

impl Fixture {
    fn new() -> Self {
        Self::with("")
    }

    fn with(more: &str) -> Self {
        let config = Config::from_text("bot.toml", &format!("{CONFIG}{more}"), []);
        let config = config.unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let folder = TempDir::new().expect("a folder");
        let options = StoreOptions { path: folder.path().join("hotroom.db"), queue: 1000, batch: 100 };
        let now = Arc::new(AtomicI64::new(start().timestamp_millis()));
        let told = Arc::clone(&now);
        let clock =
            Clock::new(move || Timestamp::from_timestamp_millis(told.load(Ordering::SeqCst)).expect("in range"));
        let app = App {
            store: Store::open(&options, start()).expect("opens"),
            clock,
            config: Live::new(config),
            catalog: Catalog::shipped(),
            renderer: Renderer::new(None).expect("templates"),
            deliveries: tokio::sync::Notify::new(),
        };
        Self { app, now, sent: Vec::new(), _folder: folder }
    }

    fn seconds(&self) -> i64 {
        (self.app.clock.now() - start()).num_seconds()
    }

    /// Stores a body as the intake does.
    async fn receives(&self, source: &str, body: &Value) {
        self.receives_bytes(source, body.to_string().into_bytes()).await;
    }

    async fn receives_bytes(&self, source: &str, body: Vec<u8>) {
        let now = self.app.clock.now();
        let source = source.to_owned();
        let receive = move |tx: &mut Tx<'_>| {
            tx.receive(&Delivery { sender: Sender::Source(&source), delivery: None, at: now, body: &body })
        };
        self.app.store.transact(receive).await.expect("stored");
    }

    /// Alertmanager posts these alerts; everything that is due happens.
    async fn posts(&mut self, alerts: &[Value]) {
        self.receives("alertmanager", &json!({"version": "4", "alerts": alerts})).await;
        self.settle().await;
    }

    /// Lets everything happen that is due now.
    async fn settle(&mut self) {
        loop {
            let routed = alerts::route_pending(&self.app).await.expect("routed");
            if routed + self.carry().await == 0 {
                return;
            }
        }
    }

    /// Takes what is due out of the outbox: timers are looked at, all else is written down.
    async fn carry(&mut self) -> usize {
        let now = self.app.clock.now();
        let claim = move |tx: &mut Tx<'_>| tx.claim(now, Duration::from_secs(60), 50);
        let claimed = self.app.store.transact(claim).await.expect("claimed");
        for row in &claimed {
            let (renderer, config) = (self.app.renderer.clone(), self.app.config.current());
            let (id, fence, effect) = (row.id, row.fence, row.effect.clone());
            let work = move |tx: &mut Tx<'_>| {
                if let Effect::Timer(
                    wake @ (Timer::FlushGroup { .. }
                    | Timer::StormOver { .. }
                    | Timer::DeclareRule { .. }
                    | Timer::ExpireAlerts { .. }
                    | Timer::ReopenAlert { .. }
                    | Timer::MoveGroups { .. }
                    | Timer::Inhibit { .. }
                    | Timer::RulesChanged { .. }
                    | Timer::Silence { .. }),
                ) = &effect
                {
                    let actor = Actor::Machine("timer".to_owned());
                    let cx = Context { config: &config, now, actor: &actor, request: "wake", expect: None };
                    timers::on_wake(tx, cx, &renderer, wake)?;
                }
                tx.settle(id, fence, &Settlement::Done { receipt: None }, now)
            };
            self.app.store.transact(work).await.expect("settled");
            if !matches!(row.effect, Effect::Timer(_)) {
                self.sent.push((self.seconds(), row.effect.clone()));
            }
        }
        claimed.len()
    }

    /// Moves the clock to so many seconds after the beginning, stopping at each timer on the way.
    async fn until(&mut self, seconds: i64) {
        loop {
            self.settle().await;
            let due = self.app.store.read(|reads| reads.next_due()).await.expect("read");
            match due.filter(|due| *due <= at(seconds)) {
                Some(due) => self.set(due.max(self.app.clock.now())),
                None => break,
            }
        }
        self.set(at(seconds));
        self.settle().await;
    }

    fn set(&self, now: Timestamp) {
        self.now.store(now.timestamp_millis(), Ordering::SeqCst);
    }

    /// When the message of a group was posted or edited, in seconds after the beginning.
    fn messages(&self) -> Vec<i64> {
        let of = |(at, effect): &(i64, Effect)| {
            matches!(effect, Effect::Chat(ChatEffect::GroupMessage { .. })).then_some(*at)
        };
        self.sent.iter().filter_map(of).collect()
    }

    fn sent_of(&self, wanted: impl Fn(&Effect) -> bool) -> usize {
        self.sent.iter().filter(|(_, effect)| wanted(effect)).count()
    }

    async fn groups(&self) -> Vec<AlertGroup> {
        let now = self.app.clock.now();
        let filter = GroupFilter { limit: 500, ..GroupFilter::default() };
        let mut items = self.app.store.read(move |reads| reads.list_groups(&filter, now)).await.expect("read").items;
        items.sort_by_key(|group| group.id);
        items
    }

    /// The one group there is.
    async fn group(&self) -> AlertGroup {
        let groups = self.groups().await;
        assert_eq!(groups.len(), 1, "{groups:?}");
        groups.into_iter().next().expect("one")
    }

    async fn alerts(&self) -> Vec<Alert> {
        let now = self.app.clock.now();
        let filter = AlertFilter { limit: 500, ..AlertFilter::default() };
        self.app.store.read(move |reads| reads.list_alerts(&filter, now)).await.expect("read").items
    }

    /// State and number of the alerts.
    async fn states(&self) -> BTreeMap<&'static str, usize> {
        let now = self.app.clock.now();
        let mut counts = BTreeMap::new();
        for alert in self.alerts().await {
            *counts.entry(alert.state(now).name()).or_default() += 1;
        }
        counts
    }

    async fn incidents(&self) -> Vec<Incident> {
        let filter = IncidentFilter { limit: 500, ..IncidentFilter::default() };
        self.app.store.read(move |reads| reads.list_incidents(&filter)).await.expect("read").items
    }

    /// Does something as a person, now.
    async fn by<T: Send + 'static>(
        &self,
        person: &str,
        change: impl Fn(&mut Tx<'_>, Context<'_>, &mut WorkList, &PersonId) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let config = self.app.config.current();
        let now = self.app.clock.now();
        let person = PersonId::new(person);
        let work = move |tx: &mut Tx<'_>| {
            let actor = Actor::Person(person.clone());
            let cx = Context { config: &config, now, actor: &actor, request: "story", expect: None };
            reactor::run(tx, cx, |tx, work| change(tx, cx, work, &person))
        };
        self.app.store.transact(work).await.expect("written")
    }

    /// What is stored agrees with itself: the counts of each group with its alerts.
    async fn check(&self) {
        for group in self.groups().await {
            let id = group.clone();
            let shown = self.app.store.read(move |reads| reads.alerts_of_group(&id, 100_000)).await.expect("read");
            let firing = shown.iter().filter(|alert| alert.firing).count();
            assert_eq!(
                (group.counts.firing as usize, group.counts.resolved as usize),
                (firing, shown.len() - firing),
                "{group:?}"
            );
            let by_severity: u32 = group.counts.by_severity.iter().sum();
            assert_eq!(by_severity, group.counts.firing, "{group:?}");
            let muted = shown.iter().filter(|alert| alert.firing && alert.muted).count();
            assert_eq!(group.counts.muted as usize, muted, "{group:?}");
            for alert in &shown {
                assert_eq!(alert.muted, !alert.muted_by.is_empty(), "{alert:?}");
            }
            assert_eq!(group.closed_at.is_none(), group.counts.firing > 0);
            let state = group.state(self.app.clock.now());
            assert_eq!(state == AlertState::Resolved, group.counts.firing == 0);
        }
    }
}
