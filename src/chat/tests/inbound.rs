//! The inbound half of the suite: messages, catching up, and interactions. The built-in chat has no inbound half: its
//! commands reach the bot through the console, whose tests cover repeats.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::{
    bot::TestBot,
    memory::{MemoryMessage, MemoryPlatform},
};
use crate::{
    chat::{
        Chat, Post, RoomSpec,
        bot::{Bot, Outsider},
        builtin::BuiltinChat,
        discord::{
            client::gateway::GatewayEvent,
            inbound::DiscordInbound,
            tests::{
                DiscordFixture, at, done,
                guild::{BOT, GUILD, number},
                millis,
            },
        },
        inbound::{History, InboundCore},
    },
    domain::ids::{IncidentId, PlatformId, RoomId},
    store::{MessagePosition, NewInteraction, Store, chat::MessageRange},
};

const ROOM: &str = "hot-1";

/// A platform under test. Message `n` is the one written in second `n`.
trait InboundPlatform: Send + Sync {
    fn store(&self) -> &Store;

    fn bot(&self) -> &TestBot;

    /// Delivers a message, possibly again.
    fn arrive<'a>(&'a self, n: u32, text: &'a str) -> BoxFuture<'a, ()>;

    /// Reports an edit.
    fn edit<'a>(&'a self, n: u32, text: &'a str) -> BoxFuture<'a, ()>;

    /// Writes a message while the bot is disconnected.
    fn write_unseen(&self, n: u32, text: &str);

    /// Deletes a message while the bot is disconnected.
    fn delete_unseen(&self, n: u32);

    /// Reconnects the bot.
    fn reconnect(&self) -> BoxFuture<'_, ()>;

    /// Sends a command as an interaction, or resumes it if it is not `fresh`.
    fn interact(&self, n: u32, fresh: bool) -> BoxFuture<'_, ()>;

    /// Sends a command as a person who is not served.
    fn interact_as_outsider(&self, n: u32) -> BoxFuture<'_, ()>;

    /// Returns the shared half.
    fn core(&self) -> &InboundCore;

    /// Returns the responses that people saw since the last call.
    fn responses(&self) -> Vec<String>;

    /// Restarts the bot, which loses its state in memory.
    fn restart(&mut self);
}

struct DiscordPlatform {
    fixture: DiscordFixture,
    bot: Arc<TestBot>,
    inbound: DiscordInbound,
}

impl DiscordPlatform {
    async fn new() -> Self {
        let fixture = DiscordFixture::new().await;
        fixture.hot(ROOM, false, &[]).await;
        let bot = Arc::new(TestBot::new(fixture.store.clone()));
        let inbound = Self::inbound(&fixture, &bot);
        let platform = Self { fixture, bot, inbound };
        platform.start_session().await;
        platform
    }

    async fn start_session(&self) {
        let ready = json!({ "application": { "id": "5" }, "user": { "id": BOT.to_string() },
            "guilds": [{ "id": GUILD.to_string() }] });
        self.dispatch("READY", ready).await;
    }

    fn inbound(fixture: &DiscordFixture, bot: &Arc<TestBot>) -> DiscordInbound {
        DiscordInbound::new(Arc::clone(bot) as Arc<dyn Bot>, Arc::clone(&fixture.chat))
    }

    fn channel(&self) -> u64 {
        number(&self.fixture.guild.channel(ROOM)["id"])
    }

    fn message(&self, n: u32, text: &str) -> (u64, Value) {
        let id = millis(at(i64::from(n))) << 22;
        let message = json!({
            "id": id.to_string(), "channel_id": self.channel().to_string(), "content": text, "embeds": [],
            "author": { "id": "12", "username": "bob" }, "member": { "roles": [] }, "type": 0,
        });
        (id, message)
    }

    fn interaction(&self, n: u32, guild: u64) -> Value {
        json!({
            "id": n.to_string(), "application_id": "5", "type": 2, "token": "t", "guild_id": guild.to_string(),
            "channel_id": self.channel().to_string(), "data": { "name": "incident" },
            "member": { "user": { "id": "12", "username": "bob" }, "roles": [] },
        })
    }

    fn put(&self, n: u32, text: &str) -> Value {
        let (id, message) = self.message(n, text);
        let channel = self.channel();
        self.fixture.guild.state().messages.entry(channel).or_default().insert(id, message.clone());
        message
    }

    async fn dispatch(&self, name: &str, data: Value) {
        self.inbound.receive(GatewayEvent::Dispatch { name: name.to_owned(), data }).await;
    }
}

impl InboundPlatform for DiscordPlatform {
    fn store(&self) -> &Store {
        &self.fixture.store
    }

    fn bot(&self) -> &TestBot {
        &self.bot
    }

    fn arrive<'a>(&'a self, n: u32, text: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move { self.dispatch("MESSAGE_CREATE", self.put(n, text)).await })
    }

    fn edit<'a>(&'a self, n: u32, text: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move { self.dispatch("MESSAGE_UPDATE", self.put(n, text)).await })
    }

    fn write_unseen(&self, n: u32, text: &str) {
        self.put(n, text);
    }

    fn delete_unseen(&self, n: u32) {
        let (id, _) = self.message(n, "");
        let channel = self.channel();
        self.fixture.guild.state().messages.entry(channel).or_default().remove(&id);
    }

    fn reconnect(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.inbound.receive(GatewayEvent::Gap))
    }

    fn interact(&self, n: u32, fresh: bool) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if !fresh {
                // Stored interactions are resumed once the session says which server is served.
                self.start_session().await;
            }
            self.inbound.on_interaction(self.interaction(n, GUILD), fresh).await;
        })
    }

    fn interact_as_outsider(&self, n: u32) -> BoxFuture<'_, ()> {
        Box::pin(self.inbound.on_interaction(self.interaction(n, GUILD + 1), true))
    }

    fn core(&self) -> &InboundCore {
        &self.inbound.core
    }

    fn responses(&self) -> Vec<String> {
        let seen = |body: &Value| {
            if body["type"] == 5 {
                return "acknowledged".to_owned();
            }
            let body = body.get("data").unwrap_or(body);
            body["embeds"][0]["description"].as_str().unwrap_or_default().trim_start_matches("-# ").to_owned()
        };
        std::mem::take(&mut self.fixture.guild.state().responses).iter().map(seen).collect()
    }

    fn restart(&mut self) {
        self.inbound = Self::inbound(&self.fixture, &self.bot);
    }
}

/// The in-memory platform with a room of the record.
struct MemoryInbound(MemoryPlatform);

impl MemoryInbound {
    async fn new() -> Self {
        let platform = MemoryPlatform::new().await;
        let spec = RoomSpec {
            name: ROOM.to_owned(),
            topic: String::new(),
            incident: Some(IncidentId::new(at(0))),
            private: false,
            members: Vec::new(),
            now: at(0),
        };
        done(BuiltinChat::new(platform.store.clone()).open_room(spec).await);
        let start = MessagePosition { message: PlatformId::from("$begin"), at: at(0) };
        platform.core.start_cursor(PlatformId::from(ROOM), start).await;
        Self(platform)
    }

    fn write(&self, n: u32, text: &str) -> MemoryMessage {
        self.0.write(&id(n), ROOM, text, at(i64::from(n)))
    }
}

/// Returns ids without an order, because they begin with a hash of the number.
fn id(n: u32) -> String {
    format!("${:x}:{n}", n.wrapping_mul(2_654_435_761))
}

impl InboundPlatform for MemoryInbound {
    fn store(&self) -> &Store {
        &self.0.store
    }

    fn bot(&self) -> &TestBot {
        &self.0.bot
    }

    fn arrive<'a>(&'a self, n: u32, text: &'a str) -> BoxFuture<'a, ()> {
        self.0.delete(&PlatformId::new(id(n)));
        let message = self.write(n, text);
        Box::pin(async move {
            self.0.receive(&message).await;
        })
    }

    fn edit<'a>(&'a self, n: u32, text: &'a str) -> BoxFuture<'a, ()> {
        self.0.delete(&PlatformId::new(id(n)));
        let message = self.write(n, text);
        Box::pin(async move { self.0.edit(&message.id, text).await })
    }

    fn write_unseen(&self, n: u32, text: &str) {
        self.write(n, text);
    }

    fn delete_unseen(&self, n: u32) {
        self.0.delete(&PlatformId::new(id(n)));
    }

    fn reconnect(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.0.core.fill_gap(&self.0, &PlatformId::from(ROOM)).await.unwrap();
            for gone in self.0.core.deleted(RoomId::from(ROOM), &self.0.seen()).await.unwrap() {
                self.0.edit(&gone, "").await;
            }
        })
    }

    fn interact(&self, n: u32, fresh: bool) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.0.interact(&n.to_string(), fresh, None).await })
    }

    fn interact_as_outsider(&self, n: u32) -> BoxFuture<'_, ()> {
        let outsider = Outsider { platform: self.0.core.platform.clone(), account: "mallory".to_owned(), server: None };
        Box::pin(async move { self.0.interact(&n.to_string(), true, Some(outsider)).await })
    }

    fn core(&self) -> &InboundCore {
        &self.0.core
    }

    fn responses(&self) -> Vec<String> {
        self.0.responses()
    }

    fn restart(&mut self) {
        self.0.restart();
    }
}

/// Returns the texts of the room in the record.
async fn recorded(platform: &dyn InboundPlatform) -> Vec<String> {
    let read = platform.store().read(|reads| reads.messages(&RoomId::from(ROOM), MessageRange::After(0), 100));
    let texts = read.await.unwrap().items.into_iter().map(|message| {
        let post: Post = serde_json::from_str(&message.body).unwrap();
        post.text
    });
    texts.collect()
}

async fn a_message_that_arrives_twice_is_taken_in_once(platform: &mut dyn InboundPlatform) {
    for n in [1, 2, 1] {
        platform.arrive(n, &format!("message {n}")).await;
    }
    assert_eq!(recorded(platform).await, ["message 1", "message 2"]);
}

async fn an_edit_changes_the_message(platform: &mut dyn InboundPlatform) {
    platform.arrive(1, "before").await;
    platform.edit(1, "after").await;
    assert_eq!(recorded(platform).await, ["after"]);
}

async fn missed_messages_are_fetched_in_order_and_once(platform: &mut dyn InboundPlatform) {
    platform.arrive(1, "message 1").await;
    for n in 2..=6 {
        platform.write_unseen(n, &format!("message {n}"));
    }
    platform.restart();
    for _ in 0..2 {
        platform.reconnect().await;
    }
    platform.arrive(7, "message 7").await;
    let all: Vec<String> = (1..=7).map(|n| format!("message {n}")).collect();
    assert_eq!(recorded(platform).await, all);
}

async fn a_missed_deletion_is_found(platform: &mut dyn InboundPlatform) {
    for n in 1..=3 {
        platform.arrive(n, &format!("message {n}")).await;
    }
    platform.delete_unseen(2);
    platform.reconnect().await;
    assert_eq!(recorded(platform).await, ["message 1", "", "message 3"]);
}

async fn an_interaction_is_processed_once(platform: &mut dyn InboundPlatform) {
    for _ in 0..2 {
        platform.interact(1, true).await;
    }
    assert_eq!(platform.bot().commands(), 1);
    assert_eq!(platform.responses(), ["acknowledged", "command 1"]);
    assert_eq!(platform.core().unfinished().await.len(), 0);
}

async fn a_stored_interaction_is_resumed_after_a_restart(platform: &mut dyn InboundPlatform) {
    let (name, id) = (platform.core().platform.clone(), PlatformId::from("1"));
    let stored = platform.store().transact(move |tx| {
        let new = NewInteraction { id: &id, body: "{}", draft: None };
        tx.store_interaction(&name, new, at(0))
    });
    assert_eq!(stored.await, Ok(true));
    assert_eq!((platform.core().unfinished().await.len(), platform.bot().commands()), (1, 0));
    platform.restart();
    platform.interact(1, false).await;
    assert_eq!(platform.responses(), ["command 1"], "the acknowledgement was sent before the restart");
    assert_eq!((platform.core().unfinished().await.len(), platform.bot().commands()), (0, 1));
}

async fn an_outsider_is_refused_without_a_command(platform: &mut dyn InboundPlatform) {
    platform.interact_as_outsider(1).await;
    assert_eq!((platform.bot().commands(), platform.bot().rejected()), (0, 1));
    assert_eq!(platform.responses(), ["not served"]);
    assert_eq!(platform.core().unfinished().await.len(), 0);
}

macro_rules! conformance {
    ($($case:ident),+ $(,)?) => {
        mod discord {
            $(#[tokio::test] async fn $case() {
                super::$case(&mut super::DiscordPlatform::new().await).await;
            })+
        }

        mod memory {
            $(#[tokio::test] async fn $case() {
                super::$case(&mut super::MemoryInbound::new().await).await;
            })+
        }
    };
}

conformance!(
    a_message_that_arrives_twice_is_taken_in_once,
    an_edit_changes_the_message,
    missed_messages_are_fetched_in_order_and_once,
    a_missed_deletion_is_found,
    an_interaction_is_processed_once,
    a_stored_interaction_is_resumed_after_a_restart,
    an_outsider_is_refused_without_a_command,
);
