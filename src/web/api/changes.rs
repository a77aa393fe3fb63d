//! `/api/v1/changes`: deployments, settings: what somebody changed.

use std::collections::BTreeMap;

use axum::{Json, extract::State as Given};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    listing::{Asked, after, cursor, limit, value},
    shapes::{List, labels, text},
};
use crate::{
    domain::{
        Timestamp,
        ids::{ServiceId, SourceId},
        text::Untrusted,
    },
    store::{ChangeFilter, StoredChange},
    web::{Caller, Problem, State, problem::Document},
};

/// Which changes.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedChanges {
    /// Those of this service; empty: those that name no service.
    service: Option<String>,
    /// Who told them.
    source: Option<String>,
    /// Made then or later (RFC 3339).
    from: Option<String>,
    /// Made before then (RFC 3339).
    until: Option<String>,
    /// How many: 1 to 200, usually 50.
    limit: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A change that somebody made.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeShape {
    /// Its number.
    pub id: i64,
    /// Who told it.
    pub source: String,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// One line.
    pub summary: String,
    /// The service that it concerns, if it names one.
    pub service: Option<String>,
    /// Where it was made, if it is said.
    pub place: Option<String>,
    /// What else is said of it, at most 50 members.
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
    (status = 200, body = List<ChangeShape>), (status = "default", body = Document)))]
pub(super) async fn list(
    Given(state): Given<State>,
    _: Caller,
    Asked(wanted): Asked<WantedChanges>,
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
        // One more than is told says whether there is a next page.
        limit: limit + 1,
    };
    let mut found = state.app.store.read(move |reads| reads.list_changes(&filter)).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| cursor("changes", mark(last)));
    Ok(Json(List { items: found.iter().map(ChangeShape::of).collect(), next }))
}

/// Time and number of a change in one cursor.
fn mark(stored: &StoredChange) -> Uuid {
    let halves = [stored.change.at.timestamp_millis(), stored.id].map(i64::cast_unsigned);
    Uuid::from_u64_pair(halves[0], halves[1])
}

fn place(mark: Uuid) -> Option<(Timestamp, i64)> {
    let (at, id) = mark.as_u64_pair();
    Some((Timestamp::from_timestamp_millis(at.cast_signed())?, id.cast_signed()))
}
