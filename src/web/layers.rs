//! The layers around every request and response.
//!
//! From outside in: [`finish`] assigns the request id, sets response headers and renders errors; [`host`] and
//! [`origin`] refuse pages of other sites; [`bounds`] limits size and time.

pub mod bounds;
pub mod finish;
pub mod headers;
pub mod host;
pub mod origin;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State as Given},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};

use super::{State, problem::Kind};

/// Wraps the routes in the layers.
pub fn around(routes: Router<State>, state: &State) -> Router<State> {
    routes
        .fallback(async || super::Problem::new(Kind::NotFound))
        .method_not_allowed_fallback(async || super::Problem::new(Kind::WrongMethod))
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(state.clone(), bounds::keep))
        .layer(from_fn_with_state(state.clone(), guard))
        .layer(from_fn_with_state(state.clone(), finish::finish))
}

/// Refuses requests with a foreign host name or from a foreign page, and records where the others came from.
async fn guard(Given(state): Given<State>, mut request: Request, next: Next) -> Response {
    let config = state.app.config.current();
    match host::reach(&config.server, request.uri(), request.headers()) {
        Ok(reach) => {
            request.extensions_mut().insert(reach);
        }
        Err(problem) => return problem.into_response(),
    }
    if let Err(problem) = origin::judge(&config.server, request.method(), request.headers()) {
        return problem.into_response();
    }
    next.run(request).await
}
