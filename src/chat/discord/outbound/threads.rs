//! Rooms that are threads of a feed. Who sees a thread is settled when it is made: a private one is seen by those who were
//! added to it, and by whoever may manage threads. A room that becomes private, or stops being so, therefore moves to
//! another thread, and the old one is deleted first.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Discord,
    messages::Known,
    rooms::{Made, UNKNOWN_CHANNEL, Wanted, channel_name, of_store},
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

/// Kinds of threads.
const PUBLIC: u8 = 11;
const PRIVATE: u8 = 12;
/// After how many minutes without a word Discord puts a thread away by itself: the longest that it takes.
const PUT_AWAY: u32 = 7 * 24 * 60;

/// Discord's code for what cannot be done in a thread that is put away.
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
    /// Whether it was made for this room: by us, here, under its name, and not before there was such a room.
    fn is_of(&self, wanted: &Wanted, (me, feed): (UserId, ChannelId)) -> bool {
        let ours = self.owner_id == Some(me) && self.parent_id == Some(feed) && self.kind == kind(wanted);
        let named = self.name.as_deref() == Some(&channel_name(&wanted.room.name));
        ours && named && self.id.0.time() >= wanted.room.created_at - crate::chat::discord::outbound::messages::SKEW
    }
}

fn kind(wanted: &Wanted) -> u8 {
    if wanted.private { PRIVATE } else { PUBLIC }
}

impl Discord {
    /// The thread of a room that an earlier try has made without our hearing of it.
    pub(in crate::chat::discord::outbound) async fn find_thread(
        &self,
        wanted: &Wanted,
        feed: ChannelId,
    ) -> Result<Option<ChannelId>, Failure> {
        let found: Threads = self.rest.ask(routes::active_threads(self.guild()?)).await?;
        let ours = (self.me().await?, feed);
        for thread in found.threads.iter().filter(|thread| thread.is_of(wanted, ours)) {
            // Another room of this name may have it.
            if self.room_of(thread.id).await.map_err(of_store)?.is_none() {
                return Ok(Some(thread.id));
            }
        }
        Ok(None)
    }

    pub(in crate::chat::discord::outbound) async fn make_thread(
        &self,
        wanted: &Wanted,
        feed: ChannelId,
    ) -> Result<ChannelId, Failure> {
        let mut thread = json!({
            "name": channel_name(&wanted.room.name), "type": kind(wanted), "auto_archive_duration": PUT_AWAY,
        });
        if wanted.private {
            // Its members do not let others in.
            thread["invitable"] = false.into();
        }
        let create = routes::create_thread(feed, &thread).because(&wanted.room.name);
        let made = self.rest.ask::<Made>(create).await;
        Ok(self.or_forget(feed, made).await?.id)
    }

    /// Makes a thread be as its room is: who was added, and whether it is put away and shut.
    pub(in crate::chat::discord::outbound) async fn adjust_thread(
        &self,
        thread: ChannelId,
        wanted: &Wanted,
        (members, fresh): (&[UserId], bool),
    ) -> Result<(), Failure> {
        if wanted.archived {
            let _alone = self.waking.lock().await;
            self.put_away(thread).await?;
        } else if !fresh {
            let _alone = self.waking.lock().await;
            self.edit_thread(thread, &json!({ "archived": false, "locked": false })).await?;
        }
        // Nobody can be added to a thread that is put away; those who are in it stay in.
        let add = if wanted.archived { &[][..] } else { members };
        self.add(thread, add).await
    }

    /// Adds people to a thread; Discord calls them. One who cannot be added holds up nobody.
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

    /// Takes a thread out that is seen by others than its room should be: before anything more is said in it.
    pub(in crate::chat::discord::outbound) async fn vacate(
        &self,
        thread: ChannelId,
        now: Timestamp,
    ) -> Result<(), Failure> {
        match self.rest.call(routes::delete_channel(thread).because("who may see the room has changed")).await {
            Err(failure) if failure.code() != Some(UNKNOWN_CHANNEL) => Err(failure),
            Ok(_) | Err(_) => {
                self.channel_gone(thread, now).await;
                Ok(())
            }
        }
    }

    /// Says something in a thread. One that is put away is opened for it, and put away again when its room is closed.
    pub(in crate::chat::discord) async fn say_in_thread(
        &self,
        (thread, wanted): (ChannelId, Wanted),
        known: Known,
        post: &Post,
        now: Timestamp,
    ) -> Result<String, Failure> {
        let mut post = post.clone();
        if wanted.private {
            // Whoever is called in a thread is let in by that.
            post.mentions.retain(|person| wanted.members.contains(person));
        }
        if wanted.archived {
            return self.say_after_the_end(thread, known, &post, now).await;
        }
        let said = self.say(known.clone(), thread, &post, now).await;
        if said.as_ref().err().and_then(Failure::code) != Some(ARCHIVED) {
            return said;
        }
        self.take_out(thread).await?;
        self.say(known, thread, &post, now).await
    }

    /// Says something in a thread whose room is closed, unless it was opened again meanwhile.
    async fn say_after_the_end(
        &self,
        thread: ChannelId,
        known: Known,
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

    /// Opens a thread that is put away; whether it is locked stays.
    pub(in crate::chat::discord) async fn take_out(&self, thread: ChannelId) -> Result<(), Failure> {
        self.edit_thread(thread, &json!({ "archived": false })).await
    }

    /// Puts a thread away and locks it. One that is away already has to be taken out to be locked.
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
