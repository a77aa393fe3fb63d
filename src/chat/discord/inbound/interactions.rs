//! Parses interactions, passes them to the shared half, and responds in Discord's format within three seconds.

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::{
    DiscordInbound,
    text::{timeline_text, with_people},
};
use crate::{
    chat::{
        CommandInput, Inbound, Post, Reply,
        bot::{Completion, Confirmation, Outsider},
        discord::{
            NAME,
            client::{rest::Failure, routes},
            platform,
            wire::{
                interaction,
                interaction::{Interaction, InteractionKind, MenuEntry},
            },
        },
        inbound::{DraftPress, FormDraft, ReceivedInteraction, Responder},
    },
    config::Config,
    domain::{
        ids::{PlatformId, RoomId},
        incident::ChatMessage,
        text::Untrusted,
    },
    store::StoreError,
};

/// The deadline of the first response; Discord waits three seconds.
const FIRST_RESPONSE: Duration = Duration::from_millis(2_500);
/// The most choices that Discord shows while a person types, and the longest one.
const MAX_CHOICES: usize = 25;
const MAX_CHOICE: usize = 100;
/// The longest title that is taken from a message.
const MAX_TITLE: usize = 100;
/// The flag of a message that only one person sees.
pub(super) const EPHEMERAL: u64 = 1 << 6;

impl DiscordInbound {
    /// Processes an interaction. `fresh`: it has just arrived, and Discord waits for the first response.
    pub(in crate::chat) async fn on_interaction(&self, data: Value, fresh: bool) {
        let interaction = match interaction::parse(&data) {
            Ok(interaction) if interaction.account.bot => return,
            Ok(interaction) => interaction,
            Err(error) => {
                metrics::counter!("hotroom_discord_unreadable_total", "what" => "interaction").increment(1);
                return tracing::warn!("{error}");
            }
        };
        let outsider = self.outsider(&interaction);
        if let InteractionKind::Completion { command, option, typed } = &interaction.kind {
            if outsider.is_none() {
                let completion = Completion { command: command.clone(), option: option.clone() };
                self.complete(&interaction, completion, typed).await;
            }
            return;
        }
        if outsider.is_some() {
            metrics::counter!("hotroom_discord_outsiders_total").increment(1);
        }
        let unconfirmed = match &interaction.kind {
            InteractionKind::Button(button) if button.ask => Some(button.command.clone()),
            InteractionKind::Button(_)
            | InteractionKind::Command { .. }
            | InteractionKind::Form { .. }
            | InteractionKind::MessageMenu { .. }
            | InteractionKind::Completion { .. } => None,
        };
        let id = PlatformId::new(interaction.id.to_string());
        let account = interaction.account.id.to_platform();
        let press = draft_press(&interaction.kind).map(|press| (press, account.clone()));
        let draft = draft(&interaction.kind, account, &self.core.config.current());
        let body = data.to_string();
        let received = ReceivedInteraction { id, body, fresh, outsider, unconfirmed, draft, press };
        self.core.process(&received, &DiscordResponder { inbound: self, interaction: &interaction }).await;
    }

    /// Resumes the interactions that were stored and not finished when the program ended.
    pub(super) async fn resume_interactions(&self) {
        for body in self.core.unfinished().await {
            match serde_json::from_str(&body) {
                Ok(data) => self.spawn_interaction(data, false),
                Err(error) => tracing::warn!(%error, "a stored interaction cannot be parsed"),
            }
        }
    }

    /// Returns the sender if they are not served: in another guild, or unlisted in a direct message.
    fn outsider(&self, interaction: &Interaction) -> Option<Outsider> {
        let is_outside = match interaction.guild {
            Some(guild) => self.guild().served != Some(guild),
            None => self.listed(&self.core.config.current(), interaction.account.id).is_none(),
        };
        let server = interaction.guild.map(|guild| guild.to_string());
        is_outside.then(|| Outsider { platform: platform(), account: interaction.account.id.to_string(), server })
    }

    /// Returns the command of an interaction.
    async fn inbound(&self, interaction: &Interaction) -> Result<Inbound, StoreError> {
        let config = self.core.config.current();
        let person = self.person(&config, &interaction.account).await?;
        let room = self.room_of_interaction(interaction).await?;
        let said = match &interaction.kind {
            InteractionKind::Command { command, options } if options.is_empty() => {
                CommandInput::Text(format!("/{command}"))
            }
            InteractionKind::Command { command, options } | InteractionKind::Form { command, options } => {
                CommandInput::Options { command: command.clone(), options: people_in(options, &config), version: None }
            }
            InteractionKind::Button(button) => {
                CommandInput::Press { command: button.command.clone(), version: button.version }
            }
            InteractionKind::MessageMenu { entry, message } => menu_command(*entry, message, &config),
            InteractionKind::Completion { command, .. } => CommandInput::Text(format!("/{command}")),
        };
        let (delivery, request) = (interaction.id.to_string(), format!("discord-{}", interaction.id));
        let (actor, guest) = (person.id.clone(), Some(person));
        Ok(Inbound { source: NAME, delivery, actor, guest, room, said, about: None, request })
    }

    async fn room_of_interaction(&self, interaction: &Interaction) -> Result<Option<RoomId>, StoreError> {
        let Some(channel) = interaction.channel else { return Ok(None) };
        self.discord.room_of(channel).await
    }

    /// Sends choices for the option that is being typed.
    async fn complete(&self, interaction: &Interaction, completion: Completion, typed: &str) {
        let Ok(inbound) = self.inbound(interaction).await else { return };
        let known = self.core.bot.complete(inbound, completion).await.unwrap_or_default();
        let choices: Vec<Value> = matching(&known, typed)
            .into_iter()
            .map(|(value, label)| json!({ "name": label, "value": value }))
            .collect();
        self.first_response(interaction, &json!({ "type": 8, "data": { "choices": choices } })).await.ok();
    }

    /// Sends the first response.
    pub(super) async fn first_response(&self, interaction: &Interaction, response: &Value) -> Result<Value, Failure> {
        let call = routes::answer(interaction.id, &interaction.token, response).within(FIRST_RESPONSE);
        self.discord.rest().call(call).await
    }
}

/// The responder for one interaction.
struct DiscordResponder<'a> {
    inbound: &'a DiscordInbound,
    interaction: &'a Interaction,
}

impl Responder for DiscordResponder<'_> {
    fn command(&self) -> BoxFuture<'_, Result<Inbound, StoreError>> {
        Box::pin(self.inbound.inbound(self.interaction))
    }

    fn about(&self) -> BoxFuture<'_, Option<ChatMessage>> {
        Box::pin(async move {
            let InteractionKind::MessageMenu { entry: MenuEntry::Timeline, message } = &self.interaction.kind else {
                return None;
            };
            self.inbound.chat_message(message).await
        })
    }

    fn acknowledge(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let acknowledgement = json!({ "type": 5, "data": { "flags": EPHEMERAL } });
            if let Err(failure) = self.inbound.first_response(self.interaction, &acknowledgement).await {
                // The command is carried out anyway; its reply goes to the room.
                let id = self.interaction.id;
                tracing::warn!(interaction = %id, %failure, "an interaction was not acknowledged in time");
            }
        })
    }

    fn open_form<'a>(&'a self, reply: &'a Reply) -> BoxFuture<'a, ()> {
        Box::pin(self.inbound.open_form(self.interaction, reply))
    }

    fn ask<'a>(&'a self, confirmation: &'a Confirmation) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let InteractionKind::Button(button) = &self.interaction.kind else { return };
            let Some(id) = button.clone().meant().write() else { return };
            let sure = json!({ "type": 2, "style": 4, "label": confirmation.button, "custom_id": id });
            let data = json!({ "content": confirmation.question, "flags": EPHEMERAL, "allowed_mentions": { "parse": [] },
                "components": [{ "type": 1, "components": [sure] }] });
            let asked = self.inbound.first_response(self.interaction, &json!({ "type": 4, "data": data })).await;
            if let Err(failure) = asked {
                tracing::warn!(interaction = %self.interaction.id, %failure, "a confirmation could not be asked for");
            }
        })
    }

    fn respond<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, ()> {
        Box::pin(self.inbound.respond_now(self.interaction, post))
    }

    fn preview<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, ()> {
        Box::pin(self.inbound.respond_now(self.interaction, post))
    }

    fn reply<'a>(&'a self, reply: &'a Reply) -> BoxFuture<'a, ()> {
        Box::pin(self.inbound.reply(self.interaction, reply))
    }
}

/// Returns what was entered, if it can be edited and sent again.
fn draft(kind: &InteractionKind, account: PlatformId, config: &Config) -> Option<FormDraft> {
    match kind {
        InteractionKind::Command { command, options } | InteractionKind::Form { command, options } => {
            let (command, entered) = (command.clone(), people_in(options, config));
            (!options.is_empty()).then_some(FormDraft { account, command, options: entered })
        }
        InteractionKind::Button(_) | InteractionKind::MessageMenu { .. } | InteractionKind::Completion { .. } => None,
    }
}

/// Returns what a press is to do with an earlier draft, if it is about one.
pub(super) fn draft_press(kind: &InteractionKind) -> Option<DraftPress> {
    match kind {
        InteractionKind::Button(button) => DraftPress::parse(&button.command),
        InteractionKind::Command { .. }
        | InteractionKind::Form { .. }
        | InteractionKind::MessageMenu { .. }
        | InteractionKind::Completion { .. } => None,
    }
}

/// Replaces `<@123>` in options by the person with that account.
fn people_in(options: &[(String, String)], config: &Config) -> Vec<(String, String)> {
    options.iter().map(|(name, value)| (name.clone(), with_people(value, config))).collect()
}

/// Returns the command of a message menu entry.
fn menu_command(entry: MenuEntry, message: &Value, config: &Config) -> CommandInput {
    let text = timeline_text(message, config);
    let at = message["timestamp"].as_str().unwrap_or_default().to_owned();
    let (command, options) = match entry {
        MenuEntry::Declare => {
            let title = Untrusted::from(text.lines().next().unwrap_or_default()).shown(MAX_TITLE);
            ("incident declare", vec![("title", title), ("description", text.clone())])
        }
        MenuEntry::Timeline => ("incident timeline", vec![("at", at), ("text", text)]),
    };
    let options = options.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    CommandInput::Options { command: command.to_owned(), options, version: None }
}

/// Returns the choices that match the typed text, those that begin with it first. After a comma the last item is
/// completed.
fn matching(known: &[(String, String)], typed: &str) -> Vec<(String, String)> {
    let (before, last) = typed.rsplit_once(',').map_or(("", typed), |(before, last)| (before, last));
    let wanted = last.trim().trim_start_matches('@').to_lowercase();
    let rank = |(value, label): &(String, String)| {
        let (value, label) = (value.to_lowercase(), label.to_lowercase());
        let begins = value.trim_start_matches('@').starts_with(&wanted) || label.starts_with(&wanted);
        match (begins, value.contains(&wanted) || label.contains(&wanted)) {
            (true, _) => Some(0),
            (false, true) => Some(1),
            (false, false) => None,
        }
    };
    let mut found: Vec<_> = known.iter().filter_map(|known| Some((rank(known)?, known))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    let whole = |value: &str| {
        if before.is_empty() { value.to_owned() } else { format!("{}, {value}", before.trim_end()) }
    };
    let fits = |(value, _): &(String, String)| !value.is_empty() && value.chars().count() <= MAX_CHOICE;
    let choices = found.into_iter().map(|(_, (value, label))| (whole(value), label.chars().take(MAX_CHOICE).collect()));
    choices.filter(fits).take(MAX_CHOICES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<(String, String)> {
        let pairs = [("ann", "Ann"), ("bob", "Bob"), ("joann", "Jo Ann"), ("", "None")];
        pairs.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec()
    }

    fn offered(typed: &str) -> Vec<String> {
        matching(&known(), typed).into_iter().map(|(value, _)| value).collect()
    }

    #[test]
    fn what_begins_with_the_typed_comes_first() {
        assert_eq!(offered("an"), ["ann", "joann"]);
        assert_eq!(offered(""), ["ann", "bob", "joann"]);
        assert_eq!(offered("zz"), Vec::<String>::new());
    }

    #[test]
    fn after_a_comma_the_next_name_is_completed() {
        assert_eq!(offered("ann, b"), ["ann, bob"]);
    }

    #[test]
    fn at_most_what_discord_takes_is_offered() {
        let many: Vec<_> = (0..60).map(|n| (format!("v{n}"), "x".repeat(300))).collect();
        let made = matching(&many, "v");
        assert_eq!(made.len(), MAX_CHOICES);
        assert!(made.iter().all(|(_, label)| label.chars().count() <= MAX_CHOICE));
    }
}
