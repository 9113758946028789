// A bot that plays PixVerse with oceanic.js.

const { readFileSync } = require("node:fs");
const { ButtonStyles, Client, ComponentTypes, InteractionTypes, MessageFlags, TextInputStyles } = require("oceanic.js");

const stage = JSON.parse(process.env.STAGE);
const tell = (step, seen = {}) => console.log(JSON.stringify({ step, ...seen }));

const client = new Client({
  auth: `Bot ${stage.bot_token}`,
  gateway: { intents: ["GUILDS", "GUILD_MESSAGES"] },
  rest: { baseURL: `${stage.api_url}/v10` },
});

const buttons = {
  type: ComponentTypes.ACTION_ROW,
  components: [
    { type: ComponentTypes.BUTTON, style: ButtonStyles.PRIMARY, label: "Again", customID: "again" },
    { type: ComponentTypes.BUTTON, style: ButtonStyles.SECONDARY, label: "Ask", customID: "ask" },
  ],
};
const prompt = {
  type: ComponentTypes.TEXT_INPUT, customID: "prompt", label: "Prompt", style: TextInputStyles.PARAGRAPH,
};
const remix = {
  customID: "remix",
  title: "Remix Prompt",
  components: [{ type: ComponentTypes.ACTION_ROW, components: [prompt] }],
};

async function create(interaction) {
  const { options } = interaction.data;
  const asked = { prompt: options.getString("prompt"), style: options.getString("style") };
  tell("command", { ...asked, user: interaction.user.id });
  await interaction.defer();
  tell("deferred");
  const message = await interaction.editOriginal({
    content: `Done: ${asked.prompt}`,
    files: [{ name: "cat.mp4", contents: readFileSync(stage.video) }],
    components: [buttons],
  });
  tell("edited", { message: message.id, files: message.attachments.map((each) => each.filename) });
  const followed = await interaction.createFollowup({ content: "One thing more." });
  tell("followed", { message: (await followed.getMessage()).id });
}

async function press(interaction) {
  tell("pressed", { custom_id: interaction.data.customID, message: interaction.message.id });
  if (interaction.data.customID === "again") {
    await interaction.editParent({ content: "Made again." });
    tell("updated");
  } else {
    await interaction.createModal(remix);
    tell("asked");
  }
}

async function submit(interaction) {
  tell("submitted", { text: interaction.data.components.getTextInput("prompt") });
  await interaction.createMessage({ content: "Only you see this.", flags: MessageFlags.EPHEMERAL });
  const answer = await interaction.getOriginal();
  tell("answered", { ephemeral: (answer.flags & MessageFlags.EPHEMERAL) !== 0 });
  const history = await client.rest.channels.getMessages(interaction.channelID, { limit: 20 });
  tell("history", { contents: history.map((each) => each.content) });
}

const acts = {
  [InteractionTypes.APPLICATION_COMMAND]: create,
  [InteractionTypes.MESSAGE_COMPONENT]: press,
  [InteractionTypes.MODAL_SUBMIT]: submit,
};

client.once("ready", () => {
  const threads = client.guilds.map((guild) => [...guild.threads.keys()]).flat();
  tell("ready", { user: client.user.id, guilds: [...client.guilds.keys()], threads });
});
client.on("error", (error) => console.error(error));
client.on("messageCreate", (message) => {
  if (message.author.id !== client.user.id) tell("heard", { author: message.author.id, message: message.id });
});
client.on("interactionCreate", (interaction) => acts[interaction.type](interaction));

client.connect();
