//! What the outside made of an effect comes back as an event, and may cause further effects.

pub use super::delivery_result::DeliveryResult;
use crate::{
    app::{
        Context, alerts,
        oncall::{
            outside,
            paging::{self, AttemptResult},
        },
        reactor::{self, FollowUp, WorkList, contact_messages, status_mirrors},
        system::notices,
        tracker, webhooks,
    },
    chat::builtin,
    domain::{
        effect::{Audience, ChatEffect, DocumentEffect, Effect, MirrorEffect, Receipt, SkipReason, WebhookEffect},
        event::{Event, SystemEvent},
        ids::{IncidentId, PageId, PersonId, Platform, RoomId},
        incident::{Command, DeliveryEvent, Fallback, INCIDENTS_FEED, Incident, IncidentEvent, RecordedFact},
        oncall::AttemptOutcome,
    },
    render::effect_name,
    store::{
        Misplacement, StoreError, Tx,
        chat::{Room, RoomKind},
    },
};

/// Takes the end of a delivery in. Runs in the transaction that settles the row.
pub fn on_outcome(tx: &mut Tx<'_>, cx: Context<'_>, effect: &Effect, ended: &DeliveryResult) -> Result<(), StoreError> {
    reactor::run(tx, cx, |tx, work| take_in(tx, cx, work, effect, ended))
}

fn take_in(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    effect: &Effect,
    ended: &DeliveryResult,
) -> Result<(), StoreError> {
    match (effect, ended) {
        (Effect::Chat(ChatEffect::PagePerson { page, person, attempt }), ended) => {
            let outcome = attempt_outcome(ended);
            let result = AttemptResult { page: *page, person: person.clone(), attempt: *attempt, outcome };
            paging::on_attempt(tx, cx, work, result)
        }
        (Effect::Chat(effect), DeliveryResult::Delivered(receipt)) => on_chat(tx, cx, work, effect, receipt),
        (Effect::Mirror(MirrorEffect::MirrorMessage { room, .. }), DeliveryResult::Delivered(_)) => shown(tx, room),
        (
            Effect::Mirror(MirrorEffect::MirrorRoom { platform, room }),
            DeliveryResult::Delivered(_) | DeliveryResult::Delayed(_) | DeliveryResult::InDoubt(_),
        ) => elsewhere(tx, cx, work, platform, room),
        (Effect::Mirror(MirrorEffect::MirrorMessage { message, .. }), DeliveryResult::GivenUp(why)) => {
            unreachable(tx, cx, work, *message, why)
        }
        (Effect::Webhook(effect), ended) => on_webhook(tx, cx, effect, ended),
        (Effect::Tracker(effect), ended) => tracker::results::on_result(tx, cx, work, effect, ended),
        (Effect::Pager(effect), ended) => outside::results::on_result(tx, cx, work, effect, ended),
        (Effect::Contact(effect), ended) => contact_messages::on_message(tx, cx, work, effect, ended),
        (Effect::Document(effect), DeliveryResult::Delivered(Receipt::Page(page))) => match effect {
            DocumentEffect::PublishPage { wiki, incident, .. } => tx.save_wiki_page(*wiki, *incident, page),
            DocumentEffect::WriteDocument { .. } => Ok(()),
        },
        (Effect::StatusMirror(effect), ended) => status_mirrors::on_status(tx, cx, work, effect, ended),
        (effect, DeliveryResult::GivenUp(why)) => given_up(tx, cx, work, effect, why),
        (
            _,
            DeliveryResult::Delivered(_)
            | DeliveryResult::Skipped(_)
            | DeliveryResult::Delayed(_)
            | DeliveryResult::InDoubt(_),
        ) => Ok(()),
    }
}

/// Records how a webhook fares. A delivery that was given up is no matter of its incident: the room can do nothing about it.
fn on_webhook(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    effect: &WebhookEffect,
    ended: &DeliveryResult,
) -> Result<(), StoreError> {
    match ended {
        DeliveryResult::Delivered(_) => tx.forget_webhook_trouble(effect.webhook()),
        DeliveryResult::Delayed(why) | DeliveryResult::InDoubt(why) => webhooks::failed(tx, cx, effect.webhook(), why),
        DeliveryResult::Skipped(SkipReason::ReceiverGone) => webhooks::gone(tx, cx, effect.webhook()),
        DeliveryResult::Skipped(_) => Ok(()),
        DeliveryResult::GivenUp(why) => {
            let why = format!("{}: {why}", effect.webhook());
            on_poisoned(tx, cx, &effect.clone().into(), &why)
        }
    }
}

fn attempt_outcome(ended: &DeliveryResult) -> AttemptOutcome {
    match ended {
        DeliveryResult::Skipped(_) => AttemptOutcome::NotNeeded,
        DeliveryResult::Delivered(_) => AttemptOutcome::Delivered,
        DeliveryResult::Delayed(why) | DeliveryResult::InDoubt(why) => AttemptOutcome::Delayed { why: why.clone() },
        DeliveryResult::GivenUp(why) => AttemptOutcome::Failed { why: why.clone() },
    }
}

/// Records what was delivered in the chat.
fn on_chat(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    effect: &ChatEffect,
    receipt: &Receipt,
) -> Result<(), StoreError> {
    match (effect, receipt) {
        (ChatEffect::OpenRoom { incident }, Receipt::Room(room)) => {
            let room = Command::RecordRoom { room: room.clone() };
            work.push(cx, FollowUp::RecordInIncident { incident: *incident, command: room });
            Ok(())
        }
        (ChatEffect::Invite { incident, people }, _) => roster_gap(tx, cx, work, *incident, people),
        (ChatEffect::RestrictRoom { incident }, _) => {
            let members = tx.incident(*incident)?.map(|incident| incident.members).unwrap_or_default();
            roster_gap(tx, cx, work, *incident, &members.into_iter().collect::<Vec<_>>())
        }
        (ChatEffect::GroupMessage { group, .. }, Receipt::Post(message)) => alerts::message_posted(tx, *group, message),
        (_, _) => Ok(()),
    }
}

/// Records in the room, once for each, that members of a private incident have no account on the platform: they see
/// the room in the console alone.
fn roster_gap(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: IncidentId,
    people: &[PersonId],
) -> Result<(), StoreError> {
    if !builtin::is_mirrored(tx)? || !tx.incident(id)?.is_some_and(|incident| incident.private) {
        return Ok(());
    }
    for person in people {
        let known = format!("incident/{id}/unlinked/{person}");
        if tx.has_mirror_account(person)? || tx.meta(&known)?.is_some() {
            continue;
        }
        tx.set_meta(&known, Some("told"))?;
        let fact = RecordedFact::AccountUnknown { person: person.clone() };
        work.push(cx, FollowUp::RecordInIncident { incident: id, command: Command::Record(fact) });
    }
    Ok(())
}

/// Notifies people of a row whose result could not be recorded, because what it is about cannot be read.
pub fn on_poisoned(tx: &mut Tx<'_>, cx: Context<'_>, effect: &Effect, why: &str) -> Result<(), StoreError> {
    // A notice that could not be delivered is on the health page; a notice about it would fail in the same way.
    if matches!(effect, Effect::Chat(ChatEffect::Notice { .. })) {
        return Ok(());
    }
    notices::note(tx, cx, SystemEvent::GivenUp { what: effect_name(effect).to_owned(), why: why.to_owned() })
}

/// A person cannot be reached by direct message: a page is shown in the incident's room instead. Anything else that
/// could not be mirrored is in the console and on the health page.
fn unreachable(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    message: i64,
    why: &str,
) -> Result<(), StoreError> {
    let mark = tx.message_mark(message)?.unwrap_or_default();
    let page = mark.strip_prefix("page/").and_then(|rest| PageId::parse(rest.split('/').next()?));
    let Some(page) = page.map(|page| tx.page(page)).transpose()?.flatten() else {
        tracing::warn!(message, why, "a message could not be shown on Discord");
        return not_shown(tx, cx, message, why);
    };
    let direct = tx.message(message)?.map(|message| message.room);
    let person = direct.map(|room| tx.room_members(&room)).transpose()?.unwrap_or_default().into_iter().next();
    let Some(person) = person.filter(|person| page.still_asks(person)) else { return Ok(()) };
    let fact = RecordedFact::PersonUnreachable { page: page.id(), person, why: why.to_owned() };
    if let Some(incident) = page.incident() {
        work.push(cx, FollowUp::RecordInIncident { incident, command: Command::Record(fact) });
    }
    Ok(())
}

/// Notifies the manager that the messages of a room do not reach the platform, and everyone if the room is public.
/// Once for each room until a message arrives in it, because the notice may fail in the same way.
fn not_shown(tx: &mut Tx<'_>, cx: Context<'_>, message: i64, why: &str) -> Result<(), StoreError> {
    let Some(room) = tx.message(message)?.map(|message| message.room) else { return Ok(()) };
    let Some(room) = tx.room(&room)?.filter(|room| room.kind != RoomKind::Direct) else { return Ok(()) };
    let told = not_shown_in(&room.id);
    if tx.meta(&told)?.is_some() {
        return Ok(());
    }
    tx.set_meta(&told, Some("told"))?;
    let (named, readers) = readers(tx, cx, &room)?;
    notices::note_to(tx, cx, SystemEvent::NotShown { room: named, why: why.to_owned() }, readers)
}

/// Notifies the manager that a room is not where it should be on the platform: in the room, or, if there is none,
/// where people can be reached.
fn elsewhere(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    platform: &Platform,
    room: &RoomId,
) -> Result<(), StoreError> {
    let Some(Misplacement { fallback, shortage }) = tx.take_misplacement(platform, room)? else { return Ok(()) };
    let Some(room) = tx.room(room)? else { return Ok(()) };
    if fallback == Fallback::Nowhere {
        let (named, readers) = readers(tx, cx, &room)?;
        return notices::note_to(tx, cx, SystemEvent::NoRoom { room: named, shortage }, readers);
    }
    let Some(incident) = room.incident else { return Ok(()) };
    let fact = RecordedFact::RoomElsewhere { fallback, shortage };
    work.push(cx, FollowUp::RecordInIncident { incident, command: Command::Record(fact) });
    Ok(())
}

/// Who is notified about a room: its manager, and everyone if the room is public. Only then its name is shown.
fn readers(tx: &Tx<'_>, cx: Context<'_>, room: &Room) -> Result<(Option<String>, Vec<Audience>), StoreError> {
    let incident = room.incident.map(|incident| tx.incident(incident)).transpose()?.flatten();
    let private = room.private || incident.as_ref().is_some_and(|incident| incident.private);
    let manager = incident.and_then(|incident| incident.holder(cx.config.policy.manager()).cloned());
    let manager = manager.or_else(|| cx.config.pager.fallback.clone()).map(Audience::Person);
    let feed = (!private).then(|| Audience::Feed(RoomId::from(INCIDENTS_FEED)));
    let named = (!private).then(|| room.id.to_string());
    Ok((named, feed.into_iter().chain(manager).collect()))
}

fn not_shown_in(room: &RoomId) -> String {
    format!("not_shown/{room}")
}

/// A message has arrived in a room: when that ends, people are notified again.
fn shown(tx: &mut Tx<'_>, room: &RoomId) -> Result<(), StoreError> {
    let told = not_shown_in(room);
    if tx.meta(&told)?.is_some() { tx.set_meta(&told, None) } else { Ok(()) }
}

/// Records in the room that an effect was given up, unless it announced such a failure itself. What belongs to no
/// incident is announced in the incidents feed.
fn given_up(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    effect: &Effect,
    why: &str,
) -> Result<(), StoreError> {
    let what = effect_name(effect);
    let Some(incident) = tx.incident_of(&effect.subject())? else { return on_poisoned(tx, cx, effect, why) };
    if let Effect::Chat(ChatEffect::Announce { seq, .. }) = effect {
        let told = tx.event(&Incident::stream(incident), *seq)?.map(|recorded| recorded.event);
        if matches!(told, Some(Event::Incident(IncidentEvent::Delivery(DeliveryEvent::DeliveryFailed { .. })))) {
            return Ok(());
        }
    }
    let fact = RecordedFact::DeliveryFailed { what: what.to_owned(), why: why.to_owned() };
    work.push(cx, FollowUp::RecordInIncident { incident, command: Command::Record(fact) });
    Ok(())
}
