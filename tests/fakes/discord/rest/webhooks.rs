//! Answers to interactions: the first one, `@original`, and what follows.

use serde_json::{Map, Value, json};

use super::{
    super::{
        compose::{self, Draft, EPHEMERAL, LOADING},
        errors::{
            ALREADY_ACKNOWLEDGED, DEAD_WEBHOOK_TOKEN, Refusal, UNKNOWN_INTERACTION, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK,
        },
        interactions::{FIRST_ANSWER, Interaction, TOKEN, callback as kind},
        json,
        multipart::File,
        server::{OpsgenieRequest, Reply},
        state::{Id, State},
    },
    Served, change, remove,
};

/// The first answer: within three seconds, once.
pub fn callback(state: &mut State, call: &OpsgenieRequest) -> Served {
    let (id, token) = (call.id("interaction_id")?, call.param("interaction_token"));
    let found = state.interactions.get(&id).filter(|interaction| interaction.token == token);
    let interaction = found.ok_or(UNKNOWN_INTERACTION)?;
    if interaction.answered.is_some() {
        return Err(ALREADY_ACKNOWLEDGED.into());
    }
    if state.now - interaction.made > FIRST_ANSWER {
        return Err(UNKNOWN_INTERACTION.into());
    }
    let answer = call.body["type"].as_u64().unwrap_or(0);
    if !interaction.takes(answer) {
        let message = format!("Value must not be {answer} for an interaction of type {}.", interaction.kind);
        state.violations.push(format!("interaction {id}: {message}"));
        return Err(Refusal::invalid("type", "BASE_TYPE_CHOICES", &message));
    }
    let interaction = interaction.clone();
    let (original, loading) = carry_out(state, &interaction, (answer, &call.body["data"], &call.files))?;
    let now = state.now;
    let kept = &mut state.interactions[&id];
    (kept.original, kept.loading) = (original, loading);
    (kept.answered, kept.answered_at) = (Some(answer), Some(now));
    if answer == kind::MODAL {
        kept.modal = Some(call.body["data"].clone());
    }
    kept.choices = call.body["data"]["choices"].as_array().cloned().unwrap_or_default();
    let wants = call.query("with_response").is_some_and(|with| ["1", "true", "True"].contains(&with));
    Ok(if wants { Reply::ok(with_response(state, id)) } else { Reply::none() })
}

type Given<'a> = (u64, &'a Value, &'a Vec<File>);

/// Does what an answer says; gives the message that is `@original` from now on, and whether it is still to come.
fn carry_out(
    state: &mut State,
    interaction: &Interaction,
    (answer, data, files): Given,
) -> Result<(Option<Id>, bool), Refusal> {
    match answer {
        kind::MESSAGE => Ok((Some(say(state, interaction, (data, files))?), false)),
        kind::DEFERRED => {
            let flags = data["flags"].as_u64().unwrap_or(0) & EPHEMERAL | LOADING;
            Ok((Some(say(state, interaction, (&json!({"flags": flags}), &Vec::new()))?), true))
        }
        kind::UPDATE => {
            let source = interaction.source.ok_or(UNKNOWN_MESSAGE)?;
            change(state, source, (data, files))?;
            Ok((Some(source), false))
        }
        kind::DEFERRED_UPDATE => Ok((interaction.source, false)),
        _ => Ok((None, false)),
    }
}

/// Posts an answer. It needs no permission in the channel.
fn say(state: &mut State, interaction: &Interaction, (body, files): (&Value, &Vec<File>)) -> Result<Id, Refusal> {
    let application = state.application.to_string();
    let mut more = Map::new();
    more.insert("application_id".into(), application.clone().into());
    more.insert("webhook_id".into(), application.into());
    let flags = body["flags"].as_u64().unwrap_or(0);
    more.insert("flags".into(), flags.into());
    let only_for = (flags & EPHEMERAL != 0).then_some(interaction.user);
    let (channel, author) = (interaction.channel, state.bot);
    let id = compose::post(state, Draft { channel, author, body: Some(body), files, only_for, more })?;
    state.interactions[&interaction.id].ephemeral = only_for.is_some();
    Ok(id)
}

fn with_response(state: &State, id: Id) -> Value {
    let interaction = &state.interactions[&id];
    let mut json = json!({"interaction": {
        "id": id.to_string(), "type": interaction.kind, "channel_id": interaction.channel.to_string(),
    }});
    if let Some(guild) = state.channels.get(&interaction.channel).and_then(|channel| channel.guild) {
        json["interaction"]["guild_id"] = guild.to_string().into();
    }
    if let Some(message) = interaction.original.and_then(|id| state.messages.get(&id)) {
        json["interaction"]["response_message_id"] = message.id.to_string().into();
        json["interaction"]["response_message_loading"] = interaction.loading.into();
        json["interaction"]["response_message_ephemeral"] = interaction.ephemeral.into();
        // A deferred answer has no message to show yet.
        if let Some(answer @ (kind::MESSAGE | kind::UPDATE)) = interaction.answered {
            json["resource"] = json!({"type": answer, "message": json::message(state, message)});
        }
    }
    json
}

/// The interaction of a webhook's token.
///
/// # Errors
/// 10015 when there is none, 50027 when the token is older than 15 minutes.
fn interaction_by_token(state: &State, application: Id, token: &str) -> Result<Id, Refusal> {
    let found = state.interactions.values().find(|interaction| interaction.token == token);
    let interaction = found.filter(|_| application == state.application).ok_or(UNKNOWN_WEBHOOK)?;
    if state.now - interaction.made > TOKEN {
        return Err(DEAD_WEBHOOK_TOKEN.into());
    }
    interaction.answered.map(|_| interaction.id).ok_or_else(|| UNKNOWN_WEBHOOK.into())
}

fn interaction(state: &State, call: &OpsgenieRequest) -> Result<Interaction, Refusal> {
    let id = interaction_by_token(state, call.id("webhook_id")?, call.param("webhook_token"))?;
    Ok(state.interactions[&id].clone())
}

/// The message of a path: `@original` or one of the follow-ups.
fn message(state: &State, call: &OpsgenieRequest) -> Result<(Interaction, Id), Refusal> {
    let interaction = interaction(state, call)?;
    let id = match call.route.ends_with("@original") {
        true => interaction.original.ok_or(UNKNOWN_MESSAGE)?,
        false => call.id("message_id")?,
    };
    let ours = interaction.original == Some(id) || interaction.follow_ups.contains(&id);
    if ours && state.messages.contains_key(&id) { Ok((interaction, id)) } else { Err(UNKNOWN_MESSAGE.into()) }
}

pub fn get(state: &mut State, call: &OpsgenieRequest) -> Served {
    let (_, id) = message(state, call)?;
    Ok(Reply::ok(json::message(state, &state.messages[&id])))
}

pub fn edit(state: &mut State, call: &OpsgenieRequest) -> Served {
    let (interaction, id) = message(state, call)?;
    fill(state, &interaction, (id, &call.body, &call.files))?;
    Ok(Reply::ok(json::message(state, &state.messages[&id])))
}

/// Edits a message of an interaction; what was still to come has come.
fn fill(
    state: &mut State,
    interaction: &Interaction,
    (id, body, files): (Id, &Value, &Vec<File>),
) -> Result<(), Refusal> {
    let loading = interaction.loading && interaction.original == Some(id);
    if loading {
        let message = state.messages.get_mut(&id).expect("looked up");
        let flags = message.flags() & !LOADING;
        message.body.insert("flags".into(), flags.into());
    }
    change(state, id, (body, files))?;
    if loading {
        state.interactions[&interaction.id].loading = false;
    }
    Ok(())
}

/// A further message; after a deferred answer it is the answer itself.
pub fn follow_up(state: &mut State, call: &OpsgenieRequest) -> Served {
    let interaction = interaction(state, call)?;
    if let Some(original) = interaction.original.filter(|_| interaction.loading) {
        fill(state, &interaction, (original, &call.body, &call.files))?;
        return Ok(Reply::ok(json::message(state, &state.messages[&original])));
    }
    let ephemeral = interaction.ephemeral;
    let id = say(state, &interaction, (&call.body, &call.files))?;
    let kept = &mut state.interactions[&interaction.id];
    kept.ephemeral = ephemeral;
    kept.follow_ups.push(id);
    Ok(Reply::ok(json::message(state, &state.messages[&id])))
}

pub fn delete(state: &mut State, call: &OpsgenieRequest) -> Served {
    let (interaction, id) = message(state, call)?;
    remove(state, id);
    let kept = &mut state.interactions[&interaction.id];
    kept.loading &= interaction.original != Some(id);
    Ok(Reply::none())
}
