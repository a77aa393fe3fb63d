//! Rooms that are threads of a feed. The visibility of a thread is fixed when it is created: a private one is visible
//! to its members and to those who manage threads. A room whose visibility changes therefore moves to another thread,
//! and the old one is deleted first.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Discord,
    channel::{ChannelSpec, CreatedChannel, UNKNOWN_CHANNEL, from_store_error},
    messages::MessageKey,
};
use crate::{
    chat::{
        Post,
        discord::client::{
            rest::Failure,
            routes,
            snowflake::{ChannelId, UserId},
        },
    },
    domain::Timestamp,
};

/// Types of threads.
const PUBLIC: u8 = 11;
const PRIVATE: u8 = 12;
/// After how many minutes without messages Discord archives a thread: the maximum.
const PUT_AWAY: u32 = 7 * 24 * 60;

/// Discord's error code for a call that an archived thread does not allow.
const ARCHIVED: u64 = 50083;

#[derive(Deserialize)]
struct Threads {
    threads: Vec<Thread>,
}

#[derive(Deserialize)]
struct Thread {
    id: ChannelId,
    #[serde(rename = "type")]
    kind: u8,
    name: Option<String>,
    parent_id: Option<ChannelId>,
    owner_id: Option<UserId>,
}

impl Thread {
    /// True if the bot created the thread for this room, in this feed, and not before the room existed.
    fn is_of(&self, wanted: &ChannelSpec, me: UserId, feed: ChannelId) -> bool {
        let ours = self.owner_id == Some(me) && self.parent_id == Some(feed) && self.kind == kind(wanted);
        let named = self.name.as_deref().is_some_and(|name| wanted.is_named(name));
        ours && named && self.id.0.time() >= wanted.room.created_at - crate::chat::discord::outbound::messages::SKEW
    }
}

fn kind(wanted: &ChannelSpec) -> u8 {
    if wanted.private { PRIVATE } else { PUBLIC }
}

/// A room that is a thread.
pub(in crate::chat::discord::outbound) struct ThreadRoom {
    pub(in crate::chat::discord::outbound) thread: ChannelId,
    /// The required state of the room.
    pub(in crate::chat::discord::outbound) wanted: ChannelSpec,
}

impl Discord {
    /// Finds the thread that an earlier try created without a response.
    pub(in crate::chat::discord::outbound) async fn find_thread(
        &self,
        wanted: &ChannelSpec,
        feed: ChannelId,
    ) -> Result<Option<ChannelId>, Failure> {
        let found: Threads = self.rest.ask(routes::active_threads(self.guild()?)).await?;
        let me = self.me().await?;
        for thread in found.threads.iter().filter(|thread| thread.is_of(wanted, me, feed)) {
            // It may belong to another room of this name.
            if self.room_of(thread.id).await.map_err(from_store_error)?.is_none() {
                return Ok(Some(thread.id));
            }
        }
        Ok(None)
    }

    pub(in crate::chat::discord::outbound) async fn make_thread(
        &self,
        wanted: &ChannelSpec,
        feed: ChannelId,
    ) -> Result<ChannelId, Failure> {
        let mut thread = json!({
            "name": wanted.made_name(self.place.names), "type": kind(wanted), "auto_archive_duration": PUT_AWAY,
        });
        if wanted.private {
            // Members must not invite others.
            thread["invitable"] = false.into();
        }
        let create = routes::create_thread(feed, &thread).because(&wanted.room.name);
        let made = self.rest.ask::<CreatedChannel>(create).await;
        Ok(self.or_forget(feed, made).await?.id)
    }

    /// Applies the members and the state of a room to its thread.
    pub(in crate::chat::discord::outbound) async fn adjust_thread(
        &self,
        thread: ChannelId,
        wanted: &ChannelSpec,
        members: &[UserId],
        is_new: bool,
    ) -> Result<(), Failure> {
        if wanted.archived {
            let _alone = self.waking.lock().await;
            self.put_away(thread).await?;
        } else if !is_new {
            let _alone = self.waking.lock().await;
            let mut change = json!({ "archived": false, "locked": false });
            if wanted.is_renamed(None) {
                change["name"] = json!(wanted.made_name(self.place.names));
            }
            self.edit_thread(thread, &change).await?;
        }
        // Nobody can be added to an archived thread; its members remain.
        let add = if wanted.archived { &[][..] } else { members };
        self.add(thread, add).await
    }

    /// Adds people to a thread; Discord notifies them. A failure for one person does not stop the others.
    pub(in crate::chat::discord::outbound) async fn add(
        &self,
        thread: ChannelId,
        people: &[UserId],
    ) -> Result<(), Failure> {
        for user in people {
            match self.rest.call(routes::add_thread_member(thread, *user)).await {
                Err(Failure::Refused(refusal)) if refusal.code != UNKNOWN_CHANNEL => {
                    tracing::warn!(%thread, %user, %refusal, "someone could not be added to a thread");
                }
                done => drop(self.or_forget(thread, done).await?),
            }
        }
        Ok(())
    }

    /// Deletes a thread with the wrong visibility before anything else is posted in it.
    pub(in crate::chat::discord::outbound) async fn vacate(
        &self,
        thread: ChannelId,
        now: Timestamp,
    ) -> Result<(), Failure> {
        match self.rest.call(routes::delete_channel(thread).because("who may see the room has changed")).await {
            Err(failure) if failure.code() != Some(UNKNOWN_CHANNEL) => Err(failure),
            Ok(_) | Err(_) => {
                self.forget_channel(thread, now).await;
                Ok(())
            }
        }
    }

    /// Posts in a thread. An archived one is reopened for it, and archived again if its room is closed.
    pub(in crate::chat::discord::outbound) async fn post_in_thread(
        &self,
        room: &ThreadRoom,
        known: MessageKey,
        post: &Post,
        now: Timestamp,
    ) -> Result<String, Failure> {
        let ThreadRoom { thread, wanted } = room;
        let thread = *thread;
        let mut post = post.clone();
        if wanted.private {
            // A mention in a thread adds the person to it.
            post.mentions.retain(|person| wanted.members.contains(person));
        }
        if wanted.archived {
            return self.post_in_archived_thread(thread, known, &post, now).await;
        }
        let said = self.say(known.clone(), thread, &post, now).await;
        if said.as_ref().err().and_then(Failure::code) != Some(ARCHIVED) {
            return said;
        }
        self.take_out(thread).await?;
        self.say(known, thread, &post, now).await
    }

    /// Posts in the thread of a closed room, and archives it again unless the room was reopened meanwhile.
    async fn post_in_archived_thread(
        &self,
        thread: ChannelId,
        known: MessageKey,
        post: &Post,
        now: Timestamp,
    ) -> Result<String, Failure> {
        let _alone = self.waking.lock().await;
        let room = known.room.clone();
        self.take_out(thread).await?;
        let said = self.say(known, thread, post, now).await;
        if self.wanted(&room).await?.archived {
            self.put_away(thread).await?;
        }
        said
    }

    /// Unarchives a thread without unlocking it.
    pub(in crate::chat::discord) async fn take_out(&self, thread: ChannelId) -> Result<(), Failure> {
        self.edit_thread(thread, &json!({ "archived": false })).await
    }

    /// Archives and locks a thread. An archived one must be unarchived to be locked.
    async fn put_away(&self, thread: ChannelId) -> Result<(), Failure> {
        let shut = json!({ "archived": true, "locked": true });
        match self.edit_thread(thread, &shut).await {
            Err(failure) if failure.code() == Some(ARCHIVED) => {
                self.take_out(thread).await?;
                self.edit_thread(thread, &shut).await
            }
            done => done,
        }
    }

    async fn edit_thread(&self, thread: ChannelId, change: &Value) -> Result<(), Failure> {
        let edited = self.rest.call(routes::edit_channel(thread, change).because("the state of the incident")).await;
        self.or_forget(thread, edited).await.map(drop)
    }
}
