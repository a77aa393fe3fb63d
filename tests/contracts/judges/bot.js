// A small bot on discord.js. The test in ../clients.rs says what it must do; any surprise ends it with an error.
'use strict';
const {
  ActionRowBuilder, ButtonBuilder, ButtonStyle, ChannelType, Client, EmbedBuilder, GatewayIntentBits, MessageFlags,
} = require('discord.js');

const { Guilds, GuildMessages, MessageContent } = GatewayIntentBits;
const client = new Client({
  intents: [Guilds, GuildMessages, MessageContent],
  rest: { api: `${process.env.DISCORD_URL}/api` },
});

function fail(error) {
  console.error(error);
  process.exit(1);
}

process.on('unhandledRejection', fail);
client.on('error', fail);
client.on('shardError', fail);
client.on('warn', fail);

client.once('clientReady', async () => {
  const option = { name: 'text', description: 'What to post', type: 3, required: true };
  const guild = client.guilds.cache.first();
  await guild.commands.set([{ name: 'probe', description: 'Does one of each', options: [option] }]);
});

client.on('interactionCreate', async interaction => {
  if (interaction.isButton()) {
    await interaction.update({ content: `pressed by ${interaction.user.username}`, components: [] });
    return;
  }
  const text = interaction.options.getString('text', true);
  await interaction.deferReply({ flags: MessageFlags.Ephemeral });
  const channel = await interaction.guild.channels.create({
    name: 'probe-room', type: ChannelType.GuildText, topic: 'made by a client', reason: 'a probe',
  });
  const button = new ButtonBuilder().setCustomId('probe').setLabel('Press').setStyle(ButtonStyle.Primary);
  const message = await channel.send({
    content: text,
    embeds: [new EmbedBuilder().setTitle('Probe').addFields({ name: 'State', value: 'new' })],
    components: [new ActionRowBuilder().addComponents(button)],
  });
  await message.edit({ content: `${text}, edited` });
  await message.pin();
  await interaction.editReply({ content: `done in ${channel.name}` });
});

client.on('messageCreate', async message => {
  if (message.author.bot || !message.content.startsWith('echo ')) return;
  await message.reply(message.content.slice(5));
});

client.login(process.env.DISCORD_TOKEN);
