//! A chat platform in memory. Its ids are texts without an order, as in Slack and Matrix.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

use futures_util::future::BoxFuture;
use tempfile::TempDir;

use super::bot::TestBot;
use crate::{
    chat::{
        Chat, ChatFuture, CommandInput, Inbound, Outcome, Post, Reply, RoomAccess, RoomSpec,
        bot::{Bot, Confirmation, MessageEdit, Outsider, PlatformMessage},
        builtin::{Talk, TalkOrigin},
        discord::tests::{at, person},
        inbound::{History, HistoryPage, InboundCore, ReceivedInteraction, Responder, SeenMessages},
    },
    config::{Config, Live},
    domain::{
        Timestamp,
        effect::SkipReason,
        ids::{IncidentId, PersonId, Platform, PlatformId, RoomId},
        incident::ChatMessage,
        text::Untrusted,
    },
    store::{MessagePosition, Store, StoreError, StoreOptions},
};

/// The page size of the history.
const PAGE: usize = 2;

/// A message on the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryMessage {
    pub id: PlatformId,
    pub channel: PlatformId,
    pub author: PersonId,
    pub text: String,
    pub at: Timestamp,
}

#[derive(Default)]
struct Room {
    incident: Option<IncidentId>,
    access: RoomAccess,
    archived: bool,
    /// Posts of the bot with the key or mark of each.
    posts: Vec<(String, Post)>,
}

#[derive(Default)]
struct State {
    rooms: BTreeMap<RoomId, Room>,
    direct: BTreeMap<PersonId, Vec<(String, Post)>>,
    written: Vec<MemoryMessage>,
    /// The responses to interactions.
    responses: Vec<String>,
}

/// The platform with both halves.
pub struct MemoryPlatform {
    state: Mutex<State>,
    pub store: Store,
    pub bot: Arc<TestBot>,
    pub core: InboundCore,
    _folder: TempDir,
}

impl MemoryPlatform {
    pub async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let options = StoreOptions { path: folder.path().join("hotroom.db"), queue: 1000, batch: 100 };
        let store = Store::open(&options, at(0)).unwrap();
        let bot = Arc::new(TestBot::new(store.clone()));
        let core = Self::core(&bot, &store);
        Self { state: Mutex::default(), store, bot, core, _folder: folder }
    }

    fn core(bot: &Arc<TestBot>, store: &Store) -> InboundCore {
        let bot: Arc<dyn Bot> = Arc::clone(bot) as Arc<dyn Bot>;
        InboundCore::new(Platform::from("memory"), bot, store.clone(), Live::new(Config::shipped()))
    }

    /// Restarts the bot, which loses its state in memory.
    pub fn restart(&mut self) {
        self.core = Self::core(&self.bot, &self.store);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Writes a message on the platform without notifying the bot.
    pub fn write(&self, id: &str, channel: &str, text: &str, at: Timestamp) -> MemoryMessage {
        let (id, channel) = (PlatformId::from(id), PlatformId::from(channel));
        let message = MemoryMessage { id, channel, author: person("ann"), text: text.to_owned(), at };
        self.state().written.push(message.clone());
        message
    }

    /// Deletes a message on the platform without notifying the bot.
    pub fn delete(&self, id: &PlatformId) {
        self.state().written.retain(|message| message.id != *id);
    }

    pub fn seen(&self) -> SeenMessages {
        let ids: BTreeSet<PlatformId> = self.state().written.iter().map(|message| message.id.clone()).collect();
        SeenMessages { ids, since: Some(Timestamp::UNIX_EPOCH) }
    }

    pub fn responses(&self) -> Vec<String> {
        std::mem::take(&mut self.state().responses)
    }

    fn origin(message: &MemoryMessage) -> TalkOrigin {
        let position = MessagePosition { message: message.id.clone(), at: message.at };
        TalkOrigin { platform: Platform::from("memory"), position }
    }

    pub async fn edit(&self, id: &PlatformId, text: &str) {
        let (text, known) = (Untrusted::new(text), BTreeSet::new());
        let position = MessagePosition { message: id.clone(), at: at(0) };
        let origin = TalkOrigin { platform: Platform::from("memory"), position };
        let edit = MessageEdit { origin, text, known, timeline: None };
        self.bot.on_message_edit(edit).await.unwrap();
    }

    pub async fn interact(&self, id: &str, fresh: bool, outsider: Option<Outsider>) {
        let interaction = ReceivedInteraction {
            id: PlatformId::from(id),
            body: format!("{{\"id\":\"{id}\"}}"),
            fresh,
            outsider,
            unconfirmed: None,
            draft: None,
            press: None,
        };
        self.core.process(&interaction, &MemoryResponder { platform: self, id: id.to_owned() }).await;
    }

    fn put(posts: &mut Vec<(String, Post)>, known_by: String, post: Post, edits: bool) -> String {
        match posts.iter_mut().find(|(known, _)| *known == known_by) {
            Some((_, present)) if edits => *present = post,
            Some(_) => {}
            None => posts.push((known_by.clone(), post)),
        }
        format!("post:{known_by}")
    }

    fn in_room<T>(&self, room: &RoomId, act: impl FnOnce(&mut Room) -> T) -> Outcome<T> {
        match self.state().rooms.get_mut(room) {
            Some(room) => Outcome::Delivered(act(room)),
            None => Outcome::Rejected { why: format!("there is no room {room}") },
        }
    }

    pub fn post_texts(&self, room: &RoomId) -> Vec<String> {
        self.state().rooms[room].posts.iter().map(|(_, post)| post.text.clone()).collect()
    }

    pub fn direct_post_texts(&self, person: &PersonId) -> Vec<String> {
        self.state().direct[person].iter().map(|(_, post)| post.text.clone()).collect()
    }
}

impl Chat for MemoryPlatform {
    fn open_room(&self, spec: RoomSpec) -> ChatFuture<'_, RoomId> {
        let mut state = self.state();
        let known = state.rooms.iter().find(|(_, room)| room.incident.is_some() && room.incident == spec.incident);
        let id = known.map_or_else(|| RoomId::new(spec.name), |(id, _)| id.clone());
        let room = state.rooms.entry(id.clone()).or_default();
        (room.incident, room.access.private) = (spec.incident, spec.private);
        drop(state);
        Box::pin(async move { Outcome::Delivered(id) })
    }

    fn invite(&self, room: RoomId, people: Vec<PersonId>, _now: Timestamp) -> ChatFuture<'_, ()> {
        Box::pin(async move { self.in_room(&room, |room| room.access.members.extend(people)) })
    }

    fn restrict(&self, room: RoomId, access: RoomAccess, _now: Timestamp) -> ChatFuture<'_, ()> {
        Box::pin(async move { self.in_room(&room, |room| room.access = access) })
    }

    fn post(&self, room: RoomId, key: String, post: Post, _now: Timestamp) -> ChatFuture<'_, String> {
        Box::pin(async move { self.in_room(&room, |room| Self::put(&mut room.posts, key, post, false)) })
    }

    fn upsert(&self, room: RoomId, mark: String, post: Post, _now: Timestamp) -> ChatFuture<'_, String> {
        Box::pin(async move { self.in_room(&room, |room| Self::put(&mut room.posts, mark, post, true)) })
    }

    fn amend(&self, room: RoomId, mark: String, post: Post, now: Timestamp) -> ChatFuture<'_, ()> {
        Box::pin(async move {
            let posted = self.in_room(&room, |room| room.posts.iter().any(|(known, _)| *known == mark));
            match posted {
                Outcome::Delivered(true) => self.upsert(room, mark, post, now).await.map(drop),
                Outcome::Delivered(false) => Outcome::Skipped(SkipReason::NeverDelivered),
                failed @ (Outcome::Skipped(_)
                | Outcome::Retry { .. }
                | Outcome::Rejected { .. }
                | Outcome::Unknown { .. }) => failed.map(drop),
            }
        })
    }

    fn direct(&self, person: PersonId, key: String, post: Post, _now: Timestamp) -> ChatFuture<'_, String> {
        let id = Self::put(self.state().direct.entry(person).or_default(), key, post, false);
        Box::pin(async move { Outcome::Delivered(id) })
    }

    fn upsert_direct(&self, person: PersonId, mark: String, post: Post, _now: Timestamp) -> ChatFuture<'_, String> {
        let id = Self::put(self.state().direct.entry(person).or_default(), mark, post, true);
        Box::pin(async move { Outcome::Delivered(id) })
    }

    fn set_archived(&self, room: RoomId, archived: bool, _now: Timestamp) -> ChatFuture<'_, ()> {
        Box::pin(async move { self.in_room(&room, |room| room.archived = archived) })
    }
}

impl History for MemoryPlatform {
    type Message = MemoryMessage;
    type Failure = String;

    fn after<'a>(
        &'a self,
        channel: &'a PlatformId,
        message: &'a PlatformId,
    ) -> BoxFuture<'a, Result<HistoryPage<MemoryMessage>, String>> {
        let state = self.state();
        let all: Vec<&MemoryMessage> = state.written.iter().filter(|one| one.channel == *channel).collect();
        let from = all.iter().position(|one| one.id == *message).map_or(0, |at| at + 1);
        let messages: Vec<MemoryMessage> = all[from..].iter().take(PAGE).map(|one| (*one).clone()).collect();
        let next = if messages.len() == PAGE { messages.last().map(|one| one.id.clone()) } else { None };
        Box::pin(async move { Ok(HistoryPage { messages, next }) })
    }

    fn receive<'a>(&'a self, message: &'a MemoryMessage) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let talk = Talk {
                room: RoomId::new(message.channel.as_str()),
                person: message.author.clone(),
                text: Untrusted::new(message.text.clone()),
                delivery: format!("memory-{}", message.id),
                known: BTreeSet::new(),
            };
            let origin = Self::origin(message);
            let position = origin.position.clone();
            self.bot.on_message(PlatformMessage { talk, origin }).await.unwrap();
            self.core.advance_cursor(message.channel.clone(), position).await;
            true
        })
    }
}

/// Records the responses to one interaction.
struct MemoryResponder<'a> {
    platform: &'a MemoryPlatform,
    id: String,
}

impl MemoryResponder<'_> {
    fn note(&self, what: String) -> BoxFuture<'_, ()> {
        self.platform.state().responses.push(what);
        Box::pin(async {})
    }
}

impl Responder for MemoryResponder<'_> {
    fn command(&self) -> BoxFuture<'_, Result<Inbound, StoreError>> {
        let inbound = Inbound {
            source: "memory",
            delivery: self.id.clone(),
            actor: person("ann"),
            guest: None,
            room: None,
            said: CommandInput::Text("/incident list".to_owned()),
            about: None,
            request: format!("memory-{}", self.id),
        };
        Box::pin(async move { Ok(inbound) })
    }

    fn about(&self) -> BoxFuture<'_, Option<ChatMessage>> {
        Box::pin(async { None })
    }

    fn acknowledge(&self) -> BoxFuture<'_, ()> {
        self.note("acknowledged".to_owned())
    }

    fn open_form<'a>(&'a self, _reply: &'a Reply) -> BoxFuture<'a, ()> {
        self.note("form".to_owned())
    }

    fn ask<'a>(&'a self, confirmation: &'a Confirmation) -> BoxFuture<'a, ()> {
        self.note(confirmation.question.clone())
    }

    fn respond<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, ()> {
        self.note(post.text.clone())
    }

    fn preview<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, ()> {
        self.note(post.text.clone())
    }

    fn reply<'a>(&'a self, reply: &'a Reply) -> BoxFuture<'a, ()> {
        self.note(reply.post.text.clone())
    }
}
