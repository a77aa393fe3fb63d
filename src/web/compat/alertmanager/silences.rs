//! `/api/v2/silences` and `/api/v2/silence/{id}`.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, Request, State as Given},
    http::StatusCode,
};
use chrono::{DateTime, NaiveDateTime};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Operator, alerts::instant, query::AlertFilters};
use crate::{
    app::{
        Context,
        reactor::{self, WorkList},
        silences,
    },
    domain::{
        Timestamp,
        alert::{MatchOp, Matcher, NewSilence, Silence, SilenceFault, SilenceScope, SilenceState, all_match},
        ids::SilenceId,
        people::Actor,
        refusal::{AlertRefusal, Refusal},
        text::Untrusted,
    },
    store::{SilenceFilter, StoreError, Tx},
    web::{Problem, RequestId, State, body, problem::Kind},
};

/// Maximum number of silences in a list: as many as may be active or pending, and the same number of expired ones.
const MOST: usize = 20_000;
/// The end of a silence without an end time: clients require one.
const FAR: &str = "9999-12-31T23:59:59.000Z";

/// A silence as posted.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PostedSilence {
    id: Option<String>,
    matchers: Vec<PostedMatcher>,
    starts_at: String,
    ends_at: String,
    created_by: String,
    comment: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PostedMatcher {
    name: String,
    value: String,
    is_regex: bool,
    is_equal: Option<bool>,
}

impl PostedMatcher {
    fn matcher(self) -> Result<Matcher, Problem> {
        let op = match (self.is_regex, self.is_equal.unwrap_or(true)) {
            (false, true) => MatchOp::Equal,
            (false, false) => MatchOp::NotEqual,
            (true, true) => MatchOp::Regex,
            (true, false) => MatchOp::NotRegex,
        };
        if self.name.is_empty() {
            return Err(wrong("invalid label name \"\""));
        }
        Matcher::new(self.name, op, self.value).map_err(|why| wrong(&why.to_string()))
    }
}

/// Reads a time of a silence.
fn time(name: &str, text: &str) -> Result<Timestamp, Problem> {
    let zoned = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    zoned.map_err(|_| {
        let lacks_zone = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"].iter();
        let lacks_zone = lacks_zone.copied().any(|format| NaiveDateTime::parse_from_str(text, format).is_ok());
        let why = if lacks_zone { "has no time zone" } else { "is not a time" };
        wrong(&format!("{name} {text:?} {why}: write one such as \"2026-01-31T10:00:00Z\""))
    })
}

fn wrong(why: &str) -> Problem {
    Problem::new(Kind::BadValue).because(crate::domain::text::cut(why, 500))
}

fn unknown() -> Problem {
    Problem::new(Kind::NotFound).because("silence not found")
}

fn refusal(why: &Refusal) -> Problem {
    if matches!(why, Refusal::Alert(AlertRefusal::UnknownSilence { .. })) {
        return unknown();
    }
    let Refusal::Alert(AlertRefusal::BadSilence { why }) = why else { return wrong(&why.to_string()) };
    wrong(match why {
        SilenceFault::NoMatchers => "at least one matcher required",
        SilenceFault::TooWide => "at least one matcher must not match the empty string",
        SilenceFault::TooLong => "too many matchers, or a text that is too long",
        SilenceFault::EndsBeforeItBegins => "start time must be before end time",
        SilenceFault::EndsInThePast => "end time can't be in the past",
        SilenceFault::NothingFires => "nothing fires that it would silence",
        SilenceFault::TooMany => "too many silences",
    })
}

/// A silence in Alertmanager's format.
fn silence_json(silence: &Silence, now: Timestamp) -> Value {
    let state = match silence.state(now) {
        SilenceState::Pending => "pending",
        SilenceState::Active => "active",
        SilenceState::Expired => "expired",
    };
    json!({
        "id": silence.id.to_string(),
        "status": {"state": state},
        "updatedAt": instant(silence.updated_at),
        "comment": silence.comment,
        "createdBy": silence.by,
        "startsAt": instant(silence.from),
        "endsAt": silence.until.map_or_else(|| FAR.to_owned(), instant),
        "matchers": silence.matchers().iter().map(matcher).collect::<Vec<_>>(),
    })
}

fn matcher(matcher: &Matcher) -> Value {
    let (is_regex, is_equal) = match matcher.op {
        MatchOp::Equal => (false, true),
        MatchOp::NotEqual => (false, false),
        MatchOp::Regex => (true, true),
        MatchOp::NotRegex => (true, false),
    };
    json!({"name": matcher.label, "value": matcher.value, "isRegex": is_regex, "isEqual": is_equal})
}

/// Lists silences: active ones, then pending ones, then expired ones.
pub(super) async fn list(Given(state): Given<State>, _: Operator, asked: AlertFilters) -> Result<Json<Value>, Problem> {
    let now = state.app.clock.now();
    let filter = SilenceFilter { limit: MOST, ..SilenceFilter::default() };
    let mut found = state.app.store.search(move |reads| silences::list(reads, &filter, now)).await?;
    found.retain(|silence| all_match(&asked.matchers, &values(silence)));
    found.sort_by_key(|silence| match silence.state(now) {
        SilenceState::Active => 0,
        SilenceState::Pending => 1,
        SilenceState::Expired => 2,
    });
    Ok(Json(found.iter().map(|silence| silence_json(silence, now)).collect()))
}

/// The values that a filter is compared with: those that the silence's matchers name.
fn values(silence: &Silence) -> BTreeMap<String, Untrusted> {
    let pairs = silence.matchers().into_iter().map(|matcher| (matcher.label, Untrusted::new(matcher.value)));
    pairs.collect()
}

pub(super) async fn show(
    Given(state): Given<State>,
    _: Operator,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let id = SilenceId::parse(&id).ok_or_else(unknown)?;
    let found = state.app.store.read(move |reads| reads.silence(id)).await?.ok_or_else(unknown)?;
    Ok(Json(silence_json(&found, state.app.clock.now())))
}

/// Creates a silence, or updates the one named.
pub(super) async fn post(
    Given(state): Given<State>,
    _: Operator,
    id: RequestId,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let (parts, sent) = request.into_parts();
    let most = state.app.config.current().server.max_body;
    let plain = body::unpack(&parts.headers, body::read(sent, most).await?, most)?;
    let posted: PostedSilence = body::parse(&plain)?;
    let known = posted.id.as_deref().filter(|id| !id.is_empty());
    let known = known.map(|id| SilenceId::parse(id).ok_or_else(unknown)).transpose()?;
    let matchers = posted.matchers.into_iter().map(PostedMatcher::matcher).collect::<Result<Vec<_>, _>>()?;
    let (from, until) = (time("startsAt", &posted.starts_at)?, time("endsAt", &posted.ends_at)?);
    if until <= from {
        return Err(refusal(&AlertRefusal::BadSilence { why: SilenceFault::EndsBeforeItBegins }.into()));
    }
    let wanted = NewSilence {
        scope: SilenceScope::Alerts(matchers),
        from: Some(from),
        until: Some(until),
        by: Untrusted::new(posted.created_by),
        comment: Untrusted::new(posted.comment),
    };
    let made = written(&state, id, move |tx, cx, work| match known {
        Some(known) => silences::change(tx, cx, work, known, wanted.clone()),
        None => silences::create(tx, cx, work, wanted.clone()),
    });
    Ok(Json(json!({"silenceID": made.await?.id.to_string()})))
}

/// Expires a silence now.
pub(super) async fn expire(
    Given(state): Given<State>,
    _: Operator,
    request: RequestId,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = SilenceId::parse(&id).ok_or_else(unknown)?;
    written(&state, request, move |tx, cx, work| silences::expire(tx, cx, work, id)).await?;
    Ok(StatusCode::OK)
}

/// Changes silences in one transaction.
async fn written<W>(state: &State, request: RequestId, change: W) -> Result<Silence, Problem>
where
    W: Fn(&mut Tx<'_>, Context<'_>, &mut WorkList) -> Result<Result<Silence, Refusal>, StoreError> + Send + 'static,
{
    let (config, now) = (state.app.config.current(), state.app.clock.now());
    let done = state.app.store.transact(move |tx| {
        let actor = Actor::Machine("alertmanager-api".to_owned());
        let cx = Context { config: &config, now, actor: &actor, request: request.as_str(), expect: None };
        reactor::run(tx, cx, |tx, work| change(tx, cx, work))
    });
    done.await?.map_err(|why| refusal(&why))
}
