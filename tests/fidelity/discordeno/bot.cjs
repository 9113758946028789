// A bot that plays PixVerse with discordeno.

const { Console } = require("node:console");
const { readFileSync } = require("node:fs");
const {
  ButtonStyles, createBot, GatewayIntents, InteractionTypes, MessageComponentTypes, MessageFlags, TextStyles,
} = require("discordeno");

const stage = JSON.parse(process.env.STAGE);
const tell = (step, seen = {}) => process.stdout.write(`${JSON.stringify({ step, ...seen })}\n`);
// The library writes its log to the output, which is for the steps.
globalThis.console = new Console(process.stderr);

const buttons = {
  type: MessageComponentTypes.ActionRow,
  components: [
    { type: MessageComponentTypes.Button, style: ButtonStyles.Primary, label: "Again", customId: "again" },
    { type: MessageComponentTypes.Button, style: ButtonStyles.Secondary, label: "Ask", customId: "ask" },
  ],
};
const prompt = {
  type: MessageComponentTypes.InputText, customId: "prompt", label: "Prompt", style: TextStyles.Paragraph,
};
const remix = {
  customId: "remix",
  title: "Remix Prompt",
  components: [{ type: MessageComponentTypes.ActionRow, components: [prompt] }],
};

async function create(interaction) {
  const options = Object.fromEntries(interaction.data.options.map((each) => [each.name, each.value]));
  tell("command", { prompt: options.prompt, style: options.style, user: String(interaction.user.id) });
  await interaction.defer();
  tell("deferred");
  const message = await interaction.edit({
    content: `Done: ${options.prompt}`,
    files: [{ name: "cat.mp4", blob: new Blob([readFileSync(stage.video)]) }],
    components: [buttons],
  });
  tell("edited", { message: String(message.id), files: message.attachments.map((each) => each.filename) });
  const more = await interaction.respond({ content: "One thing more." });
  tell("followed", { message: String(more.id) });
}

async function press(interaction) {
  tell("pressed", { custom_id: interaction.data.customId, message: String(interaction.message.id) });
  if (interaction.data.customId === "again") {
    await interaction.edit({ content: "Made again." });
    tell("updated");
  } else {
    await interaction.respond(remix);
    tell("asked");
  }
}

async function submit(interaction) {
  tell("submitted", { text: interaction.data.components[0].components[0].value });
  await interaction.respond({ content: "Only you see this." }, { isPrivate: true });
  const answer = await bot.helpers.getOriginalInteractionResponse(interaction.token);
  tell("answered", { ephemeral: (answer.flags.bitfield & MessageFlags.Ephemeral) !== 0 });
  const history = await bot.helpers.getMessages(interaction.channelId, { limit: 20 });
  tell("history", { contents: history.map((each) => each.content) });
}

const acts = {
  [InteractionTypes.ApplicationCommand]: create,
  [InteractionTypes.MessageComponent]: press,
  [InteractionTypes.ModalSubmit]: submit,
};

const bot = createBot({
  token: stage.bot_token,
  intents: GatewayIntents.Guilds | GatewayIntents.GuildMessages,
  rest: { proxy: { baseUrl: stage.api_url, authorization: `Bot ${stage.bot_token}` } },
  desiredProperties: {
    attachment: { filename: true, id: true },
    component: { components: true, customId: true, type: true, value: true },
    guild: { channels: true, id: true },
    channel: { id: true, type: true },
    interaction: { channelId: true, data: true, id: true, message: true, token: true, type: true, user: true },
    message: { attachments: true, author: true, content: true, flags: true, id: true },
    user: { id: true },
  },
  events: {
    guildCreate: ({ id, threads }) => {
      const seen = { user: String(bot.id), guilds: [String(id)], threads: [...threads.keys()].map(String) };
      if (String(id) === stage.guild_id) tell("ready", seen);
    },
    messageCreate: ({ author, id }) => {
      if (author.id !== bot.id) tell("heard", { author: String(author.id), message: String(id) });
    },
    interactionCreate: (interaction) => acts[interaction.type](interaction),
  },
});

bot.start();
