//! `/api/v2/alerts` and `/api/v2/alerts/groups`.

use std::collections::BTreeMap;

use axum::{
    Json,
    body::Body,
    extract::{Request, State as Given},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde::Serialize;
use serde_json::json;

use super::{super::keep, Operator, query::AlertFilters, sender};
use crate::{
    domain::{
        Timestamp,
        alert::{AlertGroup, prometheus_fingerprint},
        ids::RoomId,
        text::Untrusted,
    },
    intake,
    store::{LiveAlert, Reads, StoreError},
    web::{Problem, State, body, problem::Kind},
};

/// Number of alerts, or groups, read at once: lists are streamed in chunks, so their length is not limited.
const PIECE: usize = 500;
/// Maximum number of alerts per group in a response.
const TOLD_OF_GROUP: usize = 10_000;

/// Receives alerts. Valid alerts are accepted even if others are invalid; the response is then a 400, as in
/// Alertmanager.
pub(super) async fn post(Given(state): Given<State>, request: Request) -> Result<StatusCode, Problem> {
    receive(&state, request).await.map(|()| StatusCode::OK)
}

/// The same as in version 1, which clients from before 2019 and ElastAlert use: with JSON in the response.
pub(super) async fn post_version_1(Given(state): Given<State>, request: Request) -> Response {
    let problem = match receive(&state, request).await {
        Ok(()) => return Json(json!({"status": "success"})).into_response(),
        Err(problem) => problem,
    };
    let kind = if problem.status.is_server_error() { "server_error" } else { "bad_data" };
    let body = json!({"status": "error", "errorType": kind, "error": problem.detail});
    let mut response = problem.answer(None).map(|_| Body::from(body.to_string()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

async fn receive(state: &State, request: Request) -> Result<(), Problem> {
    let (parts, sent) = request.into_parts();
    let config = state.app.config.current();
    let source = sender(&config, &parts)?;
    let most = config.server.max_body;
    let plain = body::unpack(&parts.headers, body::read(sent, most).await?, most)?;
    let wrong = |why: String| Problem::new(Kind::BadBody).because(why);
    let read = intake::read(source, &plain, state.app.clock.now()).map_err(|why| wrong(why.to_string()))?;
    if !read.signals.is_empty() {
        keep(state, source, None, plain).await?;
    }
    read.complaint().map_or(Ok(()), |why| Err(wrong(why)))
}

/// An alert in Alertmanager's format.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GettableAlert<'a> {
    annotations: &'a BTreeMap<String, Untrusted>,
    ends_at: String,
    fingerprint: String,
    receivers: Vec<Receiver<'a>>,
    starts_at: String,
    status: Status<'a>,
    updated_at: String,
    #[serde(rename = "generatorURL")]
    generator_url: &'a str,
    labels: &'a BTreeMap<String, Untrusted>,
}

#[derive(Debug, Serialize)]
struct Receiver<'a> {
    name: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    inhibited_by: &'a [String],
    silenced_by: &'a [String],
    muted_by: [&'a str; 0],
    state: &'static str,
}

#[derive(Debug, Serialize)]
struct ToldGroup<'a> {
    alerts: Vec<GettableAlert<'a>>,
    labels: &'a BTreeMap<String, Untrusted>,
    receiver: Receiver<'a>,
}

/// A time in Alertmanager's format.
pub(super) fn instant(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

impl<'a> GettableAlert<'a> {
    fn of(live: &'a LiveAlert) -> Self {
        let alert = &live.alert;
        let muted = !live.silenced_by.is_empty() || !live.inhibited_by.is_empty();
        Self {
            annotations: &alert.annotations,
            // Go's zero time, for alerts that only their sender ends.
            ends_at: alert.expires_at.map_or_else(|| "0001-01-01T00:00:00.000Z".to_owned(), instant),
            fingerprint: prometheus_fingerprint(&alert.labels),
            receivers: live.feeds.iter().map(receiver).collect(),
            starts_at: instant(alert.starts_at),
            status: Status {
                inhibited_by: &live.inhibited_by,
                silenced_by: &live.silenced_by,
                muted_by: [],
                state: if muted { "suppressed" } else { "active" },
            },
            updated_at: instant(alert.last_seen),
            generator_url: alert.links.first().map_or("", Untrusted::verbatim),
            labels: &alert.labels,
        }
    }
}

fn receiver(feed: &RoomId) -> Receiver<'_> {
    Receiver { name: feed.as_str() }
}

fn text_of<T: Serialize>(told: &T) -> Option<String> {
    serde_json::to_string(told).inspect_err(|error| tracing::error!(%error, "an alert cannot be told")).ok()
}

/// A chunk of a list: the JSON of its items, and the start of the next chunk.
type Piece<K> = (Vec<String>, Option<K>);

/// Lists firing alerts.
pub(super) async fn list(Given(state): Given<State>, _: Operator, asked: AlertFilters) -> Result<Response, Problem> {
    let now = state.app.clock.now();
    answered(state, move |reads, after| {
        let page = reads.live_alerts(after, PIECE, now)?;
        let told =
            page.items.iter().filter(|live| asked.wants(live)).filter_map(|live| text_of(&GettableAlert::of(live)));
        Ok((told.collect(), page.next))
    })
    .await
}

/// Lists groups with firing alerts, each with its matching alerts; groups without any are left out.
pub(super) async fn groups(Given(state): Given<State>, _: Operator, asked: AlertFilters) -> Result<Response, Problem> {
    let now = state.app.clock.now();
    answered(state, move |reads, after| {
        // One group per chunk, because a group may be large.
        let (group, next) = reads.live_group(after, now)?;
        let told = match group.filter(|group| asked.wants_receiver(&group.feed)) {
            Some(group) => group_json(reads, &group, &asked, now)?,
            None => None,
        };
        Ok((told.into_iter().collect(), next))
    })
    .await
}

fn group_json(
    reads: &Reads<'_>,
    group: &AlertGroup,
    asked: &AlertFilters,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let alerts = reads.live_alerts_of_group(group, TOLD_OF_GROUP, now)?;
    let wanted: Vec<_> = alerts.iter().filter(|live| asked.wants(live)).map(GettableAlert::of).collect();
    let told = ToldGroup { alerts: wanted, labels: &group.labels, receiver: receiver(&group.feed) };
    Ok(if told.alerts.is_empty() { None } else { text_of(&told) })
}

/// Responses up to this many bytes are sent whole, with their length.
const WHOLE: usize = 1 << 20;

/// Streams a list in chunks, so that its length is not limited. A read error before the response begins becomes an
/// error response; a short list is sent whole.
async fn answered<K, R>(state: State, read: R) -> Result<Response, Problem>
where
    K: Send + 'static,
    R: Fn(&Reads<'_>, Option<K>) -> Result<Piece<K>, StoreError> + Clone + Send + Sync + 'static,
{
    let mut list = List { state, read, text: "[".to_owned(), told: false, next: None };
    let mut begun = false;
    while list.text.len() < WHOLE && (list.next.is_some() || !begun) {
        list.go_on().await?;
        begun = true;
    }
    if list.next.is_none() {
        list.text.push(']');
        return Ok(as_json(Body::from(list.text)));
    }
    let rest = stream::try_unfold(Some(list), async |list| {
        let Some(mut list) = list else { return Ok(None) };
        let text = std::mem::take(&mut list.text);
        if list.next.is_none() {
            return Ok::<_, StoreError>(Some((format!("{text}]"), None)));
        }
        list.go_on().await?;
        Ok(Some((text, Some(list))))
    });
    Ok(as_json(Body::from_stream(rest)))
}

/// A list being streamed.
struct List<K, R> {
    state: State,
    read: R,
    /// Text not yet sent.
    text: String,
    /// True if an item was written.
    told: bool,
    /// The start of the next chunk.
    next: Option<K>,
}

impl<K, R> List<K, R>
where
    K: Send + 'static,
    R: Fn(&Reads<'_>, Option<K>) -> Result<Piece<K>, StoreError> + Clone + Send + Sync + 'static,
{
    /// Reads another chunk.
    async fn go_on(&mut self) -> Result<(), StoreError> {
        let (read, after) = (self.read.clone(), self.next.take());
        let (items, next) = self.state.app.store.search(move |reads| read(reads, after)).await?;
        self.next = next;
        for item in items {
            self.text.push_str(if self.told { "," } else { "" });
            self.text.push_str(&item);
            self.told = true;
        }
        Ok(())
    }
}

fn as_json(body: Body) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}
