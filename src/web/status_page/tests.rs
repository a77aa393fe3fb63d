//! The public page as customers and readers of Statuspage's API see it.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{
    app::{Act, App, Clock, incidents},
    command::Catalog,
    config::{Config, Live},
    domain::{
        Timestamp,
        ids::IncidentId,
        incident::{Command, Declare, Kind, Severity},
        people::Actor,
        status::{ComponentStatus, PublicStatus},
        text::Untrusted,
    },
    render::Renderer,
    store::{Options, Store},
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
        let options = Options { path: folder.path().join("status.db"), queue: 100, batch: 10 };
        let store = Store::open(&options, start()).unwrap();
        let live = Live::new(config);
        let known = live.current();
        store.transact(move |tx| crate::app::status::register(tx, &known, start())).await.unwrap();
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

    async fn declare(&self, title: &str, severity: Severity, kind: Kind) -> IncidentId {
        let declare = Declare {
            title: title.into(),
            description: Untrusted::default(),
            severity: Some(severity),
            judged: None,
            service: None,
            kind,
            private: false,
            group: None,
            impact_since: None,
        };
        let (config, now) = (self.app.config.current(), self.app.clock.now());
        let declared = self.app.store.transact(move |tx| {
            let actor = Actor::Person("ann".into());
            let act = Act { config: &config, now, actor: &actor, request: "test", expect: None };
            incidents::declare_in(tx, act, &declare)
        });
        declared.await.unwrap().unwrap().incident.id
    }

    async fn says(&self, incident: IncidentId, command: Command) -> Result<(), crate::domain::incident::Refusal> {
        let (config, now) = (self.app.config.current(), self.app.clock.now());
        let said = self.app.store.transact(move |tx| {
            let actor = Actor::Person("ann".into());
            let act = Act { config: &config, now, actor: &actor, request: "test", expect: None };
            incidents::command_in(tx, act, incident, &command)
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
        self.says(incident, Command::PostStatus { status, body: body.into(), components }).await.unwrap();
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

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split_whitespace().collect()
}

const COMPONENT: &str = "id name status created_at updated_at position description showcase start_date group_id page_id \
                         group only_show_if_degraded";
const INCIDENT: &str = "id name status created_at updated_at monitoring_at resolved_at impact shortlink started_at \
                        page_id incident_updates components reminder_intervals";
const UPDATE: &str = "id status body incident_id created_at updated_at display_at affected_components \
                      deliver_notifications custom_tweet tweet_id";

fn is_id(value: &Value) {
    let id = value.as_str().unwrap();
    assert!(id.len() == 12 && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{id}");
}

fn is_time(value: &Value) {
    let text = value.as_str().unwrap();
    assert!(text.len() == 24 && text.ends_with('Z') && text.as_bytes()[19] == b'.', "{text}");
    text.parse::<Timestamp>().unwrap();
}

fn check_component(component: &Value) {
    let mut wanted = words(COMPONENT);
    if component["group"] == true {
        wanted.insert("components");
        component["components"].as_array().unwrap().iter().for_each(is_id);
    }
    assert_eq!(keys(component), wanted);
    let known = ["operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"];
    assert!(known.contains(&component["status"].as_str().unwrap()));
    is_id(&component["id"]);
    is_id(&component["page_id"]);
    is_time(&component["created_at"]);
    is_time(&component["updated_at"]);
    assert!(component["position"].is_u64() && component["showcase"].is_boolean());
    assert!(component["description"].is_string() || component["description"].is_null());
    if !component["group_id"].is_null() {
        is_id(&component["group_id"]);
    }
}

fn check_incident(incident: &Value) {
    assert_eq!(keys(incident), words(INCIDENT));
    is_id(&incident["id"]);
    for time in ["created_at", "updated_at", "started_at"] {
        is_time(&incident[time]);
    }
    for time in ["monitoring_at", "resolved_at"].into_iter().filter(|time| !incident[*time].is_null()) {
        is_time(&incident[time]);
    }
    let known = ["investigating", "identified", "monitoring", "resolved", "postmortem"];
    assert!(known.contains(&incident["status"].as_str().unwrap()));
    assert!(["none", "minor", "major", "critical", "maintenance"].contains(&incident["impact"].as_str().unwrap()));
    assert_eq!(incident["resolved_at"].is_null(), incident["status"] != "resolved");
    incident["components"].as_array().unwrap().iter().for_each(check_component);
    let updates = incident["incident_updates"].as_array().unwrap();
    let mut times: Vec<&str> = updates.iter().map(|update| update["created_at"].as_str().unwrap()).collect();
    let told = times.clone();
    times.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(told, times, "newest first");
    for update in updates {
        assert_eq!(keys(update), words(UPDATE));
        is_id(&update["id"]);
        assert_eq!(update["incident_id"], incident["id"]);
        for affected in update["affected_components"].as_array().into_iter().flatten() {
            assert_eq!(keys(affected), words("code name old_status new_status"));
        }
    }
}

fn check(path: &str, document: &Value, parts: &str) {
    assert_eq!(keys(document), words(parts), "{path}");
    let first = document.as_object().unwrap().keys().next().map(String::as_str);
    assert_eq!(first, Some("page"), "every document starts with its page");
    assert_eq!(keys(&document["page"]), words("id name url time_zone updated_at"));
    is_id(&document["page"]["id"]);
    is_time(&document["page"]["updated_at"]);
    if let Some(status) = document.get("status") {
        assert_eq!(keys(status), words("indicator description"));
    }
    document["components"].as_array().into_iter().flatten().for_each(check_component);
    document["incidents"].as_array().into_iter().flatten().for_each(check_incident);
}

#[tokio::test]
async fn documents_have_exactly_the_fields_that_readers_know() {
    let world = World::new().await;
    let slow = world.declare("Checkout is slow", Severity::Sev2, Kind::Real).await;
    world.posts(slow, PublicStatus::Investigating, "We look.", &[("checkout", ComponentStatus::PartialOutage)]).await;
    world.minutes(5);
    world
        .posts(slow, PublicStatus::Monitoring, "We watch.", &[("checkout", ComponentStatus::DegradedPerformance)])
        .await;
    world.minutes(5);
    world.says(slow, Command::Resolve { summary: None, cause: None }).await.unwrap();
    world.minutes(5);
    let mute = world.declare("Mails are late", Severity::Sev3, Kind::Real).await;
    world.posts(mute, PublicStatus::Identified, "A queue is full.", &[]).await;
    for (path, parts) in [
        ("summary.json", "page components incidents scheduled_maintenances status"),
        ("status.json", "page status"),
        ("components.json", "page components"),
        ("incidents.json", "page incidents"),
        ("incidents/unresolved.json", "page incidents"),
        ("scheduled-maintenances.json", "page scheduled_maintenances"),
        ("scheduled-maintenances/upcoming.json", "page scheduled_maintenances"),
        ("scheduled-maintenances/active.json", "page scheduled_maintenances"),
    ] {
        check(path, &world.json(path).await, parts);
    }
    let all = world.json("incidents.json").await;
    let names: Vec<&str> = all["incidents"].as_array().unwrap().iter().map(|i| i["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Mails are late", "Checkout is slow"]);
    let told = &all["incidents"][1];
    assert_eq!((&told["impact"], &told["status"]), (&json!("major"), &json!("resolved")));
    assert_eq!(told["incident_updates"][0]["body"], "This incident is over.");
    assert_eq!(told["incident_updates"][0]["affected_components"][0]["new_status"], "operational");
    assert_eq!(told["incident_updates"][2]["affected_components"][0]["old_status"], "operational");
    assert_eq!(all["incidents"][0]["incident_updates"][0]["affected_components"], Value::Null);
    let summary = world.json("summary.json").await;
    assert_eq!(summary["incidents"].as_array().unwrap().len(), 1, "only what is not over");
    assert_eq!(summary["status"], json!({"indicator": "minor", "description": "Minor Service Outage"}));
}

#[tokio::test]
async fn a_group_stands_before_its_components_and_shows_the_worst_of_them() {
    let world = World::new().await;
    let down = world.declare("Website is down", Severity::Sev1, Kind::Real).await;
    world.posts(down, PublicStatus::Investigating, "Down.", &[("website", ComponentStatus::MajorOutage)]).await;
    let document = world.json("components.json").await;
    let lines: Vec<String> = document["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            format!(
                "{} {} {} {}",
                c["position"],
                c["name"].as_str().unwrap(),
                c["group"],
                c["status"].as_str().unwrap()
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    1 Shop true major_outage
    2 Checkout false operational
    3 Website false major_outage
    4 API false operational
    ");
    let all = document["components"].as_array().unwrap();
    assert_eq!(all[0]["components"], json!([all[1]["id"], all[2]["id"]]));
    assert_eq!(all[1]["group_id"], all[0]["id"]);
}

#[tokio::test]
async fn resolving_restores_what_this_incident_changed_and_the_worst_of_the_others_remains() {
    let world = World::new().await;
    let first = world.declare("Checkout is down", Severity::Sev1, Kind::Real).await;
    let second = world.declare("Checkout is slow", Severity::Sev2, Kind::Real).await;
    world
        .posts(
            first,
            PublicStatus::Investigating,
            "Down.",
            &[("checkout", ComponentStatus::MajorOutage), ("api", ComponentStatus::PartialOutage)],
        )
        .await;
    world
        .posts(second, PublicStatus::Investigating, "Slow.", &[("checkout", ComponentStatus::DegradedPerformance)])
        .await;
    assert_eq!(world.shows("Checkout").await, "major_outage");
    world.says(first, Command::Resolve { summary: None, cause: None }).await.unwrap();
    assert_eq!(world.shows("Checkout").await, "degraded_performance", "the other incident still holds it");
    assert_eq!(world.shows("API").await, "operational");
    world.says(second, Command::Resolve { summary: None, cause: None }).await.unwrap();
    assert_eq!(world.shows("Checkout").await, "operational");
    let status = world.json("status.json").await;
    assert_eq!(status["status"], json!({"indicator": "none", "description": "All Systems Operational"}));
}

#[tokio::test]
async fn drills_never_appear_and_what_became_private_disappears() {
    let world = World::new().await;
    let drill = world.declare("Secret drill", Severity::Sev1, Kind::Drill).await;
    let post = Command::PostStatus { status: PublicStatus::Investigating, body: "x".into(), components: vec![] };
    assert!(world.says(drill, post).await.is_err());
    let real = world.declare("Secret breach", Severity::Sev1, Kind::Real).await;
    world.posts(real, PublicStatus::Investigating, "Secret text", &[("api", ComponentStatus::PartialOutage)]).await;
    assert!(world.ask("/status", &[]).await.2.contains("Secret breach"));
    world.says(real, Command::Resolve { summary: None, cause: None }).await.unwrap();
    world.says(real, Command::SetPrivate { private: true }).await.unwrap();
    let documents = ["summary", "incidents", "incidents/unresolved"].map(|name| format!("/status/api/v2/{name}.json"));
    let pages = ["/status", "/status/history.atom", "/status/history.rss"].map(str::to_owned);
    for path in pages.iter().chain(&documents) {
        let (status, _, body) = world.ask(path, &[]).await;
        assert_eq!(status, StatusCode::OK);
        assert!(!body.contains("Secret"), "{path}");
    }
}

#[tokio::test]
async fn an_unknown_path_is_404_with_nothing_in_it() {
    let world = World::new().await;
    for path in ["nope.json", "incidents/x.json", "summary", "summary.json/x"] {
        let (status, headers, body) = world.ask(&format!("/status/api/v2/{path}"), &[("accept", "text/html")]).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_FOUND, ""), "{path}");
        assert_eq!(headers["access-control-allow-origin"], "*");
    }
    assert_eq!(world.ask("/status/incidents/nope", &[]).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_answer_is_sent_again_only_when_it_changed() {
    let world = World::new().await;
    let (_, headers, _) = world.ask("/status/api/v2/summary.json", &[]).await;
    let tag = headers["etag"].to_str().unwrap().to_owned();
    world.minutes(1);
    let (status, _, body) = world.ask("/status/api/v2/summary.json", &[("if-none-match", &tag)]).await;
    assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let slow = world.declare("Slow", Severity::Sev2, Kind::Real).await;
    world.posts(slow, PublicStatus::Investigating, "We look.", &[]).await;
    let (status, headers, _) = world.ask("/status/api/v2/summary.json", &[("if-none-match", &tag)]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["cache-control"], "public, no-cache");
}

#[tokio::test]
async fn the_page_reads_without_script_and_runs_nothing() {
    let world = World::new().await;
    let slow = world.declare("<script>alert(1)</script> & \u{202E}co", Severity::Sev2, Kind::Real).await;
    world
        .posts(
            slow,
            PublicStatus::Investigating,
            "We <b>look</b>.\nSoon more.",
            &[("checkout", ComponentStatus::PartialOutage)],
        )
        .await;
    let (status, headers, body) = world.ask("/status", &[]).await;
    assert_eq!(status, StatusCode::OK);
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(!body.contains("<script") && !body.contains("style=") && !body.contains("<b>"), "{body}");
    assert!(!body.contains('\u{202E}'));
    for text in [
        "Some systems are not working",
        "Happening now",
        "&lt;script&gt;",
        "Affects Checkout",
        "Partial outage",
        "Soon more.",
    ] {
        assert!(body.contains(text), "{text} is not on the page");
    }
    world.minutes(60 * 24);
    world.says(slow, Command::Resolve { summary: None, cause: None }).await.unwrap();
    let (_, _, body) = world.ask("/status", &[]).await;
    assert!(body.contains("All systems operational") && body.contains("<details"), "{body}");
    let link = world.json("incidents.json").await["incidents"][0]["shortlink"].as_str().unwrap().to_owned();
    let path = &link[link.find("/status").unwrap()..];
    let (status, _, one) = world.ask(path, &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(one.contains("Resolved") && one.contains("Soon more."));
}

#[tokio::test]
async fn feeds_have_one_entry_for_each_incident() {
    let world = World::new().await;
    let slow = world.declare("Slow & steady", Severity::Sev2, Kind::Real).await;
    world.posts(slow, PublicStatus::Investigating, "We <look>.", &[]).await;
    world.minutes(3);
    world.posts(slow, PublicStatus::Identified, "Found.", &[]).await;
    let (_, headers, atom) = world.ask("/status/history.atom", &[]).await;
    assert_eq!(headers["content-type"], "application/atom+xml; charset=utf-8");
    assert_eq!(atom.matches("<entry>").count(), 1);
    assert!(atom.contains("<updated>2026-11-21T09:03:00Z</updated>"), "{atom}");
    assert!(atom.contains("&lt;strong&gt;Identified&lt;") && atom.contains("We &amp;lt;look&amp;gt;."), "{atom}");
    let (_, headers, rss) = world.ask("/status/history.rss", &[]).await;
    assert_eq!(headers["content-type"], "application/rss+xml; charset=utf-8");
    assert!(
        rss.contains("<title>Slow &amp; steady</title>") && rss.contains("Sat, 21 Nov 2026 09:03:00 +0000"),
        "{rss}"
    );
}
