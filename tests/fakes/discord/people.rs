//! The guild as its administrators see it: people, roles, channels, the bot's rights; and the connection of the bot.

use serde_json::{Value, json};

use super::{
    House,
    gateway::{Audience, Frame, GUILD_MEMBERS, GUILDS},
    hello, json,
    rest::{change_roles, remove_channel},
    state::{CATEGORY, Id, State, TEXT},
};

impl House {
    /// The member of this name, who joins when there is none yet.
    pub fn member(&self, name: &str) -> Id {
        let mut state = self.lock();
        let here =
            |state: &State| state.guilds[&self.guild].members.keys().copied().find(|id| state.users[id].name == name);
        if let Some(id) = here(&state) {
            return id;
        }
        let id = state.user(name, false);
        self.joins(&mut state, id);
        id
    }

    fn joins(&self, state: &mut State, id: Id) {
        state.join(self.guild, id, vec![]);
        let mut data = json::member(state, &state.guilds[&self.guild].members[&id]);
        data["guild_id"] = self.guild.to_string().into();
        state.tell("GUILD_MEMBER_ADD", Audience { intent: GUILD_MEMBERS, channel: None }, &data);
    }

    /// Another bot of the guild.
    pub fn other_bot(&self, name: &str) -> Id {
        let mut state = self.lock();
        let id = state.user(name, true);
        self.joins(&mut state, id);
        id
    }

    /// Somebody leaves the guild.
    pub fn leaves(&self, user: Id) {
        let mut state = self.lock();
        let guild = self.guild;
        state.guilds[&guild].members.shift_remove(&user);
        let data = json!({"guild_id": guild.to_string(), "user": json::user(&state, user)});
        state.tell("GUILD_MEMBER_REMOVE", Audience { intent: GUILD_MEMBERS, channel: None }, &data);
    }

    /// Somebody refuses direct messages, or takes them again.
    pub fn blocks_direct(&self, user: Id, blocks: bool) {
        self.lock().users[&user].blocks = blocks;
    }

    /// A new role below the bot's own.
    pub fn role(&self, name: &str, permissions: u64) -> Id {
        let mut state = self.lock();
        let id = state.role(self.guild, name, permissions, false);
        let guild = &mut state.guilds[&self.guild];
        let highest = guild.roles.values().map(|role| role.position).max().unwrap_or(0);
        for role in guild.roles.values_mut().filter(|role| role.managed) {
            role.position = highest + 1;
        }
        told(&mut state, self.guild, ("GUILD_ROLE_CREATE", id));
        id
    }

    /// Gives somebody a role.
    pub fn gives(&self, user: Id, role: Id) {
        change_roles(&mut self.lock(), (self.guild, user), |roles| roles.push(role));
    }

    /// Takes a role from somebody.
    pub fn takes(&self, user: Id, role: Id) {
        change_roles(&mut self.lock(), (self.guild, user), |roles| roles.retain(|one| *one != role));
    }

    /// Deletes a role; everybody loses it.
    pub fn deletes_role(&self, role: Id) {
        let mut state = self.lock();
        let guild = &mut state.guilds[&self.guild];
        guild.roles.shift_remove(&role);
        guild.members.values_mut().for_each(|member| member.roles.retain(|one| *one != role));
        let data = json!({"guild_id": self.guild.to_string(), "role_id": role.to_string()});
        state.tell("GUILD_ROLE_DELETE", Audience { intent: GUILDS, channel: None }, &data);
    }

    /// What the bot may do in the guild from now on.
    pub fn bot_permissions(&self, bits: u64) {
        let mut state = self.lock();
        let guild = &mut state.guilds[&self.guild];
        let Some(role) = guild.roles.values_mut().find(|role| role.managed) else { return };
        role.permissions = bits;
        let id = role.id;
        told(&mut state, self.guild, ("GUILD_ROLE_UPDATE", id));
    }

    /// A text channel made by hand.
    pub fn makes_channel(&self, name: &str) -> Id {
        self.makes(name, TEXT)
    }

    /// A category made by hand.
    pub fn makes_category(&self, name: &str) -> Id {
        self.makes(name, CATEGORY)
    }

    fn makes(&self, name: &str, kind: u64) -> Id {
        let mut state = self.lock();
        let id = state.open_channel(self.guild, name, kind, None);
        super::rest::announce_channel(&mut state, "CHANNEL_CREATE", id);
        drop(state);
        self.ring();
        id
    }

    /// Deletes a channel by hand.
    pub fn deletes_channel(&self, channel: Id) {
        remove_channel(&mut self.lock(), channel);
        self.ring();
    }

    /// Another guild that the bot is in, with an owner of its own.
    pub fn other_guild(&self, name: &str) -> Id {
        let mut state = self.lock();
        let owner = state.user(&format!("owner of {name}"), false);
        let id = state.found_guild(name, owner);
        let data = hello::created(&state, id, false);
        state.tell("GUILD_CREATE", Audience { intent: GUILDS, channel: None }, &data);
        id
    }

    /// Removes the bot from the guild.
    pub fn kicks_bot(&self) {
        let mut state = self.lock();
        let bot = state.bot;
        state.guilds[&self.guild].members.shift_remove(&bot);
        let data = json!({"id": self.guild.to_string()});
        state.tell("GUILD_DELETE", Audience { intent: GUILDS, channel: None }, &data);
    }

    /// Invites the bot again.
    pub fn invites_bot(&self) {
        let mut state = self.lock();
        let (bot, guild) = (state.bot, self.guild);
        let role = state.guilds[&guild].roles.values().find(|role| role.managed).map(|role| role.id);
        state.join(guild, bot, role.into_iter().collect());
        let data = hello::created(&state, guild, false);
        state.tell("GUILD_CREATE", Audience { intent: GUILDS, channel: None }, &data);
    }

    /// Waits until the bot has a live session.
    pub async fn connected(&self) {
        self.until("a session of the bot", |state| state.hub.live().next().map(|_| ())).await;
    }

    /// Waits until the bot has none.
    pub async fn disconnected(&self) {
        self.until("the end of the bot's session", |state| state.hub.live().next().is_none().then_some(())).await;
    }

    /// Op 7: asks the bot to connect again and resume.
    pub fn asks_to_reconnect(&self) {
        self.lock().hub.broadcast(|| Frame::Text(json!({"op": 7, "d": null}).to_string()));
    }

    /// Op 9: the session is over, or can be resumed.
    pub fn invalidates_session(&self, resumable: bool) {
        let mut state = self.lock();
        state.hub.broadcast(|| Frame::Text(json!({"op": 9, "d": resumable}).to_string()));
        if !resumable {
            state.hub.sessions.clear();
        }
    }

    /// Closes the bot's connections with a code. 4009 ends the session; so do 4004 and 4014.
    pub fn closes(&self, code: u16) {
        let mut state = self.lock();
        state.hub.broadcast(|| Frame::Close(code));
        if [4004, 4007, 4009, 4014].contains(&code) {
            state.hub.sessions.clear();
        }
    }

    /// Cuts the bot's connections without a word; its session can be resumed.
    pub fn cuts(&self) {
        self.lock().hub.broadcast(|| Frame::Cut);
    }

    /// Zombie: heartbeats are not answered any more.
    pub fn acknowledges_heartbeats(&self, on: bool) {
        self.lock().hub.mute = !on;
    }

    /// An outage of the gateway: connections are cut and no new one is taken, and after it no session is known.
    pub fn gateway_down(&self, down: bool) {
        let mut state = self.lock();
        state.hub.down = down;
        if down {
            state.hub.broadcast(|| Frame::Cut);
        }
    }

    /// Forgets every session: the next resume is answered with op 9.
    pub fn forgets_sessions(&self) {
        self.lock().hub.sessions.retain(|session| session.line.is_some());
    }

    /// Closes the next connection that identifies, as 4004 or 4014.
    pub fn refuses_identify(&self, code: u16) {
        self.lock().hub.refuse = Some(code);
    }

    /// Sends an event of any name, such as one that no client knows.
    pub fn sends_event(&self, event: &str, data: &Value) {
        self.lock().tell(event, Audience { intent: 0, channel: None }, data);
    }
}

fn told(state: &mut State, guild: Id, (event, role): (&str, Id)) {
    let data = json!({"guild_id": guild.to_string(), "role": json::role(&state.guilds[&guild].roles[&role])});
    state.tell(event, Audience { intent: GUILDS, channel: None }, &data);
}
