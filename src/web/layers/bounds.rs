//! How large a request may be and how long it may take.

use std::error::Error;

use axum::{
    body::Body,
    extract::{Request, State as Given},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::Limited;

use crate::web::{
    State,
    problem::{Kind, Problem},
    server::BodyTooSlow,
};

/// Refuses a body that says it is too large before a byte of it is read, cuts off one that turns out to be, and bounds
/// the whole time until an answer begins. What follows the head of an answer, such as a stream of events, is not bounded.
pub async fn keep(Given(state): Given<State>, request: Request, next: Next) -> Response {
    let config = state.app.config.current();
    let most = config.server.max_body;
    if declared_length(request.headers()).is_some_and(|length| length > most as u64) {
        return too_large(most).into_response();
    }
    let request = request.map(|body| Body::new(Limited::new(body, most)));
    match tokio::time::timeout(config.server.request_timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(Kind::TookTooLong).into_response(),
    }
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// A body over the limit.
pub fn too_large(most: usize) -> Problem {
    Problem::new(Kind::TooLarge)
        .because(format!("It is larger than `[server] max_body`, {most} bytes, packed or unpacked."))
        .with("max_body", most)
}

/// Why a body could not be read to its end.
pub fn body_problem(error: &(dyn Error + 'static), most: usize) -> Problem {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return too_large(most);
        }
        if error.is::<BodyTooSlow>() {
            return Problem::new(Kind::TooSlow);
        }
        cause = error.source();
    }
    Problem::new(Kind::BadBody).because("The connection ended, or the framing broke, before the body was complete.")
}
