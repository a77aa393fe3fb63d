//! `/api/v1/incidents`.

pub mod similar;

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State as Given},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    client::{ApiClient, CommandReply, Options, plain},
    listing::{ListQuery, after, bad, cursor, limit, value},
    shapes::{AlertShape, IncidentShape, List, TimelineShape},
};
use crate::{
    app::{
        Context,
        incidents::transcript::{Pictures, transcript as read_transcript},
    },
    config::Config,
    domain::{
        Timestamp,
        effect::Audience,
        ids::{FieldId, IncidentId, Key, PersonId, ServiceId, StatusId},
        incident::{Incident, Severity},
        people::Actor,
        text::visible,
    },
    render::MessageRenderer,
    store::{IncidentFilter, ListViewer as For, Reads, StoreError},
    web::{
        Caller, Problem, State, body,
        pages::incident::may_be_told,
        problem::{Kind, ProblemDocument},
    },
};

/// Maximum number of an incident's alerts in a list.
pub(super) const ALERTS_LISTED: usize = 20;
/// Maximum number of alerts in a single incident.
pub(super) const ALERTS_SHOWN: usize = 100;

/// Filters of the list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IncidentListQuery {
    /// `true` for incidents that are not yet resolved or closed, `false` for the others.
    open: Option<String>,
    /// A status of the workflow.
    status: Option<String>,
    /// `sev1` to `sev4`.
    severity: Option<String>,
    /// A service.
    service: Option<String>,
    /// A field and its value: `cause=bug`.
    field: Option<String>,
    /// Text to find in title or key.
    q: Option<String>,
    /// Number of items: 1 to 200, default 50.
    limit: Option<String>,
    /// `next` of the previous response.
    cursor: Option<String>,
}

impl IncidentListQuery {
    fn filter(&self, config: &Config, person: &PersonId) -> Result<IncidentFilter, Problem> {
        let field = |text: &str| {
            let (name, value) = text.split_once('=')?;
            let spec = config.policy.field(&FieldId::from(name.trim()))?;
            Some((spec.id.clone(), value.trim().to_owned()))
        };
        let status = |word: &str| {
            let known = config.policy.workflow.status(&StatusId::new(word));
            known.map(|status| status.id.clone())
        };
        Ok(IncidentFilter {
            resolved: None,
            most_severe_first: false,
            viewer: For::Person(person.clone()),
            open: value("open", self.open.as_deref(), |word| word.parse().ok(), "`true` or `false`")?,
            status: value("status", self.status.as_deref(), status, "a status of the workflow")?,
            severity: value("severity", self.severity.as_deref(), Severity::parse, "`sev1`, `sev2`, `sev3` or `sev4`")?,
            service: self.service.as_deref().map(ServiceId::new),
            field: value("field", self.field.as_deref(), field, "a field and its value, such as `cause=bug`")?,
            text: self.q.as_deref().filter(|text| !text.trim().is_empty()).map(|text| text.chars().take(200).collect()),
            after: after("incidents", self.cursor.as_deref())?.map(IncidentId),
            limit: limit(self.limit.as_deref())?,
        })
    }
}

/// Lists the incidents that the caller may see, newest first.
#[utoipa::path(get, path = "/api/v1/incidents", tag = "incidents", params(IncidentListQuery), responses(
    (status = 200, body = List<IncidentShape>), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn list(
    Given(state): Given<State>,
    caller: Caller,
    ListQuery(wanted): ListQuery<IncidentListQuery>,
) -> Result<Json<List<IncidentShape>>, Problem> {
    let (config, now) = (state.app.config.current(), state.app.clock.now());
    let filter = wanted.filter(&config, &caller.person.id)?;
    let read = state.app.store.search(move |reads| {
        let page = reads.list_incidents(&filter)?;
        let shapes = page.items.iter().map(|one| shape(reads, &config, one, now, ALERTS_LISTED));
        let next = page.next.map(|last| cursor("incidents", last.0));
        Ok(List { items: shapes.collect::<Result<_, _>>()?, next })
    });
    Ok(Json(read.await?))
}

/// An incident with the alerts of its groups.
pub(super) fn shape(
    reads: &Reads<'_>,
    config: &Config,
    incident: &Incident,
    now: Timestamp,
    most: usize,
) -> Result<IncidentShape, StoreError> {
    let mut alerts = Vec::new();
    for group in &incident.groups {
        let left = most - alerts.len();
        if left > 0
            && let Some(group) = reads.group(*group)?
        {
            alerts.extend(reads.alerts_of_group(&group, left)?.iter().map(|alert| AlertShape::of(alert, now)));
        }
    }
    alerts.sort_by_key(|alert| alert.ends_at.is_some());
    Ok(IncidentShape::of(config, incident, alerts))
}

/// Declares an incident, as `/incident declare` does. Options: `title`, `severity`, `service`, `description`, `impact`,
/// `urgency`, `since`, `affected`, `drill`, `kind`, `private`, `group`.
#[utoipa::path(post, path = "/api/v1/incidents", tag = "incidents",
    request_body(content = Object, example = json!({"title": "Checkout is slow", "severity": "sev2"})),
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key gets the first answer.")),
    responses((status = 201, body = IncidentShape), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn declare(
    client: ApiClient,
    body::JsonBody(options): body::JsonBody<Options>,
) -> Result<Response, Problem> {
    let reply = client.command("incident declare", &[], options).await?;
    declared(&client, reply.incident).await
}

/// Returns 201 with the incident that was created.
pub(super) async fn declared(client: &ApiClient, key: Option<Key>) -> Result<Response, Problem> {
    let key = key.ok_or_else(|| Problem::new(Kind::Internal))?;
    let shape = find(&client.state, &client.caller, &key).await?;
    let mut response = (StatusCode::CREATED, Json(shape)).into_response();
    if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/incidents/{key}")) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// Parses the key in a path. An invalid key is a 404.
pub(super) fn key(text: &str) -> Result<Key, Problem> {
    Key::parse(text).ok_or_else(unknown)
}

fn unknown() -> Problem {
    Problem::new(Kind::NotFound).because("There is no such incident, or you may not see it.")
}

async fn find(state: &State, caller: &Caller, key: &Key) -> Result<IncidentShape, Problem> {
    let (config, now) = (state.app.config.current(), state.app.clock.now());
    let (key, person) = (key.clone(), caller.person.id.clone());
    let read = state.app.store.search(move |reads| {
        let found = reads.incident_by_key(&key)?.filter(|incident| incident.visible_to(&person));
        found.map(|incident| shape(reads, &config, &incident, now, ALERTS_SHOWN)).transpose()
    });
    read.await?.ok_or_else(unknown)
}

/// Shows one incident.
#[utoipa::path(get, path = "/api/v1/incidents/{key}", tag = "incidents", params(("key" = String, Path)),
    responses((status = 200, body = IncidentShape), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn show(
    Given(state): Given<State>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<IncidentShape>, Problem> {
    Ok(Json(find(&state, &caller, &key(&text)?).await?))
}

/// Filters of the list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TimelineQuery {
    /// Number of items: 1 to 200, default 50.
    limit: Option<String>,
    /// `next` of the previous response.
    cursor: Option<String>,
}

/// Lists the timeline of an incident, oldest first.
#[utoipa::path(get, path = "/api/v1/incidents/{key}/timeline", tag = "incidents", params(("key" = String, Path), TimelineQuery),
    responses((status = 200, body = List<TimelineShape>), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn timeline(
    Given(state): Given<State>,
    caller: Caller,
    Path(text): Path<String>,
    ListQuery(since): ListQuery<TimelineQuery>,
) -> Result<Json<List<TimelineShape>>, Problem> {
    let (key, most) = (key(&text)?, limit(since.limit.as_deref())?);
    let after = after("timeline", since.cursor.as_deref())?.map_or(0, |place| place.as_u64_pair().1);
    let app = Arc::clone(&state.app);
    let read = state.app.store.search(move |reads| {
        let found = reads.incident_by_key(&key)?.filter(|incident| incident.visible_to(&caller.person.id));
        let Some(incident) = found else { return Ok(None) };
        let mut events = reads.events_of(&Incident::stream(incident.id), after, most + 1)?;
        let more = events.len() > most;
        events.truncate(most);
        let next =
            if more { events.last().map(|last| cursor("timeline", Uuid::from_u64_pair(0, last.seq))) } else { None };
        let mut told = Vec::with_capacity(events.len());
        for event in events {
            if may_be_told(reads, &caller.person.id, &event.event)? {
                told.push(event);
            }
        }
        let config = app.config.current();
        let voice = MessageRenderer::new(&app.renderer, &config, app.clock.now());
        let entry = |event: &crate::domain::event::RecordedEvent| TimelineShape {
            seq: event.seq,
            at: event.at,
            actor: super::shapes::actor(&event.actor),
            text: voice.event(&incident, event, &Audience::HotRoom).map(|post| plain(&post.text)),
            event: shown(serde_json::to_value(&event.event).unwrap_or_default()),
        };
        Ok(Some(List { items: told.iter().map(entry).collect(), next }))
    });
    read.await?.map(Json).ok_or_else(unknown)
}

/// How a transcript is written.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TranscriptQuery {
    /// `json`, `markdown` or `html`; default `json`.
    format: Option<String>,
}

/// Everything said in the room of an incident. JSON follows `docs/schemas/transcript.json`; HTML is one file with the pictures
/// in it.
#[utoipa::path(get, path = "/api/v1/incidents/{key}/transcript", tag = "incidents", params(("key" = String, Path), TranscriptQuery),
    responses((status = 200, content((TranscriptDocument = "application/json"), (String = "text/markdown"), (String = "text/html"))),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn transcript(
    Given(state): Given<State>,
    caller: Caller,
    Path(text): Path<String>,
    ListQuery(query): ListQuery<TranscriptQuery>,
) -> Result<Response, Problem> {
    let read = |word: &str| TranscriptFormat::ALL.into_iter().find(|(name, _)| *name == word).map(|(_, format)| format);
    let format = value("format", query.format.as_deref(), read, "`json`, `markdown` or `html`")?;
    let (key, format) = (key(&text)?, format.unwrap_or(TranscriptFormat::Json));
    let pictures = match format {
        TranscriptFormat::Html => Pictures::Embedded,
        TranscriptFormat::Json | TranscriptFormat::Markdown => Pictures::Named,
    };
    let app = Arc::clone(&state.app);
    let read = state.app.store.search(move |reads| {
        let found = reads.incident_by_key(&key)?.filter(|incident| incident.visible_to(&caller.person.id));
        let Some(incident) = found else { return Ok(None) };
        let (config, now) = (app.config.current(), app.clock.now());
        let actor = Actor::Person(caller.person.id.clone());
        let cx = Context { config: &config, now, actor: &actor, request: "api", expect: None };
        let made = read_transcript(reads, cx, &incident, pictures)?;
        let voice = MessageRenderer::new(&app.renderer, &config, now);
        let body = match format {
            TranscriptFormat::Json => made.to_json().to_string(),
            TranscriptFormat::Markdown => voice.transcript_markdown(&made),
            TranscriptFormat::Html => voice.transcript_html(&made),
        };
        Ok(Some((made.key, body)))
    });
    let (key, body) = read.await?.ok_or_else(unknown)?;
    let file = format!("attachment; filename=\"{key}.{}\"", format.ending());
    let disposition = HeaderValue::from_str(&file).unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(format.content_type())),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, body).into_response())
}

/// How a transcript is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TranscriptFormat {
    Json,
    Markdown,
    Html,
}

impl TranscriptFormat {
    const ALL: [(&'static str, Self); 3] = [("json", Self::Json), ("markdown", Self::Markdown), ("html", Self::Html)];

    fn ending(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Markdown => "md",
            Self::Html => "html",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
        }
    }
}

/// A transcript as `docs/schemas/transcript.json` describes it.
#[derive(Debug, utoipa::ToSchema)]
#[schema(value_type = Object)]
pub struct TranscriptDocument(#[allow(dead_code, reason = "only its schema is used")] serde_json::Value);

/// An event without deceptive characters in its texts.
fn shown(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(text) => visible(&text).into(),
        Value::Array(items) => items.into_iter().map(shown).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, shown(value))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// Runs a command on an incident, as `/incident <command>` does in its room: `status`, `severity`, `role`, `update`,
/// `note`, `task`, `resolve`, and all the others. The body contains the command's options; `version` is the version the
/// caller has seen.
#[utoipa::path(post, path = "/api/v1/incidents/{key}/commands/{command}", tag = "incidents",
    request_body(content = Object, example = json!({"to": "sev1", "reason": "all payments fail"})),
    params(("key" = String, Path), ("command" = String, Path, description = "A word after `/incident`."),
        ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key gets the first answer.")),
    responses((status = 200, body = CommandReply), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn command(
    client: ApiClient,
    Path((text, word)): Path<(String, String)>,
    body::JsonBody(options): body::JsonBody<Options>,
) -> Result<Json<CommandReply>, Problem> {
    let key = key(&text)?;
    let path = format!("incident {word}");
    let spec = client.state.app.catalog.command(&path).filter(|spec| spec.option("incident").is_some());
    if spec.is_none() {
        return Err(bad("command", &word, "a command to an incident; /incident help lists them").into_not_found());
    }
    let reply = client.command(&path, &[("incident", key.to_string())], options).await?;
    Ok(Json(CommandReply::of(reply)))
}

/// Sets fields of an incident, as `/field set` does. The body has their values by name: a text, a number, or a list; `null`
/// removes one.
#[utoipa::path(put, path = "/api/v1/incidents/{key}/fields", tag = "incidents",
    request_body(content = Object, example = json!({"cause": "bug", "hosts": ["db-1", "db-2"], "root_cause": null})),
    params(("key" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key gets the first answer.")),
    responses((status = 200, body = IncidentShape), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn set_fields(
    client: ApiClient,
    Path(text): Path<String>,
    body::JsonBody(given): body::JsonBody<Options>,
) -> Result<Json<IncidentShape>, Problem> {
    let key = key(&text)?;
    let option = |(name, value): (String, serde_json::Value)| {
        let value = if value.is_null() { serde_json::Value::from("") } else { value };
        (format!("fields.{name}"), value)
    };
    let options = given.into_iter().map(option).collect();
    client.command("field set", &[("incident", key.to_string())], options).await?;
    Ok(Json(find(&client.state, &client.caller, &key).await?))
}
