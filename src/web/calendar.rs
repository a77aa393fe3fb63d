//! `/calendar/{token}`: shifts as an iCalendar file (RFC 5545), for calendar programs, which cannot sign in. The token is the
//! authority.

use axum::{
    Router,
    extract::{Path, State as Given},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use icalendar::{Calendar, Component, Event, EventLike};
use sha2::{Digest, Sha256};

use super::{Problem, State, attempts::ClientAddress, status_page};
use crate::{
    app::{
        Context,
        oncall::calendar::{self, CalendarFeed, CalendarShift},
    },
    domain::{oncall::CalendarSubject, people::Actor},
    render::Names,
    store::{CALENDAR_TOKEN_LENGTH, Reads, Tx},
};

/// The beginning of the paths of feeds.
pub const PREFIX: &str = "/calendar/";

/// `/calendar/{token}.ics`
pub fn routes() -> Router<State> {
    Router::new().route("/calendar/{file}", get(show))
}

async fn show(
    Given(state): Given<State>,
    Path(file): Path<String>,
    from: ClientAddress,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let token = file.strip_suffix(".ics").unwrap_or(&file).to_owned();
    let feed = if token.len() == CALENDAR_TOKEN_LENGTH { read(&state, token).await? } else { None };
    let Some(feed) = feed else { return Err(state.unknown_links.refuse(&from, state.app.clock.now())) };
    let text = written(&feed, &Names::from(&*state.app.config.current()));
    let mut response = status_page::fixed(&headers, "text/calendar; charset=utf-8", text);
    // A secret address: no shared cache may keep it, and no search engine may list it.
    let set = [
        (header::CACHE_CONTROL, "private, max-age=60"),
        (header::HeaderName::from_static("x-robots-tag"), "noindex"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in set {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response.into_response())
}

async fn read(state: &State, token: String) -> Result<Option<CalendarFeed>, Problem> {
    let (config, now) = (state.app.config.current(), state.app.clock.now());
    let found = state.app.store.read({
        let config = config.clone();
        move |reads: &Reads<'_>| {
            let actor = Actor::Machine("calendar".to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: "calendar", expect: None };
            let feed = calendar::feed(reads, cx, &token)?;
            // Whoever guesses makes nothing be written.
            let changed = feed.is_some() && !calendar::changed(reads, cx)?.is_empty();
            Ok((feed, changed, token))
        }
    });
    let (feed, changed, token) = found.await?;
    if !changed {
        return Ok(feed);
    }
    let revised = state.app.store.transact(move |tx: &mut Tx<'_>| {
        let actor = Actor::Machine("calendar".to_owned());
        let cx = Context { config: &config, now, actor: &actor, request: "calendar", expect: None };
        calendar::revise(tx, cx)?;
        calendar::feed(tx, cx, &token)
    });
    Ok(revised.await?)
}

/// Writes a feed: one event for each shift, in UTC, without rules of repetition, which calendar programs read differently.
fn written(feed: &CalendarFeed, names: &Names) -> String {
    let mut calendar = Calendar::new();
    calendar.name(&title(&feed.subject, names));
    // A wish: clients decide how often they look. Google takes hours.
    calendar.ttl(&chrono::Duration::minutes(15));
    for shift in &feed.shifts {
        calendar.push(event(shift, names));
    }
    calendar.to_string()
}

fn title(subject: &CalendarSubject, names: &Names) -> String {
    match subject {
        CalendarSubject::Person(person) => format!("On call: {}", names.person(person)),
        CalendarSubject::Team(team) => format!("On call: team {team}"),
        CalendarSubject::Schedule(schedule) => format!("On call: {schedule}"),
    }
}

fn event(shift: &CalendarShift, names: &Names) -> Event {
    let summary = format!("{} on call ({})", names.person(&shift.person), shift.schedule);
    let identity = format!("{}\n{}\n{}", shift.schedule, shift.person, shift.from.timestamp());
    let uid = format!("{}@hotroom", hex::encode(&Sha256::digest(identity)[..16]));
    Event::new()
        .uid(&uid)
        .summary(&summary)
        .timestamp(shift.changed_at)
        .sequence(u32::try_from(shift.revision).unwrap_or(u32::MAX))
        .starts(shift.from)
        .ends(shift.until)
        // Being on call does not fill a day.
        .add_property("TRANSP", "TRANSPARENT")
        .done()
}
