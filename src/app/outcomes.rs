//! What the outside made of an effect comes back as an event, and may cause further effects.

use super::{Act, alerts, incidents, notices, paging};
use crate::{
    chat::local,
    domain::{
        effect::{Audience, Effect, Wake},
        event::{Event, SystemEvent},
        ids::{IncidentId, PageId, PersonId, RoomId},
        incident::{Command, INCIDENTS_FEED, Incident, IncidentEvent, RecordedFact, Stead},
    },
    store::{
        StoreError, Tx,
        chat::{Room, RoomKind},
    },
};

/// How a delivery ended, for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It happened; what the outside calls it.
    Delivered(String),
    /// It will not happen any more.
    GivenUp(String),
    /// It is tried again; this is why.
    Delayed(String),
}

/// Takes the end of a delivery in. Runs in the transaction that settles the row.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn on_outcome(tx: &mut Tx<'_>, act: Act<'_>, effect: &Effect, ended: &Ended) -> Result<(), StoreError> {
    match (effect, ended) {
        (Effect::OpenRoom { incident }, Ended::Delivered(room)) => {
            let room = Command::RecordRoom { room: RoomId::new(room.clone()) };
            incidents::command_in(tx, act, *incident, &room)?.ok();
            Ok(())
        }
        (Effect::Invite { incident, people }, Ended::Delivered(_)) => roster_gap(tx, act, *incident, people),
        (Effect::RestrictRoom { incident }, Ended::Delivered(_)) => {
            let members = tx.incident(*incident)?.map(|incident| incident.members).unwrap_or_default();
            roster_gap(tx, act, *incident, &members.into_iter().collect::<Vec<_>>())
        }
        (Effect::GroupMessage { group, .. }, Ended::Delivered(message)) => alerts::message_posted(tx, *group, message),
        (Effect::PagePerson { page, person, attempt }, ended) => {
            paging::on_attempt(tx, act, (*page, person, *attempt), ended)
        }
        (Effect::MirrorMessage { room, .. }, Ended::Delivered(_)) => shown(tx, room),
        (Effect::MirrorRoom { room }, Ended::Delivered(_) | Ended::Delayed(_)) => elsewhere(tx, act, room),
        (Effect::MirrorMessage { message, .. }, Ended::GivenUp(why)) => unreachable(tx, act, *message, why),
        (effect, Ended::GivenUp(why)) => given_up(tx, act, effect, why),
        (_, Ended::Delivered(_) | Ended::Delayed(_)) => Ok(()),
    }
}

/// Members of a private incident of whom no account is known see its room in the console alone: the room is told, once for
/// each.
fn roster_gap(tx: &mut Tx<'_>, act: Act<'_>, id: IncidentId, people: &[PersonId]) -> Result<(), StoreError> {
    if !local::is_mirrored(tx)? || !tx.incident(id)?.is_some_and(|incident| incident.private) {
        return Ok(());
    }
    for person in people {
        let known = format!("incident/{id}/unlinked/{person}");
        if tx.discord_account(person)?.is_some() || tx.meta(&known)?.is_some() {
            continue;
        }
        tx.set_meta(&known, Some("told"))?;
        let fact = RecordedFact::NotOnDiscord { person: person.clone() };
        incidents::command_in(tx, act, id, &Command::Record(fact))?.ok();
    }
    Ok(())
}

/// A row whose end could not be taken in, because what it is about cannot be read: people are told of the row alone.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn on_poisoned(tx: &mut Tx<'_>, act: Act<'_>, effect: &Effect, why: &str) -> Result<(), StoreError> {
    // A notice that cannot be told is on the health page; a notice of it would fare no better.
    if matches!(effect, Effect::Notice { .. }) {
        return Ok(());
    }
    notices::note(tx, act, SystemEvent::GivenUp { what: name(effect).to_owned(), why: why.to_owned() })
}

/// Someone takes no direct messages on Discord: a page is told in the incident's room instead. Anything else that could
/// not be shown there is still in the console, and on the health page.
fn unreachable(tx: &mut Tx<'_>, act: Act<'_>, message: i64, why: &str) -> Result<(), StoreError> {
    let mark = tx.message_mark(message)?.unwrap_or_default();
    let page = mark.strip_prefix("page/").and_then(|rest| PageId::parse(rest.split('/').next()?));
    let Some(page) = page.map(|page| tx.page(page)).transpose()?.flatten() else {
        tracing::warn!(message, why, "a message could not be shown on Discord");
        return not_shown(tx, act, message, why);
    };
    let direct = tx.message(message)?.map(|message| message.room);
    let person = direct.map(|room| tx.room_members(&room)).transpose()?.unwrap_or_default().into_iter().next();
    let Some(person) = person.filter(|person| page.still_asks(person)) else { return Ok(()) };
    let fact = RecordedFact::PersonUnreachable { person, why: why.to_owned() };
    incidents::command_in(tx, act, page.spec.incident, &Command::Record(fact))?.ok();
    Ok(())
}

/// A room whose messages do not reach Discord: the manager is told, and everyone if the room is for everyone. Once for each
/// room, until something arrives in it: the telling may fail in the same way.
fn not_shown(tx: &mut Tx<'_>, act: Act<'_>, message: i64, why: &str) -> Result<(), StoreError> {
    let Some(room) = tx.message(message)?.map(|message| message.room) else { return Ok(()) };
    let Some(room) = tx.room(&room)?.filter(|room| room.kind != RoomKind::Direct) else { return Ok(()) };
    let told = not_shown_in(&room.id);
    if tx.meta(&told)?.is_some() {
        return Ok(());
    }
    tx.set_meta(&told, Some("told"))?;
    let (named, readers) = readers(tx, act, &room)?;
    notices::note_to(tx, act, SystemEvent::NotShown { room: named, why: why.to_owned() }, readers)
}

/// A room that is not where it should be on Discord: the manager is told in the room, or, when it is nowhere, where people
/// still are.
fn elsewhere(tx: &mut Tx<'_>, act: Act<'_>, room: &RoomId) -> Result<(), StoreError> {
    let Some((stead, lack)) = tx.tell_shortage(room)? else { return Ok(()) };
    let Some(room) = tx.room(room)? else { return Ok(()) };
    if stead == Stead::Nowhere {
        let (named, readers) = readers(tx, act, &room)?;
        return notices::note_to(tx, act, SystemEvent::NoRoom { room: named, lack }, readers);
    }
    let Some(incident) = room.incident else { return Ok(()) };
    let fact = RecordedFact::RoomElsewhere { stead, lack };
    incidents::command_in(tx, act, incident, &Command::Record(fact))?.ok();
    Ok(())
}

/// Who is told of a room: its manager, and everyone if the room is for everyone, who are then told its name.
fn readers(tx: &Tx<'_>, act: Act<'_>, room: &Room) -> Result<(Option<String>, Vec<Audience>), StoreError> {
    let incident = room.incident.map(|incident| tx.incident(incident)).transpose()?.flatten();
    let private = room.private || incident.as_ref().is_some_and(|incident| incident.private);
    let manager = incident.and_then(|incident| incident.holder(act.config.policy.manager()).cloned());
    let manager = manager.or_else(|| act.config.pager.fallback.clone()).map(Audience::Person);
    let feed = Some(Audience::Feed(RoomId::from(INCIDENTS_FEED))).filter(|_| !private);
    let named = Some(room.id.to_string()).filter(|_| !private);
    Ok((named, feed.into_iter().chain(manager).collect()))
}

fn not_shown_in(room: &RoomId) -> String {
    format!("not_shown/{room}")
}

/// Something has arrived in a room: when that ends, people are told again.
fn shown(tx: &mut Tx<'_>, room: &RoomId) -> Result<(), StoreError> {
    let told = not_shown_in(room);
    if tx.meta(&told)?.is_some() { tx.set_meta(&told, None) } else { Ok(()) }
}

/// Giving up is an event that people see in the room, unless it was the telling of a failure that failed. What belongs
/// to no incident is told in the incidents feed.
fn given_up(tx: &mut Tx<'_>, act: Act<'_>, effect: &Effect, why: &str) -> Result<(), StoreError> {
    let what = name(effect);
    let Some(incident) = incident_of(tx, effect)? else { return on_poisoned(tx, act, effect, why) };
    if let Effect::Announce { seq, .. } = effect {
        let told = tx.event(&Incident::stream(incident), *seq)?.map(|recorded| recorded.event);
        if matches!(told, Some(Event::Incident(IncidentEvent::DeliveryFailed { .. }))) {
            return Ok(());
        }
    }
    let fact = RecordedFact::DeliveryFailed { what: what.to_owned(), why: why.to_owned() };
    incidents::command_in(tx, act, incident, &Command::Record(fact))?.ok();
    Ok(())
}

fn incident_of(tx: &Tx<'_>, effect: &Effect) -> Result<Option<IncidentId>, StoreError> {
    Ok(match effect {
        Effect::OpenRoom { incident }
        | Effect::Invite { incident, .. }
        | Effect::UpdateCard { incident }
        | Effect::FeedLine { incident }
        | Effect::RestrictRoom { incident }
        | Effect::Announce { incident, .. }
        | Effect::ReviseAnnouncement { incident, .. }
        | Effect::PageNotice { incident, .. }
        | Effect::ArchiveRoom { incident }
        | Effect::ReopenRoom { incident }
        | Effect::Wake(Wake::UpdateDue { incident } | Wake::MoveGroups { into: incident, .. }) => Some(*incident),
        Effect::PagePerson { page, .. } | Effect::UpdatePage { page, .. } | Effect::Wake(Wake::Escalate { page }) => {
            tx.page(*page)?.map(|page| page.spec.incident)
        }
        Effect::GroupMessage { group, .. }
        | Effect::GroupNotice { group, .. }
        | Effect::Wake(Wake::FlushGroup { group, .. } | Wake::DeclareRule { group } | Wake::ExpireAlerts { group }) => {
            tx.group(*group)?.and_then(|group| group.incident)
        }
        Effect::MirrorRoom { room } => tx.room(room)?.and_then(|room| room.incident),
        Effect::Notice { .. }
        | Effect::ConfirmSubscription { .. }
        | Effect::MirrorMessage { .. }
        | Effect::StormMessage { .. }
        | Effect::Wake(
            Wake::StormOver { .. }
            | Wake::Silence { .. }
            | Wake::SourceSilent { .. }
            | Wake::HeartbeatDue { .. }
            | Wake::Inhibit { .. }
            | Wake::RulesChanged { .. },
        ) => None,
    })
}

/// What was to be done, in the words of people.
fn name(effect: &Effect) -> &'static str {
    match effect {
        Effect::OpenRoom { .. } => "opening the room",
        Effect::Invite { .. } => "inviting people",
        Effect::UpdateCard { .. } => "updating the card",
        Effect::FeedLine { .. } => "the line in the incidents feed",
        Effect::RestrictRoom { .. } => "changing who may enter the room",
        Effect::Announce { to: Audience::HotRoom, .. } => "a message in this room",
        Effect::Announce { to: Audience::Feed(_), .. } | Effect::ReviseAnnouncement { .. } => "a message in the feed",
        Effect::Announce { to: Audience::Person(_), .. } => "a direct message",
        Effect::ArchiveRoom { .. } => "archiving the room",
        Effect::ReopenRoom { .. } => "opening the room again",
        Effect::GroupMessage { .. } => "the message of a group of alerts",
        Effect::StormMessage { .. } => "the summary of a storm of alerts",
        Effect::GroupNotice { .. } => "a line about a group of alerts",
        Effect::PagePerson { .. } => "a page",
        Effect::UpdatePage { .. } => "editing a page that was sent",
        Effect::PageNotice { .. } => "the line about a page in this room",
        Effect::Notice { .. } => "a notice",
        Effect::ConfirmSubscription { .. } => "confirming a subscription at Amazon SNS",
        Effect::Wake(Wake::UpdateDue { .. }) => "the reminder to post an update",
        Effect::Wake(Wake::Escalate { .. }) => "the next step of a page",
        Effect::Wake(Wake::FlushGroup { .. }) => "telling news of a group of alerts",
        Effect::Wake(Wake::StormOver { .. }) => "looking whether a feed is calm again",
        Effect::Wake(Wake::DeclareRule { .. }) => "looking whether alerts open an incident",
        Effect::Wake(Wake::MoveGroups { .. }) => "moving the alerts of a merged incident",
        Effect::Wake(Wake::ExpireAlerts { .. }) => "ending alerts that nobody repeats",
        Effect::Wake(Wake::SourceSilent { .. }) => "looking whether a source is silent",
        Effect::Wake(Wake::HeartbeatDue { .. }) => "looking whether a heartbeat came",
        Effect::Wake(Wake::Silence { .. }) => "beginning or ending a silence",
        Effect::Wake(Wake::Inhibit { .. } | Wake::RulesChanged { .. }) => "muting what other alerts inhibit",
        Effect::MirrorRoom { .. } => "showing a room on Discord",
        Effect::MirrorMessage { .. } => "showing a message on Discord",
    }
}
