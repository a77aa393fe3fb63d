//! Where a room is made: in a channel of its own, or in a thread of a feed. What has no place in the one gets the other.

use std::collections::HashMap;

use serde_json::json;

use super::{
    Discord,
    capacity::{IN_CATEGORY, IN_GUILD},
    rooms::{CATEGORY, Listed, Made, TEXT, Wanted, channel_name, of_store},
};
use crate::{
    chat::discord::client::{
        rest::Failure,
        routes,
        snowflake::{ChannelId, Snowflake},
    },
    config::Shape,
    domain::{
        Timestamp,
        incident::{Fallback, Shortage},
    },
    store::{DiscordChannel, DiscordThread, chat::RoomKind},
};

/// How many categories of one name are opened: as many as a guild has room for.
const CATEGORIES: usize = IN_GUILD / IN_CATEGORY;

/// Discord's codes.
const GUILD_FULL: u64 = 30013;
const THREADS_FULL: u64 = 160_006;
const FORBIDDEN: u64 = 50013;
/// What stands in the details when a category is full; it has no code of its own.
const CATEGORY_FULL: &str = "CHANNEL_PARENT_MAX_CHANNELS";

/// Why a room was not made.
pub(in crate::chat::discord::outbound) enum PlacementError {
    /// There is no place of that shape.
    Lacks(Shortage, Failure),
    /// Something went wrong.
    Failed(Failure),
}

impl From<Failure> for PlacementError {
    fn from(failure: Failure) -> Self {
        let details = if let Failure::Refused(refusal) = &failure { refusal.details.as_str() } else { "" };
        match failure.code() {
            Some(GUILD_FULL) => Self::Lacks(Shortage::Channels, failure),
            Some(THREADS_FULL) => Self::Lacks(Shortage::Threads, failure),
            Some(FORBIDDEN) => Self::Lacks(Shortage::Permission, failure),
            Some(_) if details.contains(CATEGORY_FULL) => Self::Lacks(Shortage::Channels, failure),
            Some(_) | None => Self::Failed(failure),
        }
    }
}

impl PlacementError {
    /// What the outbox is told. A full guild passes: people make room. A permission is given by people as well, but they have
    /// to be told of it as of something that was not done.
    pub(in crate::chat::discord::outbound) fn failure(self) -> Failure {
        match self {
            Self::Failed(failure) | Self::Lacks(Shortage::Permission, failure) => failure,
            Self::Lacks(Shortage::Channels | Shortage::Threads, failure) => {
                Failure::not_now(format!("{failure}; delete archived channels to make room"))
            }
        }
    }
}

impl Discord {
    /// The place of a room that has none: the first of its shapes that can be made.
    pub(in crate::chat::discord::outbound) async fn place(
        &self,
        wanted: &Wanted,
        now: Timestamp,
    ) -> Result<(), PlacementError> {
        let mut lacking = None;
        for shape in self.shapes(wanted) {
            match self.open(wanted, shape, now).await {
                Ok(made) => {
                    let fallback = if *shape == Shape::Thread { Fallback::Thread } else { Fallback::Channel };
                    let shortage = lacking.map(|(shortage, _)| (fallback, shortage));
                    // Another may have made it meanwhile, in a place of its own finding.
                    return if made { self.note_shortage(wanted, shortage).await } else { Ok(()) };
                }
                Err(PlacementError::Lacks(shortage, failure)) => lacking = lacking.or(Some((shortage, failure))),
                Err(failed @ PlacementError::Failed(_)) => return Err(failed),
            }
        }
        let none = || PlacementError::Failed(Failure::Impossible("a room has no shape".to_owned()));
        let (shortage, failure) = lacking.ok_or_else(none)?;
        if wanted.room.kind == RoomKind::Hot && shortage != Shortage::Permission {
            self.note_shortage(wanted, Some((Fallback::Nowhere, shortage))).await?;
        }
        Err(PlacementError::Lacks(shortage, failure))
    }

    /// What a room may be, the best first. Feeds and teams have channels: threads would have nothing to be in.
    fn shapes(&self, wanted: &Wanted) -> &'static [Shape] {
        match (wanted.room.kind, self.place.rooms) {
            (RoomKind::Hot, Shape::Channel) => &[Shape::Channel, Shape::Thread],
            (RoomKind::Hot, Shape::Thread) => &[Shape::Thread, Shape::Channel],
            (RoomKind::Feed | RoomKind::Team | RoomKind::Direct, _) => &[Shape::Channel],
        }
    }

    async fn note_shortage(
        &self,
        wanted: &Wanted,
        shortage: Option<(Fallback, Shortage)>,
    ) -> Result<(), PlacementError> {
        let room = wanted.room.id.clone();
        let noted = self.store.transact_urgent(move |tx| tx.note_shortage(&room, shortage));
        noted.await.map_err(|error| PlacementError::Failed(of_store(error)))
    }

    /// Finds or makes what is to be the room, and notes it; false: another has done so by now.
    async fn open(&self, wanted: &Wanted, shape: &Shape, now: Timestamp) -> Result<bool, PlacementError> {
        let feed = match shape {
            Shape::Thread => Some(self.feed(now).await?),
            Shape::Channel => None,
        };
        // Two that make it at once would make two.
        let _alone = self.making.lock().await;
        if self.known(&wanted.room.id, now).await?.is_some() {
            return Ok(false);
        }
        let (is, read) = match feed {
            Some(feed) => (self.thread(wanted, feed).await?, None),
            None => self.channel_of(wanted).await?,
        };
        let read = read.unwrap_or(is.channel);
        let (room, number) = (wanted.room.id.clone(), is.channel);
        let noted = self.store.transact_urgent(move |tx| {
            tx.set_discord_channel(&room, &is)?;
            tx.channel_read(number, read)
        });
        noted.await.map_err(of_store)?;
        self.new_channel.notify_one();
        Ok(true)
    }

    /// The channel whose threads are rooms: the incidents' feed, or another feed if that one has no place itself.
    async fn feed(&self, now: Timestamp) -> Result<ChannelId, PlacementError> {
        let feed = self.config.current().chat.incidents_feed.clone();
        if let Some(spot) = self.known(&feed, now).await? {
            return Ok(spot.channel);
        }
        let wanted = self.wanted(&feed).await?;
        match Box::pin(self.place(&wanted, now)).await {
            Ok(()) => Ok(Box::pin(self.channel(&feed, now)).await?),
            Err(PlacementError::Lacks(shortage, failure)) => {
                let known = self.store.read(|reads| reads.discord_feed_channels()).await.map_err(of_store)?;
                let other = known.into_iter().find_map(Snowflake::new).map(ChannelId);
                other.ok_or(PlacementError::Lacks(shortage, failure))
            }
            Err(failed @ PlacementError::Failed(_)) => Err(failed),
        }
    }

    /// The channel of a room, found or made, and up to which message it counts as read when it was there before.
    async fn channel_of(&self, wanted: &Wanted) -> Result<(DiscordChannel, Option<u64>), PlacementError> {
        let guild: Vec<Listed> = self.list().await?;
        let is = |channel: ChannelId, applied| DiscordChannel { channel: channel.0.get(), applied, thread: None };
        match wanted.found_in(&guild) {
            // What people wrote in a channel of their own before it became ours is theirs.
            Some(listed) if wanted.mark().is_none() => {
                Ok((is(listed.id, String::new()), listed.last_message_id.map(|message| message.0.get())))
            }
            Some(listed) => Ok((is(listed.id, String::new()), None)),
            None => {
                let (channel, applied) = self.make(wanted, &guild).await?;
                Ok((is(channel, applied), None))
            }
        }
    }

    async fn make(&self, wanted: &Wanted, guild: &[Listed]) -> Result<(ChannelId, String), PlacementError> {
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
        let made: Made = self.rest.ask(create).await?;
        self.note_used(guild.len() + 1);
        Ok((made.id, wanted.applied(&members)))
    }

    /// The category for open or for archived rooms that has a place left; `present` has its place already. A further one
    /// is opened when all are full, as long as the guild then still takes the channel; else there is none.
    pub(in crate::chat::discord::outbound) async fn category(
        &self,
        archived: bool,
        guild: &[Listed],
        present: Option<&Listed>,
    ) -> Result<Option<ChannelId>, Failure> {
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
                Some(listed) => return Ok(Some(listed.id)),
                None if guild.len() + 1 + usize::from(present.is_none()) > IN_GUILD => return Ok(None),
                None => {
                    let create = routes::create_channel(self.guild()?, &json!({ "name": name, "type": CATEGORY }));
                    return Ok(Some(self.rest.ask::<Made>(create).await?.id));
                }
            }
        }
        Ok(None)
    }

    /// Counts the channels of the server.
    pub async fn count_channels(&self) {
        if let Err(failure) = self.list().await {
            tracing::warn!(%failure, "the channels of the server could not be counted");
        }
    }

    /// The guild's channels and categories; how many there are is noted.
    pub(in crate::chat::discord::outbound) async fn list(&self) -> Result<Vec<Listed>, Failure> {
        let guild: Vec<Listed> = self.rest.ask(routes::channels(self.guild()?)).await?;
        self.note_used(guild.len());
        Ok(guild)
    }

    /// The thread of a room, found or made.
    async fn thread(&self, wanted: &Wanted, feed: ChannelId) -> Result<DiscordChannel, PlacementError> {
        let channel = match self.find_thread(wanted, feed).await? {
            Some(found) => found,
            None => self.make_thread(wanted, feed).await?,
        };
        let thread = DiscordThread { parent: feed.0.get(), private: wanted.private };
        Ok(DiscordChannel { channel: channel.0.get(), applied: String::new(), thread: Some(thread) })
    }
}
