//! Threads: of a message, or on their own.

use serde_json::json;

use super::{
    super::{
        clock::stamp,
        compose::{self, ADDED, THREAD_OPENED},
        errors::{ARCHIVED_THREAD, HAS_A_THREAD, MISSING_ACCESS, NOT_FOR_THIS_TYPE, Refusal, TOO_MANY_THREADS},
        json,
        permissions::{
            CREATE_PRIVATE_THREADS, CREATE_PUBLIC_THREADS, MANAGE_THREADS, SEND_MESSAGES_IN_THREADS, VIEW_CHANNEL,
            in_channel, need, need_in_guild,
        },
        server::{OpsgenieRequest, Reply},
        state::{Channel, Id, PRIVATE_THREAD, PUBLIC_THREAD, State, TEXT},
    },
    Served,
    channels::{a_thread, announce, threads},
};

/// Threads of a guild that may be open at a time.
const ACTIVE: usize = 1_000;

pub fn active(state: &mut State, call: &OpsgenieRequest) -> Served {
    let guild = call.id("guild_id")?;
    need_in_guild(state, guild, 0)?;
    Ok(Reply::ok(threads(state, guild)))
}

pub fn create(state: &mut State, call: &OpsgenieRequest) -> Served {
    let parent = state.channel(call.id("channel_id")?)?.clone();
    let kind = call.body["type"].as_u64().unwrap_or(PRIVATE_THREAD);
    let bit = if kind == PRIVATE_THREAD { CREATE_PRIVATE_THREADS } else { CREATE_PUBLIC_THREADS };
    need(state, &parent, VIEW_CHANNEL | bit)?;
    open(state, call, (&parent, kind, None))
}

pub fn from_message(state: &mut State, call: &OpsgenieRequest) -> Served {
    let parent = state.channel(call.id("channel_id")?)?.clone();
    need(state, &parent, VIEW_CHANNEL | CREATE_PUBLIC_THREADS)?;
    let id = state.message(parent.id, call.id("message_id")?)?.id;
    // The thread of a message has the id of the message.
    if state.channels.contains_key(&id) {
        return Err(HAS_A_THREAD.into());
    }
    open(state, call, (&parent, PUBLIC_THREAD, Some(id)))
}

fn open(state: &mut State, call: &OpsgenieRequest, (parent, kind, of): (&Channel, u64, Option<Id>)) -> Served {
    let (Some(guild), TEXT) = (parent.guild, parent.kind) else { return Err(NOT_FOR_THIS_TYPE.into()) };
    let open = state.channels.values().filter(|one| one.guild == Some(guild) && one.is_thread() && !is_away(one));
    if open.count() >= ACTIVE {
        return Err(TOO_MANY_THREADS.into());
    }
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
    if kind == PRIVATE_THREAD {
        thread.rest["thread_metadata"]["invitable"] = (call.body["invitable"] != false).into();
    }
    state.channels.insert(id, thread);
    announce(state, "THREAD_CREATE", id);
    if of.is_none() && kind == PUBLIC_THREAD {
        let bot = state.bot;
        compose::notice(state, (parent.id, bot), (THREAD_OPENED, None));
    }
    Ok(Reply::new(201, json::channel(state, &state.channels[&id])))
}

pub fn add_member(state: &mut State, call: &OpsgenieRequest) -> Served {
    let (id, whom) = (a_thread(state, call.id("channel_id")?)?.id, member(state, call)?);
    need(state, &state.channels[&id], SEND_MESSAGES_IN_THREADS)?;
    awake(&state.channels[&id])?;
    let sees_parent = state.channels[&id].parent.and_then(|parent| state.channels.get(&parent));
    if sees_parent.is_none_or(|parent| in_channel(state, parent, whom) & VIEW_CHANNEL == 0) {
        return Err(MISSING_ACCESS.into());
    }
    if joins(state, id, whom) {
        let bot = state.bot;
        compose::notice(state, (id, bot), (ADDED, None));
    }
    Ok(Reply::none())
}

/// Lets somebody into a thread; tells whether they were out. Whoever is called in a thread is let in by that.
pub fn joins(state: &mut State, thread: Id, whom: Id) -> bool {
    let people = &mut state.channels[&thread].recipients;
    let out = !people.contains(&whom);
    if out {
        people.push(whom);
    }
    out
}

/// Whether a thread is put away.
pub fn is_away(channel: &Channel) -> bool {
    channel.rest.get("thread_metadata").is_some_and(|data| data["archived"] == true)
}

/// # Errors
/// 50083 when it is a thread that is put away: nothing in it changes.
pub fn awake(channel: &Channel) -> Result<(), Refusal> {
    if is_away(channel) { Err(ARCHIVED_THREAD.into()) } else { Ok(()) }
}

pub fn remove_member(state: &mut State, call: &OpsgenieRequest) -> Served {
    let (id, whom) = (a_thread(state, call.id("channel_id")?)?.id, member(state, call)?);
    need(state, &state.channels[&id], MANAGE_THREADS)?;
    state.channels[&id].recipients.retain(|one| *one != whom);
    Ok(Reply::none())
}

/// The person of the path; `@me` is the bot.
fn member(state: &State, call: &OpsgenieRequest) -> Result<Id, Refusal> {
    if call.param("user_id") == "@me" { Ok(state.bot) } else { call.id("user_id") }
}
