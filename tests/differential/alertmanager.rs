//! The real Alertmanager, in real seconds: all timelines at once, each in a route of its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path as Segments, State},
    routing::post,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    notice::{Heard, Notice, Told, shown},
    timeline::{Step, Timeline, labels},
};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// A webhook as it came.
struct OpsgenieRequest {
    at: Instant,
    timeline: String,
    receiver: String,
    body: Value,
}

type Calls = Arc<Mutex<Vec<OpsgenieRequest>>>;

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

pub fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join("prometheus-alertmanager")).find(|file| file.is_file())
}

/// Plays all timelines at once.
pub async fn play(program: &Path, timelines: &[Timeline]) -> Vec<Heard> {
    let (calls, receiver) = listen().await;
    let dir = tempfile::tempdir().expect("a folder");
    let address = free_address();
    let _running = start(program, dir.path(), address, Timeline::alertmanager_yml(timelines, &receiver).to_string());
    let client = hotroom::net::tls::client().build().expect("a client");
    let api = format!("http://{address}/api/v2");
    until_ready(&client, &api).await;
    let (zero, began) = (Instant::now(), now());
    let mut plan: Vec<(f64, &Timeline, &Step)> =
        timelines.iter().flat_map(|one| one.steps.iter().map(move |(at, step)| (*at, one, step))).collect();
    plan.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (at, timeline, step) in plan {
        reach(zero, at).await;
        act(&client, &api, (timeline, step), began).await;
    }
    let last = timelines.iter().map(|one| one.until).fold(0.0, f64::max);
    reach(zero, last).await;
    let calls = calls.lock().expect("no panic");
    timelines.iter().map(|one| heard(one, calls.iter().filter(|call| call.timeline == one.slug()), zero)).collect()
}

/// Now, by the only clock that is not a test's own: the Alertmanager's.
fn now() -> DateTime<Utc> {
    let age = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("it is later than 1970");
    DateTime::from_timestamp_nanos(i64::try_from(age.as_nanos()).expect("in range"))
}

async fn reach(zero: Instant, units: f64) {
    let then = zero + Duration::from_secs_f64(units);
    tokio::time::timeout_at(then, std::future::pending::<()>()).await.ok();
}

async fn listen() -> (Calls, String) {
    let calls = Calls::default();
    let router = Router::new().route("/{timeline}/{receiver}", post(receive)).with_state(Arc::clone(&calls));
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = socket.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(socket, router).await });
    (calls, format!("http://{address}"))
}

async fn receive(State(calls): State<Calls>, Segments(place): Segments<(String, String)>, Json(body): Json<Value>) {
    let (timeline, receiver) = place;
    calls.lock().expect("no panic").push(OpsgenieRequest { at: Instant::now(), timeline, receiver, body });
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port")
}

fn start(program: &Path, dir: &Path, address: SocketAddr, config: String) -> Running {
    std::fs::write(dir.join("alertmanager.yml"), config).expect("written");
    let log = std::fs::File::create(dir.join("log")).expect("a log file");
    let child = Command::new(program)
        .args(["--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address="])
        .arg(format!("--web.listen-address={address}"))
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn();
    Running(child.expect("Alertmanager starts"))
}

async fn until_ready(client: &reqwest::Client, api: &str) {
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let ready = async {
        while !client.get(format!("{api}/status")).send().await.is_ok_and(|answer| answer.status().is_success()) {
            tick.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, ready).await.expect("Alertmanager starts with this configuration");
}

async fn act(client: &reqwest::Client, api: &str, (timeline, step): (&Timeline, &Step), began: DateTime<Utc>) {
    let time = |units: f64| stamp(began, units);
    let (path, body) = match step {
        Step::Push { labels: text, starts, ends } => {
            let mut labels = labels(text);
            labels.insert("timeline".to_owned(), timeline.slug());
            let mut alert = json!({ "labels": labels });
            for (name, units) in [("startsAt", starts), ("endsAt", ends)] {
                if let Some(units) = units {
                    alert[name] = json!(time(*units));
                }
            }
            ("alerts", json!([alert]))
        }
        Step::Silence { matchers, units } => {
            let own = format!("timeline={}", timeline.slug());
            let mut parts: Vec<Value> = matchers.iter().map(|text| matcher(text)).collect();
            parts.push(matcher(&own));
            let now = now();
            let ends = now + TimeDelta::milliseconds((units * 1_000.0) as i64);
            let silence = json!({"matchers": parts, "startsAt": now.to_rfc3339(), "endsAt": ends.to_rfc3339(),
                "createdBy": "timeline", "comment": "played"});
            ("silences", silence)
        }
    };
    let answer = client.post(format!("{api}/{path}")).json(&body).send().await.expect("Alertmanager answers");
    assert!(answer.status().is_success(), "{}: {body}: {}", timeline.name, answer.text().await.unwrap_or_default());
}

fn stamp(began: DateTime<Utc>, units: f64) -> String {
    (began + TimeDelta::milliseconds((units * 1_000.0) as i64)).to_rfc3339()
}

/// `a=~"x"` as the API has it.
pub fn matcher(text: &str) -> Value {
    let signs = [("=~", true, true), ("!~", true, false), ("!=", false, false), ("=", false, true)];
    let (name, value, regex, equal) = signs
        .into_iter()
        .find_map(|(sign, regex, equal)| text.split_once(sign).map(|(name, value)| (name, value, regex, equal)))
        .expect("a matcher");
    json!({"name": name, "value": value.trim_matches('"'), "isRegex": regex, "isEqual": equal})
}

/// What the calls of a timeline told.
fn heard<'a>(timeline: &Timeline, calls: impl Iterator<Item = &'a OpsgenieRequest>, zero: Instant) -> Heard {
    let mut heard = Heard::default();
    let mut known: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for call in calls {
        let at = call.at.saturating_duration_since(zero).as_secs();
        let at = i64::try_from(at).expect("a short test");
        if at >= timeline.until as i64 {
            continue;
        }
        let group = labels_of(&call.body["groupLabels"]);
        let alerts = call.body["alerts"].as_array().cloned().unwrap_or_default();
        let in_state = |state: &str| -> BTreeSet<String> {
            alerts.iter().filter(|alert| alert["status"] == state).map(|alert| labels_of(&alert["labels"])).collect()
        };
        let (firing, over) = (in_state("firing"), in_state("resolved"));
        let before = known.entry((call.receiver.clone(), group.clone())).or_default();
        for alert in over.intersection(before) {
            let told = Told { to: call.receiver.clone(), group: group.clone(), alert: alert.clone() };
            heard.resolves.entry(told).or_insert(at);
        }
        // A notice that only tells of resolves is what hotroom makes an edit of.
        let only_over = firing.is_subset(before) && !over.is_empty();
        *before = firing.clone();
        if !firing.is_empty() && !only_over {
            heard.notices.insert(Notice { at, to: call.receiver.clone(), group, firing });
        }
    }
    heard
}

fn labels_of(value: &Value) -> String {
    let pairs = value.as_object().into_iter().flatten();
    shown(pairs.map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default())))
}
