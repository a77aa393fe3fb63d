//! Errands for the other chat platform, which shows what the built-in chat holds.

use chrono::TimeDelta;
use minijinja::{context, value::Serde};

use super::prepare::{Made, PreparedCall};
use crate::{
    chat::{Post, RoomSpec},
    config::Config,
    domain::{Timestamp, ids::RoomId},
    render::Voice,
    store::{
        Reads, StoreError,
        chat::{Author, Message, MessageRange, RoomKind},
    },
};

/// How the likeness of a room should be. A person's direct room has none: it is opened by the first message.
pub(super) fn room(reads: &Reads<'_>, id: &RoomId, now: Timestamp) -> Made {
    let Some(room) = reads.room(id)? else { return Ok(PreparedCall::Nothing("there is no such room")) };
    if room.kind == RoomKind::Direct {
        return Ok(PreparedCall::Nothing("a direct room is opened by its first message"));
    }
    let incident = room.incident.map(|incident| reads.incident(incident)).transpose()?.flatten();
    let private = room.private || incident.as_ref().is_some_and(|incident| incident.private);
    let mut members = reads.room_members(id)?;
    if let Some(incident) = incident {
        members.extend(incident.members);
        members.sort();
        members.dedup();
    }
    let spec = RoomSpec { name: room.name, topic: room.topic, incident: room.incident, private, members, now };
    Ok(PreparedCall::Likeness { spec, archived: room.archived_at.is_some() })
}

/// After how long what was said is not said again on Discord, line by line: nobody reads 500 old messages.
const LATE: TimeDelta = TimeDelta::minutes(10);
/// How many messages one summary stands for.
const SUMMED: usize = 500;
/// What the mark of a summary begins with.
const MISSED: &str = "missed/";

/// What a message says now.
pub(super) fn message(reads: &Reads<'_>, voice: &Voice<'_>, config: &Config, (id, standing): (i64, bool)) -> Made {
    let Some(message) = reads.message(id)? else { return Ok(PreparedCall::Nothing("there is no such message")) };
    let Some(room) = reads.room(&message.room)? else { return Ok(PreparedCall::Nothing("there is no such room")) };
    if room.kind != RoomKind::Direct && !standing && voice.now - message.at > LATE {
        return missed(reads, voice, &message);
    }
    let mut post: Post = serde_json::from_str(&message.body)
        .map_err(|error| StoreError::Corrupt(format!("message {id} is no post: {error}")))?;
    if let Author::Person(person) = &message.author {
        let name = config.person(person).map_or(person.as_str(), |known| known.name.as_str());
        post.title = Some(name.to_owned());
    }
    let (post, mark) = (Box::new(post), mark(id));
    if room.kind != RoomKind::Direct {
        return Ok(PreparedCall::Upsert { room: room.id, mark, post });
    }
    match reads.room_members(&room.id)?.into_iter().next() {
        Some(person) if reads.discord_account(&person)?.is_none() => Ok(PreparedCall::Nothing("no account is known")),
        Some(person) => Ok(PreparedCall::UpsertDirect { person, mark, post }),
        None => Ok(PreparedCall::Nothing("nobody is in the direct room")),
    }
}

/// One summary for all that was said in a room while Discord was out of reach. It names the first and the last message it
/// stands for, so that the rows of those between find that it has been said.
fn missed(reads: &Reads<'_>, voice: &Voice<'_>, first: &Message) -> Made {
    let told = reads.discord_latest(&first.room, MISSED)?;
    let last = told.as_deref().and_then(|mark| mark.rsplit('/').next()?.parse::<i64>().ok());
    if last.is_some_and(|last| first.id <= last) {
        return Ok(PreparedCall::Nothing("it is in the summary"));
    }
    let page = reads.messages(&first.room, MessageRange::After(first.id - 1), SUMMED)?;
    let last = page.items.last().unwrap_or(first);
    let mut count = 0;
    for message in &page.items {
        // What was written there is there.
        count += usize::from(!reads.written_on_discord(message.id)?);
    }
    let context = context! {
        count, from => Serde(first.at), to => Serde(last.at), room => first.room.as_str(),
    };
    let post = Box::new(voice.reply("missed", context));
    let mark = format!("{MISSED}{:020}/{:020}", first.id, last.id);
    Ok(PreparedCall::Upsert { room: first.room.clone(), mark, post })
}

/// What a message is known by on the other platform.
pub(super) fn mark(message: i64) -> String {
    format!("message/{message}")
}
