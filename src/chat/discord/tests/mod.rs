//! Tests of the mirror against a server on a real socket.

pub(in crate::chat) mod guild;
mod messages;
pub(super) mod peer;
mod rooms;

use std::sync::Arc;

use secrecy::SecretString;
use tempfile::TempDir;

use super::{
    client::rest::{Rest, RestOptions},
    outbound::{Discord, PlacementSettings},
    platform,
};
use crate::{
    chat::{Chat, Outcome, Post, PostKind, RoomAccess, RoomSpec, Tone, builtin::BuiltinChat},
    config::{Config, Live, RoomNaming, Shape},
    domain::{
        Timestamp,
        effect::SkipReason,
        ids::{IncidentId, PersonId, PlatformId, RoomId},
    },
    store::{Store, StoreOptions},
};

/// Returns the id of a channel by its name.
fn channel_id(name: &str, fixture: &DiscordFixture) -> PlatformId {
    PlatformId::new(number(&fixture.guild.channel(name)["id"]).to_string())
}

use guild::{BOT, Fault, GUILD, Guild, number};

/// A guild, the record of the built-in chat, and the mirror between them.
pub(in crate::chat) struct DiscordFixture {
    pub(in crate::chat) guild: Guild,
    pub(in crate::chat) store: Store,
    pub(in crate::chat) chat: Arc<Discord>,
    _folder: TempDir,
}

pub(in crate::chat) fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_700_000_000 + second, 0).expect("in range")
}

pub(in crate::chat) fn line(text: &str) -> Post {
    Post { kind: PostKind::Line, text: text.to_owned(), ..Post::default() }
}

pub(in crate::chat) fn person(id: &str) -> PersonId {
    PersonId::new(id)
}

fn room(id: &str) -> RoomId {
    RoomId::new(id)
}

pub(in crate::chat) fn done<T: std::fmt::Debug>(outcome: Outcome<T>) -> T {
    if let Outcome::Delivered(value) = outcome { value } else { panic!("{outcome:?}") }
}

fn why<T: std::fmt::Debug>(outcome: Outcome<T>) -> String {
    match outcome {
        Outcome::Retry { why, .. } | Outcome::Rejected { why } | Outcome::Unknown { why } => why,
        Outcome::Skipped(reason) => panic!("skipped: {reason:?}"),
        Outcome::Delivered(value) => panic!("{value:?} was delivered"),
    }
}

impl DiscordFixture {
    /// Creates the fixture with Ann (account 11), Bob (account 12) and Cleo, who has no account.
    pub(in crate::chat) async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let options = StoreOptions { path: folder.path().join("hotroom.db"), queue: 1000, batch: 100 };
        let store = Store::open(&options, at(0)).unwrap();
        let link = |tx: &mut crate::store::Tx<'_>| {
            tx.link_account(&platform(), &person("ann"), &PlatformId::from("11"))?;
            tx.link_account(&platform(), &person("bob"), &PlatformId::from("12"))
        };
        store.transact(link).await.unwrap();
        let guild = Guild::start().await;
        guild.state().clock = millis(at(0));
        let chat = Self::mirror(&guild, &store);
        Self { guild, store, chat, _folder: folder }
    }

    fn mirror(guild: &Guild, store: &Store) -> Arc<Discord> {
        let access = RestOptions {
            base_url: Some(guild.peer.url.clone()),
            token: SecretString::from("x"),
            about: "https://hotroom.example".to_owned(),
            net: crate::net::NetSettings::direct(std::time::Duration::from_secs(10)),
        };
        let place = PlacementSettings {
            category: "Incidents".to_owned(),
            archive: "Archive".to_owned(),
            rooms: Shape::Channel,
            names: RoomNaming::Key,
        };
        let rest = Arc::new(Rest::new(&access).unwrap());
        let chat = Arc::new(Discord::new(rest, store.clone(), Live::new(Config::shipped()), place));
        chat.serve(GUILD.to_string().parse().unwrap());
        chat
    }

    /// Restarts the bot, which loses its state in memory.
    fn restart(&mut self) {
        self.chat = Self::mirror(&self.guild, &self.store);
    }

    /// Creates the rooms of the shipped configuration.
    async fn places(&self) {
        crate::chat::builtin::prepare(&self.store, &Config::shipped(), at(0)).await.unwrap();
    }

    /// Advances the time on Discord.
    fn advance(&self, second: i64) {
        self.guild.state().clock = millis(at(second));
    }

    /// Creates a hot room in the record.
    pub(in crate::chat) async fn hot(&self, name: &str, private: bool, members: &[&str]) -> RoomId {
        let spec = RoomSpec {
            name: name.to_owned(),
            topic: format!("all about {name}"),
            incident: Some(IncidentId::new(at(0))),
            private,
            members: members.iter().map(|id| person(id)).collect(),
            now: at(0),
        };
        done(BuiltinChat::new(self.store.clone()).open_room(spec.clone()).await);
        done(self.chat.open_room(spec).await)
    }

    async fn upsert(&self, to: &RoomId, post: Post, second: i64) -> Outcome<String> {
        self.advance(second);
        self.chat.upsert(to.clone(), "message/1".to_owned(), post, at(second)).await
    }
}

/// Returns a time in milliseconds since the beginning of 2015, Discord's epoch.
pub(in crate::chat) fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.timestamp_millis() - 1_420_070_400_000).unwrap()
}
