//! Limits on the size and duration of a request.

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

/// Refuses a body whose declared length is too large before reading it, cuts off one that exceeds the limit, and limits
/// the time until the response begins. A response's body, such as an event stream, is not limited.
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

/// The problem for a body over the limit.
pub fn too_large(most: usize) -> Problem {
    Problem::new(Kind::TooLarge)
        .because(format!("It is larger than `[server] max_body`, {most} bytes, packed or unpacked."))
        .with("max_body", most)
}

/// The problem for a body that could not be read completely.
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
