//! The objects of the API, every field that Discord fills in filled in.

use serde_json::{Map, Value, json};

use super::{
    clock::stamp,
    state::{Channel, Command, DM, Guild, Id, Member, Message, Overwrite, Role, State, made},
};

pub fn role(role: &Role) -> Value {
    json!({
        "id": role.id.to_string(), "name": role.name, "permissions": role.permissions.to_string(),
        "position": role.position, "color": 0, "hoist": false, "managed": role.managed, "mentionable": false,
        "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null},
        "icon": null, "unicode_emoji": null, "flags": 0,
    })
}

/// A member without their user, as messages and interactions carry it.
pub fn partial_member(member: &Member) -> Value {
    json!({
        "avatar": null, "banner": null, "communication_disabled_until": null, "flags": 0,
        "joined_at": stamp(member.joined), "nick": member.nick, "pending": false, "premium_since": null,
        "roles": member.roles.iter().map(Id::to_string).collect::<Vec<_>>(), "mute": false, "deaf": false,
    })
}

pub fn member(state: &State, member: &Member) -> Value {
    let mut json = partial_member(member);
    json["user"] = user(state, member.user);
    json
}

/// A user; somebody unknown is written as Discord writes deleted users.
pub fn user(state: &State, id: Id) -> Value {
    state.users.get(&id).map_or_else(
        || super::state::User { id, name: "Deleted User".into(), bot: false, blocks: false }.json(),
        super::state::User::json,
    )
}

pub fn overwrite(overwrite: &Overwrite) -> Value {
    json!({
        "id": overwrite.id.to_string(), "type": overwrite.kind,
        "allow": overwrite.allow.to_string(), "deny": overwrite.deny.to_string(),
    })
}

pub fn channel(state: &State, channel: &Channel) -> Value {
    let mut json = json!({
        "id": channel.id.to_string(), "type": channel.kind, "flags": 0,
        "last_message_id": channel.last_message.map(|id| id.to_string()),
    });
    if channel.kind == DM {
        json["recipients"] = channel.recipients.iter().map(|id| user(state, *id)).collect();
        return json;
    }
    json["guild_id"] = channel.guild.map(|id| id.to_string()).into();
    json["name"] = channel.name.clone().into();
    json["parent_id"] = channel.parent.map(|id| id.to_string()).into();
    let fields = json.as_object_mut().expect("an object");
    if !channel.is_thread() {
        fields.insert("permission_overwrites".into(), channel.overwrites.iter().map(overwrite).collect());
        fields.insert("nsfw".into(), false.into());
        fields.insert("topic".into(), Value::Null);
    }
    if channel.is_text() {
        fields.insert("rate_limit_per_user".into(), 0.into());
    }
    fields.extend(channel.rest.clone());
    json
}

/// A message as everybody who may read its content sees it.
pub fn message(state: &State, message: &Message) -> Value {
    let mut json = json!({
        "id": message.id.to_string(), "channel_id": message.channel.to_string(), "author": user(state, message.author),
        "type": 0, "content": "", "mentions": [], "mention_roles": [], "mention_everyone": false, "attachments": [],
        "embeds": [], "components": [], "flags": 0, "tts": false, "pinned": message.pinned.is_some(),
        "timestamp": stamp(made(message.id)), "edited_timestamp": message.edited.map(stamp),
    });
    let fields = json.as_object_mut().expect("an object");
    fields.extend(message.body.clone());
    if let Some(nonce) = &message.nonce {
        fields.insert("nonce".into(), nonce.clone().into());
    }
    let reactions = reactions(state, message);
    if !reactions.is_empty() {
        fields.insert("reactions".into(), reactions.into());
    }
    json
}

/// Takes from a message what an application without message content is not shown.
pub fn blank(message: &mut Value) {
    message["content"] = "".into();
    for list in ["embeds", "attachments", "components"] {
        message[list] = json!([]);
    }
}

/// An emoji as reactions carry it: `name:id` for those of a guild, the character itself for the rest.
pub fn emoji(name: &str) -> Value {
    match name.split_once(':') {
        Some((name, id)) => json!({"id": id, "name": name}),
        None => json!({"id": null, "name": name}),
    }
}

fn reactions(state: &State, message: &Message) -> Vec<Value> {
    let mut counts: indexmap::IndexMap<&str, (u64, bool)> = indexmap::IndexMap::new();
    for (name, user) in &message.reactions {
        let count = counts.entry(name).or_default();
        *count = (count.0 + 1, count.1 || *user == state.bot);
    }
    let written = counts.into_iter().map(|(name, (count, me))| {
        json!({
            "emoji": emoji(name), "count": count, "count_details": {"burst": 0, "normal": count},
            "burst_colors": [], "me_burst": false, "me": me,
        })
    });
    written.collect()
}

/// A guild as REST gives it; the gateway adds members, channels and threads.
pub fn guild(guild: &Guild) -> Value {
    let mut fields: Map<String, Value> = Map::new();
    for none in [
        "icon",
        "description",
        "home_header",
        "splash",
        "discovery_splash",
        "banner",
        "application_id",
        "afk_channel_id",
        "system_channel_id",
        "widget_channel_id",
        "max_presences",
        "vanity_url_code",
        "rules_channel_id",
        "safety_alerts_channel_id",
        "public_updates_channel_id",
        "incidents_data",
    ] {
        fields.insert(none.into(), Value::Null);
    }
    let filled = json!({
        "id": guild.id.to_string(), "name": guild.name, "owner_id": guild.owner.to_string(), "region": "deprecated",
        "features": [], "afk_timeout": 300, "system_channel_flags": 0, "widget_enabled": false,
        "verification_level": 0, "default_message_notifications": 0, "mfa_level": 0, "explicit_content_filter": 0,
        "max_members": 500_000, "max_stage_video_channel_users": 50, "max_video_channel_users": 25,
        "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US",
        "premium_progress_bar_enabled": false, "nsfw": false, "nsfw_level": 0, "emojis": [], "stickers": [],
        "roles": guild.roles.values().map(role).collect::<Vec<_>>(),
    });
    fields.extend(filled.as_object().expect("an object").clone());
    fields.into()
}

/// A command with the defaults of the server.
pub fn command(state: &State, command: &Command) -> Value {
    let mut json = json!({
        "id": command.id.to_string(), "application_id": state.application.to_string(), "version": command.id.to_string(),
        "type": 1, "default_member_permissions": null, "description": "", "nsfw": false,
        "name_localizations": null, "description_localizations": null,
    });
    match command.guild {
        Some(guild) => json["guild_id"] = guild.to_string().into(),
        None => json["dm_permission"] = true.into(),
    }
    json.as_object_mut().expect("an object").extend(command.body.as_object().cloned().unwrap_or_default());
    json
}

/// The application, as its owner's token sees it.
pub fn application(state: &State) -> Value {
    let owner = state.guilds.values().next().map_or(state.bot, |guild| guild.owner);
    json!({
        "id": state.application.to_string(), "name": "hotroom", "icon": null, "description": "", "type": null,
        "summary": "", "bot_public": false, "bot_require_code_grant": false,
        "verify_key": "0".repeat(64), "flags": application_flags(state), "flags_new": application_flags(state).to_string(),
        "redirect_uris": [], "interactions_endpoint_url": null, "role_connections_verification_url": null,
        "owner": user(state, owner), "bot": user(state, state.bot),
        "approximate_guild_count": state.guilds.len(), "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0, "explicit_content_filter": 0, "team": null,
        "eligible_oauth2_scopes": [],
    })
}

/// The switches of the portal: members (limited) and message content (limited).
pub fn application_flags(state: &State) -> u64 {
    let bit = |on: bool, bit: u64| if on { 1 << bit } else { 0 };
    bit(state.rules.members_intent, 15) | bit(state.rules.content_intent, 19)
}
