//! What the outside made of an effect comes back as an event, and may cause further effects.

use super::{Act, alerts, incidents, paging};
use crate::{
    domain::{
        effect::{Audience, Effect},
        event::Event,
        ids::{IncidentId, RoomId},
        incident::{Command, Incident, IncidentEvent, RecordedFact},
    },
    store::{StoreError, Tx},
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
        (Effect::GroupMessage { group }, Ended::Delivered(message)) => alerts::message_posted(tx, *group, message),
        (Effect::PagePerson { page, person, attempt }, ended) => {
            paging::on_attempt(tx, act, (*page, person, *attempt), ended)
        }
        (effect, Ended::GivenUp(why)) => given_up(tx, act, effect, why),
        (_, Ended::Delivered(_) | Ended::Delayed(_)) => Ok(()),
    }
}

/// Giving up is an event that people see in the room, unless it was the telling of a failure that failed.
fn given_up(tx: &mut Tx<'_>, act: Act<'_>, effect: &Effect, why: &str) -> Result<(), StoreError> {
    let Some((incident, what)) = subject(effect) else { return Ok(()) };
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

fn subject(effect: &Effect) -> Option<(IncidentId, &'static str)> {
    match effect {
        Effect::OpenRoom { incident } => Some((*incident, "opening the room")),
        Effect::Invite { incident, .. } => Some((*incident, "inviting people")),
        Effect::UpdateCard { incident } => Some((*incident, "updating the card")),
        Effect::FeedLine { incident } => Some((*incident, "the line in the incidents feed")),
        Effect::RestrictRoom { incident } => Some((*incident, "changing who may enter the room")),
        Effect::Announce { incident, to: Audience::HotRoom, .. } => Some((*incident, "a message in this room")),
        Effect::Announce { incident, to: Audience::Feed(_), .. } => Some((*incident, "a message in the feed")),
        Effect::Announce { incident, to: Audience::Person(_), .. } => Some((*incident, "a direct message")),
        Effect::PageNotice { incident, .. } => Some((*incident, "the line about a page in this room")),
        Effect::ArchiveRoom { incident } => Some((*incident, "archiving the room")),
        Effect::ReopenRoom { incident } => Some((*incident, "opening the room again")),
        Effect::GroupMessage { .. } | Effect::PagePerson { .. } | Effect::UpdatePage { .. } | Effect::Wake(_) => None,
    }
}
