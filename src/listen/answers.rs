//! What the asker sees: a form, an answer only the asker can read, or a message in the room when it came too late.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};

use super::{DiscordInbound, interactions::EPHEMERAL};
use crate::{
    chat::{
        Button, ButtonStyle, Post, Reply,
        discord::{
            client::{rest::Failure, routes, routes::Request, snowflake::ChannelId},
            wire::{form, form::Shown, interaction::Interaction, post, post::Frame},
        },
    },
    domain::ids::PersonId,
};

/// How long an answer can be edited: a minute less than the fifteen that Discord gives its token.
const TOKEN_LIVES: Duration = Duration::from_secs(14 * 60);
/// How often what may have been done is tried again: within seconds, for Discord knows a nonce for some minutes.
const UNCLEAR: u32 = 3;

impl DiscordInbound {
    /// Opens the form of a bare command: it has to be the first answer.
    pub(super) async fn open_form(&self, did: &Interaction, reply: &Reply) {
        let answer = match reply.form.as_ref().map(form::shown) {
            Some(Shown::Dialog(dialog)) => json!({ "type": 9, "data": dialog }),
            Some(Shown::Menu(mut menu)) => {
                menu["flags"] = EPHEMERAL.into();
                menu["allowed_mentions"] = json!({ "parse": [] });
                json!({ "type": 4, "data": menu })
            }
            None => json!({ "type": 4, "data": self.message(&reply.post, true).await }),
        };
        if let Err(failure) = self.first(did, &answer).await {
            tracing::warn!(interaction = %did.id, %failure, "a form could not be opened");
        }
    }

    /// Shows the answer in the place that was kept for it, or in the room when nobody waits there any more.
    pub(super) async fn answer(&self, did: &Interaction, reply: &Reply) {
        let post = with_form(reply);
        let message = self.message(&post, false).await;
        if let Err(failure) = self.show(did, &message).await {
            tracing::info!(interaction = %did.id, %failure, "an answer came too late and goes another way");
            self.answer_late(did, (reply, &post)).await;
        }
    }

    /// What only the asker was to read goes to the room only when it is about that room's incident; anything else goes to
    /// the asker alone.
    async fn answer_late(&self, did: &Interaction, (reply, post): (&Reply, &Post)) {
        let here = match did.channel {
            Some(channel) => self.room(channel).await,
            None => None,
        };
        let channel = match (here, did.channel) {
            (Some(room), Some(channel)) if reply.room.as_ref() == Some(&room) => Ok(channel),
            _ => self.direct(did).await,
        };
        match channel {
            Ok(channel) => self.post_answer(did, channel, post).await,
            Err(failure) => tracing::warn!(interaction = %did.id, %failure, "an answer could not be given"),
        }
    }

    async fn direct(&self, did: &Interaction) -> Result<ChannelId, Failure> {
        let opened = self.patiently(|| routes::open_direct(did.account.id)).await?;
        let id = opened["id"].as_str().and_then(|id| id.parse().ok());
        id.ok_or_else(|| Failure::Impossible("Discord opened no direct conversation".to_owned()))
    }

    /// Edits the first answer.
    async fn show(&self, did: &Interaction, message: &Map<String, Value>) -> Result<(), Failure> {
        self.patiently(|| routes::edit_answer(did.application, &did.token, message)).await.map(drop)
    }

    /// The answer as a message that calls the asker: by its nonce Discord takes it once.
    async fn post_answer(&self, did: &Interaction, channel: ChannelId, post: &Post) {
        let mut message = self.message(post, false).await;
        message.insert("content".to_owned(), format!("<@{}>", did.account.id).into());
        message.insert("allowed_mentions".to_owned(), json!({ "parse": [], "users": [did.account.id] }));
        message.insert("nonce".to_owned(), did.id.to_string().into());
        message.insert("enforce_nonce".to_owned(), true.into());
        if let Err(failure) = self.patiently(|| routes::create_message(channel, &message)).await {
            tracing::warn!(interaction = %did.id, %failure, "an answer could not be posted");
        }
    }

    /// Makes a call that may be made twice, and while Discord says not now waits as long as someone waits for an answer.
    /// What may have been done is tried again at once, while Discord still knows it by its nonce, and then no more.
    async fn patiently(&self, call: impl Fn() -> Request) -> Result<Value, Failure> {
        let until = Instant::now() + TOKEN_LIVES;
        let (mut wait, mut unclear) = (Duration::from_millis(500), 0);
        loop {
            let pause = match self.discord.rest().call(call()).await {
                Err(Failure::NotNow { after, .. }) if Instant::now() + after.unwrap_or(wait) < until => {
                    after.unwrap_or(wait)
                }
                Err(Failure::Unknown(_)) if unclear < UNCLEAR => {
                    unclear += 1;
                    wait
                }
                done => return done,
            };
            sleep(pause).await;
            wait = (wait * 2).min(Duration::from_secs(60));
        }
    }

    /// A few words as the first answer.
    pub(super) async fn say_at_once(&self, did: &Interaction, post: &Post) {
        let answer = json!({ "type": 4, "data": self.message(post, true).await });
        if let Err(failure) = self.first(did, &answer).await {
            tracing::warn!(interaction = %did.id, %failure, "an answer could not be given");
        }
    }

    /// A post as a message.
    pub(super) async fn message(&self, post: &Post, ephemeral: bool) -> Map<String, Value> {
        let directory = self.discord.named_in(post).await;
        let mut message = post::message(post, &directory, Frame::default());
        if ephemeral {
            message.insert("flags".to_owned(), EPHEMERAL.into());
        }
        message
    }
}

/// Where a form cannot be opened any more, a button opens it.
fn with_form(reply: &Reply) -> Post {
    let mut post = Post { mentions: Vec::<PersonId>::new(), ..reply.post.clone() };
    if let Some(form) = &reply.form {
        let key = reply.incident.as_ref().map(|key| format!(" incident:{key}")).unwrap_or_default();
        post.buttons.push(Button {
            label: form.title.clone(),
            command: format!("/{}{key}", form.command),
            style: ButtonStyle::Primary,
            confirm: None,
            version: None,
        });
    }
    post
}
