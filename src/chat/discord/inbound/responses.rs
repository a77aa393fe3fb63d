//! Replies to interactions: a form, a message only the user sees, or a message in the room if the reply is late.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};

use super::{
    DiscordInbound,
    interactions::{EPHEMERAL, draft_press},
};
use crate::{
    chat::{
        Button, ButtonStyle, Field, Form, Post, Reply, ReplyOutcome,
        discord::{
            client::{rest::Failure, routes, routes::RestRequest, snowflake::ChannelId},
            wire::{
                form,
                form::RenderedForm,
                interaction::{Interaction, InteractionKind},
                post,
                post::Frame,
            },
        },
        inbound::{DraftPress, DraftStep},
    },
    domain::ids::{PersonId, PlatformId},
};

/// How long a reply can be edited: Discord accepts the token for fifteen minutes, less a minute of margin.
const TOKEN_LIFETIME: Duration = Duration::from_secs(14 * 60);
/// How often a call with an unknown result is repeated: within seconds, because Discord remembers a nonce for a few
/// minutes.
const UNKNOWN_RETRIES: u32 = 3;
/// The shortest and the longest wait before a call is repeated.
const MIN_WAIT: Duration = Duration::from_millis(500);
const MAX_WAIT: Duration = Duration::from_secs(60);
/// The most characters that are shown of a text that was typed.
const TYPED: usize = 900;

impl DiscordInbound {
    /// Opens the form of a command without options, which must be the first response.
    pub(super) async fn open_form(&self, interaction: &Interaction, reply: &Reply) {
        let response = match reply.form.as_ref().map(form::shown) {
            Some(RenderedForm::Dialog(dialog)) => json!({ "type": 9, "data": dialog }),
            Some(RenderedForm::Menu(mut menu)) => {
                menu["flags"] = EPHEMERAL.into();
                menu["allowed_mentions"] = json!({ "parse": [] });
                json!({ "type": 4, "data": menu })
            }
            None => json!({ "type": 4, "data": self.message(&reply.post, true).await }),
        };
        if let Err(failure) = self.first_response(interaction, &response).await {
            tracing::warn!(interaction = %interaction.id, %failure, "a form could not be opened");
        }
    }

    /// Replaces the acknowledgement by the reply, or posts the reply if the token has expired.
    pub(super) async fn reply(&self, interaction: &Interaction, reply: &Reply) {
        let post = self.with_edit_button(interaction, reply);
        let message = self.message(&post, false).await;
        let edited = self.retry(|| routes::edit_answer(interaction.application, &interaction.token, &message)).await;
        if let Err(failure) = edited {
            tracing::info!(interaction = %interaction.id, %failure, "a reply came too late and is posted instead");
            self.reply_late(interaction, reply, &post).await;
        }
    }

    /// Posts a late reply in the room if it is about the incident of that room, and otherwise to the user directly,
    /// because only the user was meant to read it.
    async fn reply_late(&self, interaction: &Interaction, reply: &Reply, post: &Post) {
        let room = match interaction.channel {
            Some(channel) => self.room(channel).await,
            None => None,
        };
        let channel = match (room, interaction.channel) {
            (Some(room), Some(channel)) if reply.room.as_ref() == Some(&room) => Ok(channel),
            _ => self.direct_channel(interaction).await,
        };
        match channel {
            Ok(channel) => self.post_reply(interaction, channel, post).await,
            Err(failure) => tracing::warn!(interaction = %interaction.id, %failure, "a reply could not be delivered"),
        }
    }

    async fn direct_channel(&self, interaction: &Interaction) -> Result<ChannelId, Failure> {
        let opened = self.retry(|| routes::open_direct(interaction.account.id)).await?;
        let id = opened["id"].as_str().and_then(|id| id.parse().ok());
        id.ok_or_else(|| Failure::Impossible("Discord opened no direct conversation".to_owned()))
    }

    /// Posts the reply and mentions the user. The nonce makes Discord accept it only once.
    async fn post_reply(&self, interaction: &Interaction, channel: ChannelId, post: &Post) {
        let mut message = self.message(post, false).await;
        message.insert("content".to_owned(), format!("<@{}>", interaction.account.id).into());
        message.insert("allowed_mentions".to_owned(), json!({ "parse": [], "users": [interaction.account.id] }));
        message.insert("nonce".to_owned(), interaction.id.to_string().into());
        message.insert("enforce_nonce".to_owned(), true.into());
        if let Err(failure) = self.retry(|| routes::create_message(channel, &message)).await {
            tracing::warn!(interaction = %interaction.id, %failure, "a reply could not be posted");
        }
    }

    /// Repeats an idempotent call while the rate limit applies, as long as the token is valid.
    async fn retry(&self, call: impl Fn() -> RestRequest) -> Result<Value, Failure> {
        let until = Instant::now() + TOKEN_LIFETIME;
        let (mut wait, mut unknown) = (MIN_WAIT, 0);
        loop {
            let pause = match self.discord.rest().call(call()).await {
                Err(Failure::NotNow { after, .. }) if Instant::now() + after.unwrap_or(wait) < until => {
                    after.unwrap_or(wait)
                }
                // Repeated only while Discord still remembers the nonce.
                Err(Failure::Unknown(_)) if unknown < UNKNOWN_RETRIES => {
                    unknown += 1;
                    wait
                }
                done => return done,
            };
            sleep(pause).await;
            wait = (wait * 2).min(MAX_WAIT);
        }
    }

    /// Sends a post as the first response.
    pub(super) async fn respond_now(&self, interaction: &Interaction, post: &Post) {
        let response = json!({ "type": 4, "data": self.message(post, true).await });
        if let Err(failure) = self.first_response(interaction, &response).await {
            tracing::warn!(interaction = %interaction.id, %failure, "a response could not be given");
        }
    }

    /// Returns the post of a reply. If what was entered was not carried out, a button opens its form again.
    fn with_edit_button(&self, interaction: &Interaction, reply: &Reply) -> Post {
        let mut post = Post { mentions: Vec::<PersonId>::new(), ..reply.post.clone() };
        post.fields.extend(reply.form.iter().flat_map(typed));
        let failed = matches!(reply.outcome, ReplyOutcome::Misunderstood | ReplyOutcome::Refused);
        let (draft, command) = match (&interaction.kind, draft_press(&interaction.kind)) {
            (_, Some(press)) => (press.draft, None),
            (InteractionKind::Command { command, options } | InteractionKind::Form { command, options }, None)
                if !options.is_empty() =>
            {
                (PlatformId::new(interaction.id.to_string()), Some(command.as_str()))
            }
            (
                InteractionKind::Command { .. }
                | InteractionKind::Form { .. }
                | InteractionKind::Button(_)
                | InteractionKind::MessageMenu { .. }
                | InteractionKind::Completion { .. },
                None,
            ) => return post,
        };
        let catalog = self.core.bot.catalog();
        let named = command.and_then(|command| catalog.command(command)).map(|spec| spec.submit.clone());
        let label = reply.form.as_ref().map(|form| form.title.clone()).or(named);
        if let (true, Some(label)) = (failed, label) {
            let command = DraftPress { draft, step: DraftStep::Edit }.command();
            let style = ButtonStyle::Primary;
            post.buttons.push(Button { label, command, style, confirm: None, version: None });
        }
        post
    }

    async fn message(&self, post: &Post, ephemeral: bool) -> Map<String, Value> {
        let directory = self.discord.named_in(post).await;
        let mut message = post::message(post, &directory, Frame::default());
        if ephemeral {
            message.insert("flags".to_owned(), EPHEMERAL.into());
        }
        message
    }
}

/// Returns what was typed into a form, so that it is not lost if the form is opened too late.
fn typed(form: &Form) -> impl Iterator<Item = Field> {
    let texts =
        form.inputs.iter().filter(|input| matches!(input.kind.as_str(), "line" | "text") && !input.value.is_empty());
    texts.map(|input| {
        let value: String = input.value.replace('`', "ˋ").chars().take(TYPED).collect();
        Field { name: input.label.clone(), value: format!("```\n{value}\n```") }
    })
}
