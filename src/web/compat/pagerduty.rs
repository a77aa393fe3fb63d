//! `POST /v2/enqueue`, `POST /v2/change/enqueue` and, for version 1, `POST /generic/2010-04-15/create_event.json`.
//!
//! The key in the event is the token of a source of the kind `pagerduty-events`; an `Authorization` header is ignored,
//! because some clients send a meaningless one.

use axum::{
    Json,
    extract::{Request, State as Given},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{MethodRouter, post},
};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{keep, open_source, refused, source_of};
use crate::{
    config::SourceKind,
    intake::pagerduty_events::{End, LARGEST, admit},
    web::{Problem, State, body, layers::bounds::too_large, problem::Kind},
};

pub(super) fn table() -> Vec<(&'static str, MethodRouter<State>)> {
    vec![
        ("/v2/enqueue", post(async |state, request| take(state, request, End::Event).await)),
        ("/v2/change/enqueue", post(async |state, request| take(state, request, End::Change).await)),
        (
            "/generic/2010-04-15/create_event.json",
            post(async |state, request| take(state, request, End::Version1).await),
        ),
    ]
}

async fn take(Given(state): Given<State>, request: Request, end: End) -> Result<Response, Problem> {
    let (parts, sent) = request.into_parts();
    let config = state.app.config.current();
    let most = config.server.max_body.min(LARGEST);
    let wire = body::read(sent, most).await?;
    let plain = body::unpack(&parts.headers, wire, most)?;
    if plain.len() > most {
        return Err(too_large(most));
    }
    let admitted = admit(end, &plain, state.app.clock.now()).map_err(|wrong| match wrong.is_empty() {
        true => Problem::new(Kind::BadBody),
        false => Problem::new(Kind::BadValue).with("errors", wrong),
    })?;
    let (kind, given) = (SourceKind::PagerDutyEvents, admitted.key.as_bytes());
    let known = source_of(&config, kind, given);
    let scope = hex::encode(&Sha256::digest(given)[..8]);
    let (source, scope) = match (known, open_source(&config, kind, &parts)) {
        (Some(source), _) => (source, ""),
        (None, Some(source)) => (source, scope.as_str()),
        (None, None) => return Err(refused(kind).with("errors", ["Invalid routing key"])),
    };
    let key = admitted.dedup_key.clone();
    keep(&state, source, None, admitted.stored(scope).into()).await?;
    Ok(match end {
        End::Event => {
            let told = json!({"status": "success", "message": "Event processed", "dedup_key": key});
            (StatusCode::ACCEPTED, Json(told)).into_response()
        }
        End::Change => {
            let told = json!({"status": "success", "message": "Change event processed"});
            (StatusCode::ACCEPTED, Json(told)).into_response()
        }
        End::Version1 => {
            let told = json!({"status": "success", "message": "Event processed", "incident_key": key});
            Json(told).into_response()
        }
    })
}
