//! What was done to messages while nobody listened: edits, deletions, and marks. Discord tells of none of it afterwards, so
//! messages of the rooms that people work in are looked at again, the newest first.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;
use tokio::time::sleep;

use super::{
    DiscordInbound,
    marks::Mark,
    messages::{id, ids},
};
use crate::chat::discord::{
    client::{
        rest::Failure,
        routes,
        snowflake::{ChannelId, MessageId, RoleId, Snowflake, UserId},
    },
    watch,
    wire::interaction::Account,
};

/// How many rooms are looked at, the newest, and how many pages of each one's messages.
const ROOMS: u32 = 50;
const MESSAGES: u8 = 100;
const PAGES: usize = 10;
/// The longest wait for Discord's limit between two pages: nothing else is heard meanwhile.
const WAIT: Duration = Duration::from_secs(6);
/// Above every id that Discord makes.
const MAX_ID: u64 = i64::MAX.cast_unsigned();
/// How many of those who set a mark are asked for: the first one that is served counts.
const REACTORS: u8 = 10;

impl DiscordInbound {
    /// Looks at the messages of the open hot rooms, and at the newest of the channels that sources name. What is known
    /// already changes nothing.
    pub(super) async fn look_back(&self) {
        let found = self.app.store.read(|reads| {
            let rooms = reads.open_hot_rooms(ROOMS)?;
            let channel = |room| Ok(reads.discord_channel(room)?.map(|known| known.channel));
            rooms.iter().map(channel).collect::<Result<Vec<_>, _>>()
        });
        let rooms = found.await.unwrap_or_default().into_iter().flatten().filter_map(Snowflake::new).map(ChannelId);
        let channels: BTreeSet<ChannelId> = rooms.chain(self.watched()).collect();
        for channel in channels {
            if let Err(failure) = self.look_through(channel).await {
                tracing::warn!(%channel, %failure, "what was changed meanwhile could not be looked at");
            }
        }
    }

    /// Looks at a channel page by page, back to the first message that was heard in it.
    async fn look_through(&self, channel: ChannelId) -> Result<(), Failure> {
        let mut below = None;
        for _ in 0..PAGES {
            let page = self.page(channel, below).await?;
            self.compare(channel, (&page, below)).await;
            let oldest = page.iter().filter_map(|message| id(&message["id"])).min();
            let Some(oldest) = oldest.filter(|_| page.len() == usize::from(MESSAGES)) else { return Ok(()) };
            if self.heard(channel, (0, oldest.get())).await.is_empty() {
                return Ok(());
            }
            below = Some(MessageId(oldest));
        }
        let looked = PAGES * usize::from(MESSAGES);
        tracing::warn!(%channel, "only the newest {looked} messages were looked at for what was changed meanwhile");
        Ok(())
    }

    /// The newest messages below one. A short wait for Discord's limit is waited.
    async fn page(&self, channel: ChannelId, below: Option<MessageId>) -> Result<Vec<Value>, Failure> {
        let asked = || match below {
            Some(below) => routes::messages_before(channel, below, MESSAGES),
            None => routes::newest_messages(channel, MESSAGES),
        };
        let mut answer = self.discord.rest().call(asked()).await;
        if let Err(Failure::NotNow { after: Some(wait), .. }) = &answer
            && *wait <= WAIT
        {
            sleep(*wait).await;
            answer = self.discord.rest().call(asked()).await;
        }
        answer.map(|page| page.as_array().cloned().unwrap_or_default())
    }

    async fn compare(&self, channel: ChannelId, (messages, below): (&[Value], Option<MessageId>)) {
        for message in messages.iter().rev() {
            if watch::edited(message).is_some() {
                self.on_edit(message).await;
            }
            for mark in Mark::ALL {
                self.find_mark(mark, channel, message).await;
            }
        }
        let there: BTreeSet<u64> = messages.iter().filter_map(|message| Some(id(&message["id"])?.get())).collect();
        // Only of messages as new as the oldest of these is it known that they are gone.
        let whole = messages.len() < usize::from(MESSAGES);
        let from = if whole { Some(0) } else { there.first().copied() };
        if let Some(from) = from {
            let below = below.map_or(MAX_ID, |below| below.0.get());
            self.find_gone((channel, from, below), &there).await;
        }
    }

    /// Takes a mark in that was set meanwhile.
    async fn find_mark(&self, mark: Mark, channel: ChannelId, message: &Value) {
        let set = |one: &&Value| one["emoji"]["name"] == mark.emoji();
        let marked = message["reactions"].as_array().is_some_and(|all| all.iter().any(|one| set(&one)));
        let Some(message) = id(&message["id"]).filter(|_| marked).map(MessageId) else { return };
        if self.app.is_marked(&message.to_string(), mark == Mark::Update).await.unwrap_or(true) {
            return;
        }
        let asked = routes::reactions(channel, message, mark.emoji(), REACTORS);
        let reactors = self.discord.rest().call(asked).await.unwrap_or_default();
        let people = reactors.as_array().map(Vec::as_slice).unwrap_or_default();
        let person = people.iter().filter(|user| user["bot"] != true).find_map(|user| Some((id(&user["id"])?, user)));
        if let Some((user, named)) = person {
            let account = self.member(UserId(user), named).await;
            self.mark(mark, (channel, message), &account).await;
        }
    }

    /// An account with the roles that it has now.
    async fn member(&self, user: UserId, named: &Value) -> Account {
        let member = match self.home().guild {
            Some(guild) => self.discord.rest().call(routes::member(guild, user)).await.unwrap_or_default(),
            None => Value::Null,
        };
        let name = named["username"].as_str().unwrap_or("someone").to_owned();
        Account { id: user, name, roles: ids(&member["roles"]).into_iter().map(RoleId).collect(), bot: false }
    }

    /// Messages that were heard and are not there any more were deleted.
    async fn find_gone(&self, (channel, from, below): (ChannelId, u64, u64), there: &BTreeSet<u64>) {
        let heard = self.heard(channel, (from, below)).await;
        for message in heard.into_iter().filter(|message| !there.contains(message)) {
            if let Some(message) = Snowflake::new(message) {
                self.gone(MessageId(message)).await;
            }
        }
    }

    /// The messages that were heard in a channel, from one on and below another.
    async fn heard(&self, channel: ChannelId, between: (u64, u64)) -> Vec<u64> {
        let heard = self.app.store.read(move |reads| match reads.discord_room(channel.0.get())? {
            Some(room) => reads.heard_between(&room, between),
            None => Ok(Vec::new()),
        });
        heard.await.unwrap_or_default()
    }
}
