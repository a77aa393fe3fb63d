//! Threads: of a message, or on their own.

use serde_json::json;

use super::super::{
    clock::stamp,
    compose::{self, THREAD_OPENED},
    errors::{HAS_A_THREAD, NOT_FOR_THIS_TYPE},
    json,
    permissions::{
        CREATE_PRIVATE_THREADS, CREATE_PUBLIC_THREADS, MANAGE_THREADS, SEND_MESSAGES_IN_THREADS, VIEW_CHANNEL, need,
        need_in_guild,
    },
    server::{Call, Reply},
    state::{Channel, Id, PRIVATE_THREAD, PUBLIC_THREAD, State, TEXT},
};
use super::{
    Served,
    channels::{a_thread, announce, threads},
};

pub fn active(state: &mut State, call: &Call) -> Served {
    let guild = call.id("guild_id")?;
    need_in_guild(state, guild, 0)?;
    Ok(Reply::ok(threads(state, guild)))
}

pub fn create(state: &mut State, call: &Call) -> Served {
    let parent = state.channel(call.id("channel_id")?)?.clone();
    let kind = call.body["type"].as_u64().unwrap_or(PRIVATE_THREAD);
    let bit = if kind == PRIVATE_THREAD { CREATE_PRIVATE_THREADS } else { CREATE_PUBLIC_THREADS };
    need(state, &parent, VIEW_CHANNEL | bit)?;
    open(state, call, (&parent, kind, None))
}

pub fn from_message(state: &mut State, call: &Call) -> Served {
    let parent = state.channel(call.id("channel_id")?)?.clone();
    need(state, &parent, VIEW_CHANNEL | CREATE_PUBLIC_THREADS)?;
    let id = state.message(parent.id, call.id("message_id")?)?.id;
    // The thread of a message has the id of the message.
    if state.channels.contains_key(&id) {
        return Err(HAS_A_THREAD.into());
    }
    open(state, call, (&parent, PUBLIC_THREAD, Some(id)))
}

fn open(state: &mut State, call: &Call, (parent, kind, of): (&Channel, u64, Option<Id>)) -> Served {
    let (Some(guild), TEXT) = (parent.guild, parent.kind) else { return Err(NOT_FOR_THIS_TYPE.into()) };
    let minutes = call.body["auto_archive_duration"].as_u64().unwrap_or(4_320);
    let made = state.open_channel(guild, call.body["name"].as_str().unwrap_or(""), kind, Some(parent.id));
    let mut thread = state.channels.shift_remove(&made).expect("just made");
    let id = of.unwrap_or(made);
    thread.id = id;
    thread.recipients = vec![state.bot];
    thread.rest = json!({
        "owner_id": state.bot.to_string(), "message_count": 0, "member_count": 1, "total_message_sent": 0,
        "thread_metadata": {
            "archived": false, "locked": false, "auto_archive_duration": minutes, "archive_timestamp": stamp(state.now),
            "create_timestamp": stamp(state.now),
        },
    })
    .as_object()
    .expect("an object")
    .clone();
    state.channels.insert(id, thread);
    announce(state, "THREAD_CREATE", id);
    if of.is_none() && kind == PUBLIC_THREAD {
        let bot = state.bot;
        compose::notice(state, (parent.id, bot), (THREAD_OPENED, None));
    }
    Ok(Reply::new(201, json::channel(state, &state.channels[&id])))
}

pub fn add_member(state: &mut State, call: &Call) -> Served {
    let (id, whom) = (a_thread(state, call.id("channel_id")?)?.id, member(state, call)?);
    need(state, &state.channels[&id], SEND_MESSAGES_IN_THREADS)?;
    let people = &mut state.channels[&id].recipients;
    if !people.contains(&whom) {
        people.push(whom);
    }
    Ok(Reply::none())
}

pub fn remove_member(state: &mut State, call: &Call) -> Served {
    let (id, whom) = (a_thread(state, call.id("channel_id")?)?.id, member(state, call)?);
    need(state, &state.channels[&id], MANAGE_THREADS)?;
    state.channels[&id].recipients.retain(|one| *one != whom);
    Ok(Reply::none())
}

/// The person of the path; `@me` is the bot.
fn member(state: &State, call: &Call) -> Result<Id, super::super::errors::Refusal> {
    if call.param("user_id") == "@me" { Ok(state.bot) } else { call.id("user_id") }
}
