//! The gateway's address, the bot itself, its application, direct messages.

use serde_json::{Map, Value, json};

use super::{
    super::{
        errors::{NO_DM, UNKNOWN_APPLICATION, UNKNOWN_USER},
        json,
        server::{OpsgenieRequest, Reply},
        state::{Channel, DM, State},
    },
    Served,
};

pub fn gateway(state: &mut State, _: &OpsgenieRequest) -> Served {
    Ok(Reply::ok(json!({"url": state.rules.gateway})))
}

pub fn gateway_bot(state: &mut State, _: &OpsgenieRequest) -> Served {
    let day = state.hub.identifies.iter().filter(|at| state.ticks - **at < 86_400_000).count();
    Ok(Reply::ok(json!({
        "url": state.rules.gateway, "shards": 1,
        "session_start_limit":
            {"total": 1_000, "remaining": 1_000_usize.saturating_sub(day), "reset_after": 86_400_000, "max_concurrency": 1},
    })))
}

pub fn me(state: &mut State, _: &OpsgenieRequest) -> Served {
    let mut user = json::user(state, state.bot);
    for (field, value) in [("mfa_enabled", true.into()), ("locale", "en-US".into()), ("verified", true.into())] {
        user[field] = value;
    }
    user["email"] = Value::Null;
    Ok(Reply::ok(user))
}

pub fn get(state: &mut State, call: &OpsgenieRequest) -> Served {
    if call.param("user_id") == "@me" {
        return me(state, call);
    }
    let id = call.id("user_id")?;
    if !state.users.contains_key(&id) {
        return Err(UNKNOWN_USER.into());
    }
    Ok(Reply::ok(json::user(state, id)))
}

pub fn my_guilds(state: &mut State, _: &OpsgenieRequest) -> Served {
    let ours = state.guilds.values().filter(|guild| guild.members.contains_key(&state.bot));
    let partial = ours.map(|guild| {
        json!({
            "id": guild.id.to_string(), "name": guild.name, "icon": null, "banner": null,
            "owner": guild.owner == state.bot, "features": [],
            "permissions": super::super::permissions::in_guild(state, guild.id, state.bot).to_string(),
        })
    });
    Ok(Reply::ok(partial.collect()))
}

pub fn application(state: &mut State, call: &OpsgenieRequest) -> Served {
    if call.route.contains("{application_id}") && call.id("application_id")? != state.application {
        return Err(UNKNOWN_APPLICATION.into());
    }
    Ok(Reply::ok(json::application(state)))
}

/// Opens the direct channel with somebody, or finds it.
pub fn open_dm(state: &mut State, call: &OpsgenieRequest) -> Served {
    let with = call.body_id("recipient_id").filter(|id| state.users.contains_key(id)).ok_or(UNKNOWN_USER)?;
    if state.users[&with].bot {
        return Err(NO_DM.into());
    }
    let found = state.channels.values().find(|channel| channel.kind == DM && channel.recipients == [with]);
    let id = found.map(|channel| channel.id).unwrap_or_else(|| dm(state, with));
    Ok(Reply::ok(json::channel(state, &state.channels[&id])))
}

/// Opens a direct channel.
pub fn dm(state: &mut State, with: u64) -> u64 {
    let id = state.fresh_id();
    let channel = Channel {
        id,
        kind: DM,
        guild: None,
        parent: None,
        name: String::new(),
        overwrites: Vec::new(),
        recipients: vec![with],
        rest: Map::new(),
        renames: Vec::new(),
        last_message: None,
    };
    state.channels.insert(id, channel);
    id
}
