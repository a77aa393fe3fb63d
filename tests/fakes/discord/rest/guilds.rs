//! Guilds, their roles and members.

use serde_json::Value;

use super::{
    super::{
        errors::{MISSING_PERMISSIONS, Refusal, UNKNOWN_GUILD, UNKNOWN_MEMBER, UNKNOWN_ROLE},
        gateway::{Audience, GUILD_MEMBERS},
        json,
        permissions::{MANAGE_ROLES, need_in_guild},
        server::{OpsgenieRequest, Reply},
        state::{Guild, Id, State},
    },
    Served,
};

fn guild<'a>(state: &'a State, call: &OpsgenieRequest) -> Result<&'a Guild, Refusal> {
    let found = state.guilds.get(&call.id("guild_id")?).ok_or(UNKNOWN_GUILD)?;
    need_in_guild(state, found.id, 0)?;
    Ok(found)
}

pub fn get(state: &mut State, call: &OpsgenieRequest) -> Served {
    let guild = guild(state, call)?;
    let mut json = json::guild(guild);
    if call.query("with_counts").is_some_and(|with| with == "true") {
        json["approximate_member_count"] = guild.members.len().into();
        json["approximate_presence_count"] = guild.members.len().into();
    }
    Ok(Reply::ok(json))
}

pub fn roles(state: &mut State, call: &OpsgenieRequest) -> Served {
    Ok(Reply::ok(guild(state, call)?.roles.values().map(json::role).collect()))
}

pub fn members(state: &mut State, call: &OpsgenieRequest) -> Served {
    let guild = guild(state, call)?;
    if !state.rules.members_intent {
        return Err(super::super::errors::MISSING_ACCESS.into());
    }
    let number = |name: &str, default: u64| call.query(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (limit, after) = (number("limit", 1), number("after", 0));
    let mut found: Vec<_> = guild.members.values().filter(|member| member.user > after).collect();
    found.sort_by_key(|member| member.user);
    let page = found.into_iter().take(usize::try_from(limit).unwrap_or(0));
    Ok(Reply::ok(page.map(|member| json::member(state, member)).collect()))
}

pub fn search(state: &mut State, call: &OpsgenieRequest) -> Served {
    let guild = guild(state, call)?;
    let limit = call.query("limit").and_then(|text| text.parse().ok()).unwrap_or(1);
    let wanted = call.query("query").unwrap_or("").to_lowercase();
    let name = |user: &Id| state.users.get(user).map_or("", |user| user.name.as_str()).to_lowercase();
    let fits = guild.members.values().filter(|member| {
        let nick = member.nick.as_deref().unwrap_or("").to_lowercase();
        name(&member.user).starts_with(&wanted) || nick.starts_with(&wanted)
    });
    Ok(Reply::ok(fits.take(limit).map(|member| json::member(state, member)).collect()))
}

pub fn member(state: &mut State, call: &OpsgenieRequest) -> Served {
    let member = guild(state, call)?.members.get(&call.id("user_id")?).ok_or(UNKNOWN_MEMBER)?;
    Ok(Reply::ok(json::member(state, member)))
}

pub fn give_role(state: &mut State, call: &OpsgenieRequest) -> Served {
    set_role(state, call, true)
}

pub fn take_role(state: &mut State, call: &OpsgenieRequest) -> Served {
    set_role(state, call, false)
}

/// A bot gives only roles below its own highest.
fn set_role(state: &mut State, call: &OpsgenieRequest, on: bool) -> Served {
    let (user, role) = (call.id("user_id")?, call.id("role_id")?);
    let guild = guild(state, call)?;
    let id = guild.id;
    need_in_guild(state, id, MANAGE_ROLES)?;
    if !guild.members.contains_key(&user) {
        return Err(UNKNOWN_MEMBER.into());
    }
    let given = guild.roles.get(&role).ok_or(UNKNOWN_ROLE)?;
    let held = guild.members[&state.bot].roles.iter().filter_map(|role| guild.roles.get(role));
    let highest = held.map(|role| role.position).max().unwrap_or(0);
    if given.managed || given.position >= highest {
        return Err(MISSING_PERMISSIONS.into());
    }
    change_roles(state, (id, user), |roles| {
        roles.retain(|one| *one != role);
        if on {
            roles.push(role);
        }
    });
    Ok(Reply::none())
}

/// Changes somebody's roles, and tells the gateway.
pub fn change_roles(state: &mut State, (guild, user): (Id, Id), change: impl FnOnce(&mut Vec<Id>)) {
    let Some(member) = state.guilds.get_mut(&guild).and_then(|guild| guild.members.get_mut(&user)) else { return };
    change(&mut member.roles);
    let mut data: Value = json::member(state, &state.guilds[&guild].members[&user]);
    data["guild_id"] = guild.to_string().into();
    state.tell("GUILD_MEMBER_UPDATE", Audience { intent: GUILD_MEMBERS, channel: None }, &data);
}
