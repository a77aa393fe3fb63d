//! Commands of pages, and the replies to them.

use minijinja::{context, value::Serde};

use super::{
    invocation::Invocation,
    refusals::{denied, is_denial, refused},
    replies,
};
use crate::{
    app::{
        incidents::IncidentUpdate,
        oncall::{
            changing::{self, PagePlace},
            paging::{self, PageAnswer, PageRequest},
            readiness, requests,
        },
        reactor::{self, WorkList},
    },
    chat::Reply,
    command::{Action, PageChange, PageResponse},
    domain::{
        ids::{IncidentId, PageId, PersonId},
        incident::{Incident, IncidentEvent, IncidentKind, PagingEvent, PeopleEvent},
        oncall::Page,
        refusal::{IncidentRefusal, Refusal},
    },
    store::{Reads, StoreError, Tx},
};

/// Pages somebody for an incident.
pub(super) fn start(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    incident: &Incident,
    request: PageRequest<'_>,
) -> Result<Reply, StoreError> {
    if incident.kind == IncidentKind::Retrospective {
        return refused(tx, invocation, IncidentRefusal::PagesNobody { key: incident.key.clone() }.into());
    }
    match paging::start_page(tx, invocation.cx, work, incident, request)? {
        Ok(()) => {
            let reply = of_incident(tx, work, invocation, incident.id)?;
            let page = tx.pages_of_incident(incident.id)?.pop();
            with_proofs(tx, invocation, reply, page.as_ref())
        }
        Err(refusal) => refused(tx, invocation, refusal),
    }
}

/// The reply with when and how the people paged were last proven to be reached.
fn with_proofs(
    tx: &Tx<'_>,
    invocation: &Invocation<'_>,
    reply: Reply,
    page: Option<&Page>,
) -> Result<Reply, StoreError> {
    let people = page.map(Page::people).unwrap_or_default();
    let lines = readiness::proof_lines(tx, invocation.cx, people)?;
    Ok(replies::with_proofs(invocation, reply, &lines))
}

/// Pages somebody without an incident.
pub(super) fn request(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    request: PageRequest<'_>,
) -> Result<Reply, StoreError> {
    match requests::start_request(tx, invocation.cx, work, invocation.room, request)? {
        Ok(id) => {
            let data = serde_json::json!({ "page": id.to_string() });
            let reply = of_page(tx, work, invocation, "page", id)?;
            let page = tx.page(id)?;
            with_proofs(tx, invocation, Reply { data: Some(data), ..reply }, page.as_ref())
        }
        Err(refusal) => refused(tx, invocation, refusal),
    }
}

/// An answer to the page that was named, or the one that asks.
pub(super) struct GivenAnswer {
    pub(super) page: Option<PageId>,
    pub(super) answer: PageResponse,
    pub(super) version: Option<u64>,
}

/// Answers a page.
pub(super) fn answer(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    given: &GivenAnswer,
) -> Result<Result<PageId, Refusal>, StoreError> {
    let page = match meant(tx, invocation, given.page, changing::asking)? {
        Ok(page) => page,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let answer = PageAnswer { page, person: invocation.person, answer: given.answer, via: None };
    Ok(paging::answer(tx, invocation.at_version(given.version), work, answer)?.map(|()| page))
}

/// Changes the page that was named, or the one that is meant in this room.
pub(super) fn change(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    page: Option<PageId>,
    change: &PageChange,
) -> Result<Result<PageId, Refusal>, StoreError> {
    match meant(tx, invocation, page, changing::open)? {
        Ok(id) => Ok(changing::change(tx, invocation.cx, work, id, change)?.map(|()| id)),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// The page that was named, or the one that `pages` finds for this person in this place.
fn meant(
    tx: &Tx<'_>,
    invocation: &Invocation<'_>,
    named: Option<PageId>,
    pages: impl Fn(&Reads<'_>, &PersonId, PagePlace<'_>) -> Result<Vec<Page>, StoreError>,
) -> Result<Result<PageId, Refusal>, StoreError> {
    if let Some(page) = named {
        return Ok(Ok(page));
    }
    let place = PagePlace { incident: invocation.here.as_ref().map(|here| here.id), room: invocation.room };
    Ok(changing::only(&pages(tx, invocation.person, place)?))
}

/// The reply to an answer to a page, or a change of it.
pub(super) fn changed(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    action: &Action,
    changed: Result<PageId, Refusal>,
) -> Result<Reply, StoreError> {
    let id = match changed {
        Ok(id) => id,
        Err(refusal) if is_denial(&refusal) => return denied(tx, invocation, action, &refusal),
        Err(refusal) => return refused(tx, invocation, refusal),
    };
    match tx.page(id)?.and_then(|page| page.incident()) {
        Some(incident) => of_incident(tx, work, invocation, incident),
        None => {
            let word = action.act().path().rsplit(' ').next().unwrap_or_default();
            of_page(tx, work, invocation, word, id)
        }
    }
}

/// What its incident shows of a page.
fn of_incident(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    id: IncidentId,
) -> Result<Reply, StoreError> {
    reactor::settle(tx, invocation.cx, work)?;
    let missing = || StoreError::Corrupt(format!("a page of the incident {id}, which does not exist"));
    let incident = tx.incident(id)?.ok_or_else(missing)?;
    let mut events = work.recorded(id);
    let started = events.iter().find_map(|(_, event)| {
        let IncidentEvent::Paging(PagingEvent::PageStarted { page, .. }) = event else { return None };
        Some(serde_json::json!({ "page": page.to_string() }))
    });
    // That people were invited to the room matters least.
    events.sort_by_key(|(_, event)| matches!(event, IncidentEvent::People(PeopleEvent::PeopleInvited { .. })));
    let reply = replies::done(invocation, &IncidentUpdate { incident, events });
    Ok(Reply { data: started, ..reply })
}

/// What a page without an incident is after a command: `word` is its subcommand, or `page`.
fn of_page(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    word: &str,
    id: PageId,
) -> Result<Reply, StoreError> {
    reactor::settle(tx, invocation.cx, work)?;
    let missing = || StoreError::Corrupt(format!("the page {id} does not exist after a command to it"));
    let page = tx.page(id)?.ok_or_else(missing)?;
    Ok(replies::page(invocation, page_context(invocation, &page, word)))
}

fn page_context(invocation: &Invocation<'_>, page: &Page, word: &str) -> minijinja::Value {
    let people: Vec<&PersonId> = page.people().into_iter().filter(|person| page.still_asks(person)).collect();
    // A page for one person is named after that person.
    let name = |person: &PersonId| invocation.cx.config.person(person).map(|person| person.name.as_str());
    let is_named = matches!(people[..], [one] if name(one) == Some(page.spec.whom.as_str()));
    context! {
        command => word, id => page.id().to_string(), key => page.spec.key().to_string(),
        whom => if is_named { "" } else { page.spec.whom.as_str() }, people => Serde(people), state => page.state.name(),
        until => Serde(page.snoozed_until), by => Serde(&page.taken_by),
    }
}
