//! Messages as Discord stores them: what was sent, with ids, defaults and mentions filled in.

use serde_json::{Map, Value, json};

use super::{
    errors::{EMPTY_MESSAGE, Refusal},
    gateway::{Audience, DIRECT_MESSAGES, GUILD_MESSAGES},
    json,
    multipart::File,
    permissions::{MENTION_EVERYONE, in_channel},
    state::{Id, Message, State, id_of},
};

/// Only one person sees it.
pub const EPHEMERAL: u64 = 1 << 6;
/// An answer that is still to come.
pub const LOADING: u64 = 1 << 7;
/// Made of components alone (Components V2).
pub const COMPONENTS_V2: u64 = 1 << 15;

/// Type of the message that says that a message was pinned.
pub const PINNED: u64 = 6;
/// Type of the message that says that somebody was added to a thread.
pub const ADDED: u64 = 1;
/// Type of the message that says that a thread was opened.
pub const THREAD_OPENED: u64 = 18;
/// Type of a message that answers another.
const REPLY: u64 = 19;

/// A message about to be posted.
#[derive(Default)]
pub struct Draft<'a> {
    pub channel: Id,
    pub author: Id,
    pub body: Option<&'a Value>,
    pub files: &'a [File],
    pub only_for: Option<Id>,
    /// Fields that no client sends, such as `webhook_id`.
    pub more: Map<String, Value>,
}

/// Posts a message and tells the gateway.
///
/// # Errors
/// 10003 when the channel is gone, 50006 when nothing is in it.
pub fn post(state: &mut State, draft: Draft) -> Result<Id, Refusal> {
    state.channel(draft.channel)?;
    let id = state.fresh_id();
    let body = draft.body.unwrap_or(&Value::Null);
    let mut message = Message {
        id,
        channel: draft.channel,
        author: draft.author,
        body: draft.more,
        nonce: body["nonce"].as_str().map(str::to_owned).or_else(|| body["nonce"].as_u64().map(|n| n.to_string())),
        only_for: draft.only_for,
        reactions: Vec::new(),
        pinned: None,
        edited: None,
        late_edits: Vec::new(),
    };
    write(state, &mut message, body, draft.files);
    if is_empty(&message) {
        return Err(EMPTY_MESSAGE.into());
    }
    state.messages.insert(id, message);
    if draft.only_for.is_none() {
        state.channels[&draft.channel].last_message = Some(id);
        announce(state, "MESSAGE_CREATE", id);
    }
    Ok(id)
}

/// Posts a message of Discord's own making about what somebody did, and about which message.
pub fn notice(state: &mut State, (channel, author): (Id, Id), (kind, about): (u64, Option<Id>)) {
    let mut more = Map::new();
    more.insert("type".into(), kind.into());
    if let Some(about) = about {
        let reference = json!({"type": 0, "channel_id": channel.to_string(), "message_id": about.to_string()});
        more.insert("message_reference".into(), reference);
    }
    // It has no content and needs none: only ordinary messages may not be empty.
    post(state, Draft { channel, author, more, ..Draft::default() }).ok();
}

/// Whether nobody would see anything. An answer that is loading has nothing in it yet.
pub fn is_empty(message: &Message) -> bool {
    let nothing = ["embeds", "components", "attachments"].iter().all(|list| message.list(list).is_empty());
    let filled = ["sticker_ids", "poll"].iter().any(|field| message.body.contains_key(*field));
    let ordinary = message.body.get("type").is_none_or(|kind| kind == 0);
    message.content().trim().is_empty() && nothing && !filled && ordinary && message.flags() & LOADING == 0
}

/// Writes what a request says into a message; what it does not name stays.
pub fn write(state: &mut State, message: &mut Message, body: &Value, files: &[File]) {
    if let Some(content) = body.get("content") {
        let text = content.as_str().unwrap_or("");
        message.body.insert("content".into(), text.trim().into());
        mention(state, message, body.get("allowed_mentions"));
    }
    if let Some(embeds) = body.get("embeds") {
        let written: Vec<Value> = embeds.as_array().into_iter().flatten().map(embed).collect();
        message.body.insert("embeds".into(), written.into());
    }
    if let Some(components) = body.get("components") {
        let mut components = if components.is_null() { json!([]) } else { components.clone() };
        fill(&mut components, &mut 0);
        message.body.insert("components".into(), components);
    }
    if let Some(flags) = body.get("flags").and_then(Value::as_u64) {
        let kept = message.flags() & (EPHEMERAL | LOADING);
        message.body.insert("flags".into(), (flags | kept).into());
    }
    if let Some(to) = body.get("message_reference").and_then(|reference| id_of(&reference["message_id"])) {
        let reference = json!({"type": 0, "channel_id": message.channel.to_string(), "message_id": to.to_string()});
        message.body.insert("message_reference".into(), reference);
        message.body.insert("type".into(), REPLY.into());
    }
    attach(state, message, body, files);
}

fn attach(state: &mut State, message: &mut Message, body: &Value, files: &[File]) {
    let kept = |attachment: &&Value| {
        let named = body["attachments"].as_array();
        named.is_none_or(|named| named.iter().any(|one| one["id"] == attachment["id"]))
    };
    let mut attachments: Vec<Value> = message.list("attachments").iter().filter(kept).cloned().collect();
    for file in files {
        let id = state.fresh_id();
        let path = format!("/attachments/{}/{id}/{}", message.channel, file.name);
        let url = format!("{}{path}", state.rules.gateway.replacen("ws", "http", 1));
        state.files.insert(path, file.bytes.clone());
        attachments.push(json!({
            "id": id.to_string(), "filename": file.name, "size": file.bytes.len(), "url": url, "proxy_url": url,
            "content_type": file.kind,
        }));
    }
    if !attachments.is_empty() || body.get("attachments").is_some() {
        message.body.insert("attachments".into(), attachments.into());
    }
}

fn embed(embed: &Value) -> Value {
    let mut embed = embed.clone();
    embed["type"] = "rich".into();
    for field in embed["fields"].as_array_mut().into_iter().flatten() {
        if field.get("inline").is_none_or(Value::is_null) {
            field["inline"] = false.into();
        }
    }
    if let Some(fields) = embed.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    embed
}

/// Gives every component its id, and selects their bounds.
fn fill(components: &mut Value, last: &mut u64) {
    for component in components.as_array_mut().into_iter().flatten() {
        *last += 1;
        component["id"] = (*last).into();
        if [3, 5, 6, 7, 8].contains(&component["type"].as_u64().unwrap_or(0)) {
            for bound in ["min_values", "max_values"] {
                let given = component[bound].as_u64().unwrap_or(1);
                component[bound] = given.into();
            }
        }
        if let Some(inner) = component.get_mut("components") {
            fill(inner, last);
        }
        if let Some(fields) = component.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
    }
}

/// Whom the content mentions: what is written in it and `allowed_mentions` lets through.
fn mention(state: &State, message: &mut Message, allowed: Option<&Value>) {
    let text = message.content().to_owned();
    let lets = |kind: &str, id: Id| {
        let Some(allowed) = allowed.filter(|allowed| !allowed.is_null()) else { return true };
        let parse = allowed["parse"].as_array().is_some_and(|kinds| kinds.iter().any(|one| one == kind));
        parse || allowed[kind].as_array().is_some_and(|ids| ids.iter().any(|one| id_of(one) == Some(id)))
    };
    let users =
        written(&text, &["<@", "<@!"]).into_iter().filter(|id| state.users.contains_key(id) && lets("users", *id));
    let may = state.channels.get(&message.channel).map_or(0, |channel| in_channel(state, channel, message.author));
    // Our roles are not mentionable by everybody, so that it takes the permission.
    let may_call = may & MENTION_EVERYONE != 0;
    let roles = written(&text, &["<@&"]).into_iter().filter(|id| may_call && lets("roles", *id));
    let everyone = text.contains("@everyone") || text.contains("@here");
    let fields = [
        ("mentions", users.map(|id| json::user(state, id)).collect::<Value>()),
        ("mention_roles", roles.map(|id| Value::from(id.to_string())).collect()),
        ("mention_everyone", (everyone && lets("everyone", 0) && may_call).into()),
    ];
    message.body.extend(fields.map(|(name, value)| (name.to_owned(), value)));
}

/// The ids written in a text after one of these openings, each once.
fn written(text: &str, openings: &[&str]) -> Vec<Id> {
    let mut ids = Vec::new();
    for opening in openings {
        let found = text.split(opening).skip(1).filter_map(|rest| rest.split_once('>')?.0.parse::<Id>().ok());
        ids.extend(found);
    }
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Tells the gateway of a message, with what only the gateway adds.
pub fn announce(state: &mut State, event: &str, id: Id) {
    let Some(message) = state.messages.get(&id) else { return };
    let (channel, author) = (message.channel, message.author);
    let mut data = json::message(state, message);
    let guild = state.channels.get(&channel).and_then(|channel| channel.guild);
    if let Some(guild) = guild {
        data["guild_id"] = guild.to_string().into();
        if let Some(member) = state.guilds.get(&guild).and_then(|guild| guild.members.get(&author)) {
            data["member"] = json::partial_member(member);
        }
    }
    let intent = if guild.is_some() { GUILD_MESSAGES } else { DIRECT_MESSAGES };
    state.tell(event, Audience { intent, channel: Some(channel) }, &data);
}
