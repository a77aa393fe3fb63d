//! `/api/v1/changes`: deployments, configuration changes and other changes.

use std::collections::BTreeMap;

use axum::{Json, extract::State as Given};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    listing::{ListQuery, after, cursor, limit, value},
    shapes::{List, labels, text},
};
use crate::{
    domain::{
        Timestamp,
        ids::{ServiceId, SourceId},
        text::Untrusted,
    },
    store::{ChangeFilter, StoredChange},
    web::{Caller, Problem, State, problem::ProblemDocument},
};

/// Filters of the list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedChanges {
    /// The service; empty for changes that name no service.
    service: Option<String>,
    /// The source that reported them.
    source: Option<String>,
    /// Earliest time, inclusive (RFC 3339).
    from: Option<String>,
    /// Latest time, exclusive (RFC 3339).
    until: Option<String>,
    /// Number of items: 1 to 200, default 50.
    limit: Option<String>,
    /// `next` of the previous response.
    cursor: Option<String>,
}

/// A change.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeShape {
    /// Its number.
    pub id: i64,
    /// The source that reported it.
    pub source: String,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// One-line summary.
    pub summary: String,
    /// The affected service, if known.
    pub service: Option<String>,
    /// Where it was made, if known.
    pub place: Option<String>,
    /// Further details, at most 50 members.
    pub details: BTreeMap<String, String>,
    /// http(s) links.
    pub links: Vec<String>,
}

impl ChangeShape {
    fn of(stored: &StoredChange) -> Self {
        let change = &stored.change;
        Self {
            id: stored.id,
            source: stored.source.to_string(),
            at: change.at,
            summary: text(&change.summary),
            service: stored.service.as_ref().map(|service| Untrusted::new(service.as_str()).shown(200)),
            place: (!change.place.is_blank()).then(|| text(&change.place)),
            details: labels(&change.details),
            links: change.links.iter().map(text).collect(),
        }
    }
}

/// Lists changes, newest first.
#[utoipa::path(get, path = "/api/v1/changes", tag = "alerts", params(WantedChanges), responses(
    (status = 200, body = List<ChangeShape>), (status = "default", body = ProblemDocument, content_type = "application/problem+json")))]
pub(super) async fn list(
    Given(state): Given<State>,
    _: Caller,
    ListQuery(wanted): ListQuery<WantedChanges>,
) -> Result<Json<List<ChangeShape>>, Problem> {
    let instant = |name, said: Option<String>| {
        let read = |said: &str| said.parse::<DateTime<Utc>>().ok();
        value(name, said.as_deref(), read, "a time such as `2026-01-31T09:00:00Z`")
    };
    let limit = limit(wanted.limit.as_deref())?;
    let filter = ChangeFilter {
        service: wanted.service.map(|name| Some(name).filter(|name| !name.is_empty()).map(ServiceId::new)),
        source: wanted.source.map(SourceId::new),
        from: instant("from", wanted.from)?,
        until: instant("until", wanted.until)?,
        after: after("changes", wanted.cursor.as_deref())?.and_then(place),
        // One extra item shows whether there is a next page.
        limit: limit + 1,
    };
    let mut found = state.app.store.search(move |reads| reads.list_changes(&filter)).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = if more { found.last().map(|last| cursor("changes", mark(last))) } else { None };
    Ok(Json(List { items: found.iter().map(ChangeShape::of).collect(), next }))
}

/// Encodes a change's time and number in a cursor.
fn mark(stored: &StoredChange) -> Uuid {
    let halves = [stored.change.at.timestamp_millis(), stored.id].map(i64::cast_unsigned);
    Uuid::from_u64_pair(halves[0], halves[1])
}

fn place(mark: Uuid) -> Option<(Timestamp, i64)> {
    let (at, id) = mark.as_u64_pair();
    Some((Timestamp::from_timestamp_millis(at.cast_signed())?, id.cast_signed()))
}
