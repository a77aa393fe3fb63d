//! Finds missed edits, deletions and reactions. Discord does not report them later, so the messages of open hot rooms
//! are fetched again, the newest first.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;
use tokio::time::sleep;

use super::{
    DiscordInbound,
    reactions::ReactionKind,
    text::{id, ids, list},
};
use crate::{
    chat::{
        discord::{
            client::{
                rest::Failure,
                routes,
                snowflake::{ChannelId, MessageId, RoleId, UserId},
            },
            platform, watch,
            wire::interaction::Account,
        },
        inbound::SeenMessages,
    },
    domain::{Timestamp, ids::RoomId},
};

/// How many of the newest rooms are checked, and how many pages of messages in each.
const ROOMS: u32 = 50;
const PAGE: u8 = 100;
const PAGES: usize = 10;
/// The longest wait for a rate limit between two pages: no event is processed meanwhile.
const WAIT: Duration = Duration::from_secs(6);
/// How many accounts that reacted are fetched. The first one that is served counts.
const REACTORS: u8 = 10;

impl DiscordInbound {
    /// Checks the messages of the open hot rooms, and the newest ones of watched channels. Known messages change
    /// nothing.
    pub(super) async fn catch_up(&self) {
        let found = self.core.store.read(|reads| {
            let rooms = reads.open_hot_rooms(ROOMS)?;
            let channel = |room| Ok(reads.mirror_channel(&platform(), room)?.map(|known| known.channel));
            rooms.iter().map(channel).collect::<Result<Vec<_>, _>>()
        });
        let rooms = found.await.unwrap_or_default().into_iter().flatten();
        let channels = rooms.filter_map(|channel| ChannelId::from_platform(&channel)).chain(self.watched());
        for channel in channels.collect::<BTreeSet<ChannelId>>() {
            let room = self.room(channel).await;
            let mut seen = SeenMessages::default();
            if let Err(failure) = self.check_channel(channel, room.clone(), &mut seen).await {
                tracing::warn!(%channel, %failure, "missed edits of a channel could not be fetched");
            }
            if let Some(room) = room {
                self.find_deleted(room, &seen).await;
            }
        }
    }

    /// Checks a channel page by page, back to the first stored message.
    async fn check_channel(
        &self,
        channel: ChannelId,
        room: Option<RoomId>,
        seen: &mut SeenMessages,
    ) -> Result<(), Failure> {
        let mut below = None;
        for _ in 0..PAGES {
            let page = self.page(channel, below).await?;
            self.check_page(channel, &page).await;
            let ids: Vec<MessageId> = page.iter().filter_map(|message| id(&message["id"]).map(MessageId)).collect();
            seen.ids.extend(ids.iter().map(|message| message.to_platform()));
            let oldest = ids.iter().min().copied();
            // A full page proves deletions only down to its oldest message, the last page all the way.
            if page.len() < usize::from(PAGE) {
                seen.since = Some(Timestamp::UNIX_EPOCH);
                return Ok(());
            }
            let Some(oldest) = oldest else { return Ok(()) };
            seen.since = Some(oldest.0.time());
            let Some(room) = &room else { return Ok(()) };
            if !self.core.has_older(room.clone(), oldest.0.time()).await {
                return Ok(());
            }
            below = Some(oldest);
        }
        tracing::warn!(%channel, "only the newest {} messages were checked for missed edits", PAGES * usize::from(PAGE));
        Ok(())
    }

    /// Fetches the newest messages below one. Waits once when the rate limit asks for a short wait.
    async fn page(&self, channel: ChannelId, below: Option<MessageId>) -> Result<Vec<Value>, Failure> {
        let request = || match below {
            Some(below) => routes::messages_before(channel, below, PAGE),
            None => routes::newest_messages(channel, PAGE),
        };
        let mut fetched = self.discord.rest().call(request()).await;
        if let Err(Failure::NotNow { after: Some(wait), .. }) = &fetched
            && *wait <= WAIT
        {
            sleep(*wait).await;
            fetched = self.discord.rest().call(request()).await;
        }
        fetched.map(|page| page.as_array().cloned().unwrap_or_default())
    }

    async fn check_page(&self, channel: ChannelId, page: &[Value]) {
        for message in page.iter().rev() {
            if watch::edited(message).is_some() {
                self.on_edit(message).await;
            }
            for kind in ReactionKind::ALL {
                self.find_reaction(kind, channel, message).await;
            }
        }
    }

    /// Processes a missed reaction.
    async fn find_reaction(&self, kind: ReactionKind, channel: ChannelId, message: &Value) {
        let is_set = list(&message["reactions"]).iter().any(|one| one["emoji"]["name"] == kind.emoji());
        if !is_set {
            return;
        }
        let Some(message) = id(&message["id"]).map(MessageId) else { return };
        if self.core.bot.is_recorded(message.to_string(), kind == ReactionKind::Update).await.unwrap_or(true) {
            return;
        }
        let request = routes::reactions(channel, message, kind.emoji(), REACTORS);
        let reactors = self.discord.rest().call(request).await.unwrap_or_default();
        let mut people = list(&reactors).iter().filter(|user| user["bot"] != true);
        if let Some((user, data)) = people.find_map(|user| Some((id(&user["id"])?, user))) {
            let account = self.member(UserId(user), data).await;
            self.react(kind, channel, message, &account).await;
        }
    }

    /// Returns an account with its current roles.
    async fn member(&self, user: UserId, data: &Value) -> Account {
        let member = match self.guild().served {
            Some(guild) => self.discord.rest().call(routes::member(guild, user)).await.unwrap_or_default(),
            None => Value::Null,
        };
        let name = data["username"].as_str().unwrap_or("someone").to_owned();
        Account { id: user, name, roles: ids(&member["roles"]).into_iter().map(RoleId).collect(), bot: false }
    }

    /// Deletes stored messages that no longer exist.
    async fn find_deleted(&self, room: RoomId, seen: &SeenMessages) {
        match self.core.deleted(room, seen).await {
            Ok(deleted) => {
                for message in deleted.iter().filter_map(MessageId::from_platform) {
                    self.deleted(message).await;
                }
            }
            Err(error) => tracing::warn!(%error, "missed deletions could not be found"),
        }
    }
}
