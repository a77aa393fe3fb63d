//! Changes of a page that people make: put it off, have somebody else paged, add a person, resolve it.

use chrono::TimeDelta;

use super::paging::{changeable, command, target};
use crate::{
    app::{Context, reactor::WorkList},
    command::PageChange,
    domain::{
        ids::{IncidentId, PageId, PersonId, RoomId},
        oncall::{Page, PageCommand, PageState},
        refusal::{IncidentRefusal, OnCallRefusal, Refusal},
    },
    store::{Reads, StoreError, Tx},
};

/// The shortest and the longest time for which a page is put off, in minutes.
const SNOOZE_MINUTES: std::ops::RangeInclusive<u64> = 1..=24 * 60;
/// How many pages without an incident are searched for the one that is meant.
const RECENT: usize = 50;

/// Where a command about a page was given, which says what page is meant if none is named.
#[derive(Clone, Copy, Debug)]
pub struct PagePlace<'a> {
    /// The incident of the room.
    pub incident: Option<IncidentId>,
    /// The room.
    pub room: Option<&'a RoomId>,
}

/// Returns the pages that a person who changes one can mean: those of the room, or else those without an incident that
/// page the person.
pub fn open(reads: &Reads<'_>, person: &PersonId, place: PagePlace<'_>) -> Result<Vec<Page>, StoreError> {
    let mut open = match place.incident {
        Some(incident) => reads.pages_of_incident(incident)?,
        None => reads.pages_without_incident(RECENT)?,
    };
    open.retain(|page| page.state != PageState::Resolved);
    if place.incident.is_some() {
        return Ok(open);
    }
    let here: Vec<Page> =
        open.iter().filter(|page| place.room.is_some() && page.spec.room() == place.room).cloned().collect();
    Ok(if here.is_empty() { open.into_iter().filter(|page| page.people().contains(&person)).collect() } else { here })
}

/// Returns the pages that a person who answers one can mean: of those that ask anybody in this room, the ones that ask the
/// person; in another room, all that ask the person.
pub fn asking(reads: &Reads<'_>, person: &PersonId, place: PagePlace<'_>) -> Result<Vec<Page>, StoreError> {
    let asking = reads.asking_pages(RECENT)?;
    let is_here = |page: &&Page| match place.incident {
        Some(incident) => page.incident() == Some(incident),
        None => place.room.is_some() && page.spec.room() == place.room,
    };
    let here: Vec<Page> = asking.iter().filter(is_here).cloned().collect();
    let candidates = if here.is_empty() && place.incident.is_none() { &asking } else { &here };
    let asks = |page: &&Page| page.still_asks(person) && page.people().contains(&person);
    let own: Vec<Page> = candidates.iter().filter(asks).cloned().collect();
    Ok(if own.is_empty() { here } else { own })
}

/// Returns the only page that can be meant.
pub fn only(pages: &[Page]) -> Result<PageId, Refusal> {
    match pages {
        [page] => Ok(page.id()),
        pages => Err(OnCallRefusal::WhichPage { open: pages.iter().map(Page::id).collect() }.into()),
    }
}

/// Changes a page for a person. A responder may, and whoever was paged.
pub fn change(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: PageId,
    change: &PageChange,
) -> Result<Result<(), Refusal>, StoreError> {
    let Some(person) = cx.actor.person().cloned() else {
        return Ok(Err(OnCallRefusal::UnknownPage { id: id.to_string() }.into()));
    };
    let page = match changeable(tx, cx, id, &person, change.word())? {
        Ok(page) => page,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let wanted = match change {
        PageChange::Snooze(wait) => {
            let minutes = wait.as_secs() / 60;
            if !SNOOZE_MINUTES.contains(&minutes) {
                let (min_minutes, max_minutes) = (*SNOOZE_MINUTES.start(), *SNOOZE_MINUTES.end());
                return Ok(Err(IncidentRefusal::BadWait { min_minutes, max_minutes }.into()));
            }
            let until = cx.now + TimeDelta::from_std(*wait).unwrap_or_default();
            PageCommand::Snooze { by: person, until }
        }
        PageChange::Reassign(whom) => match target(tx, cx, whom)? {
            Ok(to) => PageCommand::Reassign { by: person, to },
            Err(refusal) => return Ok(Err(refusal)),
        },
        PageChange::Add(added) => {
            if cx.config.person(added).is_none() {
                let name = added.to_string();
                return Ok(Err(IncidentRefusal::UnknownPerson { name, near: None }.into()));
            }
            PageCommand::AddResponder { by: person, person: added.clone() }
        }
        PageChange::Resolve => PageCommand::Resolve { by: Some(person) },
    };
    command(tx, cx, work, &page, &wanted)
}

/// Pages again when the time is over for which a page was put off.
pub(in crate::app) fn end_snooze(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: PageId,
    snoozed: u64,
) -> Result<(), StoreError> {
    let Some(page) = tx.page(id)? else { return Ok(()) };
    command(tx, cx, work, &page, &PageCommand::EndSnooze { snoozed }).map(|_| ())
}

/// Pages the recipients whose time has come.
pub(in crate::app) fn on_later(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: PageId,
    stepped: u64,
) -> Result<(), StoreError> {
    let Some(page) = tx.page(id)? else { return Ok(()) };
    command(tx, cx, work, &page, &PageCommand::LaterDue { stepped }).map(|_| ())
}
