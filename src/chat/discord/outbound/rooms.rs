//! The channels of rooms: found or made, shown to whom the room is shown to, and moved when it is archived.

use serde::Deserialize;
use serde_json::json;

use super::{Discord, fingerprint, mark};
use crate::{
    chat::{
        discord::client::{
            rest::Failure,
            routes,
            snowflake::{ChannelId, MessageId, Snowflake, UserId},
        },
        markdown::length,
    },
    domain::{
        Timestamp,
        ids::{PersonId, RoomId},
    },
    store::{
        DiscordChannel, Reads, StoreError,
        chat::{Room, RoomKind},
    },
};

use crate::chat::discord::outbound::{
    access::{HISTORY, MEMBER, Overwrite, SEND, VIEW},
    placement::PlacementError,
};

/// Kinds of channels.
pub(super) const TEXT: u8 = 0;
pub(super) const CATEGORY: u8 = 4;
const MAX_NAME: usize = 100;
const MAX_TOPIC: usize = 1024;

/// Discord's code.
pub(super) const UNKNOWN_CHANNEL: u64 = 10003;

/// A channel as the guild's list has it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Listed {
    pub(super) id: ChannelId,
    #[serde(rename = "type")]
    pub(super) kind: u8,
    pub(super) name: Option<String>,
    pub(super) topic: Option<String>,
    pub(super) parent_id: Option<ChannelId>,
    pub(super) last_message_id: Option<MessageId>,
    #[serde(default)]
    pub(super) permission_overwrites: Vec<Overwrite>,
}

#[derive(Deserialize)]
pub(super) struct Made {
    pub(super) id: ChannelId,
}

/// How the channel of a room should be.
#[derive(Clone, Debug)]
pub(in crate::chat::discord) struct Wanted {
    pub(in crate::chat::discord) room: Room,
    pub(in crate::chat::discord) private: bool,
    pub(in crate::chat::discord) members: Vec<PersonId>,
    pub(in crate::chat::discord) archived: bool,
}

impl Wanted {
    /// The mark by which the channel of an incident is known again.
    pub(super) fn mark(&self) -> Option<String> {
        self.room.incident.map(|incident| mark(&format!("room/{incident}")))
    }

    /// The channel that is there already: a hot room's by its mark, another's by its name.
    pub(super) fn found_in<'a>(&self, guild: &'a [Listed]) -> Option<&'a Listed> {
        let name = channel_name(&self.room.name);
        let ours = |listed: &&Listed| match self.mark() {
            Some(mark) => listed.topic.as_deref().is_some_and(|topic| topic.ends_with(&mark)),
            None => listed.name.as_deref() == Some(&name),
        };
        guild.iter().filter(|listed| listed.kind == TEXT).find(ours)
    }

    /// Whether the channel is as the guild's people want it: those of feeds and teams are theirs, unless we shut them.
    fn is_theirs(&self) -> bool {
        self.room.kind != RoomKind::Hot && !self.private && !self.archived
    }

    /// A hash of what is applied to the channel.
    pub(super) fn applied(&self, members: &[UserId]) -> String {
        let members = if self.private { members } else { &[] };
        fingerprint(&format!("{} {members:?} {}", self.private, self.archived))
    }

    /// The same for a thread: its members are added, whoever may see it.
    fn applied_in_thread(&self, members: &[UserId]) -> String {
        fingerprint(&format!("thread {} {members:?} {}", self.private, self.archived))
    }

    /// How the channel of a room should be, by the record; none: there is no such room.
    fn read(reads: &Reads<'_>, id: &RoomId) -> Result<Option<Self>, StoreError> {
        let Some(room) = reads.room(id)? else { return Ok(None) };
        let incident = room.incident.map(|incident| reads.incident(incident)).transpose()?.flatten();
        let mut members = reads.room_members(id)?;
        let private = room.private || incident.as_ref().is_some_and(|incident| incident.private);
        members.extend(incident.into_iter().flat_map(|incident| incident.members));
        members.sort();
        members.dedup();
        Ok(Some(Self { archived: room.archived_at.is_some(), room, private, members }))
    }

    pub(super) fn topic(&self) -> String {
        let Some(mark) = self.mark() else { return cut(&self.room.topic, MAX_TOPIC) };
        let topic = cut(&self.room.topic, MAX_TOPIC - length(&mark) - 3);
        if topic.is_empty() { mark } else { format!("{topic} · {mark}") }
    }
}

fn cut(text: &str, max: usize) -> String {
    // A grapheme has at least one unit, so that this ends.
    let mut graphemes = max;
    loop {
        let cut = crate::domain::text::cut(text, graphemes);
        if length(&cut) <= max {
            return cut;
        }
        graphemes -= (length(&cut) - max).div_ceil(8);
    }
}

/// A name as Discord keeps those of text channels.
pub(super) fn channel_name(name: &str) -> String {
    let plain = |c: char| if c.is_whitespace() { '-' } else { c };
    name.to_lowercase().chars().map(plain).take(MAX_NAME).collect()
}

/// A store that does not answer holds a call up; it does not end it.
pub(in crate::chat::discord) fn of_store(error: StoreError) -> Failure {
    Failure::not_now(error.to_string())
}

/// Where a room is.
#[derive(Clone, Debug)]
pub(in crate::chat::discord) struct Spot {
    pub(in crate::chat::discord) channel: ChannelId,
    /// When it is a thread: how its room should be.
    pub(in crate::chat::discord) thread: Option<Wanted>,
    applied: String,
}

impl Discord {
    /// The channel or thread of a room; it is made when there is none.
    pub(in crate::chat::discord) async fn channel(&self, room: &RoomId, now: Timestamp) -> Result<ChannelId, Failure> {
        self.spot(room, now).await.map(|spot| spot.channel)
    }

    /// The same, with what is known of it.
    pub(in crate::chat::discord) async fn spot(&self, room: &RoomId, now: Timestamp) -> Result<Spot, Failure> {
        if let Some(known) = self.known(room, now).await? {
            return Ok(known);
        }
        let wanted = self.wanted(room).await?;
        self.place(&wanted, now).await.map_err(PlacementError::failure)?;
        let lost = || Failure::not_now(format!("the channel of {room} was deleted as soon as it was made"));
        self.known(room, now).await?.ok_or_else(lost)
    }

    async fn note_channel(&self, room: &RoomId, spot: &Spot, applied: String) -> Result<(), Failure> {
        let (room, number) = (room.clone(), spot.channel.0.get());
        let noted = self.store.transact_urgent(move |tx| {
            let known = tx.discord_channel(&room)?.filter(|known| known.channel == number);
            known.map_or(Ok(()), |known| {
                tx.set_discord_channel(&room, &DiscordChannel { applied: applied.clone(), ..known })
            })
        });
        noted.await.map_err(of_store)
    }

    /// Makes the channel of a room be as the room is: who sees it, and whether it is open.
    pub(in crate::chat::discord) async fn adjust(
        &self,
        room: &RoomId,
        wanted: &Wanted,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let spot = self.spot(room, now).await?;
        let members = self.users(&wanted.members).await?;
        let in_thread = spot.thread.is_some();
        let applied = if in_thread { wanted.applied_in_thread(&members) } else { wanted.applied(&members) };
        if spot.applied == applied || spot.applied.is_empty() && wanted.is_theirs() {
            return Ok(());
        }
        if in_thread {
            self.adjust_thread(spot.channel, wanted, (&members, spot.applied.is_empty())).await?;
        } else {
            self.adjust_channel(spot.channel, wanted, &members).await?;
        }
        self.note_channel(room, &spot, applied).await
    }

    async fn adjust_channel(&self, channel: ChannelId, wanted: &Wanted, members: &[UserId]) -> Result<(), Failure> {
        let alone = self.making.lock().await;
        let guild = self.list().await?;
        let mut change = json!({});
        let present = guild.iter().find(|listed| listed.id == channel);
        let here = present.and_then(|listed| listed.parent_id);
        // The channels of feeds and teams stay where the guild's people have put them, and those for which there is no
        // category with a place left stay where they are.
        let parent = match wanted.room.kind {
            RoomKind::Hot => self.category(wanted.archived, &guild, present).await.or_else(full)?,
            RoomKind::Feed | RoomKind::Team | RoomKind::Direct => None,
        };
        if let Some(parent) = parent {
            change["parent_id"] = json!(parent);
        }
        let inherited = guild.iter().find(|listed| Some(listed.id) == parent.or(here));
        let inherited = inherited.map_or(&[][..], |category| &category.permission_overwrites);
        change["permission_overwrites"] = json!(self.overwrites(wanted, members, inherited).await?);
        let edit = routes::edit_channel(channel, &change).because(&wanted.room.name);
        let edited = self.rest.call(edit).await;
        drop(alone);
        self.or_forget(channel, edited).await.map_err(|failure| PlacementError::from(failure).failure())?;
        Ok(())
    }

    /// Lets people into a private room's channel, and adds them to a thread.
    pub(in crate::chat::discord) async fn admit(
        &self,
        room: &RoomId,
        people: &[PersonId],
        now: Timestamp,
    ) -> Result<(), Failure> {
        let spot = self.spot(room, now).await?;
        let users = self.users(people).await?;
        if spot.thread.is_some() {
            return self.add(spot.channel, &users).await;
        }
        if !self.wanted(room).await?.private {
            return Ok(());
        }
        for user in users {
            let overwrite = json!({ "type": MEMBER, "allow": (VIEW | SEND | HISTORY).to_string(), "deny": "0" });
            let set = routes::set_permission(spot.channel, user.0, &overwrite).because(room.as_str());
            let set = self.rest.call(set).await;
            self.or_forget(spot.channel, set).await?;
        }
        Ok(())
    }

    /// How the channel of a room should be, by the record.
    pub(in crate::chat::discord) async fn wanted(&self, room: &RoomId) -> Result<Wanted, Failure> {
        let id = room.clone();
        let read = self.store.read(move |reads| Wanted::read(reads, &id));
        let none = || Failure::Impossible(format!("there is no room {room}"));
        read.await.map_err(of_store)?.ok_or_else(none)
    }

    /// A channel that is gone is forgotten, so that the next try makes a new one.
    pub(in crate::chat::discord) async fn or_forget<T>(
        &self,
        channel: ChannelId,
        done: Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Err(failure) = done else { return done };
        if failure.code() != Some(UNKNOWN_CHANNEL) {
            return Err(failure);
        }
        let number = channel.0.get();
        let forgotten = self.store.transact_urgent(move |tx| tx.forget_discord_channel(number));
        forgotten.await.map_err(of_store)?;
        let why = format!("the channel {channel} was deleted on Discord; another is made in its place");
        tracing::warn!("{why}");
        Err(Failure::NotNow { after: Some(std::time::Duration::ZERO), why })
    }

    /// Where a room is known to be. A thread that is seen by others than the room should be is left, for good.
    pub(super) async fn known(&self, room: &RoomId, now: Timestamp) -> Result<Option<Spot>, Failure> {
        let id = room.clone();
        let known = self.store.read(move |reads| {
            let Some(known) = reads.discord_channel(&id)? else { return Ok(None) };
            let wanted = if known.thread.is_some() { Wanted::read(reads, &id)? } else { None };
            Ok(Some((known, wanted)))
        });
        let Some((known, thread)) = known.await.map_err(of_store)? else { return Ok(None) };
        let Some(channel) = Snowflake::new(known.channel).map(ChannelId) else { return Ok(None) };
        let private = known.thread.is_some_and(|thread| thread.private);
        if thread.as_ref().is_some_and(|wanted| wanted.private != private) {
            self.vacate(channel, now).await?;
            return Ok(None);
        }
        Ok(Some(Spot { channel, thread, applied: known.applied }))
    }
}

/// A guild that takes no further category leaves a room where it is.
fn full(failure: Failure) -> Result<Option<ChannelId>, Failure> {
    match PlacementError::from(failure) {
        PlacementError::Lacks(..) => Ok(None),
        PlacementError::Failed(failure) => Err(failure),
    }
}
