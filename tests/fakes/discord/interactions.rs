//! Interactions: what a person does with a command, a component or a modal, until it is answered.

use serde_json::{Value, json};

use super::{
    clock::Millis,
    gateway::Audience,
    json,
    permissions::in_channel,
    state::{Id, State},
};

/// How long the first answer may take.
pub const FIRST_ANSWER: Millis = 3_000;
/// How long the token lives.
pub const TOKEN: Millis = 900_000;

pub const COMMAND: u64 = 2;
pub const COMPONENT: u64 = 3;
pub const AUTOCOMPLETE: u64 = 4;
pub const MODAL: u64 = 5;

/// Types of the first answer.
pub mod callback {
    pub const MESSAGE: u64 = 4;
    pub const DEFERRED: u64 = 5;
    pub const DEFERRED_UPDATE: u64 = 6;
    pub const UPDATE: u64 = 7;
    pub const CHOICES: u64 = 8;
    pub const MODAL: u64 = 9;
}

/// One interaction and what the bot made of it.
#[derive(Clone, Debug)]
pub struct Interaction {
    pub id: Id,
    pub token: String,
    pub kind: u64,
    pub user: Id,
    pub channel: Id,
    pub made: Millis,
    /// The message of a component, or of the component that opened a modal.
    pub source: Option<Id>,
    /// The type of the first answer.
    pub answered: Option<u64>,
    /// When it was first answered.
    pub answered_at: Option<Millis>,
    pub ephemeral: bool,
    /// The answer's message, or the message that it updates.
    pub original: Option<Id>,
    /// A deferred answer that is still to come.
    pub loading: bool,
    pub modal: Option<Value>,
    pub choices: Vec<Value>,
    pub follow_ups: Vec<Id>,
}

impl Interaction {
    /// Whether the person sees an answer.
    pub fn settled(&self) -> bool {
        self.answered.is_some() && !self.loading
    }

    /// Whether such a first answer fits such an interaction.
    pub fn takes(&self, answer: u64) -> bool {
        use callback::{CHOICES, DEFERRED, DEFERRED_UPDATE, MESSAGE, UPDATE};
        let updates = self.source.is_some() && [DEFERRED_UPDATE, UPDATE].contains(&answer);
        let says = [MESSAGE, DEFERRED].contains(&answer);
        match self.kind {
            AUTOCOMPLETE => answer == CHOICES,
            MODAL => says || updates,
            _ => says || updates || answer == callback::MODAL,
        }
    }
}

/// What a person does.
pub struct NewInteraction {
    pub kind: u64,
    pub user: Id,
    pub channel: Id,
    pub source: Option<Id>,
    pub data: Value,
}

/// Starts an interaction and tells the bot.
pub fn start(state: &mut State, act: NewInteraction) -> Id {
    let id = state.fresh_id();
    let interaction = Interaction {
        id,
        token: format!("token-of-{id}"),
        kind: act.kind,
        user: act.user,
        channel: act.channel,
        made: state.now,
        source: act.source,
        answered: None,
        answered_at: None,
        ephemeral: false,
        original: None,
        loading: false,
        modal: None,
        choices: Vec::new(),
        follow_ups: Vec::new(),
    };
    let data = written(state, &interaction, act.data);
    state.interactions.insert(id, interaction);
    state.tell("INTERACTION_CREATE", Audience { intent: 0, channel: None }, &data);
    id
}

/// The interaction as the gateway tells it.
fn written(state: &State, interaction: &Interaction, data: Value) -> Value {
    let channel = &state.channels[&interaction.channel];
    let bits = |user| in_channel(state, channel, user).to_string();
    let mut partial = json::channel(state, channel);
    partial["permissions"] = bits(interaction.user).into();
    let mut json = json!({
        "id": interaction.id.to_string(), "application_id": state.application.to_string(), "type": interaction.kind,
        "data": data, "channel_id": channel.id.to_string(), "channel": partial, "token": interaction.token,
        "version": 1, "app_permissions": bits(state.bot), "locale": "en-US", "entitlements": [],
        "attachment_size_limit": 10_485_760,
    });
    if let Some(message) = interaction.source.and_then(|id| state.messages.get(&id)) {
        json["message"] = json::message(state, message);
    }
    let guild = channel.guild.and_then(|id| state.guilds.get(&id));
    match guild {
        Some(guild) => {
            let id = guild.id.to_string();
            json["member"] = guild.members.get(&interaction.user).map_or(Value::Null, |one| json::member(state, one));
            json["member"]["permissions"] = bits(interaction.user).into();
            json["guild"] = json!({"id": id, "locale": "en-US", "features": []});
            json["guild_locale"] = "en-US".into();
            json["context"] = 0.into();
            json["authorizing_integration_owners"] = json!({"0": id});
            json["guild_id"] = id.into();
        }
        None => {
            json["user"] = json::user(state, interaction.user);
            json["context"] = 1.into();
            json["authorizing_integration_owners"] = json!({"0": "0"});
        }
    }
    json
}
