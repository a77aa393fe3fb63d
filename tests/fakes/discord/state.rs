//! Everything the fake remembers: guilds, people, channels, messages, commands, interactions and what was asked of it.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::{
    Rules,
    clock::Millis,
    errors::{Refusal, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE},
    gateway::Hub,
    interactions::Interaction,
    limits::Book,
    permissions,
    server::Request,
};

/// A snowflake.
pub type Id = u64;

/// 2015-01-01, the first moment a snowflake can tell.
const EPOCH: Millis = 1_420_070_400_000;

/// The moment a snowflake was made.
pub fn made(id: Id) -> Millis {
    EPOCH + i64::try_from(id >> 22).expect("in range")
}

/// A snowflake read from JSON: Discord writes strings and takes numbers too.
pub fn id_of(value: &Value) -> Option<Id> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Permission bits read from JSON.
pub fn bits_of(value: &Value) -> u64 {
    id_of(value).unwrap_or(0)
}

#[derive(Clone, Debug)]
pub struct User {
    pub id: Id,
    pub name: String,
    pub bot: bool,
    /// Refuses direct messages from the bot.
    pub blocks: bool,
}

impl User {
    pub fn json(&self) -> Value {
        let mut user = json!({
            "id": self.id.to_string(), "username": self.name, "avatar": null, "discriminator": "0", "public_flags": 0,
            "flags": 0, "global_name": self.name, "primary_guild": null,
        });
        if self.bot {
            user["bot"] = true.into();
        }
        user
    }
}

#[derive(Clone, Debug)]
pub struct Role {
    pub id: Id,
    pub name: String,
    pub permissions: u64,
    pub position: i64,
    /// A role that belongs to a bot and cannot be given.
    pub managed: bool,
}

#[derive(Clone, Debug)]
pub struct Member {
    pub user: Id,
    pub nick: Option<String>,
    pub roles: Vec<Id>,
    pub joined: Millis,
}

#[derive(Clone, Debug)]
pub struct Guild {
    pub id: Id,
    pub name: String,
    pub owner: Id,
    pub roles: IndexMap<Id, Role>,
    pub members: IndexMap<Id, Member>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overwrite {
    pub id: Id,
    /// 0 role, 1 member.
    pub kind: u64,
    pub allow: u64,
    pub deny: u64,
}

pub const TEXT: u64 = 0;
pub const DM: u64 = 1;
pub const CATEGORY: u64 = 4;
pub const ANNOUNCEMENT: u64 = 5;
pub const PUBLIC_THREAD: u64 = 11;
pub const PRIVATE_THREAD: u64 = 12;

#[derive(Clone, Debug)]
pub struct Channel {
    pub id: Id,
    pub kind: u64,
    pub guild: Option<Id>,
    pub parent: Option<Id>,
    pub name: String,
    pub overwrites: Vec<Overwrite>,
    /// People of a direct message or a thread.
    pub recipients: Vec<Id>,
    /// Topic, position, thread metadata and the like, as the API writes them.
    pub rest: Map<String, Value>,
    /// When the name or the topic was changed.
    pub renames: Vec<Millis>,
    pub last_message: Option<Id>,
}

impl Channel {
    pub fn is_thread(&self) -> bool {
        [PUBLIC_THREAD, PRIVATE_THREAD].contains(&self.kind)
    }

    pub fn is_private_thread(&self) -> bool {
        self.kind == PRIVATE_THREAD
    }

    /// Whether messages live here.
    pub fn is_text(&self) -> bool {
        self.kind != CATEGORY
    }

    pub fn topic(&self) -> Option<&str> {
        self.rest.get("topic").and_then(Value::as_str)
    }
}

/// A message and what is not in its JSON.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: Id,
    pub channel: Id,
    pub author: Id,
    /// Content, embeds, components, mentions and the like, as the API writes them.
    pub body: Map<String, Value>,
    pub nonce: Option<String>,
    /// The one person who sees it, when it is ephemeral.
    pub only_for: Option<Id>,
    pub reactions: Vec<(String, Id)>,
    pub pinned: Option<Millis>,
    pub edited: Option<Millis>,
    /// Edits made after it was an hour old.
    pub late_edits: Vec<Millis>,
}

impl Message {
    pub fn content(&self) -> &str {
        self.body.get("content").and_then(Value::as_str).unwrap_or("")
    }

    /// A list of the body, such as `embeds`.
    pub fn list(&self, name: &str) -> &[Value] {
        self.body.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Whether Discord itself made it: its type is not that of a message, a reply, or an answer to a command.
    pub fn is_notice(&self) -> bool {
        let kind = self.body.get("type").and_then(Value::as_u64).unwrap_or(0);
        ![0, 19, 20, 23].contains(&kind)
    }

    pub fn flags(&self) -> u64 {
        self.body.get("flags").and_then(Value::as_u64).unwrap_or(0)
    }
}

#[derive(Clone, Debug)]
pub struct Command {
    pub id: Id,
    /// None for a global one.
    pub guild: Option<Id>,
    pub body: Value,
}

/// A line of the guild's audit log.
#[derive(Clone, Debug)]
pub struct Audit {
    pub route: String,
    pub reason: String,
}

pub struct State {
    /// Discord's time, read when the state was taken.
    pub now: Millis,
    pub ticks: Millis,
    last_id: Id,
    pub rules: Rules,
    pub application: Id,
    pub bot: Id,
    pub users: IndexMap<Id, User>,
    pub guilds: IndexMap<Id, Guild>,
    pub channels: IndexMap<Id, Channel>,
    pub messages: BTreeMap<Id, Message>,
    pub commands: Vec<Command>,
    /// When commands were created, for the limit of a day.
    pub creates: Vec<Millis>,
    pub interactions: IndexMap<Id, Interaction>,
    pub hub: Hub,
    pub limits: Book,
    /// Attachments by the path of their address.
    pub files: IndexMap<String, Vec<u8>>,
    pub audit: Vec<Audit>,
    pub requests: Vec<Request>,
    pub violations: Vec<String>,
}

impl State {
    /// A Discord with one application and no guild.
    pub fn new(rules: Rules, now: Millis) -> Self {
        let mut state = Self {
            now,
            ticks: 0,
            last_id: 0,
            rules,
            application: 0,
            bot: 0,
            users: IndexMap::new(),
            guilds: IndexMap::new(),
            channels: IndexMap::new(),
            messages: BTreeMap::new(),
            commands: Vec::new(),
            creates: Vec::new(),
            interactions: IndexMap::new(),
            hub: Hub::default(),
            limits: Book::default(),
            files: IndexMap::new(),
            audit: Vec::new(),
            requests: Vec::new(),
            violations: Vec::new(),
        };
        state.application = state.fresh_id();
        state.bot = state.application;
        state.users.insert(state.bot, User { id: state.bot, name: "hotroom".into(), bot: true, blocks: false });
        state
    }

    /// A snowflake later than every other.
    pub fn fresh_id(&mut self) -> Id {
        let now = u64::try_from(self.now - EPOCH).expect("after 2015") << 22;
        self.last_id = now.max(self.last_id + 1);
        self.last_id
    }

    pub fn user(&mut self, name: &str, bot: bool) -> Id {
        let id = self.fresh_id();
        self.users.insert(id, User { id, name: name.into(), bot, blocks: false });
        id
    }

    /// A guild with an owner, `@everyone`, the bot and its role, and one text channel `general`.
    pub fn found_guild(&mut self, name: &str, owner: Id) -> Id {
        let id = self.fresh_id();
        let guild = Guild { id, name: name.into(), owner, roles: IndexMap::new(), members: IndexMap::new() };
        self.guilds.insert(id, guild);
        let everyone =
            Role { id, name: "@everyone".into(), permissions: permissions::EVERYONE, position: 0, managed: false };
        self.guilds[&id].roles.insert(id, everyone);
        let role = self.role(id, "hotroom", permissions::BOT, true);
        self.join(id, owner, vec![]);
        self.join(id, self.bot, vec![role]);
        self.open_channel(id, "general", TEXT, None);
        id
    }

    pub fn role(&mut self, guild: Id, name: &str, permissions: u64, managed: bool) -> Id {
        let id = self.fresh_id();
        let guild = &mut self.guilds[&guild];
        let position = i64::try_from(guild.roles.len()).expect("few roles");
        guild.roles.insert(id, Role { id, name: name.into(), permissions, position, managed });
        id
    }

    pub fn join(&mut self, guild: Id, user: Id, roles: Vec<Id>) {
        let member = Member { user, nick: None, roles, joined: self.now };
        self.guilds[&guild].members.insert(user, member);
    }

    pub fn open_channel(&mut self, guild: Id, name: &str, kind: u64, parent: Option<Id>) -> Id {
        let id = self.fresh_id();
        let position = self.channels.values().filter(|channel| channel.guild == Some(guild)).count();
        let mut rest = Map::new();
        rest.insert("position".into(), position.into());
        let channel = Channel {
            id,
            kind,
            guild: Some(guild),
            parent,
            name: name.into(),
            overwrites: Vec::new(),
            recipients: Vec::new(),
            rest,
            renames: Vec::new(),
            last_message: None,
        };
        self.channels.insert(id, channel);
        id
    }

    /// # Errors
    /// 10003 when there is no such channel.
    pub fn channel(&self, id: Id) -> Result<&Channel, Refusal> {
        self.channels.get(&id).ok_or_else(|| UNKNOWN_CHANNEL.into())
    }

    /// # Errors
    /// 10008 when the channel has no such message, or only one person sees it.
    pub fn message(&self, channel: Id, id: Id) -> Result<&Message, Refusal> {
        let found = self.messages.get(&id).filter(|message| message.channel == channel && message.only_for.is_none());
        found.ok_or_else(|| UNKNOWN_MESSAGE.into())
    }

    /// The messages of a channel that everybody sees, oldest first.
    pub fn history(&self, channel: Id) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.values().filter(move |message| message.channel == channel && message.only_for.is_none())
    }
}
