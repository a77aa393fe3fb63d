//! Channels of a guild: made, renamed, permitted, deleted.

use serde_json::{Map, Value, json};

use super::{
    super::{
        errors::{
            DM_ONLY, MISSING_ACCESS, Refusal, TOO_MANY_CHANNELS, UNKNOWN_CHANNEL, UNKNOWN_GUILD, UNKNOWN_OVERWRITE,
        },
        gateway::{Audience, GUILDS},
        json,
        limits::{self, Limited, RENAME_WINDOW, RENAMES},
        permissions::{
            self, MANAGE_CHANNELS, MANAGE_ROLES, MANAGE_THREADS, VIEW_CHANNEL, in_channel, need, need_in_guild,
        },
        server::{OpsgenieRequest, Reply},
        state::{ANNOUNCEMENT, CATEGORY, Channel, DM, Id, Overwrite, State, TEXT, bits_of, id_of},
    },
    Served,
};

/// Channels a guild may have; threads do not count.
const GUILD: usize = 500;
/// Channels a category may have.
const CATEGORY_SIZE: usize = 50;

/// Fields that are kept as they were sent.
const KEPT: [&str; 6] =
    ["topic", "position", "nsfw", "rate_limit_per_user", "default_auto_archive_duration", "thread_metadata"];

pub fn list(state: &mut State, call: &OpsgenieRequest) -> Served {
    let guild = call.id("guild_id")?;
    need_in_guild(state, guild, 0)?;
    let here = state.channels.values().filter(|channel| channel.guild == Some(guild) && !channel.is_thread());
    Ok(Reply::ok(here.map(|channel| json::channel(state, channel)).collect()))
}

pub fn get(state: &mut State, call: &OpsgenieRequest) -> Served {
    let channel = state.channel(call.id("channel_id")?)?;
    if channel.kind != DM {
        need(state, channel, 0)?;
    }
    Ok(Reply::ok(json::channel(state, channel)))
}

pub fn create(state: &mut State, call: &OpsgenieRequest) -> Served {
    let guild = call.id("guild_id")?;
    if !state.guilds.contains_key(&guild) {
        return Err(UNKNOWN_GUILD.into());
    }
    need_in_guild(state, guild, MANAGE_CHANNELS)?;
    let here = state.channels.values().filter(|channel| channel.guild == Some(guild) && !channel.is_thread());
    if here.count() >= GUILD {
        return Err(TOO_MANY_CHANNELS.into());
    }
    let kind = call.body["type"].as_u64().unwrap_or(TEXT);
    let parent = parent(state, (guild, None), &call.body)?;
    let overwrites = match call.body["permission_overwrites"].as_array() {
        Some(list) => overwrites(state, guild, list)?,
        None => {
            parent.and_then(|parent| state.channels.get(&parent)).map_or_else(Vec::new, |one| one.overwrites.clone())
        }
    };
    let name = call.body["name"].as_str().unwrap_or("");
    let id = state.open_channel(guild, &named(kind, name), kind, parent);
    let channel = &mut state.channels[&id];
    channel.overwrites = overwrites;
    keep(&mut channel.rest, &call.body);
    announce(state, "CHANNEL_CREATE", id);
    Ok(Reply::new(201, json::channel(state, &state.channels[&id])))
}

/// Text channels have names without blanks and capitals: Discord writes them so.
fn named(kind: u64, name: &str) -> String {
    if [TEXT, ANNOUNCEMENT].contains(&kind) {
        name.trim().to_lowercase().split_whitespace().collect::<Vec<_>>().join("-")
    } else {
        name.trim().to_owned()
    }
}

fn keep(rest: &mut Map<String, Value>, body: &Value) {
    for field in KEPT {
        if let Some(value) = body.get(field).filter(|value| !value.is_null() || field == "topic") {
            rest.insert(field.into(), value.clone());
        }
    }
}

/// The category of the body, which must be one of the guild with room for another channel.
fn parent(state: &State, (guild, channel): (Id, Option<Id>), body: &Value) -> Result<Option<Id>, Refusal> {
    let Some(parent) = body.get("parent_id").and_then(id_of) else { return Ok(None) };
    let fits = |found: &&Channel| found.guild == Some(guild) && found.kind == CATEGORY;
    if state.channels.get(&parent).filter(fits).is_none() {
        let message = "Category does not exist";
        return Err(Refusal::invalid("parent_id", "CHANNEL_PARENT_INVALID", message));
    }
    let inside = state.channels.values().filter(|one| one.parent == Some(parent) && Some(one.id) != channel);
    if inside.count() >= CATEGORY_SIZE {
        let message = "Maximum number of channels in category reached (50)";
        return Err(Refusal::invalid("parent_id", "CHANNEL_PARENT_MAX_CHANNELS", message));
    }
    Ok(Some(parent))
}

fn overwrites(state: &State, guild: Id, list: &[Value]) -> Result<Vec<Overwrite>, Refusal> {
    let read = |one: &Value| {
        let id = id_of(&one["id"]).unwrap_or(0);
        let overwrite = Overwrite {
            id,
            kind: one["type"].as_u64().unwrap_or(u64::from(!state.guilds[&guild].roles.contains_key(&id))),
            allow: bits_of(&one["allow"]),
            deny: bits_of(&one["deny"]),
        };
        checked(state, guild, overwrite)
    };
    list.iter().map(read).collect()
}

/// An overwrite of somebody who is here, with bits that the bot may give.
fn checked(state: &State, guild: Id, overwrite: Overwrite) -> Result<Overwrite, Refusal> {
    let guild = &state.guilds[&guild];
    permissions::may_write(state, guild.id, overwrite.allow | overwrite.deny)?;
    let here = if overwrite.kind == 0 {
        guild.roles.contains_key(&overwrite.id)
    } else {
        state.users.contains_key(&overwrite.id)
    };
    if here { Ok(overwrite) } else { Err(UNKNOWN_OVERWRITE.into()) }
}

pub fn edit(state: &mut State, call: &OpsgenieRequest) -> Served {
    let id = call.id("channel_id")?;
    let channel = state.channel(id)?.clone();
    let Some(guild) = channel.guild else { return Err(DM_ONLY.into()) };
    need(state, &channel, if channel.is_thread() { MANAGE_THREADS } else { MANAGE_CHANNELS })?;
    if call.body["archived"] != false {
        super::threads::awake(&channel)?;
    }
    let name = call.body["name"].as_str().map(|name| named(channel.kind, name));
    let topic = call.body.get("topic").map(|topic| topic.as_str().unwrap_or(""));
    let renamed = name.as_ref().is_some_and(|name| *name != channel.name);
    if renamed || topic.is_some_and(|topic| topic != channel.topic().unwrap_or("")) {
        let now = state.now;
        if let Err(wait) = limits::count(&mut state.channels[&id].renames, now, (RENAMES, RENAME_WINDOW)) {
            let retry_after = f64::from(u32::try_from(wait).expect("in range")) / 1_000.0;
            return Ok(Reply::limited(Limited { retry_after, scope: "user", bucket: None }));
        }
    }
    let parent = match call.body.get("parent_id") {
        Some(_) => parent(state, (guild, Some(id)), &call.body)?,
        None => channel.parent,
    };
    let overwrites = match call.body["permission_overwrites"].as_array() {
        Some(list) => Some(overwrites(state, guild, list)?),
        None => None,
    };
    let channel = &mut state.channels[&id];
    channel.name = name.unwrap_or_else(|| channel.name.clone());
    channel.parent = parent;
    channel.overwrites = overwrites.unwrap_or_else(|| channel.overwrites.clone());
    keep(&mut channel.rest, &call.body);
    thread(channel, &call.body);
    announce(state, if state.channels[&id].is_thread() { "THREAD_UPDATE" } else { "CHANNEL_UPDATE" }, id);
    Ok(Reply::ok(json::channel(state, &state.channels[&id])))
}

/// What only a thread has.
fn thread(channel: &mut Channel, body: &Value) {
    let Some(metadata) = channel.rest.get_mut("thread_metadata").filter(|_| body.is_object()) else { return };
    for field in ["archived", "locked", "auto_archive_duration", "invitable"] {
        if let Some(value) = body.get(field).filter(|value| !value.is_null()) {
            metadata[field] = value.clone();
        }
    }
}

pub fn delete(state: &mut State, call: &OpsgenieRequest) -> Served {
    let id = call.id("channel_id")?;
    let channel = state.channel(id)?.clone();
    if channel.guild.is_some() {
        need(state, &channel, if channel.is_thread() { MANAGE_THREADS } else { MANAGE_CHANNELS })?;
    }
    let json = json::channel(state, &channel);
    remove(state, id);
    Ok(Reply::ok(json))
}

/// Removes a channel with its threads and messages, and tells the gateway.
pub fn remove(state: &mut State, id: Id) {
    let Some(channel) = state.channels.get(&id) else { return };
    let event = if channel.is_thread() { "THREAD_DELETE" } else { "CHANNEL_DELETE" };
    announce(state, event, id);
    state.messages.retain(|_, message| message.channel != id);
    state.channels.shift_remove(&id);
    state.channels.retain(|_, channel| !(channel.is_thread() && channel.parent == Some(id)));
    for orphan in state.channels.values_mut().filter(|channel| channel.parent == Some(id)) {
        orphan.parent = None;
    }
}

pub fn permit(state: &mut State, call: &OpsgenieRequest) -> Served {
    let (id, whom) = (call.id("channel_id")?, call.id("overwrite_id")?);
    let channel = state.channel(id)?.clone();
    let Some(guild) = channel.guild else { return Err(DM_ONLY.into()) };
    need(state, &channel, MANAGE_ROLES)?;
    let overwrite = Overwrite {
        id: whom,
        kind: call.body["type"].as_u64().unwrap_or(0),
        allow: bits_of(&call.body["allow"]),
        deny: bits_of(&call.body["deny"]),
    };
    let overwrite = checked(state, guild, overwrite)?;
    let kept = &mut state.channels[&id].overwrites;
    kept.retain(|one| one.id != whom);
    kept.push(overwrite);
    announce(state, "CHANNEL_UPDATE", id);
    Ok(Reply::none())
}

pub fn unpermit(state: &mut State, call: &OpsgenieRequest) -> Served {
    let (id, whom) = (call.id("channel_id")?, call.id("overwrite_id")?);
    let channel = state.channel(id)?.clone();
    need(state, &channel, MANAGE_ROLES)?;
    let kept = &mut state.channels[&id].overwrites;
    let before = kept.len();
    kept.retain(|one| one.id != whom);
    if kept.len() == before {
        return Err(UNKNOWN_OVERWRITE.into());
    }
    announce(state, "CHANNEL_UPDATE", id);
    Ok(Reply::none())
}

pub fn typing(state: &mut State, call: &OpsgenieRequest) -> Served {
    let channel = state.channel(call.id("channel_id")?)?;
    let seen = in_channel(state, channel, state.bot) & VIEW_CHANNEL != 0;
    if seen { Ok(Reply::none()) } else { Err(MISSING_ACCESS.into()) }
}

/// Tells the gateway of a channel.
pub fn announce(state: &mut State, event: &str, id: Id) {
    let Some(channel) = state.channels.get(&id) else { return };
    let mut data = json::channel(state, channel);
    if event == "THREAD_CREATE" {
        data["newly_created"] = true.into();
    }
    state.tell(event, Audience { intent: GUILDS, channel: Some(id) }, &data);
}

/// A thread in the list of a guild.
pub fn threads(state: &State, guild: Id) -> Value {
    let here = state.channels.values().filter(|channel| channel.guild == Some(guild) && channel.is_thread());
    let seen = here.filter(|channel| in_channel(state, channel, state.bot) & VIEW_CHANNEL != 0);
    let live = seen.filter(|channel| channel.rest["thread_metadata"]["archived"] != true);
    json!({"threads": live.map(|channel| json::channel(state, channel)).collect::<Vec<_>>(), "members": [], "has_more": false})
}

/// # Errors
/// 10003 when the id is not that of a thread.
pub fn a_thread(state: &State, id: Id) -> Result<&Channel, Refusal> {
    state.channels.get(&id).filter(|channel| channel.is_thread()).ok_or_else(|| UNKNOWN_CHANNEL.into())
}
