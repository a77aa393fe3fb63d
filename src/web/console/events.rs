//! `GET /console/events`: server-sent events for one open page.
//!
//! The stream is pulled: it queries for changes only when the connection can accept data. A slow reader therefore holds
//! no memory, and receives the current state when it reads again.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{Query, State as Given},
    http::{HeaderMap, HeaderValue, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::{sync::watch as commits, time::Instant};

use super::{
    streams::StreamSlot,
    watch::{StreamEvent, StreamState},
};
use crate::{
    store::StoreError,
    web::{
        State, Viewer,
        auth::session_token,
        problem::{Kind, Problem},
    },
};

/// Minimum time between two queries: changes close together are sent together.
const PACE: Duration = Duration::from_millis(150);

/// Interval between beats on a quiet stream. A script does not see comments, so the beat is an event.
const BEAT: Duration = Duration::from_secs(10);

/// Delay before a page reconnects by itself.
const COME_BACK: Duration = Duration::from_secs(1);

/// `?since=REV`
#[derive(Debug, Default, Deserialize)]
pub(super) struct StreamQuery {
    since: Option<String>,
}

/// The last event of a stream.
#[derive(Debug, Serialize)]
struct Bye {
    /// Text for the reader; `None` if the script chooses its own.
    why: Option<String>,
    /// True if the page should reconnect.
    retry: bool,
}

/// Opens the event stream.
pub(super) async fn open(
    Given(state): Given<State>,
    viewer: Viewer,
    Query(asked): Query<StreamQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let since = last.or(asked.since.as_deref()).and_then(|rev| rev.trim().parse().ok());
    let session = session_token(&headers).ok_or_else(|| Problem::new(Kind::SignedOut))?;
    let line = Line {
        slot: state.streams.enter(viewer.id()),
        commits: state.app.store.commits(),
        watch: StreamState::new(viewer.id().clone(), since),
        session,
        told: VecDeque::new(),
        looked: None,
        over: false,
        state,
    };
    let events = stream::unfold(line, |mut line| async move {
        let event = line.next().await?;
        Some((Ok::<Event, Infallible>(event), line))
    });
    let mut response = Sse::new(events).keep_alive(beats()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Buffering proxies would delay the events.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// Sends an event when the stream has been quiet, so that the page notices a dead connection.
fn beats() -> KeepAlive {
    KeepAlive::new().interval(BEAT).event(Event::default().event("beat").data("{}"))
}

/// The event stream of one open page.
struct Line {
    state: State,
    slot: StreamSlot,
    session: String,
    commits: commits::Receiver<u64>,
    watch: StreamState,
    /// Events that are read and not yet sent.
    told: VecDeque<StreamEvent>,
    /// Time of the last query.
    looked: Option<Instant>,
    over: bool,
}

/// Why a stream ends.
enum End {
    /// The person has too many streams; a newer one replaces this one.
    Displaced,
    /// The session ended.
    SignedOut,
    /// The server is stopping, or the store failed: the page should reconnect.
    Trouble,
}

impl Line {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(told) = self.told.pop_front() {
                return Some(event(&told, self.watch.rev(), self.told.is_empty()));
            }
            if self.over {
                return None;
            }
            let state = self.state.clone();
            let looked = tokio::select! {
                biased;
                () = state.stopping() => Err(End::Trouble),
                () = self.slot.must_leave() => Err(End::Displaced),
                looked = next_events(&mut self.commits, &mut self.looked, &mut self.watch, &self.state, &self.session) => looked,
            };
            match looked {
                Ok(told) => self.told = told,
                Err(end) => {
                    self.over = true;
                    return Some(bye(&end));
                }
            }
        }
    }
}

/// Waits for a commit, except the first time, and reads what changed.
async fn next_events(
    commits: &mut commits::Receiver<u64>,
    looked: &mut Option<Instant>,
    watch: &mut StreamState,
    state: &State,
    session: &str,
) -> Result<VecDeque<StreamEvent>, End> {
    if let Some(last) = *looked {
        if !watch.is_behind() {
            commits.changed().await.map_err(|_| End::Trouble)?;
        }
        tokio::time::sleep_until(last + PACE).await;
    }
    commits.borrow_and_update();
    *looked = Some(Instant::now());
    let config = state.app.config.current();
    let (session, now) = (session.to_owned(), state.app.clock.now());
    let mut own = watch.clone();
    let read = state.app.store.read(move |reads| {
        let signed_in = reads.session(&session, now)?.is_some_and(|session| config.person(&session.person).is_some());
        if !signed_in {
            return Ok(None);
        }
        let told = own.read_changes(reads, &Arc::clone(&config))?;
        Ok(Some((own, told)))
    });
    match read.await {
        Ok(Some((after, told))) => {
            *watch = after;
            Ok(told)
        }
        Ok(None) => Err(End::SignedOut),
        Err(error) => {
            log(&error);
            Err(End::Trouble)
        }
    }
}

fn log(error: &StoreError) {
    tracing::warn!(%error, "a stream of events ends: the store could not be read");
}

/// Builds the server-sent event. Only the last event of a batch carries the revision, so a connection that breaks
/// within a batch receives all of it again.
fn event(told: &StreamEvent, rev: i64, last: bool) -> Event {
    let event = Event::default().event(told.name());
    let event = if last { event.id(rev.to_string()) } else { event };
    event.json_data(told).unwrap_or_else(|_| Event::default().comment("unwritable"))
}

fn bye(end: &End) -> Event {
    let bye = match end {
        End::Displaced => Bye { why: None, retry: false },
        End::SignedOut => Bye { why: Some(Problem::new(Kind::SignedOut).detail.clone()), retry: false },
        End::Trouble => Bye { why: None, retry: true },
    };
    let event = Event::default().event("bye").retry(COME_BACK);
    event.json_data(&bye).unwrap_or_else(|_| Event::default().comment("bye"))
}
