//! The guild as its administrators see it: people, roles, channels, and what the bot may do.

use serde_json::json;

use super::{
    House,
    gateway::{Audience, GUILD_MEMBERS, GUILDS},
    hello, json,
    rest::{announce_channel, change_roles, remove_channel},
    state::{CATEGORY, Id, State, TEXT},
};

/// Everybody with the guilds intent is told.
const OF_GUILD: Audience = Audience { intent: GUILDS, channel: None };
/// Everybody with the members intent is told.
const OF_MEMBERS: Audience = Audience { intent: GUILD_MEMBERS, channel: None };

impl House {
    /// The member of this name, who joins when there is none yet.
    pub fn member(&self, name: &str) -> Id {
        let guild = self.guild;
        self.change(|state| {
            let here = state.guilds[&guild].members.keys().copied().find(|id| state.users[id].name == name);
            here.unwrap_or_else(|| {
                let id = state.user(name, false);
                joins(state, guild, id);
                id
            })
        })
    }

    /// Another bot of the guild.
    pub fn other_bot(&self, name: &str) -> Id {
        self.change(|state| {
            let id = state.user(name, true);
            joins(state, self.guild, id);
            id
        })
    }

    /// Somebody leaves the guild.
    pub fn leaves(&self, user: Id) {
        self.change(|state| {
            state.guilds[&self.guild].members.shift_remove(&user);
            let data = json!({"guild_id": self.guild.to_string(), "user": json::user(state, user)});
            state.tell("GUILD_MEMBER_REMOVE", OF_MEMBERS, &data);
        });
    }

    /// Somebody refuses direct messages, or takes them again.
    pub fn blocks_direct(&self, user: Id, blocks: bool) {
        self.change(|state| state.users[&user].blocks = blocks);
    }

    /// A new role below the bot's own.
    pub fn role(&self, name: &str, permissions: u64) -> Id {
        self.change(|state| {
            let id = state.role(self.guild, name, permissions, false);
            let guild = &mut state.guilds[&self.guild];
            let highest = guild.roles.values().map(|role| role.position).max().unwrap_or(0);
            guild.roles.values_mut().filter(|role| role.managed).for_each(|role| role.position = highest + 1);
            role_told(state, "GUILD_ROLE_CREATE", (self.guild, id));
            id
        })
    }

    /// Gives somebody a role.
    pub fn gives(&self, user: Id, role: Id) {
        self.change(|state| change_roles(state, (self.guild, user), |roles| roles.push(role)));
    }

    /// Takes a role from somebody.
    pub fn takes(&self, user: Id, role: Id) {
        self.change(|state| change_roles(state, (self.guild, user), |roles| roles.retain(|one| *one != role)));
    }

    /// Deletes a role; everybody loses it.
    pub fn deletes_role(&self, role: Id) {
        self.change(|state| {
            let guild = &mut state.guilds[&self.guild];
            guild.roles.shift_remove(&role);
            guild.members.values_mut().for_each(|member| member.roles.retain(|one| *one != role));
            let data = json!({"guild_id": self.guild.to_string(), "role_id": role.to_string()});
            state.tell("GUILD_ROLE_DELETE", OF_GUILD, &data);
        });
    }

    /// What the bot may do in the guild from now on.
    pub fn bot_permissions(&self, bits: u64) {
        self.change(|state| {
            let guild = &mut state.guilds[&self.guild];
            let Some(role) = guild.roles.values_mut().find(|role| role.managed) else { return };
            role.permissions = bits;
            let id = role.id;
            role_told(state, "GUILD_ROLE_UPDATE", (self.guild, id));
        });
    }

    /// A text channel made by hand.
    pub fn makes_channel(&self, name: &str) -> Id {
        self.makes(name, TEXT, None)
    }

    /// A text channel made by hand in a category.
    pub fn makes_channel_in(&self, category: Id, name: &str) -> Id {
        self.makes(name, TEXT, Some(category))
    }

    /// A category made by hand.
    pub fn makes_category(&self, name: &str) -> Id {
        self.makes(name, CATEGORY, None)
    }

    fn makes(&self, name: &str, kind: u64, parent: Option<Id>) -> Id {
        self.change(|state| {
            let id = state.open_channel(self.guild, name, kind, parent);
            announce_channel(state, "CHANNEL_CREATE", id);
            id
        })
    }

    /// Discord puts a thread away after days without a word.
    pub fn puts_away(&self, thread: Id) {
        self.change(|state| {
            state.channels[&thread].rest["thread_metadata"]["archived"] = true.into();
            announce_channel(state, "THREAD_UPDATE", thread);
        });
    }

    /// Fills the guild up to so many channels.
    pub fn fills(&self, up_to: usize) {
        self.change(|state| {
            let here =
                |state: &State| state.channels.values().filter(|one| one.guild.is_some() && !one.is_thread()).count();
            for n in here(state)..up_to {
                state.open_channel(self.guild, &format!("old-{n}"), TEXT, None);
            }
        });
    }

    /// Whether somebody was added to a thread.
    pub fn is_in(&self, user: Id, thread: Id) -> bool {
        self.lock().channels[&thread].recipients.contains(&user)
    }

    /// Deletes a channel by hand.
    pub fn deletes_channel(&self, channel: Id) {
        self.change(|state| remove_channel(state, channel));
    }

    /// Another guild that the bot is in: its id, its owner and its channel `general`.
    pub fn other_guild(&self, name: &str) -> (Id, Id, Id) {
        self.change(|state| {
            let owner = state.user(&format!("owner of {name}"), false);
            let id = state.found_guild(name, owner);
            let data = hello::created(state, id, false);
            state.tell("GUILD_CREATE", OF_GUILD, &data);
            let general = state.channels.values().find(|channel| channel.guild == Some(id)).map(|channel| channel.id);
            (id, owner, general.expect("a new guild has a channel"))
        })
    }

    /// Removes the bot from the guild.
    pub fn kicks_bot(&self) {
        self.change(|state| {
            let bot = state.bot;
            state.guilds[&self.guild].members.shift_remove(&bot);
            state.tell("GUILD_DELETE", OF_GUILD, &json!({"id": self.guild.to_string()}));
        });
    }

    /// Discord cannot reach the guild, or can again.
    pub fn guild_unavailable(&self, away: bool) {
        self.change(|state| {
            let guild = self.guild;
            if away {
                state.tell("GUILD_DELETE", OF_GUILD, &json!({"id": guild.to_string(), "unavailable": true}));
            } else {
                let data = hello::created(state, guild, false);
                state.tell("GUILD_CREATE", OF_GUILD, &data);
            }
        });
    }

    /// Invites the bot again.
    pub fn invites_bot(&self) {
        self.change(|state| {
            let (bot, guild) = (state.bot, self.guild);
            let role = state.guilds[&guild].roles.values().find(|role| role.managed).map(|role| role.id);
            state.join(guild, bot, role.into_iter().collect());
            let data = hello::created(state, guild, false);
            state.tell("GUILD_CREATE", OF_GUILD, &data);
        });
    }
}

fn joins(state: &mut State, guild: Id, id: Id) {
    state.join(guild, id, vec![]);
    let mut data = json::member(state, &state.guilds[&guild].members[&id]);
    data["guild_id"] = guild.to_string().into();
    state.tell("GUILD_MEMBER_ADD", OF_MEMBERS, &data);
}

fn role_told(state: &mut State, event: &str, (guild, role): (Id, Id)) {
    let data = json!({"guild_id": guild.to_string(), "role": json::role(&state.guilds[&guild].roles[&role])});
    state.tell(event, OF_GUILD, &data);
}
