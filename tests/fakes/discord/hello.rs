//! How a session begins: HELLO, whether IDENTIFY is granted, READY and the guilds after it.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    clock::{Millis, stamp},
    gateway::{GUILD_MEMBERS, GUILD_PRESENCES, GUILDS, MESSAGE_CONTENT, Session},
    json,
    permissions::{VIEW_CHANNEL, in_channel},
    state::{Guild, State},
};

/// Every intent Discord knows.
const INTENTS: u64 = 0b0011_0011_1111_1111_1111_1111_1111;

pub fn millis(duration: Duration) -> Millis {
    i64::try_from(duration.as_millis()).expect("in range")
}

pub fn hello(heartbeat: Duration) -> String {
    json!({"op": 10, "d": {"heartbeat_interval": heartbeat.as_millis(), "_trace": []}}).to_string()
}

/// The close code of an IDENTIFY that is refused.
pub fn refused(state: &mut State, data: &Value) -> Option<u16> {
    if let Some(code) = state.hub.refuse.take() {
        return Some(code);
    }
    // Discord takes the token with and without its prefix.
    if data["token"].as_str().map(|token| token.trim_start_matches("Bot ")) != Some(state.rules.token.as_str()) {
        return Some(4004);
    }
    let intents = data["intents"].as_u64();
    if data["properties"].as_object().is_none() || intents.is_none_or(|intents| intents & !INTENTS != 0) {
        return Some(if intents.is_some() { 4013 } else { 4002 });
    }
    let granted = [
        (GUILD_MEMBERS, state.rules.members_intent),
        (GUILD_PRESENCES, false),
        (MESSAGE_CONTENT, state.rules.content_intent),
    ];
    let asked = |bit: u64| intents.is_some_and(|intents| intents & bit != 0);
    let disallowed = granted.iter().any(|(bit, on)| asked(*bit) && !on);
    let shard_wrong = !data["shard"].is_null() && data["shard"][0].as_u64() >= data["shard"][1].as_u64();
    if shard_wrong { Some(4010) } else { disallowed.then_some(4014) }
}

/// READY, then one GUILD_CREATE for each guild.
pub fn greet(state: &mut State, session: Session, shard: &Value) {
    let unavailable = |guild: &Guild| json!({"id": guild.id.to_string(), "unavailable": true});
    let ours: Vec<u64> = guilds(state).map(|guild| guild.id).collect();
    let mut bot = json::user(state, state.bot);
    for (field, value) in [("mfa_enabled", true.into()), ("verified", true.into()), ("email", Value::Null)] {
        bot[field] = value;
    }
    let ready = json!({
        "v": 10, "user": bot, "guilds": guilds(state).map(unavailable).collect::<Vec<_>>(),
        "session_id": session.id, "resume_gateway_url": state.rules.gateway, "session_type": "normal",
        "application": {"id": state.application.to_string(), "flags": json::application_flags(state)},
        "shard": if shard.is_null() { json!([0, 1]) } else { shard.clone() },
        "private_channels": [], "relationships": [], "presences": [], "user_settings": {}, "_trace": [],
    });
    let wants = session.intents & GUILDS != 0;
    let all = session.intents & GUILD_MEMBERS != 0;
    state.hub.sessions.push(session);
    let guilds: Vec<Value> = if wants { ours.iter().map(|id| created(state, *id, all)).collect() } else { vec![] };
    let session = state.hub.sessions.last_mut().expect("just pushed");
    session.send("READY", &ready);
    for guild in &guilds {
        session.send("GUILD_CREATE", guild);
    }
}

/// The guilds the bot is in.
fn guilds(state: &State) -> impl Iterator<Item = &Guild> {
    state.guilds.values().filter(|guild| guild.members.contains_key(&state.bot))
}

/// A guild as GUILD_CREATE tells it: with the channels and threads the bot sees, and members.
pub fn created(state: &State, id: u64, all_members: bool) -> Value {
    let guild = &state.guilds[&id];
    let seen = |thread: bool| {
        let here = state.channels.values().filter(move |channel| channel.guild == Some(id));
        let kind = here.filter(move |channel| channel.is_thread() == thread);
        let visible = kind.filter(|channel| in_channel(state, channel, state.bot) & VIEW_CHANNEL != 0);
        visible.map(|channel| json::channel(state, channel)).collect::<Vec<_>>()
    };
    let shown = guild.members.values().filter(|member| all_members || member.user == state.bot);
    let mut json = json::guild(guild);
    let more = json!({
        "joined_at": stamp(guild.members[&state.bot].joined), "large": false, "unavailable": false,
        "member_count": guild.members.len(), "voice_states": [], "presences": [], "stage_instances": [],
        "guild_scheduled_events": [], "soundboard_sounds": [], "channels": seen(false), "threads": seen(true),
        "members": shown.map(|member| json::member(state, member)).collect::<Vec<_>>(),
    });
    json.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    json
}
