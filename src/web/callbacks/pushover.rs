//! Pushover's callback. It is not signed, so that it is only a hint to ask Pushover what became of the alarm.

use axum::{
    body::Body,
    extract::{Path, State as Given},
    http::StatusCode,
};

use super::{LARGEST, note_forged};
use crate::{
    app::contacts::alarms::{self, OpenAlarm},
    contact::pushover::is_pushover_key,
    domain::contact::TOKEN_LENGTH,
    net::decode_form,
    store::Reads,
    web::{Problem, State, body, layers::finish::RequestId, problem::Kind},
};

/// Somebody may have acknowledged an alarm.
pub(super) async fn receipt(
    Given(state): Given<State>,
    Path(token): Path<String>,
    id: RequestId,
    body: Body,
) -> Result<StatusCode, Problem> {
    let config = state.app.config.current();
    let Some(settings) = &config.contact.pushover else { return Err(Problem::new(Kind::NotFound)) };
    let body = body::read(body, LARGEST).await?;
    let fields = decode_form(&body).ok_or_else(|| Problem::new(Kind::BadBody))?;
    let given = fields.into_iter().find(|(name, _)| name == "receipt").map(|(_, value)| value);
    let Some(alarm) = find(&state, token, given).await? else {
        note_forged("pushover");
        return Err(Problem::new(Kind::NotFound));
    };
    let http = state.http.client(&config.net).map_err(|_| Problem::new(Kind::Overloaded))?;
    match settings.receipt(&http, &alarm.receipt).await {
        Ok(found) => state.app.take_receipt(&alarm, found, id.as_str()).await?,
        // The alarm is asked about again soon, callback or not.
        Err(failure) => tracing::warn!(%failure, "a receipt of Pushover could not be read"),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The alarm that a callback is about. Its receipt is known, unless the answer with it was lost: then the one that the callback
/// names is asked about.
async fn find(state: &State, token: String, given: Option<String>) -> Result<Option<OpenAlarm>, Problem> {
    if token.len() != TOKEN_LENGTH {
        return Ok(None);
    }
    let given = given.filter(|receipt| is_pushover_key(receipt));
    let now = state.app.clock.now();
    let read = move |reads: &Reads<'_>| alarms::of_token(reads, &token, given.as_deref(), now);
    Ok(state.app.store.read(read).await?)
}
