//! Discord as a chat platform: what stands there is made to say what our record says.

mod access;
pub mod capacity;
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
use sha2::{Digest, Sha256};
use tokio::sync::{Mutex, Notify, OnceCell};

use self::{
    messages::Known,
    rooms::{Wanted, of_store},
};
use super::{
    client::{
        gateway::Standing,
        rest::{Failure, Rest},
        routes,
        snowflake::{ChannelId, GuildId, Snowflake, UserId},
    },
    wire::post::Directory,
};
use crate::{
    chat::{Chat, Outcome, Post, RoomSpec, builtin},
    config::{Live, Shape},
    domain::{
        Timestamp,
        effect::SkipReason,
        ids::{PersonId, RoomId},
    },
    store::{DiscordPerson, Store},
};

/// Discord's codes.
const CANNOT_SEND_TO_USER: u64 = 50007;
const NO_SHARED_GUILD: u64 = 50278;

/// Where on Discord the rooms are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The category of hot rooms. When it is full, one with a number behind the name is opened.
    pub category: String,
    /// The category of archived rooms.
    pub archive: String,
    /// What a hot room is, as long as there is a place for it.
    pub rooms: Shape,
}

/// Discord.
pub struct Discord {
    pub(super) rest: Arc<Rest>,
    pub(super) store: Store,
    pub(super) place: Place,
    /// Held while channels are made or moved: the guild's list has to stay true until the call.
    pub(super) making: Mutex<()>,
    /// Held while a thread is opened for a word and put away again.
    pub(super) waking: Mutex<()>,
    /// Rung when a channel has become ours: someone may have written in it already.
    pub(super) new_channel: Notify,
    pub(super) standing: Standing,
    pub(super) served: OnceLock<GuildId>,
    /// Whether that server is out of reach.
    pub(super) away: AtomicBool,
    /// How many channels that server has, as far as it is known.
    pub(super) used: AtomicUsize,
    pub(super) config: Live,
    me: OnceCell<UserId>,
}

#[derive(Deserialize)]
pub(super) struct Account {
    pub(super) id: UserId,
}

/// The mark of something that is known by a name: short, and the same each time.
pub(super) fn mark(name: &str) -> String {
    format!("ref {}", &fingerprint(name)[..8])
}

/// A short hash of a text.
pub(super) fn fingerprint(text: &str) -> String {
    hex::encode(&Sha256::digest(text)[..16])
}

impl Discord {
    /// The Discord that this client reaches, as the mirror of the chat in this store.
    pub fn new(rest: Arc<Rest>, store: Store, config: Live, place: Place) -> Self {
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

    /// The bot's own account.
    pub(super) async fn me(&self) -> Result<UserId, Failure> {
        let ask = || async { self.rest.ask::<Account>(routes::me()).await.map(|account| account.id) };
        self.me.get_or_try_init(ask).await.copied()
    }

    /// The accounts of people; those without one are left out.
    pub(super) async fn users(&self, people: &[PersonId]) -> Result<Vec<UserId>, Failure> {
        let directory = self.directory((people.to_vec(), Vec::new())).await?;
        let mut users: Vec<UserId> = directory.people.values().filter_map(|(_, user)| *user).collect();
        users.sort();
        Ok(users)
    }

    /// What is known of the people and rooms that are named.
    pub(super) async fn directory(&self, (people, rooms): (Vec<PersonId>, Vec<RoomId>)) -> Result<Directory, Failure> {
        let config = self.config.current();
        let read = self.store.read(move |reads| {
            let mut directory = Directory::default();
            for person in people {
                let account = reads.discord_account(&person)?.and_then(|account| Snowflake::new(account.user));
                let known = config.person(&person);
                if known.is_some() || account.is_some() {
                    let name = known.map_or(person.as_str(), |known| known.name.as_str()).to_owned();
                    directory.people.insert(person, (name, account.map(UserId)));
                }
            }
            for room in rooms {
                let channel = reads.discord_channel(&room)?.and_then(|known| Snowflake::new(known.channel));
                directory.rooms.extend(channel.map(|channel| (room, ChannelId(channel))));
            }
            Ok(directory)
        });
        read.await.map_err(of_store)
    }

    /// The channel in which the bot speaks to one person alone.
    async fn direct_channel(&self, person: &PersonId) -> Result<ChannelId, Failure> {
        let account = self.account(person).await?;
        if let Some(known) = account.direct.and_then(Snowflake::new) {
            return Ok(ChannelId(known));
        }
        let user = Snowflake::new(account.user).map(UserId);
        let user = user.ok_or_else(|| Failure::Impossible(format!("{person} has no Discord account")))?;
        let opened: OpenedDirect = self.rest.ask(routes::open_direct(user)).await?;
        self.note_account(person, DiscordPerson { direct: Some(opened.id.0.get()), ..account }).await?;
        Ok(opened.id)
    }

    async fn account(&self, person: &PersonId) -> Result<DiscordPerson, Failure> {
        let id = person.clone();
        let account = self.store.read(move |reads| reads.discord_account(&id)).await.map_err(of_store)?;
        account.ok_or_else(|| Failure::Impossible(format!("{person} is not linked to a Discord account")))
    }

    async fn note_account(&self, person: &PersonId, account: DiscordPerson) -> Result<(), Failure> {
        let person = person.clone();
        let noted = self.store.transact_urgent(move |tx| tx.set_discord_account(&person, &account));
        noted.await.map_err(of_store)
    }

    async fn say_alone(&self, person: &PersonId, by: KnownBy, post: &Post, now: Timestamp) -> Result<String, Failure> {
        let channel = self.direct_channel(person).await?;
        let said = self.say(by.known(builtin::direct_room(person)), channel, post, now).await;
        let blocked =
            matches!(said.as_ref().err().and_then(Failure::code), Some(CANNOT_SEND_TO_USER | NO_SHARED_GUILD));
        let account = self.account(person).await?;
        if blocked != account.blocked_at.is_some() && (blocked || said.is_ok()) {
            self.note_account(person, DiscordPerson { blocked_at: blocked.then_some(now), ..account }).await?;
        }
        if blocked {
            return Err(Failure::Impossible(format!("{person} takes no direct messages from the bot on Discord")));
        }
        said
    }

    async fn say_in(&self, room: &RoomId, by: KnownBy, post: &Post, now: Timestamp) -> Result<String, Failure> {
        let spot = self.spot(room, now).await?;
        let known = by.known(room.clone());
        match spot.thread {
            Some(wanted) => self.say_in_thread((spot.channel, wanted), known, post, now).await,
            None => self.say(known, spot.channel, post, now).await,
        }
    }
}

#[derive(Deserialize)]
struct OpenedDirect {
    id: ChannelId,
}

/// What makes a post the same post when it comes again.
enum KnownBy {
    /// The key of its effect: it is sent once.
    Key(String),
    /// What it shows: it is edited to stay true.
    Mark(String),
}

impl KnownBy {
    fn known(self, room: RoomId) -> Known {
        match self {
            Self::Key(known_by) => Known { room, known_by, lasting: false },
            Self::Mark(known_by) => Known { room, known_by, lasting: true },
        }
    }
}

fn outcome<T>(done: Result<T, Failure>) -> Outcome<T> {
    done.map_or_else(Failure::outcome, Outcome::Delivered)
}

impl Chat for Discord {
    async fn open_room(&self, spec: RoomSpec) -> Outcome<RoomId> {
        let incident = spec.incident;
        let found = self.store.read(move |reads| incident.map_or(Ok(None), |id| reads.room_of_incident(id))).await;
        let room = match found.map_err(of_store) {
            Ok(found) => found.map_or_else(|| RoomId::new(spec.name), |room| room.id),
            Err(failure) => return failure.outcome(),
        };
        outcome(self.channel(&room, spec.now).await.map(|_| room))
    }

    async fn invite(&self, room: RoomId, people: Vec<PersonId>, now: Timestamp) -> Outcome<()> {
        outcome(self.admit(&room, &people, now).await)
    }

    async fn restrict(&self, room: RoomId, (private, members): (bool, Vec<PersonId>), now: Timestamp) -> Outcome<()> {
        let wanted = self.wanted(&room).await;
        let restricted = async { self.adjust(&room, &Wanted { private, members, ..wanted? }, now).await };
        outcome(restricted.await)
    }

    async fn post(&self, room: RoomId, key: String, post: Post, now: Timestamp) -> Outcome<String> {
        outcome(self.say_in(&room, KnownBy::Key(key), &post, now).await)
    }

    async fn upsert(&self, room: RoomId, mark: String, post: Post, now: Timestamp) -> Outcome<String> {
        outcome(self.say_in(&room, KnownBy::Mark(mark), &post, now).await)
    }

    async fn amend(&self, room: RoomId, mark: String, post: Post, now: Timestamp) -> Outcome<()> {
        let (place, wanted) = (room.clone(), mark.clone());
        let sent = self.store.read(move |reads| Ok(reads.discord_message(&place, &wanted)?.is_some())).await;
        match sent.map_err(of_store) {
            Ok(true) => self.upsert(room, mark, post, now).await.map(drop),
            Ok(false) => Outcome::Skipped(SkipReason::NeverDelivered),
            Err(failure) => failure.outcome(),
        }
    }

    async fn direct(&self, person: PersonId, key: String, post: Post, now: Timestamp) -> Outcome<String> {
        outcome(self.say_alone(&person, KnownBy::Key(key), &post, now).await)
    }

    async fn upsert_direct(&self, person: PersonId, mark: String, post: Post, now: Timestamp) -> Outcome<String> {
        outcome(self.say_alone(&person, KnownBy::Mark(mark), &post, now).await)
    }

    async fn set_archived(&self, room: RoomId, archived: bool, now: Timestamp) -> Outcome<()> {
        let wanted = self.wanted(&room).await;
        outcome(async { self.adjust(&room, &Wanted { archived, ..wanted? }, now).await }.await)
    }
}
