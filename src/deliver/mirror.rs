//! Another chat platform, which shows the rooms of the chat.

use std::sync::Arc;

use chrono::TimeDelta;
use minijinja::{context, value::Serde};

use super::{
    adapter::{Adapter, PrepareContext, PreparedCall},
    chat,
    chat::ChatCall,
};
use crate::{
    chat::{Chat, Post, RoomSpec},
    domain::{
        Timestamp,
        effect::{MirrorEffect, Outcome, Receipt, SkipReason},
        ids::{Platform, RoomId},
    },
    render::MessageRenderer,
    store::{
        Reads, StoreError,
        chat::{Author, Message, MessageRange, RoomKind},
    },
};

/// Messages older than this are not repeated there one by one, but counted in one summary: nobody reads 500 old messages.
const LATE: TimeDelta = TimeDelta::minutes(10);
/// How many messages one summary stands for.
const SUMMED: usize = 500;
/// What the reference key of a summary begins with.
const MISSED: &str = "missed/";

type CallResult = Result<PreparedCall<ChatCall>, StoreError>;

/// Sends to the platform that mirrors the chat.
pub(super) struct MirrorAdapter {
    platform: Arc<dyn Chat>,
}

impl MirrorAdapter {
    pub(super) fn new(platform: Arc<dyn Chat>) -> Self {
        Self { platform }
    }
}

impl Adapter for MirrorAdapter {
    type Effect = MirrorEffect;
    type Call = ChatCall;

    fn prepare(&self, cx: &PrepareContext, reads: &Reads<'_>, effect: &MirrorEffect) -> CallResult {
        match effect {
            MirrorEffect::MirrorRoom { room, .. } => prepare_room(reads, room, cx.now),
            MirrorEffect::MirrorMessage { platform, message, standing, .. } => {
                prepare_message(cx, reads, platform, *message, *standing)
            }
        }
    }

    async fn send(&self, call: ChatCall, now: Timestamp) -> Outcome<Receipt> {
        chat::send(self.platform.as_ref(), call, now).await
    }
}

/// How a room should be there. A person's direct room is opened by its first message.
fn prepare_room(reads: &Reads<'_>, id: &RoomId, now: Timestamp) -> CallResult {
    let Some(room) = reads.room(id)? else { return Ok(PreparedCall::Skip(SkipReason::NoSubject)) };
    if room.kind == RoomKind::Direct {
        return Ok(PreparedCall::Skip(SkipReason::OpenedByFirstMessage));
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
    Ok(PreparedCall::Call(ChatCall::SyncRoom { spec, archived: room.archived_at.is_some() }))
}

/// What a message says now.
fn prepare_message(cx: &PrepareContext, reads: &Reads<'_>, platform: &Platform, id: i64, standing: bool) -> CallResult {
    let Some(message) = reads.message(id)? else { return Ok(PreparedCall::Skip(SkipReason::NoSubject)) };
    let Some(room) = reads.room(&message.room)? else { return Ok(PreparedCall::Skip(SkipReason::NoSubject)) };
    if room.kind != RoomKind::Direct && !standing && cx.now - message.at > LATE {
        return missed(cx, reads, platform, &message);
    }
    let mut post: Post = serde_json::from_str(&message.body)
        .map_err(|error| StoreError::Corrupt(format!("message {id} is no post: {error}")))?;
    if let Author::Person(person) = &message.author {
        let name = cx.config.person(person).map_or(person.as_str(), |known| known.name.as_str());
        post.title = Some(name.to_owned());
    }
    let (post, mark) = (Box::new(post), format!("message/{id}"));
    if room.kind != RoomKind::Direct {
        return Ok(PreparedCall::Call(ChatCall::Upsert { room: room.id, mark, post }));
    }
    match reads.room_members(&room.id)?.into_iter().next() {
        Some(person) if reads.mirror_account(platform, &person)?.is_none() => {
            Ok(PreparedCall::Skip(SkipReason::NoAccount))
        }
        Some(person) => Ok(PreparedCall::Call(ChatCall::UpsertDirect { person, mark, post })),
        None => Ok(PreparedCall::Skip(SkipReason::EmptyRoom)),
    }
}

/// One summary for all messages of a room while the platform was out of reach. Its reference key names the first and the
/// last message it stands for, so that the rows of those between find it.
fn missed(cx: &PrepareContext, reads: &Reads<'_>, platform: &Platform, first: &Message) -> CallResult {
    let latest = reads.last_mirror_mark(platform, &first.room, MISSED)?;
    let last = latest.as_deref().and_then(|mark| mark.rsplit('/').next()?.parse::<i64>().ok());
    if last.is_some_and(|last| first.id <= last) {
        return Ok(PreparedCall::Skip(SkipReason::InMissedSummary));
    }
    let page = reads.messages(&first.room, MessageRange::After(first.id - 1), SUMMED)?;
    let last = page.items.last().unwrap_or(first);
    let mut count = 0;
    for message in &page.items {
        // A message that was written there is not missing there.
        count += usize::from(!reads.is_received(platform, message.id)?);
    }
    let context = context! {
        count, from => Serde(first.at), to => Serde(last.at), room => first.room.as_str(),
    };
    let voice = MessageRenderer::new(&cx.app.renderer, &cx.config, cx.now);
    let post = Box::new(voice.reply("missed", context));
    let mark = format!("{MISSED}{:020}/{:020}", first.id, last.id);
    Ok(PreparedCall::Call(ChatCall::Upsert { room: first.room.clone(), mark, post }))
}
