"""A small bot on discord.py. The test in ../clients.rs says what it must do; any surprise ends it with an error."""

import os
import sys
import traceback

import discord
import yarl
from discord import app_commands

URL = os.environ["DISCORD_URL"]
discord.http.Route.BASE = f"{URL}/api/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(URL.replace("http", "ws"))


class Press(discord.ui.View):
    """The button under the message."""

    @discord.ui.button(label="Press", style=discord.ButtonStyle.primary, custom_id="probe")
    async def press(self, interaction: discord.Interaction, _button: discord.ui.Button):
        await interaction.response.edit_message(content=f"pressed by {interaction.user.name}", view=None)


class Bot(discord.Client):
    def __init__(self):
        intents = discord.Intents(guilds=True, guild_messages=True, message_content=True)
        super().__init__(intents=intents)
        self.tree = app_commands.CommandTree(self)

    async def on_ready(self):
        guild = self.guilds[0]
        self.tree.copy_global_to(guild=guild)
        await self.tree.sync(guild=guild)

    async def on_message(self, message: discord.Message):
        if not message.author.bot and message.content.startswith("echo "):
            await message.reply(message.content[5:])

    async def on_error(self, *_):
        fail()


def fail():
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)


bot = Bot()


@bot.tree.error
async def on_tree_error(_interaction, error):
    traceback.print_exception(error)
    os._exit(1)


@bot.tree.command(name="probe", description="Does one of each")
async def probe(interaction: discord.Interaction, text: str):
    await interaction.response.defer(ephemeral=True)
    channel = await interaction.guild.create_text_channel("probe-room", topic="made by a client", reason="a probe")
    embed = discord.Embed(title="Probe").add_field(name="State", value="new")
    message = await channel.send(text, embed=embed, view=Press(timeout=None))
    await message.edit(content=f"{text}, edited")
    await message.pin()
    await interaction.edit_original_response(content=f"done in {channel.name}")


bot.run(os.environ["DISCORD_TOKEN"])
