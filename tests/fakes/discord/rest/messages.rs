//! Messages of channels.

use serde_json::{Value, json};

use super::{
    super::{
        compose::{self, Draft},
        errors::{
            ARCHIVED_THREAD, EMPTY_MESSAGE, MISSING_PERMISSIONS, NO_DM, NO_SHARED_GUILD, NOT_TEXT, NOT_YOURS, Refusal,
            TOO_MANY_OLD_EDITS, UNKNOWN_MESSAGE,
        },
        gateway::{Audience, DIRECT_MESSAGES, GUILD_MESSAGES},
        json,
        limits::{self, LATE_EDIT_WINDOW, LATE_EDITS},
        multipart::File,
        permissions::{
            ATTACH_FILES, EMBED_LINKS, MANAGE_MESSAGES, READ_MESSAGE_HISTORY, SEND_MESSAGES, SEND_MESSAGES_IN_THREADS,
            need,
        },
        server::{OpsgenieRequest, Reply},
        state::{Channel, DM, Id, Message, State, id_of, made},
    },
    Served, threads,
};

/// How long a nonce is remembered, in milliseconds.
const NONCE: i64 = 180_000;
const HOUR: i64 = 3_600_000;

/// A message as the bot reads it over REST: without content when the portal does not grant it.
fn shown(state: &State, message: &Message) -> Value {
    let mut json = json::message(state, message);
    let in_guild = state.channels.get(&message.channel).is_some_and(|channel| channel.kind != DM);
    let bot = state.bot.to_string();
    let mentioned = message.list("mentions").iter().any(|user| user["id"] == bot);
    if in_guild && !state.rules.content_intent && message.author != state.bot && !mentioned {
        json::blank(&mut json);
    }
    json
}

pub fn create(state: &mut State, call: &OpsgenieRequest) -> Served {
    let channel = state.channel(call.id("channel_id")?)?.clone();
    may_post(state, &channel, call)?;
    let nonce = call.body["nonce"].as_str().filter(|_| call.body["enforce_nonce"] == true);
    if let Some(first) = nonce.and_then(|nonce| same_nonce(state, channel.id, nonce)) {
        return Ok(Reply::ok(shown(state, first)));
    }
    // A message wakes a thread that was archived.
    if let Some(metadata) = state.channels[&channel.id].rest.get_mut("thread_metadata") {
        metadata["archived"] = false.into();
    }
    let (author, body, files) = (state.bot, Some(&call.body), call.files.as_slice());
    let id = compose::post(state, Draft { channel: channel.id, author, body, files, ..Draft::default() })?;
    if channel.is_thread() {
        let called: Vec<Id> =
            state.messages[&id].list("mentions").iter().filter_map(|user| id_of(&user["id"])).collect();
        for user in called {
            threads::joins(state, channel.id, user);
        }
    }
    Ok(Reply::ok(json::message(state, &state.messages[&id])))
}

fn may_post(state: &State, channel: &Channel, call: &OpsgenieRequest) -> Result<(), Refusal> {
    if !channel.is_text() {
        return Err(NOT_TEXT.into());
    }
    let blocked = |user: &Id| state.users.get(user).is_some_and(|user| user.blocks);
    let shares = |user: &Id| state.guilds.values().any(|guild| guild.members.contains_key(user));
    if channel.recipients.iter().any(blocked) && channel.kind == DM {
        return Err(NO_DM.into());
    }
    if channel.kind == DM && !channel.recipients.iter().any(shares) {
        return Err(NO_SHARED_GUILD.into());
    }
    let archived = channel.rest.get("thread_metadata").is_some_and(|data| data["archived"] == true);
    if archived && channel.rest["thread_metadata"]["locked"] == true {
        return Err(ARCHIVED_THREAD.into());
    }
    let send = if channel.is_thread() { SEND_MESSAGES_IN_THREADS } else { SEND_MESSAGES };
    let embeds = call.body["embeds"].as_array().is_some_and(|embeds| !embeds.is_empty());
    need(state, channel, send | if embeds { EMBED_LINKS } else { 0 })?;
    if call.files.is_empty() { Ok(()) } else { need(state, channel, ATTACH_FILES) }
}

fn same_nonce<'a>(state: &'a State, channel: Id, nonce: &str) -> Option<&'a Message> {
    let mut recent = state.history(channel).rev().take_while(|message| state.now - made(message.id) < NONCE);
    recent.find(|message| message.author == state.bot && message.nonce.as_deref() == Some(nonce))
}

pub fn list(state: &mut State, call: &OpsgenieRequest) -> Served {
    let channel = state.channel(call.id("channel_id")?)?;
    if !channel.is_text() {
        return Err(NOT_TEXT.into());
    }
    need(state, channel, 0)?;
    if need(state, channel, READ_MESSAGE_HISTORY).is_err() {
        return Ok(Reply::ok(json!([])));
    }
    let limit = call.query("limit").map_or(Ok(50), str::parse).unwrap_or(0);
    if !(1..=100).contains(&limit) {
        let message = "int value should be between 1 and 100.";
        return Err(Refusal::invalid("limit", "NUMBER_TYPE_RANGE", message));
    }
    let bound = |name: &str| call.query(name).and_then(|id| id.parse::<Id>().ok());
    let found: Vec<&Message> = match (bound("after"), bound("around")) {
        (Some(after), _) => newest_first(state.history(channel.id).filter(|message| message.id > after).take(limit)),
        (None, Some(around)) => around_it(state, channel.id, (around, limit)),
        (None, None) => {
            let before = bound("before").unwrap_or(Id::MAX);
            state.history(channel.id).rev().filter(|message| message.id < before).take(limit).collect()
        }
    };
    Ok(Reply::ok(found.into_iter().map(|message| shown(state, message)).collect()))
}

fn newest_first<'a>(messages: impl Iterator<Item = &'a Message>) -> Vec<&'a Message> {
    let mut messages: Vec<_> = messages.collect();
    messages.reverse();
    messages
}

fn around_it(state: &State, channel: Id, (id, limit): (Id, usize)) -> Vec<&Message> {
    let half = limit / 2;
    let later = newest_first(state.history(channel).filter(|message| message.id > id).take(half));
    let earlier = state.history(channel).rev().filter(|message| message.id <= id).take(limit - half);
    later.into_iter().chain(earlier).collect()
}

pub fn get(state: &mut State, call: &OpsgenieRequest) -> Served {
    let channel = state.channel(call.id("channel_id")?)?;
    need(state, channel, READ_MESSAGE_HISTORY)?;
    let message = state.message(channel.id, call.id("message_id")?)?;
    Ok(Reply::ok(shown(state, message)))
}

pub fn edit(state: &mut State, call: &OpsgenieRequest) -> Served {
    let channel = state.channel(call.id("channel_id")?)?;
    need(state, channel, 0)?;
    threads::awake(channel)?;
    let message = state.message(channel.id, call.id("message_id")?)?;
    if message.author != state.bot {
        return Err(NOT_YOURS.into());
    }
    let (id, now) = (message.id, state.now);
    if now - made(id) > HOUR {
        let times = &mut state.messages.get_mut(&id).expect("looked up").late_edits;
        limits::count(times, now, (LATE_EDITS, LATE_EDIT_WINDOW)).map_err(|_| Refusal::from(TOO_MANY_OLD_EDITS))?;
    }
    change(state, id, (&call.body, &call.files))?;
    Ok(Reply::ok(json::message(state, &state.messages[&id])))
}

/// Edits a message and tells the gateway, unless only one person sees it.
///
/// # Errors
/// 50006 when nothing would be left in it.
pub fn change(state: &mut State, id: Id, (body, files): (&Value, &[File])) -> Result<(), Refusal> {
    let mut message = state.messages.get(&id).cloned().ok_or(UNKNOWN_MESSAGE)?;
    compose::write(state, &mut message, body, files);
    if compose::is_empty(&message) {
        return Err(EMPTY_MESSAGE.into());
    }
    message.edited = Some(state.now);
    let everybody = message.only_for.is_none();
    state.messages.insert(id, message);
    if everybody {
        compose::announce(state, "MESSAGE_UPDATE", id);
    }
    Ok(())
}

pub fn delete(state: &mut State, call: &OpsgenieRequest) -> Served {
    let channel = state.channel(call.id("channel_id")?)?;
    need(state, channel, 0)?;
    let message = state.message(channel.id, call.id("message_id")?)?;
    if message.author != state.bot && need(state, channel, MANAGE_MESSAGES).is_err() {
        return Err(MISSING_PERMISSIONS.into());
    }
    let id = message.id;
    remove(state, id);
    Ok(Reply::none())
}

/// Removes a message and tells the gateway.
pub fn remove(state: &mut State, id: Id) {
    let Some(message) = state.messages.remove(&id) else { return };
    let guild = state.channels.get(&message.channel).and_then(|channel| channel.guild);
    let mut data = json!({"id": id.to_string(), "channel_id": message.channel.to_string()});
    if let Some(guild) = guild {
        data["guild_id"] = guild.to_string().into();
    }
    let intent = if guild.is_some() { GUILD_MESSAGES } else { DIRECT_MESSAGES };
    if message.only_for.is_none() {
        state.tell("MESSAGE_DELETE", Audience { intent, channel: Some(message.channel) }, &data);
    }
}
