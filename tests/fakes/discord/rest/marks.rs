//! Pins and reactions.

use serde_json::{Value, json};

use super::{
    super::{
        clock::stamp,
        compose::{self, PINNED},
        errors::{Refusal, TOO_MANY_PINS, UNKNOWN_EMOJI},
        gateway::{Audience, DIRECT_MESSAGES, DIRECT_REACTIONS, GUILD_REACTIONS, GUILDS},
        json,
        permissions::{ADD_REACTIONS, PIN_MESSAGES, READ_MESSAGE_HISTORY, need},
        server::{OpsgenieRequest, Reply},
        state::{Id, Message, State},
    },
    Served, threads,
};

const PINS: usize = 250;

fn pinned(state: &State, channel: Id) -> Vec<&Message> {
    let mut found: Vec<_> = state.history(channel).filter(|message| message.pinned.is_some()).collect();
    found.sort_by_key(|message| std::cmp::Reverse((message.pinned, message.id)));
    found
}

pub fn old_pins(state: &mut State, call: &OpsgenieRequest) -> Served {
    let channel = state.channel(call.id("channel_id")?)?;
    need(state, channel, READ_MESSAGE_HISTORY)?;
    let newest = pinned(state, channel.id).into_iter().take(50);
    Ok(Reply::ok(newest.map(|message| json::message(state, message)).collect()))
}

pub fn pins(state: &mut State, call: &OpsgenieRequest) -> Served {
    let channel = state.channel(call.id("channel_id")?)?;
    need(state, channel, READ_MESSAGE_HISTORY)?;
    let limit = call.query("limit").and_then(|limit| limit.parse().ok()).unwrap_or(50);
    let before = call.query("before").and_then(|at| chrono::DateTime::parse_from_rfc3339(at).ok());
    let before = before.map_or(i64::MAX, |at| at.timestamp_millis());
    let older: Vec<_> = pinned(state, channel.id).into_iter().filter(|one| one.pinned < Some(before)).collect();
    let item =
        |message: &&Message| json!({"pinned_at": message.pinned.map(stamp), "message": json::message(state, message)});
    let items: Vec<Value> = older.iter().take(limit).map(item).collect();
    Ok(Reply::ok(json!({"has_more": older.len() > items.len(), "items": items})))
}

pub fn pin(state: &mut State, call: &OpsgenieRequest) -> Served {
    let channel = state.channel(call.id("channel_id")?)?;
    need(state, channel, PIN_MESSAGES)?;
    threads::awake(channel)?;
    let id = state.message(channel.id, call.id("message_id")?)?.id;
    if pinned(state, channel.id).len() >= PINS {
        return Err(TOO_MANY_PINS.into());
    }
    let bot = state.bot;
    set_pin(state, id, Some(bot));
    Ok(Reply::none())
}

pub fn unpin(state: &mut State, call: &OpsgenieRequest) -> Served {
    let channel = state.channel(call.id("channel_id")?)?;
    need(state, channel, PIN_MESSAGES)?;
    let id = state.message(channel.id, call.id("message_id")?)?.id;
    set_pin(state, id, None);
    Ok(Reply::none())
}

/// Pins a message for somebody, or unpins it, and tells the gateway that the channel's pins and the message changed. A
/// pin leaves a message of its own in the channel.
pub fn set_pin(state: &mut State, id: Id, by: Option<Id>) {
    let now = state.now;
    let Some(message) = state.messages.get_mut(&id).filter(|one| one.pinned.is_some() != by.is_some()) else { return };
    message.pinned = by.map(|_| now);
    let channel = message.channel;
    let guild = state.channels.get(&channel).and_then(|channel| channel.guild);
    let mut data = json!({"channel_id": channel.to_string(), "last_pin_timestamp": stamp(now)});
    if let Some(guild) = guild {
        data["guild_id"] = guild.to_string().into();
    }
    let intent = if guild.is_some() { GUILDS } else { DIRECT_MESSAGES };
    state.tell("CHANNEL_PINS_UPDATE", Audience { intent, channel: Some(channel) }, &data);
    compose::announce(state, "MESSAGE_UPDATE", id);
    if let Some(by) = by {
        compose::notice(state, (channel, by), (PINNED, Some(id)));
    }
}

fn target(state: &State, call: &OpsgenieRequest, bits: u64) -> Result<(Id, String), Refusal> {
    let channel = state.channel(call.id("channel_id")?)?;
    need(state, channel, READ_MESSAGE_HISTORY | bits)?;
    if bits != 0 {
        threads::awake(channel)?;
    }
    let id = state.message(channel.id, call.id("message_id")?)?.id;
    let emoji = call.param("emoji_name");
    // A guild's own emoji is `name:id`; anything else must be a character that no keyboard types.
    if emoji.contains(':') || !emoji.is_ascii() { Ok((id, emoji.to_owned())) } else { Err(UNKNOWN_EMOJI.into()) }
}

pub fn react(state: &mut State, call: &OpsgenieRequest) -> Served {
    let (id, emoji) = target(state, call, ADD_REACTIONS)?;
    let bot = state.bot;
    set_reaction(state, id, (bot, &emoji, true));
    Ok(Reply::none())
}

pub fn unreact(state: &mut State, call: &OpsgenieRequest) -> Served {
    let (id, emoji) = target(state, call, 0)?;
    let bot = state.bot;
    set_reaction(state, id, (bot, &emoji, false));
    Ok(Reply::none())
}

pub fn reactors(state: &mut State, call: &OpsgenieRequest) -> Served {
    let (id, emoji) = target(state, call, 0)?;
    let found = state.messages[&id].reactions.iter().filter(|(name, _)| *name == emoji);
    Ok(Reply::ok(found.map(|(_, user)| json::user(state, *user)).collect()))
}

/// Adds or takes a reaction, and tells the gateway.
pub fn set_reaction(state: &mut State, id: Id, (user, emoji, on): (Id, &str, bool)) {
    let Some(message) = state.messages.get_mut(&id) else { return };
    let here = message.reactions.iter().any(|(name, by)| name == emoji && *by == user);
    if here == on {
        return;
    }
    if on {
        message.reactions.push((emoji.into(), user));
    } else {
        message.reactions.retain(|(name, by)| !(name == emoji && *by == user));
    }
    let (channel, author) = (message.channel, message.author);
    let guild = state.channels.get(&channel).and_then(|channel| channel.guild);
    let mut data = json!({
        "user_id": user.to_string(), "channel_id": channel.to_string(), "message_id": id.to_string(),
        "message_author_id": author.to_string(), "emoji": json::emoji(emoji), "burst": false, "type": 0,
    });
    if let Some(guild) = guild.and_then(|guild| state.guilds.get(&guild)) {
        data["guild_id"] = guild.id.to_string().into();
        if let Some(member) = guild.members.get(&user).filter(|_| on) {
            data["member"] = json::member(state, member);
        }
    }
    let intent = if guild.is_some() { GUILD_REACTIONS } else { DIRECT_REACTIONS };
    let event = if on { "MESSAGE_REACTION_ADD" } else { "MESSAGE_REACTION_REMOVE" };
    state.tell(event, Audience { intent, channel: Some(channel) }, &data);
}
