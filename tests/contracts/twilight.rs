//! A small bot on twilight, whose decoder is the strictest of all. [`super::clients`] says what it must do; any
//! surprise ends it.

use anyhow::{Context, bail};
use serde_json::{from_value, json};
use twilight_gateway::{ConfigBuilder, EventTypeFlags, Intents, Shard, ShardId, StreamExt};
use twilight_http::{Client, client::InteractionClient};
use twilight_model::{
    application::interaction::{InteractionData, application_command::CommandOptionValue},
    channel::message::{Component, Embed},
    gateway::{event::Event, payload::incoming::InteractionCreate},
    http::interaction::InteractionResponse,
    id::{Id, marker::ApplicationMarker},
};

use crate::discord::TOKEN;

/// Runs the bot until something goes wrong, and says what.
pub async fn bot(address: String) -> anyhow::Error {
    match run(address).await {
        Ok(()) => anyhow::anyhow!("the stream of events ended"),
        Err(error) => error,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "Discord has many more events than this bot needs")]
async fn run(address: String) -> anyhow::Result<()> {
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
    let config = ConfigBuilder::new(TOKEN.into(), intents).proxy_url(format!("ws://{address}")).build();
    let client = Client::builder().token(TOKEN.into()).proxy(address, true).build();
    let mut shard = Shard::with_config(ShardId::ONE, config);
    let mut application: Option<Id<ApplicationMarker>> = None;
    while let Some(event) = shard.next_event(EventTypeFlags::all()).await {
        // A cut connection is a surprise that the client copes with by itself; a payload that it cannot read is not.
        let event = match event {
            Ok(event) => event,
            Err(error) if format!("{error:?}").contains("Deserializing") => return Err(error.into()),
            Err(_) => continue,
        };
        match event {
            Event::Ready(ready) => application = Some(ready.application.id),
            Event::GuildCreate(guild) => {
                let option = json!({"name": "text", "description": "What to post", "type": 3, "required": true});
                let options = [from_value(option)?];
                let commands = client.interaction(application.context("READY comes first")?);
                let command = commands.create_guild_command(guild.id()).chat_input("probe", "Does one of each");
                command.command_options(&options).await?.model().await?;
            }
            Event::InteractionCreate(interaction) => {
                let answers = client.interaction(interaction.application_id);
                answer(&client, &answers, &interaction).await?;
            }
            Event::MessageCreate(message) if !message.author.bot => {
                if let Some(text) = message.content.strip_prefix("echo ") {
                    client.create_message(message.channel_id).content(text).reply(message.id).await?.model().await?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

async fn answer(client: &Client, answers: &InteractionClient<'_>, asked: &InteractionCreate) -> anyhow::Result<()> {
    let respond = async |body| -> anyhow::Result<()> {
        let response: InteractionResponse = from_value(body)?;
        answers.create_response(asked.id, &asked.token, &response).await?;
        Ok(())
    };
    let data = asked.data.as_ref().context("data")?;
    if let InteractionData::MessageComponent(_) = data {
        let name = &asked.author().context("a person")?.name;
        let data = json!({"content": format!("pressed by {name}"), "components": []});
        return respond(json!({"type": 7, "data": data})).await;
    }
    let InteractionData::ApplicationCommand(command) = data else { bail!("unexpected: {data:?}") };
    let CommandOptionValue::String(text) = &command.options[0].value else { bail!("no text: {command:?}") };
    respond(json!({"type": 5, "data": {"flags": 64}})).await?;
    probe(client, asked, text).await?;
    answers.update_response(&asked.token).content(Some("done in probe-room")).await?.model().await?;
    Ok(())
}

async fn probe(client: &Client, asked: &InteractionCreate, text: &str) -> anyhow::Result<()> {
    use twilight_http::request::AuditLogReason;
    let guild = asked.guild_id.context("a guild")?;
    let create = client.create_guild_channel(guild, "probe-room").topic("made by a client").reason("a probe");
    let room = create.await?.model().await?;
    let button = json!({"type": 2, "style": 1, "label": "Press", "custom_id": "probe"});
    let components: [Component; 1] = [from_value(json!({"type": 1, "components": [button]}))?];
    let field = json!({"name": "State", "value": "new", "inline": true});
    let embeds: [Embed; 1] = [from_value(json!({"type": "rich", "title": "Probe", "fields": [field]}))?];
    let message = client.create_message(room.id).content(text).embeds(&embeds).components(&components);
    let message = message.await?.model().await?;
    let edited = format!("{text}, edited");
    client.update_message(room.id, message.id).content(Some(&edited)).await?.model().await?;
    client.create_pin(room.id, message.id).await?;
    Ok(())
}
