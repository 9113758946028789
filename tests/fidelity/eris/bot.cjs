// A bot that plays PixVerse with eris.

const { readFileSync } = require("node:fs");
const https = require("node:https");
const net = require("node:net");
const Eris = require("eris");

const { ButtonStyles, ComponentTypes, InteractionTypes, MessageFlags, TextInputStyles } = Eris.Constants;
const stage = JSON.parse(process.env.STAGE);
const tell = (step, seen = {}) => console.log(JSON.stringify({ step, ...seen }));

// Eris always speaks https; the simulator is plain, so the agent opens a plain connection.
const { host, hostname, port } = new URL(stage.api_url);
const agent = new https.Agent();
agent.createConnection = () => net.connect({ host: hostname, port: Number(port) });

const client = new Eris.Client(`Bot ${stage.bot_token}`, {
  intents: ["guilds", "guildMessages"],
  rest: { agent, domain: host, baseURL: "/api/v10" },
});

const buttons = {
  type: ComponentTypes.ACTION_ROW,
  components: [
    { type: ComponentTypes.BUTTON, style: ButtonStyles.PRIMARY, label: "Again", custom_id: "again" },
    { type: ComponentTypes.BUTTON, style: ButtonStyles.SECONDARY, label: "Ask", custom_id: "ask" },
  ],
};
const prompt = {
  type: ComponentTypes.TEXT_INPUT, custom_id: "prompt", label: "Prompt", style: TextInputStyles.PARAGRAPH,
};
const remix = {
  custom_id: "remix",
  title: "Remix Prompt",
  components: [{ type: ComponentTypes.ACTION_ROW, components: [prompt] }],
};

async function create(interaction) {
  const options = Object.fromEntries(interaction.data.options.map((each) => [each.name, each.value]));
  tell("command", { prompt: options.prompt, style: options.style, user: interaction.member.id });
  await interaction.defer();
  tell("deferred");
  const film = { name: "cat.mp4", file: readFileSync(stage.video) };
  const said = { content: `Done: ${options.prompt}`, components: [buttons] };
  const message = await interaction.editOriginalMessage(said, film);
  tell("edited", { message: message.id, files: message.attachments.map((each) => each.filename) });
  const more = await interaction.createFollowup("One thing more.");
  tell("followed", { message: more.id });
}

async function press(interaction) {
  tell("pressed", { custom_id: interaction.data.custom_id, message: interaction.message.id });
  if (interaction.data.custom_id === "again") {
    await interaction.editParent({ content: "Made again." });
    tell("updated");
  } else {
    await interaction.createModal(remix);
    tell("asked");
  }
}

async function submit(interaction) {
  tell("submitted", { text: interaction.data.components[0].components[0].value });
  await interaction.createMessage({ content: "Only you see this.", flags: MessageFlags.EPHEMERAL });
  const answer = await interaction.getOriginalMessage();
  tell("answered", { ephemeral: (answer.flags & MessageFlags.EPHEMERAL) !== 0 });
  const history = await client.getMessages(interaction.channel.id, { limit: 20 });
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
