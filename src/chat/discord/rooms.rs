//! The channels of rooms: found or made, shown to whom the room is shown to, and moved when it is archived.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    mirror::{Discord, fingerprint, mark},
    rest::Failure,
    routes,
    snowflake::{ChannelId, MessageId, Snowflake, UserId},
};
use crate::{
    chat::markdown::length,
    domain::ids::{PersonId, RoomId},
    store::{
        StoreError,
        chat::{Room, RoomKind},
    },
};

/// Kinds of channels.
const TEXT: u8 = 0;
const CATEGORY: u8 = 4;
/// How many channels Discord allows in a category and in a guild, and when people are told that it gets tight.
const IN_CATEGORY: usize = 50;
const IN_GUILD: usize = 500;
const TIGHT: usize = 450;
const MAX_NAME: usize = 100;
const MAX_TOPIC: usize = 1024;
/// How many categories of one name are opened: as many as a guild has room for.
const CATEGORIES: usize = IN_GUILD / IN_CATEGORY;

/// Permission bits. Overwrites are never read into a type that drops bits it does not know.
const VIEW: u64 = 1 << 10;
const SEND: u64 = 1 << 11;
const HISTORY: u64 = 1 << 16;
/// Whom an overwrite is for.
const ROLE: u8 = 0;
const MEMBER: u8 = 1;

/// Discord's codes.
const UNKNOWN_CHANNEL: u64 = 10003;
const GUILD_FULL: u64 = 30013;
/// What stands in the details when a category is full; it has no code of its own.
const CATEGORY_FULL: &str = "CHANNEL_PARENT_MAX_CHANNELS";

/// A channel as the guild's list has it.
#[derive(Clone, Debug, Deserialize)]
struct Listed {
    id: ChannelId,
    #[serde(rename = "type")]
    kind: u8,
    name: Option<String>,
    topic: Option<String>,
    parent_id: Option<ChannelId>,
    last_message_id: Option<MessageId>,
    #[serde(default)]
    permission_overwrites: Vec<Overwrite>,
}

/// What one role or member may do in a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Overwrite {
    id: Snowflake,
    #[serde(rename = "type")]
    kind: u8,
    #[serde(default = "none")]
    allow: String,
    #[serde(default = "none")]
    deny: String,
}

fn none() -> String {
    "0".to_owned()
}

impl Overwrite {
    fn new(id: Snowflake, kind: u8, allow: u64, deny: u64) -> Self {
        Self { id, kind, allow: allow.to_string(), deny: deny.to_string() }
    }
}

#[derive(Deserialize)]
struct Made {
    id: ChannelId,
}

/// How the channel of a room should be.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) room: Room,
    pub(super) private: bool,
    pub(super) members: Vec<PersonId>,
    pub(super) archived: bool,
}

impl Wanted {
    /// The mark by which the channel of an incident is known again.
    fn mark(&self) -> Option<String> {
        self.room.incident.map(|incident| mark(&format!("room/{incident}")))
    }

    /// The channel that is there already: a hot room's by its mark, another's by its name.
    fn found_in<'a>(&self, guild: &'a [Listed]) -> Option<&'a Listed> {
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
    fn applied(&self, members: &[UserId]) -> String {
        let members = if self.private { members } else { &[] };
        fingerprint(&format!("{} {members:?} {}", self.private, self.archived))
    }

    fn topic(&self) -> String {
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
fn channel_name(name: &str) -> String {
    let plain = |c: char| if c.is_whitespace() { '-' } else { c };
    name.to_lowercase().chars().map(plain).take(MAX_NAME).collect()
}

/// A store that does not answer holds a call up; it does not end it.
pub(super) fn of_store(error: StoreError) -> Failure {
    Failure::not_now(error.to_string())
}

impl Discord {
    /// The channel of a room; it is made when there is none.
    pub(super) async fn channel(&self, room: &RoomId) -> Result<ChannelId, Failure> {
        if let Some(known) = self.known_channel(room).await? {
            return Ok(known);
        }
        // Two that make it at once would make two.
        let _alone = self.making.lock().await;
        if let Some(known) = self.known_channel(room).await? {
            return Ok(known);
        }
        let wanted = self.wanted(room).await?;
        let guild: Vec<Listed> = self.rest.ask(routes::channels(self.guild()?)).await?;
        let (channel, applied, read) = match wanted.found_in(&guild) {
            // What people wrote in a channel of their own before it became ours is theirs.
            Some(listed) if wanted.mark().is_none() => (listed.id, String::new(), listed.last_message_id),
            Some(listed) => (listed.id, String::new(), None),
            None => {
                let (channel, applied) = self.make(&wanted, &guild).await?;
                (channel, applied, None)
            }
        };
        self.note_channel(room, channel, applied).await?;
        let read = read.map_or(channel.0, |message| message.0);
        let noted = self.store.transact_urgent(move |tx| tx.channel_read(channel.0.get(), read.get()));
        noted.await.map_err(of_store)?;
        self.new_channel.notify_one();
        Ok(channel)
    }

    async fn note_channel(&self, room: &RoomId, channel: ChannelId, applied: String) -> Result<(), Failure> {
        let (room, number) = (room.clone(), channel.0.get());
        let noted = self.store.transact_urgent(move |tx| tx.set_discord_channel(&room, number, &applied));
        noted.await.map_err(of_store)
    }

    /// Makes the channel of a room be as the room is: who sees it, and whether it is open.
    pub(super) async fn adjust(&self, room: &RoomId, wanted: &Wanted) -> Result<(), Failure> {
        let channel = self.channel(room).await?;
        let members = self.users(&wanted.members).await?;
        let applied = wanted.applied(&members);
        let id = room.clone();
        let before = self.store.read(move |reads| reads.discord_channel(&id)).await.map_err(of_store)?;
        let before = before.map_or_else(String::new, |known| known.applied);
        if before == applied || before.is_empty() && wanted.is_theirs() {
            return Ok(());
        }
        let alone = self.making.lock().await;
        let guild: Vec<Listed> = self.rest.ask(routes::channels(self.guild()?)).await?;
        let mut change = json!({});
        let present = guild.iter().find(|listed| listed.id == channel);
        // The channels of feeds and teams stay where the guild's people have put them.
        let parent = if wanted.room.kind == RoomKind::Hot {
            let parent = self.category(wanted.archived, &guild, present).await?;
            change["parent_id"] = json!(parent);
            Some(parent)
        } else {
            present.and_then(|listed| listed.parent_id)
        };
        let inherited = guild.iter().find(|listed| Some(listed.id) == parent);
        let inherited = inherited.map_or(&[][..], |category| &category.permission_overwrites);
        change["permission_overwrites"] = json!(self.overwrites(wanted, &members, inherited).await?);
        let edit = routes::edit_channel(channel, &change).because(&wanted.room.name);
        let edited = self.rest.call(edit).await;
        drop(alone);
        self.or_forget(channel, edited).await.map_err(category_full)?;
        self.note_channel(room, channel, applied).await
    }

    /// Lets people into a private room's channel.
    pub(super) async fn admit(&self, room: &RoomId, people: &[PersonId]) -> Result<(), Failure> {
        if !self.wanted(room).await?.private {
            return Ok(());
        }
        let channel = self.channel(room).await?;
        for user in self.users(people).await? {
            let overwrite = json!({ "type": MEMBER, "allow": (VIEW | SEND | HISTORY).to_string(), "deny": "0" });
            let set = routes::set_permission(channel, user.0, &overwrite).because(room.as_str());
            let set = self.rest.call(set).await;
            self.or_forget(channel, set).await?;
        }
        Ok(())
    }

    /// How the channel of a room should be, by the record.
    pub(super) async fn wanted(&self, room: &RoomId) -> Result<Wanted, Failure> {
        let id = room.clone();
        let read = self.store.read(move |reads| {
            let Some(room) = reads.room(&id)? else { return Ok(None) };
            let incident = room.incident.map(|incident| reads.incident(incident)).transpose()?.flatten();
            let mut members = reads.room_members(&id)?;
            let private = room.private || incident.as_ref().is_some_and(|incident| incident.private);
            members.extend(incident.into_iter().flat_map(|incident| incident.members));
            members.sort();
            members.dedup();
            Ok(Some(Wanted { archived: room.archived_at.is_some(), room, private, members }))
        });
        let none = || Failure::Impossible(format!("there is no room {room}"));
        read.await.map_err(of_store)?.ok_or_else(none)
    }

    /// A channel that is gone is forgotten, so that the next try makes a new one.
    pub(super) async fn or_forget<T>(&self, channel: ChannelId, done: Result<T, Failure>) -> Result<T, Failure> {
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

    async fn known_channel(&self, room: &RoomId) -> Result<Option<ChannelId>, Failure> {
        let room = room.clone();
        let known = self.store.read(move |reads| reads.discord_channel(&room)).await.map_err(of_store)?;
        Ok(known.and_then(|known| Snowflake::new(known.channel)).map(ChannelId))
    }

    async fn make(&self, wanted: &Wanted, guild: &[Listed]) -> Result<(ChannelId, String), Failure> {
        if guild.len() >= TIGHT {
            let used = guild.len();
            tracing::warn!("the Discord server has {used} of {IN_GUILD} channels; delete archived ones to make room");
        }
        let parent = self.category(wanted.archived, guild, None).await?;
        let mut channel = json!({
            "name": channel_name(&wanted.room.name), "type": TEXT, "topic": wanted.topic(), "parent_id": parent,
        });
        let members = self.users(&wanted.members).await?;
        if wanted.private {
            // In the same call: there is no moment at which others see it.
            channel["permission_overwrites"] = json!(self.overwrites(wanted, &members, &[]).await?);
        }
        let create = routes::create_channel(self.guild()?, &channel).because(&wanted.room.name);
        let made: Made = self.rest.ask(create).await.map_err(category_full)?;
        Ok((made.id, wanted.applied(&members)))
    }

    /// The category for open or for archived rooms that has a place left; `present` has its place already. A further one
    /// is opened when all are full.
    async fn category(&self, archived: bool, guild: &[Listed], present: Option<&Listed>) -> Result<ChannelId, Failure> {
        let name = if archived { &self.place.archive } else { &self.place.category };
        let mut inside: HashMap<ChannelId, usize> = HashMap::new();
        for parent in guild.iter().filter(|other| present.is_none_or(|p| p.id != other.id)).filter_map(|l| l.parent_id)
        {
            *inside.entry(parent).or_default() += 1;
        }
        for n in 1..=CATEGORIES {
            let name = if n == 1 { name.clone() } else { format!("{name} {n}") };
            let same = |listed: &&Listed| {
                listed.kind == CATEGORY && listed.name.as_deref().is_some_and(|other| other.eq_ignore_ascii_case(&name))
            };
            match guild.iter().find(same) {
                Some(listed) if inside.get(&listed.id).copied().unwrap_or(0) >= IN_CATEGORY => {}
                Some(listed) => return Ok(listed.id),
                None => {
                    let create = routes::create_channel(self.guild()?, &json!({ "name": name, "type": CATEGORY }));
                    let made: Made = self.rest.ask(create).await.map_err(category_full)?;
                    return Ok(made.id);
                }
            }
        }
        Err(Failure::not_now(format!("all categories named {name} are full; delete archived channels to make room")))
    }

    /// Who may do what: a private channel is seen by its members and the bot alone; in an archived one nobody writes but
    /// the bot.
    async fn overwrites(
        &self,
        wanted: &Wanted,
        members: &[UserId],
        inherited: &[Overwrite],
    ) -> Result<Vec<Overwrite>, Failure> {
        let everyone = self.guild()?.0;
        let bot = Overwrite::new(self.me().await?.0, MEMBER, VIEW | SEND | HISTORY, 0);
        let send = if wanted.archived { 0 } else { SEND };
        if wanted.private {
            let deny = VIEW | if wanted.archived { SEND } else { 0 };
            let mut all = vec![Overwrite::new(everyone, ROLE, 0, deny), bot];
            all.extend(members.iter().map(|user| Overwrite::new(user.0, MEMBER, VIEW | HISTORY | send, 0)));
            return Ok(all);
        }
        let mut all = inherited.to_vec();
        if wanted.archived {
            let bits = |text: &str| text.parse::<u64>().unwrap_or(0);
            for other in &mut all {
                other.allow = (bits(&other.allow) & !SEND).to_string();
            }
            match all.iter_mut().find(|other| other.id == everyone) {
                Some(other) => other.deny = (bits(&other.deny) | SEND).to_string(),
                None => all.push(Overwrite::new(everyone, ROLE, 0, SEND)),
            }
            all.retain(|other| other.id != bot.id);
            all.push(bot);
        }
        Ok(all)
    }
}

/// A full category or guild passes: another category is opened, or people make room.
fn category_full(failure: Failure) -> Failure {
    let Failure::Refused(refusal) = failure else { return failure };
    if refusal.code == GUILD_FULL || refusal.details.contains(CATEGORY_FULL) {
        return Failure::not_now(format!("{refusal}; delete archived channels to make room"));
    }
    Failure::Refused(refusal)
}
