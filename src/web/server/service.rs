//! The processing of every request of a connection before and after the router.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{HeaderValue, Request, Response, header},
};
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep};
use tower::ServiceExt;

use super::{limits::Limits, slots::ConnectionSlot, wire::WireState};
use crate::web::{
    auth::session_token,
    problem::{Kind, Problem},
};

/// How much of an unread body is still accepted, so that the sender gets to read the response.
const LINGER_BYTES: usize = 8 * 1024 * 1024;
/// For how long an unread body is accepted.
const LINGER_TIME: Duration = Duration::from_secs(2);

/// Passes one connection's requests to the router.
#[derive(Clone)]
pub(super) struct Guide {
    pub router: Router,
    pub limits: Limits,
    pub slot: Arc<ConnectionSlot>,
    pub told: Arc<WireState>,
    pub peer: SocketAddr,
}

impl Guide {
    /// Handles one request.
    pub(super) async fn answer(self, request: Request<Incoming>) -> Result<Response<Sending>, Infallible> {
        let working = Arc::new(Working::new(Arc::clone(&self.slot), Arc::clone(&self.told)));
        if request.body().is_end_stream() {
            working.complete();
        } else {
            self.slot.receive_body();
        }
        let refused = if self.told.two_lengths() {
            Some(Kind::BadLength)
        } else if self.slot.is_reserved() && !has_priority(&request) {
            Some(Kind::Overloaded)
        } else {
            None
        };
        if let Some(kind) = refused {
            let mut response = Problem::new(kind).answer(None);
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            return Ok(response.map(|body| Sending { body, _working: working }));
        }
        // The end of a chunked body is not tracked on the wire, so the connection is not reused.
        let last = request.headers().contains_key(header::TRANSFER_ENCODING);
        let lingers = !request.headers().contains_key(header::EXPECT);
        let body_time = self.limits.body;
        let receiving = Arc::clone(&working);
        let mut request = request.map(|body| Body::new(Arriving::new(body, body_time, lingers, receiving)));
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let Ok(mut response) = self.router.oneshot(request).await;
        if last {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if !is_stream(&response) {
            self.told.send_by(Some(Instant::now() + self.limits.send));
        }
        Ok(response.map(|body| Sending { body, _working: working }))
    }
}

fn is_stream<B>(response: &Response<B>) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/event-stream"))
}

/// The body did not arrive in time.
#[derive(Debug, thiserror::Error)]
#[error("the body did not arrive in time")]
pub struct BodyTooSlow;

/// A request's body with a deadline for all of it, not only for each chunk.
struct Arriving {
    body: Option<Incoming>,
    due: Pin<Box<Sleep>>,
    lingers: bool,
    working: Arc<Working>,
}

impl Arriving {
    fn new(body: Incoming, time: Duration, lingers: bool, working: Arc<Working>) -> Self {
        Self { body: Some(body), due: Box::pin(tokio::time::sleep(time)), lingers, working }
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        let Some(body) = this.body.as_mut() else { return Poll::Ready(None) };
        if this.due.as_mut().poll(cx).is_ready() {
            this.lingers = false;
            return Poll::Ready(Some(Err(Box::new(BodyTooSlow))));
        }
        let frame = ready!(Pin::new(&mut *body).poll_frame(cx));
        if frame.is_none() || body.is_end_stream() {
            this.working.complete();
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Arriving {
    /// Closing while the sender still writes makes its system discard the response unread. An early response, such as
    /// 413, is therefore followed by a short, limited wait.
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|body| self.lingers && !body.is_end_stream()) else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(tokio::time::timeout(LINGER_TIME, throw_away(body)));
        }
    }
}

async fn throw_away(mut body: Incoming) {
    let mut left = LINGER_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let size = frame.data_ref().map_or(0, Bytes::len);
        if size > left {
            return;
        }
        left -= size;
    }
}

/// True for probes, and for requests of people who are signed in as far as their cookie says: they may use the reserved
/// slots.
fn has_priority<B>(request: &Request<B>) -> bool {
    matches!(request.uri().path(), "/healthz" | "/readyz") || session_token(request.headers()).is_some()
}

/// A response body; the connection counts as busy until it is dropped.
pub(super) struct Sending {
    body: Body,
    _working: Arc<Working>,
}

/// A request in progress. Its connection keeps its slot once the request is complete.
struct Working {
    slot: Arc<ConnectionSlot>,
    told: Arc<WireState>,
    complete: AtomicBool,
}

impl Working {
    fn new(slot: Arc<ConnectionSlot>, told: Arc<WireState>) -> Self {
        Self { slot, told, complete: AtomicBool::new(false) }
    }

    /// Notes that the whole request has arrived.
    fn complete(&self) {
        if !self.complete.swap(true, Ordering::Relaxed) {
            self.slot.work();
        }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.told.send_by(None);
        if self.complete.load(Ordering::Relaxed) {
            self.slot.rest();
        } else {
            self.slot.give_up_body();
        }
    }
}

impl HttpBody for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
