//! What pages say in the chat: to the people paged, in the room that they belong to, and in the rooms that they ask.

use super::{
    ChatCall,
    prepare::{CallResult, NO_SUBJECT, Preparation},
};
use crate::{
    app::{
        Context,
        oncall::{messages::paged_alerts, targets},
    },
    chat::Post,
    deliver::adapter::PreparedCall,
    domain::{
        effect::SkipReason,
        ids::{PageId, PersonId, RoomId},
        incident::Incident,
        oncall::{NextStep, Page},
        people::Actor,
    },
    render::{PageMessage, PageStepPlace, PagedAlerts},
    store::StoreError,
};

impl Preparation<'_> {
    /// A page goes out only while it still asks this person: someone may have answered it meanwhile.
    pub(super) fn page(&self, id: PageId, person: &PersonId, attempt: u32) -> CallResult {
        let Some(page) = self.reads.page(id)? else { return Ok(NO_SUBJECT) };
        if !page.still_asks(person) {
            return Ok(PreparedCall::Skip(SkipReason::PageNotNeeded));
        }
        self.to_paged(&page, person, attempt)
    }

    /// Only what has arrived is edited.
    pub(super) fn page_changed(&self, id: PageId, person: &PersonId, attempt: u32) -> CallResult {
        let Some(page) = self.reads.page(id)? else { return Ok(NO_SUBJECT) };
        if !page.has_reached(person, attempt) {
            return Ok(PreparedCall::Skip(SkipReason::NeverDelivered));
        }
        self.to_paged(&page, person, attempt)
    }

    pub(super) fn page_notice(&self, id: PageId, step: u32, round: u32) -> CallResult {
        let Some(page) = self.reads.page(id)? else { return Ok(NO_SUBJECT) };
        let next = if (page.step, page.round) == (step, round) { self.next_step(&page)? } else { None };
        let place = PageStepPlace { next: next.as_ref(), ..PageStepPlace::new(step, round) };
        let notice = |room| {
            let post = Box::new(self.message_renderer().page_notice(&page, place));
            PreparedCall::Call(ChatCall::Upsert { room, mark: format!("page/{id}/{round}/{step}"), post })
        };
        match (page.incident(), page.spec.room()) {
            (Some(incident), _) => self.in_room(incident, |_, room| Ok(notice(room))),
            (None, Some(room)) => Ok(notice(room.clone())),
            (None, None) => Ok(PreparedCall::Skip(SkipReason::NoMessage)),
        }
    }

    /// What a step asks a room. The room is read by people who may not see a private incident.
    pub(super) fn page_room(&self, id: PageId, room: &RoomId, place: PageStepPlace<'_>) -> CallResult {
        let Some(page) = self.reads.page(id)? else { return Ok(NO_SUBJECT) };
        let PageStepPlace { step, round, .. } = place;
        if !page.is_asking() || (page.step, page.round) != (step, round) {
            return Ok(PreparedCall::Skip(SkipReason::PageNotNeeded));
        }
        let mark = format!("page/{id}/{round}/{step}/{room}");
        let asks = |post| Ok(PreparedCall::Call(ChatCall::Upsert { room: room.clone(), mark, post }));
        match page.incident() {
            Some(incident) => self.with_incident(incident, |incident| {
                if incident.private {
                    return Ok(PreparedCall::Skip(SkipReason::BecamePrivate));
                }
                asks(self.to_room(&page, &incident, place)?)
            }),
            None => asks(Box::new(self.message_renderer().page_room(&page, place))),
        }
    }

    /// What a page about a public incident says in a room.
    fn to_room(&self, page: &Page, incident: &Incident, place: PageStepPlace<'_>) -> Result<Box<Post>, StoreError> {
        let alerts = paged_alerts(self.reads, &self.cx.config, incident)?;
        let place = PageStepPlace { incident: Some(incident), alerts: Some(&alerts), ..place };
        Ok(Box::new(self.message_renderer().page_room(page, place)))
    }

    fn next_step(&self, page: &Page) -> Result<Option<NextStep>, StoreError> {
        let actor = Actor::Machine("page".into());
        let cx = Context { config: &self.cx.config, now: self.cx.now, actor: &actor, request: "page", expect: None };
        targets::next_step(self.reads, cx, page)
    }

    /// Edits what a step asked a room; nothing of an incident that became private stays there.
    pub(super) fn page_room_changed(&self, id: PageId, room: &RoomId, place: PageStepPlace<'_>) -> CallResult {
        let Some(page) = self.reads.page(id)? else { return Ok(NO_SUBJECT) };
        let PageStepPlace { step, round, .. } = place;
        let mark = format!("page/{id}/{round}/{step}/{room}");
        let amend = |post| Ok(PreparedCall::Call(ChatCall::Amend { room: room.clone(), mark, post }));
        match page.incident() {
            Some(incident) => self.with_incident(incident, |incident| {
                amend(if incident.private { self.withdrawal() } else { self.to_room(&page, &incident, place)? })
            }),
            None => amend(Box::new(self.message_renderer().page_room(&page, place))),
        }
    }

    fn to_paged(&self, page: &Page, person: &PersonId, attempt: u32) -> CallResult {
        let direct = |incident: Option<&Incident>, alerts: &PagedAlerts| {
            let post = Box::new(self.message_renderer().page(PageMessage { incident, page, person, attempt, alerts }));
            let mark = format!("page/{}/{attempt}", page.id());
            PreparedCall::Call(ChatCall::UpsertDirect { person: person.clone(), mark, post })
        };
        match page.incident() {
            Some(incident) => self.with_incident(incident, |incident| {
                Ok(direct(Some(&incident), &paged_alerts(self.reads, &self.cx.config, &incident)?))
            }),
            None => Ok(direct(None, &PagedAlerts::default())),
        }
    }
}
