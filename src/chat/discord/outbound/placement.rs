//! Creates rooms: as a channel, or as a thread of a feed. Each is the fallback of the other.

use std::collections::HashMap;

use serde_json::json;

use super::{
    Discord,
    capacity::{MAX_CHANNELS, MAX_IN_CATEGORY},
    channel::{CATEGORY, ChannelRecord, ChannelSpec, CreatedChannel, TEXT, from_store_error},
};
use crate::{
    chat::discord::{
        client::{
            rest::Failure,
            routes,
            snowflake::{ChannelId, MessageId},
        },
        platform,
    },
    config::Shape,
    domain::{
        Timestamp,
        incident::{Fallback, Shortage},
    },
    store::{MirrorChannel, MirrorThread, Misplacement, chat::RoomKind},
};

/// The most categories of one name, as many as fit into a guild.
const CATEGORIES: usize = MAX_CHANNELS / MAX_IN_CATEGORY;

/// Discord's error codes.
const GUILD_FULL: u64 = 30013;
const THREADS_FULL: u64 = 160_006;
const FORBIDDEN: u64 = 50013;
/// The detail of the error for a full category, which has no code of its own.
const CATEGORY_FULL: &str = "CHANNEL_PARENT_MAX_CHANNELS";

/// Why a room was not created.
pub(in crate::chat::discord::outbound) enum PlacementError {
    /// There is no capacity for that shape.
    Lacks(Shortage, Failure),
    /// The call failed.
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
    /// Returns the failure for the outbox. A full guild is temporary, because people delete channels. A missing
    /// permission is reported as a failure, because people must grant it.
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
    /// Creates a room in the first of its shapes for which there is capacity.
    pub(in crate::chat::discord::outbound) async fn place(
        &self,
        wanted: &ChannelSpec,
        now: Timestamp,
    ) -> Result<(), PlacementError> {
        let mut lacking = None;
        for shape in self.shapes(wanted) {
            match self.open(wanted, shape, now).await {
                Ok(made) => {
                    let fallback = if *shape == Shape::Thread { Fallback::Thread } else { Fallback::Channel };
                    let misplacement = lacking.map(|(shortage, _)| Misplacement { fallback, shortage });
                    // Another task may have created it meanwhile and stored its placement.
                    return if made { self.note_misplacement(wanted, misplacement).await } else { Ok(()) };
                }
                Err(PlacementError::Lacks(shortage, failure)) => lacking = lacking.or(Some((shortage, failure))),
                Err(failed @ PlacementError::Failed(_)) => return Err(failed),
            }
        }
        let none = || PlacementError::Failed(Failure::Impossible("a room has no shape".to_owned()));
        let (shortage, failure) = lacking.ok_or_else(none)?;
        if wanted.room.kind == RoomKind::Hot && shortage != Shortage::Permission {
            let nowhere = Misplacement { fallback: Fallback::Nowhere, shortage };
            self.note_misplacement(wanted, Some(nowhere)).await?;
        }
        Err(PlacementError::Lacks(shortage, failure))
    }

    /// Returns the possible shapes of a room, the preferred one first. Feeds and teams have channels, because a thread
    /// needs one.
    fn shapes(&self, wanted: &ChannelSpec) -> &'static [Shape] {
        match (wanted.room.kind, self.place.rooms) {
            (RoomKind::Hot, Shape::Channel) => &[Shape::Channel, Shape::Thread],
            (RoomKind::Hot, Shape::Thread) => &[Shape::Thread, Shape::Channel],
            (RoomKind::Feed | RoomKind::Team | RoomKind::Direct, _) => &[Shape::Channel],
        }
    }

    async fn note_misplacement(
        &self,
        wanted: &ChannelSpec,
        misplacement: Option<Misplacement>,
    ) -> Result<(), PlacementError> {
        let room = wanted.room.id.clone();
        let noted = self.store.transact_urgent(move |tx| tx.set_misplacement(&platform(), &room, misplacement));
        noted.await.map_err(|error| PlacementError::Failed(from_store_error(error)))
    }

    /// Finds or creates the channel of a room and stores it. False if another task did so first.
    async fn open(&self, wanted: &ChannelSpec, shape: &Shape, now: Timestamp) -> Result<bool, PlacementError> {
        let feed = match shape {
            Shape::Thread => Some(self.feed(now).await?),
            Shape::Channel => None,
        };
        // Two concurrent calls would create two channels.
        let _alone = self.making.lock().await;
        if self.known(&wanted.room.id, now).await?.is_some() {
            return Ok(false);
        }
        let (is, read) = match feed {
            Some(feed) => (self.thread(wanted, feed).await?, None),
            None => self.channel_of(wanted).await?,
        };
        // Ids are times: the id of the channel precedes that of every message in it.
        let read = read.map_or_else(|| MessageId::from_platform(&is.channel), Some);
        let (room, channel) = (wanted.room.id.clone(), is.channel.clone());
        let noted = self.store.transact_urgent(move |tx| {
            tx.set_mirror_channel(&platform(), &room, &is)?;
            match read {
                Some(read) => tx.advance_cursor(&platform(), &channel, &read.position()),
                None => Ok(()),
            }
        });
        noted.await.map_err(from_store_error)?;
        self.new_channel.notify_one();
        Ok(true)
    }

    /// Returns the channel whose threads are rooms: the incidents feed, or another feed if that one has no channel.
    async fn feed(&self, now: Timestamp) -> Result<ChannelId, PlacementError> {
        let feed = self.config.current().chat.incidents_feed.clone();
        if let Some(spot) = self.known(&feed, now).await? {
            return Ok(spot.channel);
        }
        let wanted = self.wanted(&feed).await?;
        match Box::pin(self.place(&wanted, now)).await {
            Ok(()) => Ok(Box::pin(self.channel(&feed, now)).await?),
            Err(PlacementError::Lacks(shortage, failure)) => {
                let known =
                    self.store.read(|reads| reads.mirror_feed_channels(&platform())).await.map_err(from_store_error)?;
                let other = known.iter().find_map(ChannelId::from_platform);
                other.ok_or(PlacementError::Lacks(shortage, failure))
            }
            Err(failed @ PlacementError::Failed(_)) => Err(failed),
        }
    }

    /// Finds or creates the channel of a room. An existing channel is returned with its newest message.
    async fn channel_of(&self, wanted: &ChannelSpec) -> Result<(MirrorChannel, Option<MessageId>), PlacementError> {
        let guild: Vec<ChannelRecord> = self.list().await?;
        let is = |channel: ChannelId, applied| MirrorChannel { channel: channel.to_platform(), applied, thread: None };
        match wanted.found_in(&guild) {
            // Messages from before the channel was linked are not stored.
            Some(listed) if wanted.mark().is_none() => Ok((is(listed.id, String::new()), listed.last_message_id)),
            Some(listed) => Ok((is(listed.id, String::new()), None)),
            None => {
                let (channel, applied) = self.make(wanted, &guild).await?;
                Ok((is(channel, applied), None))
            }
        }
    }

    /// Returns the topic for the channel of a room.
    pub(in crate::chat::discord::outbound) fn topic(&self, wanted: &ChannelSpec) -> String {
        wanted.topic(self.config.current().server.outside_url())
    }

    async fn make(&self, wanted: &ChannelSpec, guild: &[ChannelRecord]) -> Result<(ChannelId, String), PlacementError> {
        let parent = self.category(wanted.archived, guild, None).await?;
        let mut channel = json!({
            "name": wanted.made_name(self.place.names), "type": TEXT, "topic": self.topic(wanted), "parent_id": parent,
        });
        let members = self.users(&wanted.members).await?;
        if wanted.private {
            // Set in the same call, so that nobody else can see the channel for a moment.
            channel["permission_overwrites"] = json!(self.overwrites(wanted, &members, &[]).await?);
        }
        let create = routes::create_channel(self.guild()?, &channel).because(&wanted.room.name);
        let made: CreatedChannel = self.rest.ask(create).await?;
        self.note_used(guild.len() + 1);
        Ok((made.id, wanted.applied(&members)))
    }

    /// Returns the category for open or for archived rooms that has capacity; `present` is already in its category. If
    /// all are full and the guild still has capacity for the channel, another category is created. `None` if there is
    /// no capacity.
    pub(in crate::chat::discord::outbound) async fn category(
        &self,
        archived: bool,
        guild: &[ChannelRecord],
        present: Option<&ChannelRecord>,
    ) -> Result<Option<ChannelId>, Failure> {
        let name = if archived { &self.place.archive } else { &self.place.category };
        let mut inside: HashMap<ChannelId, usize> = HashMap::new();
        for parent in guild.iter().filter(|other| present.is_none_or(|p| p.id != other.id)).filter_map(|l| l.parent_id)
        {
            *inside.entry(parent).or_default() += 1;
        }
        for n in 1..=CATEGORIES {
            let name = if n == 1 { name.clone() } else { format!("{name} {n}") };
            let same = |listed: &&ChannelRecord| {
                listed.kind == CATEGORY && listed.name.as_deref().is_some_and(|other| other.eq_ignore_ascii_case(&name))
            };
            match guild.iter().find(same) {
                Some(listed) if inside.get(&listed.id).copied().unwrap_or(0) >= MAX_IN_CATEGORY => {}
                Some(listed) => return Ok(Some(listed.id)),
                None if guild.len() + 1 + usize::from(present.is_none()) > MAX_CHANNELS => return Ok(None),
                None => {
                    let create = routes::create_channel(self.guild()?, &json!({ "name": name, "type": CATEGORY }));
                    return Ok(Some(self.rest.ask::<CreatedChannel>(create).await?.id));
                }
            }
        }
        Ok(None)
    }

    /// Counts the channels of the guild.
    pub async fn count_channels(&self) {
        if let Err(failure) = self.list().await {
            tracing::warn!(%failure, "the channels of the server could not be counted");
        }
    }

    /// Returns the channels and categories of the guild, and records how many there are.
    pub(in crate::chat::discord::outbound) async fn list(&self) -> Result<Vec<ChannelRecord>, Failure> {
        let guild: Vec<ChannelRecord> = self.rest.ask(routes::channels(self.guild()?)).await?;
        self.note_used(guild.len());
        Ok(guild)
    }

    /// Finds or creates the thread of a room.
    async fn thread(&self, wanted: &ChannelSpec, feed: ChannelId) -> Result<MirrorChannel, PlacementError> {
        let channel = match self.find_thread(wanted, feed).await? {
            Some(found) => found,
            None => self.make_thread(wanted, feed).await?,
        };
        let thread = MirrorThread { parent: feed.to_platform(), private: wanted.private };
        Ok(MirrorChannel { channel: channel.to_platform(), applied: String::new(), thread: Some(thread) })
    }
}
