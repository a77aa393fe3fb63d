//! Who may do what where: Discord's algorithm over roles and overwrites.

use super::{
    errors::{MISSING_ACCESS, MISSING_PERMISSIONS, Refusal},
    state::{Channel, Id, State},
};

pub const ADMINISTRATOR: u64 = 1 << 3;
pub const MANAGE_CHANNELS: u64 = 1 << 4;
pub const ADD_REACTIONS: u64 = 1 << 6;
pub const VIEW_CHANNEL: u64 = 1 << 10;
pub const SEND_MESSAGES: u64 = 1 << 11;
pub const MANAGE_MESSAGES: u64 = 1 << 13;
pub const EMBED_LINKS: u64 = 1 << 14;
pub const ATTACH_FILES: u64 = 1 << 15;
pub const READ_MESSAGE_HISTORY: u64 = 1 << 16;
pub const MENTION_EVERYONE: u64 = 1 << 17;
pub const MANAGE_ROLES: u64 = 1 << 28;
pub const USE_APPLICATION_COMMANDS: u64 = 1 << 31;
pub const MANAGE_THREADS: u64 = 1 << 34;
pub const CREATE_PUBLIC_THREADS: u64 = 1 << 35;
pub const CREATE_PRIVATE_THREADS: u64 = 1 << 36;
pub const SEND_MESSAGES_IN_THREADS: u64 = 1 << 38;
pub const PIN_MESSAGES: u64 = 1 << 51;

/// Every bit Discord knows today.
pub const ALL: u64 = (1 << 53) - 1;

/// What a new guild lets everybody do.
pub const EVERYONE: u64 = VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | ADD_REACTIONS
    | USE_APPLICATION_COMMANDS
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS;

/// What the bot's own role has in a new guild: what an incident bot asks for, without being an administrator.
pub const BOT: u64 = EVERYONE
    | MANAGE_CHANNELS
    | MANAGE_ROLES
    | MANAGE_MESSAGES
    | MENTION_EVERYONE
    | MANAGE_THREADS
    | CREATE_PRIVATE_THREADS
    | PIN_MESSAGES;

/// The bits of a person in a guild before any overwrite; none for somebody who is not a member.
pub fn in_guild(state: &State, guild: Id, user: Id) -> u64 {
    let Some(guild) = state.guilds.get(&guild) else { return 0 };
    let Some(member) = guild.members.get(&user) else { return 0 };
    if guild.owner == user {
        return ALL;
    }
    let held = member.roles.iter().chain([&guild.id]).filter_map(|role| guild.roles.get(role));
    let bits = held.fold(0, |bits, role| bits | role.permissions);
    if bits & ADMINISTRATOR == 0 { bits } else { ALL }
}

/// The bits of a person in a channel. A thread has those of its parent.
pub fn in_channel(state: &State, channel: &Channel, user: Id) -> u64 {
    let Some(guild) = channel.guild else {
        return if channel.recipients.contains(&user) || user == state.bot { ALL } else { 0 };
    };
    if let Some(parent) = channel.parent.filter(|_| channel.is_thread()) {
        let bits = state.channels.get(&parent).map_or(0, |parent| in_channel(state, parent, user));
        let seen = !channel.is_private_thread() || channel.recipients.contains(&user) || bits & MANAGE_THREADS != 0;
        return if seen { bits } else { 0 };
    }
    let bits = in_guild(state, guild, user);
    if bits & ADMINISTRATOR != 0 {
        return bits;
    }
    let bits = overwritten(state, channel, (guild, user), bits);
    if bits & VIEW_CHANNEL == 0 { 0 } else { bits }
}

/// Overwrites count in this order: everyone, all roles together, the member.
fn overwritten(state: &State, channel: &Channel, (guild, user): (Id, Id), mut bits: u64) -> u64 {
    let roles = state.guilds.get(&guild).and_then(|guild| guild.members.get(&user)).map(|member| &member.roles);
    let sum = |wanted: &dyn Fn(Id) -> bool| {
        let found = channel.overwrites.iter().filter(|overwrite| wanted(overwrite.id));
        found.fold((0, 0), |(allow, deny), overwrite| (allow | overwrite.allow, deny | overwrite.deny))
    };
    let everyone = sum(&|id| id == guild);
    let by_role = sum(&|id| id != guild && roles.is_some_and(|roles| roles.contains(&id)));
    for (allow, deny) in [everyone, by_role, sum(&|id| id == user)] {
        bits = bits & !deny | allow;
    }
    bits
}

/// The bot must see the channel (50001) and have these bits in it (50013).
pub fn need(state: &State, channel: &Channel, bits: u64) -> Result<(), Refusal> {
    let has = in_channel(state, channel, state.bot);
    if has & VIEW_CHANNEL == 0 {
        return Err(MISSING_ACCESS.into());
    }
    if has & bits == bits { Ok(()) } else { Err(MISSING_PERMISSIONS.into()) }
}

/// The bot must be in the guild (50001) and have these bits in it (50013).
pub fn need_in_guild(state: &State, guild: Id, bits: u64) -> Result<(), Refusal> {
    if !state.guilds.get(&guild).is_some_and(|guild| guild.members.contains_key(&state.bot)) {
        return Err(MISSING_ACCESS.into());
    }
    let has = in_guild(state, guild, state.bot);
    if has & bits == bits { Ok(()) } else { Err(MISSING_PERMISSIONS.into()) }
}

/// Overwrites may only hold bits that the bot has itself, and Manage Roles only when it is an administrator.
pub fn may_write(state: &State, guild: Id, bits: u64) -> Result<(), Refusal> {
    let has = in_guild(state, guild, state.bot);
    let roles = bits & MANAGE_ROLES != 0 && has & ADMINISTRATOR == 0;
    if bits & !has == 0 && !roles { Ok(()) } else { Err(MISSING_PERMISSIONS.into()) }
}
