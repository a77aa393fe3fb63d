//! The outbound half: updates Discord from the record.

mod access;
pub mod capacity;
mod channel;
mod guild;
mod messages;
mod placement;
mod rooms;
mod threads;

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, AtomicUsize},
};

use serde::Deserialize;
use tokio::sync::{Mutex, Notify, OnceCell};

use self::{
    channel::{ChannelSpec, from_store_error},
    messages::MessageKey,
    threads::ThreadRoom,
};
use super::{
    client::{
        gateway::Standing,
        rest::{Failure, Rest},
        routes,
        snowflake::{ChannelId, GuildId, UserId},
    },
    platform,
    wire::{post, post::Directory},
};
use crate::{
    chat::{Chat, ChatFuture, Outcome, Post, RoomAccess, RoomSpec, builtin},
    config::{Live, RoomNaming, Shape},
    domain::{
        Timestamp,
        effect::SkipReason,
        ids::{PersonId, RoomId},
    },
    store::{MirrorAccount, Store},
};

/// Discord's error codes.
const CANNOT_SEND_TO_USER: u64 = 50007;
const NO_SHARED_GUILD: u64 = 50278;

/// Placement settings for rooms on Discord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacementSettings {
    /// The category of hot rooms. If it is full, another one with a number is created.
    pub category: String,
    /// The category of archived rooms.
    pub archive: String,
    /// How hot rooms are represented while there is capacity for it.
    pub rooms: Shape,
    /// What their channels are called.
    pub names: RoomNaming,
}

/// Discord as the mirror of the built-in chat.
pub struct Discord {
    pub(super) rest: Arc<Rest>,
    pub(super) store: Store,
    pub(super) place: PlacementSettings,
    /// Locked while channels are created or moved: the list of channels must stay valid until the call.
    pub(super) making: Mutex<()>,
    /// Locked while a thread is unarchived for a message and archived again.
    pub(super) waking: Mutex<()>,
    /// Notified when a channel was linked to a room: it may already have messages.
    pub(super) new_channel: Notify,
    pub(super) standing: Standing,
    pub(super) served: OnceLock<GuildId>,
    /// True while that guild is unavailable.
    pub(super) away: AtomicBool,
    /// How many channels that guild has, if known.
    pub(super) used: AtomicUsize,
    pub(super) config: Live,
    me: OnceCell<UserId>,
}

#[derive(Deserialize)]
pub(super) struct AccountRef {
    pub(super) id: UserId,
}

impl Discord {
    /// Creates the mirror of the chat in this store.
    pub fn new(rest: Arc<Rest>, store: Store, config: Live, place: PlacementSettings) -> Self {
        let (standing, served) = (Standing::default(), OnceLock::new());
        Self {
            rest,
            store,
            place,
            making: Mutex::default(),
            waking: Mutex::default(),
            new_channel: Notify::new(),
            standing,
            served,
            away: AtomicBool::new(false),
            used: AtomicUsize::new(0),
            config,
            me: OnceCell::new(),
        }
    }

    /// Returns the bot's own account.
    pub(super) async fn me(&self) -> Result<UserId, Failure> {
        let ask = || async { self.rest.ask::<AccountRef>(routes::me()).await.map(|account| account.id) };
        self.me.get_or_try_init(ask).await.copied()
    }

    /// Returns the accounts of people. People without an account are left out.
    pub(super) async fn users(&self, people: &[PersonId]) -> Result<Vec<UserId>, Failure> {
        let directory = self.directory(post::MessageNames { people: people.to_vec(), rooms: Vec::new() }).await?;
        let mut users: Vec<UserId> = directory.people.values().filter_map(|(_, user)| *user).collect();
        users.sort();
        Ok(users)
    }

    /// Resolves people and rooms.
    pub(super) async fn directory(&self, names: post::MessageNames) -> Result<Directory, Failure> {
        let post::MessageNames { people, rooms } = names;
        let config = self.config.current();
        let read = self.store.read(move |reads| {
            let mut directory = Directory::default();
            for person in people {
                let account = reads.mirror_account(&platform(), &person)?;
                let account = account.and_then(|account| UserId::from_platform(&account.account));
                let known = config.person(&person);
                if known.is_some() || account.is_some() {
                    let name = known.map_or(person.as_str(), |known| known.name.as_str()).to_owned();
                    directory.people.insert(person, (name, account));
                }
            }
            for room in rooms {
                let known = reads.mirror_channel(&platform(), &room)?;
                let channel = known.and_then(|known| ChannelId::from_platform(&known.channel));
                directory.rooms.extend(channel.map(|channel| (room, channel)));
            }
            Ok(directory)
        });
        read.await.map_err(from_store_error)
    }

    /// Returns the direct channel of a person.
    async fn direct_channel(&self, person: &PersonId) -> Result<ChannelId, Failure> {
        let account = self.account(person).await?;
        if let Some(known) = account.direct_channel.as_ref().and_then(ChannelId::from_platform) {
            return Ok(known);
        }
        let user = UserId::from_platform(&account.account);
        let user = user.ok_or_else(|| Failure::Impossible(format!("{person} has no Discord account")))?;
        let opened: OpenedDirect = self.rest.ask(routes::open_direct(user)).await?;
        self.note_account(person, MirrorAccount { direct_channel: Some(opened.id.to_platform()), ..account }).await?;
        Ok(opened.id)
    }

    async fn account(&self, person: &PersonId) -> Result<MirrorAccount, Failure> {
        let id = person.clone();
        let account =
            self.store.read(move |reads| reads.mirror_account(&platform(), &id)).await.map_err(from_store_error)?;
        account.ok_or_else(|| Failure::Impossible(format!("{person} is not linked to a Discord account")))
    }

    async fn note_account(&self, person: &PersonId, account: MirrorAccount) -> Result<(), Failure> {
        let person = person.clone();
        let noted = self.store.transact_urgent(move |tx| tx.set_mirror_account(&platform(), &person, &account));
        noted.await.map_err(from_store_error)
    }

    async fn post_directly(
        &self,
        person: &PersonId,
        by: MessageRef,
        post: &Post,
        now: Timestamp,
    ) -> Result<String, Failure> {
        let channel = self.direct_channel(person).await?;
        let said = self.say(by.known(builtin::direct_room(person)), channel, post, now).await;
        let blocked =
            matches!(said.as_ref().err().and_then(Failure::code), Some(CANNOT_SEND_TO_USER | NO_SHARED_GUILD));
        let account = self.account(person).await?;
        if blocked != account.blocked_at.is_some() && (blocked || said.is_ok()) {
            self.note_account(person, MirrorAccount { blocked_at: blocked.then_some(now), ..account }).await?;
        }
        if blocked {
            return Err(Failure::Impossible(format!("{person} takes no direct messages from the bot on Discord")));
        }
        said
    }

    async fn post_in_room(
        &self,
        room: &RoomId,
        by: MessageRef,
        post: &Post,
        now: Timestamp,
    ) -> Result<String, Failure> {
        let spot = self.spot(room, now).await?;
        let known = by.known(room.clone());
        match spot.thread {
            Some(wanted) => self.post_in_thread(&ThreadRoom { thread: spot.channel, wanted }, known, post, now).await,
            None => self.say(known, spot.channel, post, now).await,
        }
    }
}

#[derive(Deserialize)]
struct OpenedDirect {
    id: ChannelId,
}

/// How a repeated post is recognized.
enum MessageRef {
    /// By the key of its effect: it is sent once.
    Key(String),
    /// By its subject: it is edited when its content changes.
    Mark(String),
}

impl MessageRef {
    fn known(self, room: RoomId) -> MessageKey {
        match self {
            Self::Key(known_by) => MessageKey { room, known_by, lasting: false },
            Self::Mark(known_by) => MessageKey { room, known_by, lasting: true },
        }
    }
}

fn outcome<T>(done: Result<T, Failure>) -> Outcome<T> {
    done.map_or_else(Failure::outcome, Outcome::Delivered)
}

impl Chat for Discord {
    fn open_room(&self, spec: RoomSpec) -> ChatFuture<'_, RoomId> {
        Box::pin(async move {
            let incident = spec.incident;
            let found = self.store.read(move |reads| incident.map_or(Ok(None), |id| reads.room_of_incident(id))).await;
            let room = match found.map_err(from_store_error) {
                Ok(found) => found.map_or_else(|| RoomId::new(spec.name), |room| room.id),
                Err(failure) => return failure.outcome(),
            };
            outcome(self.channel(&room, spec.now).await.map(|_| room))
        })
    }

    fn invite(&self, room: RoomId, people: Vec<PersonId>, now: Timestamp) -> ChatFuture<'_, ()> {
        Box::pin(async move { outcome(self.admit(&room, &people, now).await) })
    }

    fn restrict(&self, room: RoomId, access: RoomAccess, now: Timestamp) -> ChatFuture<'_, ()> {
        Box::pin(async move {
            let wanted = self.wanted(&room).await;
            let restricted = async {
                self.adjust(&room, &ChannelSpec { private: access.private, members: access.members, ..wanted? }, now)
                    .await
            };
            outcome(restricted.await)
        })
    }

    fn post(&self, room: RoomId, key: String, post: Post, now: Timestamp) -> ChatFuture<'_, String> {
        Box::pin(async move { outcome(self.post_in_room(&room, MessageRef::Key(key), &post, now).await) })
    }

    fn upsert(&self, room: RoomId, mark: String, post: Post, now: Timestamp) -> ChatFuture<'_, String> {
        Box::pin(async move { outcome(self.post_in_room(&room, MessageRef::Mark(mark), &post, now).await) })
    }

    fn amend(&self, room: RoomId, mark: String, post: Post, now: Timestamp) -> ChatFuture<'_, ()> {
        Box::pin(async move {
            let (place, wanted) = (room.clone(), mark.clone());
            let sent =
                self.store.read(move |reads| Ok(reads.mirror_message(&platform(), &place, &wanted)?.is_some())).await;
            match sent.map_err(from_store_error) {
                Ok(true) => self.upsert(room, mark, post, now).await.map(drop),
                Ok(false) => Outcome::Skipped(SkipReason::NeverDelivered),
                Err(failure) => failure.outcome(),
            }
        })
    }

    fn direct(&self, person: PersonId, key: String, post: Post, now: Timestamp) -> ChatFuture<'_, String> {
        Box::pin(async move { outcome(self.post_directly(&person, MessageRef::Key(key), &post, now).await) })
    }

    fn upsert_direct(&self, person: PersonId, mark: String, post: Post, now: Timestamp) -> ChatFuture<'_, String> {
        Box::pin(async move { outcome(self.post_directly(&person, MessageRef::Mark(mark), &post, now).await) })
    }

    fn set_archived(&self, room: RoomId, archived: bool, now: Timestamp) -> ChatFuture<'_, ()> {
        Box::pin(async move {
            let wanted = self.wanted(&room).await;
            outcome(async { self.adjust(&room, &ChannelSpec { archived, ..wanted? }, now).await }.await)
        })
    }
}
