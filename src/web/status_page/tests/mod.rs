//! The status page as customers and clients of Statuspage's API see it.

mod conformance;
mod stories;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use serde_json::Value;
use tower::ServiceExt;

use crate::{
    app::{App, Clock, Context, incidents, reactor},
    command::Catalog,
    config::{Config, Live},
    domain::{
        Timestamp,
        ids::IncidentId,
        incident::{Command, Declare, IncidentKind, Severity},
        people::Actor,
        status::{ComponentStatus, PublicStatus},
        text::Untrusted,
    },
    render::Renderer,
    store::{Store, StoreOptions},
    web::{State, router, server::Phase},
};

struct World {
    app: Arc<App>,
    clock: Arc<AtomicI64>,
    state: State,
    _stop: tokio::sync::watch::Sender<Phase>,
    _folder: tempfile::TempDir,
}

fn start() -> Timestamp {
    "2026-11-21T09:00:00.250Z".parse().unwrap()
}

const GROUPED: &str = r#"
[status_page]
name = "Shop status"
[[status_page.components]]
id = "checkout"
name = "Checkout"
description = "Paying for an order"
group = "Shop"
[[status_page.components]]
id = "website"
name = "Website"
group = "Shop"
[[status_page.components]]
id = "api"
name = "API"
"#;

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::from_text("bot.toml", GROUPED, []).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let clock = Arc::new(AtomicI64::new(start().timestamp_millis()));
        let told = Arc::clone(&clock);
        let tell = Clock::new(move || Timestamp::from_timestamp_millis(told.load(Ordering::SeqCst)).unwrap());
        let options = StoreOptions { path: folder.path().join("status.db"), queue: 100, batch: 10 };
        let store = Store::open(&options, start()).unwrap();
        let live = Live::new(config);
        let known = live.current();
        store.transact(move |tx| crate::app::incidents::status_page::register(tx, &known, start())).await.unwrap();
        let app = Arc::new(App {
            store,
            clock: tell,
            config: live,
            catalog: Catalog::shipped(),
            renderer: Renderer::new(None).unwrap(),
            deliveries: tokio::sync::Notify::new(),
        });
        let (stop, phase) = tokio::sync::watch::channel(Phase::Serving);
        let state = State::new(Arc::clone(&app), phase);
        Self { app, clock, state, _stop: stop, _folder: folder }
    }

    fn minutes(&self, minutes: i64) {
        self.clock.fetch_add(minutes * 60_000, Ordering::SeqCst);
    }

    async fn declare(&self, title: &str, severity: Severity, kind: IncidentKind) -> IncidentId {
        let declare = Declare {
            title: title.into(),
            description: Untrusted::default(),
            severity: Some(severity),
            judged: None,
            affected: None,
            service: None,
            kind,
            own_kind: None,
            private: false,
            group: None,
            impact_since: None,
        };
        let (config, now) = (self.app.config.current(), self.app.clock.now());
        let declared = self.app.store.transact(move |tx| {
            let actor = Actor::Person("ann".into());
            let cx = Context { config: &config, now, actor: &actor, request: "test", expect: None };
            reactor::run(tx, cx, |tx, work| incidents::declare_in(tx, cx, work, &declare))
        });
        declared.await.unwrap().unwrap().incident.id
    }

    async fn says(&self, incident: IncidentId, command: Command) -> Result<(), crate::domain::refusal::Refusal> {
        let (config, now) = (self.app.config.current(), self.app.clock.now());
        let said = self.app.store.transact(move |tx| {
            let actor = Actor::Person("ann".into());
            let cx = Context { config: &config, now, actor: &actor, request: "test", expect: None };
            reactor::run(tx, cx, |tx, work| incidents::command_in(tx, cx, work, incident, &command))
        });
        said.await.unwrap().map(|_| ())
    }

    async fn posts(
        &self,
        incident: IncidentId,
        status: PublicStatus,
        body: &str,
        components: &[(&str, ComponentStatus)],
    ) {
        let components = components.iter().map(|(id, status)| ((*id).into(), *status)).collect();
        self.says(incident, Command::PostStatus { status, body: body.into(), components, title: None }).await.unwrap();
    }

    async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
        let mut request = Request::builder().uri(path).header("host", "127.0.0.1:8080");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = router(self.state.clone()).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = to_bytes(answer.into_body(), 4 << 20).await.unwrap();
        (status, headers, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn json(&self, path: &str) -> Value {
        let (status, headers, body) = self.ask(&format!("/status/api/v2/{path}"), &[]).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert_eq!(headers["access-control-allow-origin"], "*");
        serde_json::from_str(&body).unwrap()
    }

    async fn shows(&self, component: &str) -> String {
        let document = self.json("components.json").await;
        let all = document["components"].as_array().unwrap().clone();
        let found = all.iter().find(|c| c["name"] == component).unwrap();
        found["status"].as_str().unwrap().to_owned()
    }
}
