//! Pages without an incident: a person asks others to respond to what the person writes.

use super::paging::{PageRequest, PageStart, start_about, target};
use crate::{
    app::{Context, reactor::WorkList},
    domain::{
        ids::{PageId, RoomId},
        oncall::PageSubject,
        refusal::Refusal,
    },
    store::{
        Reads, StoreError, Tx,
        chat::{Room, RoomKind},
    },
};

/// The name of the stored number of the last page without an incident.
const LAST_NUMBER: &str = "pages_without_incident";

/// Starts a page without an incident. The room that it was requested in shows it, unless that is a direct message.
pub fn start_request(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    room: Option<&RoomId>,
    request: PageRequest<'_>,
) -> Result<Result<PageId, Refusal>, StoreError> {
    let target = match target(tx, cx, request.whom)? {
        Ok(target) => target,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let shown = match room {
        Some(room) => tx.room(room)?.filter(is_shown).map(|room| room.id),
        None => None,
    };
    let about = PageSubject::Request { number: next_number(tx)?, room: shown };
    let page = start_about(tx, cx, work, about, PageStart::by_hand(target, request.message))?;
    Ok(Ok(page.id()))
}

/// True if what is requested in a room is shown there: not in a direct message, and not where only some people read.
fn is_shown(room: &Room) -> bool {
    match room.kind {
        RoomKind::Feed | RoomKind::Team => !room.private,
        RoomKind::Hot | RoomKind::Direct => false,
    }
}

/// True if a room belongs to an incident: what is requested there is for that one, or refused to those who may not see it.
pub fn is_hot_room(reads: &Reads<'_>, room: Option<&RoomId>) -> Result<bool, StoreError> {
    let Some(room) = room else { return Ok(false) };
    Ok(reads.room(room)?.is_some_and(|room| room.kind == RoomKind::Hot))
}

fn next_number(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    let last = tx.meta(LAST_NUMBER)?.and_then(|number| number.parse::<u64>().ok()).unwrap_or(0);
    tx.set_meta(LAST_NUMBER, Some(&(last + 1).to_string()))?;
    Ok(last + 1)
}
