// A bot that plays PixVerse with discord.js.

const {
  ActionRowBuilder, ButtonBuilder, ButtonStyle, Client, Events, GatewayIntentBits, MessageFlags, ModalBuilder,
  TextInputBuilder, TextInputStyle,
} = require("discord.js");

const stage = JSON.parse(process.env.STAGE);
const tell = (step, seen = {}) => console.log(JSON.stringify({ step, ...seen }));

const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages],
  rest: { api: stage.api_url, cdn: stage.cdn_url, version: "10" },
});

const buttons = new ActionRowBuilder().addComponents(
  new ButtonBuilder().setCustomId("again").setLabel("Again").setStyle(ButtonStyle.Primary),
  new ButtonBuilder().setCustomId("ask").setLabel("Ask").setStyle(ButtonStyle.Secondary),
);

const prompt = new TextInputBuilder().setCustomId("prompt").setLabel("Prompt").setStyle(TextInputStyle.Paragraph);
const remix = new ModalBuilder()
  .setCustomId("remix")
  .setTitle("Remix Prompt")
  .addComponents(new ActionRowBuilder().addComponents(prompt));

async function create(interaction) {
  const { options, user } = interaction;
  tell("command", { prompt: options.getString("prompt"), style: options.getString("style"), user: user.id });
  await interaction.deferReply();
  tell("deferred");
  const message = await interaction.editReply({
    content: `Done: ${options.getString("prompt")}`,
    files: [{ attachment: stage.video, name: "cat.mp4" }],
    components: [buttons],
  });
  tell("edited", { message: message.id, files: message.attachments.map((each) => each.name) });
  const more = await interaction.followUp({ content: "One thing more." });
  tell("followed", { message: more.id });
}

async function press(interaction) {
  tell("pressed", { custom_id: interaction.customId, message: interaction.message.id });
  if (interaction.customId === "again") {
    await interaction.update({ content: "Made again." });
    tell("updated");
  } else {
    await interaction.showModal(remix);
    tell("asked");
  }
}

async function submit(interaction) {
  tell("submitted", { text: interaction.fields.getTextInputValue("prompt") });
  await interaction.reply({ content: "Only you see this.", flags: MessageFlags.Ephemeral });
  tell("answered", { ephemeral: (await interaction.fetchReply()).flags.has(MessageFlags.Ephemeral) });
  const history = await interaction.channel.messages.fetch({ limit: 20 });
  tell("history", { contents: history.map((each) => each.content) });
}

client.once(Events.ClientReady, () => {
  const threads = client.channels.cache.filter((each) => each.isThread()).map((each) => each.id);
  tell("ready", { user: client.user.id, guilds: [...client.guilds.cache.keys()], threads });
});

client.on(Events.MessageCreate, (message) => {
  if (message.author.id !== client.user.id) tell("heard", { author: message.author.id, message: message.id });
});

client.on(Events.InteractionCreate, async (interaction) => {
  if (interaction.isChatInputCommand()) await create(interaction);
  else if (interaction.isButton()) await press(interaction);
  else if (interaction.isModalSubmit()) await submit(interaction);
});

client.login(stage.bot_token);
