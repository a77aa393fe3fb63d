//! The door: connections on loopback, what becomes of a request, and how an answer leaves (or does not).

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited as Bounded};
use hyper::{Response, body::Incoming, header, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Notify,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{handshake::derive_accept_key, protocol::Role},
};

use super::{
    House,
    clock::Millis,
    control,
    errors::{INVALID_JSON, NOT_FOUND, Refusal},
    faults::Fault,
    gateway::Connection,
    limits::{Bucket, Limited},
    multipart::{self, File},
    rest,
    state::{Id, id_of},
};

/// The largest body Discord takes: 10 MiB of files and what goes with them.
const BODY: usize = 26 << 20;

/// What a client asked, for tests to look at.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// The path with its parameters named, such as `/channels/{channel_id}/messages`; empty when there is none.
    pub route: String,
    pub query: String,
    pub body: Value,
    /// The reason for the audit log.
    pub reason: Option<String>,
    pub at: Millis,
    /// 0 while there is no answer.
    pub status: u16,
}

/// A request on its way through the routes.
#[derive(Debug, Default)]
pub struct OpsgenieRequest {
    pub method: String,
    pub path: String,
    pub route: &'static str,
    pub params: Vec<(&'static str, String)>,
    pub query: Vec<(String, String)>,
    pub body: Value,
    pub files: Vec<File>,
    pub token: Option<String>,
    pub reason: Option<String>,
    pub agent: Option<String>,
}

impl OpsgenieRequest {
    pub fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(found, _)| *found == name).map_or("", |(_, value)| value)
    }

    /// # Errors
    /// 50035 when the parameter is not a snowflake.
    pub fn id(&self, name: &str) -> Result<Id, Refusal> {
        let say = || Refusal::invalid(name, "NUMBER_TYPE_COERCE", "Value is not snowflake.");
        self.param(name).parse().map_err(|_| say())
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// An id of the body.
    pub fn body_id(&self, name: &str) -> Option<Id> {
        id_of(&self.body[name])
    }

    /// What divides the buckets of one route: its channel, guild or webhook.
    pub fn major(&self) -> String {
        let is_major = |name: &str| ["channel_id", "guild_id", "webhook_id", "webhook_token"].contains(&name);
        self.params.iter().filter(|(name, _)| is_major(name)).map(|(_, value)| value.as_str()).collect()
    }
}

/// An answer of a route.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// Null for none.
    pub body: Value,
    pub bucket: Option<Bucket>,
    pub limited: Option<Limited>,
}

impl Reply {
    pub fn new(status: u16, body: Value) -> Self {
        Self { status, body, bucket: None, limited: None }
    }

    pub fn ok(body: Value) -> Self {
        Self::new(200, body)
    }

    pub fn none() -> Self {
        Self::new(204, Value::Null)
    }

    pub fn limited(limited: Limited) -> Self {
        let body = json!({
            "message": "You are being rate limited.", "retry_after": limited.retry_after,
            "global": limited.scope == "global", "code": 0,
        });
        Self { status: 429, body, bucket: limited.bucket.clone(), limited: Some(limited) }
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        let mut body = refusal.body();
        if refusal.status == 429 {
            (body["retry_after"], body["global"]) = (json!(60.0), json!(false));
        }
        Self::new(refusal.status, body)
    }
}

/// Takes connections until the listener's task is ended.
pub async fn serve(house: Arc<House>, listener: TcpListener) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            taken = listener.accept() => if let Ok((stream, _)) = taken {
                connections.spawn(connection(Arc::clone(&house), stream));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(house: Arc<House>, stream: TcpStream) {
    stream.set_nodelay(true).ok();
    let cut = Arc::new(Notify::new());
    let service = service_fn(|request| {
        let (house, cut) = (Arc::clone(&house), Arc::clone(&cut));
        async move { Ok::<_, Infallible>(take(house, request, cut).await) }
    });
    let served =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades();
    tokio::select! {
        _ = served => {}
        () = cut.notified() => {}
    }
}

/// Ends the connection of a request; its answer never comes.
async fn hang_up(cut: &Notify) -> Response<Full<Bytes>> {
    cut.notify_one();
    std::future::pending().await
}

async fn take(house: Arc<House>, request: hyper::Request<Incoming>, cut: Arc<Notify>) -> Response<Full<Bytes>> {
    if request.headers().contains_key(header::UPGRADE) {
        return if house.lock().hub.down { hang_up(&cut).await } else { upgrade(house, request) };
    }
    let path = request.uri().path().to_owned();
    if let Some(name) = path.strip_prefix("/_fake/") {
        return control::answer(house, name, request).await;
    }
    if let Some(bytes) = house.file(&path) {
        return page(200, "application/octet-stream", Bytes::from(bytes));
    }
    let Some(path) = path.strip_prefix("/api/v10") else { return written(Refusal::from(NOT_FOUND).into()) };
    // Clients escape what they like; a route is what is meant.
    let (method, path) = (request.method().to_string(), percent_decoded(path));
    let fault = house.faults.lock().expect("not poisoned").take(&method, &path);
    let call = match call(request, &path).await {
        Ok(call) => call,
        Err(refusal) => return written(refusal.into()),
    };
    carried_out(&house, call, fault, &cut).await
}

/// Carries a request out as the fault allows.
async fn carried_out(
    house: &House,
    call: OpsgenieRequest,
    fault: Option<Fault>,
    cut: &Notify,
) -> Response<Full<Bytes>> {
    let act = |call| written(rest::act(house, call));
    match fault {
        None => act(call),
        Some(Fault::Slow(wait)) => {
            tokio::time::timeout(wait, std::future::pending::<()>()).await.ok();
            act(call)
        }
        Some(Fault::DropAfter) => {
            rest::act(house, call);
            hang_up(cut).await
        }
        Some(Fault::HangAfter) => {
            rest::act(house, call);
            std::future::pending().await
        }
        Some(Fault::DropBefore) => {
            rest::note(house, &call, (0, false));
            hang_up(cut).await
        }
        Some(Fault::Hang) => {
            rest::note(house, &call, (0, false));
            std::future::pending().await
        }
        Some(
            fault @ (Fault::Limited { .. } | Fault::Status(_) | Fault::Refused(..) | Fault::Huge(_) | Fault::Junk),
        ) => {
            let shared = matches!(fault, Fault::Limited { scope: "shared", .. });
            let response = refused(fault);
            rest::note(house, &call, (response.status().as_u16(), shared));
            response
        }
    }
}

/// The answer of a fault that carries nothing out.
fn refused(fault: Fault) -> Response<Full<Bytes>> {
    match fault {
        Fault::Limited { retry_after, scope } => {
            // Whole milliseconds, as the headers of a bucket have them.
            let reset_after = Duration::from_secs_f64(retry_after).as_millis().try_into().expect("in range");
            let bucket = Bucket { name: "planned".into(), limit: 5, remaining: 0, reset_after };
            written(Reply::limited(Limited { retry_after, scope, bucket: (scope != "global").then_some(bucket) }))
        }
        Fault::Refused(status, code) => {
            written(Refusal { status, code, message: "Refused".into(), errors: Value::Null }.into())
        }
        Fault::Huge(size) => page(200, "application/json", Bytes::from(vec![b'['; size])),
        Fault::Status(status) => page(status, "text/html", Bytes::from_static(b"<html><h1>error</h1></html>")),
        Fault::Junk => page(200, "text/html", Bytes::from_static(b"<html><h1>Just a moment...</h1></html>")),
        Fault::DropAfter | Fault::DropBefore | Fault::Hang | Fault::HangAfter | Fault::Slow(_) => {
            written(Reply::none())
        }
    }
}

fn page(status: u16, kind: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let builder = Response::builder().status(status).header(header::CONTENT_TYPE, kind);
    builder.body(Full::new(body)).expect("a response")
}

/// An answer on the wire, with the headers of its bucket.
pub fn written(answer: Reply) -> Response<Full<Bytes>> {
    let mut builder = Response::builder().status(answer.status);
    if let Some(bucket) = &answer.bucket {
        let seconds = |millis: Millis| format!("{}.{:03}", millis / 1_000, millis % 1_000);
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("it is later than 1970");
        let reset = i64::try_from(now.as_millis()).expect("in range") + bucket.reset_after;
        builder = builder
            .header("x-ratelimit-limit", bucket.limit)
            .header("x-ratelimit-remaining", bucket.remaining)
            .header("x-ratelimit-reset", seconds(reset))
            .header("x-ratelimit-reset-after", seconds(bucket.reset_after))
            .header("x-ratelimit-bucket", &bucket.name);
    }
    if let Some(limited) = &answer.limited {
        builder = builder
            .header("retry-after", format!("{:.0}", limited.retry_after.ceil()))
            .header("x-ratelimit-scope", limited.scope);
        if limited.scope == "global" {
            builder = builder.header("x-ratelimit-global", "true");
        }
    }
    if answer.body.is_null() {
        return builder.body(Full::default()).expect("a response");
    }
    let builder = builder.header(header::CONTENT_TYPE, "application/json");
    builder.body(Full::new(Bytes::from(answer.body.to_string()))).expect("a response")
}

async fn call(request: hyper::Request<Incoming>, path: &str) -> Result<OpsgenieRequest, Refusal> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let kind = header("content-type").unwrap_or_default();
    let mut call = OpsgenieRequest {
        method: request.method().to_string(),
        path: path.to_owned(),
        query: query(request.uri().query().unwrap_or("")),
        token: header("authorization"),
        reason: header("x-audit-log-reason").map(|reason| percent_decoded(&reason)),
        agent: header("user-agent"),
        ..OpsgenieRequest::default()
    };
    let read = Bounded::new(request.into_body(), BODY).collect().await;
    let body = read.map_err(|_| Refusal { status: 413, ..NOT_FOUND.into() })?.to_bytes();
    if let Some(boundary) = kind.strip_prefix("multipart/form-data; boundary=") {
        (call.body, call.files) = multipart::read(&body, boundary.trim_matches('"')).ok_or(INVALID_JSON)?;
    } else if !body.is_empty() {
        call.body = serde_json::from_slice(&body).map_err(|_| INVALID_JSON)?;
    }
    Ok(call)
}

/// The pairs of a query string.
pub fn query(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (percent_decoded(name), percent_decoded(&value.replace('+', " ")))).collect()
}

/// Text without its `%20`s.
pub fn percent_decoded(text: &str) -> String {
    let (mut out, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%').and_then(|two| hex::decode(two).ok());
        rest = if hex.is_some() { &after[2..] } else { after };
        out.push(hex.map_or(*first, |byte| byte[0]));
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Turns a request into a connection of the gateway.
fn upgrade(house: Arc<House>, mut request: hyper::Request<Incoming>) -> Response<Full<Bytes>> {
    let key = request.headers().get("sec-websocket-key").map(|key| derive_accept_key(key.as_bytes()));
    let Some(accept) = key else { return page(400, "text/plain", Bytes::from_static(b"no key")) };
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let gone = house.gone.clone();
        let speak = async {
            let Ok(upgraded) = tokio::time::timeout(Duration::from_secs(10), upgraded).await else { return };
            let Ok(upgraded) = upgraded else { return };
            let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
            Connection::run(house, socket).await;
        };
        tokio::select! { () = speak => {}, () = gone.ended() => {} }
    });
    Response::builder()
        .status(101)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header("sec-websocket-accept", accept)
        .body(Full::default())
        .expect("a response")
}
